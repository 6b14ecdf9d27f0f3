"""Whoever leaves a page leaves it in every language: neither the browser nor a kept cookie opens anything again."""

import re
import uuid

import pytest
from django.utils import timezone

from feedback import clock, photos
from feedback.management.commands.sweep import clear
from feedback.models import ClosedVisit, Draft
from feedback.models.codes import follow_code
from tests.path_jar import PathClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(make_concern, walsall, bloxwich_west, walsall_commander):
    key = uuid.uuid4()
    concern = make_concern(walsall, ward=bloxwich_west, key=key, text="Bikes on the green.")
    concern.code = follow_code(key)
    return concern


@pytest.fixture
def browser(told):
    """A browser with the concern open and on the list, in English."""
    browser = PathClient()
    browser.post("/track/", {"reference": told.reference, "code": told.code})
    assert browser.post("/track/case-review/add/").url == "/track/case-review/"
    return browser


def change(browser, to, page):
    """Choose another language on that page."""
    spoken, room = re.match("((?:/ur|/pl)?)/(report|track)/", page).groups()
    return browser.post(f"{spoken}/{room}/language/", {"to": to, "page": page})


def opened(browser, told):
    """Where the concern or the list can be read."""
    pages = {f"{code}/track/concern/" for code in ("", "/ur", "/pl")}
    lists = {f"{code}/track/case-review/" for code in ("", "/ur", "/pl")}
    found = {page for page in pages if browser.get(page).status_code == 200}
    return found | {page for page in lists if told in browser.get(page).context["concerns"]}


def test_a_change_of_language_moves_all_that_is_open(browser, told, settings):
    assert opened(browser, told) == {"/track/concern/", "/track/case-review/"}
    assert change(browser, "ur", "/track/concern/").url == "/ur/track/concern/"
    assert opened(browser, told) == {"/ur/track/concern/", "/ur/track/case-review/"}
    change(browser, "pl", "/ur/track/concern/")
    assert opened(browser, told) == {"/pl/track/concern/", "/pl/track/case-review/"}
    change(browser, settings.LANGUAGE_CODE, "/pl/track/concern/")
    assert opened(browser, told) == {"/track/concern/", "/track/case-review/"}


@pytest.mark.parametrize("way", ["get", "post"])
@pytest.mark.parametrize("to", ["", "ur", "pl"])
def test_leaving_a_concern_in_any_language_closes_it_for_good(to, way, browser, told):
    kept = browser.copied()
    if to:
        change(browser, to, "/track/concern/")
        for cookie in browser.copied().jar:
            kept.jar.set_cookie(cookie)
    assert getattr(browser, way)(f"{'/' + to if to else ''}/track/leave/").status_code in (302, 303)
    assert {(name, path) for name, path in browser.held() if "track" in name} == set()
    assert opened(browser, told) == set()
    assert opened(kept, told) == set()  # whatever cookie somebody kept


def test_what_was_opened_by_typing_another_address_is_left_too(browser, told):
    """No change of language came in between, so two visits lie under two paths; leaving takes both from the browser."""
    browser.post("/ur/track/", {"reference": told.reference, "code": told.code})
    browser.post("/ur/track/leave/")
    assert opened(browser, told) == set()


def test_a_page_that_was_left_opens_anew_with_the_code(browser, told):
    browser.post("/track/leave/")
    browser.post("/track/", {"reference": told.reference, "code": told.code})
    assert opened(browser, told) == {"/track/concern/"}


def test_leaving_one_browser_closes_no_other(browser, told):
    other = PathClient()
    other.post("/track/", {"reference": told.reference, "code": told.code})
    browser.post("/track/leave/")
    assert opened(other, told) == {"/track/concern/"}


def test_a_link_that_waits_for_its_place_is_left_too(told):
    browser = PathClient()
    browser.post("/track/", {"code": told.follow_links.issue(uuid.uuid4())})
    kept = browser.copied()
    assert kept.get("/track/place/").status_code == 200
    browser.post("/track/leave/")
    assert kept.get("/track/place/").url == "/track/"


def test_only_a_hash_of_the_visit_is_kept_and_swept(browser):
    (value,) = {cookie.value for cookie in browser.jar if cookie.name == "track"}
    browser.post("/track/leave/")
    assert ClosedVisit.objects.count() == 2  # the page's and the list's
    assert not any(row.token_hash in value for row in ClosedVisit.objects.all())
    assert clear()["visits that were left cleared"] == 0
    ClosedVisit.objects.update(expires=clock.add_minutes(timezone.now(), -1))
    assert clear()["visits that were left cleared"] == 2


def test_a_closed_visit_may_be_closed_again():
    for _click in range(2):
        ClosedVisit.objects.close({"", "a"}, timezone.now())
    assert ClosedVisit.objects.count() == 1


# ---- the journey -----------------------------------------------------------------------------------------------------


@pytest.fixture
def writing(db):
    """A browser in the middle of the journey, in English."""
    browser = PathClient()
    key = browser.get("/report/").context["journey"].form_key
    assert browser.post("/report/", {"form_key": key, "sort": "concern"}).url == "/report/what/"
    return browser


@pytest.mark.parametrize("way", ["get", "post"])
@pytest.mark.parametrize("to", ["", "ur", "pl"])
def test_leaving_the_journey_in_any_language_throws_it_away(to, way, writing):
    kept = writing.copied()
    if to:
        assert change(writing, to, "/report/what/").url == f"/{to}/report/what/"
        for cookie in writing.copied().jar:
            kept.jar.set_cookie(cookie)
    getattr(writing, way)(f"{'/' + to if to else ''}/report/leave/")
    assert {(name, path) for name, path in writing.held() if "journey" in name} == set()
    assert Draft.objects.count() == 0
    for browser in (writing, kept):
        for code in ("", "/ur", "/pl"):
            assert browser.get(f"{code}/report/what/").context["journey"].answers == {}


def test_leaving_from_another_site_throws_nothing_away(writing):
    writing.get("/report/leave/", headers={"Sec-Fetch-Site": "cross-site"})
    assert Draft.objects.count() == 1
    assert writing.get("/report/what/").context["journey"].answers["kind"] == "concern"


def test_photos_that_were_not_sent_go_with_the_journey(writing, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    name = photos.new_name()
    photos.path_of(name).parent.mkdir(parents=True)
    photos.path_of(name).write_bytes(b"x")
    journey = writing.get("/report/what/").context["journey"]
    journey.keep(photos=[{"name": name, "width": 1, "height": 1}])
    writing.post("/report/leave/")
    assert not photos.path_of(name).exists()
