"""The outbox: who must be told what. Written with the change itself, carried out by the worker."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from accounts.models import User

from .concern import Concern
from .update import ConcernUpdate


class Notification(models.Model):
    """One message to one recipient. Delivered at least once with a stable Message-ID; parked when it keeps failing."""

    class Recipient(models.TextChoices):
        COMMANDER = "commander", _("The area's commander, or who acts for them, or the inbox")
        REPORTER = "reporter", _("The person who told us, where safe")
        DESK = "desk", _("The force desk")
        PERSON = "person", _("A member of the force")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENT = "sent", _("Sent")
        NOT_NEEDED = "not_needed", _("Not needed: nobody to tell, or not safe to")
        PARKED = "parked", _("Parked: it keeps failing")

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="notifications")
    update = models.ForeignKey(ConcernUpdate, on_delete=models.PROTECT, null=True, related_name="notifications")
    kind = models.CharField(max_length=20)  # the template: templates/emails/<kind>_<recipient>.txt
    recipient = models.CharField(max_length=10, choices=Recipient.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)
    sent = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("message to send")
        verbose_name_plural = _("messages to send")
        ordering = ["due", "pk"]
        indexes = [models.Index(fields=["due"], condition=models.Q(state="pending"), name="notification_pending_due")]

    def __str__(self):
        return f"{self.kind} to {self.get_recipient_display()}"

    def wake_worker(self) -> None:
        """Ask the worker to look into the outbox; the task itself carries nothing."""
        drain_outbox.enqueue()


@task()
def drain_outbox() -> int:
    """Send what is due in the outbox; returns how many messages were sent. Carries no personal data."""
    return 0
