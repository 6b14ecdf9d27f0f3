"""Strength against establishment, abstraction days, and progress towards what was promised for the whole force."""

from datetime import date

from accounts.stamp import today_in_london
from areas.models import overlapping
from feedback.insight.charts import Mark, month_label, over_time
from hubs.models import Absence, Posting, StrengthTarget, strength_by_team

MONTHS = 12
ABSTRACTION_DAYS = 90


def month_ends(day: date) -> list[date]:
    """The last days of the twelve months that ended, the oldest first, and `day` itself."""
    ends, first = [day], day.replace(day=1)
    for _month in range(MONTHS):
        end = date.fromordinal(first.toordinal() - 1)
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
    lost = _abstractions(teams, day)
    for team in rows:
        team.abstracted = lost.get(team.pk, 0)
    return {"teams": rows, "kinds": kinds, "abstraction_days": ABSTRACTION_DAYS}


def _abstractions(teams, day) -> dict:
    """Days for which people were taken away for other duties, by the id of the team that lost them, in ninety days to `day`.

    Each day counts for the team in which somebody was posted that day, and for as much of it as they worked there.
    """
    period = date.fromordinal(max(day.toordinal() - ABSTRACTION_DAYS + 1, 1)), day
    away = overlapping(Absence.objects.filter(kind=Absence.Kind.ABSTRACTION), *period).order_by()
    spells: dict = {}
    for person, *spell in away.values_list("person", "posting", "from_date", "until"):
        spells.setdefault(person, []).append(spell)
    posted = Posting.objects.filter(person__in=away.values("person"), team__in=teams.order_by()).order_by()
    lost: dict = {}
    for pk, team, person, share, *dates in overlapping(posted, *period).values_list(
        "pk", "team", "person", "share", "from_date", "until"
    ):
        days = sum(_shared(period, dates, spell) for only, *spell in spells[person] if only in (None, pk))
        lost[team] = lost.get(team, 0) + days * share / 100
    return lost


def _shared(*periods) -> int:
    """How many days are in all of these periods: pairs of dates, both included, the second one None where it is open."""
    last = min(until for _from_date, until in periods if until)
    return max(last.toordinal() - max(from_date for from_date, _until in periods).toordinal() + 1, 0)


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
