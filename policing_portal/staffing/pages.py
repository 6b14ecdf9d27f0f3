"""The pages of moves, cover, calendars and strength: the same for the admin and for a commander, each in its own room."""

from contextlib import nullcontext
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.stamp import today_in_london
from feedback.models import Concern
from hubs.models import Absence, Hub, Move, MoveRefused, Posting, suggest_cover

from .calendar import weeks_of
from .forms import MOVES, CoverForm
from .preview import preview


@dataclass
class Room:
    """Where a page is shown: in which frame, for which areas (Area rows that this person keeps), with which addresses."""

    base: str
    space: str
    areas: list
    context: dict = field(default_factory=dict)

    @property
    def ids(self) -> set:
        return {area.pk for area in self.areas}

    def url(self, name, *args) -> str:
        return reverse(f"{self.space}:{name}", args=args)

    def show(self, request, template, **context):
        """`template` in this room."""
        more = {"base": self.base, "room": self, "moves": MOVES.values()}
        return render(request, f"staffing/{template}.html", self.context | more | context)


def chosen_area(request, room):
    """The area of `?area=` (or sent with the form), the only one, or None; 404 for one that this person does not keep."""
    slug = request.POST.get("area") or request.GET.get("area")
    if not slug:
        return room.areas[0] if len(room.areas) == 1 else None
    return next((area for area in room.areas if area.slug == slug), None) or nothing()


def nothing():
    """The same 404 as for what does not exist."""
    raise Http404


# ---- moves -----------------------------------------------------------------------------------------------------------
def move(request, kind, room):
    """Whom, where, from which day and why; then what would change; then it is done."""
    if kind not in MOVES or not room.areas:
        raise Http404
    area = chosen_area(request, room)
    if area is None:
        return room.show(request, "choose_area", title=MOVES[kind].title)
    form = MOVES[kind](request.POST or None, areas=room.ids, source=area, initial=_offered(request))
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
    return room.show(request, "move", form=form, found=found, area=area, sent=sent, changed=changed, title=form.title)


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
        return preview(lambda: form.decide(by), form.cleaned_data["from_date"])
    except ValidationError as refusal:
        form.add_error(None, refusal)
    return None


def _said(made) -> str:
    if made.waits:
        return _("Done: it takes effect on %(day)s. Until then you can undo it.") % {
            "day": f"{made.from_date:%d %B %Y}"
        }
    return _("Done: it is in effect now.")


@require_POST
def undo(request, pk, room):
    """Take a move back that has not taken effect; both its ends must be this person's."""
    made = get_object_or_404(Move.objects.touching(room.ids).distinct(), pk=pk)
    try:
        if not made.areas() <= room.ids:
            raise MoveRefused(_("This move touches an area that is not yours. Ask a staff admin."))
        made.undo(by=request.user)
    except MoveRefused as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Undone. Everything is as it was."))
    return redirect(room.url("home"))


# ---- absence and cover ------------------------------------------------------------------------------------------------
def people_of(room, area=None):
    """The people with a posting that has not ended in the kept areas, or in `area` of them."""
    areas = {area.pk} if area else room.ids
    postings = Posting.objects.lasting().filter(team__hub__area__in=areas)
    return User.objects.filter(pk__in=postings.values("person"), is_active=True).order_by("name")


def cover(request, room):
    """Who is away, from when to when, and who answers instead; colleagues who know the ward come first."""
    who = request.POST.get("person") or request.GET.get("person", "")
    if not who:
        area = chosen_area(request, room)
        return room.show(
            request, "cover_who", area=area, people=people_of(room, area) if area else (), title=_("Set cover")
        )
    if not who.isdecimal():
        raise Http404
    with transaction.atomic() if request.method == "POST" else nullcontext():
        return _cover_of(request, room, who)


def _cover_of(request, room, who):
    """The cover of one person, whose row is locked while it is saved: two who set it at once see each other."""
    people = people_of(room)
    person = get_object_or_404(people.select_for_update() if request.method == "POST" else people, pk=who)
    absence = person.absences.on(today_in_london()).filter(posting__isnull=True).first() or Absence(person=person)
    form = CoverForm(request.POST or None, instance=absence, people=people)
    suggested = suggest_cover(person, load=_load(room))
    form.fields["cover"].choices = _choices(suggested, form.fields["cover"])
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, _("Saved. What the public sees follows at once."))
        return redirect(room.url("home"))
    title = _("Who answers for %(person)s?") % {"person": person}
    return room.show(request, "cover", form=form, person=person, suggested=suggested, absence=absence, title=title)


def _load(room) -> dict:
    """Open concerns by the id of who has them."""
    held = Concern.objects.open().filter(area__in=room.ids, officer__isnull=False).order_by()
    return dict(held.values_list("officer").annotate(number=Count("pk")))


def _choices(suggested, choices) -> list:
    """Nobody, then the suggested with their reasons, then everybody else."""
    best = [(one.person.pk, f"{one.person} ({', '.join(one.reasons)})") for one in suggested]
    ids = {pk for pk, _words in best}
    others = [(person.pk, str(person)) for person in choices.queryset if person.pk not in ids]
    groups = [(_("Suggested"), best), (_("Others"), others)]
    return [("", _("Nobody: the team answers")), *((name, some) for name, some in groups if some)]


@require_POST
def back(request, pk, room):
    """Somebody is back: the absence ended yesterday, or is forgotten where it began today or later."""
    absence = get_object_or_404(Absence.objects.filter(person__in=people_of(room)), pk=pk)
    today = today_in_london()
    if absence.from_date >= today:
        absence.delete()
    else:
        absence.until = type(today).fromordinal(today.toordinal() - 1)
        absence.save()
    messages.success(request, _("%(person)s answers again.") % {"person": absence.person})
    return redirect(room.url("home"))


# ---- calendars ---------------------------------------------------------------------------------------------------------
def hub(request, slug, room):
    """The calendar of a hub: its teams, who is in them in which week, who is away."""
    here = get_object_or_404(Hub.objects.filter(area__in=room.ids).select_related("area"), slug=slug)
    start = request.GET.get("from", "")
    weeks = weeks_of(here, start)
    return room.show(request, "hub", hub=here, calendar=weeks, title=_("Calendar of %(hub)s") % {"hub": here})


def person(request, pk, room):
    """One person's postings through time, with what is planned and who answers while they are away."""
    postings = Posting.objects.filter(team__hub__area__in=room.ids).values("person")
    one = get_object_or_404(User.objects.filter(pk__in=postings), pk=pk)
    rows = one.postings.select_related("team__hub").prefetch_related("named_wards").order_by("-from_date", "-pk")
    day = today_in_london()
    history = [
        {
            "posting": row,
            "now": row.from_date <= day and (row.until is None or row.until >= day),
            "ahead": row.from_date > day,
        }
        for row in rows
    ]
    absences = one.absences.select_related("cover").order_by("-from_date")
    return room.show(request, "person", person=one, history=history, absences=absences, title=str(one))
