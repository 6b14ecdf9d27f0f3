"""The outbox: who must be told what. Written with the change itself, carried out by the worker."""

import smtplib
import time
import uuid
from functools import cached_property

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import task
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.models import User
from areas.models import Meeting
from feedback import clock, post

from .concern import Concern
from .rows import put_in
from .update import ConcernUpdate

SHIFT = 5  # seconds that one drain works, so that a worker told to stop is done in time
LEASE = 2  # minutes after which a claimed message counts as left behind by a worker that died
LONGEST_PAUSE = 60  # minutes between two tries
GIVE_UP = 48  # hours after which a message that keeps failing is parked
MOST_ATTEMPTS = 100  # a message that ends its worker each time never gets as far as failing

# To one address no sooner than an hour after the last of its kind, by the way to that address's key: strangers can ask for these.
LIMITED = {
    ("receipt", "reporter"): "concern__contact__email_key",
    ("confirm", "follower"): "subscription__email_key",
}

# Errors that speak of one message; any other failure to send means that the post office is shut for all of them.
OF_ONE_MESSAGE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)


class PostShut(Exception):
    """No mail can be sent just now; what is due waits."""


class NotificationQuerySet(models.QuerySet):
    def due(self):
        """What waits to be sent now and is in no living worker's hands."""
        now = timezone.now()
        unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
        return self.filter(unclaimed, state=Notification.State.PENDING, due__lte=now)

    def claim(self):
        """The next due message, ours alone for LEASE minutes; None where nothing is due.

        One at a time, so that a message which ends the worker takes no other with it.
        """
        with transaction.atomic():
            note = self.due().select_for_update(skip_locked=True).first()
            if note:
                note.attempts += 1
                note.claimed_until = clock.add_minutes(timezone.now(), LEASE)
                note.save(update_fields=["attempts", "claimed_until"])
        return note

    def parked(self):
        """Those that were given up, until somebody takes them up again."""
        return self.filter(state=Notification.State.PARKED)

    def send_again(self) -> int:
        """Take the parked ones up again, each from its first try, and wake the worker; returns how many."""
        with transaction.atomic():
            again = {"state": Notification.State.PENDING, "due": timezone.now(), "attempts": 0, "claimed_until": None}
            number = self.parked().update(**again)
            if number:
                drain_outbox.enqueue()
        return number

    def held_for(self, person_id):
        """What is held back for this person's mail of the day."""
        return self.filter(person=person_id, state=Notification.State.HELD)

    def let_go(self) -> int:
        """Send what was held back after all, each by itself, and wake the worker; returns how many."""
        number = self.filter(state=Notification.State.HELD).update(state=Notification.State.PENDING, due=timezone.now())
        if number:
            drain_outbox.enqueue()
        return number

    def hopeless(self):
        """Those that were begun so often without an end that they must be what ends the worker."""
        return self.due().filter(attempts__gte=MOST_ATTEMPTS)


def _exactly_one(*names) -> Q:
    """Whether one of these columns holds something and the others nothing."""
    found = Q()
    for name in names:
        found |= Q(**{f"{other}__isnull": other != name for other in names})
    return found


class Notification(models.Model):
    """One message to one recipient. Delivered at least once with a stable Message-ID; parked when it keeps failing."""

    class Recipient(models.TextChoices):
        COMMANDER = "commander", _("The area's commander, or who acts for them, or the inbox")
        REPORTER = "reporter", _("The person who told us, where safe")
        DESK = "desk", _("The force desk")
        PERSON = "person", _("A member of the force")
        DUTY = "duty", _("The force desk, or who is on duty while it is closed")
        FOLLOWER = "follower", _("Somebody who follows a place or topic")
        TEAM = "team", _("Who holds a meeting")
        PARTNER = "partner", _("A partner, with a link of its own")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENT = "sent", _("Sent")
        NOT_NEEDED = "not_needed", _("Not needed: nobody to tell, or not safe to")
        PARKED = "parked", _("Parked: it keeps failing")
        HELD = "held", _("Held back for the mail of the day")

    # What it is about: exactly one of these.
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, null=True, related_name="notifications")
    subscription = models.ForeignKey(
        "feedback.Subscription", on_delete=models.CASCADE, null=True, related_name="notifications"
    )
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, null=True, related_name="+")
    morning = models.ForeignKey("feedback.MorningMail", on_delete=models.CASCADE, null=True, related_name="messages")
    news_since = models.DateTimeField(null=True, editable=False)  # it tells what came since then, up to `created`
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

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("message to send")
        verbose_name_plural = _("messages to send")
        ordering = ["due", "pk"]
        indexes = [models.Index(fields=["due"], condition=models.Q(state="pending"), name="notification_pending_due")]
        constraints = [
            models.CheckConstraint(
                condition=_exactly_one("concern", "subscription", "meeting", "morning"),
                name="notification_about_one_thing",
            )
        ]

    def __str__(self):
        return f"{self.kind} to {self.get_recipient_display()}"

    def wake_worker(self) -> None:
        """Ask the worker to look into the outbox, in the same transaction; the task itself carries nothing.

        The row is the one that `drain_outbox.enqueue()` writes, but to write it so costs a concern that comes in less.
        """
        task = drain_outbox
        put_in(
            DBTaskResult(
                enqueued_at=timezone.now(), run_after=get_date_max(), args_kwargs={"args": [], "kwargs": {}},
                priority=task.priority, task_path=task.module_path, queue_name=task.queue_name, backend_name=task.backend,
            )
        )  # fmt: skip

    def deliver(self) -> int:
        """Send it, outside any transaction, and keep how it went; returns how many mails were sent, 0 or 1.

        A mail that could not be sent is tried again later; one that can't be written is parked. Raises `PostShut`
        where the others would fail in the same way.
        """
        if later := self._not_before():
            # Not a failure, so it doesn't count as a try.
            self._keep(due=later, attempts=self.attempts - 1)
            return 0
        try:
            letter = post.letter(self)
            if letter:
                letter.send()
        except (smtplib.SMTPException, OSError) as error:
            self._try_later(error)
            if isinstance(error, OF_ONE_MESSAGE):
                return 0
            raise PostShut from error
        except post.UNWRITABLE as error:
            self._keep(state=self.State.PARKED, last_error=_in_short(error))
            return 0
        with transaction.atomic():
            self._settle(letter is not None)
        return 1 if letter else 0

    def _settle(self, told) -> None:
        """Keep that it was sent, or why not; and the same of each thing that it gathered."""
        sent = {"state": self.State.SENT, "sent": timezone.now()}
        needless = {"state": self.State.NOT_NEEDED, "sent": None}
        self._keep(**(sent if told else needless))
        if self.gathered:
            rows = Notification.objects.filter(pk__in=self.gathered)
            if not self.person.is_active:  # then the inbox hears of each
                rows.let_go()
                return
            theirs = {concern.pk for concern in self.given} if told else set()
            rows.filter(concern__in=theirs).update(**sent)
            rows.filter(state=self.State.HELD).update(**needless)

    @cached_property
    def gathered(self) -> list[int]:
        """The ids of what was held back for its person when first asked, where it is the mail of the day."""
        held = Notification.objects.held_for(self.person_id) if self.kind == post.GIVEN else Notification.objects.none()
        return list(held.values_list("pk", flat=True))

    @cached_property
    def given(self) -> list[Concern]:
        """What it tells of: the concerns among those that its person has, may see and is to work on now, the first due first."""
        theirs = Concern.objects.visible_to(self.person).open().filter(officer=self.person)
        found = theirs.filter(pk__in=Notification.objects.filter(pk__in=self.gathered).values("concern"))
        return list(found.in_due_order().select_related("area"))

    def _not_before(self):
        """When a mail that strangers can ask for may go to an address that had one within the hour."""
        path = LIMITED.get((self.kind, self.recipient))
        if path is None:
            return None
        alike = Notification.objects.filter(kind=self.kind, recipient=self.recipient)
        key = alike.filter(pk=self.pk).values_list(path, flat=True).first()
        last = alike.filter(**{path: key}, sent__isnull=False) if key else alike.none()
        sent = last.aggregate(last=models.Max("sent"))["last"]
        allowed = clock.add_hours(sent, 1) if sent else None
        return allowed if allowed and allowed > timezone.now() else None

    def _try_later(self, error) -> None:
        """Try again after 1, 2, 4 ... 60 minutes; park it where that would be over GIVE_UP hours after the change."""
        due = clock.add_minutes(timezone.now(), min(2 ** min(self.attempts - 1, 10), LONGEST_PAUSE))
        parked = self.attempts > 1 and due > clock.add_hours(self.created, GIVE_UP)
        state = self.State.PARKED if parked else self.State.PENDING
        self._keep(state=state, due=due, last_error=_in_short(error))

    def _keep(self, **values) -> None:
        """Keep how it went and give up the claim. What was sent is sent, whoever holds the claim by now."""
        rows = Notification.objects.filter(pk=self.pk)
        if not values.get("sent"):
            rows = rows.filter(claimed_until=self.claimed_until)
        rows.update(claimed_until=None, **values)


def _in_short(error) -> str:
    """What went wrong, without addresses or words: the kind of error and the mail server's number."""
    number = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {number or ''}".strip()


def drain(seconds: float = SHIFT) -> int:
    """Send what is due in the outbox, for so many seconds at most; returns how many mails were sent."""
    sent, ends = 0, time.monotonic() + seconds
    while note := Notification.objects.claim():
        try:
            sent += note.deliver()
        except PostShut:
            break
        if time.monotonic() >= ends:
            drain_outbox.enqueue()
            break
    return sent


@task()
def drain_outbox() -> int:
    """Send what is due in the outbox; returns how many mails were sent. Carries no personal data."""
    return drain()
