"""What the pages and files on how we are doing show: the rows that `figures.freeze` wrote, and how they are laid out."""

from datetime import date
from functools import partial

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.lifecycle import Outcome
from feedback.models import Category, ClosedMonth, Figure

from . import charts
from .figures import Name, Span
from .months import step
from .today import of_words, today_by_area

MONTHS = 13  # so that a month stands beside the same month a year before
KINDS_MONTHS = 6  # columns that fit beside a name
QUARTERS = 4
LICENCE = "Open Government Licence v3.0"
LICENCE_URL = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"


class Report:
    """The published figures of `area`, or of the force with the year of each area, of the last 13 closed months."""

    def __init__(self, area=None):
        self.area = area
        self.months = [closed.month for closed in ClosedMonth.objects.order_by("-month")[:MONTHS]][::-1]
        self.figures = {}
        for row in self._rows():
            self.figures[row.closed.month, row.span, row.place, row.name, row.of] = row

    def _rows(self):
        rows = Figure.objects.filter(closed__month__in=self.months).select_related("closed", "ward")
        areas = Q(span=Span.YEAR) | Q(span=Span.QUARTER, name=Name.SATISFIED)
        return rows.filter(area=self.area) if self.area else rows.filter(Q(area=None) | areas)

    @property
    def here(self) -> str:
        return self.area.gss_code if self.area else ""

    @property
    def latest(self) -> date | None:
        """The last closed month, or None before the first."""
        return self.months[-1] if self.months else None

    @property
    def quarters(self) -> list:
        """The last months of the closed quarters, oldest first."""
        return [month for month in self.months if month.month % 3 == 0][-QUARTERS:]

    def at(self, name, *, month=None, of="", span=Span.MONTH, place=None):
        """The `Figure` of that name, or None; of the last closed month and this report's place unless said otherwise."""
        return self.figures.get((month or self.latest, span, self.here if place is None else place, name, of))

    def year(self, name, place=None):
        """The figure of the twelve months that end with the last closed one."""
        return self.at(name, span=Span.YEAR, place=place)

    def newest(self, name, place=None):
        """The last figure of that name with a number, of a quarter or of a year, or None."""
        for month in reversed(self.quarters):
            for span in (Span.QUARTER, Span.YEAR):
                figure = self.at(name, month=month, span=span, place=place)
                if figure and figure.words:
                    return figure
        return None

    def series(self, name, months=None, **which) -> list:
        """The figure of that name in each month: pairs of month and `Figure` or None, oldest first."""
        return [(month, self.at(name, month=month, **which)) for month in months or self.months]


# ---- figures ---------------------------------------------------------------------------------------------------------
def promise_figures(report, hours: int) -> list:
    """The two numbers of the guarantee, for the figure partial, each with a sentence that stands before it; none before the first
    closed month, of which the page says when it comes.
    """
    if not report.latest:
        return []
    in_time, median = report.year(Name.IN_TIME), report.year(Name.MEDIAN)
    return [
        {
            "before": _("Who got a meaningful reply in time?"),
            "value": in_time.words if in_time else "",
            "sentence": _("of people who told us a concern, over the last 12 months"),
            "comparison": _("In time means within %(hours)d hours for most concerns.") % {"hours": hours},
            "line": trend(report, Name.IN_TIME),
            "trend_words": _("Share answered in time, month by month"),
        },
        {
            "before": _("How long did it take?"),
            "value": median.words if median else "",
            "sentence": _("Half of them had a meaningful reply by then."),
            "comparison": _("Those who still wait count as late. Leaving them out would flatter us."),
            "line": trend(report, Name.MEDIAN),
            "trend_words": _("Hours within which half were answered, month by month"),
        },
    ]


def verdict_figures(report) -> list:
    """What people thought of the replies, and whether the office that they turned to kept its time, for the figure partial."""
    satisfied, recourse = report.newest(Name.SATISFIED), report.newest(Name.RECOURSE_IN_TIME)
    return [
        {
            "before": _("Did the reply answer people?"),
            "value": satisfied.words if satisfied else "",
            "sentence": _("of those who told us what they thought said yes"),
            "comparison": " ".join([span_words(satisfied), _("“Partly” doesn't count as yes.")]).strip(),
        },
        {
            "before": _("And where that was not enough?"),
            "value": recourse.words if recourse else "",
            "sentence": _("of those who turned to the commander's office had its answer in time"),
            "comparison": span_words(recourse),
        },
    ]


def verdict_rows(report) -> list:
    """The same quarter by quarter, the newest first: figures by name, and the quarter's last `month`."""
    names = (Name.SATISFIED, Name.RECOURSE, Name.RECOURSE_IN_TIME)
    return [
        {"month": month, **{str(name): report.at(name, month=month, span=Span.QUARTER) for name in names}}
        for month in report.quarters[::-1]
    ]


def scorecard() -> dict | None:
    """The promise in one line, for the front page: the force's share in time and median of the last 12 closed months."""
    rows = Figure.objects.filter(area=None, span=Span.YEAR, value__isnull=False).order_by("-closed__month")[:2]
    words = {row.name: row.words for row in rows}
    return words if len(words) == 2 else None


def trend(report, name) -> list:
    """The values of the small line, where every month has one; otherwise none, because a gap must not be drawn over."""
    values = [figure.value if figure else None for _month, figure in report.series(name)]
    return [] if None in values else values


def in_short(area, ward=None) -> dict | None:
    """What the page of an area or ward shows, in one query; None before the first month has closed.

    `rows`: the ward's last closed quarters, or the area's months, newest first: `words`, and a `Figure` by each name;
    `columns`: the names besides how many that hold anything to read; what never does only looks like a failure.
    `in_time` and `median`: the year of the area.
    """
    year = Q(area=area, ward=None, span=Span.YEAR)
    span, places = (Span.QUARTER, Q(ward=ward)) if ward else (Span.MONTH, Q(area=area, ward=None))
    here = places & Q(span=span, name__in=[Name.RECEIVED, Name.IN_TIME, Name.MEDIAN])
    latest = ClosedMonth.objects.order_by("-month")[:MONTHS].values("month")
    rows = Figure.objects.filter(here | year, closed__month__in=latest).select_related("closed")
    newest = sorted(rows, key=lambda row: row.closed.month, reverse=True)
    if not newest:
        return None
    counted: dict = {}
    for row in newest:
        if row.span == span:
            counted.setdefault(row.closed.month, {})[row.name] = row
    by_name = {row.name: row for row in reversed(newest) if row.span == Span.YEAR}
    label = quarter_words if ward else partial(date_format, format="F Y")
    lines = [{"words": label(month), **named} for month, named in list(counted.items())[:QUARTERS]]
    return {
        "rows": lines,
        "columns": [
            name for name in (Name.IN_TIME, Name.MEDIAN) if any(name in row and row[name].words for row in lines)
        ],
        "in_time": by_name.get(Name.IN_TIME),
        "median": by_name.get(Name.MEDIAN),
    }


# ---- charts and tables -----------------------------------------------------------------------------------------------
def by_month(report, name, **options) -> dict:
    """A chart over the closed months."""
    marks = [charts.of_figure(charts.month_label(month), figure) for month, figure in report.series(name)]
    return charts.over_time(marks, **options)


def month_rows(report) -> list:
    """A table's rows, the newest month first: its figures as words."""
    names = ("received", "in_time", "median")
    figures = [
        [figure for _month, figure in report.series(name)] for name in (Name.RECEIVED, Name.IN_TIME, Name.MEDIAN)
    ]
    rows = [dict(zip(names, each, strict=True)) for each in zip(*figures, strict=True)]
    return [{"month": month, **row} for month, row in zip(report.months, rows, strict=True)][::-1]


def area_rows(report, areas) -> list:
    """The areas beside each other: what each kept of the promise in the last 12 months, and its wards with a contact today."""
    today = today_by_area()
    return [
        {
            "area": area,
            "hue": hue,
            "in_time": report.year(Name.IN_TIME, place=area.gss_code),
            "median": report.year(Name.MEDIAN, place=area.gss_code),
            "satisfied": report.newest(Name.SATISFIED, place=area.gss_code),
            **{name: of_words(*today[name].get(area.pk, (0, 0))) for name in ("contacts", "priorities")},
            "meetings": today["meetings"].get(area.pk, (0, 0))[0],
            "contacts_share": _share_mark(area.name, hue, *today["contacts"].get(area.pk, (0, 0))),
        }
        for hue, area in enumerate(areas, 1)
    ]


def compared(rows, name, **options) -> dict:
    """The areas of `area_rows` as bars in their own colours."""
    return charts.bars([charts.of_figure(row["area"].name, row[name], row["hue"]) for row in rows], **options)


def _share_mark(label, hue, part, whole) -> charts.Mark:
    return charts.Mark(label, round(100 * part / whole) if whole else None, of_words(part, whole), hue=hue)


def verdicts_chart(report) -> dict | None:
    """How many said yes, a bar a quarter, the newest first; None where no quarter has a number."""
    told = [row for row in verdict_rows(report) if row["satisfied"] and row["satisfied"].words]
    marks = [charts.of_figure(quarter_words(row["month"]), row["satisfied"]) for row in told]
    return charts.bars(marks, top=100) if marks else None


def kinds(report) -> dict:
    """What concerns were about: the last month as bars, the last six as a table; kinds with no number stand in one sentence."""
    months = report.months[-KINDS_MONTHS:]
    named = Category.objects.filter(sensitive=False).values_list("code", "name")
    rows = [
        (_(name), [figure for _month, figure in report.series(Name.CATEGORY, months, of=code)]) for code, name in named
    ]
    return _table(months, [row for row in rows if any(row[1])])


def endings(report) -> dict:
    """How concerns ended, by quarter."""
    quarters = report.quarters
    series = [
        (label, [figure for _month, figure in report.series(Name.OUTCOME, quarters, of=code, span=Span.QUARTER)])
        for code, label in Outcome.choices
    ]
    return _table(quarters, [row for row in series if any(row[1])])


def wards(report) -> dict:
    """Concerns by ward and quarter, from the busiest ward; none where the quarter's wards are not shown."""
    found = {row.place: row.ward.name for row in report.figures.values() if row.ward_id and row.name == Name.RECEIVED}
    rows = [
        (
            name,
            [figure for _month, figure in report.series(Name.RECEIVED, report.quarters, span=Span.QUARTER, place=code)],
        )
        for code, name in sorted(found.items(), key=lambda pair: pair[1])
    ]
    return _table(report.quarters, rows)


def _table(months, rows) -> dict:
    """Rows of (label, figures oldest first) as a table, as bars of the last month, and the names with no number at all."""
    numbered = [row for row in rows if any(figure and not figure.bound for figure in row[1])]
    last = [(label, figures[-1]) for label, figures in rows if figures[-1] and not figures[-1].bound]
    last.sort(key=lambda pair: -pair[1].value)
    return {
        "months": months,
        "rows": [{"label": label, "figures": figures} for label, figures in numbered],
        "few": [label for label, _figures in rows if label not in {label for label, _f in numbered}],
        "chart": charts.bars([charts.of_figure(label, figure) for label, figure in last]) if last else None,
    }


def quarter_words(month) -> str:
    """The quarter that ends with `month`: "July to September 2026"."""
    names = {"first": date_format(step(month, -2), "F"), "last": date_format(month, "F Y")}
    return _("%(first)s to %(last)s") % names


def span_words(figure) -> str:
    """The quarter or year of a figure as a sentence of its own; "" of none."""
    if figure is None:
        return ""
    month = figure.closed.month
    if figure.span == Span.QUARTER:
        return _("%(months)s.") % {"months": quarter_words(month)}
    names = {"first": date_format(step(month, -11), "F Y"), "last": date_format(month, "F Y")}
    return _("%(first)s to %(last)s, because too few did in three months.") % names
