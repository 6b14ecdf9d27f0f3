"""The outbox: told exactly when the change is kept, at least once, with one Message-ID, and to nobody else."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import RateCount
from accounts.stamp import today_in_london
from areas.models import Area, Command, CommandCover
from feedback import clock
from feedback.models import Category, Concern, Contact, Draft, FollowLink, Notification
from feedback.models.codes import follow_code
from feedback.models.followlink import mailed_code
from feedback.models.notification import MOST_ATTEMPTS, drain, drain_outbox
from tests.post_office import Sink, free_port
from tests.racing import race

ROOT = Path(__file__).resolve().parent.parent
State = Notification.State
SECRETS = {
    "text": "Off-road bikes on the green behind number 7.",
    "place": "Behind the bus shelter",
    "times": "Evenings after six",
}
CONTACT = {"name": "Sam Sender", "email": "sam@example.org", "phone": "07700 900123", "safe_to_contact": True}


@pytest.fixture
def shut_post(settings):
    """No mail server listens."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    return settings


def states():
    """How many messages are in which state."""
    rows = list(Notification.objects.order_by("pk").values_list("state", flat=True))
    return {state: rows.count(state) for state in set(rows)}


def make_due():
    """Let every pause and lease be over."""
    Notification.objects.filter(state=State.PENDING).update(due=timezone.now(), claimed_until=None)


def sent_to(outbox):
    return [message.to[0] for message in outbox]


# ---- in the same transaction -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_tells_nobody(walsall, walsall_commander, make_concern, mailoutbox):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        make_concern(walsall)
        1 / 0  # noqa: B018
    assert (Notification.objects.count(), DBTaskResult.objects.count(), drain()) == (0, 0, 0)
    assert mailoutbox == []


def test_what_wakes_the_worker_is_what_its_own_way_would_write(walsall, make_concern):
    concern = make_concern(walsall)
    ours = DBTaskResult.objects.values().get()
    DBTaskResult.objects.all().delete()
    drain_outbox.enqueue()
    theirs = DBTaskResult.objects.values().get()
    own = {"id", "enqueued_at"}
    assert {name: ours[name] for name in ours.keys() - own} == {name: theirs[name] for name in theirs.keys() - own}
    assert concern.received_at <= ours["enqueued_at"] <= theirs["enqueued_at"]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_kept_is_told_once(walsall, walsall_commander, make_concern, mailoutbox):
    make_concern(walsall, contact=CONTACT)
    assert DBTaskResult.objects.count() == 1
    call_command("db_worker", "--batch", "--no-startup-delay", verbosity=0)
    assert sent_to(mailoutbox) == ["commander.walsall@example.org", "sam@example.org"]
    assert (drain(), states()) == (0, {State.SENT: 2})
    assert DBTaskResult.objects.get().args_kwargs == {"args": [], "kwargs": {}}


# ---- who is told -----------------------------------------------------------------------------------------------------


def test_the_acting_commander_gets_the_mail(walsall, walsall_commander, person, make_concern, mailoutbox):
    acting = person("acting")
    today = today_in_london()
    CommandCover.objects.create(command=Command.objects.get(area=walsall), person=acting, from_date=today, until=today)
    make_concern(walsall)
    drain()
    assert sent_to(mailoutbox) == ["acting@example.org"]


def test_an_area_without_commander_has_the_inbox(walsall, make_concern, mailoutbox):
    make_concern(walsall)
    drain()
    assert sent_to(mailoutbox) == ["inbox@example.org"]


def test_a_concern_without_place_is_told_to_the_desk(walsall_commander, make_concern, mailoutbox):
    make_concern(None)
    drain()
    assert [(m.to[0], m.subject.startswith("A concern needs a place")) for m in mailoutbox] == [
        ("desk@example.org", True)
    ]


def test_mail_on_a_concern_about_somebody_never_goes_to_them(
    walsall, walsall_commander, walsall_officer, make_concern, mailoutbox
):
    for about in (walsall_commander, walsall_officer):
        concern = make_concern(walsall)
        Concern.objects.filter(pk=concern.pk).update(about_person=about)
        concern.notify("message", to="person", person=about)
    drain()
    assert sent_to(mailoutbox) == [
        "desk@example.org",
        "desk@example.org",
        "commander.walsall@example.org",
        "desk@example.org",
    ]


def test_mail_never_follows_somebody_who_lost_the_concern(
    walsall, dudley, walsall_commander, walsall_officer, make_concern, mailoutbox
):
    moved, kept = make_concern(walsall), make_concern(walsall)
    for concern in (moved, kept):
        concern.assign(officer=walsall_officer, by=walsall_commander)
    moved.move_to_area(dudley, "It is on their side.", by=walsall_commander)
    drain()
    assert sent_to(mailoutbox).count("officer.walsall@example.org") == 1
    walsall_officer.postings.update(until="2026-01-02")
    kept.take_message("It happened again.")
    mailoutbox.clear()
    drain()
    assert sent_to(mailoutbox) == ["commander.walsall@example.org"]


def test_the_recipient_is_who_commands_when_it_is_sent(walsall, commander_of, person, make_concern, mailoutbox):
    commander_of(walsall)
    make_concern(walsall)
    Command.objects.filter(area=walsall).update(person=person("next"))
    drain()
    assert sent_to(mailoutbox) == ["next@example.org"]


@pytest.mark.parametrize("contact", [{**CONTACT, "safe_to_contact": False}, {"phone": "07700 900123"}, None])
def test_a_reporter_is_written_to_only_where_it_is_safe(contact, walsall, walsall_commander, make_concern, mailoutbox):
    concern = make_concern(walsall, contact=contact)
    concern.reply("We were there.", by=walsall_commander)
    drain()
    assert sent_to(mailoutbox) == ["commander.walsall@example.org"]
    assert list(concern.notifications.filter(recipient="reporter").values_list("state", flat=True)) == [
        State.NOT_NEEDED
    ]


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_no_mail_quotes_the_concern(
    walsall, bloxwich_west, walsall_commander, walsall_officer, make_concern, mailoutbox
):
    key = uuid.uuid4()
    category = Category.objects.filter(sensitive=True).first()
    concern = make_concern(walsall, ward=bloxwich_west, key=key, category=category, contact=CONTACT, **SECRETS)
    Concern.objects.filter(pk=concern.pk).update(postcode="WS3 2PD")
    concern.assign(by=walsall_commander, officer=walsall_officer)
    concern.take_message("They came back with knives.")
    concern.reply("We spoke to the two riders.", by=walsall_officer)
    concern.disclose_complaint("The officer was rude.", by=walsall_commander)
    concern.propose_move(Area.objects.get(slug="dudley"), "Over the border.", by=walsall_officer)
    drain()
    concern.move_to_area(Area.objects.get(slug="dudley"), "It is over the border.", by=walsall_commander)
    concern.resolve("solved", "A gate was put up.", by=walsall_commander)
    drain()
    assert states() == {State.SENT: Notification.objects.count()}
    words = [
        *SECRETS.values(),
        "knives",
        "riders",
        "rude",
        "border",
        "gate",
        "WS3 2PD",
        "WS32PD",
        "Sender",
        "900123",
        category.name,
    ]
    code = follow_code(key)
    for message in mailoutbox:
        whole = message.subject + message.body
        assert [word for word in [*words, code, code.replace("-", "")] if word in whole] == []
        assert concern.reference in message.body


def test_a_letter_to_the_reporter_carries_a_link_of_its_own(walsall, walsall_commander, make_concern, mailoutbox):
    concern = make_concern(walsall, contact=CONTACT)
    drain()
    letter = next(message for message in mailoutbox if message.to == ["sam@example.org"])
    code = mailed_code(concern.notifications.get(kind="receipt").message_id)
    assert f"http://testserver/track/#{code}\n" in letter.body
    assert "nobody reads the answers" in letter.body and "call 999" in letter.body and "call 101" in letter.body
    assert letter.subject == "We have your message"
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert list(FollowLink.objects.alive().values_list("concern", flat=True)) == [concern.pk]
    assert FollowLink.objects.revoke() == 1 and not FollowLink.objects.alive().exists()


def test_a_letter_on_a_concern_without_place_has_no_link(make_concern, mailoutbox):
    make_concern(None, contact=CONTACT)
    drain()
    letter = next(message for message in mailoutbox if message.to == ["sam@example.org"])
    assert "track/#" not in letter.body and "http://testserver/track/" in letter.body
    assert not FollowLink.objects.exists()


def test_the_commanders_letter_says_what_to_decide_and_by_when(
    walsall, bloxwich_west, walsall_commander, make_concern, mailoutbox
):
    concern = make_concern(walsall, ward=bloxwich_west)
    drain()
    (letter,) = mailoutbox
    due = clock.in_words(concern.due_at)
    assert letter.subject == f"A new concern needs your reply by {due}"
    for part in (concern.reference, "Walsall", "Bloxwich West", concern.category.name, due):
        assert part in letter.body
    assert f"http://testserver/dashboard/concerns/{concern.reference}/\n" in letter.body


def test_a_kind_without_words_of_its_own_is_told_all_the_same(walsall, walsall_commander, make_concern, mailoutbox):
    concern = make_concern(walsall)
    drain()
    mailoutbox.clear()
    concern.notify("unheard_of")
    concern.notify("unheard_of", to="desk")
    drain()
    assert [(m.to[0], m.subject) for m in mailoutbox] == [
        ("commander.walsall@example.org", f"News of {concern.reference}"),
        ("desk@example.org", f"News of {concern.reference}"),
    ]


def test_nobody_can_flood_an_inbox_with_receipts(walsall, dudley, make_concern, mailoutbox):
    first, second = make_concern(walsall, contact=CONTACT), make_concern(dudley, contact=CONTACT)
    other = make_concern(walsall, contact={**CONTACT, "email": "kim@example.org"})
    drain()
    assert sorted(to for to in sent_to(mailoutbox) if to != "inbox@example.org") == [
        "kim@example.org",
        "sam@example.org",
    ]
    later = second.notifications.get(kind="receipt")
    assert (later.state, later.attempts, other.notifications.get(kind="receipt").state) == ("pending", 0, "sent")
    assert later.due == clock.add_hours(first.notifications.get(kind="receipt").sent, 1)
    # A reply is the force's own act, so it doesn't wait.
    second.notify("reply", to="reporter")
    drain()
    assert sent_to(mailoutbox).count("sam@example.org") == 2
    Notification.objects.filter(sent__isnull=False).update(sent=clock.add_hours(timezone.now(), -1))
    make_due()
    drain()
    assert sent_to(mailoutbox).count("sam@example.org") == 3


# ---- when it fails ---------------------------------------------------------------------------------------------------


def test_a_shut_post_office_loses_nothing(walsall, walsall_commander, make_concern, shut_post):
    concern = make_concern(walsall, contact=CONTACT)
    assert (concern.reference[:4], drain()) == ("WMP-", 0)
    # One try is enough to know; the other message waits untouched.
    assert sorted(Notification.objects.values_list("attempts", "state")) == [(0, "pending"), (1, "pending")]
    assert Notification.objects.get(attempts=1).last_error.startswith("ConnectionRefusedError")
    sink = Sink()
    shut_post.EMAIL_PORT = sink.controller.port
    sink.controller.start()
    try:
        make_due()
        assert drain() == 2
    finally:
        sink.controller.stop(no_assert=True)
    assert sorted(to for to, _text in sink.messages) == ["commander.walsall@example.org", "sam@example.org"]
    assert sink.ids() == [f"<{row.message_id}@testserver>" for row in Notification.objects.order_by("sent")]


def test_pauses_grow_until_the_message_is_parked(walsall, make_concern, shut_post):
    note = make_concern(walsall).notifications.get()
    pauses = []
    for _attempt in range(9):
        make_due()
        drain()
        note.refresh_from_db()
        pauses.append(round((note.due - timezone.now()).total_seconds() / 60))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (note.state, note.attempts, note.claimed_until) == (State.PENDING, 9, None)
    for hours, state in ((46, State.PENDING), (48, State.PARKED)):
        Notification.objects.update(created=clock.add_hours(timezone.now(), -hours))
        make_due()
        drain()
        note.refresh_from_db()
        assert note.state == state
    assert Notification.objects.send_again() == 1
    note.refresh_from_db()
    assert (note.state, note.attempts) == (State.PENDING, 0)


def test_a_message_that_cannot_be_written_is_parked_and_the_others_go(
    walsall, walsall_commander, make_concern, mailoutbox
):
    poison, good = make_concern(walsall, contact=CONTACT), make_concern(walsall)
    lost_key = MultiFernet([Fernet(Fernet.generate_key())])
    Contact.objects.filter(concern=poison).update(sealed=lost_key.encrypt(b"{}").decode())
    assert drain() == 2
    parked = Notification.objects.get(state=State.PARKED)
    assert (parked.concern, parked.kind, parked.last_error) == (poison, "receipt", "InvalidToken")
    assert good.notifications.get().state == State.SENT


def test_a_refused_address_waits_and_the_others_go(
    walsall, walsall_commander, dudley_commander, make_concern, sink, dudley
):
    make_concern(walsall)
    make_concern(dudley)
    sink.refuse = "walsall"
    assert drain() == 1
    late = Notification.objects.get(state=State.PENDING)
    assert late.last_error == "SMTPRecipientsRefused"  # the address stands in no error
    assert [to for to, _text in sink.messages] == ["commander.dudley@example.org"]


def test_two_tries_carry_the_same_message_id_and_code(walsall, walsall_commander, make_concern, sink):
    make_concern(walsall, contact=CONTACT)
    sink.answer = "451 later"
    for _attempt in range(2):
        make_due()
        assert drain() == 0
    sink.answer = "250 OK"
    make_due()
    assert drain() == 2
    assert len(sink.ids()) == 6 and len(set(sink.ids())) == 2
    links = [[line for line in text.splitlines() if "/track/#" in line] for to, text in sink.messages if "sam" in to]
    assert links[0] and links == [links[0]] * 3
    assert FollowLink.objects.count() == 1


def test_a_claimed_message_is_left_to_its_worker_until_the_lease_ends(walsall, make_concern, mailoutbox):
    make_concern(walsall)
    held = Notification.objects.claim()
    assert (Notification.objects.claim(), drain()) == (None, 0)
    Notification.objects.filter(pk=held.pk).update(claimed_until=timezone.now())
    assert (drain(), len(mailoutbox)) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_send_each_message_once(walsall, make_concern, mailoutbox):
    for _concern in range(12):
        make_concern(walsall)
    assert sum(race([drain] * 4)) == 12
    assert len({message.extra_headers["Message-ID"] for message in mailoutbox}) == len(mailoutbox) == 12


# ---- the sweep -------------------------------------------------------------------------------------------------------


def sweep(capsys):
    """One round; what it said."""
    call_command("sweep", "--once")
    return capsys.readouterr().out


def test_sweep_is_silent_when_nothing_is_to_be_done(db, capsys):
    assert sweep(capsys) == ""


def test_sweep_wakes_the_worker_for_due_mail_once(walsall, make_concern, capsys):
    make_concern(walsall)
    DBTaskResult.objects.all().delete()
    assert sweep(capsys) == "Sweep: wake-ups for due mail (1).\n"
    assert sweep(capsys) == ""
    for _more in range(3):
        drain_outbox.enqueue()
    sweep(capsys)
    assert DBTaskResult.objects.count() == 1


def test_sweep_queues_a_task_again_whose_worker_died(db, capsys):
    drain_outbox.enqueue()
    task = DBTaskResult.objects.get()
    task.claim("a worker that is killed")
    assert sweep(capsys) == ""
    DBTaskResult.objects.update(started_at=clock.add_minutes(timezone.now(), -16))
    assert sweep(capsys) == "Sweep: tasks of dead workers queued again (1).\n"
    task.refresh_from_db()
    assert task.status == TaskResultStatus.READY
    DBTaskResult.objects.update(
        status=TaskResultStatus.RUNNING, started_at=clock.add_minutes(timezone.now(), -16), worker_ids=list("abcde")
    )
    sweep(capsys)
    task.refresh_from_db()
    assert task.status == TaskResultStatus.FAILED


def test_sweep_tries_a_failed_task_again_up_to_a_limit(db, capsys):
    drain_outbox.enqueue()
    task = DBTaskResult.objects.get()
    task.claim("a worker")
    task.set_failed(ZeroDivisionError())
    assert sweep(capsys) == "Sweep: failed tasks queued again (1).\n"
    task.refresh_from_db()
    assert (task.status, 0 < (task.run_after - timezone.now()).total_seconds() <= 60) == (TaskResultStatus.READY, True)
    DBTaskResult.objects.update(worker_ids=list("abcde"))
    task.set_failed(ZeroDivisionError())
    assert sweep(capsys) == ""


def test_sweep_parks_what_ends_its_worker_each_time(walsall, make_concern, capsys):
    make_concern(walsall)
    Notification.objects.update(attempts=MOST_ATTEMPTS)
    assert sweep(capsys) == "Sweep: messages parked (1).\n"
    assert states() == {State.PARKED: 1}


def test_sweep_clears_what_has_run_out_and_nothing_else(walsall, make_concern, capsys):
    concern, now = make_concern(walsall), timezone.now()
    Notification.objects.update(state=State.SENT)
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL, finished_at=clock.add_days(now, -2))
    for name, expires in (("old", clock.add_hours(now, -1)), ("new", clock.add_hours(now, 1))):
        Draft.objects.create(token_hash=name, sealed="", expires=expires)
        RateCount.objects.create(key=name, expires=expires)
    for days in (-31, -1):
        FollowLink.objects.create(concern=concern, code_hash=str(days), expires=clock.add_days(now, days))
    said = "Sweep: finished tasks cleared (1), drafts cleared (1), counters cleared (1), mailed links cleared (1).\n"
    assert sweep(capsys) == said
    left = [*Draft.objects.values_list("pk", flat=True), *RateCount.objects.values_list("pk", flat=True)]
    assert (left, FollowLink.objects.get().code_hash, DBTaskResult.objects.count()) == (["new", "new"], "-1", 0)


# ---- with real processes ---------------------------------------------------------------------------------------------


@pytest.fixture
def portal(transactional_db, tmp_path):
    """Runs management commands in processes of their own on one real database: `portal("sweep", "--once")`."""
    url = f"sqlite:///{tmp_path}/outbox.sqlite3"
    if connection.vendor == "postgresql":
        url = os.environ["DATABASE_URL"].replace("@/postgres?", f"@/{connection.settings_dict['NAME']}?")
        assert connection.settings_dict["NAME"] in url
    sink = Sink()
    environment = dict(os.environ, DATABASE_URL=url, EMAIL_URL=f"smtp://127.0.0.1:{sink.controller.port}")
    command = [sys.executable, "manage.py"]

    def run(*words, wait=True):
        if not wait:
            return subprocess.Popen([*command, *words], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        done = subprocess.run([*command, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def sql(statement):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(tmp_path / "outbox.sqlite3")) as database, database:
            return database.execute(statement).fetchall()

    run.sink, run.sql = sink, sql
    if connection.vendor == "sqlite":
        run("migrate", "-v", "0")
        run("load_force", "areas/data/west_midlands", "-v", "0")
    return run


SUBMIT = """
import uuid
from feedback.models import Category, Concern
category = Category.objects.get(code="asb-vehicle")
print(Concern.submit(key=uuid.uuid4(), answers={"category": category, "text": "Bikes."}, route=None)[0].reference)
"""
STATES = "SELECT state FROM feedback_notification"


def wait_for(condition, seconds=40):
    """Wait until `condition()` holds; fails when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class Tarpit(Sink):
    """Takes the message and never says so: the moment at which a worker's death hurts most."""

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        await super().handle_DATA(server, session, envelope)
        while self.answer == "never":
            await asyncio.sleep(0.05)
        return self.answer


@pytest.mark.slow
def test_a_worker_killed_while_it_sends_loses_nothing(portal):
    portal.sink.__class__ = Tarpit
    portal.sink.answer = "never"
    portal.sink.controller.start()
    try:
        reference = portal("shell", "-v", "0", "-c", SUBMIT)
        worker = portal("db_worker", "--no-reload", "--no-startup-delay", "-v", "0", wait=False)
        wait_for(lambda: portal.sink.messages)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker.stderr.close()
        portal.sink.answer = "250 OK"
        assert portal.sql(STATES) == [("pending",)]
        portal.sql("UPDATE feedback_notification SET claimed_until = NULL")  # the lease is over
        assert portal("sweep", "--once") == "Sweep: wake-ups for due mail (1)."
        portal("db_worker", "--batch", "--no-reload", "--no-startup-delay", "-v", "0")
        assert portal.sql(STATES) == [("sent",)]
    finally:
        portal.sink.answer = "250 OK"
        portal.sink.controller.stop(no_assert=True)
    assert len(portal.sink.ids()) == 2 and len(set(portal.sink.ids())) == 1
    assert all(reference in text for _to, text in portal.sink.messages)


def caught(pid):
    """The signals for which a process has a handler."""
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    mask = int(status["SigCgt"], 16)
    return {number for number in range(1, 32) if mask >> number - 1 & 1}


@pytest.mark.slow
def test_sweep_ends_at_once_when_told(portal):
    sweeping = portal("sweep", "--interval", "3600", wait=False)
    wait_for(lambda: signal.SIGTERM in caught(sweeping.pid))
    sweeping.terminate()
    assert (sweeping.wait(60), sweeping.stderr.read()) == (0, "")  # not after the hour
    sweeping.stderr.close()
