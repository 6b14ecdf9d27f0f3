"""A commander who is away: one page writes the absence and who acts, and the access of the acting commander follows."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.stamp import today_in_london
from accounts.versions import version_of
from areas.models import Area, CommandCover
from hubs.models import Absence

pytestmark = pytest.mark.django_db


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def form(walsall_commander, walsall_officer):
    return {
        "person": walsall_commander.pk, "_version": "none", "cover": walsall_officer.pk, "kind": "leave", "why": "Asked for.",
        "from_date": in_days(0).isoformat(), "until": in_days(9).isoformat(),
    }  # fmt: skip


def acting():
    return list(CommandCover.objects.values_list("person__email", "from_date", "until"))


def test_absence_and_acting_command_are_written_together(
    signed_in, staff_admin, form, walsall, walsall_commander, walsall_officer
):
    client, url = signed_in(staff_admin), reverse("admin:cover")
    listed = client.get(url, {"area": "walsall"}).context["people"]
    assert walsall_commander in listed
    page = client.get(url, {"person": walsall_commander.pk})
    assert f"{walsall_officer} (0 open concerns)" in page.content.decode()
    assert client.post(url, form).status_code == 302
    assert acting() == [(walsall_officer.email, in_days(0), in_days(9))]
    assert walsall.commander == walsall_officer
    assert list(Area.objects.led_by(walsall_officer)) == [walsall]
    # Changed later, the two stay together; and both end when the commander is back.
    absence = Absence.objects.get()
    version = client.get(url, {"person": walsall_commander.pk}).context["form"].version
    longer = form | {"_version": version, "absence": absence.pk, "until": in_days(12).isoformat()}
    assert client.post(url, longer).status_code == 302
    assert acting() == [(walsall_officer.email, in_days(0), in_days(12))]
    absence.refresh_from_db()
    client.post(reverse("admin:back", args=[absence.pk]), {"_version": version_of(absence), "why": "Over."})
    assert (acting(), Absence.objects.count(), walsall.commander) == ([], 0, walsall_commander)


def test_what_can_not_be_is_written_in_neither(signed_in, staff_admin, form, walsall_commander, dudley_officer):
    client, url = signed_in(staff_admin), reverse("admin:cover")
    for wrong, field in (({"until": ""}, "until"), ({"cover": dudley_officer.pk}, "cover")):
        assert list(client.post(url, form | wrong).context["form"].errors) == [field]
    assert (Absence.objects.count(), acting()) == (0, [])
    walsall_commander.commands.get().covers.create(person=dudley_officer, from_date=in_days(3), until=in_days(4))
    page = client.post(url, form)
    assert page.context["form"].non_field_errors() == ["Somebody else already covers part of that time."]
    assert (page.context["absence"].pk, page.context["form"].version) == (None, "none")
    assert (Absence.objects.count(), len(acting())) == (0, 1)


def test_editors_and_commanders_give_nobody_a_command(signed_in, walsall_editor, walsall_commander, form):
    assert signed_in(walsall_editor).get(reverse("admin:cover"), {"person": walsall_commander.pk}).status_code == 404
    assert signed_in(walsall_editor).post(reverse("admin:cover"), form).status_code == 404
    assert signed_in(walsall_commander).post(reverse("people:cover"), form).status_code == 404
    assert acting() == []
