"""What is done in a place and where to talk about it: priorities, meetings, calendars, questions before a meeting."""

import re
from functools import partial
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import throttle
from accounts.caching import read_page

from .forms import PlaceForm, QuestionForm
from .ical import calendar_of
from .models import Force, Meeting, Priority

PAGE = 24
FEED_DAYS = 90  # a calendar that follows the feed keeps the meetings of so many days
QUESTION_RATE = "5/hour"
OPEN_OR_ENDED = [("open", gettext_lazy("What we work on now")), ("ended", gettext_lazy("How it ended"))]
COMING_OR_PAST = [("coming", gettext_lazy("Coming up")), ("past", gettext_lazy("What came of past ones"))]


def narrowed(request, shows):
    """The form of a list, bound to what was asked; 404 for a place that there is not.

    It carries the place (`in_area`, `in_ward`, or either as `place`) and what is `shown`.
    """
    form = PlaceForm(request.GET, shows=shows)
    if not form.is_valid():
        raise Http404
    form.place = form.cleaned_data.get("ward") or form.cleaned_data["area"]
    form.in_area, form.in_ward = form.cleaned_data["area"], form.cleaned_data.get("ward")
    form.shown = form.cleaned_data["show"]
    return form


@read_page
def priorities(request):
    """What the wards and areas put first: what people said, what is done, how it ended. `?priority=` leads to one."""
    if asked := request.GET.get("priority", ""):
        return redirect(where_it_stands(asked))
    form = narrowed(request, OPEN_OR_ENDED)
    rows = _priorities_of(form.in_area, form.in_ward, form.shown)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "areas/priorities.html", {"form": form, "page": page, "priorities": list(page)})


def _priorities_of(area, ward, shown):
    rows = Priority.objects.public()
    if area:
        rows = rows.around(ward) if ward else rows.filter(area=area)
    by_place = "area__order", "area__name", F("ward__name").asc(nulls_first=True), "-touched_on", "pk"
    return rows.open().order_by(*by_place) if shown == "open" else rows.ended()


def where_it_stands(asked: str) -> str:
    """The address of the list, narrowed to its ward or area and turned to its page, of the priority with that number."""
    number = int(asked) if re.fullmatch("[0-9]{1,9}", asked) else 0
    found, address = Priority.objects.public().filter(pk=number).first(), reverse("local:priorities")
    if found is None:
        return address
    shown = "ended" if found.ended_on else "open"
    rows = _priorities_of(found.area, found.ward, shown).select_related(None).prefetch_related(None)
    query = {"ward": found.ward.pk} if found.ward else {"area": found.area.slug}
    if shown == "ended":
        query["show"] = shown
    if page := list(rows.values_list("pk", flat=True)).index(found.pk) // PAGE:
        query["page"] = page + 1
    return f"{address}?{urlencode(query)}#priority-{found.pk}"


@read_page(by_minute=True)
def meetings(request):
    """Where to meet the police, and what came of earlier meetings."""
    form = narrowed(request, COMING_OR_PAST)
    rows = _of_place(Meeting.objects.public(), form)
    rows = rows.coming() if form.shown == "coming" else rows.past()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "areas/meetings.html", {"form": form, "page": page, "meetings": list(page)})


def _of_place(rows, form):
    if form.in_ward:
        return rows.around(form.in_ward)
    return rows.filter(area=form.in_area) if form.in_area else rows


@read_page(by_minute=True)
def meeting(request, pk):
    """One meeting: when, where, how to get in, how to ask; afterwards what came of it."""
    found = get_object_or_404(Meeting.objects.public(), pk=pk)
    return render(request, "areas/meeting.html", {"meeting": found, "area": found.area})


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request, pk):
    """Take a question for a meeting, without a name."""
    found = get_object_or_404(Meeting.objects.public(), pk=pk)
    if not found.takes_questions:
        return redirect(found)
    form, status = QuestionForm(request.POST if request.method == "POST" else None, meeting=found), 200
    if form.is_valid():
        limit = partial(throttle.count, "question", throttle.caller_of(request), QUESTION_RATE)
        try:
            found.ask(form.cleaned_data["text"], key=form.cleaned_data["key"], limit=limit)
            return HttpResponseRedirect(f"{found.get_absolute_url()}?asked=yes#asked", status=303)
        except throttle.TooMany as refusal:
            form.add_error("text", f"{refusal} {_('We kept your words below.')}")
            status = 429
    response = render(request, "areas/ask.html", {"meeting": found, "area": found.area, "form": form}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@read_page
def calendar(request):
    """All meetings, or those of `?area=` or `?ward=`, for calendar programs to follow."""
    form = narrowed(request, COMING_OR_PAST)
    where = form.place or Force.objects.get().name
    rows = _of_place(Meeting.objects.public().for_calendars(FEED_DAYS), form)
    return as_calendar(rows, name=_("Police meetings, %(place)s") % {"place": where}, file="meetings", of=form.place)


@read_page
def meeting_calendar(request, pk):
    """One meeting for a calendar."""
    found = get_object_or_404(Meeting.objects.public(), pk=pk)
    return as_calendar([found], name=str(found), file=f"meeting-{pk}", of=found)


def as_calendar(rows, *, name, file, of):
    """`rows` (meetings) as an .ics answer; `of`: the area, ward or meeting that it is the calendar of, None for the force's."""
    address = of.get_absolute_url() if of else "/"
    response = HttpResponse(calendar_of(rows, name=name, address=address), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{file}.ics"'
    return response
