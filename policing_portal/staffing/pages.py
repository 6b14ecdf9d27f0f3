"""The pages of moves and calendars: the same for the admin and for a commander, each in its own room."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.stamp import today_in_london
from hubs.models import Hub, MoveRefused, mark_stand_ins

from .calendar import weeks_of
from .forms import MOVES, Reasoned
from .preview import preview
from .room import DEPARTMENTS, chosen_area, nothing


# ---- moves -----------------------------------------------------------------------------------------------------------
def move(request, kind, room):
    """Whom, where, from which day and why; then what would change; then it is done."""
    if kind not in MOVES or not room.areas:
        raise Http404
    area = chosen_area(request, room)
    if area is None:
        return room.show(request, "choose_area", title=MOVES[kind].title, departments=room.whole and kind != "team")
    if area is DEPARTMENTS and kind == "team":
        nothing()
    q = request.GET.get("q", "")[:100]
    form = MOVES[kind](request.POST or None, room=room, source=area, q=q, initial=_offered(request))
    found = None
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            found = _previewed(form, request.user)
            if found and "do" in request.POST and request.POST.get("token") == found.token:
                made = form.decide(request.user)
                messages.success(request, _said(made))
                return redirect(room.url("home"))
    sent = [(name, value) for name in form.fields for value in request.POST.getlist(name)] if found else []
    changed = bool(found and "do" in request.POST)
    return room.show(
        request, "move", form=form, found=found, area=area, sent=sent, changed=changed, title=form.title, q=q
    )


def _offered(request) -> dict:
    """What the address asks for: `?posting=3&posting=4`, `?person=`, `?team=`; only numbers."""
    asked = {
        name: [value for value in request.GET.getlist(name) if value.isdecimal()]
        for name in ("posting", "person", "team")
    }
    first = {name: values[0] for name, values in asked.items() if values}
    return {
        "postings": asked["posting"],
        "first": first.get("posting"),
        "person": first.get("person"),
        "team": first.get("team"),
    }


def _previewed(form, by):
    try:
        day = max(form.cleaned_data["from_date"], today_in_london())
        return preview(lambda: form.decide(by), day, by=by)
    except ValidationError as refusal:
        form.add_error(None, refusal)
    return None


def _said(made) -> str:
    if made.waits:
        return _("Done: it takes effect on %(day)s. Until then you can undo it.") % {"day": date_format(made.from_date)}
    return _("Done: it is in effect now.")


@require_POST
def undo(request, pk, room):
    """Take a move back that has not taken effect; both its ends must be this person's."""
    made = get_object_or_404(room.moves, pk=pk)
    asked = Reasoned(request.POST)
    if not asked.is_valid():
        messages.error(request, "Nothing was undone: say why, in at most 100 letters.")
        return redirect(room.url("home"))
    try:
        made.undo(by=request.user, areas=None if room.whole else room.ids, why=asked.cleaned_data["why"])
    except MoveRefused as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Undone. Everything is as it was."))
    return redirect(room.url("home"))


# ---- calendars ---------------------------------------------------------------------------------------------------------
def hub(request, slug, room):
    """The calendar of a hub: its teams, who is in them in which week, who is away."""
    here = get_object_or_404(Hub.objects.filter(area__in=room.ids).select_related("area"), slug=slug)
    start = request.GET.get("from", "")
    weeks = weeks_of(here, start)
    return room.show(request, "hub", hub=here, calendar=weeks, title=_("Calendar of %(hub)s") % {"hub": here})


def person(request, pk, room):
    """One person's postings through time, with what is planned and who answers while they are away.

    Why they came to a team that is kept elsewhere, and what kept them away there, is not told here.
    """
    one = get_object_or_404(room.known, pk=pk)
    kept = set(room.teams.values_list("pk", flat=True))
    rows = (
        one.postings.select_related("team__hub__area", "team__department")
        .prefetch_related("named_wards")
        .order_by("-from_date", "-pk")
    )
    day = today_in_london()
    history = [
        {
            "posting": row,
            "reason": row.reason if row.team_id in kept else "",
            "now": row.from_date <= day and (row.until is None or row.until >= day),
            "ahead": row.from_date > day,
            "move": _way(room, "people", row, posting=row.pk) if row.team_id in kept and one != request.user else "",
        }
        for row in rows
    ]
    moved = next((line for line in history if line["now"] and line["move"]), None)
    leave = _way(room, "leave", moved["posting"], person=one.pk) if moved else ""
    absences = mark_stand_ins(room.absences.filter(person=one).select_related("cover").order_by("-from_date"))
    for absence in absences:
        absence.lasts = absence.until is None or absence.until >= day
    return room.show(request, "person", person=one, history=history, absences=absences, leave=leave, title=str(one))


def _way(room, kind, row, /, **asked) -> str:
    """The address of the task that moves the person of `row`, a posting, or ends all of theirs, with them chosen."""
    place = row.team.hub.area if row.team.hub else DEPARTMENTS
    return f"{room.url('move', kind)}?{urlencode({'area': place.slug, **asked})}"
