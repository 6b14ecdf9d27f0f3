"""What was planned for somebody who leaves before it begins: taken back with the leaving."""

from datetime import date

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from accounts.held import OWN_ACCESS
from accounts.models import User
from accounts.stamp import days_after, today_in_london
from areas.models import Ward

from .posting import Posting
from .team import Team

BY_HAND = "Nothing was undone. Put that right first, or make the postings anew by hand."


class MoveRefused(ValidationError):
    """A move that can't be made or undone; its message is a sentence for whoever wanted it."""


def undone_words(why) -> str:
    """What histories say of a move that was undone, and `why`."""
    return f"A move was undone: {why}"[:100] if why else "A move was undone"


def tomorrow() -> date:
    return days_after(today_in_london(), 1)


def _state(posting) -> dict:
    """All that stands in a posting, as JSON."""
    names = ("person_id", "team_id", "role", "share", "from_date", "until", "reason")
    state = {name: getattr(posting, name) for name in names}
    days = {name: state[name] and state[name].isoformat() for name in ("from_date", "until")}
    return state | days | {"wards": sorted(posting.named_wards.values_list("pk", flat=True))}


class Plans(models.Model):
    """The part of a move that takes back what was planned for later."""

    taken = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, editable=False
    )  # what `_unplan` took back, so that undoing gives it again

    class Meta:
        abstract = True

    def _unplan(self, person):
        """Take back what was planned for `person` from the day of this move on, and yield a sentence for each.

        A move with others in it stays for them; two who would have swapped both stay where they are.
        """
        planned = type(self).objects.waiting().exclude(kind=self.Kind.LEAVE)
        with_them = self.lines.model.objects.filter(posting__person=person).values("move")
        planned = planned.filter(from_date__gte=self.from_date, pk__in=with_them)
        before: dict = {}
        lines_before: list = []
        undone: list = []
        for other in planned.select_for_update(of=("self",)).order_by("-from_date", "-pk"):
            lines = list(other.lines.select_related("posting__person").order_by("-begun", "-pk"))
            alone = other.kind != self.Kind.SWAP and any(line.posting.person_id != person.pk for line in lines)
            theirs = [line for line in lines if not alone or line.posting.person_id == person.pk]
            for line in theirs:
                self._remember(line.posting, before, lines_before)
            if alone:
                other._leave_out(theirs)
            else:
                undone.append(other.pk)
                other.undo(by=self.by)
            words = {"move": other.get_kind_display(), "day": other.from_date.strftime("%d %B %Y"), "person": person}
            told = (
                _("%(move)s, planned for %(day)s: not for %(person)s")
                if alone
                else _("%(move)s, planned for %(day)s: undone")
            )
            yield told % words
        for posting in person.postings.filter(from_date__gte=max(self.from_date, tomorrow())).select_related("team"):
            self._remember(posting, before, lines_before)
            words = {"team": posting.team, "day": posting.from_date.strftime("%d %B %Y"), "person": person}
            self._delete(posting)
            yield _("%(person)s: the posting to %(team)s, planned for %(day)s, is deleted") % words
        if before:
            after = {pk: _state(row) for pk, row in Posting.objects.in_bulk(before).items()}
            postings = {pk: [state, after.get(pk)] for pk, state in before.items()}
            self.taken = {"postings": postings, "lines": lines_before, "moves": undone}
            self.save(update_fields=["taken"])

    def _leave_out(self, lines) -> None:
        for line in lines:
            self._take_back(line)
            self.lines.filter(pk=line.pk).delete()

    @staticmethod
    def _remember(posting, before, lines) -> None:
        if posting.pk not in before:
            before[posting.pk] = _state(posting)
            lines += posting.lines.values("pk", "move_id", "posting_id", "begun", "until_before", "stood")

    def _plan_again(self, by) -> None:
        """Give back what `_unplan` took. Raises `MoveRefused` where that was built on since, or fits no more."""
        rows = {int(pk): pair for pk, pair in self.taken.get("postings", {}).items()}
        there = Posting.objects.select_for_update(of=("self",)).in_bulk(rows)
        people = User.objects.in_bulk({before["person_id"] for before, _after in rows.values()})
        if by.pk in people and not by.is_superuser:
            raise MoveRefused(OWN_ACCESS)
        for pk, (before, after) in rows.items():
            gone = not Team.objects.filter(pk=before["team_id"]).exists()
            if gone or (_state(there[pk]) if pk in there else None) != after:
                raise MoveRefused(f"What was planned for {people[before['person_id']]} has changed since. {BY_HAND}")
        # What is there gets shorter before what begins later is made again.
        for pk, (before, _after) in sorted(rows.items(), key=lambda row: (row[0] not in there, row[1][0]["from_date"])):
            self._put_back(pk, before, there.get(pk))
        lines = self.lines.model.objects
        kept = set(
            lines.filter(pk__in=[line["pk"] for line in self.taken.get("lines", ())]).values_list("pk", flat=True)
        )
        lines.bulk_create(self.lines.model(**line) for line in self.taken.get("lines", ()) if line["pk"] not in kept)
        type(self).objects.filter(pk__in=self.taken.get("moves", ())).update(undone_at=None, undone_by=None)

    @staticmethod
    def _put_back(pk, state, posting) -> None:
        values = {name: value for name, value in state.items() if name != "wards"}
        posting = posting or Posting(pk=pk)
        for name, value in values.items():
            setattr(posting, name, value)
        posting._change_reason = undone_words("")
        posting.save()
        posting.named_wards.set(Ward.objects.filter(pk__in=state["wards"]))

    @staticmethod
    def _delete(posting):
        """Delete a posting that never began, whatever moves speak of it."""
        try:
            posting.lines.all().delete()
            posting.delete()
        except ProtectedError as error:
            raise MoveRefused(
                _("An absence of %(person)s hangs on the new posting. Delete it first.") % {"person": posting.person}
            ) from error
