"""Which words of a text look like somebody's name. A guess, never more: what is found is pointed out, and the person decides.

In scripts with capitals: words with a capital that stand together, wherever, unless they are a place, a day or any other of the
words here; one such word after "my neighbour" and the like; whatever follows a title; the commonest given names alone. In scripts
without capitals nothing but lists can help: the commonest names of the communities that write them, and what follows a title. So
a rare name in Urdu, Arabic, Punjabi, Bengali or Gujarati, or one typed without its capital, is missed.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

LONGEST = 4  # words of one name
WORD = re.compile(r"[^\W\d_]+(?:[’'ʼ-][^\W\d_]+)*[’']?")
OWN = re.compile(r"[’'][sS]?$")  # the s of "John's"
ONE_LINE = re.compile(r"[ \t\u00a0]+")
WITHIN = frozenset("al bin bint da de del den der di dos du el ibn la le ul ur van von y".split())

TITLE = re.compile(
    r"\b(?:(?P<small>(?i:mr|mrs|ms|mister)\.?[ \t]+(?:(?:and|&)[ \t]+(?i:mrs)\.?[ \t]+)?)|(?:Miss|Pan|Pani|Domnul|Doamna)[ \t]+"
    r"|(?i:mx|dr|pc|pcso|sgt|sergeant|inspector|cllr|councillor|imam|rev|sir)\.?[ \t]+)(?=[^\W\d_])"
)
RELATION = re.compile(
    r"\b(?i:neighbours?|next door|boyfriend|girlfriend|husband|wife|partner|ex|son|daughter|brother|sister|cousin|uncle|aunt"
    r"|auntie|aunty|nephew|niece|mum|dad|mate|friend|landlord|landlady|tenant|boss|teacher|lad|bloke|guy|man|woman|boy|girl"
    r"|called|named|name is|name’s|name's|known as|calls himself|calls herself|sąsiad|sąsiadka|mąż|żona|brat|syn|nazywa się"
    r"|vecinul|vecina|soțul|soția|numește),?[ \t]+(?=[^\W\d_])"
)

LISTS = {
    name: frozenset(" ".join(lines).split())
    for name, lines in json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")).items()
}
NOBODY = LISTS["nobody"]  # what sentences begin with, days, makes, peoples: with a capital, and nobody's name
PLACE = LISTS["place"]  # a name that ends so is of a place or a body of people
GIVEN = LISTS["given"]  # the commonest given names: a capital is enough, alone and at the start of a sentence, too
SURNAME_TOO = LISTS["surname_too"]  # of those above, what after a given name is its end: Emma Green
# In scripts without capitals. SURE: alone it is somebody. ONLY_TOGETHER: it is an ordinary word, too, and counts beside another.
SURE, ONLY_TOGETHER, TITLE_WORDS = LISTS["sure"], LISTS["only_together"], LISTS["title_words"]
FAMILY = LISTS["family"]  # what stands before is the beginning of it: Gurpreet Singh, whoever Gurpreet is
LISTED = SURE | ONLY_TOGETHER
NATIVE = re.compile(r"(?:[^\W\d_a-zA-Z]|[\u064b-\u0655\u0670\u0900-\u0963\u0971-\u0d7f\u200c\u200d])+")


def names(text: str, places: Iterable[str] = ()) -> Iterator[tuple[int, int]]:
    """From where to where something in `text` looks like a name. `places`: names of places, which are no people."""
    words = list(WORD.finditer(text))
    known = frozenset().union(*map(_place, places))
    common = {word.group() for word in words if word.group()[0].islower()} - WITHIN
    yield from _titled(text)
    yield from _related(text, known)
    for run in _runs(text, words):
        yield from _of_run(text, run, known, common)
    yield from _native(text)


@lru_cache(maxsize=4096)
def _place(name: str) -> frozenset[tuple[str, ...]]:
    """The words of each part of the name of a place: "Bloxwich, Walsall" is two. Kept, for a force has a thousand of them."""
    return frozenset(tuple(WORD.findall(part.casefold())) for part in name.split(","))


def _capital(word: str) -> bool:
    """Whether it begins with a capital and goes on in small letters: "Łukasz", "McDonald"; not "CCTV"."""
    return word[0].isupper() and any(map(str.islower, word[1:]))


def _nobody(word: str) -> bool:
    return OWN.sub("", word.casefold()) in NOBODY


def _titled(text):
    """A title with what follows it: words with a capital, or after Mr and its like one without."""
    for hit in TITLE.finditer(text):
        words = _capitals(text, hit.end())
        if not words and hit["small"] and not _nobody((plain := WORD.match(text, hit.end())).group()):
            words = [plain]  # mr khan
        if words:
            yield hit.start(), _end(words[-1])


def _related(text, known):
    """What follows "my neighbour" and the like."""
    for hit in RELATION.finditer(text):
        words = _capitals(text, hit.end())
        if words and words[-1].group().casefold() not in PLACE and not _is_place(words, known):
            yield words[0].start(), _end(words[-1])


def _capitals(text, begin):
    """The words with a capital from there on, side by side, that may be one name."""
    words = []
    for word in WORD.finditer(text, begin):
        apart = word.start() != begin if not words else not ONE_LINE.fullmatch(text, words[-1].end(), word.start())
        if apart or len(words) == LONGEST - 1 or not _capital(word.group()) or _nobody(word.group()):
            break
        words.append(word)
    return words


def _runs(text, words):
    """Words with a capital that stand side by side in one line, with what stands within names (Maria da Silva)."""
    run = []
    for word in words:
        beside = run and ONE_LINE.fullmatch(text, run[-1].end(), word.start())
        if not beside or not (_capital(word.group()) or word.group() in WITHIN):
            yield run
            run = []
        if _capital(word.group()) or (run and word.group() in WITHIN):
            run.append(word)
    yield run


def _of_run(text, run, known, common):
    """The names in a run: what is left between words that are nobody's, where the whole of it is not a place."""
    part: list = []
    for word in [*run, None]:
        plain = OWN.sub("", word.group()).casefold() if word else ""
        surname = len(part) == 1 and part[0].group() in GIVEN and plain in SURNAME_TOO
        if word and (surname or not (_nobody(plain) or plain in common)):
            part.append(word)
            continue
        yield from _of_part(part, known, before_place=plain in PLACE)
        part = []


def _of_part(part, known, *, before_place):
    while part and part[-1].group() in WITHIN:
        part = part[:-1]
    if not part or before_place or _is_place(part, known):
        return
    capitals = [OWN.sub("", word.group()) for word in part if word.group() not in WITHIN]
    surname = len(capitals) == 2 and capitals[0] in GIVEN and capitals[1].casefold() in SURNAME_TOO
    if capitals[-1].casefold() in PLACE and not surname:
        return
    if len(capitals) > 1 or capitals[0] in GIVEN:
        yield part[0].start(), _end(part[:LONGEST][-1])


def _is_place(words, known) -> bool:
    """Whether all of it is names of places, one after another."""
    said = [OWN.sub("", word.group().casefold()) for word in words]
    covered = 0
    while covered < len(said):
        longest = max((n for n in range(1, len(said) + 1) if tuple(said[covered : covered + n]) in known), default=0)
        if not longest and said[covered] not in PLACE:
            return False
        covered += longest or 1
    return True


def _end(word) -> int:
    return word.start() + len(OWN.sub("", word.group()))


def _native(text):
    """Names in scripts without capitals: listed words side by side, or what follows a title."""
    words, at = list(NATIVE.finditer(text)), 0
    while at < len(words):
        run, first = [words[at]], words[at].group()
        titled = first in TITLE_WORDS
        for word in words[at + 1 :] if titled or first in LISTED else ():
            beside = ONE_LINE.fullmatch(text, run[-1].end(), word.start())
            if not beside or not (word.group() in LISTED or (titled and len(run) == 1)):
                break
            run.append(word)
        if len(run) > 1 or first in SURE:
            before = first in FAMILY and at and ONE_LINE.fullmatch(text, words[at - 1].end(), run[0].start())
            yield (words[at - 1] if before else run[0]).start(), run[-1].end()
        at += len(run)
