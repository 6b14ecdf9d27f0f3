"""What everybody should know for a while: a counter that is closed, phones that are down, a search for somebody."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from accounts.stamp import TimedFact

from .area import Area


class Notice(TimedFact):
    """A few sentences at the top of the public pages of an area, or of all, from one moment to another."""

    area = models.ForeignKey(
        Area,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        help_text="Empty: the whole force.",
    )
    text = models.CharField(
        max_length=300, help_text="Plain sentences, up to 300 characters. Not for emergencies: people may not see it."
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "notice"
        ordering = ["-shown_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(shown_until__gt=F("shown_from")),
                name="notice_ends_after_it_begins",
                violation_error_message="A notice ends after it begins. Check both times.",
            )
        ]

    def __str__(self):
        return self.text if len(self.text) <= 60 else self.text[:57].rsplit(" ", 1)[0] + "…"

    def clean(self):
        if self._state.adding and self.shown_until and self.shown_until <= timezone.now():
            raise ValidationError({"shown_until": "This moment has passed: nobody would ever see the notice."})

    @property
    def state(self) -> str:
        """Whether it is to come, shows now or is over, in a word or two."""
        now = timezone.now()
        return "to come" if now < self.shown_from else "shows now" if self.shows_at(now) else "over"
