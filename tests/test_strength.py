"""Posts a team should have and has, days taken for other duties, and how far the force is on the way to its promise."""

import re
from datetime import date, datetime

import pytest
from django.urls import reverse

from accounts.stamp import LONDON, today_in_london
from hubs.models import Absence, Posting, StrengthTarget, Team
from policing_portal.staffing import strength

pytestmark = pytest.mark.django_db


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def taken(walsall):
    """Days taken away in Walsall, by the kind of team."""
    return lambda: {
        team.kind.code: team.abstracted
        for team in strength.of_teams(Team.objects.of_area(walsall))["teams"]
        if team.abstracted
    }


@pytest.fixture
def pat(person):
    return person("pat")


def posted(who, team, since, until=None, **fields):
    begins, ends = in_days(since), in_days(until) if until is not None else None
    return Posting.objects.create(person=who, team=team, from_date=begins, until=ends, **fields)


def away(who, since, until, **fields):
    return Absence.objects.create(
        person=who, kind="abstraction", from_date=in_days(since), until=in_days(until), **fields
    )


def test_days_taken_count_for_the_team_of_those_days(taken, pat, team_of, walsall):
    """Pat moved six days ago; the ten days before today were taken away: four from the old team, six from the new one."""
    posted(pat, team_of(walsall), -200, -7)
    posted(pat, team_of(walsall, kind="response"), -6)
    away(pat, -10, -1)
    assert taken() == {"neighbourhood": 4, "response": 6}


def test_days_taken_count_for_as_much_as_somebody_works_there_and_from_the_named_posting_alone(
    taken, pat, team_of, walsall
):
    half = posted(pat, team_of(walsall), -200, share=50)
    posted(pat, team_of(walsall, kind="response"), -200, share=25)
    away(pat, -4, -1)
    away(pat, -20, -19, posting=half)
    assert taken() == {"neighbourhood": 3, "response": 1}


def test_days_taken_are_those_of_the_last_ninety_days_and_of_other_duties(taken, pat, team_of, walsall):
    posted(pat, team_of(walsall), -400)
    away(pat, -300, -88)
    Absence.objects.create(person=pat, kind="leave", from_date=in_days(-20), until=in_days(-10))
    away(pat, -1, 30)
    assert taken() == {"neighbourhood": 4}


# ---- by date ---------------------------------------------------------------------------------------------------------
def test_strength_of_another_day_is_shown(signed_in, walsall_editor, pat, team_of, walsall):
    team = team_of(walsall)
    posted(pat, team, -10)
    for posts, since in ((4, -400), (6, 30)):
        team.establishments.create(posts=posts, from_date=in_days(since))
    client = signed_in(walsall_editor)

    def shown(**asked):
        page = client.get(reverse("admin:strength"), asked)
        return [(one.posts, one.strength) for one in page.context["teams"] if one == team]

    assert shown() == [(4, 1)]
    assert shown(on=in_days(-11).isoformat()) == [(4, 0)]
    assert shown(on=in_days(30).isoformat()) == [(6, 1)]
    assert shown(on=in_days(-500).isoformat()) == [(None, 0)]
    assert shown(on="zz") == shown(on="0000-01-01") == [(4, 1)]
    assert shown(on="0001-01-01") == [(None, 0)]


def test_many_teams_are_read_page_by_page(signed_in, walsall_editor, team_of, walsall):
    team = team_of(walsall)
    Team.objects.bulk_create(
        Team(slug=f"more-{n}", name=f"More {n:03}", kind=team.kind, hub=team.hub) for n in range(120)
    )
    client = signed_in(walsall_editor)
    pages = [client.get(reverse("admin:strength"), {"page": n}).context for n in (1, 2)]
    assert [len(page["teams"]) for page in pages] == [100, 21]
    assert {kind.code: sum_of["strength"] for kind, sum_of in pages[1]["kinds"].items()} == {team.kind.code: 0}


# ---- the promise -----------------------------------------------------------------------------------------------------
def test_chart_and_table_of_the_promise_say_the_same_month_by_month(
    signed_in, walsall_editor, team_of, walsall, person, time_machine
):
    """Three before the promise; a fourth came in March, half a fifth in August, and one of the three left in October."""
    time_machine.move_to(datetime(2026, 11, 28, 12, tzinfo=LONDON), tick=False)
    team = team_of(walsall)
    for number, since, until, share in (
        (1, "2020-01-01", None, 100), (2, "2020-01-01", None, 100), (3, "2020-01-01", "2026-10-15", 100),
        (4, "2026-03-31", None, 100), (5, "2026-08-01", None, 50),
    ):  # fmt: skip
        Posting.objects.create(person=person(f"p{number}"), team=team, from_date=since, until=until, share=share)
    Posting.objects.create(person=person("other"), team=team_of(walsall, kind="response"), from_date="2026-01-01")
    StrengthTarget.objects.update(baseline=3, extra=450)
    page = signed_in(walsall_editor).get(reverse("admin:strength"))
    (one,) = page.context["targets"]
    ends = [date(2025, 11, 30), date(2025, 12, 31), *(date(2026, month, last) for month, last in (
        (1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31),
    )), date(2026, 11, 28)]  # fmt: skip
    extra = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1.5, 1.5, 0.5, 0.5]
    assert one["months"] == list(zip(ends, extra, strict=True))
    marks = [spot["mark"] for spot in one["chart"]["spots"]]
    assert [(mark.label, mark.value, mark.words) for mark in marks] == [
        (f"{end:%b %Y}", number, f"{number:g}") for end, number in zip(ends, extra, strict=True)
    ]
    # 450 is the top of the axis, 150 units high: a post is a third of a unit.
    assert [spot["height"] for spot in one["chart"]["spots"]] == [f"{number / 3:.1f}" for number in extra]
    text = page.content.decode()
    rows = re.findall(
        r'<th scope="row" class="govuk-table__header">\w+ (\d+ \w+ \d{4})</th><td[^>]*>([\d.]+)</td>', text
    )
    assert rows == [(f"{end.day} {end:%B %Y}", f"{number:g}") for end, number in zip(ends, extra, strict=True)]
