"""The demo: enough of everything to try the portal, plainly fictional, never in production."""

import re
from collections import Counter
from random import Random

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Q
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from areas.models import Area, Edition, Postcode
from feedback import clock
from feedback.following.telling import tell_followers
from feedback.insight.brief import Brief
from feedback.insight.local import Seen, figure
from feedback.lifecycle import Outcome, Pause, Status
from feedback.models import (
    Category,
    Concern,
    ConcernUpdate,
    Contact,
    Figure,
    FormatRequest,
    Notification,
    Partner,
    Rating,
    Recourse,
    SavedList,
    StandardText,
    Subscription,
    announce,
)
from feedback.models.problem import STEPS
from hubs.models import Posting
from policing_portal.demo_concerns import postcodes_of
from policing_portal.demo_story import Story

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made_once(kept_for_the_module, tmp_path_factory):
    """The demo, made once for all tests here; returns the folder of its photos."""
    media = tmp_path_factory.mktemp("media")
    with kept_for_the_module.unblock(), override_settings(MEDIA_ROOT=media):
        call_command("demo", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # no autovacuum sees inside a transaction
    return media


@pytest.fixture
def demo(made_once, db, settings):
    settings.MEDIA_ROOT = made_once


def test_a_link_can_be_sent_to_each_areas_partners_and_goes_to_nobody_real(demo):
    told = dict(Partner.objects.filter(area__isnull=False).values_list("email", "area__slug"))
    assert told == {f"partner.{slug}@example.org": slug for slug in Area.objects.values_list("slug", flat=True)}


def test_demo_tells_all_that_can_happen(demo):
    by_area = Counter(Concern.objects.filter(area__isnull=False).values_list("area__slug", flat=True))
    assert set(by_area) == set(Area.objects.values_list("slug", flat=True)) and min(by_area.values()) >= 80
    for column, choices in (
        ("status", Status), ("outcome", Outcome), ("channel", Concern.Channel), ("kind", Concern.Kind),
        ("desk_reason", Concern.DeskReason), ("pause", Pause),
    ):  # fmt: skip
        assert set(Concern.objects.values_list(column, flat=True)) - {""} == set(choices.values)
    for area in Area.objects.all():
        assert area.concerns.overdue().exists() and area.concerns.filter(safety=True).exists()
        assert area.concerns.filter(language__in=["ur", "ar"]).exists() and area.commander is not None
    assert {row.clock.state for row in Recourse.objects.all()} >= {
        "answered",
        "missed",
    } and FormatRequest.objects.exists()
    assert set(Rating.objects.values_list("answer", flat=True)) == set(Rating.Answer.values)
    assert Concern.objects.filter(area__isnull=True).exists()
    told = Figure.objects.filter(value__isnull=False, area__isnull=False).values_list("name", flat=True)
    assert {"satisfied", "recourse", "recourse_in_time"} <= set(told)
    received = Concern.objects.values_list("received_at", flat=True)
    assert (max(received) - min(received)).days > 365


def test_demo_hands_complaints_of_every_area_to_the_department(demo):
    member = User.objects.get(email="department@example.org")
    seen = Concern.objects.visible_to(member)
    assert set(seen.open().values_list("area__slug", flat=True)) == set(Area.objects.values_list("slug", flat=True))
    assert not seen.filter(complaint_disclosed_at=None).exists()
    handed = ConcernUpdate.objects.filter(concern__in=seen, kind="department", department__takes_complaints=True)
    assert handed.count() == seen.count()


def test_demo_has_priorities_and_meetings_in_every_state(demo):
    for area in Area.objects.all():
        promises = area.priorities.filter(published=True)
        assert (promises.open().count(), promises.ended().count()) == (4, 1)
        assert sum(priority.stale for priority in promises.all()) == 1
        assert all(priority.actions.public().exists() and priority.people_words for priority in promises)
        assert [problem.concerns.exists() for problem in area.problems.all()] == [True, True, True]
        assert area.meetings.coming().filter(cancelled=False).count() == 2 and area.meetings.coming().count() == 3
        assert area.meetings.past().exclude(summary="").get().questions.filter(published=True).count() == 2


def test_demo_tells_nobody_of_its_actions(demo):
    assert announce() == 0


def test_demo_gives_a_commander_something_to_decide(demo):
    for area in Area.objects.all():
        commander = User.objects.get(email=f"commander.{area.slug}@example.org")
        grown = [line for line in Brief(commander, area).lines if line.name == "growth"]
        assert [f"of “{Category.objects.get(code='asb-noise')}”" in line.words for line in grown][:1] == [True], area
        assert SavedList.objects.for_reader(commander).count() == 2
        worked_on, over = area.problems.get(analysis__startswith="Three"), area.problems.exclude(ended_on=None).get()
        assert (worked_on.ended_on, worked_on.assessment, all(getattr(over, step) for step in STEPS)) == (
            None,
            "",
            True,
        )
        tables = {name: figure(name, Seen(commander, area)) for name in ("happens", "streets", "hubs", "satisfaction")}
        assert [name for name, table in tables.items() if not table.rows] == []


def test_demo_people_are_plainly_fictional(demo):
    for person in User.objects.all():
        assert person.name.startswith("Demo ") and person.email.endswith("@example.org")
    for contact in Contact.objects.all()[:40]:
        opened = contact.unsealed()
        assert opened["email"].endswith("@example.org") and re.fullmatch(r"07700 900\d{3}", opened["phone"])


def test_demo_history_is_in_order_and_nothing_lies_in_the_future(demo):
    for concern in Concern.objects.prefetch_related("updates")[:200]:
        rows = list(concern.updates.order_by("pk"))
        assert rows[0].kind == "received"
        assert [row.at for row in rows] == sorted(row.at for row in rows)
        moves = [row.to_status for row in rows if row.kind == "status"]
        assert (moves[-1] if moves else "received") == concern.status
    assert not ConcernUpdate.objects.filter(at__gt=max(ConcernUpdate.objects.values_list("at", flat=True))).exists()


def test_demo_sends_no_mail_and_every_ward_has_a_named_contact(demo, mailoutbox):
    assert not Notification.objects.filter(state="pending").exists() and not mailoutbox
    for area in Area.objects.all():
        assert all(Posting.objects.named_contacts(ward).exists() for ward in area.wards.active())


def test_demo_is_made_once(demo):
    before = Concern.objects.count(), User.objects.count()
    call_command("demo", verbosity=0)
    assert (Concern.objects.count(), User.objects.count()) == before


def test_demo_leaves_concerns_in_order(demo):
    call_command("check_integrity")


def test_demo_knows_the_spot_where_postcodes_are_loaded(pack, walsall):
    ward = walsall.wards.active().first()
    edition = Edition.objects.create(kind="postcodes", name="Ours", state="active", checksum="p", covers="WS")
    place = {"area": walsall, "ward": ward, "lad_code": walsall.gss_code, "lat": 52.6, "lon": -2.0, "quality": 10}
    Postcode.objects.create(edition=edition, postcode="WS32PD", **place)
    stories = [
        Story(area=walsall, ward=ward, number=number, age_hours=1, rng=Random(1), now=timezone.now(), postcode=code)
        for number, code in enumerate(postcodes_of(walsall)[ward.pk])
    ]
    told = [(one.concern.postcode, one.concern.ward, one.concern.lat, one.concern.certain) for one in stories]
    assert told == [("WS3 2PD", ward, 52.6, True)]
    assert stories[0].concern.route_basis.startswith("WS3 2PD, full postcode, Ours")


def test_demo_has_followers_whom_nothing_is_owed(demo):
    for area in Area.objects.all():
        assert Subscription.objects.active().filter(Q(area=area) | Q(ward__area=area)).count() == 2
    assert Subscription.objects.waiting().count() == Area.objects.count()
    assert tell_followers(clock.add_minutes(timezone.now(), 11)) == 0


def test_an_advert_of_the_demo_is_no_crime_and_part_of_no_problem(demo):
    adverts = Concern.objects.filter(suspected=True)
    assert Counter(adverts.values_list("area__slug", flat=True)) == dict.fromkeys(
        Area.objects.values_list("slug", flat=True), 1
    )
    assert not adverts.exclude(crime_disclosed_at=None, problem=None).exists()


def test_demo_has_people_who_told_again_and_again(demo):
    marked = Concern.objects.exclude(repeat="").values_list("area__slug", "repeat")
    assert Counter(marked) == Counter(
        {(area.slug, repeat): 1 for area in Area.objects.all() for repeat in ("asked", "yes")}
    )
    assert {text.language for text in StandardText.objects.all()} == {"en-gb", "pl", "ur"}
