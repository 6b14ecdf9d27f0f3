"""People who say "me too" of something that is known already, without a word about themselves."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.stamp import today_in_london
from areas.models import Priority, Ward
from feedback import clock

from .category import Category
from .codes import keyed_hash
from .counting import many_behind, tellable, told_by_many
from .sealing import match_key

DAYS = 90  # in which many told us


class VoiceQuerySet(models.QuerySet):
    def known(self, ward, category) -> bool:
        """Whether the public may learn that others told us of `category` in `ward`, too.

        Only where that is published already, or so many told us lately that nobody can be meant; never where somebody could
        be told on.
        """
        if category.sensitive:
            return False
        return self.priority_of(ward, category) is not None or self._told_by_many(ward, category)

    def priority_of(self, ward, category):
        """The open, published priority of that ward or its area behind which many people told us of `category`, or None."""
        here = Q(ward=ward) | Q(ward=None, area=ward.area_id)
        return Priority.objects.open().filter(here, published=True, pk__in=many_behind(category)).first()

    def of_address(self, email: str):
        """Those of somebody who gave that e-mail address."""
        return self.filter(person_key=match_key("email", email)) if email else self.none()

    def _told_by_many(self, ward, category) -> bool:
        since = clock.add_days(timezone.now(), -DAYS)
        return told_by_many(tellable().filter(ward=ward, category=category, received_at__gte=since))


class Voice(models.Model):
    """One person who added their voice, counted once for a ward and category; known by a keyed hash alone."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", verbose_name=_("category"))
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="voices", verbose_name=_("ward"))
    priority = models.ForeignKey(Priority, on_delete=models.SET_NULL, null=True, related_name="voices")
    person_key = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    objects = VoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("voice")
        constraints = [models.UniqueConstraint(fields=["ward", "category", "person_key"], name="voice_once")]

    def __str__(self):
        return f"voice on {self.category_id} in {self.ward_id}"

    @classmethod
    def add(cls, ward, category, *, caller, contact=None) -> bool:
        """Count the person once; False where they were counted.

        Without `contact` it is once for each `caller` (of the throttle) and day, by a hash that no other day shares.
        """
        contact = contact or {}
        person = (
            match_key("email", contact.get("email", ""))
            or match_key("phone", contact.get("phone", ""))
            or keyed_hash("voice", f"{today_in_london()} {caller}")
        )
        priority = cls.objects.priority_of(ward, category)
        given = {"ward": ward, "category": category, "person_key": person}
        _voice, added = cls.objects.get_or_create(**given, defaults={"priority": priority})
        return added
