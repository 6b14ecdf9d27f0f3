"""The front hall's small pages: what every site owes its readers, health, and error pages."""

import functools
import json
import shutil
from datetime import date

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.caching import read_page
from areas.models import Force
from feedback.models import Draft, FollowLink, Notification, RetentionRule, Subscription
from feedback.tracking import door

from .rest import is_of_api

LEAST_FREE_MB = 200
LATE_MINUTES = 15


@read_page
def privacy(request):
    """What the portal keeps, why and for how long."""
    context = {
        "retention": RetentionRule.objects.all(),
        "draft_hours": Draft.HOURS,
        "link_days": FollowLink.DAYS,
        "confirm_days": Subscription.CONFIRM_DAYS,
        "follow_days": Subscription.KEEP_DAYS,
        "track_minutes": door.MINUTES,
        "session_hours": settings.SESSION_COOKIE_AGE // 3600,
    }
    return render(request, "privacy.html", context)


@read_page
def accessibility(request):
    """The accessibility statement that the law asks for, with what the last check of the pages found."""
    checked = last_check()
    if checked:
        checked = checked | {
            "day": date.fromisoformat(checked["day"]),
            "widths": ", ".join(map(str, checked["widths"])),
            "programs": ", ".join(checked["programs"]),
        }
    return render(request, "accessibility.html", {"checked": checked})


@functools.cache
def last_check() -> dict | None:
    """What `make statement` wrote: day, pages, widths, standards, programs, faults and which pages; None before the first."""
    path = settings.BASE_DIR / "policing_portal" / "accessibility.json"
    return json.loads(path.read_text()) if path.exists() else None


# ---- health ----------------------------------------------------------------------------------------------------------
@never_cache
def healthz(request):
    """The process is up; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@functools.cache
def _migrations_of_this_release() -> frozenset:
    """The last migration of every app, as (app, name); read from disk once for each process."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _oldest_waiting_minutes() -> int:
    """How long the oldest message that is due has waited, in minutes."""
    now = timezone.now()
    waiting = Notification.objects.filter(state=Notification.State.PENDING, due__lte=now)
    oldest = waiting.aggregate(oldest=Min("due"))["oldest"]
    return int((now - oldest).total_seconds() // 60) if oldest else 0


@never_cache
def readyz(request):
    """Ready to take a concern: database, migrations and disk; otherwise 503.

    A late outbox is told but never closes the door: while mail is down, concerns are still taken.
    """
    checks = {"disk": "ok" if shutil.disk_usage(settings.BASE_DIR).free > LEAST_FREE_MB * 2**20 else "full"}
    minutes = None
    try:
        missing = _migrations_of_this_release() - set(MigrationRecorder(connection).applied_migrations())
        checks |= {"database": "ok", "migrations": "missing" if missing else "ok"}
        minutes = None if missing else _oldest_waiting_minutes()
    except DatabaseError:
        checks["database"] = "unreachable"
    ready = all(answer == "ok" for answer in checks.values())
    outbox = {"oldest_minutes": minutes, "late": minutes is not None and minutes >= LATE_MINUTES}
    body = {"status": "ok" if ready else "not ready", **checks, "outbox": outbox}
    return JsonResponse(body, status=200 if ready else 503)


# ---- error pages -----------------------------------------------------------------------------------------------------
def _error(request, status, words, **context):
    """The error page of `status`; for the API the same as JSON, in `words`."""
    if is_of_api(request):
        return JsonResponse({"detail": words}, status=status)
    return render(request, f"{status}.html", context, status=status)


def bad_request(request, exception=None):
    """400: something reached us that can't be read. Staff are told where a form of theirs has too much in it."""
    too_many = isinstance(exception, TooManyFieldsSent) and request.path.startswith("/admin/")
    return _error(request, 400, _("This request can't be read."), too_many=too_many)


def forbidden(request, exception=None):
    """403: not for this person, with the sentence of the view that refused, where it gave one."""
    return _error(request, 403, _("You can't open this."), reason=str(exception or ""))


def not_found(request, exception=None):
    """404: no such page, or not for this person: both look the same."""
    return _error(request, 404, _("There is nothing here."))


def csrf_failure(request, reason=""):
    """403: a form that came without its key. Django's `reason` is for programmers, so the page doesn't show it."""
    words = _("This page was open for too long, or your browser keeps no cookies. We could not take the form.")
    return _error(request, 403, words, reason=words)


def server_error(request):
    """500: our fault. It must render when much is broken, the database too."""
    if is_of_api(request):
        return JsonResponse({"detail": _("Something went wrong on our side.")}, status=500)
    try:
        force = Force.objects.first()
    except DatabaseError:
        force = None
    context = {"force": force, "request_id": getattr(request, "id", "")}
    return HttpResponse(render_to_string("500.html", context), status=500)
