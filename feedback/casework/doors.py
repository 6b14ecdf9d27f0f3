"""What every door of casework has in common: sign-in, no copy kept by browsers, and no reading that isn't written down."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from accounts.models import Stamp
from feedback.access import reach_of
from feedback.models import Concern, NotRecorded


def staff_page(view):
    """A page for those signed in: never stored by a browser; 503 where a reading could not be written down."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        request.stamp = Stamp.current()  # names and words that nobody has changed are not asked for again
        try:
            response = view(request, *args, **kwargs)
        except NotRecorded:
            response = render(request, "503.html", status=503)
        patch_cache_control(response, no_store=True, private=True)
        return response

    return login_required(guarded)


def readers_only(request) -> None:
    """The 404 of nothing for somebody to whom no concern is open today."""
    if not reach_of(request.user).reads_concerns:
        raise Http404


def find(request, reference) -> Concern:
    """The concern of that reference, if this person may see it; otherwise the same 404 as for one that does not exist."""
    concerns = Concern.objects.visible_to(request.user)
    concern = (
        concerns.select_related("area", "ward__area", "category", "team__hub", "officer", "partner", "department",
                                "about_person", "contact", "problem")
        .filter(reference=reference.upper())  # as people type it
        .first()
    )  # fmt: skip
    if concern is None:
        raise Http404
    return concern
