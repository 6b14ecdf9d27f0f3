"""What the brief tells of concerns: what is late or due, what nobody has, what grows beyond chance; each number and its list."""

from django.db.models import Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback import clock
from feedback.lifecycle import Repeat, Status
from feedback.models.concern import Concern

from .brief_lines import LIMIT, NAMED, Line, listing
from .growth import DAY, chance_words, rises, usual_words


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
