"""Two concerns in two tabs of one browser: what was written for one never reaches the other, nor is it thanked for there."""

import re
import uuid
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from feedback import clock
from feedback.models import Concern
from feedback.models.codes import follow_code

from .test_photos import encoded, picture, upload

PAGE, PHOTOS, ADD, LINKS = "/track/concern/", "/track/photos/", "/track/case-review/add/", "/track/links/"
SENTENCE = "You have another concern open in this browser now, so we have not taken what you just sent."
FORMS = {
    "message": PAGE, "rate": f"{PAGE}rate/", "correct": f"{PAGE}correct/", "withdraw": f"{PAGE}withdraw/",
    "again": f"{PAGE}again/", "recourse": f"{PAGE}recourse/", "format": f"{PAGE}format/",
}  # fmt: skip


@pytest.fixture
def tell(make_concern, walsall):
    """Tells something whose reply is late: both concerns then offer the same forms."""

    def make(text):
        key = uuid.uuid4()
        contact = {"email": "pat@example.org", "safe_to_contact": True}
        concern = make_concern(walsall, key=key, text=text, contact=contact)
        concern.code = follow_code(key)
        now = timezone.now()
        late = {"received_at": clock.add_hours(now, -2), "due_at": clock.add_hours(now, -1)}
        Concern.objects.filter(pk=concern.pk).update(**late)
        return concern

    return make


@pytest.fixture
def older(tell):
    return tell("Bikes on the green.")


@pytest.fixture
def newer(tell):
    return tell("Fireworks at night.")


def opened(client, concern):
    """The concern's page as the browser reads it in a new tab, by form action the key that stands in it."""
    client.post("/track/", {"reference": concern.reference, "code": concern.code})
    return client.get(PAGE).content.decode()


def keys(page):
    """The key of each form of a page, by where it is sent."""
    found = re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL)
    return {to: unescape(key.group(1)) for to, form in found if (key := re.search(r'name="key" value="([^"]+)"', form))}


def told():
    """Every line of history and every status that there is."""
    return list(Concern.objects.order_by("pk", "updates__pk").values_list("updates__pk", "updates__text", "status"))


@pytest.mark.parametrize("act", FORMS)
def test_a_form_of_an_older_tab_reaches_no_other_concern(act, client, older, newer, walsall_officer):
    for concern in (older, newer):
        concern.refresh_from_db()
        concern.reply("We were there.", by=walsall_officer)
        if act == "again":
            concern.resolve("solved", "Done.", by=walsall_officer)
    old_tab = keys(opened(client, older))
    new_tab = keys(opened(client, newer))
    before = told()
    said = {"text": "Words.", "answer": "no", "format": "audio", "key": old_tab[FORMS[act]]}
    answer = client.post(FORMS[act], said)
    assert answer.status_code == 409
    assert SENTENCE in unescape(answer.content.decode())
    assert 'type="hidden" name="text" value="Words."' in answer.content.decode()
    assert newer.reference not in answer.content.decode()
    assert told() == before
    assert client.post(FORMS[act], said | {"key": new_tab[FORMS[act]]}).status_code == 303


def test_what_an_older_tab_sent_stands_ready_once_its_own_page_is_open(client, older, newer):
    key = keys(opened(client, older))[PAGE]
    opened(client, newer)
    client.post(PAGE, {"text": "They came at nine.", "key": key})
    given = {"reference": older.reference, "code": older.code, "text": "They came at nine."}
    page = client.post("/track/", given).content.decode()
    assert "They came at nine.</textarea>" in page
    assert older.reference in page
    assert client.post(PAGE, {"text": "They came at nine.", "key": keys(page)[PAGE]}).status_code == 303
    assert list(older.updates.filter(kind="message").values_list("text", flat=True)) == ["They came at nine."]
    assert newer.updates.filter(kind="message").count() == 0


def test_nothing_written_says_what_to_do_instead(client, older, newer):
    key = keys(opened(client, older))[FORMS["withdraw"]]
    opened(client, newer)
    page = unescape(client.post(FORMS["withdraw"], {"key": key}).content.decode())
    assert "Open the page it was for with its reference and code, and send it again." in page


def test_the_own_tab_goes_on(client, older):
    key = keys(opened(client, older))[PAGE]
    opened(client, older)
    assert client.post(PAGE, {"text": "Words.", "key": key}).url == f"{PAGE}?sent=yes#sent"


def test_thanks_of_an_older_tab_stand_on_no_other_page(client, older, newer):
    opened(client, older)
    sent = client.post(PAGE, {"text": "Words.", "key": keys(client.get(PAGE).content.decode())[PAGE]}).url
    assert "We have your message." in client.get(sent).content.decode()
    opened(client, newer)
    for thanks in (sent, f"{PAGE}?done=correct", f"{PAGE}?done=withdraw"):
        page = client.get(thanks).content.decode()
        assert newer.reference in page
        assert [words in page for words in ("We have your message.", 'id="done"')] == [False, False]


def test_photos_of_an_older_tab_reach_no_other_concern(client, older, newer):
    opened(client, older)
    key = keys(client.get(PHOTOS).content.decode())[PHOTOS]
    opened(client, newer)
    answer = client.post(PHOTOS, upload(encoded(picture())) | {"key": key})
    assert (answer.status_code, older.photos.count(), newer.photos.count()) == (409, 0, 0)


def test_an_older_tab_closes_no_links_and_lists_nothing_of_another(client, older, newer):
    for concern in (older, newer):
        concern.follow_links.issue(uuid.uuid4())
    old_tab = keys(opened(client, older))
    new_tab = keys(opened(client, newer))
    assert client.post(ADD, {"key": old_tab[ADD]}).status_code == 409
    assert older.reference not in client.get("/track/case-review/").content.decode()
    assert client.post(LINKS, {"key": old_tab[LINKS]}).status_code == 409
    assert [one.follow_links.alive().count() for one in (older, newer)] == [1, 1]
    assert client.post(LINKS, {"key": new_tab[LINKS]}).status_code == 303
    assert [one.follow_links.alive().count() for one in (older, newer)] == [1, 0]


def test_a_complaint_is_logged_with_no_other_concern(older, newer):
    client = Client()
    link = re.search(r'href="(/track/concern/complain/[^"]+)"', opened(client, older)).group(1)
    opened(client, newer)
    assert client.get(link).status_code == 302
    assert newer.updates.filter(detail="complaints_opened").count() == 0
    opened(client, older)
    client.get(link)
    assert older.updates.filter(detail="complaints_opened").count() == 1
