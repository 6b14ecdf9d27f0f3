"""WHO SIGNS IN: the person and their force-wide roles. Rights bound to an area are rows in `areas` and `hubs`."""

import hashlib
import re
import secrets
from contextlib import contextmanager, nullcontext

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .held import Held
from .imports import Import, ImportFile, ImportLine
from .stamp import PublicFact, PublicFactQuerySet, Stamp, today_in_london

__all__ = ["ApiKey", "ForceRole", "Import", "ImportFile", "ImportLine", "RateCount", "Stamp", "User"]


class Dated(models.QuerySet):
    """Rows that hold from one day to another, both included, in Europe/London."""

    def on(self, day):
        """Those in force on `day`, a date."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), from_date__lte=day)

    def current(self):
        """Those in force today in Europe/London."""
        return self.on(today_in_london())


class PeopleQuerySet(PublicFactQuerySet):
    """Bulk writes of addresses leave nobody an old one, as single saves do."""

    def update(self, **values):
        with transaction.atomic():
            changed = super().update(**values)
            if "email" in values:
                forget_old_addresses()
        return changed

    @contextmanager
    def bulk(self, objs, fields=()):
        with transaction.atomic(), super().bulk(objs, fields):
            yield
            if "email" in fields:
                forget_old_addresses()

    def bulk_update(self, objs, fields, **options):
        with transaction.atomic():
            changed = super().bulk_update(objs, fields, **options)
            if "email" in fields:
                forget_old_addresses()
        return changed


def forget_old_addresses() -> None:
    """Have allauth know nobody by an address that is theirs no longer: it signs people in by those that it wrote down."""
    written = apps.get_model("account", "EmailAddress").objects
    written.exclude(email=F("user__email")).delete()


class UserManager(BaseUserManager.from_queryset(PeopleQuerySet)):
    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def create_user(self, email, password=None, **fields):
        """A person who signs in with `email`; without a password the account can't be used until one is set."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save()
        return person

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(PublicFact, AbstractBaseUser, PermissionsMixin):
    """A member of the force. The public never needs an account."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    rank = models.CharField(_("rank"), max_length=60, blank=True)
    collar_number = models.CharField(_("collar number"), max_length=20, unique=True, null=True, blank=True)
    public_name = models.BooleanField(
        _("the public may see the name"), default=False, help_text=_("Otherwise the public sees the role and the team.")
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case")]

    def __str__(self):
        return f"{self.rank} {self.name}".strip()

    def save(self, *args, **kwargs):
        self.email = self.email.lower()
        self.collar_number = self.collar_number or None
        known = getattr(self, "_email_then", None)
        with transaction.atomic() if known and known != self.email else nullcontext():
            super().save(*args, **kwargs)
            if known and known != self.email:
                forget_old_addresses()
        self._email_then = self.email

    @classmethod
    def from_db(cls, db, field_names, values):
        person = super().from_db(db, field_names, values)
        person._email_then = person.__dict__.get("email", "not read")
        return person

    def _get_session_auth_hash(self, secret=None):
        """Django's, with the address: whoever is signed in when it changes, through any door, is out at the next request."""
        salt = "accounts.models.User.session"
        return salted_hmac(salt, f"{self.password}\n{self.email}", secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return self.name

    @property
    def first_name(self):
        """Asked for by allauth; the portal keeps one name, as people write it."""
        return self.name

    @property
    def public_words(self) -> str:
        """Rank and name where the public may see them, otherwise "": the caller then says the role."""
        return f"{self.spoken_rank} {self.name}".strip() if self.public_name else ""

    @property
    def spoken_rank(self) -> str:
        """The rank in the reader's language, where it is one of the force pack's; what staff wrote otherwise stays as it is."""
        return gettext(self.rank) if self.rank else ""

    def has_role(self, role: str) -> bool:
        """Whether this person holds the force-wide `role` (a `ForceRole.Role`) today."""
        return role in self.current_roles

    @property
    def keeps_whole_force(self) -> bool:
        """Whether this person keeps the people and places of every area today."""
        return self.is_superuser or self.has_role(ForceRole.Role.STAFF_ADMIN)

    @property
    def current_roles(self) -> frozenset:
        """The force-wide roles held today; read once for each object, so a new request sees a change at once."""
        if not hasattr(self, "_current_roles"):
            self._current_roles = frozenset(self.force_roles.current().values_list("role", flat=True))
        return self._current_roles


class ForceRole(Held, models.Model):
    """A force-wide role that a person holds from one day to another."""

    HELD = ("person", "role", "from_date")

    class Role(models.TextChoices):
        DESK = "desk", _("Force desk")
        OVERVIEW = "overview", _("Force overview")
        STAFF_ADMIN = "staff_admin", _("Staff admin")
        AUDITOR = "auditor", _("Auditor")

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="force_roles", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day. Empty: until further notice.")
    )

    objects = Dated.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("force-wide role")
        ordering = ["person", "role", "-from_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("from_date")), name="force_role_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["person", "role", "from_date"], name="force_role_once_a_day"),
        ]

    def __str__(self):
        return f"{self.person}: {self.get_role_display()}"


class RateCount(models.Model):
    """How often one caller did one thing in one window; keys are daily salted hashes, never addresses.

    PostgreSQL keeps this table unlogged: a counter may be lost in a crash, and costs no flush to disk.
    """

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    expires = models.DateTimeField(db_index=True)

    def __str__(self):
        return f"{self.count} until {self.expires:%H:%M}"


class ApiKey(models.Model):
    """With it a system of the force reads what is public at a rate of its own, and nothing else. Only its hash is kept."""

    SHAPE = re.compile(r"[0-9a-f]{8}\.[\w-]{43}", re.ASCII)

    client = models.CharField("which system uses it", max_length=100)
    until = models.DateField("until", help_text="The last day on which it works.")
    prefix = models.CharField("begins with", max_length=8, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    made_at = models.DateTimeField("made", default=timezone.now, editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, editable=False)
    last_used = models.DateField("last used on", null=True, editable=False)

    history = HistoricalRecords(excluded_fields=["digest", "last_used"])

    class Meta:
        verbose_name = "API key"
        ordering = ["client", "-made_at"]

    def __str__(self):
        return f"{self.client} ({self.prefix}…)"

    def issue(self, *, by) -> str:
        """Give it a new key and save it; returns the key, which nobody can read again."""
        self.prefix, self.made_by = secrets.token_hex(4), by
        key = f"{self.prefix}.{secrets.token_urlsafe(32)}"
        self.digest = self._digest_of(key)
        self.save(force_insert=True)
        return key

    @staticmethod
    def _digest_of(key: str) -> str:
        # 256 random bits can't be guessed from their hash, so it need not be slow.
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def known(cls, key: str) -> "ApiKey | None":
        """The row whose `key` this is, if it works today; that it was used today is written down."""
        if not cls.SHAPE.fullmatch(key):
            return None
        today = today_in_london()
        row = cls.objects.filter(digest=cls._digest_of(key), revoked_at__isnull=True, until__gte=today).first()
        if row and row.last_used != today:
            cls.objects.filter(pk=row.pk).update(last_used=today)
        return row

    @property
    def state(self) -> str:
        """Whether it works today, in a word."""
        return "revoked" if self.revoked_at else "ended" if self.until < today_in_london() else "works"

    def revoke(self) -> None:
        """End it at once and for good."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])
