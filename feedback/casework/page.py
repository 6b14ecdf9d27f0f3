"""What the pages of one concern are made of: its history in words, what may be done, what must happen next."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.caching import fact
from areas.models import Area, Force
from feedback.access import Act, acts_of, reach_of
from feedback.answering import note_for_colleagues
from feedback.clock import add_hours, in_words
from feedback.lifecycle import Status
from feedback.models import ConcernUpdate
from feedback.models.update import Entry

from .forms import FORMS

Kind = ConcernUpdate.Kind
Side = ConcernUpdate.Side

# What is done rarely, or must not be done by the way, comes last.
ORDER = (
    Act.PLACE, Act.ACKNOWLEDGE, Act.TAKE, Act.ASSIGN, Act.REPLY, Act.NOTE, Act.REFER, Act.PROBLEM, Act.RESOLVE, Act.REOPEN,
    Act.CONTACT, Act.CRIME, Act.COMPLAINT, Act.SAFETY, Act.DOUBT, Act.HAND, Act.ABOUT, Act.PROPOSE, Act.MOVE,
)  # fmt: skip


def frame(request, area=None) -> dict:
    """What `staff.html` shows of the person: areas they work in, the chosen one, role, whether they command."""
    reach = reach_of(request.user)
    areas = [area for area in fact(request, "areas", lambda: list(Area.objects.all())) if area.pk in reach.areas]
    if area is None and len(areas) == 1:
        area = areas[0]
    return {"my_areas": areas, "my_area": area, "my_role": role_words(reach, area), "leads": bool(reach.commands)}


def role_words(reach, area=None) -> str:
    """The role of somebody with this `Reach`, in words."""
    roles = [
        (bool(reach.commands) and (area is None or area.pk in reach.commands), _("commander")),
        (bool(reach.posted) and not reach.commands, _("officer")),
        (bool(reach.departments), _("department")),
        (reach.desk, _("force desk")),
        (reach.overview, _("force overview")),
        (reach.auditor, _("auditor")),
    ]
    return ", ".join(words for holds, words in roles if holds)


def timeline(updates) -> list[Entry]:
    """`updates` (with their people and places joined) as entries, newest first."""
    return [Entry(u.side, _who(u), u.at, _what(u), u.text) for u in updates]


def _who(update) -> str:
    return update.by_label or str(Side(update.side).label)


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
    return _("Now “%(status)s”") % {"status": new}


def _assigned(update) -> str:
    whom = " / ".join(str(one) for one in (update.officer, update.team) if one)
    return _("Given to %(whom)s") % {"whom": whom} if whom else _("Given back: nobody has it now")


def _reply(update) -> str:
    if update.how in ("", ConcernUpdate.How.WRITTEN):
        return _("Replied in writing")
    facts = {"who": update.said_by, "when": in_words(update.happened_at or update.at)}
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


WORDS = {
    Kind.RECEIVED: lambda u: _("Told us"),
    Kind.STATUS: _status,
    Kind.ASSIGNED: _assigned,
    Kind.REPLY: _reply,
    Kind.NOTE: lambda u: _("Note for colleagues"),
    Kind.MESSAGE: lambda u: _("Wrote again"),
    Kind.AREA_MOVE: _area_move,
    Kind.MOVE_PROPOSED: lambda u: _("Asked to move it to %(area)s") % {"area": u.to_area},
    Kind.PLACED: lambda u: _("Placed in %(area)s by the desk") % {"area": u.to_area},
    Kind.REFERRAL: lambda u: _("Referred to %(partner)s") % {"partner": u.partner},
    Kind.ABOUT: lambda u: _("Marked as about %(who)s") % {"who": u.officer},
    Kind.PROBLEM: lambda u: _("Part of a problem") if u.text else _("Part of no problem any more"),
    Kind.DEPARTMENT: lambda u: _("Handed to %(department)s") % {"department": u.department},
}


def possible(user, concern) -> list[Act]:
    """What `user` may do with `concern` in its state, in the order of the page."""
    closed = concern.status == Status.RESOLVED
    never = {
        Act.ACKNOWLEDGE: concern.status != Status.RECEIVED,
        Act.TAKE: closed or concern.officer_id == user.pk,
        Act.ASSIGN: closed,
        Act.REFER: closed,
        Act.RESOLVE: closed,
        Act.REOPEN: not closed,
        Act.PROPOSE: closed,
        Act.DOUBT: closed,
        Act.PROBLEM: concern.area_id is None,
        Act.MOVE: closed,
        Act.CONTACT: not hasattr(concern, "contact"),
    }
    allowed = acts_of(user, concern)
    return [act for act in ORDER if act in allowed and not never.get(act)]


def next_step(concern, acts, asked=None) -> tuple[Act | None, str]:
    """The one thing that must happen next, of `acts`, and why, as a sentence. `asked`: the open proposal to move it."""
    clock = concern.clock
    unowned = concern.team_id is None and concern.officer_id is None
    late = clock.state in ("missed", "soon")
    if concern.status == Status.RESOLVED:
        return None, _("This concern is closed. Nothing more needs to happen.")
    steps = [
        (
            Act.SAFETY,
            concern.safety,
            _("Somebody may be in danger. Read it all, do what must be done now, and say what you found."),
        ),
        (Act.PLACE, True, _("Say which area this belongs to.")),
        (Act.MOVE, asked is not None, asked and _proposed(asked)),
        (Act.ASSIGN, unowned, _("Nobody has this yet. Read it and give it to somebody.")),
        (Act.REPLY, late and not unowned, _("The person waits for an answer. Write to them now.")),
        (Act.TAKE, unowned, _("Nobody has this yet. Read it and take it, if it is for you.")),
        (Act.ACKNOWLEDGE, True, _("Nobody has said that they have read this. Read it and say so.")),
        (Act.REPLY, concern.answered_at is None, _("The person waits for an answer.")),
        (Act.RESOLVE, True, _("The person has an answer. When the work is done, say how it ended.")),
    ]
    for act, holds, why in steps:
        if holds and act in acts:
            return act, why
    return None, _("There is nothing for you to decide here now.")


def _proposed(update) -> str:
    facts = {"who": update.by_label, "area": update.to_area, "reason": update.text}
    words = _("%(who)s asks to move it to %(area)s: “%(reason)s” Move it, or give it to somebody here to keep it.")
    return words % facts


def proposal(updates):
    """The open proposal to move among `updates` (newest first), or None."""
    for update in updates:
        if update.kind == Kind.MOVE_PROPOSED:
            return update
        if update.kind in (Kind.AREA_MOVE, Kind.PLACED, Kind.ASSIGNED):
            return None
    return None


def concern_page(request, concern, *, bound=None, status=200):
    """The page of one concern; `bound`: a form that was refused, shown again with what was typed."""
    updates = list(history_of(concern))
    acts = possible(request.user, concern)
    asked = proposal(updates)
    seen = max((u.pk for u in updates), default=0)
    initial = {Act.MOVE: {"area": asked.to_area_id, "reason": asked.text}} if asked else {}
    forms = {act: FORMS[act](concern=concern, user=request.user, seen=seen, initial=initial.get(act)) for act in acts}
    if bound is not None:
        forms[bound.act] = bound
    step, why = next_step(concern, acts, asked)
    context = {
        **frame(request, concern.area if concern.area_id in reach_of(request.user).areas else None),
        "concern": concern,
        "who_now": note_for_colleagues(concern),
        "entries": timeline(updates),
        "reviews": reviews_of(concern),
        "photos": concern.photos.numbered(),
        "next": forms.pop(step, None) if step else None,
        "why": why,
        "forms": list(forms.values()),
        "form": bound,
        "crime_due": (due := crime_due(concern)),
        "crime_late": due is not None and concern.crime_disclosed_at > due,
    }
    return render(request, "casework/concern.html", context, status=status)


def reviews_of(concern) -> list:
    """Why it is in safety review now: what was found, by which rules, and by when it had to be opened."""
    return list(concern.safety_reviews.undecided().prefetch_related("rules")) if concern.safety else []


def history_of(concern):
    """The whole history of `concern`, newest first, with what its words need."""
    return concern.updates.select_related(
        "by", "from_area", "to_area", "team", "officer", "department", "partner"
    ).order_by("-at", "-pk")


def crime_due(concern):
    """By when a disclosed crime must be recorded: hours of the force's, from the moment the concern was received."""
    if concern.crime_disclosed_at is None:
        return None
    return add_hours(concern.received_at, Force.objects.get().crime_recording_hours)
