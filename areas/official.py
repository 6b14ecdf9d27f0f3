"""Official postcode files as they come: Code-Point Open, and every ONSPD and NSPL header so far.

Columns are recognised by their names, never by their place; only Code-Point Open may come without names, and then has the
ones of its own documentation.
"""

import csv
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import IO

from . import grid, spelling
from .editions import Refused

CODE_POINT = ["PC", "PQ", "EA", "NO", "CY", "RH", "LH", "CC", "DC", "WC"]
COLUMNS = {  # what is needed -> how publishers have called it
    "postcode": r"pcds?|pcd[278]|pc|postcode",
    "quality": r"(?:os)?grdind|gridind|pq|positional_quality_indicator",
    "east": r"(?:os)?east1m|ea|eastings?",
    "north": r"(?:os)?n(?:o)?rth1m|no|northings?",
    "lad": r"(?:os)?laua|lad\d{0,2}cd|dc|admin_district_code",
    "ward": r"(?:os)?ward|wd\d{0,2}cd|wc|admin_ward_code",
    "terminated": r"doterm",
    "lat": r"lat(?:itude)?",
    "lon": r"long?(?:itude)?",
}
OPTIONAL = {"terminated", "lat", "lon"}
ONS_QUALITY = {"1": 10, "2": 10, "3": 20, "4": 30, "5": 50, "6": 60, "8": 60, "9": 90}
GSS = re.compile(r"[EWSNLM]\d{8}")
# What Python raises for a zip that is cut, damaged, locked, or packed in a way that it does not know.
NO_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, OSError, EOFError)
ATTRIBUTION = (
    "Contains OS data © Crown copyright and database right {year}. "
    "Contains Royal Mail data © Royal Mail copyright and database right {year}. "
    "Contains National Statistics data © Crown copyright and database right {year}."
)


@dataclass(frozen=True)
class Source:
    """One file, on disk or in a zip: `name` for people, `open` for its bytes."""

    name: str
    path: Path
    member: str = ""

    @property
    def stem(self) -> str:
        return Path(self.member or self.path.name).stem

    def open(self) -> IO[bytes]:
        if self.member:
            return zipfile.ZipFile(self.path).open(self.member)
        return self.path.open("rb")


@dataclass(slots=True)
class Record:
    """One postcode as its publisher knows it; `lat` and `lon` are None where it has no point."""

    postcode: str
    lad: str
    ward: str
    lat: float | None
    lon: float | None
    quality: int
    terminated: str


@dataclass
class Release:
    """What was found at the paths: the data files, and what accompanies them."""

    files: list[Source]
    headers: list[str]
    metadata: str
    whole: bool  # given as folders or zips, not as single files

    @property
    def version(self) -> str:
        found = re.search(r"DATASET VERSION NUMBER:\s*([\d.]+)", self.metadata)
        return found.group(1) if found else ""

    @property
    def counts(self) -> dict[str, int]:
        """How many rows the publisher says each postcode area has."""
        return {area: int(rows) for area, rows in re.findall(r"^\s*([A-Z]{1,2})\s+(\d+)\s*$", self.metadata, re.M)}

    @property
    def name(self) -> str:
        ons = re.match(r"(ONSPD|NSPL)[_ -]*(.*)", self.files[0].stem, re.I)
        if ons:
            rest = re.sub(r"_?(UK|seed|header|sample)\b|_", " ", ons.group(2)).split()
            return " ".join([ons.group(1).upper(), *rest])
        return f"Code-Point Open {self.version}".strip()

    @property
    def attribution(self) -> str:
        year = re.search(r"20\d\d", f"{self.version} {self.name}")
        return ATTRIBUTION.format(year=year.group() if year else "").replace(" .", ".")


def find(paths: list[Path], letters: set[str]) -> Release:
    """The postcode files at the paths (folders, zips, csv files), without those of other postcode areas. Raises Refused."""
    sources = [source for path in paths for source in listed(path)]
    named = {path.resolve() for path in paths}
    data, headers, metadata = [], CODE_POINT, ""
    for source in sources:
        inside = Path(source.member) if source.member else source.path
        if inside.name.lower() == "metadata.txt":
            metadata = read(source)
        elif "column_headers" in inside.name.lower():
            headers = next(csv.reader([read(source).lstrip("\ufeff").splitlines()[0]]))
        elif inside.suffix.lower() == ".csv" and (
            source.path.resolve() in named and not source.member or is_data(inside)
        ):
            if not re.fullmatch("[a-z]{1,2}", inside.stem.lower()) or inside.stem.upper() in letters:
                data.append(source)
    if not data:
        raise Refused(f"{', '.join(map(str, paths))}: no postcode file (.csv) is in it")
    whole = not any(path.suffix.lower() == ".csv" for path in paths)
    return Release(sorted(data, key=lambda source: source.name), headers, metadata, whole)


def is_data(path: Path) -> bool:
    """Whether a file in a release holds its data: not its documents, and not the same data again in pieces."""
    folders = {part.lower() for part in path.parts[:-1]}
    return not {folder for folder in folders if folder.startswith("doc")} and "multi_csv" not in folders


def listed(path: Path) -> list[Source]:
    """All files at a path; beside a single file of Code-Point Open also its documents."""
    if path.is_dir():
        return [Source(str(file), file) for file in sorted(path.rglob("*")) if file.is_file()]
    if not path.exists():
        raise Refused(f"{path} is not there")
    if path.suffix.lower() == ".zip":
        return zipped(path)
    documents = sorted(path.resolve().parent.parent.parent.glob("Doc/*"))
    return [Source(str(path), path)] + [Source(str(file), file) for file in documents if file.is_file()]


def zipped(path: Path) -> list[Source]:
    """The members of a zip, whose contents are proved whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            names = archive.namelist()
    except NO_ZIP as error:
        raise Refused(f"{path} can't be read as a zip: it may be cut short. Fetch it again") from error
    if broken:
        raise Refused(f"{path}: {broken} in it is damaged. Fetch it again")
    return [Source(f"{path}:{name}", path, name) for name in names if not name.endswith("/")]


def read(source: Source) -> str:
    """A small text file."""
    with source.open() as data:
        return data.read(1 << 20).decode("utf-8", errors="replace")


def rows(source: Source) -> Iterator[list[str]]:
    """The rows of a csv file in UTF-8 or UTF-16, with or without a byte order mark."""
    with source.open() as probe:
        wide = probe.read(2) in (b"\xff\xfe", b"\xfe\xff")
    with source.open() as data:
        # Names of places may be in an older encoding; codes and figures never are.
        text = io.TextIOWrapper(data, encoding="utf-16" if wide else "utf-8-sig", errors="replace", newline="")
        reader = csv.reader(text, strict=True)
        try:
            yield from reader
        except (csv.Error, UnicodeError) as error:
            raise Refused(f"{source.name}, line {reader.line_num}: the file is cut or damaged ({error})") from error


def records(source: Source, release: Release, letters: set[str]) -> Iterator[Record]:
    """The postcodes of these postcode areas in one file. Raises Refused with the line that is wrong."""
    lines = rows(source)
    first = next(lines, None)
    if first is None:
        raise Refused(f"{source.name} is empty")
    headless = bool(first) and spelling.normalised(first[0]) is not None
    reader = Reader(source.name, release.headers if headless else first)
    if headless:
        yield from reader.kept(first, 1, letters)
    for number, row in enumerate(lines, 2):
        if row:
            yield from reader.kept(row, number, letters)


def finite(text: str) -> float:
    """The figure that `text` is. Raises ValueError for anything else, and for what has no end."""
    if not isfinite(figure := float(text)):
        raise ValueError(f"“{text[:20]}”")
    return figure


class Reader:
    """Reads the rows of one file by the names of its columns."""

    def __init__(self, name: str, headers: list[str]):
        self.name, self.width = name, len(headers)
        self.at = {}
        for need, pattern in COLUMNS.items():
            places = [i for i, header in enumerate(headers) if re.fullmatch(pattern, header.strip().lower())]
            if places:
                self.at[need] = places[0]
        missing = sorted(set(COLUMNS) - OPTIONAL - set(self.at))
        if missing:
            raise Refused(
                f"{name} has no column for {', '.join(missing)}: it is not a postcode file that is known here"
            )

    def kept(self, row: list[str], number: int, letters: set[str]) -> Iterator[Record]:
        if len(row) != self.width:
            raise self.refused(number, f"it has {len(row)} columns instead of {self.width}; the file may be cut short")
        text = row[self.at["postcode"]]
        start = re.match("[A-Za-z]*", text.strip()).group().upper()  # type: ignore[union-attr]
        if start in letters:
            yield self.record(row, number)
        elif not start:
            raise self.refused(number, f"“{text[:20]}” is not a postcode")

    def record(self, row: list[str], number: int) -> Record:
        value = {need: row[place].strip() for need, place in self.at.items()}
        code = spelling.normalised(value["postcode"])
        if code is None:
            raise self.refused(number, f"“{value['postcode'][:20]}” is not a postcode")
        for need in ("lad", "ward"):
            if value[need] and not GSS.fullmatch(value[need]):
                raise self.refused(
                    number, f"“{value[need][:20]}” is not the code of a {need}; the file may be cut short"
                )
        ended = value.get("terminated", "")
        if ended and not re.fullmatch(r"\d{6}", ended):
            raise self.refused(number, f"“{ended[:20]}” is not a year and month")
        quality = self.quality(value["quality"], number)
        lat, lon = (None, None) if quality == 90 else self.point(value, number)
        lad, ward = ("" if value[need][1:] == "99999999" else value[need] for need in ("lad", "ward"))
        return Record(code, lad, ward, lat, lon, quality, ended)

    def quality(self, text: str, number: int) -> int:
        """Code-Point Open's scale from 10, exact, to 90, none; ONS has a figure of its own."""
        if text in ONS_QUALITY:
            return ONS_QUALITY[text]
        if not re.fullmatch(r"[1-9]0", text):
            raise self.refused(number, f"“{text[:20]}” is not a quality")
        return int(text)

    def point(self, value: dict, number: int) -> tuple[float | None, float | None]:
        """Latitude and longitude: the publisher's, or else made from the National Grid; (None, None) for none."""
        try:
            if value.get("lat") and value.get("lon"):
                lat, lon = finite(value["lat"]), finite(value["lon"])
                return (lat, lon) if lat < 90 else (None, None)
            east, north = finite(value["east"] or "0"), finite(value["north"] or "0")
        except ValueError as error:
            raise self.refused(number, f"its coordinates are not figures ({error})") from error
        return grid.to_wgs84(east, north) if east and north else (None, None)

    def refused(self, number: int, why: str) -> Refused:
        return Refused(f"{self.name}, line {number}: {why}")
