"""Applies the safety rules to what somebody wrote. What they look for is data: `SafetyRule`, from the force pack, kept by staff.

A rule is a list of phrases. Capitals, accents, apostrophes, hyphens, hidden characters and one slip in a longer word change
nothing; a phrase never begins or ends inside a word. "Not" is not guessed at: whoever writes "no knife" is read, too.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

LONG = 6  # letters from which one slip in a word is forgiven
GAP = r"(?: [^ ]+){0,3}"  # what stands for “...”: up to three words
APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´＇"))
# Letters and digits with the marks that belong to them, of which Python's own \w knows only some.
WORD = re.compile(r"(?:[^\W_]|[\u064b-\u065f\u0670\u0900-\u0dff\u0e00-\u0fff])+")


@dataclass(frozen=True)
class Found:
    """A rule (its key) that applies, and the words that it found; empty words: an answer did."""

    rule: int
    words: str


def words_of(text: str) -> list[str]:
    """The words of `text` in their plainest spelling."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(APOSTROPHES)
    text = "".join(ch for ch in text if unicodedata.category(ch) != "Cf")
    text = "".join(ch for ch in unicodedata.normalize("NFD", text) if not "\u0300" <= ch <= "\u036f")
    text = re.sub(r"(\w)\1{2,}", r"\1\1", unicodedata.normalize("NFC", text))
    return WORD.findall(text)


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
class Net:
    """All rules, ready to be applied: patterns and answers by the rule's key, and the long words that may be misspelt."""

    patterns: tuple
    answers: tuple
    long_words: tuple

    def plain(self, text: str) -> str:
        """`text` as words with single spaces, a misspelt long word put right where it can only be one that is looked for."""
        words = words_of(text)
        if not self.long_words:
            return " ".join(words)
        right = {word: self._spelt(word) for word in set(words)}
        return " ".join(right[word] for word in words)

    def _spelt(self, word: str) -> str:
        if len(word) < LONG or word in self.long_words:
            return word
        alike = [known for known in self.long_words if known[0] == word[0]]
        best = process.extractOne(word, alike, scorer=OSA.distance, score_cutoff=1)
        return best[0] if best else word

    def look(self, text: str, given=()) -> list[Found]:
        """The rules that apply to `text` and the answers `given` (such as "category:asb-neighbour"), in their order."""
        plain, found = self.plain(text), []
        for (rule, pattern), (_rule, answers) in zip(self.patterns, self.answers, strict=True):
            hit = pattern.search(plain) if pattern else None
            if hit or answers & set(given):
                found.append(Found(rule, hit.group().strip() if hit else ""))
        return found


@lru_cache(maxsize=8)
def net(rules: tuple) -> Net:
    """The `Net` of `rules`: (key, phrases, answers) each, phrases and answers one a line. Made once for the same rules."""
    patterns, answers, long_words = [], [], set()
    for key, phrases, given in rules:
        phrases = [parts for parts in map(phrase_words, phrases.splitlines()) if parts]
        one = "|".join(map(_pattern, phrases))
        patterns.append((key, re.compile(f"(?:^|(?<= ))(?:{one})(?= |$)") if one else None))
        answers.append((key, frozenset(given.split())))
        long_words |= {part for parts in phrases for part in parts if len(part) >= LONG and not part.endswith("*")}
    return Net(tuple(patterns), tuple(answers), tuple(sorted(long_words)))
