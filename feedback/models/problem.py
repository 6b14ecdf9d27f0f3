"""What several concerns have in common, so that it is worked on once; a priority is a problem that the public knows of."""

from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.stamp import today_in_london
from areas.models import Area, Priority
from feedback.lifecycle import Refused


class Changed(Refused):
    """Somebody else saved the problem since its page was shown."""

    words = _("Somebody changed this problem since you opened it. What they wrote is shown below; yours is kept here.")


class AssessmentNeeded(Refused):
    """A problem can't be closed before anybody said whether the response worked."""

    words = _("Write the assessment first: did it work, and how do you know?")


class AnswersNeeded(Refused):
    """A problem can't be closed while people in it wait."""

    words = _("Some of the people who told us still wait for an answer. Answer them first.")


class AlreadyPublic(Refused):
    """One problem is one priority."""

    words = _("This problem is a priority already.")


class Over(Refused):
    """What has ended stays as it was assessed."""

    words = "This problem has ended. Work on it again first, then write or publish."


STEPS = ("objective", "scanning", "analysis", "response", "assessment")


class Problem(models.Model):
    """Two or more concerns about the same thing. What is written here is for colleagues."""

    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="problems", verbose_name=_("area"))
    title = models.CharField(_("title"), max_length=120, help_text=_("What and where, without names of people."))
    # OSARA, the steps in which a problem is worked on.
    objective = models.TextField(_("objective"), blank=True, help_text=_("What shall be better, and by when?"))
    scanning = models.TextField(
        _("scanning"), blank=True, help_text=_("What happens, where, when and to whom? How do you know?")
    )
    analysis = models.TextField(
        _("analysis"),
        blank=True,
        help_text=_("Why does it happen here? Who causes it, who suffers, what lets it happen?"),
    )
    response = models.TextField(
        _("response"), blank=True, help_text=_("Who does what about it, by when, and with whom?")
    )
    assessment = models.TextField(
        _("assessment"),
        blank=True,
        help_text=_("Did it work? What changed, and what do you know now? Needed to close."),
    )
    priority = models.ForeignKey(
        Priority, on_delete=models.PROTECT, null=True, blank=True, related_name="problems", verbose_name=_("priority"),
        help_text=_("Those who told us are told when an action of this priority is published."),
    )  # fmt: skip
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("problem")
        ordering = ["title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | ~Q(assessment=""),
                name="problem_ends_with_an_assessment",
                violation_error_message=_("Write the assessment first: did it work, and how do you know?"),
            )
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.priority and self.priority.area_id != self.area_id:
            raise ValidationError({"priority": _("This priority belongs to another area.")})

    @contextmanager
    def _held(self, version):
        """The row under its lock for one act, which counts the version; `Changed` where somebody saved since `version`."""
        with transaction.atomic():
            problem = Problem.objects.select_for_update().get(pk=self.pk)
            if problem.version != version:
                raise Changed
            problem.version += 1
            yield problem
        self.refresh_from_db()

    def write(self, steps: dict, *, version):
        """Keep the words of its `steps` (title and those of STEPS). Raises `Changed`, and `Over` where it has ended."""
        with self._held(version) as problem:
            problem._check_goes_on()
            for name, text in steps.items():
                setattr(problem, name, text)
            problem.save()

    def _check_goes_on(self):
        if self.ended_on:
            raise Over

    def close(self, *, waiting: int, version):
        """It is worked on no longer. `waiting`: how many people in it still wait for an answer.

        Raises `AssessmentNeeded`, `AnswersNeeded`, `Changed`.
        """
        with self._held(version) as problem:
            if not problem.assessment.strip():
                raise AssessmentNeeded
            if waiting:
                raise AnswersNeeded
            problem.ended_on = problem.ended_on or today_in_london()
            problem.save()

    def reopen(self, *, version):
        """It is worked on again. Raises `Changed`."""
        with self._held(version) as problem:
            problem.ended_on = None
            problem.save()

    def publish(self, title, you_said, *, ward=None, version) -> Priority:
        """Make it a priority that everybody can read.

        Raises `AlreadyPublic`, `Changed`, `Over`, and ValidationError of priorities.
        """
        with self._held(version) as problem:
            problem._check_goes_on()
            if problem.priority_id:
                raise AlreadyPublic
            problem.priority = Priority(area=problem.area, ward=ward, title=title, you_said=you_said, published=True)
            problem.priority.full_clean()
            problem.priority.save()
            problem.save()
        return self.priority
