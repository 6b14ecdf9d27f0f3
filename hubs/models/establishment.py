"""How many posts a team should have, how many it has, and how far the force is on the way to a promised number."""

from datetime import datetime, time

from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from accounts.stamp import LONDON, days_after, today_in_london

from .posting import Posting
from .team import Team, TeamKind


class EstablishmentQuerySet(models.QuerySet):
    def on(self, day):
        """What holds on `day`: of each team and role the newest that began by then."""
        newest = Establishment.objects.filter(team=OuterRef("team"), role=OuterRef("role"), from_date__lte=day)
        return self.filter(pk=Subquery(newest.order_by("-from_date").values("pk")[:1]))

    def posts_on(self, days) -> list[int | None]:
        """How many posts there should be on each of `days`, in one question; None where nobody had set any."""
        rows = list(self.order_by("from_date").values_list("team", "role", "from_date", "posts"))
        found: list[int | None] = []
        for day in days:
            holds = {(team, role): posts for team, role, since, posts in rows if since <= day}
            found.append(sum(holds.values()) if holds else None)
        return found


class Establishment(models.Model):
    """A team should have so many full-time posts of a role, from a day on until another number replaces it."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="establishments", verbose_name=_("team"))
    role = models.CharField(_("role"), max_length=20, choices=Posting.Role.choices, default=Posting.Role.MEMBER)
    posts = models.PositiveSmallIntegerField(_("full-time posts"))
    from_date = models.DateField(_("from"), default=today_in_london)

    objects = EstablishmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("establishment")
        verbose_name_plural = _("establishment: posts a team should have")
        ordering = ["team", "role", "-from_date"]
        constraints = [
            models.UniqueConstraint(fields=["team", "role", "from_date"], name="establishment_once_a_day"),
        ]

    def __str__(self):
        return f"{self.team}, {self.get_role_display()}: {self.posts}"


class StrengthTarget(models.Model):
    """A number of extra posts that somebody promised for the whole force, with who said so and when."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    team_kind = models.ForeignKey(
        TeamKind, on_delete=models.PROTECT, related_name="targets", verbose_name=_("kind of team")
    )
    extra = models.PositiveIntegerField(_("extra posts promised"))
    baseline = models.PositiveIntegerField(
        _("posts before the promise"), null=True, blank=True,
        help_text=_("Empty while nobody has confirmed it: then no progress is counted from the postings."),
    )  # fmt: skip
    reported = models.PositiveIntegerField(_("extra posts last reported"), null=True, blank=True)
    reported_on = models.DateField(_("reported for"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200)
    source_url = models.URLField(_("address of the source"), blank=True)
    checked_on = models.DateField(_("checked on"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("target of strength")
        verbose_name_plural = _("targets of strength")
        ordering = ["code"]

    def __str__(self):
        return self.name

    def extra_on(self, day) -> float | None:
        """Extra full-time posts filled on `day`, counted from postings; None while the baseline is not confirmed."""
        if self.baseline is None:
            return None
        return strength(Posting.objects.filter(team__kind=self.team_kind), day) - self.baseline


def strength(postings, day) -> float:
    """How many full-time posts those of `postings` (a queryset) that are in force on `day` make; 2.5 for two and a half."""
    return (at_work(postings, day).order_by().aggregate(all=Sum("share"))["all"] or 0) / 100


def strengths(postings, days) -> list[float]:
    """The `strength` of `postings` (a queryset) on each of `days`, in one question."""
    there = {f"there_{n}": _told(_could_sign_in(day)) for n, day in enumerate(days)}
    in_force = [Q(Q(until__isnull=True) | Q(until__gte=day), from_date__lte=day) for day in days]
    shares = {f"on_{n}": Sum("share", filter=holds & Q(**{f"there_{n}": True})) for n, holds in enumerate(in_force)}
    found = postings.order_by().annotate(**there).aggregate(**shares)
    return [(found[f"on_{n}"] or 0) / 100 for n in range(len(days))]


def _told(condition):
    """A condition as something to annotate with."""
    return Case(When(condition, then=Value(True)), default=Value(False)) if isinstance(condition, Q) else condition


def at_work(postings, day):
    """Those of `postings` in force on `day` whose people could sign in that day: an account closed later changes nothing."""
    return postings.on(day).filter(_could_sign_in(day))


def _could_sign_in(day):
    """Whether a posting's person could sign in on `day`, as a condition."""
    if day >= today_in_london():
        return Q(person__is_active=True)
    over = datetime.combine(days_after(day, 1), time.min, LONDON)
    then = User.history.filter(id=OuterRef("person"), history_date__lt=over).order_by("-history_date", "-history_id")
    return Coalesce(Subquery(then.values("is_active")[:1]), Value(True))


def strength_by_team(teams, day=None) -> list[Team]:
    """`teams` (a queryset), each with `posts`, `strength` and `gap` on `day`; `posts` is None where nobody has set any."""
    day = day or today_in_london()
    posts = dict(
        Establishment.objects.on(day).filter(team__in=teams).order_by().values_list("team").annotate(all=Sum("posts"))
    )
    filled = dict(
        at_work(Posting.objects.filter(team__in=teams), day).order_by().values_list("team").annotate(all=Sum("share"))
    )
    found = list(teams)
    for team in found:
        team.posts, team.strength = posts.get(team.pk), filled.get(team.pk, 0) / 100
        team.gap = max(team.posts - team.strength, 0) if team.posts is not None else 0
    return found
