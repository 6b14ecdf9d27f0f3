"""Approved texts for replies: what the force says often is said well, in one place, and runs out."""

import string

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact, PublicFactQuerySet, today_in_london
from feedback import clock, languages
from feedback.lifecycle import Status

from .category import Category


def _fields(concern, by) -> dict:
    """What an approved text can be filled in with, by name, in the language that is active.

    Nothing that the person could not read anyway.
    """
    return {
        "reference": concern.reference,
        "area": str(concern.area or ""),
        "ward": str(concern.ward or concern.area or ""),
        "category": gettext(concern.category.name),
        "team": concern.team.spoken_name if concern.team else "",
        "officer": by.public_words or (concern.team.spoken_name if concern.team else gettext("An officer")),
        "partner": str(concern.partner or ""),
        "received": clock.in_words(concern.received_at),
        "due": clock.in_words(concern.due_at) if concern.due_at else "",
    }


NAMES = ("reference", "area", "ward", "category", "team", "officer", "partner", "received", "due")


class StandardTextQuerySet(PublicFactQuerySet):
    def in_use(self):
        """Those whose last day has not gone by."""
        return self.filter(expires__gte=today_in_london())

    def fitting(self, concern):
        """Those in use today that fit the category and status of `concern`: first in the language to answer in, then English."""
        first = [When(language=concern.reads, then=Value(0)), When(language=settings.LANGUAGE_CODE, then=Value(1))]
        fits = self.in_use().filter(
            Q(category=None) | Q(category=concern.category_id), Q(status="") | Q(status=concern.status)
        )
        return fits.order_by(Case(*first, default=Value(2)), "language", "title")


class StandardText(PublicFact):
    """A text that was approved for replies, with gaps such as {ward} that are filled in for one concern.

    In several languages it stands side by side under one title, a row each.
    """

    title = models.CharField(
        _("title"),
        max_length=80,
        help_text="For colleagues, in English. The same text has the same title in each language.",
    )
    language = models.CharField(
        _("language"), max_length=10, choices=languages.known, default=settings.LANGUAGE_CODE,
        help_text="Other languages are for somebody who reads them to write and to approve.",
    )  # fmt: skip
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
        ordering = ["title", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["title", "language"],
                name="standard_text_once_in_a_language",
                violation_error_message="There is a text of this title in this language already.",
            )
        ]

    def __str__(self):
        return self.title if self.is_english else f"{self.title} ({self.get_language_display()})"

    @property
    def is_english(self) -> bool:
        """Whether it is in the language that the force reads."""
        return self.language == settings.LANGUAGE_CODE

    @property
    def in_english(self):
        """The English text of the same title, in use or not, or None."""
        return (
            self
            if self.is_english
            else StandardText.objects.filter(title=self.title, language=settings.LANGUAGE_CODE).first()
        )

    def clean(self):
        try:
            pieces = [piece for piece in string.Formatter().parse(self.text) if piece[1] is not None]
        except ValueError as error:
            raise ValidationError({"text": _("A bracket { or } stands alone.")}) from error
        # A gap with a layout, as in {ward:d}, would fail only once an officer needs the text.
        gaps = {name + (f"!{way}" if way else "") + (f":{form}" if form else "") for _text, name, form, way in pieces}
        if unknown := gaps - set(NAMES):
            raise ValidationError(
                {"text": _("Nothing fills in %(gaps)s.") % {"gaps": ", ".join(sorted(unknown)) or "{}"}}
            )

    def filled_in(self, concern, *, by) -> str:
        """The text for `concern` as `by` would send it: dates and names of kinds in its own language."""
        with override(self.language):
            return self.text.format_map(_fields(concern, by))
