"""Leaving on a shared computer, in a real browser: whatever the language, nothing stands open afterwards."""

import uuid

import pytest

from feedback.models import Draft
from feedback.models.codes import follow_code

from .test_after_sending import unfold
from .test_line import open_own_page

pytestmark = pytest.mark.django_db(transaction=True)


def change(one, code):
    """Choose another language in the page's own list."""
    one.page.locator(".portal-languages > summary").click()
    one.page.locator(f'.portal-languages [name="to"][value="{code}"]').click()
    one.page.wait_for_load_state()


def paths(one):
    """Under which addresses the browser still keeps something of ours."""
    return {(cookie["name"], cookie["path"]) for cookie in one.page.context.cookies() if cookie["path"] != "/"}


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_concern_that_was_left_in_urdu_is_closed_in_english(visitor, javascript, make_concern, walsall):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    person = visitor(java_script_enabled=javascript)
    open_own_page(person, concern.reference, follow_code(key))
    unfold(person, "review")
    person.page.locator('form[action$="/add/"] button').click()
    person.page.wait_for_load_state()
    person.go("/track/concern/")
    change(person, "ur")
    assert person.page.url.endswith("/ur/track/concern/")
    assert paths(person) == {("track", "/ur/track/"), ("track-list", "/ur/track/")}
    person.page.locator('form[action$="/ur/track/leave/"] button').click()
    person.page.wait_for_load_state()
    assert paths(person) == set()
    for address in ("/track/concern/", "/ur/track/concern/"):
        person.go(address)
        assert person.page.url.endswith("/track/")
    for address in ("/track/case-review/", "/ur/track/case-review/"):
        assert concern.reference not in person.go(address).text()


def test_a_journey_that_was_left_in_urdu_is_gone_in_english(visitor):
    person = visitor()
    person.go("/report/")
    person.choose("sort", "concern")
    person.press("Continue")
    change(person, "ur")
    assert (person.page.url.endswith("/ur/report/what/"), Draft.objects.count()) == (True, 1)
    person.page.evaluate("fetch('/ur/report/leave/', {method: 'POST'})")
    person.page.wait_for_load_state()
    person.go("/report/what/")
    assert (Draft.objects.count(), paths(person)) == (0, set())


def test_a_correction_is_asked_what_points_to_a_person(visitor, make_concern, walsall):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    person = visitor()
    open_own_page(person, concern.reference, follow_code(key))
    unfold(person, "correct")
    person.page.locator("#correct textarea").fill("Mr Karim Demo of 14 Field Road rides there.")
    person.press("Change it")
    assert "Your words may point to a person" in person.text()
    person.look("after-correct-people")
    person.said.clear()  # Chromium reports the wanted 422 as an error
    person.choose("finding-0", "officers")
    person.press("Change it")
    assert "We have your new words." in person.text()
    concern.refresh_from_db()
    assert concern.text == "[officers only 1] of 14 Field Road rides there."
