"""What was planned for somebody who leaves before it begins: taken back with the leaving."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from accounts.stamp import today_in_london


class MoveRefused(ValidationError):
    """A move that can't be made or undone; its message is a sentence for whoever wanted it."""


def tomorrow() -> date:
    return date.fromordinal(today_in_london().toordinal() + 1)


def day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


class Plans(models.Model):
    """The part of a move that takes back what was planned for later."""

    class Meta:
        abstract = True

    def _unplan(self, person):
        """Take back what was planned for `person` from the day of this move on, and yield a sentence for each.

        A move with others in it stays for them; two who would have swapped both stay where they are.
        """
        planned = type(self).objects.waiting().exclude(kind=self.Kind.LEAVE)
        theirs = self.lines.model.objects.filter(posting__person=person).values("move")
        planned = planned.filter(from_date__gte=self.from_date, pk__in=theirs)
        for other in planned.select_for_update(of=("self",)).order_by("-from_date", "-pk"):
            lines = list(other.lines.select_related("posting__person").order_by("-begun", "-pk"))
            alone = other.kind != self.Kind.SWAP and any(line.posting.person_id != person.pk for line in lines)
            if not alone:
                other.undo(by=self.by)
            for line in lines if alone else ():
                if line.posting.person_id == person.pk:
                    other._take_back(line)
                    other.lines.filter(pk=line.pk).delete()
            words = {"move": other.get_kind_display(), "day": other.from_date.strftime("%d %B %Y"), "person": person}
            told = (
                _("%(move)s, planned for %(day)s: not for %(person)s")
                if alone
                else _("%(move)s, planned for %(day)s: undone")
            )
            yield told % words
        for posting in person.postings.filter(from_date__gte=max(self.from_date, tomorrow())).select_related("team"):
            words = {"team": posting.team, "day": posting.from_date.strftime("%d %B %Y"), "person": person}
            self._delete(posting)
            yield _("%(person)s: the posting to %(team)s, planned for %(day)s, is deleted") % words

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
