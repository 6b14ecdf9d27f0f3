"""How long each kind of record is kept: a schedule that staff read and change, and what stops it for one concern."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Dated
from accounts.stamp import PublicFact, today_in_london


class RetentionRule(PublicFact):
    """How many months one kind of record is kept, why, and who says so; feedback/privacy.py carries it out."""

    class Record(models.TextChoices):
        CONTACT = "contact", _("Name, e-mail and phone, after the concern was closed")
        WORDS = "words", _("What was written, and where, after the concern was closed")
        SEARCHES = "searches", _("Reasons and search words in the list of who read what")
        READING = "reading", _("Who read what, and when")
        QUESTION = "question", _("Questions that stayed unpublished, after their meeting")
        SERVICE = "service", _("What people wrote about this website")

    record = models.CharField(_("record"), max_length=20, choices=Record.choices, unique=True)
    months = models.PositiveSmallIntegerField(_("months"), validators=[MinValueValidator(1)])
    reason = models.CharField(_("reason"), max_length=300)
    source = models.CharField(_("who says so"), max_length=200)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("retention time")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=models.Q(months__gte=1), name="retention_of_a_month_at_least")]

    def __str__(self):
        return self.get_record_display()


class Hold(models.Model):
    """Nothing of this concern is removed meanwhile: a court, an inquiry or a complaint needs it."""

    reference = models.CharField(_("reference of the concern"), max_length=20)
    reason = models.CharField(_("reason"), max_length=300)
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day. Empty: until further notice.")
    )

    objects = Dated.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("hold")
        ordering = ["-from_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("from_date")),
                name="hold_ends_after_it_begins",
            )
        ]

    def __str__(self):
        return self.reference
