"""What the people of an area see of their own area: each figure once, as a table that page, chart and CSV share.

Nothing is rounded here: the readers could count the rows themselves. Of other areas there are figures alone.
"""

from collections.abc import Callable

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from accounts.stamp import midnight
from areas.models import Area
from feedback.lifecycle import Status
from feedback.models import Concern

from .figures import told_by_area
from .local_demand import categories, channels, hubs, months, replies, satisfaction, squares, streets, wards
from .local_people import abstractions, by_area, by_hub, by_team, establishment, neighbourhood
from .local_table import Seen, Table
from .local_times import happens, hours
from .report import Report, area_rows
from .tallies import DAYS, lately

TOLD_APART = {"months", "replies"}  # figures that can be asked for by category, ward or hub
COMPARED = 3  # whole months, so that the areas' figures stand still within one
PER = 10_000


def areas(seen=None) -> Table:
    """The areas beside each other: concerns for each 10,000 people, with the range that chance alone explains."""
    told, own = told_by_area(COMPARED), seen.area.name if seen else ""
    rows, hues = [], {}
    for hue, one in enumerate(Area.objects.all(), 1):
        number, people = told.get(one.pk, 0), one.population
        low, high = chance_range(number)
        rate = [round(each * PER / people, 1) if people else None for each in (number, low, high)]
        rows.append([one.name, *rate])
        hues[one.name] = hue
    heads = [_("Area"), _("For each 10,000 people"), _("at least"), _("at most")]
    note = _("In the last %(n)d whole months. Where two ranges overlap, the difference may be chance.") % {
        "n": COMPARED
    }
    note = f"{note} The numbers are those frozen at the end of each month, to the nearest 5."
    return Table("areas", _("Beside the other areas"), heads, rows, 1, note=note, hues=hues, ranges=(2, 3), own=own)


def chance_range(number: int) -> tuple[float, float]:
    """The 95 % range of a Poisson mean of which `number` was seen, by Byar's approximation (Breslow and Day 1987)."""
    if not number:
        return 0.0, 3.7
    low = number * (1 - 1 / (9 * number) - 1.96 / (3 * number**0.5)) ** 3
    more = number + 1
    return max(low, 0.0), more * (1 - 1 / (9 * more) + 1.96 / (3 * more**0.5)) ** 3


FIGURES: dict[str, Callable[..., Table]] = {
    "months": months, "categories": categories, "wards": wards, "hubs": hubs, "streets": streets, "squares": squares,
    "happens": happens, "hours": hours, "channels": channels, "replies": replies, "satisfaction": satisfaction,
    "hub_strength": by_hub, "strength": by_team, "establishment": establishment, "neighbourhood": neighbourhood,
    "abstractions": abstractions, "areas": areas,
}  # fmt: skip
ANSWERED = [*FIGURES].index("replies")  # from which on they tell what we did; those before it, what people told us


COMMANDERS = frozenset({"abstractions"})  # who is away, and for what, is not for colleagues


def offered(reach, area) -> list[str]:
    """The names of the figures of `area` that somebody with this `Reach` reads."""
    return [name for name in FIGURES if name not in COMMANDERS or area.pk in reach.commands]


def parts(tables) -> list:
    """The `tables` of a page in two parts with a title each: what people told us, and what we did."""
    told = [*FIGURES][:ANSWERED]
    return [
        (_("What people told us"), [table for table in tables if table.name in told]),
        (_("How we answered, and with whom"), [table for table in tables if table.name not in told]),
    ]


def figure(name: str, seen: Seen, by: str = "", month=None) -> Table:
    """One figure as one person reads it, told apart `by` one of BY where it is one of TOLD_APART.

    `month`: the first day of the only one whose replies are told apart. KeyError for a name that none has.
    """
    if by and name == "months":
        return months(seen, by)
    return replies(seen, by, month) if by and name == "replies" else FIGURES[name](seen)


# ---- all areas, for those who see figures alone ----------------------------------------------------------------------
def side_by_side() -> Table:
    """The areas today: what is open, missed, soon due and with nobody; never text."""
    counted = Concern.figures_by_area()
    names, every = ("missed", "soon", "nobody", "open"), list(Area.objects.all())
    rows = [[one.name, *(counted.get(one.pk, {}).get(name, 0) for name in names)] for one in every]
    hues = {one.name: hue for hue, one in enumerate(every, 1)}
    heads = [_("Area"), _("Missed"), _("Due soon"), _("Nobody has it"), _("Open")]
    return Table("today", _("The areas side by side"), heads, rows, 1, hues=hues)


def promise() -> Table:
    """How each area kept its word in the last twelve months that were closed, from the figures that the public reads."""
    every = list(Area.objects.all())
    names = ("in_time", "median", "satisfied")
    rows = [
        [row["area"].name, *(getattr(row[name], "value", None) for name in names)] for row in area_rows(Report(), every)
    ]
    heads = [_("Area"), _("In time (%)"), _("Half within (hours)"), _("Said yes (%)")]
    note = _(
        "The last twelve whole months, rounded as the public reads them. Near 0 and 100 it is a limit. “–”: too few to tell."
    )
    hues = {one.name: hue for hue, one in enumerate(every, 1)}
    return Table("promise", _("How the promise was kept"), heads, rows, 1, note=note, hues=hues)


FORCE = {"today": side_by_side, "posts": by_area, "promise": promise, "areas": areas}


def of_ward(user, ward) -> dict:
    """The numbers of a ward for a meeting, as `user` sees them: received lately by category and in as many days before, open,
    answered, closed. `waits`, of the area's last count: the hours within which a half, a quarter and three quarters of the
    replies came, each None where that is not known yet; None altogether where the half is not known.
    """
    seen = Seen(user, ward.area)
    there = seen.concerns.filter(ward=ward)
    recent = lately(there)
    kinds = recent.values_list("category__name").annotate(n=Count("pk")).order_by("-n", "category__name")
    done = recent.with_first_clock().aggregate(
        told=Count("pk"), answered=Count("pk", filter=Q(first_answer__isnull=False)),
        closed=Count("pk", filter=Q(status=Status.RESOLVED)),
        in_time=Count("pk", filter=Q(first_answer__lte=F("first_due"))),
    )  # fmt: skip
    before = there.filter(received_at__gte=midnight(2 * DAYS), received_at__lt=midnight(DAYS)).count()
    waits = next((row[3:] for row in seen.counted("replies by ward") if row[0] == ward.name), [None])
    return {
        **done, "before": before, "open": there.open().count(), "kinds": [[name, n] for name, n in kinds],
        "waits": waits if waits[0] is not None else None,
    }  # fmt: skip
