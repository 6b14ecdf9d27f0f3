"""The queue: the concerns that somebody may see, narrowed, as a list or a map; and lists that are kept for another day."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.access import Act, reach_of
from feedback.models import Concern, ReadLog, SavedList, record_reading

from . import undoing
from .acts import SeeOther, door
from .doors import readers_only, staff_page
from .filters import MISSED, OPEN, ConcernFilter
from .page import LIST, frame, last_list
from .queuemap import queue_map
from .rows import for_rows, rows_of
from .sections import PAGE, Count
from .together import TOGETHER

MAP = "map"
TABBED = ("area", "due", "owner", "safety")
OFFERED = [(form.act, form.title) for form in TOGETHER.values()]
SAVED_AT_MOST = 30  # on the page; who keeps more removes one


class Pages(Paginator):
    """Pages of what `Count` counts: who has more than 40 pages narrows the list."""

    @cached_property
    def counted(self):
        return Count.of(self.object_list)

    @cached_property
    def count(self):
        return min(self.counted.number, Count.LIMIT)


def status_of(asked) -> str:
    """Which status `asked` (a QueryDict) wants: open, unless something else is asked or something is searched."""
    return asked.get("status", "" if asked.get("search") else OPEN)


def narrowed_for(request, asked) -> ConcernFilter:
    """The concerns that this person may see, narrowed by `asked` (a QueryDict); open ones unless asked otherwise."""
    asked = asked.copy()
    asked["status"] = status_of(asked)
    concerns = for_rows(Concern.objects.visible_to(request.user))
    if not asked.get("suspected") and asked.get("safety") != MISSED:
        concerns = concerns.trusted()  # what may be no real concern is kept apart, unless somebody may be in danger
    # What waits comes first; of what presses by a clock of its own the oldest; among all that ever came, the newest.
    if asked.get("status") == OPEN:
        concerns = concerns.in_due_order()
    elif asked.get("crime") or asked.get("recourse") or asked.get("safety") == MISSED:
        concerns = concerns.order_by("received_at", "pk")
    else:
        concerns = concerns.order_by("-received_at", "-pk")
    return ConcernFilter(asked, queryset=concerns, request=request)


@staff_page
def queue(request):
    """The concerns that this person may see, narrowed; open ones, the next due first, unless asked otherwise."""
    return page_of(request, request.GET)


@staff_page
def saved(request, pk):
    """The same, narrowed as somebody kept it."""
    kept = get_object_or_404(SavedList.objects.for_reader(request.user), pk=pk)
    return page_of(request, QueryDict(kept.query), kept)


def page_of(request, asked, kept=None):
    """The page of one narrowed list: rows, map, tabs, filters, what can be done together."""
    readers_only(request)
    narrowed = narrowed_for(request, asked)
    pages = Pages(narrowed.qs, PAGE)
    page = pages.get_page(request.GET.get("page"))
    rows = list(page)
    record_reading(request.user, ReadLog.What.LIST, door=door(request), why=narrowed.in_words(), rows=len(rows))
    remember_list(request, asked)
    framed, reach = frame(request), reach_of(request.user)
    here = next((area for area in framed["my_areas"] if area.slug == asked.get("area")), framed["my_area"])
    offered = tabs(asked, kept)
    said = TABBED if any(tab["here"] for tab in offered) else ()  # by the tab where the reader is
    context = {
        **framed, "my_area": here, "fields": narrowed.fields(), "rows": rows_of(rows), "page": page, "count": pages.counted,
        "now": narrowed.now(asked, said), "wrong": narrowed.wrong,
        "tabs": offered, "kept": kept,
        "lists": list(SavedList.objects.for_reader(request.user)[:SAVED_AT_MOST]), "query": kept_query(asked),
        "map": queue_map(request, here, rows) if request.GET.get("view") == MAP else None,
        "as_map": request.GET.get("view") == MAP, "together": offered_to(reach),
        "may_share": bool(here and here.pk in reach.areas), "undo": undoing.offered(request), "minutes": undoing.MINUTES,
    }  # fmt: skip
    return render(request, "casework/queue.html", context)


def offered_to(reach) -> list[tuple]:
    """What somebody with this `Reach` may do with several at once: pairs of an act and its title."""
    gives = reach.commands or reach.teams
    return [(act, title) for act, title in OFFERED if reach.areas and (gives or act != Act.ASSIGN)]


def remember_list(request, asked) -> None:
    """That this person looks at the list narrowed by `asked`; written only where it is another than the last."""
    turned = {name: request.GET[name] for name in ("page", "view") if request.GET.get(name)}
    query = "&".join(filter(None, (kept_query(asked), urlencode(turned))))
    if request.session.get(LIST, "") != (mark := f"?{query}" if query else ""):
        request.session[LIST] = mark


def kept_query(asked) -> str:
    """What of an address narrows the queue, in the form's own order: the same list has the same words."""
    names = [name for name in ConcernFilter.base_filters if name in asked]
    return urlencode([(name, asked[name]) for name in names if asked[name] or name == "status"])


def tabs(asked, kept_list=None) -> list[dict]:
    """The lists that everybody wants, as tabs: dicts words, query, here; beside a kept list the reader is on none of them."""
    kept = {"area": asked["area"]} if asked.get("area") else {}
    lists = [
        (_("All open"), {}),
        (_("Missed"), {"due": "missed"}),
        (_("Not read in time"), {"due": "unread"}),
        (_("Due soon"), {"due": "soon"}),
        (_("Mine"), {"owner": "mine"}),
        (_("My team's"), {"owner": "team"}),
        (_("Nobody's"), {"owner": "nobody"}),
        (_("Safety review"), {"safety": "yes"}),
    ]
    now = {name: asked[name] for name in TABBED if asked.get(name)}
    on_one = kept_list is None and status_of(asked) == OPEN  # each of these holds open ones alone
    queries = [(words, {**kept, **narrow}) for words, narrow in lists]
    return [{"words": words, "query": urlencode(query), "here": on_one and now == query} for words, query in queries]


# ---- kept for another day --------------------------------------------------------------------------------------------
class KeepForm(forms.Form):
    """A name for a narrowed list, and whether colleagues see it."""

    name = forms.CharField(label=gettext_lazy("Name of this list"), max_length=60)
    query = forms.CharField(required=False, max_length=1000)
    area = forms.SlugField(required=False)


@staff_page
def keep(request):
    """Keep a list under a name; with `area`, for all who work there."""
    readers_only(request)
    form = KeepForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        if form.is_bound and request.method == "POST":
            messages.error(request, _("Give the list a name of up to 60 letters."))
        return SeeOther(last_list(request))
    said, framed = form.cleaned_data, frame(request)
    area = next((area for area in framed["my_areas"] if area.slug == said["area"]), None)
    kept = SavedList.objects.create(
        person=request.user, area=area, name=said["name"], query=kept_query(QueryDict(said["query"]))
    )
    messages.success(request, _("The list “%(name)s” is kept.") % {"name": kept})
    return SeeOther(kept.get_absolute_url())


@staff_page
def forget(request, pk):
    """Remove a kept list: one's own, or for the commander one that is shared."""
    kept = get_object_or_404(SavedList.objects.removable_by(request.user), pk=pk)
    if request.method != "POST":
        return SeeOther(kept.get_absolute_url())
    kept.delete()
    messages.success(request, _("The list “%(name)s” is removed. No concern is.") % {"name": kept.name})
    return SeeOther(reverse("casework:queue"))
