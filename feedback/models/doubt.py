"""What may not be a real concern: marked, kept apart, never deleted. One person says so, a second one confirms it."""

from rapidfuzz import fuzz

from feedback import clock
from feedback.lifecycle import MoveNotAllowed, Outcome, SecondPersonNeeded, Status, written

ALIKE = 90  # of 100: how much of two texts must be the same
BURST = 3  # so many of them within the hour
LOOKED_AT = 60  # newest concerns of the area
LEAST = 40  # letters: short words are alike by chance


class Doubt:
    """Verbs of `Concern`: said to be no real concern, confirmed by a second person, or taken seriously after all."""

    def _one_of_a_burst(self) -> bool:
        """Whether nearly the same words came in for the same area again and again within the hour."""
        if len(self.text) < LEAST:
            return False
        since = clock.add_hours(self.received_at, -1)
        texts = (
            type(self)._default_manager.filter(area=self.area, received_at__gte=since).order_by("-received_at", "-pk")
        )
        texts = texts.values_list("text", flat=True)[:LOOKED_AT]
        return sum(fuzz.ratio(self.text, text, score_cutoff=ALIKE) > 0 for text in texts) >= BURST

    def doubt(self, text, *, by, version=None):
        """Say that it is no real concern; it closes when a second person says so, too. `text` says why, internally."""
        with self._held(version) as concern:
            if concern.status == Status.RESOLVED:
                raise MoveNotAllowed(concern.status, Status.RESOLVED)
            words = written(text)
            if concern.suspected and concern.doubted_by_id not in (None, by.pk):
                concern.record("note", by=by, text=words)
                return concern.move_to(Status.RESOLVED, by=by, outcome=Outcome.NOT_A_CONCERN)
            concern.suspected, concern.doubted_by = True, by
            concern._keep("suspected", "doubted_by")
            return concern.record("note", by=by, text=words)

    def believe(self, text, *, by, version=None):
        """It is a real concern after all. `text` says why, internally."""
        with self._held(version) as concern:
            concern.suspected, concern.doubted_by = False, None
            concern._keep("suspected", "doubted_by")
            return concern.record("note", by=by, text=written(text))

    def _check_second_person(self, outcome, by):
        """Raise `SecondPersonNeeded` where `by` would alone close as no concern what is only suspected."""
        if self.suspected and outcome == Outcome.NOT_A_CONCERN and self.doubted_by_id in (None, by.pk):
            raise SecondPersonNeeded
