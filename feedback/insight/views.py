"""How we are doing: the whole force, one area, the same as files; and stop and search."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.caching import read_page
from areas.models import Area, Force

from . import charts, files, nearness, report, searches, today
from .figures import Name, Span

PROMISE_TOP = 100  # per cent


@read_page
def force(request):
    """The promise in numbers, for the force and for each area beside the others."""
    found, areas = report.Report(), list(Area.objects.all())
    hours = Force.objects.get().response_hours
    rows = report.area_rows(found, areas)
    context = {
        "report": found,
        "areas": areas,
        "figures": report.promise_figures(found, hours) + today.today_figures(),
        "rows": rows,
        "in_time": report.compared(rows, "in_time", top=PROMISE_TOP),
        "median": report.compared(rows, "median", target=hours),
        "trend": report.by_month(found, Name.IN_TIME, top=PROMISE_TOP),
        "months": report.month_rows(found),
        "satisfied": report.compared(rows, "satisfied", top=PROMISE_TOP),
        "contacts": charts.bars([row["contacts_share"] for row in rows], top=PROMISE_TOP),
        "nearness": nearness.charts_of(found),
        "nearness_rows": nearness.rows_of(found),
        "quarters": [(month, found.at(Name.RECEIVED, month=month, span=Span.QUARTER)) for month in found.quarters],
        "licence": report.LICENCE,
        "licence_url": report.LICENCE_URL,
    }
    return render(request, "insight/force.html", context)


@read_page
def area(request, slug):
    """One area: the promise, month by month; what concerns were about, how they ended, where they came from."""
    found = Area.objects.filter(slug=slug).first()
    if found is None:
        get_object_or_404(Force, slug=slug)  # whose files have such an address, so somebody will try it
        return redirect("insight:force")
    shown, hours = report.Report(found), Force.objects.get().response_hours
    context = {
        "area": found,
        "report": shown,
        "figures": report.promise_figures(shown, hours) + today.today_figures(found),
        "received": report.by_month(shown, Name.RECEIVED),
        "in_time": report.by_month(shown, Name.IN_TIME, top=PROMISE_TOP),
        "median": report.by_month(shown, Name.MEDIAN, target=hours),
        "months": report.month_rows(shown),
        "kinds": report.kinds(shown),
        "endings": report.endings(shown),
        "verdicts": report.verdict_figures(shown),
        "verdict_rows": report.verdict_rows(shown),
        "verdicts_chart": report.verdicts_chart(shown),
        "nearness": nearness.charts_of(shown),
        "nearness_rows": nearness.rows_of(shown),
        "wards": report.wards(shown),
        "licence": report.LICENCE,
        "licence_url": report.LICENCE_URL,
    }
    return render(request, "insight/area.html", context)


def _rows_of(slug):
    """The rows for a file: of an area, or with the force's own slug of all."""
    if Force.objects.filter(slug=slug).exists():
        return files.rows()
    return files.rows(get_object_or_404(Area, slug=slug))


@read_page
def as_csv(request, slug):
    """The figures of an area as CSV."""
    response = HttpResponse(files.as_csv(_rows_of(slug)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="how-we-are-doing-{slug}.csv"'
    return response


@read_page
def as_json(request, slug):
    """The figures of an area as JSON."""
    rows = _rows_of(slug)
    body = {"licence": report.LICENCE, "licence_url": report.LICENCE_URL, "fields": files.FIELDS, "figures": rows}
    return JsonResponse(body)


@read_page
def scrutiny(request):
    """Stop and search, month by month: what officers searched for, what came of it, and of whom."""
    return render(request, "insight/scrutiny.html", searches.shown())
