"""When a front counter is open: in words, across clock changes, bank holidays and exceptions."""

from datetime import date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.stamp import LONDON
from hubs import opening
from hubs.models import BankHoliday, HoursException, Hub, OpeningHours

EVERY_DAY = range(7)
WEEKDAYS = range(5)
CHRISTMAS_2026 = {date(2026, 12, 25): "Christmas Day", date(2026, 12, 28): "Boxing Day"}


@pytest.fixture
def counter(walsall):
    """Makes a hub with a front counter: `counter(EVERY_DAY, "08:00", "22:00")`."""

    def make(days=(), opens="08:00", closes="22:00", **fields):
        fields = {"slug": "sample", "name": "Sample", "address": "1 High Street", "front_counter": True} | fields
        hub = Hub.objects.create(area=walsall, **fields)
        for day in days:
            OpeningHours.objects.create(
                hub=hub, weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)
            )
        return hub

    return make


def said(hub, moment, holidays=None):
    """What the chip says at a London wall-clock time; a trailing * means the second of two."""
    now = datetime.fromisoformat(moment.rstrip("*")).replace(tzinfo=LONDON, fold=moment.endswith("*"))
    return opening.reading(Hub.objects.get(pk=hub.pk), now, holidays or {}).words


def test_counter_open_now_says_until_when(counter):
    hub = counter(EVERY_DAY)
    assert said(hub, "2026-11-23 08:00") == "Open now, until 10pm"
    assert said(hub, "2026-11-23 21:59") == "Open now, until 10pm"


def test_counter_closed_says_when_it_opens_next(counter):
    hub = counter(WEEKDAYS, "08:30", "17:00")
    assert said(hub, "2026-11-23 08:29") == "Closed, opens 8:30am today"
    assert said(hub, "2026-11-23 17:00") == "Closed, opens 8:30am tomorrow"
    assert said(hub, "2026-11-27 17:00") == "Closed, opens Monday 8:30am"


def test_counter_with_two_spells_a_day_closes_in_between(counter):
    hub = counter(WEEKDAYS, "09:00", "12:00")
    OpeningHours.objects.create(hub=hub, weekday=0, opens=time(14), closes=time(18))
    assert said(hub, "2026-11-23 11:00") == "Open now, until midday"
    assert said(hub, "2026-11-23 12:30") == "Closed, opens 2pm today"


def test_counter_on_the_short_night_of_29_march_keeps_wall_clock_hours(counter):
    hub = counter(EVERY_DAY, "08:00", "22:00")
    assert said(hub, "2026-03-28 23:00") == "Closed, opens 8am tomorrow"
    assert said(hub, "2026-03-29 07:59") == "Closed, opens 8am today"
    assert said(hub, "2026-03-29 08:00") == "Open now, until 10pm"
    assert said(hub, "2026-03-29 22:00") == "Closed, opens 8am tomorrow"


def test_hours_that_the_short_night_leaves_out_begin_when_the_clocks_go_forward(counter):
    hub = counter([6], "01:30", "04:00")
    assert said(hub, "2026-03-29 00:59") == "Closed, opens 2am today"
    assert [said(hub, f"2026-03-29 {at}") for at in ("02:00", "03:59", "04:00")] == [
        "Open now, until 4am", "Open now, until 4am", "Closed, opens Sunday 5 April, 1:30am",
    ]  # fmt: skip


def test_spell_within_the_hour_that_the_short_night_leaves_out_is_none(counter):
    hub = counter([6], "01:15", "01:45")
    OpeningHours.objects.create(hub=hub, weekday=6, opens=time(7), closes=time(9))
    assert said(hub, "2026-03-28 12:00") == "Closed, opens 7am tomorrow"
    assert said(hub, "2026-03-29 02:20") == "Closed, opens 7am today"


def test_spell_that_ends_in_the_hour_that_is_left_out_ends_with_it(counter):
    hub = counter([6], "00:00", "01:30")
    assert said(hub, "2026-03-29 00:59") == "Open now, until 2am"
    assert said(hub, "2026-03-29 02:00") == "Closed, opens Sunday 5 April, midnight"


def test_counter_on_the_long_night_of_25_october_keeps_wall_clock_hours(counter):
    hub = counter(EVERY_DAY, "08:00", "22:00")
    assert said(hub, "2026-10-24 22:00") == "Closed, opens 8am tomorrow"
    assert said(hub, "2026-10-25 07:59") == "Closed, opens 8am today"
    assert said(hub, "2026-10-25 08:00") == "Open now, until 10pm"
    assert said(hub, "2026-10-25 21:59") == "Open now, until 10pm"


def test_counter_that_closes_in_the_hour_that_comes_twice_closes_the_second_time(counter):
    hub = counter([6], "00:30", "01:30")
    assert said(hub, "2026-10-25 01:15") == "Open now, until 1:30am"
    assert said(hub, "2026-10-25 01:15*") == "Open now, until 1:30am"
    assert said(hub, "2026-10-25 01:30*") == "Closed, opens Sunday 1 November, 12:30am"


def test_counter_open_over_midnight_is_one_spell(counter):
    hub = counter([4], "18:00", "23:59")
    OpeningHours.objects.create(hub=hub, weekday=5, opens=time(0), closes=time(2))
    assert said(hub, "2026-11-27 23:59") == "Open now, until 2am"


def test_counter_open_until_the_last_minute_says_midnight(counter):
    hub = counter([4], "18:00", "23:59")
    assert said(hub, "2026-11-27 23:59") == "Open now, until midnight"


def test_counter_is_closed_on_christmas_day_and_says_when_it_opens(counter):
    hub = counter(EVERY_DAY)
    assert said(hub, "2026-12-25 12:00", CHRISTMAS_2026) == "Closed for the bank holiday, opens 8am tomorrow"
    assert said(hub, "2026-12-28 12:00", CHRISTMAS_2026) == "Closed for the bank holiday, opens 8am tomorrow"
    assert said(hub, "2026-12-24 22:30", CHRISTMAS_2026) == "Closed, opens Saturday 8am"


def test_counter_with_weekday_hours_opens_after_a_long_christmas(counter):
    hub = counter(WEEKDAYS)
    assert said(hub, "2026-12-25 12:00", CHRISTMAS_2026) == "Closed for the bank holiday, opens Tuesday 8am"


def test_exception_goes_before_a_bank_holiday_and_before_the_week(counter):
    hub = counter(EVERY_DAY)
    HoursException.objects.create(
        hub=hub, date="2026-12-25", opens=time(10), closes=time(14), reason="Short Christmas hours"
    )
    HoursException.objects.create(hub=hub, date="2026-12-26", reason="Building work")
    assert said(hub, "2026-12-25 11:00", CHRISTMAS_2026) == "Open now, until 2pm"
    assert said(hub, "2026-12-26 11:00", CHRISTMAS_2026) == "Closed, opens 8am tomorrow"


def test_counter_open_day_and_night_closes_only_by_an_exception(counter):
    hub = counter(always_open=True)
    assert said(hub, "2026-12-25 03:00", CHRISTMAS_2026) == "Open now, day and night"
    HoursException.objects.create(hub=hub, date="2026-12-26", reason="Building work")
    assert said(hub, "2026-12-25 12:00", CHRISTMAS_2026) == "Open now, until midnight"
    assert said(hub, "2026-12-26 12:00", CHRISTMAS_2026) == "Closed, opens at midnight"


def test_counter_closed_for_weeks_just_says_closed(counter):
    hub = counter(WEEKDAYS)
    for day in range(1, 29):
        HoursException.objects.create(hub=hub, date=date(2027, 2, day))
    assert said(hub, "2027-02-01 12:00") == "Closed"


def test_counter_without_known_hours_says_so_and_a_base_without_counter_says_nothing(counter):
    unknown = counter()
    assert opening.reading(unknown, datetime(2026, 11, 23, 12, tzinfo=LONDON), {}) == opening.OpenNow(
        "unknown", "Opening times not known"
    )
    base = counter(slug="base", front_counter=False)
    assert opening.reading(base, datetime(2026, 11, 23, 12, tzinfo=LONDON), {}) == opening.OpenNow("none", "")


def test_week_and_other_days_are_said_in_words(counter):
    hub = counter(WEEKDAYS, "08:00", "12:00")
    HoursException.objects.create(
        hub=hub, date="2026-12-24", opens=time(8), closes=time(10, 30), reason="Christmas Eve"
    )
    assert opening.usual_week(hub)[4:6] == [("Friday", "8am to midday"), ("Saturday", "Closed")]
    assert opening.other_days(hub, date(2026, 11, 23), CHRISTMAS_2026) == [
        opening.Day(date(2026, 12, 24), "8am to 10:30am", "Christmas Eve"),
        opening.Day(date(2026, 12, 25), "Closed", "Christmas Day"),
        opening.Day(date(2026, 12, 28), "Closed", "Boxing Day"),
    ]


def test_bank_holidays_of_the_pack_cover_the_coming_year(db):
    holidays = BankHoliday.names_from(date(2026, 12, 1))
    assert holidays[date(2026, 12, 25)] == "Christmas Day"
    assert all(date(2026, 12, 1) <= day <= date(2027, 12, 2) for day in holidays)


@pytest.mark.parametrize(("opens", "closes"), [("22:00", "08:00"), ("08:00", "08:00")])
def test_hours_that_close_before_they_open_are_refused(counter, opens, closes):
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        counter([0], opens, closes)
