"""A concern that is followed to an honest end, by somebody who gave no name and has the code alone."""

import uuid

import pytest
from django.utils import timezone

from feedback import clock
from feedback.models import CodeRequest, Concern, Rating, Recourse
from feedback.models.codes import follow_code

from .test_line import open_own_page, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Two off-road bikes race across the green every evening."


def tell_nameless(one):
    """From the sort of matter to the receipt without a name; returns reference and code as the person reads them."""
    one.go("/report/")
    for name, value in (("sort", "concern"), ("category", "asb-vehicle")):
        one.choose(name, value)
        one.press("Continue")
    if one.page.url.endswith("/also/"):
        one.press("Continue")
    one.go("/report/where/area/?any=1")
    one.choose("area", "walsall")
    one.press("Continue")
    one.press("Continue")  # no ward
    one.press("Continue")
    one.page.fill('[name="text"]', TEXT)
    one.press("Continue")
    while not one.page.url.endswith("/contact/"):
        one.press("Continue")
    one.choose("reach", "no")
    one.press("Continue")
    one.press("Send it")
    return one.page.locator(".portal-code").all_inner_texts()


def unfold(one, name):
    """Open a folded part of the page, as a person does."""
    one.page.locator(f"#{name} > summary").click()


def write(one, text):
    form = one.page.locator('form[action$="/track/concern/"]')
    form.locator('[name="text"]').fill(text)
    form.get_by_role("button").click()
    one.page.wait_for_load_state()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_from_sending_to_recourse_with_the_code_alone(visitor, javascript, walsall_commander, walsall_officer):
    person = visitor(java_script_enabled=javascript)
    reference, code = tell_nameless(person)
    concern = Concern.objects.get(reference=reference)
    assert not hasattr(concern, "contact")

    open_own_page(person, reference, code)
    person.look("after-received")
    unfold(person, "correct")
    person.page.locator("#correct textarea").fill(f"{TEXT} Four of them.")
    person.look("after-correct")
    person.press("Change it")
    assert "We have your new words." in person.text()
    unfold(person, "format")
    person.press("Ask for it")
    assert "Choose what you need." in person.text()
    person.look("after-format-error")
    person.said.clear()  # Chromium reports the wanted 422 as an error
    person.choose("format", "language")
    person.page.fill('[name="language"]', "Urdu")
    person.press("Ask for it")
    assert "We know what you need." in person.text()

    # Two-way messages.
    write(person, "They came at nine.")
    concern.refresh_from_db()
    concern.assign(by=walsall_commander, officer=walsall_officer)
    concern.reply("We walk the green at nine tonight. What colour are the bikes?", by=walsall_officer)
    person.go("/track/concern/")
    assert "What colour are the bikes?" in person.text() and walsall_officer.name not in person.text()
    person.look("after-answered")
    write(person, "Red ones.")
    assert "Red ones." in person.text()

    person.press("Partly")
    assert "You said that our reply answered you in part." in person.text()
    person.look("after-rated")
    person.page.locator("#rate textarea").fill("Who do I call at night?")
    person.press("Keep it")
    assert (Rating.objects.get().answer, Rating.objects.get().text) == ("partly", "Who do I call at night?")

    concern.refresh_from_db()
    concern.resolve("reduced", "We moved them on three times.", by=walsall_officer)
    person.go("/track/concern/", "after-ended")
    person.page.locator('form[action$="/again/"] textarea').fill("Back again on Sunday.")
    person.press("It is still happening")
    assert "We look at it again." in person.text()
    concern.refresh_from_db()
    assert (concern.status, concern.officer) == ("acknowledged", walsall_officer)

    concern.resolve("reduced", "We went once more.", by=walsall_officer)
    person.go("/track/concern/")
    person.press("It is still happening")
    assert "A more senior officer has it now" in person.text()
    person.look("after-recourse")
    person.page.locator('form[action$="/recourse/"] textarea').fill("Nobody comes on Sundays.")
    person.press("Ask the commander's office")
    assert "The commander's office has your message" in person.text()
    person.look("after-recourse-asked")

    commander = visitor(java_script_enabled=javascript)
    sign_in(commander, walsall_commander)
    commander.go(f"/dashboard/concerns/{reference}/", "casework-recourse")
    answer = commander.page.locator('form[action$="/recourse/"]')
    answer.locator('[name="text"]').fill("You are right. From this week two officers work on Sundays.")
    answer.get_by_role("button").click()
    commander.page.wait_for_load_state()

    person.go("/track/concern/")
    assert "From this week two officers work on Sundays." in person.text()
    assert Recourse.objects.get().answered_by == walsall_commander
    person.look("after-recourse-answered")


def test_a_missed_time_offers_the_office_first(visitor, make_concern, walsall, walsall_commander):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    received = clock.add_hours(timezone.now(), -80)
    Concern.objects.filter(pk=concern.pk).update(received_at=received, due_at=clock.add_hours(received, 72))
    person = visitor()
    open_own_page(person, concern.reference, follow_code(key))
    assert "Our reply is late: what you can do" in person.text()
    person.look("after-missed")
    unfold(person, "withdraw")
    person.look("after-withdraw")
    person.page.locator('form[action$="/withdraw/"] button').click()
    person.page.wait_for_load_state()
    assert "You took it back" in person.text()
    person.look("after-withdrawn")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_the_own_list_for_a_case_review(visitor, javascript, make_concern, walsall, bloxwich_west, dudley):
    keys = [uuid.uuid4() for _each in range(3)]
    concerns = [
        make_concern(area, ward=None, key=key) for area, key in zip((walsall, walsall, dudley), keys, strict=True)
    ]
    person = visitor(java_script_enabled=javascript)
    person.go("/track/case-review/", "case-review-empty")
    for concern, key in zip(concerns, keys, strict=True):
        person.page.fill('[name="reference"]', concern.reference)
        person.page.fill('[name="code"]', follow_code(key))
        person.press("Add it")
    assert all(concern.reference in person.text() for concern in concerns)
    person.look("case-review")
    person.page.emulate_media(media="print")
    person.page.screenshot(path=person.folder / "case-review-print.png", full_page=True)


def test_a_lost_code_is_asked_for(visitor):
    person = visitor()
    person.go("/track/lost/", "lost")
    person.page.fill('[name="email"]', "person@example.org")
    person.press("Send me a new code")
    assert "We say the same here to everybody" in person.text()
    person.look("lost-asked")
    assert CodeRequest.objects.count() == 1
