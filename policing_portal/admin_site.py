"""The Django admin as the front hall shows it."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalAdminConfig(AdminConfig):
    default_site = "policing_portal.admin_site.PortalAdminSite"


class PortalAdminSite(AdminSite):
    """Who may come in follows from the roles and editorships of today, so it ends with them at the next request."""

    site_header = _("People and places")
    site_title = _("People and places")
    index_title = _("What do you want to keep true?")
    site_url = "/"
    login_template = None

    def has_permission(self, request):
        person = request.user
        if not (person.is_authenticated and person.is_active):
            return False
        # Reverse relations only: this module is read before any model.
        roles = {"staff_admin", "auditor"}
        return person.is_superuser or bool(roles & person.current_roles) or person.editorships.current().exists()
