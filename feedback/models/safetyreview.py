"""A concern in the safety review of the force desk: its clock, who was alerted, who opened it, what was decided."""

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Force
from feedback import clock
from feedback.lifecycle import SafetyDecision

from .category import Signpost
from .concern import Concern
from .safetyrule import SafetyRule
from .update import ConcernUpdate


class SafetyReviewQuerySet(models.QuerySet):
    def unopened(self):
        return self.filter(opened_at__isnull=True)

    def undecided(self):
        return self.filter(decided_at__isnull=True)

    def to_alert_again(self, now, minutes: int):
        """Those that nobody opened within so many minutes of the last alert."""
        return self.unopened().filter(alerted_at__lte=clock.add_minutes(now, -minutes))


class SafetyReview(models.Model):
    """One reason why a concern must be looked at within minutes: what it said when it came in, a message, or a colleague."""

    Decision = SafetyDecision

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="safety_reviews")
    update = models.ForeignKey(ConcernUpdate, on_delete=models.PROTECT, null=True, related_name="safety_reviews")
    rules = models.ManyToManyField(SafetyRule, related_name="reviews")
    found = models.CharField(max_length=300, blank=True)  # the words that the rules found
    at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(editable=False)
    alerted_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    decision = models.CharField(max_length=15, choices=SafetyDecision.choices, blank=True)
    words = models.TextField(blank=True)

    objects = SafetyReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("safety review")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["alerted_at"], condition=Q(opened_at__isnull=True), name="safety_unopened")]

    def __str__(self):
        return f"safety review of {self.concern_id}"

    @classmethod
    def begin(cls, concern, *, found=(), update=None):
        """Start the clock and alert the desk, or whoever is on duty. `found`: what the rules found (`safety.Found`)."""
        now = timezone.now()
        review = cls.objects.create(
            concern=concern, update=update, at=now, alerted_at=now,
            due_at=clock.add_minutes(now, Force.objects.get().safety_minutes),
            found=", ".join(one.words for one in found if one.words)[:300],
        )  # fmt: skip
        review.rules.set([one.rule for one in found])
        concern.notify("safety", to="duty", update=update)
        return review

    def alert_again(self) -> int:
        """Alert once more; 1, or 0 where somebody opened it or another sweep was quicker."""
        with transaction.atomic():
            mine = SafetyReview.objects.unopened().filter(pk=self.pk, alerted_at=self.alerted_at)
            if not mine.update(alerted_at=timezone.now()):
                return 0
            self.concern.notify("safety", to="duty", update=self.update)
        return 1

    @property
    def missed(self) -> bool:
        """Whether nobody opened it in time."""
        return (self.opened_at or timezone.now()) > self.due_at

    @staticmethod
    def last_words_of(concern):
        """The last of what the person did on their page (a `ConcernUpdate`) in which the rules found danger, or None."""
        reviews = SafetyReview.objects.filter(
            concern=concern, update__side=ConcernUpdate.Side.PUBLIC, rules__isnull=False
        )
        review = reviews.select_related("update").order_by("-update").first()
        return review and review.update

    @staticmethod
    def help_for(concern, update=None) -> list:
        """The signposts to show the person at once; empty where nothing that they wrote asked for it."""
        rules = SafetyRule.objects.filter(reviews__concern=concern, reviews__update=update)
        return list(Signpost.objects.filter(pk__in=rules.values("signposts")).order_by(F("order"), "pk"))


def alert_again() -> int:
    """Alert once more for each review that still nobody opened; returns how many."""
    force = Force.objects.first()
    if force is None:
        return 0
    waiting = SafetyReview.objects.to_alert_again(timezone.now(), force.safety_minutes)
    return sum(review.alert_again() for review in waiting.select_related("concern", "update"))
