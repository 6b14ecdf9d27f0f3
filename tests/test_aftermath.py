"""A posting that ends by its own form, its list or an action: who is missed then is said at once, with the way to mend it."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from accounts.stamp import today_in_london
from hubs.models import Posting
from tests.seen import seen_on, version

pytestmark = pytest.mark.django_db


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
