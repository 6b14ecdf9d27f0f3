"""Somebody has lost their code and typed an e-mail address: kept alike whether we know it or not, answered by the worker."""

from django.db import models, transaction
from django.utils import timezone
from django_tasks import task

from .contact import Contact

MOST = 5  # concerns whose code one request sends again, the newest first


class CodeRequest(models.Model):
    """The keyed hash of a typed address, until the worker has looked; nothing says whether anybody has it."""

    email_key = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self):
        return f"asked on {self.at:%d %b %Y}"

    @classmethod
    def take(cls, email_key: str) -> None:
        """Keep the request and wake the worker: the same work for every address, so that its time tells nothing."""
        with transaction.atomic():
            cls.objects.create(email_key=email_key)
            send_codes.enqueue()

    def answer(self) -> int:
        """A letter with a new code for each concern whose contact is confirmed; returns how many. The request is gone."""
        with transaction.atomic():
            contacts = (
                Contact.objects.confirmed(self.email_key).select_related("concern").order_by("-concern__pk")[:MOST]
            )
            for contact in contacts:
                contact.concern.notify("code", to="reporter")
            self.delete()
        return len(contacts)


@task()
def send_codes() -> int:
    """Answer the requests that wait; returns how many letters were written. Carries no personal data."""
    return sum(request.answer() for request in CodeRequest.objects.order_by("pk"))
