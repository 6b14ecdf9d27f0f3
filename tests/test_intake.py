"""The public journey, as a browser without JavaScript walks it."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from django.core import signing
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from accounts.models import RateCount
from accounts.stamp import Stamp
from areas import lookup
from feedback import clock
from feedback.intake import journey as journeys
from feedback.models import Category, Concern, ConcernUpdate, Contact, Draft, Notification, SafetyRule, Signpost
from feedback.models.codes import hash_code

pytestmark = pytest.mark.django_db

ANSWERS = {
    "/report/": {"sort": "concern"},
    "/report/what/": {"category": "asb-vehicle"},
    "/report/where/": {"postcode": "ws28aa"},
    "/report/where/exactly/": {"place": "The green", "times": "Friday evenings"},
    "/report/details/": {"text": "Off-road bikes on the green."},
    "/report/photos/": {},
    "/report/contact/": {"reach": "no"},
}
CONTACT = {"name": "Pat Demo", "email": "pat@example.org", "phone": "01632 960 001", "safe": "yes"}


def hidden_fields(response):
    """The hidden fields of a page's form, as a browser posts them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', response.content.decode())
    return {name: unescape(value) for name, value in found}


def answer(client, path, follow=False, headers=None, **fields):
    """Open the page, fill in its form and send it."""
    hidden = hidden_fields(client.get(path))
    return client.post(path, hidden | fields, follow=follow, headers=headers)


def walk(client, upto="/report/check/", **changed):
    """Answer every question before `upto`; `changed` replaces fields by name. Returns the last response."""
    response = None
    for path, fields in ANSWERS.items():
        if path == upto:
            return response
        response = answer(client, path, **{name: changed.get(name, value) for name, value in fields.items()})
        assert response.status_code == 303, response.content.decode()
    return response


def send(client):
    return answer(client, "/report/check/")


def draft():
    return Draft.objects.get().answers


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# ---- the whole line --------------------------------------------------------------------------------------------------


def test_line_anonymous_leads_to_one_concern_and_a_receipt(client, walsall):
    assert [walk(client).url, send(client).url] == ["/report/check/", "/report/sent/"]
    concern = Concern.objects.get()
    told = (
        concern.kind,
        concern.category.code,
        concern.text,
        concern.place,
        concern.times,
        concern.area,
        concern.postcode,
    )
    assert told == (
        "concern",
        "asb-vehicle",
        "Off-road bikes on the green.",
        "The green",
        "Friday evenings",
        walsall,
        "WS2 8AA",
    )
    assert (Contact.objects.count(), Notification.objects.count(), concern.channel) == (0, 1, "web")
    receipt = client.get("/report/sent/")
    shown = text_of(receipt)
    assert concern.reference in shown
    assert clock.in_words(concern.due_at) in shown
    assert "This service is not watched round the clock, and no officer is being sent to you." in shown
    code = re.findall(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", shown)
    assert [hash_code(found) for found in code] == [concern.code_hash]


def test_questions_come_in_their_order(client):
    order = []
    for path, fields in ANSWERS.items():
        order.append(answer(client, path, **fields).url)
    assert order == [
        "/report/what/",
        "/report/where/",
        "/report/where/exactly/",
        "/report/details/",
        "/report/photos/",
        "/report/contact/",
        "/report/check/",
    ]


def test_contact_is_sealed_and_wiped_from_the_draft(client):
    walk(client, "/report/contact/")
    assert answer(client, "/report/contact/", reach="yes").url == "/report/contact/how/"
    assert answer(client, "/report/contact/how/", **CONTACT).url == "/report/check/"
    assert draft()["contact"]["email"] == "pat@example.org"
    send(client)
    contact = Contact.objects.get()
    assert contact.unsealed() == {name: CONTACT[name] for name in ("name", "email", "phone")}
    assert contact.safe_to_contact is True
    assert sorted(Notification.objects.values_list("kind", "recipient")) == [
        ("receipt", "reporter"),
        ("received", "commander"),
    ]
    assert "contact" not in draft()
    assert "We also send you a short mail" in text_of(client.get("/report/sent/"))


def test_unsafe_contact_gets_no_mail(client):
    walk(client, "/report/contact/")
    answer(client, "/report/contact/", reach="yes")
    answer(client, "/report/contact/how/", **(CONTACT | {"safe": "no"}))
    send(client)
    assert list(Notification.objects.values_list("recipient", flat=True)) == ["commander"]
    assert Contact.objects.get().safe_to_contact is False
    assert "We will not write to you or call you" in text_of(client.get("/report/sent/"))


@pytest.mark.parametrize(
    "kind, says", [("idea", "An idea has no reply time."), ("thanks", "Thanks have no reply time.")]
)
def test_ideas_and_thanks_have_no_due_time(client, kind, says):
    walk(client, sort=kind)
    send(client)
    concern = Concern.objects.get()
    assert (concern.kind, concern.due_at) == (kind, None)
    receipt = text_of(client.get("/report/sent/"))
    assert says in receipt
    assert "You will have a proper reply by" not in receipt


def test_change_link_returns_to_the_check_page(client):
    walk(client)
    for path in ("/report/details/", "/report/what/", "/report/where/exactly/"):
        assert f'href="{path}"' in client.get("/report/check/").content.decode()
    assert answer(client, "/report/details/", text="Changed words.").url == "/report/check/"
    assert answer(client, "/report/what/", category="asb-rowdy").url == "/report/check/"
    assert "Changed words." in text_of(client.get("/report/check/"))


def test_check_page_leads_to_the_first_missing_answer(client):
    walk(client, "/report/details/")
    assert client.get("/report/check/").url == "/report/details/"


def test_anonymous_after_contact_forgets_the_contact(client):
    walk(client, "/report/contact/")
    answer(client, "/report/contact/", reach="yes")
    answer(client, "/report/contact/how/", **CONTACT)
    assert answer(client, "/report/contact/", reach="no").url == "/report/check/"
    assert "contact" not in draft()


@pytest.mark.parametrize("path", ["/report/", *list(ANSWERS)[1:], "/report/check/", "/report/sent/"])
def test_every_page_says_that_nobody_is_watching(client, path):
    walk(client)
    if path == "/report/sent/":
        send(client)
    response = client.get(path)
    assert "This service is not watched round the clock" in text_of(response)
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


# ---- sort and signposts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sort, code", [("now", "emergency"), ("crime", "report-crime"), ("council", "council"), ("treated", "complaint")]
)
def test_sort_leads_to_the_signpost_without_a_cookie(client, sort, code):
    response = answer(client, "/report/", sort=sort)
    post = Signpost.objects.get(code=code)
    assert response.url == f"/report/help/{post.pk}/"
    assert (dict(client.cookies), Draft.objects.count()) == ({}, 0)
    page = text_of(client.get(response.url))
    assert all(phone["number"] in page for phone in post.phones)


@pytest.mark.parametrize("sort, path", [("harm", "/report/help/safe/"), ("other", "/report/help/")])
def test_sort_leads_to_the_list_of_signposts(client, sort, path):
    assert answer(client, "/report/", sort=sort).url == path
    shown = set(re.findall(r"/report/help/(\d+)/", client.get(path).content.decode()))
    posts = Signpost.objects.filter(exit_page=True) if sort == "harm" else Signpost.objects.all()
    assert shown == {str(post.pk) for post in posts}


def test_every_signpost_offers_the_way_back_that_its_mode_allows(client):
    for post in Signpost.objects.all():
        page = client.get(f"/report/help/{post.pk}/").content.decode()
        assert ("Tell us about it here" in page) == (post.mode != "block"), post.code
        assert ("govuk-exit-this-page" in page) == post.exit_page, post.code
        assert (f"<title>{escape(post.title)}" in page) == (not post.sensitive), post.code
        assert "It is about something else" in page


def test_signpost_leads_back_into_the_journey(client):
    post = Signpost.objects.get(code="report-crime")
    form = hidden_fields(client.get(f"/report/help/{post.pk}/"))
    assert client.post("/report/", form).url == "/report/what/"
    assert draft()["kind"] == "concern"


def test_complaints_route_that_was_shown_is_noted(client):
    post = Signpost.objects.get(code="complaint")
    client.post("/report/", hidden_fields(client.get(f"/report/help/{post.pk}/")))
    for path, fields in list(ANSWERS.items())[1:]:
        answer(client, path, **fields)
    send(client)
    notes = ConcernUpdate.objects.filter(kind="note").values_list("text", "public")
    assert list(notes) == [("The complaints route was shown first.", False)]


def test_category_signposts_are_offered_before_the_place(client):
    answer(client, "/report/", sort="concern")
    assert answer(client, "/report/what/", category="asb-drugs").url == "/report/what/also/"
    assert "0800 555 111" in text_of(client.get("/report/what/also/"))
    assert answer(client, "/report/what/also/").url == "/report/where/"


def test_council_signpost_shows_the_council_of_the_place(client, walsall):
    response = answer(client, "/report/?area=walsall", sort="council")
    page = client.get(response.url).content.decode()
    assert response.url.endswith("?area=walsall")
    assert walsall.council_url in page
    assert "https://www.dudley.gov.uk" not in page


def test_leave_forgets_the_journey_and_leads_away(client):
    walk(client, "/report/contact/")
    response = client.get("/report/leave/")
    assert response.url == "https://www.bbc.co.uk/weather"
    assert (response.cookies["journey"].value, response.cookies["journey"]["path"]) == ("", "/report/")


def test_receipt_can_be_left_on_a_shared_computer(client):
    walk(client)
    send(client)
    assert '<form method="post" action="/report/leave/">' in client.get("/report/sent/").content.decode()
    assert client.post("/report/leave/").url == "/"
    assert client.get("/report/sent/").status_code == 404
    assert "Off-road bikes" not in client.get("/report/details/").content.decode()


def test_receipt_keeps_the_way_out_that_the_journey_had(client):
    signpost = Signpost.objects.filter(exit_page=True).exclude(mode=Signpost.Mode.BLOCK).first()
    answer(client, "/report/", sort="concern", after=signpost.code)
    for path, fields in list(ANSWERS.items())[1:]:
        answer(client, path, **fields)
    assert 'href="/report/leave/"' in send_and_read(client)


def send_and_read(client):
    return client.get(send(client).url).content.decode()


def test_leave_from_another_site_changes_nothing(client):
    walk(client, "/report/contact/")
    assert dict(client.get("/report/leave/", headers={"Sec-Fetch-Site": "cross-site"}).cookies) == {}


# ---- where -----------------------------------------------------------------------------------------------------------


def test_place_given_by_an_area_page_is_carried(client, bloxwich_west):
    path = f"/report/?ward={bloxwich_west.code}"
    assert "Bloxwich West, Walsall" in text_of(client.get(path))
    assert answer(client, path, sort="concern").url == "/report/what/"
    assert answer(client, "/report/what/", category="asb-vehicle").url == "/report/where/exactly/"
    assert "That is in Bloxwich West, Walsall." in text_of(client.get("/report/where/exactly/"))


def test_unknown_ward_in_the_address_is_passed_over(client):
    assert answer(client, "/report/?ward=E99999999", sort="concern").url == "/report/what/"
    assert "routed" not in draft()


def test_postcode_that_is_none_suggests_what_was_meant(client):
    walk(client, "/report/where/")
    response = answer(client, "/report/where/", postcode="WSI 4AA")
    page = response.content.decode()
    assert (response.status_code, 'value="WSI 4AA"' in page, "<title>Error: " in page) == (200, True, True)
    assert text_of(response).count("“WSI 4AA” is not a full postcode. Did you mean WS1 4AA?") == 2
    # The button carries the meant postcode after the typed one, as browsers send them.
    assert '<button type="submit" class="govuk-button govuk-button--secondary" name="postcode" value="WS1 4AA"' in page
    assert answer(client, "/report/where/", postcode=["WSI 4AA", "WS1 4AA"]).url == "/report/where/exactly/"
    assert draft()["routed"]["postcode"] == "WS1 4AA"


def test_postcode_of_another_country_is_asked_again(client):
    walk(client, "/report/where/")
    response = answer(client, "/report/where/", postcode="75001 Paris")
    assert (response.status_code, 'value="75001 Paris"' in response.content.decode()) == (200, True)


def test_postcode_outside_names_the_other_force_and_goes_on(client, dudley):
    walk(client, "/report/where/")
    assert answer(client, "/report/where/", postcode="WS13 6XX").url == "/report/where/outside/"
    page = client.get("/report/where/outside/")
    assert "Staffordshire Police looks after this place" in text_of(page)
    assert "It did happen here" in text_of(page)
    assert answer(client, "/report/where/area/", area="dudley").url == "/report/where/ward/"
    assert answer(client, "/report/where/ward/", ward="").url == "/report/where/exactly/"
    assert (draft()["routed"]["area"], draft()["routed"]["postcode"], draft()["routed"]["certain"]) == (
        "dudley",
        "WS13 6XX",
        False,
    )


def test_postcode_that_straddles_asks_and_the_desk_takes_what_nobody_can_place(client):
    walk(client, "/report/where/")
    assert answer(client, "/report/where/", postcode="B99 9ZZ").url == "/report/where/area/"
    assert answer(client, "/report/where/area/", area="unsure").url == "/report/where/exactly/"
    assert "We do not know the area yet." in text_of(client.get("/report/where/exactly/"))
    for path in ("/report/where/exactly/", "/report/details/", "/report/photos/", "/report/contact/"):
        answer(client, path, **ANSWERS[path])
    send(client)
    concern = Concern.objects.get()
    assert (concern.area, concern.desk_reason, concern.postcode) == (None, "unplaced", "B99 9ZZ")
    assert "Now with our Force desk" in text_of(client.get("/report/sent/"))


def test_ward_can_be_chosen_without_a_postcode(client, bloxwich_west):
    walk(client, "/report/where/")
    assert "I do not know the postcode" in text_of(client.get("/report/where/"))
    answer(client, "/report/where/area/?any=1", area="walsall")
    answer(client, "/report/where/ward/", ward=bloxwich_west.code)
    assert "That is in Bloxwich West, Walsall." in text_of(client.get("/report/where/exactly/"))


def test_ward_can_be_added_to_an_area_that_the_postcode_gave(client, walsall):
    walk(client, "/report/where/exactly/")
    assert "Choose the ward, if you know it" in text_of(client.get("/report/where/exactly/"))
    before = draft()["routed"]
    assert answer(client, "/report/where/ward/", ward="").url == "/report/where/exactly/"
    assert draft()["routed"] == before
    ward = walsall.wards.active().first()
    answer(client, "/report/where/ward/", ward=ward.code)
    after = draft()["routed"]
    assert (after["ward"], after["postcode"]) == (ward.code, "WS2 8AA")
    assert after["basis"] == f"{before['basis']}; chosen ward -> {ward.name}, Walsall"


def test_where_counts_against_the_rate_of_look_ups_and_keeps_the_text(client, settings):
    settings.LOCATE_RATE = "0/hour"
    walk(client, "/report/where/")
    response = answer(client, "/report/where/", postcode="WS3 2PD")
    assert response.status_code == 429
    assert 'value="WS3 2PD"' in response.content.decode()


# ---- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("a" * 5000, "a" * 5000),
        ("🚲" * 5000, "🚲" * 5000),
        ("e\u0301" * 5000, "é" * 5000),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("bell\x07 and\x0b line", "bell and\n line"),
        ("  مرحبا  ", "مرحبا"),
    ],
)
def test_text_is_kept_as_written(client, typed, kept):
    walk(client, text=typed)
    send(client)
    assert Concern.objects.get().text == kept


@pytest.mark.parametrize("typed", ["a" * 5001, "🚲" * 5001])
def test_text_too_long_is_refused_and_shown_again(client, typed):
    walk(client, "/report/details/")
    response = answer(client, "/report/details/", text=typed)
    assert "You have written 5001 characters. Make it 5000 or fewer." in text_of(response)
    assert typed in response.content.decode()
    assert "text" not in draft()


def test_nul_is_taken_out_and_the_text_shown_again(client):
    walk(client, "/report/details/")
    response = answer(client, "/report/details/", text="before\0after")
    assert response.status_code == 400
    assert "beforeafter" in response.content.decode()
    assert "\0" not in response.content.decode()


@pytest.mark.parametrize(
    "fields, says",
    [
        ({}, "Write your name, e-mail address or phone number, or go back and stay anonymous"),
        ({"email": "pat", "safe": "yes"}, "Write the e-mail address like name@example.com"),
        ({"phone": "call me", "safe": "yes"}, "Write the phone number in figures, like 01632 960 001"),
        ({"email": "pat@example.org"}, "Choose whether it is safe for us to contact you"),
    ],
)
def test_contact_says_what_to_do(client, fields, says):
    walk(client, "/report/contact/")
    answer(client, "/report/contact/", reach="yes")
    response = answer(client, "/report/contact/how/", **fields)
    assert response.status_code == 200
    assert text_of(response).count(says) == 2  # in the summary and beside the field
    assert all(f'value="{value}"' in response.content.decode() for value in fields.values())


@pytest.mark.parametrize("path", [path for path, fields in ANSWERS.items() if fields and "place" not in fields])
def test_empty_answer_is_asked_again(client, path):
    walk(client, path)
    response = answer(client, path)
    assert (response.status_code, response.content.decode().count("There is a problem")) == (200, 1)


# ---- exactly once ----------------------------------------------------------------------------------------------------


def test_double_click_reload_and_back_make_one_concern(client):
    walk(client)
    form = hidden_fields(client.get("/report/check/"))
    urls = [client.post("/report/check/", form).url for _i in range(3)]
    assert urls == ["/report/sent/"] * 3
    assert (Concern.objects.count(), Notification.objects.count()) == (1, 1)
    assert client.get("/report/check/").url == "/report/sent/"
    assert client.get("/report/sent/").content == client.get("/report/sent/").content


def test_repeat_does_not_count_against_the_rate(client, settings):
    settings.SUBMIT_RATE = "1/hour"
    walk(client)
    form = hidden_fields(client.get("/report/check/"))
    assert [client.post("/report/check/", form).status_code for _i in range(4)] == [303] * 4


def test_same_form_with_other_words_is_refused_and_begins_a_new_one(client):
    walk(client)
    form = hidden_fields(client.get("/report/check/"))
    client.post("/report/check/", form)
    response = answer(client, "/report/details/", **{"form_key": form["form_key"], "text": "Other words."})
    assert response.status_code == 409
    assert "Other words." in response.content.decode()
    again = client.post("/report/details/", hidden_fields(response) | {"text": "Other words."})
    assert again.url == "/report/check/"
    send(client)
    assert sorted(Concern.objects.values_list("text", flat=True)) == ["Off-road bikes on the green.", "Other words."]


def test_answers_changed_in_another_tab_are_not_sent_unseen(client):
    walk(client)
    form = hidden_fields(client.get("/report/check/"))
    answer(client, "/report/details/", text="Changed in the other tab.")
    response = client.post("/report/check/", form)
    assert (response.status_code, Concern.objects.count()) == (409, 0)
    assert "Changed in the other tab." in response.content.decode()
    assert client.post("/report/check/", hidden_fields(response)).url == "/report/sent/"


def test_key_used_by_other_words_keeps_the_answers_and_starts_afresh(client, make_concern):
    walk(client)
    make_concern(key=uuid.UUID(draft()["key"]), text="Somebody was faster.")
    response = send(client)
    assert response.status_code == 409
    assert "Somebody was faster." not in response.content.decode()
    assert "Off-road bikes on the green." in response.content.decode()
    assert client.post("/report/check/", hidden_fields(response)).url == "/report/check/"
    assert send(client).url == "/report/sent/"
    assert Concern.objects.count() == 2


def test_start_after_sending_begins_another(client):
    walk(client)
    send(client)
    first = draft()["key"]
    assert answer(client, "/report/", sort="idea").url == "/report/what/"
    answers = [row.answers for row in Draft.objects.all()]
    assert sorted(("text" in row, row["key"] == first) for row in answers) == [(False, False), (True, True)]


def test_too_many_keeps_everything_and_the_same_button_tries_again(client, settings):
    settings.SUBMIT_RATE = "0/hour"
    walk(client)
    response = send(client)
    assert (response.status_code, Concern.objects.count(), int(response["Retry-After"]) > 0) == (429, 0, True)
    page = text_of(response)
    assert "Off-road bikes on the green." in page
    assert "Call 999 in an emergency, or 101 if it can't wait." in page
    settings.SUBMIT_RATE = "10/hour"
    assert client.post("/report/check/", hidden_fields(response)).url == "/report/sent/"


def test_send_stays_within_its_queries(client):
    walk(client, "/report/contact/")
    answer(client, "/report/contact/", reach="yes")
    answer(client, "/report/contact/how/", **CONTACT)
    form = hidden_fields(client.get("/report/check/"))
    SafetyRule.objects.in_force()
    lookup.reference_prefix(Stamp.current())  # kept by then, as the place is
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.post("/report/check/", form).status_code == 303
    own = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"] and "BEGIN" not in query["sql"]]
    assert len(own) == 8, "\n".join(own)


# ---- cookies and forms that are not ours -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/report/", "/report/?area=walsall", "/report/help/", "/report/details/", "/report/sent/"]
)
def test_reading_sets_no_cookie(client, path):
    assert (dict(client.get(path).cookies), Draft.objects.count()) == ({}, 0)


def test_first_answer_sets_one_cookie_and_no_other(client):
    cookies = answer(client, "/report/", sort="concern").cookies
    assert sorted(cookies) == ["journey"]
    cookie = cookies["journey"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["secure"]) == ("/report/", True, "Lax", "")
    assert cookie.value not in Draft.objects.get().token_hash
    assert "Off-road" not in Draft.objects.get().sealed


def test_cookie_is_secure_in_production(client, settings):
    settings.PRODUCTION = True
    assert answer(client, "/report/", sort="concern").cookies["journey"]["secure"] is True


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"}],
)
def test_form_from_another_site_is_refused_and_shown(client, headers):
    walk(client, "/report/details/")
    response = answer(client, "/report/details/", headers=headers, text="Planted words.")
    assert (response.status_code, dict(response.cookies), "text" in draft()) == (403, {}, False)
    assert "Planted words." in response.content.decode()


@pytest.mark.parametrize(
    "headers", [{"Origin": "null"}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}]
)
def test_form_from_our_own_site_is_taken(client, headers):
    assert answer(client, "/report/", headers=headers, sort="concern").status_code == 303


def test_form_key_of_another_journey_is_refused(client):
    walk(client, "/report/details/")
    other = Client()
    walk(other, "/report/details/")
    stolen = hidden_fields(other.get("/report/details/"))
    response = client.post("/report/details/", stolen | {"text": "Words"})
    assert response.status_code == 403


@pytest.mark.parametrize("key", ["", "made-up", "a:b:c"])
def test_form_without_our_key_is_refused(client, key):
    response = client.post("/report/", {"sort": "concern", "form_key": key})
    assert (response.status_code, Draft.objects.count()) == (403, 0)


def test_key_for_a_beginning_is_refused_beside_a_journey(client):
    fresh = hidden_fields(Client().get("/report/"))
    walk(client)
    before = draft()
    assert client.post("/report/", fresh | {"sort": "idea"}).status_code == 403
    assert draft() == before


def test_form_key_ends_after_a_day(client, monkeypatch):
    form = hidden_fields(client.get("/report/"))
    monkeypatch.setattr(journeys, "SECONDS", -1)
    response = client.post("/report/", form | {"sort": "concern"})
    assert (response.status_code, Draft.objects.count()) == (403, 0)


def test_expired_draft_shows_what_was_typed_and_starts_again(client):
    walk(client, "/report/details/")
    form = hidden_fields(client.get("/report/details/"))
    Draft.objects.update(expires=timezone.now())
    response = client.post("/report/details/", form | {"text": "Long typed words."})
    assert response.status_code == 403
    assert "Long typed words." in response.content.decode()
    assert "We keep answers for 24 hours" in text_of(response)
    again = client.post("/report/details/", hidden_fields(response) | {"text": "Long typed words."})
    assert again.url == "/report/"
    assert "What you typed is kept." in text_of(client.get("/report/"))
    assert [row.answers.get("text") for row in Draft.objects.filter(expires__gt=timezone.now())] == [
        "Long typed words."
    ]


def test_sending_an_expired_draft_says_so(client):
    walk(client)
    form = hidden_fields(client.get("/report/check/"))
    Draft.objects.all().delete()
    response = client.post("/report/check/", form)
    assert (response.status_code, Concern.objects.count()) == (403, 0)
    assert "Your answers are not here any more" in text_of(response)


def test_draft_sealed_with_a_key_no_longer_in_use_is_gone(client):
    walk(client)
    Draft.objects.update(sealed="not sealed by us")
    assert client.get("/report/check/").url == "/report/"


def test_database_that_fails_loses_nothing_typed(client, monkeypatch, caplog):
    walk(client, "/report/details/")

    def fail(self, answers):
        raise OperationalError("Failing row contains (Long typed words)")

    with monkeypatch.context() as broken:
        broken.setattr(Draft, "keep", fail)
        response = answer(client, "/report/details/", text="Long typed <words>.")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "Long typed &lt;words&gt;." in response.content.decode()
    assert "typed words" not in caplog.text
    assert "This service is not watched round the clock" in text_of(response)
    assert client.post("/report/details/", hidden_fields(response)).url == "/report/photos/"
    assert draft()["text"] == "Long typed <words>."


def test_journey_begun_before_can_be_taken_up_again(client):
    walk(client, "/report/details/")
    page = client.get("/report/").content.decode()
    assert '<a class="govuk-link" href="/report/details/">Go on where you were</a>' in page


def test_exit_stays_with_who_came_from_a_page_that_has_it(client):
    post = Signpost.objects.get(code="hate-crime")
    client.post("/report/", hidden_fields(client.get(f"/report/help/{post.pk}/")))
    assert "govuk-js-exit-this-page-button" in client.get("/report/details/").content.decode()
    other = Client()
    answer(other, "/report/", sort="concern")
    assert "govuk-js-exit-this-page-button" not in other.get("/report/details/").content.decode()


def test_receipt_without_a_journey_says_where_to_go(client):
    response = client.get("/report/sent/")
    assert response.status_code == 404
    assert "I have a reference and a code" in text_of(response)


def test_form_key_can_not_be_made_without_the_secret(client, settings):
    form = hidden_fields(client.get("/report/"))
    settings.SECRET_KEY = "another-key-of-fifty-characters-0123456789-abcdefgh"
    assert client.post("/report/", form | {"sort": "concern"}).status_code == 403
    with pytest.raises(signing.BadSignature):
        signing.TimestampSigner(salt="feedback.intake.form").unsign(form["form_key"])


@pytest.mark.parametrize(
    "path, fields, status",
    [
        (f"/report/help/{10**30}/", None, 404),
        ("/report/?ward=" + "x" * 500, None, 200),
        ("/report/", {"sort": "nonsense"}, 200),
        ("/report/", {"form_key": "é:è:ê"}, 403),
        ("/report/where/", {"postcode": "🚲" * 1000}, 200),
        ("/report/what/", {"category": "nonsense"}, 200),
        ("/report/where/ward/", {"ward": "E99999999"}, 303),
        ("/report/check/", {"send": "é:è"}, 403),
        ("/report/details/", {"text": b"\xff\xfe"}, 303),
    ],
)
def test_strange_input_never_breaks_a_page(client, path, fields, status):
    hidden = hidden_fields(client.get("/report/details/"))
    response = client.get(path) if fields is None else client.post(path, hidden | fields)
    assert response.status_code == status


def test_strange_cookie_is_as_good_as_none(client):
    client.cookies["journey"] = "ÿ" * 50
    assert client.get("/report/details/").status_code == 200


def test_other_methods_are_refused(client):
    assert [client.put("/report/").status_code, client.delete("/report/check/").status_code] == [405, 405]


def test_categories_out_of_use_are_not_offered(client):
    Category.objects.filter(code="other").update(in_use=False)
    assert 'value="other"' not in client.get("/report/what/").content.decode()


def test_right_to_left_words_keep_their_direction(client):
    walk(client, text="دراجات في الحديقة كل مساء")
    assert re.search(r'dir="auto">دراجات', client.get("/report/check/").content.decode())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_five_at_once_make_one_concern_and_one_receipt(client):
    walk(client)
    form, cookies = hidden_fields(client.get("/report/check/")), client.cookies

    def press(_number):
        browser = Client()
        browser.cookies = cookies
        try:
            return browser.post("/report/check/", form).url, browser.get("/report/sent/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(25) as threads:
        assert set(threads.map(press, range(25))) == {("/report/sent/", 200)}
    assert (Concern.objects.count(), Notification.objects.count()) == (1, 1)
    assert RateCount.objects.get(key__startswith="submit:").count == 1
