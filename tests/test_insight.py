"""How we are doing: what the figures count, that they are frozen, and an attack on everything that is published."""

import csv
import io
import itertools
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.translation import gettext

from areas.models import Area, Command, Force, Meeting, Priority, PriorityAction
from feedback import clock
from feedback.insight import charts, figures, files, report, today
from feedback.insight.report import in_short
from feedback.insight.rounding import FEW, TOO_FEW, Published, apart, count, in_words, median_hours, share, total
from feedback.models import Category, ClosedMonth, Concern, ConcernUpdate, Figure, Rating, Recourse
from feedback.models.update import AppendOnly
from hubs.models import Posting
from tests import told

pytestmark = pytest.mark.slow

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
OCTOBER = datetime(2026, 10, 1, 0, 5, tzinfo=UTC)


# ---- rounding --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("number", "words"), [
    (0, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (7, "5"), (8, "10"), (12, "10"), (13, "15"), (1002, "1000"),
])  # fmt: skip
def test_count_is_shown_to_the_nearest_five(number, words):
    assert count(number).words == words


def test_published_knows_which_counts_look_like_it():
    for number in range(60):
        shown = count(number)
        assert [n for n in range(80) if count(n) == shown] == list(range(shown.least, shown.most + 1))


@pytest.mark.parametrize(("part", "whole", "shown"), [
    (19, 19, TOO_FEW), (20, 20, Published(80, "least")), (0, 20, Published(20, "most")), (15, 20, Published(80)),
    (34, 35, Published(80, "least")), (60, 80, Published(75)), (199, 200, Published(95, "least")),
    (395, 400, Published(95)), (5, 400, Published(5)), (3, 200, Published(5, "most")),
])  # fmt: skip
def test_share_says_no_more_than_it_may(part, whole, shown):
    assert share(part, whole) == shown


def test_share_never_tells_a_small_count():
    """Even to somebody who knows exactly how many there were."""
    for whole in range(20, 150):
        looks = defaultdict(list)
        for part in range(whole + 1):
            looks[share(part, whole)].append(part)
        for part in range(5):
            assert len(looks[share(part, whole)]) >= 3 and len(looks[share(whole - part, whole)]) >= 3


def test_median_counts_those_who_wait_as_slowest():
    assert median_hours([10.0] * 19, 72) == TOO_FEW
    assert median_hours([10.4] * 11 + [None] * 9, 72) == Published(10)
    assert median_hours([10.0] * 9 + [None] * 11, 72) == Published(72, "least")


# ---- the attack on one table, on all there are -----------------------------------------------------------------------
def recovered(size, rounded_total):
    """Tables of `size` parts from 0 to 12 of which the published numbers leave some part fewer than three values."""
    looks = defaultdict(list)
    for parts in itertools.product(range(13), repeat=size):
        shown = tuple(map(count, parts))
        looks[shown, rounded_total(sum(parts), shown)].append(parts)
    return [
        shown for shown, tables in looks.items() if any(len(set(column)) < 3 for column in zip(*tables, strict=True))
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_part_of_any_table_is_found_out(size):
    assert recovered(size, total) == []


def test_attack_finds_what_plain_rounding_gives_away():
    def plain(number, _shown):
        return count(number)

    assert len(recovered(2, plain)) > 0 and len(recovered(4, plain)) > 0
    assert (FEW, FEW) in [shown[0] for shown in recovered(2, plain)]


def test_total_stays_near_the_truth():
    for parts in itertools.product(range(13), repeat=3):
        shown = total(sum(parts), map(count, parts))
        assert abs((shown.value if not shown.bound else 2) - sum(parts)) <= 7


def test_wards_that_would_press_the_months_are_not_apart():
    tight, months = [count(8)] * 4, [count(12), count(12), count(8)]
    assert not apart(tight, [count(12), count(10), count(10)], complete=False)
    assert apart([count(7)] * 4, months, complete=False)
    assert not apart([count(4)] * 2, [count(12)] * 3, complete=True)


# ---- a world ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def tell(db):
    """Writes concerns of one moment at once: `tell(walsall, datetime(...), 8, code="road-parking", hours=10)`."""
    return told.tell


def at(month, day=10):
    return datetime(2026, month, day, 12, tzinfo=UTC)


def published(client, slug=None):
    """Every row of the CSV of an area, or of all."""
    slug = slug or "west-midlands"
    return list(csv.DictReader(io.StringIO(client.get(f"/how-we-are-doing/{slug}.csv").content.decode(), newline="")))


def interval(row):
    """From what is published, the least and most that was counted."""
    value = int(row["value"])
    if row["bound"] == "under":
        return [0, value - 1]
    return [5, 7] if value == 5 else [value - 2, value + 2]


def attack(rows, read=interval):
    """What everything published leaves of each count: intervals narrowed by every sum until nothing moves any more."""
    known, sums = what_adds_up(rows, read)
    while any([narrow(known, wholes, parts) for wholes, parts in sums]):
        pass
    return known


def what_adds_up(rows, read):  # noqa: C901 one branch a kind of row
    """(each row's interval, pairs of wholes and parts).

    A sum has parts, a whole, and something that stands in no part and is not known. Wards are parts of three months, which are
    the area's own; areas are parts of the force's quarter.
    """
    known, kinds, months, wards, force = {}, defaultdict(list), defaultdict(list), defaultdict(list), {}
    for number, row in enumerate(rows):
        if row["unit"] != "concerns":
            continue
        known[number] = read(row)
        key = row["area"], row["to"]
        quarter = f"{(int(row['to'][5:]) + 2) // 3}"
        if row["figure"] == "category":
            kinds[key].append(number)
        elif row["figure"] == "outcome":
            kinds["closed", *key].append(number)
        elif row["figure"] == "closed":
            kinds["closed", *key].insert(0, number)
        elif row["ward"]:
            wards[row["area"], quarter].append(number)
        elif row["area"]:
            kinds[key].insert(0, number)
            months[row["area"], quarter].append(number)
        else:
            force[quarter] = number
    sums = [([whole], parts) for whole, *parts in kinds.values()]
    sums += [(months[key], wards[key]) for key in wards]
    sums += [
        ([whole], [n for (_a, q), each in months.items() if q == quarter for n in each])
        for quarter, whole in force.items()
    ]
    return known, sums


def narrow(known, wholes, parts):
    """Narrow one sum: the parts add up to no more than the wholes. Whether anything moved."""
    moved = False
    least, most = sum(known[n][0] for n in parts), sum(known[n][1] for n in wholes)
    for n in parts:
        if known[n][1] > (bound := most - least + known[n][0]):
            known[n][1], moved = bound, True
    for n in wholes:
        if known[n][0] < (bound := least - most + known[n][1]):
            known[n][0], moved = bound, True
    return moved


WORLDS = {
    "all at the foot": lambda kind, area, month: 8,
    "all at the head": lambda kind, area, month: 12,
    "small": lambda kind, area, month: 4,
    "mixed": lambda kind, area, month: (3, 4, 8, 8, 13, 12, 7, 1)[(kind * 5 + area * 3 + month) % 8],
}


@pytest.fixture
def world(tell):
    """Three months of seven areas, by a rule that says how many of each of four kinds."""

    def make(rule):
        codes = ["asb-vehicle", "road-parking", "asb-noise", "other"]
        for place, area in enumerate(Area.objects.all()):
            ward = list(area.wards.active()[:2])
            for month, (kind, code) in itertools.product((7, 8, 9), enumerate(codes)):
                tell(area, at(month), rule(kind, place, month), code=code, ward=ward[kind % 2], hours=20)
        figures.freeze(OCTOBER)

    return make


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_nothing_published_gives_an_exact_count_away(world, client, name):
    world(WORLDS[name])
    rows = published(client)
    left = attack(rows)
    assert len(left) > 7 * 3 * 12 and {row["figure"] for row in rows} >= {"received", "category", "outcome", "closed"}
    assert [rows[n] for n, (least, most) in left.items() if most - least < 2] == []


def test_attack_recovers_figures_that_are_not_rounded(world, client, monkeypatch):
    monkeypatch.setattr(figures, "count", Published)
    monkeypatch.setattr(figures, "total", lambda number, *_parts, room=2: Published(number))
    world(WORLDS["mixed"])
    rows = published(client)
    assert len(rows) > 250
    left = attack(rows, read=lambda row: [int(row["value"]), int(row["value"])])
    assert all(least == most for least, most in left.values())


def test_attack_recovers_figures_whose_totals_are_rounded_plainly(world, client, monkeypatch):
    monkeypatch.setattr(figures, "total", lambda number, *_parts, room=2: count(number))
    world(WORLDS["all at the foot"])
    rows = published(client)
    assert [rows[n]["figure"] for n, (least, most) in attack(rows).items() if least == most] != []


# ---- the promise, ward by ward -----------------------------------------------------------------------------------------
# (in time, due) of the wards of an area, the last of which is no ward's
PARTS = {
    "nearly all of one ward": [(72, 100), (3, 3)],
    "twenty that are told by the rest": [(60, 83), (20, 20)],
    "twenty late ones": [(24, 83), (0, 20)],
    "three wards and a few": [(40, 60), (55, 70), (24, 25), (4, 4)],
    "busy": [(150, 200), (120, 180), (60, 90), (41, 60), (22, 40)],
    "none left over": [(30, 30), (25, 25), (0, 0)],
    "one alone": [(38, 40), (0, 0)],
}


@pytest.fixture
def kept(tell, walsall):
    """`kept(parts)`: so many of each ward's fell due in September and were in time; then the quarter is closed."""

    def make(parts, codes=("asb-vehicle",)):
        wards = [*walsall.wards.active()[: len(parts) - 1], None]
        for ward, (good, number) in zip(wards, parts, strict=True):
            tell(walsall, at(9), good, ward=ward, hours=20, code=codes[0])
            tell(walsall, at(9), number - good, ward=ward, hours=90, code=codes[0])
        figures.freeze(OCTOBER)
        return wards

    return make


def attack_wards(parts, told, whole):
    """What is left of each part's good ones to somebody who knows how many were due: from the shares `told` (place in `parts` ->
    `Published`) and that of the `whole` area."""

    def looks(shown, number):
        found = [good for good in range(number + 1) if share(good, number) == shown]
        return [found[0], found[-1]]

    left = [looks(told[n], number) if n in told else [0, number] for n, (_good, number) in enumerate(parts)]
    area = looks(whole, sum(number for _good, number in parts))
    before = None
    while before != (before := [tuple(each) for each in left]):
        for n, (low, high) in enumerate(before):
            others = [sum(before[m][end] for m in range(len(parts)) if m != n) for end in (0, 1)]
            left[n] = [max(low, area[0] - others[1]), min(high, area[1] - others[0])]
    return left


def found_out_wards(parts):
    """The parts with fewer than 5 on a side that are told to within two numbers, from the rows that were published."""
    rows = {row.ward_id: row for row in Figure.objects.filter(name="in_time", span="quarter").exclude(ward=None)}
    wards = list(Area.objects.get(slug="walsall").wards.active()[: len(parts) - 1])
    told = {n: Published(rows[w.pk].value, rows[w.pk].bound) for n, w in enumerate(wards) if w.pk in rows}
    month = Figure.objects.get(name="in_time", span="month", area__slug="walsall", closed__month=SEPTEMBER)
    left = attack_wards(parts, told, Published(month.value, month.bound))
    small = [
        low_high
        for low_high, (good, number) in zip(left, parts, strict=True)
        if min(good, number - good) < 5 <= number or 0 < number < 5
    ]
    return len(told), [each for each in small if each[1] - each[0] < 2]


@pytest.mark.parametrize("name", sorted(PARTS))
def test_no_ward_and_no_rest_is_found_out_from_the_shares_of_wards(kept, name):
    kept(PARTS[name])
    number, found = found_out_wards(PARTS[name])
    assert found == []
    assert number == {"busy": 4, "none left over": 2, "twenty late ones": 1}.get(
        name, 0 if "few" not in name else number
    )


@pytest.mark.parametrize("name", ["nearly all of one ward", "twenty that are told by the rest"])
def test_attack_finds_the_rest_where_every_ward_with_twenty_is_told(kept, monkeypatch, name):
    monkeypatch.setattr(figures, "may_be_told", lambda wards, _months: [w for w, (_g, n) in wards.items() if n >= 20])
    kept(PARTS[name])
    assert len(found_out_wards(PARTS[name])[1]) == 1


def test_ward_tells_its_share_and_median_by_quarter_on_its_page_and_in_the_file(kept, client):
    ward = kept(PARTS["busy"])[0]
    rows = [row for row in published(client, "walsall") if row["ward_code"] == ward.pk and row["figure"] != "received"]
    assert [(row["figure"], row["span"], row["value"], row["unit"]) for row in rows] == [
        ("in_time", "quarter", "75", "percent"), ("median_hours", "quarter", "20", "hours"),
    ]  # fmt: skip
    page = re.sub(r"<[^>]+>", " ", client.get(ward.get_absolute_url()).content.decode())
    assert "July to September 2026 200 75% 20 hours" in " ".join(page.split())


def test_what_counts_in_totals_only_is_in_no_share_of_a_ward(kept, walsall):
    code = Category.objects.filter(sensitive=True).values_list("code", flat=True).first()
    kept(PARTS["busy"], codes=(code,))
    assert Figure.objects.filter(ward__isnull=False, name="in_time").count() == 0
    assert figure("in_time", walsall) != ""


# ---- how near we are -------------------------------------------------------------------------------------------------
@pytest.fixture
def near(walsall, bloxwich_west, person, team_of):
    """A named contact until 20 September, priorities of which one was silent for long, three meetings, one of them cancelled."""
    posting = Posting.objects.create(
        person=person("pat"), team=team_of(walsall), from_date="2026-01-01", until="2026-09-20"
    )
    posting.named_wards.add(bloxwich_west)
    fresh, silent, over = (
        Priority.objects.create(area=walsall, title=title, you_said="x", published=True, since="2026-01-01")
        for title in ("Fresh", "Silent", "Over")
    )
    Priority.objects.update(shown_at=at(2))
    PriorityAction.objects.create(priority=fresh, text="We walked.", published_at=at(8))
    PriorityAction.objects.create(priority=silent, text="Too late for September.", published_at=at(10, 2))
    Priority.objects.filter(pk=over.pk).update(ended_on="2026-09-30", outcome="Done.")
    for day, cancelled in ((2, False), (12, False), (13, True)):
        starts = at(9, day)
        Meeting.objects.create(
            area=walsall, place="Hall", starts=starts, ends=starts + timedelta(hours=1), cancelled=cancelled
        )
    return walsall


def test_nearness_is_counted_as_it_stood_when_the_month_ended(near, tell, client):
    tell(near, at(8), 1)
    figures.freeze(datetime(2026, 11, 1, 5, tzinfo=UTC))
    wards = near.wards.active().count()
    rows = [row for row in published(client, "walsall") if row["unit"] in ("wards", "priorities", "meetings")]
    assert [(row["to"], row["figure"], row["of"], row["value"]) for row in rows] == [
        ("2026-08", "named_contacts", "", "1"), ("2026-08", "named_contacts", "all", f"{wards}"),
        ("2026-08", "priorities_with_news", "", "1"), ("2026-08", "priorities_with_news", "all", "3"),
        ("2026-08", "meetings", "", "0"),
        ("2026-09", "named_contacts", "", "0"), ("2026-09", "named_contacts", "all", f"{wards}"),
        ("2026-09", "priorities_with_news", "", "1"), ("2026-09", "priorities_with_news", "all", "2"),
        ("2026-09", "meetings", "", "2"),
        ("2026-10", "named_contacts", "", "0"), ("2026-10", "named_contacts", "all", f"{wards}"),
        ("2026-10", "priorities_with_news", "", "2"), ("2026-10", "priorities_with_news", "all", "2"),
        ("2026-10", "meetings", "", "0"),
    ]  # fmt: skip
    page = main_text(client, "walsall")
    assert f"Oct 2026 0 of {wards} 2 of 2 0 Sep 2026 0 of {wards} 1 of 2 2 Aug 2026 1 of {wards} 1 of 3 0" in page


def test_nearness_of_the_force_is_the_sum_of_its_areas(near, tell, client):
    tell(near, at(9), 1)
    figures.freeze(OCTOBER)
    told = Figure.objects.filter(
        name__in=["named_contacts", "priorities_with_news", "meetings"], closed__month=SEPTEMBER
    )
    for name, of in {(row.name, row.of) for row in told}:
        numbers = {row.area_id: row.value for row in told.filter(name=name, of=of)}
        assert (numbers.pop(None), len(numbers)) == (sum(numbers.values()), 7)
    page = client.get("/how-we-are-doing/").content.decode()
    assert all(f'id="{name}-title"' in page for name in ("named_contacts", "priorities_with_news", "meetings"))


def test_nearness_does_not_change_after_its_month_has_closed(near, tell, client):
    tell(near, at(9), 1)
    figures.freeze(OCTOBER)
    before = published(client, "walsall")
    Posting.objects.update(until="2026-07-01")
    Priority.objects.update(published=False)
    Meeting.objects.all().delete()
    assert published(client, "walsall") == before


def test_months_that_closed_before_nearness_was_counted_show_nothing_of_it(near, tell, client):
    tell(near, at(9), 30, hours=20)
    row = ClosedMonth.objects.create(month=SEPTEMBER)
    Figure.objects.create(closed=row, span="month", place=near.gss_code, area=near, name="received", value=30)
    page = main_text(client, "walsall")
    assert ("How near we are to you" in page, "Sep 2026" in page) == (False, True)


def test_ward_page_tells_of_its_own_priorities_and_meetings_today(client, walsall, bloxwich_west):
    kinds = {"area": walsall, "you_said": "x", "published": True}
    for number, ward in enumerate([bloxwich_west, bloxwich_west, None]):
        Priority.objects.create(title=f"P{number}", ward=ward, **kinds)
    Priority.objects.filter(title="P0").update(touched_on="2020-01-01", since="2020-01-01")
    starts = timezone.now() - timedelta(hours=5)
    Meeting.objects.create(area=walsall, place="Hall", starts=starts, ends=starts + timedelta(hours=1))
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get(bloxwich_west.get_absolute_url()).content.decode()).split())
    assert "Do we keep at what people put first? 1 of 2" in page
    assert "Can you meet us? 1 meeting" in page


# ---- what people thought ---------------------------------------------------------------------------------------------
QUARTERS = [date(2025, 9, 1), date(2025, 12, 1), date(2026, 3, 1), date(2026, 6, 1), SEPTEMBER]
NOON = time(12, tzinfo=UTC)


@pytest.fixture
def judged(tell, person):
    """`judged(walsall, SEPTEMBER, 5, 3)`: in that month 5 rated their reply, 3 with yes; 5 asked the office, 3 heard in time."""
    office = person("office")

    def make(area, month, number, good, *, otherwise="no", kind="concern"):
        at = datetime.combine(month.replace(day=10), NOON)
        concerns = tell(area, at, number, hours=80, kind=kind)
        lines = [
            ConcernUpdate(concern=concern, kind=line, at=at, side="force", by_label="")
            for concern in concerns for line in ("reply", "recourse", "recourse_reply")
        ]  # fmt: skip
        lines = ConcernUpdate.objects.bulk_create(lines)
        due = clock.add_hours(at, 72)
        for n, concern in enumerate(concerns):
            reply, asked, answered = lines[3 * n : 3 * n + 3]
            Rating.objects.create(concern=concern, reply=reply, answer="yes" if n < good else otherwise, at=at)
            heard = {"answered_at": due, "answered_by": office, "reply": answered} if n < good else {}
            Recourse.objects.create(
                concern=concern, area=area, reason="missed", at=at, due_at=due, asked=asked, **heard
            )

    return make


# (how many, how many of them good) in each of the five quarters
OPINIONS = {
    "a few each time": [(5, 0), (5, 5), (5, 3), (5, 2), (5, 5)],
    "many, then one": [(25, 20), (2, 0), (3, 3), (20, 1), (1, 1)],
    "all of one mind": [(30, 30), (20, 20), (60, 60), (30, 0), (20, 0)],
    "one voice against": [(19, 19), (1, 0), (1, 1), (1, 1), (20, 19)],
}


def told_by(judged, area, opinions):
    for quarter, (number, good) in zip(QUARTERS, opinions, strict=True):
        judged(area, quarter, number, good)
    figures.freeze(OCTOBER)


def attack_shares(rows, opinions):
    """What the shares in `rows` leave of each quarter's good ones, to somebody who knows exactly how many there were in each."""
    known, sums = [[0, number] for number, _good in opinions], []
    for row in rows:
        last = QUARTERS.index(date.fromisoformat(f"{row['to']}-01"))
        parts = list(range(max(0, last - 3) if row["span"] == "year" else last, last + 1))
        whole, shown = sum(opinions[n][0] for n in parts), Published(int(row["value"]), row["bound"])
        looks = [part for part in range(whole + 1) if share(part, whole) == shown]
        sums.append((Counter(parts), looks[0], looks[-1]))
    sums += [taken_away(*pair) for pair in itertools.permutations(sums, 2)]
    before = None
    while before != (before := [tuple(each) for each in known]):
        for signs, least, most in sums:
            for n, sign in signs.items():
                others = [sorted((s * known[o][0], s * known[o][1])) for o, s in signs.items() if o != n]
                ends = sorted(
                    (sign * (least - sum(each[1] for each in others)), sign * (most - sum(each[0] for each in others)))
                )
                known[n] = [max(known[n][0], ends[0]), min(known[n][1], ends[1])]
    return known


def taken_away(one, other):
    """What is left of a sum when another is taken from it: signs by quarter, least and most."""
    signs = Counter(one[0])
    signs.subtract(other[0])
    return {n: sign for n, sign in signs.items() if sign}, one[1] - other[2], one[2] - other[1]


def found_out(rows, opinions):
    """The quarters of which fewer than 5 on a side are told to within two numbers."""
    left = zip(attack_shares(rows, opinions), opinions, strict=True)
    return [
        (number, good)
        for (least, most), (number, good) in left
        if min(good, number - good) < 5 and most - least < min(2, number)
    ]


def shares(client, name):
    return [row for row in published(client, "walsall") if row["figure"] == name and row["value"]]


@pytest.mark.parametrize("name", ["satisfied", "recourse_in_time"])
@pytest.mark.parametrize("world", sorted(OPINIONS))
def test_no_opinion_of_a_few_is_given_away(judged, client, walsall, world, name):
    told_by(judged, walsall, OPINIONS[world])
    rows = shares(client, name)
    assert len(rows) >= 1 and found_out(rows, OPINIONS[world]) == []
    covered = [month for row in rows for month in months_of(row)]
    assert len(covered) == len(set(covered))  # nobody stands behind two of them


def months_of(row):
    last = date.fromisoformat(f"{row['to']}-01")
    return [figures.step(last, -n) for n in range({"quarter": 3, "year": 12}[row["span"]])]


def test_attack_finds_opinions_where_years_overlap(judged, client, walsall, monkeypatch):
    monkeypatch.setattr(figures.Window, "told_lately", frozenset())
    told_by(judged, walsall, OPINIONS["a few each time"])
    assert found_out(shares(client, "satisfied"), OPINIONS["a few each time"]) == [(5, 0), (5, 5)]


def test_requests_to_the_office_are_rounded_like_every_count(judged, client, walsall):
    told_by(judged, walsall, OPINIONS["many, then one"])
    rows = [row for row in published(client, "walsall") if row["figure"] == "recourse"]
    assert [row["to"] for row in rows] == [f"{quarter:%Y-%m}" for quarter in QUARTERS]
    assert [(row["value"], row["bound"]) for row in rows] == [
        ("25", ""), ("5", "under"), ("5", "under"), ("20", ""), ("5", "under"),
    ]  # fmt: skip
    assert {(row["span"], row["unit"]) for row in rows} == {("quarter", "requests")}


@pytest.mark.parametrize(("number", "shown"), [(19, ""), (20, "50%")])
def test_opinions_of_fewer_than_twenty_are_not_shown(judged, client, walsall, number, shown):
    judged(walsall, AUGUST, number, 10)
    figures.freeze(OCTOBER)
    spans = ["quarter"] if shown else ["quarter", "year"]
    for name in ("satisfied", "recourse_in_time"):
        told = Figure.objects.filter(name=name, area=walsall)
        assert [(row.span, row.words) for row in told] == [(span, shown) for span in spans]
    assert ("too few to show" in main_text(client, "walsall")) is not shown


def test_year_tells_what_its_quarters_could_not(judged, client, walsall):
    told_by(judged, walsall, [(5, 5), (5, 4), (5, 5), (6, 2), (5, 5)])
    assert Figure.objects.get(name="satisfied", area=walsall, value__isnull=False).words == "80%"
    page = main_text(client, "walsall")
    assert "July 2025 to June 2026, because too few did in three months." in page and "80%" in page


def test_partly_is_no_yes_and_thanks_are_not_asked(judged, walsall):
    judged(walsall, AUGUST, 40, 20, otherwise="partly")
    judged(walsall, AUGUST, 40, 40, kind="thanks")
    figures.freeze(OCTOBER)
    assert figure("satisfied", walsall, span="quarter") == "50%"


def test_office_counts_as_late_until_it_has_answered(judged, walsall):
    judged(walsall, JULY, 30, 15)
    late = Recourse.objects.exclude(answered_at=None)[:5]
    for row in late:
        Recourse.objects.filter(pk=row.pk).update(answered_at=clock.add_hours(row.due_at, 1))
    figures.freeze(OCTOBER)
    assert figure("recourse_in_time", walsall, span="quarter") == "30%"


def main_text(client, slug):
    page = client.get(f"/how-we-are-doing/{slug}/").content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_page_csv_and_json_tell_the_same_opinions(judged, client, walsall):
    told_by(judged, walsall, OPINIONS["many, then one"])
    names = ("satisfied", "recourse", "recourse_in_time")
    csv_rows = [row for row in published(client, "walsall") if row["span"] == "quarter" and row["figure"] in names]
    json_rows = client.get("/how-we-are-doing/walsall.json").json()["figures"]
    json_rows = [row for row in json_rows if row["span"] == "quarter" and row["figure"] in names]
    told = [[in_words(row["value"] and int(row["value"]) or None, row["bound"], row["unit"]) for row in csv_rows],
            [in_words(row["value"], row["bound"], row["unit"]) for row in json_rows]]  # fmt: skip
    assert told[0] == told[1]
    page = client.get("/how-we-are-doing/walsall/").content.decode()
    table = re.search(r"What people thought, by quarter</caption>.*?</table>", page, re.DOTALL).group()
    cells = re.findall(r"<tr.*?</th>(.*?)</tr>", table.split("<tbody", 1)[1], re.DOTALL)
    cells = [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)] for row in cells
    ]
    by_place = {(row["to"], row["figure"]): words for row, words in zip(csv_rows, told[0], strict=True)}
    shown = [[by_place[f"{quarter:%Y-%m}", name] or "too few to show" for name in names] for quarter in QUARTERS[:0:-1]]
    assert cells == shown
    force = client.get("/how-we-are-doing/").content.decode()
    newest = next(row for row in reversed(csv_rows) if row["figure"] == "satisfied" and row["value"])
    walsall_row = re.search(r'href="/how-we-are-doing/walsall/".*?</tr>', force, re.DOTALL).group()
    assert by_place[newest["to"], "satisfied"] in re.sub(r"<[^>]+>", " ", walsall_row)


def test_json_and_pages_publish_the_same_rows(world, client):
    world(WORLDS["mixed"])
    for slug in ("walsall", "west-midlands"):
        body = client.get(f"/how-we-are-doing/{slug}.json").json()
        told = [{name: "" if row[name] is None else str(row[name]) for name in files.FIELDS} for row in body["figures"]]
        assert told == published(client, slug)
    assert body["licence"] == "Open Government Licence v3.0"


# ---- frozen ----------------------------------------------------------------------------------------------------------
def everything(client):
    """All that the public reads, as it came."""
    pages = ["/how-we-are-doing/", *(f"/how-we-are-doing/{slug}/" for slug in ("walsall", "dudley"))]
    return [client.get(page).content for page in pages], [
        json.dumps(published(client, slug)) for slug in (None, "walsall")
    ]


def test_closed_months_never_change_and_the_current_month_shows_nothing(world, client, tell, walsall, dudley):
    world(WORLDS["mixed"])
    before = everything(client)
    tell(walsall, at(9), 40, hours=10)  # a concern of a closed month that comes to light later
    tell(walsall, at(10, 2), 33, hours=10)
    Concern.objects.filter(area=dudley).update(area=walsall, ward=None)
    Concern.objects.filter(area=walsall).update(answered_at=None, safety=True)
    assert figures.freeze(datetime(2026, 10, 31, 23, 59, tzinfo=UTC)) == 0
    assert everything(client) == before


def test_month_closes_at_midnight_in_london(tell, walsall):
    tell(walsall, at(7), 5)
    assert figures.freeze(datetime(2026, 7, 31, 22, 59, tzinfo=UTC)) == 0
    assert figures.freeze(datetime(2026, 7, 31, 23, 0, tzinfo=UTC)) == 1
    tell(walsall, datetime(2026, 7, 31, 23, 30, tzinfo=UTC), 9)  # half past midnight on 1 August
    assert figures.freeze(datetime(2026, 9, 1, tzinfo=UTC)) == 1
    assert [figure.value for figure in Figure.objects.filter(name="received", area=walsall, span="month")] == [5, 10]


def test_freeze_is_repeatable_and_catches_up(tell, walsall):
    assert figures.freeze(OCTOBER) == 0 and not ClosedMonth.objects.exists()
    tell(walsall, at(6), 30)
    assert figures.freeze(OCTOBER) == 4
    assert figures.freeze(OCTOBER) == 0
    assert list(ClosedMonth.objects.values_list("month", flat=True)) == [date(2026, 6, 1), JULY, AUGUST, SEPTEMBER]
    assert figures.close(JULY) == 0


def test_published_figures_can_not_be_changed(world):
    world(WORLDS["small"])
    figure = Figure.objects.first()
    for change in (figure.save, figure.delete, Figure.objects.all().delete, lambda: Figure.objects.update(value=1)):
        with pytest.raises(AppendOnly):
            change()
    if connection.vendor == "postgresql":
        with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE feedback_figure SET value = 1")


def test_sweep_closes_months(tell, walsall, capsys):
    tell(walsall, at(7), 5)
    call_command("sweep", "--once")
    assert ClosedMonth.objects.exists()
    assert "months closed" in capsys.readouterr().out


# ---- what is counted -------------------------------------------------------------------------------------------------
def figure(name, area=None, **which):
    found = {"span": "month", "of": "", "closed__month": SEPTEMBER, "ward": None, **which}
    return Figure.objects.get(name=name, area=area, **found).words


def test_in_time_counts_what_fell_due_and_nothing_that_nobody_waited_for(tell, walsall):
    tell(walsall, at(9), 60, hours=20)
    tell(walsall, at(9), 20, hours=90)
    tell(walsall, at(9), 20)  # never answered: late
    tell(walsall, at(9), 50, status="resolved", outcome="withdrawn", resolved_at=at(9, 11))
    tell(walsall, at(9, 29), 40)  # due in October
    figures.freeze(OCTOBER)
    assert figure("in_time", walsall) == "60%" == figure("in_time", None)
    assert figure("median_hours", walsall) == "20 hours"
    assert figure("received", walsall) == "190"


def test_sensitive_kinds_and_safety_reviews_count_in_totals_only(tell, walsall):
    ward = walsall.wards.active().first()
    tell(walsall, at(9), 30, code="asb-neighbour", ward=ward)
    tell(walsall, at(9), 30, code="road-parking", ward=ward, safety=True)
    tell(walsall, at(9), 10, code="road-parking", ward=ward)
    figures.freeze(OCTOBER)
    assert figure("received", walsall) == "70" and figure("category", walsall, of="road-parking") == "10"
    assert not Figure.objects.filter(of="asb-neighbour").exists()
    assert figure("received", walsall, ward=ward, span="quarter") == "10"


def test_ideas_thanks_and_the_desk_stay_out_of_areas(tell, walsall):
    tell(walsall, at(9), 20, kind="concern")
    tell(None, at(9), 40)
    figures.freeze(OCTOBER)
    assert figure("received", walsall) == "20" and figure("received", None, span="quarter") == "60"


def test_outcomes_are_counted_by_the_quarter_in_which_they_ended(tell, walsall):
    tell(walsall, at(6), 15, hours=9, status="resolved", outcome="solved", resolved_at=at(8))
    tell(walsall, at(9), 15, hours=9)
    figures.freeze(OCTOBER)
    assert figure("outcome", walsall, of="solved", span="quarter") == "15"
    assert figure("outcome", walsall, of="crime", span="quarter") == "fewer than 5"


def test_wards_with_a_named_contact_are_told_as_of_today(client, walsall, bloxwich_west, person, team_of):
    posting = Posting.objects.create(person=person("pat"), team=team_of(walsall), from_date="2026-01-01")
    posting.named_wards.add(bloxwich_west)
    assert today.wards_with_contact().part == {walsall.pk: 1}
    assert "1 of 20" in client.get("/how-we-are-doing/walsall/").content.decode()


def test_ward_without_priorities_and_meetings_is_told_of_neither(walsall, bloxwich_west):
    """ "None yet" of what a ward never had read as a failure."""
    assert today.ward_figures(bloxwich_west) == []
    Priority.objects.create(area=walsall, ward=bloxwich_west, title="Bikes", you_said="Bikes.", published=True)
    assert [one["value"] for one in today.ward_figures(bloxwich_west)] == ["1 of 1"]


def test_columns_that_hold_nothing_are_left_out(tell, walsall, bloxwich_west, client):
    tell(walsall, at(9), 70)
    tell(walsall, at(9), 10, ward=bloxwich_west)
    figures.freeze(OCTOBER)
    assert (in_short(walsall, bloxwich_west)["columns"], len(in_short(walsall, bloxwich_west)["rows"])) == ([], 1)
    page = client.get(bloxwich_west.get_absolute_url()).content.decode()
    table = page[page.index("Concerns from this ward") :].partition("</table>")[0]
    assert table.count('<th scope="col"') == 2


# ---- pages and files -------------------------------------------------------------------------------------------------
URLS = [
    "/how-we-are-doing/",
    "/how-we-are-doing/walsall/",
    "/how-we-are-doing/walsall.csv",
    "/how-we-are-doing/walsall.json",
]


@pytest.mark.parametrize("url", URLS)
def test_figures_set_no_cookie_and_are_known_again(world, client, url):
    world(WORLDS["mixed"])
    first = client.get(url)
    again = client.get(url)
    assert first.status_code == 200 and dict(first.cookies) == {}
    assert (again.content, again["Content-Type"]) == (first.content, first["Content-Type"])
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("url", URLS)
def test_figures_before_the_first_month_say_what_will_come(db, client, url):
    assert client.get(url).status_code == 200
    if url.endswith("/"):
        page = client.get(url).content.decode()
        assert (
            page.count("No month has ended yet") == 1 and "On the first day of each month we show the figures" in page
        )
        assert "Too few to show" not in page and "Who got a meaningful reply in time?" not in page
        assert "wards have a named contact today" in page  # that is true without any month


@pytest.mark.parametrize("url", [*URLS, "/"])
def test_figures_cost_the_same_with_one_and_with_many_rows(world, client, tell, walsall, person, settings, url):
    settings.DEBUG = True  # nothing is kept, so that each asks anew
    tell(walsall, at(9), 1)
    figures.freeze(OCTOBER)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    tell(walsall, datetime(2026, 10, 5, tzinfo=UTC), 50, hours=20)
    for area in Area.objects.all():
        Command.objects.create(area=area, person=person(f"chief.{area.slug}"), from_date="2026-01-01")
        tell(area, datetime(2026, 11, 5, tzinfo=UTC), 30, hours=9, ward=area.wards.active().first())
    figures.freeze(datetime(2027, 1, 5, tzinfo=UTC))
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(one)


def test_the_force_by_its_name_is_the_page_of_the_force(client, walsall):
    answer = client.get(f"/how-we-are-doing/{Force.objects.get().slug}/")
    assert (answer.status_code, answer["Location"]) == (302, "/how-we-are-doing/")


def test_unknown_area_is_not_found(db, client):
    assert [
        client.get(f"/how-we-are-doing/{end}").status_code for end in ("nowhere/", "nowhere.csv", "nowhere.json")
    ] == [404] * 3


def test_csv_is_flat_and_no_cell_is_a_formula(world, client, walsall):
    world(WORLDS["mixed"])
    Area.objects.filter(pk=walsall.pk).update(name='=HYPERLINK("x")')
    response = client.get("/how-we-are-doing/walsall.csv")
    lines = response.content.decode().split("\r\n")
    assert lines[0] == ",".join(files.FIELDS) and lines[-1] == ""
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert {row["area"] for row in published(client, "walsall")} == {'\'=HYPERLINK("x")'}
    assert {row["licence"] for row in published(client, "walsall")} == {report.LICENCE}


def test_front_page_says_the_promise_in_one_line(client, tell, walsall):
    assert "Over the last 12 months" not in client.get("/").content.decode()
    tell(walsall, at(9), 100, hours=20)
    figures.freeze(OCTOBER)
    page = " ".join(client.get("/").content.decode().split())
    assert "Over the last 12 months 95% or more of people had a meaningful reply in time" in page


def test_charts_have_a_zero_base_words_and_a_table(world, client):
    world(WORLDS["mixed"])
    page = client.get("/how-we-are-doing/walsall/").content.decode()
    assert page.count("<svg viewBox") == page.count("<title id=") == page.count("<desc id=") > 3
    assert re.findall(r"<(title|desc) id=[^>]*>\s*</", page + client.get("/how-we-are-doing/").content.decode()) == []
    assert "style=" not in page and page.count("<table") >= 2
    chart = charts.over_time([charts.Mark("Jul", None, ""), charts.Mark("Aug", 10, "10"), charts.Mark("Sep", 20, "20")])
    assert [tick["value"] for tick in chart["ticks"]] == ["0", "10", "20"]
    assert chart["lines"] == [
        f"{chart['spots'][1]['x']},{chart['spots'][1]['y']} {chart['spots'][2]['x']},{chart['spots'][2]['y']}"
    ]


@pytest.mark.parametrize(
    ("values", "under"), [((80, 60), True), ((60, 80), False), ((80, 80), False), ((None, 80), False), ((80, 5), False)]
)
def test_number_at_the_end_of_a_falling_line_stands_below_it(values, under):
    last = charts.over_time([charts.Mark("", value, "") for value in values], top=100)["last"]
    assert (float(last["value_y"]) > float(last["y"])) == under
    assert float(last["value_y"]) < charts.TOP + charts.COLUMNS


@pytest.mark.parametrize(("highest", "numbers"), [(90, 13), (140, 7)])
def test_numbers_over_close_columns_never_touch(highest, numbers):
    spots = charts.over_time([charts.Mark("Jul", highest, "")] * 13)["spots"]
    assert (sum(spot["numbered"] for spot in spots), spots[-1]["numbered"]) == (numbers, True)


def test_pages_of_wards_and_areas_show_their_own_rounded_figures(tell, client, walsall):
    ward = walsall.wards.active()[0]
    for month in (7, 8, 9):
        tell(walsall, at(month), 8, ward=ward, hours=20)
        tell(walsall, at(month), 2, safety=True)
    figures.freeze(OCTOBER)
    row = Figure.objects.get(ward=ward)
    assert row.words == "25"
    page = client.get(ward.get_absolute_url()).content.decode()
    assert re.search(rf"July to September 2026<.*?>\s*{row.words}\s*<", page)
    page = client.get("/areas/walsall/").content.decode()
    shown = Figure.objects.get(area=walsall, ward=None, name="received", span="month", closed__month=SEPTEMBER)
    assert re.search(rf"September 2026<.*?>\s*{shown.words}\s*<", page)


def test_kinds_are_told_in_the_language_of_the_reader(world, client):
    world(WORLDS["mixed"])
    text = client.get("/ur/how-we-are-doing/walsall/").content.decode()
    with translation.override("ur"):
        said = gettext("Parking and obstruction")
    assert (said in text, "Parking and obstruction" in text) == (True, False)


def test_page_of_a_ward_says_that_there_are_no_figures_yet(client, bloxwich_west):
    assert "No figures yet" in client.get(bloxwich_west.get_absolute_url()).content.decode()
