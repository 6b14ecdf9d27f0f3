"""The front counters nearest to a point, open ones first. A custody suite has no counter, so it is never among them."""

from math import asin, cos, radians, sin, sqrt

from django.utils.translation import gettext as _

from .models import Hub
from .opening import with_hours

EARTH = 3958.8  # miles: the mean radius
NEXT_DOOR = 0.1  # miles: nearer than that is not told apart


def miles_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The way as the crow flies between two points (degrees, WGS84), by the haversine formula: good to half a per cent."""
    rise, turn = radians(other_lat - lat), radians(other_lon - lon)
    chord = sin(rise / 2) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(turn / 2) ** 2
    return 2 * EARTH * asin(sqrt(chord))


def miles_words(miles: float) -> str:
    """A distance as people say it: "0.4 miles", "1 mile", "12 miles"."""
    if miles < NEXT_DOOR:
        return _("less than 0.1 miles")
    number = f"{miles:.1f}".removesuffix(".0") if miles < 10 else f"{miles:.0f}"
    return _("1 mile") if number == "1" else _("%(number)s miles") % {"number": number}


def front_counters() -> list:
    """All front counters whose place is known, with their hours; three queries."""
    counters = Hub.objects.filter(front_counter=True, lat__isnull=False, lon__isnull=False).order_by("pk")
    return with_hours(counters.select_related("area"))


def counters_near(lat: float, lon: float, counters: list) -> list:
    """The `front_counters` as seen from a point, the open ones first, the nearest first; no query.

    Each brings its reading (`with_readings`) and gets `.miles` and `.distance` (in words).
    """
    for hub in counters:
        hub.miles = miles_between(lat, lon, hub.lat, hub.lon)
        hub.distance = miles_words(hub.miles)
    return sorted(counters, key=lambda hub: (hub.opening.state != "open", hub.miles))
