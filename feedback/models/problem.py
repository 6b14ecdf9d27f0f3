"""What several concerns have in common, so that it is worked on once; a priority is a problem that the public knows of."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, F, Q, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from areas.models import Area, Priority


class Problem(models.Model):
    """Two or more concerns about the same thing. What is written here is for colleagues."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="problems", verbose_name=_("area"))
    title = models.CharField(_("title"), max_length=120, help_text=_("What and where, without names of people."))
    objective = models.TextField(_("objective"), blank=True, help_text=_("What shall be better, and by when?"))
    priority = models.ForeignKey(
        Priority, on_delete=models.PROTECT, null=True, blank=True, related_name="problems", verbose_name=_("priority"),
        help_text=_("Those who told us are told when an action of this priority is published."),
    )  # fmt: skip
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("problem")
        ordering = ["title", "pk"]

    def __str__(self):
        return self.title

    def clean(self):
        if self.priority and self.priority.area_id != self.area_id:
            raise ValidationError({"priority": _("This priority belongs to another area.")})


def count_people() -> int:
    """Count the distinct people behind each priority's concerns, and keep what changed; returns how many changed.

    Those who gave an e-mail address or a phone number count once however often they told us; each other concern counts.
    """
    contact = "problems__concerns__contact"
    person = Case(
        When(~Q(**{f"{contact}__email_key": ""}), **{f"{contact}__isnull": False}, then=F(f"{contact}__email_key")),
        When(~Q(**{f"{contact}__phone_key": ""}), **{f"{contact}__isnull": False}, then=F(f"{contact}__phone_key")),
        default=Cast("problems__concerns__pk", models.CharField()),
    )
    counted = Priority.objects.order_by().annotate(now=Count(person, distinct=True)).exclude(now=F("counted"))
    changed = list(counted.values_list("pk", "now"))
    return sum(Priority.objects.filter(pk=pk).update(counted=now) for pk, now in changed)
