"""The pages of casework that read: the dashboard, the queue, one concern."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from feedback.access import Act, capacities, may, reach_of
from feedback.models import Concern, ReadLog, record_reading

from .acts import door
from .doors import find, readers_only, staff_page
from .filters import OPEN, ConcernFilter
from .page import concern_page, frame
from .rows import for_rows, rows_of
from .sections import PAGE, Count, sections_for


@staff_page
def dashboard(request):
    """What to decide today: of the chosen area, of the desk, of the department, of the force; or a start page in words."""
    reach = reach_of(request.user)
    framed = frame(request)
    area = chosen_area(request, framed)
    context = {**framed, "my_area": area, "reach": reach, "ask_area": len(framed["my_areas"]) > 1 and not area}
    context["sections"] = [section for section in sections_for(request.user, reach, area) if section]
    shown = sum(section.get("shown", 0) for section in context["sections"])
    if shown:
        record_reading(request.user, ReadLog.What.LIST, door=door(request), why=str(area or ""), rows=shown)
    if not (context["sections"] or context["ask_area"]):
        return render(request, "casework/start.html", context)
    return render(request, "casework/dashboard.html", context)


def chosen_area(request, framed):
    """The area of `?area=`, one's only area, or None; 404 for one that is not this person's today."""
    slug = request.GET.get("area")
    if not slug:
        return framed["my_area"]
    for area in framed["my_areas"]:
        if area.slug == slug:
            return area
    raise Http404


class Pages(Paginator):
    """Pages of what `Count` counts: who has more than 40 pages narrows the list."""

    @cached_property
    def counted(self):
        return Count.of(self.object_list)

    @cached_property
    def count(self):
        return min(self.counted.number, Count.LIMIT)


@staff_page
def queue(request):
    """The concerns that this person may see, narrowed; open ones, the next due first, unless asked otherwise."""
    readers_only(request)
    asked = request.GET.copy()
    if "status" not in asked and not asked.get("search"):
        asked["status"] = OPEN
    concerns = for_rows(Concern.objects.visible_to(request.user))
    # What waits comes first; among all that ever came, the newest.
    concerns = concerns.in_due_order() if asked.get("status") == OPEN else concerns.order_by("-received_at", "-pk")
    narrowed = ConcernFilter(asked, queryset=concerns, request=request)
    pages = Pages(narrowed.qs, PAGE)
    page = pages.get_page(request.GET.get("page"))
    rows = list(page)
    record_reading(request.user, ReadLog.What.LIST, door=door(request), why=narrowed.in_words(), rows=len(rows))
    framed = frame(request)
    here = next((area for area in framed["my_areas"] if area.slug == asked.get("area")), framed["my_area"])
    context = {
        **framed, "my_area": here, "fields": narrowed.fields(), "rows": rows_of(rows), "page": page, "count": pages.counted,
        "narrowed": narrowed_by(request), "tabs": tabs(request.GET, reach_of(request.user)),
    }  # fmt: skip
    return render(request, "casework/queue.html", context)


def narrowed_by(request) -> bool:
    """Whether a field of the form, and not a tab, narrows the list."""
    return any(
        value for name, value in request.GET.items() if name in ConcernFilter.base_filters and name not in TABBED
    )


TABBED = ("area", "due", "owner", "safety")


def tabs(asked, reach) -> list[dict]:
    """The lists that everybody wants, as tabs: dicts words, query, here."""
    kept = {"area": asked["area"]} if asked.get("area") else {}
    lists = [
        (_("All open"), {}),
        (_("Missed"), {"due": "missed"}),
        (_("Due soon"), {"due": "soon"}),
        (_("Mine"), {"owner": "mine"}),
        (_("My team's"), {"owner": "team"}),
        (_("Nobody's"), {"owner": "nobody"}),
        (_("Safety review"), {"safety": "yes"}),
    ]
    now = {name: asked[name] for name in TABBED if asked.get(name)}
    return [
        {"words": words, "query": urlencode({**kept, **narrow}), "here": now == {**kept, **narrow}}
        for words, narrow in lists
    ]


@staff_page
def concern(request, reference):
    """One concern: the person's words, what we know, what must happen next; everything else folded."""
    one = find(request, reference)
    role = ", ".join(sorted(capacities(request.user, one)))
    record_reading(request.user, ReadLog.What.CONCERN, door=door(request), concern=one, why=role)
    if may(request.user, Act.SAFETY, one):
        one.open_review(by=request.user)
    return concern_page(request, one)
