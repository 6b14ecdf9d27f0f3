"""A concern that a person told us, who may see it, and its life.

`move_to` is the only writer of the state; every act appends a `ConcernUpdate` and enqueues who must be told, in one
transaction, after taking the row's lock.
"""

import base64
import hashlib
import hmac
import json
import secrets
from contextlib import contextmanager
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas import lookup
from areas.models import Area, Force, Ward
from areas.routing import Route
from feedback import clock
from feedback.access import reach_of
from feedback.lifecycle import (
    MOVES,
    AboutThem,
    AlreadyThere,
    MoveNotAllowed,
    NoComplaintsDepartment,
    NotAtDesk,
    NotPostedHere,
    Outcome,
    OutcomeNeeded,
    PartnerElsewhere,
    ProblemElsewhere,
    Status,
    StaysWithComplaints,
    TextNeeded,
    TimeNotPossible,
    WardElsewhere,
)
from hubs.models import Department, Posting, Team

from .category import Category, Partner
from .problem import Problem

# Without vowels no word appears by chance; without look-alikes it can be read out on the phone.
REFERENCE_LETTERS = "CDFGHJKMNPQRTVWX23456789"


# An area moves a concern on or returns it once; at the third move the desk decides.
MOVES_BETWEEN_AREAS = 2

# How a concern may end without a reply: nobody waits for one.
WITHOUT_REPLY = frozenset({Outcome.WITHDRAWN, Outcome.MERGED, Outcome.NOT_A_CONCERN})

# The kinds of update with which a concern leaves an area.
LEAVING = ("area_move", "placed")


class KeyReused(Exception):
    """An idempotency key came again with other words. `str()` is a sentence that reveals nothing of the first."""

    def __init__(self):
        super().__init__(_("This form was already used for something else. Please start again."))


class Stale(Exception):
    """Somebody else saved the concern since the page was shown."""


# Sorts what was answered behind what still waits; the same expression as in the index.
WAITS_LAST = models.ExpressionWrapper(Q(answered_at__isnull=False), output_field=models.BooleanField())

# What is asked of open concerns, each for a list of its own and for the figures above the lists.
OPEN = ~Q(status=Status.RESOLVED)
AWAITS_REPLY = Q(due_at__isnull=False, answered_at__isnull=True)
UNASSIGNED = Q(team__isnull=True, officer__isnull=True)


def _overdue(now) -> Q:
    return AWAITS_REPLY & Q(due_at__lt=now)


def _due_soon(now) -> Q:
    return AWAITS_REPLY & Q(due_at__gte=now, due_at__lte=now + clock.SOON)


def _for_the_desk(reach) -> Q:
    """What has no place, waits for the desk, is in safety review, or is of an area whose commander can't look after it:
    nobody commands it today, or it is about them, perhaps named before they took the command.
    """
    wanted = Q(area__isnull=True) | ~Q(desk_reason="") | Q(safety=True)
    for area, leader in sorted(reach.leaders):
        wanted |= Q(area=area, about_person=leader)
    return wanted | Q(area__in=reach.vacant) if reach.vacant else wanted


class ConcernQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The concerns that `user` may see today: every page, API, admin, search, file and count starts from here.

        `feedback.access.capacities` says the same of one concern.
        """
        reach = reach_of(user)
        if not reach.reads_concerns:
            return self.none()
        # A concern about a named officer is hidden from that officer through every door.
        others = self.exclude(about_person=user)
        if reach.auditor:
            return others
        seen = Q(pk__in=[])
        if reach.areas:
            seen |= Q(area__in=reach.areas, desk_reason="")
        if reach.departments:
            seen |= Q(department__in=reach.departments)
        if reach.desk:
            seen |= _for_the_desk(reach)
        return others.filter(seen)

    def at_desk(self, user):
        """What the force desk, to which `user` belongs, looks after today."""
        return self.filter(_for_the_desk(reach_of(user)))

    def in_due_order(self):
        """Those that wait for a reply first, the one due first at the top; then the answered."""
        return self.order_by(WAITS_LAST, F("due_at").asc(nulls_last=True), "pk")

    def open(self):
        """Those that are not resolved."""
        return self.filter(OPEN)

    def awaiting_reply(self):
        """Open concerns on the clock without a meaningful reply."""
        return self.open().filter(AWAITS_REPLY)

    def overdue(self, now=None):
        """Those whose reply is missed at `now`."""
        return self.open().filter(_overdue(now or timezone.now()))

    def due_soon(self, now=None):
        """Those whose reply is due within the last quarter of the clock."""
        return self.open().filter(_due_soon(now or timezone.now()))

    def unassigned(self):
        """Open concerns that neither a team nor a person has."""
        return self.open().filter(UNASSIGNED)

    def figures(self, by=None, **more):
        """How many are open, missed, soon due and with nobody, in one question: a dict of numbers.

        `more`: further conditions (`Q`) on the open ones, by name. `by`: a field; then one dict for each of its values.
        """
        now = timezone.now()
        conditions = {"missed": _overdue(now), "soon": _due_soon(now), "nobody": UNASSIGNED, **more}
        counts = {name: models.Count("pk", filter=condition) for name, condition in conditions.items()}
        rows = self.open().order_by()
        if by is None:
            return rows.aggregate(open=models.Count("pk"), **counts)
        return {row.pop(by): row for row in rows.values(by).annotate(open=models.Count("pk"), **counts)}


class Concern(models.Model):
    """What a person told us, where it went, and how it stands."""

    class Kind(models.TextChoices):
        CONCERN = "concern", _("A local concern")
        IDEA = "idea", _("An idea")
        THANKS = "thanks", _("Thanks")

    class Channel(models.TextChoices):
        WEB = "web", _("This site")
        API = "api", _("Another service")
        PHONE = "phone", _("Phone")
        COUNTER = "counter", _("Front counter")
        MEETING = "meeting", _("Meeting or on the street")

    class DeskReason(models.TextChoices):
        UNPLACED = "unplaced", _("We do not know the place")
        ABOUT_COMMANDER = "about_commander", _("It is about the area's commander")
        MOVED_TOO_OFTEN = "moved_too_often", _("Two areas could not agree")

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.CONCERN)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, db_index=False, related_name="concerns", verbose_name=_("category")
    )
    text = models.TextField(_("what has been happening"))
    place = models.CharField(_("where exactly"), max_length=300, blank=True)
    times = models.CharField(_("times and days"), max_length=200, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    language = models.CharField(_("language"), max_length=10, default="en-gb")

    # Keys that no question asks by, and those that begin an index below, have no index of their own: each would cost every
    # concern that comes in.
    # Where it went, and why: as decided when it was received, or moved since.
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, db_index=False, null=True, blank=True, related_name="concerns"
    )
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    postcode = models.CharField(_("postcode"), max_length=8, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    route_basis = models.CharField(_("why it came here"), max_length=300, blank=True)
    certain = models.BooleanField(_("the place is certain"), default=True)
    near_edge = models.BooleanField(_("within 100 m of an area's edge"), default=False)
    desk_reason = models.CharField(_("at the desk because"), max_length=20, choices=DeskReason.choices, blank=True)
    previous_area = models.ForeignKey(
        Area, on_delete=models.PROTECT, db_index=False, null=True, blank=True, related_name="moved_away"
    )
    moves = models.PositiveSmallIntegerField(_("moves between areas"), default=0)

    # Who has it.
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    officer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, db_index=False, null=True, blank=True, related_name="concerns"
    )
    about_person = models.ForeignKey(
        User, on_delete=models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")

    # How it stands.
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.RECEIVED, editable=False
    )
    outcome = models.CharField(_("outcome"), max_length=15, choices=Outcome.choices, blank=True, editable=False)
    safety = models.BooleanField(_("safety review"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # The clock. All aware datetimes, stored in UTC.
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("reply due"), null=True, blank=True, editable=False)
    acknowledged_at = models.DateTimeField(null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    crime_disclosed_at = models.DateTimeField(null=True, blank=True, editable=False)
    crime_reference = models.CharField(_("crime number"), max_length=40, blank=True)
    complaint_disclosed_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Exactly once, and followed with a code of which only the hash is kept.
    key_hash = models.CharField(max_length=64, editable=False)
    body_hash = models.CharField(max_length=64, editable=False)
    code_hash = models.CharField(max_length=64, editable=False)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        verbose_name = _("concern")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key_hash"], name="concern_key_once"),
            models.CheckConstraint(
                condition=Q(area__isnull=False) | ~Q(desk_reason=""), name="concern_has_an_area_or_the_desk"
            ),
            models.CheckConstraint(
                condition=Q(status="resolved") & ~Q(outcome="") | ~Q(status="resolved") & Q(outcome=""),
                name="concern_outcome_exactly_when_resolved",
            ),
            models.CheckConstraint(
                condition=Q(kind="concern", due_at__isnull=False) | ~Q(kind="concern") & Q(due_at__isnull=True),
                name="concern_due_time_exactly_for_concerns",
            ),
        ]
        indexes = [
            models.Index(fields=["area", "-received_at", "-id"], name="concern_area_received"),
            models.Index(fields=["area", "status", "due_at"], name="concern_area_status_due"),
            # The queue's order, followed by all that the figures of an area ask, so that they read no row.
            models.Index(
                F("area"),
                WAITS_LAST,
                *map(F, ("due_at", "id", "answered_at", "team", "officer", "safety", "desk_reason", "about_person")),
                condition=~Q(status="resolved"),
                name="concern_area_queue",
            ),
            models.Index(fields=["due_at"], condition=~Q(desk_reason=""), name="concern_at_desk"),
            models.Index(fields=["due_at"], condition=Q(safety=True), name="concern_in_safety_review"),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("casework:concern", args=[self.reference])

    @property
    def clock(self) -> clock.Clock:
        """The response clock as it reads now."""
        return clock.reading(received=self.received_at, due=self.due_at, answered=self.answered_at)

    @property
    def first_words(self) -> str:
        """The beginning of the text, for a list."""
        return self.text if len(self.text) <= 120 else self.text[:117].rsplit(" ", 1)[0] + "…"

    @property
    def owner_label(self) -> str:
        """Who has it, in words: the person, or else the team; empty while nobody has."""
        return str(self.officer or self.team or "")

    @property
    def at_desk(self) -> bool:
        return bool(self.desk_reason)

    # ---- coming in ---------------------------------------------------------------------------------------------------

    @classmethod
    def submit(cls, *, key: UUID, answers: dict, route, channel=Channel.WEB, limit=None):
        """Take a concern exactly once.

        `answers`: kind, category (a `Category`), text, place, times, language, and optionally contact (a dict with
        name, email, phone, safe_to_contact) and complaint_offered. `route`: an `areas.routing.Route`; a `NotRouted`
        or None sends it to the desk, with what was asked. `limit`: called last in the transaction; it counts against
        the rate and raises to refuse, so that neither a refusal nor a replay leaves anything behind. Returns
        `(concern, created)`; the same key and words again return the same concern. Raises `KeyReused` for the same
        key with other words.
        """
        key_hash, body_hash = hash_key(key), _keyed("body", _canonical(answers, route))
        for _attempt in range(5):
            try:
                with transaction.atomic():
                    concern = cls._build(key, answers, route, channel)
                    concern.key_hash, concern.body_hash = key_hash, body_hash
                    concern.save(force_insert=True)
                    concern._take_in(answers)
                    if limit:
                        limit()
                return concern, True
            except IntegrityError:
                # This key came before, or the random reference is taken: the unique indexes tell, so no look comes first.
                if existing := cls.taken_with(key):
                    return existing._replayed(body_hash), False
        raise IntegrityError("no free reference after five tries")

    @classmethod
    def taken_with(cls, key: UUID):
        """The concern that was taken with this idempotency key, for whoever holds the key; None before."""
        return cls.objects.select_related("area", "ward", "category").filter(key_hash=hash_key(key)).first()

    @classmethod
    def _build(cls, key, answers, route, channel):
        received = timezone.now()
        kind, category = answers.get("kind") or cls.Kind.CONCERN, answers["category"]
        concern = cls(
            reference=new_reference(lookup.reference_prefix()),
            kind=kind,
            category=category,
            text=answers["text"],
            place=answers.get("place", ""),
            times=answers.get("times", ""),
            language=answers.get("language") or "en-gb",
            channel=channel,
            received_at=received,
            due_at=clock.add_hours(received, category.response_hours) if kind == cls.Kind.CONCERN else None,
            code_hash=hash_code(follow_code(key)),
        )
        concern._place(route)
        return concern

    def _place(self, route):
        """Set where it goes from a `Route`; a `NotRouted` or None sends it to the desk."""
        self.area, self.ward = None, None
        if route:
            self.postcode, self.route_basis = route.postcode, route.basis[:300]
        if isinstance(route, Route):
            self.area, self.ward, self.lat, self.lon = route.area, route.ward, route.lat, route.lon
            self.certain, self.near_edge = route.certain, route.near_edge
        self.desk_reason = "" if self.area else self.DeskReason.UNPLACED

    def _take_in(self, answers):
        """Seal the contact, write the first line of history and say who must be told."""
        from_reporter = {k: v for k, v in (answers.get("contact") or {}).items() if v}
        if any(from_reporter.get(k) for k in ("name", "email", "phone")):
            self._meta.get_field("contact").related_model.build(concern=self, **from_reporter).save(force_insert=True)
        self.record("received", side="public", public=True)
        if answers.get("complaint_offered"):
            self.record("note", side="system", text=_("The complaints route was shown first."))
        mailed = from_reporter.get("email") and from_reporter.get("safe_to_contact")
        kinds = [("received", "commander"), ("receipt", "reporter")] if mailed else [("received", "commander")]
        rows = self.notifications.bulk_create(
            self.notifications.model(concern=self, kind=kind, recipient=to) for kind, to in kinds
        )
        rows[0].wake_worker()

    def _replayed(self, body_hash):
        if not hmac.compare_digest(self.body_hash, body_hash):
            raise KeyReused
        return self

    # ---- history and outbox ------------------------------------------------------------------------------------------

    def record(self, kind, *, by=None, side="force", public=False, text="", **details):
        """Append a line of history and return it. `details`: further fields of `ConcernUpdate`."""
        return self.updates.create(
            kind=kind, by=by, by_label=str(by) if by else "", side=side, public=public, text=text, **details
        )

    def notify(self, kind, *, to="commander", update=None, person=None, **key):
        """Write the outbox row for `kind`; who that is today is decided when it is sent. Wake the worker.

        `key`: a `message_id` of one's own, where the same act must not be told twice.
        """
        row = self.notifications.create(kind=kind, recipient=to, update=update, person=person, **key)
        row.wake_worker()
        return row

    # ---- life --------------------------------------------------------------------------------------------------------

    def locked(self, *, version=None):
        """This concern read again under the row's lock, inside a transaction; `Stale` where `version` is not its own."""
        concern = Concern.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if version is not None and concern.version != version:
            raise Stale
        return concern

    def _keep(self, *fields):
        """Save `fields` and count the version."""
        self.version = F("version") + 1
        self.save(update_fields=[*fields, "version"])
        self.refresh_from_db(fields=["version"])

    def move_to(self, status, *, by=None, note="", outcome="", public=True, side="force", tell=True):
        """Move to `status` (a `Status`), the only way there is; resolving needs an `Outcome`.

        Locks the row, checks the table of moves, keeps the times, appends the history and tells the reporter where
        `public` and `tell`. Raises `MoveNotAllowed`, and `OutcomeNeeded` where it would resolve without one.
        """
        with transaction.atomic():
            concern = self.locked()
            old = concern.status
            if status not in MOVES[old]:
                raise MoveNotAllowed(old, status)
            if status == Status.RESOLVED and outcome not in Outcome.values:
                raise OutcomeNeeded
            now = timezone.now()
            concern.status = status
            concern.outcome = outcome if status == Status.RESOLVED else ""
            concern.resolved_at = now if status == Status.RESOLVED else None
            if by and not concern.acknowledged_at:
                concern.acknowledged_at = now
            concern._keep("status", "outcome", "resolved_at", "acknowledged_at")
            update = concern.record(
                "status", by=by, side=side, public=public, text=note,
                from_status=old, to_status=status, outcome=concern.outcome,
            )  # fmt: skip
            if public and tell:
                concern.notify("status", to="reporter", update=update)
        self.refresh_from_db()
        return update

    # ---- casework: each verb is one transaction under the row's lock, and counts the version -------------------------

    @contextmanager
    def _held(self, version=None):
        """The row under its lock for one act; afterwards this object reads as the row does.

        `Stale` where somebody saved since `version`, or where the concern went to other hands since this object was
        read: whoever lost it meanwhile can't act on it any more.
        """
        with transaction.atomic():
            concern = self.locked(version=version)
            if concern._hands() != self._hands():
                raise Stale
            yield concern
        self.refresh_from_db()

    def _hands(self):
        return self.area_id, self.desk_reason, self.about_person_id

    def _read_by(self, by, status=Status.ACKNOWLEDGED):
        """A received concern becomes `status`, because `by` has read it and decided; others stay as they are."""
        if self.status == Status.RECEIVED:
            self.move_to(status, by=by, tell=False)

    def acknowledge(self, *, by, version=None):
        """A named human has read it. Raises `MoveNotAllowed` where that was done before."""
        with self._held(version) as concern:
            return concern.move_to(Status.ACKNOWLEDGED, by=by)

    def assign(self, *, by, team=None, officer=None, version=None):
        """Give it to a `team`, an `officer`, both, or (with neither) back to nobody.

        Raises `NotPostedHere` for a team or person that does not work in the concern's area today, and `AboutThem` for
        the person it is about.
        """
        with self._held(version) as concern:
            concern._check_works_here(team, officer)
            concern.team, concern.officer = team, officer
            concern._keep("team", "officer")
            update = concern.record("assigned", by=by, team=team, officer=officer)
            concern._read_by(by)
            if officer and officer != by:
                concern.notify("assigned", to="person", person=officer, update=update)
        return update

    def _check_works_here(self, team, officer):
        if team and (team.hub is None or team.hub.area_id != self.area_id):
            raise NotPostedHere(who=team, area=self.area or _("this place"))
        if officer and officer.pk == self.about_person_id:
            raise AboutThem(who=officer)
        if officer and self.area_id not in reach_of(User.objects.get(pk=officer.pk)).areas:
            raise NotPostedHere(who=officer, area=self.area or _("this place"))

    def reply(self, text, *, by, how="written", said_by="", happened_at=None, version=None):
        """A meaningful reply: the only thing that stops the clock.

        `how`: "written", or "phone" or "person" for an answer given elsewhere, where `text` is what was said, `said_by`
        who said it and `happened_at` (aware) when. Raises `TextNeeded`, `TimeNotPossible`.
        """
        with self._held(version) as concern:
            return concern._answer(text, by=by, how=how, said_by=said_by, happened_at=happened_at)

    def _answer(self, text, *, by, how, said_by, happened_at):
        now = timezone.now()
        moment = happened_at or now
        if not self.received_at <= moment <= now:
            raise TimeNotPossible
        update = self.record(
            "reply", by=by, public=True, text=_written(text), how=how, happened_at=happened_at,
            said_by=said_by or (str(by) if by.public_name else ""),
        )  # fmt: skip
        self.answered_at = self.answered_at or moment
        self._keep("answered_at")
        self._read_by(by, Status.ACKNOWLEDGED if self.kind == self.Kind.THANKS else Status.IN_PROGRESS)
        self.notify("reply", to="reporter", update=update)
        return update

    def add_note(self, text, *, by, version=None):
        """An internal note. It stops no clock and is never shown to the person who told us."""
        with self._held(version) as concern:
            concern._keep()
            return concern.record("note", by=by, text=_written(text))

    def take_message(self, text, *, key=None, limit=None):
        """A further message from the person who told us; whoever writes a reply at this moment gets to see it first.

        `key`: the form's own UUID, the Message-ID of the mail that follows; the same form again adds nothing and returns
        None. `limit`: counts against the rate and raises to refuse; what was taken before does not count.
        """
        with transaction.atomic():
            concern = self.locked()
            if concern.notifications.filter(message_id=key).exists():
                return None
            if limit:
                limit()
            concern._keep()
            update = concern.record("message", side="public", public=True, text=_written(text))
            concern.notify("message", update=update, message_id=key or uuid4())
            if concern.officer_id:
                concern.notify("message", to="person", person=concern.officer, update=update)
        self.refresh_from_db()
        return update

    def link_to(self, problem, *, by, version=None):
        """It is part of a `Problem` of its area, or (None) of none. Raises `ProblemElsewhere`."""
        with self._held(version) as concern:
            if problem and problem.area_id != concern.area_id:
                raise ProblemElsewhere(area=concern.area or _("this place"))
            concern.problem = problem
            concern._keep("problem")
            update = concern.record("problem", by=by, text=problem.title if problem else "")
            concern._read_by(by)
        return update

    def begin_problem(self, title, *, by, version=None):
        """It is the first of a new `Problem` of its area. Raises `ProblemElsewhere` where it has no area."""
        if self.area is None:
            raise ProblemElsewhere(area=_("this place"))
        with transaction.atomic():
            return self.link_to(Problem.objects.create(area=self.area, title=title), by=by, version=version)

    def refer(self, partner, text, *, by, version=None):
        """Pass it to a `Partner`; `text` is what the person reads. Raises `PartnerElsewhere`, `MoveNotAllowed`."""
        with self._held(version) as concern:
            if partner.area_id not in (None, concern.area_id):
                raise PartnerElsewhere(partner=partner, area=concern.area or _("this place"))
            if concern.status == Status.RESOLVED:
                raise MoveNotAllowed(concern.status, Status.REFERRED)
            concern.partner = partner
            concern._keep("partner")
            if concern.status != Status.REFERRED:
                concern.move_to(Status.REFERRED, by=by, tell=False)
            update = concern.record("referral", by=by, public=True, text=_written(text), partner=partner)
            concern.notify("status", to="reporter", update=update)
        return update

    def resolve(self, outcome, text, *, by, version=None):
        """Close it with an `Outcome`; `text` is what the person reads.

        Where the person waits for a reply, `text` is that reply, so nothing on the clock is closed in silence; but what
        was withdrawn, joined with another or is no concern for the police may close without one.
        Raises `OutcomeNeeded`, `TextNeeded`, `MoveNotAllowed`.
        """
        with self._held(version) as concern:
            if outcome not in Outcome.values:
                raise OutcomeNeeded
            waits = concern.due_at and not concern.answered_at and outcome not in WITHOUT_REPLY
            if waits and concern.status != Status.RESOLVED:
                concern._answer(text, by=by, how="written", said_by="", happened_at=None)
            note = "" if waits else text.strip()
            return concern.move_to(Status.RESOLVED, by=by, note=note, outcome=outcome, tell=not waits)

    def reopen(self, text, *, by, version=None):
        """Work on a resolved concern again; `text` is what the person reads. Raises `MoveNotAllowed`, `TextNeeded`."""
        with self._held(version) as concern:
            if concern.status != Status.RESOLVED:
                raise MoveNotAllowed(concern.status, Status.ACKNOWLEDGED)
            return concern.move_to(Status.ACKNOWLEDGED, by=by, note=_written(text))

    def disclose_crime(self, crime_reference, text, *, by, version=None):
        """What was told is, or may be, a crime. The hours for recording it run from the moment it was received.

        `crime_reference`: the crime number, or "" while there is none; `text`: internal. The person is told that it is
        being recorded.
        """
        with self._held(version) as concern:
            concern.crime_disclosed_at = concern.crime_disclosed_at or timezone.now()
            concern.crime_reference = crime_reference or concern.crime_reference
            concern._keep("crime_disclosed_at", "crime_reference")
            update = concern.record("crime", by=by, text=text.strip())
            concern._read_by(by)
            words = _("What you told us may be a crime. We pass it on to be recorded.")
            if concern.crime_reference:
                words = _("What you told us is recorded as a crime. The crime number is %(number)s.")
            told = concern.record("crime", side="system", public=True, text=words % {"number": concern.crime_reference})
            concern.notify("status", to="reporter", update=told)
        return update

    def disclose_complaint(self, text, *, by, version=None):
        """What was told is, or may be, a complaint about the police: offer the complaints route, log that, hand it on.

        `text` is internal. Raises `NoComplaintsDepartment`.
        """
        with self._held(version) as concern:
            department = Department.objects.filter(takes_complaints=True).first()
            if department is None:
                raise NoComplaintsDepartment
            concern.complaint_disclosed_at = concern.complaint_disclosed_at or timezone.now()
            concern._keep("complaint_disclosed_at")
            update = concern.record("complaint", by=by, text=text.strip())
            concern._read_by(by)
            concern._hand_to(department, by=by)
            words = _(
                "What you told us may be a complaint about the police. We passed it to the people who look into "
                "complaints. You can also make a complaint yourself: %(link)s"
            )
            told = concern.record(
                "complaint", side="system", public=True, text=words % {"link": Force.objects.get().complaints_url}
            )
            concern.notify("status", to="reporter", update=told)
        return update

    def hand_to_department(self, department, text, *, by, version=None):
        """A specialist `Department` sees it from now on, too; the area keeps it and its clock. `text` is internal.

        Raises `StaysWithComplaints` where that would take a complaint from those who look into it.
        """
        with self._held(version) as concern:
            if concern._looked_into() and department != concern.department:
                raise StaysWithComplaints(department=concern.department)
            update = concern._hand_to(department, by=by, text=text.strip())
            concern._read_by(by)
        return update

    def _looked_into(self) -> bool:
        return bool(self.complaint_disclosed_at and self.department and self.department.takes_complaints)

    def _hand_to(self, department, *, by, text=""):
        self.department = department
        self._keep("department")
        update = self.record("department", by=by, text=text, department=department)
        posted = Posting.objects.current().filter(team__department=department, person__is_active=True)
        for member in User.objects.filter(pk__in=posted.values("person")).exclude(pk=self.about_person_id):
            self.notify("department", to="person", person=member, update=update)
        return update

    def name_person(self, about, *, by, version=None):
        """It is about `about`, a member of the force, who sees it no longer; about the commander, it goes to the desk."""
        with self._held(version) as concern:
            concern.about_person = about
            if concern.officer_id == about.pk:
                concern.officer = None
            leads = concern._led_by(about, concern.area_id)
            if leads:
                concern.desk_reason = self.DeskReason.ABOUT_COMMANDER
                concern.team = concern.officer = None
            concern._keep("about_person", "team", "officer", "desk_reason")
            update = concern.record("about", by=by, officer=about)
            if leads:
                concern.notify("desk", to="desk", update=update)
        return update

    @staticmethod
    def _led_by(person, area_id) -> bool:
        return area_id is not None and Area.objects.led_by(person).filter(pk=area_id).exists()

    def review_safety(self, needed, text, *, by, version=None):
        """Put it into safety review, which the desk sees, too, or take it out again; `text` says why, internally."""
        with self._held(version) as concern:
            concern.safety = needed
            concern._keep("safety")
            update = concern.record("note", by=by, text=_written(text))
            if needed:
                concern.notify("desk", to="desk", update=update)
        return update

    def propose_move(self, area, reason, *, by, version=None):
        """Ask the commander to move it to `area`. Raises `AlreadyThere`, `TextNeeded`."""
        with self._held(version) as concern:
            if area.pk == concern.area_id:
                raise AlreadyThere(area=area)
            concern._keep()
            update = concern.record("move_proposed", by=by, text=_written(reason), from_area=concern.area, to_area=area)
            concern.notify("move_proposed", update=update)
        return update

    def move_to_area(self, area, reason, *, by, ward=None, settled=False, version=None):
        """Give it to another area at once. The clock runs on, the assignment is cleared, the new commander is told.

        An area may move it on or return it once; where a third move is asked for, the desk decides. `settled`: the desk
        moves it, which is never sent back to the desk. The old area keeps one line without text (`moved_from`).
        Raises `AlreadyThere`, `AboutThem`, `WardElsewhere`, `TextNeeded`, and `Stale` for the second of two movers.
        """
        with self._held(version) as concern:
            if area.pk == concern.area_id:
                raise AlreadyThere(area=area)
            reason = _written(reason)
            if concern.moves >= MOVES_BETWEEN_AREAS and not settled:
                return concern._hand_to_desk(reason, by=by)
            old = concern.area
            concern._settle_in(area, ward)
            concern.previous_area, concern.moves = old, concern.moves + 1
            concern._keep("area", "ward", "team", "officer", "problem", "desk_reason", "previous_area", "moves")
            update = concern.record("area_move", by=by, text=reason, from_area=old, to_area=area)
            concern._say_who_has_it(area)
            concern.notify("moved", update=update)
        return update

    def _settle_in(self, area, ward):
        if ward and ward.area_id != area.pk:
            raise WardElsewhere(ward=ward, area=area)
        if self.about_person_id and self._led_by(self.about_person, area.pk):
            raise AboutThem(who=self.about_person)
        if ward is None and self.ward and self.ward.area_id == area.pk:
            ward = self.ward
        if self.problem and self.problem.area_id != area.pk:
            self.problem = None
        self.area, self.ward = area, ward
        self.team = self.officer = None
        self.desk_reason = ""

    def _hand_to_desk(self, reason, *, by):
        self.desk_reason = self.DeskReason.MOVED_TOO_OFTEN
        self.team = self.officer = None
        self._keep("desk_reason", "team", "officer")
        update = self.record("area_move", by=by, text=reason, from_area=self.area)
        self.notify("desk", to="desk", update=update)
        return update

    def _say_who_has_it(self, area):
        words = _("Your concern is now with the police in %(area)s. The time for our reply stays the same.")
        told = self.record("area_move", side="system", public=True, text=words % {"area": area}, to_area=area)
        self.notify("status", to="reporter", update=told)

    def place_in(self, area, *, by, ward=None, reason="", version=None):
        """The desk gives what it holds to an `area`, and perhaps a `ward` of it.

        Raises `NotAtDesk`, `AboutThem`, `WardElsewhere`.
        """
        with self._held(version) as concern:
            if not concern.desk_reason:
                raise NotAtDesk
            old = concern.area
            concern._settle_in(area, ward)
            if old is None:
                concern.route_basis, concern.certain = str(_("Placed by the force desk")), ward is not None
            concern._keep("area", "ward", "team", "officer", "problem", "desk_reason", "route_basis", "certain")
            update = concern.record(
                "placed", by=by, text=reason.strip(), from_area=old if old != area else None, to_area=area
            )
            concern._say_who_has_it(area)
            concern.notify("moved", update=update)
        return update

    @classmethod
    def figures_by_area(cls) -> dict[int, dict[str, int]]:
        """For those who see figures and no text: the figures of each area, by its id."""
        return cls.objects.figures(by="area")

    @classmethod
    def moved_from(cls, area, user):
        """What `area` gave away: dicts reference, at, to_area (a name, None for the desk), newest first; never text."""
        lines = cls._meta.get_field("updates").related_model.objects.filter(from_area=area, kind__in=LEAVING)
        lines = lines.exclude(concern__area=area, concern__desk_reason="").exclude(concern__about_person=user)
        return lines.order_by("-at").values("at", reference=F("concern__reference"), to=F("to_area__name"))


def _written(text: str) -> str:
    """`text` without blank ends. Raises `TextNeeded` where nothing is left."""
    if not (text := text.strip()):
        raise TextNeeded
    return text


def new_reference(prefix: str) -> str:
    """A random reference such as `WMP-7KQ3-F9XD`: 36 bits, readable on the phone."""
    letters = "".join(secrets.choice(REFERENCE_LETTERS) for _i in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


def hash_key(key: UUID) -> str:
    """The keyed hash under which a concern keeps its idempotency key."""
    return _keyed("key", str(key))


def follow_code(key: UUID) -> str:
    """The follow-up code of a concern: HMAC-SHA256 of its idempotency key, 80 bits, four groups of four letters."""
    digest = hmac.new(_purpose("follow-code"), key.bytes, hashlib.sha256).digest()
    letters = base64.b32encode(digest[:10]).decode()
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def hash_code(code: str) -> str:
    """The hash of a typed code, forgiving case, spaces, dashes and the look-alikes 0 for O, 1 for I, 8 for B."""
    plain = "".join(ch for ch in code.upper() if ch.isalnum()).translate(str.maketrans("018", "OIB"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _purpose(name: str) -> bytes:
    return hashlib.sha256(f"{name}:{settings.SECRET_KEY}".encode()).digest()


def _keyed(purpose: str, text: str) -> str:
    return hmac.new(_purpose(purpose), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _canonical(answers: dict, route) -> str:
    plain = {k: (v.code if isinstance(v, Category) else v) for k, v in answers.items()}
    plain["asked"] = route.asked if route else ""
    return json.dumps(plain, sort_keys=True, default=str)
