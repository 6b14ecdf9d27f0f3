"""A whole journey in every language: told, followed, and each act of the reporter's page; and nothing of it left in English."""

import re
import uuid
from functools import cache
from html import unescape
from html.parser import HTMLParser
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Template
from django.utils import timezone
from PIL import Image

from feedback import clock
from feedback.models import Concern
from feedback.models.codes import follow_code
from policing_portal import catalogues
from tests.path_jar import PathClient

from .test_before_sending import SAMPLE
from .test_intake import hidden_fields

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OTHERS = catalogues.other_languages()
EMERGENCY = "Emergency? Call 999 Not an emergency? Call 101"
GAP = re.compile(r"<[^>]+>|%\(\w+\)[sd]|%%|%[sd]|\s*\n\s*")
READ = ("title", "alt", "placeholder", "aria-label")
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@pytest.fixture(autouse=True)
def drawn_untold(monkeypatch):
    """Nobody asks here what a template knew, and keeping it for each takes longer than all the rest."""
    monkeypatch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))


class Reader(HTMLParser):
    """What somebody reads or hears of a page, in pieces; `english` holds what is marked as English."""

    def __init__(self, page):
        super().__init__()
        self.pieces, self.english, self.marks, self.root = [], [], [], {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.root = self.root or (attrs if tag == "html" else {})
        self._hear(*(attrs[name] for name in READ if attrs.get(name)))
        if tag not in VOID:
            self.marks.append((tag, attrs.get("lang", self.marks[-1][1] if self.marks else "")))

    def handle_endtag(self, tag):
        while self.marks and self.marks.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not self.marks or self.marks[-1][0] not in ("script", "style", "textarea"):
            self._hear(data)

    def _hear(self, *pieces):
        marked = self.marks and self.marks[-1][1] == "en-gb"
        (self.english if marked else self.pieces).extend(" ".join(piece.split()) for piece in pieces if piece.strip())


@cache
def english_of(language):
    """(short messages as they stand, longest unbroken piece of each longer one) that `language` says in other words."""
    short, long = set(), set()
    for book in catalogues.books()[:1] + [one for one in catalogues.books() if "west_midlands" in str(one.folder)]:
        for message in book.read(language):
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            said = message.string if isinstance(message.string, tuple) else (message.string,)
            for words in (words for words in ids if words and words not in " ".join(said)):  # a name may be quoted
                piece = max((" ".join(part.split()) for part in GAP.split(words)), key=len)
                if len(piece.split()) > 3:
                    long.add(piece)
                elif piece == " ".join(words.split()) and len(piece) > 3:
                    short.add(piece)
    return short, long


def left_in_english(page, language):
    """The pieces of `page` that stand in English although the catalogue has other words for them."""
    short, long = english_of(language)
    text = "\n".join(Reader(page).pieces)
    return sorted(short.intersection(text.split("\n")) | {piece for piece in long if piece in text})


class Person:
    """Somebody who reads one language; every page that they see is looked at."""

    def __init__(self, language):
        self.language, self.client, self.seen = language, PathClient(), []

    def read(self, answer, status=200):
        """Look at a page: its status, its language and direction, the emergency numbers in English, nothing else in English."""
        text, path = answer.content.decode(), answer.request["PATH_INFO"]
        page = Reader(text)
        direction = "rtl" if self.language in ("ur", "ar") else "ltr"
        assert (path, answer.status_code) == (path, status)
        assert (path, page.root["lang"], page.root["dir"]) == (path, self.language, direction)
        assert answer.headers["Content-Language"] == self.language
        assert EMERGENCY in " ".join(page.english), path
        assert (path, left_in_english(text, self.language)) == (path, [])
        self.seen.append(path.removeprefix(f"/{self.language}"))
        self.last = answer
        return answer

    def go(self, path):
        """Read a page by its address without the language."""
        return self.read(self.client.get(f"/{self.language}{path}"))

    def fill_in(self, path, **fields):
        """Read the page of a form, fill it in and read what follows."""
        hidden = hidden_fields(self.go(path)) | {"key": next(iter(self._keys().values()), "")}
        answer = self.client.post(f"/{self.language}{path}", hidden | fields)
        assert (path, answer.status_code) == (path, 303), Reader(answer.content.decode()).pieces
        return self.follow(answer)

    def follow(self, answer):
        """Read the page to which an answer leads."""
        return self.read(self.client.get(answer.url))

    def refused(self, path, status=200, **fields):
        """Send a form that can't be taken, and read why."""
        hidden = hidden_fields(self.client.get(f"/{self.language}{path}"))
        return self.read(self.client.post(f"/{self.language}{path}", hidden | fields), status)

    def _keys(self):
        """The keys of the forms on the reporter's page that was read last, by their ids."""
        found = re.findall(r'name="key" value="([^"]+)" id="([^"]+)"', self.last.content.decode())
        return {name: unescape(key) for key, name in found}

    def act(self, name, **said):
        """One act of the tracking page that was read last, with the key that its form holds."""
        key = self._keys()["id_key" if name == "message" else f"{name}-key"]
        path = f"/{self.language}/track/concern/" + (f"{name}/" if name != "message" else "")
        answer = self.client.post(path, {"key": key, **said})
        assert (name, answer.status_code) == (name, 303), answer.content.decode()
        return self.follow(answer)


@pytest.fixture
def several(make_concern, walsall, bloxwich_west):
    """So many people told us of nuisance vehicles in the ward that everybody may know."""
    for number in range(5):
        contact = {"name": "Pat", "email": f"p{number}@example.org"}
        make_concern(walsall, ward=bloxwich_west, text=f"Quadbikes {number} " * 3, contact=contact)


def photo():
    """A small picture as a phone sends it."""
    file = BytesIO()
    Image.new("RGB", (40, 30), "green").save(file, "JPEG")
    return SimpleUploadedFile("green.jpg", file.getvalue(), "image/jpeg")


def where(person, ward):
    """To the ward by way of a postcode that is none, one elsewhere, and the list of areas."""
    person.refused("/report/where/", postcode="rubbish")
    person.fill_in("/report/where/", postcode="B98 8AA")
    person.go("/report/where/area/?any=1")
    person.refused("/report/where/area/")
    person.fill_in("/report/where/area/", area="walsall")
    person.fill_in("/report/where/ward/", ward=ward.code)


@pytest.mark.parametrize("language", OTHERS)
def test_a_whole_journey_is_told_in_every_language(language, several, bloxwich_west, walsall_commander):
    person = Person(language)
    person.refused("/report/")
    person.fill_in("/report/", sort="concern")
    person.refused("/report/what/")
    person.fill_in("/report/what/", category="asb-vehicle")
    where(person, bloxwich_west)
    person.fill_in("/report/known/")
    person.fill_in("/report/where/exactly/", place="Demo", times="Demo")
    person.refused("/report/details/")
    person.fill_in("/report/details/", text=f"{SAMPLE} A knife.")
    person.fill_in("/report/photos/", photos=photo(), more="1")
    person.fill_in("/report/photos/")
    person.refused("/report/contact/")
    person.fill_in("/report/contact/", reach="yes")
    person.refused("/report/contact/how/")
    person.fill_in("/report/contact/how/", name="Pat Demo", email="pat@example.org", safe="yes")
    person.fill_in("/report/check/")
    person.go("/report/sent/")
    told = Concern.objects.latest("pk")
    assert (told.language, told.safety, told.ward) == (language, True, bloxwich_west)
    walked = ["", "what", "where", "where/outside", "where/area", "where/ward", "known", "where/exactly", "details"]
    walked += ["photos", "contact", "contact/how", "check", "next", "sent"]
    assert {f"/report/{name}/".replace("//", "/") for name in walked} - set(person.seen) == set()


@pytest.fixture
def told(make_concern, walsall, bloxwich_west, walsall_commander):
    """A concern, and the code that its receipt showed."""
    key = uuid.uuid4()
    concern = make_concern(walsall, ward=bloxwich_west, key=key, text="Quadbikes.")
    concern.code = follow_code(key)
    return concern


def open_page(person, told):
    """Read what is wrong with a wrong code, then open the page."""
    person.refused("/track/", reference=told.reference, code="AAAA-BBBB-CCCC-DDDD")
    person.fill_in("/track/", reference=told.reference, code=told.code)


@pytest.mark.parametrize("language", OTHERS)
def test_each_act_of_the_reporter_is_done_in_every_language(language, told, walsall_officer, walsall_commander):
    person = Person(language)
    open_page(person, told)
    person.act("message", text="Demo.")
    person.act("correct", text="Quadbikes, 4.")
    person.act("format", format="interpreter", language="Demo")
    person.fill_in("/track/photos/", photos=photo())
    told.refresh_from_db()
    told.assign(by=walsall_officer, officer=walsall_officer)
    told.reply("Demo.", by=walsall_officer)
    person.go("/track/concern/")
    person.act("rate", answer="partly")
    person.act("withdraw", text="Demo.")
    person.act("again", text="Demo.")
    told.refresh_from_db()
    told.resolve("reduced", "Demo.", by=walsall_officer)
    person.go("/track/concern/")
    person.act("again", text="Demo.")
    person.act("recourse", text="Demo.")
    person.go("/track/photos/")
    told.refresh_from_db()
    told.answer_recourse("Demo.", by=walsall_commander)
    person.go("/track/concern/")
    person.act("message", text="A knife.")
    assert person.seen[-1] == "/track/next/"


@pytest.mark.parametrize("language", OTHERS)
def test_a_late_answer_and_the_list_for_the_council_stand_in_every_language(language, told):
    received = clock.add_hours(timezone.now(), -80)
    Concern.objects.filter(pk=told.pk).update(received_at=received, due_at=clock.add_hours(received, 72))
    person = Person(language)
    open_page(person, told)
    person.refused("/track/concern/format/", 422, key="x")
    person.follow(person.client.post(f"/{language}/track/case-review/add/"))
    person.refused("/track/lost/", 422)
    person.refused("/track/lost/", email="pat@example.org")
    person.follow(person.client.post(f"/{language}/track/leave/"))
    assert person.client.get(f"/{language}/track/concern/").url == f"/{language}/track/"


def test_a_sentence_left_in_english_is_found(client):
    page = client.get("/report/").content.decode().replace('lang="en-gb"', 'lang="pl"')
    found = left_in_english(page, "pl")
    assert {"What do you want to tell us?", "A crime that has happened", "Shortcuts"} - set(found) == set()
    assert left_in_english(page.replace("Shortcuts", "Skróty"), "pl") == [one for one in found if one != "Shortcuts"]


@pytest.mark.parametrize("language", OTHERS)
def test_an_older_tab_is_answered_in_every_language(language, told, make_concern, walsall):
    key = uuid.uuid4()
    newer = make_concern(walsall, key=key, text="Quadbikes.")
    newer.code = follow_code(key)
    person = Person(language)
    open_page(person, told)
    keys = person._keys()
    open_page(person, newer)
    for name, act, text in [("id_key", "", "Demo."), ("withdraw-key", "withdraw/", "")]:
        said = {"key": keys[name], "text": text}
        person.read(person.client.post(f"/{language}/track/concern/{act}", said), 409)
