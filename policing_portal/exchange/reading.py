"""From the bytes of a file to its rows. What a spreadsheet does to a file on the way is recognised, or refused in words."""

import csv
import io
import re
from dataclasses import dataclass, field

LARGEST = 5 * 1024 * 1024  # bytes
SHOWN = 20  # complaints about one file
CELL = 20_000  # characters
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]|[\ud800-\udfff]")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


class Unreadable(Exception):
    """The file as a whole can't be taken; `words` are sentences for whoever sent it."""

    def __init__(self, *words: str):
        super().__init__(" ".join(words))
        self.words = list(words)


@dataclass
class Sheet:
    """A file as rows: each its number, as a spreadsheet counts them, and its cells in the order of `header`."""

    header: list[str]
    rows: list = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # sentences: what was recognised on the way

    def dicts(self):
        """(number, column -> cell) of each row."""
        return ((number, dict(zip(self.header, cells, strict=True))) for number, cells in self.rows)


def read(data: bytes, *, columns: list[str], needed: list[str], most: int) -> Sheet:
    """The rows of a CSV file with some of `columns`, at least those `needed`, and at most `most` rows. Raises `Unreadable`."""
    if len(data) > LARGEST:
        raise Unreadable(f"The file is larger than {LARGEST // 1024 // 1024} MB. Send it in several parts.")
    text, notes = _decoded(data)
    separator, text = _separator(text, columns, notes)
    lines = _lines(text, separator)
    header = _header(lines, columns, needed)
    sheet = Sheet(header, notes=notes)
    broken = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue  # spreadsheets leave rows of nothing but separators
        whole = number < len(lines) or text.endswith(("\n", "\r"))
        broken += _faults(number, cells, header, whole)
        sheet.rows.append((number, [*cells, *[""] * (len(header) - len(cells))][: len(header)]))
    _refuse(broken, sheet, most)
    return sheet


def _refuse(broken, sheet, most) -> None:
    if broken:
        more = [f"And {len(broken) - SHOWN} more of this kind."] if len(broken) > SHOWN else []
        raise Unreadable(*broken[:SHOWN], *more)
    if not sheet.rows:
        raise Unreadable("There is no row below the headings.")
    if len(sheet.rows) > most:
        raise Unreadable(
            f"The file has {len(sheet.rows):,} rows; at most {most:,} go in at once. Send it in several parts."
        )


# ---- letters -----------------------------------------------------------------------------------------------------------
def _decoded(data: bytes) -> tuple[str, list[str]]:
    """The text of the file, and what to say about how it was written."""
    if data.startswith(WORKBOOKS):
        raise Unreadable("This is a workbook, not a CSV file. In Excel choose Save as, then “CSV UTF-8”.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # what Excel calls "Unicode text"
        return _in(data, "utf-16"), ["The file is written in UTF-16; it was read so."]
    if not data.strip():
        raise Unreadable("The file is empty.")
    if b"\x00" in data:
        raise Unreadable("This is not a text file. Save it as CSV first.")
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        text = _in(data, "cp1252")
    strange = next(at for at, letter in enumerate(text) if not letter.isascii())
    seen = " ".join(text[max(0, strange - 20) : strange + 40].split())
    return text, [
        f"The file is written in Windows-1252, as older Excel does; it was read so. Look whether this is right: “{seen}”."
    ]


def _in(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"Row {row} holds letters that can't be read. Save the file as “CSV UTF-8”.") from error


# ---- rows --------------------------------------------------------------------------------------------------------------
def _named(cell: str) -> str:
    """A heading as we write it: `Named wards` -> `named_wards`."""
    return re.sub(r"[\s-]+", "_", cell.strip().strip("\ufeff").casefold())


def _separator(text: str, columns, notes) -> tuple[str, str]:
    """What stands between the cells, and the text without Excel's own line about it."""
    if said := re.match(r"sep=([,;\t])\r?\n", text):
        return said[1], text[said.end() :]
    first = text.lstrip("\r\n").split("\n", 1)[0]
    known = {
        separator: sum(_named(cell.strip('"')) in columns for cell in first.rstrip("\r").split(separator))
        for separator in SEPARATORS
    }
    best = max(known, key=lambda separator: known[separator])
    if best != "," and known[best]:
        notes.append(f"The cells are parted by {SEPARATORS[best]}; they were read so.")
    return best, text


def _lines(text: str, separator: str) -> list[list[str]]:
    csv.field_size_limit(LARGEST)
    lines = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines.extend(reader)
    except csv.Error as error:
        where = f"In or below row {len(lines) + 1}"
        raise Unreadable(
            f"{where} a quotation mark is not closed, or something stands behind a closing one."
        ) from error
    return lines


def _header(lines, columns, needed) -> list[str]:
    header = [_named(cell) for cell in lines[0]] if lines else []
    while header and not header[-1]:
        header.pop()
    words = [
        f"There is no column “{name[:40]}” here. Known are: {', '.join(columns)}."
        for name in header
        if name not in columns
    ]
    words += [f"The column “{name}” is there twice." for name in dict.fromkeys(header) if header.count(name) > 1]
    words += [
        f"The column “{name}” is missing. The first row must hold the headings."
        for name in needed
        if name not in header
    ]
    if words:
        raise Unreadable(*words[:SHOWN])
    return header


def _faults(number: int, cells: list[str], header: list[str], whole: bool):
    """What is wrong with a row as such, a sentence each. Excel leaves out empty cells at a row's end: that is none."""
    if len(cells) > len(header) and any(cells[len(header) :]):
        yield (
            f"Row {number} has {len(cells)} cells, but there are {len(header)} headings: perhaps a text with a comma stands "
            "without quotation marks."
        )
    if len(cells) < len(header) and not whole:
        yield f"The file ends in the middle of row {number}. Perhaps it was not saved or sent whole."
    for name, cell in zip(header, cells, strict=False):
        if CONTROL.search(cell):
            yield f"Row {number}, {name}: it holds a character that nobody can read or type."
        elif len(cell) > CELL:
            yield f"Row {number}, {name}: it is longer than {CELL:,} characters."
