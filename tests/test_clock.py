"""The response clock: hours are elapsed hours, words are London's."""

import csv
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from accounts.stamp import LONDON
from feedback import clock
from hubs.models import BankHoliday


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Worked out by hand: received (UTC), due after 72 hours (UTC), as London says it.
DUE = [
    # Clocks go back on Sunday 25 October 2026 at 1am UTC.
    ("2026-10-22 09:30", "2026-10-25 09:30", "Sunday 25 October, 9:30am"),
    ("2026-10-24 12:00", "2026-10-27 12:00", "Tuesday 27 October, 12:00pm"),
    ("2026-10-22 00:30", "2026-10-25 00:30", "Sunday 25 October, 1:30am"),  # the first half past one
    ("2026-10-22 01:30", "2026-10-25 01:30", "Sunday 25 October, 1:30am"),  # and the second
    # Clocks go forward on Sunday 29 March 2026 at 1am UTC.
    ("2026-03-26 14:10", "2026-03-29 14:10", "Sunday 29 March, 3:10pm"),
    ("2026-03-26 00:59", "2026-03-29 00:59", "Sunday 29 March, 12:59am"),
    ("2026-03-26 01:00", "2026-03-29 01:00", "Sunday 29 March, 2:00am"),
    # A leap day, the end of a year, and a plain week.
    ("2028-02-27 23:00", "2028-03-01 23:00", "Wednesday 1 March, 11:00pm"),
    ("2026-12-30 08:15", "2027-01-02 08:15", "Saturday 2 January, 8:15am"),
    ("2026-11-23 14:10", "2026-11-26 14:10", "Thursday 26 November, 2:10pm"),
]


@pytest.mark.parametrize(("received", "due", "words"), DUE)
def test_seventy_two_hours_stay_seventy_two(received, due, words):
    moment = clock.add_hours(utc(received).astimezone(LONDON), 72)
    assert (moment, moment - utc(received), clock.in_words(moment)) == (utc(due), timedelta(hours=72), words)


def test_naive_addition_would_be_an_hour_wrong():
    """Why the clock exists: the same hour of the day three days on is 73 hours away in October and 71 in March."""
    october, march = utc("2026-10-24 12:00").astimezone(LONDON), utc("2026-03-28 12:00").astimezone(LONDON)
    spans = [(start + timedelta(hours=72)).astimezone(UTC) - start.astimezone(UTC) for start in (october, march)]
    assert spans == [timedelta(hours=73), timedelta(hours=71)]


# Sixty deadlines worked out by hand; the file gives the reasoning of each. Times are UTC, `london` as the wall shows it.
DEADLINES = list(csv.DictReader(Path(__file__).with_name("clock_deadlines.csv").open(encoding="utf-8")))


def test_the_table_has_sixty_deadlines():
    assert len(DEADLINES) == 60


@pytest.mark.django_db
@pytest.mark.parametrize("row", DEADLINES, ids=lambda row: f"{row['received']} {row['hours']} {row['counted']}")
def test_deadline_as_worked_out_by_hand(row):
    holidays = frozenset(BankHoliday.objects.values_list("date", flat=True))
    counted = clock.Elapsed() if row["counted"] == "elapsed" else clock.WorkingHours(time(9), time(17), holidays)
    due, soon = clock.deadlines(utc(row["received"]), int(row["hours"]), counted)
    assert (f"{due:%Y-%m-%d %H:%M}", f"{due.astimezone(LONDON):%a %d %b %H:%M}") == (row["due"], row["london"])
    assert counted.between(soon, due) == timedelta(hours=int(row["hours"])) / 4
    assert counted.between(utc(row["received"]), due) == timedelta(hours=int(row["hours"]))


@pytest.mark.parametrize(("hours", "soon"), [(72, 54), (24, 18), (8, 6)])
def test_soon_is_the_last_quarter_of_the_real_length(hours, soon):
    start = utc("2026-11-23 14:10")
    due, warned = clock.deadlines(start, hours, clock.Elapsed())
    before, at = warned - timedelta(seconds=1), warned
    assert (warned - start) == timedelta(hours=soon)
    assert [clock.reading(received=start, due=due, answered=None, soon=warned, now=now).state for now in (before, at)] == [
        "due", "soon",
    ]  # fmt: skip


def test_time_from_a_later_to_an_earlier_moment_is_nothing():
    working = clock.WorkingHours(time(9), time(17))
    later, earlier = utc("2026-11-24 12:00"), utc("2026-11-23 12:00")
    assert (clock.Elapsed().between(later, earlier), working.between(later, earlier)) == (timedelta(), timedelta())


def test_minutes_and_days_are_elapsed_time():
    start = utc("2026-10-24 12:00").astimezone(LONDON)
    assert clock.add_minutes(start, 90) == utc("2026-10-24 13:30")
    assert clock.add_days(start, 1) == utc("2026-10-25 12:00")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-26 00:00", "Thursday 26 November, 12:00am"),
        ("2026-11-26 12:00", "Thursday 26 November, 12:00pm"),
        ("2026-11-26 00:05", "Thursday 26 November, 12:05am"),
        ("2026-07-01 22:59", "Wednesday 1 July, 11:59pm"),
    ],
)
def test_times_are_said_as_people_say_them(moment, words):
    assert clock.in_words(utc(moment)) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=2, hours=4, minutes=59), "2 days 4 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute"),
        (timedelta(minutes=35), "35 minutes"),
        (timedelta(seconds=20), "0 minutes"),
        (timedelta(seconds=-5), "0 minutes"),
    ],
)
def test_spans_are_said_in_two_units(span, words):
    assert clock.span_in_words(span) == words


@pytest.mark.parametrize(
    ("now", "answered", "state", "words"),
    [
        ("2026-11-23 15:10", None, "due", "Reply due in 2 days 23 hours"),
        ("2026-11-25 20:10", None, "soon", "Reply due in 18 hours"),
        ("2026-11-25 20:09", None, "due", "Reply due in 18 hours 1 minute"),
        ("2026-11-26 14:10", None, "soon", "Reply due in 0 minutes"),
        ("2026-11-26 15:11", None, "missed", "Reply missed by 1 hour 1 minute"),
        ("2026-11-30 12:00", "2026-11-24 14:10", "answered", "Answered in 1 day"),
        ("2026-11-30 12:00", "2026-11-26 14:10", "answered", "Answered in 3 days"),
        ("2026-11-30 12:00", "2026-11-26 14:11", "late", "Answered late: it took 3 days"),
    ],
)
def test_clock_reads_the_same_for_both_sides(now, answered, state, words):
    reading = clock.reading(
        received=utc("2026-11-23 14:10"),
        due=utc("2026-11-26 14:10"),
        answered=answered and utc(answered),
        now=utc(now),
    )
    assert (reading.state, reading.words) == (state, words)


def test_an_idea_has_no_clock():
    assert clock.reading(received=utc("2026-11-23 14:10"), due=None, answered=None).state == "none"


@pytest.mark.parametrize(("received", "due", "words"), DUE[:1] + DUE[4:5])
@pytest.mark.django_db
def test_concern_is_due_by_the_clock(make_concern, walsall, time_machine, received, due, words):
    time_machine.move_to(utc(received), tick=False)
    concern = make_concern(walsall)
    concern.refresh_from_db()
    assert (concern.due_at, clock.in_words(concern.due_at)) == (utc(due), words)
