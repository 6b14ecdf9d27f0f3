"""Each figure that the public may read, computed once: pages, charts, CSV and JSON all read the rows that `freeze` wrote.

`FROZEN` lists what is written when a month has ended; a new figure is one function in it. today.py has what is true today and is
a public fact anyhow.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db import IntegrityError, transaction
from django.db.models import Min, Q
from django.utils import timezone

from accounts.stamp import Stamp
from areas.models import Area, Force, Ward
from feedback.lifecycle import WITHOUT_REPLY, Outcome, Status
from feedback.models import Category, ClosedMonth, Concern, Figure, Rating, Recourse

from .months import begins, ends_quarter, month_of, step
from .nearness import at_the_end_of
from .rounding import TOO_FEW, Published, apart, count, may_be_told, median_hours, share, total

Name, Span = Figure.Name, Figure.Span


def _of_first_clock(row):
    if row.first_due_at is None:
        return row
    return row._replace(due_at=row.first_due_at, answered_at=row.first_answered_at or row.answered_at)


# ---- what a month is counted from ------------------------------------------------------------------------------------
@dataclass
class Window:
    """The months that end with `month`, as the concerns stand when it is closed."""

    month: date

    @cached_property
    def rows(self) -> list:
        """Concerns received, due or closed in the year that ends with the month; nothing in them says who or what.

        Their clock is that of the first reply: where somebody came back, the clock that began then is counted in no figure.
        """
        start = begins(step(self.month, -11))
        lately = Q(received_at__gte=start) | Q(due_at__gte=start) | Q(resolved_at__gte=start)
        kept = Concern.objects.filter(lately, kind=Concern.Kind.CONCERN, received_at__lt=self.end).order_by()
        fields = ("area_id", "ward_id", "category__code", "category__sensitive", "safety", "status", "outcome")
        fields = (*fields, "received_at", "due_at", "answered_at", "resolved_at", "first_due_at", "first_answered_at")
        return [_of_first_clock(row) for row in kept.values_list(*fields, named=True)]

    @property
    def end(self) -> datetime:
        return begins(step(self.month, 1))

    def within(self, name: str, months: int = 1, rows=None) -> list:
        """The rows, or those of `rows`, whose moment `name` lies in the last `months` months."""
        start = begins(step(self.month, 1 - months))
        rows = self.rows if rows is None else rows
        return [row for row in rows if (at := getattr(row, name)) and start <= at < self.end]

    @cached_property
    def ratings(self) -> list:
        """What people thought of the reply to their concern: rows of the year, without a word that they wrote."""
        given = Rating.objects.filter(
            at__gte=begins(step(self.month, -11)), at__lt=self.end, concern__kind=Concern.Kind.CONCERN
        )
        return list(given.values_list("concern__area_id", "answer", "at", named=True))

    @cached_property
    def recourses(self) -> list:
        """What the commanders' offices were asked: rows whose own time ran out in the year, or that were asked in it."""
        start = begins(step(self.month, -11))
        asked = Recourse.objects.filter(Q(at__gte=start) | Q(due_at__gte=start), at__lt=self.end).order_by()
        return list(asked.values_list("area_id", "at", "due_at", "answered_at", named=True))

    @cached_property
    def told_lately(self) -> set:
        """(name, area's id) of each figure that was shown of a part of the nine months before this quarter."""
        ends = [step(self.month, -3 * quarters) for quarters in (1, 2, 3)]
        told = Figure.objects.filter(closed__month__in=ends, value__isnull=False).exclude(span=Span.MONTH)
        return set(told.order_by().values_list("name", "area_id"))

    @cached_property
    def closed(self) -> list:
        """Those that ended in the quarter."""
        return [row for row in self.within("resolved_at", 3) if row.status == Status.RESOLVED]

    def due(self, months: int = 1) -> list:
        """Those whose reply fell due, without those that ended with nobody waiting for one."""
        due = self.within("due_at", months)
        return [row for row in due if row.answered_at or row.outcome not in WITHOUT_REPLY]

    @cached_property
    def areas(self) -> list:
        return list(Area.objects.all())

    @cached_property
    def months_before(self) -> dict:
        """What was published of each area in the two months before: lists of `Published` by the area's id."""
        earlier = [step(self.month, -1), step(self.month, -2)]
        found = Figure.objects.filter(closed__month__in=earlier, span=Span.MONTH, name=Name.RECEIVED)
        before = defaultdict(list)
        for figure in found.order_by("closed__month"):
            before[figure.area_id].append(Published(figure.value, figure.bound))
        return before

    @cached_property
    def received(self) -> dict:
        """This month's published totals by area: each keeps room for the kinds beside it."""
        return {area.pk: total(len(self.of(area)), self.kinds[area.pk].values()) for area in self.areas}

    @cached_property
    def kinds(self) -> dict:
        """This month's published counts by area, then kind. Sensitive kinds, and what is in safety review, are in totals only."""
        codes = Category.objects.filter(sensitive=False).values_list("code", flat=True)
        found = {}
        for area in self.areas:
            counted = Counter(row.category__code for row in self.of(area) if not hidden(row))
            found[area.pk] = {code: count(counted[code]) for code in codes}
        return found

    def of(self, area, rows=None) -> list:
        """This month's rows of `area`, or those of `rows`."""
        rows = self.within("received_at") if rows is None else rows
        return [row for row in rows if row.area_id == area.pk]


def hidden(row) -> bool:
    """Whether a concern counts in totals only."""
    return row.category__sensitive or row.safety


@dataclass(frozen=True)
class Row:
    """One figure on its way into the table. `place`: an `Area`, a `Ward` or None for the whole force."""

    name: str
    shown: Published
    place: object = None
    of: str = ""
    span: str = Span.MONTH


# ---- the figures -----------------------------------------------------------------------------------------------------
def received(window) -> Iterator[Row]:
    """Concerns of the month by area, and by kind in each area; those of the force by quarter."""
    for area in window.areas:
        yield Row(Name.RECEIVED, window.received[area.pk], area)
        for code, shown in window.kinds[area.pk].items():
            yield Row(Name.CATEGORY, shown, area, of=code)
    if ends_quarter(window.month):
        parts = [each for area in window.areas for each in [*window.months_before[area.pk], window.received[area.pk]]]
        yield Row(Name.RECEIVED, total(len(window.within("received_at", 3)), parts, room=12), span=Span.QUARTER)


def by_ward(window) -> Iterator[Row]:
    """Concerns of the quarter by ward, where they say nothing about the months of the area."""
    if not ends_quarter(window.month):
        return
    rows = window.within("received_at", 3)
    for area in window.areas:
        here = window.of(area, rows)
        counted = Counter(row.ward_id for row in here if not hidden(row))
        wards = {ward: count(counted[ward.pk]) for ward in area.wards.active()}
        months = [*window.months_before[area.pk], window.received[area.pk]]
        complete = sum(counted[ward.pk] for ward in wards) == len(here)
        if apart(wards.values(), months, complete=complete):
            for ward, shown in wards.items():
                yield Row(Name.RECEIVED, shown, ward, span=Span.QUARTER)


def outcomes(window) -> Iterator[Row]:
    """How the concerns that ended in the quarter ended, by area."""
    if not ends_quarter(window.month):
        return
    for area in window.areas:
        ended = window.of(area, window.closed)
        counted = Counter(row.outcome for row in ended if not hidden(row))
        shown = {outcome: count(counted[outcome]) for outcome in Outcome.values}
        yield Row(Name.CLOSED, total(len(ended), shown.values()), area, span=Span.QUARTER)
        for outcome, each in shown.items():
            yield Row(Name.OUTCOME, each, area, of=outcome, span=Span.QUARTER)


def guarantee(window) -> Iterator[Row]:
    """How many were answered in time and how soon: of those whose reply fell due, in each area and in all."""
    limit = Force.objects.get().response_hours
    spans = [(Span.MONTH, window.due()), (Span.YEAR, window.due(12))]
    for span, rows in spans:
        for place in [None, *window.areas]:
            yield from kept_promise(rows if place is None else window.of(place, rows), limit, place, span)


def kept_promise(rows, limit, place, span) -> Iterator[Row]:
    """Share in time and median; what has no answer yet counts as late, so that leaving it never helps."""
    hours = [row.answered_at and (row.answered_at - row.received_at).total_seconds() / 3600 for row in rows]
    yield Row(Name.IN_TIME, share(*kept_of(rows)), place, span=span)
    yield Row(Name.MEDIAN, median_hours(hours, limit), place, span=span)


def promise_by_ward(window) -> Iterator[Row]:
    """The same of wards and the quarter, where they say nothing of the rest of their area beside its months."""
    if not ends_quarter(window.month):
        return
    limit = Force.objects.get().response_hours
    for area in window.areas:
        wards, months = {ward: [] for ward in area.wards.active()}, defaultdict(list)
        by_code = {ward.pk: rows for ward, rows in wards.items()}
        for row in window.of(area, window.due(3)):
            months[month_of(row.due_at)].append(row)
            if row.ward_id in by_code and not hidden(row):
                by_code[row.ward_id].append(row)
        kept = {ward: kept_of(rows) for ward, rows in wards.items()}
        for ward in may_be_told(kept, [kept_of(rows) for rows in months.values()]):
            yield from kept_promise(wards[ward], limit, ward, Span.QUARTER)


def kept_of(rows) -> tuple[int, int]:
    """How many of `rows` had their answer in time, and how many there are."""
    return sum(map(answered_in_time, rows)), len(rows)


def satisfaction(window) -> Iterator[Row]:
    """How many of those who rated their reply said that it answered them, by area; "partly" is no yes."""
    if not ends_quarter(window.month):
        return
    for area in window.areas:
        here = [row for row in window.ratings if row.concern__area_id == area.pk]
        yield from share_once(window, Name.SATISFIED, area, here, "at", lambda row: row.answer == Rating.Answer.YES)


def recourse(window) -> Iterator[Row]:
    """How often people asked a commander's office to step in, and how many of them had its answer in its own time."""
    if not ends_quarter(window.month):
        return
    for area in window.areas:
        here = window.of(area, window.recourses)
        yield Row(Name.RECOURSE, count(len(window.within("at", 3, here))), area, span=Span.QUARTER)
        yield from share_once(window, Name.RECOURSE_IN_TIME, area, here, "due_at", answered_in_time)


def answered_in_time(row) -> bool:
    """Whether an office kept its own time; what it has still not answered counts as late."""
    return row.answered_at is not None and row.answered_at <= row.due_at


def share_once(window, name, area, rows, moment, good) -> Iterator[Row]:
    """The share of `rows` that are `good`, of the quarter in which their `moment` lies; where those are too few, of the year.

    A year is told only where nothing of it was told before: nobody stands behind two shares that could be taken from each other.
    """
    for span, months in ((Span.QUARTER, 3), (Span.YEAR, 12)):
        counted = window.within(moment, months, rows)
        shown = share(sum(map(good, counted)), len(counted))
        yield Row(name, shown, area, span=span)
        if shown != TOO_FEW or (name, area.pk) in window.told_lately:
            return


def nearness(window) -> Iterator[Row]:
    """Wards with a named contact, priorities with news, meetings held. Each is public one by one, so none is rounded."""
    for counted in at_the_end_of(window.month):
        for place, number in [(None, sum(counted.by_area.values())), *counted.by_area.items()]:
            yield Row(counted.name, Published(number), place, of=counted.of)


FROZEN = [received, by_ward, outcomes, guarantee, promise_by_ward, satisfaction, recourse, nearness]


# ---- freezing --------------------------------------------------------------------------------------------------------
def freeze(now=None) -> int:
    """Write down every month that ended before `now` and is not closed yet; returns how many."""
    this_month = month_of(now or timezone.now())
    last = ClosedMonth.objects.order_by("-month").values_list("month", flat=True).first()
    if last is None:
        first = Concern.objects.aggregate(first=Min("received_at"))["first"]
        last = step(month_of(first), -1) if first else this_month
    done = 0
    while (month := step(last, 1)) < this_month:
        done += close(month)
        last = month
    return done


def close(month: date) -> int:
    """Write down the figures of `month`, all or none; 1, or 0 where another sweep was quicker."""
    window = Window(month)
    rows = [row for figure in FROZEN for row in figure(window)]
    try:
        with transaction.atomic():
            closed = ClosedMonth.objects.create(month=month)
            Figure.objects.bulk_create(_as_figure(closed, row) for row in rows)
            Stamp.bump()
    except IntegrityError:
        return 0
    return 1


def _as_figure(closed, row) -> Figure:
    ward = row.place if isinstance(row.place, Ward) else None
    area = ward.area if ward else row.place
    place = ward.code if ward else area.gss_code if area else ""
    return Figure(
        closed=closed, span=row.span, place=place, area=area, ward=ward, name=row.name, of=row.of,
        value=row.shown.value, bound=row.shown.bound,
    )  # fmt: skip


def told_by_area(months: int) -> dict:
    """How many concerns each area (its id) received in the last `months` whole months, as those months were closed.

    From the frozen, rounded figures alone: what is placed, moved or split in one area later moves no other area's page.
    "Fewer than 5" counts as the middle of what it can be. Empty while no month is closed.
    """
    this_month = month_of(timezone.now())
    found = Figure.objects.filter(
        closed__month__gte=step(this_month, -months), closed__month__lt=this_month, span=Span.MONTH, name=Name.RECEIVED,
        area__isnull=False, ward__isnull=True, value__isnull=False,
    )  # fmt: skip
    told: dict = {}
    for area, value, bound in found.values_list("area", "value", "bound"):
        told[area] = told.get(area, 0) + (value // 2 if bound == Figure.Bound.UNDER else value)
    return told
