"""Where people meet the police face to face, what they ask beforehand, and what was answered."""

from uuid import UUID, uuid4

from django.db import models, transaction
from django.db.models import F, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import LONDON, PublicFact, PublicFactQuerySet, Stamp, midnight, refuse_far

from .area import Area
from .ward import Ward


class TooLate(Exception):
    """A question can't be asked any more. `str()` is a sentence for the public."""

    def __init__(self):
        super().__init__(_("Questions for this meeting can't be sent any more."))


class MeetingQuerySet(PublicFactQuerySet):
    def public(self):
        """With all that a page shows of them: area, wards (with their area), published questions as `shown_questions`."""
        shown = Prefetch("questions", MeetingQuestion.objects.filter(published=True), to_attr="shown_questions")
        wards = Prefetch("wards", Ward.objects.select_related("area"))
        return self.select_related("area").prefetch_related(wards, shown)

    def coming(self):
        """Those that have not ended yet, the next one first."""
        return self.filter(ends__gt=timezone.now()).order_by("starts", "pk")

    def past(self):
        """Those that have ended, the last one first."""
        return self.filter(ends__lte=timezone.now()).order_by("-starts", "-pk")

    def for_calendars(self, days):
        """Those of the last `days` and all that come, the first one first; the same all day long."""
        return self.filter(ends__gte=midnight(days)).order_by("starts", "pk")

    def around(self, ward):
        """Those of `ward`, and those of its area that name no ward."""
        return self.filter(Q(wards=ward) | Q(wards__isnull=True), area=ward.area_id).distinct()


def clock_time(moment) -> str:
    """The time of day of a London-aware `moment`: "6pm", "7:30pm"."""
    words = date_format(moment, gettext("g:ia") if moment.minute else gettext("ga"))
    return words.replace("a.m.", "am").replace("p.m.", "pm")


class Meeting(PublicFact):
    """A meeting that anybody may come to."""

    class Kind(models.TextChoices):
        SURGERY = "surgery", _("Beat surgery")
        PUBLIC = "public", _("Public meeting")

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("area"))
    wards = models.ManyToManyField(
        Ward, blank=True, related_name="meetings", verbose_name=_("wards"), help_text=_("Empty: the whole area.")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.SURGERY)
    starts = models.DateTimeField(_("starts"), validators=[refuse_far])
    ends = models.DateTimeField(_("ends"), validators=[refuse_far])
    place = models.CharField(
        _("place"), max_length=120, help_text=_("What people call it, such as the name of the library.")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    accessibility = models.TextField(
        _("getting in"), blank=True, help_text=_("Steps, a hearing loop, toilets, parking, languages spoken.")
    )
    online = models.URLField(_("link to take part online"), blank=True)
    about = models.TextField(_("what it is about"), blank=True)
    summary = models.TextField(_("what came of it"), blank=True, help_text=_("Afterwards: what was said and promised."))
    cancelled = models.BooleanField(_("cancelled"), default=False)
    uid = models.UUIDField(default=uuid4, unique=True, editable=False)  # under which calendars know it
    sequence = models.PositiveIntegerField(default=0, editable=False)  # counted up, so that they take a change
    changed = models.DateTimeField(auto_now=True)
    announced_at = models.DateTimeField(default=timezone.now, editable=False)
    news_at = models.DateTimeField(default=timezone.now, editable=False)  # announced, moved or cancelled
    written_up_at = models.DateTimeField(null=True, editable=False)

    NEWS = ("starts", "ends", "place", "address", "cancelled")  # whoever means to come must know of these

    objects = MeetingQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[wards], excluded_fields=["announced_at", "news_at", "written_up_at"])

    class Meta:
        verbose_name = _("meeting")
        ordering = ["-starts", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="meeting_ends_after_it_starts",
                violation_error_message=_("A meeting ends after it starts. Check both times."),
            )
        ]
        indexes = [models.Index(fields=["area", "starts"], name="meeting_area_starts")]

    def __str__(self):
        return _("%(kind)s at %(place)s") % {"kind": self.get_kind_display(), "place": self.place}

    def get_absolute_url(self):
        return reverse("local:meeting", args=[self.pk])

    def save(self, *args, **kwargs):
        if not self._state.adding:
            self.sequence += 1
            if Meeting.objects.filter(pk=self.pk).exclude(**{name: getattr(self, name) for name in self.NEWS}).exists():
                self.news_at = timezone.now()
        if self.summary:
            self.written_up_at = self.written_up_at or timezone.now()
        super().save(*args, **kwargs)

    @property
    def title(self) -> str:
        return str(self)

    @property
    def over(self) -> bool:
        return self.ends <= timezone.now()

    @property
    def takes_questions(self) -> bool:
        """Whether a question can be asked beforehand: until the meeting starts."""
        return not self.cancelled and timezone.now() < self.starts

    @property
    def when(self) -> str:
        """Day and times as people say them: "Thursday 26 November, 6pm to 7:30pm"."""
        starts, ends = (moment.astimezone(LONDON) for moment in (self.starts, self.ends))
        this_year = starts.year == timezone.now().astimezone(LONDON).year
        day = date_format(starts, "l j E" if this_year else "l j E Y")
        last = clock_time(ends) if ends.date() == starts.date() else f"{date_format(ends, 'l j E')}, {clock_time(ends)}"
        return _("%(day)s, %(from)s to %(to)s") % {"day": day, "from": clock_time(starts), "to": last}

    @property
    def where_words(self) -> str:
        """For which wards, or the area: "Bloxwich West and Blakenall, Walsall"."""
        wards: list = [ward.name for ward in self.wards.all()]
        return f"{get_text_list(wards, _('and'))}, {self.area}" if wards else str(self.area)

    def ask(self, text: str, *, key: UUID, limit=None):
        """Keep a question of the public, once for each `key`; returns it. Only staff read it until they publish it.

        `limit` counts against the rate and raises to refuse; what was kept before does not count. Raises `TooLate`.
        """
        with transaction.atomic():
            known = self.questions.filter(key=key).first()
            if known:
                return known
            if not self.takes_questions:
                raise TooLate
            if limit:
                limit()
            question, _made = self.questions.get_or_create(key=key, defaults={"text": text})
        return question


class MeetingQuestion(models.Model):
    """A question asked before a meeting, without a name; shown, perhaps with its answer, once staff publish it."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="questions", verbose_name=_("meeting"))
    text = models.TextField(_("question"))
    key = models.UUIDField(default=uuid4, editable=False)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    answer = models.TextField(_("answer"), blank=True)
    published = models.BooleanField(
        _("shown to the public"), default=False, help_text=_("Only without names and anything that points at somebody.")
    )
    answered_at = models.DateTimeField(null=True, editable=False)  # when the public first read the answer

    # Without the words of the public: what staff took out of them, or the schedule removed, must not stay in a history.
    history = HistoricalRecords(excluded_fields=["text", "key", "answered_at"])

    class Meta:
        verbose_name = _("question")
        ordering = ["asked_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["key"], name="meeting_question_key_once")]

    def __str__(self):
        return self.text if len(self.text) <= 60 else self.text[:57].rsplit(" ", 1)[0] + "…"

    def save(self, *args, **kwargs):
        asked = self._state.adding and not self.published
        if self.published and self.answer:
            self.answered_at = self.answered_at or timezone.now()
        super().save(*args, **kwargs)
        if not asked:  # to ask changes no page, so strangers can't make every page stale
            Stamp.bump()

    def delete(self, *args, **kwargs):
        done = super().delete(*args, **kwargs)
        Stamp.bump()
        return done
