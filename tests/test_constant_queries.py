"""Every page, feed and list that anybody may read asks the database as often for a hundred rows as for one."""

import uuid
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.stamp import Stamp
from areas.models import Meeting, MeetingQuestion, Priority, PriorityAction, Ward
from hubs.models import Hub, Posting, Team, TeamKind

from .test_public_pages import READ_PAGES

pytestmark = pytest.mark.django_db

FEEDS = [
    "/areas/walsall/feed/", "/areas/walsall/wards/{ward}/feed/", "/follow/asb-vehicle/feed/", "/meetings.ics",
    "/meetings.ics?area=walsall", "/meetings.ics?ward={ward}",
]  # fmt: skip
LISTS = [
    *(f"/api/v1/{name}/" for name in ("areas", "wards", "priorities", "meetings", "hubs", "teams", "categories")),
    "/priorities/", "/meetings/", "/hubs/nearest/?ward={ward}", "/follow/", "/?q=New", "/?q=Somewhere Road",
]  # fmt: skip


def more(ward, person, numbers):
    """So many more of everything that the public reads, in and around `ward`."""
    now, area = timezone.now(), ward.area
    wards = [
        Ward(
            code=f"E059{n:05d}", name=f"New {n}", area=area, localities=f"Newplace {n}", active=True, lat=52.6, lon=-2.0
        )
        for n in numbers
    ]
    Ward.objects.bulk_create(wards)
    fields = {"area": area, "front_counter": True, "always_open": True, "lat": 52.6, "lon": -2.0}
    hubs = Hub.objects.bulk_create(
        Hub(slug=f"new-{n}", name=f"Hub {n}", address=f"Somewhere Road, Newplace {n}", **fields) for n in numbers
    )
    kind = TeamKind.objects.first()
    teams = Team.objects.bulk_create(
        Team(slug=f"new-{n}", name=f"Team {n}", kind=kind, hub=hub) for n, hub in zip(numbers, hubs, strict=True)
    )
    Team.wards.through.objects.bulk_create(Team.wards.through(team=team, ward=ward) for team in teams)
    people = [person(f"new{n}", public_name=True) for n in numbers[:20]]
    posts = Posting.objects.bulk_create(Posting(person=one, team=teams[0], from_date="2026-01-01") for one in people)
    through = Posting.named_wards.through
    through.objects.bulk_create(through(posting=post, ward=ward) for post in posts)
    at = {"starts": now + timedelta(days=2), "ends": now + timedelta(days=2, hours=1)}
    meetings = Meeting.objects.bulk_create(
        Meeting(area=area, place=f"Hall {n}", uid=uuid.uuid4(), **at) for n in numbers
    )
    Meeting.wards.through.objects.bulk_create(Meeting.wards.through(meeting=one, ward=ward) for one in meetings)
    MeetingQuestion.objects.bulk_create(
        MeetingQuestion(meeting=one, text="Why?", answer="So.", answered_at=now, published=True) for one in meetings
    )
    priorities = Priority.objects.bulk_create(
        Priority(area=area, ward=ward, title=f"Bikes {n}", you_said="Bikes.", published=True, shown_at=now)
        for n in numbers
    )
    PriorityAction.objects.bulk_create(
        PriorityAction(priority=one, text="Done.", published_at=now) for one in priorities
    )
    Stamp.bump()


@pytest.mark.parametrize("url", [*READ_PAGES, *FEEDS, *LISTS])
def test_page_costs_the_same_with_one_and_with_a_hundred(url, client, person, bloxwich_west):
    url = url.format(ward=bloxwich_west.code)

    def cost():
        caches["pages"].clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200, url
        return len(queries), [query["sql"][:150] for query in queries]

    more(bloxwich_west, person, range(2))
    cost()  # what is asked once in the life of a process
    few, first = cost()
    more(bloxwich_west, person, range(2, 102))
    many, then = cost()
    assert many == few, (first, then)
