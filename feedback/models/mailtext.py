"""Mails in the force's own words, where the shipped ones do not suit it."""

import logging

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from simple_history.models import HistoricalRecords

from feedback import wording

logger = logging.getLogger("portal.post")


class MailTextQuerySet(models.QuerySet):
    def wording_of(self, mail, words) -> wording.Worded | None:
        """How staff word `mail` (the name of its template), filled in from `words`; None where the shipped words stand.

        A wording that can't be used never stops a mail. It is English and about a concern, so letters in other languages,
        and those about an idea or thanks, keep the shipped words.
        """
        if get_language() != settings.LANGUAGE_CODE or words.get("kind") in ("idea", "thanks"):
            return None
        row = self.filter(pk=mail).first()
        try:
            return row.filled(words) if row else None
        except wording.Unusable:
            logger.warning("The wording of the mail %s can't be used; the shipped words go out.", mail)
        return None


class MailText(models.Model):
    """The subject and the news of one kind of mail, as staff word them. Without a row the shipped words go out."""

    name = models.CharField(max_length=40, primary_key=True, verbose_name="which mail")
    subject = models.CharField(max_length=120)
    text = models.TextField(
        max_length=3000,
        blank=True,
        help_text="A line with a placeholder that has nothing to say in a mail is left out of it.",
    )

    around = None  # a `wording.Around` that a list gives to all its rows, so that each need not look

    objects = MailTextQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "wording of a mail"
        verbose_name_plural = "wordings of mails"
        ordering = ["name"]

    def __str__(self):
        return self.name

    def clean(self):
        if self.name not in wording.MAILS:
            raise ValidationError({"name": "There is no such mail."})
        if found := wording.faults(self.name, self.subject, self.text):
            raise ValidationError(found)

    def filled(self, words) -> wording.Worded:
        """With its placeholders filled in. Raises `wording.Unusable`."""
        return wording.filled(self.name, self.subject, self.text, words)

    @property
    def broken(self) -> str:
        """Why it can't be used, in words; "" where it can."""
        if self.name not in wording.MAILS:
            return "There is no such mail any more."
        return " ".join(sum(wording.faults(self.name, self.subject, self.text, self.around).values(), []))
