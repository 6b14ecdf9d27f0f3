"""Priorities: three at a time, dated, honest about silence, and the same for every reader."""

import re
from datetime import date, timedelta

import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.stamp import Stamp, days_ago, today_in_london
from areas.models import Priority, PriorityAction
from areas.rounding import people_in_words, rounded
from tests.seen import version

from .racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    caches["pages"].clear()


@pytest.fixture
def promise(walsall):
    """Makes a published priority of Walsall: `promise("Bikes", ward=...)`."""

    def make(title="Bikes on the green", **fields):
        fields = {"area": walsall, "you_said": f"{title}, people said.", "published": True, **fields}
        return Priority.objects.create(title=title, **fields)

    return make


def act(priority, text="We walked there.", *, ago=0, shown=True):
    action = PriorityAction(priority=priority, text=text, day=days_ago(ago))
    action.show(shown)
    action.save()
    return action


def text_of(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# ---- at most three ---------------------------------------------------------------------------------------------------


def test_fourth_open_priority_of_a_ward_is_refused_in_words(promise, bloxwich_west, dudley):
    for number in range(3):
        promise(f"Number {number}", ward=bloxwich_west)
    with pytest.raises(ValidationError, match="Three priorities are open here already"):
        promise("Number 3", ward=bloxwich_west)
    assert Priority.objects.count() == 3
    promise("The whole area has its own three")
    promise("Another area", area=dudley)


@pytest.mark.parametrize("how", [{"published": False}, {"ended_on": date(2030, 1, 1), "outcome": "It is better."}])
def test_only_open_and_published_ones_count(promise, bloxwich_west, how):
    for number in range(3):
        promise(f"Number {number}", ward=bloxwich_west)
    extra = promise("Number 3", ward=bloxwich_west, **how)
    extra.published, extra.ended_on, extra.outcome = True, None, ""
    with pytest.raises(ValidationError):
        extra.save()
    first = Priority.objects.get(title="Number 0")
    first.outcome, first.ended_on = "The bikes are gone.", date(2030, 1, 1)
    first.save()
    extra.save()
    assert Priority.objects.open().filter(published=True).count() == 3


def test_open_priority_can_be_saved_again_beside_two_others(promise):
    *_others, last = [promise(f"Number {number}") for number in range(3)]
    last.title = "Better words"
    last.save()
    last.refresh_from_db()
    assert last.title == "Better words"


def test_ward_of_another_area_is_refused(promise, dudley):
    with pytest.raises(ValidationError, match="belongs to another area"):
        promise(ward=dudley.wards.active().first())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_leave_three(promise, bloxwich_west):
    def make(number):
        return lambda: promise(f"Number {number}", ward=bloxwich_west)

    results = race([make(number) for number in range(10)])
    assert sorted(type(result).__name__ for result in results) == ["Priority"] * 3 + ["ValidationError"] * 7
    assert Priority.objects.open().count() == 3


# ---- silence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "stale"), [(89, False), (90, True), (200, True)])
def test_priority_without_news_for_ninety_days_is_stale(promise, client, days, stale):
    priority = promise()
    Priority.objects.filter(pk=priority.pk).update(touched_on=days_ago(days))
    priority.refresh_from_db()
    assert (priority.stale, list(Priority.objects.stale())) == (stale, [priority] if stale else [])
    assert (f"No news for {days} days" in text_of(client, "/priorities/")) is stale


def test_ended_priority_is_never_stale(promise):
    priority = promise(since=days_ago(400), ended_on=days_ago(300), outcome="Over.")
    Priority.objects.filter(pk=priority.pk).update(touched_on=days_ago(300))
    assert not Priority.objects.get().stale and not Priority.objects.stale().exists()


def test_published_action_is_news_and_a_draft_or_a_corrected_word_is_none(promise):
    priority = promise()
    Priority.objects.filter(pk=priority.pk).update(touched_on=days_ago(100))
    draft = act(priority, shown=False)
    priority.refresh_from_db()
    priority.title = "Bikes on the greens"
    priority.save()
    assert Priority.objects.get().days_silent == 100
    draft.show(True)
    draft.save()
    assert Priority.objects.get().days_silent == 0


def test_correcting_an_old_action_is_no_news(promise):
    priority = promise()
    action = act(priority)
    PriorityAction.objects.update(published_at=timezone.now() - timedelta(days=101))  # 100 may be 99 dates
    Priority.objects.update(touched_on=days_ago(100))
    action.refresh_from_db()
    action.text = "We walked there twice."
    action.save()
    assert Priority.objects.get().days_silent == 100


def test_to_appear_is_news(promise):
    priority = promise(published=False)
    Priority.objects.update(touched_on=days_ago(50))
    priority.refresh_from_db()
    priority.published = True
    priority.save()
    assert Priority.objects.get().touched_on == today_in_london()


# ---- how many people -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "near", "words"),
    [
        (None, None, ""), (0, None, ""), (1, None, "fewer than 5 people"), (4, None, "fewer than 5 people"),
        (5, 5, "about 5 people"), (7, 5, "about 5 people"), (8, 10, "about 10 people"), (12, 10, "about 10 people"),
        (13, 15, "about 15 people"), (1003, 1005, "about 1005 people"),
    ],
)  # fmt: skip
def test_people_are_rounded_to_the_nearest_five(number, near, words):
    assert people_in_words(number) == words
    assert (rounded(number) if number else None) == near


def test_staffs_number_stands_before_the_counted_one(promise):
    priority = promise(people=22)
    Priority.objects.update(counted=8)
    priority.refresh_from_db()
    assert priority.people_words == "about 20 people"
    priority.people = None
    assert priority.people_words == "about 10 people"


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_page_tells_what_was_said_done_and_how_it_ended(client, promise, bloxwich_west):
    open_one = promise(ward=bloxwich_west, people=13, since=date(2026, 3, 5))
    act(open_one, "We put up a barrier.", ago=3)
    act(open_one, "Nobody may read this yet.", shown=False)
    promise("A draft", published=False)
    promise("Parking", ended_on=today_in_london(), outcome="The zigzags are clear.")
    text = text_of(client, "/priorities/")
    for words in ("Bikes on the green", "Since March 2026, about 15 people", "We put up a barrier.", "Still open."):
        assert words in text
    for words in ("Nobody may read this yet.", "A draft", "Parking"):
        assert words not in text
    ended = text_of(client, "/priorities/?show=ended")
    assert "The zigzags are clear." in ended and "Bikes on the green" not in ended


def test_page_is_narrowed_to_area_and_ward(client, promise, bloxwich_west, dudley):
    promise("One", ward=bloxwich_west)
    promise("Whole")
    promise("Other", ward=bloxwich_west.area.wards.active().exclude(pk=bloxwich_west.pk).first())
    promise("Elsewhere", area=dudley)

    def found(query):
        text = text_of(client, f"/priorities/?{query}")
        return {name for name in ("One", "Whole", "Other", "Elsewhere") if f">{name}</h3>" in text}

    assert found("") == {"One", "Whole", "Other", "Elsewhere"}
    assert found("area=walsall") == {"One", "Whole", "Other"}
    assert found(f"ward={bloxwich_west.code}") == {"One", "Whole"}
    # Who chooses another area while a ward is still chosen means the area.
    assert found(f"area=dudley&ward={bloxwich_west.code}") == {"Elsewhere"}
    assert f'value="{bloxwich_west.code}"' not in text_of(client, f"/priorities/?area=dudley&ward={bloxwich_west.code}")


@pytest.mark.parametrize("query", ["area=atlantis", "show=everything", "area=walsall&ward=E99999999"])
def test_place_that_there_is_not_is_not_found(client, query):
    assert client.get(f"/priorities/?{query}").status_code == 404


def test_empty_page_says_what_will_stand_there(client):
    assert "No priorities here yet" in text_of(client, "/priorities/")
    assert "None has ended yet" in text_of(client, "/priorities/?show=ended")


@pytest.mark.usefixtures("same_minute")
@pytest.mark.parametrize("url", ["/priorities/", "/areas/walsall/", "/areas/walsall/wards/{ward}/"])
def test_page_shows_the_next_edit_at_once_and_sets_no_cookie(client, promise, bloxwich_west, url):
    url = url.format(ward=bloxwich_west.code)
    first = client.get(url)
    priority = promise()
    act(priority, "We came by.")
    response = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert response.status_code == 200 and b"We came by." in response.content
    assert dict(response.cookies) == {} and response["Cache-Control"] == "public, no-cache"
    assert client.get(url, headers={"If-None-Match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "url",
    [
        "/priorities/", "/priorities/?show=ended", "/areas/walsall/", "/areas/walsall/wards/{ward}/", "/api/v1/priorities/",
        "/how-we-are-doing/", "/how-we-are-doing/walsall/",
    ],
)  # fmt: skip
def test_page_costs_the_same_with_one_row_and_with_a_hundred(client, promise, bloxwich_west, url):
    url = url.format(ward=bloxwich_west.code)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    over = {"ended_on": today_in_london(), "outcome": "Over."} if url.endswith("ended") else {}
    act(promise(ward=bloxwich_west, **over))
    one = cost()
    rows = [Priority(area=bloxwich_west.area, ward=ward, title=f"No {n}", you_said="x", published=True, **over)
            for n in range(3) for ward in list(bloxwich_west.area.wards.active()) + [bloxwich_west, None] * 8]  # fmt: skip
    Priority.objects.bulk_create(rows[:100])
    PriorityAction.objects.bulk_create(
        PriorityAction(priority=row, text="Done.", published_at=timezone.now()) for row in Priority.objects.all()
    )
    assert Priority.objects.count() > 90
    assert cost() == one


def test_each_priority_write_makes_pages_new(promise):
    before = Stamp.current()
    action = act(promise())
    middle = Stamp.current()
    action.delete()
    assert len({before, middle, Stamp.current()}) == 3


def card_of(client, priority):
    """Where its address leads, once its card stands there."""
    url, _hash, anchor = priority.get_absolute_url().partition("#")
    led = client.get(url)["Location"]
    assert led.endswith(f"#{anchor}")
    assert f'id="{anchor}"' in text_of(client, led.partition("#")[0])
    return led.partition("#")[0]


def test_address_of_a_priority_leads_to_its_card(client, promise, bloxwich_west):
    whole, ward = promise(), promise(ward=bloxwich_west)
    over = promise(ended_on=today_in_london(), outcome="Over.")
    assert [card_of(client, one) for one in (whole, ward, over)] == [
        "/priorities/?area=walsall", f"/priorities/?ward={bloxwich_west.pk}", "/priorities/?area=walsall&show=ended",
    ]  # fmt: skip


def test_address_of_a_priority_turns_to_its_page_and_follows_it_to_its_end(client, promise, walsall, bloxwich_west):
    first = promise("First")
    wards = [ward for ward in walsall.wards.active() if ward != bloxwich_west]
    for number in range(30):
        promise(f"Number {number}", ward=wards[number % 10])
    assert card_of(client, first) == "/priorities/?area=walsall"
    for number in range(30):
        promise(f"Over {number}", ward=bloxwich_west, ended_on=today_in_london(), outcome="Over.")
    first.since = first.ended_on = days_ago(3)
    first.outcome = "Over."
    first.save()
    assert card_of(client, first) == "/priorities/?area=walsall&show=ended&page=2"
    assert card_of(client, Priority.objects.get(title="Over 0")) == (
        f"/priorities/?ward={bloxwich_west.pk}&show=ended&page=2"
    )


@pytest.mark.parametrize("asked", ["draft", "0", "x", "²", "9" * 40])
def test_address_of_a_priority_that_nobody_may_read_leads_to_the_list(client, promise, asked):
    asked = promise(published=False).pk if asked == "draft" else asked
    assert client.get("/priorities/", {"priority": asked})["Location"] == "/priorities/"


def test_page_of_a_ward_shows_its_own_priorities_first_and_an_area_those_of_the_whole(client, promise, bloxwich_west):
    for number in range(3):
        promise(f"Ward {number}", ward=bloxwich_west)
        promise(f"Whole {number}")
    Priority.objects.filter(ward=bloxwich_west).update(touched_on=days_ago(40))

    def shown(url):
        return re.findall(r'dir="auto">(Ward|Whole) \d</h3>', text_of(client, url))

    assert shown(bloxwich_west.get_absolute_url()) == ["Ward"] * 3 + ["Whole"] * 3
    Priority.objects.filter(ward=None).update(touched_on=days_ago(50))
    Stamp.bump()
    assert shown("/areas/walsall/") == ["Whole"] * 3 + ["Ward"] * 3


# ---- API -------------------------------------------------------------------------------------------------------------


def test_api_lists_what_the_public_may_read(client, promise, bloxwich_west):
    priority = promise(ward=bloxwich_west, people=13, since=date(2026, 3, 5))
    act(priority, "We put up a barrier.")
    act(priority, "Not yet.", shown=False)
    hidden = promise("A draft", published=False)
    today = today_in_london().isoformat()
    answer = client.get("/api/v1/priorities/?area__slug=walsall").json()
    assert answer["results"] == [
        {
            "id": priority.pk, "area": "walsall", "ward": bloxwich_west.code, "title": "Bikes on the green",
            "you_said": "Bikes on the green, people said.", "since": "2026-03-05", "people": "about 15 people",
            "actions": [{"day": today, "text": "We put up a barrier."}], "outcome": "", "ended_on": None,
            "last_news": today, "stale": False,
        }
    ]  # fmt: skip
    assert client.get(f"/api/v1/priorities/{hidden.pk}/").status_code == 404
    assert client.post("/api/v1/priorities/", {}).status_code == 405


# ---- staff -----------------------------------------------------------------------------------------------------------


def form(priority, **actions):
    fields = {
        "area": priority.area_id, "ward": "", "title": priority.title, "you_said": priority.you_said,
        "since": priority.since.isoformat(), "people": "", "outcome": "", "ended_on": "", "published": "on",
        "actions-TOTAL_FORMS": "1", "actions-INITIAL_FORMS": "0",
        "actions-0-day": "2026-11-20", "actions-0-text": "We walked there.", "actions-0-id": "",
        "actions-0-priority": priority.pk,
    }  # fmt: skip
    return fields | actions


def test_team_editor_publishes_an_action_of_their_own_area(signed_in, walsall_editor, promise):
    priority = promise()
    url = f"/admin/areas/priority/{priority.pk}/change/"
    client = signed_in(walsall_editor)
    sent = form(priority, **{"actions-0-shown": "on"}) | version(client, url)
    assert client.post(url, sent).status_code == 302
    action = priority.actions.get()
    assert action.published_at is not None and action.text == "We walked there."


def test_action_that_is_not_ticked_stays_a_draft(signed_in, walsall_editor, promise):
    priority = promise()
    client, url = signed_in(walsall_editor), f"/admin/areas/priority/{priority.pk}/change/"
    client.post(url, form(priority) | version(client, url))
    assert priority.actions.get().published_at is None


def test_fourth_one_is_refused_in_the_admin_in_words(signed_in, walsall_editor, promise):
    for number in range(3):
        promise(f"Number {number}")
    extra = promise("One more", published=False)
    client, url = signed_in(walsall_editor), f"/admin/areas/priority/{extra.pk}/change/"
    answer = client.post(url, form(extra) | version(client, url))
    assert answer.status_code == 200 and "Three priorities are open here already" in answer.content.decode()


def test_staff_find_what_is_stale(signed_in, walsall_editor, promise):
    promise("Fresh")
    old = promise("Forgotten")
    Priority.objects.filter(pk=old.pk).update(touched_on=days_ago(120))
    text = signed_in(walsall_editor).get("/admin/areas/priority/?stale=yes").content.decode()
    assert "Forgotten" in text and "Fresh" not in text and "Stale: none for 120 days" in text
