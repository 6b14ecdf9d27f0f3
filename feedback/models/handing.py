"""How a concern goes to other hands: recorded as a crime, to a department, to another area, to the desk and back."""

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area, Force
from feedback import standing
from feedback.lifecycle import (
    AboutThem,
    AlreadyThere,
    Decision,
    NoComplaintsDepartment,
    NotAtDesk,
    StaysWithComplaints,
    WardElsewhere,
    written,
)
from hubs.models import Department, Posting

# An area moves a concern on or returns it once; at the third move the desk decides.
MOVES_BETWEEN_AREAS = 2

# The kinds of update with which a concern leaves an area.
LEAVING = ("area_move", "placed")


class Handing:
    """Verbs of `Concern`: each is one transaction under the row's lock, and counts the version."""

    def disclose_crime(self, crime_reference, text, *, by, version=None):
        """What was told is, or may be, a crime. The hours for recording it run from the moment it was received.

        `crime_reference`: the crime number, or "" while there is none; `text`: internal. The person is told that it is
        being recorded, and of their rights.
        """
        with self._held(version) as concern:
            now = timezone.now()
            concern.crime_disclosed_at = concern.crime_disclosed_at or now
            concern.crime_reference = crime_reference or concern.crime_reference
            if concern.crime_reference:
                concern.crime_recorded_at = concern.crime_recorded_at or now
            concern._keep("crime_disclosed_at", "crime_recorded_at", "crime_reference")
            update = concern.record("crime", by=by, text=text.strip())
            concern._decided_by(by, Decision.CRIME)
            words = standing.CRIME
            if concern.crime_reference:
                words = standing.RECORDED % {"number": concern.crime_reference}
            told = concern.record(
                "crime", side="system", public=True, text=f"{words} {Force.objects.get().victim_rights}".strip()
            )
            concern.notify("status", to="reporter", update=told)
        return update

    def disclose_complaint(self, text, *, by, version=None):
        """What was told is, or may be, a complaint about the police: offer the complaints route, log that, hand it on.

        `text` is internal. Raises `NoComplaintsDepartment`.
        """
        with self._held(version) as concern:
            department = Department.objects.filter(takes_complaints=True).first()
            if department is None:
                raise NoComplaintsDepartment
            concern.complaint_disclosed_at = concern.complaint_disclosed_at or timezone.now()
            concern._keep("complaint_disclosed_at")
            update = concern.record("complaint", by=by, text=text.strip())
            concern._decided_by(by, Decision.COMPLAINT)
            concern._hand_to(department, by=by)
            words = standing.COMPLAINT % {"link": Force.objects.get().complaints_url}
            told = concern.record("complaint", side="system", public=True, text=words)
            concern.notify("status", to="reporter", update=told)
        return update

    def hand_to_department(self, department, text, *, by, version=None):
        """A specialist `Department` sees it from now on, too; the area keeps it and its clock. `text` is internal.

        Raises `StaysWithComplaints` where that would take a complaint from those who look into it.
        """
        with self._held(version) as concern:
            if concern._looked_into() and department != concern.department:
                raise StaysWithComplaints(department=concern.department)
            return concern._hand_to(department, by=by, text=text.strip())

    def _looked_into(self) -> bool:
        return bool(self.complaint_disclosed_at and self.department and self.department.takes_complaints)

    def _hand_to(self, department, *, by, text=""):
        self.department = department
        self._keep("department")
        update = self.record("department", by=by, text=text, department=department)
        posted = Posting.objects.current().filter(team__department=department, person__is_active=True)
        for member in User.objects.filter(pk__in=posted.values("person")).exclude(pk=self.about_person_id):
            self.notify("department", to="person", person=member, update=update)
        return update

    def name_person(self, about, *, by, version=None):
        """It is about `about`, a member of the force, who sees it no longer; about the commander, it goes to the desk."""
        with self._held(version) as concern:
            concern.about_person = about
            if concern.officer_id == about.pk:
                concern.officer = None
            leads = concern._led_by(about, concern.area_id)
            if leads:
                concern.desk_reason = self.DeskReason.ABOUT_COMMANDER
                concern.team = concern.officer = None
            concern._keep("about_person", "team", "officer", "desk_reason")
            update = concern.record("about", by=by, officer=about)
            if leads:
                concern.notify("desk", to="desk", update=update)
        return update

    @staticmethod
    def _led_by(person, area_id) -> bool:
        return area_id is not None and Area.objects.led_by(person).filter(pk=area_id).exists()

    def propose_move(self, area, reason, *, by, version=None):
        """Ask the commander to move it to `area`. Raises `AlreadyThere`, `TextNeeded`."""
        with self._held(version) as concern:
            if area.pk == concern.area_id:
                raise AlreadyThere(area=area)
            concern._keep()
            update = concern.record("move_proposed", by=by, text=written(reason), from_area=concern.area, to_area=area)
            concern.notify("move_proposed", update=update)
        return update

    def move_to_area(self, area, reason, *, by, ward=None, settled=False, version=None):
        """Give it to another area at once. The clock runs on, the assignment is cleared, the new commander is told.

        An area may move it on or return it once; where a third move is asked for, the desk decides. `settled`: the desk
        moves it, which is never sent back to the desk. The old area keeps one line without text (`moved_from`).
        Raises `AlreadyThere`, `AboutThem`, `WardElsewhere`, `TextNeeded`, and `Stale` for the second of two movers.
        """
        with self._held(version) as concern:
            if area.pk == concern.area_id:
                raise AlreadyThere(area=area)
            reason = written(reason)
            if concern.moves >= MOVES_BETWEEN_AREAS and not settled:
                return concern._hand_to_desk(reason, by=by)
            old = concern.area
            concern._settle_in(area, ward)
            concern.previous_area, concern.moves = old, concern.moves + 1
            concern._keep(
                "area", "ward", "team", "officer", "problem", "desk_reason", "previous_area", "moves", "repeat"
            )
            update = concern.record("area_move", by=by, text=reason, from_area=old, to_area=area)
            concern._say_who_has_it(area)
            concern.notify("moved", update=update)
        return update

    def _settle_in(self, area, ward):
        if ward and ward.area_id != area.pk:
            raise WardElsewhere(ward=ward, area=area)
        if self.about_person_id and self._led_by(self.about_person, area.pk):
            raise AboutThem(who=self.about_person)
        if ward is None and self.ward and self.ward.area_id == area.pk:  # type: ignore[has-type]
            ward = self.ward  # type: ignore[has-type]
        if self.problem and self.problem.area_id != area.pk:  # type: ignore[has-type]
            self.problem = None
        if area.pk != self.area_id:  # type: ignore[has-type]
            self.repeat = ""  # what one area found of the person is nothing that another learns
        self.area, self.ward = area, ward
        self.team = self.officer = None
        self.desk_reason = ""

    def _hand_to_desk(self, reason, *, by):
        self.desk_reason = self.DeskReason.MOVED_TOO_OFTEN
        self.team = self.officer = None
        self._keep("desk_reason", "team", "officer")
        update = self.record("area_move", by=by, text=reason, from_area=self.area)
        self.notify("desk", to="desk", update=update)
        return update

    def _say_who_has_it(self, area):
        words = standing.MOVED % {"area": area}
        told = self.record("area_move", side="system", public=True, text=words, to_area=area)
        self.notify("status", to="reporter", update=told)

    def place_in(self, area, *, by, ward=None, reason="", version=None):
        """The desk gives what it holds to an `area`, and perhaps a `ward` of it.

        Raises `NotAtDesk`, `AboutThem`, `WardElsewhere`.
        """
        with self._held(version) as concern:
            if not concern.desk_reason:
                raise NotAtDesk
            old = concern.area
            concern._settle_in(area, ward)
            if old is None:
                concern.route_basis, concern.certain = str(_("Placed by the force desk")), ward is not None
            concern._keep(
                "area", "ward", "team", "officer", "problem", "desk_reason", "route_basis", "certain", "repeat"
            )
            update = concern.record(
                "placed", by=by, text=reason.strip(), from_area=old if old != area else None, to_area=area
            )
            concern._say_who_has_it(area)
            concern.notify("moved", update=update)
        return update

    @classmethod
    def moved_from(cls, area, user):
        """What `area` gave away: dicts reference, at, to_area (a name, None for the desk), newest first; never text."""
        lines = cls._meta.get_field("updates").related_model.objects.filter(from_area=area, kind__in=LEAVING)
        lines = lines.exclude(concern__area=area, concern__desk_reason="").exclude(concern__about_person=user)
        return lines.order_by("-at").values("at", reference=F("concern__reference"), to=F("to_area__name"))
