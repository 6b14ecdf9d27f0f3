"""Feedback on the website itself: taken once, without a cookie, limited, and read by those who look after it."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.test import Client

from feedback.intake import service
from feedback.models import Concern, ServiceFeedback

pytestmark = pytest.mark.django_db

URL = "/feedback/"


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True)


def key_of(page):
    return page.context["form"]["key"].value()


def send(visitor, text="The map is hard to read.", key=None, **headers):
    return visitor.post(URL, {"text": text, "key": key or key_of(visitor.get(URL))}, headers=headers)


def test_words_are_taken_without_a_cookie_and_are_no_concern(visitor):
    response = send(visitor)
    assert (response.status_code, response["Location"]) == (303, "/feedback/?sent=yes")
    thanks = visitor.get(response["Location"])
    assert "Thank you. We have it." in thanks.content.decode()
    assert dict(visitor.cookies) == {} and thanks["Cache-Control"] == "no-store"
    assert ServiceFeedback.objects.get().text == "The map is hard to read."
    assert not Concern.objects.exists()


def test_one_form_is_taken_once(visitor):
    key = key_of(visitor.get(URL))
    assert [send(visitor, key=key).status_code for _time in range(3)] == [303, 303, 303]
    assert ServiceFeedback.objects.count() == 1


@pytest.mark.parametrize("key", ["made-up", "", "a:b:c"])
def test_form_without_our_key_is_shown_again_with_its_words_and_a_good_key(visitor, key):
    page = visitor.post(URL, {"text": "Kept words.", "key": key})
    assert not ServiceFeedback.objects.exists()
    assert "Kept words." in page.content.decode() and "choose the button once more" in page.content.decode()
    assert send(visitor, "Kept words.", key=key_of(page)).status_code == 303


def test_old_key_is_renewed(visitor, monkeypatch):
    key = key_of(visitor.get(URL))
    monkeypatch.setattr(service, "SECONDS", -1)
    page = send(visitor, key=key)
    monkeypatch.undo()
    assert page.status_code == 200 and not ServiceFeedback.objects.exists()
    assert send(visitor, key=key_of(page)).status_code == 303


def test_form_from_another_site_is_refused(visitor):
    page = send(visitor, **{"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403 and not ServiceFeedback.objects.exists()
    assert "The map is hard to read." in page.content.decode()


@pytest.mark.parametrize(("text", "words"), [
    ("  ", "Write a few words first."), ("x" * 2001, "You have written 2001 characters."),
])  # fmt: skip
def test_what_can_not_be_taken_is_shown_with_a_reason(visitor, text, words):
    assert words in send(visitor, text).content.decode()
    assert not ServiceFeedback.objects.exists()


def test_too_many_are_refused_and_the_words_kept(visitor, monkeypatch):
    monkeypatch.setattr(service, "RATE", "2/hour")
    assert [send(visitor, f"Words {n}").status_code for n in range(3)] == [303, 303, 429]
    assert ServiceFeedback.objects.count() == 2
    assert "We kept your words below." in send(visitor, "Again").content.decode()


def test_page_says_where_concerns_go(visitor):
    page = visitor.get(URL).content.decode()
    assert 'href="/report/"' in page and 'href="/track/"' in page


def test_staff_admins_read_it_and_nobody_else(signed_in, staff_admin, auditor, walsall_editor):
    ServiceFeedback.objects.create(text="Good map.", key_hash="one")
    pages = {
        who: signed_in(who).get("/admin/feedback/servicefeedback/") for who in (staff_admin, auditor, walsall_editor)
    }
    assert [page.status_code for page in pages.values()] == [200, 403, 403]
    assert "Good map." in pages[staff_admin].content.decode()


def test_old_words_are_cleared(visitor):
    old = ServiceFeedback.objects.create(text="Old.", key_hash="old", at=datetime(2020, 1, 1, tzinfo=UTC))
    send(visitor)
    call_command("sweep", "--once")
    assert list(ServiceFeedback.objects.values_list("text", flat=True)) == ["The map is hard to read."]
    assert not ServiceFeedback.objects.filter(pk=old.pk).exists()
