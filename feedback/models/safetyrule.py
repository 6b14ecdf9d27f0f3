"""Which words and answers mean that somebody may be in danger: data that staff keep, with the sentences that prove it."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.caching import same_fact
from accounts.stamp import PublicFact, PublicFactQuerySet, Stamp
from feedback import safety

from .category import Signpost


def _net_in_force() -> safety.Net:
    return safety.net(tuple(SafetyRule.objects.filter(active=True).values_list("pk", "phrases", "answers")))


class SafetyRuleQuerySet(PublicFactQuerySet):
    def in_force(self, stamp: str = "") -> safety.Net:
        """The active rules, ready to be applied; read again only after staff changed something (told by the version `stamp`)."""
        return same_fact(_net_in_force, stamp or Stamp.current())

    def with_alarms(self):
        """Each with `alarms` and `false_alarms`: how often it applied, and how often a reviewer said that it should not have."""
        false = Q(reviews__decision="false_alarm")
        return self.annotate(
            alarms=Count("reviews", distinct=True), false_alarms=Count("reviews", filter=false, distinct=True)
        )


class SafetyRule(PublicFact):
    """Phrases that mean danger, the help that is shown at once, and example sentences for both sides of the line."""

    class Kind(models.TextChoices):
        DANGER = "danger", _("Danger to life")
        WEAPONS = "weapons", _("Weapons")
        DOMESTIC_ABUSE = "domestic_abuse", _("Domestic abuse")
        SELF_HARM = "self_harm", _("Self-harm")
        CHILD = "child", _("A child at risk")
        HATE = "hate", _("Hate")

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    language = models.CharField(
        _("language"),
        max_length=10,
        default="en",
        help_text=_("In which its phrases are: en, ur ... Each reads every text."),
    )
    reviewed_by = models.CharField(
        _("phrases reviewed by"), max_length=100, blank=True,
        help_text=_("Somebody who speaks it: who, in which office. The rule is in force before that, too."),
    )  # fmt: skip
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    phrases = models.TextField(
        _("phrases"), blank=True,
        help_text=_("One a line. A word that ends in * stands for all that begin so, and ... for up to three words."),
    )  # fmt: skip
    answers = models.TextField(
        _("answers"), blank=True, help_text=_("One a line: category:code or signpost:code, as the person chose it.")
    )
    signposts = models.ManyToManyField(Signpost, blank=True, related_name="+", verbose_name=_("help that is shown"))
    must_match = models.TextField(
        _("sentences that must match"), help_text=_("One a line. They are tried when you save.")
    )
    must_not_match = models.TextField(_("sentences that must not match"), blank=True, help_text=_("One a line."))
    active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = SafetyRuleQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("safety rule")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_on=None) | ~Q(reviewed_by=""), name="safety_rule_reviewed_by_somebody"
            )
        ]

    def __str__(self):
        return self.name

    def wrong_examples(self) -> dict[str, list[str]]:
        """Sentences that the rule treats otherwise than they say, by the field in which they stand."""
        net = safety.net(((0, self.phrases, ""),))
        wrong = {"must_match": [], "must_not_match": []}
        for field in wrong:
            for sentence in getattr(self, field).splitlines():
                if sentence.strip() and bool(net.look(sentence)) != (field == "must_match"):
                    wrong[field].append(sentence.strip())
        return {field: sentences for field, sentences in wrong.items() if sentences}

    def clean(self):
        words = {
            "must_match": _("The rule does not find this: “%(sentence)s”"),
            "must_not_match": _("The rule finds this, and must not: “%(sentence)s”"),
        }
        wrong = self.wrong_examples()
        if wrong:
            raise ValidationError(
                {field: [words[field] % {"sentence": one} for one in sentences] for field, sentences in wrong.items()}
            )
