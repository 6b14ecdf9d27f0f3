"""How people write postcodes: one normal form, one form to show, what a mistyped one may have meant. Names and points, too."""

import re
import unicodedata

LONGEST = 40  # characters looked at: more than that was never a postcode
# Royal Mail's forms (PAF Programmers' Guide): which letters stand third, fourth and in the second half.
FULL = re.compile(
    r"([A-PR-UWYZ](?:[0-9]|[1-9][0-9]|[0-9][ABCDEFGHJKPSTUW]|[A-HK-Y](?:[0-9]|[1-9][0-9]|[0-9][ABEHMNPRVWXY])))"
    r"([0-9][ABD-HJLNP-UW-Z]{2})"
)
DECIMAL = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]{0,20})?")  # degrees; Python's own float() takes far more
LOOKS_LIKE = {"O": "0", "I": "1", "L": "1", "0": "O", "1": "I"}


def normalise(name: str) -> str:
    """`name` without what people spell differently: case, accents, apostrophes, & and "and", St, St. and Saint, hyphens.

    >>> normalise("Saint Peter’s & Wednesfield-North")
    'st peters and wednesfield north'
    """
    plain = re.sub("['’‘`´ʼʻ′＇]", "", name)  # first: to decompose ´ leaves a space
    plain = unicodedata.normalize("NFKD", plain).casefold().replace("&", " and ")
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return re.sub(r"\bsaint\b", "st", " ".join(re.findall(r"\w+", plain)))


def printable(text: str) -> str:
    """The text without signs that can be neither shown nor stored, such as NUL."""
    return "".join(sign for sign in text if sign.isprintable())


def squeezed(text: str) -> str:
    """The text without spaces and marks, in capitals: what is compared. Anything but ASCII stays as it is."""
    text = printable("".join(unicodedata.normalize("NFKC", text[:LONGEST]).split()))
    kept = "".join(sign for sign in text if sign not in "-.,‐‑–")
    return kept.upper() if kept.isascii() else kept


def normalised(text: str) -> str | None:
    """`WS32PD` of any spelling of it, or None where the text has not the form of a full postcode. Idempotent."""
    if len(text) > LONGEST:
        return None
    code = squeezed(text)
    return code if FULL.fullmatch(code) else None


def within(text: str) -> str:
    """The first full postcode in a longer text ("Bloxwich, WS3 2PD"), normalised; "" where there is none."""
    words = re.findall(r"\w+", printable(text[: 2 * LONGEST]).upper())
    pairs = (one + other for one, other in zip(words, [*words[1:], ""], strict=False))
    return next((code for both in zip(pairs, words, strict=True) for code in both if FULL.fullmatch(code)), "")


def shown(code: str) -> str:
    """`WS3 2PD` of `WS32PD`."""
    return f"{code[:-3]} {code[-3:]}"


def parts(code: str) -> tuple[str, str, str]:
    """Sector, district and postcode area of `WS32PD`: `WS3 2`, `WS3`, `WS`."""
    district = code[:-3]
    return f"{district} {code[-3]}", district, re.match("[A-Z]+", district).group()  # type: ignore[union-attr]


def meant(text: str) -> list[str]:
    """Postcodes that the text becomes when O and 0, I, L and 1 are read for each other, fewest changes first."""
    code = squeezed(text)
    if not 5 <= len(code) <= 7 or not code.isascii():
        return []
    read = {""}
    for sign in code:
        read = {start + choice for start in read for choice in (sign, LOOKS_LIKE.get(sign, sign))}
    right = [other for other in read if other != code and FULL.fullmatch(other)]
    return sorted(right, key=lambda other: (sum(a != b for a, b in zip(other, code, strict=True)), other))


def degrees(lat: str, lon: str) -> tuple[float, float] | None:
    """(lat, lon) in degrees, rounded to four decimals (about ten metres: nobody's front door); None where it is no point."""
    if not (DECIMAL.fullmatch(lat) and DECIMAL.fullmatch(lon)):
        return None
    point = round(float(lat), 4), round(float(lon), 4)
    return point if -90 <= point[0] <= 90 and -180 <= point[1] <= 180 else None
