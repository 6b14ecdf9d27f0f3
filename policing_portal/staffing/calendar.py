"""The weeks of a hub: who works in which team, who comes and goes, who is away."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.stamp import today_in_london
from areas.models import overlapping
from hubs.models import Absence, Posting, Team

WEEKS = 8


def monday_of(day: date) -> date:
    return date.fromordinal(day.toordinal() - day.weekday())


def _later(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


def asked_week(text: str) -> date:
    """The Monday of the week of an ISO date, or of today where that is none."""
    try:
        return monday_of(date.fromisoformat(text))
    except ValueError:
        return monday_of(today_in_london())


def weeks_of(hub, start: str = "") -> dict:
    """The calendar of `hub` for eight weeks: `weeks` (Mondays), `teams` (team, rows of person and cells), `earlier`, `later`."""
    first = asked_week(start)
    mondays = [_later(first, 7 * number) for number in range(WEEKS)]
    last = _later(mondays[-1], 6)
    teams = Team.objects.filter(hub=hub).select_related("kind").order_by("kind__order", "name")
    postings = list(
        overlapping(Posting.objects.filter(team__in=teams), first, last)
        .select_related("person")
        .order_by("person__name", "from_date")
    )
    away: dict = {}
    absences = overlapping(Absence.objects.filter(person__in={one.person_id for one in postings}), first, last)
    for absence in absences.select_related("cover"):
        away.setdefault(absence.person_id, []).append(absence)
    return {
        "weeks": mondays,
        "teams": [
            {
                "team": team,
                "rows": [
                    {"posting": one, "cells": [_cell(one, away.get(one.person_id, ()), monday) for monday in mondays]}
                    for one in postings
                    if one.team_id == team.pk
                ],
            }
            for team in teams
        ],
        "earlier": _later(first, -7 * WEEKS).isoformat(),
        "later": _later(first, 7 * WEEKS).isoformat(),
    }


def _cell(posting, absences, monday) -> dict:
    """What a week shows: a state (none, here, away) and words."""
    sunday = _later(monday, 6)
    if posting.from_date > sunday or posting.until and posting.until < monday:
        return {"state": "none", "words": ""}
    if monday < posting.from_date:
        return {"state": "here", "words": _("from %(day)s") % {"day": date_format(posting.from_date, "D j M")}}
    if posting.until and posting.until < sunday:
        return {"state": "here", "words": _("until %(day)s") % {"day": date_format(posting.until, "D j M")}}
    for absence in absences:
        mine = absence.posting_id in (None, posting.pk)
        if mine and absence.from_date <= sunday and (absence.until is None or absence.until >= monday):
            words = _("away: %(cover)s") % {"cover": absence.cover} if absence.cover else _("away: nobody")
            return {"state": "away", "words": words}
    return {"state": "here", "words": _("here")}
