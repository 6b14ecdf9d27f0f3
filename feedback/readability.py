"""How hard a text is to read: long sentences, long words, and words that people outside the force do not know.

What tells a holding reply from an answer stands here, too.

It advises and never refuses. A sentence of up to 20 words and a word of up to three syllables count as easy.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

LONG_SENTENCE = 20  # words
HARD_SHARE = 0.15  # of the words
LETTERS_OF_A_LONG_WORD = 11
ENDS = re.compile(r"[.!?:]+(?:\s|$)|\n+")
WORD = re.compile(r"[^\W\d_][\w'’-]*")

# What says that somebody is on it, and what is said beside that: a reply of nothing else answers nothing.
_somebody = r"(?:we|i|officers?|somebody|someone|an officer|the team|my team|our team|the police)"
_will = (
    r"(?: (?:will|shall|are|am|is|have|has|been|be|being|can|now|soon|still|also|going|to|get|come|currently|trying))*"
)
HOLDS = re.compile(
    rf"{_somebody}(?:['’](?:ll|re|m|ve))?{_will} (?:looks? in(?:to)?|looking in(?:to)?|look at|looking at|on it|in touch|"
    r"back to you|investigat(?:e|ing)|(?:received|noted) (?:your|this|it)|do (?:what we can|our best)|deal with)\b.*"
    r"|(?:your (?:concern|message|words|report)|this|it) (?:is|was|has been|will be) (?:being )?"
    r"(?:noted|received|logged|in hand|looked (?:at|into)|dealt with|under review)\b.*"
    r"|ok(?:ay)?|noted|will do|in hand",
    re.IGNORECASE,
)
COURTESY = re.compile(
    r"(?:thank|thanks|sorry|we are sorry|i am sorry|hello|hi|dear|kind|best|regards|please)\b.*", re.IGNORECASE
)


def only_holds(text: str) -> bool:
    """Whether `text` says no more than that somebody is on it, so that it answers nothing."""
    sentences = [part.strip(" ,;–-") for part in ENDS.split(text) if WORD.search(part)]
    holding = [sentence for sentence in sentences if HOLDS.fullmatch(sentence)]
    return bool(holding) and all(one in holding or COURTESY.fullmatch(one) for one in sentences)


def advice(text: str, jargon: str = "") -> list[str]:
    """What would make `text` easier to read, a sentence each; nothing for an easy text.

    `jargon`: a word or phrase a line, as "the word = a plain word"; capitals count only in what is written in capitals.
    """
    sentences = [words for part in ENDS.split(text) if (words := WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    found = [*_long(sentences), *_hard(words)]
    return found + [_said(word, plain) for word, plain in _listed(jargon) if _holds(text, word)]


def _long(sentences):
    longest = max(sentences, key=len, default=[])
    if len(longest) > LONG_SENTENCE:
        facts = {"n": len(longest), "words": " ".join(longest[:5])}
        yield _("The sentence that begins “%(words)s” has %(n)d words. Make two of it.") % facts


def _hard(words):
    long = sorted({word.lower() for word in words if len(word) >= LETTERS_OF_A_LONG_WORD})
    if words and len(long) > max(1, HARD_SHARE * len(words)):
        said = ngettext("There is a long word: %(words)s.", "There are many long words: %(words)s.", len(long))
        yield said % {"words": ", ".join(long[:6])}


def _listed(jargon):
    for line in jargon.splitlines():
        word, _equals, plain = (part.strip() for part in line.partition("="))
        if word:
            yield word, plain


def _holds(text, word) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text, 0 if word.isupper() else re.IGNORECASE) is not None


def _said(word, plain):
    if plain:
        return _("Not everybody knows “%(word)s”. Say “%(plain)s”.") % {"word": word, "plain": plain}
    return _("Not everybody knows “%(word)s”.") % {"word": word}
