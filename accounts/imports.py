"""Files that somebody sends in to change many rows at once: who, what would change, what became of it.

Here, because an import belongs to the person who sent it and names tables of rooms above by their words alone. What a file
holds goes after a while; that there was an import, by whom and of how many rows, stays.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Import(models.Model):
    """One file on its way: read, looked at by who sent it, applied as a whole or not at all."""

    KEEP_DAYS = 14  # that what the file holds is kept

    class State(models.TextChoices):
        READING = "reading", "being read"
        FOUND = "found", "waits for a yes"
        WRONG = "wrong", "has mistakes: nothing was changed"
        APPLYING = "applying", "being applied"
        APPLIED = "applied", "applied"
        REFUSED = "refused", "refused: nothing was changed"
        DROPPED = "dropped", "thrown away"

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="by")
    table = models.CharField("table", max_length=60)  # such as hubs.posting
    name = models.CharField("file", max_length=120)
    state = models.CharField("state", max_length=10, choices=State.choices, default=State.READING)
    rows = models.PositiveIntegerField("rows")
    done = models.PositiveIntegerField(default=0)  # rows that the worker has looked at in this round
    new = models.PositiveIntegerField("new", default=0)
    changed = models.PositiveIntegerField("changed", default=0)
    same = models.PositiveIntegerField("unchanged", default=0)
    wrong = models.PositiveIntegerField("wrong", default=0)
    unseen = models.PositiveIntegerField(
        "changed without a version", default=0
    )  # rows of which it was not told what was seen
    overwrites = models.BooleanField("overwrites what is newer", default=False)  # whether somebody said so
    notes = models.JSONField(default=list, blank=True)  # sentences: what was recognised in the file
    refusal = models.JSONField(default=list, blank=True)  # sentences: why it was not applied
    sent_at = models.DateTimeField("sent", default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # when the worker was last seen at it
    ended_at = models.DateTimeField("ended", null=True, blank=True)

    class Meta:
        verbose_name = "import"
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["by", "table"], name="import_by_table")]

    def __str__(self):
        return f"{self.name}, {self.get_state_display()}"

    @property
    def works(self) -> bool:
        """Whether the worker has something to do with it."""
        return self.state in (self.State.READING, self.State.APPLYING)

    @property
    def lost(self) -> bool:
        """Whether the worker has not been seen at it for so long that somebody should look."""
        return self.works and (timezone.now() - self.seen_at).total_seconds() > 120

    def become(self, state: str, *, only_from: tuple, **values) -> bool:
        """Go over to `state`; False where it is in none of `only_from` any more."""
        now = timezone.now()
        over = {"ended_at": now} if state in (self.State.APPLIED, self.State.REFUSED, self.State.DROPPED) else {}
        rows = Import.objects.filter(pk=self.pk, state__in=only_from)
        return bool(rows.update(state=state, seen_at=now, **over, **values))

    def forget(self) -> None:
        """Throw away what the file held."""
        ImportFile.objects.filter(whole=self).delete()
        ImportLine.objects.filter(whole=self).delete()


class ImportFile(models.Model):
    """What the file holds: its headings and its rows. A table of its own, because a progress is written beside it."""

    whole = models.OneToOneField(Import, on_delete=models.CASCADE, primary_key=True, related_name="file")
    header = models.JSONField()
    cells = models.JSONField()  # [number, [cell, ...]] for each row

    def __str__(self):
        return str(self.whole)


class ImportLine(models.Model):
    """What one row would change, or why it can't."""

    whole = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()  # as a spreadsheet counts
    kind = models.CharField(max_length=10)
    label = models.CharField(max_length=200)
    facts = models.JSONField(default=list)  # [column, before, after], or [column, sentence] of what is wrong
    version = models.CharField(max_length=8, blank=True)  # of what stood there when it was looked at
    last = models.CharField(
        max_length=200, blank=True
    )  # when and by whom that was changed last, where the file does not tell what it saw

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["whole", "kind", "number"], name="import_line_kind")]

    def __str__(self):
        return f"{self.number}: {self.label}"
