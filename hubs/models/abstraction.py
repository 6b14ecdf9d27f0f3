"""Days that teams lose because their people are taken for duties elsewhere."""

from datetime import date

from accounts.stamp import today_in_london
from areas.models import overlapping

from .posting import Absence, Posting


def days_lost(teams, days: int, until=None) -> dict:
    """Days for which people of `teams` (a queryset) were taken for other duties, by team's id, in `days` up to `until` (today).

    Each day counts for the team in which somebody was posted that day, and for as much of it as they worked there.
    """
    until = until or today_in_london()
    period = date.fromordinal(max(until.toordinal() - days + 1, 1)), until
    away = overlapping(Absence.objects.filter(kind=Absence.Kind.ABSTRACTION), *period).order_by()
    spells: dict = {}
    for person, *spell in away.values_list("person", "posting", "from_date", "until"):
        spells.setdefault(person, []).append(spell)
    posted = Posting.objects.filter(person__in=away.values("person"), team__in=teams.order_by()).order_by()
    lost: dict = {}
    for pk, team, person, share, *dates in overlapping(posted, *period).values_list(
        "pk", "team", "person", "share", "from_date", "until"
    ):
        away_for = sum(_shared(period, dates, spell) for only, *spell in spells[person] if only in (None, pk))
        lost[team] = lost.get(team, 0) + away_for * share / 100
    return lost


def _shared(*periods) -> int:
    """How many days are in all of these periods: pairs of dates, both included, the second one None where it is open."""
    last = min(until for _from_date, until in periods if until)
    return max(last.toordinal() - max(from_date for from_date, _until in periods).toordinal() + 1, 0)
