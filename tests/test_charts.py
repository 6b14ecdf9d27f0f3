"""Pictures as the server draws them: what lies over what, in which direction numbers grow, and that no label leaves its line."""

import re

import pytest
from django.template.loader import render_to_string

from feedback.insight import charts
from feedback.insight.charts import Mark

MONTHS = ["May 2026", "Jun 2026", "Jul 2026"]
RANGED = [
    Mark(month, value, str(value), between=(value - 5, value + 40))
    for month, value in zip(MONTHS, (9, 60, 30), strict=True)
]
HELD = [Mark(month, 4, "4", against=5) for month in MONTHS]
ROWS = [[f"{hour:02}", *([hour] * 7)] for hour in range(24)]
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
PICTURES = {
    "bars": ("insight/_bars.html", lambda: charts.bars(RANGED, target=70)),
    "columns": ("insight/_time.html", lambda: charts.over_time(RANGED, target=70)),
    "columns against": ("insight/_time.html", lambda: charts.over_time(HELD)),
    "line": ("insight/_time.html", lambda: charts.over_time(RANGED)),
    "week": ("casework/_week.html", lambda: charts.week(DAYS, ROWS)),
    "squares": ("casework/_squares.html", lambda: charts.grid([("A1", "Here", 2), ("AB3", "There", 5)])),
    "many": ("casework/_many.html", lambda: charts.many([["Here", 1, 2, 3], ["There", 0, 9, 4]], MONTHS)),
}  # fmt: skip


def numbers(items, *names):
    return [[float(item[name]) for name in names] for item in items]


@pytest.mark.parametrize("picture", PICTURES)
def test_what_is_to_be_read_is_drawn_last(picture):
    """Axis, bars, ranges and targets lie under every number and name, never over one."""
    template, draw = PICTURES[picture]
    said = {"id": "one", "title": "A title", "desc": "A sentence.", "target_words": "as promised"}
    page = render_to_string(template, {"chart": draw(), "line": picture == "line", **said})
    drawn = re.findall(r"<(path|rect|circle|polyline|text)\b", page)
    kinds = ["text" if one == "text" else "shape" for one in drawn]
    assert kinds == sorted(kinds) and set(kinds) == {"shape", "text"}
    under = re.findall(r'class="portal-chart__range( portal-chart__range--under)?"', page)
    assert [bool(one) for one in under] == ({"bars": [True, False] * 3, "columns": [False] * 3}.get(picture, []))


def test_bars_grow_to_the_right_and_their_numbers_stand_behind_them():
    lanes = charts.bars([Mark("a", 0, "0"), Mark("b", 5, "5"), Mark("c", 10, "10"), Mark("d", None, "–")])["lanes"]
    assert numbers(lanes, "width", "end") == [[0, 7], [150, 157], [300, 307], [0, 7]]
    assert [float(lane["text_y"]) for lane in lanes] == sorted(float(lane["text_y"]) for lane in lanes)


def test_bars_leave_room_for_the_longest_words_behind_them():
    """ "69 of 69" is longer in other languages: its last number was cut off."""
    (lane,) = charts.bars([Mark("a", 100, "69 words of 69")])["lanes"]
    assert (float(lane["width"]), float(lane["end"])) == (400 - 150, 400 - 150 + 7)
    (lane, _few) = charts.bars([Mark("a", 100, "100%"), Mark("b", None, "Too few to show")])["lanes"]
    assert float(lane["width"]) == 300


def test_time_runs_to_the_right_and_more_stands_higher():
    spots = charts.over_time([Mark(month, value, "") for month, value in zip(MONTHS, (0, 25, 50), strict=True)])[
        "spots"
    ]
    base = charts.TOP + charts.COLUMNS
    assert numbers(spots, "y") == [[base], [base - charts.COLUMNS / 2], [charts.TOP]]
    lefts = numbers(spots, "left", "x")
    assert lefts == sorted(lefts) and all(left < middle for left, middle in lefts)


def test_names_by_month_share_one_scale():
    here, there = charts.many([["Here", 1, 2, 4], ["There", 0, 8, 4]], MONTHS)["lanes"]
    heights = [[float(spot["height"]) for spot in lane["spots"]] for lane in (here, there)]
    assert heights == [[3, 6, 12], [0, 24, 12]]
    assert float(here["base"]) < float(there["text_y"]) < float(there["base"])


def test_week_begins_on_monday_at_midnight_on_the_upper_left():
    squares = charts.week(DAYS, ROWS)["squares"]
    first, last = squares[0], squares[-1]
    assert (first["words"], last["words"]) == ("Mon 01: 1", "Sun 23: 23")
    assert (float(first["x"]) < float(last["x"]), float(first["y"]) < float(last["y"])) == (True, True)
    assert float(first["depth"]) < float(last["depth"]) == 1


def test_a_range_lies_around_its_value_and_one_without_an_end_reaches_the_edge():
    marks = [Mark("a", 50, "50", between=(20, 90)), Mark("b", 40, "40", between=(30, None))]
    chart = charts.over_time(marks)
    y = [(spot["range"], spot["y"]) for spot in chart["spots"]]
    assert [(float(low) > float(top) > float(high)) for (low, high), top in y] == [True, True]
    assert float(chart["spots"][1]["range"][1]) == charts.TOP
    (left, width, beside), (next_left, _width, last) = numbers(chart["spots"], "left", "width", "range_x")
    assert left + width < beside < next_left < last < float(chart["right"])  # in the gap behind its column
    lanes = charts.bars(marks)["lanes"]
    assert [lane["range"] for lane in lanes] == [["66.7", "300.0"], ["100.0", "300.0"]]
    assert [lane["end"] for lane in lanes] == ["307.0", "307.0"]


def test_what_should_be_is_drawn_across_and_the_number_inside():
    few, enough = charts.over_time([Mark("a", 1, "1", against=5), Mark("b", 8, "8", against=5)])["spots"]
    assert (few["inside"], enough["inside"]) == (False, True)
    assert float(few["label_y"]) < float(few["y"]) and float(enough["label_y"]) > float(enough["y"])
    assert few["against"]["y"] == enough["against"]["y"]
    assert float(few["against"]["from"]) < float(few["left"]) < float(few["against"]["to"])


def test_a_long_label_is_cut_where_its_line_ends():
    mark = Mark("Behind the shops opposite the roundabout by the canal bridge", 1, "1")
    assert mark.short == "Behind the shops opposite the roundabout by t…"
    assert (len(mark.short), Mark("High Street", 1, "1").short) == (charts.LETTERS, "High Street")


def test_squares_lie_as_on_a_map():
    """The first column is the most western, the first line the most northern; after Z comes AA."""
    chart = charts.grid([("A1", "Here", 2), ("C1", "East of it", 4), ("A2", "", 1)])
    (here, east, south) = chart["squares"]
    assert float(east["x"]) - float(here["x"]) == 2 * charts.SQUARE * 1.5 and east["y"] == here["y"]
    assert float(south["y"]) - float(here["y"]) == charts.SQUARE * 1.5 and south["x"] == here["x"]
    assert [square["depth"] for square in chart["squares"]] == ["0.56", "1.00", "0.34"]
    assert [square["words"] for square in chart["squares"]] == ["A1, Here: 2", "C1, East of it: 4", "A2: 1"]
    assert [charts.column_name(number) for number in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
    wide = charts.grid([("A1", "", 1), ("BA60", "", 1)])
    assert float(wide["squares"][1]["x"]) < charts.WIDTH and len(wide["ticks"]) < 12
