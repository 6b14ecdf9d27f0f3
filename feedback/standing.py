"""Sentences that the portal itself writes into a history. They are kept in English, which the force reads; the person who told
us reads them in their own language (`spoken`). What people wrote is never touched.
"""

import re

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext, pgettext
from django.utils.translation import gettext_noop as _

STILL_HAPPENING = _("It is still happening.")
CRIME = _("What you told us may be a crime. We pass it on to be recorded.")
RECORDED = _("What you told us is recorded as a crime. The crime number is %(number)s.")
COMPLAINT = _(
    "What you told us may be a complaint about the police. We passed it to the people who look into complaints. You can "
    "also make a complaint yourself: %(link)s"
)
MOVED = _("Your concern is now with the police in %(area)s. The time for our reply stays the same.")
JOINED = _("Others told us about the same. We work on it together, and you still get your own answer.")
APART = _("We work on what you told us by itself again, not together with others. You still get your own answer.")
SPLIT = _("You told us about two things. The second has a reference of its own: %(reference)s. Your code opens both.")
SECOND = _("This is the second of two things that you told us. The first is %(reference)s.")
# The ends of an answer.
WHO = _("Who did it: %(words)s")
NEXT = _("What happens next: %(words)s")
WHEN = _("By when: %(words)s")
NOTHING_MORE = _("nothing more")

SENTENCES = [STILL_HAPPENING, CRIME, RECORDED, COMPLAINT, MOVED, JOINED, APART, SPLIT, SECOND, WHO, NEXT, WHEN]
GAP = re.compile(r"%\\\((\w+)\\\)s|%\((\w+)\)s")  # as `re.escape` leaves it
DAY = re.compile(r"(\w+) (\d{1,2}) (\w+)( \d{4})?")  # the year only where it is another than that of the writing


def _pattern(sentence: str) -> re.Pattern:
    """What finds `sentence` at the beginning of a line, with what stands in its gap; one at its end takes all the rest."""
    escaped = re.escape(sentence)
    return re.compile(GAP.sub(lambda gap: f"(?P<{gap.group(1) or gap.group(2)}>.+?)", escaped) + _rest(sentence))


def _rest(sentence: str) -> str:
    return "$" if sentence.endswith("s") and "%(" in sentence else r"(?: (?P<rest>.+))?$"


PATTERNS = [(sentence, _pattern(sentence)) for sentence in SENTENCES]


def photos(number: int) -> str:
    """That so many photos came, in the language that is active."""
    return ngettext("A photo was added.", "%(n)d photos were added.", number) % {"n": number}


def spoken(text: str, *, own: bool) -> str:
    """`text` of a history in the reader's language, as far as the portal wrote it; `own`: it stands for what they did."""
    if get_language() == settings.LANGUAGE_CODE:
        return text
    known = PATTERNS[:1] if own else PATTERNS
    return "\n".join(_line(line, known) for line in text.split("\n"))


def _line(line: str, known) -> str:
    if found := re.fullmatch(r"(?:A photo was|(\d+) photos were) added\.", line):
        return photos(int(found.group(1) or 1))
    for sentence, pattern in known:
        if found := pattern.match(line):
            gaps = found.groupdict()
            rest = gaps.pop("rest", None)
            said = gettext(sentence) % {name: _gap(sentence, words) for name, words in gaps.items()}
            # What follows are words of the force pack, such as the rights of victims.
            return f"{said} {gettext(rest)}" if rest else said
    return line


def _gap(sentence: str, words: str) -> str:
    if sentence == NEXT and words == NOTHING_MORE:
        return gettext(NOTHING_MORE)
    if sentence == WHEN and (day := DAY.fullmatch(words)):
        return f"{gettext(day.group(1))} {day.group(2)} {pgettext('alt. month', day.group(3))}{day.group(4) or ''}"
    return words
