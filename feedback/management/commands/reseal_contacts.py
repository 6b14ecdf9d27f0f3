"""Key rotation: seal contacts, drafts and followers again with the newest of FIELD_KEYS, so that an older key can be dropped."""

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from feedback.models import Concern, Contact, Draft, Subscription
from feedback.models.sealing import reseal

BATCH = 500
SEALED = {
    Contact: "sealed",
    Draft: "sealed",
    Subscription: "sealed",
    Concern: "sealed_words",
}  # each column that FIELD_KEYS seal


class Command(BaseCommand):
    help = "Put the new key first in FIELD_KEYS, restart, run this, then take the old key out. Safe to run again."

    def handle(self, *args, **options):
        done, unreadable = 0, 0
        for model, column in SEALED.items():
            rows = model.objects.exclude(**{column: ""}).values_list("pk", column)
            for pk, old in rows.iterator(BATCH):
                try:
                    sealed = reseal(old)
                except InvalidToken:
                    unreadable += 1
                    continue
                # Only over what was read: somebody may have typed on meanwhile.
                done += model.objects.filter(**{"pk": pk, column: old}).update(**{column: sealed})
        self.stdout.write(f"{done} sealed again with the newest key.")
        if unreadable:
            raise CommandError(
                f"{unreadable} could not be opened with any of FIELD_KEYS. Keep the old keys and find theirs."
            )
