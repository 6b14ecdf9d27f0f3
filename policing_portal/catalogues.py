"""Catalogues of translations: what the public reads, collected from code and templates and compiled, by Python alone.

What only the force's people read is English and not collected. Words that are data (names of categories, help lines) have
catalogues in the force pack, which `pack_messages` collects.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

# Rooms and files that only the force's people read, or nobody.
STAFF = re.compile(
    r"^(tests|benchmarks|var|node_modules|\.venv)/"
    r"|/(migrations|management|casework|admin|staffing)/"
    r"|(^|/)(admin\w*|casework|handing|styleguide|access|catalogues|readlog|move|plans|standin|establishment|brief\w*|local\w*|notification|safetyrule"
    r"|versions|problem|savedlist)\.py$"
    r"|^templates/(casework|account|allauth|mfa|usersessions|socialaccount|admin|staffing)/"
    r"|^templates/(staff|styleguide)\.html$"
    r"|^templates/emails/(?!.*(reporter|follow|not_read|emergency))"
)
# How many messages each of gettext's functions takes before other arguments.
CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
IN_TEMPLATE = re.compile(r"\s((?:n?gettext|_)\(.*?\)) (?=\s|[A-Z]|$)", re.DOTALL)

# Django writes dates with these; not every language of ours is among Django's own.
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
SHORT_MONTHS = [name[:3].lower() for name in MONTHS]

Message = str | tuple[str, str]


# What the public reads of a force pack: the file, and the names of its words there; a name after a dot is of each in a list.
PACK_WORDS = {
    "areas": ["about"],
    "categories": ["name", "hint", "partner_note"],
    "channels": ["name", "value", "use"],
    "departments": ["name", "role"],
    "force": ["portal_name", "independent", "not_watched_notice", "guarantee", "desk_name", "victim_rights"],
    "hubs": ["hours_note", "status_note"],
    "ranks": ["name", "short"],
    "retention": ["reason"],
    "signposts": ["title", "when", "advice", "phones.label", "phones.note", "links.label"],
    "team_kinds": ["name", "focus", "public_description"],
}


@dataclass(frozen=True)
class Book:
    """One folder of catalogues, a file for each language, and what belongs into them."""

    folder: Path
    wanted: Callable[[], Catalog]

    def path(self, language: str) -> Path:
        """Where the catalogue of `language` stands, for people and tools to edit."""
        return self.folder / language / "LC_MESSAGES" / "django.po"

    def read(self, language: str) -> Catalog:
        """The catalogue of `language`; an empty one before the first `update`."""
        if not self.path(language).exists():
            return Catalog(locale=language, header_comment="# What the public reads.", charset="utf-8", fuzzy=False)
        with self.path(language).open("rb") as file:
            return read_po(file, locale=language)

    def update(self, language: str) -> Catalog:
        """Bring the catalogue of `language` up to date: new messages empty, gone ones removed. Returns it, written."""
        catalogue, wanted = self.read(language), self.wanted()
        wanted.creation_date = catalogue.creation_date  # else two days' writings of the same would differ
        catalogue.update(wanted, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        self.path(language).parent.mkdir(parents=True, exist_ok=True)
        with self.path(language).open("wb") as file:
            write_po(file, catalogue, sort_output=True, width=120)
        return catalogue

    def compile(self, language: str) -> None:
        """Compile the catalogue of `language` for Django; a message without a translation stays English."""
        with self.path(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, self.read(language))


def books() -> list[Book]:
    """The portal's own catalogues, and those of each force pack."""
    packs = sorted(path.parent for path in settings.BASE_DIR.glob("areas/data/*/force.json"))
    return [
        Book(settings.BASE_DIR / "locale", public_messages),
        *(Book(pack / "locale", partial(pack_messages, pack)) for pack in packs),
    ]


def other_languages() -> list[str]:
    """The codes of all languages but English."""
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def untranslated(catalogue: Catalog) -> list[Message]:
    """The messages that have no words yet, or not in each of their plural forms."""
    return [m.id for m in catalogue if m.id and not all(m.string if isinstance(m.string, tuple) else [m.string])]


def public_messages() -> Catalog:
    """Every message that the public may read, with the files it stands in."""
    found = Catalog(project="Policing portal", charset="utf-8")
    for path in sorted([*settings.BASE_DIR.glob("*/**/*.py"), *settings.BASE_DIR.glob("templates/**/*.*")]):
        relative = path.relative_to(settings.BASE_DIR).as_posix()
        if STAFF.search(relative):
            continue
        source = path.read_text()
        for message in in_code(source) if path.suffix == ".py" else in_template(source):
            # Without line numbers: else each edit of a template would change eight catalogues.
            found.add(message, locations=[(relative, None)])
    for name in DAYS + MONTHS + SHORT_MONTHS:
        found.add(name, locations=[("django/utils/dates.py", None)])
    for name in MONTHS:  # as it stands after the number of a day: another form of the word in some languages
        found.add(name, context="alt. month", locations=[("django/utils/dates.py", None)])
    return found


def pack_messages(folder: Path) -> Catalog:
    """Every word of the force pack in `folder` that the public reads and that is no name of a place or person."""
    found = Catalog(project="Force pack", charset="utf-8")
    for name, fields in PACK_WORDS.items():
        entries = json.loads((folder / f"{name}.json").read_text())
        for entry in entries if isinstance(entries, list) else [entries]:
            for words in _words(entry, fields):
                found.add(words, locations=[(f"{name}.json", None)])
    return found


def _words(entry: dict, fields: list[str]) -> Iterator[str]:
    for field in fields:
        name, _dot, inner = field.partition(".")
        found = [row.get(inner) for row in entry.get(name) or []] if inner else [entry.get(name)]
        # As `load_force` joins them. Phone numbers are the same in every language.
        values = [", ".join(value) if isinstance(value, list) else value or "" for value in found]
        yield from (value for value in values if any(map(str.isalpha, value)))


def in_code(source: str) -> Iterator[Message]:
    """The messages of a Python file, but for what staff read of a model's columns."""
    yield from _calls(ast.parse(source))


def in_template(source: str) -> Iterator[Message]:
    """The messages of a Django template."""
    for call in IN_TEMPLATE.findall(" " + templatize(source) + " "):
        yield from _calls(ast.parse(call.strip()))


def _calls(node) -> Iterator[Message]:
    if _is_staff_facing(node):
        return
    if isinstance(node, ast.Call) and (count := CALLS.get(_name(node))):
        words = [arg.value for arg in node.args[:count] if isinstance(arg, ast.Constant)]
        if len(words) == count and all(words):
            yield words[0] if count == 1 else (words[0], words[1])
    for child in ast.iter_child_nodes(node):
        yield from _calls(child)


def _is_staff_facing(node) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id.startswith("verbose_name") for target in node.targets)
    # A model's columns; the questions of a public form are `forms.CharField` and so on.
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "models"
    )


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))
