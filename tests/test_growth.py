"""Growth beyond chance: planted rises are found, pure noise is not, and what is said of the uncertainty is true."""

import random
from datetime import datetime, time, timedelta
from math import comb

import pytest

from accounts.stamp import LONDON, days_ago
from feedback.insight.growth import DAY, LEAST, WEEK, WEEKS, Cell, cells_of, chance_words, rises, tail, usual_words
from feedback.models import Category, Concern

KINDS = [(f"kind-{number}", f"Kind {number}") for number in range(8)]
WARDS = [(f"E0500{number}", f"Ward {number}") for number in range(12)]


def exact(seen, before):
    total = seen + before
    return sum(comb(total, k) * WEEKS ** (total - k) for k in range(seen, total + 1)) / (WEEKS + 1) ** total


@pytest.mark.parametrize(("seen", "before"), [(5, 0), (5, 3), (9, 16), (14, 40), (60, 200), (7, 55)])
def test_tail_is_the_exact_one(seen, before):
    assert tail(seen, before) == pytest.approx(exact(seen, before), rel=1e-9)


def test_tail_of_what_is_usual_is_no_rise():
    assert [tail(2, 16), tail(0, 0), tail(1, 40)] == [1.0, 1.0, 1.0]


def poisson(chance, mean):
    """A Poisson number by counting gaps, so that the seed alone decides it."""
    number, left = 0, chance.expovariate(1)
    while left < mean:
        number, left = number + 1, left + chance.expovariate(1)
    return number


def noise(chance, planted=None):
    """Cells of one week in which nothing changed; `planted`: {(kind, ward): times} whose last week is so many times as busy."""
    cells, wholes = [], {}
    for kind in KINDS:
        for ward in WARDS:
            mean = 0.02 * 2 ** chance.randrange(6)
            numbers = [
                poisson(chance, mean), poisson(chance, mean * WEEKS),
                poisson(chance, 7 * mean * (planted or {}).get((kind, ward), 1)), poisson(chance, 7 * mean * WEEKS),
            ]  # fmt: skip
            wholes[kind] = [sum(pair) for pair in zip(wholes.get(kind, [0] * 4), numbers, strict=True)]
            cells += pair_of(kind, ward, numbers)
    for kind, numbers in wholes.items():
        cells += pair_of(kind, None, numbers)
    return cells


def pair_of(kind, ward, numbers):
    return [Cell(kind, ward, DAY, *numbers[:2]), Cell(kind, ward, WEEK, *numbers[2:])]


def test_two_hundred_weeks_of_pure_noise_raise_few_alarms():
    """Where nothing grows, every alarm is false: at 5 % at most 10 of 200 weeks are to be expected, 17 by bad luck."""
    chance = random.Random(20260101)
    alarms = [bool(rises(noise(chance))) for _week in range(200)]
    assert sum(alarms) <= 10


def test_planted_rises_are_found_and_little_else():
    chance = random.Random(7)
    found = false = shown_in_all = planted_in_all = 0
    for _week in range(100):
        planted = {(KINDS[chance.randrange(8)], WARDS[chance.randrange(12)]): 10 for _one in range(3)}
        cells = noise(chance, planted)
        seen = {(cell.category, cell.ward): cell for cell in cells if cell.days == WEEK}
        strong = {place for place in planted if seen[place].seen >= 12 and seen[place].usual <= 3}
        shown = {(cell.category, cell.ward) for cell in rises(cells)}
        kinds = {kind for kind, _ward in planted}
        planted_in_all += len(strong)
        found += len(strong & shown)
        shown_in_all += len(shown)
        false += len({place for place in shown - set(planted) if place[1] or place[0] not in kinds})
    assert planted_in_all > 40
    assert found == planted_in_all
    assert false <= 0.05 * shown_in_all


def test_fewer_than_five_are_never_a_rise():
    quiet = [Cell(("bikes", "Bikes"), WARDS[0], WEEK, LEAST - 1, 1)]
    assert rises(quiet) == []
    assert rises([Cell(("bikes", "Bikes"), WARDS[0], WEEK, LEAST, 0)]) == [
        Cell(("bikes", "Bikes"), WARDS[0], WEEK, LEAST, 0)
    ]


def test_of_one_place_the_surer_stretch_is_shown():
    day, week = Cell(KINDS[0], WARDS[0], DAY, 9, 1), Cell(KINDS[0], WARDS[0], WEEK, 12, 20)
    assert rises([day, week]) == rises([week, day]) == [day]


@pytest.mark.parametrize(
    ("seen", "before", "usual", "words"),
    [
        (5, 0, "usually fewer than 1", "Chance alone would almost never do this."),
        (7, 16, "usually about 2", "Chance alone does this about once in 90 times."),
        (9, 16, "usually about 2", "Chance alone does this about once in 1,000 times."),
    ],
)
def test_uncertainty_is_said_in_words(seen, before, usual, words):
    cell = Cell(KINDS[0], None, WEEK, seen, before)
    assert (usual_words(cell), chance_words(cell)) == (usual, words)


# ---- counted from concerns -------------------------------------------------------------------------------------------


@pytest.fixture
def told(make_concern, walsall, bloxwich_west):
    """Makes a concern of so many days ago at noon: `told(3, category="asb-vehicle")`."""

    def make(days, category="asb-vehicle", ward=bloxwich_west, at=time(12), **more):
        concern = make_concern(walsall, ward=ward, category=Category.objects.get(code=category), **more)
        moment = datetime.combine(days_ago(days), at, tzinfo=LONDON)
        due = {"due_at": moment + timedelta(hours=72)} if concern.due_at else {}
        Concern.objects.filter(pk=concern.pk).update(received_at=moment, **due)
        return concern

    return make


@pytest.mark.django_db
def test_cells_count_the_days_in_london(told, walsall, bloxwich_west):
    told(0)  # today has not ended
    told(1, at=time(0, 1))
    told(1, at=time(23, 59))
    told(7)
    told(8, at=time(23, 59))  # the same weekday a week ago, and the first day before the week
    told(63)
    told(64)
    told(1, kind="thanks")
    other = walsall.wards.active().exclude(pk=bloxwich_west.pk).first()
    told(2, ward=other)
    cells = {
        (cell.ward and cell.ward[1], cell.days): (cell.seen, cell.before) for cell in cells_of(Concern.objects.all())
    }
    assert cells == {
        ("Bloxwich West", DAY): (2, 1), ("Bloxwich West", WEEK): (3, 2),
        (other.name, DAY): (0, 0), (other.name, WEEK): (1, 0),
        (None, DAY): (2, 1), (None, WEEK): (4, 2),
    }  # fmt: skip


@pytest.mark.django_db
def test_cells_are_one_question(told, django_assert_num_queries):
    for days in (1, 2, 9, 16, 33):
        told(days)
    with django_assert_num_queries(1):
        cells_of(Concern.objects.all())


@pytest.mark.django_db
def test_nothing_is_compared_before_there_are_eight_weeks(told):
    for days in (1, 2, 3, 4, 5, 6, 55):
        told(days)
    assert cells_of(Concern.objects.all()) == []
    told(57)
    assert len(cells_of(Concern.objects.all())) == 4


@pytest.mark.django_db
def test_planted_rise_of_concerns_is_found(told, walsall):
    for days in (9, 20, 33, 60):
        told(days)
        told(days, category="other")
    for days in (1, 2, 3, 4, 5, 6):
        told(days)
    assert [(cell.category[0], cell.days, cell.seen, cell.before) for cell in rises(cells_of(Concern.objects.all()))][
        :1
    ] == [("asb-vehicle", WEEK, 6, 4)]
