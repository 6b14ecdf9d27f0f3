"""Stop and search, as the Home Office publishes it for each force: counts of a month, never a single search."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.stamp import PublicFact


class SearchMonth(PublicFact):
    """One loaded file: a month of stop and search. A newer file of the same month takes its place."""

    month = models.DateField(_("first day"), unique=True)
    checksum = models.CharField(max_length=64)
    searches = models.PositiveIntegerField(_("searches"))
    sample = models.BooleanField(_("a sample, not the whole month"), default=False)
    loaded = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("month of stop and search")
        ordering = ["month"]

    def __str__(self):
        return f"{self.month:%B %Y}"


class SearchCount(PublicFact):
    """How many searches of the month had one value in one column."""

    class Column(models.TextChoices):
        OBJECT = "object", _("What officers searched for")
        OUTCOME = "outcome", _("What came of it")
        ETHNICITY = "ethnicity", _("Ethnic group, as people described themselves")

    month = models.ForeignKey(SearchMonth, on_delete=models.CASCADE, related_name="counts")
    column = models.CharField(max_length=10, choices=Column.choices)
    value = models.CharField(max_length=120, blank=True)  # empty: not recorded
    number = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("count of stop and search")
        ordering = ["-number", "value"]
        constraints = [models.UniqueConstraint(fields=["month", "column", "value"], name="search_count_once")]

    def __str__(self):
        return f"{self.month}: {self.value} {self.number}"
