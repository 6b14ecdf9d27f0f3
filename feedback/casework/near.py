"""Other concerns near one in place, time and wording: only those that the reader may see, and never more than a few."""

from dataclasses import dataclass
from math import cos, hypot, radians

from django.core.exceptions import EmptyResultSet
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rapidfuzz import fuzz

from feedback import clock
from feedback.models import Concern

LOOKED_AT = 100  # on each side
METRES = 1_000  # to each side
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


def _around(user, concern) -> list[Concern]:
    """In its area and about its place, those nearest in time: at most LOOKED_AT before and as many after, within DAYS.

    Each side walks the index of the area by time away from the concern, and stops at the first end that it meets.
    """
    at = concern.received_at
    here = Concern.objects.visible_to(user).filter(_about_its_place(concern), area=concern.area_id)
    here = here.exclude(pk=concern.pk)
    before = here.filter(received_at__lte=at, received_at__gte=clock.add_days(at, -DAYS)).order_by(
        "-received_at", "-pk"
    )
    after = here.filter(received_at__gt=at, received_at__lte=clock.add_days(at, DAYS)).order_by("received_at", "pk")
    return _both(before[:LOOKED_AT], after[:LOOKED_AT])


def _both(before, after) -> list[Concern]:
    """The rows of two querysets with limits, in one question, which not every database can be asked by the ORM."""
    columns = ", ".join(Concern._meta.get_field(name).column for name in READ)  # type: ignore[union-attr]
    try:
        (first, some), (second, more) = (rows.values("id").query.sql_with_params() for rows in (before, after))
    except EmptyResultSet:
        return []
    sides = f"SELECT earlier.id FROM ({first}) earlier UNION ALL SELECT later.id FROM ({second}) later"  # noqa: S608
    sql = f"SELECT id, {columns} FROM feedback_concern WHERE id IN ({sides})"  # noqa: S608 - names of our own columns
    return list(before.raw(sql, [*some, *more]))


def _about_its_place(concern) -> Q:
    """Within METRES of its point, whatever the ward; where either has none, of the same ward or postcode."""
    same = Q(ward=concern.ward_id) if concern.ward_id else Q()
    if concern.postcode:
        same |= Q(postcode=concern.postcode)
    if concern.lat is None or concern.lon is None:
        return same
    up = METRES / METRES_A_DEGREE
    aside = up / cos(radians(concern.lat))
    box = Q(lat__range=(concern.lat - up, concern.lat + up), lon__range=(concern.lon - aside, concern.lon + aside))
    return box | Q(lat=None) & same


def _compared(one, other) -> Neighbour:
    wording = fuzz.token_set_ratio(one.text.lower(), other.text.lower())
    metres, days = _metres(one, other), abs(other.received_at - one.received_at).days
    close = max(0.0, 1 - metres / 500) if metres is not None else 0.4 * (one.ward_id == other.ward_id)
    close = 1.0 if one.postcode and one.postcode == other.postcode else close
    score = 0.45 * wording / 100 + 0.3 * close + 0.15 * (1 - days / DAYS) + 0.1 * (one.category_id == other.category_id)
    return Neighbour(other, score, ", ".join(_why(one, other, wording, metres, days)))


def _why(one, other, wording, metres, days):
    if metres is not None:
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
