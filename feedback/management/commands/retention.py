"""`manage.py retention`: what the retention schedule says is over goes. The sweep does the same once a day."""

from django.core.management.base import BaseCommand

from feedback.models import RetentionRule
from feedback.privacy import keep_schedule


class Command(BaseCommand):
    help = "Remove or empty what the retention schedule (in the admin) says is over, in batches. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say how much is due")

    def handle(self, *, dry_run=False, verbosity=1, **options):
        done = keep_schedule(carry_out=not dry_run)
        if verbosity:
            words = dict(RetentionRule.Record.choices)
            for record, number in done.items():
                self.stdout.write(f"{words[record]}: {number} {'due' if dry_run else 'done'}.")
