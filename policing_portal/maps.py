"""The maps on pages about a place: outlines and hubs as the server draws them, and the same as GeoJSON."""

import json

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.caching import read_page
from areas import drawing
from areas.models import Area, Boundary, Edition

from .context import editions_in_use

FORCE_DETAIL, AREA_DETAIL = 0.004, 0.0012  # degrees: how far a simplified outline may stray


def wards_of(area):
    """The wards in use of `area`, each knowing its area."""
    wards = list(area.wards.active())
    for ward in wards:
        ward.area = area
    return wards


def map_of(request, kind, places, tolerance, *, chosen=None, hubs=()):
    """What `areas/_map.html` draws: outlines of `places` (areas or wards) and the hubs; None without boundaries."""
    edition = _boundaries(request)
    drawn = edition and drawing.draw(edition.pk, kind, _codes(kind, places), tolerance)
    if not drawn:
        return None
    shapes = [
        {"place": place, "path": drawn.paths[code], "x": drawn.labels[code][0], "y": drawn.labels[code][1]}
        for place, code in zip(places, _codes(kind, places), strict=True)
    ]
    return {
        "view_box": drawn.view_box,
        "shapes": [shape for shape in shapes if shape["place"] != chosen],
        "chosen": next((shape for shape in shapes if shape["place"] == chosen), None),
        "labelled": kind == Boundary.Kind.AREA,
        "doors": [(hub, *drawn.at(hub.lat, hub.lon)) for hub in hubs if hub.lat is not None and hub.lon is not None],
    }


def _boundaries(request):
    """The edition of boundaries in use, or None."""
    return next((edition for edition in editions_in_use(request) if edition.kind == Edition.Kind.BOUNDARIES), None)


def _codes(kind, places):
    return tuple(place.gss_code if kind == Boundary.Kind.AREA else place.code for place in places)


@read_page
def area_outlines(request):
    """The areas as GeoJSON, for a map at `?zoom=`."""
    return _outlines(request, Boundary.Kind.AREA, list(Area.objects.all()))


@read_page
def ward_outlines(request, slug):
    """The wards of an area as GeoJSON, for a map at `?zoom=`."""
    return _outlines(request, Boundary.Kind.WARD, wards_of(get_object_or_404(Area, slug=slug)))


def _outlines(request, kind, places):
    """A FeatureCollection of `places` with the detail that a map at the zoom shows; empty without boundaries."""
    asked, edition = request.GET.get("zoom", ""), _boundaries(request)
    zoom = drawing.detail(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 else 0)
    codes = _codes(kind, places)
    known = (edition and drawing.geometries(edition.pk, kind, codes, zoom)) or {}
    features = [
        f'{{"type":"Feature","properties":{_json(code=code, name=place.name, url=place.get_absolute_url())},'
        f'"geometry":{known[code]}}}'
        for place, code in zip(places, codes, strict=True)
        if known
    ]
    text = f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'
    return HttpResponse(text, content_type="application/geo+json")


def _json(**values):
    return json.dumps(values, ensure_ascii=False)
