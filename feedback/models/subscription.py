"""Who follows a place or a topic by mail: asked for by anybody, begun by whoever reads that mailbox, ended with one click."""

import uuid

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from areas.models import Area, Ward
from feedback import clock
from feedback.following import news

from .category import Category
from .notification import Notification
from .sealing import match_key, seal, unseal

CONFIRM = "confirm"  # the kind of message that asks whether it was really they
NAMESPACE = uuid.UUID("a8a0f4f2-5a58-4d4f-9f3a-54a5a1f0b8ce")
CONFIRMATIONS = "3/day"  # to one address, besides one an hour at most: nobody fills another person's mailbox
OF_ONE_VISITOR = "2/day"  # of these: nobody alone uses up what is another's


class SubscriptionQuerySet(models.QuerySet):
    def active(self):
        """Those that were confirmed and not stopped."""
        return self.filter(confirmed_at__isnull=False, stopped_at__isnull=True)

    def waiting(self):
        """Those that can still be confirmed."""
        since = clock.add_days(timezone.now(), -Subscription.CONFIRM_DAYS)
        return self.filter(confirmed_at__isnull=True, stopped_at__isnull=True, asked_at__gt=since)

    def expired(self, now):
        """Those to erase at `now`: never confirmed, or stopped a while ago."""
        unconfirmed = Q(confirmed_at__isnull=True, asked_at__lte=clock.add_days(now, -Subscription.CONFIRM_DAYS))
        return self.filter(unconfirmed | Q(stopped_at__lte=clock.add_days(now, -Subscription.KEEP_DAYS)))

    def of_address(self, email):
        """All of one address, however it is spelled."""
        return self.filter(email_key=match_key("email", email))

    def carry(self, old, new) -> None:
        """Let those of the ward `old` follow `new`; who follows that already keeps one of the two, the one that is active."""
        there = self.filter(ward=new).exclude(confirmed_at=None).filter(stopped_at=None)
        self.filter(ward=old, email_key__in=list(there.values_list("email_key", flat=True))).delete()
        self.filter(ward=new, email_key__in=list(self.filter(ward=old).values_list("email_key", flat=True))).delete()
        self.filter(ward=old).update(ward=new)

    def stop(self) -> None:
        """No more mail of them; in a while they are erased."""
        self.filter(stopped_at=None).update(stopped_at=timezone.now())

    def in_words(self):
        """With all that a page or mail says of them."""
        return self.select_related("area", "ward__area", "category")


class Subscription(models.Model):
    """One place or topic that one address follows. The address is sealed; its keyed hash stands beside it."""

    class Pace(models.TextChoices):
        WEEKLY = "weekly", _("Once a week, in one mail")
        AT_ONCE = "at_once", _("At once, each time there is news")

    CONFIRM_DAYS = 7  # to answer the first mail; then it is erased
    KEEP_DAYS = 30  # after it was stopped, in case somebody asks what we did; then it is erased

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    sealed = models.TextField(editable=False)
    email_key = models.CharField(max_length=64, db_index=True, editable=False)
    pace = models.CharField(max_length=8, choices=Pace.choices, default=Pace.WEEKLY)
    language = models.CharField(max_length=10, default="en-gb")
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    stopped_at = models.DateTimeField(null=True, editable=False)
    told_at = models.DateTimeField(null=True, editable=False)  # everything up to then was told

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        constraints = [
            models.UniqueConstraint(fields=["email_key", "area"], name="subscription_area_once"),
            models.UniqueConstraint(fields=["email_key", "ward"], name="subscription_ward_once"),
            models.UniqueConstraint(fields=["email_key", "category"], name="subscription_category_once"),
            models.CheckConstraint(
                condition=Q(area__isnull=False, ward__isnull=True, category__isnull=True)
                | Q(area__isnull=True, ward__isnull=False, category__isnull=True)
                | Q(area__isnull=True, ward__isnull=True, category__isnull=False),
                name="subscription_to_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(told_at__isnull=False), name="subscription_confirmed_is_told"
            ),
        ]
        indexes = [
            models.Index(
                fields=["pace", "told_at"],
                condition=Q(confirmed_at__isnull=False, stopped_at__isnull=True),
                name="subscription_next_told",
            )
        ]

    def __str__(self):
        return self.words

    @classmethod
    def ask(cls, *, email, pace, language, caller="", **place) -> None:
        """Keep that somebody wants the news of `place` (`area=`, `ward=` or `category=`), and ask that mailbox whether it is so.

        `caller`: who asks, as the throttle knows them. Where the mails of the day are used up, the link of each earlier one
        asks for this, too.

        Whoever follows it already gets no mail, and nothing of theirs changes: a stranger may have typed the address. Nor can
        the stranger tell from the time that it takes: the work is the same, and the worker finds that there is nothing to ask.
        """
        key = match_key("email", email)
        asked = {"sealed": seal({"email": email}), "pace": pace, "language": language, "asked_at": timezone.now()}
        with transaction.atomic():
            row, made = cls.objects.select_for_update().get_or_create(email_key=key, **place, defaults=asked)
            if not made:
                again = {**asked, "confirmed_at": None, "stopped_at": None, "told_at": None}
                follows = {"confirmed_at__isnull": False, "stopped_at__isnull": True}
                cls.objects.filter(pk=row.pk).exclude(**follows).update(**again)
            row._ask_to_confirm(caller)

    def _ask_to_confirm(self, caller) -> None:
        """One mail asks for all that wait, so one on its way is enough."""
        asked = Notification.objects.filter(kind=CONFIRM, subscription__email_key=self.email_key)
        if asked.filter(state=Notification.State.PENDING).exists():
            return
        try:
            throttle.count("confirm-visitor", f"{caller} {self.email_key}", OF_ONE_VISITOR)
            throttle.count("confirm", self.email_key, CONFIRMATIONS)
        except throttle.TooMany:
            return
        self.notifications.create(kind=CONFIRM, recipient=Notification.Recipient.FOLLOWER).wake_worker()

    # ---- what it is --------------------------------------------------------------------------------------------------
    @property
    def active(self) -> bool:
        return self.confirmed_at is not None and self.stopped_at is None

    @property
    def words(self) -> str:
        """What is followed: "Bloxwich West, Walsall", "Walsall", "Speeding"."""
        if self.category:
            return gettext(self.category.name)
        return f"{self.ward}, {self.ward.area}" if self.ward else str(self.area)

    @property
    def email(self) -> str:
        """The address, for the worker alone."""
        return unseal(self.sealed)["email"]

    @property
    def together(self):
        """All that this address asked for and can still confirm."""
        return Subscription.objects.waiting().filter(email_key=self.email_key).in_words().order_by("pk")

    # ---- its life ----------------------------------------------------------------------------------------------------
    def confirm(self) -> int:
        """Begin all that wait at this address: whoever came here reads its mail. Returns how many."""
        now = timezone.now()
        return Subscription.objects.waiting().filter(email_key=self.email_key).update(confirmed_at=now, told_at=now)

    def stop(self) -> None:
        """No more mail of it; in a while it is erased."""
        Subscription.objects.filter(pk=self.pk).stop()

    def stop_all(self) -> None:
        """No more mail to this address of anything it follows."""
        Subscription.objects.filter(email_key=self.email_key).stop()

    def change_pace(self, pace: str) -> None:
        """From now on weekly, or at once."""
        Subscription.objects.filter(pk=self.pk).update(pace=pace)

    # ---- its news ----------------------------------------------------------------------------------------------------
    def wants(self, items) -> list:
        """Those of `items` (`news.Item`s) that this follows."""
        topic = {"priorities": news.priorities_about(self.category)} if self.category else {}
        place = topic or {"area": self.area, "ward": self.ward}  # type: ignore[dict-item]
        return [item for item in items if item.about(**place)]

    def news(self, since, until) -> list:
        """The news of it between two moments, the newest first."""
        area = self.ward.area if self.ward else self.area
        return self.wants(news.collect(since, until, area=area))

    def news_note(self, until) -> Notification:
        """The unsaved message with what came after `told_at` up to `until`; its Message-ID is that window's own."""
        return Notification(
            subscription=self, kind="news", recipient=Notification.Recipient.FOLLOWER,
            news_since=self.told_at, created=until,
            message_id=uuid.uuid5(NAMESPACE, f"{self.uid} {self.told_at.isoformat()}"),
        )  # fmt: skip
