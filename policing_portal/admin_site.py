"""The Django admin as the front hall shows it."""

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(AdminSite):
    """Who may come in follows from the roles and editorships of today, so it ends with them at the next request."""

    site_header = _("People and places")
    site_title = _("People and places")
    index_title = _("What do you want to keep true?")
    site_url = "/"

    def has_permission(self, request):
        person = request.user
        if not (person.is_authenticated and person.is_active):
            return False
        roles = {"staff_admin", "auditor"}
        return person.is_superuser or bool(roles & person.current_roles) or person.editorships.current().exists()

    def login(self, request, extra_context=None):
        """The portal's one sign-in, with its second factor and its limits; the admin has none of its own."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", request.path))
