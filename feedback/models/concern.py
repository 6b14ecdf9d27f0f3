"""A concern that a person told us, who may see it, and its life.

`move_to` is the only writer of the state; every act appends a `ConcernUpdate` and enqueues who must be told, in one
transaction, after taking the row's lock.
"""

import base64
import hashlib
import hmac
import json
import secrets
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area, Force, Ward
from areas.routing import Route
from feedback import clock
from feedback.access import reach_of
from feedback.lifecycle import MOVES, MoveNotAllowed, Outcome, Status
from hubs.models import Department, Team

from .category import Category, Partner

# Without vowels no word appears by chance; without look-alikes it can be read out on the phone.
REFERENCE_LETTERS = "CDFGHJKMNPQRTVWX23456789"


class KeyReused(Exception):
    """An idempotency key came again with other words. `str()` is a sentence that reveals nothing of the first."""

    def __init__(self):
        super().__init__(_("This form was already used for something else. Please start again."))


class Stale(Exception):
    """Somebody else saved the concern since the page was shown."""


class ConcernQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The concerns that `user` may see today: every page, API, admin, search, file and count starts from here."""
        reach = reach_of(user)
        if reach.auditor:
            return self.exclude(about_person=user)
        seen = Q(pk__in=[])
        if reach.areas:
            seen |= Q(area__in=reach.areas, desk_reason="")
        if reach.departments:
            seen |= Q(department__in=reach.departments)
        if reach.desk:
            vacant = Area.objects.vacant().values_list("pk", flat=True)
            seen |= Q(area__isnull=True) | ~Q(desk_reason="") | Q(safety=True) | Q(area__in=list(vacant))
        # A concern about a named officer is hidden from that officer through every door.
        return self.filter(seen).exclude(about_person=user)

    def open(self):
        """Those that are not resolved."""
        return self.exclude(status=Status.RESOLVED)

    def awaiting_reply(self):
        """Open concerns on the clock without a meaningful reply."""
        return self.open().filter(due_at__isnull=False, answered_at__isnull=True)

    def overdue(self, now=None):
        """Those whose reply is missed at `now`."""
        return self.awaiting_reply().filter(due_at__lt=now or timezone.now())

    def due_soon(self, now=None):
        """Those whose reply is due within the last quarter of the clock."""
        now = now or timezone.now()
        return self.awaiting_reply().filter(due_at__gte=now, due_at__lte=now + clock.SOON)

    def unassigned(self):
        """Open concerns that neither a team nor a person has."""
        return self.open().filter(team__isnull=True, officer__isnull=True)


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
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="concerns", verbose_name=_("category"))
    text = models.TextField(_("what has been happening"))
    place = models.CharField(_("where exactly"), max_length=300, blank=True)
    times = models.CharField(_("times and days"), max_length=200, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    language = models.CharField(_("language"), max_length=10, default="en-gb")

    # Where it went, and why: as decided when it was received, or moved since.
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    postcode = models.CharField(_("postcode"), max_length=8, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    route_basis = models.CharField(_("why it came here"), max_length=300, blank=True)
    certain = models.BooleanField(_("the place is certain"), default=True)
    near_edge = models.BooleanField(_("within 100 m of an area's edge"), default=False)
    desk_reason = models.CharField(_("at the desk because"), max_length=20, choices=DeskReason.choices, blank=True)
    previous_area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="moved_away")
    moves = models.PositiveSmallIntegerField(_("moves between areas"), default=0)

    # Who has it.
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    officer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns")
    about_person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

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
            models.Index(
                fields=["area", "due_at"],
                condition=Q(answered_at__isnull=True) & ~Q(status="resolved"),
                name="concern_area_awaiting",
            ),
            models.Index(
                fields=["area"],
                condition=Q(team__isnull=True, officer__isnull=True) & ~Q(status="resolved"),
                name="concern_area_unassigned",
            ),
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
        """Who has it, in words."""
        return " / ".join(str(owner) for owner in (self.officer, self.team) if owner) or str(_("nobody yet"))

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
                existing = cls.objects.filter(key_hash=key_hash).select_related("area", "ward", "category").first()
                if existing:
                    return existing._replayed(body_hash), False
        raise IntegrityError("no free reference after five tries")

    @classmethod
    def _build(cls, key, answers, route, channel):
        received = timezone.now()
        kind, category = answers.get("kind") or cls.Kind.CONCERN, answers["category"]
        force = Force.objects.get()
        concern = cls(
            reference=new_reference(force.reference_prefix),
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

    def notify(self, kind, *, to="commander", update=None, person=None):
        """Write the outbox row for `kind`; who that is today is decided when it is sent. Wake the worker."""
        row = self.notifications.create(kind=kind, recipient=to, update=update, person=person)
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

    def move_to(self, status, *, by=None, note="", outcome="", public=True, side="force"):
        """Move to `status` (a `Status`), the only way there is; resolving needs an `Outcome`.

        Locks the row, checks the table of moves, keeps the times, appends the history and tells the reporter where
        `public`. Raises `MoveNotAllowed`.
        """
        with transaction.atomic():
            concern = self.locked()
            old = concern.status
            if status not in MOVES[old]:
                raise MoveNotAllowed(old, status)
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
            if public:
                concern.notify("status", to="reporter", update=update)
        self.refresh_from_db()
        return update


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
