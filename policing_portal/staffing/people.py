"""`/dashboard/people/`: the commander moves the area's own people and opens and closes what it promised."""

from contextlib import nullcontext
from functools import wraps

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from accounts.stamp import today_in_london
from accounts.versions import version_of
from areas.models import Area, Meeting, Priority
from feedback.access import reach_of
from feedback.casework.doors import staff_page
from feedback.casework.page import frame
from feedback.insight.brief_lines import listing
from feedback.insight.brief_people import going_stale, here_of, overloaded, wards_unnamed
from hubs.models import Hub, Move, Posting, mark_stand_ins

from . import cover, pages, strength
from .forms import Reasoned
from .local import EndPriorityForm, MeetingForm, PriorityForm
from .room import Room, chosen_area

SETTLED_DAYS, SETTLED = 90, 20  # of moves that are no longer waiting: how old, and how many are shown


def commanders_page(page):
    """`page(request, room=...)` for whoever commands an area today, also in cover; for others it does not exist."""

    @staff_page
    @wraps(page)
    def view(request, **place):
        areas = list(Area.objects.filter(pk__in=reach_of(request.user).commands))
        if not areas:
            raise Http404
        return page(request, room=Room("staffing/frame.html", "people", areas, frame(request)), **place)

    return view


@commanders_page
def home(request, room):
    """The area's people by hub and team, who is away, what is planned, strength, priorities and meetings."""
    area = chosen_area(request, room)
    if area is None:
        return room.show(request, "choose_area", title=_("People"))
    day = today_in_london()
    figures = strength.of_teams(room.teams_of(area))
    posted = (
        Posting.objects.on(day).filter(team__hub__area=area).select_related("person").order_by("-role", "person__name")
    )
    away = room.absences.filter(person__in=room.people(area).values("pk")).exclude(until__lt=day)
    away = mark_stand_ins(away.select_related("person", "cover").order_by("from_date"))
    for absence in away:
        absence.version, absence.ahead = version_of(absence), absence.from_date > day
    by_team: dict = {}
    for posting in posted:
        by_team.setdefault(posting.team_id, []).append(posting)
    for team in figures["teams"]:
        team.people = by_team.get(team.pk, [])
    return room.show(
        request, "people", area=area, my_area=area, title=_("People of %(area)s") % {"area": area}, **figures,
        away=away,
        waiting=room.moves.waiting().touching({area.pk}).described().order_by("from_date", "pk"),
        settled=Move.objects.settled(SETTLED_DAYS).touching({area.pk}).described()[:SETTLED],
        hubs=Hub.objects.filter(area=area, teams__isnull=False).distinct(),
        priorities=Priority.objects.open().filter(area=area).select_related("ward"),
        ended=Priority.objects.filter(area=area, ended_on__gte=day).select_related("ward"),
        meetings=Meeting.objects.coming().filter(area=area)[:6], targets=strength.targets(),
    )  # fmt: skip


def _wards(request, area):
    return [
        {"name": ward.name, "href": ward.get_absolute_url(), "words": "Nobody answers for it today"}
        for ward in wards_unnamed(area)
    ]


def _priorities(request, area):
    return [
        {
            "name": one.title, "href": one.get_absolute_url(), "words": f"No news for {one.days_silent} days",
            "act": reverse("people:priority_end", args=[one.pk]), "verb": "Close it",
        }
        for one in going_stale(area)
    ]  # fmt: skip


def _people(request, area):
    heavy, usual = overloaded(here_of(request.user, area), area)
    cover = reverse("people:cover")
    return [
        {
            "name": who, "href": listing(area, officer=pk), "words": f"{n} open, usual here: {round(usual)}",
            "act": f"{cover}?person={pk}", "verb": "Set cover",
        }
        for pk, who, n in heavy
    ]  # fmt: skip


# The lists behind three numbers of the brief: title, what to say where it is empty, rows.
LOOKS = {
    "wards": ("Wards without a named contact today", "Every ward has a named contact today.", _wards),
    "priorities": ("Priorities that go stale", "Every open priority had news lately.", _priorities),
    "people": ("People who have far more than others", "Nobody has far more than others.", _people),
}


@commanders_page
def look(request, what, room):
    """What one number of the brief counts, a line each."""
    if what not in LOOKS:
        raise Http404
    area = chosen_area(request, room)
    if area is None:
        return room.show(request, "choose_area", title=LOOKS[what][0])
    title, empty, rows = LOOKS[what]
    return room.show(request, "look", area=area, my_area=area, title=title, empty=empty, rows=rows(request, area))


def _saved(request, room, form, template, words, **context):
    """A form of the area's promises: saved with its history, or shown again."""
    with transaction.atomic() if form.is_bound else nullcontext():
        if form.is_bound and form.is_valid():
            form.save()
            messages.success(request, words)
            return redirect(room.url("home"))
    return room.show(request, template, form=form, **context)


@commanders_page
def priority_new(request, room):
    """Open a priority."""
    form = PriorityForm(request.POST or None, areas=room.areas)
    return _saved(
        request, room, form, "form", _("The priority is open."), title=_("Open a priority"), button=_("Open it")
    )


@commanders_page
def priority_end(request, pk, room):
    """Close a priority, saying how it ended; where somebody has closed it meanwhile, both are shown."""
    rows = Priority.objects.all() if request.POST.get("_version") else Priority.objects.open()
    priority = get_object_or_404(rows.filter(area__in=room.ids), pk=pk)
    form = EndPriorityForm(request.POST or None, instance=priority)
    title = _("Close “%(title)s”") % {"title": priority.title}
    return _saved(request, room, form, "form", _("The priority is closed."), title=title, button=_("Close it"))


@commanders_page
def priority_withdraw(request, pk, room):
    """Take back a priority that nobody has read yet: only its history stays."""
    unread = Priority.objects.open().filter(area__in=room.ids, published=False, shown_at=None)
    return _undone(
        request, room, get_object_or_404(unread, pk=pk), Priority.delete, "Withdraw “%s”", "Withdraw it",
        "Nobody outside has read this priority. It goes, and only its history stays.", "The priority is withdrawn.",
    )  # fmt: skip


@commanders_page
def priority_reopen(request, pk, room):
    """Open a priority again whose last day is not over."""
    lasting = Priority.objects.filter(area__in=room.ids, ended_on__gte=today_in_london())
    return _undone(
        request, room, get_object_or_404(lasting, pk=pk), _reopened, "Open “%s” again", "Open it again",
        "It is open again, and what was written of its end is taken away. The public page follows at once.",
        "The priority is open again.",
    )  # fmt: skip


def _reopened(priority):
    priority.ended_on, priority.outcome = None, ""
    priority.save()


def _undone(request, room, priority, undo, title, button, lead, words):
    """Ask why, and then `undo` what was decided about `priority`."""
    form = Reasoned(request.POST or None)
    if form.is_valid():
        form.give_reason(priority)
        try:
            with transaction.atomic():
                undo(priority)
            messages.success(request, words)
            return redirect(room.url("home"))
        except (ProtectedError, ValidationError) as refusal:
            told = (
                refusal.messages
                if isinstance(refusal, ValidationError)
                else "Concerns or a problem belong to it by now."
            )
            form.add_error(None, told)
    return room.show(request, "form", form=form, title=title % priority, button=button, lead=lead)


@commanders_page
def meeting_new(request, room):
    """Announce a meeting."""
    form = MeetingForm(request.POST or None, areas=room.areas)
    title, button = _("Announce a meeting"), _("Announce it")
    return _saved(request, room, form, "form", _("The meeting is announced."), title=title, button=button)


@commanders_page
def meeting_cancel(request, pk, room):
    """Cancel a meeting that is still to come: calendars follow."""
    coming = Meeting.objects.coming().filter(area__in=room.ids)
    form = Reasoned(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            meeting = get_object_or_404(coming.select_for_update(), pk=pk)
            # What the page offered, not the opposite of what it is by now: a colleague may have been quicker.
            cancelled = request.POST.get("to", "on" if meeting.cancelled else "off") == "off"
            if cancelled != meeting.cancelled:
                meeting.cancelled = cancelled
                form.give_reason(meeting)
                meeting.save()
        words = _("The meeting is cancelled.") if meeting.cancelled else _("The meeting takes place after all.")
        messages.success(request, words)
        return redirect(room.url("home"))
    meeting = get_object_or_404(coming, pk=pk)
    return room.show(request, "meeting_cancel", meeting=meeting, form=form, title=str(meeting))


app_name = "people"
urlpatterns = [
    path("", home, name="home"),
    path("look/<slug:what>/", look, name="look"),
    path("moves/<slug:kind>/", commanders_page(pages.move), name="move"),
    path("moves/<int:pk>/undo/", commanders_page(pages.undo), name="undo"),
    path("cover/", commanders_page(cover.cover), name="cover"),
    path("cover/<int:pk>/back/", commanders_page(cover.back), name="back"),
    path("calendar/<slug:slug>/", commanders_page(pages.hub), name="hub"),
    path("postings-of/<int:pk>/", commanders_page(pages.person), name="person"),
    path("priorities/new/", priority_new, name="priority_new"),
    path("priorities/<int:pk>/close/", priority_end, name="priority_end"),
    path("priorities/<int:pk>/withdraw/", priority_withdraw, name="priority_withdraw"),
    path("priorities/<int:pk>/reopen/", priority_reopen, name="priority_reopen"),
    path("meetings/new/", meeting_new, name="meeting_new"),
    path("meetings/<int:pk>/cancel/", meeting_cancel, name="meeting_cancel"),
]
