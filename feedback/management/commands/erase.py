"""`manage.py erase`: one person's words and contact go, on request; what the law needs stays, and it says so."""

from django.core.management.base import BaseCommand, CommandError

from feedback.models import Voice
from feedback.privacy import KeptByLaw, concerns_of, erase, erase_follows, follows_of, unname_voices

from .subject_access import add_who_and_whom, colleague


class Command(BaseCommand):
    help = (
        "Erase what one person told us and how to reach them. First make sure who asks. Without --yes it only says what "
        "it would touch. After a restore from a backup, run again what was erased since that backup."
    )

    def add_arguments(self, parser):
        add_who_and_whom(parser)
        parser.add_argument("--yes", action="store_true", help="do it")

    def handle(self, *, reference, email, by, reason, yes=False, **options):
        person, concerns = colleague(by), list(concerns_of(reference=reference, email=email))
        follows, voices = list(follows_of(email)), Voice.objects.of_address(email).count()
        if not (concerns or follows or voices):
            raise CommandError("Nothing is held under that.")
        for concern in concerns:
            self.stdout.write(self.done(concern, reason, person) if yes else f"{concern.reference}: would be erased.")
        for follow in follows:
            self.stdout.write(f"Follows {follow}: {'erased' if yes else 'would be erased'}.")
        if voices:
            self.stdout.write(f"Voices added: {voices}, {'which now lead' if yes else 'which would lead'} to nobody.")
        if yes:
            erase_follows(email)
            unname_voices(email)

    def done(self, concern, reason, person) -> str:
        """What became of one concern, in a sentence."""
        try:
            erase(concern, reason, by=person)
        except KeptByLaw as error:
            return str(error)
        return f"{concern.reference}: erased."
