"""The list for an ASB case review holds what somebody proved to be their own, and nothing of others."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from areas.models import Area
from areas.routing import Route
from feedback import clock
from feedback.models import Category, Concern, Contact
from feedback.models.codes import follow_code

LIST, ADD, CLEAR = "/track/case-review/", "/track/case-review/add/", "/track/case-review/clear/"
REACH = {"name": "Demo Person", "email": "person@example.org", "safe_to_contact": True}

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(walsall, bloxwich_west):
    """Makes concerns so many days ago, each with its code."""

    def make(days=0, *, code="asb-vehicle", area=walsall, **contact):
        key = uuid.uuid4()
        route = Route(
            area=area,
            ward=bloxwich_west if area == walsall else None,
            postcode="WS3 2PD",
            basis="",
            message="",
            asked="",
        )
        answers = {
            "category": Category.objects.get(code=code),
            "text": "Secret words.",
            "contact": {**REACH, **contact},
        }
        concern, _made = Concern.submit(key=key, answers=answers, route=route)
        Concern.objects.filter(pk=concern.pk).update(received_at=clock.add_days(timezone.now(), -days))
        concern.code = follow_code(key)
        return concern

    return make


def add(client, concern, code=None):
    return client.post(LIST, {"reference": concern.reference, "code": code or concern.code})


def listed(client):
    return [one.reference for one in client.get(LIST).context["concerns"]]


def test_codes_collect_the_own_concerns_oldest_first(client, told):
    newer, older, other = told(5), told(50), told(9)
    for one in (newer, older, newer):
        assert add(client, one).url == LIST
    assert listed(client) == [older.reference, newer.reference]
    page = client.get(LIST).content.decode()
    assert other.reference not in page and "Secret words." not in page and "person@example.org" not in page
    cookie = client.cookies["track-list"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/track/", True, "Strict")
    client.post(CLEAR)
    assert listed(client) == []


def test_a_wrong_code_adds_nothing_and_says_nothing(client, told):
    concern = told()
    for reference, code in ((concern.reference, "AAAA-BBBB-CCCC-DDDD"), ("WMP-2222-2222", concern.code), ("", "")):
        answer = client.post(LIST, {"reference": reference, "code": code})
        assert list(answer.context["form"].errors) == ["code"]
    assert listed(client) == []


def test_guessing_is_slowed_down_and_keeps_the_list(client, told, settings):
    settings.TRACK_RATE = "1/hour"
    concern = told()
    add(client, concern)
    refused = add(client, told())
    assert (refused.status_code, [one.reference for one in refused.context["concerns"]]) == (429, [concern.reference])


def test_a_typed_address_connects_nothing(client, told):
    """Whoever has the code of one concern learns nothing of the others with the same address."""
    first, _second = told(5), told(9)
    client.post("/track/", {"reference": first.reference, "code": first.code})
    client.post(ADD)
    assert listed(client) == [first.reference]


def by_mail(concern):
    client = Client()
    client.post("/track/", {"code": concern.follow_links.issue(uuid.uuid4())})
    client.post("/track/place/", {"place": "WS3 2PD"})
    return client


def prove(*concerns):
    """A link that was mailed to the address of each was opened."""
    for contact in Contact.objects.filter(concern__in=concerns):
        contact.confirm()


def test_a_mailed_link_brings_what_was_proved_with_the_same_address(told):
    first, second = told(5), told(9, email="Person@example.org")
    stranger, unsafe = told(2, email="other@example.org"), told(3, safe_to_contact=False)
    sensitive = told(4, code=Category.objects.filter(sensitive=True).exclude(asb_qualifier="").first().code)
    prove(second, stranger, unsafe, sensitive)
    client = by_mail(first)
    client.post(ADD)
    assert listed(client) == [second.reference, first.reference]
    page = client.get(LIST).content.decode()
    assert not any(one.reference in page for one in (stranger, unsafe, sensitive))


def test_a_mailed_link_brings_nothing_with_which_the_address_was_only_typed(told):
    """Anybody can type anybody's address: what was never opened by a mailed link may be somebody else's."""
    first, typed = told(5), told(9)
    client = by_mail(first)
    client.post(ADD)
    assert listed(client) == [first.reference]
    by_mail(typed)
    client.post(ADD)
    assert listed(client) == [typed.reference, first.reference]


def test_an_own_code_brings_nothing_even_of_a_proved_address(client, told):
    first, second = told(5), told(9)
    prove(first, second)
    client.post("/track/", {"reference": first.reference, "code": first.code})
    client.post(ADD)
    assert listed(client) == [first.reference]


def test_what_only_waits_for_its_place_brings_nothing(told):
    first, second = told(5), told(9)
    prove(first, second)
    client = Client()
    client.post("/track/", {"code": first.follow_links.issue(uuid.uuid4())})
    assert client.post(ADD).url == "/track/"
    assert listed(client) == []


def test_a_mailed_code_alone_adds_nothing(client, told):
    concern = told()
    answer = client.post(LIST, {"code": concern.follow_links.issue(uuid.uuid4())})
    assert answer.context["form"].errors["code"][0].startswith("This code came by e-mail.")
    assert listed(client) == []


def test_without_an_open_page_there_is_nothing_to_add(client, told):
    told()
    assert client.post(ADD).url == "/track/"
    assert (client.get(ADD).status_code, client.get(CLEAR).status_code) == (405, 405)


def test_a_list_can_not_be_made_up(client, told):
    concern, other = told(), told()
    add(client, concern)
    client.cookies["track-list"] = str(other.pk) + ":" + client.cookies["track-list"].value.partition(":")[2]
    assert listed(client) == []


@pytest.mark.parametrize(("ages", "enough"), [((1, 2, 3), True), ((1, 2), False), ((1, 2, 190), False)])
def test_the_councils_own_number_decides(ages, enough, client, told, walsall):
    Area.objects.filter(pk=walsall.pk).update(
        review_reports=3, review_months=6, review_url="https://council.example/asb"
    )
    for age in ages:
        add(client, told(age))
    assert client.get(LIST).context["councils"] == [(walsall, enough)]
    page = client.get(LIST).content.decode()
    assert "https://council.example/asb" in page and "Nobody has checked yet" in page
    assert ("Your list alone is enough for that." in page) is enough


def test_each_council_counts_for_itself(client, told, walsall, dudley):
    for _each in range(2):
        add(client, told(1))
    add(client, told(1, area=dudley))
    assert dict(client.get(LIST).context["councils"]) == {walsall: False, dudley: False}


def test_what_is_no_antisocial_behaviour_is_counted_apart(client, told):
    add(client, told(code=Category.objects.filter(asb_qualifier="").first().code))
    page = client.get(LIST)
    assert (page.context["concerns"], page.context["others"]) == ([], 1)


def test_an_idea_or_thanks_about_it_is_no_report_of_it(client, told):
    for kind in ("idea", "thanks"):
        one = told()
        Concern.objects.filter(pk=one.pk).update(kind=kind, due_at=None)
        add(client, one)
        client.post("/track/", {"reference": one.reference, "code": one.code})
        assert 'id="review"' not in client.get("/track/concern/").content.decode()
    page = client.get(LIST)
    assert (page.context["concerns"], page.context["councils"], page.context["others"]) == ([], [], 2)


def test_what_is_on_the_list_is_not_offered_again(client, told):
    one, other = told(), told()
    client.post("/track/", {"reference": one.reference, "code": one.code})
    assert client.get(LIST).context["opened"] == one
    add(client, other)
    assert client.get(LIST).context["opened"] == one
    add(client, one)
    assert client.get(LIST).context["opened"] is None


def test_a_known_day_is_said(client, told, walsall):
    Area.objects.filter(pk=walsall.pk).update(review_checked_on="2026-11-20")
    add(client, told())
    assert "Checked on 20 November 2026." in client.get(LIST).content.decode()


def test_leaving_forgets_the_list(client, told):
    add(client, told())
    client.post("/track/leave/")
    assert listed(client) == []
