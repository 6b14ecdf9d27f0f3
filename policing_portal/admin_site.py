"""The Django admin as the front hall shows it."""

import logging
from functools import wraps

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import DataError
from django.template.response import SimpleTemplateResponse
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger("portal.admin")


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

    def admin_view(self, view, cacheable=False):
        """`view` for those who may come in; what its form or address can't mean ends in a 400, and is written down.

        Django's admin, its autocompletes and its history hand keys, dates and numbers from a hand-made request to the
        database as they came.
        """

        @wraps(view)
        def guarded(request, *args, **kwargs):
            try:
                response = view(request, *args, **kwargs)
                return response.render() if isinstance(response, SimpleTemplateResponse) else response
            except (ValueError, OverflowError, IndexError, ValidationError, DataError) as error:
                logger.warning("The admin could not read a request.", exc_info=True)
                raise BadRequest from error

        return super().admin_view(guarded, cacheable)

    def login(self, request, extra_context=None):
        """The portal's one sign-in, with its second factor and its limits; the admin has none of its own."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", request.path))
