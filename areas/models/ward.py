"""Council wards."""

from datetime import date
from operator import attrgetter

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact, PublicFactQuerySet, today_in_london

from ..spelling import normalise
from .area import Area

FURTHEST = 5  # switches of wards that an old address survives
WHOLE = 90  # per cent of an old ward: what is left of it is hedges drawn anew
# Words that make no two wards alike by themselves.
NOT_ALONE = set("and the of with st town centre north south east west upper lower green heath hill park".split())


def words_of(*names: str) -> set:
    """The words of `names`, normalised."""
    return set(normalise(" ".join(names)).split())


class WardQuerySet(PublicFactQuerySet):
    def active(self):
        """The wards in use: those that the loaded postcodes or boundaries know; with nothing loaded, the pack's own."""
        return self.filter(active=True)


class Ward(PublicFact):
    """A council ward, keyed on its GSS code alone: a changed ward gets a new code."""

    code = models.CharField(_("GSS code"), max_length=9, primary_key=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="wards", verbose_name=_("area"))
    name = models.CharField(_("name"), max_length=100)
    localities = models.TextField(_("localities"), blank=True, help_text=_("Names that people use, one a line."))
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    until = models.DateField(_("in force until"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    active = models.BooleanField(_("in use"), default=False)
    # Which ward takes its place: by overlap, with what share of it lies there (per cent), or as staff chose.
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="predecessors"
    )
    successor_share = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    carried_at = models.DateTimeField(null=True, blank=True, editable=False)  # when its work went there

    objects = WardQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["successor_share"])

    class Meta:
        verbose_name = _("ward")
        ordering = ["name", "code"]
        indexes = [models.Index(fields=["area", "active"], name="ward_area_active")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("areas:ward", args=[self.area.slug, self.code])

    @property
    def today(self):
        """The ward that does its work today: itself, or where that was carried to."""
        ward, hops = self, 0
        while ward.carried_at and not ward.active and hops < FURTHEST:
            ward, hops = ward.successor, hops + 1
        return ward

    @property
    def heir(self) -> "Ward | None":
        """The one ward that it is today: itself, or where all of it was carried to; None where people have to choose."""
        ward, hops = self, 0
        while not ward.active and ward.carried_at and hops < FURTHEST:
            if ward.successor_share is not None and ward.successor_share < WHOLE:
                return None
            ward, hops = ward.successor, hops + 1
        return ward if ward.active else None

    @property
    def begins(self) -> date | None:
        """The first day of a ward that has not begun; None of all others."""
        return self.in_force_from if self.in_force_from and self.in_force_from > today_in_london() else None

    @property
    def coming(self) -> bool:
        """Whether it has not begun, or is newer than all wards in use of its area: the loaded data do not know it yet."""
        if self.begins and not self.active:
            return True
        begun = Ward.objects.active().filter(area=self.area_id).aggregate(last=models.Max("in_force_from"))["last"]
        return bool(not self.active and self.in_force_from and begun and self.in_force_from > begun)

    def choices(self) -> list:
        """The wards in use of its area, for people who have to choose: what took most of its place first, or what it will take
        the place of, so far as is known; then those that are called most like it.
        """
        likeliest = {self.successor.today.pk} if self.successor else set(self.predecessors.values_list("pk", flat=True))
        wards = sorted(Ward.objects.active().filter(area=self.area_id).select_related("area"), key=attrgetter("name"))
        return sorted(wards, key=lambda ward: (ward.pk not in likeliest, -self.likeness(ward)))

    def likeness(self, other: "Ward") -> int:
        """How much the two have in common in what people call them, their own names before their localities'."""
        names = words_of(self.name) & words_of(other.name)
        called = words_of(self.name, self.localities) & words_of(other.name, other.localities)
        return len(called) + 2 * len(names) if called - NOT_ALONE else 0

    @property
    def divided(self) -> bool:
        """Whether its work went to another ward that holds not nearly all of it, so that people have to choose theirs."""
        return bool(self.carried_at and not self.active and self.heir is None)

    @property
    def locality_names(self) -> list:
        """The localities, a name each."""
        return [line.strip() for line in self.localities.splitlines() if line.strip()]

    @property
    def other_names(self) -> list:
        """The localities that are called otherwise than the ward."""
        return [name for name in self.locality_names if normalise(name) != normalise(self.name)]
