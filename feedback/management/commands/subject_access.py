"""`manage.py subject_access`: what is held about one person, as JSON."""

import json
import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from feedback.models import NotRecorded
from feedback.privacy import held_about


def add_who_and_whom(parser):
    """Whom it is about (`--reference` or `--email`), and in whose name (`--by`) and why (`--reason`)."""
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--reference", default="", help="of one concern, as the person has it")
    whom.add_argument("--email", default="", help="of the person; it is matched without opening anything")
    parser.add_argument("--by", required=True, help="e-mail address of the colleague who answers the request")
    parser.add_argument("--reason", required=True, help="where the request is filed; no personal data")


def colleague(email: str) -> User:
    """Who signs in with that address today. Raises CommandError."""
    person = User.objects.filter(email__iexact=email, is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody signs in as {email}.")
    return person


class Command(BaseCommand):
    help = "Write everything that is held about one person as JSON. First make sure who asks, then look it through."

    def add_arguments(self, parser):
        add_who_and_whom(parser)
        parser.add_argument("--out", type=Path, help="a new file, for you alone to read (default: the terminal)")

    def handle(self, *, reference, email, by, reason, out=None, **options):
        person = colleague(by)
        if out is None:
            self.stdout.write(held_as_json(reason, person, reference, email))
            return
        with new_file(out) as file:
            try:
                file.write(f"{held_as_json(reason, person, reference, email)}\n")
            except CommandError:
                out.unlink()
                raise


def held_as_json(reason, person, reference, email) -> str:
    """What is held, after the reading was written down. Raises CommandError where it can't be."""
    try:
        held = held_about(reason, by=person, reference=reference, email=email)
    except NotRecorded as error:
        raise CommandError("The reading could not be written down, so nothing is shown.") from error
    return json.dumps(held, ensure_ascii=False, indent=2)


def new_file(path: Path):
    """A file for its owner alone, made before anything is opened. Raises CommandError."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} can't be made ({error.strerror}). Nothing was opened: name a new file.") from error
