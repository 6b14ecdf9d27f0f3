"""Another way to read an answer, or an interpreter: asked for on the person's own page, with a time by which it is there."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from feedback import clock

from .concern import Concern


class FormatRequestQuerySet(models.QuerySet):
    def open(self):
        """Those that nobody has done yet, the one due first at the top."""
        return self.filter(done_at__isnull=True).order_by("due_at", "pk")


class FormatRequest(models.Model):
    """One format that a person asked for. `Concern.ask_format` and `Concern.give_format` are the only writers."""

    class Format(models.TextChoices):
        LARGE_PRINT = "large_print", _("Large print")
        AUDIO = "audio", _("Read aloud (audio)")
        EASY_READ = "easy_read", _("Easy Read")
        BSL = "bsl", _("British Sign Language")
        LANGUAGE = "language", _("Another language")
        INTERPRETER = "interpreter", _("An interpreter when we talk")

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="format_requests")
    format = models.CharField(_("format"), max_length=15, choices=Format.choices)
    language = models.CharField(_("language"), max_length=60, blank=True)
    at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")

    objects = FormatRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request for another format")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["concern", "format", "language"],
                condition=Q(done_at__isnull=True),
                name="format_request_once_while_open",
            ),
        ]

    def __str__(self):
        return f"{self.get_format_display()}: {self.language}" if self.language else str(self.get_format_display())

    @property
    def clock(self) -> clock.Clock:
        """Its own clock, in the words of the other one."""
        return clock.reading(received=self.at, due=self.due_at, answered=self.done_at)
