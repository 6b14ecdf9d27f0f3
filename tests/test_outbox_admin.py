"""The outbox in the admin: what was given up is told where the wrong things of today are, and tried again from its list."""

import pytest
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from feedback.models import Notification, Subscription
from feedback.models.notification import drain_outbox

pytestmark = pytest.mark.django_db
LIST = "/admin/feedback/notification/"
PARKED = f"{LIST}?state__exact=parked"


@pytest.fixture
def parked(make_concern, walsall, walsall_commander):
    note = make_concern(walsall, contact={"email": "sam@example.org", "safe_to_contact": True}).notifications.first()
    Notification.objects.filter(pk=note.pk).update(state="parked", attempts=60, last_error="SMTPRecipientsRefused 550")
    return note


def wrong(page):
    return {one.key: one for one in page.context["findings"]}


@pytest.mark.parametrize(("who", "told"), [("staff_admin", True), ("auditor", True), ("walsall_editor", False)])
def test_mails_that_could_not_be_sent_are_told_to_those_who_see_the_outbox(who, told, request, signed_in, parked):
    client = signed_in(request.getfixturevalue(who))
    page = client.get("/admin/today/")
    found = wrong(page).get("mails")
    assert (found is not None, "SMTPRecipientsRefused 550" in page.content.decode()) == (told, told)
    if told:
        (row,) = found.rows
        assert (found.number, row.text, row.url) == (1, str(parked), PARKED)
        assert list(client.get(row.url).context["cl"].result_list) == [parked]


def test_nothing_is_wrong_where_all_mails_went_out(signed_in, staff_admin, db):
    found = wrong(signed_in(staff_admin).get("/admin/today/"))["mails"]
    assert (found.number, found.rows) == (0, [])


def test_what_is_parked_is_tried_again_and_that_is_said(signed_in, staff_admin, parked):
    other = Notification.objects.exclude(pk=parked.pk).get()
    DBTaskResult.objects.all().delete()
    client = signed_in(staff_admin)
    chosen = {"action": "send_again", "_selected_action": [parked.pk, other.pk]}
    page = client.post(LIST, chosen, follow=True)
    assert [str(one) for one in page.context["messages"]] == [
        "Tried again now, by the worker: 1. Not parked, so left as they are: 1."
    ]
    parked.refresh_from_db()
    assert (parked.state, parked.attempts, parked.claimed_until) == ("pending", 0, None)
    assert [task.task_path for task in DBTaskResult.objects.all()] == [drain_outbox.module_path]
    page = client.post(LIST, chosen | {"_selected_action": [parked.pk]}, follow=True)
    assert "Tried again now, by the worker: 0." in str(list(page.context["messages"])[0])
    assert DBTaskResult.objects.count() == 1


def test_those_who_only_look_try_nothing_again(signed_in, auditor, parked):
    signed_in(auditor).post(LIST, {"action": "send_again", "_selected_action": [parked.pk]})
    parked.refresh_from_db()
    assert parked.state == "parked"


def test_each_action_says_what_it_did(signed_in, staff_admin, walsall):
    follow = Subscription.objects.create(area=walsall, sealed="x", email_key="k")
    hub, client = walsall.hubs.first(), signed_in(staff_admin)
    said = []
    for name, action, row in (("feedback_subscription", "stop_mails", follow), ("hubs_hub", "mark_checked", hub)):
        url = reverse(f"admin:{name}_changelist")
        page = client.post(url, {"action": action, "_selected_action": [row.pk]}, follow=True)
        said += [str(one) for one in page.context["messages"]]
    assert said == ["Stopped: 1. Nobody gets these mails any more.", f"Checked today by you: {hub.name}."]
