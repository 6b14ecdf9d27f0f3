"""A name that somebody typed -> the wards and areas that may be meant, however it is spelled.

A name that exists twice gives both: the person chooses.
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass

from .models import Area, Ward

MOST = 20


@dataclass(frozen=True)
class Match:
    """One place that may be meant: `name` is the name that matched, `ward` is None where it is a whole area.

    `unsure`: a ward out of use that carries the name, where no ward in use does; people have to choose theirs.
    """

    name: str
    area: Area
    ward: Ward | None = None
    unsure: Ward | None = None

    @property
    def is_ward_name(self) -> bool:
        """Whether the ward itself is called so, rather than one of its localities."""
        return self.ward is not None and self.ward.name == self.name

    @property
    def carrier(self) -> Ward | None:
        """The ward that carries the name, in use or not."""
        return self.ward or self.unsure

    def get_absolute_url(self):
        return (self.carrier or self.area).get_absolute_url()


def normalise(name: str) -> str:
    """`name` without what people spell differently: case, accents, apostrophes, & and "and", St, St. and Saint, hyphens.

    >>> normalise("Saint Peter’s & Wednesfield-North")
    'st peters and wednesfield north'
    """
    plain = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ")
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    plain = re.sub(r"['’‘`´]", "", plain)
    return re.sub(r"\bsaint\b", "st", " ".join(re.findall(r"\w+", plain)))


def _known():
    """(normalised name, `Match`) of every area, every ward in use and each of its localities; of wards out of use, what
    nothing in use of their area is called."""
    areas = {area.pk: area for area in Area.objects.all()}
    wards = Ward.objects.in_bulk()
    for ward in wards.values():
        ward.area, ward.successor = areas[ward.area_id], wards.get(ward.successor_id)
    in_order = sorted(wards.values(), key=lambda ward: (ward.name, ward.code))
    known = [(normalise(area.name), Match(area.name, area)) for area in areas.values()]
    for ward in in_order:
        if ward.active:
            known += [(normalise(name), Match(name, ward.area, ward)) for name in _called(ward)]
    carried = {(match.area.pk, name) for name, match in known}
    for ward in in_order:
        heir = None if ward.active else ward.heir
        for name in () if ward.active else _called(ward):
            if (ward.area_id, plain := normalise(name)) not in carried:
                known.append((plain, Match(name, ward.area, heir, None if heir else ward)))
    return known


def _called(ward):
    return dict.fromkeys([ward.name, *ward.locality_names])


def find(text: str) -> list:
    """The places that `text` may mean, at most 20 `Match`es, each ward once.

    An area's own name means the area. Otherwise those of just that name, with the wards that carry it in theirs ("Bloxwich" is
    a locality of one ward and part of the names of two); where there is none, all that hold its words.
    """
    wanted = normalise(text)
    if not wanted:
        return []
    known = _known()
    exact = [match for name, match in known if name == wanted]
    if areas := [match for match in exact if match.ward is None and match.unsure is None]:
        return areas
    holders = [match for name, match in known if holds(name, wanted)]
    found = exact + [match for match in holders if not exact or match.is_ward_name]
    first: dict = {}
    for match in found:
        first.setdefault(match.get_absolute_url(), match)
    return list(first.values())[:MOST]


def holds(name: str, wanted: str) -> bool:
    """Whether every word of `wanted` begins a word of `name`; both normalised."""
    words = name.split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())


def close_to(text: str) -> list:
    """Up to three known names that are spelled nearly like `text`."""
    spelled = {name: match.name for name, match in _known()}
    return [spelled[name] for name in difflib.get_close_matches(normalise(text), spelled, n=3, cutoff=0.75)]
