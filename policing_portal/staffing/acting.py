"""A commander who is away: the absence and the acting command are written together, by whoever keeps the whole force."""

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.held import OWN_ACCESS
from accounts.models import User
from accounts.stamp import days_ago, today_in_london
from areas.models import Command, CommandCover, overlapping

from .room import Departments


def with_commanders(room, area=None):
    """The people of the room or of `area`, for whoever keeps the whole force also those who command there, posted or not."""
    people = room.people(area)
    if not room.whole or isinstance(area, Departments):
        return people
    leads = Command.objects.exclude(until__lt=today_in_london()).filter(area__in=[area.pk] if area else room.ids)
    both = Q(pk__in=people.order_by().values("pk")) | Q(pk__in=leads.values("person"))
    return User.objects.filter(both, is_active=True).order_by("name", "pk")


def act_for(form, stood, by) -> None:
    """Write the acting commands of the absence that `form` saves; `stood`: (cover, from, until) as it stood before.

    Raises ValidationError, in words, where that can't be: who acts has access, so it ends, and nobody gives it to themselves.
    """
    absence = form.instance
    commands = list(overlapping(Command.objects.filter(person=absence.person), absence.from_date, absence.until))
    for command in commands if absence.posting_id is None else ():
        written = _written(command, *stood).first()
        if absence.cover is None:
            if written:
                _end(written, days_ago(1))
            continue
        if absence.until is None:
            raise ValidationError({"until": "An acting commander has the access of a command: say until which day."})
        if absence.cover == by:
            raise ValidationError({"cover": OWN_ACCESS})
        acting = written or CommandCover(command=command)
        acting.person = absence.cover
        acting.from_date, acting.until = _shared(command, absence.from_date, absence.until)
        acting.save()


def act_no_longer(absence, last) -> None:
    """Whoever is back commands again: what was written with `absence` ends with the day `last`, or is deleted unbegun."""
    for command in Command.objects.filter(person=absence.person_id):
        written = _written(command, absence.cover_id, absence.from_date, absence.until)
        for acting in written.select_for_update(of=("self",)):
            _end(acting, last)


def _shared(command, from_date, until) -> tuple:
    """The first and last day of an absence, a last one given, on which `command` is held."""
    return max(from_date, command.from_date), min(until, command.until or until)


def _written(command, cover, from_date, until):
    """The acting command that was written with an absence which stood so."""
    if until is None:
        return command.covers.none()
    first, last = _shared(command, from_date, until)
    return command.covers.filter(person=cover, from_date=first, until=last)


def _end(acting, last) -> None:
    """Let it end with the day `last`: who acted until then stays on record."""
    if acting.from_date > last:
        acting.delete()
    elif acting.until > last:
        acting.until = last
        acting.save()
