"""`manage.py fetch_data`: the official open data, from its publishers into DATA_DIR.

Postcodes: Code-Point Open, a zip of about 15 MB, from the Ordnance Survey downloads service.
Boundaries: this force's wards, as GeoJSON in WGS84, from an ArcGIS feature layer of the ONS Open Geography Portal.
Both are fetched beside their place as `.part`, checked, and only then moved over the old file.
"""

import http.client
import json
import os
import re
import ssl
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Collection
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from shapely import union_all
from shapely.geometry import mapping, shape

from areas.models import Area
from areas.official import NO_ZIP

TIMEOUT = 60  # seconds without a byte
PAUSES = (0, 1, 3, 9)  # seconds before each try
CHUNK = 256 * 1024
PAGE = 100  # features asked for at once: a page stays below a few MB
NETWORK = (urllib.error.URLError, ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException)
HEADERS = {"User-Agent": "policing-portal fetch_data", "Accept-Encoding": "identity"}


T = TypeVar("T")


class FetchFailed(Exception):
    """A file could not be fetched or is not what it should be; carries a sentence for the operator."""


class Command(BaseCommand):
    help = "Fetch postcodes (Ordnance Survey) and ward boundaries (ONS) into DATA_DIR; nothing half replaces a file."

    def add_arguments(self, parser):
        parser.add_argument("--only", choices=["postcodes", "boundaries"], help="fetch one of the two")

    def handle(self, *, only=None, **options):
        jobs = {"postcodes": self.postcodes, "boundaries": self.boundaries}
        failures = []
        for name in [only] if only else jobs:
            try:
                jobs[name]()
            except FetchFailed as failure:
                failures.append(f"{name.capitalize()}: {failure}")
        if failures:
            raise CommandError("\n".join([*failures, "Files that were there before are unchanged."]))

    def postcodes(self) -> None:
        """Fetch Code-Point Open into postcodes/code_point_open.zip."""
        target = settings.DATA_DIR / "postcodes" / "code_point_open.zip"
        changed = fetch_file(settings.OS_CODE_POINT_URL, target, check=check_code_point, say=self.say)
        self.say(f"Postcodes: {target} is {'new' if changed else 'already the latest'}.")

    def boundaries(self) -> None:
        """Fetch the wards of the force's areas into boundaries/, and the areas made of them."""
        codes = sorted(Area.objects.values_list("gss_code", flat=True))
        if not codes:
            raise FetchFailed("no areas are loaded yet, so it is unknown which wards to ask for. Run `make run` once.")
        year, wards = fetch_wards(settings.ONS_BOUNDARIES_URL, codes, self.say)
        folder = settings.DATA_DIR / "boundaries"
        write_whole(folder / f"wards_{year}.geojson", json.dumps(wards, separators=(",", ":")).encode())
        write_whole(folder / f"areas_{year}.geojson", json.dumps(dissolve(wards), separators=(",", ":")).encode())
        self.say(f"Boundaries: {len(wards['features'])} wards of {year} in {folder}.")

    def say(self, text: str) -> None:
        """Print at once."""
        self.stdout.write(text)
        self.stdout.flush()


# ---- one big file, resumable -----------------------------------------------------------------------------------------
def fetch_file(url: str, target: Path, *, check: Callable[[Path], None], say: Callable[[str], None]) -> bool:
    """Fetch `url` to `target`, going on where an earlier try was cut off; False when the copy here is the latest.

    `check` looks at the whole file before it replaces the old one. Raises FetchFailed.
    """
    part, note = target.with_name(target.name + ".part"), target.with_name(target.name + ".json")
    part_note = target.with_name(target.name + ".part.json")
    make_folder(target.parent)
    seen = read_note(note) if target.exists() else {}
    if not patiently(url, lambda: fetch_rest(url, part, part_note, seen.get("etag")), say):
        return False
    try:
        check(part)
    except FetchFailed:
        forget(part, part_note)
        raise
    os.replace(part, target)
    os.replace(part_note, note)
    return True


def fetch_rest(url: str, part: Path, part_note: Path, etag_here: str | None) -> bool:
    """Append to `part` what is missing of `url`; False when the server still has the version named by `etag_here`."""
    begun = read_note(part_note).get("etag")
    have = part.stat().st_size if begun and part.exists() else 0
    headers = dict(HEADERS)
    if have and begun:
        headers |= {"Range": f"bytes={have}-", "If-Range": begun}
    elif etag_here:
        headers |= {"If-None-Match": etag_here}
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_MODIFIED:
            return False
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            forget(part, part_note)
        raise
    with answer:
        save_rest(answer, part, part_note, have)
    return True


def save_rest(answer: http.client.HTTPResponse, part: Path, part_note: Path, have: int) -> None:
    """Write a whole answer over `part`, or a partial one after `have` bytes. ConnectionError when it is cut."""
    going_on = answer.status == HTTPStatus.PARTIAL_CONTENT
    if going_on and content_range_start(answer) != have:
        forget(part, part_note)
        raise ConnectionError("it sent another part than the one asked for")
    total = expected_size(answer, have if going_on else 0)
    if not going_on:
        forget(part)
    part_note.write_text(json.dumps({"etag": strong_etag(answer)}))
    with part.open("ab") as file:
        while chunk := answer.read(CHUNK):
            file.write(chunk)
    if total is not None and part.stat().st_size != total:
        raise ConnectionError(f"it ended after {part.stat().st_size:,} of {total:,} bytes")


def content_range_start(answer: http.client.HTTPResponse) -> int | None:
    """First byte of a partial answer, from `Content-Range: bytes 100-199/200`."""
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def expected_size(answer: http.client.HTTPResponse, have: int) -> int | None:
    """Bytes of the whole file, where the server says so."""
    length = answer.headers.get("Content-Length")
    return have + int(length) if length else None


def strong_etag(answer: http.client.HTTPResponse) -> str | None:
    """The ETag, unless it is a weak one: parts of different bytes must never be joined."""
    etag = answer.headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else None


def check_code_point(path: Path) -> None:
    """Raise FetchFailed unless the zip is whole and holds Code-Point Open's CSV files."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            names = archive.namelist()
    except NO_ZIP as error:
        raise FetchFailed("what came is not a whole zip file.") from error
    if broken:
        raise FetchFailed(f"{broken} inside the zip is damaged.")
    if not any(re.search(r"(^|/)Data/CSV/[a-z]{1,2}\.csv$", name) for name in names):
        raise FetchFailed("the zip holds no Data/CSV/*.csv, so it is not Code-Point Open.")


# ---- the wards, page by page -----------------------------------------------------------------------------------------
def fetch_wards(url: str, area_codes: Collection[str], say: Callable[[str], None]) -> tuple[int, dict]:
    """The layer's year and a GeoJSON collection of the wards in `area_codes` (GSS codes), in WGS84.

    Field names carry the year (WD25CD, LAD25CD), so they are read from the layer. Raises FetchFailed when the number of
    wards differs from what the layer says it has, or an area has none.
    """
    fields = layer_fields(url.removesuffix("/query"), say)
    where = f"{fields['lad_code']} IN ({','.join(repr(code) for code in area_codes)})"  # noqa: S608 - no database of ours
    count = ask(url, {"where": where, "returnCountOnly": "true", "f": "json"}, say).get("count")
    wards: dict[str, dict] = {}
    while True:
        page = ask(url, page_query(where, fields, len(wards)), say).get("features") or []
        known = len(wards)
        for feature in page:
            ward = renamed(feature, fields)
            wards[ward["properties"]["ward_code"]] = ward
        if len(wards) == known:  # an empty page, or a server that sends the same one for ever
            break
        say(f"{len(wards)} of {count} wards ...")
    if len(wards) != count:
        raise FetchFailed(f"{host(url)} announced {count} wards and sent {len(wards)}.")
    if lacking := set(area_codes) - {ward["properties"]["lad_code"] for ward in wards.values()}:
        raise FetchFailed(f"{host(url)} has no ward for {', '.join(sorted(lacking))}.")
    year = 2000 + int(fields["ward_code"][2:4])
    return year, {"type": "FeatureCollection", "name": f"ONS wards {year}", "features": list(wards.values())}


def layer_fields(layer: str, say: Callable[[str], None]) -> dict[str, str]:
    """Our names of the four properties -> the layer's field names."""
    names = [field.get("name", "") for field in ask(layer, {"f": "json"}, say).get("fields", [])]
    patterns = {"ward_code": "WD..CD", "ward_name": "WD..NM", "lad_code": "LAD..CD", "lad_name": "LAD..NM"}
    found = {ours: [name for name in names if re.fullmatch(pattern, name)] for ours, pattern in patterns.items()}
    if not all(found.values()):
        raise FetchFailed(f"{layer} is not a layer of wards with their district: it has the fields {', '.join(names)}.")
    return {ours: theirs[0] for ours, theirs in found.items()}


def page_query(where: str, fields: dict[str, str], offset: int) -> dict[str, str | int]:
    """Query of one page of features, in a fixed order."""
    return {
        "where": where,
        "outFields": ",".join(fields.values()),
        "orderByFields": fields["ward_code"],
        "outSR": 4326,
        "resultOffset": offset,
        "resultRecordCount": PAGE,
        "f": "geojson",
    }


def ask(url: str, query: dict, say: Callable[[str], None]) -> dict:
    """The JSON object that an ArcGIS service answers with; with its own errors under status 200. Raises FetchFailed."""
    request = urllib.request.Request(f"{url}?{urlencode(query)}", headers=HEADERS)  # noqa: S310

    def read() -> Any:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return json.loads(answer.read())

    try:
        found = patiently(url, read, say)
    except ValueError as error:
        raise FetchFailed(f"{host(url)} answered with something that is not JSON.") from error
    if not isinstance(found, dict) or "error" in found:
        raise FetchFailed(f"{host(url)} refused the question: {found}")
    return found


def renamed(feature: dict, fields: dict[str, str]) -> dict:
    """The feature with our property names, whatever year it comes from."""
    properties, geometry = feature.get("properties") or {}, feature.get("geometry") or {}
    if geometry.get("type") not in ("Polygon", "MultiPolygon") or not geometry.get("coordinates"):
        raise FetchFailed(f"a ward came without its boundary: {properties}.")
    ours = {name: properties.get(field) for name, field in fields.items()}
    return {"type": "Feature", "properties": ours, "geometry": geometry}


def dissolve(wards: dict) -> dict:
    """The areas as unions of their wards, as a GeoJSON collection."""
    names = {ward["properties"]["lad_code"]: ward["properties"]["lad_name"] for ward in wards["features"]}
    features = []
    for code, name in sorted(names.items()):
        parts = [shape(ward["geometry"]) for ward in wards["features"] if ward["properties"]["lad_code"] == code]
        geometry = mapping(union_all(parts))
        features.append({"type": "Feature", "properties": {"lad_code": code, "lad_name": name}, "geometry": geometry})
    return {"type": "FeatureCollection", "name": f"{wards['name']}, dissolved", "features": features}


# ---- small things ----------------------------------------------------------------------------------------------------
def patiently(url: str, act: Callable[[], T], say: Callable[[str], None]) -> T:
    """The result of `act`, tried again where the network or the server failed. Raises FetchFailed."""
    for attempt, pause in enumerate(PAUSES, start=1):
        time.sleep(pause)
        try:
            return act()
        except NETWORK as error:
            sentence = f"{host(url)} {reason(error)}"
            if attempt == len(PAUSES) or not worth_retrying(error):
                raise FetchFailed(f"{sentence} What has come so far is kept; run it again to go on.") from error
            say(f"{sentence} Trying again ...")
        except OSError as error:
            raise FetchFailed(f"cannot write to {settings.DATA_DIR} ({error.strerror}).") from error
    raise AssertionError("PAUSES is empty")


def host(url: str) -> str:
    """Name of the server, for sentences."""
    return urlsplit(url).netloc


def reason(error: Exception) -> str:
    """What went wrong, as the end of a sentence that begins with the server's name."""
    if isinstance(error, urllib.error.HTTPError):
        return f"answered with status {error.code}."
    if isinstance(error, ConnectionError | http.client.HTTPException):
        return f"broke off: {error}."
    return f"cannot be reached ({getattr(error, 'reason', error)})."


def worth_retrying(error: Exception) -> bool:
    """Whether another try may help: not where the server says that the question is wrong."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code >= 500 or error.code in (408, 416, 429)
    return True


def make_folder(folder: Path) -> None:
    """Make the folder, or say that we may not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FetchFailed(f"cannot write to {folder} ({error.strerror}). DATA_DIR names another folder.") from error
    if not os.access(folder, os.W_OK):
        raise FetchFailed(f"cannot write to {folder}. DATA_DIR names another folder.")


def write_whole(path: Path, content: bytes) -> None:
    """Write the file so that a reader sees the old one or the new one, never half."""
    make_folder(path.parent)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def read_note(path: Path) -> dict:
    """What we noted about a file when it was fetched; empty when there is no such note."""
    try:
        note = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def forget(*paths: Path) -> None:
    """Remove files that are of no use."""
    for path in paths:
        path.unlink(missing_ok=True)
