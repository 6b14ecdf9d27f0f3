"""Notices: on the right pages at the right moment, also on pages that are kept, and without asking more for it."""

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.stamp import LONDON
from areas.models import Meeting, Notice
from hubs.models import Hub

pytestmark = pytest.mark.django_db

TEXT = "The counter is closed <today>. Use the one in Darlaston."
SHOWN = "The counter is closed &lt;today&gt;. Use the one in Darlaston."


def london(text, fold=0):
    """A wall-clock time in London as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold)


@pytest.fixture
def put_up():
    """Puts a notice up: `put_up(walsall, "2026-11-25T09:00", "2026-11-25T17:30")`; without an area for the whole force."""

    def make(area=None, shown_from="2026-11-25T09:00", shown_until="2026-11-25T17:30", text=TEXT, fold=0):
        notice = Notice(area=area, text=text, shown_from=london(shown_from), shown_until=london(shown_until, fold=fold))
        notice.save()
        return notice

    return make


@pytest.fixture
def at(time_machine):
    """Sets the clock to a London wall-clock time."""
    return lambda text, fold=0: time_machine.move_to(london(text, fold), tick=False)


@pytest.fixture
def told(client):
    """How often the notice stands on a page."""
    return lambda path: client.get(path).content.decode().count(SHOWN)


@pytest.fixture
def pages(walsall, dudley, bloxwich_west):
    """Addresses of Walsall's pages, and of others."""
    meeting = Meeting.objects.create(area=walsall, place="Hall", starts="2026-12-01T18:00Z", ends="2026-12-01T19:00Z")
    own = [
        walsall.get_absolute_url(), bloxwich_west.get_absolute_url(), walsall.hubs.first().get_absolute_url(),
        meeting.get_absolute_url(), f"/how-we-are-doing/{walsall.slug}/", f"/priorities/?area={walsall.slug}",
        f"/meetings/?area={walsall.slug}", f"/follow/?area={walsall.slug}", f"/meetings/{meeting.pk}/ask/",
    ]  # fmt: skip
    others = [
        "/", "/areas/", dudley.get_absolute_url(), dudley.hubs.first().get_absolute_url(), "/report/", "/track/", "/privacy/",
        "/priorities/", "/meetings/", "/how-we-are-doing/", "/hubs/", "/follow/",
    ]  # fmt: skip
    return own, others


def test_notice_of_an_area_shows_on_its_pages_alone(pages, told, put_up, walsall, at):
    at("2026-11-25T12:00")
    put_up(walsall)
    own, others = pages
    assert {path: told(path) for path in [*own, *others]} == dict.fromkeys(own, 1) | dict.fromkeys(others, 0)


def test_notice_of_the_force_shows_on_every_public_page(pages, told, put_up, at):
    at("2026-11-25T12:00")
    put_up()
    own, others = pages
    assert {path: told(path) for path in [*own, *others]} == dict.fromkeys([*own, *others], 1)


def test_notice_stands_on_no_page_of_staff_and_on_no_poster(
    signed_in, walsall_commander, bloxwich_west, told, put_up, at
):
    at("2026-11-25T12:00")
    put_up()
    poster = f"{bloxwich_west.get_absolute_url()}poster/"
    signed_in(walsall_commander)
    assert [told(path) for path in ("/dashboard/", "/dashboard/people/", poster)] == [0, 0, 0]


@pytest.mark.parametrize("path", ["/", "/areas/walsall/", "/hubs/bloxwich/"])
def test_kept_page_changes_at_the_moment_a_notice_begins_and_ends(client, told, put_up, walsall, at, path):
    put_up(walsall if path != "/" else None, "2026-11-25T09:00:30", "2026-11-25T17:30:30")
    seen, tags = [], []
    for moment in ("09:00:29", "09:00:30", "12:00:00", "17:30:29", "17:30:30"):
        at(f"2026-11-25T{moment}")
        seen.append((told(path), told(path)))  # made, and kept
        tags.append(client.get(path)["ETag"])
    assert seen == [(0, 0), (1, 1), (1, 1), (1, 1), (0, 0)]
    assert (tags[0] != tags[1], tags[3] != tags[4]) == (True, True)


def test_a_browser_that_has_the_page_hears_of_the_notice(client, put_up, walsall, at):
    put_up(walsall)
    at("2026-11-25T08:59:59")
    tag = client.get("/areas/walsall/")["ETag"]
    assert client.get("/areas/walsall/", headers={"If-None-Match": tag}).status_code == 304
    at("2026-11-25T09:00")
    assert client.get("/areas/walsall/", headers={"If-None-Match": tag}).status_code == 200


def test_kept_page_asks_no_more_for_notices(client, put_up, walsall, at):
    for hour in range(10, 14):
        put_up(walsall, f"2026-11-25T{hour}:00", f"2026-11-25T{hour}:30")

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/areas/walsall/").status_code == 200
        return len(queries)

    at("2026-11-25T09:59")
    client.get("/areas/walsall/")
    assert asked() == 1
    at("2026-11-25T10:00")
    assert (asked(), asked()) == (1, 1)  # made anew for the moment, and kept


def test_notice_over_the_hour_that_comes_twice_ends_the_second_time(told, put_up, at):
    put_up(None, "2026-10-25T00:30", "2026-10-25T01:30", fold=1)
    seen = []
    for moment, fold in (("01:15", 0), ("01:45", 0), ("01:15", 1), ("01:30", 1)):
        at(f"2026-10-25T{moment}", fold)
        seen.append(told("/privacy/"))
    assert seen == [1, 1, 1, 0]


def test_two_notices_stand_one_below_the_other_the_first_first(client, put_up, walsall, at):
    at("2026-11-25T12:00")
    put_up(walsall, "2026-11-25T10:00", text="Second sentence.")
    put_up(None, text="First sentence.")
    text = client.get("/areas/walsall/").content.decode()
    assert 0 < text.index("First sentence.") < text.index("Second sentence.")


def test_notice_is_english_on_a_page_in_another_language(client, put_up, at):
    at("2026-11-25T12:00")
    put_up()
    text = client.get("/pl/areas/").content.decode()
    assert f'lang="en-gb" dir="ltr">{SHOWN}</p>' in text
    assert 'aria-label="Ważne"' in text


# ---- who keeps them ---------------------------------------------------------------------------------------------------
def form(area, **changed):
    fields = {
        "shown_from_0": "2026-11-25",
        "shown_from_1": "09:00",
        "shown_until_0": "2030-11-25",
        "shown_until_1": "17:30",
    }
    return {"text": "Closed.", "area": area.pk if area else ""} | fields | changed


def test_editor_puts_one_up_for_the_own_area_alone(signed_in, walsall_editor, walsall, dudley):
    client, add = signed_in(walsall_editor), reverse("admin:areas_notice_add")
    refused = [client.post(add, form(area)).context["adminform"].form.errors.keys() for area in (None, dudley)]
    assert refused == [{"area"}, {"area"}]
    assert client.post(add, form(walsall)).status_code == 302
    notice = Notice.objects.get()
    assert (notice.area, notice.history.get().history_user) == (walsall, walsall_editor)
    assert notice.shown_until == london("2030-11-25T17:30")


def test_editor_neither_sees_nor_changes_what_is_not_of_the_own_area(signed_in, walsall_editor, put_up, dudley):
    rows = [put_up(dudley), put_up()]
    client = signed_in(walsall_editor)
    assert list(client.get(reverse("admin:areas_notice_changelist")).context["cl"].queryset) == []
    for row in rows:
        for name in ("change", "delete", "history"):
            assert client.post(reverse(f"admin:areas_notice_{name}", args=[row.pk]), form(dudley)).status_code in (
                302,
                403,
            )
    assert list(Notice.objects.values_list("text", flat=True)) == [TEXT, TEXT]


def test_staff_admin_puts_one_up_for_all_and_finds_what_shows_now(signed_in, staff_admin, put_up, walsall, at):
    client = signed_in(staff_admin)
    assert client.post(reverse("admin:areas_notice_add"), form(None)).status_code == 302
    at("2026-11-25T12:00")
    now, later = put_up(walsall), put_up(walsall, "2026-11-26T09:00", "2026-11-27T09:00")
    over = put_up(walsall, "2026-11-01T09:00", "2026-11-02T09:00")
    Notice.objects.exclude(text=TEXT).delete()
    found = {
        shows: list(client.get(f"{reverse('admin:areas_notice_changelist')}?shows={shows}").context["cl"].queryset)
        for shows in ("now", "later", "over")
    }
    assert found == {"now": [now], "later": [later], "over": [over]}
    assert [one.state for one in (now, later, over)] == ["shows now", "to come", "over"]


def test_notice_that_ends_before_it_begins_or_was_over_at_once_is_refused(signed_in, staff_admin, put_up, at):
    client, add = signed_in(staff_admin), reverse("admin:areas_notice_add")
    backwards = client.post(add, form(None, shown_from_0="2031-01-01"))
    assert "A notice ends after it begins." in backwards.content.decode()
    gone = form(None, shown_from_0="2020-01-01", shown_until_0="2020-01-02")
    assert "nobody would ever see" in client.post(add, gone).content.decode()
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        put_up(None, "2026-11-25T17:30", "2026-11-25T09:00")
    assert Notice.objects.count() == 0


def test_notice_longer_than_300_characters_is_refused(signed_in, staff_admin):
    client, add = signed_in(staff_admin), reverse("admin:areas_notice_add")
    assert client.post(add, form(None, text="x" * 301)).status_code == 200
    assert client.post(add, form(None, text="x" * 300)).status_code == 302


def test_hub_pages_change_with_a_notice_that_is_taken_down(client, put_up, walsall, at, told):
    at("2026-11-25T12:00")
    notice, path = put_up(walsall), Hub.objects.get(slug="bloxwich").get_absolute_url()
    assert told(path) == 1
    notice.delete()
    assert told(path) == 0
