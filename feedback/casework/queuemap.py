"""Concerns of a list as numbered points on the wards of their area. The list below the picture is its twin."""

from dataclasses import dataclass
from math import hypot

from accounts.caching import fact
from areas import drawing
from areas.models import Area, Boundary, Edition

NUMBERS = 4  # shown at one spot
NEAR = 12  # of the picture's 600 across: what is nearer than that shares a spot, so that each number can be read
DETAIL = 0.0012  # degrees: how far a simplified outline may stray


@dataclass(frozen=True)
class Point:
    """Where one or more concerns stand in the picture; `numbers` are those of their rows. `sure`: the spot, not just the ward."""

    x: str
    y: str
    numbers: str
    sure: bool


def queue_map(request, area: Area | None, concerns) -> dict | None:
    """The picture of `concerns` (rows that their reader may see) in `area`; None without an area or its boundaries.

    `wards`: whether some stand in the middle of their ward, since no more is known of them; `left_out`: how many have no ward.
    """
    drawn = area and _drawn(request, area)
    if not drawn:
        return None
    at: dict[tuple, list] = {}
    for number, concern in enumerate(concerns, 1):
        if spot := _spot(drawn, area, concern):
            at.setdefault(_shared(spot, at), []).append(str(number))
    points = [Point(x, y, _shortly(numbers), sure) for (x, y, sure), numbers in at.items()]
    left_out = len(concerns) - sum(map(len, at.values()))
    wards = not all(point.sure for point in points)
    return {
        "view_box": drawn.view_box, "paths": drawn.paths.values(), "points": points, "wards": wards, "left_out": left_out
    }  # fmt: skip


def _spot(drawn, area, concern) -> tuple | None:
    """(x, y, whether it is the very spot) of a concern; None where not even its ward is on the picture."""
    if concern.area_id != area.pk:
        return None
    if concern.lat is not None and concern.lon is not None:
        return *drawn.at(concern.lat, concern.lon), True
    middle = drawn.labels.get(concern.ward_id)
    return (*middle, False) if middle else None


def _shared(spot, spots) -> tuple:
    """The one of `spots` that is as sure as `spot` and so near that their numbers would cover each other; else `spot`."""
    x, y, sure = spot
    near = (one for one in spots if one[2] == sure and hypot(float(one[0]) - float(x), float(one[1]) - float(y)) < NEAR)
    return next(near, spot)


def _shortly(numbers) -> str:
    """The first numbers, and that there are more: a name in the picture has little room."""
    return ", ".join(numbers[:NUMBERS]) + " …" * (len(numbers) > NUMBERS)


def _drawn(request, area):
    edition = fact(request, "boundaries", lambda: Edition.objects.in_use(Edition.Kind.BOUNDARIES))
    codes = fact(
        request, f"codes of wards {area.pk}", lambda: tuple(area.wards.active().values_list("code", flat=True))
    )
    return edition and drawing.draw(edition.pk, Boundary.Kind.WARD, codes, DETAIL)
