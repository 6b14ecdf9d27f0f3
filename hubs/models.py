"""WHO, AND FROM WHERE: hubs and their opening hours, teams, departments, and the dated postings of people."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from accounts.stamp import PublicFact, PublicFactQuerySet, today_in_london
from areas.models import Area, DatedFactQuerySet, Ward, overlapping


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
    access_note = models.TextField(_("getting in: steps, hearing loop, languages"), blank=True)
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

    @property
    def custody_only(self) -> bool:
        """Whether this is a custody suite and nothing else: not a place to visit."""
        others = (self.front_counter, self.response_base, self.neighbourhood_base, self.investigation_base)
        return self.custody_suite and not any(others)


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

    def clean(self):
        if bool(self.hub_id) == bool(self.department_id):
            raise ValidationError(_("A team is either based at a hub or part of a department. Choose one of the two."))


class PostingQuerySet(DatedFactQuerySet):
    def named_contacts(self, ward, day=None):
        """Who answers for `ward` on `day`: postings that name it, who has known it longest first, people prefetched."""
        day = day or today_in_london()
        return (
            self.on(day)
            .filter(named_wards=ward, person__is_active=True)
            .select_related("person", "team__hub")
            .order_by("from_date", "pk")
        )


class Posting(PublicFact):
    """A person works in a team from one day to another, for a share of their time.

    Shares of one day sum to at most 100 %; the same person, team and role never overlap.
    """

    class Role(models.TextChoices):
        MEMBER = "member", _("Team member")
        SERGEANT = "sergeant", _("Sergeant")
        INSPECTOR = "inspector", _("Inspector")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="postings", verbose_name=_("person")
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="postings", verbose_name=_("team"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.MEMBER)
    share = models.PositiveSmallIntegerField(
        _("share of time, %"), default=100, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day. Empty: until further notice.")
    )
    named_wards = models.ManyToManyField(
        Ward, related_name="contact_postings", blank=True, verbose_name=_("named contact for wards")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = PostingQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[named_wards])

    class Meta:
        verbose_name = _("posting")
        ordering = ["team", "-from_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("from_date")), name="posting_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=100), name="posting_share_1_to_100"),
        ]
        indexes = [models.Index(fields=["person", "from_date"], name="posting_person_from")]

    def __str__(self):
        return f"{self.person}, {self.team}"

    @property
    def public_words(self) -> str:
        """Who this is to the public: rank and name, or rank (else role) and team where the name is hidden."""
        rank = self.person.rank or self.get_role_display()
        return self.person.public_words or f"{rank}, {self.team}"

    def clean(self):
        if not (self.person_id and self.team_id and self.from_date and self.share):
            return
        others = Posting.objects.filter(person=self.person_id).exclude(pk=self.pk)
        shared_days = list(overlapping(others, self.from_date, self.until))
        if any(other.team_id == self.team_id and other.role == self.role for other in shared_days):
            raise ValidationError(_("This person already holds this role in this team in part of that time."))
        # The sum of shares can only rise on a day on which a posting begins.
        for day in {self.from_date, *(max(other.from_date, self.from_date) for other in shared_days)}:
            that_day = (o for o in shared_days if o.from_date <= day and (o.until is None or o.until >= day))
            if (total := self.share + sum(other.share for other in that_day)) > 100:
                raise ValidationError(
                    _("On %(day)s this person's postings would add up to %(total)d %%. Lower a share or end a posting.")
                    % {"day": day.strftime("%d %B %Y"), "total": total}
                )

    def save(self, *args, **kwargs):
        with transaction.atomic():
            # The person's row is the lock under which their postings are compared.
            User.objects.select_for_update().get(pk=self.person_id)
            self.clean()
            super().save(*args, **kwargs)
