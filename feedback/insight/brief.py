"""The morning brief of an area: what must be decided today, as sentences with numbers, each of which opens its list.

Everything starts from what its reader may see. Pages and the mail at seven read the same lines.
"""

from functools import cached_property

from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.asking import one_row
from accounts.caching import kept_fact
from accounts.stamp import Stamp, midnight
from areas.models import Force
from feedback import clock
from feedback.access import reach_of
from feedback.lifecycle import Repeat, Status
from feedback.models.concern import Concern

from .brief_concerns import (
    growth,
    mine,
    missed,
    nobody,
    recourse,
    repeat,
    safety,
    suspected,
    to_record,
    today,
    unopened,
    unread,
    unrecorded,
)
from .brief_lines import LATELY, LIMIT, Line, listing
from .brief_news import NEWS, counted, told
from .brief_people import here_of, overload, stale, strength, unnamed
from .growth import cells_of

WAITS_SQL = """
SELECT (SELECT COUNT(*) FROM feedback_concern WHERE area_id = %s AND status = %s),
       (SELECT COUNT(*) FROM feedback_recourse r JOIN feedback_concern c ON c.id = r.concern_id
        WHERE r.answered_at IS NULL AND c.area_id = %s),
       (SELECT COUNT(*) FROM feedback_concern
        WHERE crime_disclosed_at IS NOT NULL AND crime_recorded_at IS NULL AND area_id = %s),
       (SELECT COUNT(DISTINCT s.concern_id) FROM feedback_safetyreview s JOIN feedback_concern c ON c.id = s.concern_id
        WHERE s.opened_at IS NULL AND s.due_at < %s AND c.area_id = %s),
       (SELECT COUNT(*) FROM feedback_concern WHERE area_id = %s AND repeat = 'asked' AND NOT repeat = '')
"""


class Brief:
    """What one person reads of one area now: `lines` to decide, `news` since yesterday, `calm` what needs nothing."""

    def __init__(self, user, area, stamp: str = ""):
        self.user, self.area, self.now = user, area, timezone.now()
        self.stamp = stamp or Stamp.current()
        self.commands = area.pk in reach_of(user).commands
        self.here = here_of(user, area)

    @cached_property
    def lines(self) -> list[Line]:
        """What needs a decision, the most pressing first; lines without anything to decide are left out."""
        return self.kept("lines", self._lines)

    def _lines(self):
        found = [make(self) for make in LINES]
        return [line for lines in found for line in (lines if isinstance(lines, list) else [lines]) if line.number]  # type: ignore[union-attr]

    @cached_property
    def figures(self) -> dict:
        """The open concerns of the area in numbers, and when the next reply is due, in one question."""
        today = Q(due_at__gte=self.now, due_at__lt=midnight(-1), answered_at__isnull=True)
        return self.here.figures(review=Q(safety=True), mine=Q(officer=self.user), today=today)

    @cached_property
    def waits(self) -> tuple:
        """How many of the area nobody has read, wait for the commander's office, tell of a crime to record, have a safety review
        that is late, or may be of a repeat victim: shown to nobody, they tell that something was done, and whether there is
        anything to count for this reader."""
        area, now = self.area.pk, connection.ops.adapt_datetimefield_value(self.now)
        return one_row(WAITS_SQL, [area, Status.RECEIVED.value, area, area, now, area, area])

    @cached_property
    def missed(self) -> dict:
        """Why replies are missed: each missed one has exactly one reason."""
        nobody, referred = Q(team__isnull=True, officer__isnull=True), Q(status=Status.REFERRED)
        unread = Q(status=Status.RECEIVED)
        return self.here.overdue(self.now).aggregate(
            missed=Count("pk"),
            nobody=Count("pk", filter=nobody),
            unread=Count("pk", filter=unread & ~nobody),
            referred=Count("pk", filter=referred & ~nobody),
        )

    @cached_property
    def unread(self) -> int:
        """How many nobody read in the hours for it."""
        return self.here.unread(self.hours).order_by()[: LIMIT + 1].count() if self.waits[0] else 0

    @cached_property
    def hours(self) -> int:
        """Within how many hours somebody reads a concern."""
        return self.force.acknowledge_hours

    @property
    def force(self):
        """The force's hours."""
        return kept_fact("force", Force.objects.get, self.stamp)

    @cached_property
    def crimes(self) -> dict:
        """Disclosed crimes without a number: how many, how many of them too late, and when the first of the others came in."""
        if not self.waits[2]:
            return {"all": 0, "late": 0, "first": None}
        hours = self.force.crime_recording_hours
        late = Q(received_at__lt=clock.add_hours(self.now, -hours))
        counts = {"all": Count("pk"), "late": Count("pk", filter=late), "first": Min("received_at", filter=~late)}
        return self.here.to_record().order_by().aggregate(**counts)

    @cached_property
    def recourse(self) -> int:
        """How many people wait for the commander's office: each concern has one open recourse at most."""
        return self.here.in_recourse().count() if self.waits[1] else 0

    @cached_property
    def unopened(self) -> int:
        """How many have a safety review that nobody opened in time; what may be no real concern, too: danger comes first."""
        here = Concern.objects.visible_to(self.user).in_hands_of(self.area)
        return here.safety_missed(self.now).order_by()[: LIMIT + 1].count() if self.waits[3] else 0

    @cached_property
    def repeats(self) -> int:
        """How many may be of a repeat victim, and wait for somebody to say so."""
        return self.here.repeat_victims(Repeat.ASKED).order_by().count() if self.waits[4] else 0

    @cached_property
    def cells(self) -> list:
        """What is compared with the last eight weeks, up to midnight; empty while there are none. Kept for an hour."""
        return kept_fact(
            f"brief:cells:{self.user.pk}:{self.area.pk}:{self.now:%H}", lambda: cells_of(self.here), self.stamp
        )

    @cached_property
    def news(self) -> list[Line]:
        """What changed since yesterday began, in one sentence of several numbers."""
        return self.kept("news", self._news)

    def _news(self):
        counts = counted({name: narrow(self.here) for name, narrow in NEWS.items()})
        return [
            Line(name, number, told(name, number), listing(self.area, news=name, status=""))
            for name, number in counts.items()
            if number
        ]

    @cached_property
    def strength(self) -> list[tuple[str, str]]:
        """What the area has to do all this with, as `brief_people.strength` says it."""
        return strength(self)

    @cached_property
    def moved(self) -> list[dict]:
        """What left the area lately, as `Concern.moved_from` gives it."""
        return self.kept("moved", lambda: list(Concern.moved_from(self.area, self.user)[:LATELY]))

    @property
    def calm(self) -> list[str]:
        """What needs nothing today, so that its silence is no gap."""
        names = {line.name for line in self.lines}
        told = {
            "missed": _("No reply is missed."),
            "today": _("No reply is due today."),
            "nobody": _("Everything is with somebody."),
            **(
                {"growth": _("Nothing grows beyond chance.")} if self.kept("compared", lambda: bool(self.cells)) else {}
            ),
        }
        return [words for name, words in told.items() if name not in names]

    def fact(self, name, make):
        """What `make` gives of public facts of the area, kept while the stamp holds."""
        return kept_fact(f"brief:{name}:{self.area.pk}", make, self.stamp)

    def kept(self, name, make):
        """What `make` gives, for this reader alone: for a minute, while the figures and the facts stay as they are.

        The figures are asked each time, so whatever the reader does to a concern shows at once.
        """
        figures = " ".join(map(str, [*self.figures.values(), *self.waits]))
        mark = f"brief:{name}:{self.user.pk}:{self.area.pk}:{self.commands}:{self.now:%H:%M}:{figures}"
        return kept_fact(mark, make, self.stamp)


# The lines, in the order in which they press.
LINES = [
    unopened,
    safety,
    recourse,
    unrecorded,
    missed,
    unread,
    to_record,
    today,
    nobody,
    repeat,
    growth,
    overload,
    unnamed,
    stale,
    suspected,
    mine,
]
