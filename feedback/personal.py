"""What in a text points to a person: names, phones, e-mails, number plates, house numbers. Pointed out, never taken away unasked.

What is marked for officers only leaves the text, which then shows where it stood, and is sealed apart.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import names

NAME, PHONE, EMAIL, PLATE, HOUSE = "name", "phone", "email", "plate", "house"
LABELS = {
    NAME: gettext_lazy("a name"),
    PHONE: gettext_lazy("a phone number"),
    EMAIL: gettext_lazy("an e-mail address"),
    PLATE: gettext_lazy("a number plate"),
    HOUSE: gettext_lazy("a house number"),
}
KEEP, REMOVE, OFFICERS = "keep", "remove", "officers"

_word = r"[^\W\d_a-z][\w’'-]+"
_street = (
    "Avenue|Close|Court|Crescent|Drive|Gardens|Green|Grove|Hill|House|Lane|Mews|Park|Place|Rise|Road|Row|Square|Street|"
    "Terrace|View|Walk|Way"
)
_gap = r"[\s()-]{0,2}"
# Each with the group that is the finding. What comes first wins where two meet.
PATTERNS = (
    (EMAIL, re.compile(r"([\w.+-]+@[\w-]+(?:\.[\w-]+)+)")),
    (PHONE, re.compile(rf"(?<![\w+])((?:\+|00)[1-9](?:{_gap}\d){{8,14}})(?!\d)")),  # +44 (0)7700 900123, too
    (PHONE, re.compile(rf"(?<![\w+])(\(0\d{{2,5}}\)(?:[\s-]{{0,2}}\d){{5,8}}|[0۰٠০੦૦](?:{_gap}\d){{9,10}})(?!\d)")),
    (PLATE, re.compile(r"\b([A-Za-z]{2}\d{2}\s?[A-Za-z]{3}|[A-Z]\d{1,3}\s?[A-Z]{3}|[A-Z]{3}\s?\d{1,3}[A-Z])\b")),
    (HOUSE, re.compile(r"(?i:\b((?:flat|apartment|house number|house|number|no\.?)\s?\d{1,4}[a-z]?)\b)")),
    (HOUSE, re.compile(rf"\b(\d{{1,4}}[A-Za-z]?),?\s(?:{_word}\s){{1,3}}(?:{_street}|Rd|St|Ave|Ln)\b")),
)
MARK = re.compile(r"\[officers only (\d+)\]")


@dataclass(frozen=True)
class Finding:
    """Something in a text that points to a person: which `kind`, from where to where, and the words themselves."""

    kind: str
    start: int
    end: int
    words: str

    @property
    def label(self):
        return LABELS[self.kind]


def find(text: str, places=()) -> list[Finding]:
    """What points to a person in `text`, in its order, however much it is. `places`: names of places, which are no people.

    Names are guesses, and in scripts without capitals a few of many: see `names`.
    """
    found: list[Finding] = []
    spans = [(kind, hit.span(1)) for kind, pattern in PATTERNS for hit in pattern.finditer(text)]
    for kind, (start, end) in [*spans, *((NAME, span) for span in names.names(text, places))]:
        if all(end <= other.start or start >= other.end for other in found):
            found.append(Finding(kind, start, end, text[start:end]))
    return sorted(found, key=lambda one: one.start)


def decided(text: str, findings, choices, used=()) -> tuple[str, dict[str, str]]:
    """`text` as the person wants it, and what is for officers only by its number in the marks.

    `choices`: KEEP, REMOVE or OFFICERS for each of `findings`; all else keeps it. `used`: numbers that are not free.
    """
    parts, sealed, at = [], {}, 0
    taken = {
        int(number) for number in [*used, *MARK.findall(text)]
    }  # whoever wrote such a mark themselves keeps theirs
    numbers = (str(number) for number in range(1, 10_000) if number not in taken)
    for finding, choice in zip(findings, choices, strict=True):
        if choice not in (REMOVE, OFFICERS):
            continue
        instead = _("[taken out]")
        if choice == OFFICERS:
            number = next(numbers)
            sealed[number] = finding.words
            instead = f"[officers only {number}]"
        parts += [text[at : finding.start], instead]
        at = finding.end
    return "".join([*parts, text[at:]]), sealed


def in_place(text: str, sealed: dict[str, str]) -> list[tuple[str, bool]]:
    """`text` in pieces, with what was sealed back where it stood: (words, for officers only)."""
    pieces, at = [], 0
    for mark in MARK.finditer(text):
        if mark.group(1) in sealed:
            pieces += [(text[at : mark.start()], False), (sealed[mark.group(1)], True)]
            at = mark.end()
    pieces.append((text[at:], False))
    return [piece for piece in pieces if piece[0]]
