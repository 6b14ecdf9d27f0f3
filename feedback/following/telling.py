"""Who is told next: the sweep writes a message for each follower with news, and one for each meeting with new questions."""

import uuid

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from areas.models import Meeting
from feedback import clock
from feedback.models import Notification, Subscription

from . import news

SETTLE = 10  # minutes in which what was published by mistake can be taken back
WEEK = 7  # days between two weekly mails
OLDEST = 31  # days: older news is told to nobody any more
AT_A_TIME = 500  # followers a round
QUESTIONS_APART = 60  # minutes between two messages on the questions of one meeting
NAMESPACE = uuid.UUID("0f1c7f0e-3f43-4b0e-8a59-7f5d4b1c2a66")


def tell_followers(now=None) -> int:
    """Write a message to each follower who has news, weekly or at once; returns how many messages.

    Of two sweeps at the same moment one finds the other's messages, whose ids are made of the follower and the time.
    """
    until = clock.add_minutes(now or timezone.now(), -SETTLE)
    weekly = Subscription.objects.active().filter(
        pace=Subscription.Pace.WEEKLY, told_at__lte=clock.add_days(until, -WEEK)
    )
    at_once = Subscription.objects.active().filter(pace=Subscription.Pace.AT_ONCE, told_at__lt=until)
    return _tell(weekly, until) + _tell(at_once, until, only_with_news=True)


def _tell(rows, until, *, only_with_news=False) -> int:
    oldest = rows.aggregate(oldest=Min("told_at"))["oldest"]
    if oldest is None:
        return 0
    items = news.collect(max(oldest, clock.add_days(until, -OLDEST)), until)
    if only_with_news:
        # Without this everybody would be written down as told each minute.
        rows = rows.filter(told_at__lt=items[0].at) if items else rows.none()
    batch = list(rows.in_words().order_by("told_at", "pk")[:AT_A_TIME])
    notes = [row.news_note(until) for row in batch if any(item.at > row.told_at for item in row.wants(items))]
    try:
        with transaction.atomic():
            Notification.objects.bulk_create(notes)
            Subscription.objects.filter(pk__in=[row.pk for row in batch]).update(told_at=until)
            if notes:
                notes[0].wake_worker()
    except IntegrityError:  # another sweep was quicker
        return 0
    return len(notes)


def tell_of_questions(now=None) -> int:
    """Tell the team of each meeting to come that people have asked something; at most once an hour. Returns how many messages."""
    now = now or timezone.now()
    told = Notification.objects.filter(meeting=OuterRef("pk")).order_by("-created").values("created")[:1]
    since = Coalesce(Subquery(told), F("announced_at"))
    new = Q(questions__published=False, questions__asked_at__gt=F("since"))
    meetings = Meeting.objects.coming().filter(cancelled=False).annotate(since=since)
    asked = meetings.annotate(new=Count("questions", filter=new), last=Max("questions__asked_at", filter=new))
    waited = Q(since=F("announced_at")) | Q(since__lte=clock.add_minutes(now, -QUESTIONS_APART))
    return sum(_tell_team(meeting, now) for meeting in asked.filter(waited, new__gt=0)[:AT_A_TIME])


def _tell_team(meeting, now) -> int:
    note = Notification(
        meeting=meeting, kind="question", recipient=Notification.Recipient.TEAM, created=now,
        message_id=uuid.uuid5(NAMESPACE, f"{meeting.uid} {meeting.last.isoformat()}"),
    )  # fmt: skip
    try:
        with transaction.atomic():
            note.save(force_insert=True)
            note.wake_worker()
    except IntegrityError:  # another sweep was quicker
        return 0
    return 1
