"""The Django admin as the front hall shows it."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "policing_portal.admin_site.PortalAdminSite"


class PortalAdminSite(AdminSite):
    site_header = "People and places"
    site_title = "People and places"
    index_title = "What do you want to keep true?"
    site_url = "/"
