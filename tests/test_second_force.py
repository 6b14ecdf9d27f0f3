"""Another force starts from its own pack: no word of the first is left on any page, in any mail or answer."""

import json
import re
import uuid
from pathlib import Path

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.urls.resolvers import RoutePattern

from areas import drawing
from areas.models import Area, Command, Edition
from feedback.models import Signpost
from feedback.models.notification import drain
from hubs.models import Hub, Posting, Team, TeamKind
from tests import access_matrix, northshire
from tests.test_access_matrix import named_routes
from tests.test_dump_force import dump, empty_tables
from tests.test_intake import ANSWERS, answer, send, walk

FIRST = Path("areas/data/west_midlands")


@pytest.fixture
def northern(db, tmp_path):
    """Northshire's pack in tables that were empty, and the folder that it came from."""
    empty_tables()
    call_command("load_force", str(northshire.write(tmp_path / "northshire")), verbosity=0)
    return tmp_path / "northshire"


@pytest.fixture
def captain(northern, person):
    """Commands Farhaven under a rank that the first force does not know, and is seen by name."""
    leader = person("captain", name="Demo Kestrel", rank="Captain of the Watch", public_name=True)
    Command.objects.create(area=Area.objects.get(slug="farhaven"), person=leader, from_date="2026-01-01")
    team = Team.objects.create(
        slug="farhaven-beat", name="Farhaven beat", hub=Hub.objects.get(slug="quay"),
        kind=TeamKind.objects.get(code="neighbourhood"), phone="01632 960202",
    )  # fmt: skip
    team.wards.set(leader.commands.get().area.wards.all())
    warden = person("warden", name="Demo Plover", rank="Beat warden", public_name=True)
    Posting.objects.create(person=warden, team=team, from_date="2026-01-01")
    return leader


def every_text(value, key=""):
    """Pairs of key and text of a nested JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from every_text(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from every_text(inner, key)
    elif isinstance(value, str):
        yield key, value


PLAIN_WORDS = {"Abbey", "Paddock", "Park", "Woodlands"}  # names of wards that any page may say


def first_words():
    """What only the first force says: its names, areas, wards, hubs, links, long phones and prefix."""
    packs = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FIRST.glob("*.json")}
    force, named = packs["force"], [row["name"] for name in ("areas", "hubs") for row in packs[name]]
    sentences = {force[key] for key in ("name", "portal_name", "headquarters", "guarantee", "not_watched_notice")}
    facts = [fact for name in ("force", "areas", "hubs", "channels", "signposts") for fact in every_text(packs[name])]
    hosts = {host for _key, text in facts for host in re.findall(r"https?://(?:www\.)?([\w.-]+)", text)}
    hosts -= {"gov.uk"}  # the country's, where the licence of open data stands too
    phones = {text for key, text in facts if key in ("number", "value", "phone") and len(re.sub(r"\D", "", text)) > 6}
    departments = {row["name"] for row in packs["departments"]}
    wards = {row["name"] for row in packs["wards"]} - PLAIN_WORDS
    named = {*named, *wards, *(departments - {"Operations"})}
    return sentences | {"West Midlands", "westmidlands"} | named | hosts | phones


# A number between slashes is a row's, in an address; one that is a whole value is a row's, in a form.
NUMBERS = r"\bWMP\b|(?<![\w./])(?<!value=\")(?:999|101)(?![\w./])"
NAMES = sorted(first_words(), key=len, reverse=True)


def left_over(text):
    """Words of the first force in a text, each with what stands around it."""
    plain = text.casefold()
    there = [
        rf"\b{re.escape(word)}" for word in NAMES if word.casefold() in plain
    ]  # few are, and a long pattern is slow
    words = re.finditer("|".join([NUMBERS, *there]), text, re.IGNORECASE)
    return [text[max(0, found.start() - 60) : found.end() + 40] for found in words]


PUBLIC = {
    "/": ["Your Northshire team", "Farhaven", "Oldmoor"],
    "/areas/": ["Farhaven", "Oldmoor"],
    "/areas/farhaven/": ["Captain of the Watch", "Demo Kestrel", "Harbourside"],
    "/areas/farhaven/wards/E95000001/": ["Harbourside", "Farhaven beat"],
    "/areas/farhaven/wards/E95000001/poster/": ["Harbourside"],
    "/areas.geojson": [],
    "/hubs/": ["Quay Street", "Moor Lodge"],
    "/hubs/quay/": ["1 Anchor Lane, Quay Street", "Lost oars"],
    "/hubs/nearest/": [],
    "/priorities/": [],
    "/meetings/": [],
    "/meetings.ics": [],
    "/report/": ["112"],
    "/report/help/": ["Danger now"],
    "/report/help/safe/": ["112"],
    "/feedback/": [],
    "/how-we-are-doing/": ["Farhaven"],
    "/scrutiny/": [],
    "/follow/": [],
    "/track/": [],
    "/track/case-review/": [],
    "/privacy/": ["Northshire Constabulary"],
    "/accessibility/": ["Northshire Constabulary"],
    "/accounts/login/": ["Your Northshire team"],
    "/api/v1/areas/": ["Farhaven"],
    "/api/v1/hubs/": ["Moor Lodge"],
    "/api/v1/categories/": ["Noisy boats"],
    "/api/v1/locate/?postcode=ZX1+1AA": ["Farhaven"],
}


def test_public_pages_speak_for_the_second_force_alone(client, captain):
    answers = {url: client.get(url) for url in PUBLIC}
    texts = {url: answered.content.decode() for url, answered in answers.items()}
    assert {url: answered.status_code for url, answered in answers.items() if answered.status_code != 200} == {}
    assert {url: left_over(text) for url, text in texts.items() if left_over(text)} == {}
    assert [(url, word) for url, words in PUBLIC.items() for word in words if word not in texts[url]] == []


# ---- telling, and what comes of it -----------------------------------------------------------------------------------


def test_journey_speaks_for_the_second_force_alone(client, captain):
    walk(client, category="boats", postcode="ZX1 1AA")
    pages = [client.get(path).content.decode() for path in (*ANSWERS, "/report/where/ward/", "/report/check/")]
    pages.append(client.get(send(client).url).content.decode())
    assert [left_over(page) for page in pages if left_over(page)] == []
    assert "Noisy boats" in pages[1] and "Farhaven" in pages[-2]
    assert re.search(r"NSH-\w{4}-\w{4}", pages[-1]) and "112" in pages[-1]


def test_better_places_are_those_of_the_second_force(client, northern):
    pages = [client.get(f"/report/help/{post.pk}/").content.decode() for post in Signpost.objects.all()]
    assert [left_over(page) for page in pages] == [[], []]
    assert [page for page in pages if "https://northshire.example/help/" not in page] == []


def test_outside_the_second_force_the_way_leads_elsewhere(client, captain):
    walk(client, upto="/report/where/", category="boats")
    answered = answer(client, "/report/where/", follow=True, postcode="ZY1 1AA").content.decode()
    assert (left_over(answered), "112" in answered) == ([], True)


def tell(client, **changed):
    """A concern told through the API; returns what the teller is told."""
    body = {"category": "boats", "text": "Engines all night.", "area": "farhaven", "email": "sam@example.org"}
    body |= {"safe_to_contact": True} | changed
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answered = client.post("/api/v1/concerns/", json.dumps(body), "application/json", headers=key)
    assert (answered.status_code, left_over(answered.content.decode())) == (201, [])
    return answered.json()


def test_receipt_own_page_and_mails_speak_for_the_second_force_alone(client, captain, mailoutbox):
    told = tell(client)
    assert (told["reference"][:4], told["area"]["name"]) == ("NSH-", "Farhaven")
    own = client.post("/track/", {"reference": told["reference"], "code": told["code"]}, follow=True).content.decode()
    tell(client, area="oldmoor", email="pat@example.org")  # nobody commands it
    drain()
    assert sorted(mail.to[0] for mail in mailoutbox) == [
        "captain@example.org",
        "inbox@northshire.example",
        "pat@example.org",
        "sam@example.org",
    ]
    mails = [f"{mail.subject}\n{mail.from_email}\n{mail.body}" for mail in mailoutbox]
    assert [left_over(text) for text in (own, *mails) if left_over(text)] == []
    assert told["reference"] in own and [mail for mail in mails if "Your Northshire team" not in mail] == []
    worded = [mail for mail in mails if mail.startswith("Thank you from the shore\n")]
    assert ["https://northshire.example/how/" in mail for mail in worded] == [True, True]


STAFF = [
    "/dashboard/",
    "/dashboard/queue/",
    "/dashboard/problems/",
    "/dashboard/insight/",
    "/dashboard/insight/wards/E95000001/",
    "/dashboard/export/",
    "/dashboard/concerns/new/",
    "/dashboard/morning-mail/",
    "/dashboard/people/",
    "/dashboard/people/calendar/quay/",
    "/accounts/password/change/",
    "/dashboard/concerns/{reference}/",
]


def test_commanders_pages_speak_for_the_second_force_alone(client, captain):
    reference = tell(client)["reference"]
    client.force_login(captain)
    pages = {url: client.get(url.format(reference=reference)) for url in STAFF}
    assert {url: page.status_code for url, page in pages.items() if page.status_code != 200} == {}
    assert {
        url: left_over(page.content.decode()) for url, page in pages.items() if left_over(page.content.decode())
    } == {}
    assert "Farhaven" in pages["/dashboard/"].content.decode()
    assert reference in pages["/dashboard/queue/"].content.decode()


def test_figures_of_all_areas_speak_for_the_second_force_alone(client, captain, overview):
    tell(client)
    client.force_login(overview)
    for url in ("/dashboard/", "/dashboard/force/"):
        page = client.get(url, follow=True)
        assert (page.status_code, left_over(page.content.decode())) == (200, [])
        assert "Farhaven" in page.content.decode() and "Oldmoor" in page.content.decode()


def test_admin_speaks_for_the_second_force_alone(client, captain, staff_admin):
    client.force_login(staff_admin)
    for url in ("/admin/", "/admin/today/", "/admin/hubs/hub/", "/admin/areas/area/", "/admin/areas/force/1/change/"):
        page = client.get(url)
        assert (url, page.status_code, left_over(page.content.decode())) == (url, 200, [])


# ---- all that the site map knows ----------------------------------------------------------------------------------------
AGAIN = ("_add", "_delete", "_history")  # say what the list and the row's own form say


def filled(name, pattern, place):
    """The address of a route: each part of it by its name."""
    names = (
        pattern.pattern.converters if isinstance(pattern.pattern, RoutePattern) else pattern.pattern.regex.groupindex
    )
    own = {part: place[part] for part in names}
    rooms = ({}, {"pk": 1}, {"provider_id": "force"})  # of the library's, which are themselves about one thing
    return next(url for room in rooms if (url := _reversed(name, own | room)))


def _reversed(name, parts):
    try:
        return reverse(name, kwargs=parts)
    except NoReverseMatch:
        return ""


def place_of(name, reference):
    """Which thing a route is asked about."""
    label = name.partition(":")[2].rpartition("_")[0].replace("_", ".", 1)
    model = next((model for model in admin.site._registry if model._meta.label_lower == label), None)
    row = model and model._default_manager.order_by("pk").first()
    slugs = {"hubs:hub": "quay", "people:hub": "quay", "admin:hub": "quay", "api:hub-detail": "quay"}
    return {
        "object_id": row.pk if row else 1, "pk": 1, "number": 1, "content_type_id": 1,
        "slug": slugs.get(name, "farhaven-beat" if name == "api:team-detail" else "farhaven"), "code": "E95000001",
        "reference": reference, "kind": "people", "app": "hubs", "model": "posting", "app_label": "hubs", "room": "report",
        "mail": "receipt_reporter", "name": "first", "key": "none", "uidb36": "1", "token": "none", "what": "wards",
    }  # fmt: skip


@pytest.mark.slow
def test_every_page_that_the_site_map_knows_speaks_for_the_second_force_alone(captain, person):
    """Read by somebody who may: the admin by the break-glass account, what staff work with by the commander."""
    reference = tell(Client())["reference"]
    clients = [Client(raise_request_exception=False) for _reader in range(3)]
    clients[1].force_login(captain)
    clients[2].force_login(person("boss", is_superuser=True, is_staff=True))
    said, read, walked = {}, set(), set()
    for name, pattern in named_routes():
        if "unnamed" in name or name.startswith(("admin:", *access_matrix.DEVELOPERS)) and name.endswith(AGAIN):
            continue
        url = filled(name, pattern, place_of(name, reference))
        space = name.partition(":")[0]
        reader = clients[2 if space == "admin" else 1 if space in ("casework", "people") else 0]
        page = reader.get(url)
        text = b"".join(page.streaming_content).decode() if page.streaming else page.content.decode(errors="replace")
        walked.add(name)
        if page.status_code == 200:
            read.add(name)
        if page.status_code == 500 or left_over(text):
            said[name] = (page.status_code, left_over(text)[:3])
    assert said == {}
    named = {name for name in access_matrix.declared() if "unnamed" not in name}
    assert {name for name in named - walked if not name.endswith((*AGAIN, "_simple_history"))} == set()
    assert len(read) > 120, sorted(walked - read)


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_error_pages_speak_for_the_second_force_alone(captain, monkeypatch):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answers = [client.get("/nowhere/"), client.post("/accounts/login/"), client.get("/report/help/99/")]
    monkeypatch.setattr(drawing, "draw", None)
    Edition.objects.create(kind="boundaries", name="Broken", state="active", checksum="b")
    answers.append(client.get("/"))
    assert [answered.status_code for answered in answers] == [404, 403, 404, 500]
    assert [left_over(answered.content.decode()) for answered in answers] == [[]] * 4
    assert [place for place, answered in enumerate(answers) if "112" not in answered.content.decode()] == []


def test_its_own_pack_makes_the_round_trip(northern, tmp_path):
    first = dump(tmp_path / "first")
    empty_tables()
    call_command("load_force", str(tmp_path / "first"), verbosity=0)
    assert dump(tmp_path / "second") == first


def test_left_over_words_are_found():
    text = "Call 101, or see www.westmidlands.police.uk; WMP-2222 went to Walsall."
    assert len(left_over(text)) == 4 and left_over('Call 112 or 1016. <a href="/admin/hubs/hub/101/change/">') == []
