"""A narrowed list as CSV: chosen columns of what one may see, never contact details, and never before it is written down."""

import csv
from collections.abc import Iterator

from django import forms
from django.http import QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.stamp import LONDON
from feedback.insight.files import harmless
from feedback.models import Concern, ReadLog, record_reading

from .acts import door
from .doors import readers_only, staff_page
from .leaving import filename, masked
from .page import frame
from .queue import kept_query, narrowed_for
from .sections import Count

CHUNK = 1000  # concerns read at a time
JOINED = ("area", "ward", "category", "team__hub", "officer", "partner", "problem")


def _moment(at) -> str:
    return localtime(at, LONDON).strftime("%Y-%m-%d %H:%M") if at else ""


# Column -> its label and what stands in it. How to reach somebody is in none of them.
COLUMNS = {
    "reference": (_("Reference"), lambda c: c.reference),
    "kind": (_("Kind"), lambda c: c.get_kind_display()),
    "category": (_("Category"), lambda c: c.category.name),
    "area": (_("Area"), lambda c: c.area.name if c.area else ""),
    "ward": (_("Ward"), lambda c: c.ward.name if c.ward else ""),
    "status": (_("Status"), lambda c: c.get_status_display()),
    "outcome": (_("How it ended"), lambda c: c.get_outcome_display()),
    "channel": (_("Came through"), lambda c: c.get_channel_display()),
    "received": (_("Received"), lambda c: _moment(c.received_at)),
    "due": (_("Reply due"), lambda c: _moment(c.due_at)),
    "answered": (_("Answered"), lambda c: _moment(c.answered_at)),
    "closed": (_("Closed"), lambda c: _moment(c.resolved_at)),
    "officer": (_("Officer"), lambda c: str(c.officer or "")),
    "team": (_("Team"), lambda c: str(c.team or "")),
    "hub": (_("Hub of the team"), lambda c: c.team.hub.name if c.team and c.team.hub else ""),
    "partner": (_("Partner"), lambda c: str(c.partner or "")),
    "problem": (_("Problem"), lambda c: str(c.problem or "")),
    "place": (_("Where exactly"), lambda c: masked(c.place)),
    "text": (_("What the person wrote"), lambda c: masked(c.text)),
}
USUAL = [
    "reference",
    "category",
    "ward",
    "status",
    "outcome",
    "received",
    "due",
    "answered",
    "closed",
    "officer",
    "team",
]


class ExportForm(forms.Form):
    """Which columns; the list is the one that was on the screen."""

    columns = forms.MultipleChoiceField(
        label=_("Which columns?"),
        choices=[(name, label) for name, (label, _value) in COLUMNS.items()],
        initial=USUAL,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one column")},
    )
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)


@staff_page
def export(request):
    """Ask for the columns, then send the file."""
    readers_only(request)
    query = request.POST.get("query", "") if request.method == "POST" else kept_query(request.GET)
    narrowed = narrowed_for(request, QueryDict(query))
    form = ExportForm(request.POST if request.method == "POST" else None, initial={"query": query})
    if form.is_valid():
        return as_file(request, narrowed, form.cleaned_data["columns"])
    context = {
        **frame(request), "form": form, "count": Count.of(narrowed.qs), "list": narrowed.now(narrowed.data), "query": query,
        "wrong": narrowed.wrong,
    }  # fmt: skip
    return render(request, "casework/export.html", context, status=422 if form.is_bound else 200)


def as_file(request, narrowed, columns) -> StreamingHttpResponse:
    """The file, row by row; what is in it was written to the read log before the first."""
    keys = list(narrowed.qs.values_list("pk", flat=True))
    columns = [name for name in COLUMNS if name in columns]
    why = f"{narrowed.in_words()} columns={','.join(columns)}"
    record_reading(request.user, ReadLog.What.EXPORT, door=door(request), why=why, rows=len(keys))
    response = StreamingHttpResponse(_lines(request.user, keys, columns), content_type="text/csv; charset=utf-8")
    name = filename("concerns", len(keys), request.user)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Line:
    """What `csv` writes a line to: it only hands it on."""

    def write(self, line):
        return line


def _lines(user, keys, columns) -> Iterator[str]:
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield "\ufeff"  # by which Excel knows UTF-8: people write in many languages
    yield writer.writerow([str(COLUMNS[name][0]) for name in columns])
    for first in range(0, len(keys), CHUNK):
        chunk = keys[first : first + CHUNK]
        found = Concern.objects.visible_to(user).select_related(*JOINED).in_bulk(chunk)
        for concern in filter(None, map(found.get, chunk)):
            yield writer.writerow([harmless(str(COLUMNS[name][1](concern))) for name in columns])
