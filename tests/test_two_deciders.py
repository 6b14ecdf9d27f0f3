"""Deleting and the forms outside the lists: nobody undoes unseen what a colleague did a moment before."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.stamp import today_in_london
from areas.models import Meeting, Notice, Priority
from feedback.models import Signpost
from hubs.models import Absence, Posting, Team
from tests.seen import seen_on

pytestmark = pytest.mark.django_db


def told(client, page) -> str:
    """What the next page says."""
    return " ".join(str(message) for message in client.get(page).context["messages"])


@pytest.fixture
def posting(walsall_officer):
    """One that is still to come: what has begun is not deleted at all."""
    walsall_officer.postings.update(from_date=date(2030, 1, 1))
    return walsall_officer.postings.get()


# ---- one row -----------------------------------------------------------------------------------------------------------
def test_row_that_nobody_changed_is_deleted(signed_in, staff_admin, posting):
    client, url = signed_in(staff_admin), reverse("admin:hubs_posting_delete", args=[posting.pk])
    assert client.post(url, seen_on(client.get(url))).status_code == 302
    assert not Posting.objects.filter(pk=posting.pk).exists()


def test_row_that_somebody_changed_is_not_deleted_and_the_change_is_told(
    signed_in, staff_admin, posting, bloxwich_west
):
    client, url = signed_in(staff_admin), reverse("admin:hubs_posting_delete", args=[posting.pk])
    form = seen_on(client.get(url))
    posting.role, posting.reason = "sergeant", "Knows the beat."
    posting.save()
    answer = client.post(url, form)
    assert (answer.status_code, answer["Location"]) == (302, url)
    words = told(client, url)
    assert "has changed since you were asked, so it is not deleted" in words
    assert "role: it was “Team member”, now it is “Sergeant”." in words
    assert "it was “empty”, now it is “Knows the beat.”." in words
    # Asked anew, with what is there now, it is deleted.
    assert client.post(url, seen_on(client.get(url))).status_code == 302
    assert not Posting.objects.filter(pk=posting.pk).exists()


def test_a_change_without_history_or_of_what_belongs_to_it_counts(
    signed_in, staff_admin, posting, bloxwich_west, walsall
):
    client, url = signed_in(staff_admin), reverse("admin:hubs_posting_delete", args=[posting.pk])
    form = seen_on(client.get(url))
    posting.named_wards.add(bloxwich_west)
    client.post(url, form)
    assert Posting.objects.filter(pk=posting.pk).exists()
    form = seen_on(client.get(url))
    Posting.objects.filter(pk=posting.pk).update(reason="By a command.")
    client.post(url, form)
    assert Posting.objects.filter(pk=posting.pk).exists()


def test_an_action_added_to_a_priority_keeps_it(signed_in, walsall_editor, walsall):
    priority = Priority.objects.create(area=walsall, title="Bikes", you_said="Bikes.")
    client, url = signed_in(walsall_editor), reverse("admin:areas_priority_delete", args=[priority.pk])
    form = seen_on(client.get(url))
    priority.actions.create(text="Patrols on Fridays.")
    client.post(url, form)
    assert Priority.objects.get() == priority
    assert "has changed since you were asked" in told(client, url)


def test_row_that_is_gone_is_told(signed_in, staff_admin, posting):
    client, url = signed_in(staff_admin), reverse("admin:hubs_posting_delete", args=[posting.pk])
    form = seen_on(client.get(url))
    posting.delete()
    assert client.post(url, form).status_code == 302


def test_what_was_never_shown_is_neither_deleted_nor_saved(signed_in, staff_admin, posting):
    """By a hand-made request, or by a page from before this was asked for."""
    client, url = signed_in(staff_admin), reverse("admin:hubs_posting_delete", args=[posting.pk])
    listed = reverse("admin:hubs_posting_changelist")
    client.post(url, {"post": "yes"})
    assert "your browser did not say what you saw of it. Open the page again." in told(client, listed)
    chosen = {"action": "delete_selected", "_selected_action": [posting.pk], "post": "yes"}
    client.post(listed, chosen)
    assert "your browser did not say what you saw of it. Open the page again." in told(client, listed)
    data = {
        "person": posting.person_id,
        "team": posting.team_id,
        "role": "sergeant",
        "share": 50,
        "from_date": "2026-01-01",
    }
    answer = client.post(reverse("admin:hubs_posting_change", args=[posting.pk]), data)
    assert "Open the page again, and save it from there." in answer.content.decode()
    posting.refresh_from_db()
    assert (posting.role, posting.share) == ("member", 100)


def test_what_somebody_begins_to_use_meanwhile_is_not_deleted(signed_in, staff_admin, posting):
    team = Team.objects.create(slug="new", name="New team", kind=posting.team.kind, hub=posting.team.hub)
    client, url = signed_in(staff_admin), reverse("admin:hubs_team_delete", args=[team.pk])
    form = seen_on(client.get(url))
    Posting.objects.filter(pk=posting.pk).update(team=team)
    text = client.post(url, form).content.decode()
    assert "would require deleting the following protected related objects" in text and str(posting.person) in text
    assert Team.objects.filter(pk=team.pk).exists()


@pytest.mark.parametrize(
    "seen", ["x", ".", "x.99999999999999999999", "x.zz", "=,=", "\u00e9" * 5000, "1" * 5000, "x." + "1" * 5000]
)
def test_hostile_versions_delete_nothing_and_break_nothing(signed_in, staff_admin, posting, seen):
    client = signed_in(staff_admin)
    one = client.post(reverse("admin:hubs_posting_delete", args=[posting.pk]), {"post": "yes", "_seen": seen})
    data = {
        "action": "delete_selected",
        "_selected_action": [posting.pk],
        "post": "yes",
        "_seen": f"{posting.pk}={seen}",
    }
    many = client.post(reverse("admin:hubs_posting_changelist"), data)
    assert {one.status_code, many.status_code} <= {302, 400}
    assert Posting.objects.filter(pk=posting.pk).exists()


# ---- several rows ------------------------------------------------------------------------------------------------------
def test_several_are_deleted_only_as_they_were_seen(signed_in, staff_admin, walsall):
    rows = [
        Notice.objects.create(
            area=walsall, text=f"Notice {n}", shown_from="2026-01-01T00:00Z", shown_until="2027-01-01T00:00Z"
        )
        for n in range(3)
    ]
    client, url = signed_in(staff_admin), reverse("admin:areas_notice_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    form = seen_on(client.post(url, chosen))
    rows[1].text = "Notice, worded anew"
    rows[1].save()
    assert client.post(url, chosen | form).status_code == 302
    words = told(client, url)
    assert ("now it is “Notice, worded anew”" in words, "None of those that you chose is deleted." in words) == (
        True,
        True,
    )
    assert Notice.objects.count() == 3
    assert client.post(url, chosen | seen_on(client.post(url, chosen))).status_code == 302
    assert Notice.objects.count() == 0


def test_question_about_what_is_used_says_so_as_before(signed_in, staff_admin, walsall):
    signpost = Signpost.objects.filter(categories__isnull=False).first() or Signpost.objects.first()
    page = signed_in(staff_admin).get(reverse("admin:feedback_signpost_delete", args=[signpost.pk]))
    assert page.status_code == 200


# ---- cover -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def lee(person, team_of, walsall):
    lee = person("lee", rank="PCSO")
    Posting.objects.create(person=lee, team=team_of(walsall), from_date="2026-01-01")
    return lee


def cover_form(page):
    form = page.context["form"]
    assert f'name="_version" value="{form.version}"' in page.content.decode()
    return {
        "_version": form.version, "person": page.context["person"].pk, "from_date": "2026-11-20", "until": "",
        "kind": "leave", "reason": "", "cover": "", "why": "x",
    }  # fmt: skip


@pytest.mark.parametrize("space", ["admin", "people"])
def test_two_who_set_a_cover_see_each_other(signed_in, walsall_editor, walsall_commander, walsall_officer, lee, space):
    client = signed_in(walsall_editor if space == "admin" else walsall_commander)
    url = reverse(f"{space}:cover")
    form = cover_form(client.get(f"{url}?person={walsall_officer.pk}"))
    theirs = Absence.objects.create(person=walsall_officer, cover=lee, kind="leave", reason="Theirs.")
    answer = client.post(url, form | {"reason": "Mine."})
    assert (answer.status_code, Absence.objects.get().reason) == (200, "Theirs.")
    text = answer.content.decode()
    assert ("saved this while you were writing" in text, "now “Theirs.”, you wrote “Mine.”" in text) == (True, True)
    assert client.post(url, cover_form(answer) | {"reason": "Mine."}).status_code == 302
    assert (Absence.objects.get().pk, Absence.objects.get().reason) == (theirs.pk, "Mine.")


def test_cover_that_was_changed_or_ended_meanwhile_is_not_run_over(signed_in, walsall_commander, walsall_officer, lee):
    client, url = signed_in(walsall_commander), reverse("people:cover")
    absence = Absence.objects.create(person=walsall_officer, kind="leave")
    form = cover_form(client.get(f"{url}?person={walsall_officer.pk}"))
    absence.cover = lee
    absence.save()
    assert client.post(url, form).status_code == 200
    assert Absence.objects.get().cover == lee
    form = cover_form(client.get(f"{url}?person={walsall_officer.pk}"))
    absence.delete()
    answer = client.post(url, form)
    assert ("This absence was ended while you were writing." in answer.content.decode(), Absence.objects.count()) == (
        True,
        0,
    )
    assert client.post(url, cover_form(answer)).status_code == 302
    assert Absence.objects.count() == 1


# ---- what the area promised --------------------------------------------------------------------------------------------
def test_two_who_close_a_priority_see_each_other(signed_in, walsall_commander, walsall):
    priority = Priority.objects.create(area=walsall, title="Bikes", you_said="Bikes.", since=date(2026, 1, 1))
    client, url = signed_in(walsall_commander), reverse("people:priority_end", args=[priority.pk])
    version = client.get(url).context["form"].version
    priority.outcome, priority.ended_on = "Theirs.", today_in_london()
    priority.save()
    assert client.get(url).status_code == 404
    answer = client.post(url, {"_version": version, "outcome": "Mine.", "ended_on": "2026-11-21", "why": "x"})
    assert "now “Theirs.”, you wrote “Mine.”" in answer.content.decode()
    assert Priority.objects.get().outcome == "Theirs."
    again = {
        "_version": answer.context["form"].version,
        "outcome": "Theirs, and mine.",
        "ended_on": "2026-11-21",
        "why": "x",
    }
    assert client.post(url, again).status_code == 302
    assert Priority.objects.get().outcome == "Theirs, and mine."
    assert client.post(url, {"outcome": "Mine.", "ended_on": "2026-11-21", "why": "x"}).status_code == 404


def test_two_who_cancel_a_meeting_do_not_bring_it_back(signed_in, walsall_commander, walsall):
    meeting = Meeting.objects.create(area=walsall, place="Hall", starts="2030-12-01T18:00Z", ends="2030-12-01T19:00Z")
    client, url = signed_in(walsall_commander), reverse("people:meeting_cancel", args=[meeting.pk])
    assert 'name="to" value="off"' in client.get(url).content.decode()
    assert [client.post(url, {"to": "off", "why": "x"}).status_code for _time in range(2)] == [302, 302]
    assert (Meeting.objects.get().cancelled, Meeting.objects.get().sequence) == (True, 1)
    assert 'name="to" value="on"' in client.get(url).content.decode()
    client.post(url, {"to": "on", "why": "x"})
    assert Meeting.objects.get().cancelled is False
