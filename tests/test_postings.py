"""The rules of postings, absences and commands hold through every door, and what is dated begins and ends by itself."""

from datetime import date, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.stamp import LONDON, Stamp, today_in_london
from areas.models import Command, CommandCover
from feedback.models import Concern
from hubs.models import Absence, Posting, suggest_cover

pytestmark = pytest.mark.django_db

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def two(person, team_of, walsall):
    """Two half-time postings of one person, one after the other."""
    pat = person("pat")
    fields = {"person": pat, "share": 60}
    return [
        Posting.objects.create(team=team_of(walsall), from_date=MARCH, until=date(2026, 3, 31), **fields),
        Posting.objects.create(team=team_of(walsall, kind="response"), from_date=APRIL, **fields),
    ]


def later(posting, **values):
    for name, value in values.items():
        setattr(posting, name, value)
    return posting


def like(posting, **values):
    fields = {"person": posting.person, "team": posting.team, "role": posting.role, "share": 60, "from_date": MAY}
    return Posting(**fields | values)


DOORS = {
    "save": lambda first, second: later(second, from_date=MARCH).save(),
    "update": lambda first, second: Posting.objects.filter(pk=second.pk).update(from_date=MARCH),
    "update of all": lambda first, second: Posting.objects.update(until=None),
    "update through the person": lambda first, second: first.person.postings.update(until=None),
    "bulk_update": lambda first, second: Posting.objects.bulk_update([later(first, until=None)], ["until"]),
    "bulk_create": lambda first, second: Posting.objects.bulk_create([like(first)]),
    "bulk_create of text": lambda first, second: Posting.objects.bulk_create([like(first, from_date="2026-05-01")]),
    "create": lambda first, second: like(first).save(force_insert=True),
    "update_or_create": lambda first, second: Posting.objects.update_or_create(pk=first.pk, defaults={"until": None}),
    "share": lambda first, second: (
        Posting.objects.filter(pk=first.pk).update(share=40, until=None),
        Posting.objects.filter(pk=second.pk).update(share=61),
    ),
    "same role": lambda first, second: Posting.objects.bulk_create([like(second, share=10)]),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_postings_keep_their_rules_through_every_door(door, two):
    with pytest.raises(ValidationError):
        DOORS[door](*two)
    days = Posting.objects.order_by("pk").values_list("from_date", "share")
    assert list(days) in ([(MARCH, 60), (APRIL, 60)], [(MARCH, 40), (APRIL, 60)])


def test_a_bulk_write_that_keeps_the_rules_passes(two, person, team_of, walsall):
    sam = person("sam")
    made = Posting.objects.bulk_create([like(two[0], person=sam), like(two[1], person=sam, share=40)])
    assert (len(made), sam.postings.update(role="sergeant"), Posting.objects.count()) == (2, 2, 4)


def test_bulk_writes_look_at_people_together(two, person, team_of, walsall, django_assert_max_num_queries):
    people = [person(f"p{number}") for number in range(30)]
    with django_assert_max_num_queries(9) as few:
        Posting.objects.bulk_create([like(two[0], person=who) for who in people[:5]])
    with django_assert_max_num_queries(len(few)):
        Posting.objects.bulk_create([like(two[0], person=who) for who in people[5:]])


def test_absences_and_commands_keep_theirs_too(two, walsall, person, commander_of):
    pat = two[0].person
    Absence.objects.create(person=pat, from_date=MARCH, until=APRIL)
    command = commander_of(walsall).commands.get()
    CommandCover.objects.create(command=command, person=pat, from_date=MARCH, until=APRIL)
    for rows in (
        [Absence(person=pat, from_date=APRIL)],
        [Command(area=walsall, person=pat, from_date=MAY, until=MAY)],
        [CommandCover(command=command, person=pat, from_date=APRIL, until=MAY)],
    ):
        with pytest.raises(ValidationError):
            type(rows[0]).objects.bulk_create(rows)
        assert type(rows[0]).objects.count() == 1


# ---- days begin at midnight in London --------------------------------------------------------------------------------
def london(*moment):
    return datetime(*moment, tzinfo=LONDON)


def test_a_posting_begins_and_ends_at_midnight_in_london(person, team_of, walsall, make_concern, signed_in):
    concern, pat = make_concern(walsall), person("pat")
    # British Summer Time: midnight in London is 23:00 the day before elsewhere.
    Posting.objects.create(person=pat, team=team_of(walsall), from_date=date(2027, 6, 1), until=date(2027, 6, 2))

    def sees():
        return Concern.objects.visible_to(type(pat).objects.get(pk=pat.pk)).filter(pk=concern.pk).exists()

    seen = []
    for moment in (
        london(2027, 5, 31, 23, 59, 59), london(2027, 6, 1), london(2027, 6, 2, 23, 59, 59), london(2027, 6, 3),
    ):  # fmt: skip
        with time_machine.travel(moment, tick=False):
            seen.append((sees(), Stamp.current().partition("-")[2]))
    assert seen == [(False, "2027-05-31"), (True, "2027-06-01"), (True, "2027-06-02"), (False, "2027-06-03")]


def test_page_names_the_new_contact_from_midnight_on(client, person, team_of, bloxwich_west, walsall):
    for handle, days in (("pat", {"until": date(2027, 5, 31)}), ("sam", {"from_date": date(2027, 6, 1)})):
        who = person(handle, rank="PC", public_name=True)
        posting = Posting.objects.create(person=who, team=team_of(walsall), **{"from_date": MARCH} | days)
        posting.named_wards.add(bloxwich_west)
    url, etag, named = bloxwich_west.get_absolute_url(), "", []
    for moment in (london(2027, 5, 31, 23, 59), london(2027, 6, 1, 0, 1)):
        with time_machine.travel(moment, tick=False):
            answer = client.get(url, headers={"If-None-Match": etag})
            text, etag = answer.content.decode(), answer["ETag"]
            named.append(("Demo Pat" in text, "Demo Sam" in text))
    assert named == [(True, False), (False, True)]


def test_ending_a_posting_or_command_ends_its_access_at_the_next_request(
    signed_in, make_concern, walsall, walsall_officer, walsall_commander
):
    page = reverse("casework:concern", args=[make_concern(walsall).reference])
    yesterday = date.fromordinal(today_in_london().toordinal() - 1)
    for who, rows in ((walsall_officer, walsall_officer.postings), (walsall_commander, walsall_commander.commands)):
        client = signed_in(who)
        before = client.get(page).status_code
        rows.update(until=yesterday)
        assert (before, client.get(page).status_code) == (200, 404)


# ---- who could cover ---------------------------------------------------------------------------------------------------
def test_cover_is_suggested_by_ward_team_absence_and_load(person, team_of, walsall, dudley, bloxwich_west):
    team, response = team_of(walsall), team_of(walsall, kind="response")
    posts = {}
    for handle, where in (("gap", team), ("ward", response), ("team", team), ("busy", team), ("away", team),
                          ("far", team_of(dudley)), ("gone", team)):  # fmt: skip
        posts[handle] = Posting.objects.create(person=person(handle), team=where, from_date=MARCH)
    for handle in ("gap", "ward"):
        posts[handle].named_wards.add(bloxwich_west)
    Absence.objects.create(person=posts["away"].person)
    type(posts["gone"].person).objects.filter(pk=posts["gone"].person_id).update(is_active=False)
    found = suggest_cover(posts["gap"].person, load={posts["busy"].person_id: 9})
    assert [one.person.name for one in found] == ["Demo Ward", "Demo Team", "Demo Busy"]
    assert found[0].reasons == ["knows the same wards", "same hub", "0 open concerns"]
    assert found[2].reasons == ["same team", "9 open concerns"]


def test_suggestion_changes_with_the_days(person, team_of, walsall):
    gap, other = (
        Posting.objects.create(person=person(h), team=team_of(walsall), from_date=MARCH) for h in ("gap", "other")
    )
    Absence.objects.create(person=other.person, from_date=date(2030, 1, 10), until=date(2030, 1, 12))

    def suggested(first, last):
        return [one.person for one in suggest_cover(gap.person, first, last)]

    assert suggested(date(2030, 1, 1), date(2030, 1, 9)) == [other.person]
    assert suggested(date(2030, 1, 1), date(2030, 1, 10)) == []
    assert suggested(date(2030, 1, 13), None) == [other.person]
