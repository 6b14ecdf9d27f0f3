"""The response clock: due times, what "in time" means, and the words for it.

Durations are added in UTC and shown in Europe/London; nothing else in the portal adds a timedelta to a London-aware
datetime, because 72 hours across the night of 25 October would become 73.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.stamp import LONDON

MORNING = time(7)  # in London, when those who want it are mailed


def add_hours(moment: datetime, hours: int) -> datetime:
    """`moment` (aware) plus `hours` of elapsed time, in UTC."""
    return moment.astimezone(UTC) + timedelta(hours=hours)


def add_minutes(moment: datetime, minutes: int) -> datetime:
    """`moment` (aware) plus `minutes` of elapsed time, in UTC."""
    return moment.astimezone(UTC) + timedelta(minutes=minutes)


def add_days(moment: datetime, days: int) -> datetime:
    """`moment` (aware) plus `days` of 24 hours, in UTC."""
    return add_hours(moment, 24 * days)


def seconds(number: int) -> timedelta:
    """A length of `number` seconds, for `after`."""
    return timedelta(seconds=number)


def after(moment: datetime, span: timedelta) -> datetime:
    """`moment` (aware) plus `span` of elapsed time, in UTC."""
    return moment.astimezone(UTC) + span


def spells(lines) -> list[tuple[datetime, datetime]]:
    """From when until when a clock stood; `lines`: when it was "paused" and "resumed", in order."""
    found, since = [], None
    for what, at in lines:
        if what == "paused":
            since = at
        elif since:
            found.append((since, at))
            since = None
    return found


def pause_left(pauses, *, days: int) -> timedelta:
    """What is left of `days` in which a clock may stand; `pauses`: from when until when it stood."""
    stood = sum((ended - began for began, ended in pauses), timedelta())
    return max(timedelta(days=days) - stood, timedelta())


def next_morning(moment: datetime) -> datetime:
    """The first `MORNING` after `moment` (aware), in UTC; at seven itself it is tomorrow's."""
    there = moment.astimezone(LONDON)
    day = there.date() + timedelta(days=there.time() >= MORNING)
    return datetime.combine(day, MORNING, LONDON).astimezone(UTC)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and time in London so many calendar months before `moment` (aware); the last day of a shorter month.

    More months than there were since the year 1 lead to its January: whoever writes 30,000 for "always" means so.
    """
    there = moment.astimezone(LONDON)
    year, month = divmod(max(there.year * 12 + there.month - 1 - months, 12), 12)
    day = min(there.day, calendar.monthrange(year, month + 1)[1])
    return there.replace(year=year, month=month + 1, day=day)


def desk_is_open(force, moment: datetime) -> bool:
    """Whether the force desk (`force`: `areas.Force`) is staffed at `moment` (aware), by its hours in Europe/London."""
    local = moment.astimezone(LONDON)
    first, _dash, last = force.desk_weekdays.partition("-")
    works = int(first) <= local.weekday() <= int(last or first)
    return works and force.desk_opens <= local.time() < force.desk_closes


@dataclass(frozen=True)
class Elapsed:
    """Every hour of every day counts."""

    def add(self, moment: datetime, span: timedelta) -> datetime:
        """`moment` (aware) plus `span` of counted time, in UTC."""
        return moment.astimezone(UTC) + span

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much time counts from `start` to `end`; nothing where `end` comes first."""
        return max(end - start, timedelta())


@dataclass(frozen=True)
class WorkingHours:
    """Only the hours from `opens` to `closes` in London count, on weekdays that are no bank holidays (dates)."""

    opens: time
    closes: time
    holidays: frozenset[date] = frozenset()

    def _spells(self, moment):
        """The working spells from the London day of `moment` on, each as two moments in UTC."""
        first = moment.astimezone(LONDON).date()
        for ahead in count():
            day = first + timedelta(days=ahead)
            if day.weekday() < 5 and day not in self.holidays:
                yield tuple(datetime.combine(day, at, LONDON).astimezone(UTC) for at in (self.opens, self.closes))

    def add(self, moment: datetime, span: timedelta) -> datetime:
        """`moment` (aware) plus `span` of counted time, in UTC: the end of a working day rather than the next's beginning."""
        for opens, closes in self._spells(moment):
            begins = max(opens, moment.astimezone(UTC))
            if begins <= closes and closes - begins >= span:
                return begins + span
            span -= max(closes - begins, timedelta())
        raise AssertionError("days never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much time counts from `start` to `end`; nothing where `end` comes first."""
        counted = timedelta()
        for opens, closes in self._spells(start):
            if opens >= end:
                return counted
            counted += max(min(closes, end) - max(opens, start), timedelta())
        raise AssertionError("days never end")


Hours = Elapsed | WorkingHours


def deadlines(received: datetime, hours: int, counted: Hours) -> tuple[datetime, datetime]:
    """When a reply is due, and when three quarters of its time are over, in UTC."""
    return counted.add(received, timedelta(hours=hours)), counted.add(received, timedelta(hours=hours) * 3 / 4)


def shifted(moment: datetime, *, old: datetime, new: datetime, counted: Hours) -> datetime:
    """`moment` as it is where what lay `old` to `moment` away now begins at `new`: how pauses move a due time."""
    return counted.add(new, counted.between(old, moment))


def in_words(moment: datetime) -> str:
    """`moment` as people in the force's area say it: "Thursday 26 November, 2:10pm"."""
    # Translators: Django's letters for a moment; "H:i" is 14:30.
    return date_format(moment.astimezone(LONDON), _("l j F, g:ia")).replace("a.m.", "am").replace("p.m.", "pm")


def span_in_words(span: timedelta) -> str:
    """A length of time in its two largest units, such as "2 days 4 hours" or "35 minutes"."""
    minutes = max(int(span.total_seconds() // 60), 0)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(n)d day", "%(n)d days", days) % {"n": days})
    if hours:
        parts.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    if not days and (minutes or not parts):
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(parts)


@dataclass(frozen=True)
class Clock:
    """What the clock chip shows, in the same words for both sides.

    `state` is due, soon, missed, paused, answered, late (answered after it was due) or none; `at`: the moment of
    which the words speak.
    """

    state: str
    words: str
    at: datetime | None = None

    @property
    def moment(self) -> str:
        """`at` in words; made only where it is shown."""
        return in_words(self.at) if self.at else ""


def reading(
    *,
    received: datetime,
    due: datetime | None,
    answered: datetime | None,
    soon: datetime | None = None,
    paused: str = "",
    now: datetime | None = None,
) -> Clock:
    """The clock of a concern received, due and answered at those aware datetimes (None: not yet, or no clock).

    `soon`: when three quarters of its time are over; `paused`: why it stands still, in words, or "".
    """
    now = now or timezone.now()
    if answered:
        late = due is not None and answered > due
        words = _("Answered late: it took %(span)s") if late else _("Answered in %(span)s")
        return Clock("late" if late else "answered", words % {"span": span_in_words(answered - received)}, answered)
    if due is None:
        return Clock("none", _("No reply is due"))
    if now > due:
        return Clock("missed", _("Reply missed by %(span)s") % {"span": span_in_words(now - due)}, due)
    if paused:
        return Clock("paused", _("Paused: %(why)s") % {"why": paused}, due)
    state = "soon" if now >= (soon or due - (due - received) / 4) else "due"
    return Clock(state, _("Reply due in %(span)s") % {"span": span_in_words(due - now)}, due)


class Reading(NamedTuple):
    """The sentences of a clock, each around %(span)s: still to do, missed, done in time, done late."""

    due: str
    missed: str
    done: str
    late: str


def reading_of(what: Reading, *, begun: datetime, due: datetime, done: datetime | None, now: datetime | None = None):
    """The `Clock` of something else that must be done by `due`, in the words of `what`; soon once three quarters are over."""
    now = now or timezone.now()
    late = (done or now) > due
    if done:
        words = what.late if late else what.done
        return Clock("missed" if late else "answered", words % {"span": span_in_words(done - begun)}, done)
    words, span = (what.missed, now - due) if late else (what.due, due - now)
    state = "missed" if late else "soon" if now >= due - (due - begun) / 4 else "due"
    return Clock(state, words % {"span": span_in_words(span)}, due)
