"""A decided place, as the draft keeps it: what the person was shown is what is sent, whatever data is loaded meanwhile."""

from dataclasses import replace
from functools import partial

from accounts.caching import kept_fact
from areas import lookup
from areas.models import Area
from areas.routing import NotRouted, Outcome, Route

PLAIN = ("basis", "message", "certain", "near_edge", "postcode", "lat", "lon", "asked")


def kept(found: Route) -> dict:
    """A `Route` as plain values for the draft."""
    place = {name: getattr(found, name) for name in PLAIN}
    return (
        place
        | {"message": str(found.message)}
        | {"area": found.area.slug, "ward": found.ward.code if found.ward else ""}
        | {"replaced": found.replaced.name if found.replaced else ""}
        | {"old_ward": found.replaced.code if found.replaced else ""}
        | {"coming": bool(found.replaced and found.replaced.coming)}
        | {"begins": found.replaced.begins.isoformat() if found.replaced and found.replaced.begins else ""}
    )


def kept_question(no: NotRouted) -> dict:
    """A `NotRouted` as plain values for the draft: what was asked, and what the person must decide."""
    names = ("message", "asked", "postcode", "basis", "force", "force_url")
    question = {name: str(getattr(no, name)) for name in names}
    return question | {"outcome": str(no.outcome), "candidates": [area.slug for area in no.candidates]}


def answered(found: Route, question: dict) -> Route:
    """The `Route` of a choice, with the postcode and reason for which the person was asked."""
    if not (question.get("postcode") or question.get("replaced")):
        return found
    basis = f"{question['basis']}; {found.basis}" if question["basis"] else found.basis
    return replace(found, postcode=found.postcode or question["postcode"], basis=basis)


def unplaced(question: dict) -> dict:
    """What the draft keeps of a place that the person can't name either."""
    names = ("asked", "postcode", "basis")
    return {"area": "", "ward": ""} | {name: question.get(name, "") for name in names}


def restored(place: dict, stamp: str) -> Route | NotRouted:
    """The `Route` of a kept place, or the `NotRouted` with which it goes to the desk, as things are under this version stamp."""
    if not place["area"]:
        asked = {name: place[name] for name in ("asked", "postcode", "basis")}
        return NotRouted(outcome=Outcome.ASK, message="", **asked)
    area, ward = _area_and_ward(place, stamp)
    return Route(area=area, ward=ward, **{name: place[name] for name in PLAIN})


def words(place: dict, stamp: str = "") -> str:
    """A kept place as people say it: "Bloxwich West, Walsall"; empty where nobody could place it."""
    if not place.get("area"):
        return ""
    area, ward = _area_and_ward(place, stamp)
    return f"{ward.name}, {area.name}" if ward else area.name


def _area_and_ward(place, stamp):
    slug, code = place["area"], place["ward"]
    ward = kept_fact(f"ward {code}", partial(lookup.ward, code), stamp) if code else None
    return ward.area if ward else kept_fact(f"area {slug}", partial(Area.objects.get, slug=slug), stamp), ward
