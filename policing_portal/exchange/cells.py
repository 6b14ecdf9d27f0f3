"""What one cell means, and how a value is written into one: exactly there and back.

A cell that says no value raises `Refused` with a sentence. What spreadsheets make of a cell unasked is recognised where
it has one meaning, and refused in words where it has two.
"""

import re
from datetime import date, datetime, time
from uuid import UUID

from django.utils import timezone
from import_export.widgets import Widget

from accounts.stamp import LONDON
from feedback.insight import files

SIGNS = re.escape("".join(files.FORMULA))  # with which a formula begins, in every file that we write
FORMULA = re.compile(f"[{SIGNS}]|'[{SIGNS}']")  # what would be a formula, and what looks like our guard against one
GUARDED = re.compile(f"'[{SIGNS}']")
EXPONENT = re.compile(r"\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T](\d{1,2}:\d{2}(?::\d{2})?))?")
SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}(?!\d).*")
BLANKS = " \t\r\n\u00a0\u200b"
MISREAD = re.compile("[\u00c2\u00c3\u00e2][\u0080-\u00bf\u0152-\u0178\u2013-\u203a\u20ac\u2122]")


class Refused(ValueError):
    """A cell says no value. `str()` is a sentence for whoever wrote the file."""


def slashed(text: str) -> tuple[int, int] | None:
    """The first two numbers of a date such as 31/03/2026, or None."""
    found = SLASHED.fullmatch(text.strip(BLANKS))
    return (int(found[1]), int(found[2])) if found else None


class Cell(Widget):
    """What a kind of column takes. `empty`: what an empty cell means; `needed`: it must not be empty."""

    dated = False
    guarded = False  # text that a spreadsheet could take for a formula

    def __init__(self, *, needed=False, empty=None):
        super().__init__()
        self.needed, self.empty = needed, empty

    def clean(self, value, row=None, *, table=None, **kwargs):
        """The value of the cell `value`, read for `table`. Raises `Refused`."""
        text = value.strip(BLANKS)
        if not text:
            if self.needed:
                raise Refused("This must not be empty.")
            return self.empty
        return self.mean(text, table)

    def mean(self, text, table):
        """The value of a cell that is not empty."""
        return text

    def render(self, value, obj=None, **kwargs) -> str:
        """`value` as a cell."""
        return "" if value is None else str(value)


class Text(Cell):
    """Words. What a spreadsheet would take for a formula is written with an apostrophe, which is taken off again."""

    guarded = True

    def __init__(self, *, needed=False, empty=""):
        super().__init__(needed=needed, empty=empty)

    def clean(self, value, row=None, *, table=None, **kwargs):
        if GUARDED.match(value):
            value = value[1:]
        return super().clean(value, row, table=table)

    def mean(self, text, table):
        if MISREAD.search(text):
            raise Refused(f"“{text[:40]}” has letters that were read wrongly on the way. Put them right.")
        return text

    def render(self, value, obj=None, **kwargs) -> str:
        text = super().render(value)
        return f"'{text}" if FORMULA.match(text) else text


class Phone(Text):
    """A phone number as people dial it. Excel takes the zero in front of it, and with it what it is: such a one is refused."""

    def mean(self, text, table):
        text = super().mean(text, table)
        digits = re.sub(r"\D", "", text)
        if EXPONENT.fullmatch(text):
            raise Refused(
                f"“{text[:40]}” is how Excel shortens a long number. Give the column the format Text, and write it anew."
            )
        if digits == text and len(digits) in (9, 10) and not text.startswith("0"):
            raise Refused(
                f"“{text[:40]}” has lost the zero in front of it. Give the column the format Text, and write 0{text[:20]}."
            )
        return text


class Mail(Text):
    def mean(self, text, table):
        return super().mean(text, table).lower()


class Choice(Cell):
    """One of a few words."""

    def __init__(self, choices, **options):
        super().__init__(needed=True, **options)
        self.words = {str(value): value for value in choices.values}
        self.labels = {str(choice.label).casefold(): choice.value for choice in choices}

    def mean(self, text, table):
        value = self.words.get(text.casefold(), self.labels.get(text.casefold()))
        if value is None:
            raise Refused(f"“{text[:40]}” is not known here. Write one of: {', '.join(self.words)}.")
        return value


class YesNo(Cell):
    """yes or no; empty where it is `needed` not: not known."""

    WORDS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}

    def mean(self, text, table):
        if text.casefold() not in self.WORDS:
            raise Refused(f"“{text[:40]}” is neither yes nor no.")
        return self.WORDS[text.casefold()]

    def render(self, value, obj=None, **kwargs) -> str:
        return {True: "yes", False: "no"}.get(value, "")


class Number(Cell):
    """A whole number."""

    def mean(self, text, table):
        digits = re.fullmatch(r"(\d{1,9})(?:\.0+)?%?", text)
        if not digits:
            raise Refused(f"“{text[:40]}” is not a whole number.")
        return int(digits[1])


class Degrees(Cell):
    """A number with decimals, written so that it reads back the same."""

    def mean(self, text, table):
        if re.fullmatch(r"-?\d{1,3},\d+", text):
            raise Refused(f"“{text[:40]}”: write decimals with a dot.")
        if not re.fullmatch(r"-?\d{1,3}(?:\.\d+)?(?:[eE]-\d{1,3})?", text):
            raise Refused(f"“{text[:40]}” is not a number of degrees.")
        return float(text)

    def render(self, value, obj=None, **kwargs) -> str:
        return "" if value is None else repr(float(value))


class Day(Cell):
    """A date, YYYY-MM-DD. 31/03/2026 is read where the file itself shows which number is the day."""

    dated = True

    def mean(self, text, table):
        day, rest = day_of(text, table)
        if rest not in ("", "00:00", "00:00:00"):
            raise Refused(f"“{text[:40]}”: a date without a time belongs here.")
        return day

    def render(self, value, obj=None, **kwargs) -> str:
        return value.isoformat() if value else ""


def day_of(text: str, table) -> tuple[date, str]:
    """The date that `text` begins with, and the time of day behind it as text ("" for none). Raises `Refused`."""
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:[ T](.+))?", text):
        return _date(text, int(found[1]), int(found[2]), int(found[3])), found[4] or ""
    if found := SLASHED.fullmatch(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if first != second and table.day_first is not True:
            raise Refused(_which(text, first, second, table.day_first))
        return _date(text, year, second, first), found[4] or ""
    if SHORT_YEAR.fullmatch(text):
        raise Refused(f"“{text[:40]}” has a year of two digits. Write 2026-03-31.")
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        raise Refused(f"“{text}” is how Excel counts days. Give the column a date format, such as 2026-03-31.")
    raise Refused(f"“{text[:40]}” is not a date. Write 2026-03-31.")


def _which(text, first, second, day_first) -> str:
    if day_first is False:
        return f"“{text[:40]}”: the file has dates with the month first, or of both kinds. Write 2026-03-31."
    return f"“{text[:40]}” could be day {first} of month {second} or the other way round. Write 2026-03-31."


def _date(text, year, month, day) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Refused(f"“{text[:40]}” is no day of the calendar.") from error


def clock_of(text: str) -> time:
    """The time of day that `text` says: 09:00, 9:00 or 09:00:00. Raises `Refused`."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?", text)
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0), round(float(found[4] or 0) * 1_000_000))
    except (TypeError, ValueError) as error:
        raise Refused(f"“{text[:40]}” is not a time of day. Write 09:00.") from error


def clock_words(value: time) -> str:
    """`value` as short as it can be said exactly: 09:00."""
    return value.isoformat() if value.second or value.microsecond else f"{value:%H:%M}"


class Clock(Cell):
    """A time of day, 09:00."""

    def mean(self, text, table):
        return clock_of(text)

    def render(self, value, obj=None, **kwargs) -> str:
        return clock_words(value) if value else ""


class Moment(Cell):
    """A day and a time in London, 2026-03-31 18:00; in the hour that comes twice in October with its distance to UTC."""

    dated = True

    def mean(self, text, table):
        far = re.search(r" ?([+-]\d{2}:\d{2})$", text)
        day, rest = day_of(text[: far.start()] if far else text, table)
        if not rest:
            raise Refused(f"“{text[:40]}” lacks the time of day. Write 2026-03-31 18:00.")
        local = datetime.combine(day, clock_of(rest))
        fits = [moment for fold in (0, 1) if (moment := _at(local, fold))]
        if far:
            fits = [moment for moment in fits if moment.isoformat()[-6:] == far[1]]
        if not fits:
            raise Refused(f"“{text[:40]}” does not exist in London: the clocks go forward there.")
        if len({moment.utcoffset() for moment in fits}) > 1:
            raise Refused(f"“{text[:40]}” comes twice, as the clocks go back. Write +01:00 or +00:00 behind it.")
        return fits[0]

    def render(self, value, obj=None, **kwargs) -> str:
        if value is None:
            return ""
        local = value.astimezone(LONDON)
        words = f"{local:%Y-%m-%d} {clock_words(local.time())}"
        twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
        return f"{words}{local.isoformat()[-6:]}" if twice else words


def _at(local: datetime, fold: int) -> datetime | None:
    """The moment at which clocks in London show `local`, or None where they never do."""
    moment = local.replace(tzinfo=LONDON, fold=fold)
    back = moment.astimezone(timezone.get_fixed_timezone(0)).astimezone(LONDON)
    return moment if back.replace(tzinfo=None) == local else None


class Key(Cell):
    """What stands in another list, by what people call it there. `kind`: the list's name in `Known`; `by`: its word."""

    def __init__(self, kind, by, **options):
        super().__init__(**options)
        self.kind, self.by = kind, by

    def mean(self, text, table):
        return table.known.find(self.kind, text)

    def render(self, value, obj=None, **kwargs) -> str:
        return "" if value is None else str(getattr(value, self.by))


class Keys(Key):
    """Several of them, with a space between."""

    def __init__(self, kind, by):
        super().__init__(kind, by, empty=[])

    def mean(self, text, table):
        words = dict.fromkeys(re.split(r"[\s,;]+", text))
        return sorted((super(Keys, self).mean(word, table) for word in words if word), key=self._word)

    def _word(self, one) -> str:
        return str(getattr(one, self.by))

    def render(self, value, obj=None, **kwargs) -> str:
        return " ".join(sorted(map(self._word, value or ())))


class Identity(Cell):
    """The lasting number of a row that has no name: a UUID. Empty: a new row."""

    def mean(self, text, table):
        try:
            return UUID(text)
        except ValueError as error:
            raise Refused(f"“{text[:40]}” is not such a number. Leave it empty for a new row.") from error
