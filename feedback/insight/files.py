"""The published figures as files: the same rows as on the pages, flat, for spreadsheets and programs."""

import csv
import io

from django.utils.timezone import localtime

from feedback.models import Figure

from .figures import Span
from .months import step
from .report import LICENCE

FIELDS = [
    "from",
    "to",
    "span",
    "area",
    "ward_code",
    "ward",
    "figure",
    "of",
    "value",
    "bound",
    "unit",
    "as_of",
    "licence",
]
MONTHS_IN = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}
# With which a cell would be a formula to a spreadsheet; the last four are the same signs as an East Asian keyboard writes them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def rows(area=None) -> list:
    """Every published figure of `area` (all areas and the force where None) as dicts with FIELDS, oldest first.

    `value` is a whole number, or None where too few stand behind it; `bound` "under" (fewer than), "least" (or more) or "most".
    """
    figures = Figure.objects.select_related("closed", "area", "ward").order_by("closed__month", "pk")
    return [_row(figure) for figure in (figures.filter(area=area) if area else figures)]


def _row(figure) -> dict:
    month = figure.closed.month
    return {
        "from": step(month, 1 - MONTHS_IN[figure.span]).strftime("%Y-%m"),
        "to": month.strftime("%Y-%m"),
        "span": figure.span,
        "area": figure.area.name if figure.area else "",
        "ward_code": figure.ward_id or "",
        "ward": figure.ward.name if figure.ward else "",
        "figure": figure.name,
        "of": figure.of,
        "value": figure.value,
        "bound": figure.bound,
        "unit": figure.unit,
        "as_of": localtime(figure.closed.frozen_at).date().isoformat(),
        "licence": LICENCE,
    }


def as_csv(found: list) -> str:
    """The rows as RFC 4180 has it: CRLF, quotes where needed, one header line; no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FIELDS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: harmless(value) for name, value in row.items()} for row in found)
    return text.getvalue()


def harmless(value):
    """`value` as a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def table_as_csv(table) -> str:
    """A `local.Table` in the same form."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([str(head) for head in table.heads])
    writer.writerows([harmless(value) for value in row] for row in table.rows)
    return text.getvalue()
