"""Who wants the morning brief by mail at seven: one row a person, and on which day it last went out."""

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from accounts.stamp import LONDON, today_in_london

from .notification import Notification

KIND = "brief"
FROM, UNTIL = 7, 12  # o'clock in London: a machine that was down sends it later, but no morning brief in the afternoon


class MorningMail(models.Model):
    """The wish of one person. What the mail says is worked out when it is sent, from what they may see then."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="morning_mail")
    told_on = models.DateField()

    def __str__(self):
        return f"morning mail of {self.person_id}"

    @classmethod
    def want(cls, person, wanted: bool) -> None:
        """Begin with the next morning, or stop."""
        if wanted:
            cls.objects.get_or_create(person=person, defaults={"told_on": today_in_london()})
        else:
            cls.objects.filter(person=person).delete()


def write_briefs(now=None) -> int:
    """Put this morning's mails into the outbox, each once a day; returns how many."""
    hour = (now or timezone.now()).astimezone(LONDON).hour
    if not FROM <= hour < UNTIL:
        return 0
    waiting = MorningMail.objects.filter(told_on__lt=today_in_london(), person__is_active=True)
    return sum(_write(pk) for pk in waiting.values_list("pk", flat=True))


def _write(pk) -> int:
    with transaction.atomic():
        mail = (
            MorningMail.objects.select_for_update(skip_locked=True).filter(pk=pk, told_on__lt=today_in_london()).first()
        )
        if mail is None:
            return 0
        mail.told_on = today_in_london()
        mail.save(update_fields=["told_on"])
        note = Notification.objects.create(kind=KIND, recipient="person", person_id=mail.person_id, morning=mail)
        note.wake_worker()
    return 1
