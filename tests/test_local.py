"""What an area's own people see of it: each figure once, for page, picture and file alike."""

import csv
import io
import re
from datetime import datetime, timedelta

import pytest

from accounts.stamp import LONDON, days_ago
from areas.models import Area, Meeting
from feedback.insight import local, local_demand
from feedback.insight.figures import freeze
from feedback.insight.local_demand import BY
from feedback.insight.local_table import Seen
from feedback.insight.local_words import hours_of_week
from feedback.insight.tallies import EVERY, count_areas
from feedback.models import Category, Concern, Rating, Tally
from hubs.models import Absence, Establishment, Posting, StrengthTarget, TeamKind
from tests.racing import race

from .test_performance_guards import statements

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


def table(name, user, area, by=""):
    """A figure of concerns that are counted this moment."""
    Tally.objects.all().delete()
    count_areas()
    return local.figure(name, Seen(user, area), by)


def rows(name, user, area):
    return table(name, user, area).rows


def test_concerns_by_month_leave_no_month_out(told, walsall, walsall_commander):
    for days in (1, 2, 20, 40, 160, 500):
        told(days)
    assert rows("months", walsall_commander, walsall) == [
        ["Oct 2025", 1], ["Nov 2025", 0], ["Dec 2025", 0], ["Jan 2026", 1], ["Feb 2026", 1], ["Mar 2026 so far", 2],
    ]  # fmt: skip


def test_first_month_is_a_whole_one(told, walsall, walsall_commander):
    first = (NOON - datetime(2025, 3, 1, 12, tzinfo=LONDON)).days
    told(first)
    told(first + 2)  # of the month before, which is not shown
    shown = rows("months", walsall_commander, walsall)
    assert (len(shown), shown[0], shown[-1]) == (13, ["Mar 2025", 1], ["Mar 2026 so far", 0])


def test_replies_by_quartiles_count_what_is_missed(told, walsall, walsall_commander):
    for hours in (10, 20, 30, 40, 50):
        told(5, hours)
    told(1)  # not due yet
    told(40, 7)
    assert [row[1:] for row in rows("replies", walsall_commander, walsall)] == [
        [1, 0, None, None, None], [5, 0, 30.0, 15.0, 45.0],
    ]  # fmt: skip
    told(5)  # missed, and still to come: longer than all others
    assert rows("replies", walsall_commander, walsall)[1][1:] == [5, 1, 35.0, 17.5, None]


def test_categories_wards_and_hubs_beside_the_time_before(told, walsall, walsall_commander, team_of):
    other = walsall.wards.active().exclude(name="Bloxwich West").first()
    for days in (1, 2, 100):
        told(days, category="asb-noise", ward=other)
    told(3, category="asb-drugs", ward=None).assign(team=team_of(walsall), by=walsall_commander)
    told(0, category="asb-drugs", ward=None)  # today is no whole day
    names = dict(Category.objects.values_list("code", "name"))
    assert rows("categories", walsall_commander, walsall) == [
        [names["asb-noise"], 2, 1, ""], [names["asb-drugs"], 1, 0, ""],
    ]  # fmt: skip
    assert rows("wards", walsall_commander, walsall) == [[other.name, 2, 1, ""], ["No ward", 1, 0, ""]]
    assert rows("hubs", walsall_commander, walsall) == [
        ["No team", 2, 1, ""], [team_of(walsall).hub.name, 1, 0, ""],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before", "told"), [(20, 20, ""), (30, 20, ""), (40, 18, "more"), (18, 40, "fewer"), (7, 0, "more")]
)
def test_change_is_named_beyond_chance(now, before, told):
    assert local_demand.change(now, before) == told


def test_channels_streets_and_hours(told, walsall, walsall_commander):
    told(0, channel="phone", place="High Street")
    told(7, place="high street")
    told(1, place="Elsewhere")
    assert rows("channels", walsall_commander, walsall) == [["This site", 2], ["Phone", 1]]
    assert rows("streets", walsall_commander, walsall) == [["High Street", 2]]
    hours = rows("hours", walsall_commander, walsall)
    assert (len(hours), hours[12]) == (24, ["12–13", 0, 0, 1, 2, 0, 0, 0])
    assert sum(n for row in hours for n in row[1:]) == 3


def test_streets_of_one_ward_are_one_however_they_are_written(told, walsall, walsall_commander):
    other = walsall.wards.active().exclude(name="Bloxwich West").first()
    for place in ("High St", "HIGH STREET, Bloxwich", "high  street", "St John's Rd.", "St Johns Road"):
        told(1, place=place)
    for place in ("High Street", "High st"):
        told(2, place=place, ward=other)
    assert rows("streets", walsall_commander, walsall) == [
        ["High Street (Bloxwich West)", 3], [f"High Street ({other.name})", 2],
    ]  # fmt: skip


def test_months_and_waits_are_told_by_category_ward_and_hub(
    signed_in, told, walsall, walsall_commander, bloxwich_west, team_of
):
    told(40)
    told(1)
    told(1, ward=None, category="asb-noise").assign(team=team_of(walsall), by=walsall_commander)
    names = dict(Category.objects.values_list("code", "name"))
    found = {by: table("months", walsall_commander, walsall, by) for by in BY}
    assert {by: sorted((row[0], sum(row[1:])) for row in shown.rows) for by, shown in found.items()} == {
        "category": sorted([(names["asb-vehicle"], 2), (names["asb-noise"], 1)]),
        "ward": sorted([(bloxwich_west.name, 2), ("No ward", 1)]),
        "hub": sorted([(team_of(walsall).hub.name, 1), ("No team", 2)]),
    }
    waits = table("replies", walsall_commander, walsall, "ward")
    assert waits.rows == [[bloxwich_west.name, 0, 1, None, None, None]]
    client = signed_in(walsall_commander)
    page = client.get(f"{INSIGHT}?by=ward")
    answer = client.get(f"{INSIGHT}months.csv?by=ward")
    lines = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
    shown = next(each for each in page.context["tables"] if each.name == "months")
    assert lines == [[str(one) for one in shown.heads], *([str(one) for one in row] for row in shown.rows)]
    assert "months-by-ward-walsall-" in answer["Content-Disposition"]
    assert [client.get(f"{INSIGHT}{end}").status_code for end in ("?by=officer", "months.csv?by=officer")] == [404, 404]


def test_replies_told_apart_can_be_those_of_one_month(signed_in, told, walsall, walsall_commander, bloxwich_west):
    told(40)  # in January
    told(20)
    told(20)
    count_areas()
    client = signed_in(walsall_commander)
    found = {}
    for month in ("", "2026-01", "2026-02", "2026-03"):
        page = client.get(f"{INSIGHT}?by=ward&month={month}")
        shown = next(each for each in page.context["tables"] if each.name == "replies")
        answer = client.get(f"{INSIGHT}replies.csv?by=ward&month={month}")
        lines = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
        assert lines[1:] == [["" if one is None else str(one) for one in row] for row in shown.rows]
        found[month] = {row[0]: row[2] for row in shown.rows}, f"in-{month}-walsall" in answer["Content-Disposition"]
    name = bloxwich_west.name
    assert found == {
        "": ({name: 3}, False), "2026-01": ({name: 1}, True), "2026-02": ({name: 2}, True), "2026-03": ({}, True),
    }  # fmt: skip
    ends = ("?by=ward&month=2020-01", "?month=2026-02", "?by=ward&month=x", "replies.csv?month=2026-02")
    assert [client.get(f"{INSIGHT}{end}").status_code for end in ends] == [404] * 4


@pytest.mark.parametrize("way", ["", "?by=ward", "?by=category&month=2026-02"])
def test_the_figures_of_an_area_ask_less_than_25_times(signed_in, told, walsall, walsall_commander, officer_of, way):
    officer_of(walsall)
    for days in (1, 20, 40):
        told(days, place="High Street", times="Fridays 9pm")
    count_areas()
    client = signed_in(walsall_commander)
    client.get(f"{INSIGHT}{way}")  # what is kept of facts is kept from here on
    assert statements(client, f"{INSIGHT}{way}") < 25


def test_hours_in_which_it_happens_are_read_from_peoples_words(told, walsall, walsall_commander):
    told(1, times="Friday 9pm to 11pm")
    told(2, times="Fridays and Saturdays, around 21:30")
    told(3, times="I can't say")
    told(4)
    shown = table("happens", walsall_commander, walsall)
    assert (shown.rows[21], shown.rows[22]) == (["21–22", 0, 0, 0, 0, 2, 1, 0], ["22–23", 0, 0, 0, 0, 1, 0, 0])
    assert sum(n for row in shown.rows for n in row[1:]) == 4
    assert shown.note.startswith("Of 3 that say when, 2 could be read.")
    assert len(shown.chart["squares"]) == 3


ALL_WEEK, WORKDAYS = set(range(7)), set(range(5))


@pytest.mark.parametrize(
    ("words", "days", "hours"),
    [
        ("Every evening", ALL_WEEK, {18, 19, 20, 21, 22}),
        ("weekends", {5, 6}, set(range(24))),
        ("Mon-Fri 8am-9am", WORKDAYS, {8}),
        ("weekdays, school run", WORKDAYS, {8, 15}),
        ("between 11pm and 2am", ALL_WEEK, {23, 0, 1}),
        ("9-11pm on Thursdays", {3}, {21, 22}),
        ("from 7.30 to 8.45 pm", ALL_WEEK, {19, 20}),
        ("12am", ALL_WEEK, {0}),
        ("Tues 12 pm", {1}, {12}),
        ("on 12/3 they came, 3 of them", set(), set()),
        ("tonight", set(), set()),
        ("monthly", set(), set()),
        ("", set(), set()),
        ("99pm", set(), set()),
    ],
)
def test_words_for_days_and_hours(words, days, hours):
    assert hours_of_week(words) == {(day, hour) for day in days for hour in hours}


@pytest.mark.parametrize(
    ("words", "evening", "morning"),
    [
        ("Friday nights", {22, 23}, {0, 1, 2, 3, 4}), ("Fridays from 11pm to 3am", {23}, {0, 1, 2}),
        ("Friday, around midnight", {23}, {0}), ("Friday 23:00 till 00:30", {23}, {0}),
    ],
)  # fmt: skip
def test_night_of_a_day_ends_on_the_next(words, evening, morning):
    assert hours_of_week(words) == {(4, hour) for hour in evening} | {(5, hour) for hour in morning}
    sunday = hours_of_week(words.replace("Friday", "Sunday"))
    assert sunday == {(6, hour) for hour in evening} | {(0, hour) for hour in morning}


def test_satisfaction_counts_what_people_said_and_how_sure_that_is(told, walsall, dudley, walsall_commander):
    def rated(answer, area=walsall, ward=None):
        concern = told(5, 2, area=area, ward=ward)
        concern.reply("We were there.", by=walsall_commander)
        concern.rate(answer)

    for answer in ("yes", "yes", "yes", "partly", "no"):
        rated(answer)
    rated("no", area=dudley)
    assert rows("satisfaction", walsall_commander, walsall) == [["Mar 2026 so far", 3, 1, 1, 60, 23, 88]]


def test_demand_stands_beside_strength(told, walsall, walsall_commander, officer_of, team_of):
    team, empty = team_of(walsall), team_of(walsall, kind="response")
    one = officer_of(walsall)
    half = officer_of(walsall, "pc.half")
    Posting.objects.filter(person=half).update(share=50)
    for _each in range(2):
        told(1).assign(team=team, by=walsall_commander)
    told(1).assign(officer=one, by=walsall_commander)  # an officer's own, without a team
    told(1)
    assert rows("strength", walsall_commander, walsall) == [
        [empty.name, empty.hub.name, 0, 0.0, None], [team.name, team.hub.name, 3, 1.5, 2.0],
        ["No team has them", "", 1, None, None],
    ]  # fmt: skip
    assert rows("hub_strength", walsall_commander, walsall) == [
        [team.hub.name, 3, 1.5, 2.0], ["No team has them", 1, None, None],
    ]  # fmt: skip


def test_posts_stand_against_the_establishment(walsall, walsall_commander, officer_of, team_of):
    team, unset = team_of(walsall), team_of(walsall, kind="response")
    officer_of(walsall)
    Posting.objects.update(from_date="2025-01-01")
    Establishment.objects.create(team=team, posts=2, from_date="2025-12-15")
    Establishment.objects.create(team=team, posts=4, from_date="2026-03-01")
    shown = {row[0]: row[1:] for row in rows("establishment", walsall_commander, walsall)}
    assert shown == {team.name: [4, 1.0, 3.0, 25], unset.name: [None, 0.0, None, None]}
    assert rows("neighbourhood", walsall_commander, walsall) == [
        ["30 Sep 2025", None, 1.0, None], ["31 Oct 2025", None, 1.0, None], ["30 Nov 2025", None, 1.0, None],
        ["31 Dec 2025", 2, 1.0, 50], ["31 Jan 2026", 2, 1.0, 50], ["28 Feb 2026", 2, 1.0, 50], ["12 Mar 2026", 4, 1.0, 25],
    ]  # fmt: skip


def test_extra_posts_that_were_promised_are_told_with_their_source(walsall, walsall_commander, officer_of):
    StrengthTarget.objects.all().delete()
    kind = TeamKind.objects.get(code="neighbourhood")
    target = StrengthTarget.objects.create(
        code="demo", name="Demo promise", team_kind=kind, extra=20, source="Demo plan", reported=7
    )
    officer_of(walsall)

    def note():
        return local.figure("neighbourhood", Seen(walsall_commander, walsall)).note

    assert note() == "Demo promise: 7 of 20 extra posts were last reported (Demo plan)."
    target.baseline = 0
    target.save()
    assert note() == "Demo promise: 1 of 20 extra posts are filled in the whole force today (Demo plan)."


def test_days_lost_are_for_the_commander_alone(
    signed_in, walsall, dudley, walsall_commander, walsall_officer, officer_of
):
    for who, days in ((walsall_officer, (4, 2)), (officer_of(dudley), (9, 1))):
        Posting.objects.filter(person=who).update(from_date="2025-01-01")
        Absence.objects.create(
            person=who, kind="abstraction", from_date=days_ago(days[0]), until=days_ago(days[1]), reason="quokka"
        )
    team = Posting.objects.get(person=walsall_officer).team
    assert rows("abstractions", walsall_commander, walsall) == [[team.name, 3.0]]
    path = f"{INSIGHT}abstractions.csv"
    assert [signed_in(who).get(path).status_code for who in (walsall_commander, walsall_officer)] == [200, 404]
    assert b"Days lost" not in signed_in(walsall_officer).get(INSIGHT).content


def test_areas_are_compared_by_people_and_chance(told, walsall, dudley, walsall_commander):
    for _each in range(20):
        told(30)
    told(30, area=dudley, ward=None)
    told(1, area=dudley, ward=None)  # this month has not ended
    assert {row[1] for row in rows("areas", walsall_commander, walsall)} == {0.0}  # no month is closed yet
    freeze()
    told(30, area=dudley, ward=None)  # placed there after the month was closed
    shown = {row[0]: row[1:] for row in rows("areas", walsall_commander, walsall)}
    rate = [round(number * 10_000 / walsall.population, 1) for number in (20, *local.chance_range(20))]
    assert shown["Walsall"] == rate
    assert shown["Dudley"][0] == round(2 * 10_000 / dudley.population, 1)  # fewer than 5
    lane = next(
        lane
        for lane in local.figure("areas", Seen(walsall_commander, walsall)).chart["lanes"]
        if lane["mark"].label == "Walsall"
    )
    low, high = map(float, lane["range"])
    assert (low < float(lane["width"]) < high <= 300) is True


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


def test_a_figure_without_numbers_has_no_picture_and_no_words_about_them(signed_in, walsall, walsall_commander):
    count_areas()
    page = signed_in(walsall_commander).get(INSIGHT)
    empty = [table.name for table in page.context["tables"] if not table.rows]
    text = page.content.decode()
    assert (len(empty), text.count("Nothing to count yet.")) == (15, 15)
    assert ("could be read" in text, "less than once in a hundred times" in text) == (False, False)


def test_page_and_file_say_the_same(signed_in, told, walsall, walsall_commander):
    told(3, 5)
    count_areas()
    client = signed_in(walsall_commander)
    page = client.get(INSIGHT)
    assert [table for _title, part in page.context["parts"] for table in part] == page.context["tables"]
    assert [len(part) for _title, part in page.context["parts"]] == [9, 8]
    for table in page.context["tables"]:
        answer = client.get(f"{INSIGHT}{table.name}.csv")
        lines = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
        assert lines == [
            [str(cell) for cell in table.heads],
            *(["" if c is None else str(c) for c in row] for row in table.rows),
        ]
    assert client.get(f"{INSIGHT}nothing.csv").status_code == 404


def test_page_says_the_figures_in_short(
    signed_in, told, walsall, walsall_commander, bloxwich_west, officer_of, team_of
):
    def said():
        Tally.objects.all().delete()
        count_areas()
        return dict(signed_in(walsall_commander).get(INSIGHT).context["short"])

    assert list(said()) == ["neighbourhood"]  # where nothing came in, strength alone can be told
    team, empty = team_of(walsall), team_of(walsall, kind="response")
    officer_of(walsall)
    for _each in range(10):
        told(20, 10, category="asb-noise").assign(team=team, by=walsall_commander)
    told(20)  # missed, and still to come
    told(100, category="asb-noise")
    for answer in ("yes", "yes", "no", "partly"):
        rated = told(20, 10)
        rated.reply("We were there.", by=walsall_commander)
        rated.rate(answer)
    Rating.objects.update(at=NOON - timedelta(days=15))
    Establishment.objects.create(team=team, posts=4, from_date="2026-03-01")
    freeze()
    names = dict(Category.objects.values_list("code", "name"))
    rates = {row[0]: row[1] for row in rows("areas", walsall_commander, walsall)}
    here = rates.pop("Walsall")
    assert said() == {
        "categories": f"15 concerns came in in the last 90 days, 1 in the 90 days before. That is more than chance explains. "
        f"Grew beyond chance: {names['asb-noise']} (10, 1 before).",
        "wards": f"Grew beyond chance: {bloxwich_west.name} (15, 1 before).",
        "replies": "Half of what came in in Feb 2026 had a reply within 10 hours, three quarters within 10. "
        "2 are missed and still to come.",
        "satisfaction": "In Feb 2026, 50 in 100 said that the reply answered them. With so few answers it may be 15 to 85.",
        "strength": f"{team.name} has most for each full-time post: 10 open. Nobody is posted in {empty.name}.",
        "neighbourhood": "Neighbourhood teams have 1 of 4 full-time posts (25 in 100).",
        "areas": f"For each 10,000 people {here:g} concerns came in in three whole months; "
        f"{min(rates.values()):g} to {max(rates.values()):g} in the other areas.",
    }


def test_page_reads_the_last_count_and_says_of_when_it_is(signed_in, told, walsall, walsall_commander, time_machine):
    client = signed_in(walsall_commander)

    def shown():
        page = client.get(INSIGHT)
        months = next(each for each in page.context["tables"] if each.name == "months")
        return months.rows, re.search(r"has not been counted yet|counted at \d\d:\d\d", page.content.decode())[0]

    told(1)
    assert shown() == ([], "has not been counted yet")
    assert count_areas() == len(Tally.objects.all()) == 7
    told(1)
    assert (count_areas(), shown()) == (0, ([["Mar 2026 so far", 1]], "counted at 12:00"))
    time_machine.move_to(NOON + timedelta(minutes=EVERY), tick=False)
    assert (count_areas(), shown()) == (7, ([["Mar 2026 so far", 2]], "counted at 12:15"))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_moment_count_each_area_once(make_concern, walsall):
    make_concern(walsall)
    assert [type(number) for number in race([count_areas] * 4)] == [int] * 4
    assert sorted(n for counts in Tally.objects.values_list("counts", flat=True) for _month, n in counts["months"]) == [
        1
    ]
    assert Tally.objects.count() == Area.objects.count()


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


def test_force_stands_side_by_side_as_page_and_files(
    signed_in, told, overview, walsall, dudley, walsall_commander, walsall_officer
):
    told(1)
    told(1)
    Establishment.objects.create(team=Posting.objects.get(person=walsall_officer).team, posts=2, from_date="2026-01-01")
    client = signed_in(overview)
    tables = client.get("/dashboard/force/").context["tables"]
    assert [table.name for table in tables] == ["today", "posts", "promise", "areas"]
    assert [table.drawn_words for table in tables] == [
        "Missed", "Open for each", "In time (%)", "For each 10,000 people, and as a line from “at least” to “at most”",
    ]  # fmt: skip
    assert [list(table.hues.values()) for table in tables] == [[1, 2, 3, 4, 5, 6, 7]] * 4
    shown = {row[0]: row[1:] for row in tables[1].rows}
    assert (len(shown), shown["Walsall"], shown["Dudley"]) == (7, [2, 1.0, 2.0, 2, 50], [0, 0, None, None, None])
    for table in tables:
        answer = client.get(f"/dashboard/force/{table.name}.csv")
        lines = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
        assert lines[1:] == [["" if cell is None else str(cell) for cell in row] for row in table.rows]
    assert client.get("/dashboard/force/months.csv").status_code == 404
    assert signed_in(walsall_commander).get("/dashboard/force/posts.csv").status_code == 404


def test_ward_brief_counts_the_ward(signed_in, told, walsall, walsall_officer, bloxwich_west):
    for days, hours in ((3, 5), (4, 100), (5, None)):
        told(days, hours)
    told(3, ward=walsall.wards.active().exclude(pk=bloxwich_west.pk).first())
    client = signed_in(walsall_officer)
    page = client.get(f"{INSIGHT}wards/{bloxwich_west.code}/")
    numbers = page.context["numbers"]
    assert [numbers[name] for name in ("told", "before", "answered", "in_time", "closed", "open")] == [3, 0, 2, 1, 0, 3]
    assert (numbers["waits"], page.context["contacts"], page.context["meeting"]) == (None, [], None)
    for days in (100, 101, 102):
        told(days, 10)
    count_areas()
    walsall_officer.postings.get().named_wards.add(bloxwich_west)
    Meeting.objects.create(
        area=walsall, starts=NOON + timedelta(1), ends=NOON + timedelta(2), place="Off", cancelled=True
    )
    Meeting.objects.create(area=walsall, starts=NOON + timedelta(3), ends=NOON + timedelta(4), place="Library")
    page = client.get(f"{INSIGHT}wards/{bloxwich_west.code}/")
    assert [page.context["numbers"][name] for name in ("told", "before", "waits")] == [3, 3, [10.0, 8.8, None]]
    (contact,) = page.context["contacts"]
    assert (contact, page.context["meeting"].place) == (walsall_officer.postings.get().public_words, "Library")
    text = " ".join(page.content.decode().split())
    assert "In the last 90 days people told us of 3 things; in the 90 days before, of 3." in text
    assert "<strong>10</strong> hours; a quarter or more is missed and still to come." in text


def test_a_picture_says_what_it_shows_and_for_what_it_stands(told, walsall, walsall_commander):
    for days in range(1, 15):
        told(days, hours=days)
    replies = table("replies", walsall_commander, walsall)
    assert (
        replies.drawn_words == "Half within (hours), and as a line from “A quarter within” to “Three quarters within”"
    )
    assert replies.told == ("Half within (hours). Most: Mar 2026 so far, 6.0. The table has all numbers.")
    (mark,) = [spot["mark"] for spot in replies.chart["spots"] if spot["shown"]][-1:]
    assert (mark.value, mark.between) == (6, (3.0, 9.0))
    apart = table("months", walsall_commander, walsall, "category")
    assert (apart.shape, [spot["value"] for spot in apart.chart["lanes"][0]["spots"]]) == ("many", apart.rows[0][1:])
    compared = table("areas", walsall_commander, walsall)
    assert [lane["mark"].label for lane in compared.chart["lanes"] if lane["mark"].own] == ["Walsall"]
    posts = table("neighbourhood", walsall_commander, walsall)
    assert (posts.against, posts.heads[posts.against]) == (1, "Should have")
    assert table("hours", walsall_commander, walsall).told == "Most: 2, on Mon at 12–13. The table has all numbers."


def test_force_reads_how_each_area_kept_its_word(signed_in, told, overview, dudley):
    """From what the public reads: rounded, and nothing where too few stand behind it."""
    for number in range(40):
        told(20 + number % 8, hours=10 if number % 4 else 100, ward=None)
    told(20, hours=10, area=dudley, ward=None)
    freeze()
    promise = {table.name: table for table in signed_in(overview).get("/dashboard/force/").context["tables"]}["promise"]
    told_of = {row[0]: row[1:] for row in promise.rows}
    assert (len(told_of), told_of["Walsall"], told_of["Dudley"]) == (7, [80, 10, None], [None, None, None])


def test_a_wards_brief_asks_little(signed_in, told, walsall_officer, bloxwich_west):
    for days in range(20):
        told(days, 10)
    count_areas()
    client = signed_in(walsall_officer)
    assert statements(client, f"{INSIGHT}wards/{bloxwich_west.code}/") < 25


def test_only_the_squares_with_most_are_shown(told, walsall, walsall_commander, monkeypatch):
    monkeypatch.setattr("feedback.insight.tallies.SQUARES", 2)
    for number in (0, 1, 1, 2, 2, 2):
        Concern.objects.filter(pk=told(3).pk).update(lat=52.5 + number / 100, lon=-2)
    found = table("squares", walsall_commander, walsall)
    assert [row[4] for row in found.rows] == [3, 2]
    assert found.note.endswith("6 have a pin on the map. Of 3 squares these have most.")


def test_pins_are_counted_in_squares_of_the_map(told, walsall, walsall_commander, bloxwich_west):
    """By ward where most of a square's pins lie; what has no pin is counted beside them."""
    here, east, south = (52.6135, -1.9972), (52.6135, -1.9812), (52.6085, -1.9972)
    for lat, lon in (here, here, here, east, south, (None, None)):
        concern = told(3)
        Concern.objects.filter(pk=concern.pk).update(lat=lat, lon=lon)
    Concern.objects.filter(pk=told(100).pk).update(lat=52.7, lon=-1.99)  # too long ago
    found = table("squares", walsall_commander, walsall)
    assert [[row[0], row[1], row[4]] for row in found.rows] == [
        ["A1", str(bloxwich_west.name), 3], ["C1", str(bloxwich_west.name), 1], ["A2", str(bloxwich_west.name), 1],
    ]  # fmt: skip
    middle = found.rows[0][2:4]
    assert abs(middle[0] - here[0]) <= 0.0023 and abs(middle[1] - here[1]) <= 0.0038
    assert found.note == "Squares of about 500 metres. Of 6 in the last 90 days, 5 have a pin on the map."
    assert found.told == "Concerns. Most: A1, 3. Least: C1, 1. The table has all numbers."
