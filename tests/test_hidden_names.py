"""A name that is hidden stands nowhere in public: no page, mail, API, feed or file. Role and team stand there instead."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.urls.converters import IntConverter

from accounts.stamp import today_in_london
from areas.models import Command, CommandCover
from feedback.models.codes import follow_code
from feedback.models.notification import drain
from hubs.models import Absence, Posting

from . import access_matrix as table
from .test_access_matrix import named_routes

pytestmark = pytest.mark.django_db

HANDLES = ["zebulon", "quentin", "philomena", "ignatius", "perpetua"]


@pytest.fixture
def hidden(person, team_of, walsall, bloxwich_west):
    """A commander, who acts for them, a named contact, who covers, and an officer: their names are hidden."""
    commander, acting, contact, cover, officer = (
        person(handle, name=f"{handle.title()} Nottobetold", rank="Sergeant", collar_number=f"7{number}319")
        for number, handle in enumerate(HANDLES)
    )
    today, start = today_in_london(), date(2026, 1, 1)
    command = Command.objects.create(area=walsall, person=commander, from_date=start)
    CommandCover.objects.create(command=command, person=acting, from_date=today, until=today + timedelta(days=3))
    team = team_of(walsall)
    team.wards.add(bloxwich_west)
    posting = Posting.objects.create(person=contact, team=team, from_date=start)
    posting.named_wards.add(bloxwich_west)
    Posting.objects.create(person=officer, team=team, from_date=start)
    Absence.objects.create(person=contact, from_date=today, cover=cover, kind="training", reason="A course in Hereford")
    return commander, acting, contact, cover, officer


@pytest.fixture
def answered(hidden, make_concern, walsall, bloxwich_west):
    """A concern that the hidden officer took and answered, and its follow code."""
    *_others, officer = hidden
    key = table.key(77)
    contact = {"name": "Demo Person", "email": "person@example.org", "safe_to_contact": True}
    concern = make_concern(walsall, ward=bloxwich_west, key=key, contact=contact)
    concern.move_to("acknowledged", by=officer)
    concern.assign(officer=officer, team=officer.postings.get().team, by=hidden[0])
    concern.reply("We were there on Tuesday evening.", by=officer)
    return concern, follow_code(key)


def tells(text):
    """What of a hidden person, or of an absence, stands in the text."""
    secrets = [*HANDLES, *(f"7{number}319" for number in range(5)), "Nottobetold", "Hereford"]
    return [secret for secret in secrets if re.search(secret, text, re.IGNORECASE)]


def public_addresses(walsall, ward):
    """Every open route of the site map, with the places that the hidden people work in."""
    slugs = {"hubs": ward.teams.first().hub.slug, "team": ward.teams.first().slug, "category": "asb-vehicle"}
    for name, pattern in named_routes():
        if name in table.OPEN or name in table.JOURNEY:
            kinds = pattern.pattern.converters
            slug = next((slugs[part] for part in slugs if part in name.replace("hub-", "hubs")), walsall.slug)
            values = {"slug": slug, "code": ward.code}
            values |= {key: 1 for key, kind in kinds.items() if isinstance(kind, IntConverter)}
            values |= {"room": "report"}
            values = {key: values.get(key, "x") for key in pattern.pattern.regex.groupindex}
            yield name, reverse(name, kwargs=values)


def test_no_open_page_tells_a_hidden_name(answered, walsall, bloxwich_west, client):
    visited = dict(public_addresses(walsall, bloxwich_west))
    assert {"areas:ward", "areas:area", "hubs:hub", "hubs:nearest", "home", "api:team-list"} <= set(visited)
    told = {name: tells(client.get(url).content.decode()) for name, url in visited.items()}
    assert {name: secrets for name, secrets in told.items() if secrets} == {}
    ward = client.get(bloxwich_west.get_absolute_url()).content.decode()
    team = bloxwich_west.teams.first()
    assert f"A colleague, {team} answers for Sergeant, {team}" in ward
    assert "Sergeant, area commander" in ward


def test_receipt_page_and_mails_tell_no_hidden_name(answered, mailoutbox):
    concern, code = answered
    drain()
    letters = [mail for mail in mailoutbox if mail.to == ["person@example.org"]]
    assert len(letters) >= 1
    assert [tells(f"{mail.subject} {mail.body} {mail.from_email} {mail.extra_headers}") for mail in letters] == [
        []
    ] * len(letters)
    client = Client()
    client.post(reverse("tracking:start"), {"reference": concern.reference, "code": code})
    page = client.get(reverse("tracking:concern")).content.decode()
    assert "We were there on Tuesday evening." in page
    assert tells(page) == []
    assert f"Sergeant, {concern.team}" in page


def test_a_public_name_would_be_found(answered, hidden, client, bloxwich_west):
    for one in hidden:
        one.public_name = True
        one.save()
    found = tells(client.get(bloxwich_west.get_absolute_url()).content.decode())
    assert found == ["quentin", "philomena", "ignatius", "Nottobetold"]
