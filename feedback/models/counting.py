"""How many people told us: the one place where distinct people are counted, and what of it the public may learn when."""

from datetime import datetime, time

from django.db import models
from django.db.models import Case, Count, F, Q, When
from rapidfuzz import fuzz, process

from accounts.stamp import LONDON, today_in_london
from areas.models import Priority
from feedback.lifecycle import NO_CONCERN, Outcome

from .concern import Concern
from .doubt import ALIKE

PEOPLE = 5  # distinct people before anybody learns that others told us, too
ALIKE_AMONG = 500  # texts without a name that are compared with each other


def counting():
    """The concerns that count as somebody telling us: not taken back, and not doubted or no concern at all."""
    return Concern.objects.filter(suspected=False).exclude(outcome__in=NO_CONCERN).order_by()


def tellable():
    """Those of them that strangers may learn of, among enough others: none in safety review, none merged into another."""
    return counting().filter(safety=False).exclude(outcome=Outcome.MERGED)


def person() -> Case:
    """Tells those apart who gave an address or a number; null for anybody else, who may be one person many times."""
    email, phone = "contact__email_key", "contact__phone_key"
    return Case(
        When(Q(contact__isnull=False) & ~Q(**{email: ""}), then=F(email)),
        When(Q(contact__isnull=False) & ~Q(**{phone: ""}), then=F(phone)),
        default=None,
        output_field=models.CharField(),
    )


def told_by_many(concerns) -> bool:
    """Whether at least PEOPLE distinct people stand behind `concerns`, of `tellable`."""
    return concerns.aggregate(people=Count(person(), distinct=True))["people"] >= PEOPLE


def many_behind(category):
    """The ids of the published priorities behind which so many told us of `category`."""
    told = tellable().filter(category=category, problem__priority__published=True)
    by_priority = told.values("problem__priority").annotate(people=Count(person(), distinct=True))
    return by_priority.filter(people__gte=PEOPLE).values_list("problem__priority", flat=True)


def count_people() -> int:
    """Count the distinct people behind priorities, and keep what changed; returns how many changed.

    What everybody reads of an open priority is counted when it is first shown, and then once a month as it stood when the month
    began: a number that moves with each who tells us would let others watch for it.
    """
    today = today_in_london()
    shown = Priority.objects.open().filter(published=True)
    due = shown.filter(Q(counted_on=None) | Q(counted_on__lt=today.replace(day=1)))
    changed = 0
    for priority in due:
        now = _people_of(priority, None if priority.counted_on is None else _begin_of(today))
        Priority.objects.filter(pk=priority.pk).update(counted=now, counted_on=today)
        changed += now != priority.counted
    return changed


def _begin_of(day) -> datetime:
    """The moment at which the month of `day` began in London."""
    return datetime.combine(day.replace(day=1), time(), LONDON)


def _people_of(priority, before) -> int:
    """The distinct people behind `priority`, those `before` a moment only, where there is one.

    Those with an address or number count once, however often they told us or added their voice; of those without, each whose
    words are not nearly another's.
    """
    told, voices = counting().filter(problem__priority=priority), priority.voices.all()
    if before:
        told, voices = told.filter(received_at__lt=before), voices.filter(at__lt=before)
    known = told.annotate(person=person())
    keys = set(known.exclude(person=None).values_list("person", flat=True).distinct())
    keys |= set(voices.values_list("person_key", flat=True))
    return len(keys) + _unlike(known.filter(person=None).values_list("text", flat=True))


def _unlike(texts) -> int:
    """How many of `texts` are not nearly the same as one before; beyond the first ALIKE_AMONG each counts."""
    kept: list = []
    first = texts[:ALIKE_AMONG]
    for text in first:
        if not process.extractOne(text, kept, scorer=fuzz.ratio, score_cutoff=ALIKE):
            kept.append(text)
    return len(kept) + max(0, texts.count() - ALIKE_AMONG)
