"""Look for what must never be: a concern that nobody sees, a broken history, a message that nobody sends."""

from dataclasses import replace

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Exists, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import ForceRole, User
from feedback import clock, photos
from feedback.access import reach_of
from feedback.lifecycle import Status
from feedback.models import Concern, ConcernUpdate, Contact, Draft, Notification, Photo, Rating, Recourse
from feedback.models.sealing import match_key

LATE_HOURS = 1  # a message that waits longer than this finds no worker
HELD_HOURS = 26  # from one seven o'clock to the next, the night of 25 October included, and one for the sending
LEFT_HOURS = Draft.HOURS + 2  # the sweep has had its time by then
NAMED = 5  # so many examples stand in a sentence
# What `visible_to` looks at. One concern of each mixture stands for all of them.
DECIDES_WHO_SEES = ("area", "desk_reason", "department", "safety", "about_person")
GUARDED = ("feedback_concernupdate", "feedback_purgerecord", "feedback_readlog")


class Command(BaseCommand):
    help = "Checks that concerns, their history and the outbox agree. Only reads, so it is safe on a live portal."

    def handle(self, *args, **options):
        faults = [sentence for check in CHECKS for sentence in check()]
        for sentence in faults:
            self.stdout.write(sentence)
        if faults:
            raise CommandError(f"{len(faults)} of {len(CHECKS)} checks found something wrong.")
        self.stdout.write(f"All {len(CHECKS)} checks passed.")


def told(concerns, words):
    """One sentence for the found `concerns`, with their number and some references; nothing where there are none."""
    names = list(concerns.order_by("pk").values_list("reference", flat=True)[:NAMED])
    if names:
        yield f"{concerns.count()} {words}: {', '.join(names)}"


def nobody_sees():
    """Each concern is seen by somebody who works on concerns today; an auditor's sight does not count."""
    everyone = Concern.objects.order_by()
    mixtures = everyone.values(*DECIDES_WHO_SEES).annotate(sample=Min("pk"))
    samples = {row.pop("sample"): list(row.items()) for row in mixtures}
    unseen = set(samples)
    for person in User.objects.filter(is_active=True):
        if not unseen:
            return
        reach = reach_of(person)
        person._reach = replace(reach, roles=reach.roles - {ForceRole.Role.AUDITOR})
        unseen -= set(Concern.objects.visible_to(person).filter(pk__in=unseen).values_list("pk", flat=True))
    same = Q(pk__in=[])
    for pk in unseen:
        same |= Q(*[(name, value) if value is not None else (f"{name}__isnull", True) for name, value in samples[pk]])
    yield from told(everyone.filter(same), "seen by nobody with a current role")


def nowhere():
    """Each concern has an area or stands at the desk."""
    yield from told(Concern.objects.filter(area__isnull=True, desk_reason=""), "with neither an area nor the desk")


def without_a_beginning():
    """The first line of each history says that the concern was received."""
    first = ConcernUpdate.objects.filter(concern=OuterRef("pk")).order_by("pk").values("kind")[:1]
    begun = Concern.objects.annotate(first=Subquery(first))
    yield from told(begun.filter(Q(first__isnull=True) | ~Q(first="received")), "whose history has no beginning")


def status_against_history():
    """The last line of status says what the row says."""
    last = ConcernUpdate.objects.filter(concern=OuterRef("pk"), kind="status").order_by("-pk")
    concerns = Concern.objects.annotate(
        told=Coalesce(Subquery(last.values("to_status")[:1]), Value(Status.RECEIVED.value)),
        ended=Coalesce(Subquery(last.values("outcome")[:1]), Value("")),
    )
    yield from told(concerns.exclude(status=F("told"), outcome=F("ended")), "whose status is not what its history says")


def answered_against_history():
    """A clock is stopped exactly where there is a reply since it began."""
    since = Coalesce(OuterRef("returned_at"), OuterRef("received_at"))
    replied = Exists(ConcernUpdate.objects.filter(concern=OuterRef("pk"), kind="reply", at__gte=since))
    concerns = Concern.objects.annotate(replied=replied)
    yield from told(concerns.filter(answered_at__isnull=True, replied=True), "answered, with a clock that still runs")
    yield from told(concerns.filter(answered_at__isnull=False, replied=False), "whose clock stopped without a reply")


def parked():
    """No message was given up."""
    if rows := Notification.objects.filter(state=Notification.State.PARKED).count():
        yield f"{rows} messages are parked: look at the messages to send in the admin"


def late():
    """What is due goes out; otherwise no worker runs."""
    since = clock.add_hours(timezone.now(), -LATE_HOURS)
    if rows := Notification.objects.filter(state=Notification.State.PENDING, due__lt=since).count():
        yield f"{rows} messages should have gone out more than {LATE_HOURS} hour ago: does the worker run?"
    since = clock.add_hours(timezone.now(), -HELD_HOURS)
    if rows := Notification.objects.filter(state=Notification.State.HELD, created__lt=since).count():
        yield f"{rows} messages were held back for the mail of the day and not told in it: does the sweep run?"


def nobody_told():
    """Each concern has the message that told its commander, written in the same transaction."""
    message = Notification.objects.filter(concern=OuterRef("pk"), kind="received")
    yield from told(Concern.objects.exclude(Exists(message)), "whose commander was never told")


def contacts_that_stay_shut():
    """Each contact opens with one of FIELD_KEYS, and what it is matched by agrees with what is inside."""
    shut = wrong = 0
    for contact in Contact.objects.iterator():
        try:
            inside = contact.unsealed()
        except InvalidToken:
            shut += 1
            continue
        keys = (match_key("email", inside["email"]), match_key("phone", inside["phone"]))
        wrong += keys != (contact.email_key, contact.phone_key)
    if shut:
        yield f"{shut} contacts open with none of FIELD_KEYS: a key is missing"
    if wrong:
        yield f"{wrong} contacts are matched by something else than they hold"


def photos_and_files():
    """Each row has its file; each file has its row, or is of a journey that may still be sent."""
    rows = Photo.objects.values_list("name", flat=True)
    if gone := sum(not photos.path_of(name).exists() for name in rows.iterator()):
        yield f"{gone} photos whose file is gone from {photos.folder()}"
    if left := len(Photo.without_a_row(LEFT_HOURS)):
        yield f"{left} files of photos that belong to nothing: does the sweep run?"


def history_unguarded():
    """On PostgreSQL the triggers that keep history stand and are switched on."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname ~ '_append_only$' AND tgenabled = 'O'"
        )
        missing = set(GUARDED) - {row[0] for row in cursor.fetchall()}
    if missing:
        yield f"history can be changed: no guard on {', '.join(sorted(missing))}"


def rows_against_history():
    """Each rating and recourse stands on lines of its own concern's history."""
    stray = Rating.objects.exclude(reply__concern=F("concern"), reply__kind="reply").count()
    if stray:
        yield f"{stray} ratings of something that is no reply to their concern"
    asked = Q(asked__concern=F("concern"), asked__kind="recourse")
    replied = Q(reply__isnull=True) | Q(reply__concern=F("concern"), reply__kind="recourse_reply")
    if stray := Recourse.objects.exclude(asked & replied).count():
        yield f"{stray} recourses without their lines of history"


CHECKS = (
    nobody_sees,
    nowhere,
    without_a_beginning,
    status_against_history,
    answered_against_history,
    parked,
    late,
    nobody_told,
    contacts_that_stay_shut,
    photos_and_files,
    rows_against_history,
    history_unguarded,
)
