"""Approved texts for replies: what the force says often is said well, in one place, and runs out."""

import string

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact, PublicFactQuerySet, today_in_london
from feedback import clock
from feedback.lifecycle import Status

from .category import Category


def _fields(concern, by) -> dict:
    """What an approved text can be filled in with, by name: nothing that the person could not read anyway."""
    return {
        "reference": concern.reference,
        "area": str(concern.area or ""),
        "ward": str(concern.ward or concern.area or ""),
        "category": concern.category.name,
        "team": str(concern.team or ""),
        "officer": by.public_words or str(concern.team or _("An officer")),
        "partner": str(concern.partner or ""),
        "received": clock.in_words(concern.received_at),
        "due": clock.in_words(concern.due_at) if concern.due_at else "",
    }


NAMES = ("reference", "area", "ward", "category", "team", "officer", "partner", "received", "due")


class StandardTextQuerySet(PublicFactQuerySet):
    def fitting(self, concern):
        """Those in use today that fit the category and status of `concern`."""
        today = today_in_london()
        return self.filter(
            Q(category=None) | Q(category=concern.category_id),
            Q(status="") | Q(status=concern.status),
            expires__gte=today,
        )


class StandardText(PublicFact):
    """A text that was approved for replies, with gaps such as {ward} that are filled in for one concern."""

    title = models.CharField(_("title"), max_length=80, unique=True)
    text = models.TextField(
        _("text"), help_text=_("Gaps: %(names)s.") % {"names": ", ".join(f"{{{name}}}" for name in NAMES)}
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"),
        help_text=_("Empty: for all."),
    )  # fmt: skip
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, blank=True, help_text=_("Empty: for all.")
    )
    expires = models.DateField(_("last day in use"), help_text=_("Read it again by then, and give it a new day."))

    objects = StandardTextQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("approved text")
        ordering = ["title"]

    def __str__(self):
        return self.title

    def clean(self):
        try:
            gaps = {name for _text, name, _form, _way in string.Formatter().parse(self.text) if name is not None}
        except ValueError as error:
            raise ValidationError({"text": _("A bracket { or } stands alone.")}) from error
        if unknown := gaps - set(NAMES):
            raise ValidationError(
                {"text": _("Nothing fills in %(gaps)s.") % {"gaps": ", ".join(sorted(unknown)) or "{}"}}
            )

    def filled_in(self, concern, *, by) -> str:
        """The text for `concern` as `by` would send it."""
        return self.text.format_map(_fields(concern, by))
