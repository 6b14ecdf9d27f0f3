"""`manage.py load_stop_and_search`: a month of stop and search comes into use."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from areas.models import Force
from feedback.insight.searches import Refused, files_of, keep, read


class Command(BaseCommand):
    help = "Load stop and search as data.police.uk publishes it (a file, or a folder of months); a wrong file changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", type=Path, help="default: police_uk in DATA_DIR")
        parser.add_argument("--accept-fewer", action="store_true", help="load it although it has far fewer than before")

    def handle(self, *, path, accept_fewer=False, verbosity=1, **options):
        force = Force.objects.first()
        if force is None:
            raise CommandError("No force pack is loaded yet: run load_force first.")
        try:
            # All are read before the first is kept, so that a folder with one wrong file changes nothing.
            found = [read(file) for file in files_of(Path(path or settings.DATA_DIR / "police_uk"), force.slug)]
            with transaction.atomic():
                new = [keep(month, accept_fewer=accept_fewer) for month in found]
        except (Refused, OSError) as error:
            raise CommandError(f"{error}. What is in use is unchanged.") from error
        if verbosity:
            self.stdout.write("\n".join(map(self.said, found, new)))

    def said(self, month, new: bool) -> str:
        if not new:
            return f"{month.month:%B %Y} is already in use."
        return f"{month.month:%B %Y} is in use: {month.searches:,} searches."
