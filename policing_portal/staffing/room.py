"""Where a page of staffing is shown, and whose people it reaches: some areas, and with the whole force the departments, too."""

from dataclasses import dataclass, field

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area
from hubs.models import Absence, Move, Posting, Team

from .forms import MOVES


class Departments:
    """What stands where an area is chosen for all teams that are based at no hub."""

    pk, slug, name = None, "departments", _("Departments")

    def __str__(self):
        return str(self.name)


DEPARTMENTS = Departments()


@dataclass
class Room:
    """Where a page is shown: in which frame, for which areas (Area rows that this person keeps), with which addresses.

    `whole`: this person keeps the whole force, and so the teams of departments, which are of no area.
    """

    base: str
    space: str
    areas: list
    context: dict = field(default_factory=dict)
    whole: bool = False

    @property
    def ids(self) -> set:
        return {area.pk for area in self.areas}

    @property
    def teams(self):
        """The teams that this person keeps."""
        return Team.objects.within(self.ids, whole=self.whole)

    @property
    def moves(self):
        """The moves that touch what this person keeps."""
        return Move.objects.all() if self.whole else Move.objects.touching(self.ids).distinct()

    def teams_of(self, area: "Area | Departments"):
        """Those of `teams` that are based in `area`."""
        return (
            self.teams.filter(hub__isnull=True) if isinstance(area, Departments) else self.teams.filter(hub__area=area)
        )

    def people(self, area=None):
        """The people with a posting that has not ended in what is kept, or in `area` of it."""
        teams = self.teams_of(area) if area else self.teams
        postings = Posting.objects.lasting().filter(team__in=teams)
        return User.objects.filter(pk__in=postings.values("person"), is_active=True).order_by("name", "pk")

    @property
    def known(self):
        """Whose postings this person reads: `people`, and for whoever keeps the whole force those who left, too."""
        if self.whole:
            return User.objects.filter(pk__in=Posting.objects.filter(team__in=self.teams).values("person"))
        return self.people()

    @property
    def absences(self):
        """The absences that are theirs to know: from a posting that is kept here, or from all on a day of such a posting.

        What keeps somebody away from the work of another area, and the note on it, is for that area.
        """
        return Absence.objects.all() if self.whole else Absence.objects.known_in(self.teams)

    def url(self, name, *args) -> str:
        return reverse(f"{self.space}:{name}", args=args)

    def show(self, request, template, **context):
        """`template` in this room."""
        more = {"base": self.base, "room": self, "moves": MOVES.values()}
        return render(request, f"staffing/{template}.html", self.context | more | context)


def chosen_area(request, room) -> "Area | Departments | None":
    """The area of `?area=` (or sent with the form), the only one, or None; 404 for one that this person does not keep."""
    slug = request.POST.get("area") or request.GET.get("area")
    if not slug:
        return room.areas[0] if len(room.areas) == 1 and not room.whole else None
    if room.whole and slug == DEPARTMENTS.slug:
        return DEPARTMENTS
    return next((area for area in room.areas if area.slug == slug), None) or nothing()


def nothing():
    """The same 404 as for what does not exist."""
    raise Http404
