"""A lost code is sent again to a proved address alone, and nobody can tell from the page whether there is one."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from areas.routing import Route
from feedback.models import Category, CodeRequest, Concern, Contact
from feedback.models.coderequest import send_codes
from feedback.models.notification import drain

LOST, START, PLACE, PAGE = "/track/lost/", "/track/", "/track/place/", "/track/concern/"
REACH = {"name": "Demo Person", "email": "person@example.org", "safe_to_contact": True}

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(walsall, bloxwich_west):
    """Makes concerns of somebody with an address, in a postcode."""

    def make(**contact):
        route = Route(area=walsall, ward=bloxwich_west, postcode="WS3 2PD", basis="", message="", asked="")
        answers = {
            "category": Category.objects.get(code="asb-vehicle"),
            "text": "Bikes.",
            "contact": {**REACH, **contact},
        }
        return Concern.submit(key=uuid.uuid4(), answers=answers, route=route)[0]

    return make


def prove(concern):
    """Somebody opens a mailed link of the concern and knows the place."""
    client, code = Client(), concern.follow_links.issue(uuid.uuid4())
    client.post(START, {"code": code})
    client.post(PLACE, {"place": "WS3 2PD"})
    return client


def test_an_opened_link_proves_the_address(told):
    concern = told()
    client, code = Client(), concern.follow_links.issue(uuid.uuid4())
    client.post(START, {"code": code})
    client.post(PLACE, {"place": "Dudley"})
    assert Contact.objects.get().confirmed_at is None  # the mail alone proves little
    client.post(PLACE, {"place": "WS3 2PD"})
    first = Contact.objects.get().confirmed_at
    assert first is not None
    prove(concern)
    assert Contact.objects.get().confirmed_at == first


def asked(client, email="person@example.org"):
    return client.post(LOST, {"email": email})


def letters(mailoutbox):
    drain()
    mailoutbox.clear()
    send_codes.func()
    drain()
    return [(letter.to, letter.subject) for letter in mailoutbox]


def test_a_proved_address_gets_a_code_that_opens_the_page(client, told, mailoutbox):
    concern = told()
    prove(concern)
    drain()
    asked(client, "Person@Example.org")
    assert letters(mailoutbox) == [(["person@example.org"], "Your new code")]
    body = mailoutbox[0].body
    assert "Please do not answer this e-mail: nobody reads the answers." in body and "Bikes" not in body
    code = body.partition("/track/#")[2].split()[0]
    opened = Client()
    assert opened.post(START, {"code": code}).url == PLACE
    assert opened.post(PLACE, {"place": "WS3 2PD"}).url == PAGE
    assert CodeRequest.objects.count() == 0


@pytest.mark.parametrize("why", ["unproved", "unsafe", "unknown"])
def test_nobody_else_gets_one(why, client, told, mailoutbox):
    concern = told(safe_to_contact=why != "unsafe")
    if why == "unsafe":
        Contact.objects.get().confirm()
    elif why == "unknown":
        prove(concern)
    drain()
    asked(client, "stranger@example.org" if why == "unknown" else "person@example.org")
    assert letters(mailoutbox) == []
    assert CodeRequest.objects.count() == 0


def test_page_queries_and_rows_are_the_same_for_every_address(told):
    prove(told())
    Client().get(LOST)  # what is read once is read
    seen = set()
    for email in ("person@example.org", "stranger@example.org"):
        client = Client()
        with CaptureQueriesContext(connection) as queries:
            answer = asked(client, email)
        page = answer.content.decode()
        assert email not in page
        seen.add((answer.status_code, page, answer["Cache-Control"], tuple(answer.cookies), len(queries)))
    assert len(seen) == 1
    assert CodeRequest.objects.count() == 2


def test_an_address_is_written_to_three_times_a_day_at_most(told):
    for email in ("person@example.org", "stranger@example.org"):
        answers = [asked(Client(REMOTE_ADDR=f"192.0.2.{n}"), email).status_code for n in range(4)]
        assert answers == [200, 200, 200, 429]


def test_one_caller_can_not_ask_for_many_addresses(client, settings):
    settings.TRACK_RATE = "2/hour"
    assert [asked(client, f"p{n}@example.org").status_code for n in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("email", ["", "x", "a@b", "person@example.org\x00"])
def test_what_is_no_address_is_said(email, client):
    answer = asked(client, email)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["email"])
    assert CodeRequest.objects.count() == 0
