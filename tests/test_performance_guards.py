"""What the pages and the API ask of the database stays the same however much there is. Speed itself: `make bench`."""

import uuid

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.stamp import Stamp
from areas.routing import route
from feedback.models import Category, Concern


def statements(client, path):
    """How many statements one GET of `path` costs, its transactions' own left out."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(words) for query in captured.captured_queries)


@pytest.mark.parametrize(
    ("path", "most"),
    [("/dashboard/queue/", 10), ("/dashboard/", 10), ("/api/v1/concerns/", 10)],
)
def test_staff_page_asks_no_more_with_more_concerns(signed_in, commander_of, make_concern, walsall, path, most):
    client = signed_in(commander_of(walsall))

    def asked():
        caches["pages"].clear()
        return statements(client, path), statements(client, path)

    make_concern(walsall)
    asked()
    afresh, again = asked()
    for ward in walsall.wards.active()[:12]:
        make_concern(walsall, ward=ward)
    assert (asked()[0], again <= most) == (afresh, True)


@pytest.mark.parametrize("page", ["area", "ward", "hub"])
def test_read_page_made_in_another_minute_asks_only_for_the_stamp(client, walsall, bloxwich_west, page):
    paths = {
        "area": walsall.get_absolute_url(),
        "ward": bloxwich_west.get_absolute_url(),
        "hub": walsall.hubs.first().get_absolute_url(),
    }
    client.get(f"{paths[page]}?made=1")
    assert statements(client, f"{paths[page]}?made=2") == 1


def test_read_page_after_a_change_is_made_from_the_facts_anew(client, walsall):
    path = walsall.get_absolute_url()
    client.get(path)
    walsall.wards.active().update(name="Renamed Ward")
    assert b"Renamed Ward" in client.get(path).content


def test_stamp_is_one_question(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        Stamp.current()


def test_submit_asks_at_most_twelve_times(db):
    key, found = uuid.uuid4(), route(area="walsall")
    answers = {
        "category": Category.objects.get(code="asb-vehicle"),
        "text": "Off-road bikes on the green every evening.",
        "contact": {"name": "Sam", "email": "sam@example.com", "safe_to_contact": True},
    }
    stamp = Stamp.current()
    Concern.submit(key=uuid.uuid4(), answers=answers, route=found, stamp=stamp)
    with CaptureQueriesContext(connection) as captured:
        Concern.submit(key=key, answers=answers, route=found, stamp=stamp)
    words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    assert sum(not query["sql"].startswith(words) for query in captured.captured_queries) == 6


def test_submit_through_the_api_asks_nine_times(client, db):
    body = {
        "category": "asb-vehicle",
        "text": "Off-road bikes on the green every evening.",
        "ward": "",
        "area": "walsall",
        "name": "Sam",
    }

    def send():
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        with CaptureQueriesContext(connection) as captured:
            answer = client.post("/api/v1/concerns/", body, content_type="application/json", headers=headers)
        assert answer.status_code == 201
        words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return sum(not query["sql"].startswith(words) for query in captured.captured_queries)

    send()
    assert send() == 9
