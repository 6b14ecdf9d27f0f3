"""What a person has typed so far, kept for the length of the journey."""

from django.db import models
from django.utils import timezone

from feedback.clock import add_hours

from .sealing import seal, unseal


class Draft(models.Model):
    """Answers of an unfinished journey, sealed; the browser holds only the random token whose hash is the key."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    sealed = models.TextField()
    expires = models.DateTimeField(db_index=True)

    HOURS = 24

    def __str__(self):
        return f"draft until {self.expires:%d %b %H:%M}"

    @property
    def answers(self) -> dict:
        """What was typed, by field name."""
        return unseal(self.sealed)

    def keep(self, answers: dict) -> None:
        """Keep `answers` for another day."""
        self.sealed = seal(answers)
        self.expires = add_hours(timezone.now(), self.HOURS)
        self.save()
