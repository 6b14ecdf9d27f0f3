"""Who contributed to a priority is told of what is done about it: once, and until they say stop."""

import uuid

from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils import timezone

from areas.models import PriorityAction
from feedback import post
from feedback.lifecycle import Outcome

from .contact import Contact, ContactStop
from .notification import Notification

ACTIONS_A_ROUND = 20
ROWS_AT_ONCE = 500
NAMESPACE = uuid.UUID("3c0a9d3e-54f1-4c8b-9a43-0a2e6f1f7b60")


class Announcement(models.Model):
    """That the contributors to a priority were told of one published action: its row makes it happen once."""

    action = models.OneToOneField(PriorityAction, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    told = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"action {self.action_id}: {self.told} told"


def contributors(priority_id: int):
    """Each person to tell about a priority, as pairs: the key of a safe address, the id of the last concern it gave."""
    there = Contact.objects.filter(concern__problem__priority=priority_id, safe_to_contact=True).exclude(email_key="")
    standing = there.exclude(concern__outcome=Outcome.WITHDRAWN)
    willing = standing.exclude(email_key__in=ContactStop.objects.values("email_key"))
    return willing.order_by().values_list("email_key").annotate(Max("concern"))


def announce() -> int:
    """Write a message to every contributor for each action published since; returns how many messages.

    A few actions a round, each in a transaction of its own. Of two at the same moment, one finds the other's row.
    """
    new = PriorityAction.objects.announced().exclude(pk__in=Announcement.objects.values("action"))
    return sum(_announce(action) for action in new.order_by("published_at", "pk")[:ACTIONS_A_ROUND])


def _announce(action) -> int:
    try:
        with transaction.atomic():
            done = Announcement.objects.create(action=action)
            notes = [
                Notification(
                    concern_id=pk, kind=post.NEWS, recipient=Notification.Recipient.REPORTER,
                    message_id=uuid.uuid5(NAMESPACE, f"{action.pk} {key}"),
                )
                for key, pk in contributors(action.priority_id)
            ]  # fmt: skip
            Notification.objects.bulk_create(notes, batch_size=ROWS_AT_ONCE)
            Announcement.objects.filter(pk=done.pk).update(told=len(notes))
            if notes:
                notes[0].wake_worker()
    except IntegrityError:  # another sweep was quicker
        return 0
    return len(notes)
