"""Buildings of the police and when their doors are open."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact
from areas.models import Area, Force


class Hub(PublicFact):
    """A local police hub or another police building. Custody suites are shown as such, never as a place to visit."""

    slug = models.SlugField(_("slug"), unique=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="hubs", verbose_name=_("area"))
    name = models.CharField(_("name"), max_length=100)
    address = models.CharField(_("address"), max_length=200)
    postcode = models.CharField(_("postcode"), max_length=8, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    front_counter = models.BooleanField(_("front counter"), default=False)
    custody_suite = models.BooleanField(_("custody suite"), default=False)
    response_base = models.BooleanField(_("response base"), default=False)
    neighbourhood_base = models.BooleanField(_("neighbourhood base"), default=False)
    investigation_base = models.BooleanField(_("local investigation base"), default=False)
    always_open = models.BooleanField(_("open 24 hours"), default=False)
    hours_note = models.CharField(_("note on hours"), max_length=200, blank=True)
    directions = models.TextField(
        _("how to get there"), blank=True, help_text=_("Entrance, bus stops, parking. In plain words.")
    )
    page_url = models.URLField(
        _("page about this place"), blank=True, help_text=_("Only on the force's own site: no other is linked to.")
    )
    services = models.TextField(_("what people can do here"), blank=True, help_text=_("One a line."))
    step_free = models.BooleanField(_("step-free way in"), null=True, blank=True)
    hearing_loop = models.BooleanField(_("hearing loop"), null=True, blank=True)
    languages = models.TextField(_("languages spoken at the counter"), blank=True, help_text=_("One a line."))
    access_note = models.TextField(_("more about getting in"), blank=True)
    status_note = models.CharField(_("what is not certain"), max_length=300, blank=True)
    source_year = models.PositiveSmallIntegerField(_("year of the source"), null=True, blank=True)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("hub")
        ordering = ["area", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("hubs:hub", args=[self.slug])

    def clean(self):
        home = urlsplit(Force.objects.values_list("website", flat=True).first() or "").hostname
        if self.page_url and home and urlsplit(self.page_url).hostname != home:
            raise ValidationError({"page_url": _("Choose a page of the force's own site, %(site)s.") % {"site": home}})

    @property
    def service_names(self) -> list:
        """What people can do here, a name each."""
        return _lines(self.services)

    @property
    def language_names(self) -> list:
        """The languages spoken at the counter; none where it isn't known."""
        return _lines(self.languages)

    @property
    def custody_only(self) -> bool:
        """Whether this is a custody suite and nothing else: not a place to visit."""
        others = (self.front_counter, self.response_base, self.neighbourhood_base, self.investigation_base)
        return self.custody_suite and not any(others)


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class OpeningHours(PublicFact):
    """When a front counter opens and closes on a weekday, in Europe/London."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["hub", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="hours_close_after_they_open"),
            models.UniqueConstraint(fields=["hub", "weekday", "opens"], name="hours_once_a_time"),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class HoursException(PublicFact):
    """Other hours, or none, on one date."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="hours_exceptions")
    date = models.DateField(_("date"))
    opens = models.TimeField(_("opens"), null=True, blank=True, help_text=_("Both times empty: closed all day."))
    closes = models.TimeField(_("closes"), null=True, blank=True)
    reason = models.CharField(_("what the public reads"), max_length=100, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("exception to the hours")
        verbose_name_plural = _("exceptions to the hours")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(closes__gt=F("opens")),
                name="hours_exception_closed_or_in_order",
            ),
            models.UniqueConstraint(fields=["hub", "date"], name="hours_exception_once_a_day"),
        ]

    def __str__(self):
        return f"{self.hub} {self.date}"


class BankHoliday(PublicFact):
    """A bank holiday in England and Wales: front counters without an exception for it are closed."""

    date = models.DateField(_("date"), primary_key=True)
    name = models.CharField(_("name"), max_length=100)

    history = HistoricalRecords()

    class Meta:
        ordering = ["date"]

    def __str__(self):
        return f"{self.name}, {self.date}"

    @classmethod
    def names_from(cls, day) -> dict:
        """The bank holidays of the coming year from the date `day`: date -> name."""
        coming = cls.objects.filter(date__gte=day, date__lte=day + timedelta(days=366))
        return dict(coming.values_list("date", "name"))
