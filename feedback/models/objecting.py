"""What the person who told us does where it went wrong: it is still happening, or nobody answered in time."""

from django.db import transaction
from django.utils import timezone

from areas.models import Force
from feedback import clock, standing
from feedback.lifecycle import NoRecourse, NotEnded, NothingAsked, Status, written
from hubs.ladder import one_up

# What the history says of the complaints route, by the detail of its line.
COMPLAINTS_ROUTE = {
    "complaints_shown": "The complaints route was shown on the person's page.",
    "complaints_opened": "The person opened the complaints route. Whether they complained is not known here.",
}


class Objecting:
    """Verbs of `Concern`: each is one transaction under the row's lock, and counts the version. Forms as in reporter.py."""

    @property
    def times_back(self) -> int:
        """How often the person said of a closed concern that it is still happening."""
        return self.updates.filter(kind="status", side="public", from_status=Status.RESOLVED).count()

    def still_happening(self, text="", *, key=None, limit=None):
        """Back to acknowledged: the same officer the first time, the next rank up from the second time on.

        A reply is due anew, by the same rule as the first and from now. Raises `NotEnded`.
        """
        with self._by_form(key, limit) as concern:
            if concern is None:
                return None
            if concern.status != Status.RESOLVED:
                raise NotEnded
            words = text.strip() or standing.STILL_HAPPENING
            update = concern.record("message", side="public", public=True, text=words, key=key)
            if concern.times_back:
                concern._give_one_rank_up()
            concern._start_clock_again()
            concern.move_to(Status.ACKNOWLEDGED, side="public", tell=False)
            concern.refresh_from_db()
            concern._look_for_danger(text, update)
            concern._tell_holders("again", update)
        return update

    def _start_clock_again(self):
        """A reply is due from now on, and the ladder begins at its foot; what became of the first clock is kept.

        Figures for the public count the first reply alone. Where nobody replied because the person took it back in time, the
        first reply is the one that is due now.
        """
        if self.due_at is None:
            return
        now = timezone.now()
        late = (self.answered_at or self.resolved_at) > self.due_at
        due, soon = clock.deadlines(now, self.category.response_hours, self.category.hours)
        fresh = {
            "returned_at": now,
            "due_at": due,
            "soon_at": soon,
            "answered_at": None,
            "climbed": "",
            "climbed_at": None,
        }
        if self.first_due_at is None and (self.answered_at or late):
            fresh |= {"first_due_at": self.due_at, "first_answered_at": self.answered_at}
        fresh["missed_before"] = self.missed_before + late
        for name, value in fresh.items():
            setattr(self, name, value)
        self._keep(*fresh)

    @property
    def first_reply_at(self):
        """When the person first had a reply, or None."""
        return self.first_answered_at or self.answered_at

    def _give_one_rank_up(self):
        """To whoever stands above those who had it; where nobody does, it stays with them."""
        if self.area is None or self.at_desk:
            return
        step = one_up(self.area, person=self.officer, team=self.team, without=[self.about_person_id])  # type: ignore[has-type]
        if step and step.person:
            self.officer = step.person
            self._keep("officer")
            self.record("assigned", side="system", public=True, officer=step.person, team=self.team)

    def recourse_reason(self, now=None) -> str:
        """Why the person may turn to the commander's office at `now`: a `Recourse.Reason`, or "" where they may not.

        Each missed time and each return after the first gives one recourse, and only one is open at a time.
        """
        taken = list(self.recourses.values_list("reason", "answered_at"))
        if any(answered is None for _reason, answered in taken):
            return ""
        reasons = [reason for reason, _answered in taken]
        if self.missed_before + self._was_late(now or timezone.now()) > reasons.count("missed"):
            return "missed"
        return "again" if self.times_back - 1 > reasons.count("again") else ""

    def _was_late(self, now) -> bool:
        if self.due_at is None:
            return False
        if self.answered_at:
            return self.answered_at > self.due_at
        return now > self.due_at and self.status != Status.RESOLVED

    def take_recourse(self, text="", *, key=None, limit=None):
        """Turn to the commander's office, which has hours of its own. Raises `NoRecourse`."""
        with self._by_form(key, limit) as concern:
            if concern is None:
                return None
            reason, now = concern.recourse_reason(), timezone.now()
            if not reason:
                raise NoRecourse
            concern._keep()
            update = concern.record("recourse", side="public", public=True, text=text.strip(), detail=reason, key=key)
            due = clock.add_hours(now, Force.objects.get().recourse_hours)
            concern.recourses.create(area=concern.area, reason=reason, at=now, due_at=due, asked=update)
            concern._look_for_danger(text, update)
            concern.notify("recourse", update=update)
        return update

    def log_complaints_route(self, what) -> None:
        """Log that the person's page showed the complaints route, or that they opened it: `what` is a key of COMPLAINTS_ROUTE.

        Once for each recourse that they took or may take, and never without one. It is no change of the concern, so nobody who
        writes at this moment has to read it first.
        """
        if self._complaints_route_logged(what):
            return
        with transaction.atomic():
            if not self.locked()._complaints_route_logged(what):
                self.record("note", side="system", text=COMPLAINTS_ROUTE[what], detail=what)

    @property
    def occasions_to_complain(self) -> int:
        """How many recourses the person took or may take: with each of them their page offers the complaints route anew."""
        return self.recourses.count() + bool(self.recourse_reason())

    def _complaints_route_logged(self, what) -> bool:
        logged = self.updates.filter(kind="note", side="system", detail=what).count()
        return logged >= self.occasions_to_complain

    def answer_recourse(self, text, *, by, version=None):
        """The commander's office answers; `text` is what the person reads. Raises `TextNeeded`, `NothingAsked`."""
        with self._held(version) as concern:
            recourse = concern.recourses.open().first()
            if recourse is None:
                raise NothingAsked
            concern._keep()
            update = concern.record("recourse_reply", by=by, public=True, text=written(text))
            recourse.answered_at, recourse.answered_by, recourse.reply = timezone.now(), by, update
            recourse.save(update_fields=["answered_at", "answered_by", "reply"])
            concern.notify("recourse_reply", to="reporter", update=update)
        return update
