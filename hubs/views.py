"""Where the open doors are: all hubs by area, one hub with its hours and teams, and the nearest open one."""

from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import throttle
from accounts.caching import fact, read_page, unkept
from accounts.stamp import today_in_london
from areas import spelling
from areas.models import Area, Ward
from areas.routing import NotRouted, route

from . import opening
from .models import BankHoliday, Hub, Team
from .nearest import counters_near, front_counters

FEW = 6  # counters on the page of the nearest


@read_page(by_minute=True)
def hub_list(request):
    """Every hub, by area; custody suites apart, for they are no places to visit."""
    hubs = opening.with_readings(Hub.objects.all(), timezone.now(), holidays(request))
    areas = list(Area.objects.all())
    for area in areas:
        area.doors = [hub for hub in hubs if hub.area_id == area.pk and hub.front_counter]
        area.bases = [hub for hub in hubs if hub.area_id == area.pk and not hub.front_counter and not hub.custody_only]
    return render(request, "hubs/list.html", {"areas": areas, "custody": [hub for hub in hubs if hub.custody_only]})


@read_page(by_minute=True)
def hub(request, slug):
    """One hub: where it is, when its counter is open, how to get in, who works there."""
    context = fact(request, f"hub:{slug}", lambda: _hub_facts(slug))
    context |= opening.shown(context["hub"], timezone.now(), holidays(request))
    return render(request, "hubs/hub.html", context)


def _hub_facts(slug):
    found = get_object_or_404(Hub.objects.select_related("area"), slug=slug)
    opening.with_readings([found], timezone.now(), {})
    teams = Team.objects.filter(hub=found).select_related("kind").order_by("kind__order", "name")
    return {"hub": found, "area": found.area, "teams": list(teams)}


@require_safe
def nearest(request):
    """The open doors nearest to a postcode, a ward or a point. What was asked is kept nowhere."""
    asked = {name: request.GET.get(name, "").strip()[: spelling.LONGEST] for name in ("postcode", "ward", "area")}
    point = spelling.degrees(request.GET.get("lat", ""), request.GET.get("lon", ""))
    if not point and not any(asked.values()):
        return nearest_to_nothing(request)
    context = {"typed": asked["postcode"], "areas": Area.objects.all()}
    try:
        throttle.count("locate", throttle.caller_of(request), settings.LOCATE_RATE)
        context |= _near_to(point, **asked)
    except NotRouted as refusal:
        context["refusal"] = refusal
    except throttle.TooMany as refusal:
        response = render(request, "hubs/nearest.html", context | {"refusal": {"message": str(refusal)}}, status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return unkept(response)
    if at := context.get("point"):
        lat, lon = at
        counters = opening.with_readings(front_counters(), timezone.now(), holidays(request))
        context["hubs"] = counters_near(lat, lon, counters)[:FEW]
    return unkept(render(request, "hubs/nearest.html", context))


@read_page
def nearest_to_nothing(request):
    """The question alone."""
    return render(request, "hubs/nearest.html", {"areas": Area.objects.all()})


def _near_to(point, *, postcode, ward, area) -> dict:
    """`point` (lat, lon) and `place` (words), or the `wards` to choose from where the place has no point of its own.

    Raises `NotRouted` with a public sentence.
    """
    if point:
        return {"point": point, "place": _("where you are")}
    found = route(postcode=postcode, ward="" if postcode else ward, area="" if postcode or ward else area)
    if found.lat is not None and found.lon is not None:
        return {"point": (found.lat, found.lon), "place": found.postcode}
    chosen = found.ward and Ward.objects.filter(pk=found.ward.pk, lat__isnull=False, lon__isnull=False).first()
    if chosen:
        middle = _("the middle of %(ward)s") % {"ward": chosen.name}
        return {"point": (chosen.lat, chosen.lon), "place": middle, "ward": chosen, "area": found.area}
    asked = {"without_point": found.postcode or found.ward, "replaced": found.replaced}
    wards = found.replaced.choices() if found.replaced else found.area.wards.active()
    return {"area": found.area, "wards": wards, **asked}


def holidays(request) -> dict:
    """The bank holidays ahead: date -> name."""
    return fact(request, "holidays", lambda: BankHoliday.names_from(today_in_london()))
