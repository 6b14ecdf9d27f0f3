"""What people's own words say of where and when: streets in whatever way they were written, and the hours of a week."""

import re

SHORT = {
    "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive", "cl": "close", "cres": "crescent",
    "gdns": "gardens", "gr": "grove", "pl": "place", "sq": "square", "terr": "terrace", "ct": "court",
}  # fmt: skip
WORD = re.compile(r"[\w'’-]+")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = "|".join(f"{name[:3]}|{name}s?" for name in WEEKDAYS) + "|tues|thurs|thur"
SPAN = re.compile(rf"\b({DAY})\b\s*(?:to|till|until|-|–)\s*\b({DAY})\b")
NAMED = re.compile(rf"\b({DAY})\b")
# Words that name days (Monday is 0) or hours; those from 24 on are of the night that began on the day before.
DAYS_OF = [
    (re.compile(r"\bweek-?ends?\b"), (5, 6)),
    (re.compile(r"\b(?:week-?days?|school days?|workdays?)\b"), range(5)),
]
HOURS_OF = [
    (re.compile(r"\bearly (?:in the )?mornings?\b"), range(5, 8)),
    (re.compile(r"(?<!early )(?<!early in the )\bmornings?\b"), range(6, 12)),
    (re.compile(r"\blunch(?:time)?s?\b|\b(?:at )?(?:noon|midday)\b"), (12, 13)),
    (re.compile(r"\bafternoons?\b"), range(12, 18)),
    (re.compile(r"\bevenings?\b"), range(18, 23)),
    (re.compile(r"(?<!to)\bnights?\b|\bnightly\b|\bovernight\b"), range(22, 29)),
    (re.compile(r"\bmidnight\b"), (23, 24)),
    (re.compile(r"\bschool run\b"), (8, 15)),
    (re.compile(r"\bafter school\b"), (15, 16, 17)),
    (re.compile(r"\b(?:all day|day and night|24/7)\b"), range(24)),
]
CLOCK = r"(\d{1,2})(?:[:.]([0-5]\d))?\s*(am|pm|a\.m\.|p\.m\.)?(?![\d/])"
BETWEEN = re.compile(rf"(?<![\d/.:]){CLOCK}\s*(?:to|till|until|and|-|–)\s*{CLOCK}")
AT = re.compile(rf"(?<![\d/.:]){CLOCK}")


def street_of(place: str) -> str:
    """The street of a place as people write it, spelled in one way: without what follows a comma, "St" at its end in full."""
    words = WORD.findall(place.partition(",")[0].lower())
    return " ".join([*words[:-1], SHORT.get(words[-1], words[-1]) if len(words) > 1 else words[-1]]) if words else ""


def hours_of_week(words: str) -> set[tuple[int, int]]:
    """The hours that `words` name, as (day, hour) with Monday 0; empty where they can't be read.

    An hour without a day is one of every day; a day without an hour is every hour of it. Friday night ends on Saturday.
    """
    words = words.lower()
    days, hours = _days(words), _hours(words)
    if not days and not hours:
        return set()
    return {((day + hour // 24) % 7, hour % 24) for day in days or range(7) for hour in hours or range(24)}


def _days(words) -> set[int]:
    found = {day for pattern, days in DAYS_OF if pattern.search(words) for day in days}
    for first, last in SPAN.findall(words):
        start = _day(first)
        found |= {(start + ahead) % 7 for ahead in range((_day(last) - start) % 7 + 1)}
    return found | {_day(name) for name in NAMED.findall(words)}


def _day(name) -> int:
    return next(number for number, day in enumerate(WEEKDAYS) if day[:3] == name[:3])


def _hours(words) -> set[int]:
    found = {hour for pattern, hours in HOURS_OF if pattern.search(words) for hour in hours}
    for first, _first_minutes, half, last, minutes, other in BETWEEN.findall(words):
        found |= _from_to(_hour(first, half or other), _hour(last, other), bool(minutes and int(minutes)))
    for hour, minutes, half in AT.findall(BETWEEN.sub(" ", words)):
        if half or minutes:
            found.add(_hour(hour, half))
    return found - {None}


def _from_to(first, last, begun) -> set[int]:
    """The hours from `first` up to `last`, which counts only where it has `begun`; from 24 on where it is over midnight."""
    if first is None or last is None:
        return set()
    length = (last - first) % 24 + begun
    return {first + ahead for ahead in range(max(length, 1))}


def _hour(number, half) -> int | None:
    """An hour of 24 from what was written, or None where it is no hour."""
    hour = int(number)
    if not half:
        return hour % 24 if hour <= 24 else None
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + 12 * half.startswith("p")
