from django.core.management.base import BaseCommand, CommandError

from policing_portal import catalogues


class Command(BaseCommand):
    help = "Bring the translation catalogues up to date with what the public reads, and compile them."

    def add_arguments(self, parser):
        parser.add_argument("--compile-only", action="store_true", help="change no catalogue, only compile them")
        parser.add_argument("--begin", metavar="CODE", help="begin catalogues in this language too, with no words yet")

    def handle(self, *, compile_only, begin, **options):
        if begin and begin not in catalogues.other_languages():
            raise CommandError(f"{begin} is not among settings.LANGUAGES")
        for book in catalogues.books():
            for language in catalogues.other_languages():
                if not book.path(language).exists() and language != begin:
                    continue
                if not compile_only:
                    catalogue = book.update(language)
                    missing = len(catalogues.untranslated(catalogue))
                    self.stdout.write(f"{book.path(language)}: {len(catalogue)} messages, {missing} not translated yet")
                book.compile(language)
