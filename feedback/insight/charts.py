"""Charts as the server draws them: bars and lines on a zero base, labelled directly. Every one has its table beside it.

The numbers for the SVG are whole strings, so that a locale's decimal comma never reaches it.
"""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

WIDTH = 400  # drawn for a phone; wider screens enlarge it
LANE = 46  # a bar's height with its label
COLUMNS = 150  # height of columns and lines
SQUARE = 22  # height of an hour of the week
LEFT, TOP = 48, 24
UNDER = 24  # from a spot down to the foot of a number below it
CLOSE = 8  # more columns than these stand close together
LETTERS = 46  # of a label that stands on a line; the table has all of it
LETTER = 10  # width of one in the words behind a bar, at most
SMALL, TALL = 24, 68  # height of the columns of one name among many, and of all that belongs to it


@dataclass(frozen=True)
class Mark:
    """One value on its way into a chart. `value` None: nothing to show; `unsure`: it lies anywhere from 0 to `value`.

    `between`: a range around the value (two numbers; a last one of None: no end is known), drawn as a line across the end of
    the bar or column; `against`: what the value should be, drawn by `over_time` as a line above or across its column; `own`:
    the one that the readers look for first.
    """

    label: str
    value: float | None
    words: str
    unsure: bool = False
    hue: int = 0  # place of an area in the force pack, which is its colour; 0: none
    between: tuple | None = None
    against: float | None = None
    own: bool = False

    @property
    def short(self) -> str:
        """The label as far as there is room for it."""
        return shortened(self.label)

    @property
    def reach(self) -> float:
        """The highest number that is drawn of it."""
        return max(self.value or 0, self.against or 0, *(one or 0 for one in self.between or (0,)))


def shortened(label: str) -> str:
    """`label` as far as there is room for it on a line of a picture."""
    return label if len(label) <= LETTERS else f"{label[: LETTERS - 1].rstrip()}…"


def of_figure(label, figure, hue=0) -> Mark:
    """The mark of a published `figure` (or None)."""
    if figure is None or figure.value is None:
        return Mark(label, None, _("Too few to show"), hue=hue)
    return Mark(label, figure.value, figure.words, unsure=figure.bound == "under", hue=hue)


def _at(number: float) -> str:
    return f"{number:.1f}"


def bars(marks, *, top=None, target=None) -> dict:
    """Bars that lie, a lane each, the label above the bar and the value at its end. `target`: a value with a dashed line."""
    ends = [mark.reach for mark in marks]
    highest = top or max([*ends, target or 0]) or 1
    room = max(
        [100, *(LETTER * len(mark.words) + 10 for mark in marks if mark.value)]
    )  # for the words behind the longest
    scale = (WIDTH - room) / highest
    lanes = [
        {
            "mark": mark,
            "text_y": _at(LANE * number + 15),
            "y": _at(LANE * number + 21),
            "width": _at((mark.value or 0) * scale),
            "end": _at((highest if _open(mark) else end) * scale + 7),
            "range": mark.between and [_at(highest * scale if one is None else one * scale) for one in mark.between],
            "middle": _at(LANE * number + 30),
            "value_y": _at(LANE * number + 35),
        }
        for number, (mark, end) in enumerate(zip(marks, ends, strict=True))
    ]
    height = LANE * len(lanes)
    line = {"x": _at(target * scale), "label_y": _at(height + 14)} if target else None
    return {
        "view_box": f"0 0 {WIDTH} {height + (20 if target else 0)}",
        "lanes": lanes,
        "height": height,
        "target": line,
    }


def over_time(marks, *, top=None, target=None) -> dict:
    """Columns or a line, a mark a month (oldest first), with the axis, the ends of the time labelled and its gaps left open."""
    highest = top or _round_top(max([mark.reach for mark in marks] + [target or 0]))
    pace = (WIDTH - LEFT) / max(len(marks), 1)
    # Numbers of three digits over many columns would touch each other: then every second stands there, the last one always.
    wide = max([mark.value or 0 for mark in marks], default=0) >= 100
    each, spots = 2 if wide and len(marks) > CLOSE else 1, []

    def up(value) -> float:
        return TOP + COLUMNS * (1 - (highest if value is None else value) / highest)

    for number, mark in enumerate(marks):
        height, middle = COLUMNS * (mark.value or 0) / highest, LEFT + pace * (number + 0.5)
        inside = mark.against is not None and height > UNDER
        spots.append(
            {
                "mark": mark,
                "x": _at(middle),
                "left": _at(middle - pace * 0.36),
                "width": _at(pace * 0.72),
                "y": _at(up(mark.value or 0)),
                "inside": inside,  # the number, as what it should be is drawn above
                "label_y": _at(up(mark.value or 0) + (18 if inside else -7)),
                "range_x": _at(middle + pace * 0.36 + 5),  # beside the column, where neither hides the other
                "range": mark.between and [_at(up(one)) for one in mark.between],
                "against": mark.against is not None
                and {
                    "from": _at(middle - pace * 0.48),
                    "to": _at(middle + pace * 0.48),
                    "y": _at(up(mark.against)),
                },
                "height": _at(height),
                "shown": mark.value is not None,
                "value_y": _at(_beside_line(height, marks[number - 1].value if number else None, mark.value)),
                "numbered": (len(marks) - 1 - number) % each == 0,
            }
        )
    return {
        "view_box": f"0 0 {WIDTH} {TOP + COLUMNS + 28}",
        "spots": spots,
        "lines": _unbroken(spots),
        "last": next((spot for spot in reversed(spots) if spot["shown"]), None),
        "ticks": [{"y": _at(TOP + COLUMNS * (1 - part)), "value": f"{highest * part:.0f}"} for part in (0, 0.5, 1)],
        "left": _at(LEFT),
        "right": _at(WIDTH),
        "base": _at(TOP + COLUMNS),
        "label_y": _at(TOP + COLUMNS + 20),
        "target": target and _at(TOP + COLUMNS * (1 - target / highest)),
    }


def _open(mark) -> bool:
    """Whether its range has no known end."""
    return bool(mark.between) and mark.between[1] is None


def _beside_line(height, before, value) -> float:
    """Where the number at the end of a line stands: above it, but below where the line falls to it and there is room."""
    falls = before is not None and value is not None and before > value
    return TOP + COLUMNS - height + (UNDER if falls and height > UNDER + 5 else -11)


def many(names, months) -> dict:
    """Small columns by month for each of many names, all on one scale. `names`: a label and a number a month each."""
    highest = max((number for _label, *numbers in names for number in numbers), default=0) or 1
    pace = WIDTH / len(months)
    lanes = []
    for place, (label, *numbers) in enumerate(names):
        base = TALL * place + TALL - 4
        spots = [
            {
                "left": _at(pace * (column + 0.14)), "width": _at(pace * 0.72), "x": _at(pace * (column + 0.5)),
                "y": _at(base - SMALL * number / highest), "height": _at(SMALL * number / highest), "value": number,
                "label_y": _at(base - SMALL * number / highest - 4), "words": f"{label}, {months[column]}: {number}",
            }
            for column, number in enumerate(numbers)
        ]  # fmt: skip
        lanes.append({"label": shortened(label), "text_y": _at(base - SMALL - 21), "base": _at(base), "spots": spots})
    height = TALL * len(lanes)
    return {
        "view_box": f"0 0 {WIDTH} {height + 22}", "lanes": lanes, "right": _at(WIDTH), "months": months,
        "foot_y": _at(height + 14),
    }  # fmt: skip


def week(days, rows) -> dict:
    """The hours of a week as squares, a day a line: the more, the darker. `rows`: an hour each, its name and a number a day."""
    most = max(number for row in rows for number in row[1:]) or 1
    side = (WIDTH - LEFT) / len(rows)
    lines = [
        {"name": name, "y": _at(TOP + SQUARE * day), "text_y": _at(TOP + SQUARE * day + SQUARE / 2 + 5)}
        for day, name in enumerate(days)
    ]
    squares = [
        {
            "x": _at(LEFT + side * hour), "y": _at(TOP + SQUARE * day), "depth": f"{0.12 + 0.88 * number / most:.2f}",
            "words": f"{days[day]} {row[0]}: {number}",
        }
        for hour, row in enumerate(rows) for day, number in enumerate(row[1:]) if number
    ]  # fmt: skip
    ticks = [{"x": _at(LEFT + side * hour), "name": f"{hour:02}"} for hour in range(0, len(rows), 6)]
    height = TOP + SQUARE * len(days)
    return {
        "view_box": f"0 0 {WIDTH} {height + 4}", "lines": lines, "squares": squares, "ticks": ticks, "most": most,
        "side": _at(side - 1), "tall": SQUARE - 1, "left": _at(LEFT), "top": TOP, "tick_y": _at(TOP - 8),
    }  # fmt: skip


def grid(cells) -> dict:
    """Squares of a map: the more, the darker. `cells`: a name each ("C4": column from the west, line from the north), where it
    lies, and a number.
    """
    places = [_place(name) for name, _where, _n in cells]
    across, down = max(column for column, _line in places) + 1, max(line for _column, line in places) + 1
    most, side = max(n for _name, _where, n in cells), min((WIDTH - LEFT) / across, SQUARE * 1.5)
    squares = [
        {
            "x": _at(LEFT + side * column), "y": _at(TOP + side * line), "depth": f"{0.12 + 0.88 * n / most:.2f}",
            "words": f"{name}, {where}: {n}" if where else f"{name}: {n}",
        }
        for (column, line), (name, where, n) in zip(places, cells, strict=True)
    ]  # fmt: skip
    each = max(1, round(2 * SQUARE / side))  # names stand as far apart as there is room for
    ticks = [{"x": _at(LEFT + side * (column + 0.5)), "name": column_name(column)} for column in range(0, across, each)]
    lines = [
        {"name": line + 1, "y": _at(TOP + side * line), "text_y": _at(TOP + side * (line + 0.5) + 5)}
        for line in range(0, down, each)
    ]
    return {
        "view_box": f"0 0 {WIDTH} {_at(TOP + side * down + 4)}", "squares": squares, "ticks": ticks, "lines": lines,
        "most": most, "side": _at(side - 1), "tall": _at(side - 1), "left": _at(LEFT), "top": TOP, "tick_y": _at(TOP - 8),
        "right": _at(LEFT + side * across), "bottom": _at(TOP + side * down),
    }  # fmt: skip


def column_name(number: int) -> str:
    """The name of a column, counted from 0: A to Z, then AA."""
    return (column_name(number // 26 - 1) if number > 25 else "") + chr(ord("A") + number % 26)


def _place(name) -> tuple[int, int]:
    """Column and line of a square, counted from 0, by its name."""
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1, int(name[len(letters) :]) - 1


def _unbroken(spots) -> list:
    """The points of each stretch of time without a gap."""
    stretches, open_one = [], []
    for spot in [*spots, {"shown": False}]:
        if spot["shown"]:
            open_one.append(f"{spot['x']},{spot['y']}")
        elif open_one:
            stretches.append(" ".join(open_one))
            open_one = []
    return [stretch for stretch in stretches if " " in stretch]


def _round_top(value: float) -> int:
    """A round number at the head of the axis whose half is whole."""
    top = 10
    while top < value:
        top = top * 2 if str(top)[0] in "15" else top * 5 // 2
    return top


def month_label(month) -> str:
    """A month as it stands under a chart: Oct 2026."""
    return date_format(month, "M Y")
