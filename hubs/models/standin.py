"""Whether those who were chosen to answer for somebody can: whoever covers works where that person does."""

from datetime import date

from django.core.exceptions import ValidationError

from accounts.stamp import today_in_london
from areas.models import Command

from .posting import Absence, Posting


def mark_stand_ins(absences, day=None) -> list:
    """Give each of `absences` its `stands_in`: its cover, or None for one who works nowhere where the person does.

    Asked of `day` (today), or of that day of the absence which is next to it; in two questions for all of them.
    """
    absences, day = list(absences), day or today_in_london()
    people = {pk for one in absences for pk in (one.person_id, one.cover_id)}
    postings = list(Posting.objects.filter(person__in=people).select_related("team__hub"))
    commands = list(Command.objects.filter(person__in=people))
    for one in absences:
        on = min(max(day, one.from_date), one.until or date.max)
        theirs = _places(postings, one.person_id, on) | {
            (row.area_id, None) for row in _on(commands, one.person_id, on)
        }
        one.stands_in = one.cover if one.cover_id and theirs & _places(postings, one.cover_id, on) else None
        one.person_works = bool(theirs)
    return absences


def _on(rows, person, day):
    return [
        row
        for row in rows
        if row.person_id == person and row.from_date <= day and (row.until is None or row.until >= day)
    ]


def _places(postings, person, day) -> set:
    return {row.team.place for row in _on(postings, person, day)}


def refuse_idle_cover(person, cover, from_date) -> None:
    """Raise ValidationError, in words, where `cover` works nowhere where `person` does as the absence begins, or today."""
    (asked,) = mark_stand_ins([Absence(person=person, cover=cover, from_date=from_date or today_in_london())])
    if asked.person_works and not asked.stands_in:
        raise ValidationError(
            f"{cover} works nowhere where {person} does on those days, so can't answer instead. Choose a colleague who does."
        )
