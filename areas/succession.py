"""Which new ward takes the place of an old one: proposed by overlap while both outlines are here, decided by staff."""

import shapely
from shapely import STRtree

from .models import Boundary, Edition, Ward

LEAST = 10  # per cent of an old ward: less is the edge of a hedge drawn anew


def propose(edition: Edition) -> int:
    """Write down for each ward whose outline `edition` no longer has which of its wards takes most of it; returns how many.

    Asked between the switch to `edition` and the clearing of the one before, because only then both are here.
    """
    wards = Boundary.objects.filter(kind=Boundary.Kind.WARD)
    new = {
        code: shapely.from_geojson(text) for code, text in wards.filter(edition=edition).values_list("code", "geometry")
    }
    before = wards.filter(edition__kind=edition.kind, edition__state=Edition.State.SUPERSEDED).exclude(code__in=new)
    old = {code: shapely.from_geojson(text) for code, text in before.values_list("code", "geometry")}
    codes, tree, done = list(new), STRtree(list(new.values())), 0
    for code, shape in old.items():
        shares = {codes[n]: shape.intersection(new[codes[n]]).area / shape.area for n in tree.query(shape)}
        best = max(shares, key=shares.__getitem__, default="")
        if best and (share := round(100 * shares[best])) >= LEAST:
            found = Ward.objects.filter(pk=code, carried_at=None, area__wards=best)
            done += found.update(successor=best, successor_share=share)
    return done


def proposed(old: Ward, wards: list[Ward]) -> Ward | None:
    """The one of `wards` (those in use of its area) to offer first for `old`: by overlap, else the one of the same name."""
    by_code = {ward.pk: ward for ward in wards}
    same_name = next((ward for ward in wards if ward.name == old.name), None)
    return by_code.get(old.successor_id or "", same_name)
