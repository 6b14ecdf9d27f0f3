"""The ladder of ranks: officer, sergeant, inspector, commander; who is one up today."""

import pytest

from accounts.stamp import today_in_london
from hubs.ladder import Rung, Step, one_up, rung_of
from hubs.models import Absence, Hub, Posting, Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted(person, team_of, walsall):
    """Makes somebody of Walsall: `posted("sam", "sergeant")`."""

    def make(handle, role="member", team=None, **fields):
        somebody = person(handle, **fields)
        Posting.objects.create(person=somebody, team=team or team_of(walsall), role=role, from_date="2026-01-01")
        return somebody

    return make


def away(somebody, **fields):
    return Absence.objects.create(person=somebody, **{"from_date": today_in_london()} | fields)


def test_each_rung_leads_to_the_next(posted, walsall, walsall_commander):
    officer, sergeant, inspector = posted("pat"), posted("sam", "sergeant"), posted("ira", "inspector")
    climbed = [one_up(walsall, person=one) for one in (officer, sergeant, inspector, walsall_commander)]
    assert climbed == [
        Step(Rung.SERGEANT, sergeant), Step(Rung.INSPECTOR, inspector), Step(Rung.COMMANDER, walsall_commander), None,
    ]  # fmt: skip
    assert [rung_of(one, walsall) for one in (None, officer, sergeant, inspector, walsall_commander)] == [
        "officer", "officer", "sergeant", "inspector", "commander",
    ]  # fmt: skip


def test_from_a_rung_that_was_asked_before(posted, walsall, walsall_commander):
    officer, _sergeant, inspector = posted("pat"), posted("sam", "sergeant"), posted("ira", "inspector")
    assert [one_up(walsall, person=officer, above=rung) for rung in (Rung.SERGEANT, Rung.INSPECTOR, Rung.COMMANDER)] == [
        Step(Rung.INSPECTOR, inspector), Step(Rung.COMMANDER, walsall_commander), None,
    ]  # fmt: skip


def test_what_was_asked_below_leads_to_nobody_below(posted, walsall, walsall_commander):
    """Whoever has it was warned as "officer"; if they are a sergeant or more, it goes up from where they stand."""
    sergeant, _peer, inspector = posted("sam", "sergeant"), posted("sid", "sergeant"), posted("ira", "inspector")
    climbed = [one_up(walsall, person=one, above=Rung.OFFICER) for one in (sergeant, inspector, walsall_commander)]
    assert climbed == [Step(Rung.INSPECTOR, inspector), Step(Rung.COMMANDER, walsall_commander), None]


def test_nobody_and_a_team_begin_at_the_bottom(posted, walsall, team_of):
    sergeant = posted("sam", "sergeant")
    assert one_up(walsall) == one_up(walsall, team=team_of(walsall)) == Step(Rung.SERGEANT, sergeant)


@pytest.mark.parametrize("gone", ["away", "away from this posting", "disabled", "ended", "coming", "without"])
def test_whoever_is_gone_is_passed_over(posted, walsall, gone):
    officer, sergeant, inspector = posted("pat"), posted("sam", "sergeant"), posted("ira", "inspector")
    posting = sergeant.postings.get()
    if gone.startswith("away"):
        away(sergeant, posting=posting if "posting" in gone else None)
    elif gone == "disabled":
        type(sergeant).objects.filter(pk=sergeant.pk).update(is_active=False)
    elif gone in ("ended", "coming"):
        day = {"ended": {"until": "2026-01-02"}, "coming": {"from_date": "2099-01-01"}}[gone]
        Posting.objects.filter(pk=posting.pk).update(**day)
    without = {sergeant.pk} if gone == "without" else ()
    assert one_up(walsall, person=officer, without=without) == Step(Rung.INSPECTOR, inspector)


def test_the_own_team_comes_first_then_the_hub_then_the_area(posted, walsall, team_of):
    own = team_of(walsall)
    same_hub = team_of(walsall, kind="response")
    other_hub = Hub.objects.filter(area=walsall).exclude(pk=own.hub_id).first() or Hub.objects.create(
        slug="demo-second", area=walsall, name="Demo second hub", address="1 Demo Road"
    )
    far = Team.objects.create(slug="far", name="Demo far team", kind=own.kind, hub=other_hub)
    officer = posted("pat")
    nearest = []
    for handle, team in (("far", far), ("hub", same_hub), ("own", own)):
        posted(handle, "sergeant", team=team)
        nearest.append(one_up(walsall, person=officer).person.name)
    assert nearest == ["Demo Far", "Demo Hub", "Demo Own"]


def test_another_area_is_no_rung(posted, person, walsall, dudley, team_of, walsall_commander):
    Posting.objects.create(person=person("dud"), team=team_of(dudley), role="sergeant", from_date="2026-01-01")
    assert one_up(walsall, person=posted("pat")) == Step(Rung.COMMANDER, walsall_commander)


def test_an_area_without_commander_ends_with_nobody(posted, walsall):
    assert one_up(walsall, person=posted("pat")) == Step(Rung.COMMANDER, None)


def test_the_commander_it_is_about_is_passed_over(posted, walsall, walsall_commander):
    step = one_up(walsall, person=posted("pat"), without={walsall_commander.pk})
    assert step == Step(Rung.COMMANDER, None)


def test_a_rung_costs_a_constant_number_of_questions(posted, walsall, walsall_commander, django_assert_max_num_queries):
    officer = posted("pat")
    for number in range(4):
        away(posted(f"sam{number}", "sergeant"))
    with django_assert_max_num_queries(9):
        one_up(walsall, person=officer)
