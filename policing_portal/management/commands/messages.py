from django.core.management.base import BaseCommand

from policing_portal import catalogues


class Command(BaseCommand):
    help = "Bring the translation catalogues up to date with what the public reads, and compile them."

    def add_arguments(self, parser):
        parser.add_argument("--compile-only", action="store_true", help="change no catalogue, only compile them")

    def handle(self, *, compile_only, **options):
        for book in catalogues.books():
            for language in catalogues.other_languages():
                if not compile_only:
                    catalogue = book.update(language)
                    missing = len(catalogues.untranslated(catalogue))
                    self.stdout.write(f"{book.path(language)}: {len(catalogue)} messages, {missing} not translated yet")
                if book.path(language).exists():
                    book.compile(language)
