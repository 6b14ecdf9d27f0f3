"""The pages on which it is set who answers for somebody who is away, today or on days to come."""

from contextlib import nullcontext

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.stamp import days_ago, today_in_london
from accounts.versions import version_of
from feedback.models import Concern
from hubs.models import Absence, mark_stand_ins, suggest_cover

from .acting import act_for, act_no_longer, with_commanders
from .forms import MOST, CoverForm, DaysForm, Reasoned, few
from .room import chosen_area

TOLD_AT_ONCE = {"from_date", "until", NON_FIELD_ERRORS}  # what is wrong with the days, and what a colleague changed


def cover(request, room):
    """Who is away, from when to when, and who answers instead; colleagues who know the ward come first."""
    who = request.POST.get("person") or request.GET.get("person", "")
    if not who:
        return _who(request, room)
    if not who.isdecimal() or len(who) > 18:
        raise Http404
    with transaction.atomic() if request.method == "POST" else nullcontext():
        return _cover_of(request, room, who)


def _who(request, room):
    """In which area, and then who of its people: those who were searched for, or the first."""
    area, q = chosen_area(request, room), request.GET.get("q", "")[:100]
    title = _("Set cover")
    if area is None:
        return room.show(request, "choose_area", departments=room.whole, title=title)
    people = few(with_commanders(room, area), ("name", "collar_number"), q, ())
    searched = bool(q) or len(people) >= MOST
    return room.show(request, "cover_who", area=area, people=people, q=q, searched=searched, title=title)


def _cover_of(request, room, who):
    """The cover of one person, whose row is locked while it is saved: two who set it at once see each other."""
    people = with_commanders(room)
    person = get_object_or_404(people.select_for_update() if request.method == "POST" else people, pk=who)
    absence, others = _meant(request, person, room)
    stood = absence.cover_id, absence.from_date, absence.until
    days = _days(request, absence)
    form = CoverForm(request.POST or None, instance=absence, people=room.people(), initial=days.cleaned_data)
    suggested = suggest_cover(person, *_period(form, days), load=_load(room))
    q = (request.POST.get("q") or request.GET.get("q", ""))[:100]
    form.fields["cover"].choices = _choices(suggested, form, q)
    if "suggest" in request.POST:  # asked whom one could choose: what was typed stays, and nothing is missing yet
        for name in set(form.errors) - TOLD_AT_ONCE:
            del form.errors[name]
    elif form.is_bound and form.is_valid() and _saved(form, stood, room, request.user):
        messages.success(request, _("Saved. What the public sees follows at once."))
        if words := form.instance.taken_over:
            messages.info(request, words)
        return redirect(room.url("home"))
    context = {"absence": absence, "others": others, "named": _asked(request) or absence.pk or ""}
    context |= {"q": q, "many": people.count() > MOST, "ahead": absence.from_date > today_in_london()}
    title = _("Who answers for %(person)s?") % {"person": person}
    return room.show(request, "cover", form=form, person=person, title=title, **context)


def _saved(form, stood, room, by) -> bool:
    """Both the absence and who acts for a commander, or neither: then the form says why."""
    key, new = form.instance.pk, form.instance._state.adding
    first = form.instance.from_date
    try:
        with transaction.atomic():
            form.save()
            if room.whole:
                act_for(form, stood, by)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        form.instance.pk, form.instance._state.adding, form.instance.from_date = key, new, first
        return False
    return True


def _asked(request) -> str:
    return request.POST.get("absence") or request.GET.get("absence", "")


def _meant(request, person, room):
    """The absence that is changed, or a new one, and the person's others that have not ended.

    `?absence=` names one of theirs, or is "new"; without it whoever is away altogether today is away.
    """
    theirs = room.absences.filter(person=person).exclude(until__lt=today_in_london())
    lasting = mark_stand_ins(theirs.select_related("cover").order_by("from_date"))
    asked = _asked(request)
    today = today_in_london()
    if asked and asked != "new":
        one = next((one for one in lasting if str(one.pk) == asked), None)
        if one is None and request.method != "POST":
            raise Http404
    else:
        here = () if asked else lasting
        one = next((one for one in here if one.posting_id is None and one.from_date <= today), None)
    return one or Absence(person=person), [other for other in lasting if other is not one]


def _days(request, absence) -> DaysForm:
    """The days for which somebody is looked for: those of the address, or else of the absence as it stands."""
    asked = {name: request.GET[name] for name in ("from_date", "until") if request.GET.get(name)}
    days = DaysForm({"from_date": absence.from_date, "until": absence.until, **asked}, auto_id="days_%s")
    days.is_valid()
    return days


def _period(form, days):
    """From when to when the cover must be there: what was written in the form, or else `days`; what is over does not count."""
    form.is_valid()
    given = form.cleaned_data if form.is_bound else days.cleaned_data
    first, last = (given.get(name) for name in ("from_date", "until"))
    first = max(first or today_in_london(), today_in_london())
    return first, last if last and last >= first else None


def _load(room) -> dict:
    """Open concerns by the id of who has them."""
    held = Concern.objects.open().filter(area__in=room.ids, officer__isnull=False).order_by()
    return dict(held.values_list("officer").annotate(number=Count("pk")))


def _choices(suggested, form, q) -> list:
    """Nobody, then the suggested with their reasons, then everybody else: of a long list whom `q` finds, and the chosen."""
    best = [(one.person.pk, f"{one.person} ({', '.join(one.reasons)})") for one in suggested]
    ids = {pk for pk, _words in best}
    rows = few(form.fields["cover"].queryset, ("name", "collar_number"), q, [form["cover"].value() or ""])
    others = [(person.pk, str(person)) for person in rows if person.pk not in ids]
    groups = [(_("Suggested"), best), (_("Others"), others)]
    return [("", _("Nobody: the team answers")), *((name, some) for name, some in groups if some)]


@require_POST
def back(request, pk, room):
    """Somebody is back: the absence ended yesterday, or is forgotten where it began today or later.

    What was changed since the page was shown is not ended unseen.
    """
    with transaction.atomic():
        theirs = room.absences.filter(person__in=with_commanders(room).values("pk")).select_related("person")
        absence = get_object_or_404(theirs.select_for_update(of=("self",)), pk=pk)
        if request.POST.get("_version") != version_of(absence):
            words = f"The absence of {absence.person} has changed since the page was shown, so it was not ended."
            messages.error(request, f"{words} Look at it, and decide again.")
            return redirect(room.url("home"))
        why = Reasoned(request.POST)
        if not why.is_valid():
            messages.error(request, f"The absence of {absence.person} was not ended: say why, in at most 100 letters.")
            return redirect(room.url("home"))
        why.give_reason(absence)
        today = today_in_london()
        if room.whole:
            act_no_longer(absence, days_ago(1))
        if absence.from_date >= today:
            absence.delete()
        else:
            absence.until = days_ago(1)
            absence.save()
    said = f"Withdrawn: {absence.person} is not away." if absence.from_date > today else ""
    messages.success(request, said or _("%(person)s answers again.") % {"person": absence.person})
    return redirect(room.url("home"))
