"""Somebody who is hurt again and again: the portal asks, within one area, and a named human says whether it is so.

The sweep asks, so that nothing is looked up while somebody tells us. What an area asks or decides about a person stays there:
counted is what the area works on, and a concern that moves on leaves it behind.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from areas.models import Force
from feedback import clock
from feedback.lifecycle import NO_CONCERN, Repeat, Status, written

KEYS = ("contact__email_key", "contact__phone_key")
LOOKED_BACK = 7  # days: whoever told us nothing since then was looked at before


@dataclass(frozen=True)
class Told:
    """What one concern says for this; `real`: nobody took it back or doubts it; `hurts`: its kind hurts people."""

    pk: int
    at: datetime
    repeat: str
    real: bool
    hurts: bool
    area: int
    keys: frozenset  # of the person


class Repeating:
    """Verbs of `Concern`: each is one transaction under the row's lock, and counts the version."""

    def mark_repeat(self, repeat):
        """The portal marks it: asked whether the person is a repeat victim, or a yes carried over; None where it is marked."""
        with self._held() as concern:
            if concern.repeat or concern.status == Status.RESOLVED:
                return None
            return concern._repeat_is(repeat, side="system")

    def decide_repeat(self, repeat, text, *, by, version=None):
        """A named human says whether the person is a repeat victim (`Repeat.YES` or `NO`), and why; internally.

        It can be said anew. Raises `TextNeeded`.
        """
        with self._held(version) as concern:
            return concern._repeat_is(repeat, by=by, text=written(text))

    def _repeat_is(self, repeat, **said):
        self.repeat = repeat
        self._keep("repeat")
        return self.record("repeat", detail=repeat, to_area=self.area, **said)

    @classmethod
    def repeats_to_mark(cls) -> list[tuple]:
        """The open concerns to mark now, each with how: of who told one area often enough the newest; after a yes each."""
        force, now = Force.objects.get(), timezone.now()
        since = clock.months_before(now, force.repeat_months)
        recent = cls._by_somebody().filter(received_at__gte=clock.add_days(now, -LOOKED_BACK))
        unmarked = list(recent.filter(repeat="").exclude(status=Status.RESOLVED).values_list("pk", *KEYS))
        told = cls._told_by(unmarked, since)
        by_key = defaultdict(list)
        for one in told.values():
            for key in one.keys:
                by_key[one.area, key].append(one)
        asked: set[int] = set()
        marks = {}
        for row in sorted((told[pk] for pk, *_keys in unmarked if pk in told), key=lambda row: (row.at, row.pk))[::-1]:
            theirs = {other for key in row.keys for other in by_key[row.area, key]}
            if asked.isdisjoint(other.pk for other in theirs) and (mark := cls._mark_of(row, theirs, since, force)):
                marks[row.pk] = mark
                asked |= {row.pk} if mark == Repeat.ASKED else set()
        found = cls._by_somebody().in_bulk(marks)
        return [(one, marks[pk]) for pk, one in found.items() if one.area_id == told[pk].area]

    @classmethod
    def _by_somebody(cls):
        """What an area has in its hands from somebody with an address or number, about nobody of the force."""
        return cls.objects.filter(
            area__isnull=False, desk_reason="", about_person=None, kind=cls.Kind.CONCERN, contact__isnull=False
        ).order_by()

    @classmethod
    def _told_by(cls, people, since) -> dict[int, Told]:
        """By its key, what these `people` told since then, and what was asked or decided about them whenever.

        `people`: rows with their keys at the end.
        """
        emails, phones = ({row[place] for row in people} - {""} for place in (-2, -1))
        same = Q(contact__email_key__in=emails) | Q(contact__phone_key__in=phones)
        rows = cls._by_somebody().filter(same).filter(Q(received_at__gte=since) | ~Q(repeat=""))
        names = ("pk", "received_at", "repeat", "suspected", "outcome", "category__repeat_victims", "area_id", *KEYS)
        return {
            pk: Told(pk, at, repeat, not doubted and outcome not in NO_CONCERN, hurts, area, frozenset(keys) - {""})
            for pk, at, repeat, doubted, outcome, hurts, area, *keys in rows.values_list(*names)
        }

    @classmethod
    def _mark_of(cls, row, theirs, since, force) -> str:
        """How `row` is to be marked among `theirs`, of the same person: later ones carry a yes; after a no it is counted anew."""
        marked = [other.pk for other in theirs if other.repeat]
        if not row.real or any(other.repeat == Repeat.ASKED for other in theirs):
            return ""
        decided = marked and cls._decided(marked, row.area)
        if decided and decided.detail == Repeat.YES:
            later = any(other.pk == decided.concern_id and other.at <= row.at for other in theirs)
            return Repeat.YES if later else ""
        since = max(since, decided.at) if decided else since
        # The two halves of one concern were told at once.
        times = {other.at for other in theirs if other.real and other.hurts and other.at >= since}
        return Repeat.ASKED if row.hurts and len(times) >= force.repeat_reports else ""

    @classmethod
    def _decided(cls, concerns, area):
        """The last that a person of the `area` said of these `concerns` (ids), as a `ConcernUpdate`, or None."""
        updates = cls._meta.get_field("updates").related_model.objects
        said = updates.filter(concern__in=concerns, kind="repeat", by__isnull=False, to_area=area)
        return said.order_by("at", "pk").last()
