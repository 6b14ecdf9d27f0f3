"""Figures for those who work in an area, for its ward meetings, and for those who see all areas side by side."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.caching import fact
from areas.models import Meeting, Priority, Ward
from feedback.access import reach_of
from feedback.insight import local
from feedback.insight.files import table_as_csv
from feedback.insight.local_demand import BY
from feedback.insight.local_short import in_short
from feedback.insight.local_table import Seen, name_of
from feedback.insight.months import last_months
from feedback.insight.tallies import DAYS, EVERY, WIDE
from feedback.models import ReadLog, record_reading
from hubs.models import Posting

from .acts import door
from .doors import staff_page
from .leaving import filename
from .page import frame


def area_of(request, framed):
    """The area of `?area=`, or one's first; 404 for one in which this person does not work today."""
    asked = request.GET.get("area")
    for area in framed["my_areas"]:
        if asked in (None, "", area.slug):
            return area
    raise Http404


def asked_by(request) -> str:
    """Of `?by=`: by what months and waits are told apart, or "" for the whole area; 404 for anything else."""
    by = request.GET.get("by", "")
    if by and by not in BY:
        raise Http404
    return by


def asked_month(request, by):
    """Of `?month=2026-10`: the one month whose replies are told apart, as its first day, or None; 404 for no such month."""
    asked = request.GET.get("month", "")
    for month in last_months(WIDE):
        if by and asked == f"{month:%Y-%m}":
            return month
    if asked:
        raise Http404
    return None


@staff_page
def insight(request):
    """The figures of one area, each as a picture, a table and a file."""
    framed = frame(request)
    area = area_of(request, framed)
    by = asked_by(request)
    month = asked_month(request, by)
    seen = Seen(request.user, area)
    tables = [local.figure(name, seen, by, month) for name in local.offered(reach_of(request.user), area)]
    record_reading(request.user, ReadLog.What.LIST, door=door(request), why=f"figures of {area}", rows=0)
    wards = fact(request, f"wards by name {area.pk}", lambda: list(area.wards.active().order_by("name")))
    return render(
        request,
        "casework/insight.html",
        {
            **framed,
            "my_area": area,
            "tables": tables,
            "parts": local.parts(tables),
            "short": in_short(tables, area),
            "counted_at": seen.tally.counted_at if seen.tally else None,
            "every": EVERY,
            "wards": wards,
            "by": by,
            "ways": BY,
            "month": f"{month:%Y-%m}" if month else "",
            "months": [(f"{one:%Y-%m}", name_of(one)) for one in reversed(last_months(WIDE))] if by else [],
            "apart": local.TOLD_APART,
        },
    )


@staff_page
def as_csv(request, name):
    """One figure as a file."""
    area = area_of(request, frame(request))
    if name not in local.offered(reach_of(request.user), area):
        raise Http404
    by = asked_by(request) if name in local.TOLD_APART else ""
    month = asked_month(request, by) if name == "replies" else None
    what = f"{name}-by-{by}" if by else name
    what = f"{what}-in-{month:%Y-%m}" if month else what
    table = local.figure(name, Seen(request.user, area), by, month)
    return as_file(request, table, f"{what}-{area.slug}", f"{what} of {area}")


def as_file(request, table, what, why) -> HttpResponse:
    """A table as a file; that it was taken, and how many rows, is written down first."""
    record_reading(request.user, ReadLog.What.EXPORT, door=door(request), why=why, rows=len(table.rows))
    response = HttpResponse(table_as_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename(what, len(table.rows), request.user)}"'
    return response


@staff_page
def ward(request, code):
    """What to bring to a meeting in a ward, on one page."""
    found = get_object_or_404(Ward.objects.select_related("area"), code=code, area__in=reach_of(request.user).areas)
    record_reading(request.user, ReadLog.What.LIST, door=door(request), why=f"figures of {found}", rows=0)
    context = {
        **frame(request, found.area), "ward": found, "numbers": local.of_ward(request.user, found), "days": DAYS,
        "priorities": Priority.objects.public().open().around(found).ward_first(),
        "contacts": [posting.answers_words for posting in Posting.objects.named_contacts(found)],
        "meeting": Meeting.objects.coming().filter(cancelled=False).around(found).first(),
    }  # fmt: skip
    return render(request, "casework/ward_brief.html", context)


@staff_page
def force(request):
    """All areas side by side, for those with that role: figures, never text."""
    overview_only(request)
    tables = [make() for make in local.FORCE.values()]
    return render(request, "casework/force.html", {**frame(request), "tables": tables})


@staff_page
def force_csv(request, name):
    """One of these figures as a file."""
    overview_only(request)
    if name not in local.FORCE:
        raise Http404
    return as_file(request, local.FORCE[name](), f"{name}-of-the-force", f"{name} of the force")


def overview_only(request) -> None:
    """The 404 of nothing for everybody without the force overview."""
    if not reach_of(request.user).overview:
        raise Http404
