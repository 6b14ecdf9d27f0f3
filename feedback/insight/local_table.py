"""What figures of one area are counted from and for which stretches of time, and a figure as page, picture and file share it."""

from dataclasses import dataclass, field
from functools import wraps

from django.db.models import Count
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.stamp import LONDON
from feedback.models import Concern

from . import charts
from .figures import begins, month_of, step
from .growth import midnight

DAYS = 90
MONTHS = 13  # so that a month stands beside the same one a year before
SHORT = 7  # rows of a table that a page shows at once
LANES = 12  # bars of a chart; the table has them all
BARS, COLUMNS, WEEK = "bars", "columns", "week"  # shapes of pictures


class Seen:
    """What one person sees of an area: its `concerns` but for those at the desk. `kept`: what `once` counted of them."""

    def __init__(self, user, area):
        self.area, self.kept = area, {}
        self.concerns = Concern.objects.visible_to(user).in_hands_of(area)


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


def lately(concerns):
    """Those received in the last DAYS days, up to now."""
    return concerns.filter(received_at__gte=midnight(DAYS)).order_by()


@once
def came(seen) -> list:
    """Those received lately by channel, day of the week (Monday is 1) and hour in London: their number last."""
    day, hour = (part("received_at", tzinfo=LONDON) for part in (ExtractIsoWeekDay, ExtractHour))
    told = lately(seen.concerns).annotate(day=day, hour=hour).values_list("channel", "day", "hour")
    return list(told.annotate(n=Count("pk")))


@once
def where_and_when(seen) -> list:
    """Those received lately by place, ward's name and times, as people wrote them: their number last."""
    return list(lately(seen.concerns).values_list("place", "ward__name", "times").annotate(n=Count("pk")))


def last_months(number: int) -> list:
    """The first days of so many months, the oldest first; the last is the month that runs."""
    this_month = month_of(timezone.now())
    return [step(this_month, -back) for back in range(number - 1, -1, -1)]


def since(months):
    """The moment at which the first of `months` begins."""
    return begins(months[0])


def name_of(month) -> str:
    """A month as a row's name; the one that runs says that it isn't over."""
    name = date_format(month, "M Y")
    return _("%(month)s so far") % {"month": name} if month == month_of(timezone.now()) else name
