"""What somebody typed into a form that can't be taken here any more: given back, so that no word is lost."""

from typing import NamedTuple

from django.forms import Textarea, TextInput

SHORT = 80  # letters: what fits into one line


class Typed(NamedTuple):
    """One field's name for people, what stands in it, and how many lines show it."""

    label: str
    words: str
    rows: int


def typed_into(fields, data) -> list[Typed]:
    """What was typed into `fields` (a form's), in the form's order; what is only chosen or hidden is left out."""
    written = [
        (field.label, data.get(name, "").strip())
        for name, field in fields.items()
        if isinstance(field.widget, Textarea | TextInput)
    ]
    return [
        Typed(label, words, 1 if len(words) < SHORT and "\n" not in words else 6) for label, words in written if words
    ]
