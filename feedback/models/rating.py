"""Whether the first reply answered the person: said by themselves, in one click, on their own page."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .concern import Concern
from .update import ConcernUpdate


class Rating(models.Model):
    """What the person thinks of the first reply; one a concern. `Concern.rate` is its only writer.

    The history keeps each click, this row the last one. `at` is when it was first rated, so a figure of a month never
    wanders to another.
    """

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        PARTLY = "partly", _("Partly")
        NO = "no", _("No")

    concern = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="rating")
    reply = models.ForeignKey(ConcernUpdate, on_delete=models.PROTECT, db_index=False, related_name="+")
    answer = models.CharField(_("did this answer you?"), max_length=10, choices=Answer.choices)
    text = models.TextField(_("in their words"), blank=True)
    at = models.DateTimeField(_("rated"), default=timezone.now, editable=False, db_index=True)

    class Meta:
        verbose_name = _("rating")
        constraints = [
            models.CheckConstraint(condition=models.Q(answer__in=["yes", "partly", "no"]), name="rating_is_an_answer")
        ]

    def __str__(self):
        return f"{self.get_answer_display()}, {self.at:%d %b %Y}"
