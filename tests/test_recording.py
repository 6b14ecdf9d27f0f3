"""Writing a concern down for somebody: once, with their consent, and with the same receipt."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import translation
from django.utils.translation import gettext

from areas.models import Force, Language
from feedback import clock
from feedback.models import Concern, Contact, Notification, SafetyReview, TakenFor
from feedback.models.codes import follow_code, hash_code
from feedback.models.notification import drain
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


def main_of(page) -> str:
    """The main part of an answer, as words."""
    page = page.content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[page.index("<main") : page.index("</main>")])).split())


def test_receipt_on_paper_says_who_what_next_and_whom_to_call(signed_in, said, walsall_officer, walsall_commander):
    force = Force.objects.get()
    words = main_of(signed_in(walsall_officer).post(NEW, said()))
    due = clock.in_words(Concern.objects.get().due_at)
    told = [
        "Chief Superintendent Demo Commander Walsall, who leads the police in Walsall, sees to it that somebody reads it.",
        f"By {due} you get a reply that answers what you wrote. {force.guarantee}",
        f"If somebody is in danger now, call {force.emergency_phone}.",
        "testserver/track/", force.portal_name,
    ]  # fmt: skip
    assert [one in words for one in told] == [True] * 5


def test_officer_is_told_where_the_words_may_mean_danger(signed_in, said, walsall_officer):
    client = signed_in(walsall_officer)
    calm = main_of(client.post(NEW, said()))
    words = main_of(client.post(NEW, said(text="He has a knife and says he will kill me.", category="asb-street")))
    posts = [post for post in SafetyReview.help_for(Concern.objects.get(safety=True)) if post.code != "emergency"]
    warned = "These words may mean danger. Whoever is on duty has been alerted to look at them."
    assert ([warned in page for page in (calm, words)], len(posts) > 0) == ([False, True], True)
    assert [post.title in words for post in posts] == [True] * len(posts)


@pytest.mark.parametrize("agreed", ["yes", "no"])
def test_receipt_and_mails_speak_the_language_of_the_person(signed_in, said, walsall_officer, mailoutbox, agreed):
    reached = {} if agreed == "yes" else {"name": "", "email": "", "safe": ""}
    page = signed_in(walsall_officer).post(NEW, said(language="pl", agreed=agreed, **reached))
    concern = Concern.objects.get()
    with translation.override("pl"):
        head, due = gettext("Thank you. We have your concern"), clock.in_words(concern.due_at)
    words, body = main_of(page), page.content.decode()
    assert (concern.language, 'lang="pl" dir="ltr">' in body, due in words) == ("pl", True, True)
    assert (head == "Thank you. We have your concern", head in words, "Print this page" in words) == (False, True, True)
    drain()
    assert [mail.subject.isascii() for mail in mailoutbox if mail.to == ["pat@example.org"]] == [False] * (
        agreed == "yes"
    )


def test_a_language_that_nobody_is_offered_is_not_asked_for(signed_in, said, walsall_officer, settings):
    settings.PRODUCTION = True
    client = signed_in(walsall_officer)
    assert "language" not in client.get(NEW).context["form"].fields
    Language.objects.filter(code="ur").update(reviewed_on="2026-01-01", reviewed_by="Demo reader")
    assert client.get(NEW).context["form"].fields["language"].choices == [("en-gb", "English"), ("ur", "اردو (Urdu)")]
    assert client.post(NEW, said(language="pl")).status_code == 422
    assert client.post(NEW, said(language="")).status_code == 200
    assert Concern.objects.get().language == "en-gb"


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


def test_the_counter_is_of_a_hub_and_the_next_one_begins_at_it(signed_in, said, walsall, walsall_officer):
    hub, client = Hub.objects.filter(area=walsall).first(), signed_in(walsall_officer)
    refused = client.post(NEW, said(channel="counter"))
    assert refused.context["form"].errors == {"hub": ["Choose the hub whose counter it was"]}
    page = client.post(NEW, said(channel="counter", hub=hub.pk)).content.decode()
    again = f"{NEW}?channel=counter&amp;hub={hub.pk}"
    assert f'href="{again}"' in page
    form = client.get(again.replace("&amp;", "&")).context["form"]
    assert (form["channel"].value(), form["hub"].value()) == ("counter", str(hub.pk))
    assert client.get(f"{NEW}?channel=x&hub=y").status_code == 200


@pytest.mark.parametrize(
    ("postcode", "words"),
    [
        ("ws9 0xx", "We can’t tell from WS9 0XX where it is. Check it, or choose the ward as well."),
        ("WS3", "“WS3” is not a full postcode. Write all of it, or choose the ward."),
        ("WS3 2PO", "“WS3 2PO” is not a full postcode. Write all of it, or choose the ward."),
    ],
)
def test_a_postcode_that_leads_nowhere_is_answered_in_words_for_the_officer(
    signed_in, said, walsall_officer, postcode, words
):
    answer = signed_in(walsall_officer).post(NEW, said(postcode=postcode, ward=""))
    assert answer.context["form"].errors == {"postcode": [words]}


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


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("walsall_officer", True),
        ("walsall_commander", True),
        ("desk", True),
        ("auditor", False),
        ("department_member", False),
    ],
)
def test_dashboard_and_queue_lead_there_whoever_may(signed_in, request, who, may):
    client = signed_in(request.getfixturevalue(who))
    led = [f'href="{NEW}"' in client.get(page).content.decode() for page in ("/dashboard/", "/dashboard/queue/")]
    assert (led, client.get(NEW).status_code) == ([may, may], 200 if may else 404)


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
