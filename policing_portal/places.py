"""Pages about a place, which gather from several rooms: the front page, an area, a ward."""

import math
import re

from django.conf import settings
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import throttle
from accounts.caching import fact, read_page
from accounts.stamp import today_in_london
from areas import drawing, names
from areas.models import Area, Boundary, Channel, Edition, Ward
from areas.routing import NotRouted, Outcome, route
from hubs.models import BankHoliday, Department, Hub, Posting, Team
from hubs.opening import with_readings

from .context import editions_in_use

LONGEST_NAME = 80
FORCE_DETAIL, AREA_DETAIL = 0.004, 0.0012  # degrees: how far a simplified outline may stray


def home(request):
    """The front page; with `?q=` the answer to its one question."""
    return find(request) if request.GET.get("q", "").strip() else front_page(request)


@read_page
def front_page(request):
    """One question, the seven areas, three promises."""
    areas = list(Area.objects.all())
    return render(request, "home.html", {"areas": areas, "map": _map(request, Boundary.Kind.AREA, areas, FORCE_DETAIL)})


def find(request):
    """A postcode or a name -> the page of that ward or area, or what to do next. Never kept anywhere."""
    text = request.GET["q"].strip()[:LONGEST_NAME]
    context = {"text": text, "areas": Area.objects.all()}
    retry_after = 0
    if re.search(r"\d", text):
        try:
            throttle.count("locate", throttle.caller_of(request), settings.LOCATE_RATE)
            found = route(postcode=text)
        except NotRouted as refusal:
            context["refusal"] = refusal
        except throttle.TooMany as refusal:
            context["refusal"] = NotRouted(Outcome.ASK, str(refusal))
            retry_after = refusal.retry_after
        else:
            return _unkept(redirect(found.ward or found.area))
    else:
        matches = names.find(text)
        if len(matches) == 1:
            return _unkept(redirect(matches[0]))
        context |= {"matches": matches, "close": [] if matches else names.close_to(text)}
    response = _unkept(render(request, "areas/find.html", context, status=429 if retry_after else 200))
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def _unkept(response):
    response["Cache-Control"] = "private, no-store"
    return response


@read_page
def area_list(request):
    """The areas, each with how many wards it has."""
    areas = list(Area.objects.all())
    return render(
        request, "areas/list.html", {"areas": areas, "map": _map(request, Boundary.Kind.AREA, areas, FORCE_DETAIL)}
    )


@read_page(by_minute=True)
def area(request, slug):
    """Who leads an area, its wards, hubs and teams, and how to reach them."""
    # All but the open doors holds while the stamp does, so the next minute's page is mostly there.
    context = fact(request, f"area:{slug}", lambda: _area_facts(request, slug))
    hubs = with_readings(context["all_hubs"], timezone.now(), _holidays(request))
    context["hubs"] = [hub for hub in hubs if not hub.custody_only]
    context["custody"] = [hub for hub in hubs if hub.custody_only]
    return render(request, "areas/area.html", context)


def _area_facts(request, slug):
    found = get_object_or_404(Area, slug=slug)
    wards = list(found.wards.active())
    drawn = {"wards": wards, "map": _map(request, Boundary.Kind.WARD, wards, AREA_DETAIL)}
    help_with = {"area": found, "departments": Department.objects.all(), "channels": Channel.objects.filter(shown=True)}
    return {
        "area": found,
        "commander": leader_words(found),
        "all_hubs": with_readings(found.hubs.prefetch_related("teams__kind"), timezone.now(), _holidays(request)),
        "wards_drawn": render_to_string("areas/_wards.html", drawn),
        "help_drawn": render_to_string("areas/_help.html", help_with),
    }


@read_page(by_minute=True)
def ward(request, slug, code):
    """Who answers for one ward, from which team, and the nearest open door."""
    context = fact(request, f"ward:{slug}:{code}", lambda: _ward_facts(slug, code))
    if not context["ward"].active:
        return render(request, "areas/ward_not_in_use.html", context)
    if context["hub"]:
        with_readings([context["hub"]], timezone.now(), _holidays(request))
    return render(request, "areas/ward.html", context)


def _ward_facts(slug, code):
    found = get_object_or_404(Ward.objects.select_related("area"), code=code, area__slug=slug)
    context = {"area": found.area, "ward": found, "ended": _ended(found)}
    if not found.active:
        return context
    contacts = list(Posting.objects.named_contacts(found))
    teams = list(Team.objects.filter(wards=found).select_related("kind", "hub").order_by("kind__order", "name"))
    hub = nearest_counter(found)
    return context | {
        "contact_name": contacts[0].public_words if contacts else "",
        "others": [posting.public_words for posting in contacts[1:]],
        "team": teams[0] if teams else contacts and contacts[0].team,
        "teams": teams,
        "commander": leader_words(found.area),
        "hub": hub and with_readings([hub], timezone.now(), {})[0],
    }


def _ended(ward):
    """Whether the council has replaced this ward."""
    return ward.until is not None and ward.until < today_in_london()


def leader_words(area) -> str:
    """Who leads `area` today to the public: name or role; "" where nobody does."""
    person = area.commander
    if person is None:
        return ""
    role = _("%(rank)s, area commander") % {"rank": person.rank} if person.rank else _("Area commander")
    return person.public_words or role


def nearest_counter(ward):
    """The hub with a front counter that is nearest to the middle of `ward`; None where the middle isn't known."""
    if ward.lat is None:
        return None
    stretch = math.cos(math.radians(ward.lat))
    counters = Hub.objects.filter(front_counter=True, lat__isnull=False).order_by("pk")
    return min(counters, key=lambda hub: math.hypot(hub.lat - ward.lat, (hub.lon - ward.lon) * stretch), default=None)


def _holidays(request):
    return fact(request, "holidays", lambda: BankHoliday.names_from(today_in_london()))


def _map(request, kind, places, tolerance):
    """What `areas/_map.html` draws: the outlines of `places` (areas or wards), or None where no boundaries are loaded."""
    boundaries = (edition for edition in editions_in_use(request) if edition.kind == Edition.Kind.BOUNDARIES)
    edition = next(boundaries, None)
    codes = tuple(place.gss_code if kind == Boundary.Kind.AREA else place.code for place in places)
    drawn = edition and drawing.draw(edition.pk, kind, codes, tolerance)
    if not drawn:
        return None
    shapes = [
        {"place": place, "path": drawn.paths[code], "x": drawn.labels[code][0], "y": drawn.labels[code][1]}
        for place, code in zip(places, codes, strict=True)
    ]
    return {"view_box": drawn.view_box, "shapes": shapes, "labelled": kind == Boundary.Kind.AREA}


area_routes = (
    [
        path("", area_list, name="list"),
        path("<slug:slug>/", area, name="area"),
        path("<slug:slug>/wards/<str:code>/", ward, name="ward"),
    ],
    "areas",
)
