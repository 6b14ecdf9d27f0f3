"""How the public reads a number of people: rounded, so that nobody can be picked out of it."""

from django.utils.translation import gettext as _

NEAREST = 5


def rounded(number: int) -> int | None:
    """`number` to the nearest 5; None below 5, where it is only "fewer than 5"."""
    return None if number < NEAREST else NEAREST * ((number + NEAREST // 2) // NEAREST)


def people_in_words(number: int | None) -> str:
    """How many people, roughly: "about 15 people", "fewer than 5 people"; "" where nobody counted."""
    if not number:
        return ""
    near = rounded(number)
    return _("fewer than 5 people") if near is None else _("about %(number)d people") % {"number": near}
