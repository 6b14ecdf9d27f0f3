"""What was published of each month that has ended. A row is written once and never changed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Ward
from feedback.insight.rounding import in_words

from .update import AppendOnlyModel


class ClosedMonth(AppendOnlyModel):
    """A month whose figures stand."""

    month = models.DateField(_("first day"), unique=True)
    frozen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("closed month")
        ordering = ["month"]

    def __str__(self):
        return f"{self.month:%B %Y}"


class Figure(AppendOnlyModel):
    """One published figure, already rounded: what stands here may be read by anybody, and is all that is kept."""

    class Span(models.TextChoices):
        MONTH = "month", _("The month")
        QUARTER = "quarter", _("The quarter that ends with the month")
        YEAR = "year", _("The twelve months that end with the month")

    class Name(models.TextChoices):
        RECEIVED = "received", _("Concerns that people told us")
        CATEGORY = "category", _("Concerns of one kind")
        CLOSED = "closed", _("Concerns that ended")
        OUTCOME = "outcome", _("Concerns that ended in one way")
        IN_TIME = "in_time", _("Share answered in time")
        MEDIAN = "median_hours", _("Hours within which half were answered")
        SATISFIED = "satisfied", _("Share who say that the reply answered them")
        RECOURSE = "recourse", _("Requests to the commander's office to step in")
        RECOURSE_IN_TIME = "recourse_in_time", _("Share of these that were answered in time")
        CONTACTS = "named_contacts", _("Wards with a named contact")
        PRIORITIES = "priorities_with_news", _("Open priorities with news")
        MEETINGS = "meetings", _("Meetings")

    class Bound(models.TextChoices):
        UNDER = "under", _("fewer than")
        LEAST = "least", _("or more")
        MOST = "most", _("or less")

    UNITS: dict[str, str] = {
        Name.IN_TIME: "percent",
        Name.MEDIAN: "hours",
        Name.SATISFIED: "percent",
        Name.RECOURSE: "requests",
        Name.RECOURSE_IN_TIME: "percent",
        Name.CONTACTS: "wards",
        Name.PRIORITIES: "priorities",
        Name.MEETINGS: "meetings",
    }

    closed = models.ForeignKey(ClosedMonth, on_delete=models.PROTECT, related_name="figures")
    span = models.CharField(max_length=10, choices=Span.choices)
    place = models.CharField(
        _("GSS code"), max_length=9, blank=True
    )  # of the ward, else of the area, else empty: the whole force
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="figures")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, related_name="figures")
    name = models.CharField(max_length=30)  # a `Name`
    of = models.CharField(_("kind or outcome"), max_length=50, blank=True)
    value = models.PositiveIntegerField(null=True)  # None: too few to show
    bound = models.CharField(max_length=5, choices=Bound.choices, blank=True)

    class Meta:
        verbose_name = _("published figure")
        ordering = ["closed", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["closed", "span", "place", "name", "of"], name="figure_once"),
            models.CheckConstraint(condition=Q(value__isnull=False) | Q(bound=""), name="figure_bound_has_a_value"),
        ]

    def __str__(self):
        return f"{self.closed}, {self.place or 'all'}, {self.name} {self.of}"

    @property
    def unit(self) -> str:
        """What `value` counts: "concerns", "requests", "wards", "priorities", "meetings", "percent" or "hours"."""
        return self.UNITS.get(self.name, "concerns")

    @property
    def words(self) -> str:
        """The figure as people read it: "25", "fewer than 5", "90% or more"; "" where too few stand behind it."""
        return in_words(self.value, self.bound, self.unit)
