"""What may be published of numbers that belong together: counts, totals, shares, medians. The step is `areas.rounding`'s.

docs/adr/0008-published-figures.md says what each rule protects against; tests/test_insight.py attacks them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from areas.rounding import NEAREST as STEP
from areas.rounding import rounded

ENOUGH = 20  # shares and medians stand on at least so many
MANY = 60  # with fewer, a share moves in tens, so that several counts look the same


@dataclass(frozen=True)
class Published:
    """One figure as the public sees it. `bound`: "" nearest, "under", "least" (or more), "most" (or less).

    `value` None: too few to show.
    """

    value: int | None
    bound: str = ""

    @property
    def least(self) -> int:
        """The lowest count that is shown like this."""
        if self.bound == "under":
            return 0
        return self.value if self.value == STEP else self.value - STEP // 2

    @property
    def most(self) -> int:
        """The highest count that is shown like this."""
        return self.value - 1 if self.bound == "under" else self.value + STEP // 2

    @property
    def words(self) -> str:
        """A count as people read it."""
        return in_words(self.value, self.bound)


TOO_FEW = Published(None)
FEW = Published(STEP, "under")


def count(number: int) -> Published:
    """A count to the nearest 5, or "fewer than 5", which says nothing of whether there was one at all."""
    near = rounded(number)
    return FEW if near is None else Published(near)


def total(number: int, *tables: Iterable[Published], room: int = 2) -> Published:
    """A total of published `tables`, rounded by itself, but never so that it presses their parts against what they can be.

    Four counts of 8 are shown as 10; a total of 32, shown as 30, would tell all four. So the total keeps `room` above the least
    and below the most that the parts of each table can add up to. It is moved by one step, and seldom.
    """
    value, sums = rounded(number) or 0, [[*parts] for parts in tables]
    floor = max((_up(sum(part.least for part in parts) + room - 2) for parts in sums), default=0)
    mosts = [sum(part.most for part in parts) for parts in sums]
    # Where more was counted than the parts can hold, the rest is of kinds that no table shows, and nothing presses.
    ceiling = min((_down(most - room + 2) for most in mosts if number <= most), default=value)
    value = max(min(value, ceiling), floor)
    return Published(value) if value else FEW


def apart(parts: Iterable[Published], wholes: Iterable[Published], *, complete: bool) -> bool:
    """Whether `parts` may stand beside `wholes` that were published before and are made of the same concerns.

    They may where neither says anything about the other: where the parts can be as few as the wholes; and, where the parts are
    `complete` (nothing that was counted stands in totals only), as many.
    """
    parts, wholes = list(parts), list(wholes)
    if sum(part.least for part in parts) > sum(whole.least for whole in wholes):
        return False
    return not complete or sum(part.most for part in parts) >= sum(whole.most for whole in wholes)


def share(part: int, whole: int) -> Published:
    """`part` of `whole` in per cent, in steps of 5 (10 below 60); where fewer than 5 are left on a side, only that it is so."""
    if whole < ENOUGH:
        return TOO_FEW
    step = 5 if whole >= MANY else 10
    if whole - part < STEP:
        return Published((whole - STEP + 1) * 100 // whole // step * step, "least")
    if part < STEP:
        return Published(-(-(STEP - 1) * 100 // whole // step) * step, "most")
    # With 5 or more on either side it is neither none nor all, and must not look like it.
    return Published(min(100 - step, max(step, _nearest(100 * part / whole, step))))


def looks_like(part: int, whole: int) -> tuple[int, int]:
    """The least and most of `whole` whose share is shown as that of `part`; from none to all where none is shown."""
    if whole < ENOUGH:
        return 0, whole
    shown, least, most = share(part, whole), part, part
    while least > 0 and share(least - 1, whole) == shown:
        least -= 1
    while most < whole and share(most + 1, whole) == shown:
        most += 1
    return least, most


def may_be_told(wards: dict, months: list[tuple[int, int]]) -> list:
    """Of which `wards` a share may stand beside the shares of the `months` of their area; all are (part, whole).

    The smallest are left out until each has enough, what is left over has enough too, and the months say no more of any of these
    than its own share would.
    """
    told = sorted((name for name, (_part, whole) in wards.items() if whole >= ENOUGH), key=lambda name: -wards[name][1])
    while told and not _beside([wards[name] for name in told], months):
        told.pop()
    return told


def _beside(told: list[tuple[int, int]], months: list[tuple[int, int]]) -> bool:
    over = tuple(sum(month[n] for month in months) - sum(part[n] for part in told) for n in (0, 1))
    if over[1] < ENOUGH and (over[1] or len(told) == 1):
        return False
    parts, wholes = [looks_like(*part) for part in (*told, over)], [looks_like(*month) for month in months]
    least, most = (sum(part[n] for part in parts) for n in (0, 1))
    known = [sum(whole[n] for whole in wholes) for n in (0, 1)]
    return all(known[0] - (most - high) <= low and known[1] - (least - low) >= high for low, high in parts)


def median_hours(hours: list[float | None], limit: int) -> Published:
    """Within how many hours half were answered; None in `hours` is no answer yet. "`limit` or more" where half had none."""
    if len(hours) < ENOUGH:
        return TOO_FEW
    middle = sorted(float("inf") if each is None else each for each in hours)[(len(hours) - 1) // 2]
    return Published(limit, "least") if middle == float("inf") else Published(max(1, _nearest(middle, 1)))


def _nearest(number: float, step: int) -> int:
    return int((number + step / 2) // step) * step


def _up(number: int) -> int:
    return -(-number // STEP) * STEP


def _down(number: int) -> int:
    return number // STEP * STEP


def in_words(value: int | None, bound: str, unit: str = "") -> str:
    """A published figure as people read it: "25", "fewer than 5", "90% or more", "31 hours"; "" where too few stand behind it."""
    if value is None:
        return ""
    shown = {"percent": "%d%%", "hours": _("%d hours")}.get(unit, "%d") % value
    with_bound = {"under": _("fewer than %s"), "least": _("%s or more"), "most": _("%s or less")}
    return with_bound[bound] % shown if bound else shown
