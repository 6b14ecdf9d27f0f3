"""Outlines small enough to stand in a page, made once for each loaded edition of boundaries: SVG paths, and GeoJSON by zoom.

Outlines are simplified as one coverage: edges that two of them share stay shared, so no gap opens between neighbours.
"""

import functools
import json
import math
from dataclasses import dataclass

import shapely

from .models import Boundary

WIDTH = 600
MARGIN = 36  # room for a name that is wider than its area
ZOOMS = (10, 12, 14)  # a map asks for the detail of its zoom; it gets that of the next of these, at most the last
TILE = 256  # pixels of the whole world at zoom 0
ASTRAY = 1.5  # pixels by which a line on such a map may move


@dataclass(frozen=True)
class Drawing:
    """An SVG `view_box`, and by GSS code its `paths` (the d attribute) and `labels` (x, y of a point well inside)."""

    view_box: str
    paths: dict
    labels: dict
    stretch: float  # how long a degree of longitude is, in degrees of latitude
    corner: tuple  # the top left one: longitude times stretch, minus latitude
    scale: float

    def at(self, lat: float, lon: float) -> tuple:
        """Where a point (degrees, WGS84) stands in the picture: x, y as words for SVG."""
        left, top = self.corner
        return f"{(lon * self.stretch - left) * self.scale:.0f}", f"{(-lat - top) * self.scale:.0f}"


def _outlines(edition_id, kind, codes):
    """The shapes of the boundaries `codes`, in order; None where some are missing."""
    rows = Boundary.objects.filter(edition=edition_id, kind=kind, code__in=codes).values_list("code", "geometry")
    known = {code: shapely.from_geojson(geometry) for code, geometry in rows}
    return [known[code] for code in codes] if codes and set(known) == set(codes) else None


def _stretch(shapes) -> float:
    """How long a degree of longitude is where these shapes lie, in degrees of latitude."""
    return math.cos(math.radians(shapes[0].centroid.y))


def _flat(shapes, stretch, tolerance) -> list:
    """The shapes in a plane with north up, simplified together."""
    # North is up in a picture: latitude turns over.
    flat = [shapely.transform(one, lambda xy: xy * [stretch, -1]) for one in shapes]
    return list(shapely.coverage_simplify(flat, tolerance))


@functools.lru_cache(maxsize=32)
def draw(edition_id: int, kind: str, codes: tuple, tolerance: float) -> Drawing | None:
    """The `Drawing` of the boundaries `codes` (GSS codes, in order) of one edition; None where some are missing.

    `tolerance` is how far a line may move, in degrees of latitude.
    """
    shapes = _outlines(edition_id, kind, codes)
    if shapes is None:
        return None
    stretch = _stretch(shapes)
    flat = _flat(shapes, stretch, tolerance)
    left, top, right, bottom = shapely.total_bounds(flat)
    scale = WIDTH / (right - left)
    placed = [shapely.transform(one, lambda xy: (xy - [left, top]) * scale) for one in flat]
    inside = [shapely.maximum_inscribed_circle(one, tolerance=4).coords[0] for one in placed]
    return Drawing(
        view_box=f"{-MARGIN} -4 {WIDTH + 2 * MARGIN} {round((bottom - top) * scale) + 8}",
        paths={code: _path(one) for code, one in zip(codes, placed, strict=True)},
        labels={code: (f"{x:.0f}", f"{y:.0f}") for code, (x, y) in zip(codes, inside, strict=True)},
        stretch=stretch,
        corner=(left, top),
        scale=scale,
    )


def detail(zoom: int) -> int:
    """The step of detail for a map at `zoom`: one of `ZOOMS`."""
    return next((step for step in ZOOMS if step >= zoom), ZOOMS[-1])


@functools.lru_cache(maxsize=64)
def geometries(edition_id: int, kind: str, codes: tuple, zoom: int) -> dict | None:
    """GSS code -> GeoJSON geometry as text (lon, lat), simplified for a map at `zoom`; None where some are missing.

    A line moves by at most about one and a half pixels, and neighbours keep every shared corner after rounding.
    """
    shapes = _outlines(edition_id, kind, codes)
    if shapes is None:
        return None
    step = detail(zoom)
    stretch = _stretch(shapes)
    flat = _flat(shapes, stretch, ASTRAY * 360 / (TILE * 2**step) * stretch)
    decimals = 4 if step <= ZOOMS[0] else 5
    return {
        code: _geojson(shapely.transform(one, lambda xy: xy / [stretch, -1]), decimals)
        for code, one in zip(codes, flat, strict=True)
    }


def _geojson(outline, decimals):
    """A polygon or several as GeoJSON text with rounded coordinates; a ring that rounds to less than a triangle is left out."""
    polygons = []
    for part in getattr(outline, "geoms", [outline]):
        rings = [_ring(ring, decimals) for ring in (part.exterior, *part.interiors)]
        if len(rings[0]) > 3:
            polygons.append([ring for ring in rings if len(ring) > 3])
    return json.dumps({"type": "MultiPolygon", "coordinates": polygons}, separators=(",", ":"))


def _ring(ring, decimals):
    points = [[round(x, decimals), round(y, decimals)] for x, y in ring.coords]
    return [point for before, point in zip([None, *points], points, strict=False) if point != before]


def _path(outline) -> str:
    rings = []
    for part in getattr(outline, "geoms", [outline]):
        for ring in (part.exterior, *part.interiors):
            points = dict.fromkeys(f"{x:.0f} {y:.0f}" for x, y in ring.coords)
            if len(points) > 2:
                rings.append(f"M{'L'.join(points)}z")
    return "".join(rings)
