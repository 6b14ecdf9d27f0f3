"""The whole line: a person tells us, the commander reads and replies, the person reads the reply."""

import re

import pytest

from accounts.stamp import days_ago
from areas.models import Force
from feedback.models import Concern
from feedback.models.notification import drain

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "demo-portal-only"
TEXT = "Two off-road bikes race across the green every evening. My children can't cross."
REPLY = "PC Demo spoke to the riders on Tuesday. We come past every evening this week and write to you again on Monday."


def tell(one):
    """From the front page to the receipt; returns reference and code as the person reads them."""
    one.go("/", "front")
    one.page.click('main a[href^="/report/"]')
    one.look("sort")
    one.choose("sort", "concern")
    one.press("Continue")
    one.look("what")
    one.choose("category", "asb-vehicle")
    one.press("Continue")
    if one.page.url.endswith("/also/"):
        one.look("also")
        one.press("Continue")
    one.look("where")
    one.page.fill('[name="postcode"]', "ws32pd")
    one.press("Continue")
    if one.page.url.endswith("/area/"):
        one.look("area")
        one.choose("area", "walsall")
        one.press("Continue")
    if one.page.url.endswith("/ward/"):
        one.look("ward")
        one.page.select_option('[name="ward"]', label="Bloxwich West")
        one.press("Continue")
    one.look("spot")
    one.page.fill('[name="place"]', "The green behind the shops")
    one.press("Continue")
    one.look("details")
    one.page.fill('[name="text"]', TEXT)
    one.press("Continue")
    one.look("photos")
    one.press("Continue")
    one.look("contact")
    one.choose("reach", "yes")
    one.press("Continue")
    one.look("reach")
    one.page.fill('[name="name"]', "Demo Person")
    one.page.fill('[name="email"]', "person@example.org")
    one.choose("safe", "yes")
    one.press("Continue")
    one.look("check")
    assert TEXT in one.text()
    one.press("Send it")
    one.look("sent")
    reference, code = one.page.locator(".portal-code").all_inner_texts()
    return reference, code


def open_own_page(one, reference, code):
    one.go("/track/", "track")
    one.page.fill('[name="reference"]', reference.lower().replace("-", " "))
    one.page.fill('[name="code"]', code.lower())
    one.press("Open the page")


def sign_in(one, who):
    one.go("/accounts/login/", "sign-in")
    one.page.fill('[name="login"]', who.email)
    one.page.fill('[name="password"]', PASSWORD)
    one.press("Sign in")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_concern_travels_the_whole_line(visitor, javascript, walsall_commander, dudley_commander, mailoutbox):
    person = visitor(java_script_enabled=javascript)
    reference, code = tell(person)
    concern = Concern.objects.get()
    assert (concern.reference, concern.area.slug, concern.text) == (reference, "walsall", TEXT)
    assert Force.objects.get().not_watched_notice in person.text()

    drain()
    assert sorted(mail.to[0] for mail in mailoutbox) == [walsall_commander.email, "person@example.org"]
    assert not any(TEXT[:20] in mail.body for mail in mailoutbox)

    open_own_page(person, reference, code)
    person.look("follow-received")
    assert reference in person.text()

    commander = visitor(java_script_enabled=javascript)
    sign_in(commander, walsall_commander)
    commander.look("dashboard")
    commander.go("/dashboard/queue/", "queue")
    commander.page.click(f'main a[href$="/{reference}/"]')
    commander.look("casework-concern")
    assert TEXT in commander.text()
    reply = commander.page.locator('form[action$="/reply/"]')
    if not reply.locator('[name="text"]').is_visible():
        commander.page.locator("details", has=reply).locator("> summary").click()
    reply.locator('[name="text"]').fill(REPLY)
    reply.locator('[name="next"]').fill("We come past every evening this week.")
    reply.locator('[name="when"]').fill(f"{days_ago(-7)}")
    reply.get_by_role("button", name="Send this reply", exact=True).click()
    commander.page.wait_for_load_state()
    commander.look("casework-answered")

    other = visitor(java_script_enabled=javascript)
    sign_in(other, dudley_commander)
    assert other.page.goto(f"{other.base}/dashboard/concerns/{reference}/").status == 404
    assert TEXT not in other.page.content()
    other.said.clear()  # Chromium reports the wanted 404 as an error

    person.go("/track/concern/")
    assert REPLY in person.text()
    person.look("follow-answered")
    person.page.fill('main [name="text"]', "Thank you. It is quieter already.")
    person.page.locator('main form:has([name="text"]) button').first.click()
    person.page.wait_for_load_state()
    assert "Thank you. It is quieter already." in person.text()
    assert concern.updates.filter(kind="message").count() == 1


def test_a_double_click_sends_once(visitor):
    person = visitor(java_script_enabled=False)
    for path, name, value in [("/report/", "sort", "concern"), ("", "category", "asb-vehicle")]:
        if path:
            person.go(path)
        person.choose(name, value)
        person.press("Continue")
    if person.page.url.endswith("/also/"):
        person.press("Continue")
    person.go("/report/where/area/?any=1")
    person.choose("area", "walsall")
    person.press("Continue")
    person.press("Continue")  # no ward: not to know is an answer
    person.press("Continue")
    person.page.fill('[name="text"]', TEXT)
    person.press("Continue")
    person.press("Continue")  # no photo
    person.choose("reach", "no")
    person.press("Continue")
    person.page.get_by_role("button", name="Send it", exact=True).dblclick(no_wait_after=True)
    person.page.wait_for_url(re.compile("/report/sent/"))
    person.page.reload()
    person.page.go_back()
    if person.page.get_by_role("button", name="Send it", exact=True).count():
        person.press("Send it")
    assert Concern.objects.count() == 1
