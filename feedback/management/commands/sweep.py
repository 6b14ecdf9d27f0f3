"""`manage.py sweep`: puts right what a worker that died left behind, and throws away what has run out."""

import signal
import sys
import time
from functools import partial

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand
from django.db import OperationalError, ProgrammingError, close_old_connections, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import RateCount
from accounts.stamp import today_in_london
from areas.models import Force
from feedback import clock
from feedback.following.telling import tell_followers, tell_of_questions
from feedback.insight.figures import freeze
from feedback.insight.tallies import count_areas
from feedback.lifecycle import Refused
from feedback.models import (
    ClosedVisit,
    Concern,
    Draft,
    FollowLink,
    Notification,
    Photo,
    Subscription,
    announce,
    count_people,
    write_morning_mails,
)
from feedback.models.concern import Stale
from feedback.models.notification import MOST_ATTEMPTS, drain_outbox
from feedback.models.safetyreview import alert_again
from feedback.privacy import Record, keep_schedule
from hubs.models import Move

INTERVAL = 5  # seconds between two looks at the outbox and the tasks
PRUNE_EVERY = 60  # seconds between two clearings
LEASE = 15  # minutes, longer than any task takes: a task still running then has lost its worker
MOST_RUNS = 5  # of one task, before it is left as failed for a person to look at
KEEP_SUCCESSFUL = 1  # days
KEEP_FAILED = 14  # days
AT_ONCE = 200  # concerns whose clocks one round moves
KEEP_LINKS = 30  # days after a mailed link ran out


class Command(BaseCommand):
    help = "Put right what a killed worker left behind, wake the worker for due mail, clear what has run out. Loops."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="one round, for cron")
        parser.add_argument("--interval", type=float, default=INTERVAL, help="seconds between two rounds (default: 5)")

    def handle(self, *, once, interval, **options):
        if once:
            return self.say(self.round(prune=True) | keep())
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: sys.exit(0))
        next_prune, self.kept_on = time.monotonic(), None
        while True:
            prune = time.monotonic() >= next_prune
            if prune:
                next_prune = time.monotonic() + PRUNE_EVERY
            try:
                self.say(self.round(prune=prune))
                if self.kept_on != today_in_london():
                    self.kept_on = today_in_london()
                    self.say(keep())
            except OperationalError as error:
                self.say({f"put off, because the database did not answer: {type(error).__name__}": 1})
            close_old_connections()
            time.sleep(interval)

    def round(self, *, prune: bool) -> dict:
        """One round; returns how often each thing was done, by its words."""
        done = {
            "tasks of dead workers queued again": requeue_lost(),
            "failed tasks queued again": retry_failed(),
            "messages parked": park_hopeless(),
            "people on duty alerted again": alert_again(),
            "teams moved to their new hub": Move.objects.carry_out_due(),
            "people told of what is done": announce(),
            "wake-ups for due mail": wake_for_due(),
        }
        return {
            **done,
            **(tend() if prune else {}),
        }

    def say(self, done: dict) -> None:
        """One line, only where something was done."""
        if words := ", ".join(f"{what} ({number})" for what, number in done.items() if number):
            self.stdout.write(f"Sweep: {words}.")
            self.stdout.flush()


def tend() -> dict:
    """What waits a minute: clocks, counts, closed months, followers, and what has run out; returns how often, by its words.

    That areas are counted anew goes without saying. It comes last: no figure holds up what somebody is to be told.
    """
    done = {
        "priorities counted anew": count_people(),
        "months closed": freeze(),
        "followers told": tell_followers(),
        "mails of the morning written": write_morning_mails(),
        "teams told of questions": tell_of_questions(),
        **move_clocks(),
        "marked as of repeat victims": mark_repeats(),
        **clear(),
    }
    count_areas()
    return done


def requeue_lost() -> int:
    """Queue tasks again whose worker died, as long as they have runs left; returns how many."""
    lost = DBTaskResult.objects.running().filter(started_at__lte=clock.add_minutes(timezone.now(), -LEASE))
    return sum(_queue_again(task, TaskResultStatus.RUNNING) for task in lost)


def retry_failed() -> int:
    """Queue failed tasks again, later each time, as long as they have runs left; returns how many."""
    failed = DBTaskResult.objects.failed().filter(finished_at__gte=clock.add_days(timezone.now(), -1))
    return sum(_queue_again(task, TaskResultStatus.FAILED) for task in failed if len(task.worker_ids) < MOST_RUNS)


def _queue_again(task, status) -> int:
    """Queue one task that is in `status`; 1, or 0 where another sweep or worker was quicker. No runs left: failed."""
    now, runs = timezone.now(), len(task.worker_ids)
    values = {"status": TaskResultStatus.READY, "run_after": clock.add_minutes(now, runs), "finished_at": None}
    if runs >= MOST_RUNS:
        values = {"status": TaskResultStatus.FAILED, "finished_at": now, "traceback": "its worker died each time"}
    same = DBTaskResult.objects.filter(pk=task.pk, status=status, started_at=task.started_at)
    return same.update(**values)


def park_hopeless() -> int:
    """Park messages that were begun again and again and never ended: they are what ends the worker."""
    values = {"state": Notification.State.PARKED, "last_error": f"no end after {MOST_ATTEMPTS} tries"}
    return Notification.objects.hopeless().update(**values)


def wake_for_due() -> int:
    """Queue one drain where mail is due and no drain waits; throw surplus ones away. Returns 1 or 0."""
    waiting = DBTaskResult.objects.filter(task_path=drain_outbox.module_path, status=TaskResultStatus.READY)
    with transaction.atomic():
        # The newest stays: it starts after everything that the others were queued for was committed.
        surplus = list(waiting.order_by("-enqueued_at").values_list("pk", flat=True)[1:])
        if surplus:
            waiting.filter(pk__in=surplus).delete()
        if waiting.ready().exists() or not Notification.objects.due().exists():
            return 0
        drain_outbox.enqueue()
    return 1


def keep() -> dict:
    """Carry out the retention schedule; returns how many rows went, by its words."""
    try:
        return {f"retention: {Record(record).label}": number for record, number in keep_schedule().items()}
    except ProgrammingError:  # on PostgreSQL the web's own role may not
        return {"retention put off, because this database role may not: run the sweep as the keeper": 1}


def move_clocks() -> dict:
    """End pauses that are over, warn of replies that are soon due, tell the ladder of missed ones; how many of each."""
    force = Force.objects.get()
    rounds = {
        "pauses ended": (Concern.objects.paused_too_long(), Concern.resume_clock),
        "warned of replies soon due": (Concern.objects.to_warn(), Concern.warn),
        "missed ones told up the ladder": (Concern.objects.to_climb(force), Concern.climb),
        "warned of what nobody has read": (Concern.objects.to_warn_of_reading(force), Concern.warn_of_reading),
        "unread ones told up the ladder": (Concern.objects.to_climb_for_reading(force), Concern.climb_for_reading),
        "warned of crimes to record": (Concern.objects.to_warn_of_crime(force), Concern.warn_of_crime),
        "unrecorded crimes told up the ladder": (Concern.objects.to_climb_for_crime(force), Concern.climb_for_crime),
    }
    return {
        what: sum(_moved(one, verb) for one in rows.order_by("due_at")[:AT_ONCE])
        for what, (rows, verb) in rounds.items()
    }


def mark_repeats() -> int:
    """Ask whether people are repeat victims, and carry over what was decided; how many concerns are marked."""
    return sum(
        _moved(concern, partial(Concern.mark_repeat, repeat=repeat))
        for concern, repeat in Concern.repeats_to_mark()[:AT_ONCE]
    )


def _moved(concern, verb) -> bool:
    """Whether `verb` did something; what somebody else did meanwhile is left to the next round."""
    try:
        return verb(concern) is not None
    except (Refused, Stale):
        return False


def clear() -> dict:
    """Throw away what has run out; returns how many rows, by their words."""
    now = timezone.now()
    ended = Q(status=TaskResultStatus.SUCCESSFUL, finished_at__lte=clock.add_days(now, -KEEP_SUCCESSFUL)) | Q(
        status=TaskResultStatus.FAILED, finished_at__lte=clock.add_days(now, -KEEP_FAILED)
    )
    old = {
        "finished tasks cleared": DBTaskResult.objects.filter(ended),
        "visits that were left cleared": ClosedVisit.objects.filter(expires__lte=now),
        "drafts cleared": Draft.objects.filter(expires__lte=now),
        "counters cleared": RateCount.objects.filter(expires__lte=now),
        "ended sessions cleared": Session.objects.filter(expire_date__lte=now),
        "traces of ended sessions cleared": UserSession.objects.exclude(
            session_key__in=Session.objects.values("session_key")
        ),
        "followers erased": Subscription.objects.expired(now),
        "mailed links cleared": FollowLink.objects.filter(expires__lte=clock.add_days(now, -KEEP_LINKS)),
    }
    # Looking first keeps SQLite's one write lock free for those who tell us something.
    cleared = {what: rows.delete()[0] if rows.exists() else 0 for what, rows in old.items()}
    return {**cleared, "photos of unsent journeys cleared": clear_photos()}


def clear_photos() -> int:
    """Delete the files of photos that were never sent, once their journey has run out; returns how many."""
    left = Photo.without_a_row(Draft.HOURS + 1)
    for path in left.values():
        path.unlink(missing_ok=True)
    return len(left)
