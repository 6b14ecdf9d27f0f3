"""What each member of the force wants by mail at seven: one row a person, and the day for which that was last looked at."""

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from accounts.stamp import LONDON, today_in_london
from feedback import clock, post

from .notification import Notification

BRIEF = "brief"
NOON = 12  # o'clock in London: a machine that was down at seven sends all of it later, but no morning brief in the afternoon


class MorningMail(models.Model):
    """The wish of one person. What a mail says is worked out when it is sent, from what they may see then.

    A row stays when its wishes end: what was held back at that moment still goes out, the next morning at the latest.
    """

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="morning_mail")
    told_on = models.DateField()
    brief = models.BooleanField(default=True)
    daily = models.BooleanField(default=False)  # told of what they are given once a day, not at once

    def __str__(self):
        return f"morning mail of {self.person_id}"

    @classmethod
    def choose(cls, person, *, brief: bool, daily: bool) -> None:
        """What they want from the next morning on. Who is no longer `daily` is told now, in one mail, of what was held back."""
        before = clock.add_days(clock.next_morning(timezone.now()), -1).astimezone(LONDON).date()
        with transaction.atomic():
            cls.objects.get_or_create(person=person, defaults={"told_on": before})
            mail = cls.objects.select_for_update().get(person=person)
            mail.brief, mail.daily = brief, daily
            mail.save(update_fields=["brief", "daily"])
            if not daily:
                mail.tell_of_the_given()

    def tell_of_the_given(self) -> int:
        """Put one mail into the outbox that tells of all that is held back; returns 1, or 0 where there is none, or one waits."""
        waits = self.messages.filter(kind=post.GIVEN, state=Notification.State.PENDING).exists()
        return 0 if waits or not Notification.objects.held_for(self.person_id).exists() else self._put_out(post.GIVEN)

    def _put_out(self, kind) -> int:
        self.messages.create(kind=kind, recipient=Notification.Recipient.PERSON, person_id=self.person_id).wake_worker()
        return 1

    def _this_morning(self, *, early: bool) -> int:
        self.told_on = today_in_london()
        self.save(update_fields=["told_on"])
        if not self.person.is_active:  # then the inbox hears of each
            Notification.objects.held_for(self.person_id).let_go()
            return 0
        return (self._put_out(BRIEF) if self.brief and early else 0) + self.tell_of_the_given()


def write_morning_mails(now=None) -> int:
    """Put this morning's mails into the outbox, each once a day; returns how many."""
    there = (now or timezone.now()).astimezone(LONDON)
    if there.time() < clock.MORNING:
        return 0
    waiting = MorningMail.objects.filter(told_on__lt=today_in_london())
    return sum(_write(pk, early=there.hour < NOON) for pk in waiting.values_list("pk", flat=True))


def _write(pk, **how) -> int:
    with transaction.atomic():
        waiting = MorningMail.objects.select_for_update(skip_locked=True, of=("self",)).select_related("person")
        mail = waiting.filter(pk=pk, told_on__lt=today_in_london()).first()
        return mail._this_morning(**how) if mail else 0
