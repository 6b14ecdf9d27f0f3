"""A place (postcode, point, ward or chosen area) -> the area and ward that answer for it, with the reason.

The one place for this duty: page, API and tests call `route`. It never guesses.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from .models import Area, Ward


class Outcome(StrEnum):
    FOUND = "found"
    OUTSIDE = "outside"
    ASK = "ask"
    NOT_A_POSTCODE = "not_a_postcode"


@dataclass(frozen=True)
class Route:
    """Where a concern goes: `basis` says how it was decided, `certain` whether the place itself (not a choice) decided."""

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


@dataclass
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

    Raises `NotRouted` with a public sentence where no area follows.
    """
    raise NotImplementedError
