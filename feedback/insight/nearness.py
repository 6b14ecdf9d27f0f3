"""How near the police are: wards with a named contact, open priorities with news, meetings held, as a month ended.

Each ward, priority and meeting is told on a page of its own, so these numbers give nobody away and are not rounded.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Exists, OuterRef, Q

from accounts.stamp import LONDON, days_after
from areas.models import Area, Meeting, Priority, PriorityAction, Ward
from feedback.models import Figure
from hubs.models import Posting

from . import charts
from .months import begins, step
from .today import of_words

SHOWN = (Figure.Name.CONTACTS, Figure.Name.PRIORITIES, Figure.Name.MEETINGS)
ALL = "all"  # in `of`: how many there were, with and without


@dataclass(frozen=True)
class Counted:
    """One number of each area."""

    name: str
    of: str
    by_area: dict


def at_the_end_of(month: date) -> list[Counted]:
    """What is counted of `month`, whenever it is closed: by the dates that postings, priorities and meetings carry."""
    end = begins(step(month, 1))
    last_day = days_after(end.date(), -1)
    first_day = days_after(end.date(), -Priority.STALE_DAYS)
    since = datetime.combine(first_day, time(), tzinfo=LONDON)
    wards, named = Ward.objects.active(), Posting.objects.wards_named(last_day)
    shown = Q(published=True, shown_at__lt=end) & (Q(ended_on=None) | Q(ended_on__gt=last_day))
    told = PriorityAction.objects.filter(priority=OuterRef("pk"), published_at__gte=since, published_at__lt=end)
    priorities = Priority.objects.filter(shown)
    fresh = priorities.filter(Q(shown_at__gte=since) | Exists(told))
    held = Meeting.objects.filter(starts__gte=begins(month), starts__lt=end, cancelled=False)
    name = Figure.Name
    return [
        _counted(name.CONTACTS, "", wards.filter(pk__in=named)),
        _counted(name.CONTACTS, ALL, wards),
        _counted(name.PRIORITIES, "", fresh),
        _counted(name.PRIORITIES, ALL, priorities),
        _counted(name.MEETINGS, "", held),
    ]


def _counted(name, of, rows) -> Counted:
    numbers = Counter(rows.order_by().values_list("area", flat=True))
    return Counted(name, of, {area: numbers[area.pk] for area in Area.objects.all()})


# ---- as it is shown --------------------------------------------------------------------------------------------------
def rows_of(report) -> list:
    """How near we were, month by month, the newest first: `words` such as "18 of 20", "" where that was not counted yet."""
    return [
        {"month": month, "words": [_near_words(report, name, month) for name in SHOWN]} for month in report.months[::-1]
    ]


def _near_words(report, name, month) -> str:
    part, whole = report.at(name, month=month), report.at(name, month=month, of=ALL)
    if part is None:
        return ""
    return of_words(part.value, whole.value) if whole else part.words


def charts_of(report) -> list:
    """The same as columns over time, one chart each, with the label of what is counted; nothing before the first such month."""
    found = [{"id": str(name), "label": name.label, "chart": _over_time(report, name)} for name in SHOWN]
    return found if report.at(Figure.Name.MEETINGS) else []


def _over_time(report, name) -> dict:
    return charts.over_time([charts.of_figure(charts.month_label(month), row) for month, row in report.series(name)])
