"""Applies the safety rules to what somebody wrote. What they look for is data: `SafetyRule`, from the force pack, kept by staff.

A rule is a list of phrases. Capitals, accents, apostrophes, hyphens, hidden characters, what keyboards of one script write
differently and one slip in a longer word of Latin letters change nothing; a phrase never begins or ends inside a word. "Not" is
not guessed at: whoever writes "no knife" is read, too.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

LONG = 6  # Latin letters from which one slip in a word is forgiven; in other scripts one more or less is another word
GAP = r"(?: [^ ]+){0,3}"  # what stands for “...”: up to three words
APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´＇"))
# Letters and digits with the marks that belong to them, of which Python's own \w knows only some; U+0964, U+0965 end sentences.
WORD = re.compile(r"(?:[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0e00-\u0fff])+")


def _pairs(text: str) -> dict:
    """A table for `str.translate` of pairs such as "ab cd": a becomes b, c becomes d."""
    return {ord(pair[0]): pair[1:] for pair in text.split()}


# Letters that people write for each other: their keyboard has only one, or both sound alike. Nothing of this is ever shown.
ALIKE = _pairs(
    "łl øo đd ıi "  # Latin letters that Unicode does not take apart
    "يی ىی ېی كک ڪک هہ ةہ ۃہ ەہ ھہ ۂہ ۀہ ٱا "  # Arabic, Urdu
    "ঈই ঊউ ীি ূু ণন "  # Bengali: long and short sound alike
    "ઈઇ ઊઉ ીિ ૂુ "  # Gujarati, too
    "\u0a70\u0a02"  # Gurmukhi: two signs of the same nasal
)
# Marks that many leave out: accents, Arabic vowels, stroke and lone hamza, dots below, Bengali's moon, Gurmukhi's doubling.
LEFT_OUT = re.compile(
    "[\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u0621\u093c\u09bc\u0a3c\u0abc\u0981\u0a71\u0a81]"
)


@dataclass(frozen=True)
class Found:
    """A rule (its key) that applies, and the words that it found; empty words: an answer did."""

    rule: int
    words: str


def words_of(text: str) -> list[str]:
    """The words of `text` in their plainest spelling."""
    text = text.casefold().translate(APOSTROPHES) if text.isascii() else _plainest(text)
    return WORD.findall(re.sub(r"(\w)\1{2,}", r"\1\1", text))


def _plainest(text: str) -> str:
    """`text` without capitals, accents and hidden characters, in the letters of one keyboard."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(APOSTROPHES)
    text = "".join(ch for ch in text if unicodedata.category(ch) != "Cf")
    text = LEFT_OUT.sub("", unicodedata.normalize("NFD", text)).translate(ALIKE)
    return unicodedata.normalize("NFC", text)


def phrase_words(phrase: str) -> list[str]:
    """A phrase of a rule as words, of which one that ends in `*` stands for all that begin so, and `...` for up to three."""
    parts = []
    for part in phrase.replace("…", " ... ").replace("...", " ... ").split():
        if part == "...":
            parts.append(part)
        elif words := words_of(part):
            parts += [*words[:-1], words[-1] + "*" * part.endswith("*")]
    while parts and parts[0] == "...":
        parts.pop(0)
    while parts and parts[-1] == "...":
        parts.pop()
    return parts


def _pattern(parts) -> str:
    made = ""
    for part in parts:
        if part == "...":
            made += GAP
        else:
            word = re.escape(part.rstrip("*")) + "[^ ]*" * part.endswith("*")
            made += f" {word}" if made else word
    return made


@dataclass(frozen=True)
class Rule:
    """A rule ready to be applied: its `key`, what it looks for, and its long words, which may be misspelt."""

    key: int
    pattern: re.Pattern | None
    answers: frozenset
    long_words: frozenset

    def words_in(self, plain: str, near: dict) -> str | None:
        """The words of `plain` that the rule finds, as they stand or with slips put right by `near`; otherwise None."""
        if not self.pattern:
            return None
        hit = self.pattern.search(plain)
        if not hit and near and not self.long_words.isdisjoint(chain.from_iterable(near.values())):
            unknown = near.keys() - self.long_words
            right = {word: next((meant for meant in near[word] if meant in self.long_words), word) for word in unknown}
            hit = self.pattern.search(" ".join(right.get(word, word) for word in plain.split(" ")))
        return hit.group().strip() if hit else None


@dataclass(frozen=True)
class Net:
    """All rules, the long words of all of them by their first letter, and with which words the phrases of which rules begin.

    `beginnings`: the keys of rules by a whole first word, or by what one begins with (`kill*`). Few rules have a phrase that
    begins with a word of the text, and only those need to read it.
    """

    rules: tuple[Rule, ...]
    long_words: dict
    beginnings: dict

    def look(self, text: str, given=()) -> list[Found]:
        """The rules that apply to `text` and the answers `given` (such as "category:asb-neighbour"), in their order."""
        words, found = words_of(text), []
        plain, near = " ".join(words), {word: meant for word in set(words) if (meant := self._meant(word))}
        begun = self._begun({*words, *chain.from_iterable(near.values())})
        for rule in self.rules:
            hit = rule.words_in(plain, near) if rule.key in begun else None
            if hit is not None or rule.answers & set(given):
                found.append(Found(rule.key, hit or ""))
        return found

    def _begun(self, words) -> set:
        """The keys of the rules of which a phrase begins with one of the `words`."""
        begun = set()
        for word in words:
            begun.update(self.beginnings.get(word, ()))
            for end in range(1, len(word) + 1):
                if keys := self.beginnings.get(f"{word[:end]}*"):
                    begun.update(keys)
        return begun

    def _meant(self, word: str) -> list[str]:
        """The long words from which a long `word` differs by one slip: a rule reads it as its own. Empty where none is near."""
        if len(word) < LONG or not word.isascii():
            return []
        alike = self.long_words.get(word[0], ())
        near = process.extract(word, alike, scorer=OSA.distance, score_cutoff=1, limit=None)
        return [known for known, distance, _at in near if distance]


@lru_cache(maxsize=8)
def net(rules: tuple) -> Net:
    """The `Net` of `rules`: (key, phrases, answers) each, phrases and answers one a line. Made once for the same rules."""
    ready, first, beginnings = [], {}, {}
    for key, phrases, given in rules:
        phrases = [parts for parts in map(phrase_words, phrases.splitlines()) if parts]
        one = "|".join(map(_pattern, phrases))
        pattern = re.compile(f"(?:^|(?<= ))(?:{one})(?= |$)") if one else None
        words = {
            part for parts in phrases for part in parts if len(part) >= LONG and part.isascii() and part[-1] != "*"
        }
        ready.append(Rule(key, pattern, frozenset(given.split()), frozenset(words)))
        for word in words:
            first.setdefault(word[0], set()).add(word)
        for parts in phrases:
            beginnings.setdefault(parts[0], set()).add(key)
    return Net(tuple(ready), {letter: sorted(words) for letter, words in first.items()}, beginnings)
