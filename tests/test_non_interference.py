"""What a commander can read stays byte for byte the same, whatever comes in, or is done, in another area."""

import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from accounts.stamp import LONDON
from feedback.insight.figures import freeze
from feedback.models import Category, Concern, Partner, Problem, SavedList

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOON = datetime(2026, 3, 12, 12, tzinfo=LONDON)
TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')
CONTACT = {"name": "Quokka", "email": "quokka@example.org", "safe_to_contact": True}
TEXT = "Off-road bikes race across the green behind the shops."


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def own(make_concern, walsall, bloxwich_west, walsall_commander, walsall_officer):
    """A concern of Walsall that is part of a problem, and a few weeks of others."""
    for days in (1, 2, 3, 20, 60):
        one = make_concern(
            walsall, ward=bloxwich_west, text=f"{TEXT} {days}", place="High Street", times="Fridays at 9pm"
        )
        received = NOON - timedelta(days=days)
        Concern.objects.filter(pk=one.pk).update(received_at=received, due_at=received + timedelta(hours=72))
    one = make_concern(walsall, ward=bloxwich_west, text=TEXT, contact=CONTACT, place="High Street")
    one.link_to(Problem.objects.create(area=walsall, title="Bikes"), by=walsall_commander)
    SavedList.objects.create(person=walsall_commander, name="Bikes", query="search=bikes")
    freeze()
    return one


def asked_of(concern):
    """Every kind of answer: lists narrowed in each way, counts, near, search, charts, files, the API."""
    yield from ["/dashboard/", "/dashboard/problems/", "/dashboard/insight/", "/dashboard/people/"]
    yield from [concern.get_absolute_url(), reverse("casework:problem_page", args=[concern.problem_id])]
    yield from ["/dashboard/insight/areas.csv", f"/dashboard/insight/wards/{concern.ward_id}/"]
    yield from [
        SavedList.objects.get().get_absolute_url(),
        "/dashboard/queue/?view=map",
        "/dashboard/export/?search=quokka",
    ]
    yield from [f"/dashboard/queue/?status=&{narrowed}" for narrowed in NARROWED]
    yield from ["/api/v1/concerns/", "/api/v1/concerns/?search=quokka", f"/api/v1/concerns/{concern.reference}/"]


NARROWED = [
    "search=quokka", "search=bikes", "due=missed", "due=unread", "owner=nobody", "area=dudley", "contact=yes", "partner=demo",
    "received=week", "recourse=yes", "team=demo-dudley",
]  # fmt: skip


def answers(client, concern):
    """Each answer as (status, bytes), by its address, with the file that the export sends."""
    caches["pages"].clear()  # what is kept for a while would hide what moved
    found = {}
    for path in asked_of(concern):
        answer = client.get(path)
        found[path] = answer.status_code, TOKEN.sub(rb"\1", answer.content)
    sent = client.post(
        "/dashboard/export/", {"columns": ["reference", "text", "place"], "query": "status=&search=bikes"}
    )
    found["file"] = sent.headers["Content-Disposition"], b"".join(sent.streaming_content)
    said = {"reason": "To ring.", "version": concern.version, "seen": concern.updates.latest("pk").pk}
    contact = client.post(f"{concern.get_absolute_url()}contact/", said)
    found["contact"] = contact.status_code, TOKEN.sub(rb"\1", contact.content)
    return found


def test_nothing_of_another_area_moves_a_byte(
    signed_in, own, make_concern, walsall_commander, dudley, dudley_commander, dudley_officer, team_of
):
    team, council = team_of(dudley), Partner.objects.create(code="demo", name="Demo council", area=dudley)
    client = signed_in(walsall_commander)
    own.refresh_from_db()
    before = answers(client, own)
    assert {path: status for path, (status, _body) in before.items() if status != 200} == {"file": before["file"][0]}
    for number in range(6):  # a rise, with the same words, place, person and moment
        text = f"{TEXT} Quokka {number}."
        one = make_concern(
            dudley, text=text, contact=CONTACT, channel="phone", place="High Street", times="Fridays at 9pm"
        )
        one.lat, one.lon, one.postcode = own.lat, own.lon, own.postcode
        one.save()
    one.assign(team=team, officer=dudley_officer, by=dudley_commander)
    one.review_safety(True, "A quokka.", by=dudley_officer)
    one.begin_problem("Quokkas", by=dudley_officer)
    one.refer(council, "They look at quokkas.", told="By quokka.", told_at=timezone.now(), by=dudley_officer)
    one.reply("No quokka was seen.", by=dudley_officer)
    late = make_concern(dudley, text="Late quokka", category=Category.objects.get(code="asb-noise"))
    Concern.objects.filter(pk=late.pk).update(received_at=NOON - timedelta(days=5), due_at=NOON - timedelta(days=2))
    for days in (20, 40, 75):  # of months that are closed, placed there only now
        past = make_concern(dudley, text="Past quokka")
        Concern.objects.filter(pk=past.pk).update(received_at=NOON - timedelta(days=days))
    late.take_recourse("Where is my quokka?")
    after = answers(client, own)
    assert [path for path in before if before[path] != after[path]] == []
    assert [path for path, (_head, body) in after.items() if b"No quokka" in body or b"Late quokka" in body] == []
