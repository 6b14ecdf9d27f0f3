"""What one person reads of one area's figures, and a figure as page, picture and file share it."""

from dataclasses import dataclass, field
from functools import cached_property, wraps

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.models import Concern, Tally

from . import charts
from .months import month_of

SHORT = 7  # rows of a table that a page shows at once
LANES = 12  # bars of a chart; the table has them all
BARS, COLUMNS, WEEK, MANY, GRID = "bars", "columns", "week", "many", "grid"  # shapes of pictures


class Seen:
    """What one person sees of an area: its `concerns` but for those at the desk, and what was `counted` of all of them.

    `kept`: what `once` counted of the concerns.
    """

    def __init__(self, user, area):
        self.area, self.kept = area, {}
        self.concerns = Concern.objects.visible_to(user).in_hands_of(area)

    @cached_property
    def tally(self) -> Tally | None:
        """The area's last count; None before the first."""
        return Tally.objects.filter(area=self.area).first()

    def counted(self, name: str) -> list:
        """The rows of that name, as `feedback.insight.tallies` makes them; none before the first count."""
        return self.tally.counts.get(name, []) if self.tally else []


def once(count):
    """`count(seen)`, asked only once for each `Seen`, for figures that count the same."""

    @wraps(count)
    def kept(seen):
        if count not in seen.kept:
            seen.kept[count] = count(seen)
        return seen.kept[count]

    return kept


@dataclass
class Table:
    """A figure: `rows` are lists of plain values as `heads` say; the first names what the others are of.

    `drawn`: the column that a chart shows, or None; `shape`: how, one of BARS, COLUMNS (months), WEEK (all columns, days by
    hours), MANY (all columns, months by names) and GRID (squares by their names); `ranges`: the columns that say between what
    a value lies; `against`: the one that says what it should be; `target`: what each should be, in numbers and words; `own`:
    the row that the readers look for first. `note`: what to bear in mind.
    """

    name: str
    title: str
    heads: list
    rows: list
    drawn: int | None = None
    shape: str = BARS
    note: str = ""
    hues: dict = field(default_factory=dict)
    ranges: tuple = ()
    against: int | None = None
    target: tuple = (None, "")
    own: str = ""

    @property
    def long(self) -> bool:
        """Whether a page folds it away: the picture shows the main column, and a file has all of it."""
        return len(self.rows) > SHORT

    @property
    def drawn_words(self) -> str:
        """What the picture shows, where the table has more than that."""
        if not self.drawn or self.shape in (WEEK, GRID) or len(self.heads) < 3 and len(self.rows) <= LANES:
            return ""
        told = ["each month" if self.shape == MANY else str(self.heads[self.drawn])]
        if self.ranges:
            low, high = (self.heads[column] for column in self.ranges)
            told.append(f"and as a line from “{low}” to “{high}”")
        if self.against:
            told.append(f"and as a stroke “{self.heads[self.against]}”")
        if self.shape in (BARS, MANY) and len(self.rows) > LANES:
            told.append(f"for the first {LANES} of {len(self.rows)}")
        return ", ".join(told)

    @property
    def told(self) -> str:
        """The picture in a sentence, for whoever does not see it."""
        if self.shape == WEEK:
            every = ((n, self.heads[day], row[0]) for row in self.rows for day, n in enumerate(row) if day)
            n, day, hour = max(every, key=lambda one: one[0])
            return f"Most: {n}, on {day} at {hour}. The table has all numbers."
        known = [row for row in self.rows if row[self.drawn] is not None]
        if not known:
            return "There is no number to draw. The table has all numbers."
        most, least = (pick(known, key=lambda row: row[self.drawn]) for pick in (max, min))
        ends = [
            f"{name}: {row[0]}, {row[self.drawn]}." for name, row in (("Most", most), ("Least", least))[: len(known)]
        ]
        return f"{self.heads[self.drawn]}. {' '.join(ends)} The table has all numbers."

    @property
    def chart(self) -> dict | None:
        """The drawn column as `charts` draws it."""
        if self.drawn is None or not self.rows:
            return None
        if self.shape == WEEK:
            return charts.week(self.heads[1:], self.rows)
        if self.shape == GRID:
            return charts.grid([(row[0], row[1], row[self.drawn]) for row in self.rows])
        if self.shape == MANY:
            return charts.many(self.rows[:LANES], self.heads[1:])
        marks = [self._mark(row) for row in self.rows[: None if self.shape == COLUMNS else LANES]]
        return charts.over_time(marks) if self.shape == COLUMNS else charts.bars(marks, target=self.target[0])

    def _mark(self, row) -> charts.Mark:
        value = row[self.drawn]
        value = int(value) if value is not None and value == int(value) else value
        return charts.Mark(
            str(row[0]), value, "–" if value is None else f"{value:,}", hue=self.hues.get(row[0], 0),
            between=tuple(row[column] for column in self.ranges) if self.ranges and value is not None else None,
            against=row[self.against] if self.against else None, own=row[0] == self.own,
        )  # fmt: skip


def name_of(month) -> str:
    """A month as a row's name; the one that runs says that it isn't over."""
    name = date_format(month, "M Y")
    return _("%(month)s so far") % {"month": name} if month == month_of(timezone.now()) else name
