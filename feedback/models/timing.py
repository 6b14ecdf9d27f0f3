"""The clock of a concern: questions and pauses that move its due time in sight of the person, and the ladder it climbs."""

from django.utils import timezone

from areas.models import Force
from feedback import clock
from feedback.lifecycle import AlreadyPaused, NoClock, NotPaused, Pause, PausesUsedUp, PauseTooLong, Status, written
from hubs.ladder import Rung, one_up

# The detail of a line of history: which clock climbed, but for that of the reply.
CRIME = "crime"
READING = "reading"
LADDERS = {"": "climbed", CRIME: "crime_climbed", READING: "reading_climbed"}


def most_of_pauses(days: int) -> int:
    """For how many days one clock may wait in all, where each pause may last for so many `days` (`Force.pause_days`)."""
    return 2 * days


class Timing:
    """Verbs of `Concern`: each is one transaction under the row's lock, and counts the version."""

    @property
    def ticks(self) -> bool:
        """Whether the clock runs towards a time that is still to come."""
        waits = self.due_at and not self.answered_at and self.status != Status.RESOLVED
        return bool(waits and self.due_at > timezone.now())

    def reply_for_now(self, text, *, by, version=None):
        """A holding reply: the person reads it, and the clock runs on. Raises `TextNeeded`."""
        with self._held(version) as concern:
            concern._keep()
            update = concern.record("holding", by=by, public=True, text=written(text))
            concern.notify("holding", to="reporter", update=update)
        return update

    def ask(self, text, *, by, version=None):
        """Ask the person who told us something. A clock that runs waits for the answer, for `Force.pause_days` at most.

        A missed clock is not set back by a question, nor a pause made longer; and what has waited for as long as one clock
        may in all (`most_of_pauses`) runs on. Raises `TextNeeded`.
        """
        with self._held(version) as concern:
            concern._keep()
            update = concern.record("asked", by=by, public=True, text=written(text))
            if concern.ticks and not concern.pause:
                now, days = timezone.now(), Force.objects.get().pause_days
                left = concern.pause_left(now)
                if left:
                    ends = min(clock.add_days(now, days), clock.after(now, left))
                    concern._pause(Pause.ASKED, ends, by=by, now=now)
            concern.notify("asked", to="reporter", update=update)
        return update

    def pause_clock(self, why, until, text, *, by, version=None):
        """Let the clock stand until `until` (aware) at most; `why` (a `Pause`) and `text` are what the person reads.

        Raises `NoClock`, `AlreadyPaused`, `PauseTooLong`, `PausesUsedUp`, `TextNeeded`.
        """
        with self._held(version) as concern:
            if not concern.ticks:
                raise NoClock
            if concern.pause:
                raise AlreadyPaused(why=concern.get_pause_display())
            now, days = timezone.now(), Force.objects.get().pause_days
            if not now < until <= clock.add_days(now, days):
                raise PauseTooLong(days=days)
            left = concern.pause_left(now)
            if until > clock.after(now, left):
                raise PausesUsedUp(most=most_of_pauses(days), left=clock.span_in_words(left))
            update = concern._pause(why, until, text=written(text), by=by, now=now)
            concern.notify("status", to="reporter", update=update)
        return update

    def pause_left(self, now):
        """For how long (a timedelta) this clock may still wait at `now`, of all that one may; the history has its pauses."""
        most = most_of_pauses(Force.objects.get().pause_days)
        return clock.pause_left(self.pauses(now), days=most)

    def pauses(self, now) -> list[tuple]:
        """From when until when this clock stood, in order; a pause that lasts until `now` at most."""
        lines = self.updates.filter(kind__in=["paused", "resumed"], at__lte=now)
        if self.returned_at:
            lines = lines.filter(at__gte=self.returned_at)  # the clock of a return is a new one
        return clock.spells([*lines.order_by("pk").values_list("kind", "at"), ("resumed", now)])

    def resume_clock(self, *, by=None, version=None):
        """Let the clock go on now, or as its pause ended by itself. Raises `NotPaused`."""
        with self._held(version) as concern:
            if not concern.pause:
                raise NotPaused
            update = concern._end_pause(by=by)
            concern.notify("status", to="reporter", update=update)
        return update

    def _pause(self, why, until, *, by, now, text=""):
        self._shift(now, until)
        self.pause, self.paused_until = why, until
        self._keep("due_at", "soon_at", "pause", "paused_until")
        return self.record("paused", by=by, public=True, text=text, pause=why, due_at=self.due_at)

    def _end_pause(self, *, by=None):
        """The clock goes on, and what was not needed of the pause is taken back from the due time."""
        why, ends = self.pause, min(self.paused_until, timezone.now())
        self._shift(self.paused_until, ends)
        self.pause, self.paused_until = "", None
        self._keep("due_at", "soon_at", "pause", "paused_until")
        side = "force" if by else "system"
        return self.record("resumed", by=by, side=side, public=True, pause=why, due_at=self.due_at)

    def _shift(self, old, new):
        hours = self.category.hours
        for name in ("due_at", "soon_at"):
            setattr(self, name, clock.shifted(getattr(self, name), old=old, new=new, counted=hours))

    # ---- the ladder ----------------------------------------------------------------------------------------------------

    def warn(self):
        """Three quarters of the time are over: tell whoever has it, once."""
        with self._held() as concern:
            if not type(self).objects.to_warn().filter(pk=self.pk).exists():
                return None
            return concern._climb_to(Rung.OFFICER, concern.officer)

    def climb(self):
        """The reply was missed: tell the next on the ladder, once each; the desk, where it stands at the desk."""
        with self._held() as concern:
            if not type(self).objects.to_climb(Force.objects.get()).filter(pk=self.pk).exists():
                return None
            return concern._climb_to(*concern._next_rung(concern.climbed))

    def warn_of_reading(self):
        """Three quarters of the hours for reading it are over: tell whoever has it, once."""
        with self._held() as concern:
            if not type(self).objects.to_warn_of_reading(Force.objects.get()).filter(pk=self.pk).exists():
                return None
            return concern._climb_to(Rung.OFFICER, concern.officer, of=READING)

    def climb_for_reading(self):
        """Nobody read it in time: tell the next on the ladder, once each; the desk, where it stands at the desk."""
        with self._held() as concern:
            if not type(self).objects.to_climb_for_reading(Force.objects.get()).filter(pk=self.pk).exists():
                return None
            return concern._climb_to(*concern._next_rung(concern.reading_climbed), of=READING)

    def warn_of_crime(self):
        """Three quarters of the hours for recording a crime are over: tell whoever has it, once."""
        with self._held() as concern:
            if not type(self).objects.to_warn_of_crime(Force.objects.get()).filter(pk=self.pk).exists():
                return None
            return concern._climb_to(Rung.OFFICER, concern.officer, of=CRIME)

    def climb_for_crime(self):
        """A crime was not recorded in time: tell the next on the ladder, once each; the desk, where it stands at the desk."""
        with self._held() as concern:
            if not type(self).objects.to_climb_for_crime(Force.objects.get()).filter(pk=self.pk).exists():
                return None
            return concern._climb_to(*concern._next_rung(concern.crime_climbed), of=CRIME)

    def _next_rung(self, climbed) -> tuple:
        """The rung above `climbed`, and who stands on it (None: whoever commands, or the desk)."""
        if self.at_desk or self.area is None:
            return Rung.COMMANDER, None
        above, without = climbed or None, {self.about_person_id}
        step = one_up(self.area, person=self.officer, team=self.team, above=above, without=without)
        return (step.rung, step.person) if step else (Rung.COMMANDER, None)

    def _climb_to(self, rung, person, *, of=""):
        """Each of the clocks, of the reply, of the reading and of the recording of a crime, climbs by itself."""
        name = LADDERS[of]
        setattr(self, name, rung)
        setattr(self, f"{name}_at", timezone.now())
        self._keep(name, f"{name}_at")
        update = self.record("climbed", side="system", rung=rung, officer=person, detail=of)
        to = "desk" if self.at_desk else "person" if person else "commander"
        self.notify("unrecorded" if of == CRIME else "climbed", to=to, person=person, update=update)
        return update
