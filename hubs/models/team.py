"""Teams based at a hub, and the specialist departments behind them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact, PublicFactQuerySet, today_in_london
from areas.models import Ward

from .hub import Hub


class TeamKind(PublicFact):
    """A kind of team, such as neighbourhood, response or local investigation: names drift, so it is a table."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    focus = models.CharField(_("focus"), max_length=200, blank=True)
    description = models.CharField(_("what the public reads"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("kind of team")
        verbose_name_plural = _("kinds of team")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name


class Department(PublicFact):
    """A specialist department that supports the areas, such as the Public Protection Unit."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    role = models.CharField(_("what it does"), max_length=300, blank=True)
    takes_complaints = models.BooleanField(_("takes complaints about the police"), default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("department")
        ordering = ["name"]

    def __str__(self):
        return self.name


class TeamQuerySet(PublicFactQuerySet):
    def of_area(self, area):
        """Teams based at a hub of `area`."""
        return self.filter(hub__area=area)

    def within(self, areas, *, whole=False):
        """Teams based in `areas` (ids); with the `whole` force also those of departments, which are of no area."""
        return self.filter(Q(hub__area__in=areas) | Q(hub__isnull=True)) if whole else self.filter(hub__area__in=areas)


class Team(PublicFact):
    """A team based at a hub, or a team of a specialist department."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.ForeignKey(TeamKind, on_delete=models.PROTECT, related_name="teams", verbose_name=_("kind"))
    hub = models.ForeignKey(
        Hub, on_delete=models.PROTECT, related_name="teams", null=True, blank=True, verbose_name=_("hub")
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="teams", null=True, blank=True, verbose_name=_("department")
    )
    remit = models.CharField(_("remit"), max_length=200, blank=True)
    wards = models.ManyToManyField(Ward, related_name="teams", blank=True, verbose_name=_("wards"))
    email = models.EmailField(_("mail of the team"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)

    objects = TeamQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[wards])

    class Meta:
        verbose_name = _("team")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hub__isnull=False, department__isnull=True) | Q(hub__isnull=True, department__isnull=False),
                name="team_at_a_hub_or_of_a_department",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def spoken_name(self) -> str:
        """The name in the reader's language, where it is one of the force pack's words; what staff typed stays as it is."""
        return gettext(self.name)

    @property
    def place(self) -> tuple:
        """Where it works: ids of the area of its hub, or of its department."""
        return (self.hub.area_id if self.hub_id else None, self.department_id)

    def clean(self):
        if bool(self.hub_id) == bool(self.department_id):
            raise ValidationError(_("A team is either based at a hub or part of a department. Choose one of the two."))
        if self.pk and self._leaves_its_area():
            named = Q(contact_postings__until__isnull=True) | Q(contact_postings__until__gte=today_in_london())
            self.refuse_far_wards(Ward.objects.filter(named, contact_postings__team=self).distinct().order_by("name"))

    def _leaves_its_area(self) -> bool:
        before = Team.objects.filter(pk=self.pk).values_list("hub__area", flat=True).first()
        return before is not None and before != (self.hub.area_id if self.hub_id else None)

    def near(self, wards) -> list:
        """Those of `wards` whose named contact somebody of this team can be: the wards of the area in which it is based."""
        return [ward for ward in wards if self.hub_id and ward.area_id == self.hub.area_id]

    def refuse_far_wards(self, wards) -> None:
        """Raise ValidationError, in words, where somebody of this team can't be the named contact of one of `wards`."""
        near = self.near(wards)
        if far := [ward.name for ward in wards if ward not in near]:
            where = self.hub.area if self.hub_id else self.department
            raise ValidationError(
                f"{self} works for {where}, so nobody in it can be the named contact of {', '.join(far)}: "
                "the contact of a ward works in the ward's own area."
            )
