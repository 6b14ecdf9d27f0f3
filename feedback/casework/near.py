"""Other concerns near one in place, time and wording: only those that the reader may see, and never more than a few."""

from dataclasses import dataclass
from math import cos, hypot, radians

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rapidfuzz import fuzz

from feedback import clock
from feedback.models import Concern

LOOKED_AT = 100
SHOWN = 5
DAYS = 60
ALIKE = 60  # of 100
ENOUGH = 0.5
METRES_A_DEGREE = 111_320
READ = ("reference", "text", "place", "lat", "lon", "ward", "postcode", "received_at", "category", "status", "problem")


@dataclass(frozen=True)
class Neighbour:
    """Another concern, and what makes it near: a sentence."""

    concern: Concern
    score: float
    why: str


def near(user, concern) -> list[Neighbour]:
    """At most SHOWN concerns near `concern` that `user` may see, the nearest first. One query."""
    if concern.area_id is None:
        return []
    found = [_compared(concern, other) for other in _around(user, concern)]
    return sorted((one for one in found if one.score >= ENOUGH), key=lambda one: (-one.score, -one.concern.pk))[:SHOWN]


def _around(user, concern):
    """The newest LOOKED_AT of the ward or postcode (else of the area) within DAYS before and after."""
    place = Q(ward=concern.ward_id) if concern.ward_id else Q()
    if concern.postcode:
        place |= Q(postcode=concern.postcode)
    span = (clock.add_days(concern.received_at, -DAYS), clock.add_days(concern.received_at, DAYS))
    rows = Concern.objects.visible_to(user).filter(place, area=concern.area_id, received_at__range=span)
    return rows.exclude(pk=concern.pk).only(*READ).order_by("-received_at", "-pk")[:LOOKED_AT]


def _compared(one, other) -> Neighbour:
    wording = fuzz.token_set_ratio(one.text.lower(), other.text.lower())
    metres, days = _metres(one, other), abs((other.received_at - one.received_at).days)
    close = max(0.0, 1 - metres / 500) if metres is not None else 0.4 * (one.ward_id == other.ward_id)
    close = 1.0 if one.postcode and one.postcode == other.postcode else close
    score = 0.45 * wording / 100 + 0.3 * close + 0.15 * (1 - days / DAYS) + 0.1 * (one.category_id == other.category_id)
    return Neighbour(other, score, ", ".join(_why(one, other, wording, metres, days)))


def _why(one, other, wording, metres, days):
    if metres is not None and metres < 500:
        yield _("%(n)d metres away") % {"n": round(metres, -1)}
    elif one.postcode and one.postcode == other.postcode:
        yield _("same postcode")
    elif one.ward_id and one.ward_id == other.ward_id:
        yield _("same ward")
    if days == 0:
        yield _("the same day")
    elif other.received_at < one.received_at:
        yield ngettext("%(n)d day before", "%(n)d days before", days) % {"n": days}
    else:
        yield ngettext("%(n)d day after", "%(n)d days after", days) % {"n": days}
    if one.category_id == other.category_id:
        yield _("same kind")
    if wording >= ALIKE:
        yield _("similar words")


def _metres(one, other) -> float | None:
    if None in (one.lat, one.lon, other.lat, other.lon):
        return None
    east = (one.lon - other.lon) * cos(radians(one.lat))
    return METRES_A_DEGREE * hypot(one.lat - other.lat, east)
