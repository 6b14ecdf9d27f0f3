"""A list of concerns as somebody narrowed it, under an address that stays: one's own, or shared with an area."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from areas.models import Area
from feedback.access import reach_of


class SavedListQuerySet(models.QuerySet):
    def for_reader(self, user):
        """Those of `user`, and those shared with the areas in which `user` works today."""
        return self.filter(Q(person=user, area=None) | Q(area__in=reach_of(user).areas))

    def removable_by(self, user):
        """One's own; and for who commands an area, all that is shared there."""
        reach = reach_of(user)
        return self.for_reader(user).filter(Q(person=user) | Q(area__in=reach.commands))


class SavedList(models.Model):
    """What a list is narrowed by. It holds no concern: what it shows depends on who reads it, and when."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who keeps it"))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("shared with"))
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000)  # as in an address, of the queue's own filters alone
    made = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedListQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved list")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("casework:saved", args=[self.pk])
