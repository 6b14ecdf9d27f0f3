"""The languages that the portal knows: their names, their direction, and which of them somebody asks for in words."""

import re
import unicodedata

from django.conf import settings
from django.utils.translation import get_language_info


def known() -> list[tuple[str, str]]:
    """All of them as pairs of code and English name, English first."""
    return list(settings.LANGUAGES)


def name(code: str) -> str:
    """What the language `code` is called in English; the code itself where the portal does not know it."""
    return dict(known()).get(code, code)


def or_english(code: str) -> str:
    """`code` where the portal knows that language, else that of English."""
    return code if code in dict(known()) else settings.LANGUAGE_CODE


def written(code: str) -> dict[str, str]:
    """The attributes `lang` and `dir` of words in the language `code`."""
    return {"lang": code, "dir": "rtl" if get_language_info(code)["bidi"] else "ltr"}


def meant(words: str) -> str:
    """The code of the language that `words` name, such as "Urdu, please" or "Polski"; "" for none that the portal knows.

    English comes last: "My English is bad. Polish, please" asks for Polish.
    """
    said = _plain_words(words)
    for code, english in [*known()[1:], known()[0]]:
        if _plain_words(f"{english} {get_language_info(code)['name_local']}") & said:
            return code
    return ""


def _plain_words(words: str) -> set[str]:
    """The words in `words` without accents and vowel signs, which not everybody types, and at which a pattern would end."""
    letters = unicodedata.normalize("NFKD", words.casefold())
    return set(re.findall(r"\w+", "".join(one for one in letters if not unicodedata.category(one).startswith("M"))))
