"""Who leads an area today: by date, in cover, and never somebody who can't sign in."""

import pytest

from areas.models import Area, Command, CommandCover
from feedback.access import Capacity, capacities
from feedback.models import Concern


@pytest.fixture
def acting(person, walsall_commander, walsall):
    """Covers Walsall in the first week of June 2026."""
    someone = person("acting.walsall", rank="Superintendent")
    cover = {"command": walsall.commands.get(), "from_date": "2026-06-01", "until": "2026-06-07"}
    CommandCover.objects.create(person=someone, **cover)
    return someone


@pytest.mark.parametrize(
    ("moment", "leader"),
    [
        ("2026-05-31T22:59:00Z", "walsall_commander"),  # 23:59 in London
        ("2026-05-31T23:00:00Z", "acting"),  # midnight in London
        ("2026-06-07T22:59:00Z", "acting"),
        ("2026-06-07T23:00:00Z", "walsall_commander"),
    ],
)
def test_cover_begins_and_ends_at_midnight_in_london(request, time_machine, acting, walsall, moment, leader):
    time_machine.move_to(moment)
    assert walsall.commander == request.getfixturevalue(leader)


def test_future_command_leads_nothing_yet(time_machine, person, walsall):
    time_machine.move_to("2026-06-01T12:00:00Z")
    newcomer = person("new.commander")
    Command.objects.create(area=walsall, person=newcomer, from_date="2026-06-02")
    assert walsall.commander is None and walsall in Area.objects.vacant()
    assert not Area.objects.led_by(newcomer).exists()


def test_commander_who_cannot_sign_in_leaves_the_area_to_the_desk(walsall, walsall_commander, desk, make_concern):
    concern = make_concern(walsall)
    assert not Concern.objects.visible_to(desk).exists()
    walsall_commander.is_active = False
    walsall_commander.save()
    assert walsall.commander is None and list(Area.objects.vacant().filter(slug="walsall")) == [walsall]
    del desk._reach
    assert list(Concern.objects.visible_to(desk)) == [concern]


def test_acting_commander_leads_while_the_commander_cannot_sign_in(time_machine, acting, walsall, walsall_commander):
    time_machine.move_to("2026-06-02T12:00:00Z")
    walsall_commander.is_active = False
    walsall_commander.save()
    assert walsall.commander == acting and walsall not in Area.objects.vacant()


def test_concern_about_an_officer_who_takes_the_command_reaches_the_desk(
    time_machine, walsall, walsall_commander, walsall_officer, desk, make_concern
):
    time_machine.move_to("2026-06-01T12:00:00Z")
    concern = make_concern(walsall)
    concern.name_person(walsall_officer, by=walsall_commander)
    assert not Concern.objects.visible_to(desk).exists()
    walsall.commands.update(until="2026-06-01")
    Command.objects.create(area=walsall, person=walsall_officer, from_date="2026-06-02")
    time_machine.move_to("2026-06-02T12:00:00Z")
    for someone in (desk, walsall_officer):
        vars(someone).pop("_reach", None)
    concern.refresh_from_db()
    assert list(Concern.objects.visible_to(desk)) == [concern]
    assert capacities(desk, concern) == {Capacity.DESK}
    assert not Concern.objects.visible_to(walsall_officer).exists()
