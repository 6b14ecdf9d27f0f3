"""What is done where somebody may be in danger: verbs of `Concern`, each one transaction under the row's lock."""

from django.db import transaction
from django.utils import timezone
from django.utils.functional import cached_property

from feedback.lifecycle import SafetyDecision, written

from .safetyrule import SafetyRule


class Safeguarding:
    """Verbs of `Concern`: into safety review, opened, decided."""

    def _review(self, **how):
        """Begin a review of this concern, whose row is locked or new; `how`: see `SafetyReview.begin`."""
        return self._meta.get_field("safety_reviews").related_model.begin(self, **how)

    def _look_for_danger(self, text, update):
        """Put it into safety review where a later `text`, which stands in `update`, asks for it."""
        if found := SafetyRule.objects.in_force().look(text):
            self.safety = True
            self._keep("safety")
            self._review(found=found, update=update)

    def review_safety(self, needed, text, *, by, decision=SafetyDecision.STAYS, version=None):
        """Put it into safety review, which the desk sees, too, or end the review with a `SafetyDecision`.

        `text` says why, internally. Raises `TextNeeded`.
        """
        with self._held(version) as concern:
            concern.safety = needed
            concern._keep("safety")
            words = written(text)
            if needed:
                update = concern.record("note", by=by, text=words)
                concern._review(update=update)
                return update
            label = SafetyDecision(decision).label
            update = concern.record("note", by=by, text=f"{label}. {words}")
            now = timezone.now()
            reviews = concern.safety_reviews.undecided()
            reviews.unopened().update(opened_at=now, opened_by=by)
            reviews.update(decided_at=now, decided_by=by, decision=decision, words=words)
        return update

    @cached_property
    def reviews_now(self) -> list:
        """The reviews that nobody has decided yet, as read the first time, with who opened them and by which rules they began."""
        if not self.safety:
            return []
        return list(self.safety_reviews.undecided().select_related("opened_by").prefetch_related("rules"))

    def open_review(self, *, by) -> int:
        """Somebody who may decide reads it now: the alerts stop. Returns how many reviews waited for that."""
        waiting = [review for review in self.reviews_now if review.opened_at is None]
        if not waiting:
            return 0
        del self.reviews_now  # whoever opened one at the same moment stays the first
        with transaction.atomic():
            return self.safety_reviews.unopened().update(opened_at=timezone.now(), opened_by=by)
