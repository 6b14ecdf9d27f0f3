"""Places: the force's words, the areas, wards, postcodes and boundaries, who leads an area and who edits it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Dated
from accounts.stamp import PublicFact, PublicFactQuerySet, today_in_london


class DatedFactQuerySet(PublicFactQuerySet, Dated):
    """Public facts that hold from one day to another."""


def overlapping(rows, from_date, until):
    """Those of `rows` (a queryset with from_date and until) that share a day with the period; open ends allowed."""
    rows = rows.filter(Q(until__isnull=True) | Q(until__gte=from_date))
    return rows.filter(from_date__lte=until) if until else rows


class Force(PublicFact):
    """The words, phones, links and promises of the force: one row, loaded from the force pack, edited in the admin."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    slug = models.SlugField()
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=20)
    portal_name = models.CharField(_("name of this portal"), max_length=100)
    independent_note = models.CharField(_("note on who runs the portal"), max_length=300, blank=True)
    reference_prefix = models.CharField(_("prefix of references"), max_length=6)
    emergency_phone = models.CharField(_("emergency phone"), max_length=20)
    non_emergency_phone = models.CharField(_("non-emergency phone"), max_length=20)
    textphone_emergency = models.CharField(_("emergency textphone"), max_length=20, blank=True)
    textphone_non_emergency = models.CharField(_("non-emergency textphone"), max_length=20, blank=True)
    website = models.URLField(_("the force's own site"), blank=True)
    report_crime_url = models.URLField(_("report a crime"), blank=True)
    complaints_url = models.URLField(_("complaints"), blank=True)
    exit_url = models.URLField(_("where 'Exit this page' leads"))
    headquarters = models.CharField(_("headquarters"), max_length=200, blank=True)
    model_start = models.DateField(_("local policing model since"), null=True, blank=True)
    response_hours = models.PositiveSmallIntegerField(_("hours to a meaningful reply"), default=72)
    acknowledge_hours = models.PositiveSmallIntegerField(_("hours to being read by a person"), default=12)
    crime_recording_hours = models.PositiveSmallIntegerField(_("hours to record a crime"), default=24)
    asb_reports = models.PositiveSmallIntegerField(_("reports that open an ASB case review"), default=2)
    asb_months = models.PositiveSmallIntegerField(_("months for an ASB case review"), default=6)
    desk_name = models.CharField(_("name of the force desk"), max_length=60)
    desk_email = models.EmailField(_("mail of the force desk"))
    inbox_email = models.EmailField(_("inbox for areas without a commander"))
    not_watched_notice = models.CharField(_("notice: not watched round the clock"), max_length=300)
    guarantee = models.CharField(_("the promise, as a sentence"), max_length=300)
    postcode_areas = models.CharField(_("postcode areas"), max_length=100, help_text=_("Letters with spaces: B CV DY."))
    checked_on = models.DateField(_("checked on"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("force")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="force_is_one_row")]

    def __str__(self):
        return self.name


class Channel(PublicFact):
    """A way to reach the force or a helper, such as 101 or a help line."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    value = models.CharField(_("number or address"), max_length=100)
    use = models.CharField(_("for what"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    shown = models.BooleanField(_("shown to the public"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contact channel")
        ordering = ["order", "name"]

    def __str__(self):
        return f"{self.name} {self.value}"

    @property
    def dial(self) -> str:
        """What a phone dials, or "" where `value` is no number."""
        digits = self.value.replace(" ", "")
        return digits if digits.isdigit() else ""


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

    objects = WardQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("ward")
        ordering = ["name", "code"]
        indexes = [models.Index(fields=["area", "active"], name="ward_area_active")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("areas:ward", args=[self.area.slug, self.code])

    @property
    def locality_names(self) -> list:
        """The localities, a name each."""
        return [line.strip() for line in self.localities.splitlines() if line.strip()]


class EditionQuerySet(models.QuerySet):
    def in_use(self, kind):
        """The edition of `kind` (an `Edition.Kind`) that routing reads now, or None."""
        return self.filter(kind=kind, state=Edition.State.ACTIVE).first()


class Edition(models.Model):
    """One loaded release of official data: postcodes, or boundaries. One of each kind is in use."""

    class Kind(models.TextChoices):
        POSTCODES = "postcodes", _("Postcodes")
        BOUNDARIES = "boundaries", _("Boundaries")

    class State(models.TextChoices):
        LOADING = "loading", _("Loading")
        ACTIVE = "active", _("In use")
        SUPERSEDED = "superseded", _("Superseded")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(_("product and edition"), max_length=100)
    released = models.CharField(_("date of the data"), max_length=40, blank=True)
    attribution = models.TextField(_("attribution"), blank=True)
    checksum = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    covers = models.CharField(_("postcode areas in it"), max_length=100, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.LOADING)
    loaded = models.DateTimeField(auto_now_add=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-loaded"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(state="active"), name="edition_one_active_of_a_kind")
        ]

    def __str__(self):
        return self.name


class Postcode(models.Model):
    """A postcode of one edition. Rows outside the force have no area, but know their local authority."""

    UNPLACED = 60  # Code-Point Open's quality from which a point is a whole sector's, or none: never routed

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="postcodes")
    postcode = models.CharField(max_length=7)  # no space, capitals: WS32PD
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    lad_code = models.CharField(max_length=9, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    quality = models.PositiveSmallIntegerField()
    terminated = models.CharField(max_length=6, blank=True)  # YYYYMM, as ONS writes it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["postcode", "edition"], name="postcode_once_an_edition")]

    def __str__(self):
        return self.postcode


class Boundary(models.Model):
    """The outline of an area or ward in one edition, as WGS84 GeoJSON."""

    class Kind(models.TextChoices):
        AREA = "area", _("Area")
        WARD = "ward", _("Ward")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="boundaries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=9)
    name = models.CharField(max_length=100)
    geometry = models.TextField()  # GeoJSON geometry object, lon lat

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="boundary_once_an_edition")]

    def __str__(self):
        return f"{self.name} ({self.code})"


class PostcodeSpan(models.Model):
    """What the force pack knows of a postcode sector (`WS3 2`), district (`WS3`) or postcode area (`WS`).

    Every postcode area of the country has a row: letters without one begin no postcode.
    """

    class Reach(models.TextChoices):
        INSIDE = "inside", _("Wholly in one area")
        OUTSIDE = "outside", _("Wholly outside the force")
        STRADDLES = "straddles", _("Touches more than one area or the force's edge")

    code = models.CharField(max_length=6, primary_key=True)
    reach = models.CharField(max_length=10, choices=Reach.choices)
    areas = models.ManyToManyField(Area, related_name="+")
    force = models.CharField(max_length=100, blank=True)  # the one force that serves all of it, where it lies outside

    def __str__(self):
        return self.code


class Neighbour(PublicFact):
    """A local authority outside the force, and the force that serves it."""

    lad_code = models.CharField(max_length=9, primary_key=True)
    lad_name = models.CharField(max_length=100)
    force = models.CharField(max_length=100)
    force_url = models.URLField(blank=True)
    phone = models.CharField(max_length=20, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["lad_name"]

    def __str__(self):
        return f"{self.lad_name}: {self.force}"


class Command(PublicFact):
    """A person commands an area from one day to another. Periods of one area never overlap."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="commands", verbose_name=_("area"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="commands", verbose_name=_("person")
    )
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day. Empty: until further notice.")
    )

    objects = DatedFactQuerySet.as_manager()
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

    def clean(self):
        if not (self.area_id and self.from_date):
            return
        others = Command.objects.filter(area=self.area_id).exclude(pk=self.pk)
        if overlapping(others, self.from_date, self.until).exists():
            raise ValidationError(_("Somebody else commands this area in part of that time. End their command first."))

    def save(self, *args, **kwargs):
        with transaction.atomic():
            # The area's row is the lock under which periods are compared; PostgreSQL has an exclusion constraint too.
            Area.objects.select_for_update().get(pk=self.area_id)
            self.clean()
            super().save(*args, **kwargs)


class CommandCover(PublicFact):
    """An acting commander has the access and the mail of a command for some days."""

    command = models.ForeignKey(Command, on_delete=models.PROTECT, related_name="covers", verbose_name=_("command"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="command_covers",
        verbose_name=_("acting commander"),
    )
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(_("until"))

    objects = DatedFactQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("acting command")
        ordering = ["command", "-from_date"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("from_date")), name="command_cover_ends_after_it_begins")
        ]

    def __str__(self):
        return f"{self.command.area}: {self.person} (acting)"

    def clean(self):
        if not (self.command_id and self.from_date and self.until):
            return
        others = CommandCover.objects.filter(command=self.command_id).exclude(pk=self.pk)
        if overlapping(others, self.from_date, self.until).exists():
            raise ValidationError(_("Somebody else already covers part of that time."))

    def save(self, *args, **kwargs):
        with transaction.atomic():
            Command.objects.select_for_update().get(pk=self.command_id)
            self.clean()
            super().save(*args, **kwargs)


class Editorship(models.Model):
    """A team editor keeps the people and places of one area in the admin, and sees no concern text."""

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
