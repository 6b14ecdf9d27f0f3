"""Where the open doors are: all hubs by area, and one hub with its hours and teams."""

from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.caching import fact, read_page
from accounts.stamp import today_in_london
from areas.models import Area

from . import opening
from .models import BankHoliday, Hub, Team


@read_page(by_minute=True)
def hub_list(request):
    """Every hub, by area; custody suites apart, for they are no places to visit."""
    hubs = opening.with_readings(Hub.objects.all(), timezone.now(), _holidays(request))
    areas = list(Area.objects.all())
    for area in areas:
        area.doors = [hub for hub in hubs if hub.area_id == area.pk and hub.front_counter]
        area.bases = [hub for hub in hubs if hub.area_id == area.pk and not hub.front_counter and not hub.custody_only]
    return render(request, "hubs/list.html", {"areas": areas, "custody": [hub for hub in hubs if hub.custody_only]})


@read_page(by_minute=True)
def hub(request, slug):
    """One hub: where it is, when its counter is open, who works there."""
    context = fact(request, f"hub:{slug}", lambda: _hub_facts(slug))
    found, holidays = context["hub"], _holidays(request)
    opening.with_readings([found], timezone.now(), holidays)
    if found.front_counter and opening.has_hours(found):
        context["week"] = opening.usual_week(found)
        context["other_days"] = opening.other_days(found, today_in_london(), holidays)
    return render(request, "hubs/hub.html", context)


def _hub_facts(slug):
    found = get_object_or_404(Hub.objects.select_related("area"), slug=slug)
    opening.with_readings([found], timezone.now(), {})
    teams = Team.objects.filter(hub=found).select_related("kind").order_by("kind__order", "name")
    return {"hub": found, "area": found.area, "teams": list(teams)}


def _holidays(request):
    return fact(request, "holidays", lambda: BankHoliday.names_from(today_in_london()))
