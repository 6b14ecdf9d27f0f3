"""What the cells of a file speak of, by natural keys, as far as whoever sends the file may speak of it."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from accounts.models import ForceRole, User
from areas.models import Area, Ward
from hubs.models import Department, Hub, Team, TeamKind

from .cells import EXPONENT, Refused

AT_ONCE = 500  # keys in one query


@dataclass(frozen=True)
class Keeper:
    """Who sends or takes a file. `areas`: the ids of theirs; None where they reach the whole force."""

    person: User
    areas: frozenset | None

    @classmethod
    def writing(cls, person) -> "Keeper":
        """As they may change things today: staff admins everywhere, team editors in their areas."""
        if not person.is_active:
            return cls(person, frozenset())
        return cls(person, None if person.keeps_whole_force else edited(person))

    @classmethod
    def reading(cls, person) -> "Keeper":
        """As they may look at things today: auditors everywhere, too."""
        whole = person.has_role(ForceRole.Role.AUDITOR)
        return cls(person, None) if whole else cls.writing(person)

    def within(self, rows, path: str):
        """Those of `rows` (a queryset) that lie in this person's areas, at the end of `path`."""
        return rows if self.areas is None else rows.filter(**{f"{path}__in": self.areas})


def edited(person) -> frozenset:
    return frozenset(Area.objects.edited_by(person).values_list("pk", flat=True))


# The lists that cells name rows of: model, the word by which, the way to the area ("" for none), how the list is called.
LISTS: dict = {
    "area": (Area, "slug", "pk", "area"),
    "ward": (Ward, "code", "area", "ward"),
    "hub": (Hub, "slug", "area", "hub"),
    "team": (Team, "slug", "hub__area", "team"),
    "kind": (TeamKind, "code", "", "kind of team"),
    "department": (Department, "code", "", "department"),
}


class Known:
    """Rows by their natural keys, each list read once. People are read as they are asked for: there are many."""

    def __init__(self, keeper: Keeper):
        self.keeper = keeper
        self.lists: dict = {}
        self.by_collar: dict = {}
        self.by_mail: dict = {}
        self.mended: set = set()  # collar numbers whose zeros were put back

    def find(self, kind: str, word: str):
        """The row of the list `kind` that `word` names. Raises `Refused`; the same for what is another area's."""
        if kind == "person":
            return self.person(word)
        model, by, path, name = LISTS[kind]
        if kind not in self.lists:
            rows = model._default_manager.all()
            rows = self.keeper.within(rows, path) if path else rows
            rows = rows.select_related("hub__area", "department") if model is Team else rows
            self.lists[kind] = {getattr(row, by): row for row in rows}
        found = self.lists[kind].get(word)
        if found is None:
            where = "" if self.keeper.areas is None or not path else " in what you keep"
            raise Refused(f"There is no {name} “{word[:60]}”{where}.{_turned(word)}")
        return found

    # ---- people --------------------------------------------------------------------------------------------------------
    def read_people(self, words) -> None:
        """Have at hand those whom `words` (collar numbers or addresses) name."""
        asked = {word for word in words if word}
        people = User.objects.filter(Q(collar_number__in=asked) | Q(email__in={word.lower() for word in asked}))
        for person in people:
            self.by_mail[person.email] = person
            if person.collar_number:
                self.by_collar[person.collar_number] = person

    def person(self, word: str, name: str = "") -> User:
        """Whom a collar number, or the address of somebody who has none, names. Raises `Refused`.

        Zeros that were eaten are put back where one person alone fits, and has the `name` that stands beside.
        """
        by_mail = self.by_mail.get(word.lower())
        if word not in self.by_collar and by_mail and by_mail.collar_number:
            raise Refused(f"{by_mail} has the collar number {by_mail.collar_number}. Write that.")
        found = self.by_collar.get(word) or by_mail or self._mended(word, name)
        if found is None:
            what = "address" if "@" in word else "collar number"
            raise Refused(f"There is nobody with the {what} “{word[:60]}”.{self.hint(word)}")
        return found

    def _mended(self, word: str, name: str) -> User | None:
        candidates = self.longer.get(word.lstrip("0"), []) if name and word.isdecimal() else []
        if len(candidates) != 1:
            return None
        if candidates[0] not in self.by_collar:
            self.read_people(candidates)
        found = self.by_collar[candidates[0]]
        if found.name != name:
            return None
        self.mended.add(word)
        return found

    def hint(self, word: str) -> str:
        """What a spreadsheet may have made `word` of, as a sentence to add; "" where nothing is alike."""
        longer = self.longer.get(word.lstrip("0"), []) if word.isdecimal() else []
        if longer:
            return f" There is {' and '.join(longer)}: Excel eats zeros in front. Give the column the format Text."
        return _turned(word)

    @cached_property
    def longer(self) -> dict:
        """Collar numbers with zeros in front, by what is left without them."""
        found: dict = {}
        for number in User.objects.filter(collar_number__startswith="0").values_list("collar_number", flat=True):
            found.setdefault(number.lstrip("0"), []).append(number)
        return found


def key_of(person: User) -> str:
    """By what a file names somebody."""
    return person.collar_number or person.email


def _turned(word: str) -> str:
    return " Excel may have turned a long number into this." if EXPONENT.fullmatch(word) else ""
