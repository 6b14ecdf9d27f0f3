"""What the person can do where the time was missed, or where it goes on for a second time: ask the commander's office."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area
from feedback import clock

from .concern import Concern
from .update import ConcernUpdate


class RecourseQuerySet(models.QuerySet):
    """To count in public: `area` is whose office was asked, `at` when, `reason` why; no text is in these rows."""

    def visible_to(self, user):
        """Those of the concerns that `user` may see."""
        return self.filter(concern__in=Concern.objects.visible_to(user))

    def open(self):
        """Those that wait for the commander's office, the one due first at the top."""
        return self.filter(answered_at__isnull=True).order_by("due_at", "pk")

    def missed(self, now=None):
        """Open ones whose own time is over at `now`."""
        return self.open().filter(due_at__lt=now or timezone.now())


class Recourse(models.Model):
    """A person turned to the commander's office, which owes them an answer by its own clock.

    `Concern.take_recourse` and `Concern.answer_recourse` are the only writers; the words stand in the history.
    """

    class Reason(models.TextChoices):
        MISSED = "missed", _("The reply was late")
        AGAIN = "again", _("It is still happening, for the second time")

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="recourses")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="recourses")  # as it was then
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    at = models.DateTimeField(_("asked"), default=timezone.now, editable=False, db_index=True)
    due_at = models.DateTimeField(_("answer due"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    asked = models.ForeignKey(ConcernUpdate, on_delete=models.PROTECT, db_index=False, related_name="+")
    reply = models.ForeignKey(ConcernUpdate, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")

    objects = RecourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("recourse")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["concern"], condition=Q(answered_at__isnull=True), name="recourse_one_open_a_concern"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, reply__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, reply__isnull=False, answered_by__isnull=False),
                name="recourse_answered_with_a_reply_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.get_reason_display()}, {self.at:%d %b %Y}"

    @property
    def clock(self) -> clock.Clock:
        """Its own clock, in the words of the other one."""
        return clock.reading(received=self.at, due=self.due_at, answered=self.answered_at)
