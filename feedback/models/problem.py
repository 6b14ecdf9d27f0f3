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


def people(path: str = "") -> Case:
    """The expression that tells people apart: by e-mail, by phone, otherwise each concern. `path`: leads to the concern."""
    email, phone = f"{path}contact__email_key", f"{path}contact__phone_key"
    given = {f"{path}contact__isnull": False}
    return Case(
        When(~Q(**{email: ""}), **given, then=F(email)),
        When(~Q(**{phone: ""}), **given, then=F(phone)),
        default=Cast(f"{path}pk", models.CharField()),
    )


def count_people() -> int:
    """Count the distinct people behind each priority's concerns, and keep what changed; returns how many changed.

    Those who gave an e-mail address or a phone number count once however often they told us; each other concern counts,
    and so does each voice that was added.
    """
    person = people("problems__concerns__")
    voices = Count("voices__person_key", distinct=True)
    counted = Priority.objects.order_by().annotate(now=Count(person, distinct=True) + voices).exclude(now=F("counted"))
    changed = list(counted.values_list("pk", "now"))
    return sum(Priority.objects.filter(pk=pk).update(counted=now) for pk, now in changed)
