"""The questions that are asked most, in plain SQL: for the ORM to build them takes longer than to answer them.

Areas and wards come with the fields that answers name; Django fetches any other of them when it is asked for.
"""

from dataclasses import dataclass

from django.db import connection

from accounts.asking import one_row
from accounts.caching import kept_fact, same_fact
from accounts.stamp import Stamp

from .models import Area, Ward

AREA = ["id", "slug", "name", "gss_code"]  # in the order of the model, as from_db needs them
WARD = ["code", "area_id", "name", "active"]

# With the version stamp: what stands around a postcode is kept by it, for each ward, and costs no join.
POSTCODE_SQL = """
SELECT p.postcode, p.lad_code, p.lat, p.lon, p.quality, p.terminated, p.edition_id, p.area_id, p.ward_id,
       (SELECT value FROM accounts_stamp WHERE id = 1)
FROM areas_postcode p
WHERE p.edition_id = (SELECT id FROM areas_edition WHERE kind = 'postcodes' AND state = 'active') AND p.postcode = %s
"""
AROUND_SQL = """
SELECT e.name, (SELECT checksum FROM areas_edition WHERE kind = 'boundaries' AND state = 'active'),
       a.id, a.slug, a.name, a.gss_code, w.code, w.area_id, w.name, w.active
FROM areas_edition e
LEFT JOIN areas_area a ON a.id = %s
LEFT JOIN areas_ward w ON w.code = %s
WHERE e.id = %s
"""
PREFIX_SQL = "SELECT reference_prefix FROM areas_force"
PLACE_SQL = """
SELECT e.name, e.checksum, a.id, a.slug, a.name, a.gss_code, w.code, w.area_id, w.name, w.active
FROM areas_edition e
LEFT JOIN areas_area a ON a.gss_code = %s
LEFT JOIN areas_ward w ON w.area_id = a.id AND w.code = %s
WHERE e.kind = 'boundaries' AND e.state = 'active'
"""
WARD_SQL = """
SELECT a.id, a.slug, a.name, a.gss_code, w.code, w.area_id, w.name, w.active
FROM areas_ward w
JOIN areas_area a ON a.id = w.area_id
WHERE w.code = %s
"""


@dataclass(slots=True)
class Known:
    """A postcode of the edition in use; `outlines` is the checksum of the boundaries in use, or None."""

    postcode: str
    lad_code: str
    lat: float | None
    lon: float | None
    quality: int
    terminated: str
    edition: str
    outlines: str | None
    area: Area | None
    ward: Ward | None


def postcode(code: str) -> Known | None:
    """What the edition in use has of a normalised postcode, in one query, and one more the first time for each ward."""
    row = one_row(POSTCODE_SQL, [code])
    if row is None:
        return None
    *seen, edition, area_id, ward_code, version = row
    place = [area_id, ward_code, edition]
    around = kept_fact(f"around:{place}", lambda: one_row(AROUND_SQL, place), Stamp.of(version))
    area, ward = _placed(around[2:])
    return Known(*seen, *around[:2], area=area, ward=ward)


def place(gss_code: str = "", ward_code: str = "") -> tuple[str, str, Area | None, Ward | None]:
    """Name and checksum of the boundaries in use ("" where there are none), the area with that code, and its ward."""
    row = one_row(PLACE_SQL, [gss_code, ward_code])
    return (*row[:2], *_placed(row[2:])) if row else ("", "", None, None)


def ward(code: str) -> Ward | None:
    """The ward with that code, and its area."""
    row = one_row(WARD_SQL, [code])
    return _placed(row)[1] if row else None


def reference_prefix(stamp: str = "") -> str:
    """The prefix of the force's references; no question where the version stamp has been read."""
    return same_fact(reference_prefix, stamp) if stamp else one_row(PREFIX_SQL)[0]


def _placed(row: tuple) -> tuple[Area | None, Ward | None]:
    area = Area.from_db(connection.alias, AREA, row[: len(AREA)]) if row[0] is not None else None
    ward = Ward.from_db(connection.alias, WARD, row[len(AREA) :]) if row[len(AREA)] is not None else None
    if ward and area and ward.area_id == area.pk:
        ward.area = area
    return area, ward
