"""What the force does with a concern that it has: each verb is one transaction under the row's lock, and counts the version."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from feedback import clock, readability
from feedback.access import gives_within, reach_of
from feedback.lifecycle import (
    WITHOUT_REPLY,
    AboutThem,
    Decision,
    HoldingOnly,
    MoveNotAllowed,
    NotInTeam,
    NotPostedHere,
    NotTheirs,
    Outcome,
    OutcomeNeeded,
    Status,
    TimeNotPossible,
    written,
)
from hubs.models import Posting


class Casework:
    """Verbs of `Concern`: read it, give it to somebody, answer, resolve."""

    def acknowledge(self, *, by, decision=Decision.CONCERN, text="", version=None):
        """A named human has read it and made a `Decision`, which is carried out; `text` is a note to colleagues.

        Raises `MoveNotAllowed` where that was done before, and what the deciding verb raises.
        """
        with self._held(version) as concern:
            update = concern.move_to(Status.ACKNOWLEDGED, by=by, decision=decision)
            if decision == Decision.CRIME:
                concern.disclose_crime("", text, by=by)
            elif decision == Decision.COMPLAINT:
                concern.disclose_complaint(text, by=by)
            elif decision == Decision.RISK:
                concern.review_safety(True, text or str(Decision.RISK.label), by=by)
            elif text.strip():
                concern.add_note(text, by=by)
        return update

    def assign(self, *, by, team=None, officer=None, decision="", version=None):
        """Give it to a `team`, an `officer`, both, or (with neither) back to nobody.

        `decision`: the `Decision` that `by` has made on it, having read it; without one nobody has read it by that.
        Raises `NotPostedHere` for a team or person that does not work in the concern's area today, `NotInTeam` for somebody
        who is posted, but not in that team, `AboutThem` for the person it is about, and `NotTheirs` where somebody who does
        not lead the area gives it beyond their own team or hub.
        """
        with self._held(version) as concern:
            concern._check_theirs_to_give(by, team, officer)
            concern._check_works_here(team, officer)
            concern.team, concern.officer = team, officer
            concern._keep("team", "officer")
            update = concern.record("assigned", by=by, team=team, officer=officer)
            if decision and concern.status == Status.RECEIVED:
                concern.acknowledge(by=by, decision=decision)
            if officer and officer != by:
                concern._tell_whoever_has_it(update)
        return update

    def _tell_whoever_has_it(self, update):
        """Mail the officer at once; or hold it back for their mail of the day, where they want that and nothing presses."""
        wants = User.objects.filter(pk=self.officer_id, morning_mail__daily=True)
        waits = wants.exists() and not self._presses(clock.next_morning(timezone.now()))
        state = {"state": "held"} if waits else {}
        self.notify("assigned", to="person", person=self.officer, update=update, **state)

    def _presses(self, morning) -> bool:
        """Whether somebody must hear of it before `morning` (aware)."""
        runs = self.due_at and not self.answered_at and self.status != Status.RESOLVED  # type: ignore[has-type]
        warned = self.climbed or self.reading_climbed and self.status == Status.RECEIVED
        unrecorded = self.crime_disclosed_at and not self.crime_recorded_at
        in_time = runs and (self.due_at < morning or warned)
        return bool(self.safety or in_time or unrecorded or self.open_recourse)

    def _check_theirs_to_give(self, by, team, officer):
        within = gives_within(by, self.area_id)
        takes_it = officer is not None and officer.pk == by.pk
        if within is None or takes_it:
            return
        if team and team.pk not in within or officer and officer.pk not in reach_of(by).members:
            raise NotTheirs

    def _check_works_here(self, team, officer):
        if team and (team.hub is None or team.hub.area_id != self.area_id):
            raise NotPostedHere(who=team, area=self.area or _("this place"))
        if officer and officer.pk == self.about_person_id:
            raise AboutThem(who=officer)
        if officer and self.area_id not in reach_of(User.objects.get(pk=officer.pk)).areas:
            raise NotPostedHere(who=officer, area=self.area or _("this place"))
        if officer and team and not Posting.objects.works_in(officer, team):
            raise NotInTeam(who=officer, team=team)

    def reply(self, text, *, by, how="written", said_by="", happened_at=None, version=None):
        """A meaningful reply: the only thing that stops the clock.

        `how`: "written", or "phone" or "person" for an answer given elsewhere, where `text` is what was said, `said_by`
        who said it and `happened_at` (aware) when. Raises `TextNeeded`, `HoldingOnly`, `TimeNotPossible`.
        """
        with self._held(version) as concern:
            return concern._answer(text, by=by, how=how, said_by=said_by, happened_at=happened_at)

    def _answer(self, text, *, by, how, said_by, happened_at):
        now = timezone.now()
        if self.due_at and not self.answered_at and readability.only_holds(text):  # type: ignore[has-type]
            raise HoldingOnly
        moment = happened_at or now
        if not self.clock_from <= moment <= now:
            raise TimeNotPossible
        update = self.record(
            "reply", by=by, public=True, text=written(text), how=how, happened_at=happened_at, said_by=said_by
        )
        if self.pause:
            self._end_pause(by=by)
        self.answered_at = self.answered_at or moment  # type: ignore[has-type]
        self._keep("answered_at")
        decision = Decision.CONCERN if self.kind == self.Kind.CONCERN else ""
        status = Status.ACKNOWLEDGED if self.kind == self.Kind.THANKS else Status.IN_PROGRESS
        self._decided_by(by, decision, status)
        self.notify("reply", to="reporter", update=update)
        return update

    def add_note(self, text, *, by, tell=None, version=None):
        """An internal note. It stops no clock and is never shown to the person who told us.

        `tell`: somebody who works in the concern's area and is asked by mail to read it. Raises `NotPostedHere`, `AboutThem`.
        """
        with self._held(version) as concern:
            if tell:
                concern._check_works_here(None, tell)
            concern._keep()
            update = concern.record("note", by=by, text=written(text), officer=tell)
            if tell and tell != by:
                concern.notify("mentioned", to="person", person=tell, update=update)
        return update

    def resolve(self, outcome, text, *, by, version=None):
        """Close it with an `Outcome`; `text` is what the person reads.

        Where the person waits for a reply, `text` is that reply, so nothing on the clock is closed in silence but what
        the person took back.
        Raises `OutcomeNeeded`, `TextNeeded`, `HoldingOnly`, `MoveNotAllowed`.
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
