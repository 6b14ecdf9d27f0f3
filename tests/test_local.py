"""What an area's own people see of it: each figure once, for page, picture and file alike."""

import csv
import io
from datetime import datetime, timedelta

import pytest

from accounts.stamp import LONDON
from feedback.insight import local
from feedback.models import Category, Concern
from hubs.models import Posting

pytestmark = pytest.mark.django_db

INSIGHT = "/dashboard/insight/"
NOON = datetime(2026, 3, 12, 12, tzinfo=LONDON)  # a Thursday


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def told(make_concern, walsall, bloxwich_west):
    """Makes a concern received so many days ago at noon, answered after so many hours: `told(3, hours=10)`."""

    def make(days, hours=None, *, area=walsall, ward=bloxwich_west, category="asb-vehicle", **more):
        concern = make_concern(area, ward=ward, category=Category.objects.get(code=category), **more)
        received = NOON - timedelta(days=days)
        answered = hours and received + timedelta(hours=hours)
        Concern.objects.filter(pk=concern.pk).update(
            received_at=received, due_at=received + timedelta(hours=72), answered_at=answered
        )
        concern.refresh_from_db()
        return concern

    return make


def rows(name, user, area):
    return local.figure(name, user, area).rows


def test_concerns_by_month(told, walsall, walsall_commander):
    for days in (1, 2, 20, 40, 500):
        told(days)
    assert [row[1] for row in rows("months", walsall_commander, walsall)] == [1, 1, 2]


def test_replies_by_quartiles(told, walsall, walsall_commander):
    for hours in (10, 20, 30, 40, 50):
        told(5, hours)
    told(5)
    told(40, 7)
    assert [row[1:] for row in rows("replies", walsall_commander, walsall)] == [
        [1, None, None, None], [5, 30.0, 15.0, 45.0],
    ]  # fmt: skip


def test_categories_and_wards_beside_the_time_before(told, walsall, walsall_commander):
    other = walsall.wards.active().exclude(name="Bloxwich West").first()
    for days in (1, 2, 100):
        told(days, category="asb-noise", ward=other)
    told(3, category="asb-drugs", ward=None)
    names = dict(Category.objects.values_list("code", "name"))
    assert rows("categories", walsall_commander, walsall) == [[names["asb-noise"], 2, 1], [names["asb-drugs"], 1, 0]]
    assert rows("wards", walsall_commander, walsall) == [[other.name, 2, 1], ["No ward", 1, 0]]


def test_channels_streets_and_hours(told, walsall, walsall_commander):
    told(0, channel="phone", place="High Street")
    told(7, place="high street")
    told(1, place="Elsewhere")
    assert rows("channels", walsall_commander, walsall) == [["This site", 2], ["Phone", 1]]
    assert rows("streets", walsall_commander, walsall) == [["High Street", 2]]
    thursday, wednesday = rows("hours", walsall_commander, walsall)[3], rows("hours", walsall_commander, walsall)[2]
    assert (thursday, wednesday) == (["Thursday", 0, 0, 0, 2, 0, 0], ["Wednesday", 0, 0, 0, 1, 0, 0])


def test_demand_stands_beside_strength(told, walsall, walsall_commander, officer_of, team_of):
    team, empty = team_of(walsall), team_of(walsall, kind="response")
    officer_of(walsall)
    half = officer_of(walsall, "pc.half")
    Posting.objects.filter(person=half).update(share=50)
    for _each in range(3):
        told(1).assign(team=team, by=walsall_commander)
    assert rows("strength", walsall_commander, walsall) == [
        [empty.name, empty.hub.name, 0, 0.0, None], [team.name, team.hub.name, 3, 1.5, 2.0],
    ]  # fmt: skip


def test_areas_are_compared_by_people_and_chance(told, walsall, dudley, walsall_commander):
    for _each in range(20):
        told(30)
    told(30, area=dudley, ward=None)
    told(1, area=dudley, ward=None)  # this month has not ended
    shown = {row[0]: row[1:] for row in rows("areas", walsall_commander, walsall)}
    rate = [round(number * 10_000 / walsall.population, 1) for number in (20, *local.chance_range(20))]
    assert shown["Walsall"] == rate
    assert shown["Dudley"][0] == round(10_000 / dudley.population, 1)


@pytest.mark.parametrize(("seen", "low", "high"), [(1, 0.03, 5.57), (10, 4.80, 18.39), (100, 81.36, 121.63)])
def test_range_of_chance_is_the_exact_one_to_a_few_per_cent(seen, low, high):
    assert local.chance_range(seen) == (pytest.approx(low, abs=0.03), pytest.approx(high, rel=0.005))


def test_figures_hold_nothing_of_others(told, walsall, dudley, walsall_commander, dudley_commander):
    told(3, 5, place="Elm Road")
    before = {name: rows(name, walsall_commander, walsall) for name in local.FIGURES}
    told(3, 5, area=dudley, ward=None, place="Elm Road", text="quokka")
    about = told(3, place="Elm Road")
    about.name_person(walsall_commander, by=dudley_commander)
    assert {name: rows(name, walsall_commander, walsall) for name in local.FIGURES} == before


def test_page_and_file_say_the_same(signed_in, told, walsall, walsall_commander):
    told(3, 5)
    client = signed_in(walsall_commander)
    page = client.get(INSIGHT)
    for table in page.context["tables"]:
        answer = client.get(f"{INSIGHT}{table.name}.csv")
        lines = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
        assert lines == [
            [str(cell) for cell in table.heads],
            *(["" if c is None else str(c) for c in row] for row in table.rows),
        ]
    assert client.get(f"{INSIGHT}nothing.csv").status_code == 404


def test_insight_is_for_those_who_work_there(signed_in, walsall_officer, desk, overview, dudley):
    assert signed_in(walsall_officer).get(INSIGHT).status_code == 200
    assert signed_in(walsall_officer).get(INSIGHT, {"area": "dudley"}).status_code == 404
    ward = dudley.wards.active().first()
    assert signed_in(walsall_officer).get(f"{INSIGHT}wards/{ward.code}/").status_code == 404
    assert [signed_in(who).get(INSIGHT).status_code for who in (desk, overview)] == [404, 404]


def test_overview_sees_all_areas_and_no_text(signed_in, told, overview, walsall_commander):
    told(10, text="quokka")
    page = signed_in(overview).get("/dashboard/force/")
    assert (page.status_code, b"quokka" in page.content) == (200, False)
    today = page.context["tables"][0]
    assert next(row for row in today.rows if row[0] == "Walsall") == ["Walsall", 1, 0, 1, 1]
    assert signed_in(walsall_commander).get("/dashboard/force/").status_code == 404


def test_ward_brief_counts_the_ward(signed_in, told, walsall, walsall_officer, bloxwich_west):
    for days, hours in ((3, 5), (4, 100), (5, None)):
        told(days, hours)
    told(3, ward=walsall.wards.active().exclude(pk=bloxwich_west.pk).first())
    page = signed_in(walsall_officer).get(f"{INSIGHT}wards/{bloxwich_west.code}/")
    numbers = page.context["numbers"]
    assert [numbers[name] for name in ("told", "answered", "in_time", "closed", "open")] == [3, 2, 1, 0, 3]
