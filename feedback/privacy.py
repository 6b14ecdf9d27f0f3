"""What the portal still knows of a person, and how that ends: retention, erasure and subject access.

Where a concern was, what it was about and how it ended stays for the figures, without a word that anybody wrote. Each
row that is removed or emptied is written down in `PurgeRecord`; on PostgreSQL the triggers of append-only tables do so.
"""

import secrets
from contextlib import contextmanager

from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from areas.models import MeetingQuestion
from feedback import clock, photos
from feedback.lifecycle import Outcome, Refused, Status

from .models import (
    Concern,
    ConcernUpdate,
    Contact,
    ContactStop,
    FollowLink,
    FormatRequest,
    Hold,
    Notification,
    Photo,
    PurgeRecord,
    Rating,
    ReadLog,
    Recourse,
    Referral,
    RetentionRule,
    SafetyReview,
    ServiceFeedback,
    Subscription,
    TakenFor,
    Voice,
    record_reading,
)
from .models.sealing import match_key
from .models.update import AppendOnlyModel
from .naming import SPOKEN, speakers

Record = RetentionRule.Record
BATCH = 200  # concerns in one transaction: others write in between
ERASED = ConcernUpdate.Kind.ERASED

# What goes with the words of a concern, by model: which of its text is emptied, or None where the rows themselves go.
# Every model that points at a concern stands here; a test says so.
GOES: dict[type[models.Model], tuple | None] = {
    Contact: None,
    Rating: ("text",),
    FollowLink: None,
    Recourse: (),  # when the commander's office was asked and answered
    FormatRequest: ("language",),
    ConcernUpdate: ("text",),
    Referral: ("facts",),
    ReadLog: ("why",),
    Photo: None,
    SafetyReview: ("found", "words"),
    TakenFor: (),  # which colleague wrote it down, and where
    Notification: (),  # to whom which kind of mail went, and when
}
# Of the concern itself. Without its hashes neither a code nor the words themselves find it any more.
WORDS = {
    "text": "", "sealed_words": "", "place": "", "times": "", "postcode": "", "lat": None, "lon": None, "route_basis": "",
    "body_hash": "", "code_hash": "", "receipt": None, "repeat": "",
}  # fmt: skip


class KeptByLaw(Refused):
    """What somebody asked to have erased must stay."""

    words = _("%(reference)s stays as it is: %(why)s")


# ---- the door --------------------------------------------------------------------------------------------------------
@contextmanager
def _open_door(purpose: str):
    """A transaction in which history may be emptied or removed, for "retention" or "erase"."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('portal.purge', %s, true)", [purpose])
        yield


def _purge(rows, purpose: str, **values) -> None:
    """Set `values` in `rows`, or without any remove them, and write down each row."""
    model, keys = rows.model, list(rows.values_list("pk", flat=True))
    if model is Photo:
        names = list(rows.values_list("name", flat=True))
        transaction.on_commit(lambda: photos.remove(names))
    # A QuerySet of Django's own: those of history refuse, and the door has been opened.
    plain = models.QuerySet(model).filter(pk__in=keys)
    plain.update(**values) if values else plain.delete()
    if connection.vendor == "postgresql" and issubclass(model, AppendOnlyModel):
        return  # the trigger wrote it down
    act, table = "UPDATE" if values else "DELETE", model._meta.db_table
    PurgeRecord.objects.bulk_create(PurgeRecord(purpose=purpose, table=table, row=key, act=act) for key in keys)


def _forget(concerns, purpose: str) -> None:
    """Take away what was written in `concerns`, and who wrote it."""
    keys = list(concerns.select_for_update(of=("self",)).values_list("pk", flat=True))
    for model, fields in GOES.items():
        rows = models.QuerySet(model).filter(concern__in=keys)
        if fields is None:
            _purge(rows, purpose)
        for field in fields or ():
            kept = {"kind": ERASED} if model is ConcernUpdate else {"pk": None}
            _purge(rows.exclude(**{field: ""}).exclude(**kept), purpose, **{field: ""})
    _purge(Concern.objects.filter(pk__in=keys), purpose, **WORDS, version=F("version") + 1)


# ---- retention -------------------------------------------------------------------------------------------------------
def _closed(before):
    """Concerns closed before `before` that nobody holds."""
    return Concern.objects.filter(resolved_at__lte=before).exclude(reference__in=_held())


def _held():
    return Hold.objects.current().values("reference")


def _readings(before):
    """What was read up to `before`, but for the concerns that somebody holds: who opened them may be what is looked into."""
    return ReadLog.objects.filter(at__lte=before).exclude(concern__reference__in=_held())


def _forget_contacts(contacts, purpose):
    _purge(models.QuerySet(FollowLink).filter(concern__in=contacts.values("concern")), purpose)
    _purge(contacts, purpose)


# For each record: what is due that was over before a moment, and how it goes.
DUE = {
    Record.CONTACT: (lambda before: Contact.objects.filter(concern__in=_closed(before)), _forget_contacts),
    Record.WORDS: (lambda before: _closed(before).exclude(text=""), _forget),
    Record.SEARCHES: (
        lambda before: _readings(before).exclude(why=""),
        lambda rows, purpose: _purge(rows, purpose, why=""),
    ),
    Record.READING: (lambda before: _readings(before), _purge),
    Record.QUESTION: (
        lambda before: MeetingQuestion.objects.filter(published=False, meeting__ends__lte=before),
        _purge,
    ),
    Record.SERVICE: (lambda before: ServiceFeedback.objects.filter(at__lte=before), _purge),
}


def keep_schedule(now=None, *, carry_out=True) -> dict[str, int]:
    """Carry out the retention schedule as it stands, in batches; returns how many rows of each `Record` went.

    `now`: an aware datetime; without `carry_out` nothing is changed, and the numbers are what is due.
    """
    now, done = now or timezone.now(), {}
    for rule in RetentionRule.objects.all():
        due, act = DUE[rule.record]  # type: ignore[index]
        before = clock.months_before(now, rule.months)
        done[rule.record] = _in_batches(due, before, act) if carry_out else due(before).count()
    return done


def _in_batches(due, before, act) -> int:
    done = 0
    while keys := list(due(before).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with _open_door("retention"):
            act(due(before).filter(pk__in=keys), "retention")  # asked again: one may have been reopened meanwhile
        done += len(keys)
    return done


# ---- one person ------------------------------------------------------------------------------------------------------
def concerns_of(*, reference="", email=""):
    """The concerns that somebody means: one by its reference, or all that were told with an e-mail address."""
    if email:
        return Concern.objects.filter(contact__email_key=match_key("email", email)).order_by("pk")
    return Concern.objects.filter(reference=reference.strip().upper())


def follows_of(email: str):
    """What an e-mail address follows or asked to follow."""
    return Subscription.objects.of_address(email).in_words() if email else Subscription.objects.none()


def erase_follows(email: str) -> int:
    """Erase what an address follows; returns how many."""
    rows = follows_of(email)
    done = rows.count()
    with _open_door("erase"):
        _purge(rows.select_related(None), "erase")
    return done


def unname_voices(email: str) -> None:
    """Let voices lead to an address no more. They still count, and as one person."""
    with _open_door("erase"):
        _purge(Voice.objects.of_address(email), "erase", person_key=secrets.token_hex(32))


def erase(concern, reason: str, *, by) -> None:
    """Take away what the person wrote in `concern` and how to reach them; what still runs is withdrawn first.

    That it was, where, of which kind and how it ended stays, and who erased it and why. Raises `KeptByLaw`.
    """
    with _open_door("erase"):
        concern = concern.locked()
        if why := _why_kept(concern):
            raise KeptByLaw(reference=concern.reference, why=why)
        if concern.status != Status.RESOLVED:
            concern.move_to(Status.RESOLVED, by=by, outcome=Outcome.WITHDRAWN, tell=False)
        _forget(Concern.objects.filter(pk=concern.pk), "erase")
        concern.record(ERASED, by=by, text=reason)


def _why_kept(concern) -> str:
    held = Hold.objects.current().filter(reference=concern.reference).first()
    reasons = {
        _("it is held: %(reason)s") % {"reason": held.reason if held else ""}: held,
        _("a crime was disclosed, and the crime record needs it."): concern.crime_disclosed_at,
        _("a complaint about the police was disclosed, and those who look into it need it."): (
            concern.complaint_disclosed_at
        ),
        _("somebody may be at risk, and it is not closed."): concern.safety and concern.status != Status.RESOLVED,
    }
    return next((str(why) for why, holds in reasons.items() if holds), "")


def held_about(reason: str, *, by, reference="", email="") -> dict:
    """Everything that is held about one person, as plain values for JSON; the opening is written to the read log first.

    Names of officers whom the public may not see are left out. Raises `NotRecorded`.
    """
    concerns = list(concerns_of(reference=reference, email=email).select_related("category", "area", "ward"))
    record_reading(by, ReadLog.What.EXPORT, door="command:subject_access", why=reason, rows=len(concerns))
    stopped = ContactStop.objects.filter(email_key=match_key("email", email)).first() if email else None
    return {
        "asked_for": {"reference": reference, "email": email},
        "made_at": timezone.now().isoformat(),
        "concerns": [_all_of(concern) for concern in concerns],
        "follows": [
            {
                "what": follow.words,
                "how_often": follow.pace,
                "asked": _plain(follow.asked_at),
                "said_yes": _plain(follow.confirmed_at),
                "stopped": _plain(follow.stopped_at),
            }
            for follow in follows_of(email)
        ],
        "voices": [
            {"category": voice.category.name, "ward": str(voice.ward), "at": _plain(voice.at)}
            for voice in Voice.objects.of_address(email).select_related("category", "ward").order_by("at")
        ],
        "no_more_news_since": stopped.at.isoformat() if stopped else None,
    }


def _all_of(concern) -> dict:
    contact = Contact.objects.filter(concern=concern).first()
    plain = [
        "reference", "kind", "text", "place", "times", "postcode", "lat", "lon", "route_basis", "channel", "language",
        "status", "outcome", "safety", "repeat", "received_at", "due_at", "answered_at", "resolved_at", "returned_at",
        "first_due_at", "first_answered_at", "crime_reference",
    ]  # fmt: skip
    return {
        **{name: _plain(getattr(concern, name)) for name in plain},
        "text": "".join(words for words, _sealed in concern.words_for_officers),
        "category": concern.category.name,
        "area": str(concern.area or ""),
        "ward": str(concern.ward or ""),
        "contact": contact.unsealed() | {"safe_to_contact": contact.safe_to_contact} if contact else None,
        "ratings": list(Rating.objects.filter(concern=concern).values("answer", "text")),
        "recourses": [
            {"reason": one.reason, "at": _plain(one.at), "answered_at": _plain(one.answered_at)}
            for one in Recourse.objects.filter(concern=concern)
        ],
        "formats": [{"what": str(one), "at": _plain(one.at)} for one in FormatRequest.objects.filter(concern=concern)],
        "history": _history(concern.updates.select_related("by")),
        "mails": [
            {"kind": note.kind, "sent": _plain(note.sent)}
            for note in concern.notifications.filter(recipient="reporter")
        ],
        "photos": [f"{photo.name}.jpg" for photo in concern.photos.all()],  # in MEDIA_ROOT
        "mailed_links": [_plain(link.expires) for link in concern.follow_links.all()],
        "opened_by_the_force": [
            _plain(at) for at in ReadLog.objects.filter(concern=concern).order_by("at").values_list("at", flat=True)
        ],
    }


def _history(updates) -> list:
    spoke = speakers(updates)
    return [_line(update, spoke.get(update.pk, "")) for update in updates]


def _line(update, spoke) -> dict:
    wrote = None if update.how in SPOKEN and update.said_by else update.by
    who = spoke or (wrote.public_words if wrote else "")
    plain = {name: _plain(getattr(update, name)) for name in ("at", "kind", "side", "text", "to_status", "outcome")}
    return {**plain, "shown_to_the_person": update.public, "by": who}


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value
