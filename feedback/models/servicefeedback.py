"""What people think of the portal itself. It has its own reader and is no concern."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ServiceFeedback(models.Model):
    """A few words on the service. Nothing says who wrote them."""

    at = models.DateTimeField(_("written"), default=timezone.now, editable=False, db_index=True)
    text = models.TextField(_("what they wrote"))
    key_hash = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("feedback on this service")
        verbose_name_plural = _("feedback on this service")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["key_hash"], name="service_feedback_once")]

    def __str__(self):
        return f"{self.at:%d %b %Y}"
