"""The figures of an area in short: a few sentences for somebody with one minute, each said from tables of the same page."""

from .local_demand import MORE, change
from .local_table import Table, name_of
from .months import last_months
from .tallies import DAYS

NAMED = 3  # in one sentence


def in_short(tables: list[Table], area) -> list[tuple[str, str]]:
    """Sentences on demand, waits, what people say, and strength: pairs of the table that has the numbers, and the words.

    What has nothing to count says nothing.
    """
    rows = {table.name: table.rows for table in tables}
    return [
        (name, words)
        for name, sentence in SENTENCES.items()
        if rows.get(name) and (words := sentence(rows[name], area))
    ]


def _came(rows, _area) -> str:
    """Of all kinds together: how many came, and how many in the same time before."""
    now, before = sum(row[1] for row in rows), sum(row[2] for row in rows)
    beyond = change(now, before)
    sure = f" That is {beyond} than chance explains." if beyond else ""
    words = f"{now:,} concerns came in in the last {DAYS} days, {before:,} in the {DAYS} days before.{sure}"
    return f"{words} {_grown(rows)}".strip()


def _grown(rows, _area=None) -> str:
    """Kinds or wards of which more came than chance explains."""
    grown = [f"{label} ({now:,}, {before:,} before)" for label, now, before, beyond in rows if beyond == MORE]
    more = len(grown) - NAMED
    others = f" and {more} more" if more > 0 else ""
    return f"Grew beyond chance: {', '.join(grown[:NAMED])}{others}." if grown else ""


def _waits(rows, _area) -> str:
    """Of the last whole month, in whose replies a late one has had time to come."""
    to_come = sum(row[2] for row in rows)
    late = f" {to_come:,} are missed and still to come." if to_come else ""
    for month, _replies, _waits, half, _quarter, most in rows:
        if month == _last_month() and half is not None:
            three = "and three quarters not yet" if most is None else f"three quarters within {most:g}"
            return f"Half of what came in in {month} had a reply within {half:g} hours, {three}.{late}"
    return late.strip()


def _answered(rows, _area) -> str:
    for month, _yes, _partly, _no, share, low, high in rows:
        if month == _last_month():
            return f"In {month}, {share} in 100 said that the reply answered them. With so few answers it may be {low} to {high}."
    return ""


def _load(rows, _area) -> str:
    """The team with most for each full-time post, and those where nobody is posted."""
    most = max((row for row in rows if row[-1]), key=lambda row: row[-1], default=None)
    busiest = f"{most[0]} has most for each full-time post: {most[-1]:g} open." if most else ""
    empty = [row[0] for row in rows if row[3] == 0]
    return f"{busiest} Nobody is posted in {', '.join(empty)}.".strip() if empty else busiest


def _filled(rows, _area) -> str:
    _day, posts, filled, share = rows[-1]
    if posts:
        return f"Neighbourhood teams have {filled:g} of {posts:g} full-time posts ({share} in 100)."
    return f"Neighbourhood teams have {filled:g} full-time posts. Nobody has set how many it should be."


def _lost(rows, _area) -> str:
    lost = sum(row[1] for row in rows)
    return f"{lost:g} days were lost to other duties in the last {DAYS} days, most in {rows[0][0]}." if lost else ""


def _beside(rows, area) -> str:
    """The rate of the area beside the lowest and the highest of the others."""
    rates = {row[0]: row[1] for row in rows if row[1] is not None}
    here = rates.pop(area.name, None)
    if not here or not rates:
        return ""
    others = f"{min(rates.values()):g} to {max(rates.values()):g} in the other areas"
    return f"For each 10,000 people {here:g} concerns came in in three whole months; {others}."


def _last_month() -> str:
    return name_of(last_months(2)[0])


SENTENCES = {
    "categories": _came, "wards": _grown, "replies": _waits, "satisfaction": _answered, "strength": _load,
    "neighbourhood": _filled, "abstractions": _lost, "areas": _beside,
}  # fmt: skip
