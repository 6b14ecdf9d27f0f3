"""`make bench` asks what the portal answers: a change of a form or an address must not leave it behind."""

import pytest
from django.test import Client
from django.urls import reverse

from benchmarks.asks import HOST, Asks

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
