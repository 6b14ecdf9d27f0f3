"""Posts a team should have and has, days taken for other duties, and how far the force is on the way to its promise."""

from datetime import date

import pytest

from accounts.stamp import today_in_london
from hubs.models import Absence, Posting
from policing_portal.staffing import strength

pytestmark = pytest.mark.django_db


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def taken(walsall):
    """Days taken away in Walsall, by the kind of team."""
    return lambda: {
        team.kind.code: team.abstracted for team in strength.of_areas({walsall.pk})["teams"] if team.abstracted
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
