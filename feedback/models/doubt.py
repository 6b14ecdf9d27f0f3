"""What may not be a real concern: marked, kept apart, never deleted. One person says so, a second one confirms it."""

from django.db import connection
from rapidfuzz import fuzz, process

from feedback import clock
from feedback.lifecycle import MoveNotAllowed, Outcome, SecondPersonNeeded, Status, written

ALIKE = 90  # of 100: how much of two texts must be the same
BURST = 3  # so many of them within the hour
LOOKED_AT = 60  # newest concerns of the area
NEWEST_SQL = """
SELECT text FROM (
    SELECT text FROM feedback_concern WHERE {} AND received_at >= %s ORDER BY received_at DESC, id DESC LIMIT %s
) newest WHERE length(text) BETWEEN %s AND %s
"""
LEAST = 40  # letters: short words are alike by chance


class Doubt:
    """Verbs of `Concern`: said to be no real concern, confirmed by a second person, or taken seriously after all."""

    def _one_of_a_burst(self) -> bool:
        """Whether nearly the same words came in for the same area again and again within the hour."""
        if len(self.text) < LEAST:
            return False
        since = connection.ops.adapt_datetimefield_value(clock.add_hours(self.received_at, -1))
        # Texts of very different length can't be alike, so they are not even fetched.
        length, share = len(self.text), ALIKE / (200 - ALIKE)
        placed, where = ([self.area_id], "area_id = %s") if self.area_id else ([], "area_id IS NULL")
        with connection.cursor() as cursor:
            cursor.execute(NEWEST_SQL.format(where), [*placed, since, LOOKED_AT, length * share, length / share])
            texts = [text for (text,) in cursor.fetchall()]
        return len(process.extract(self.text, texts, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None)) >= BURST

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
