"""Which problems grow beyond chance: concerns of one kind in a ward or the whole area, against the same weekdays of eight weeks.

Two stretches are looked at: yesterday, and the seven days that ended with it. What stood in the eight earlier ones is itself
chance, so it isn't taken for the true rate: of `n` concerns that fell into nine equal stretches by chance, the number in the
last is binomial. This is the Poisson tail with the uncertainty of its rate counted in. Of all kinds and wards those are shown
that Benjamini and Hochberg (1995) let through at a false-discovery rate of 5 %.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.stamp import midnight

WEEKS = 8
LEAST = 5  # fewer concerns are never called a rise
FALSE_SHARE = 0.05
DAY, WEEK = 1, 7  # days in a stretch


@dataclass(frozen=True)
class Cell:
    """Concerns of one `category` (code, name) in a `ward` (code, name; None: the whole area) in the last stretch of `days`."""

    category: tuple
    ward: tuple | None
    days: int
    seen: int
    before: int  # in the WEEKS stretches before, together

    @cached_property
    def chance(self) -> float:
        """How likely at least so many are by chance alone, if nothing has changed."""
        return tail(self.seen, self.before)

    @property
    def usual(self) -> float:
        """How many such a stretch had before, on average."""
        return self.before / WEEKS


NEGLIGIBLE = 1e-17  # of a sum: all that follows changes no digit of it


def tail(seen: int, before: int, stretches: int = WEEKS) -> float:
    """The chance that at least `seen` of `seen + before` fall into the last of `stretches + 1` equal stretches.

    1.0 where no more were seen than usual, which is never a rise.
    """
    if seen * stretches <= before:
        return 1.0
    total, share = seen + before, 1 / (stretches + 1)
    ways = math.lgamma(total + 1) - math.lgamma(seen + 1) - math.lgamma(before + 1)
    term = math.exp(ways + seen * math.log(share) + before * math.log1p(-share))
    chance = 0.0
    for number in range(seen, total + 1):
        chance += term
        term *= (total - number) / (
            (number + 1) * stretches
        )  # beyond the usual number each is less likely than the last
        if term <= chance * NEGLIGIBLE:
            break
    return min(1.0, chance)


def rises(cells: Iterable[Cell]) -> list[Cell]:
    """Those of `cells` that grow beyond chance, the surest first; of one kind and place only the surer stretch.

    Which cells are compared depends on their totals alone, so that it tells nothing of the last stretch.
    """
    compared = sorted(
        (cell for cell in cells if cell.seen + cell.before >= LEAST),
        key=lambda cell: (cell.chance, cell.category, cell.ward or (), cell.days),
    )
    passed = 0
    for rank, cell in enumerate(compared, 1):
        if cell.chance <= FALSE_SHARE * rank / len(compared):
            passed = rank
    shown: dict[tuple, Cell] = {}
    for cell in compared[:passed]:
        if cell.seen >= LEAST:
            shown.setdefault((cell.category, cell.ward), cell)
    return list(shown.values())


def _between(first: int, last: int) -> Q:
    """Received from the beginning of the day `first` days ago to that of the day `last` days ago."""
    return Q(received_at__gte=midnight(first), received_at__lt=midnight(last))


def cells_of(concerns) -> list[Cell]:
    """The cells of `concerns` (a queryset already narrowed to one area and reader), in one question.

    None before there are eight weeks to compare with: to a new portal everything would seem to grow.
    """
    same_day = Q(pk__in=[])
    for week in range(1, WEEKS + 1):
        same_day |= _between(7 * week + DAY, 7 * week)
    told = concerns.filter(_between(7 * WEEKS + WEEK, 0), kind="concern").order_by()
    rows = told.values_list("category__code", "category__name", "ward__code", "ward__name").annotate(
        day=Count("pk", filter=_between(DAY, 0)),
        day_before=Count("pk", filter=same_day),
        week=Count("pk", filter=_between(WEEK, 0)),
        week_before=Count("pk", filter=_between(7 * WEEKS + WEEK, WEEK)),
        oldest=Count("pk", filter=_between(7 * WEEKS + WEEK, 7 * WEEKS)),
    )
    cells, whole, known = [], {}, 0
    for code, name, ward, ward_name, *numbers, oldest in rows:
        known += oldest
        kind = (code, name)
        whole[kind] = [sum(pair) for pair in zip(whole.get(kind, [0] * 4), numbers, strict=True)]
        if ward:
            cells += _stretches(kind, (ward, ward_name), numbers)
    for kind, numbers in whole.items():
        cells += _stretches(kind, None, numbers)
    return cells if known else []


def _stretches(kind, ward, numbers) -> list[Cell]:
    day, day_before, week, week_before = numbers
    return [Cell(kind, ward, DAY, day, day_before), Cell(kind, ward, WEEK, week, week_before)]


# ---- in words --------------------------------------------------------------------------------------------------------
def usual_words(cell: Cell) -> str:
    """What is usual: "usually about 2", "usually fewer than 1"."""
    if cell.usual < 1:
        return _("usually fewer than 1")
    return _("usually about %(number)d") % {"number": round(cell.usual)}


def chance_words(cell: Cell) -> str:
    """How sure it is: "Chance alone does this about once in 400 times." """
    odds = 1 / cell.chance
    if odds > 10_000:
        return _("Chance alone would almost never do this.")
    step = 10 ** (len(str(int(odds))) - 1)
    return _("Chance alone does this about once in %(number)s times.") % {"number": f"{int(odds / step) * step:,}"}
