"""A local policing area, who leads it and who edits it, from one day to another."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.held import Held
from accounts.models import Dated
from accounts.stamp import PublicFact, PublicFactQuerySet, today_in_london

from .dated import Ruled, RuledQuerySet, first_clash


class AreaQuerySet(PublicFactQuerySet):
    def led_by(self, person, day=None):
        """Areas which `person` commands, or commands in cover, on `day` (a date; today in London by default)."""
        day = day or today_in_london()
        led = Command.objects.on(day).filter(person=person).values("area")
        covered = CommandCover.objects.on(day).filter(person=person).filter(command__in=Command.objects.on(day))
        return self.filter(Q(pk__in=led) | Q(pk__in=covered.values("command__area")))

    def vacant(self, day=None):
        """Areas that nobody who may sign in commands, or commands in cover, on `day`."""
        day = day or today_in_london()
        commands = Command.objects.on(day)
        covers = CommandCover.objects.on(day).filter(command__in=commands, person__is_active=True)
        led = commands.filter(person__is_active=True).values("area")
        return self.exclude(pk__in=led).exclude(pk__in=covers.values("command__area"))

    def leaders(self, day=None):
        """Who commands what, or commands it in cover, on `day`: pairs of an area's and a person's id."""
        day = day or today_in_london()
        commands = Command.objects.on(day)
        covers = CommandCover.objects.on(day).filter(command__in=commands)
        return (
            commands.order_by()
            .values_list("area", "person")
            .union(covers.order_by().values_list("command__area", "person"))
        )

    def edited_by(self, person):
        """Areas of which `person` is a team editor today."""
        return self.filter(pk__in=Editorship.objects.current().filter(person=person).values("area"))


class Area(PublicFact):
    """A local policing area."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100, unique=True)
    gss_code = models.CharField(_("GSS code"), max_length=9, unique=True)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    population_year = models.PositiveSmallIntegerField(_("year of the population figure"), null=True, blank=True)
    council = models.CharField(_("council"), max_length=100, blank=True)
    council_url = models.URLField(_("council's site"), blank=True)
    review_reports = models.PositiveSmallIntegerField(
        _("reports that open an ASB case review here"), null=True, blank=True
    )
    review_months = models.PositiveSmallIntegerField(_("within how many months"), null=True, blank=True)
    review_url = models.URLField(_("where to ask for an ASB case review"), blank=True)
    review_checked_on = models.DateField(_("case review: checked on"), null=True, blank=True)
    email = models.EmailField(_("mail of the area"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    about = models.TextField(_("about"), blank=True)
    lat = models.FloatField(_("latitude of a point inside"), null=True, blank=True)
    lon = models.FloatField(_("longitude of a point inside"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = AreaQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("area")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("areas:area", args=[self.slug])

    @property
    def commander(self):
        """The person who leads the area today in Europe/London, or who covers for them; None where vacant.

        Somebody who may no longer sign in leads nothing: what comes in must reach a person.
        """
        today = today_in_london()
        command = self.commands.on(today).select_related("person").first()
        if command is None:
            return None
        cover = command.covers.on(today).filter(person__is_active=True).select_related("person").first()
        person = cover.person if cover else command.person
        return person if person.is_active else None


class Command(Held, Ruled, PublicFact):
    """A person commands an area from one day to another. Periods of one area never overlap."""

    OWNER = "area"
    RULED = frozenset({"area", "area_id", "from_date", "until"})
    HELD = ("area", "person", "from_date")

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="commands", verbose_name=_("area"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="commands", verbose_name=_("person")
    )
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day. Empty: until further notice.")
    )

    objects = RuledQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("command")
        ordering = ["area", "-from_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("from_date")), name="command_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["area"], condition=Q(until__isnull=True), name="command_one_open_ended_an_area"
            ),
        ]

    def __str__(self):
        return f"{self.area}: {self.person}"

    @staticmethod
    def refuse_broken(rows):
        if first_clash(rows):
            raise ValidationError(_("Somebody else commands this area in part of that time. End their command first."))


class CommandCover(Ruled, PublicFact):
    """An acting commander has the access and the mail of a command for some days."""

    OWNER = "command"
    RULED = frozenset({"command", "command_id", "from_date", "until"})
    ACTS = "person"

    command = models.ForeignKey(Command, on_delete=models.PROTECT, related_name="covers", verbose_name=_("command"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="command_covers",
        verbose_name=_("acting commander"),
    )
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(_("until"))

    objects = RuledQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("acting command")
        ordering = ["command", "-from_date"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("from_date")), name="command_cover_ends_after_it_begins")
        ]

    def __str__(self):
        return f"{self.command.area}: {self.person} (acting)"

    @staticmethod
    def refuse_broken(rows):
        if first_clash(rows):
            raise ValidationError(_("Somebody else already covers part of that time."))


class Editorship(Held, models.Model):
    """A team editor keeps the people and places of one area in the admin, and sees no concern text."""

    HELD = ("area", "person", "from_date")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="editorships", verbose_name=_("person")
    )
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="editorships", verbose_name=_("area"))
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(_("until"), null=True, blank=True)

    objects = Dated.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("editorship")
        ordering = ["area", "person"]
        constraints = [
            models.UniqueConstraint(fields=["person", "area", "from_date"], name="editorship_once_a_day"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("from_date")), name="editorship_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.area}: {self.person}"
