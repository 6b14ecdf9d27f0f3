"""Pages about a place, which gather from several rooms: the front page, an area, a ward. Their maps: maps.py."""

import re
from itertools import chain

from django.conf import settings
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import throttle
from accounts.caching import fact, read_page, unkept
from accounts.stamp import today_in_london
from areas import names, spelling
from areas.models import Area, Boundary, Channel, Meeting, Priority, Ward
from areas.routing import NotRouted, Outcome, route
from feedback.following import feeds
from feedback.insight.report import in_short, scorecard
from feedback.insight.today import ward_figures
from hubs.models import Department, Hub, Posting, Team
from hubs.nearest import counters_near, front_counters
from hubs.opening import with_readings
from hubs.views import holidays

from . import maps, posters
from .context import force, tiles
from .maps import AREA_DETAIL, FORCE_DETAIL, map_of, wards_of

LONGEST_NAME = 80
NAME = re.compile(r"\b[^\W\d_]{4,}\b")  # a word that is part of no postcode
SHOWN_PRIORITIES = 2 * Priority.OPEN_AT_ONCE  # on the page of a place: a ward's all, with its area's
SHOWN_MEETINGS = 2  # its list has them all
MEETINGS_A_DAY = 6  # as many may end before the stamp changes at midnight


def home(request):
    """The front page; with `?q=` or `?lat=&lon=` the answer to its one question."""
    if text := request.GET.get("q", "").strip()[:LONGEST_NAME]:
        return find(request, text)
    if point := spelling.degrees(request.GET.get("lat", ""), request.GET.get("lon", "")):
        return answer(request, point=point)
    return front_page(request)


@read_page
def front_page(request):
    """One question, the seven areas, three promises."""
    return render(request, "home.html", fact(request, "home", lambda: _front_facts(request)))


def _front_facts(request):
    areas = list(Area.objects.all())
    drawn = map_of(request, Boundary.Kind.AREA, areas, FORCE_DETAIL)
    shown = force(request) | {"areas": areas, "map": drawn}
    return {"map": bool(drawn), "areas_drawn": render_to_string("areas/_areas.html", shown), "scorecard": scorecard()}


def find(request, text):
    """A postcode, a ward's code or a name -> the page of that ward or area, or what to do next. Never kept anywhere."""
    if code := spelling.within(text):
        return answer(request, text=text, postcode=code)
    matches = names.find(text) or Ward.objects.filter(code=text.upper())
    called, street = ([], []) if matches else hubs_called(text)
    if len(found := matches or called) == 1:
        return unkept(redirect(found[0]))
    if found or street:
        return _ask_again(request, text=text, matches=found or street, streets=not found, most=names.MOST)
    if re.search(r"\d", text) and not NAME.search(text):
        return answer(request, text=text, postcode=text)
    _first, area = names.area_in(text)
    return _ask_again(request, text=text, close=names.close_to(text), candidates=[area] if area else [])


def hubs_called(text) -> tuple[list, list]:
    """(the hubs of just that name, those that `text` may be the street of with the wards there).

    Their streets are the only ones whose names the force pack knows, so a street of that name may well be another.
    """
    wanted, area = names.area_in(text)
    hubs = [hub for hub in Hub.objects.select_related("area") if area in (None, hub.area)] if wanted else []
    called = [hub for hub in hubs if names.normalise(text) in _own_names(hub)]
    at = [hub for hub in hubs if names.holds(names.normalise(f"{hub.name} {hub.address}"), wanted)]
    around = names.find_each([hub.address.partition(",")[2] for hub in at]) if at else []
    wards = [match for hub, found in zip(at, around, strict=True) for match in found if match.area == hub.area]
    return called, [*at, *{match.get_absolute_url(): match for match in wards}.values()]


def _own_names(hub) -> set:
    """What a hub alone is called, normalised: its name, and the part in brackets; never what is just its street."""
    streets = {names.normalise(part) for part in hub.address.split(",")}
    outer, _bracket, inner = hub.name.partition("(")
    return {names.normalise(inner), *({names.normalise(outer), names.normalise(hub.name)} - streets)} - {""}


def answer(request, *, text="", **place):
    """The page of the ward or area of a `place` as `route` takes it, or why there is none and what to do next."""
    try:
        throttle.count("locate", throttle.caller_of(request), settings.LOCATE_RATE)
        found = route(**place)
    except NotRouted as refusal:
        return _ask_again(request, text=text, refusal=refusal)
    except throttle.TooMany as refusal:
        response = _ask_again(request, 429, text=text, refusal=NotRouted(Outcome.ASK, str(refusal)))
        response["Retry-After"] = str(refusal.retry_after)
        return response
    return unkept(redirect(found.ward or found.area))


def _ask_again(request, status=200, **context):
    shown = {"candidates": [], "areas": Area.objects.all()} | context
    return unkept(render(request, "areas/find.html", shown, status=status))


@read_page
def area_list(request):
    """The areas, each with how many wards it has."""
    areas = list(Area.objects.all())
    return render(
        request, "areas/list.html", {"areas": areas, "map": map_of(request, Boundary.Kind.AREA, areas, FORCE_DETAIL)}
    )


@read_page(by_minute=True)
def area(request, slug):
    """Who leads an area, its wards, hubs and teams, and how to reach them."""
    # All but the open doors and what is on now holds while the stamp does, so the next minute's page is mostly there.
    context = fact(request, f"area:{slug}", lambda: _area_facts(request, slug))
    hubs = with_readings(context["all_hubs"], timezone.now(), holidays(request))
    context["hubs"] = [hub for hub in hubs if not hub.custody_only]
    context["custody"] = [hub for hub in hubs if hub.custody_only]
    return render(request, "areas/area.html", context | _next(context["meetings"]))


def _area_facts(request, slug):
    found = get_object_or_404(Area, slug=slug)
    wards = wards_of(found)
    by_kind = Prefetch("teams", Team.objects.select_related("kind").order_by("kind__order", "name"))
    hubs = with_readings(found.hubs.prefetch_related(by_kind), timezone.now(), holidays(request))
    visited = [hub for hub in hubs if not hub.custody_only]
    drawn = {
        "area": found,
        "wards": wards,
        "map": map_of(request, Boundary.Kind.WARD, wards, AREA_DETAIL, hubs=visited),
    }
    drawn["tiles"] = tiles()
    help_with = {"area": found, "departments": Department.objects.all(), "channels": Channel.objects.filter(shown=True)}
    return {
        "area": found,
        "commander": leader_words(found),
        "all_hubs": hubs,
        "map": bool(drawn["map"]),
        "wards_drawn": render_to_string("areas/_wards.html", drawn),
        "figures": in_short(found),
        "help_drawn": render_to_string("areas/_help.html", help_with),
        **_local(Priority.objects.filter(area=found).area_first(), Meeting.objects.filter(area=found)),
    }


@read_page(by_minute=True)
def ward(request, slug, code):
    """Who answers for one ward, from which team, and the nearest open door."""
    context = fact(request, f"ward:{slug}:{code}", lambda: _ward_facts(slug, code))
    if context["moved_to"]:
        return redirect(context["moved_to"], permanent=True)
    if not context["ward"].active:
        return render(request, "areas/ward_not_in_use.html", context)
    hubs = [hub for hub in dict.fromkeys(counters_for(request, context["ward"])) if hub]
    shown = f"ward map:{code}:{' '.join(hub.slug for hub in hubs)}"
    drawn = fact(request, shown, lambda: _ward_map(request, context["ward"], hubs))
    context |= {"hubs": hubs, "map": drawn, **_next(context["meetings"])}
    return render(request, "areas/ward.html", context)


def _instead_of(ward) -> dict:
    """Where a ward out of use is looked for now: the address of the one that took its place, or the wards to choose from."""
    if heir := ward.heir:
        return {"moved_to": heir.get_absolute_url()}
    return {"wards": ward.choices(), "coming": ward.coming}


def _ward_map(request, ward, hubs):
    """The drawn map of the wards beside `ward` with its nearest `hubs`; "" without boundaries."""
    drawn = map_of(request, Boundary.Kind.WARD, wards_of(ward.area), AREA_DETAIL, chosen=ward, hubs=hubs)
    outlines = reverse("areas:outlines", args=[ward.area.slug])
    shown = {"map": drawn, "tiles": tiles(), "name": ward.name, "outlines": outlines}
    return render_to_string("areas/_map.html", shown) if drawn else ""


def _ward_facts(slug, code):
    found = get_object_or_404(Ward.objects.select_related("area"), code=code, area__slug=slug)
    context = {"area": found.area, "ward": found, "ended": _ended(found), "moved_to": ""}
    if not found.active:
        return context | _instead_of(found)
    contacts = list(Posting.objects.named_contacts(found))
    teams = list(Team.objects.filter(wards=found).select_related("kind", "hub").order_by("kind__order", "name"))
    return context | {
        "contact_name": contacts[0].answers_words if contacts else "",
        "others": [posting.answers_words for posting in contacts[1:]],
        "team": teams[0] if teams else contacts and contacts[0].team,
        "teams": teams,
        "commander": leader_words(found.area),
        "others_drawn": render_to_string("areas/_other_wards.html", {"ward": found, "wards": wards_of(found.area)}),
        "figures": in_short(found.area, found),
        "today_figures": ward_figures(found),
        **_local(Priority.objects.around(found).ward_first(), Meeting.objects.around(found)),
    }


def _local(priorities, meetings) -> dict:
    """What areas/_local.html shows: the first open ones of `priorities`, and some more of the next `meetings`."""
    coming = meetings.public().coming()
    some = [coming.filter(cancelled=called_off)[: SHOWN_MEETINGS + MEETINGS_A_DAY] for called_off in (False, True)]
    return {
        "priorities": list(priorities.public().open()[:SHOWN_PRIORITIES]),
        "meetings": sorted(chain(*some), key=lambda meeting: (meeting.starts, meeting.pk)),
    }


def _next(meetings) -> dict:
    """The first of `meetings` that have not ended since they were read, and their ids as words, by which they are drawn once.

    Those that were cancelled take no other's place.
    """
    left = [meeting for meeting in meetings if meeting.ends > timezone.now()]
    held = [meeting for meeting in left if not meeting.cancelled][:SHOWN_MEETINGS]
    shown = left[: left.index(held[-1]) + 1] if len(held) == SHOWN_MEETINGS else left
    return {"meetings": shown, "meetings_shown": "-".join(str(meeting.pk) for meeting in shown)}


def _ended(ward):
    """Whether the council has replaced this ward."""
    return ward.until is not None and ward.until < today_in_london()


def leader_words(area) -> str:
    """Who leads `area` today to the public: name or role; "" where nobody does."""
    person = area.commander
    if person is None:
        return ""
    role = _("%(rank)s, area commander") % {"rank": person.spoken_rank} if person.rank else _("Area commander")
    return person.public_words or role


def counters_for(request, ward):
    """(the nearest front counter open now, the nearest of all) for people in `ward`; each None where none is known."""
    if ward.lat is None or ward.lon is None:
        return None, None
    now = timezone.now()
    return fact(request, f"counters of {ward.pk} at {now:%H:%M}", lambda: _counters_for(request, ward, now))


def _counters_for(request, ward, now):
    # The readings hold for a minute, and for all wards together.
    counters = fact(request, f"counters at {now:%H:%M}", lambda: _counters_read(request, now))
    counters = counters_near(ward.lat, ward.lon, counters)
    first_open = next((hub for hub in counters if hub.opening.state == "open"), None)
    return first_open, min(counters, key=lambda hub: hub.miles, default=None)


def _counters_read(request, now):
    return with_readings(fact(request, "counters", front_counters), now, holidays(request))


area_routes: tuple[list[URLPattern | URLResolver], str] = (
    [
        path("", area_list, name="list"),
        path("<slug:slug>/", area, name="area"),
        path("<slug:slug>/wards.geojson", maps.ward_outlines, name="outlines"),
        path("<slug:slug>/feed/", feeds.area, name="feed"),
        path("<slug:slug>/wards/<str:code>/", ward, name="ward"),
        path("<slug:slug>/wards/<str:code>/feed/", feeds.ward, name="ward_feed"),
        path("<slug:slug>/wards/<str:code>/poster/", posters.poster, name="poster"),
        path("<slug:slug>/wards/<str:code>/poster.svg", posters.square, name="square"),
    ],
    "areas",
)
