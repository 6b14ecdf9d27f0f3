"""The response clock: due times, what "in time" means, and the words for it.

Durations are added in UTC and shown in Europe/London; nothing else in the portal adds a timedelta to a London-aware
datetime, because 72 hours across the night of 25 October would become 73.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.stamp import LONDON

SOON = timedelta(hours=18)  # the last quarter of 72 hours


def add_hours(moment: datetime, hours: int) -> datetime:
    """`moment` (aware) plus `hours` of elapsed time, in UTC."""
    return moment.astimezone(UTC) + timedelta(hours=hours)


def add_minutes(moment: datetime, minutes: int) -> datetime:
    """`moment` (aware) plus `minutes` of elapsed time, in UTC."""
    return moment.astimezone(UTC) + timedelta(minutes=minutes)


def add_days(moment: datetime, days: int) -> datetime:
    """`moment` (aware) plus `days` of 24 hours, in UTC."""
    return add_hours(moment, 24 * days)


def months_before(moment: datetime, months: int) -> datetime:
    """The same day and time in London so many calendar months before `moment` (aware); the last day of a shorter month."""
    there = moment.astimezone(LONDON)
    year, month = divmod(there.year * 12 + there.month - 1 - months, 12)
    day = min(there.day, calendar.monthrange(year, month + 1)[1])
    return there.replace(year=year, month=month + 1, day=day)


def desk_is_open(force, moment: datetime) -> bool:
    """Whether the force desk (`force`: `areas.Force`) is staffed at `moment` (aware), by its hours in Europe/London."""
    local = moment.astimezone(LONDON)
    first, _dash, last = force.desk_weekdays.partition("-")
    works = int(first) <= local.weekday() <= int(last or first)
    return works and force.desk_opens <= local.time() < force.desk_closes


def in_words(moment: datetime) -> str:
    """`moment` as people in the force's area say it: "Thursday 26 November, 2:10pm"."""
    return date_format(moment.astimezone(LONDON), "l j F, g:ia").replace("a.m.", "am").replace("p.m.", "pm")


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
    """What the clock chip shows: `state` is due, soon, missed, answered or none; the same words for both sides."""

    state: str
    words: str
    moment: str = ""


def reading(
    *, received: datetime, due: datetime | None, answered: datetime | None, now: datetime | None = None
) -> Clock:
    """The clock of a concern received, due and answered at those aware datetimes (None: not yet, or no clock)."""
    now = now or timezone.now()
    if answered:
        words = _("Answered in %(span)s") % {"span": span_in_words(answered - received)}
        return Clock("answered", words, in_words(answered))
    if due is None:
        return Clock("none", _("No reply is due"))
    if now > due:
        return Clock("missed", _("Reply missed by %(span)s") % {"span": span_in_words(now - due)}, in_words(due))
    state = "soon" if due - now <= SOON else "due"
    return Clock(state, _("Reply due in %(span)s") % {"span": span_in_words(due - now)}, in_words(due))
