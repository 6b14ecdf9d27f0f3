"""The morning brief: sentences with numbers, each of which opens a list of exactly so many."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.core.cache import caches
from django.utils import timezone

from accounts.stamp import LONDON, Stamp, days_ago
from areas.models import Force, Priority
from feedback.insight.brief import LINES, Brief, Line
from feedback.models import Category, Concern, Partner
from hubs.models import Absence, Establishment, Posting

from .test_performance_guards import statements

pytestmark = pytest.mark.django_db

DASHBOARD = "/dashboard/"
NOON = datetime(2026, 3, 12, 12, tzinfo=LONDON)


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def told(make_concern, walsall, bloxwich_west):
    """Makes a concern received so many hours ago: `told(80, category="asb-noise")`."""

    def make(hours=1, *, category="asb-vehicle", ward=bloxwich_west, area=walsall, **more):
        more = {"text": "Short words.", **more}  # many of the same longer words at once may be no real concerns
        concern = make_concern(area, ward=ward, category=Category.objects.get(code=category), **more)
        received = timezone.now() - timedelta(hours=hours)
        due = {"due_at": received + timedelta(hours=72)} if concern.due_at else {}
        Concern.objects.filter(pk=concern.pk).update(received_at=received, **due)
        concern.refresh_from_db()
        return concern

    return make


def lines(user, area):
    """The first line of each name."""
    return {line.name: line for line in reversed(Brief(user, area).lines)}


def counted(client, href):
    """How many concerns, wards, priorities or people the list behind a link says that it has."""
    page = client.get(href)
    assert page.status_code == 200, href
    return page.context["count"].number if href.startswith("/dashboard/queue/") else len(page.context["rows"])


@pytest.fixture
def busy(told, walsall, walsall_commander, walsall_officer, team_of):
    """A morning on which everything happens that a brief tells of."""
    by, team = walsall_commander, team_of(walsall)
    told(100)  # missed with nobody
    given, read, sent, soon, asked = (told(hours) for hours in (90, 91, 92, 65, 5))
    given.team = team
    given.save()
    for concern in (read, sent, soon):
        concern.assign(by=by, officer=walsall_officer, team=team, decision="concern")
    sent.refer(
        Partner.objects.filter(area=walsall).first(),
        "The council looks at it.",
        told="By phone.",
        told_at=timezone.now(),
        by=by,
    )
    asked.reply("We were there.", by=by)
    told(200).resolve("solved", "Done.", by=by)
    told(3).review_safety(True, "Look at this.", by=by)
    told(24 * 60, category="powers").resolve("solved", "Done.", by=by)
    for hours in (30, 31, 50, 55, 70, 75, 100):
        told(hours, category="asb-noise")
    return walsall


@pytest.fixture
def busiest(busy, told, walsall_commander, officer_of, make_concern):
    """`busy`, and all else of which a brief can tell a commander."""
    heavy = [officer_of(busy, f"pc.{name}") for name in ("one", "two", "three")]
    for _each in range(9):
        told().assign(officer=heavy[0], by=walsall_commander)
    for hours in (2, 30):
        told(hours).disclose_crime("", "A crime.", by=walsall_commander)
    row = Priority.objects.create(area=busy, title="Old", you_said="So.", published=True)
    Priority.objects.filter(pk=row.pk).update(touched_on=days_ago(90))
    Concern.objects.filter(pk=told(4).pk).update(officer=walsall_commander)
    Concern.objects.filter(pk=told(4).pk).update(suspected=True)
    asked = told(80)
    asked.take_recourse("It went wrong.")
    told(6).mark_repeat("asked")
    late = told(5)
    late.review_safety(True, "Look.", by=walsall_commander)
    late.safety_reviews.update(opened_at=None, due_at=timezone.now() - timedelta(hours=1))
    return busy


def test_every_line_there_is_opens_a_list_of_so_many(signed_in, busiest, walsall_commander):
    client = signed_in(walsall_commander)
    brief = Brief(walsall_commander, busiest)
    assert {make.__name__ for make in LINES} - {line.name for line in brief.lines} == set()
    assert {line.href: counted(client, line.href) for line in brief.lines} == {
        line.href: line.number for line in brief.lines
    }


def test_every_number_opens_a_list_of_so_many(signed_in, busy, walsall_commander):
    client = signed_in(walsall_commander)
    brief = client.get(DASHBOARD).context["sections"][0]["brief"]
    queue = [line for line in [*brief.lines, *brief.news] if line.href.startswith("/dashboard/queue/")]
    wanted = {"safety", "missed", "unread", "today", "nobody", "growth", "received", "answered", "closed", "turned"}
    assert {line.name for line in queue} >= wanted
    assert {line.href: counted(client, line.href) for line in queue} == {line.href: line.number for line in queue}


def test_missed_replies_say_why_and_each_reason_opens_its_list(signed_in, busy, walsall_commander):
    missed = lines(walsall_commander, busy)["missed"]
    client = signed_in(walsall_commander)
    assert [(words, counted(client, href)) for words, href in missed.more] == [
        ("3 with nobody", 3),
        ("1 given to somebody and not read yet", 1),
        ("1 with a partner", 1),
        ("1 read, with no reply yet", 1),
    ]
    assert missed.number == 6


def test_what_nobody_read_in_time_says_why_and_opens_its_list(
    signed_in, told, walsall, walsall_commander, walsall_officer
):
    Force.objects.update(acknowledge_hours=10)
    told(9)  # still in time
    told(11, kind="idea")  # on no clock
    told(12).assign(officer=walsall_officer, decision="concern", by=walsall_commander)
    told(13)
    moved = told(14)
    moved.assign(officer=walsall_officer, by=walsall_commander)  # to give it away is not to decide what it is
    unread, client = lines(walsall_commander, walsall)["unread"], signed_in(walsall_commander)
    assert (unread.number, unread.words) == (2, "concerns were not read by anybody within 10 hours")
    assert [(words, counted(client, href)) for words, href in unread.more] == [
        ("1 with nobody", 1), ("1 given to somebody", 1),
    ]  # fmt: skip
    assert counted(client, unread.href) == 2
    moved.acknowledge(by=walsall_commander)
    assert lines(walsall_commander, walsall)["unread"].number == 1  # at once, not in a minute


def test_recourse_opens_its_list(signed_in, told, walsall, walsall_commander):
    late, _other = told(100), told(100)
    late.take_recourse("Nobody answered.")
    line, client = lines(walsall_commander, walsall)["recourse"], signed_in(walsall_commander)
    assert (line.number, counted(client, line.href)) == (1, 1)
    late.refresh_from_db()
    late.answer_recourse("We are sorry. We come on Monday.", by=walsall_commander)
    assert "recourse" not in lines(walsall_commander, walsall)


def test_due_today_says_how_long_the_first_can_wait(told, walsall, walsall_commander):
    for hours in (70, 61, 59):
        told(hours)
    today = lines(walsall_commander, walsall)["today"]
    assert (today.number, today.more) == (2, [("the first in 2 hours", "")])


def test_growth_is_told_with_its_uncertainty(busy, walsall_commander):
    grown = lines(walsall_commander, busy)["growth"]
    assert (grown.number, grown.words) == (
        7, "of “Noise and fireworks” in Bloxwich West in the last seven days, usually fewer than 1",
    )  # fmt: skip
    assert grown.more == [("Chance alone would almost never do this.", "")]


def test_nothing_is_said_to_grow_before_there_are_weeks_to_compare_with(told, walsall, walsall_commander):
    for hours in range(30, 60):
        told(hours)
    assert "growth" not in lines(walsall_commander, walsall)
    assert "Nothing grows beyond chance." not in Brief(walsall_commander, walsall).calm


def test_quiet_area_says_that_all_is_well(told, walsall, walsall_commander):
    told(24 * 60).resolve("solved", "Done.", by=walsall_commander)
    told(24 * 61, category="other").resolve("solved", "Done.", by=walsall_commander)
    time_passes = Concern.objects.update(resolved_at=NOON - timedelta(days=50), answered_at=NOON - timedelta(days=50))
    assert time_passes == 2
    brief = Brief(walsall_commander, walsall)
    assert brief.calm == [
        "No reply is missed.", "No reply is due today.", "Everything is with somebody.", "Nothing grows beyond chance.",
    ]  # fmt: skip
    assert brief.news == []


def test_commander_reads_which_wards_nobody_answers_for(walsall, walsall_commander, walsall_officer, officer_of):
    wards = list(walsall.wards.active())
    posting = Posting.objects.get(person=walsall_officer)
    posting.named_wards.set(wards[2:])
    assert lines(walsall_commander, walsall)["unnamed"].more == [(", ".join(ward.name for ward in wards[:2]), "")]
    Absence.objects.create(person=walsall_officer)
    assert lines(walsall_commander, walsall)["unnamed"].number == len(wards)
    Absence.objects.update(cover=officer_of(walsall, "lee"))
    assert lines(walsall_commander, walsall)["unnamed"].number == 2


def test_commander_reads_which_priorities_go_stale(walsall, dudley, walsall_commander):
    for area, age in ((walsall, 76), (walsall, 75), (dudley, 100)):
        row = Priority.objects.create(area=area, title=f"{area} {age}", you_said="So.", published=True)
        Priority.objects.filter(pk=row.pk).update(touched_on=days_ago(age))
    assert lines(walsall_commander, walsall)["stale"].more == [("Walsall 76", "")]


def test_commander_reads_who_has_far_more_than_others(told, walsall, walsall_commander, officer_of):
    first, second, third = (officer_of(walsall, f"pc.{name}") for name in ("one", "two", "three"))
    for officer, number in ((first, 9), (second, 3), (third, 4)):
        for _each in range(number):
            told().assign(officer=officer, by=walsall_commander)
    heavy = lines(walsall_commander, walsall)["overload"]
    assert [words for words, _href in heavy.more] == ["Police Constable Demo Pc One: 9 open", "usual here: 4"]
    # For less of the time, fewer are usual: 4 open at 40 % weigh as 10.
    Posting.objects.filter(person=third).update(share=40)
    assert "overload" not in lines(walsall_commander, walsall)


def test_officers_decide_nothing_about_colleagues(busy, walsall_officer):
    assert {"overload", "unnamed", "stale"} & set(lines(walsall_officer, busy)) == set()
    assert lines(walsall_officer, busy)["mine"].number == 3


def test_brief_counts_nothing_of_others(busy, told, dudley, walsall_commander, dudley_commander):
    """Neither another area's concerns nor one that is about its reader move a number."""

    def everything():
        brief = Brief(walsall_commander, busy)
        return brief.lines, brief.news, brief.calm, brief.figures

    before = everything()
    for _each in range(6):
        told(30, category="asb-drugs", area=dudley, ward=dudley.wards.active().first(), text="quokka")
    about = told(100, category="asb-noise")
    about.name_person(walsall_commander, by=dudley_commander)
    assert everything() == before


def test_numbers_stop_at_a_thousand():
    assert [Line("missed", number, "").shown for number in (999, 1000, 1001)] == ["999", "1,000", "1,000+"]


# ---- strength --------------------------------------------------------------------------------------------------------
def test_brief_tells_the_commander_of_strength(
    signed_in, walsall, dudley, walsall_commander, walsall_officer, dudley_officer, officer_of
):
    home = "/dashboard/people/?area=walsall"

    def told():
        Stamp.bump()
        return Brief(walsall_commander, walsall).strength

    assert told() == [("1 posted, full time", f"{home}#strength")]
    half = officer_of(walsall, "pc.half")
    Posting.objects.filter(person=half).update(share=50)
    Establishment.objects.create(team=half.postings.get().team, posts=4, from_date=days_ago(1))
    for who in (half, dudley_officer):
        Absence.objects.create(person=who, from_date=days_ago(1))
    Absence.objects.create(person=walsall_officer, from_date=days_ago(-1))  # from tomorrow on
    assert told() == [
        ("1.5 of 4 full-time posts filled", f"{home}#strength"), ("1 person away", f"{home}#away"),
    ]  # fmt: skip
    page = signed_in(walsall_commander).get(home).content.decode()
    assert [page.count(f'id="{where}"') for where in ("strength", "away")] == [1, 1]
    assert Brief(walsall_officer, walsall).strength == []


# ---- kept for a minute -----------------------------------------------------------------------------------------------
def test_brief_is_asked_for_once_a_minute_while_its_figures_stay(
    walsall_commander, walsall, make_concern, django_assert_num_queries
):
    make_concern(walsall)
    first = Brief(walsall_commander, walsall).lines
    again = Brief(walsall_commander, walsall, Stamp.current())
    with django_assert_num_queries(2):  # the figures, and what was done with those that wait
        assert again.lines == first


def test_brief_that_nothing_is_kept_of_asks_under_25_times(signed_in, busy, walsall_commander):
    client = signed_in(walsall_commander)
    caches["pages"].clear()
    assert statements(client, DASHBOARD) < 25


def test_brief_shows_at_once_what_came_in(walsall_commander, walsall, make_concern):
    make_concern(walsall)
    before = Brief(walsall_commander, walsall).lines
    make_concern(walsall)
    after = Brief(walsall_commander, walsall).lines
    assert [next(line.number for line in lines if line.name == "nobody") for lines in (before, after)] == [1, 2]


def test_brief_of_one_reader_is_never_anothers(walsall_commander, walsall_officer, walsall, make_concern):
    mine = make_concern(walsall)
    mine.assign(by=walsall_commander, officer=walsall_officer)
    names = [{line.name for line in Brief(user, walsall).lines} for user in (walsall_commander, walsall_officer)]
    assert [("mine" in own) for own in names] == [False, True]


# ---- safety reviews that nobody opened -------------------------------------------------------------------------------
UNOPENED = "concerns have a safety review that nobody opened in time"


@pytest.fixture
def unopened(told, time_machine, walsall_officer):
    """Three concerns of Walsall whose review is late: open, suspected to be none, and closed; and one whose time runs."""
    danger = "He has a knife and says he will kill me."
    late = [told(3, text=danger), told(3, text=danger), told(3)]
    late[2].resolve("solved", "Done.", by=walsall_officer)
    late[2].take_message(danger)
    late[0].take_message(danger)  # two reviews, but one concern
    Concern.objects.filter(pk=late[1].pk).update(suspected=True)
    time_machine.move_to(NOON + timedelta(minutes=16), tick=False)
    told(1, text=danger)
    return late


def test_reviews_that_nobody_opened_stand_first_and_open_their_list(signed_in, unopened, walsall, walsall_commander):
    line, client = Brief(walsall_commander, walsall).lines[0], signed_in(walsall_commander)
    assert (line.name, line.number, line.words, line.tone) == ("unopened", 3, UNOPENED, "red")
    assert counted(client, line.href) == 3
    shown = client.get(DASHBOARD).content.decode()
    assert shown.index(UNOPENED) < shown.index("in safety review")
    unopened[0].refresh_from_db()
    unopened[0].open_review(by=walsall_commander)
    assert lines(walsall_commander, walsall)["unopened"].number == 2  # at once, not in a minute


def test_reviews_that_nobody_opened_stand_at_the_desk(signed_in, unopened, desk):
    client = signed_in(desk)
    page = client.get(DASHBOARD)
    section = page.context["sections"][0]
    assert (section["template"], section["unopened"].number) == ("casework/_desk.html", 3)
    shown = page.content.decode()
    href = re.search(f'href="([^"]+)">{UNOPENED}', shown)[1]
    assert counted(client, unescape(href)) == 3
