"""What the force does with a concern that it has: each verb is one transaction under the row's lock, and counts the version."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from feedback.access import reach_of
from feedback.lifecycle import (
    WITHOUT_REPLY,
    AboutThem,
    MoveNotAllowed,
    NotPostedHere,
    Outcome,
    OutcomeNeeded,
    PartnerElsewhere,
    ProblemElsewhere,
    Status,
    TimeNotPossible,
    written,
)

from .problem import Problem


class Casework:
    """Verbs of `Concern`: read it, give it to somebody, answer, refer, resolve."""

    def acknowledge(self, *, by, version=None):
        """A named human has read it. Raises `MoveNotAllowed` where that was done before."""
        with self._held(version) as concern:
            return concern.move_to(Status.ACKNOWLEDGED, by=by)

    def assign(self, *, by, team=None, officer=None, version=None):
        """Give it to a `team`, an `officer`, both, or (with neither) back to nobody.

        Raises `NotPostedHere` for a team or person that does not work in the concern's area today, and `AboutThem` for
        the person it is about.
        """
        with self._held(version) as concern:
            concern._check_works_here(team, officer)
            concern.team, concern.officer = team, officer
            concern._keep("team", "officer")
            update = concern.record("assigned", by=by, team=team, officer=officer)
            concern._read_by(by)
            if officer and officer != by:
                concern.notify("assigned", to="person", person=officer, update=update)
        return update

    def _check_works_here(self, team, officer):
        if team and (team.hub is None or team.hub.area_id != self.area_id):
            raise NotPostedHere(who=team, area=self.area or _("this place"))
        if officer and officer.pk == self.about_person_id:
            raise AboutThem(who=officer)
        if officer and self.area_id not in reach_of(User.objects.get(pk=officer.pk)).areas:
            raise NotPostedHere(who=officer, area=self.area or _("this place"))

    def reply(self, text, *, by, how="written", said_by="", happened_at=None, version=None):
        """A meaningful reply: the only thing that stops the clock.

        `how`: "written", or "phone" or "person" for an answer given elsewhere, where `text` is what was said, `said_by`
        who said it and `happened_at` (aware) when. Raises `TextNeeded`, `TimeNotPossible`.
        """
        with self._held(version) as concern:
            return concern._answer(text, by=by, how=how, said_by=said_by, happened_at=happened_at)

    def _answer(self, text, *, by, how, said_by, happened_at):
        now = timezone.now()
        moment = happened_at or now
        if not self.received_at <= moment <= now:
            raise TimeNotPossible
        update = self.record(
            "reply", by=by, public=True, text=written(text), how=how, happened_at=happened_at,
            said_by=said_by or (str(by) if by.public_name else ""),
        )  # fmt: skip
        self.answered_at = self.answered_at or moment
        self._keep("answered_at")
        self._read_by(by, Status.ACKNOWLEDGED if self.kind == self.Kind.THANKS else Status.IN_PROGRESS)
        self.notify("reply", to="reporter", update=update)
        return update

    def add_note(self, text, *, by, version=None):
        """An internal note. It stops no clock and is never shown to the person who told us."""
        with self._held(version) as concern:
            concern._keep()
            return concern.record("note", by=by, text=written(text))

    def link_to(self, problem, *, by, version=None):
        """It is part of a `Problem` of its area, or (None) of none. Raises `ProblemElsewhere`."""
        with self._held(version) as concern:
            if problem and problem.area_id != concern.area_id:
                raise ProblemElsewhere(area=concern.area or _("this place"))
            concern.problem = problem
            concern._keep("problem")
            update = concern.record("problem", by=by, text=problem.title if problem else "")
            concern._read_by(by)
        return update

    def begin_problem(self, title, *, by, version=None):
        """It is the first of a new `Problem` of its area. Raises `ProblemElsewhere` where it has no area."""
        if self.area is None:
            raise ProblemElsewhere(area=_("this place"))
        with transaction.atomic():
            return self.link_to(Problem.objects.create(area=self.area, title=title), by=by, version=version)

    def refer(self, partner, text, *, by, version=None):
        """Pass it to a `Partner`; `text` is what the person reads. Raises `PartnerElsewhere`, `MoveNotAllowed`."""
        with self._held(version) as concern:
            if partner.area_id not in (None, concern.area_id):
                raise PartnerElsewhere(partner=partner, area=concern.area or _("this place"))
            if concern.status == Status.RESOLVED:
                raise MoveNotAllowed(concern.status, Status.REFERRED)
            concern.partner = partner
            concern._keep("partner")
            if concern.status != Status.REFERRED:
                concern.move_to(Status.REFERRED, by=by, tell=False)
            update = concern.record("referral", by=by, public=True, text=written(text), partner=partner)
            concern.notify("status", to="reporter", update=update)
        return update

    def resolve(self, outcome, text, *, by, version=None):
        """Close it with an `Outcome`; `text` is what the person reads.

        Where the person waits for a reply, `text` is that reply, so nothing on the clock is closed in silence but what
        the person took back.
        Raises `OutcomeNeeded`, `TextNeeded`, `MoveNotAllowed`.
        """
        with self._held(version) as concern:
            if outcome not in Outcome.values:
                raise OutcomeNeeded
            concern._check_second_person(outcome, by)
            waits = concern.due_at and not concern.answered_at and outcome not in WITHOUT_REPLY
            if waits and concern.status != Status.RESOLVED:
                concern._answer(text, by=by, how="written", said_by="", happened_at=None)
            note = "" if waits else text.strip()
            return concern.move_to(Status.RESOLVED, by=by, note=note, outcome=outcome, tell=not waits)

    def reopen(self, text, *, by, version=None):
        """Work on a resolved concern again; `text` is what the person reads. Raises `MoveNotAllowed`, `TextNeeded`."""
        with self._held(version) as concern:
            if concern.status != Status.RESOLVED:
                raise MoveNotAllowed(concern.status, Status.ACKNOWLEDGED)
            return concern.move_to(Status.ACKNOWLEDGED, by=by, note=written(text))
