"""Where people and teams work from some day on: one decision, one transaction, undone as a whole until it takes effect."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.held import OWN_ACCESS
from accounts.models import User
from accounts.stamp import days_after, midnight, refuse_far, today_in_london
from accounts.versions import version_of

from .hub import Hub
from .plans import BY_HAND, MoveRefused, Plans, undone_words
from .posting import Posting
from .team import Team

FROM_TO = "%(who)s: from %(old)s to %(new)s"


class MoveQuerySet(models.QuerySet):
    def waiting(self):
        """Those that have not taken effect and were not undone."""
        return self.filter(undone_at__isnull=True, from_date__gt=today_in_london())

    def settled(self, days):
        """Those of the last `days` that have taken effect or were undone, the latest decision first."""
        waits = Q(undone_at__isnull=True, from_date__gt=today_in_london())
        return self.filter(made_at__gte=midnight(days)).exclude(waits).order_by("-made_at", "-pk")

    def touching(self, areas):
        """Those of people or teams of `areas` (ids), at either end."""
        lines = MoveLine.objects.filter(posting__team__hub__area__in=areas).values("move")
        return self.filter(Q(pk__in=lines) | Q(hub__area__in=areas) | Q(hub_before__area__in=areas))

    def described(self):
        """With all that `changes` reads."""
        return self.select_related("by", "undone_by", "team", "hub", "hub_before").prefetch_related(
            "lines__posting__person", "lines__posting__team"
        )

    def carry_out_due(self) -> int:
        """Bring teams to their new hub whose day has come; postings need nobody to do so. Returns how many."""
        due = self.filter(
            kind=Move.Kind.TEAM, done_at__isnull=True, undone_at__isnull=True, from_date__lte=today_in_london()
        )
        return sum(move.carry_out() for move in due.order_by("from_date", "pk"))


class Move(Plans, models.Model):
    """Somebody decided, for a reason, that people or a team work somewhere else from a day on."""

    class Kind(models.TextChoices):
        PEOPLE = "people", _("Move people to another team")
        SWAP = "swap", _("Swap two people")
        LEAVE = "leave", _("End all postings of a leaver")
        TEAM = "team", _("Move a team to another hub")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    from_date = models.DateField(_("takes effect on"))
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("decided"), default=timezone.now, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="moves")
    hub_before = models.ForeignKey(Hub, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(_("team moved"), null=True, blank=True, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    undid: list = []  # sentences: what a move that was made just now took back
    undone_why = undone_words("")  # for histories, while it is undone
    objects = MoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("move")
        ordering = ["-from_date", "-pk"]
        indexes = [models.Index(fields=["kind", "from_date"], name="move_kind_from")]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.from_date}"

    @property
    def waits(self) -> bool:
        """Whether it can still be undone."""
        return self.undone_at is None and self.from_date > today_in_london()

    @property
    def state_words(self) -> str:
        if self.undone_at:
            return _("Undone")  # type: ignore[return-value]
        return _("Not yet in effect") if self.waits else _("In effect")  # type: ignore[return-value]

    @property
    def changes(self) -> list[str]:
        """Who or what comes from where to where, a sentence each; of what was undone only whom it was about."""
        lines = sorted(self.lines.all(), key=lambda line: line.pk)
        if self.undone_at:
            return [str(line.posting.person) for line in lines] + ([str(self.team)] if self.team else [])
        last = date_format(days_after(self.from_date, -1))
        begun = {line.posting.person_id: line.posting for line in lines if line.begun}
        told = []
        for old in (line.posting for line in lines if not line.begun):
            new = begun.get(old.person_id)
            left = f"{old.person}: leaves {old.team}, last day {last}"
            told.append(FROM_TO % {"who": old.person, "old": old.team, "new": new.team} if new else left)
        return told + ([FROM_TO % {"who": self.team, "old": self.hub_before, "new": self.hub}] if self.team else [])

    def areas(self) -> set:
        """The ids of the areas that it touches, at either end."""
        ends = {hub.area_id for hub in (self.hub_before, self.hub) if hub}
        taken = {before["team_id"] for before, _after in self.taken.get("postings", {}).values()}
        ends |= set(Team.objects.filter(pk__in=taken).values_list("hub__area", flat=True))
        return (ends | set(self.lines.values_list("posting__team__hub__area", flat=True))) - {None}

    def within(self, areas) -> bool:
        """Whether both its ends are of `areas` (ids), and none of a department, which is of no area."""
        return self.areas() <= set(areas) and not self.lines.filter(posting__team__hub__isnull=True).exists()

    # ---- the four decisions --------------------------------------------------------------------------------------------

    @classmethod
    @transaction.atomic
    def people(cls, postings, team, *, from_date, reason, by, keep_wards=False):
        """The people of `postings` work in `team` from `from_date` on; `keep_wards`: they stay the named contact."""
        move = cls._decided(cls.Kind.PEOPLE, [one.person_id for one in postings], from_date, reason, by)
        for posting in postings:
            if posting.team_id == team.pk:
                raise MoveRefused(_("%(person)s works in this team already.") % {"person": posting.person})
            wards = list(posting.named_wards.all())
            theirs = wards if keep_wards else team.near(ward for ward in wards if ward in team.wards.all())
            move._end(posting)
            move._begin(posting, team, posting.role, theirs)
        return move

    @classmethod
    @transaction.atomic
    def swap(cls, first, second, *, from_date, reason, by):
        """The people of two postings take each other's place: team, role and named wards."""
        if first.person_id == second.person_id:
            raise MoveRefused(_("Choose two different people."))
        move = cls._decided(cls.Kind.SWAP, [first.person_id, second.person_id], from_date, reason, by)
        places = {one.pk: (one.team, one.role, list(one.named_wards.all())) for one in (first, second)}
        for posting in (first, second):
            move._end(posting)
        for posting, other in ((first, second), (second, first)):
            move._begin(posting, *places[other.pk])
        return move

    @classmethod
    @transaction.atomic
    def leave(cls, person, *, from_date, reason, by):
        """All postings of `person` end with the day before `from_date`; what was planned for them later is taken back first.

        A day that has passed is taken, too, as colleagues may learn late; what was over by itself meanwhile stays as it is.
        """
        move = cls._decided(cls.Kind.LEAVE, [person.pk], from_date, reason, by)
        move.undid = list(move._unplan(person))
        postings = list(person.postings.lasting(max(from_date, today_in_london())))
        if not postings and not move.undid:
            raise MoveRefused(_("%(person)s has no posting that lasts until then.") % {"person": person})
        for posting in postings:
            move._end(posting)
        return move

    @classmethod
    @transaction.atomic
    def team_to(cls, team, hub, *, from_date, reason, by):
        """`team` is based at `hub` from `from_date` on; its people stay in it, and reach what is reached from there."""
        team = Team.objects.select_for_update().get(pk=team.pk)
        if team.hub_id is None or team.hub_id == hub.pk:
            raise MoveRefused(_("This team is not based at another hub, so there is nothing to move."))
        if team.moves.waiting().exists():
            raise MoveRefused(_("This team moves already. Undo that move first."))
        people = team.postings.lasting().values_list("person", flat=True)
        move = cls._decided(cls.Kind.TEAM, people, from_date, reason, by, team=team, hub_before=team.hub, hub=hub)
        if from_date <= today_in_london():
            move.carry_out()
        return move

    @classmethod
    def _decided(cls, kind, people, from_date, reason, by, **more):
        if from_date < today_in_london() and kind != cls.Kind.LEAVE:
            raise MoveRefused(_("A move can't begin in the past. Choose today or a later day."))
        try:
            refuse_far(from_date)
        except ValidationError as error:
            raise MoveRefused(error.messages) from error
        if by.pk in set(people):
            raise MoveRefused(OWN_ACCESS)
        # The people's rows are the locks under which their postings are compared, always in the same order.
        list(User.objects.select_for_update().filter(pk__in=set(people)).order_by("pk"))
        return cls.objects.create(kind=kind, from_date=from_date, reason=reason, by=by, **more)

    def _end(self, posting):
        posting.refresh_from_db(fields=["from_date", "until"])
        if posting.from_date >= self.from_date:
            raise MoveRefused(
                _("The posting of %(person)s begins on %(day)s. Undo or change that first, or choose a later day.")
                % {"person": posting.person, "day": posting.from_date.strftime("%d %B %Y")}
            )
        if posting.until and posting.until < self.from_date:
            raise MoveRefused(_("The posting of %(person)s ends before that day.") % {"person": posting.person})
        posting.until_before, posting.until = posting.until, days_after(self.from_date, -1)
        posting._change_reason = self.reason[:100]
        posting.save()
        self.lines.create(posting=posting, until_before=posting.until_before, stood=version_of(posting))

    def _begin(self, posting, team, role, wards):
        begun = Posting(
            person=posting.person, team=team, role=role, share=posting.share, from_date=self.from_date,
            until=posting.until_before, reason=self.reason,
        )  # fmt: skip
        begun._change_reason = self.reason[:100]
        begun.save()
        try:
            team.refuse_far_wards(wards)
        except ValidationError as error:
            raise MoveRefused(error.messages) from error
        begun.named_wards.set(wards)
        self.lines.create(posting=begun, begun=True, stood=version_of(begun))

    # ---- what becomes of it --------------------------------------------------------------------------------------------

    @transaction.atomic
    def carry_out(self) -> bool:
        """Bring the team to its new hub; False where that was done or undone before."""
        now = timezone.now()
        waiting = Move.objects.filter(pk=self.pk, done_at__isnull=True, undone_at__isnull=True)
        if not waiting.update(done_at=now):
            return False
        team = Team.objects.select_for_update().get(pk=self.team_id)
        team.hub, self.done_at = self.hub, now
        team._change_reason = self.reason[:100]
        team.save()
        for posting in team.postings.lasting().naming_far().order_by("pk"):
            self._leave_wards(posting, team)
        return True

    def _leave_wards(self, posting, team):
        """Whoever comes to another area is the contact of the old one's wards no longer; no other move finds this strange."""
        stood, wards = version_of(posting), posting.named_wards.all()
        posting._change_reason = self.reason[:100]
        posting.named_wards.set(team.near(wards))
        posting.lines.filter(stood=stood).update(stood=version_of(posting))

    @transaction.atomic
    def undo(self, *, by, areas=None, why=""):
        """As if it had never been decided; only until it takes effect. Raises `MoveRefused` where others built on it.

        `areas`: the ids of those that `by` keeps, in which both its ends must lie; None for whoever keeps the whole force.
        `why`: for the history of each posting, or of the team.
        """
        move = Move.objects.select_for_update().get(pk=self.pk)
        move.undone_why = undone_words(why)
        if areas is not None and not move.within(areas):
            raise MoveRefused(_("This move touches an area that is not yours. Ask a staff admin."))
        lines = list(move.lines.select_related("posting__person").order_by("-begun", "pk"))
        if not move.waits:
            raise MoveRefused(_("This has taken effect or was undone. Make another move instead."))
        if by.pk in {line.posting.person_id for line in lines}:
            raise MoveRefused(OWN_ACCESS)
        try:
            for line in lines:
                move._take_back(line)
            move._plan_again(by)
            if move.team:
                move.team._change_reason = move.undone_why
                move.team.save()
        except MoveRefused:
            raise
        except ValidationError as error:  # what was there before fits no more with what came since
            raise MoveRefused([*error.messages, BY_HAND]) from error
        move.undone_at, move.undone_by = timezone.now(), by
        move.save(update_fields=["undone_at", "undone_by"])
        return move

    def _take_back(self, line):
        posting, later = line.posting, line.posting.lines.filter(pk__gt=line.pk, move__undone_at__isnull=True)
        expected = (
            posting.from_date == self.from_date if line.begun else posting.until == days_after(self.from_date, -1)
        )
        changed = line.stood and line.stood != version_of(posting)
        if later.exclude(move=self).exists() or not expected or changed:
            raise MoveRefused(
                _("Somebody has changed the posting of %(person)s since. Put that right first.")
                % {"person": posting.person}
            )
        posting._change_reason = self.undone_why
        if line.begun:
            return self._delete(posting)
        posting.until = line.until_before
        posting.save()


class MoveLine(models.Model):
    """A posting that a move began or ended."""

    move = models.ForeignKey(Move, on_delete=models.PROTECT, related_name="lines")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="lines")
    begun = models.BooleanField(default=False)
    until_before = models.DateField(null=True, blank=True)
    stood = models.CharField(max_length=16, blank=True, editable=False)  # its version as the move left it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["move", "posting"], name="move_line_once_a_posting")]

    def __str__(self):
        return f"{self.posting} ({_('begins') if self.begun else _('ends')})"
