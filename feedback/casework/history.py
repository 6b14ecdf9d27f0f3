"""The whole history of one concern in words, for those who work on it."""

from django.db.models import Q
from django.utils.translation import gettext as _

from feedback import standing
from feedback.clock import in_words
from feedback.lifecycle import Repeat, Status
from feedback.models import ConcernUpdate, FormatRequest, Rating
from feedback.models.timing import CRIME, READING
from feedback.models.update import Entry
from hubs.ladder import Rung

Kind = ConcernUpdate.Kind
Side = ConcernUpdate.Side


def history_of(concern):
    """The whole history of `concern`, newest first, with what its words need."""
    elsewhere = Q(kind=Kind.REPEAT) & ~Q(to_area=concern.area_id)  # what another area found of the person stays there
    return (
        concern.updates.exclude(elsewhere)
        .select_related("by", "other", "from_area", "to_area", "team", "officer", "department", "partner")
        .order_by("-at", "-pk")
    )


def timeline(updates) -> list[Entry]:
    """`updates` (with their people and places joined) as entries, newest first."""
    return [Entry(u.side, _who(u), u.at, _what(u), u.text) for u in updates]


def _who(update) -> str:
    partner = update.side == Side.PARTNER and update.partner
    return str(partner or update.by_label or Side(update.side).label)


def _what(update) -> str:
    what = WORDS.get(update.kind, lambda u: str(u.get_kind_display()))(update)
    if update.public and update.side != Side.PUBLIC and update.text:
        return _("%(what)s. The person can read this.") % {"what": what}
    return what


def _status(update) -> str:
    new = Status(update.to_status).label
    if update.outcome:
        return _("Closed: %(outcome)s") % {"outcome": update.get_outcome_display()}
    if update.from_status == Status.RESOLVED:
        return _("Opened again")
    if update.decision:
        return _("Read it, and decided: %(decision)s") % {"decision": update.get_decision_display()}
    return _("Now “%(status)s”") % {"status": new}


def _assigned(update) -> str:
    whom = " / ".join(str(one) for one in (update.officer, update.team) if one)
    return _("Given to %(whom)s") % {"whom": whom} if whom else _("Given back: nobody has it now")


def _reply(update) -> str:
    if update.how in ("", ConcernUpdate.How.WRITTEN):
        return _("Replied in writing")
    facts = {"who": update.said_by or update.by_label, "when": in_words(update.happened_at or update.at)}
    if update.how == ConcernUpdate.How.PHONE:
        return _("%(who)s answered by phone on %(when)s") % facts
    return _("%(who)s answered in person on %(when)s") % facts


def _area_move(update) -> str:
    if update.side == Side.SYSTEM:
        return _("Told the person who has it now")
    facts = {"old": update.from_area or "", "new": update.to_area or ""}
    if update.to_area is None:
        return _("Sent to the force desk: a third move was asked for")
    return _("Moved from %(old)s to %(new)s") % facts


def _format(update) -> str:
    words = _("Asked for: %(what)s") if update.side == Side.PUBLIC else _("Said that it is there: %(what)s")
    return words % {"what": FormatRequest.Format(update.detail).label}


def _clock(update) -> str:
    facts = {"why": update.get_pause_display(), "due": in_words(update.due_at) if update.due_at else ""}
    if update.kind == Kind.PAUSED:
        return _("The clock waits: %(why)s. The reply is due by %(due)s now.") % facts
    return _("The clock goes on. The reply is due by %(due)s now.") % facts


def _repeat(update) -> str:
    if update.detail == Repeat.ASKED:
        return "Asked whether the person is a repeat victim"
    found = "Repeat victim" if update.detail == Repeat.YES else "No repeat victim"
    return found if update.by_label else f"{found}, as decided before"


def _climbed(update) -> str:
    who = update.officer or (_("the force desk") if update.concern.at_desk else _("the area's inbox"))
    facts = {"who": who, "rung": update.get_rung_display().lower()}
    if update.detail == CRIME:
        late = f"The crime was not recorded in time: told the {facts['rung']}, {who}"
        soon = f"Three quarters of the time for recording the crime are over: told {who}"
        return soon if update.rung == Rung.OFFICER else late
    if update.detail == READING:
        late = f"Nobody read it in time: told the {facts['rung']}, {who}"
        soon = f"Three quarters of the time for reading it are over: told {who}"
        return soon if update.rung == Rung.OFFICER else late
    if update.rung == Rung.OFFICER:
        return _("Three quarters of the time are over: told %(who)s") % facts
    return _("Not done in time: told the %(rung)s, %(who)s") % facts


def _problem(update) -> str:
    if update.public:
        apart = "Told the person that it is joined with others no longer"
        return apart if update.text == standing.APART else _("Told the person that others told us, too")
    return _("Part of a problem") if update.text else _("Part of no problem any more")


WORDS = {
    Kind.RECEIVED: lambda u: _("Told us"),
    Kind.STATUS: _status,
    Kind.ASSIGNED: _assigned,
    Kind.REPLY: _reply,
    Kind.NOTE: lambda u: f"Note for {u.officer}, who was told" if u.officer else _("Note for colleagues"),
    Kind.HOLDING: lambda u: _("Holding reply; the clock ran on"),
    Kind.ASKED: lambda u: _("Asked the person"),
    Kind.PAUSED: _clock,
    Kind.RESUMED: _clock,
    Kind.CLIMBED: _climbed,
    Kind.SPLIT: lambda u: _("Split: the other half is %(reference)s") % {"reference": u.other.reference},
    Kind.ANSWERED: lambda u: _("Answered us through their link"),
    Kind.MESSAGE: lambda u: _("Wrote again"),
    Kind.AREA_MOVE: _area_move,
    Kind.MOVE_PROPOSED: lambda u: _("Asked to move it to %(area)s") % {"area": u.to_area},
    Kind.PLACED: lambda u: _("Placed in %(area)s by the desk") % {"area": u.to_area},
    Kind.REFERRAL: lambda u: _("Referred to %(partner)s") % {"partner": u.partner},
    Kind.ABOUT: lambda u: _("Marked as about %(who)s") % {"who": u.officer},
    Kind.RATING: lambda u: _("Did the reply answer them? %(answer)s") % {"answer": Rating.Answer(u.detail).label},
    Kind.CORRECTION: lambda u: _("Changed the words. They were:"),
    Kind.WITHDRAWN: lambda u: _("Took it back"),
    Kind.FORMAT: _format,
    Kind.REPEAT: _repeat,
    Kind.RECOURSE: lambda u: _("Asked the commander's office"),
    Kind.RECOURSE_REPLY: lambda u: _("Answered for the commander's office"),
    Kind.PROBLEM: _problem,
    Kind.DEPARTMENT: lambda u: _("Handed to %(department)s") % {"department": u.department},
}
