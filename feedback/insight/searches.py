"""Stop and search as the police publish it at data.police.uk: reading a month's file, and what the page shows of it."""

import csv
import hashlib
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from feedback.models import SearchCount, SearchMonth

from . import charts
from .months import month_of
from .rounding import count, total

Column = SearchCount.Column
MONTHS = 13
HEADINGS = {
    Column.OBJECT: "object of search",
    Column.OUTCOME: "outcome",
    Column.ETHNICITY: "self-defined ethnicity",
}
DATE = "date"
FEWER = 0.5  # of the searches that the same month had before: with less, the file is cut short
# What the files write where nothing was found; they have changed their minds over the years.
NOTHING_FOUND = {"a no further action disposal", "nothing found - no further action", "false"}
# What files of data.police.uk hold. Each has its row in every month, or a row alone would say that there was one; what is not
# here is "other".
KNOWN = {
    Column.OBJECT: [
        gettext_noop("Controlled drugs"),
        gettext_noop("Offensive weapons"),
        gettext_noop("Stolen goods"),
        gettext_noop("Article for use in theft"),
        gettext_noop("Firearms"),
        gettext_noop("Fireworks"),
        gettext_noop("Articles for use in criminal damage"),
        gettext_noop("Anything to threaten or harm anyone"),
        gettext_noop("Psychoactive substances"),
        gettext_noop("Evidence of offences under the Act"),
        gettext_noop("Crossbows"),
        gettext_noop("Game or poaching equipment"),
        gettext_noop("Seals or hunting equipment"),
        gettext_noop("Goods on which duty has not been paid etc."),
    ],
    Column.OUTCOME: [
        gettext_noop("Arrest"),
        gettext_noop("Community resolution"),
        gettext_noop("Caution (simple or conditional)"),
        gettext_noop("Penalty Notice for Disorder"),
        gettext_noop("Khat or Cannabis warning"),
        gettext_noop("Summons / charged by post"),
    ],
    Column.ETHNICITY: [
        gettext_noop("White"),
        gettext_noop("Asian/Asian British"),
        gettext_noop("Black/African/Caribbean/Black British"),
        gettext_noop("Mixed/Multiple ethnic groups"),
        gettext_noop("Other ethnic group"),
    ],
}
OTHER = gettext_noop("Other")
NOT_RECORDED = gettext_noop("Not recorded")
# Rows of ours, for what the files write in several ways.
OURS = {Column.OUTCOME: gettext_noop("Nothing further was done"), Column.ETHNICITY: gettext_noop("Not stated")}
# How what is called otherwise today begins in files of earlier years, in small letters; what says more comes first.
EARLIER = {
    Column.OBJECT: {"detailed object of search unavailable": NOT_RECORDED},
    Column.OUTCOME: {
        "suspect arrested": "Arrest",
        "local resolution": "Community resolution",
        "offender cautioned": "Caution (simple or conditional)",
        "offender given penalty notice": "Penalty Notice for Disorder",
        "offender given drugs possession warning": "Khat or Cannabis warning",
        "suspect summonsed to court": "Summons / charged by post",
        "details not available": NOT_RECORDED,
    },
    Column.ETHNICITY: {
        "asian or asian british": "Asian/Asian British",
        "black or black british": "Black/African/Caribbean/Black British",
        "mixed": "Mixed/Multiple ethnic groups",
        "chinese or other ethnic group - chinese": "Asian/Asian British",
        "chinese or other ethnic group": "Other ethnic group",
    },
}
SOURCE_URL = "https://data.police.uk/data/"
# data.police.uk publishes under this licence, which asks us to say so.
ATTRIBUTION = "Contains public sector information licensed under the Open Government Licence v3.0."


class Refused(Exception):
    """A file can't be used; carries a sentence that says what is wrong."""


# ---- reading ---------------------------------------------------------------------------------------------------------
@dataclass
class Month:
    """What one file holds: searches in it, and how often each value stands in each column."""

    month: date
    checksum: str
    searches: int
    sample: bool
    counts: dict


def files_of(path: Path, force: str) -> list:
    """The file itself, or the stop-and-search files of `force` in a folder as data.police.uk packs it. Raises Refused."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise Refused(f"{path} is not there")
    found = sorted(file for file in path.rglob("*stop-and-search*.csv") if force in file.name)
    if not found:
        raise Refused(f"{path} holds no stop-and-search file of {force}")
    return found


def read(path: Path) -> Month:
    """The counts of one file. Repeated rows are normal: two people searched at once look the same. Raises Refused."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not text in UTF-8") from error
    if not text.endswith("\n"):
        raise Refused(f"{path.name} ends in the middle of a line: it is cut short")
    rows = list(_records(path.name, text))
    months = {month_of(_moment(path.name, row[DATE])) for row in rows}
    if len(months) != 1:
        raise Refused(f"{path.name} should hold one month and holds {len(months)}")
    counts = {column: Counter(row[heading] for row in rows) for column, heading in HEADINGS.items()}
    month = months.pop()
    _check_name(path.name, month)
    return Month(month, hashlib.sha256(data).hexdigest(), len(rows), "sample" in path.name.lower(), counts)


def _records(name, text):
    """The rows as dicts by heading, all in small letters; layouts differ in which columns there are and in their order."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        headings = [heading.strip().lower() for heading in next(lines, [])]
        missing = {DATE, *HEADINGS.values()} - set(headings)
        if missing:
            raise Refused(f"{name} is not a stop-and-search file: it lacks {', '.join(sorted(missing))}")
        for line in lines:
            if len(line) != len(headings):
                raise Refused(f"{name}, line {lines.line_num}, has {len(line)} fields instead of {len(headings)}")
            yield dict(zip(headings, (cell.strip() for cell in line), strict=True))
    except csv.Error as error:
        raise Refused(f"{name}, line {lines.line_num}, can't be read: {error}") from error


def _moment(name, written) -> datetime:
    """The moment of a search. Files write UTC, so a month in summer time begins at 23:00 on the day before."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise Refused(f"{name} has a date that can't be read: {written[:40]}") from error
    if moment.tzinfo is None:
        raise Refused(f"{name} has a date without a time zone: {written[:40]}")
    return moment


def _check_name(name, month):
    told = re.match(r"(\d{4}-\d{2})-", name)
    if told and told[1] != month.strftime("%Y-%m"):
        raise Refused(f"{name} says {told[1]} but its searches are of {month:%Y-%m}")


def keep(found: Month, *, accept_fewer=False) -> bool:
    """Bring a month into use in one transaction; False where this very file was there. Raises Refused."""
    with transaction.atomic():
        old = SearchMonth.objects.filter(month=found.month).first()
        if old and old.checksum == found.checksum:
            return False
        if found.sample and old and not old.sample:
            raise Refused(f"{found.month:%B %Y} is in use as a whole, and this is a sample")
        if old and found.searches < old.searches * FEWER and not accept_fewer:
            raise Refused(
                f"{found.month:%B %Y} has {found.searches:,} searches where {old.searches:,} are in use: it may be cut "
                "short. If it is right, load it with --accept-fewer"
            )
        if old:
            old.delete()
        fields = {"month": found.month, "checksum": found.checksum, "searches": found.searches, "sample": found.sample}
        month = SearchMonth.objects.create(**fields)
        SearchCount.objects.bulk_create(
            SearchCount(month=month, column=column, value=value[:120], number=number)
            for column, values in found.counts.items()
            for value, number in values.items()
        )
    return True


# ---- showing ---------------------------------------------------------------------------------------------------------
def shown() -> dict:
    """What the page on stop and search shows: the last months, rounded like every other figure."""
    months = list(SearchMonth.objects.order_by("-month")[:MONTHS])[::-1]
    numbers = {}
    for row in SearchCount.objects.filter(month__in=months):
        key = row.month_id, row.column, _label(row)
        numbers[key] = numbers.get(key, 0) + row.number
    sections = [_section(column, months, numbers) for column in Column.values] if months else []
    totals = {month.pk: _total(month.searches, place, sections) for place, month in enumerate(months)}
    marks = [_mark(charts.month_label(month.month), totals[month.pk]) for month in months]
    return {
        "months": months,
        "sections": sections,
        "totals": [{"month": month.month, "shown": totals[month.pk]} for month in months],
        "over_time": charts.over_time(marks) if len(marks) > 1 else None,
        "latest": months[-1] if months else None,
        "months_old": _months_since(months[-1].month) if months else 0,
        "latest_total": totals[months[-1].pk] if months else None,
        "source_url": SOURCE_URL,
        "attribution": ATTRIBUTION,
    }


def _label(row) -> str:
    """The row in English in which a value counts; the detail behind a dash is left to the file, where it can be counted in
    hundreds."""
    written = row.value.strip().lower()
    if not written:
        return NOT_RECORDED
    if row.column == Column.OUTCOME and written in NOTHING_FOUND:
        return OURS[Column.OUTCOME]
    if row.column == Column.ETHNICITY and "not stated" in written:
        return OURS[Column.ETHNICITY]
    if earlier := next((label for begins, label in EARLIER[row.column].items() if written.startswith(begins)), None):
        return earlier
    value = written.partition(" - ")[0] if row.column == Column.ETHNICITY else written
    return next((known for known in KNOWN[row.column] if known.lower() == value), OTHER)


def _labels(column) -> list:
    """The rows of a column in English, in every month the same."""
    return [*KNOWN[column], *filter(None, [OURS.get(column)]), OTHER, NOT_RECORDED]


def _section(column, months, numbers) -> dict:
    """One column of the file: its values by month, the most frequent of the last month first, with a chart of that month.

    `few`: the values that never reached a number, of which neither table nor chart would tell more than a sentence does.
    """
    rows = [
        {"label": _(label), "counts": [count(numbers.get((month.pk, column, label), 0)) for month in months]}
        for label in _labels(column)
    ]
    # By what is shown, not by what was counted: the order of two that look the same must tell nothing.
    rows.sort(key=lambda row: (-row["counts"][-1].least, row["label"]))
    for row in rows:
        row["cells"] = list(zip(months[::-1], row["counts"][::-1], strict=True))
    few = [row["label"] for row in rows if all(shown.bound for shown in row["counts"])]
    marks = [_mark(row["label"], row["counts"][-1]) for row in rows if row["label"] not in few]
    chart = charts.bars(marks) if marks else None
    return {"column": column, "title": Column(column).label, "rows": rows, "few": few, "chart": chart}


def _total(number, place, sections):
    """The searches of the month at `place` in the tables, rounded so that it presses none of them."""
    return total(number, *([row["counts"][place] for row in section["rows"]] for section in sections))


def _months_since(month) -> int:
    """How many months have ended since `month` did."""
    now = month_of(timezone.now())
    return 12 * (now.year - month.year) + now.month - month.month - 1


def _mark(label, shown) -> charts.Mark:
    return charts.Mark(label, shown.value, shown.words, unsure=shown.bound == "under")
