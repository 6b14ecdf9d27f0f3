"""`manage.py prepare`: everything between an empty machine and a portal worth opening. Safe to repeat."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

HOW_TO_GET_DATA = "`make data` fetches it; the portal works without, and asks people for their ward or area."


class Command(BaseCommand):
    help = "Bring the database up to date: tables, force pack, open data in DATA_DIR, the demo."

    def add_arguments(self, parser):
        parser.add_argument("--pack", default="areas/data/west_midlands", help="folder of the force pack")

    def handle(self, *, pack, verbosity, **options):
        call_command("migrate", interactive=False, verbosity=min(verbosity, 0))
        call_command("load_force", pack, verbosity=verbosity)
        self.load("load_boundaries", newest(settings.DATA_DIR / "boundaries", "wards_*.geojson"), "No ward boundaries")
        self.load("load_postcodes", newest(settings.DATA_DIR / "postcodes", "code_point_open*"), "No full postcodes")
        searches = newest(settings.DATA_DIR / "police_uk", "*stop-and-search*.csv")
        if searches:
            self.load("load_stop_and_search", searches.parent, "")
        if not (settings.PRODUCTION or settings.REQUIRE_MFA):
            self.demo()

    def demo(self) -> None:
        """Load the demo, unless it says that this is no place for one."""
        try:
            call_command("demo")
        except CommandError as error:
            self.stdout.write(f"No demo: {error}")

    def load(self, command: str, path: Path | None, lacking: str) -> None:
        """Load official data; a file that is refused is no reason to keep the portal shut."""
        if path is None:
            self.stdout.write(f"{lacking} in {settings.DATA_DIR}: {HOW_TO_GET_DATA}")
            return
        try:
            call_command(command, str(path))
        except CommandError as error:
            self.stderr.write(f"{path} was not loaded: {error}")


def newest(folder: Path, pattern: str) -> Path | None:
    """The file or folder that was changed last among those of the pattern; None where there is none."""
    found = [path for path in folder.glob(pattern) if path.suffix not in (".part", ".json")]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)
