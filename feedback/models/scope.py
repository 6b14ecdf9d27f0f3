"""Questions about concerns, first of all who may see which: every list, page, count and file starts here."""

import re

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connections, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from areas import lookup, spelling
from feedback import clock
from feedback.access import reach_of
from feedback.lifecycle import Status
from hubs.ladder import Rung

from .codes import REFERENCE_LETTERS

# Sorts what was answered behind what still waits; the same expression as in the index.
WAITS_LAST = models.ExpressionWrapper(Q(answered_at__isnull=False), output_field=models.BooleanField())


# What is asked of open concerns, each for a list of its own and for the figures above the lists.
OPEN = ~Q(status=Status.RESOLVED)


class Said(models.Expression):
    """The stems of what a concern says, and its postcode: a column that PostgreSQL alone keeps by itself; no model names it."""

    output_field = SearchVectorField()
    alias = None

    def resolve_expression(self, query=None, *args, **kwargs):
        said = self.copy()
        said.alias = query.get_initial_alias()
        return said

    def relabeled_clone(self, change_map):
        said = self.copy()
        said.alias = change_map.get(self.alias, self.alias)
        return said

    def as_sql(self, compiler, connection):
        return f"{compiler.quote_name_unless_alias(self.alias)}.said", []


AWAITS_REPLY = Q(due_at__isnull=False, answered_at__isnull=True)


UNASSIGNED = Q(team__isnull=True, officer__isnull=True)


# A disclosed crime without its number, whatever the state of the concern: closing it records nothing.
UNRECORDED = Q(crime_disclosed_at__isnull=False, crime_recorded_at__isnull=True)


def _overdue(now) -> Q:
    return AWAITS_REPLY & Q(due_at__lt=now)


def _due_soon(now) -> Q:
    return AWAITS_REPLY & Q(due_at__gte=now, soon_at__lte=now)


def _for_the_desk(reach) -> Q:
    """What has no place, waits for the desk, is in safety review, or is of an area whose commander can't look after it:
    nobody commands it today, or it is about them, perhaps named before they took the command.
    """
    wanted = Q(area__isnull=True) | ~Q(desk_reason="") | Q(safety=True)
    for area, leader in sorted(reach.leaders):
        wanted |= Q(area=area, about_person=leader)
    return wanted | Q(area__in=reach.vacant) if reach.vacant else wanted


def _called(words) -> Q:
    """The concern whose reference `words` are, however it was typed: whole, without the force's prefix, or the first half."""
    prefix = lookup.reference_prefix()
    letters = re.sub(r"[^A-Z0-9]", "", words.upper()).removeprefix(prefix)
    if not re.fullmatch(f"(?:[{REFERENCE_LETTERS}]{{4}}){{1,2}}", letters):
        return Q(pk__in=[])
    return Q(reference__startswith="-".join(filter(None, (prefix, letters[:4], letters[4:]))))


def _asked(words) -> list[str]:
    """The words of a search without commas and stops, whole postcodes in one piece; -without and "in quotes" stay."""
    plain = filter(None, (word.strip(",;.") for word in words.split()))
    return [word if word.startswith("-") else spelling.normalised(word) or word for word in plain]


def _at(word) -> Q:
    """Concerns at the postcode that `word` is, however it was typed, or of whose postcode it is one half."""
    if code := spelling.normalised(word):
        return Q(postcode=spelling.shown(code))
    return Q(postcode__istartswith=f"{word} ") | Q(postcode__iendswith=f" {word}")


class ConcernQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The concerns that `user` may see today: every page, API, admin, search, file and count starts from here.

        `feedback.access.capacities` says the same of one concern.
        """
        reach = reach_of(user)
        if not reach.reads_concerns:
            return self.none()
        # A concern about a named officer is hidden from that officer through every door.
        others = self.exclude(about_person=user)
        if reach.auditor:
            return others
        seen = Q(pk__in=[])
        if reach.areas:
            seen |= Q(area__in=reach.areas, desk_reason="")
        if reach.departments:
            seen |= Q(department__in=reach.departments)
        if reach.desk:
            seen |= _for_the_desk(reach)
        return others.filter(seen)

    def in_hands_of(self, area):
        """Those that `area` works on: what the desk holds of it is not in its hands."""
        return self.filter(area=area, desk_reason="")

    def at_desk(self, user):
        """What the force desk, to which `user` belongs, looks after today."""
        return self.filter(_for_the_desk(reach_of(user)))

    def mentioning(self, words):
        """Those that say `words` in their text, place or postcode, or whose reference it is, or begins with it.

        PostgreSQL finds whole words in any of their forms, also "in quotes" and -without; SQLite each word anywhere.
        """
        if connections[self.db].vendor == "postgresql":
            found = Q(words_kept=SearchQuery(" ".join(_asked(words)), config="english", search_type="websearch"))
            return self.alias(words_kept=Said()).filter(found | _called(words))
        found = Q()
        for word in _asked(words)[:8]:
            found &= Q(text__icontains=word) | Q(place__icontains=word) | _at(word)
        return self.filter(found | _called(words))

    def in_due_order(self):
        """Those that wait for a reply first, the one due first at the top; then the answered."""
        return self.order_by(WAITS_LAST, F("due_at").asc(nulls_last=True), "pk")

    def open(self):
        """Those that are not resolved."""
        return self.filter(OPEN)

    def awaiting_reply(self):
        """Open concerns on the clock without a meaningful reply."""
        return self.open().filter(AWAITS_REPLY)

    def with_first_clock(self):
        """Each with `first_due` and `first_answer`: when the first reply was due, and when it came; a return moves neither."""
        return self.annotate(
            first_due=Coalesce("first_due_at", "due_at"), first_answer=Coalesce("first_answered_at", "answered_at")
        )

    def overdue(self, now=None):
        """Those whose reply is missed at `now`."""
        return self.open().filter(_overdue(now or timezone.now()))

    def due_soon(self, now=None):
        """Those whose reply is due within the last quarter of the clock."""
        return self.open().filter(_due_soon(now or timezone.now()))

    def safety_missed(self, now=None):
        """Those with a safety review that nobody opened in time and that still nobody has opened, whatever their state."""
        reviews = self.model._meta.get_field("safety_reviews").related_model.objects
        late = reviews.unopened().filter(due_at__lt=now or timezone.now())
        return self.filter(pk__in=late.order_by().values("concern"))

    def suspected(self):
        """Those that may not be real concerns and still wait for a second person; the queue keeps them apart."""
        return self.open().filter(suspected=True)

    def repeat_victims(self, repeat):
        """Those marked so (a `Repeat`): of people who may be repeat victims, or are."""
        return self.filter(~Q(repeat=""), repeat=repeat)  # the first is the condition of the index

    def trusted(self):
        """All but those that may not be real concerns."""
        return self.filter(suspected=False)

    def unread(self, hours):
        """Those on the clock that no person has read within `hours` of their receipt."""
        late = Q(received_at__lt=clock.add_hours(timezone.now(), -hours), due_at__isnull=False)
        return self.filter(late, status=Status.RECEIVED)

    def to_warn(self):
        """Those of whose time three quarters are over, and nobody was told yet."""
        return self.due_soon().filter(climbed="", pause="")

    def to_climb(self, force):
        """Those that nobody answered in time and whose next rung is to be told now; `force` has the hours."""
        now = timezone.now()
        waited = Q(climbed_at__lt=F("due_at")) | Q(climbed_at__lte=clock.add_hours(now, -force.climb_hours))
        again = _overdue(now) & waited & ~Q(climbed=Rung.COMMANDER)
        at_the_bottom = Q(climbed__in=["", Rung.OFFICER])
        return self.open().filter(at_the_bottom & _overdue(now) | again)

    def to_warn_of_reading(self, force):
        """Those of whose hours for reading three quarters are over, and nobody was told yet."""
        now, hours = timezone.now(), force.acknowledge_hours
        waits = Q(received_at__gte=clock.add_hours(now, -hours), received_at__lte=clock.add_minutes(now, -hours * 45))
        return self.filter(waits, due_at__isnull=False, status=Status.RECEIVED, reading_climbed="")

    def to_climb_for_reading(self, force):
        """Those that nobody read in time, and whose next rung is to be told now."""
        waited = Q(reading_climbed_at__lte=clock.add_hours(timezone.now(), -force.climb_hours))
        again = waited & ~Q(reading_climbed=Rung.COMMANDER)
        return self.unread(force.acknowledge_hours).filter(Q(reading_climbed__in=["", Rung.OFFICER]) | again)

    def to_record(self, *, late=None, hours=0):
        """Those with a disclosed crime that is not recorded: all, or only the `late` (True) or not late ones (False).

        The `hours` for it run from the moment they were received, through everything.
        """
        found = self.filter(UNRECORDED)
        if late is None:
            return found
        since = clock.add_hours(timezone.now(), -hours)
        return found.filter(received_at__lt=since) if late else found.filter(received_at__gte=since)

    def to_warn_of_crime(self, force):
        """Those of whose hours for recording three quarters are over, and nobody was told yet."""
        hours = force.crime_recording_hours
        soon = clock.add_minutes(timezone.now(), -hours * 45)
        return self.to_record(late=False, hours=hours).filter(received_at__lte=soon, crime_climbed="")

    def to_climb_for_crime(self, force):
        """Those whose crime was not recorded in time, and whose next rung is to be told now."""
        now, hours = timezone.now(), force.crime_recording_hours
        again = Q(crime_climbed_at__lte=clock.add_hours(now, -force.climb_hours)) & ~Q(crime_climbed=Rung.COMMANDER)
        return self.to_record(late=True, hours=hours).filter(Q(crime_climbed__in=["", Rung.OFFICER]) | again)

    def paused_too_long(self):
        """Those whose pause is over."""
        return self.filter(paused_until__lte=timezone.now())

    def in_recourse(self):
        """Those with a recourse that waits for the commander's office, whatever their state; each once."""
        return self.filter(recourses__isnull=False, recourses__answered_at__isnull=True)

    def unassigned(self):
        """Open concerns that neither a team nor a person has."""
        return self.open().filter(UNASSIGNED)

    def figures(self, by=None, **more):
        """How many are open, missed, soon due and with nobody, in one question: a dict of numbers.

        `more`: further conditions (`Q`) on the open ones, by name. `by`: a field; then one dict for each of its values.
        """
        now = timezone.now()
        conditions = {"missed": _overdue(now), "soon": _due_soon(now), "nobody": UNASSIGNED, **more}
        counts = {name: models.Count("pk", filter=condition) for name, condition in conditions.items()}
        rows = self.open().order_by()
        if by is None:
            return rows.aggregate(open=models.Count("pk"), **counts)
        return {row.pop(by): row for row in rows.values(by).annotate(open=models.Count("pk"), **counts)}
