"""What the portal itself writes to a person is in their language, in the history and in mails; the force reads it in English."""

import html
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from areas.models import Force, Language
from feedback import post, standing
from feedback.casework.answer import Answer
from feedback.models import Concern, Contact, Notification, Signpost, Subscription
from feedback.models.codes import follow_code
from feedback.models.notification import drain
from policing_portal import catalogues

pytestmark = pytest.mark.django_db
WORDS = {
    "number": "20DY/123",
    "link": "https://example.org/x",
    "area": "Walsall",
    "reference": "WM-7KQ3-F9XD",
    "words": "Demo",
}


@pytest.fixture
def told(make_concern, walsall, bloxwich_west, walsall_commander):
    key = uuid.uuid4()
    concern = make_concern(walsall, ward=bloxwich_west, key=key, text="Bikes.", contact={"email": "sam@example.org"})
    Contact.objects.filter(concern=concern).update(safe_to_contact=True)
    Concern.objects.filter(pk=concern.pk).update(language="pl")
    concern.refresh_from_db()
    concern.code = follow_code(key)
    return concern


@pytest.fixture
def reader(told):
    client = Client()
    client.post("/pl/track/", {"reference": told.reference, "code": told.code})
    return client


def read(reader):
    return html.unescape(reader.get("/pl/track/concern/").content.decode())


@pytest.mark.parametrize("sentence", standing.SENTENCES)
def test_each_sentence_is_said_with_what_stands_in_its_gap(sentence):
    text = f"Before.\n{sentence % WORDS}\nAfter."
    assert standing.spoken(text, own=False) == text
    with translation.override("pl"):
        said = translation.gettext(sentence)
        assert said != sentence
        assert standing.spoken(text, own=False) == f"Before.\n{said % WORDS}\nAfter."


def test_what_the_person_wrote_is_never_touched():
    text = standing.NEXT % {"words": standing.NOTHING_MORE}
    with translation.override("pl"):
        assert standing.spoken(text, own=True) == text
        assert standing.spoken(standing.STILL_HAPPENING, own=True) == "To się nadal dzieje."
        assert standing.spoken("2 photos were added.", own=True) == standing.photos(2) != "2 photos were added."


@pytest.mark.parametrize(
    ("when", "kept", "said"),
    [
        ("2026-12-02", "Wednesday 2 December", "środa 2 grudnia"),
        ("2027-01-04", "Monday 4 January 2027", "poniedziałek 4 stycznia 2027"),
    ],
)
def test_the_end_of_a_reply_is_said_in_the_readers_language(told, walsall_officer, time_machine, when, kept, said):
    time_machine.move_to("2026-11-23T09:00:00+00:00", tick=False)
    form = Answer({"text": "We moved them on today.", "who": "PC Demo", "next": "We come again.", "when": when})
    form.is_valid()
    text = form.composed()
    assert text == f"We moved them on today.\n\nWho did it: PC Demo\nWhat happens next: We come again.\nBy when: {kept}"
    with translation.override("pl"):
        lines = standing.spoken(text, own=False).split("\n")
    assert lines[-2:] == ["Co będzie dalej: We come again.", f"Do kiedy: {said}"]


def test_the_page_says_the_end_of_a_reply_in_the_readers_language(reader, told, walsall_officer):
    told.reply("We moved them on.\n\nBy when: Wednesday 2 December", by=walsall_officer)
    page = read(reader)
    assert "Do kiedy: środa 2 grudnia" in page
    assert "By when" not in page


def test_nothing_more_is_said_in_the_readers_language(reader, told, walsall_officer):
    form = Answer({"text": "We moved them on today.", "last": "on"})
    form.is_valid()
    told.reply(form.composed(), by=walsall_officer)
    assert "Co będzie dalej: nic więcej" in read(reader)


def test_a_crime_and_its_rights_are_told_in_the_readers_language(reader, told, walsall_officer):
    told.disclose_crime("", "", by=walsall_officer)
    told.disclose_crime("20DY/1", "", by=walsall_officer)
    page = read(reader)
    for english in (standing.CRIME, "is recorded as a crime", Force.objects.get().victim_rights):
        assert english not in page
    assert "Numer przestępstwa: 20DY/1. Mają Państwo prawa" in page


def test_what_the_portal_says_for_the_person_is_kept_in_english(reader, told, walsall_officer):
    told.resolve("solved", "We moved them on.", by=walsall_officer)
    form = reader.get("/pl/track/concern/").context["forms"]["again"]
    reader.post("/pl/track/concern/again/", {"key": form["key"].value(), "text": ""})
    assert told.updates.filter(kind="message").get().text == "It is still happening."
    assert "To się nadal dzieje." in read(reader)


def test_notes_for_the_force_are_english_whatever_the_person_reads(reader, told):
    with translation.override("pl"):
        Concern.objects.filter(pk=told.pk).update(due_at=told.received_at)
        told.refresh_from_db()
        reader.get("/pl/track/concern/")
    assert told.updates.filter(kind="note").get().text == "The complaints route was shown on the person's page."


# ---- mails -----------------------------------------------------------------------------------------------------------
def mail_to(told, mailoutbox):
    told.notify("status", to="reporter")
    Notification.objects.exclude(kind="status").delete()
    drain()
    return mailoutbox.pop()


def test_a_mail_leads_to_the_page_in_its_own_language(told, mailoutbox, settings):
    body = mail_to(told, mailoutbox).body
    assert f"{settings.BASE_URL}/pl/track/#" in body
    link, code = re.search(r"(/pl/track/)#([\w-]+)", body).groups()
    assert Client().post(link, {"code": code}).url == "/pl/track/place/"


def test_a_language_that_is_not_offered_gets_english_mails_whose_links_work(told, mailoutbox, settings):
    settings.PRODUCTION = True
    assert not Language.objects.offered().filter(code="pl").exists()
    body = mail_to(told, mailoutbox).body
    assert f"{settings.BASE_URL}/track/#" in body
    assert "There is news about what you told us." in body


WHOM_TO_CALL = "If somebody is in danger now, call 999. For anything else that can't wait, call 101."


@pytest.mark.parametrize("language", ["en-gb", "pl", "ur"])
def test_mails_say_in_english_too_whom_to_call(language, told, walsall, mailoutbox):
    Concern.objects.filter(pk=told.pk).update(language=language)
    told.refresh_from_db()
    Subscription.ask(email="sam@example.org", pace="at_once", language=language, area=walsall)
    drain()
    bodies = [mail_to(told, mailoutbox).body, next(one.body for one in mailoutbox if one.to == ["sam@example.org"])]
    assert [body.count(WHOM_TO_CALL) for body in bodies] == [1, 1]
    lines = [line for line in bodies[0].splitlines() if "999" in line and "101" in line]
    assert len(lines) == (1 if language == "en-gb" else 2)


def test_mails_of_followers_are_whole_in_their_language_and_stop_without_one(walsall, mailoutbox, settings):
    Subscription.ask(email="sam@example.org", pace="at_once", language="pl", area=walsall)
    drain()
    asked = mailoutbox.pop()
    assert "nobody reads the answers" not in asked.body
    assert "Prosimy nie odpowiadać na tę wiadomość: nikt nie czyta odpowiedzi." in asked.body
    assert f"{settings.BASE_URL}/pl/follow/confirm/" in asked.body
    with translation.override("pl"):
        stops = post._stops(lambda: reverse("following:start"))
    assert stops == {"stop_url": "/pl/follow/", "one_click": "/follow/"}


# ---- what scripts say ------------------------------------------------------------------------------------------------
def test_the_count_of_characters_is_said_in_the_readers_language(reader):
    page = read(reader)
    assert page.count('data-i18n.characters-under-limit.other="Pozostało znaków: %{count}"') == 2
    assert page.count('data-i18n.characters-over-limit.few="O tyle znaków za dużo: %{count}"') == 2
    assert page.count('data-i18n.characters-at-limit="Pozostało znaków: 0"') == 2
    assert "data-i18n.characters" not in reader.get("/track/").content.decode()


# ---- numbers in languages that run from the right --------------------------------------------------------------------
GROUPS = re.compile(r"\d{3,} \d{3,}")


@pytest.mark.parametrize("language", ["ur", "ar"])
def test_a_phone_number_in_groups_stands_apart_from_words_that_run_the_other_way(language, client):
    """Otherwise 0800 555 111 is shown as 111 555 0800."""
    post = next(post for post in Signpost.objects.all() if any(GROUPS.match(one["number"]) for one in post.phones))
    page = client.get(f"/{language}/report/help/{post.pk}/").content.decode()
    numbers = [one["number"] for one in post.phones]
    assert [number for number in numbers if f"<bdi>{number}</bdi></a>" not in page] == []


@pytest.mark.parametrize("language", ["ur", "ar"])
def test_numbers_in_groups_are_isolated_in_translations(language):
    for book in catalogues.books():
        said = [str(message.string) for message in book.read(language) if message.id]
        assert [one for one in said if any(one[at.start() - 1] != "\u2066" for at in GROUPS.finditer(one))] == []
