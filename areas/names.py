"""A name that somebody typed -> the wards and areas that may be meant, however it is spelled.

A name that exists twice gives both: the person chooses.
"""

import difflib
import re
from dataclasses import dataclass

from .models import Area, Ward
from .models.ward import NOT_ALONE
from .spelling import normalise

MOST = 20
TELLING = 4  # letters: what is shorter begins too many names to mean one
# Words of many names, which alone mean none of them, even where one name of ours begins so.
COMMON = NOT_ALONE | set(
    "ward wards area district end lane road street avenue way close court wood woods common castle church cross bridge bank mill "
    "moor farm field fields hall house new old great little high low big small city village estate police station hub spring "
    "stone rock three four".split()
)


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
    """All the places that `text` may mean, as `Match`es, each ward once.

    An area's own name means the area. Otherwise those of just that name, with the wards that carry it in theirs ("Bloxwich" is
    a locality of one ward and part of the names of two); where there is none, all that hold its words. Of an address it is
    what we know the names of: "Willenhall, Walsall" is one of the two, "23 High Street, Bloxwich" is Bloxwich. Words that
    one name holds and any could ("Ward", "Hospital") find none: `close_to` offers it.
    """
    return find_each([text])[0]


def find_each(texts) -> list:
    """The same of several `texts`, for the price of one."""
    known = _known()
    return [_found(known, text) for text in texts]


def _found(known, text) -> list:
    plain = normalise(text)
    if found := _called_so(known, plain) or _after_area(known, plain):
        return found
    parts, area = _parts(text, known)
    near = [(name, match) for name, match in known if area is None or match.area == area]
    for wider in (near, known):  # a post town is not always the area
        if found := _called_so(wider, " ".join(parts)) or _in_address(wider, parts):
            return found
    return []


def area_in(text: str) -> tuple[str, Area | None]:
    """(the first thing that an address names, without its number; the area that it names at its end, or None)."""
    parts, area = _parts(text, _known())
    return next(iter(parts), ""), area


def _parts(text, known) -> tuple[list, Area | None]:
    """What stands between the commas, normalised, without house numbers, the word ward and the area at the end; that area."""
    split = (normalise(part) for part in text.split(","))
    kept = (" ".join(word for word in part.split() if not re.search(r"\d", word)) for part in split)
    parts = [re.sub(r"(?<=.) ward$|^ward of (?=.)", "", part) for part in kept if part]
    areas = {name: match.area for name, match in known if match.carrier is None}
    for number, part in reversed(list(enumerate(parts))):
        name = next((name for name in areas if f" {part}".endswith(f" {name}")), "")
        if name and (number or part != name):
            rest = part.removesuffix(name).strip()
            return parts[:number] + [rest] * bool(rest) + parts[number + 1 :], areas[name]
    return parts, None


def _after_area(known, wanted) -> list:
    """The places of "Coventry city centre": an area's name, and after it just the name of a place in it."""
    for name, area in ((name, match.area) for name, match in known if match.carrier is None):
        rest = wanted.removeprefix(f"{name} ")
        near = [(other, match) for other, match in known if match.area == area]
        if rest != wanted and any(other == rest for other, _match in near):
            return _called_so(near, rest)
    return []


def _in_address(known, parts) -> list:
    """The places of the last part that is the name of some, and of those the ones which an earlier part means, too.

    Without commas it is the most words at the end that are a name.
    """
    if len(parts) == 1:
        words = parts[0].split()
        ends = (" ".join(words[start:]) for start in range(1, len(words)))
        called = {name for name, match in known}
        return next((_called_so(known, end) for end in ends if end in called), [])
    found: list = []
    for part in reversed(parts):
        here = _called_so(known, part)
        both = [match for match in here if match.carrier in {one.carrier for one in found}]
        found = both or found or here
    return found


def _called_so(known, wanted) -> list:
    """The `Match`es of `known` that are called `wanted`, which is normalised."""
    if not wanted:
        return []
    exact = [match for name, match in known if name == wanted]
    if areas := [match for match in exact if match.carrier is None]:
        return areas
    if exact:  # beside it, those that carry all of it in their name
        words = set(wanted.split())
        found = exact + [match for name, match in known if match.is_ward_name and words <= set(name.split())]
    else:
        found = [match for name, match in known if holds(name, wanted)]
    first: dict = {}
    for match in found:
        first.setdefault(match.get_absolute_url(), match)
    if exact or len(first) > 1 or tells(wanted, [name for name, match in known if match in found]):
        return list(first.values())
    return []


def tells(wanted: str, names: list) -> bool:
    """Whether `wanted` says enough to mean the one place whose `names` hold it; all normalised.

    Long and rare words do: one with which a name begins, or two. "Hospital" may be any, "Brierley" is Brierley Hill.
    """
    long = [word for word in wanted.split() if len(word) >= TELLING]
    rare = [word for word in long if not any(common.startswith(word) for common in COMMON)]
    return len(rare) > 1 or (len(rare) == 1 and any(name.startswith(wanted) for name in names))


def holds(name: str, wanted: str) -> bool:
    """Whether every word of `wanted` begins a word of `name`; both normalised."""
    words = name.split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())


def close_to(text: str) -> list:
    """Up to three known names with which `text` begins, that are spelled nearly like it, or like what it says before its area,
    or that hold its words.

    "Bloxwich High Street" may be in Bloxwich: a road is often called after where it leads, so it is asked, never taken.
    """
    known = _known()
    spelled = {name: match.name for name, match in known}
    wanted = " ".join(_parts(text, known)[0]) or normalise(text)
    words = wanted.split()
    begins = next((name for end in range(len(words) - 1, 0, -1) if (name := " ".join(words[:end])) in spelled), None)
    near = difflib.get_close_matches(wanted, spelled, n=3, cutoff=0.75)
    held = [name for name in spelled if wanted and holds(name, wanted)]
    return [spelled[name] for name in dict.fromkeys([begins, *held, *near]) if name][:3]
