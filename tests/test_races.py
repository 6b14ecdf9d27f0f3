"""Five and twenty at once, on PostgreSQL, each with a connection of its own: nothing lost, nothing doubled."""

import uuid
from collections import Counter
from functools import partial
from threading import Event
from unittest import mock

import pytest
from django.db import connection

from accounts.models import Import
from accounts.throttle import TooMany, count
from areas.models import Area
from areas.routing import Route
from feedback.lifecycle import MOVES, LinkOver, MoveNotAllowed, Status
from feedback.models import Category, Concern, ConcernUpdate, Contact, Notification, Partner
from feedback.models.concern import Stale
from feedback.models.receiving import KeyReused
from hubs.models import Posting
from policing_portal.exchange import work

from . import test_exchange as exchange
from .racing import race

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CROWD = 25
CONTACT = {"name": "Demo Person", "email": "person@example.org", "phone": "", "safe_to_contact": True}


@pytest.fixture
def submit(walsall):
    """Makes an act that submits under a key: `submit(key)` or `submit(key, text=...)`."""
    route = Route(area=walsall, ward=None, basis="chosen: Walsall", message="", asked="area:walsall")
    category = Category.objects.get(code="asb-vehicle")

    def make(key, text="Off-road bikes on the green every evening.", **options):
        answers = {"category": category, "text": text, "contact": CONTACT}
        return lambda: Concern.submit(key=key, answers=dict(answers), route=route, **options)

    return make


def of_one_concern():
    """How many rows each table holds; one concern with a safe address makes two messages."""
    return [model.objects.count() for model in (Concern, ConcernUpdate, Contact, Notification)]


def test_one_key_makes_one_concern(submit):
    results = race([submit(uuid.UUID(int=7))] * CROWD)
    assert Counter(created for _concern, created in results) == {True: 1, False: CROWD - 1}
    assert (
        len({(concern.pk, concern.reference, concern.code_hash, concern.due_at) for concern, _created in results}) == 1
    )
    assert of_one_concern() == [1, 1, 1, 2]
    assert sorted(Notification.objects.values_list("kind", "recipient")) == [
        ("receipt", "reporter"),
        ("received", "commander"),
    ]


def test_one_key_with_other_words_is_refused_and_leaks_nothing(submit):
    key = uuid.uuid4()
    results = race([submit(key, text=f"Words number {number}.") for number in range(CROWD)])
    assert Counter(type(result) for result in results) == {tuple: 1, KeyReused: CROWD - 1}
    assert len({str(result) for result in results if isinstance(result, KeyReused)}) == 1
    assert of_one_concern() == [1, 1, 1, 2]


def test_keys_of_their_own_make_concerns_of_their_own(submit):
    results = race([submit(uuid.uuid4()) for _number in range(CROWD)])
    assert len({concern.reference for concern, created in results if created}) == CROWD
    assert of_one_concern() == [CROWD, CROWD, CROWD, 2 * CROWD]


def test_a_replay_does_not_count_against_the_rate(submit):
    """The counter stands in the transaction: who loses the race has not been counted."""

    def limit():
        count("race", "somebody", "1/day")

    results = race([submit(uuid.UUID(int=8), limit=limit)] * CROWD)
    assert Counter(created for _concern, created in results) == {True: 1, False: CROWD - 1}


def test_the_rate_is_exact(submit):
    results = race([submit(uuid.uuid4(), limit=lambda: count("race", "somebody", "10/day")) for _i in range(CROWD)])
    assert Counter(type(result) for result in results) == {tuple: 10, TooMany: CROWD - 10}
    assert of_one_concern() == [10, 10, 10, 20]


# ---- life ------------------------------------------------------------------------------------------------------------


def assert_legal_history(concern):
    """The lines of status make one unbroken walk along allowed moves, which ends where the row stands."""
    concern.refresh_from_db()
    at = Status.RECEIVED.value
    for line in concern.updates.filter(kind="status").order_by("pk"):
        assert (line.from_status, line.to_status in MOVES[at]) == (at, True)
        at = line.to_status
    assert (concern.status, bool(concern.outcome)) == (at, at == Status.RESOLVED)


@pytest.fixture
def concern(make_concern, walsall):
    return make_concern(walsall)


def read_anew(concern):
    return Concern.objects.get(pk=concern.pk)


@pytest.mark.parametrize("status", [Status.ACKNOWLEDGED, Status.IN_PROGRESS])
def test_one_of_many_same_moves_wins(status, concern, walsall_officer):
    acts = [lambda: read_anew(concern).move_to(status, by=walsall_officer, note="Read.")] * CROWD
    results = race(acts)
    assert Counter(type(result) for result in results) == {ConcernUpdate: 1, MoveNotAllowed: CROWD - 1}
    assert concern.updates.filter(kind="status").count() == 1
    assert_legal_history(concern)


def test_moves_against_each_other_leave_a_legal_history(concern, walsall_officer):
    every = [Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.REFERRED, Status.RESOLVED]

    def act(status):
        outcome = "solved" if status == Status.RESOLVED else ""
        return lambda: read_anew(concern).move_to(status, by=walsall_officer, note="Moved.", outcome=outcome)

    results = race([act(every[number % 4]) for number in range(CROWD)])
    done = [result for result in results if isinstance(result, ConcernUpdate)]
    assert {type(result) for result in results} <= {ConcernUpdate, MoveNotAllowed}
    assert concern.updates.filter(kind="status").count() == len(done)
    assert_legal_history(concern)
    assert concern.version == 1 + len(done)


def test_one_of_many_resolvers_wins(concern, walsall_officer):
    results = race([lambda: read_anew(concern).resolve("solved", "The bikes are gone.", by=walsall_officer)] * CROWD)
    assert Counter(type(result) for result in results) == {ConcernUpdate: 1, MoveNotAllowed: CROWD - 1}
    assert_legal_history(concern)
    assert concern.updates.filter(kind="reply").count() == 1


def test_assign_against_resolve_keeps_both_or_refuses_one(concern, walsall_officer, team_of, walsall):
    team = team_of(walsall)
    acts = [
        lambda: read_anew(concern).assign(team=team, officer=walsall_officer, by=walsall_officer),
        lambda: read_anew(concern).resolve("solved", "The bikes are gone.", by=walsall_officer),
    ]
    results = race(acts * 5)
    resolved = [result for result in results[1::2] if isinstance(result, ConcernUpdate)]
    assert (len(resolved), {type(result) for result in results[0::2]}) == (1, {ConcernUpdate})
    assert_legal_history(concern)
    assert (concern.status, concern.outcome, concern.team, concern.officer) == (
        Status.RESOLVED, "solved", team, walsall_officer,
    )  # fmt: skip


def test_a_stale_version_never_overwrites(concern, walsall_officer):
    results = race([lambda: read_anew(concern).add_note("Mine.", by=walsall_officer, version=concern.version)] * CROWD)
    assert Counter(type(result) for result in results) == {ConcernUpdate: 1, Stale: CROWD - 1}
    concern.refresh_from_db()
    assert (concern.version, concern.updates.filter(kind="note").count()) == (2, 1)


def test_one_of_many_area_moves_wins(concern, walsall_commander):
    """Each mover saw it in Walsall: after the first, the others no longer hold it."""
    others = list(Area.objects.exclude(slug="walsall"))
    seen = [read_anew(concern) for _number in range(CROWD)]
    acts = [
        partial(mine.move_to_area, others[number % len(others)], "It happens there.", by=walsall_commander)
        for number, mine in enumerate(seen)
    ]
    results = race(acts)
    assert Counter(type(result) for result in results) == {ConcernUpdate: 1, Stale: CROWD - 1}
    concern.refresh_from_db()
    moved = concern.updates.get(kind="area_move", public=False)
    assert (concern.area, concern.moves, moved.from_area.slug) == (moved.to_area, 1, "walsall")
    assert concern.notifications.filter(kind="moved").count() == 1


def test_two_workers_never_take_the_same_message(make_concern, walsall):
    for _number in range(10):
        make_concern(walsall)
    results = race([Notification.objects.claim for _number in range(CROWD)])
    claimed = [note.pk for note in results if note is not None]
    assert sorted(claimed) == sorted(Notification.objects.values_list("pk", flat=True))


def test_real_connections_take_part():
    def backend():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]

    assert len(set(race([backend] * CROWD))) == CROWD


# ---- the clock, splitting, partners ----------------------------------------------------------------------------------


def test_many_questions_at_once_make_one_pause(concern, walsall_officer):
    results = race([lambda: read_anew(concern).ask("Which evening?", by=walsall_officer)] * CROWD)
    assert Counter(type(result) for result in results) == {ConcernUpdate: CROWD}
    before = concern.due_at
    concern.refresh_from_db()
    assert (concern.updates.filter(kind="paused").count(), concern.pause) == (1, "asked")
    assert (concern.due_at - before).days == 7


def test_answer_and_reply_at_once_end_a_pause_once(concern, walsall_officer):
    concern.ask("Which evening?", by=walsall_officer)
    acts = [
        lambda: read_anew(concern).take_message("On Friday."),
        lambda: read_anew(concern).reply("We were there.", by=walsall_officer),
        lambda: read_anew(concern).resume_clock(by=walsall_officer),
    ]
    race(acts * 5)
    concern.refresh_from_db()
    assert (concern.updates.filter(kind="resumed").count(), concern.pause, concern.paused_until) == (1, "", None)
    assert concern.updates.filter(kind="message").count() == 5


def test_many_sweeps_tell_each_rung_once(concern, walsall_commander, time_machine):
    time_machine.move_to(concern.due_at, tick=True)
    race([lambda: read_anew(concern).climb()] * CROWD)
    assert list(concern.updates.filter(kind="climbed").values_list("rung", flat=True)) == ["commander"]


def test_one_of_many_stale_splits_wins(concern, walsall_officer):
    def split():
        return read_anew(concern).split("The lamp.", concern.category, by=walsall_officer, version=concern.version)

    results = race([split] * CROWD)
    assert Counter(type(result) for result in results) == {Concern: 1, Stale: CROWD - 1}
    assert Concern.objects.count() == 2


def test_a_partner_answers_once_however_often_they_press(concern, walsall_officer):
    council = Partner.objects.create(code="demo", name="Demo council", email="office@example.org")
    concern.refer(council, "They look.", facts="The lamp.", consent="nothing", by=walsall_officer)
    referral = concern.referrals.get()
    results = race([lambda: referral.answer("Mended.")] * CROWD)
    assert Counter(type(result) for result in results) == {ConcernUpdate: 1, LinkOver: CROWD - 1}
    assert concern.updates.filter(kind="answered").count() == 1


def test_two_who_answer_everybody_answer_each_once(submit, walsall_officer):
    concerns = [submit(uuid.uuid4())()[0] for _number in range(6)]
    concerns[0].begin_problem("Bikes", by=walsall_officer)
    for one in concerns[1:]:
        one.link_to(concerns[0].problem, by=walsall_officer)

    def answer(first):
        return lambda: read_anew(first).answer_all("Gone.", Concern.objects.all(), by=walsall_officer)

    results = race([answer(concerns[0]), answer(concerns[5])] * 3)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sum(results) == 6
    assert {one.updates.filter(kind="reply").count() for one in concerns} == {1}


# ---- a file of postings and the public ---------------------------------------------------------------------------------
def test_what_is_told_while_an_import_holds_its_locks_is_taken_at_once(submit, signed_in, staff_admin, walsall_officer):
    """The import has written all its rows and not yet let go of them; somebody else's concern does not wait for that."""
    client = signed_in(staff_admin)
    rows = exchange.rows_of(exchange.exported(client))
    rows[0]["share"] = "60"
    one = exchange.looked_at(client, rows)
    assert exchange.do(client, one, "apply").status_code == 303
    written, told, real = Event(), Event(), work.write

    def write(*args, **options):
        real(*args, **options)
        written.set()
        assert told.wait(timeout=30)

    def tell():
        assert written.wait(timeout=30)
        concern, created = submit(uuid.uuid4())()
        seen = Import.objects.get(pk=one.pk).state, Posting.objects.get().share
        told.set()
        return created, *seen

    with mock.patch.object(work, "write", write):
        results = race([lambda: work.apply.func(one.pk), tell])
    assert results == ["applied", (True, "applying", 100)]
    assert (Posting.objects.get().share, Concern.objects.count()) == (60, 1)
