"""The weeks of a hub: teams that come and go, and who is away: also in the week in which somebody begins or ends."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.stamp import today_in_london
from hubs.models import Absence, Hub, Move, Posting
from policing_portal.staffing import calendar

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def posting(person, team_of, walsall):
    return Posting.objects.create(person=person("pat"), team=team_of(walsall), from_date=START)


@pytest.fixture
def monday():
    """The Monday in two weeks."""
    return calendar.monday_of(in_days(14))


def day_of(monday, number):
    return date.fromordinal(monday.toordinal() + number)


def cells(hub, team, start=""):
    """State and words of the weeks of the one person in `team`; None where the team is not in the calendar."""
    blocks = [block for block in calendar.weeks_of(hub, start)["teams"] if block["team"] == team]
    return [(cell["state"], cell["words"]) for cell in blocks[0]["rows"][0]["cells"]] if blocks else None


def test_a_team_leaves_one_calendar_and_comes_into_the_other_on_its_day(posting, dudley, staff_admin, monday):
    team, old, new = posting.team, posting.team.hub, dudley.hubs.first()
    wednesday, tuesday = day_of(monday, 2), day_of(monday, 1)
    move = Move.team_to(team, new, from_date=wednesday, reason="New base.", by=staff_admin)
    last, first = f"until Tue {tuesday.day} {tuesday:%b}", f"from Wed {wednesday.day} {wednesday:%b}"
    assert cells(old, team) == [("here", "here")] * 2 + [("here", last)] + [("none", "")] * 5
    assert cells(new, team) == [("none", "")] * 2 + [("here", first)] + [("here", "here")] * 5
    (block,) = [block for block in calendar.weeks_of(old)["teams"] if block["team"] == team]
    assert block["note"] == f"goes to {new} on Wed {wednesday.day} {wednesday:%b}"
    later = day_of(monday, 70).isoformat()
    assert (cells(old, team, later), cells(new, team, later)) == (None, [("here", "here")] * 8)
    move.undo(by=staff_admin)
    assert (cells(old, team), cells(new, team)) == ([("here", "here")] * 8, None)


def test_weeks_before_a_move_stay_those_of_the_old_hub(posting, dudley, staff_admin):
    team, old, new = posting.team, posting.team.hub, dudley.hubs.first()
    Move.team_to(team, new, from_date=in_days(0), reason="New base.", by=staff_admin)
    before = in_days(-70).isoformat()
    assert (cells(old, team, before), cells(new, team, before)) == ([("here", "here")] * 8, None)


def test_a_team_that_was_moved_in_its_own_form_is_where_it_stands(posting, dudley):
    team, new = posting.team, dudley.hubs.first()
    team.hub = new
    team.save()
    assert cells(new, team) == [("here", "here")] * 8


def test_an_absence_shows_in_the_first_and_the_last_week(posting, monday, person, team_of, walsall):
    """Pat begins on a Tuesday and ends on a Thursday three weeks later, away from Tuesday to Wednesday and on the last day."""
    tuesday, thursday = day_of(monday, 1), day_of(monday, 24)
    Posting.objects.filter(pk=posting.pk).update(from_date=tuesday, until=thursday)
    lee = person("lee")
    Posting.objects.create(person=lee, team=team_of(walsall, "Demo response team", kind="response"), from_date=START)
    Absence.objects.create(person=posting.person, from_date=tuesday, until=day_of(monday, 2), cover=lee)
    Absence.objects.create(person=posting.person, from_date=thursday, until=day_of(monday, 40))
    assert cells(posting.team.hub, posting.team)[2:7] == [
        ("away", f"from Tue {tuesday.day} {tuesday:%b}, away: Demo Lee answers"),
        ("here", "here"),
        ("here", "here"),
        ("away", f"until Thu {thursday.day} {thursday:%b}, away: nobody answers"),
        ("none", ""),
    ]


def test_whoever_takes_over_shows_in_the_week_in_which_they_do(posting, monday, person, team_of, walsall):
    """Lee answers from the Tuesday on, Sam from the Friday on; what is the same in several weeks is told once."""
    lee, sam = person("lee"), person("sam")
    for one in (lee, sam):
        Posting.objects.create(person=one, team=team_of(walsall, kind="response"), from_date=START)
    Absence.objects.create(person=posting.person, from_date=day_of(monday, 1), until=day_of(monday, 3), cover=lee)
    Absence.objects.create(person=posting.person, from_date=day_of(monday, 4), until=day_of(monday, 20), cover=sam)
    blocks = calendar.weeks_of(posting.team.hub)["teams"]
    (row,) = next(block for block in blocks if block["team"] == posting.team)["rows"]
    assert [(run["words"], run["weeks"]) for run in row["runs"]] == [
        ("here", 2), ("away: Demo Lee answers, then Demo Sam", 1), ("away: Demo Sam answers", 2), ("here", 3),
    ]  # fmt: skip
    assert [cell["words"] for cell in row["cells"]][2:4] == [
        "away: Demo Lee answers, then Demo Sam",
        "away: Demo Sam answers",
    ]


def test_an_absence_after_the_last_day_of_a_posting_does_not_show(posting, monday):
    Posting.objects.filter(pk=posting.pk).update(until=day_of(monday, 1))
    Absence.objects.create(person=posting.person, from_date=day_of(monday, 2))
    assert cells(posting.team.hub, posting.team)[2][0] == "here"


def test_the_page_names_what_comes_and_goes(signed_in, staff_admin, posting, dudley, monday):
    hub = Hub.objects.get(pk=posting.team.hub_id)
    Move.team_to(posting.team, dudley.hubs.first(), from_date=monday, reason="New base.", by=staff_admin)
    text = signed_in(staff_admin).get(reverse("admin:hub", args=[hub.slug])).content.decode()
    assert f"goes to {dudley.hubs.first()} on Mon" in text
