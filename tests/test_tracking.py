"""The reporter's own pages: who gets in, what they see, what they can add."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from areas.routing import Route
from feedback import clock
from feedback.models import Category, Concern, FollowLink, Notification
from feedback.models.codes import follow_code, hash_code
from feedback.models.notification import drain
from feedback.tracking import door
from tests.racing import race

START, PLACE, PAGE, LEAVE = "/track/", "/track/place/", "/track/concern/", "/track/leave/"
REFUSAL = "We can&#x27;t find that. Check the reference and the code, letter by letter, and try again."


@pytest.fixture
def told(make_concern, walsall, bloxwich_west):
    """A concern in Walsall and the code that its receipt showed."""
    key = uuid.uuid4()
    concern = make_concern(walsall, ward=bloxwich_west, key=key)
    concern.code = follow_code(key)
    return concern


def enter(client, concern, code=None):
    return client.post(START, {"reference": concern.reference, "code": code or concern.code})


@pytest.fixture
def reader(told):
    """The person who told us, with their page open."""
    client = Client()
    enter(client, told)
    return client


def key_in(page):
    """The key of the message form on a page."""
    return page.context["form"]["key"].value()


def write(reader, text, **form):
    form.setdefault("key", key_in(reader.get(PAGE)))
    return reader.post(PAGE, {"text": text, **form})


def messages_of(concern):
    return list(concern.updates.filter(kind="message").values_list("text", flat=True))


# ---- getting in ------------------------------------------------------------------------------------------------------


def test_the_form_page_sets_only_the_key_of_its_form(client, db):
    answer = client.get(START)
    assert (answer.status_code, list(answer.cookies), answer["Cache-Control"]) == (200, ["csrftoken"], "no-store")
    cookie = answer.cookies["csrftoken"]
    assert (cookie["max-age"], cookie["expires"]) == ("", "")  # gone with the browser


def test_reference_and_code_open_the_page(client, told):
    answer = enter(client, told)
    assert (answer.status_code, answer.url) == (303, PAGE)
    cookie = answer.cookies["track"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        "/track/",
        True,
        "Strict",
        1800,
    )
    page = client.get(PAGE)
    assert (page.status_code, page.context["concern"]) == (200, told)
    assert (page["Cache-Control"], page["X-Robots-Tag"], page["Referrer-Policy"]) == (
        "no-store",
        "noindex",
        "same-origin",
    )
    assert "<title>What you told us - " in page.content.decode()
    assert client.get(PAGE).status_code == 200  # a reload works


@pytest.mark.parametrize("reference", [str.lower, lambda r: r.replace("-", " "), lambda r: r[4:], lambda r: f" {r} "])
@pytest.mark.parametrize(
    "code", [str.lower, lambda c: c.replace("-", ""), lambda c: c.replace("O", "0").replace("I", "1").replace("B", "8")]
)
def test_reference_and_code_are_forgiving(reference, code, client, told):
    answer = client.post(START, {"reference": reference(told.reference), "code": code(told.code)})
    assert (answer.status_code, answer.url) == (303, PAGE)


def test_whatever_does_not_open_a_page_gets_the_same_answer(
    client, told, make_concern, dudley, django_assert_num_queries
):
    other = make_concern(dudley)
    wrong = "AAAA-BBBB-CCCC-DDDD"
    tries = [
        (told.reference, wrong),
        (other.reference, told.code),
        ("WMP-2222-2222", told.code),
        ("WMP-2222-2222", wrong),
        ("", told.code),
        ("", ""),
        (told.reference, ""),
        ("rubbish", "🐸"),
        ("x" * 500, "y" * 500),
        ("WMP\x00", "A\x00B"),
        ("' OR 1=1 --", "%"),
    ]
    bodies = set()
    for reference, code in tries:
        with django_assert_num_queries(8):  # one each for the languages and the notices of the page
            answer = client.post(START, {"reference": reference, "code": code})
        assert (answer.status_code, "track" in answer.cookies) == (200, False)
        form = answer.context["form"]
        assert form.errors == {
            "code": ["We can't find that. Check the reference and the code, letter by letter, and try again."]
        }
        bodies.add(answer.content.decode().count(REFUSAL))
    assert bodies == {2}  # in the summary and at the field, always


def test_guessing_is_slowed_down(client, told, settings):
    settings.TRACK_RATE = "3/hour"
    for _guess in range(3):
        assert enter(client, told, "AAAA-BBBB-CCCC-DDDD").status_code == 200
    answer = enter(client, told)
    assert (answer.status_code, 0 < int(answer["Retry-After"]) <= 3600) == (429, True)
    assert "That was too often in a short time." in answer.content.decode()
    assert told.code in answer.content.decode()  # nothing typed is lost
    assert client.get(PAGE).status_code == 303


def test_the_form_needs_its_key(told):
    client = Client(enforce_csrf_checks=True)
    assert enter(client, told).status_code == 403


@pytest.mark.parametrize("tampered", ["concern.{pk}", "concern.{pk}:x:y", "", "concern.\x00", "followlink.1"])
def test_the_cookie_of_another_concern_cannot_be_made(tampered, client, told, make_concern, dudley):
    other = make_concern(dudley)
    enter(client, told)
    signature = client.cookies["track"].value.partition(":")[2]
    for value in (tampered.format(pk=other.pk), f"{tampered.format(pk=other.pk)}:{signature}"):
        client.cookies["track"] = value.replace("\x00", "")
        answer = client.get(PAGE)
        assert (answer.status_code, answer.url) == (303, START)


def test_the_page_closes_after_a_while_and_when_left(reader, told, monkeypatch):
    assert reader.get(PAGE).status_code == 200
    with monkeypatch.context() as later:
        later.setattr(door, "MINUTES", 0)
        assert reader.get(PAGE).url == START
    answer = reader.post(LEAVE)
    assert (answer.status_code, answer.url, reader.cookies["track"].value) == (303, START, "")
    assert reader.get(PAGE).url == START
    assert reader.get(LEAVE).url == "https://www.bbc.co.uk/weather"


def test_no_address_carries_a_reference_or_a_code(client, told):
    answer = client.get(START, {"reference": told.reference, "code": told.code})
    assert "track" not in answer.cookies and told.code not in answer.content.decode()


# ---- by a mailed link ------------------------------------------------------------------------------------------------


@pytest.fixture
def mailed(make_concern, walsall, bloxwich_west):
    """Makes a concern and the code of a mailed link to it; its place is a postcode unless said otherwise."""

    def make(**place):
        place = {"area": walsall, "ward": bloxwich_west, "postcode": "WS3 2PD", **place}
        route = Route(basis="", message="", asked="", **place)
        answers = {"category": Category.objects.get(code="asb-vehicle"), "text": "Bikes."}
        concern, _created = Concern.submit(key=uuid.uuid4(), answers=answers, route=route)
        return concern, concern.follow_links.issue(uuid.uuid4())

    return make


def test_a_mailed_code_asks_for_the_place_first(client, mailed):
    concern, code = mailed()
    answer = client.post(START, {"reference": "", "code": code.lower().replace("-", " ")})
    assert (answer.status_code, answer.url) == (303, PLACE)
    assert client.get(PAGE).url == START  # the code alone opens nothing
    wrong = client.post(PLACE, {"place": "WS3 2PE"})
    assert wrong.context["form"].errors == {"place": ["That is not the place we have. Write it as you gave it to us."]}
    assert client.get(PAGE).url == START
    assert client.post(PLACE, {"place": "ws32pd"}).url == PAGE
    assert client.get(PAGE).context["concern"] == concern


@pytest.mark.parametrize(
    ("route", "right", "wrong"),
    [
        ({}, ["WS3 2PD", "ws3-2pd", "bloxwich  WEST"], ["Walsall", "", "W"]),
        ({"postcode": ""}, ["Bloxwich West"], ["Walsall"]),
        ({"postcode": "", "lat": 52.6, "lon": -2.0}, ["Bloxwich West", "walsall"], ["Dudley"]),
        ({"postcode": "", "ward": None}, ["Walsall"], ["Bloxwich West"]),
    ],
)
def test_the_place_is_the_closest_one_that_was_given(route, right, wrong, mailed):
    _concern, code = mailed(**route)
    for place, address in [(p, PAGE) for p in right] + [(p, None) for p in wrong]:
        client = Client()
        client.post(START, {"code": code})
        assert getattr(client.post(PLACE, {"place": place}), "url", None) == address


def test_guessing_the_place_is_slowed_down(mailed):
    _concern, code = mailed()
    for _guess in range(10):
        client = Client()
        client.post(START, {"code": code})
        assert client.post(PLACE, {"place": "Dudley"}).status_code == 200
    assert client.post(PLACE, {"place": "WS3 2PD"}).status_code == 429


@pytest.mark.parametrize("ended", [{"revoked": timezone.now()}, {"expires": timezone.now()}])
def test_a_link_that_was_ended_opens_nothing_and_closes_what_it_opened(ended, mailed):
    _concern, code = mailed()
    client = Client()
    client.post(START, {"code": code})
    client.post(PLACE, {"place": "WS3 2PD"})
    assert client.get(PAGE).status_code == 200
    FollowLink.objects.update(**ended)
    assert client.get(PAGE).url == START
    assert client.post(START, {"code": code}).status_code == 200
    assert client.get(PLACE).url == START


def test_the_person_closes_the_links_in_their_mails_and_keeps_their_own_code(mailed):
    concern, code = mailed()
    by_mail, by_code = Client(), Client()
    by_mail.post(START, {"code": code})
    by_mail.post(PLACE, {"place": "WS3 2PD"})
    key = uuid.uuid4()
    Concern.objects.filter(pk=concern.pk).update(code_hash=hash_code(follow_code(key)))
    enter(by_code, concern, follow_code(key))
    assert "Close the links" in by_code.get(PAGE).content.decode()
    answer = by_code.post("/track/links/")
    assert (answer.status_code, answer.url) == (303, f"{PAGE}?links=closed#links")
    assert "The links in our mails are closed" in by_code.get(answer.url).content.decode()
    assert by_mail.get(PAGE).url == START
    assert Client().post(START, {"code": code}).status_code == 200
    assert by_code.get("/track/links/").status_code == 405


def test_nobody_closes_links_without_an_open_page(client, mailed):
    concern, _code = mailed()
    assert client.post("/track/links/").url == START
    assert concern.follow_links.alive().exists()


def test_a_mailed_code_opens_no_other_concern(mailed, told):
    _concern, code = mailed()
    assert Client().post(START, {"reference": told.reference, "code": code}).status_code == 200


# ---- what is seen ----------------------------------------------------------------------------------------------------


def test_the_page_shows_what_is_public_and_nothing_internal(
    reader, told, walsall_commander, walsall_officer, team_of, walsall
):
    told.assign(by=walsall_commander, team=team_of(walsall), officer=walsall_officer)
    told.add_note("Known house, see intelligence log.", by=walsall_officer)
    told.reply("We walked the green on Friday.", by=walsall_commander)
    told.reply("We go again.", by=walsall_officer)
    told.disclose_complaint("The officer was rude.", by=walsall_commander)
    shown = reader.get(PAGE).content.decode()
    assert "We walked the green on Friday." in shown and "Demo Commander.Walsall" not in shown
    assert str(walsall_commander) in shown  # the public may see this name
    assert walsall_officer.name not in shown and "An officer of the team" in shown
    assert "intelligence" not in shown and "rude" not in shown
    assert [(e.side, e.who, e.what) for e in reader.get(PAGE).context["entries"]] == [
        ("public", "You", "Told us"),
        ("force", str(walsall_commander), "Replied to you"),
        ("force", f"Police Constable, {team_of(walsall)}", "Replied to you"),
        ("system", "This service", ""),
    ]


def set_clock(concern, hours):
    """Let the concern have come in so many hours ago."""
    received = clock.add_hours(timezone.now(), -hours)
    Concern.objects.filter(pk=concern.pk).update(received_at=received, due_at=clock.add_hours(received, 72))
    concern.refresh_from_db()


def test_the_clock_comes_first_with_the_next_step(reader, told, walsall_commander):
    due = clock.in_words(told.due_at)
    page = reader.get(PAGE)
    assert page.context["headline"] == "We have it"
    assert page.context["next_step"] == (
        f"The police in Walsall read it and decide who looks into it. You will have a proper reply by {due}."
    )
    shown = page.content.decode()
    assert shown.index("Reply due in") < shown.index("What happens next") < shown.index("What has happened")
    assert "not watched round the clock" in shown and 'id="late"' not in shown
    set_clock(told, 77)
    late = reader.get(PAGE).content.decode()
    assert "Reply missed by 5 hours" in late and "@example.org" not in late and "/track/concern/complain/" in late
    told.reply("We were there.", by=walsall_commander)
    answered = reader.get(PAGE)
    assert answered.context["headline"] == "We are working on it"
    assert "Answered late: it took 3 days 5 hours" in answered.content.decode()
    assert "Our reply came late: what you can do" in answered.content.decode()
    told.resolve("cannot_act", "It is a civil matter.", by=walsall_commander)
    ended = reader.get(PAGE)
    assert ended.context["headline"] == "We cannot act on this"
    assert "It is a civil matter." in ended.content.decode()


@pytest.mark.parametrize("kind", ["idea", "thanks"])
def test_ideas_and_thanks_have_no_clock(kind, make_concern, walsall):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key, kind=kind)
    client = Client()
    enter(client, concern, follow_code(key))
    page = client.get(PAGE)
    assert "portal-clock" not in page.content.decode()
    assert page.context["next_step"].endswith("No reply is due by a fixed time.")


def test_what_is_at_the_desk_says_so(make_concern):
    key = uuid.uuid4()
    client = Client()
    enter(client, make_concern(None, key=key), follow_code(key))
    page = client.get(PAGE)
    assert page.context["holder"] == ["Force desk"]
    assert page.context["next_step"].startswith("The force desk decides who can answer you. ")


def test_a_sensitive_matter_is_not_named_and_can_be_left_at_once(make_concern, walsall):
    key, category = uuid.uuid4(), Category.objects.filter(sensitive=True).first()
    concern = make_concern(walsall, key=key, category=category, text="Words that nobody else may read.")
    client = Client()
    enter(client, concern, follow_code(key))
    shown = client.get(PAGE).content.decode()
    assert category.name not in shown and "nobody else may read" not in shown
    assert f'href="{LEAVE}"' in shown and "Exit this page" in shown


def test_queries_do_not_grow_with_the_thread(reader, told, walsall_commander, django_assert_max_num_queries):
    for number in range(8):
        told.reply(f"Reply {number}", by=walsall_commander)
        told.take_message(f"Message {number}")
    with django_assert_max_num_queries(18):
        reader.get(PAGE)


# ---- writing again ---------------------------------------------------------------------------------------------------


def test_a_message_reaches_the_commander(reader, told, walsall_commander, mailoutbox):
    drain()
    mailoutbox.clear()
    answer = write(reader, "They came back.\r\nThree of them.")
    assert (answer.status_code, answer.url) == (303, "/track/concern/?sent=yes#sent")
    assert messages_of(told) == ["They came back.\nThree of them."]
    assert "We have your message." in reader.get(answer.url).content.decode()
    drain()
    (letter,) = mailoutbox
    assert (letter.to, letter.subject) == (["commander.walsall@example.org"], f"A new message on {told.reference}")
    assert "came back" not in letter.body


def test_a_message_sent_twice_is_kept_once(reader, told, settings):
    settings.MESSAGE_RATE = "2/hour"
    key = key_in(reader.get(PAGE))
    for _click in range(4):
        assert write(reader, "They came back.", key=key).status_code == 303
    assert messages_of(told) == ["They came back."]
    assert Notification.objects.filter(kind="message").count() == 1
    write(reader, "They came back.")  # a page shown anew is a new message
    assert messages_of(told) == ["They came back."] * 2
    refused = write(reader, "And again.")
    assert (refused.status_code, messages_of(told)) == (429, ["They came back."] * 2)
    assert "And again.</textarea>" in refused.content.decode()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_form_sent_at_the_same_moment_is_kept_once(told):
    key = uuid.uuid4()
    taken = race([lambda: told.take_message("They came back.", key=key)] * 6)
    assert sorted(str(type(one).__name__) for one in taken) == ["ConcernUpdate"] + ["NoneType"] * 5
    assert messages_of(told) == ["They came back."]


def test_a_message_needs_words_and_keeps_what_is_too_long(reader, told):
    assert write(reader, " \n ").context["form"].errors == {"text": ["Write your message first."]}
    long = "é" * 5001
    refused = write(reader, long)
    assert (refused.status_code, refused.context["form"]["text"].value()) == (200, long)
    assert write(reader, "e\u0301" * 5000).status_code == 303  # counted after NFC
    assert messages_of(told) == ["é" * 5000]


def test_a_foreign_key_is_refused_and_the_words_are_kept(reader, told, make_concern, dudley):
    other = make_concern(dudley)
    signed_for_another = f"{uuid.uuid4()}:{timezone.now().timestamp()}:{other.pk}"
    for key in ("", "x", str(uuid.uuid4()), signed_for_another):
        answer = write(reader, "Kept words.", key=key)
        assert (answer.status_code, messages_of(told)) == (200, [])
        assert "Kept words.</textarea>" in answer.content.decode()
    assert reader.post(PAGE, {"text": "Kept words.", "key": key_in(answer)}).status_code == 303
    assert messages_of(told) == ["Kept words."]


def test_words_outlive_a_page_that_closed(reader, told):
    key = key_in(reader.get(PAGE))
    reader.cookies["track"] = ""
    closed = reader.post(PAGE, {"text": "Long <b>words</b>", "key": key})
    assert (closed.status_code, closed.context["form"]["text"].value(), messages_of(told)) == (
        200,
        "Long <b>words</b>",
        [],
    )
    again = reader.post(START, {"reference": told.reference, "code": told.code, "text": "Long <b>words</b>"})
    assert "Long &lt;b&gt;words&lt;/b&gt;</textarea>" in again.content.decode()
    reader.post(PAGE, {"text": "Long <b>words</b>", "key": key_in(again)})
    assert messages_of(told) == ["Long <b>words</b>"]


def test_words_from_outside_are_never_markup(reader, told, walsall_commander):
    told.reply("<script>alert(1)</script>", by=walsall_commander)
    write(reader, "<img src=x onerror=alert(1)>")
    shown = reader.get(PAGE).content.decode()
    assert "<script>alert" not in shown and "<img src=x" not in shown
