"""A posting that ends by its own form, its list or an action: who is missed then is said at once, with the way to mend it."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from accounts.models import User
from accounts.stamp import today_in_london
from hubs.models import Posting
from policing_portal.exchange.work import MISSED
from tests.seen import seen_on, version
from tests.test_exchange import applied, exported, looked_at, rows_of

pytestmark = pytest.mark.django_db

ROLES = {"force_roles-TOTAL_FORMS": 0, "force_roles-INITIAL_FORMS": 0}
POSTINGS = {"postings-TOTAL_FORMS": 0, "postings-INITIAL_FORMS": 0}


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def contact(walsall_officer, bloxwich_west, walsall, walsall_commander, make_concern):
    posting = walsall_officer.postings.get()
    posting.named_wards.add(bloxwich_west)
    make_concern(walsall).assign(by=walsall_commander, officer=walsall_officer)
    return posting


@pytest.fixture
def told(contact, bloxwich_west):
    """What is said where ward and concern lose somebody from a day on."""

    def words(day):
        day, add = date_format(day), reverse("admin:hubs_posting_add")
        return [
            f'No named contact any more from {day} on: <a href="{add}?named_wards={bloxwich_west.pk}">Bloxwich West</a>. '
            "Name somebody.",
            f"1 open concern of {contact.person} in Walsall needs a new owner from {day} on; the commander chooses. "
            f'<a href="{reverse("admin:today")}">See what is wrong today</a>',
        ]

    return words


def warned(page):
    return [str(one) for one in page.context["messages"] if one.level_tag == "warning"]


def saved(client, posting, **fields):
    url = reverse("admin:hubs_posting_change", args=[posting.pk])
    form = {"person": posting.person_id, "team": posting.team_id, "role": "member", "share": 100}
    form |= {"from_date": posting.from_date.isoformat(), "named_wards": [ward.pk for ward in posting.named_wards.all()]}
    return client.post(url, form | version(client, url) | fields | {"why": "Asked for."}, follow=True)


@pytest.mark.parametrize(("until", "since"), [(0, 1), (9, 10), (-1, 0)])
def test_ending_a_posting_by_its_form_says_who_is_missed(until, since, signed_in, walsall_editor, contact, told):
    page = saved(signed_in(walsall_editor), contact, until=in_days(until).isoformat())
    assert warned(page) == told(in_days(since))


def test_whoever_left_but_still_begins_somewhere_is_named(signed_in, staff_admin, contact, team_of, walsall):
    Posting.history.update(history_date="2026-01-02T09:00:00Z")
    response = team_of(walsall, kind="response")
    Posting.objects.filter(pk=contact.pk).update(until=in_days(4))
    Posting.objects.create(person=contact.person, team=response, from_date=in_days(5))
    words = (
        f"{contact.person} works nowhere today, but begins in {response} on {date_format(in_days(5))}, as was planned. "
    )
    told = warned(saved(signed_in(staff_admin), contact, until=in_days(-5).isoformat()))
    assert [one for one in told if one.startswith(words)] == told[-1:]
    assert not [one for one in told[:-1] if "works nowhere" in one]


def test_deleting_what_was_planned_says_so_too(signed_in, staff_admin, contact, told):
    """What has been in force is never deleted; what was to begin in three days is, and the ward waits for somebody."""
    Posting.objects.filter(pk=contact.pk).update(from_date=in_days(3))
    client = signed_in(staff_admin)
    listed = reverse("admin:hubs_posting_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [contact.pk]}
    asked = client.post(listed, chosen)
    assert warned(client.post(listed, chosen | seen_on(asked), follow=True)) == told(in_days(3))
    assert not Posting.objects.filter(pk=contact.pk).exists()


def test_nothing_is_said_where_nobody_is_missed(
    signed_in, walsall_editor, contact, officer_of, walsall, bloxwich_west, told
):
    client = signed_in(walsall_editor)
    assert warned(saved(client, contact, reason="Seen.")) == []
    other = officer_of(walsall, "lee").postings.get()
    other.named_wards.add(bloxwich_west)
    assert warned(saved(client, contact, named_wards=[])) == []
    assert warned(saved(client, other, named_wards=[])) == told(in_days(0))[:1]


def test_a_posting_of_a_department_leaves_nobody_behind(signed_in, staff_admin, department_member):
    page = saved(signed_in(staff_admin), Posting.objects.get(person=department_member), until=in_days(0).isoformat())
    assert (page.status_code, warned(page)) == (200, [])


def closed(client, person):
    url = reverse("admin:accounts_user_change", args=[person.pk])
    form = {
        "name": person.name,
        "rank": person.rank,
        "email": person.email,
        "collar_number": person.collar_number or "",
    }
    return client.post(url, form | ROLES | version(client, url) | {"why": "Left."}, follow=True)


def test_closing_an_account_says_who_is_missed(signed_in, staff_admin, contact, told):
    page = closed(signed_in(staff_admin), contact.person)
    assert not User.objects.get(pk=contact.person_id).is_active
    assert warned(page) == told(in_days(0))


def test_closing_an_account_by_a_file_says_who_is_missed_too(signed_in, staff_admin, contact, told):
    """And whoever is signed in is out at the next request, as when it is closed by its form."""
    client, theirs, table = signed_in(staff_admin), Client(), ("accounts", "user")
    theirs.force_login(contact.person)
    rows = rows_of(exported(client, table))
    assert {row["may_sign_in"] for row in rows} == {"yes"}
    next(row for row in rows if row["email"] == contact.person.email)["may_sign_in"] = "no"
    one = looked_at(client, rows, table)
    assert (one.state, one.changed, one.same) == ("found", 1, len(rows) - 1)
    assert theirs.get(reverse("account_change_password")).status_code == 200
    one = applied(client, one)
    person = User.objects.get(pk=contact.person_id)
    assert (person.is_active, person.history.first().is_active) == (False, False)
    assert [str(each.html) for each in shown(client, one)[0]] == told(in_days(0))
    assert theirs.get(reverse("account_change_password")).status_code == 302


def test_a_file_opens_no_account_and_closes_nobodys_own(signed_in, staff_admin, contact):
    client, table = signed_in(staff_admin), ("accounts", "user")
    User.objects.filter(pk=contact.person_id).update(is_active=False)
    rows = {row["email"]: row for row in rows_of(exported(client, table))}
    assert rows[contact.person.email]["may_sign_in"] == "no"
    opened = rows[contact.person.email] | {"may_sign_in": "yes"}
    for row, words in (
        (opened, "This account is closed. It is opened again on its own page alone."),
        (
            {name: cell for name, cell in opened.items() if name != "version"},
            "This account is closed. It is opened again on its own page alone.",
        ),
        (rows[staff_admin.email] | {"may_sign_in": "no"}, "Nobody changes their own access. Ask a colleague to do it."),
        (opened | {"may_sign_in": ""}, "This must not be empty."),
    ):
        one = looked_at(client, [row], table)
        assert (one.state, list(one.lines.values_list("facts", flat=True))) == ("wrong", [[["may_sign_in", words]]])
    # A file that does not speak of it leaves it as it is.
    row = {name: cell for name, cell in opened.items() if name not in ("version", "may_sign_in")} | {
        "rank": "Inspector"
    }
    applied(client, looked_at(client, [row], table))
    person = User.objects.get(pk=contact.person_id)
    assert (person.is_active, person.rank) == (False, "Inspector")


def test_a_change_of_an_account_that_stays_open_says_nothing(signed_in, staff_admin, contact):
    client, url = signed_in(staff_admin), reverse("admin:accounts_user_change", args=[contact.person_id])
    form = {"name": "Demo Other", "rank": "PC", "email": contact.person.email, "is_active": "on"}
    page = client.post(url, form | ROLES | version(client, url) | {"why": "Married."}, follow=True)
    assert (User.objects.get(pk=contact.person_id).name, warned(page)) == ("Demo Other", [])


def shown(client, one):
    """What the page of an applied import says of who is missed."""
    page = client.get(reverse("admin:import_one", args=[*one.table.split("."), one.pk]))
    return page.context["missed"], page


def test_a_file_that_ends_postings_says_who_is_missed_where_it_was_applied(signed_in, staff_admin, contact, told):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[0]["until"] = in_days(4).isoformat()
    one = applied(client, looked_at(client, rows))
    missed, page = shown(client, one)
    assert [str(each.html) for each in missed] == told(in_days(5))
    assert all(words in page.content.decode() for words in told(in_days(5)))
    assert "Refresh" not in page
    one.forget()
    assert shown(client, one)[0] is None, "just applied: it might be found out still"
    type(one).objects.filter(pk=one.pk).update(ended_at="2026-01-01T00:00Z")
    assert shown(client, one)[0] == []


def test_a_page_of_an_import_waits_until_it_is_known_who_is_missed(signed_in, staff_admin, contact):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[0]["until"] = in_days(4).isoformat()
    one = applied(client, looked_at(client, rows))
    one.lines.filter(kind=MISSED).delete()
    missed, page = shown(client, one)
    assert (missed, page["Refresh"].startswith("2;")) == (None, True)


def test_a_file_after_which_nobody_is_missed_says_nothing(signed_in, staff_admin, contact):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[0]["reason"] = "Seen."
    one = applied(client, looked_at(client, rows))
    assert shown(client, one)[0] == []
    assert "Who is missed now" not in shown(client, one)[1].content.decode()


def test_a_team_that_goes_to_another_area_by_its_form_leaves_concerns_behind(
    signed_in, staff_admin, contact, told, team_of, dudley
):
    """Its named wards would hold it back in words; without them only the concerns are missed."""
    contact.named_wards.clear()
    client, team, hub = signed_in(staff_admin), contact.team, team_of(dudley).hub
    url = reverse("admin:hubs_team_change", args=[team.pk])
    form = {"name": team.name, "kind": team.kind_id, "hub": hub.pk} | POSTINGS | version(client, url)
    assert warned(client.post(url, form | {"why": "Shared base."}, follow=True)) == told(in_days(0))[1:]


def test_many_who_are_missed_are_told_in_few_sentences(
    signed_in, staff_admin, walsall, officer_of, make_concern, walsall_commander, monkeypatch
):
    monkeypatch.setattr("policing_portal.staffing.aftermath.TOLD", 1)
    for number, name in ((2, "ada"), (1, "bea"), (1, "cy")):
        officer = officer_of(walsall, name)
        for _concern in range(number):
            make_concern(walsall).assign(by=walsall_commander, officer=officer)
    client = signed_in(staff_admin)
    rows = [row | {"until": in_days(1).isoformat()} for row in rows_of(exported(client))]
    words = [one.words for one in shown(client, applied(client, looked_at(client, rows)))[0]]
    assert [one.split(" of ")[0] for one in words] == ["2 open concerns", "2 more open concerns"]
