"""The pages of import and export in the frame of the admin: send a file, see what it would change, say yes.

A file belongs to who sent it: for everybody else its page does not exist. While the worker is at it, the page asks for
itself anew every few seconds, without a script, until somebody stops that.
"""

import csv
import logging
import re
from collections.abc import Callable
from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Import
from accounts.sessions import BY_ITSELF
from accounts.stamp import today_in_london

from . import work
from .books import TABLES
from .known import Keeper
from .reading import CONTROL, LARGEST, Unreadable, read
from .tables import CHANGED, NEW, SAME, WRONG

logger = logging.getLogger("portal.exchange")

AGAIN = 2  # seconds until a waiting page looks again
PER_PAGE = 100
TABS = {WRONG: "Wrong", CHANGED: "Changed", NEW: "New", SAME: "Unchanged"}


class FileForm(forms.Form):
    """A file, read at once as far as that needs no database; `sheet` are its rows."""

    file = forms.FileField(label="CSV file", widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}))

    def __init__(self, *args, table, **options):
        super().__init__(*args, **options)
        self.table, self.sheet = table, None

    def clean_file(self):
        """The file; what can't be read is said, row by row."""
        sent = self.cleaned_data["file"]
        names = self.table.names()
        try:
            # Whatever is too large is never taken into memory.
            data = sent.read(LARGEST + 1)
            self.sheet = read(data, columns=names, needed=list(self.table.keys), most=self.table.most)
        except Unreadable as refusal:
            raise forms.ValidationError(refusal.words) from refusal
        return sent


# ---- doors -------------------------------------------------------------------------------------------------------------
def table_of(app: str, model: str):
    """The table that stands at this address; 404 where there is none."""
    table = TABLES.get(f"{app}.{model}")
    if table is None:
        raise Http404
    return table


def may_send(site, request, table) -> bool:
    """Whether the signed-in person may change rows of `table`, and add some, through the forms as well."""
    kept = site._registry[table.kept_with()]
    return kept.has_add_permission(request) and kept.has_change_permission(request)


def may_take(site, request, table) -> bool:
    """Whether they may look at its list."""
    return site._registry[table.kept_with()].has_view_permission(request)


def doors(site, request) -> list[dict]:
    """For the list that is shown: what goes in and out there, with the addresses that are open to this person."""
    match = request.resolver_match
    name = (match and match.url_name) or ""
    return [
        {
            "title": table.title,
            "export": reverse("admin:export", args=label.split(".")) if may_take(site, request, table) else "",
            "import": reverse("admin:import", args=label.split(".")) if may_send(site, request, table) else "",
        }
        for label, table in TABLES.items()
        if name == f"{table.kept_with()._meta.label_lower.replace('.', '_')}_changelist"
    ]


# ---- out ---------------------------------------------------------------------------------------------------------------
@require_safe
def take(request, app, model, site):
    """The rows that this person may look at, as CSV."""
    table = table_of(app, model)
    if not may_take(site, request, table):
        raise PermissionDenied
    logger.info("export", extra={"table": f"{app}.{model}", "person": request.user.pk})
    response = StreamingHttpResponse(
        as_csv(table(Keeper.reading(request.user))), content_type="text/csv; charset=utf-8"
    )
    name = re.sub(r"\W+", "-", table.title)
    response["Content-Disposition"] = f'attachment; filename="{name}-{today_in_london()}.csv"'
    return response


class _Line:
    """What `csv` writes a line to: it only hands it on."""

    def write(self, line):
        return line


def as_csv(table):
    """The table in UTF-8 with a mark in front, by which Excel knows it, and CRLF, a line at a time."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield "\ufeff"
    for cells in table.lines_out():
        yield writer.writerow(cells)


# ---- in ----------------------------------------------------------------------------------------------------------------
def bring(request, app, model, site):
    """Send a file in."""
    table = table_of(app, model)
    if not may_send(site, request, table):
        raise PermissionDenied
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FileForm(*sent, table=table)
    if form.is_bound and form.is_valid():
        name = CONTROL.sub("", form.cleaned_data["file"].name)
        one = work.send_in(form.sheet, table=f"{app}.{model}", name=name, by=request.user)
        return HttpResponseRedirect(reverse("admin:import_one", args=[app, model, one.pk]), status=303)
    mine = Import.objects.filter(by=request.user, table=f"{app}.{model}")[:10]
    return _show(request, site, table, "bring", title=f"Import {table.title}", form=form, mine=mine)


def one(request, app, model, pk, site):
    """One file: how far it is, what it would change, and the decision."""
    table = table_of(app, model)
    if not may_send(site, request, table):
        raise PermissionDenied
    sent = get_object_or_404(Import, pk=pk, by=request.user, table=f"{app}.{model}")
    if request.method == "POST":
        _do(request, sent)
        return HttpResponseRedirect(request.path, status=303)
    missed = work.what_is_missed(sent) if sent.state == Import.State.APPLIED else []
    shown = {"title": f"Import {table.title}", "sent": sent, "missed": missed} | _lines(request, sent)
    response = _show(request, site, table, "one", **shown)
    if (sent.works and not sent.lost or missed is None) and "still" not in request.GET:
        response["Refresh"] = f"{AGAIN}; url={request.path}?{BY_ITSELF}"
    return response


def _do(request, sent: Import) -> None:
    """What somebody decided about their file; what is no longer possible is said."""
    act = request.POST.get("do", "")
    overwrite = request.POST.get("overwrite") == "on"
    if act == "apply" and sent.unseen and not overwrite:
        messages.error(request, "Tick that you overwrite what may be newer, or export anew and make your change there.")
        return
    acts: dict[str, Callable[[Import], bool]] = {
        "apply": partial(work.decide, overwrite=overwrite),
        "again": work.look_again,
        "drop": work.throw_away,
    }
    if act not in acts or not acts[act](sent):
        messages.error(request, "That is no longer possible: see below how it stands now.")


def _lines(request, sent: Import) -> dict:
    """The lines of the file to be shown: of one kind, a page of them."""
    counts = {kind: getattr(sent, kind) for kind in TABS}
    asked = request.GET.get("kind")
    shown = asked if asked in TABS else next((kind for kind in TABS if counts[kind]), SAME)
    page = Paginator(sent.lines.filter(kind=shown), PER_PAGE).get_page(request.GET.get("page"))
    tabs = [
        {"kind": kind, "words": words, "number": counts[kind], "here": kind == shown} for kind, words in TABS.items()
    ]
    return {"tabs": tabs, "shown": shown, "page": page, "pages": page.paginator.num_pages}


def _show(request, site, table, template, **context):
    """A page of an import in the frame of the admin."""
    model = table.kept_with()
    shown = {
        # A class in a template is called, so its words go in by themselves.
        "table": {"title": table.title, "lead": table.lead, "keys": table.keys, "most": table.most},
        "list_url": reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist"),
        "headings": table.names(),
        "largest": LARGEST // 1024 // 1024,
    }
    return render(request, f"admin/exchange/{template}.html", site.each_context(request) | shown | context)
