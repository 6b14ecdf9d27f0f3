"""What the pages of one concern are made of: its history in words, what may be done, what must happen next."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.caching import fact
from areas.models import Area, Force
from feedback.access import Act, acts_of, reach_of
from feedback.answering import note_for_colleagues
from feedback.clock import Reading, add_hours, reading_of
from feedback.lifecycle import Repeat, Status
from feedback.models import Rating

from .forms import FORMS
from .history import Kind, history_of, timeline
from .near import near

# What is done rarely, or must not be done by the way, comes last.
ORDER = (
    Act.RECOURSE, Act.PLACE, Act.FORMAT,
    Act.ACKNOWLEDGE, Act.TAKE, Act.ASSIGN, Act.REPLY, Act.ASK, Act.NOTE, Act.REFER, Act.PROBLEM, Act.RESOLVE,
    Act.REOPEN, Act.CONTACT, Act.PAUSE, Act.RESUME, Act.SPLIT, Act.CRIME, Act.SHEET, Act.COMPLAINT, Act.SAFETY, Act.REPEAT,
    Act.DOUBT, Act.HAND, Act.ABOUT, Act.PROPOSE, Act.MOVE,
)  # fmt: skip


def all_areas(request) -> list[Area]:
    """Every area, asked for once while no public fact changes."""
    return fact(request, "areas", lambda: list(Area.objects.all()))


LIST = "list"  # of the session: how the list was narrowed that its reader last looked at, as in an address


def last_list(request) -> str:
    """The address of the list that this person last looked at: whoever works through one comes back to it."""
    return f"{reverse('casework:queue')}{request.session.get(LIST, '')}"


def frame(request, area=None) -> dict:
    """What `staff.html` shows of the person: areas they work in, the chosen one, role, what they may open."""
    reach = reach_of(request.user)
    areas = [area for area in all_areas(request) if area.pk in reach.areas]
    if area is None and len(areas) == 1:
        area = areas[0]
    return {
        "my_areas": areas, "my_area": area, "my_role": role_words(reach, area), "leads": bool(reach.commands),
        "no_concerns": not reach.reads_concerns, "overview": reach.overview, "last_list": last_list(request),
        "records": bool(reach.areas or reach.desk),
    }  # fmt: skip


def role_words(reach, area=None) -> str:
    """The role of somebody with this `Reach`, in words."""
    roles = [
        (bool(reach.commands) and (area is None or area.pk in reach.commands), _("commander")),
        (bool(reach.teams) and not reach.commands, "supervisor"),
        (bool(reach.posted) and not reach.teams and not reach.commands, _("officer")),
        (bool(reach.departments), _("department")),
        (reach.desk, _("force desk")),
        (reach.overview, _("force overview")),
        (reach.auditor, _("auditor")),
    ]
    return ", ".join(words for holds, words in roles if holds)


def possible(user, concern) -> list[Act]:
    """What `user` may do with `concern` in its state, in the order of the page."""
    closed = concern.status == Status.RESOLVED
    never = {
        Act.ACKNOWLEDGE: concern.status != Status.RECEIVED,
        Act.ASK: closed,
        Act.PAUSE: bool(concern.pause) or not concern.ticks,
        Act.RESUME: not concern.pause,
        Act.SPLIT: closed,
        Act.SHEET: concern.crime_disclosed_at is None,
        Act.TAKE: closed or concern.officer_id == user.pk,
        Act.ASSIGN: closed,
        Act.REFER: closed,
        Act.RESOLVE: closed,
        Act.REOPEN: not closed,
        Act.PROPOSE: closed,
        Act.DOUBT: closed,
        Act.PROBLEM: concern.area_id is None,
        Act.MOVE: closed,
        Act.RECOURSE: concern.open_recourse is None,
        Act.FORMAT: not concern.open_formats,
        Act.REPEAT: not concern.repeat,
        Act.CONTACT: not hasattr(concern, "contact"),
    }
    allowed = acts_of(user, concern)
    return [act for act in ORDER if act in allowed and not never.get(act)]


def next_step(concern, acts, asked=None, unsatisfied=False) -> tuple[Act | None, str]:
    """The one thing that must happen next, of `acts`, and why, as a sentence.

    `asked`: the open proposal to move it; `unsatisfied`: the last reply did not answer the person, as they said.
    """
    clock = concern.clock
    crime = concern.crime_disclosed_at and not concern.crime_reference
    waits = _("The clock waits: %(why)s. It goes on by itself at the end of the pause.") % {
        "why": concern.get_pause_display()
    }
    unowned = concern.team_id is None and concern.officer_id is None
    late = clock.state in ("missed", "soon")
    if Act.RECOURSE in acts:
        return Act.RECOURSE, _("The person asked the commander's office, because it went wrong. Answer them.")
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
        (Act.CRIME, crime, _("It may be a crime. Have it recorded, then write the crime number here.")),
        (Act.ASSIGN, unowned, _("Nobody has this yet. Read it and give it to somebody.")),
        (Act.REPLY, late and not unowned, _("The person waits for an answer. Write to them now.")),
        (Act.TAKE, unowned, _("Nobody has this yet. Read it and take it, if it is for you.")),
        (Act.ACKNOWLEDGE, True, _("Nobody has said that they have read this. Read it and say so.")),
        (Act.RESUME, bool(concern.pause), waits),
        (Act.REPLY, concern.answered_at is None, _("The person waits for an answer.")),
        (Act.REPLY, unsatisfied, "The person said that the reply did not answer them. Write to them again."),
        (
            Act.REPEAT,
            concern.repeat == Repeat.ASKED,
            "The person told us of what hurts people again and again. Say whether they are a repeat victim.",
        ),
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


def unsatisfied(updates) -> bool:
    """Whether the person said that the last reply did not, or not wholly, answer them; `updates`: newest first."""
    for update in updates:
        if update.kind in (Kind.RATING, Kind.REPLY):
            return update.kind == Kind.RATING and update.detail != Rating.Answer.YES
    return False


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
    for form in forms.values():
        offered(request, form)
    step, why = next_step(concern, acts, asked, unsatisfied(updates))
    if bound is not None and bound.preview:
        step, why = bound.act, "Read it as the person will. Then change it, or send it."
    force = fact(request, "force", Force.objects.get)
    context = {
        **frame(request, concern.area if concern.area_id in reach_of(request.user).areas else None),
        "concern": concern,
        "who_now": note_for_colleagues(concern),
        "entries": timeline(updates),
        "reviews": concern.reviews_now,
        "photos": concern.photos.numbered(),
        "next": forms.pop(step, None) if step else None,
        "why": why,
        "forms": list(forms.values()),
        "form": bound,
        "near": near(request.user, concern),
        "read": read_clock(concern, force),
        "crime": crime_clock(concern, force),
        "recourse": concern.open_recourse,
        "wanted": concern.open_formats,
        "withdrawn": any(update.kind == Kind.WITHDRAWN for update in updates) and concern.withdrawn,
    }
    return render(request, "casework/concern.html", context, status=status)


def offered(request, form) -> None:
    """Let the long choices of `form` be drawn from what is kept while no public fact changes.

    What is sent is still looked up in the tables, so nobody is given what is no choice any more.
    """
    for name, by in form.kept.items():
        if name == "area" and name in form.fields:
            others = [(str(area.pk), str(area)) for area in all_areas(request) if area.pk != form.concern.area_id]
            form.fields[name].choices = [("", form.fields[name].empty_label), *others]
        elif name in form.fields:
            field, place = form.fields[name], [getattr(form.concern, one) for one in by]
            field.choices = fact(request, f"choices {form.act} {name} {place}", lambda field=field: _pairs(field))


def _pairs(field) -> list[tuple]:
    """The choices of `field` as text; those under one heading stay there."""
    return [
        (str(value), [(str(key), str(words)) for key, words in label] if isinstance(label, list) else str(label))
        for value, label in field.choices
    ]


def read_clock(concern, force):
    """Whether a person has read it in time, as a `Clock`."""
    what = Reading(
        _("To be read by a person within %(span)s"), _("Not read in time: late by %(span)s"),
        _("Read by a person after %(span)s"), _("Read late, after %(span)s"),
    )  # fmt: skip
    due = add_hours(concern.received_at, force.acknowledge_hours)
    return reading_of(what, begun=concern.received_at, due=due, done=concern.acknowledged_at)


def crime_clock(concern, force):
    """Whether a disclosed crime is recorded in time, from the moment the concern was received, as a `Clock`; None without one."""
    if concern.crime_disclosed_at is None:
        return None
    what = Reading(
        _("To be recorded within %(span)s"), _("Not recorded in time: late by %(span)s"),
        _("Recorded %(span)s after we received it"), _("Recorded late, %(span)s after we received it"),
    )  # fmt: skip
    due = add_hours(concern.received_at, force.crime_recording_hours)
    return reading_of(what, begun=concern.received_at, due=due, done=concern.crime_recorded_at)
