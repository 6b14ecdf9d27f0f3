"""Who could answer for somebody who is away, with the reasons for each suggestion."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.stamp import today_in_london
from areas.models import Command, overlapping

from .posting import Absence, Posting

MOST = 5


@dataclass
class Suggestion:
    """A person who could cover, and why."""

    person: User
    wards: set = field(default_factory=set)
    same_team: bool = False
    same_hub: bool = False
    load: int = 0

    @property
    def order(self):
        """The best first: the same wards, the same team, the same hub, then the lightest load."""
        return (not self.wards, not self.same_team, not self.same_hub, self.load, self.person.name)

    @property
    def reasons(self) -> list[str]:
        """Why, a few words each."""
        told = [
            (self.wards, _("knows the same wards")),
            (self.same_team, _("same team")),
            (self.same_hub and not self.same_team, _("same hub")),
        ]
        load = ngettext("%d open concern", "%d open concerns", self.load) % self.load
        return [str(words) for holds, words in told if holds] + [load]


def suggest_cover(person, from_date=None, until=None, *, load=None) -> list[Suggestion]:
    """Up to five colleagues of the same areas who are there all that time. `load`: open concerns by person's id."""
    from_date = from_date or today_in_london()
    theirs = list(person.postings.on(from_date).select_related("team").prefetch_related("named_wards", "team__wards"))
    areas = {hub_area for hub_area in person.postings.on(from_date).values_list("team__hub__area", flat=True)} - {None}
    areas |= set(Command.objects.on(from_date).filter(person=person).values_list("area", flat=True))
    away = overlapping(Absence.objects.filter(person=OuterRef("person"), posting__isnull=True), from_date, until)
    there = (
        Posting.objects.on(from_date)
        .filter(team__hub__area__in=areas, person__is_active=True)
        .exclude(person=person)
        .filter(~Exists(away), Q(until__isnull=True) | Q(until__gte=until or from_date))
        .select_related("person", "team")
        .prefetch_related("named_wards", "team__wards")
    )
    found: dict[int, Suggestion] = {}
    for posting in there:
        one = found.setdefault(
            posting.person_id, Suggestion(posting.person, load=(load or {}).get(posting.person_id, 0))
        )
        for gap in theirs:
            one.wards |= _wards(posting) & _wards(gap)
            one.same_team |= posting.team_id == gap.team_id
            one.same_hub |= posting.team.hub_id == gap.team.hub_id
    return sorted(found.values(), key=lambda one: one.order)[:MOST]


def _wards(posting) -> set:
    """The wards that somebody knows through a posting: those that name them, or else those of the team."""
    return {ward.pk for ward in posting.named_wards.all()} or {ward.pk for ward in posting.team.wards.all()}
