"""What came in and what became of it, for those who work in the area: by month, kind, ward, hub, channel and place; the waits."""

from collections import defaultdict
from datetime import date

from django.utils.translation import gettext as _

from feedback.models import Concern

from .charts import column_name
from .growth import tail
from .local_table import BARS, COLUMNS, GRID, MANY, Table, name_of
from .months import last_months
from .tallies import DAYS, MONTHS, SQUARE, WIDE

BY = {  # the head of the column, and what stands there where a concern has none
    "category": ("Category", ""),
    "ward": ("Ward", "No ward"),
    "hub": ("Hub of the team", "No team"),
}
MORE, FEWER = "more", "fewer"
SURE = 0.01  # a change is named where chance alone would make it less often


def months(seen, by="") -> Table:
    """Concerns received in each month: the one that runs and twelve whole ones, none left out since the first with any.

    `by` category, ward or hub: a row for each, seven months beside each other.
    """
    title = _("Concerns by month")
    if by:
        head, none = BY[by]
        every = last_months(WIDE)
        counts: dict = defaultdict(dict)
        for label, month, n in seen.counted(f"months by {by}"):
            counts[label or none][month] = n
        rows = [[label, *(given.get(str(month), 0) for month in every)] for label, given in counts.items()]
        rows.sort(key=lambda row: (-sum(row[1:]), row[0]))
        return Table("months", title, [head, *map(name_of, every)], rows, WIDE - 1, MANY)
    received = {date.fromisoformat(month): n for month, n in seen.counted("months")}
    known = [month for month in last_months(MONTHS) if received and month >= min(received)]
    rows = [[name_of(month), received.get(month, 0)] for month in known]
    return Table("months", title, [_("Month"), _("Received")], rows, 1, COLUMNS)


def replies(seen, by="", month=None) -> Table:
    """How long replies took, by the month in which the concern came, or `by` category, ward or hub: the middle one, and the
    middle half.

    `month` (its first day): only what came in it.
    """
    head, none = BY[by] if by else (_("Month"), "")
    name = "replies" + (f" by {by}" if by else "") + (f" in {month}" if month else "")
    rows = [[label or none if by else date.fromisoformat(label), *rest] for label, *rest in seen.counted(name)]
    rows.sort(key=lambda row: row[0])
    if not by:
        rows = [[name_of(each), *rest] for each, *rest in rows if each in last_months(WIDE)]
    heads = [
        head, _("Replies"), _("Missed and still to come"), _("Half within (hours)"), _("A quarter within"),
        _("Three quarters within"),
    ]  # fmt: skip
    note = _("What is missed and still to come counts as longer than all others: leaving it would flatter.")
    note = f"Only what came in {name_of(month)}. {note}" if month else note
    shape, title = BARS if by else COLUMNS, _("How long people waited for a reply")
    return Table("replies", title, heads, rows, 3, shape, note, ranges=(4, 5))


def categories(seen) -> Table:
    """What concerns were about, beside the same time before."""
    return _compared(seen, "category", "categories", _("What they were about"), _("Category"))


def wards(seen) -> Table:
    """Where they were, beside the same time before."""
    return _compared(seen, "ward", "wards", _("Where they were"), _("Ward"), _("No ward"))


def hubs(seen) -> Table:
    """The hubs whose teams they went to, beside the same time before."""
    return _compared(seen, "hub", "hubs", _("Where they went"), _("Hub of the team"), _("No team"))


def _compared(seen, by, name, title, head, none="") -> Table:
    """Concerns `by` one of BY in the last days and in as many before, and whether chance alone explains the change."""
    rows = [[label or none, now, before, change(now, before)] for label, now, before in seen.counted(f"beside by {by}")]
    heads = [head, _("Last %(n)d days") % {"n": DAYS}, _("The %(n)d days before") % {"n": DAYS}, _("Change")]
    note = _("A change is named where chance alone would make it less than once in a hundred times.")
    return Table(name, title, heads, sorted(rows, key=lambda row: (-row[1], row[0])), 1, note=note)


def change(now: int, before: int) -> str:
    """Whether `now` is more or fewer than `before`, beyond what chance makes of two equal stretches of time."""
    if tail(now, before, stretches=1) < SURE:
        return MORE
    return FEWER if tail(before, now, stretches=1) < SURE else ""


def channels(seen) -> Table:
    """How they came in."""
    names = dict(Concern.Channel.choices)
    often = sorted((-n, channel) for channel, n in seen.counted("channels"))
    rows = [[str(names[channel]), -n] for n, channel in often]
    return Table("channels", _("How they came in"), [_("Channel"), _("Received")], rows, 1)


def streets(seen) -> Table:
    """The places that people named most often."""
    rows = sorted(seen.counted("streets"), key=lambda row: (-row[1], row[0]))
    return Table("streets", _("Places named most often"), [_("Place"), _("Concerns")], rows, 1)


def squares(seen) -> Table:
    """Where pins stand, on a grid: columns have letters from the west, lines numbers from the north."""
    found = seen.counted("squares")
    top, left = max((row[0] for row in found), default=0), min((row[1] for row in found), default=0)
    rows = [
        [f"{column_name(east - left)}{top - north + 1}", ward, _middle(north, 0), _middle(east, 1), n]
        for north, east, ward, n in sorted(found, key=lambda row: (-row[3], -row[0], row[1]))
    ]
    came, pins, squares_in_all = next(iter(seen.counted("pinned")), (0, 0, 0))
    note = _("Squares of about 500 metres. Of %(came)d in the last %(days)d days, %(pins)d have a pin on the map.")
    heads = [_("Square"), _("Ward"), _("Latitude"), _("Longitude"), _("Concerns")]
    note = note % {"came": came, "days": DAYS, "pins": pins}
    if squares_in_all > len(rows):
        note = f"{note} Of {squares_in_all} squares these have most."
    return Table("squares", _("Where pins stand, on a grid"), heads, rows, 4, GRID, note)


def _middle(square, axis) -> float:
    """The latitude (axis 0) or longitude (1) of the middle of a square, in degrees."""
    return round((square + 0.5) * SQUARE[axis], 4)


def satisfaction(seen) -> Table:
    """Whether the first reply answered people, by the month in which they said so, with the range that chance leaves open."""
    rows = [
        [name_of(date.fromisoformat(month)), yes, partly, no, *share_range(yes, yes + partly + no)]
        for month, yes, partly, no in sorted(seen.counted("satisfaction"))
    ]
    heads = [
        _("Month"), _("Yes"), _("Partly"), _("No"), _("Said yes (%)"), _("at least (%)"), _("at most (%)"),
    ]  # fmt: skip
    note = _("“Partly” is no yes. Those who say nothing are not counted, so few answers leave a wide range.")
    return Table("satisfaction", _("Did the reply answer them?"), heads, rows, 4, COLUMNS, note, ranges=(5, 6))


def share_range(part: int, whole: int) -> tuple[int, int, int]:
    """`part` of `whole` in per cent, and the 95 % range that chance leaves open (Wilson 1927)."""
    share, z2 = part / whole, 1.96**2
    middle, spread = share + z2 / (2 * whole), 1.96 * (share * (1 - share) / whole + z2 / (4 * whole**2)) ** 0.5
    low, high = ((middle + sign * spread) / (1 + z2 / whole) for sign in (-1, 1))
    return round(share * 100), round(max(low, 0) * 100), round(min(high, 1) * 100)
