"""A commander's morning in a real browser: the brief, the queue by keyboard, several at once, a problem, a file, a call."""

from datetime import timedelta

import pytest
from django.utils import timezone

from feedback.models import Concern, Problem

from .test_line import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def morning(make_concern, walsall, bloxwich_west, walsall_commander, walsall_officer, team_of):
    """Five concerns of Walsall, one of them missed, and a problem."""
    team_of(walsall)
    made = [
        make_concern(walsall, ward=bloxwich_west, text=f"Number {number}: bikes on the green.") for number in range(5)
    ]
    late = timezone.now() - timedelta(hours=80)
    Concern.objects.filter(pk=made[0].pk).update(received_at=late, due_at=late + timedelta(hours=72))
    made[4].review_safety(True, "Look at this.", by=walsall_commander)
    problem = Problem.objects.create(area=walsall, title="Bikes on the green", objective="No bikes by June.")
    made[3].link_to(problem, by=walsall_commander)
    return made


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_commander_decides_what_the_morning_asks(visitor, javascript, morning, walsall_commander):
    one = visitor(java_script_enabled=javascript)
    sign_in(one, walsall_commander)
    one.look("brief")
    one.follow("reply is missed")
    assert one.page.locator(".portal-queue__row").count() == 1
    one.look("queue-missed")
    one.go("/dashboard/queue/?status=&view=map", "queue-map")
    one.go("/dashboard/queue/")
    for box in one.page.locator(".portal-queue__pick").all()[:3]:
        box.check()
    one.page.select_option("#together", "acknowledge")
    one.press("Look at it first")
    one.look("together-before")
    one.page.fill('[name="reason"]', "Read at the briefing.")
    one.press("I have read these")
    one.look("together-after")
    assert Concern.objects.filter(status="acknowledged").count() >= 3
    one.go("/dashboard/problems/", "problems")
    one.follow("Bikes on the green")
    one.look("problem")
    one.go("/dashboard/export/?due=missed", "export")
    one.go("/dashboard/insight/", "insight")
    one.go("/dashboard/morning-mail/", "morning-mail")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_officer_writes_a_call_down(visitor, javascript, walsall_officer):
    one = visitor(java_script_enabled=javascript)
    sign_in(one, walsall_officer)
    one.go("/dashboard/concerns/new/", "record")
    one.press("Keep it and show the receipt")
    one.look("record-refused")
    one.said.clear()  # Chromium reports the wanted 422 as an error
    one.choose("channel", "phone")
    one.page.select_option('[name="category"]', "asb-vehicle")
    one.page.fill('[name="text"]', "Bikes on the green every evening.")
    one.choose("agreed", "no")
    one.press("Keep it and show the receipt")
    one.look("recorded")
    reference = one.page.locator(".portal-receipt .portal-code").first.inner_text()
    assert Concern.objects.get().reference == reference


def test_queue_is_worked_by_keys(visitor, morning, walsall_commander):
    one = visitor()
    sign_in(one, walsall_commander)
    one.go("/dashboard/queue/")
    links = one.page.locator(".portal-queue__words")
    links.first.focus()
    one.page.keyboard.press("j")
    one.page.keyboard.press("x")
    assert one.page.evaluate("document.activeElement.textContent") == links.nth(1).inner_text()
    assert [box.is_checked() for box in one.page.locator(".portal-queue__pick").all()] == [
        False,
        True,
        False,
        False,
        False,
    ]
    one.page.keyboard.press("k")
    with one.page.expect_navigation():
        one.page.keyboard.press("Enter")
    assert "/dashboard/concerns/" in one.page.url


def test_overview_sees_the_force(visitor, morning, overview):
    one = visitor()
    sign_in(one, overview)
    one.go("/dashboard/force/", "force")
