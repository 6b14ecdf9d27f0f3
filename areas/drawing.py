"""Outlines as SVG paths, small enough to stand in a page: made once for each loaded edition of boundaries."""

import functools
import json
import math
from dataclasses import dataclass

import shapely
from shapely.geometry import shape

from .models import Boundary

WIDTH = 600
MARGIN = 36  # room for a name that is wider than its area


@dataclass(frozen=True)
class Drawing:
    """An SVG `view_box`, and by GSS code its `paths` (the d attribute) and `labels` (x, y of a point well inside)."""

    view_box: str
    paths: dict
    labels: dict


@functools.lru_cache(maxsize=32)
def draw(edition_id: int, kind: str, codes: tuple, tolerance: float) -> Drawing | None:
    """The `Drawing` of the boundaries `codes` (GSS codes, in order) of one edition; None where some are missing.

    `tolerance` is how far a line may move, in degrees of latitude; edges that two outlines share stay shared.
    """
    rows = Boundary.objects.filter(edition=edition_id, kind=kind, code__in=codes).values_list("code", "geometry")
    known = {code: shape(json.loads(geometry)) for code, geometry in rows}
    if not codes or set(known) != set(codes):
        return None
    stretch = math.cos(math.radians(known[codes[0]].centroid.y))
    # North is up in a picture: latitude turns over, and a degree of longitude is shorter than one of latitude.
    flat = [shapely.transform(known[code], lambda xy: xy * [stretch, -1]) for code in codes]
    flat = list(shapely.coverage_simplify(flat, tolerance))
    left, top, right, bottom = shapely.total_bounds(flat)
    scale = WIDTH / (right - left)
    placed = [shapely.transform(one, lambda xy: (xy - [left, top]) * scale) for one in flat]
    inside = [shapely.maximum_inscribed_circle(one, tolerance=4).coords[0] for one in placed]
    return Drawing(
        view_box=f"{-MARGIN} -4 {WIDTH + 2 * MARGIN} {round((bottom - top) * scale) + 8}",
        paths={code: _path(one) for code, one in zip(codes, placed, strict=True)},
        labels={code: (f"{x:.0f}", f"{y:.0f}") for code, (x, y) in zip(codes, inside, strict=True)},
    )


def _path(outline) -> str:
    rings = []
    for part in getattr(outline, "geoms", [outline]):
        for ring in (part.exterior, *part.interiors):
            points = dict.fromkeys(f"{x:.0f} {y:.0f}" for x, y in ring.coords)
            if len(points) > 2:
                rings.append(f"M{'L'.join(points)}z")
    return "".join(rings)
