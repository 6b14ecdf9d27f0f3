"""Strength against establishment, abstraction days, and progress towards what was promised for the whole force."""

from datetime import date

from accounts.stamp import days_after, today_in_london
from feedback.insight.charts import Mark, month_label, over_time
from hubs.models import StrengthTarget, days_lost, strength_by_team

MONTHS = 12
ABSTRACTION_DAYS = 90


def month_ends(day: date) -> list[date]:
    """The last days of the twelve months that ended, the oldest first, and `day` itself."""
    ends, first = [day], day.replace(day=1)
    for _month in range(MONTHS):
        end = days_after(first, -1)
        ends.append(end)
        first = end.replace(day=1)
    return ends[::-1]


def asked_day(text: str) -> date:
    """The day of an ISO date, or today where that is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today_in_london()


def of_teams(teams, day=None) -> dict:
    """Strength of `teams` (a queryset) on `day`: `teams` (with posts, strength, gap, abstracted), `kinds` (summed)."""
    day = day or today_in_london()
    teams = teams.select_related("kind", "hub", "department").order_by("hub__name", "kind__order", "name", "pk")
    rows = strength_by_team(teams, day)
    kinds: dict = {}
    for team in rows:
        total = kinds.setdefault(team.kind, {"posts": 0, "strength": 0})
        total["posts"] += team.posts or 0
        total["strength"] += team.strength
    lost = days_lost(teams, ABSTRACTION_DAYS, day)
    for team in rows:
        team.abstracted = lost.get(team.pk, 0)
    return {"teams": rows, "kinds": kinds, "abstraction_days": ABSTRACTION_DAYS}


def targets() -> list[dict]:
    """Each promise with its months: target, `months` (day, extra), `chart` (None while no baseline is confirmed)."""
    return [_progress(target) for target in StrengthTarget.objects.select_related("team_kind")]


def _progress(target) -> dict:
    months = (
        [(end, target.extra_on(end)) for end in month_ends(today_in_london())] if target.baseline is not None else []
    )
    marks = [Mark(month_label(end), max(extra, 0), f"{extra:g}") for end, extra in months]
    chart = (
        over_time(marks, top=max(target.extra, *(mark.value or 0 for mark in marks)), target=target.extra)
        if marks
        else None
    )
    return {"target": target, "months": months, "chart": chart, "now": months[-1][1] if months else None}
