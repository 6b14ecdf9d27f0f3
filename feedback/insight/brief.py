"""The morning brief of an area: what must be decided today, as sentences with numbers, each of which opens its list.

Everything starts from what its reader may see. Pages and the mail at seven read the same lines.
"""

from functools import cached_property

from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.asking import one_row
from accounts.caching import kept_fact
from accounts.stamp import Stamp
from areas.models import Force
from feedback import clock
from feedback.access import reach_of
from feedback.lifecycle import Repeat, Status
from feedback.models.concern import Concern

from .brief_lines import LATELY, LIMIT, NAMED, Line, listing
from .brief_news import NEWS, counted, told
from .brief_people import here_of, overload, stale, strength, unnamed
from .growth import DAY, cells_of, chance_words, midnight, rises, usual_words

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


# ---- the lines, in the order in which they press ---------------------------------------------------------------------
def safety(brief) -> Line:
    """Concerns in safety review."""
    number = brief.figures["review"]
    words = ngettext("concern is in safety review", "concerns are in safety review", number)
    return Line("safety", number, words, listing(brief.area, safety="yes"), "violet", "shield")


def unopened(brief) -> Line:
    """Safety reviews that nobody opened in time: the alerts go on, and this stands first until somebody opens them."""
    number = brief.unopened
    words = ngettext(
        "concern has a safety review that nobody opened in time", "concerns have a safety review that nobody opened in time",
        number,
    )  # fmt: skip
    return Line("unopened", number, words, listing(brief.area, safety="missed", status=""), "red", "shield")


def suspected(brief) -> Line:
    """What may be no real concern, and waits for a second person. It stands in no other number."""
    waits = Concern.objects.visible_to(brief.user).in_hands_of(brief.area).suspected()
    number = waits.order_by()[: LIMIT + 1].count()
    words = ngettext("may be no real concern: look at it", "may be no real concerns: look at them", number)
    return Line("suspected", number, words, listing(brief.area, suspected="yes"), "", "eye")


def repeat(brief) -> Line:
    """People who may be repeat victims: a named human is to say so."""
    words = f"{'person may be a repeat victim' if brief.repeats == 1 else 'people may be repeat victims'}, to review"
    return Line("repeat", brief.repeats, words, listing(brief.area, repeat=Repeat.ASKED, status=""), "amber", "people")


def recourse(brief) -> Line:
    """People who turned to the commander's office and wait for its answer."""
    number = brief.recourse
    words = ngettext("person waits for the commander's office", "people wait for the commander's office", number)
    return Line("recourse", number, words, listing(brief.area, recourse="yes", status=""), "red", "people")


def missed(brief) -> Line:
    """Replies that are missed, and why."""
    if not brief.figures["missed"]:
        return Line("missed", 0, "")
    why, area = brief.missed, brief.area
    rest = why["missed"] - why["nobody"] - why["unread"] - why["referred"]
    reasons = [
        (why["nobody"], _("%(n)s with nobody"), {"owner": "nobody"}),
        (why["unread"], _("%(n)s given to somebody and not read yet"), {"owner": "given", "status": Status.RECEIVED}),
        (why["referred"], _("%(n)s with a partner"), {"owner": "given", "status": Status.REFERRED}),
        (rest, _("%(n)s read, with no reply yet"), {"owner": "given", "status": "working"}),
    ]
    more = [(words % {"n": n}, listing(area, due="missed", **asked)) for n, words, asked in reasons if n]
    words = ngettext("reply is missed", "replies are missed", why["missed"])
    return Line("missed", why["missed"], words, listing(area, due="missed"), "red", "warning", more)


def unread(brief) -> Line:
    """Concerns on the clock that no person read in time: the first of the two clocks is missed."""
    number, area = brief.unread, brief.area
    if not number:
        return Line("unread", 0, "")
    nobody = brief.here.unread(brief.hours).unassigned().order_by()[: LIMIT + 1].count()
    reasons = [(nobody, _("%(n)s with nobody"), "nobody"), (number - nobody, _("%(n)s given to somebody"), "given")]
    more = [(words % {"n": n}, listing(area, due="unread", owner=owner)) for n, words, owner in reasons if n]
    words = ngettext(
        "concern was not read by anybody within %(hours)d hours", "concerns were not read by anybody within %(hours)d hours",
        number,
    ) % {"hours": brief.hours}  # fmt: skip
    return Line("unread", number, words, listing(area, due="unread"), "red", "clock", more)


def unrecorded(brief) -> Line:
    """Crimes that were disclosed and not recorded within the hours for it."""
    number, hours = brief.crimes["late"], brief.force.crime_recording_hours
    words = f"{'crime is' if number == 1 else 'crimes are'} not recorded within {hours} hours of our hearing of it"
    return Line("unrecorded", number, words, listing(brief.area, crime="missed", status=""), "red", "warning")


def to_record(brief) -> Line:
    """Crimes that were disclosed and have to be recorded, in time still, and how long the first can wait."""
    number, more = brief.crimes["all"] - brief.crimes["late"], []
    if number:
        due = clock.add_hours(brief.crimes["first"], brief.force.crime_recording_hours)
        more = [(_("the first in %(left)s") % {"left": clock.span_in_words(due - brief.now)}, "")]
    words = f"{'crime is' if number == 1 else 'crimes are'} to be recorded, in time still"
    return Line("to_record", number, words, listing(brief.area, crime="due", status=""), "amber", "clock", more)


def today(brief) -> Line:
    """Replies due before midnight, and how long the first can wait."""
    number = brief.figures["today"]
    words = ngettext("reply is due today", "replies are due today", number)
    more = []
    if number:
        first = brief.here.awaiting_reply().filter(due_at__gte=brief.now).aggregate(first=Min("due_at"))["first"]
        left = clock.span_in_words(first - brief.now)
        more = [(_("the first in %(left)s") % {"left": left}, "")]
    return Line("today", number, words, listing(brief.area, due="today"), "amber", "half", more)


def nobody(brief) -> Line:
    """Concerns that neither a team nor a person has."""
    number = brief.figures["nobody"]
    words = ngettext("concern is with nobody yet", "concerns are with nobody yet", number)
    return Line("nobody", number, words, listing(brief.area, owner="nobody"), "amber", "people")


def mine(brief) -> Line:
    """What its reader has."""
    number = brief.figures["mine"]
    words = ngettext("open concern is yours", "open concerns are yours", number)
    return Line("mine", number, words, listing(brief.area, owner="mine"), "", "eye")


def growth(brief) -> list[Line]:
    """Kinds of concern that grow beyond chance, with how sure that is."""
    found = rises(brief.cells)
    wards = {cell.category for cell in found if cell.ward}
    # Where one ward stands out, that the whole area grows says no more.
    return [_grown(brief.area, cell) for cell in found if cell.ward or cell.category not in wards][:NAMED]


def _grown(area, cell) -> Line:
    (code, kind), when = cell.category, "yesterday" if cell.days == DAY else "week"
    facts = {"kind": kind, "place": cell.ward[1] if cell.ward else area.name, "usual": usual_words(cell)}
    told = _("of “%(kind)s” in %(place)s yesterday, %(usual)s on that day of the week")
    if cell.days != DAY:
        told = _("of “%(kind)s” in %(place)s in the last seven days, %(usual)s")
    asked = {
        "category": code,
        "received": when,
        "kind": "concern",
        "status": "",
        **({"ward": cell.ward[0]} if cell.ward else {}),
    }
    return Line(
        "growth", cell.seen, told % facts, listing(area, **asked), "", "arrow", [(chance_words(cell), "")],
        mail=_("concerns of one kind: more than chance explains"),
    )  # fmt: skip


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
