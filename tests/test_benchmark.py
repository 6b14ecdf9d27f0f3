"""`make bench` asks what the portal answers: a change of a form or an address must not leave it behind."""

from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from benchmarks.asks import HOST, Asks
from benchmarks.busy import OF_THE_FORCE, PAGES, of_the_town, rows_read
from feedback.casework.filters import ConcernFilter
from feedback.models import Partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def asks(settings):
    settings.ALLOWED_HOSTS = [HOST]
    return Asks()


def status(ask):
    """What the portal answers to one of the benchmark's requests."""
    return ask.through(Client()).status_code


@pytest.mark.parametrize(("kind", "expected"), [("told_by_form", 303), ("told_by_api", 201)])
def test_benchmark_tells_a_concern_that_is_taken(asks, kind, expected):
    assert [status(ask) for ask in getattr(asks, kind)(2)] == [expected] * 2


@pytest.mark.parametrize("page", ["casework:queue", "casework:dashboard"])
def test_benchmark_opens_the_pages_of_a_commander(asks, page, commander_of, walsall):
    assert [status(ask) for ask in asks.signed_in(reverse(page), [commander_of(walsall)])] == [200]


def test_benchmark_asks_where_a_postcode_lies(asks):
    assert status(asks.by_postcode()[0]) == 200


@pytest.mark.parametrize("page", ["home", "area", "ward", "hub"])
def test_benchmark_reads_pages_made_anew_and_kept(asks, page):
    paths = asks.pages()[page][:1]
    assert [status(asks.read(paths)[0]), status(asks.read_afresh(paths)[0])] == [200, 200]


def test_benchmark_of_a_busy_area_opens_every_page_and_asks_every_filter(
    signed_in, walsall, walsall_commander, walsall_officer, auditor
):
    Partner.objects.create(code="demo", name="Demo council", area=walsall)
    staff = walsall_commander, walsall_officer.postings.get().team, [walsall_officer]
    pages = PAGES | of_the_town(walsall, staff)
    pages["queue, a team"] = f"/dashboard/queue/?team={staff[1].slug}"
    for person, theirs in ((walsall_commander, pages), (auditor, OF_THE_FORCE)):
        client = signed_in(person)
        assert {name: client.get(path).status_code for name, path in theirs.items()} == dict.fromkeys(theirs, 200)
    asked = {name for path in pages.values() for name in QueryDict(urlsplit(path).query)} - {"view", "by"}
    assert asked == set(ConcernFilter.base_filters) - {"area", "desk"}  # which narrow nothing in one area


def test_benchmark_counts_what_a_plan_reads_whatever_it_gives_on():
    walk = {
        "Node Type": "Index Scan",
        "Relation Name": "feedback_concern",
        "Actual Rows": 1,
        "Rows Removed by Filter": 9,
    }
    bounded = {"Node Type": "Limit", "Plans": [{**walk, "Actual Loops": 2}]}
    heap = {"Node Type": "Bitmap Heap Scan", "Relation Name": "feedback_concern", "Actual Rows": 3, "Actual Loops": 1}
    assert (rows_read(bounded), rows_read(heap)) == (20, 3)
