"""A place (postcode, point, ward or chosen area) -> the area and ward that answer for it, with the reason.

The one place for this duty: page, API and tests call `route`. It never guesses.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from . import geometry, lookup, spelling
from .models import Area, Boundary, Edition, Neighbour, Postcode, PostcodeSpan, Ward

AROUND = (0.01, 0.016)  # about a kilometre in degrees of latitude and longitude, in this country


class Outcome(StrEnum):
    FOUND = "found"
    OUTSIDE = "outside"
    ASK = "ask"
    NOT_A_POSTCODE = "not_a_postcode"


@dataclass(frozen=True)
class Route:
    """Where a concern goes: `basis` says how it was decided, `certain` whether the place itself (not a choice) decided.

    `message` speaks the language of the page, `basis` English: officers read it.
    """

    area: Area
    ward: Ward | None
    basis: str
    message: str
    certain: bool = True
    near_edge: bool = False
    postcode: str = ""  # as people write it: "WS3 2PD"
    lat: float | None = None
    lon: float | None = None
    asked: str = ""  # the question, normalised: "postcode:WS32PD"; part of what makes two submissions the same
    outcome: Outcome = Outcome.FOUND
    replaced: Ward | None = None  # the ward that was asked for, where it is out of use and several share its place


@dataclass(eq=False)
class NotRouted(Exception):
    """No area follows from this place. `message` is a sentence for the public that says what to do next."""

    outcome: Outcome
    message: str
    candidates: list = field(default_factory=list)  # of Area, where the pack knows some
    asked: str = ""
    postcode: str = ""
    basis: str = ""
    force: str = ""  # the force that serves the place, where known
    force_url: str = ""
    suggestion: str = ""  # "did you mean": a postcode as people write it

    def __post_init__(self):
        super().__init__(self.message)


def route(*, postcode: str = "", point: tuple | None = None, ward: str = "", area: str = "") -> Route:
    """The `Route` of exactly one of: postcode (any spelling), point (lat, lon), ward (GSS code), area (slug).

    Raises `NotRouted` with a public sentence where no area follows, ValueError for two places at once.
    """
    if sum(map(bool, (postcode, point, ward, area))) > 1:
        raise ValueError("A place is given as a postcode, a point, a ward or an area: one of them.")
    if postcode:
        return of_postcode(postcode)
    if point:
        return of_point(*point)
    if ward:
        return of_ward(ward)
    if area:
        return of_area(area)
    raise NotRouted(Outcome.ASK, _("Tell us where it happens: a postcode, a ward or an area."))


# ---- a postcode ------------------------------------------------------------------------------------------------------
def of_postcode(text: str) -> Route:
    """By the full postcode; where no postcodes of its postcode area are loaded, by a sector that lies in one area."""
    code = spelling.normalised(text)
    if code is None:
        raise not_a_postcode(text)
    row = lookup.postcode(code)
    return by_row(row) if row else by_span(code)


def by_row(row: lookup.Known) -> Route:
    """The route of a postcode in the edition in use. Raises `NotRouted` where it says outside, or too little."""
    postcode = spelling.shown(row.postcode)
    asked = f"postcode:{row.postcode}"
    basis = f"{postcode}, full postcode, {row.edition}"
    if row.terminated or row.quality >= Postcode.UNPLACED or not row.lad_code:
        raise unusable(row, postcode=postcode, asked=asked, basis=basis)
    if row.area is None:
        neighbour = Neighbour.objects.filter(lad_code=row.lad_code).first() or Neighbour()
        raise outside(neighbour, postcode=postcode, asked=asked, basis=basis)
    near = near_edge_of(row)
    return found(row.area, row.ward, basis, near, postcode=postcode, asked=asked, lat=row.lat, lon=row.lon)


def near_edge_of(row: lookup.Known) -> bool:
    """Whether the point of a postcode in an area is within 100 m of the area's edge."""
    if not (row.outlines and row.area) or row.lat is None or row.lon is None:
        return False
    try:
        return geometry.outlines(row.outlines).near_edge(row.area.gss_code, row.lat, row.lon)
    except Boundary.DoesNotExist:
        return False


def by_span(code: str) -> Route:
    """What the force pack knows of the sector, district or postcode area of a postcode that no edition holds."""
    sector, district, letters = spelling.parts(code)
    spans = PostcodeSpan.objects.prefetch_related("areas").in_bulk([sector, district, letters])
    if letters not in spans:
        raise not_a_postcode(spelling.shown(code))
    postcode = spelling.shown(code)
    place: dict[str, Any] = {"postcode": postcode, "asked": f"postcode:{code}"}
    edition = Edition.objects.in_use(Edition.Kind.POSTCODES)
    if edition and letters in edition.covers.split():
        basis = f"{postcode} is not in {edition.name}"
        raise ask(_("We do not know the postcode %(postcode)s. Please choose the ward or area."), spans, basis, **place)
    nearest = spans.get(sector) or spans.get(district) or spans[letters]
    basis = f"{postcode}: what is known of {nearest.code}"
    if nearest.reach == PostcodeSpan.Reach.OUTSIDE:
        neighbour = Neighbour.objects.filter(force=nearest.force).exclude(force="").first() or Neighbour()
        raise outside(neighbour, basis=basis, **place)
    if nearest.reach == PostcodeSpan.Reach.INSIDE and nearest.code == sector:
        basis = f"{postcode}: all of {sector} is in one area"
        return found(nearest.areas.all()[0], None, basis, False, **place)
    message = _("Postcodes that start like %(postcode)s belong to more than one area. Please choose the ward or area.")
    raise ask(message, spans, basis, **place)


def not_a_postcode(text: str) -> NotRouted:
    """Why the text is no postcode, with one that may have been meant."""
    typed = spelling.printable(" ".join(text[: spelling.LONGEST].split()))
    meant = spelling.meant(text)
    code = spelling.squeezed(text)
    halves = [typed.upper(), code, f"{code[:-1]} {code[-1:]}"]
    halves = [half for half in halves if re.fullmatch(r"[A-Z0-9 ]{1,6}", half)]
    spans = PostcodeSpan.objects.in_bulk([*halves, *{spelling.parts(other)[2] for other in meant}])
    suggestion = next((spelling.shown(other) for other in meant if spelling.parts(other)[2] in spans), "")
    half = next((spans[half] for half in halves if half in spans), None)
    if suggestion:
        message = _("“%(typed)s” is not a full postcode. Did you mean %(suggestion)s?")
    elif half:
        message = _("“%(typed)s” is only the first part of a postcode. Tell us all of it, or choose the ward or area.")
    else:
        message = _("“%(typed)s” is not a full postcode. Check it: a full one has two parts, such as SW1A 1AA.")
    return NotRouted(
        Outcome.NOT_A_POSTCODE,
        message % {"typed": typed, "suggestion": suggestion},
        candidates=list(half.areas.all()) if half else [],
        asked=f"postcode:{code}",
        basis=f"“{typed}” is not a postcode",
        suggestion=suggestion,
    )


def unusable(row: lookup.Known, *, postcode: str, asked: str, basis: str) -> NotRouted:
    """The edition holds the postcode, but says too little to place it."""
    if row.terminated:
        message = _("%(postcode)s is an old postcode that is no longer used. Please choose the ward or area.")
        basis = f"{basis}: ended {row.terminated[:4]}-{row.terminated[4:]}"
    else:
        message = _("%(postcode)s has no fixed place on the map. Please choose the ward or area.")
        basis = f"{basis}: without a place"
    spans = PostcodeSpan.objects.prefetch_related("areas").in_bulk(spelling.parts(row.postcode))
    return ask(message, spans, basis, postcode=postcode, asked=asked)


# ---- a point, a ward, an area ----------------------------------------------------------------------------------------
def of_point(lat: float, lon: float) -> Route:
    """By the outlines in use. Latitude and longitude in degrees, WGS84."""
    place: dict[str, Any] = {"asked": f"point:{lat:.6f},{lon:.6f}"}
    seen = seen_at(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None
    if seen is None:
        message = _("We can not place that point on the map. Please choose the ward or area.")
        raise NotRouted(Outcome.ASK, message, basis="a point that can not be placed", **place)
    basis = f"a point on the map, {seen.edition}"
    if seen.area is None:
        near = list(Area.objects.filter(gss_code__in=seen.outlines.near(lat, lon)))
        raise outside(served_at(lat, lon), near, basis=basis, **place)
    # Outlines older than the list of wards: the area is right all the same.
    ward = seen.ward if seen.ward and seen.ward.active else None
    return found(seen.area, ward, basis, seen.near_edge, lat=lat, lon=lon, **place)


def served_at(lat: float, lon: float) -> Neighbour:
    """Who serves a point outside: known where all postcodes outside within about a kilometre are served by one force."""
    tall, wide = AROUND
    close = Postcode.objects.filter(lat__range=(lat - tall, lat + tall), lon__range=(lon - wide, lon + wide))
    outside = close.filter(edition=Edition.objects.in_use(Edition.Kind.POSTCODES), area=None, terminated="")
    codes = set(outside.exclude(lad_code="").values_list("lad_code", flat=True))
    neighbours = list(Neighbour.objects.filter(lad_code__in=codes))
    one_force = len({neighbour.force for neighbour in neighbours}) == 1 and len(neighbours) == len(codes)
    return neighbours[0] if one_force else Neighbour()


@dataclass(frozen=True)
class Seen:
    """What lies at a point by `outlines` of `edition`; `near_edge`: whether the area's edge is within 100 m."""

    outlines: geometry.Outlines
    edition: str
    area: Area | None
    ward: Ward | None
    near_edge: bool


def seen_at(lat: float, lon: float) -> Seen | None:
    """What the boundaries in use say of a point; None where none are loaded.

    The outlines of last time are asked first, and the one question to the database says whether they are still in use:
    only where others are now is it asked again.
    """
    checksum = geometry.last_asked()
    for _time in range(3):
        outlines, hit = None, geometry.NOTHING
        with suppress(Boundary.DoesNotExist):  # others came into use meanwhile
            outlines = geometry.outlines(checksum) if checksum else None
            hit = outlines.at(lat, lon) if outlines else hit
        edition, in_use, area, ward = lookup.place(hit.area, hit.ward)
        if not in_use:
            break
        if outlines and in_use == checksum:
            return Seen(outlines, edition, area, ward, hit.near_edge)
        checksum = in_use
    return None


def of_ward(code: str) -> Route:
    """By a ward that the person chose; of one that is out of use, by the ward that it became, else the area is certain alone."""
    known = re.fullmatch("[A-Z0-9]{1,9}", code)
    ward = lookup.ward(code) if known else None
    if ward is None:
        message = _("We do not know that ward. Please choose a ward or an area from the list.")
        raise NotRouted(
            Outcome.ASK, message, asked=f"ward:{spelling.printable(code[:20])}", basis="a ward that is not known"
        )
    basis, heir = "chosen ward", ward.heir
    if heir != ward:
        basis = f"chosen ward {ward.name} ({code}), not in use"
    replaced = None if heir else ward
    return found(ward.area, heir, basis, False, certain=False, asked=f"ward:{code}", replaced=replaced)


def of_area(slug: str) -> Route:
    """By an area that the person chose."""
    area = Area.objects.filter(slug=slug).first() if re.fullmatch("[-a-zA-Z0-9_]{1,50}", slug) else None
    if area is None:
        message = _("We do not know that area. Please choose one from the list.")
        raise NotRouted(
            Outcome.ASK, message, asked=f"area:{spelling.printable(slug[:50])}", basis="an area that is not known"
        )
    return found(area, None, "chosen area", False, certain=False, asked=f"area:{slug}")


# ---- the answers -----------------------------------------------------------------------------------------------------
def found(area: Area, ward: Ward | None, basis: str, near_edge: bool, *, postcode: str = "", **details) -> Route:
    """A `Route` with its reason and its sentence."""
    names = {"place": postcode or _("This place"), "ward": ward and ward.name, "area": area.name}
    if ward:
        message = _("%(place)s is in %(ward)s, which belongs to the %(area)s policing area.") % names
    else:
        message = _("%(place)s is in the %(area)s policing area.") % names
    basis = f"{basis} -> {ward.name}, {area.name}" if ward else f"{basis} -> {area.name}"
    if near_edge:
        basis = f"{basis}, within 100 m of the edge"
    return Route(area=area, ward=ward, basis=basis, message=message, near_edge=near_edge, postcode=postcode, **details)


def outside(neighbour: Neighbour, candidates: list | None = None, *, postcode: str = "", **details) -> NotRouted:
    """Not of this force; `neighbour` names the one that it is of, where known."""
    names = {"place": postcode or _("This place"), "force": neighbour.force}
    if neighbour.force:
        message = _("%(place)s is looked after by %(force)s. Tell %(force)s, or tell us that it did happen here.")
    else:
        message = _("%(place)s is outside our area. Tell the police there, or tell us that it did happen here.")
    return NotRouted(
        Outcome.OUTSIDE,
        message % names,
        candidates=candidates or [],
        postcode=postcode,
        force=neighbour.force,
        force_url=neighbour.force_url,
        **details,
    )


def ask(message: str, spans: dict, basis: str, *, postcode: str, asked: str) -> NotRouted:
    """The person must choose, of the areas that the narrowest known part of the postcode touches; where none, of all."""
    parts = spelling.parts(asked.removeprefix("postcode:"))
    nearest = next((spans[part] for part in parts if part in spans), None)
    candidates = list(nearest.areas.all()) if nearest else []
    text = message % {"postcode": postcode}
    return NotRouted(Outcome.ASK, text, candidates=candidates, asked=asked, postcode=postcode, basis=basis)
