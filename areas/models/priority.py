"""What a ward or area puts first: what people said, what the police do about it, how it ended."""

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Prefetch, Q
from django.db.models.lookups import IsNull
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import LONDON, PublicFact, PublicFactQuerySet, days_ago, refuse_far, refuse_to_come, today_in_london
from areas.rounding import people_in_words

from .area import Area
from .ward import Ward


class PriorityQuerySet(PublicFactQuerySet):
    def public(self):
        """What everybody may read, with its place and, as the list `done`, its published actions, newest first."""
        done = Prefetch("actions", PriorityAction.objects.public(), to_attr="done")
        return self.filter(published=True).select_related("area", "ward__area").prefetch_related(done)

    def open(self):
        """Those that have not ended."""
        return self.filter(ended_on__isnull=True)

    def ended(self):
        """Those that have ended, the last one first."""
        return self.filter(ended_on__isnull=False).order_by("-ended_on", "-pk")

    def stale(self):
        """Open, published, and without news for so long that somebody should look at them."""
        return self.open().filter(published=True, touched_on__lte=days_ago(Priority.STALE_DAYS))

    def around(self, ward):
        """Those of `ward` and those of its whole area."""
        return self.filter(Q(ward=ward) | Q(ward__isnull=True), area=ward.area_id)

    def ward_first(self):
        """Those of a ward before those of a whole area; in each the latest news first."""
        return self.order_by(IsNull(F("ward"), True), "-touched_on", "-pk")

    def area_first(self):
        """Those of a whole area before those of its wards; in each the latest news first."""
        return self.order_by(IsNull(F("ward"), False), "-touched_on", "-pk")


class Priority(PublicFact):
    """One of at most three things that a ward, or an area as a whole, puts first at a time."""

    OPEN_AT_ONCE = 3
    STALE_DAYS = 90

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="priorities", verbose_name=_("area"))
    ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="priorities", verbose_name=_("ward"),
        help_text=_("Empty: the whole area."),
    )  # fmt: skip
    title = models.CharField(_("title"), max_length=120, help_text=_("What it is about, in a few plain words."))
    you_said = models.TextField(
        _("what people said"),
        help_text=_("In their words, without names, house numbers or anything told in confidence."),
    )
    since = models.DateField(_("people have said so since"), default=today_in_london, validators=[refuse_to_come])
    people = models.PositiveIntegerField(
        _("how many people said so"), null=True, blank=True,
        help_text=_("Roughly; the public sees it rounded. Empty: those counted from the linked concerns."),
    )  # fmt: skip
    counted = models.PositiveIntegerField(_("people counted from concerns"), default=0, editable=False)
    counted_on = models.DateField(null=True, editable=False)  # once a month, so that nobody can watch who comes
    outcome = models.TextField(_("how it ended"), blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True, validators=[refuse_to_come])
    published = models.BooleanField(_("shown to the public"), default=False)
    touched_on = models.DateField(_("last news on"), default=today_in_london, editable=False)
    shown_at = models.DateTimeField(null=True, editable=False)  # when the public first saw it
    closed_at = models.DateTimeField(null=True, editable=False)  # when they first read how it ended

    objects = PriorityQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["counted", "counted_on", "shown_at", "closed_at"])

    class Meta:
        verbose_name = _("priority")
        verbose_name_plural = _("priorities")
        ordering = ["-touched_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, outcome="") | Q(ended_on__isnull=False) & ~Q(outcome=""),
                name="priority_outcome_exactly_when_ended",
                violation_error_message=_("Say both how it ended and on which day, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("since")),
                name="priority_ends_after_it_began",
                violation_error_message=_("It can't have ended before people began to say so."),
            ),
        ]
        indexes = [models.Index(fields=["area", "ward"], name="priority_area_ward")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        # The list finds the page on which it stands by then: links in mails and feeds are followed years later.
        return f"{reverse('local:priorities')}?priority={self.pk}#priority-{self.pk}"

    @property
    def people_words(self) -> str:
        """How many people said so, rounded: what staff wrote, or else what was counted."""
        return people_in_words(self.counted if self.people is None else self.people)

    @property
    def days_silent(self) -> int:
        """Days since there was news."""
        return (today_in_london() - self.touched_on).days

    @property
    def stale(self) -> bool:
        return self.ended_on is None and self.days_silent >= self.STALE_DAYS

    def clean(self):
        if not self.area_id:
            return
        if self.ward and self.ward.area_id != self.area_id:
            raise ValidationError({"ward": _("This ward belongs to another area.")})
        if not self.published or self.ended_on:
            return
        others = Priority.objects.open().filter(published=True, area=self.area_id, ward=self.ward_id)
        if others.exclude(pk=self.pk).count() >= self.OPEN_AT_ONCE:
            raise ValidationError(_("Three priorities are open here already. End one of them first."))

    def save(self, *args, **kwargs):
        with transaction.atomic():
            # The area's row is the lock under which the open ones are counted.
            Area.objects.select_for_update().get(pk=self.area_id)
            self.clean()
            self._touch()
            self._mark()
            super().save(*args, **kwargs)

    def _touch(self):
        """To appear and to end is news; a corrected word is none."""
        if self.ended_on:
            self.touched_on = max(self.touched_on, self.ended_on)
        elif self.published and not Priority.objects.filter(pk=self.pk, published=True).exists():
            self.touched_on = today_in_london()

    def _mark(self):
        """Keep the moment of the news for those who follow; shown again after a while, or reworded, it is none."""
        if self.published:
            self.shown_at = self.shown_at or timezone.now()
        self.closed_at = (self.closed_at or timezone.now()) if self.published and self.ended_on else None


class PriorityActionQuerySet(PublicFactQuerySet):
    def public(self):
        """Those that staff have published, newest first."""
        return self.filter(published_at__isnull=False).order_by("-day", "-pk")

    def announced(self):
        """Those that the public can read now: published, of a published priority."""
        return self.filter(published_at__isnull=False, priority__published=True)


class PriorityAction(PublicFact):
    """One thing that is done about a priority, on a day."""

    priority = models.ForeignKey(Priority, on_delete=models.PROTECT, related_name="actions", verbose_name=_("priority"))
    text = models.TextField(_("what we do"), help_text=_("One thing, in plain words: who did what, where."))
    day = models.DateField(_("on"), default=today_in_london, validators=[refuse_far])
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    objects = PriorityActionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("action")
        ordering = ["-day", "-pk"]

    def __str__(self):
        return self.text if len(self.text) <= 60 else self.text[:57].rsplit(" ", 1)[0] + "…"

    def show(self, shown: bool) -> None:
        """Publish it, or take it back; call `save()` afterwards. Those who contributed are told once, after a while."""
        self.published_at = (self.published_at or timezone.now()) if shown else None

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            if self.published_at:
                day = self.published_at.astimezone(LONDON).date()
                Priority.objects.filter(pk=self.priority_id, touched_on__lt=day).update(touched_on=day)
