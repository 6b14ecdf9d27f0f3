"""check_integrity finds each planted fault, and nothing where nothing is wrong."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import ForceRole
from areas.models import Command
from feedback import clock
from feedback.management.commands.check_integrity import CHECKS, GUARDED
from feedback.models import Concern, Contact, Notification, Rating, Recourse
from hubs.models import Posting

pytestmark = pytest.mark.django_db

CONTACT = {"name": "Demo Person", "email": "person@example.org", "phone": "07700 900123", "safe_to_contact": True}


@pytest.fixture
def concern(make_concern, walsall, walsall_commander, desk):
    """A concern of Walsall, which has a commander, while the force has a desk."""
    return make_concern(walsall, contact=CONTACT)


def faults():
    """The sentences of the command, without its last line; it fails exactly where there are any."""
    out = StringIO()
    try:
        call_command("check_integrity", stdout=out)
    except CommandError as error:
        assert error.returncode == 1
        return out.getvalue().splitlines()
    assert out.getvalue() == f"All {len(CHECKS)} checks passed.\n"
    return []


def raw(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL portal.purge = 'erase'")
        cursor.execute(sql)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL portal.purge = ''")


def change(**values):
    Concern.objects.update(**values)


def test_a_sound_portal_passes(concern, make_concern, walsall_commander, walsall_officer):
    make_concern(None)
    concern.reply("We moved them on.", by=walsall_officer)
    concern.resolve("solved", "The bikes are gone.", by=walsall_commander)
    assert faults() == []


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (lambda: Command.objects.update(until="2026-01-02"), None),  # the desk takes over
        (
            lambda: (Command.objects.update(until="2026-01-02"), ForceRole.objects.update(until="2026-01-02")),
            "1 seen by nobody with a current role: {reference}",
        ),
        (lambda: change(about_person=Command.objects.get().person), None),  # the desk sees that, too
        (
            lambda: (change(about_person=Command.objects.get().person), ForceRole.objects.update(until="2026-01-02")),
            "1 seen by nobody with a current role: {reference}",
        ),
        (
            lambda: Command.objects.get().person.__class__.objects.update(is_active=False),
            "1 seen by nobody with a current role: {reference}",
        ),
        (
            lambda: raw("DELETE FROM feedback_concernupdate WHERE kind = 'received'"),
            "1 whose history has no beginning: {reference}",
        ),
        (
            lambda: change(status="acknowledged"),
            "1 whose status is not what its history says: {reference}",
        ),
        (
            lambda: change(status="resolved", outcome="solved"),
            "1 whose status is not what its history says: {reference}",
        ),
        (
            lambda: change(answered_at=timezone.now()),
            "1 whose clock stopped without a reply: {reference}",
        ),
        (
            lambda: Notification.objects.filter(recipient="reporter").update(state="parked"),
            "1 messages are parked: look at the messages to send in the admin",
        ),
        (
            lambda: Notification.objects.update(due=clock.add_hours(timezone.now(), -2)),
            "2 messages should have gone out more than 1 hour ago: does the worker run?",
        ),
        (
            lambda: raw("DELETE FROM feedback_notification"),
            "1 whose commander was never told: {reference}",
        ),
        (
            lambda: Contact.objects.update(sealed="gAAAAABnot-a-key"),
            "1 contacts open with none of FIELD_KEYS: a key is missing",
        ),
        (
            lambda: Contact.objects.update(email_key=""),
            "1 contacts are matched by something else than they hold",
        ),
    ],
)
def test_a_planted_fault_is_found(concern, plant, sentence):
    plant()
    assert faults() == ([sentence.format(reference=concern.reference)] if sentence else [])


def test_a_running_clock_beside_a_reply_is_found(concern, walsall_commander):
    concern.reply("We moved them on.", by=walsall_commander)
    change(answered_at=None)
    assert faults() == [f"1 answered, with a clock that still runs: {concern.reference}"]


def test_a_rating_and_a_recourse_without_their_lines_are_found(concern, make_concern, walsall, walsall_commander):
    other = make_concern(walsall)
    concern.reply("We moved them on.", by=walsall_commander)
    concern.rate("yes")
    change(due_at=clock.add_hours(timezone.now(), -1))
    other.take_recourse()
    other.answer_recourse("Sorry.", by=walsall_commander)
    assert faults() == []
    Rating.objects.update(reply=other.updates.first())
    Recourse.objects.update(reply=other.updates.first())
    assert faults() == [
        "1 ratings of something that is no reply to their concern",
        "1 recourses without their lines of history",
    ]


def test_an_auditors_sight_does_not_count(make_concern, walsall, auditor):
    concern = make_concern(walsall)
    assert faults() == [f"1 seen by nobody with a current role: {concern.reference}"]


def test_an_officers_sight_counts(make_concern, walsall, walsall_officer):
    make_concern(walsall)
    assert faults() == []
    Posting.objects.update(until="2026-01-02")
    assert len(faults()) == 1


def test_all_of_one_mixture_are_counted(make_concern, walsall, dudley, walsall_commander):
    make_concern(walsall)
    lost = [make_concern(dudley).reference for _number in range(7)]
    assert faults() == [f"7 seen by nobody with a current role: {', '.join(lost[:5])}"]


@pytest.mark.postgres
@pytest.mark.parametrize("table", GUARDED)
def test_a_switched_off_guard_is_found(table):
    raw(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
    assert faults() == [f"history can be changed: no guard on {table}"]


def test_it_changes_nothing(concern):
    with connection.execute_wrapper(refuse_writes):
        assert faults() == []


WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b")


def refuse_writes(execute, sql, params, many, context):
    assert sql.lstrip("( \n").startswith(("SELECT", "WITH")) and not WRITES.search(sql), sql
    return execute(sql, params, many, context)
