"""Key rotation: seal contacts, drafts, followers and second steps again with the newest of FIELD_KEYS: an older one can go."""

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from accounts.sealing import reseal_text, within
from feedback.models import Concern, Contact, Draft, Subscription

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
                    sealed = reseal_text(old)
                except InvalidToken:
                    unreadable += 1
                    continue
                # Only over what was read: somebody may have typed on meanwhile.
                done += model.objects.filter(**{"pk": pk, column: old}).update(**{column: sealed})
        steps = Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).values_list("pk", "data")
        for pk, old in steps.iterator(BATCH):
            try:
                data = within(old, reseal_text)
            except InvalidToken:
                unreadable += 1
                continue
            done += Authenticator.objects.filter(pk=pk, data=old).update(data=data)
        self.stdout.write(f"{done} sealed again with the newest key.")
        if unreadable:
            raise CommandError(
                f"{unreadable} could not be opened with any of FIELD_KEYS. Keep the old keys and find theirs."
            )
