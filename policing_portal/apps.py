from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from . import checks

__all__ = ["PortalAdminConfig", "PortalConfig", "checks"]


class PortalConfig(AppConfig):
    name = "policing_portal"
    verbose_name = "The front hall"


class PortalAdminConfig(AdminConfig):
    default_site = "policing_portal.admin_site.PortalAdminSite"
