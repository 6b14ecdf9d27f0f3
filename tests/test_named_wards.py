"""A named contact works in the area of the ward: told so on every page, and refused in words through every door."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.stamp import today_in_london
from feedback.insight.brief import Brief, unnamed
from feedback.insight.nearness import at_the_end_of
from feedback.insight.today import wards_with_contact
from hubs.models import Move, MoveRefused, Posting
from policing_portal.staffing import today
from tests.seen import version

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def contact(walsall_officer, bloxwich_west):
    posting = walsall_officer.postings.get()
    posting.named_wards.add(bloxwich_west)
    type(walsall_officer).objects.update(public_name=True)
    return posting


@pytest.fixture
def why(staff_admin):
    return {"from_date": in_days(1), "reason": "Closer to the town.", "by": staff_admin}


@pytest.fixture
def far(contact, dudley):
    """The team's hub was given another area's without a move: what a hand-made change leaves behind."""
    type(contact.team).objects.filter(pk=contact.team_id).update(hub=dudley.hubs.first())
    return contact


def test_who_works_in_another_area_is_nobodys_contact(far, client, walsall, dudley, bloxwich_west, walsall_commander):
    assert list(Posting.objects.named_contacts(bloxwich_west)) == []
    assert Posting.objects.all().wards_named(in_days(0)) == set()
    assert wards_with_contact().part == {}
    month = at_the_end_of(in_days(0).replace(day=1))
    assert [one.by_area[walsall] for one in month if (one.name, one.of) == ("named_contacts", "")] == [0]
    assert "Demo Officer" not in client.get(bloxwich_west.get_absolute_url()).content.decode()


def test_today_names_who_is_contact_of_another_areas_ward(far, walsall, dudley, contact):
    def found(*areas):
        return {
            one.key: (one.number, [row.text for row in one.rows]) for one in today.findings(areas, whole_force=False)
        }

    assert found(walsall)["wards"][0] == walsall.wards.active().count()
    assert (found(walsall)["far"], found(dudley)["far"]) == ((0, []), (1, [str(far)]))
    far.named_wards.clear()
    assert found(dudley)["far"] == (0, [])


def test_a_contact_in_a_department_is_found_too(contact, department_member, bloxwich_west):
    own = department_member.postings.get()
    own.named_wards.add(bloxwich_west)
    assert list(Posting.objects.all().naming_far()) == [own]
    assert list(Posting.objects.named_contacts(bloxwich_west)) == [contact]


def test_a_team_that_moves_to_another_area_leaves_its_wards(contact, dudley, bloxwich_west, why, client):
    other = dudley.wards.active().first()
    ended = contact.person.postings.create(
        team=contact.team, role="sergeant", from_date="2025-01-01", until="2025-06-01"
    )
    ended.named_wards.add(bloxwich_west)
    Move.team_to(contact.team, dudley.hubs.first(), **why)
    assert list(Posting.objects.named_contacts(bloxwich_west)) == [contact]
    with time_machine.travel(f"{in_days(1)} 09:00", tick=False):
        assert Move.objects.carry_out_due() == 1
        assert list(Posting.objects.named_contacts(bloxwich_west)) == []
        assert client.get(bloxwich_west.get_absolute_url()).content.decode().count(contact.person.name) == 0
    assert (list(contact.named_wards.all()), list(ended.named_wards.all())) == ([], [bloxwich_west])
    assert contact.history.first().history_change_reason == "Closer to the town."
    contact.team.refresh_from_db()
    contact.team.refuse_far_wards([other])


def test_a_team_that_moves_within_its_area_keeps_its_wards(contact, walsall, dudley, bloxwich_west, why):
    hub = dudley.hubs.first()
    hub.area = walsall
    hub.save()
    Move.team_to(contact.team, hub, **why | {"from_date": in_days(0)})
    assert list(Posting.objects.named_contacts(bloxwich_west)) == [contact]


def test_another_move_is_undone_all_the_same(contact, team_of, walsall, dudley, why, staff_admin):
    """Pat was to go to the response team in nine days; tomorrow Pat's team goes to Dudley."""
    away = Move.people([contact], team_of(walsall, kind="response"), **why | {"from_date": in_days(9)})
    Move.team_to(contact.team, dudley.hubs.first(), **why)
    with time_machine.travel(f"{in_days(1)} 09:00", tick=False):
        Move.objects.carry_out_due()
        away.undo(by=staff_admin)
    assert list(contact.named_wards.all()) == []


def test_the_preview_of_a_team_that_leaves_names_the_wards(signed_in, staff_admin, contact, dudley, bloxwich_west):
    form = {"team": contact.team_id, "hub": dudley.hubs.first().pk, "area": "walsall", "reason": "New base."}
    for day in (0, 3):
        page = signed_in(staff_admin).post(
            reverse("admin:move", args=["team"]), form | {"from_date": in_days(day).isoformat()}
        )
        assert page.context["found"].wards == [bloxwich_west]
    assert list(contact.named_wards.all()) == [bloxwich_west]


def test_nobody_stays_the_contact_from_another_area(contact, team_of, dudley, bloxwich_west, why, signed_in):
    team = team_of(dudley)
    words = (
        f"{team} works for Dudley, so nobody in it can be the named contact of Bloxwich West: "
        "the contact of a ward works in the ward's own area."
    )
    with pytest.raises(MoveRefused) as refused:
        Move.people([contact], team, keep_wards=True, **why)
    assert refused.value.messages == [words]
    sent = {"postings": [contact.pk], "team": team.pk, "keep_wards": "on", "area": "walsall", "reason": "Closer."}
    sent |= {"from_date": in_days(1).isoformat()}
    page = signed_in(why["by"]).post(reverse("admin:move", args=["people"]), sent)
    assert page.context["form"].non_field_errors() == [words]
    # Not asked to keep them, nor where the team looks after them by an old list.
    team.wards.add(bloxwich_west)
    Move.people([contact], team, **why)
    assert list(contact.person.postings.get(team=team).named_wards.all()) == []


def test_who_swaps_with_another_area_takes_the_wards_of_the_place(contact, dudley_officer, dudley, bloxwich_west, why):
    theirs, ward = dudley_officer.postings.get(), dudley.wards.active().first()
    theirs.named_wards.add(ward)
    Move.swap(contact, theirs, **why)
    assert [list(who.postings.latest("from_date").named_wards.all()) for who in (contact.person, dudley_officer)] == [
        [ward],
        [bloxwich_west],
    ]


def test_the_form_of_a_posting_refuses_a_ward_of_another_area(signed_in, staff_admin, contact, dudley, bloxwich_west):
    client, url = signed_in(staff_admin), reverse("admin:hubs_posting_change", args=[contact.pk])
    foreign = dudley.wards.active().first()
    sent = {"person": contact.person_id, "team": contact.team_id, "role": "member", "share": 100}
    sent |= {"from_date": START.isoformat(), "named_wards": [bloxwich_west.pk, foreign.pk]}
    form = client.post(url, sent | version(client, url)).context["adminform"].form
    assert form.errors == {
        "named_wards": [
            f"{contact.team} works for Walsall, so nobody in it can be the named contact of {foreign.name}: "
            "the contact of a ward works in the ward's own area."
        ]
    }
    assert client.post(url, sent | version(client, url) | {"named_wards": [bloxwich_west.pk]}).status_code == 302
    assert list(contact.named_wards.all()) == [bloxwich_west]
    # What is over stays as it was then.
    contact.named_wards.add(foreign)
    over = sent | {"until": in_days(-1).isoformat(), "reason": "Seen."}
    assert client.post(url, over | version(client, url)).status_code == 302


def test_a_team_with_named_contacts_leaves_the_area_by_a_move_alone(signed_in, staff_admin, contact, dudley, walsall):
    contact.team.hub = dudley.hubs.first()
    with pytest.raises(ValidationError, match="can be the named contact of Bloxwich West"):
        contact.team.clean()
    contact.team.hub = walsall.hubs.last()
    contact.team.clean()
    Posting.objects.update(until=in_days(-1))
    contact.team.hub = dudley.hubs.first()
    contact.team.clean()


def test_the_commanders_brief_counts_the_ward_as_unnamed(far, walsall, walsall_commander):
    assert unnamed(Brief(walsall_commander, walsall)).number == walsall.wards.active().count()
