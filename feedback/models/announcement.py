"""Who contributed to a priority is told of what is done about it and how it ended: once, and until they say stop."""

import uuid

from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q
from django.utils import timezone

from areas.models import Priority, PriorityAction
from feedback import clock, post
from feedback.lifecycle import Outcome

from .contact import Contact, ContactStop
from .notification import Notification

SETTLE = clock.seconds(20)  # in which what was published by mistake can be taken back
ACTIONS_A_ROUND = 20
ROWS_AT_ONCE = 500
NAMESPACE = uuid.UUID("3c0a9d3e-54f1-4c8b-9a43-0a2e6f1f7b60")


class Announcement(models.Model):
    """That the contributors to a priority were told of one published action, or how it ended: its row makes it happen once."""

    action = models.OneToOneField(PriorityAction, on_delete=models.PROTECT, null=True, related_name="+")
    ended = models.OneToOneField(Priority, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    told = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(action__isnull=False, ended__isnull=True) | Q(action__isnull=True, ended__isnull=False),
                name="announcement_of_one_thing",
            )
        ]

    def __str__(self):
        what = f"action {self.action_id}" if self.action_id else f"end of {self.ended_id}"
        return f"{what}: {self.told} told"


def contributors(priority_id: int):
    """Each person to tell about a priority, as pairs: the key of a safe address, the id of the last concern it gave."""
    there = Contact.objects.filter(concern__problem__priority=priority_id, safe_to_contact=True).exclude(email_key="")
    standing = there.exclude(concern__outcome=Outcome.WITHDRAWN)
    willing = standing.exclude(email_key__in=ContactStop.objects.values("email_key"))
    return willing.order_by().values_list("email_key").annotate(Max("concern"))


def announce(now=None) -> int:
    """Write a message to every contributor for each action published since and each end; returns how many messages.

    A few a round, each in a transaction of its own. Of two at the same moment, one finds the other's row. A priority that is
    opened again and ends a second time is told of once.
    """
    until = clock.after(now or timezone.now(), -SETTLE)
    done = Announcement.objects.all()
    new = PriorityAction.objects.announced().filter(published_at__lte=until)
    new = new.exclude(pk__in=done.exclude(action=None).values("action"))
    over = Priority.objects.ended().filter(closed_at__lte=until)
    over = over.exclude(pk__in=done.exclude(ended=None).values("ended")).order_by("closed_at", "pk")
    told = [
        _announce(post.ACTION, action.priority_id, action=action)
        for action in new.order_by("published_at", "pk")[:ACTIONS_A_ROUND]
    ]
    return sum(told + [_announce(post.ENDED, priority.pk, ended=priority) for priority in over[:ACTIONS_A_ROUND]])


def _announce(kind, priority_id, **of) -> int:
    seed = of["action"].pk if "action" in of else f"ended {priority_id}"
    try:
        with transaction.atomic():
            done = Announcement.objects.create(**of)
            notes = [
                Notification(
                    concern_id=pk, kind=kind, recipient=Notification.Recipient.REPORTER,
                    message_id=uuid.uuid5(NAMESPACE, f"{seed} {key}"),
                )
                for key, pk in contributors(priority_id)
            ]  # fmt: skip
            Notification.objects.bulk_create(notes, batch_size=ROWS_AT_ONCE)
            Announcement.objects.filter(pk=done.pk).update(told=len(notes))
            if notes:
                notes[0].wake_worker()
    except IntegrityError:  # another sweep was quicker
        return 0
    return len(notes)
