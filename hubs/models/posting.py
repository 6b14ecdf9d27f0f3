"""Who works where, from when to when, and who answers for whom: postings and absences are asked together."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.held import Held
from accounts.stamp import PublicFact, today_in_london
from areas.models import Ruled, RuledQuerySet, Ward, first_clash

from .team import Team


class PostingQuerySet(RuledQuerySet):
    def lasting(self, day=None):
        """Those that have not ended on `day`: in force, or still to come."""
        return self.exclude(until__lt=day or today_in_london())

    def works_in(self, person, team) -> bool:
        """Whether `person` is posted in `team` today, or in no team of its area at all, as its commander."""
        theirs = self._teams_of(person, team)
        return not theirs or team.pk in theirs

    def team_for(self, person, team):
        """`team`, where `person` works in it; else the team of that area in which they have been posted for longest."""
        theirs = self._teams_of(person, team)
        if not theirs or team.pk in theirs:
            return team
        return self.model._meta.get_field("team").related_model.objects.get(pk=theirs[0])

    def _teams_of(self, person, team) -> list[int]:
        here = self.current().filter(person=person, team__hub__area=team.hub.area_id)
        return list(here.order_by("from_date", "pk").values_list("team", flat=True))

    def in_post(self, day=None):
        """Those of `day`, each with `away`, and `covered` where somebody answers for whoever is away."""
        day = day or today_in_london()
        away = Absence.objects.on(day).of_posting(OuterRef("person"), OuterRef("pk"))
        there = self.on(day).filter(person__is_active=True)
        same = ("team__hub__area", "team__department")
        area, department = (Q(**{place: OuterRef(OuterRef(place))}) for place in same)
        covered = away.covered(day, area | department)
        return there.annotate(away=Exists(away), covered=Exists(covered))

    def answering(self, day=None):
        """Those of `day` on which a person can answer: they are there (`away` False), or somebody covers for them."""
        return self.in_post(day).filter(Q(away=False) | Q(covered=True))

    def for_words(self, day=None):
        """`in_post` ones with what `cover` and `answers_words` read, in three queries; those who answer themselves first."""
        covered = Absence.objects.with_covers(day or today_in_london())
        return (
            self.select_related("person", "team__hub")
            .prefetch_related(Prefetch("person__absences", covered, to_attr="covered_absences"))
            .order_by("away", "-covered", "from_date", "pk")
        )

    def named_contacts(self, ward, day=None):
        """Who answers for `ward` on `day`: postings that name it, those who answer themselves first, then the longest known.

        Where the person is away, `cover` or else the team answers: a ward never loses its contact to an absence, or pages that
        count contacts and pages that name them would together tell who is away, and when.
        """
        return self.in_post(day).naming(named_wards=ward).for_words(day)

    def naming(self, **wards):
        """Pairs of a posting and a ward (`named_wards`): one that it names, in the area in which its team is based.

        Who works elsewhere sees no concern of the ward, so nobody there is its contact, whatever their posting still says.
        """
        return self.filter(named_wards__area=F("team__hub__area"), **wards)

    def naming_far(self):
        """Those that name a ward elsewhere than where their team is based, which names nobody until it is put right."""
        pairs = Posting.named_wards.through.objects.filter(posting=OuterRef("pk"))
        return self.filter(
            Exists(pairs.exclude(ward__in=Ward.objects.filter(area=OuterRef("posting__team__hub__area"))))
        )

    def wards_named(self, day):
        """The ids of the wards for which one of these postings is the named contact on `day`."""
        named = self.on(day).filter(person__is_active=True).naming()
        return set(named.order_by().values_list("named_wards", flat=True))


class Posting(Held, Ruled, PublicFact):
    """A person works in a team from one day to another, for a share of their time.

    Shares of one day sum to at most 100 %; the same person, team and role never overlap.
    """

    OWNER = "person"
    RULED = frozenset({"person", "person_id", "team", "team_id", "role", "share", "from_date", "until"})
    HELD = ("person", "team", "role", "share", "from_date")
    STAYS = "This posting has begun, and who worked where stays on record. Give it a last day and add another, or move them."

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
        rank = self.person.spoken_rank or self.get_role_display()
        return self.person.public_words or f"{rank}, {self.team.spoken_name}"

    @property
    def cover(self):
        """The person who answers instead today, or None. Asked only of postings from `for_words`."""
        covers = (one.cover for one in self.person.covered_absences if one.posting_id in (None, self.pk))
        return next((one for one in covers if self._works_here(one)), None) if self.away else None

    def _works_here(self, cover):
        """The posting through which `cover` works where this one does today, that of the same team first, or None."""
        place = self.team.place
        theirs = sorted(cover.postings_today, key=lambda one: one.team_id != self.team_id)
        return next((one for one in theirs if one.team.place == place), None)

    @property
    def answers_words(self) -> str:
        """Who answers today, to the public: "PCSO Lee answers for PC Shah"; never why, and never since when or until when.

        Where nobody covers it is the team; of a hidden name the team is all that stands there anyhow.
        """
        cover = self.cover
        if cover is None and self.away and self.person.public_words:
            return _("%(cover)s answers for %(contact)s") % {
                "cover": self.team.spoken_name,
                "contact": self.public_words,
            }
        if cover is None:
            return self.public_words
        theirs = self._works_here(cover)
        stand_in = (
            cover.public_words
            or (theirs and theirs.public_words)
            or _("A colleague, %(team)s") % {"team": self.team.spoken_name}
        )
        # Two hidden names of one rank and team: to say it twice would tell only who is away.
        if stand_in == self.public_words:
            return stand_in
        return _("%(cover)s answers for %(contact)s") % {"cover": stand_in, "contact": self.public_words}

    @staticmethod
    def refuse_broken(rows):
        if first_clash(rows, lambda one, other: (one.team_id, one.role) == (other.team_id, other.role)):
            raise ValidationError(_("This person already holds this role in this team in part of that time."))
        # The sum of shares can only rise on a day on which a posting begins.
        for day in sorted({one.from_date for one in rows}):
            that_day = (one for one in rows if one.from_date <= day and (one.until is None or one.until >= day))
            if (total := sum(one.share or 0 for one in that_day)) > 100:
                raise ValidationError(
                    _("On %(day)s this person's postings would add up to %(total)d %%. Lower a share or end a posting.")
                    % {"day": day.strftime("%d %B %Y"), "total": total}
                )


class AbsenceQuerySet(RuledQuerySet):
    def of_posting(self, person, posting):
        """Absences of `person` from everything, or from just this posting (of theirs)."""
        return self.filter(Q(posting__isnull=True) | Q(posting=posting), person=person)

    def known_in(self, teams):
        """Those that whoever keeps `teams` (a queryset) knows: from a posting there, or from all on a day of such a posting."""
        kept = Posting.objects.filter(team__in=teams)
        then = kept.filter(Q(until__isnull=True) | Q(until__gte=OuterRef("from_date")), person=OuterRef("person"))
        ours = Q(until__isnull=True) & Exists(then) | Exists(then.filter(from_date__lte=OuterRef("until")))
        return self.filter(Q(posting__in=kept) | Q(posting__isnull=True) & ours)

    def covered(self, day, where):
        """Those for which somebody answers on `day`: a cover who may sign in, is not away altogether, and works there.

        `where`: which postings of the cover count, a Q; whoever answers for somebody works in the same area or department.
        """
        gone = Absence.objects.on(day).filter(person=OuterRef("cover"), posting__isnull=True)
        posted = Posting.objects.on(day).filter(where, person=OuterRef("cover"))
        return self.filter(~Exists(gone), Exists(posted), cover__is_active=True)

    def with_covers(self, day):
        """The absences of `day` with a cover, and where that works that day: whoever is posted nowhere covers nothing."""
        theirs = Posting.objects.on(day).select_related("team__hub").order_by("from_date", "pk")
        prefetch = Prefetch("cover__postings", theirs, to_attr="postings_today")
        return self.on(day).covered(day, Q()).select_related("cover").prefetch_related(prefetch).order_by("pk")


class Absence(Ruled, PublicFact):
    """Somebody can't answer for some days, and who answers instead. The public sees only who answers now.

    To cover gives no access to anything: a posting does. Absences of one person never overlap, but those from different
    postings may. What keeps somebody away is nobody's health record: `reason` holds none.
    """

    OWNER = "person"
    RULED = frozenset({"person", "person_id", "posting", "posting_id", "from_date", "until"})
    ACTS = "cover"

    class Kind(models.TextChoices):
        LEAVE = "leave", _("Leave")
        TRAINING = "training", _("Training")
        ABSTRACTION = "abstraction", _("Duty elsewhere")
        LONG_TERM = "long_term", _("Long-term")
        OTHER = "other", _("Other")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences", verbose_name=_("who is away")
    )
    posting = models.ForeignKey(
        Posting,
        on_delete=models.PROTECT,
        related_name="absences",
        null=True,
        blank=True,
        verbose_name=_("from which posting"),
        help_text=_("Empty: from all of them."),
    )
    from_date = models.DateField(_("from"), default=today_in_london)
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day. Empty: until further notice.")
    )
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="covers",
        null=True,
        blank=True,
        verbose_name=_("who answers instead"),
        help_text=_("The public reads: X answers for Y. Empty: the team answers."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.LEAVE)
    reason = models.CharField(
        _("note for colleagues"),
        max_length=200,
        blank=True,
        help_text=_("Never shown to the public. Nothing about health."),
    )

    objects = AbsenceQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("absence")
        ordering = ["-from_date", "person"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("from_date")), name="absence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(cover__isnull=True) | ~Q(cover=F("person")), name="absence_not_covered_by_oneself"
            ),
        ]
        indexes = [models.Index(fields=["person", "from_date"], name="absence_person_from")]

    def __str__(self):
        return f"{self.person}, {self.from_date}"

    def clean(self):
        if self.posting_id and self.posting.person_id != self.person_id:
            raise ValidationError({"posting": _("That is somebody else's posting.")})
        if self.cover_id and self.cover_id == self.person_id:
            raise ValidationError({"cover": _("Nobody covers for themselves. Choose a colleague, or leave it empty.")})
        super().clean()

    @staticmethod
    def refuse_broken(rows):
        if first_clash(
            rows, lambda one, other: None in (one.posting_id, other.posting_id) or one.posting_id == other.posting_id
        ):
            raise ValidationError(_("This person is already away in part of that time. Change that absence instead."))
