"""A concern that a person told us, and its life. Who may see it: scope.py; how it comes in: receiving.py; its verbs:
casework.py, timing.py, joining.py, handing.py, passing.py, reporter.py, objecting.py.

`move_to` is the only writer of the state; every act appends a `ConcernUpdate` and enqueues who must be told, in one
transaction, after taking the row's lock.
"""

from contextlib import contextmanager

from cryptography.fernet import InvalidToken
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area, Ward
from feedback import clock, personal
from feedback.lifecycle import MOVES, MoveNotAllowed, Outcome, OutcomeNeeded, Pause, Repeat, Status
from hubs.ladder import Rung
from hubs.models import Department, Team

from .casework import Casework
from .category import Category, Partner
from .doubt import Doubt
from .handing import Handing
from .joining import Joining
from .objecting import Objecting
from .passing import Passing
from .problem import Problem
from .receiving import Receiving
from .repeating import Repeating
from .reporter import Reporter
from .safeguarding import Safeguarding
from .scope import UNRECORDED, WAITS_LAST, ConcernQuerySet
from .sealing import unseal
from .timing import Timing


class Stale(Exception):
    """Somebody else saved the concern since the page was shown."""


class Concern(
    Receiving,
    Casework,
    Passing,
    Timing,
    Joining,
    Handing,
    Reporter,
    Objecting,
    Safeguarding,
    Doubt,
    Repeating,
    models.Model,
):
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
        EMAIL = "email", _("E-mail")

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
    sealed_words = models.TextField(blank=True, editable=False)  # what the person marked for officers only
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
    suspected = models.BooleanField(_("may not be a real concern"), default=False)
    doubted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, db_index=False, null=True, blank=True, related_name="+", editable=False
    )
    repeat = models.CharField(_("repeat victim"), max_length=5, choices=Repeat.choices, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # The clock. All aware datetimes, stored in UTC.
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("reply due"), null=True, blank=True, editable=False)
    soon_at = models.DateTimeField(null=True, blank=True, editable=False)  # when three quarters of the time are over
    acknowledged_at = models.DateTimeField(null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Where the person came back: when the clock began anew, what became of the first one, and how many were missed before.
    returned_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    missed_before = models.PositiveSmallIntegerField(default=0, editable=False)
    pause = models.CharField(max_length=10, choices=Pause.choices, blank=True, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    climbed = models.CharField(max_length=10, choices=Rung.choices, blank=True, editable=False)
    climbed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reading_climbed = models.CharField(max_length=10, choices=Rung.choices, blank=True, editable=False)
    reading_climbed_at = models.DateTimeField(null=True, blank=True, editable=False)
    crime_disclosed_at = models.DateTimeField(null=True, blank=True, editable=False)
    crime_recorded_at = models.DateTimeField(null=True, blank=True, editable=False)
    crime_reference = models.CharField(_("crime number"), max_length=40, blank=True)
    crime_climbed = models.CharField(max_length=10, choices=Rung.choices, blank=True, editable=False)
    crime_climbed_at = models.DateTimeField(null=True, blank=True, editable=False)
    complaint_disclosed_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Exactly once, and followed with a code of which only the hash is kept.
    key_hash = models.CharField(max_length=64, editable=False)
    body_hash = models.CharField(max_length=64, editable=False)
    code_hash = models.CharField(max_length=64, editable=False)
    # What another service was told when it was taken, word for word: a replay says the same, whatever has changed since.
    receipt = models.JSONField(null=True, editable=False)

    danger = ()  # what the safety rules found, while it comes in

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
            models.CheckConstraint(
                condition=Q(pause="", paused_until__isnull=True) | ~Q(pause="") & Q(paused_until__isnull=False),
                name="concern_pause_has_a_reason_and_an_end",
            ),
        ]
        indexes = [
            models.Index(fields=["area", "-received_at", "-id"], name="concern_area_received"),
            models.Index(fields=["area", "status", "due_at"], name="concern_area_status_due"),
            # The queue's order, followed by all that the figures of an area ask, so that they read no row.
            models.Index(
                F("area"),
                WAITS_LAST,
                *map(
                    F,
                    (
                        "due_at",
                        "id",
                        "answered_at",
                        "team",
                        "officer",
                        "safety",
                        "desk_reason",
                        "about_person",
                        "soon_at",
                        "suspected",
                    ),
                ),
                condition=~Q(status="resolved"),
                name="concern_area_queue",
            ),
            # Both orders of the queue for who sees every area: else PostgreSQL sorts all that the force ever got.
            models.Index(WAITS_LAST, F("due_at"), F("id"), condition=~Q(status="resolved"), name="concern_queue"),
            models.Index(fields=["-received_at", "-id"], name="concern_received"),
            # What was answered or closed lately. A concern that comes in is neither, so it pays for none of them.
            models.Index(
                fields=["area", "-answered_at"], condition=Q(answered_at__isnull=False), name="concern_area_answered"
            ),
            models.Index(fields=["area", "-resolved_at"], condition=Q(status="resolved"), name="concern_area_closed"),
            models.Index(fields=["area", "received_at"], condition=UNRECORDED, name="concern_crime_to_record"),
            models.Index(fields=["due_at"], condition=~Q(desk_reason=""), name="concern_at_desk"),
            models.Index(fields=["due_at"], condition=Q(safety=True), name="concern_in_safety_review"),
            models.Index(fields=["area", "-received_at"], condition=Q(suspected=True), name="concern_suspected"),
            models.Index(fields=["area", "repeat"], condition=~Q(repeat=""), name="concern_of_a_repeat_victim"),
            # Few are at a partner, and who comes in is at none.
            models.Index(fields=["partner"], condition=Q(partner__isnull=False), name="concern_of_partner"),
            # The desk's lists ask for those about whoever leads the area: without this they read every concern of the force.
            models.Index(
                fields=["about_person"], condition=Q(about_person__isnull=False), name="concern_about_somebody"
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("casework:concern", args=[self.reference])

    @property
    def clock(self) -> clock.Clock:
        """The response clock as it reads now; of what ended without a reply, as it read then: in time, no reply is due."""
        ended = self.resolved_at if self.due_at and not self.answered_at else None
        return clock.reading(
            received=self.clock_from, due=None if ended and ended <= self.due_at else self.due_at,
            answered=self.answered_at, soon=self.soon_at, now=ended,
            paused=str(self.get_pause_display()) if self.pause else "",
        )  # fmt: skip

    @property
    def reports_asb(self) -> bool:
        """Whether it counts as a report of antisocial behaviour for a case review: an idea or thanks about it is none."""
        return self.kind == self.Kind.CONCERN and bool(self.category.asb_qualifier)

    @property
    def clock_from(self):
        """When the clock began: with what was told, or with the last time that the person came back."""
        return self.returned_at or self.received_at

    @property
    def first_words(self) -> str:
        """The beginning of the text, for a list."""
        if not self.text:
            return str(_("[The words were removed]"))
        return self.text if len(self.text) <= 120 else self.text[:117].rsplit(" ", 1)[0] + "…"

    @property
    def words_for_officers(self) -> list[tuple[str, bool]]:
        """The text in pieces, with what is for officers only in its place: (words, for officers only).

        For the page of the concern alone: nothing that is published or goes to a partner may show it.
        """
        return personal.in_place(self.text, self.for_officers)

    @property
    def for_officers(self) -> dict[str, str]:
        """What is for officers only, by its number in the marks; nothing where no key opens it any more."""
        try:
            return unseal(self.sealed_words) if self.sealed_words else {}
        except InvalidToken:
            return {}

    @property
    def owner_label(self) -> str:
        """Who has it, in words: the person, or else the team; empty while nobody has."""
        return str(self.officer or self.team or "")

    @property
    def why_here(self) -> str:
        """Why it came here, as people read it: what was given, and the place to which that led."""
        return self.route_basis.replace(" -> ", ": ")

    @property
    def at_desk(self) -> bool:
        return bool(self.desk_reason)

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

    def move_to(self, status, *, by=None, note="", outcome="", decision="", public=True, side="force", tell=True):
        """Move to `status` (a `Status`), the only way there is; resolving needs an `Outcome`.

        `decision`: what whoever read it decided that it is. Locks the row, checks the table of moves, keeps the times,
        appends the history and tells the reporter where `public` and `tell`. Raises `MoveNotAllowed`, and `OutcomeNeeded`
        where it would resolve without one.
        """
        with transaction.atomic():
            concern = self.locked()
            old = concern.status
            if status not in MOVES[old]:
                raise MoveNotAllowed(old, status)
            if status == Status.RESOLVED and outcome not in Outcome.values:
                raise OutcomeNeeded
            now = timezone.now()
            if status == Status.RESOLVED and concern.pause:
                concern._end_pause(by=by)
            concern.status = status
            concern.outcome = outcome if status == Status.RESOLVED else ""
            concern.resolved_at = now if status == Status.RESOLVED else None
            if by and not concern.acknowledged_at:
                concern.acknowledged_at = now
            concern._keep("status", "outcome", "resolved_at", "acknowledged_at")
            update = concern.record(
                "status", by=by, side=side, public=public, text=note,
                from_status=old, to_status=status, outcome=concern.outcome, decision=decision,
            )  # fmt: skip
            if public and tell:
                concern.notify("status", to="reporter", update=update)
        self.refresh_from_db()
        return update

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

    def _decided_by(self, by, decision, status=Status.ACKNOWLEDGED):
        """A received concern becomes `status`, because `by` has read it and made a `Decision`; others stay as they are.

        Only what nobody can do without having decided comes here: a reply, a crime, a complaint. To give it away, to ask or to
        wait decides nothing, so the hours for reading it run on.
        """
        if self.status == Status.RECEIVED:
            self.move_to(status, by=by, tell=False, decision=decision)

    @classmethod
    def figures_by_area(cls) -> dict[int, dict[str, int]]:
        """For those who see figures and no text: the figures of each area, by its id."""
        return cls.objects.figures(by="area")
