"""The ASB case review: what somebody told us themselves, collected for their council, with dates and nothing of others.

A typed address never connects two concerns: the list holds those whose codes were entered here, and those of an address
that was proved by opening a link which we mailed there.
"""

from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import throttle
from areas.models import Area
from feedback import clock
from feedback.models import Concern

from . import door
from .forms import ListForm, OpenForm
from .views import of_another, private, refused, to


@private
@require_http_methods(["GET", "HEAD", "POST"])
def review(request):
    """The dated list, what each council asks for, and room for another code."""
    collected = door.collected(request)
    form = OpenForm(request.POST if request.method == "POST" else None, auto_id="id_%s")
    if not form.is_bound:
        return _shown(request, collected, form)
    try:
        throttle.count("track", throttle.caller_of(request), settings.TRACK_RATE)
    except throttle.TooMany as refusal:
        return refused(request, "tracking/review.html", form, refusal, **_list(request, collected))
    opened = door.find(*form.typed())
    if isinstance(opened, Concern):
        return door.collect(request, to("review"), [*collected, opened])
    if opened:
        form.refuse(_("This code came by e-mail. Open its own page first, and add it to your list from there."))
    else:
        form.refuse()
    return _shown(request, collected, form)


def _shown(request, collected, form):
    return render(request, "tracking/review.html", {"form": form, **_list(request, collected)})


def _list(request, collected) -> dict:
    """The reports of antisocial behaviour among those collected, oldest first, and the councils whose they are."""
    counted = sorted((one for one in collected if one.reports_asb), key=lambda one: one.received_at)
    councils = Area.objects.filter(pk__in={one.area_id for one in counted})
    opened = door.opened_concern(request)
    if opened and set(collected).issuperset([opened, *door.sent_alike(request, opened)]):
        opened = None  # it is there already, with all that it would bring along
    return {
        "concerns": counted,
        "others": len(collected) - len(counted),
        "councils": [(area, _enough(area, counted)) for area in councils],
        "opened": opened,
        "list_form": ListForm(concern=opened) if opened else None,
    }


def _enough(area, counted) -> bool:
    """Whether so many of them lie in the months that the area's council looks at, counted back from today."""
    here = [one for one in counted if one.area_id == area.pk]
    if not (area.review_reports and area.review_months):
        return False
    since = clock.months_before(timezone.now(), area.review_months)
    return sum(one.received_at >= since for one in here) >= area.review_reports


@private
@require_http_methods(["POST"])
def add_open(request):
    """Put the open concern on the list; who came by a mailed link brings along what they sent with the same address."""
    concern = door.opened_concern(request)
    if concern is None:
        return to("start")
    if ListForm(request.POST, concern=concern).of_another:
        return of_another(request)
    return door.collect(request, to("review"), [*door.collected(request), concern, *door.sent_alike(request, concern)])


@private
@require_http_methods(["POST"])
def clear(request):
    """Forget the list; the concerns stay as they are."""
    return door.collect(request, to("review"), [])
