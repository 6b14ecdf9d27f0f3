"""Moves: one decision, dated, with a reason, whole or not at all, undone until it takes effect."""

from datetime import date, datetime

import pytest
import time_machine
from django.core.management import call_command
from django.utils.formats import date_format

from accounts.stamp import LONDON, today_in_london
from feedback.models import Concern
from hubs.models import (
    Absence,
    Establishment,
    Hub,
    Move,
    MoveLine,
    MoveRefused,
    Posting,
    StrengthTarget,
    strength_by_team,
)

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def why(staff_admin):
    return {"from_date": in_days(1), "reason": "Closer to the town.", "by": staff_admin}


@pytest.fixture
def posted(person, team_of, walsall):
    def make(handle, kind="neighbourhood", **fields):
        return Posting.objects.create(
            person=person(handle), team=team_of(walsall, kind=kind), **{"from_date": START} | fields
        )

    return make


def days(who):
    return list(who.postings.order_by("from_date", "pk").values_list("team__kind__code", "role", "from_date", "until"))


def test_people_move_from_a_day_on(posted, team_of, walsall, why):
    one, two = posted("one"), posted("two", until=in_days(300))
    move = Move.people([one, two], team_of(walsall, kind="response"), **why)
    assert days(one.person) == [
        ("neighbourhood", "member", START, in_days(0)),
        ("response", "member", in_days(1), None),
    ]
    assert days(two.person)[1] == ("response", "member", in_days(1), in_days(300))
    assert (move.waits, move.areas()) == (True, {walsall.pk})
    assert one.history.first().history_change_reason == "Closer to the town."


def test_a_move_is_whole_or_nothing(posted, team_of, walsall, why):
    one, two = posted("one"), posted("two", from_date=in_days(1))
    with pytest.raises(MoveRefused, match="Demo Two begins on"):
        Move.people([one, two], team_of(walsall, kind="response"), **why)
    assert (Move.objects.count(), days(one.person)) == (0, [("neighbourhood", "member", START, None)])


def test_named_wards_go_along_where_asked_or_where_the_team_looks_after_them(
    posted, team_of, walsall, bloxwich_west, why
):
    other = walsall.wards.active().exclude(pk=bloxwich_west.pk).first()
    response = team_of(walsall, kind="response")
    response.wards.add(other)
    for handle, keep, expected in (("one", False, {other}), ("two", True, {bloxwich_west, other})):
        posting = posted(handle)
        posting.named_wards.set([bloxwich_west, other])
        Move.people([posting], response, keep_wards=keep, **why)
        assert set(posting.person.postings.get(team=response).named_wards.all()) == expected
        assert set(posting.named_wards.all()) == {bloxwich_west, other}


def test_two_people_swap_places(posted, bloxwich_west, why):
    one, two = posted("one"), posted("two", kind="response", role="sergeant")
    one.named_wards.add(bloxwich_west)
    Move.swap(one, two, **why)
    assert days(one.person)[1][:2] == ("response", "sergeant")
    assert days(two.person)[1][:2] == ("neighbourhood", "member")
    assert list(two.person.postings.get(from_date=in_days(1)).named_wards.all()) == [bloxwich_west]
    with pytest.raises(MoveRefused):
        Move.swap(one, one, **why)


def test_a_leaver_loses_all_postings(posted, team_of, walsall, why):
    one = posted("one", share=50)
    Posting.objects.create(person=one.person, team=team_of(walsall, kind="response"), share=50, from_date=START)
    Move.leave(one.person, **why)
    assert [row[3] for row in days(one.person)] == [in_days(0)] * 2
    with pytest.raises(MoveRefused, match="no posting"):
        Move.leave(one.person, **why)


def test_what_was_planned_for_a_leaver_is_taken_back_and_others_move_all_the_same(posted, team_of, walsall, why):
    """A leaver was to move with a colleague, to swap with another later, and to begin somewhere in a year."""
    one, two, three = posted("one", share=50), posted("two"), posted("three")
    response = team_of(walsall, kind="response")
    together = Move.people([one, two], response, **why | {"from_date": in_days(5)})
    planned = one.person.postings.get(team=response)
    swap = Move.swap(planned, three, **why | {"from_date": in_days(9)})
    Posting.objects.create(person=one.person, team=one.team, role="inspector", share=50, from_date=in_days(365))
    move = Move.leave(one.person, **why)
    assert move.undid == [
        f"Swap two people, planned for {in_days(9):%d %B %Y}: undone",
        f"Move people to another team, planned for {in_days(5):%d %B %Y}: not for Demo One",
        f"Demo One: the posting to {one.team}, planned for {in_days(365):%d %B %Y}, is deleted",
    ]
    assert days(one.person) == [("neighbourhood", "member", START, in_days(0))]
    assert [row[:1] for row in days(two.person)] == [("neighbourhood",), ("response",)]
    assert days(three.person) == [("neighbourhood", "member", START, None)]
    swap.refresh_from_db()
    assert swap.undone_at is not None
    together.undo(by=why["by"])
    assert (days(two.person), days(one.person)[0][3]) == ([("neighbourhood", "member", START, None)], in_days(0))


@pytest.fixture
def planned(posted, team_of, walsall, why, bloxwich_west):
    """A leaver who was to move with a colleague, to swap with another later, and to begin somewhere in a year."""
    one, two, three = posted("one", share=50), posted("two"), posted("three")
    response = team_of(walsall, kind="response")
    together = Move.people([one, two], response, **why | {"from_date": in_days(5)})
    swap = Move.swap(one.person.postings.get(team=response), three, **why | {"from_date": in_days(9)})
    later = Posting.objects.create(
        person=one.person, team=one.team, role="inspector", share=50, from_date=in_days(365), reason="Comes back."
    )
    later.named_wards.add(bloxwich_west)
    return one.person, together, swap, later


def everything():
    postings = Posting.objects.order_by("pk").values(
        "pk", "person", "team", "role", "share", "from_date", "until", "reason", "named_wards"
    )
    lines = (
        MoveLine.objects.filter(move__undone_at=None)
        .order_by("pk")
        .values("pk", "move", "posting", "begun", "until_before", "stood")
    )
    return list(postings), list(lines), list(Move.objects.waiting().order_by("pk").values_list("pk", flat=True))


def test_undoing_a_leave_gives_back_what_was_planned(planned, why, staff_admin):
    person, together, swap, _later = planned
    before = everything()
    leave = Move.leave(person, **why)
    assert everything() != before
    leave.undo(by=staff_admin)
    assert everything() == before
    # And all of it can be undone in turn, as if nobody had ever left.
    swap.undo(by=staff_admin)
    together.undo(by=staff_admin)
    assert [row[2:] for row in days(person)] == [(START, None), (in_days(365), None)]


def test_a_leave_is_not_undone_over_what_was_built_on_it(planned, team_of, walsall, why, staff_admin):
    person, _together, _swap, later = planned
    leave = Move.leave(person, **why)
    again = Posting.objects.create(person=person, team=later.team, role="inspector", from_date=in_days(300))
    after = everything()
    with pytest.raises(MoveRefused) as refused:
        leave.undo(by=staff_admin)
    assert refused.value.messages == [
        f"On {in_days(300):%d %B %Y} this person's postings would add up to 150 %. Lower a share or end a posting.",
        "Nothing was undone. Put that right first, or make the postings anew by hand.",
    ]
    assert everything() == after
    again.delete()
    Posting.objects.filter(person__name="Demo Three").update(until=in_days(20))
    with pytest.raises(MoveRefused, match="planned for Demo Three has changed since"):
        leave.undo(by=staff_admin)


def test_nobody_gets_back_their_own_plans(planned, why, staff_admin):
    person, _together, _swap, _later = planned
    leave = Move.leave(person, **why)
    three = Posting.objects.get(person__name="Demo Three").person
    with pytest.raises(MoveRefused, match="own access"):
        leave.undo(by=three)
    assert leave.areas() == set(Move.objects.get(pk=leave.pk).areas())


def test_what_begins_before_a_leaver_goes_ends_with_them(posted, team_of, walsall, why):
    one = posted("one")
    Move.people([one], team_of(walsall, kind="response"), **why)
    assert Move.leave(one.person, **why | {"from_date": in_days(5)}).undid == []
    assert [row[3] for row in days(one.person)] == [in_days(0), in_days(4)]


def test_a_move_is_not_undone_over_what_somebody_changed_since(posted, bloxwich_west, why, staff_admin):
    """A colleague gave the new posting a ward: with the undoing that would be lost unseen."""
    one, two = posted("one"), posted("two", kind="response")
    move = Move.people([one], two.team, **why)
    new = one.person.postings.get(team=two.team)
    new.named_wards.add(bloxwich_west)
    with pytest.raises(MoveRefused, match="changed the posting of Demo One"):
        move.undo(by=staff_admin)
    new.named_wards.clear()
    move.undo(by=staff_admin)
    assert one.person.postings.count() == 1


@pytest.mark.parametrize("kind", ["people", "swap", "leave"])
def test_undo_puts_everything_back(kind, posted, team_of, walsall, why, staff_admin):
    one, two = posted("one", until=in_days(90)), posted("two", kind="response")
    before = days(one.person), days(two.person)
    make = {
        "people": lambda: Move.people([one], two.team, **why),
        "swap": lambda: Move.swap(one, two, **why),
        "leave": lambda: Move.leave(one.person, **why),
    }
    make[kind]().undo(by=staff_admin)
    assert (days(one.person), days(two.person)) == before
    assert Move.objects.get().undone_by == staff_admin


def test_a_move_says_who_comes_from_where_to_where(posted, team_of, walsall, why):
    """So that whoever undoes one of several takes the right one."""
    one, two = posted("one"), posted("two", kind="response")
    old, new = one.team, two.team
    old.refresh_from_db()
    hub = Hub.objects.exclude(area=walsall).first()
    moves = [
        Move.swap(one, two, **why),
        Move.leave(posted("three").person, **why),
        Move.team_to(new, hub, **why),
    ]
    last = date_format(in_days(0))
    assert [move.changes for move in Move.objects.filter(pk__in=[m.pk for m in moves]).order_by("pk").described()] == [
        [f"{one.person}: from {old} to {new}", f"{two.person}: from {new} to {old}"],
        [f"Demo Three: leaves {old}, last day {last}"],
        [f"{new}: from {old.hub} to {hub}"],
    ]
    moves[2].undo(by=why["by"], why="The new place floods.")
    assert new.history.first().history_change_reason == "A move was undone: The new place floods."


def test_nothing_is_undone_after_it_took_effect_or_when_others_built_on_it(posted, team_of, walsall, why, staff_admin):
    one, two = posted("one"), posted("two", kind="response")
    first = Move.people([one], two.team, **why)
    second = Move.leave(one.person, **why | {"from_date": in_days(9)})
    with pytest.raises(MoveRefused, match="changed the posting of Demo One"):
        first.undo(by=staff_admin)
    second.undo(by=staff_admin)
    first.undo(by=staff_admin)
    with pytest.raises(MoveRefused, match="taken effect or was undone"):
        first.undo(by=staff_admin)
    today = Move.people([two], one.team, **why | {"from_date": in_days(0)})
    with pytest.raises(MoveRefused, match="taken effect"):
        today.undo(by=staff_admin)


def test_an_absence_from_the_new_posting_stops_the_undoing(posted, why, staff_admin):
    one, two = posted("one"), posted("two", kind="response")
    move = Move.people([one], two.team, **why)
    new = one.person.postings.get(from_date=in_days(1))
    Absence.objects.create(person=one.person, posting=new, from_date=in_days(2))
    with pytest.raises(MoveRefused, match="absence of Demo One"):
        move.undo(by=staff_admin)
    assert one.person.postings.count() == 2


def test_nobody_moves_themselves_and_nothing_moves_in_the_past(posted, team_of, walsall, staff_admin, why):
    own = Posting.objects.create(person=staff_admin, team=team_of(walsall), from_date=START)
    response = team_of(walsall, kind="response")
    for act in (
        lambda: Move.people([own], response, **why),
        lambda: Move.leave(staff_admin, **why),
        lambda: Move.swap(own, posted("two", kind="response"), **why),
        lambda: Move.team_to(own.team, Hub.objects.exclude(pk=own.team.hub_id).first(), **why),
    ):
        with pytest.raises(MoveRefused, match="Nobody changes their own access"):
            act()
    with pytest.raises(MoveRefused, match="past"):
        Move.people([posted("one")], response, **why | {"from_date": in_days(-1)})


def test_a_team_moves_on_its_day_by_the_sweep(posted, walsall, dudley, make_concern, why):
    one, hub = posted("one"), dudley.hubs.first()
    concerns = {area: make_concern(area) for area in (walsall, dudley)}
    move = Move.team_to(one.team, hub, **why)

    def sees():
        who = type(one.person).objects.get(pk=one.person_id)
        return set(Concern.objects.visible_to(who))

    call_command("sweep", once=True)
    assert sees() == {concerns[walsall]}
    midnight = datetime.combine(why["from_date"], datetime.min.time(), tzinfo=LONDON)
    with time_machine.travel(midnight, tick=False):
        call_command("sweep", once=True)
        call_command("sweep", once=True)
        assert sees() == {concerns[dudley]}
    one.team.refresh_from_db()
    assert (one.team.hub, one.team.history.first().history_change_reason) == (hub, "Closer to the town.")
    assert move.areas() == {walsall.pk, dudley.pk}


def test_a_team_moves_once_at_a_time_and_stays_when_undone(posted, dudley, why, staff_admin):
    team = posted("one").team
    move = Move.team_to(team, dudley.hubs.first(), **why)
    with pytest.raises(MoveRefused, match="moves already"):
        Move.team_to(team, dudley.hubs.first(), **why)
    move.undo(by=staff_admin)
    with time_machine.travel(datetime.combine(in_days(2), datetime.min.time(), tzinfo=LONDON), tick=False):
        call_command("sweep", once=True)
    before = team.hub
    team.refresh_from_db()
    assert team.hub == before
    with pytest.raises(MoveRefused, match="nothing to move"):
        Move.team_to(team, team.hub, **why)


# ---- strength ------------------------------------------------------------------------------------------------------------
def test_strength_stands_against_the_establishment_of_the_day(posted, team_of, walsall, person):
    team = posted("one").team
    posted("two", share=50)
    posted("gone", until=in_days(-1))
    posted("off").person.__class__.objects.filter(email__startswith="off").update(is_active=False)
    for role, posts, day in (("member", 4, START), ("sergeant", 1, START), ("member", 6, in_days(30))):
        Establishment.objects.create(team=team, role=role, posts=posts, from_date=day)
    teams = type(team).objects.filter(pk=team.pk)
    assert [(one.posts, one.strength, one.gap) for one in strength_by_team(teams)] == [(5, 1.5, 3.5)]
    assert strength_by_team(teams, in_days(30))[0].posts == 7
    assert strength_by_team(teams, date(2025, 1, 1))[0].posts is None


def test_a_closed_account_changes_no_day_that_is_over(posted):
    """Somebody's account is closed, and their posting stays: from that day on it counts no more, before it did."""
    one, team = posted("one"), posted("two").team
    target = StrengthTarget.objects.get()
    target.baseline = 0
    with time_machine.travel(datetime.combine(in_days(-40), datetime.min.time(), tzinfo=LONDON), tick=False):
        one.person.save()
    with time_machine.travel(datetime.combine(in_days(-10), datetime.min.time(), tzinfo=LONDON), tick=False):
        one.person.is_active = False
        one.person.save()
    days_to = {number: target.extra_on(in_days(number)) for number in (-30, -11, -10, -1, 0)}
    assert days_to == {-30: 2, -11: 2, -10: 1, -1: 1, 0: 1}
    teams = type(team).objects.filter(pk=team.pk)
    assert [strength_by_team(teams, in_days(number))[0].strength for number in (-30, -1)] == [2, 1]


def test_target_of_the_pack_counts_from_a_confirmed_baseline_only(posted):
    target = StrengthTarget.objects.get()
    assert (target.extra, target.reported, target.extra_on(in_days(0))) == (450, 211, None)
    target.baseline = 1
    for handle in ("one", "two", "three"):
        posted(handle)
    assert target.extra_on(in_days(0)) == 2
