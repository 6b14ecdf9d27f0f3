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
BARS, COLUMNS, WEEK = "bars", "columns", "week"  # shapes of pictures


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

    `drawn`: the column that a chart shows, or None; `shape`: how, one of BARS, COLUMNS (months) and WEEK (all columns, days
    by hours); `ranges`: the columns that say between what a value may lie. `note`: what to bear in mind.
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

    @property
    def long(self) -> bool:
        """Whether a page folds it away: the picture shows the main column, and a file has all of it."""
        return len(self.rows) > SHORT

    @property
    def drawn_words(self) -> str:
        """What the picture shows, where the table has more than that."""
        return str(self.heads[self.drawn]) if self.drawn and self.shape != WEEK and len(self.heads) > 2 else ""

    @property
    def chart(self) -> dict | None:
        """The drawn column as `charts` draws it."""
        if self.drawn is None or not self.rows:
            return None
        if self.shape == WEEK:
            return charts.week(self.heads[1:], self.rows)
        marks = [self._mark(row) for row in self.rows[: None if self.shape == COLUMNS else LANES]]
        return charts.over_time(marks) if self.shape == COLUMNS else charts.bars(marks)

    def _mark(self, row) -> charts.Mark:
        value = row[self.drawn]
        words = "–" if value is None else f"{value:,}"
        between = tuple(row[column] for column in self.ranges) if self.ranges and value is not None else None
        return charts.Mark(str(row[0]), value, words, hue=self.hues.get(row[0], 0), between=between)


def name_of(month) -> str:
    """A month as a row's name; the one that runs says that it isn't over."""
    name = date_format(month, "M Y")
    return _("%(month)s so far") % {"month": name} if month == month_of(timezone.now()) else name
