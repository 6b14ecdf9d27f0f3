"""What in somebody's words points to a person, as a page asks about it: before sending, and of words that replace the first."""

from accounts.caching import kept_fact
from areas.models import Area, Ward
from feedback import personal

FIELD = "finding-"
APART = 20  # things found that are asked about one by one; all others share a choice


def findings(text: str, place: str, stamp: str = "") -> list:
    """What `personal.find` finds in `text`; `place` and what areas, wards and parts of wards are called are no people."""
    return personal.find(text, [place, *kept_fact("place names", _place_names, stamp)])


def _place_names() -> list[str]:
    """What areas, wards and parts of wards are called: nobody is."""
    wards = Ward.objects.values_list("name", "localities")
    names = {line for name, localities in wards for line in (name, *localities.splitlines())}
    return sorted(names.union(Area.objects.values_list("name", flat=True)))


def _fields(found) -> dict[tuple, str]:
    """The field in which is chosen what becomes of each thing found, by its kind and words: the same words, wherever they stand,
    share one, and so do all that are more than the page shows apart."""
    different = list(dict.fromkeys((one.kind, one.words.casefold()) for one in found))
    return {key: f"{FIELD}{min(number, APART)}" for number, key in enumerate(different)}


def any_chosen(chosen) -> bool:
    """Whether anything was chosen in `chosen` (posted values by name of their field) for what was found."""
    return any(name.startswith(FIELD) for name in chosen)


def rows(found, chosen) -> list[dict]:
    """Each thing found with its field and what was chosen for it in `chosen` (posted values by name of their field)."""
    fields, shown = _fields(found), {}
    for one in found:
        name = fields[one.kind, one.words.casefold()]
        row = shown.setdefault(name, {"name": name, "words": {}, "labels": {}, "chosen": chosen.get(name)})
        row["words"].setdefault(one.words.casefold(), one.words)
        row["labels"][one.label] = True
    return [row | {"words": list(row["words"].values()), "labels": list(row["labels"])} for row in shown.values()]


def choices(found, chosen) -> list[str]:
    """What was chosen for each of what was found; "" where nothing was."""
    fields = _fields(found)
    return [chosen.get(fields[one.kind, one.words.casefold()], "") for one in found]
