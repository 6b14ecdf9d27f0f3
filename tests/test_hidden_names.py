"""A name that is hidden stands nowhere in public: no page, mail, API, feed or file. Role and team stand there instead."""

import json
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.urls.converters import IntConverter

from accounts.stamp import today_in_london
from areas.models import Command, CommandCover
from feedback.models import ConcernUpdate
from feedback.models.codes import follow_code
from feedback.models.notification import drain
from feedback.naming import speakers
from feedback.privacy import _all_of
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
    for one in (cover, officer):
        Posting.objects.create(person=one, team=team, from_date=start)
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
    assert (f"<bdi>Sergeant, {team}</bdi>" in ward, "answers for Sergeant" in ward) == (True, False)
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


# ---- hidden only later -----------------------------------------------------------------------------------------------
@pytest.fixture
def page_of():
    """What the person who told us reads of a concern with that follow code."""

    def read(concern, code):
        client = Client()
        client.post(reverse("tracking:start"), {"reference": concern.reference, "code": code})
        return client.get(reverse("tracking:concern")).content.decode()

    return read


def test_what_was_written_under_a_public_name_hides_it_later(answered, hidden, page_of, monkeypatch):
    concern, code = answered
    *_others, officer = hidden
    public = {"public_name": True}
    type(officer).objects.filter(pk=officer.pk).update(**public)
    officer.refresh_from_db()
    concern.refresh_from_db()
    concern.reply("We will be there on Friday, too.", by=officer)
    monkeypatch.setattr("feedback.models.objecting.Objecting.recourse_reason", lambda self, now=None: "missed")
    concern.take_recourse("Nobody came.")
    concern.answer_recourse("I am sorry for that.", by=officer)
    taken = ConcernUpdate.objects.filter(concern=concern).last()
    old = ConcernUpdate.objects.create(  # as it was kept before: with the name of its author
        concern=concern, kind="reply", side="force", public=True, by=officer, by_label=str(officer), text="Long ago.",
        how="written", said_by=str(officer),
    )  # fmt: skip
    assert [one.said_by for one in concern.updates.filter(by=officer).exclude(pk=old.pk)] == [""] * 4
    assert (taken.by, "Perpetua Nottobetold" in page_of(concern, code)) == (officer, True)
    type(officer).objects.filter(pk=officer.pk).update(public_name=False)
    page = page_of(concern, code)
    assert all(words in page for words in ("on Friday, too.", "I am sorry for that.", "Long ago."))
    assert tells(page) == []
    assert tells(json.dumps(_all_of(concern))) == []


@pytest.mark.parametrize(
    ("said_by", "shown"),
    [
        ("Sergeant Ignatius Nottobetold", "The police"),
        ("PC NOTTOBETOLD", "The police"),
        ("Sergeant Demo Pat", "Sergeant Demo Pat"),
        ("The desk at Bloxwich", "The desk at Bloxwich"),
    ],
)
def test_spoken_answer_tells_no_hidden_name(answered, hidden, page_of, person, said_by, shown):
    concern, code = answered
    person("pat", public_name=True)
    concern.reply("We agreed on Friday.", by=hidden[0], how="phone", said_by=said_by)
    page = page_of(concern, code)
    heads = re.findall(r'portal-timeline__who">\s*(?:<bdi>)?([^<]+)', page)
    assert heads[-1].strip() == shown
    assert [line["by"] for line in _all_of(concern)["history"] if line["text"] == "We agreed on Friday."] == [
        "" if shown == "The police" else shown
    ]


def test_names_of_many_spoken_answers_cost_one_question(answered, hidden, django_assert_num_queries):
    concern, _code = answered
    for number in range(5):
        concern.reply(f"Call {number}.", by=hidden[0], how="phone", said_by=f"PC Demo {number}")
    rows = list(concern.updates.all())
    with django_assert_num_queries(1):
        assert len(speakers(rows)) == 5
    with django_assert_num_queries(0):
        assert speakers([row for row in rows if not row.said_by]) == {}
