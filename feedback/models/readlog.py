"""Who read what, when and why; and what retention and erasure removed."""

from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .concern import Concern
from .rows import put_in
from .update import AppendOnlyModel


class ReadLog(AppendOnlyModel):
    """One opening, list, search or export of concerns, written in the same request before anything is shown."""

    class What(models.TextChoices):
        CONCERN = "concern", _("Opened a concern")
        LIST = "list", _("Listed or searched")
        CONTACT = "contact", _("Opened contact details")
        PHOTO = "photo", _("Opened a photo")
        EXPORT = "export", _("Exported")

    at = models.DateTimeField(default=timezone.now, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=10, choices=What.choices)
    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, null=True, related_name="+")
    door = models.CharField(max_length=60)  # the route's name, such as casework:queue
    why = models.CharField(max_length=300, blank=True)
    rows = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("read log")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["person", "-at"], name="readlog_person_at")]

    def __str__(self):
        return f"{self.person}: {self.get_what_display()}"


class NotRecorded(Exception):
    """A reading could not be written down, so nothing may be shown: answer 503."""


def record_reading(user, what, *, door, concern=None, why="", rows=1):
    """Write down that `user` is about to read, before anything is shown; raises `NotRecorded` where that fails.

    `what`: a `ReadLog.What`; `door`: the route's name, such as "casework:queue"; `why`: the reason given, or the filters
    and search words; `rows`: how many concerns are shown.
    """
    reading = ReadLog(person=user, what=what, door=door[:60], concern=concern, why=why[:300], rows=rows)
    try:
        # A savepoint, so that a caller's transaction can still answer after a failure.
        with transaction.atomic():
            put_in(reading)
    except DatabaseError as error:
        raise NotRecorded from error


class PurgeRecord(models.Model):
    """What retention or erasure removed from append-only tables: written by PostgreSQL's trigger, row by row."""

    at = models.DateTimeField(default=timezone.now)
    purpose = models.CharField(max_length=20)  # retention, or erase
    table = models.CharField(max_length=60)
    row = models.BigIntegerField()
    act = models.CharField(max_length=10)  # UPDATE or DELETE

    class Meta:
        verbose_name = _("removal")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.purpose}: {self.table} {self.row}"
