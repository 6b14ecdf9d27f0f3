"""The ladder of ranks: who is next where something was not done in time. It ends at the area's commander."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Case, Exists, OuterRef, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.stamp import today_in_london

from .models import Absence, Posting


class Rung(models.TextChoices):
    """The rungs, from the bottom to the top."""

    OFFICER = "officer", _("Officer")
    SERGEANT = "sergeant", _("Sergeant")
    INSPECTOR = "inspector", _("Inspector")
    COMMANDER = "commander", _("Commander")


ROLE_ON = {Rung.SERGEANT: Posting.Role.SERGEANT, Rung.INSPECTOR: Posting.Role.INSPECTOR}


@dataclass(frozen=True)
class Step:
    """A rung and who stands on it today; `person` is None only at the top of an area that nobody commands."""

    rung: Rung
    person: User | None


def one_up(area, *, person=None, team=None, above=None, without=()) -> Step | None:
    """Who is one rung up from `person`, or from `team`, in `area` today; None above the commander.

    `above`: the `Rung` that was asked before; what stands higher, it or `person` (a team or nobody: officer), is where it
    starts from. Those who are away, who may not sign in, or whose ids are in `without` are passed over; so is a rung on which
    nobody is left. The own team comes first, then the hub, then the area. Two queries and one for each rung.
    """
    team = team or _team_of(person, area)
    rungs = list(Rung)
    passed = {*without, person and person.pk}
    asked = max(rungs.index(above or Rung.OFFICER), rungs.index(rung_of(person, area)))
    for rung in rungs[asked + 1 :]:
        if rung == Rung.COMMANDER:
            leader = area.commander
            return Step(rung, leader if leader and leader.pk not in passed else None)
        if holder := _nearest(area, team, ROLE_ON[rung], passed):
            return Step(rung, holder)
    return None


def rung_of(person, area) -> Rung:
    """The highest rung on which `person` (or None) stands in `area` today; officer for everybody else."""
    if person is None:
        return Rung.OFFICER
    if area.commander == person:
        return Rung.COMMANDER
    roles = set(_here(area).filter(person=person).values_list("role", flat=True))
    held = [rung for rung, role in ROLE_ON.items() if role in roles]
    return held[-1] if held else Rung.OFFICER


def _here(area):
    """Postings of `area` today, nobody left out."""
    return Posting.objects.current().filter(team__hub__area=area).order_by("from_date", "pk")


def _team_of(person, area):
    posting = person and _here(area).filter(person=person).select_related("team").first()
    return posting.team if posting else None


def _nearest(area, team, role, passed):
    """Who holds `role` nearest to `team`: in it, else at its hub, else in the area; the longest known first."""
    away = Absence.objects.on(today_in_london()).of_posting(OuterRef("person"), OuterRef("pk"))
    near = Case(
        When(team=team and team.pk, then=Value(0)),
        When(team__hub=team and team.hub_id, then=Value(1)),
        default=Value(2),
    )
    posting = (
        _here(area)
        .filter(~Exists(away), role=role, person__is_active=True)
        .exclude(person__in=[pk for pk in passed if pk])
        .select_related("person")
        .order_by(near, "from_date", "pk")
        .first()
    )
    return posting.person if posting else None
