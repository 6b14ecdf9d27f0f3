"""The force: its words and phones, how to reach it, and the forces next door."""

from datetime import time

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact


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
    climb_hours = models.PositiveSmallIntegerField(_("hours until a missed reply climbs to the next rank"), default=24)
    pause_days = models.PositiveSmallIntegerField(_("longest pause of the clock, days"), default=7)
    partner_days = models.PositiveSmallIntegerField(_("days that a partner's link works"), default=14)
    working_from = models.TimeField(_("working hours from"), default=time(9))
    working_until = models.TimeField(_("working hours until"), default=time(17))
    victim_rights = models.TextField(_("what somebody told of a crime is told of their rights"), blank=True)
    jargon = models.TextField(
        _("words that people outside do not know"), blank=True, help_text=_("One a line: the word = a plain word.")
    )
    recourse_hours = models.PositiveSmallIntegerField(_("hours for the commander's office to answer"), default=72)
    format_hours = models.PositiveSmallIntegerField(_("hours to another format or an interpreter"), default=120)
    asb_reports = models.PositiveSmallIntegerField(_("reports that open an ASB case review"), default=2)
    asb_months = models.PositiveSmallIntegerField(_("months for an ASB case review"), default=6)
    repeat_reports = models.PositiveSmallIntegerField(
        "times told until somebody may be a repeat victim", default=3, validators=[MinValueValidator(2)]
    )
    repeat_months = models.PositiveSmallIntegerField("months for a repeat victim", default=6)
    desk_name = models.CharField(_("name of the force desk"), max_length=60)
    desk_email = models.EmailField(_("mail of the force desk"))
    desk_weekdays = models.CharField(
        _("days of the force desk"), max_length=3, default="0-6", validators=[RegexValidator(r"^[0-6](-[0-6])?$")],
        help_text=_("0-6 is Monday to Sunday."),
    )  # fmt: skip
    desk_opens = models.TimeField(_("the force desk opens"), default=time(7))
    desk_closes = models.TimeField(_("the force desk closes"), default=time(23))
    duty_name = models.CharField(_("who is alerted while the desk is closed"), max_length=60, blank=True)
    duty_email = models.EmailField(_("their mail"), default="duty@example.org")
    safety_minutes = models.PositiveSmallIntegerField(_("minutes to opening a safety review"), default=15)
    inbox_email = models.EmailField(_("inbox for areas without a commander"))
    not_watched_notice = models.CharField(_("notice: not watched round the clock"), max_length=300)
    guarantee = models.CharField(_("the promise, as a sentence"), max_length=300)
    postcode_areas = models.CharField(_("postcode areas"), max_length=100, help_text=_("Letters with spaces: B CV DY."))
    checked_on = models.DateField(_("checked on"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("force")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="force_is_one_row"),
            models.CheckConstraint(
                condition=Q(working_until__gt=F("working_from")), name="force_works_from_before_until"
            ),
        ]

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
