"""When a front counter is open: pure functions over a hub whose hours and exceptions `with_readings` has fetched.

Hours are wall-clock times in Europe/London. Each day's spell becomes two moments in UTC before anything is compared, so the
nights of 29 March and 25 October need no special case.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from accounts.stamp import LONDON

from .models import HoursException, OpeningHours

DAYS_AHEAD = 21
LAST_MINUTE = time(23, 59)  # how "until midnight" is written in a time field


@dataclass(frozen=True)
class OpenNow:
    """What the open-now chip shows. `state` is open, closed, holiday, unknown (no hours known) or none (no counter)."""

    state: str
    words: str = ""


@dataclass(frozen=True)
class Day:
    """The hours of one date: `words` such as "8am to 10pm", `note` why they differ from the week's, or ""."""

    date: date
    words: str
    note: str = ""


def clock_words(moment: time) -> str:
    """A time of day as people say it: 8am, 2:30pm, midday, midnight."""
    if moment in (time(0), LAST_MINUTE):
        return _("midnight")
    if moment == time(12):
        return _("midday")
    # Translators: Django's letters for a time of day; "H:i" is 14:30.
    return time_format(moment, _("g:ia") if moment.minute else _("ga")).replace(".", "")


def spells_on(hub, day, holidays):
    """The pairs (opens, closes) of `hub` on `day`, in order; an exception goes before a bank holiday, both before the week.

    `holidays` maps the dates of bank holidays to their names. An always open hub closes only by an exception.
    """
    for exception in hub.hours_exceptions.all():
        if exception.date == day:
            return [(exception.opens, exception.closes)] if exception.opens else []
    if hub.always_open:
        return [(time(0), LAST_MINUTE)]
    if day in holidays:
        return []
    return sorted((hours.opens, hours.closes) for hours in hub.opening_hours.all() if hours.weekday == day.weekday())


def _moments(day, opens, closes):
    """A spell as two moments in UTC. In the hour that comes twice it opens the first and closes the second time; a spell of the
    hour that is left out is none: both are the moment of the change."""
    if closes == LAST_MINUTE:
        return _moment(day, opens), _moment(day + timedelta(days=1), time(0))
    return _moment(day, opens), _moment(day, closes, fold=1)


def _moment(day, at, *, fold=0):
    """A wall-clock time in UTC; one that the clocks leave out is the moment at which they go forward, on the hour."""
    moment = datetime.combine(day, at, LONDON).replace(fold=fold).astimezone(UTC)
    if moment.astimezone(LONDON).time() == at:
        return moment
    return datetime.combine(day, at, LONDON).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _open_spans(hub, first, holidays):
    """Yields the spans (start, end), in UTC and in order, of the three weeks from the date `first`; those that touch are one.

    A span that has grown past two days is not followed to its end.
    """
    begun = None
    for ahead in range(DAYS_AHEAD):
        day = first + timedelta(days=ahead)
        for opens, closes in spells_on(hub, day, holidays):
            start, end = _moments(day, opens, closes)
            if start == end:
                continue
            if begun and start <= begun[1]:
                begun = (begun[0], max(end, begun[1]))
            else:
                if begun:
                    yield begun
                begun = (start, end)
        if begun and ahead > 2 and begun[0] < begun[1] - timedelta(days=2):
            break
    if begun:
        yield begun


def has_hours(hub) -> bool:
    """Whether anything is known of when this hub's counter is open."""
    return hub.always_open or bool(hub.opening_hours.all())


def reading(hub, now: datetime, holidays) -> OpenNow:
    """The `OpenNow` of `hub` at `now` (an aware datetime): "Open now, until 10pm", "Closed, opens 8am tomorrow".

    `holidays` maps the dates of bank holidays to their names.
    """
    if not hub.front_counter:
        return OpenNow("none")
    if not has_hours(hub):
        return OpenNow("unknown", _("Opening times not known"))
    today = now.astimezone(LONDON).date()
    coming = next((span for span in _open_spans(hub, today, holidays) if span[1] > now), None)
    if coming and coming[0] <= now:
        return OpenNow("open", _open_words(coming[1].astimezone(LONDON), today))
    state, words = "closed", _("Closed")
    if _closed_by_holiday(hub, today, holidays):
        state, words = "holiday", _("Closed for the bank holiday")
    if coming:
        words = _("%(closed)s, opens %(when)s") % {"closed": words, "when": _when(coming[0].astimezone(LONDON), today)}
    return OpenNow(state, words)


def _closed_by_holiday(hub, day, holidays):
    return day in holidays and not any(exception.date == day for exception in hub.hours_exceptions.all())


def _open_words(end, today):
    if (end.date() - today).days > 1:
        return _("Open now, day and night")
    return _("Open now, until %(time)s") % {"time": clock_words(end.time())}


def _when(moment, today):
    parts = {"time": clock_words(moment.time()), "day": WEEKDAYS[moment.weekday()], "date": date_format(moment, "j E")}
    ahead = (moment.date() - today).days
    if ahead == 0:
        return _("%(time)s today") % parts
    if ahead == 1 and moment.time() == time(0):
        return _("at midnight")
    if ahead == 1:
        return _("%(time)s tomorrow") % parts
    if ahead < 7:
        return _("%(day)s %(time)s") % parts
    return _("%(day)s %(date)s, %(time)s") % parts


def hours_words(spells) -> str:
    """Pairs (opens, closes) of one day as words: "8am to midday and 2pm to 6pm", "Open all day", "Closed"."""
    if not spells:
        return _("Closed")
    if spells == [(time(0), LAST_MINUTE)]:
        return _("Open all day and night")
    said = [_("%(opens)s to %(closes)s") % {"opens": clock_words(a), "closes": clock_words(b)} for a, b in spells]
    return _(" and ").join(said)


def usual_week(hub):
    """The ordinary week of `hub`: seven pairs (name of the day, words), Monday first."""
    by_day: dict = {day: [] for day in range(7)}
    for hours in hub.opening_hours.all():
        by_day[hours.weekday].append((hours.opens, hours.closes))
    if hub.always_open:
        by_day = dict.fromkeys(by_day, [(time(0), LAST_MINUTE)])
    return [(WEEKDAYS[day], hours_words(sorted(spells))) for day, spells in by_day.items()]


def _named_days(hub, holidays) -> dict:
    """The dates that are not as in the ordinary week, with why: date -> words. A hub that never closes keeps no holidays."""
    named = {} if hub.always_open else dict(holidays)
    return named | {day.date: day.reason or _("Other hours") for day in hub.hours_exceptions.all()}


def other_days(hub, first: date, holidays, *, weeks: int = 10):
    """The `Day`s from the date `first` on whose hours differ from the ordinary week, or that are bank holidays."""
    last = first + timedelta(weeks=weeks)
    named = _named_days(hub, holidays)
    return [
        Day(day, hours_words(spells_on(hub, day, holidays)), named[day])
        for day in sorted(named)
        if first <= day <= last
    ]


def coming_week(hub, first: date, holidays):
    """The seven `Day`s from the date `first`; the note is empty where a day is as in the ordinary week."""
    named = _named_days(hub, holidays)
    days = [first + timedelta(days=ahead) for ahead in range(7)]
    return [Day(day, hours_words(spells_on(hub, day, holidays)), named.get(day, "")) for day in days]


def shown(hub, now: datetime, holidays) -> dict:
    """What templates/hubs/_opening.html shows of `hub` at `now`: `hub` with its `.opening`, and `week` and `other_days`.

    The two are left out where there is no counter, or nothing is known of its hours.
    """
    with_readings([hub], now, holidays)
    if not (hub.front_counter and has_hours(hub)):
        return {"hub": hub}
    today = now.astimezone(LONDON).date()
    return {"hub": hub, "week": usual_week(hub), "other_days": other_days(hub, today, holidays)}


def with_hours(hubs) -> list:
    """The hubs, each with all that a reading needs; two queries for all their hours and exceptions, none a second time."""
    hubs = list(hubs)
    # The models' own order would join hubs and areas into every look-up.
    by_time = Prefetch("opening_hours", OpeningHours.objects.order_by("weekday", "opens"))
    prefetch_related_objects(hubs, by_time, Prefetch("hours_exceptions", HoursException.objects.order_by("date")))
    return hubs


def with_readings(hubs, now: datetime, holidays) -> list:
    """The hubs, each with its `OpenNow` at `now` as `.opening`."""
    hubs = with_hours(hubs)
    for hub in hubs:
        hub.opening = reading(hub, now, holidays)
    return hubs
