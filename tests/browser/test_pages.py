"""Pages that only read: no other host, no cookie, no violation; and the way out for somebody in danger."""

import pytest
from playwright.sync_api import expect

from feedback.models import Signpost

pytestmark = pytest.mark.django_db(transaction=True)

READ_PAGES = {
    "areas": "/areas/",
    "area": "/areas/walsall/",
    "hubs": "/hubs/",
    "privacy": "/privacy/",
    "accessibility": "/accessibility/",
    "not-found": "/areas/atlantis/",
    "elsewhere": "/report/help/",
    "safe": "/report/help/safe/",
}


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_read_pages_are_clean(visitor, javascript, walsall_commander, bloxwich_west):
    one = visitor(java_script_enabled=javascript)
    pages = READ_PAGES | {"ward": f"/areas/walsall/wards/{bloxwich_west.code}/"}
    for name, path in pages.items():
        one.go(path, name)
        assert one.cookies() == set(), name
    one.said.clear()  # Chromium reports the wanted 404 as an error


def test_hub_page_is_clean(visitor, walsall):
    one = visitor()
    one.go(f"/hubs/{walsall.hubs.filter(front_counter=True).first().slug}/", "hub")
    assert one.cookies() == set()


@pytest.mark.leaves
def test_exit_this_page_leads_far_away(visitor):
    one = visitor()
    post = Signpost.objects.filter(exit_page=True).first()
    one.go("/report/help/safe/").go(f"/report/help/{post.pk}/", "signpost-exit")
    one.page.locator(".govuk-exit-this-page a, .govuk-exit-this-page__button").first.click()
    expect(one.page).to_have_title("Elsewhere")
    assert (len(one.went) > 0, one.cookies()) == (True, set())


def test_keyboard_reaches_the_content_first(visitor):
    one = visitor()
    one.go("/report/")
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.getAttribute('href')") == "#main"


def test_an_empty_answer_is_named_in_the_summary(visitor):
    one = visitor()
    one.go("/report/")
    one.press("Continue")
    one.look("sort-error")
    assert one.page.title().startswith("Error")
    one.page.locator(".govuk-error-summary a").first.click()
    assert one.page.evaluate("document.activeElement.name") == "sort"


def test_a_right_to_left_page_begins_at_the_right(visitor):
    one = visitor(viewport={"width": 1280, "height": 900})
    one.go("/ar/report/")
    right_of = "selector => document.querySelector(selector).getBoundingClientRect().right"
    assert abs(one.page.evaluate(right_of, "main form") - one.page.evaluate(right_of, "main")) <= 15
