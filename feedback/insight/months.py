"""Calendar months in London, by their first day."""

from datetime import date, datetime

from django.utils import timezone

from accounts.stamp import LONDON


def month_of(moment) -> date:
    """The first day of the month in London in which an aware `moment` lies."""
    return moment.astimezone(LONDON).date().replace(day=1)


def step(month: date, months: int) -> date:
    """The first day of the month that is so many months after `month`."""
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def last_months(number: int) -> list[date]:
    """The first days of so many months, the oldest first; the last is the month that runs."""
    this_month = month_of(timezone.now())
    return [step(this_month, -back) for back in range(number - 1, -1, -1)]


def begins(month: date) -> datetime:
    """The aware moment at which `month` begins in London."""
    return datetime(month.year, month.month, 1, tzinfo=LONDON)


def ends_quarter(month: date) -> bool:
    """Whether a calendar quarter ends with `month`."""
    return month.month % 3 == 0
