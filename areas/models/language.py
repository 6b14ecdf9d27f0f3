"""The languages beside English in which the public may read the portal."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact, PublicFactQuerySet


class LanguageQuerySet(PublicFactQuerySet):
    def offered(self):
        """Those that the public may choose: reviewed by a native speaker, or any where nobody is served for real."""
        return self.exclude(reviewed_on=None) if settings.PRODUCTION else self.all()


class Language(PublicFact):
    """A language with a catalogue of translations. In production nobody reads it before a native speaker has."""

    code = models.CharField(_("code"), max_length=10, primary_key=True)
    name = models.CharField(_("name in English"), max_length=60)
    own_name = models.CharField(_("its own name"), max_length=60)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    reviewed_by = models.CharField(
        _("safety and emergency words reviewed by"),
        max_length=100,
        blank=True,
        help_text=_("A native speaker: who, in which office. Before that, the public is not offered the language."),
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)

    objects = LanguageQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("language")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_on__isnull=True) | ~models.Q(reviewed_by=""),
                name="language_reviewed_by_somebody",
            )
        ]

    def __str__(self):
        return self.name
