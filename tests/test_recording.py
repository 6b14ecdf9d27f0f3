"""Writing a concern down for somebody: once, with their consent, and with the same receipt."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from feedback.models import Concern, Contact, Notification, TakenFor
from feedback.models.codes import follow_code, hash_code
from hubs.models import Hub

pytestmark = pytest.mark.django_db

NEW = "/dashboard/concerns/new/"


@pytest.fixture
def said(bloxwich_west):
    """What an officer fills in: `said(agreed="no")`."""

    def make(**more):
        return {
            "channel": "phone", "category": "asb-vehicle", "text": "Bikes on the green.", "ward": bloxwich_west.pk,
            "agreed": "yes", "name": "Pat Example", "email": "pat@example.org", "phone": "", "safe": "yes",
            "key": str(uuid.uuid4()), **more,
        }  # fmt: skip

    return make


def test_officer_writes_a_concern_down(signed_in, said, walsall, walsall_officer, bloxwich_west):
    hub, client, sent = Hub.objects.filter(area=walsall).first(), signed_in(walsall_officer), said(channel="counter")
    answer = client.post(NEW, {**sent, "hub": hub.pk})
    concern = Concern.objects.get()
    assert (answer.status_code, concern.channel, concern.area, concern.ward) == (200, "counter", walsall, bloxwich_west)
    taken = TakenFor.objects.get()
    assert (taken.concern, taken.by, taken.hub, taken.agreed) == (concern, walsall_officer, hub, True)
    note = concern.updates.get(kind="note")
    assert (note.public, note.by, note.text) == (
        False, walsall_officer,
        f"Written down for the person. It came by: Front counter. At {hub}. The person agreed that we keep how to reach them.",
    )  # fmt: skip


def test_person_gets_the_same_receipt(signed_in, said, walsall_officer):
    sent = said()
    page = signed_in(walsall_officer).post(NEW, sent).content.decode()
    concern, code = Concern.objects.get(), follow_code(uuid.UUID(sent["key"]))
    assert [words in page for words in (concern.reference, code, "You will have a proper reply by")] == [True] * 3
    assert concern.code_hash == hash_code(code)
    assert set(Notification.objects.values_list("kind", "recipient")) == {
        ("received", "commander"),
        ("receipt", "reporter"),
    }


def test_no_mail_where_it_is_not_safe(signed_in, said, walsall_officer):
    page = signed_in(walsall_officer).post(NEW, said(safe="no")).content.decode()
    assert "No mail goes out" in page
    assert list(Notification.objects.values_list("kind", "recipient")) == [("received", "commander")]


def test_written_down_once_however_often_it_is_sent(signed_in, said, walsall_officer):
    client, sent = signed_in(walsall_officer), said()
    pages = [client.post(NEW, sent) for _time in range(3)]
    codes = {tuple(re.findall(r'portal-code">([^<]+)', page.content.decode())) for page in pages}
    assert (Concern.objects.count(), TakenFor.objects.count(), len(codes)) == (1, 1, 1)
    assert Concern.objects.get().updates.count() == 2
    other = client.post(NEW, {**sent, "text": "Something else."})
    assert (other.status_code, Concern.objects.count()) == (422, 1)


def test_without_consent_nothing_of_the_person_is_kept(signed_in, said, walsall_officer):
    client = signed_in(walsall_officer)
    refused = client.post(NEW, said(agreed="no"))
    assert (refused.status_code, refused.context["form"].errors.keys()) == (422, {"agreed"})
    assert client.post(NEW, said(agreed="no", name="", email="", safe="")).status_code == 200
    assert (Concern.objects.count(), Contact.objects.count(), TakenFor.objects.get().agreed) == (1, 0, False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": " "}, "text"), ({"category": "none"}, "category"), ({"channel": "web"}, "channel"), ({"agreed": ""}, "agreed"),
        ({"email": "pat"}, "email"), ({"safe": ""}, "safe"), ({"name": "", "email": ""}, "name"),
        ({"postcode": "nonsense", "ward": ""}, "postcode"), ({"key": "x"}, "key"),
    ],
)  # fmt: skip
def test_what_is_missing_is_asked_for(signed_in, said, walsall_officer, wrong, field):
    answer = signed_in(walsall_officer).post(NEW, said(**wrong))
    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert Concern.objects.count() == 0


def test_an_unknown_postcode_goes_by_the_ward(signed_in, said, walsall_officer, bloxwich_west):
    assert signed_in(walsall_officer).post(NEW, said(postcode="WS3 2PD")).status_code == 200
    concern = Concern.objects.get()
    assert (concern.ward or bloxwich_west, concern.area, concern.postcode) == (
        bloxwich_west,
        bloxwich_west.area,
        "WS3 2PD",
    )


def test_without_a_place_it_is_of_ones_own_area(signed_in, said, walsall, walsall_officer):
    signed_in(walsall_officer).post(NEW, said(ward=""))
    assert (Concern.objects.get().area, Concern.objects.get().ward) == (walsall, None)


def test_desk_writes_down_what_nobody_can_place(signed_in, said, desk):
    assert signed_in(desk).post(NEW, said(ward="")).status_code == 200
    assert Concern.objects.get().desk_reason == "unplaced"


def test_hubs_and_wards_of_other_areas_are_not_offered(signed_in, said, dudley, walsall_officer):
    client, theirs = signed_in(walsall_officer), Hub.objects.filter(area=dudley).first()
    ward = dudley.wards.active().first()
    page = client.get(NEW).content.decode()
    assert [f'value="{theirs.pk}"' in page, ward.name in page] == [False, False]
    assert client.post(NEW, said(hub=theirs.pk)).status_code == 422
    assert client.post(NEW, said(ward=ward.pk)).status_code == 422


# ---- when they told it -----------------------------------------------------------------------------------------------
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_clocks_run_from_when_the_person_told_it(signed_in, said, walsall_officer, time_machine):
    """A meeting's concern of Thursday evening, written down on Monday: read too late and answered too late already."""
    time_machine.move_to(MONDAY, tick=False)
    page = signed_in(walsall_officer).post(NEW, said(channel="meeting", told_day="2026-11-19", told_time="19:15"))
    concern = Concern.objects.get()
    told = datetime(2026, 11, 19, 19, 15, tzinfo=UTC)
    assert (concern.received_at, concern.due_at - told) == (told, timedelta(hours=72))
    assert (concern.clock.state, list(Concern.objects.unread(12))) == ("missed", [concern])
    assert "Thursday 19 November, 7:15pm" in page.content.decode()  # on the receipt
    assert (
        "They told us on Thursday 19 November, 7:15pm; the clocks run from then."
        in concern.updates.get(kind="note").text
    )
    concern.disclose_crime("", "", by=walsall_officer)
    assert list(Concern.objects.to_record(late=True, hours=24)) == [concern]


def test_without_a_time_it_is_just_now_and_the_form_offers_now(signed_in, said, walsall_officer, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    client = signed_in(walsall_officer)
    page = client.get(NEW).content.decode()
    assert 'value="2026-11-23"' in page and 'value="09:30"' in page
    client.post(NEW, said())
    assert Concern.objects.get().received_at == MONDAY


@pytest.mark.parametrize(
    ("day", "time", "field"),
    [
        ("2026-11-23", "09:31", "told_day"),
        ("2026-10-23", "09:29", "told_day"),
        ("2026-11-20", "", "told_time"),
        ("", "10:00", "told_day"),
        ("soon", "10:00", "told_day"),
    ],
)
def test_times_that_cannot_be_are_refused(signed_in, said, walsall_officer, time_machine, day, time, field):
    time_machine.move_to(MONDAY, tick=False)
    answer = signed_in(walsall_officer).post(NEW, said(told_day=day, told_time=time))
    assert (answer.status_code, list(answer.context["form"].errors), Concern.objects.count()) == (422, [field], 0)


def test_31_days_ago_is_taken(signed_in, said, walsall_officer, time_machine):
    """Across the night of 25 October: 31 times 24 hours."""
    time_machine.move_to(MONDAY, tick=False)
    signed_in(walsall_officer).post(NEW, said(told_day="2026-10-23", told_time="10:30"))
    assert Concern.objects.get().received_at == MONDAY - timedelta(days=31)


def test_the_same_words_of_another_time_are_no_replay(signed_in, said, walsall_officer, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    client, sent = signed_in(walsall_officer), said(told_day="2026-11-19", told_time="19:15")
    statuses = [client.post(NEW, one).status_code for one in (sent, sent, sent | {"told_time": "19:20"})]
    assert (statuses, Concern.objects.count()) == ([200, 200, 422], 1)


def test_the_page_speaks_to_the_officer_of_the_person(signed_in, walsall_officer):
    page = signed_in(walsall_officer).get(NEW).content.decode()
    ours = page[page.index("<main") : page.index("</main>")]
    words = ("Yes, write or call", "Have an officer sent first", "call me", "your mail", "sent to you")
    assert [one in ours for one in words] == [True, True, False, False, False]
