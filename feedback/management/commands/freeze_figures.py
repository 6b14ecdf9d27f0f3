"""`manage.py freeze_figures`: writes down the published figures of every month that has ended. The sweep does the same."""

from django.core.management.base import BaseCommand

from feedback.insight.figures import freeze


class Command(BaseCommand):
    help = (
        "Write down the public figures of each month that has ended. They are never changed afterwards. Safe to repeat."
    )

    def handle(self, *args, verbosity=1, **options):
        done = freeze()
        if verbosity:
            self.stdout.write(f"Months closed: {done}.")
