"""What a concern can be about, who else can help, and where else a person may be better served."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import PublicFact
from areas.models import Area, Force
from feedback import clock
from hubs.models import BankHoliday, Department, TeamKind


class Signpost(PublicFact):
    """A better place for some matters: 999, a help line, the council, the complaints route."""

    class Mode(models.TextChoices):
        BLOCK = "block", _("Send the person there")
        BLOCK_IF_SPECIFIC = "block-if-specific", _("Send there if it is one event")
        OFFER = "offer", _("Offer")
        OFFER_AND_LOG = "offer-and-log", _("Offer, and log that it was offered")

    code = models.SlugField(_("code"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    when = models.CharField(_("when"), max_length=200)
    advice = models.TextField(_("advice"))
    phones = models.JSONField(_("phones"), default=list, blank=True)  # [{"label", "number", "note"}]
    links = models.JSONField(_("links"), default=list, blank=True)  # [{"label", "url"}]
    mode = models.CharField(_("mode"), max_length=20, choices=Mode.choices)
    exit_page = models.BooleanField(_("show “Exit this page”"), default=False)
    sensitive = models.BooleanField(_("sensitive"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("signpost")
        ordering = ["order", "code"]

    def __str__(self):
        return self.title


class Category(PublicFact):
    """What a concern is about, and who normally handles it."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    asb_qualifier = models.CharField(_("kind of antisocial behaviour"), max_length=20, blank=True)
    team_kind = models.ForeignKey(TeamKind, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    partner = models.CharField(_("partner"), max_length=60, blank=True)
    signposts = models.ManyToManyField(Signpost, blank=True, related_name="categories", verbose_name=_("signposts"))
    sensitive = models.BooleanField(_("sensitive"), default=False)
    repeat_victims = models.BooleanField(
        "hurts people", default=False, help_text="Who tells an area of it again and again may be a repeat victim."
    )
    response_hours = models.PositiveSmallIntegerField(_("hours to a meaningful reply"), default=72)
    working_hours = models.BooleanField(
        _("only working hours count"),
        default=False,
        help_text=_("Weekdays that are no bank holidays, in the force's hours."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    in_use = models.BooleanField(_("in use"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    @property
    def hours(self) -> clock.Hours:
        """Which hours count for a reply about this."""
        if not self.working_hours:
            return clock.Elapsed()
        force, holidays = Force.objects.get(), BankHoliday.objects.values_list("date", flat=True)
        return clock.WorkingHours(force.working_from, force.working_until, frozenset(holidays))


class Partner(PublicFact):
    """A body outside the force to which a concern can be referred."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    url = models.URLField(_("site"), blank=True)
    email = models.EmailField(
        _("mail for referrals"),
        blank=True,
        help_text=_("A mailbox of the office. It gets a link, never what a person wrote."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("partner")
        ordering = ["name"]

    def __str__(self):
        return self.name
