"""The weeks of a hub: which teams are based there, who works in them in which week, who comes and goes, who is away."""

from datetime import date
from itertools import groupby

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.stamp import days_after, today_in_london
from areas.models import overlapping
from hubs.models import Absence, Move, Posting, Team, mark_stand_ins

WEEKS = 8


def monday_of(day: date) -> date:
    return days_after(day, -day.weekday())


def asked_week(text: str) -> date:
    """The Monday of the week of an ISO date, or of today where that is none."""
    try:
        return monday_of(date.fromisoformat(text))
    except ValueError:
        return monday_of(today_in_london())


def weeks_of(hub, start: str = "") -> dict:
    """The calendar of `hub`, eight weeks: `weeks` (Mondays), `teams` (team, note, rows of person, cells), `earlier`, `later`."""
    first = asked_week(start)
    mondays = [days_after(first, 7 * number) for number in range(WEEKS)]
    last = days_after(mondays[-1], 6)
    teams = _based(hub, first, last)
    postings = list(
        overlapping(Posting.objects.filter(team__in=[team for team, _stays, _note in teams]), first, last)
        .select_related("person")
        .order_by("person__name", "from_date")
    )
    away: dict = {}
    absences = overlapping(Absence.objects.filter(person__in={one.person_id for one in postings}), first, last)
    for absence in mark_stand_ins(absences.select_related("cover").order_by("from_date")):
        away.setdefault(absence.person_id, []).append(absence)
    return {
        "weeks": mondays,
        "teams": [
            {
                "team": team,
                "note": note,
                "rows": [
                    _row(one, [_cell(one, stays, away.get(one.person_id, ()), monday) for monday in mondays])
                    for one in postings
                    if one.team_id == team.pk
                ],
            }
            for team, stays, note in teams
        ],
        "earlier": days_after(first, -7 * WEEKS).isoformat(),
        "later": days_after(first, 7 * WEEKS).isoformat(),
    }


def _based(hub, first, last) -> list:
    """Each team that is based at `hub` on a day of the period, with its stays (first and last day) and when it comes or goes."""
    moves = Move.objects.filter(kind=Move.Kind.TEAM, undone_at__isnull=True)
    passing = moves.filter(Q(hub=hub) | Q(hub_before=hub)).values("team")
    teams = Team.objects.filter(Q(hub=hub) | Q(pk__in=passing)).select_related("kind")
    of_team: dict = {}
    for move in moves.filter(team__in=teams).select_related("hub", "hub_before").order_by("from_date", "pk"):
        of_team.setdefault(move.team_id, []).append(move)
    found = []
    for team in teams.order_by("kind__order", "name"):
        theirs = of_team.get(team.pk, [])
        stays = [stay for stay in _stays(team, theirs, hub) if stay[0] <= last and stay[1] >= first]
        if stays:
            found.append((team, stays, _note(theirs, hub, first, last)))
    return found


def _stays(team, moves, hub):
    """From when to when `team` is based at `hub`: pairs of dates, open ends as the first and last day there are."""
    here = [(moves[0].hub_before_id if moves else team.hub_id, date.min)]
    here += [(move.hub_id, move.from_date) for move in moves]
    now = max(number for number, (_hub, begins) in enumerate(here) if begins <= today_in_london())
    here[now] = (team.hub_id, here[now][1])  # as it stands, whoever put it there
    ends = [*(days_after(begins, -1) for _hub, begins in here[1:]), date.max]
    return [(begins, until) for (where, begins), until in zip(here, ends, strict=True) if where == hub.pk]


def _note(moves, hub, first, last) -> str:
    """When it comes and goes in the period, and where from or to."""
    told = []
    for move in moves:
        if first <= move.from_date <= last and hub.pk in (move.hub_id, move.hub_before_id):
            day = date_format(move.from_date, "D j M")
            comes = move.hub_id == hub.pk
            told.append(f"comes from {move.hub_before} on {day}" if comes else f"goes to {move.hub} on {day}")
    return "; ".join(told)


def _row(posting, cells) -> dict:
    """A posting with the cells of its weeks, and `runs`: weeks that show the same are one, `weeks` long."""
    runs = [{**same, "weeks": sum(1 for _week in weeks)} for same, weeks in groupby(cells)]
    return {"posting": posting, "cells": cells, "runs": runs}


def _cell(posting, stays, absences, monday) -> dict:
    """What a week shows: a state (none, here, away) and words."""
    sunday = days_after(monday, 6)
    spans = [
        (max(begins, posting.from_date, monday), min(ends, posting.until or sunday, sunday)) for begins, ends in stays
    ]
    first, last = next((span for span in spans if span[0] <= span[1]), (None, None))
    if first is None:
        return {"state": "none", "words": ""}
    words = [_("from %(day)s") % {"day": date_format(first, "D j M")}] if first > monday else []
    if last < sunday:
        words.append(_("until %(day)s") % {"day": date_format(last, "D j M")})
    gone = _away(posting, absences, first, last)
    return {"state": "away" if gone else "here", "words": ", ".join([*words, *gone]) or _("here")}


def _away(posting, absences, first, last) -> list:
    """Who answers in the absences of a week, one after the other, or that nobody does; nothing where there is none."""
    there = [
        absence.stands_in
        for absence in absences
        if absence.posting_id in (None, posting.pk)
        and absence.from_date <= last
        and (absence.until is None or absence.until >= first)
    ]
    if not there:
        return []
    first_one, *others = (str(name or "nobody") for name, _same in groupby(there))
    return [", then ".join([f"away: {first_one} answers", *others])]
