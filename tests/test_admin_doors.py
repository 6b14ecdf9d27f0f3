"""Doors that Django's admin brings along: they lead to no row that its lists would not show."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

pytestmark = pytest.mark.django_db


def door(row):
    kind = ContentType.objects.get_for_model(row)
    return reverse("admin:view_on_site", args=[kind.pk, row.pk])


@pytest.mark.parametrize("who", ["walsall_editor", "staff_admin", "auditor"])
def test_nobody_reads_a_reference_from_the_way_to_a_page(who, request, signed_in, make_concern, dudley):
    concern = make_concern(dudley)
    answer = signed_in(request.getfixturevalue(who)).get(door(concern))
    assert (answer.status_code, "Location" in answer.headers) == (404, False)


def test_the_way_to_the_page_of_a_row_in_the_own_list_stays(signed_in, walsall_editor, walsall, dudley):
    client = signed_in(walsall_editor)
    here, there = walsall.hubs.first(), dudley.hubs.first()
    assert client.get(door(here))["Location"].endswith(here.get_absolute_url())
    assert client.get(door(there)).status_code == 404
    assert client.get(door(here).replace(f"/{here.pk}/", "/x/")).status_code in (400, 404)


def test_a_password_is_changed_on_the_one_page_that_there_is(signed_in, staff_admin):
    answer = signed_in(staff_admin).get(reverse("admin:password_change"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_change_password"))
