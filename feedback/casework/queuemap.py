"""Concerns of a list as numbered points on the wards of their area. The list below the picture is its twin."""

from dataclasses import dataclass

from accounts.caching import fact
from areas import drawing
from areas.models import Area, Boundary, Edition

DETAIL = 0.0012  # degrees: how far a simplified outline may stray


@dataclass(frozen=True)
class Point:
    """Where one or more concerns stand in the picture; `numbers` are those of their rows."""

    x: str
    y: str
    numbers: str


def queue_map(request, area: Area | None, concerns) -> dict | None:
    """The picture of `concerns` (rows that their reader may see) in `area`; None without an area or its boundaries."""
    drawn = area and _drawn(request, area)
    if not drawn:
        return None
    at: dict[tuple, list] = {}
    for number, concern in enumerate(concerns, 1):
        if concern.area_id == area.pk and concern.lat is not None and concern.lon is not None:
            at.setdefault(drawn.at(concern.lat, concern.lon), []).append(str(number))
    points = [Point(x, y, ", ".join(numbers)) for (x, y), numbers in at.items()]
    return {"view_box": drawn.view_box, "paths": drawn.paths.values(), "points": points}


def _drawn(request, area):
    edition = fact(request, "boundaries", lambda: Edition.objects.in_use(Edition.Kind.BOUNDARIES))
    codes = fact(request, f"wards {area.pk}", lambda: tuple(area.wards.active().values_list("code", flat=True)))
    return edition and drawing.draw(edition.pk, Boundary.Kind.WARD, codes, DETAIL)
