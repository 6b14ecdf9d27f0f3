"""The append-only history of a concern."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area
from feedback.lifecycle import Decision, Outcome, Pause, Status
from hubs.ladder import Rung
from hubs.models import Department, Team

from .category import Partner
from .concern import Concern


class AppendOnly(Exception):
    """History can't be changed or deleted, except by retention and erasure, which write it down."""


class AppendOnlyQuerySet(models.QuerySet):
    """Refuses what would change or lose history; PostgreSQL's triggers refuse it below this, too."""

    def update(self, **values):
        raise AppendOnly("history is never changed")

    def delete(self):
        raise AppendOnly("history is never deleted")

    def bulk_update(self, objs, fields, **options):
        raise AppendOnly("history is never changed")

    def bulk_create(self, objs, batch_size=None, ignore_conflicts=False, update_conflicts=False, **options):
        if update_conflicts:
            raise AppendOnly("history is never changed")
        return super().bulk_create(objs, batch_size, ignore_conflicts, **options)


class AppendOnlyModel(models.Model):
    """Rows are added, never changed or deleted."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise AppendOnly("history is never changed")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args, **kwargs):
        raise AppendOnly("history is never deleted")


class ConcernUpdate(AppendOnlyModel):
    """One thing that happened to a concern: who, when, what, and whether the reporter sees it."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Received")
        STATUS = "status", _("Status")
        ASSIGNED = "assigned", _("Given to")
        REPLY = "reply", _("Reply")
        NOTE = "note", _("Note")
        MESSAGE = "message", _("Message from the person who told us")
        AREA_MOVE = "area_move", _("Moved to another area")
        MOVE_PROPOSED = "move_proposed", _("Move proposed")
        PLACED = "placed", _("Placed by the desk")
        REFERRAL = "referral", _("Referred to a partner")
        CRIME = "crime", _("Crime disclosed")
        COMPLAINT = "complaint", _("Complaint disclosed")
        ABOUT = "about", _("About a named officer")
        DEPARTMENT = "department", _("Handed to a department")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        PROBLEM = "problem", _("Part of a problem")
        ERASED = "erased", _("Words and contact erased")
        HOLDING = "holding", _("Holding reply")
        ASKED = "asked", _("Question to the person who told us")
        PAUSED = "paused", _("Clock paused")
        RESUMED = "resumed", _("Clock goes on")
        CLIMBED = "climbed", _("Told on the ladder")
        SPLIT = "split", _("Split in two")
        ANSWERED = "answered", _("Answer of a partner")
        RATING = "rating", _("Rating of the first reply")
        CORRECTION = "correction", _("Corrected by the person who told us")
        FORMAT = "format", _("Asked for another format or an interpreter")
        RECOURSE = "recourse", _("Recourse asked for")
        REPEAT = "repeat", "Repeat victim"
        RECOURSE_REPLY = "recourse_reply", _("Recourse answered")

    class Side(models.TextChoices):
        PUBLIC = "public", _("The person who told us")
        FORCE = "force", _("The police")
        SYSTEM = "system", _("This portal")
        PARTNER = "partner", _("A partner")

    class How(models.TextChoices):
        WRITTEN = "written", _("In writing, here")
        PHONE = "phone", _("By phone")
        PERSON = "person", _("In person")

    # Only the concern is asked by: an index for each of the others would cost every line of history.
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="updates")
    at = models.DateTimeField(default=timezone.now, editable=False)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    side = models.CharField(max_length=10, choices=Side.choices)
    public = models.BooleanField(default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    by_label = models.CharField(max_length=200, blank=True)  # as the person was called then
    text = models.TextField(blank=True)

    from_status = models.CharField(max_length=12, choices=Status.choices, blank=True)
    to_status = models.CharField(max_length=12, choices=Status.choices, blank=True)
    outcome = models.CharField(max_length=15, choices=Outcome.choices, blank=True)
    from_area = models.ForeignKey(Area, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    to_area = models.ForeignKey(Area, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    officer = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    how = models.CharField(max_length=10, choices=How.choices, blank=True)
    happened_at = models.DateTimeField(null=True)  # when an answer by phone or in person was given
    due_at = models.DateTimeField(null=True)  # the due time as it is from now on, where this moved it
    rung = models.CharField(max_length=10, choices=Rung.choices, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    pause = models.CharField(max_length=10, choices=Pause.choices, blank=True)
    other = models.ForeignKey(Concern, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    said_by = models.CharField(max_length=100, blank=True)  # who spoke, where not who wrote
    detail = models.CharField(max_length=20, blank=True)  # what was chosen: the rating, the format
    key = models.UUIDField(null=True, editable=False)  # of the reporter's form, which counts once

    class Meta:
        verbose_name = _("update")
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["from_area", "kind", "-at"], name="update_from_area"),
            models.Index(fields=["-at"], condition=models.Q(kind="message"), name="update_messages"),
        ]
        # Without the condition each line that comes with a new concern would cost an entry.
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=models.Q(key__isnull=False), name="update_form_once")
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.at:%d %b %Y}"


@dataclass(frozen=True)
class Entry:
    """One line of a history in words, for either side, as `_partials/timeline.html` shows it."""

    side: str
    who: str
    at: datetime
    what: str
    text: str
    photos: tuple = ()  # each with its number
