"""The Django admin as the front hall shows it."""

import logging
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import ProtectedError
from django.db.models.base import ModelBase
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from areas.models import Area
from hubs.models import Team

from .exchange import pages as exchange
from .staffing import aftermath, cover, pages, strength, today
from .staffing.room import Room, nothing

logger = logging.getLogger("portal.admin")

# What sign-in keeps for itself (addresses, keys of second factors, open sessions): it has doors of its own, with their checks.
SIGN_IN = {"account", "socialaccount", "mfa", "usersessions"}


class PortalAdminSite(AdminSite):
    """Who may come in follows from the roles and editorships of today, so it ends with them at the next request."""

    site_header = _("People and places")
    site_title = _("People and places")
    index_title = _("What do you want to keep true?")
    site_url = "/"
    enable_nav_sidebar = False  # lists need its room, and the home page holds all it does

    def register(self, model_or_iterable, admin_class=None, **options):
        """Take a model in, as Django does; those of the sign-in library get no page here, which would bypass its rules."""
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        super().register([m for m in models if m._meta.app_label not in SIGN_IN], admin_class, **options)

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
                before = aftermath.touched(request)
                response = view(request, *args, **kwargs)
                if response.status_code == 302:
                    aftermath.tell(request, before)
                return response.render() if isinstance(response, SimpleTemplateResponse) else response
            except ProtectedError as refusal:
                # Somebody began to use it between the question and the answer.
                used = ", ".join(map(str, list(refusal.protected_objects)[:5]))
                messages.error(request, _("This can't be deleted: it is used by %(used)s.") % {"used": used})
                return redirect("admin:index")
            except (ValueError, OverflowError, IndexError, ValidationError, DataError) as error:
                logger.warning("The admin could not read a request.", exc_info=True)
                raise BadRequest from error

        return super().admin_view(guarded, cacheable)

    def each_context(self, request):
        """What every page of the admin shows; a list also, what goes in and out of it as a file."""
        return super().each_context(request) | {"exchange": exchange.doors(self, request)}

    def login(self, request, extra_context=None):
        """The portal's one sign-in, with its second factor and its limits; the admin has none of its own."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", request.path))

    def password_change(self, request, extra_context=None):
        """The portal's one page for it, with its limits, its mail and its end of other sign-ins."""
        return redirect("account_change_password")

    def on_site(self, request, content_type_id, object_id):
        """To the page of a row, where it is in a list that the signed-in person may look at.

        Django's own tells everybody in the admin the address of any row of any table: of a concern, its reference.
        """
        kind = get_object_or_404(ContentType, pk=content_type_id)
        keeper = self._registry.get(kind.model_class())
        row = keeper and keeper.get_object(request, object_id)
        if row is None or not keeper.has_view_permission(request, row):
            raise Http404
        return shortcut(request, content_type_id, object_id)

    # ---- pages that start from tasks -----------------------------------------------------------------------------------

    def get_urls(self):
        tasks = [
            ("today/", self.today, "today"),
            ("strength/", self.strength, "strength"),
            ("moves/<slug:kind>/", self.in_room(pages.move), "move"),
            ("moves/<int:pk>/undo/", self.in_room(pages.undo), "undo"),
            ("cover/", self.in_room(cover.cover), "cover"),
            ("cover/<int:pk>/back/", self.in_room(cover.back), "back"),
            ("calendar/<slug:slug>/", self.in_room(pages.hub), "hub"),
            ("postings-of/<int:pk>/", self.in_room(pages.person), "person"),
            ("moves/", self.moves, "home"),
            ("r/<int:content_type_id>/<path:object_id>/", self.on_site, "view_on_site"),
            ("<slug:app>/<slug:model>/import/", partial(exchange.bring, site=self), "import"),
            ("<slug:app>/<slug:model>/import/<int:pk>/", partial(exchange.one, site=self), "import_one"),
            ("<slug:app>/<slug:model>/export/", partial(exchange.take, site=self), "export"),
        ]
        return [*(path(route, self.admin_view(view), name=name) for route, view, name in tasks), *super().get_urls()]

    def areas_of(self, request) -> list:
        """The areas whose people the signed-in person keeps."""
        return list(Area.objects.all() if request.user.keeps_whole_force else Area.objects.edited_by(request.user))

    def room_of(self, request, areas) -> Room:
        """The admin's frame for a page about `areas`, and about the departments for those who keep the whole force."""
        return Room("admin/task.html", "admin", areas, self.each_context(request), request.user.keeps_whole_force)

    def in_room(self, page):
        """`page` of `staffing.pages` in the frame of the admin; 404 for those who keep nothing here, such as auditors."""

        def view(request, **place):
            room = self.room_of(request, self.areas_of(request))
            return page(request, room=room, **place) if room.areas else nothing()

        return view

    def moves(self, request):
        """Where a page of a task leads back to."""
        return redirect("admin:index")

    def index(self, request, extra_context=None):
        """Tasks first, then the lists."""
        found = self.found(request)
        wrong = sum(finding.number for finding in found)
        room = self.room_of(request, self.areas_of(request))
        waiting = room.moves.waiting().described().order_by("from_date", "pk")[:10]
        tasks = {"wrong": wrong, "keeps": bool(room.areas), "waiting": waiting}
        return super().index(request, tasks | (extra_context or {}))

    def found(self, request) -> list:
        """What is wrong today where the signed-in person keeps things true; the whole force's for an auditor."""
        whole = request.user.keeps_whole_force
        areas = self.areas_of(request) or list(Area.objects.all())
        return today.findings(areas, whole_force=whole, departments=whole or not self.areas_of(request))

    def today(self, request):
        """What is wrong today, each with the place where it is put right; with `?all=` all of one kind, page by page."""
        found, key = self.found(request), request.GET.get("all")
        if key:
            found = [one for one in found if one.key == key] or nothing()
            found[0].turn_to(request.GET.get("page"))
        context = {"title": _("What is wrong today"), "findings": found, "all": key}
        return render(request, "admin/today.html", self.each_context(request) | context)

    def strength(self, request):
        """Posts a team should have and has, abstraction days, and how far the force is on the way to what it promised."""
        areas = self.areas_of(request) or list(Area.objects.all())
        room, day = self.room_of(request, areas), strength.asked_day(request.GET.get("on", ""))
        teams = Team.objects.within(room.ids, whole=room.whole or not self.areas_of(request))
        found = strength.of_teams(teams, day)
        page = Paginator(found["teams"], 100).get_page(request.GET.get("page"))
        context = found | {"teams": page, "page": page, "targets": strength.targets(), "on": day}
        return room.show(request, "strength", title=_("Strength"), **context)
