"""`manage.py load_postcodes`: an edition of full postcodes comes into use."""

import re
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from areas import official, spelling
from areas.editions import Refused, bring_into_use, checksum
from areas.models import Area, Edition, Force, Postcode, PostcodeSpan, Ward
from areas.progress import Progress

FEWER = 0.98  # of the postcodes of each postcode area in use: in a quarter year far fewer come and go
LOST_SECTORS = 0.02  # of the sectors that the force pack knows in a postcode area
FAR = (0.35, 0.5)  # degrees from the middle of its area at which no postcode of it lies
ODD_POINTS = 0.01  # share of points that may be odd


class Command(BaseCommand):
    help = "Load Code-Point Open, ONSPD or NSPL (folder, zip or csv) and switch to it; a file that is wrong changes nothing."

    def add_arguments(self, parser):
        parser.add_argument(
            "paths", nargs="*", type=Path, help="default: postcodes/code_point_open (or .zip) in DATA_DIR"
        )
        parser.add_argument(
            "--accept-fewer", action="store_true", help="load it although postcodes of the last edition are missing"
        )

    def handle(self, *, paths, accept_fewer=False, verbosity=1, **options):
        folder = settings.DATA_DIR / "postcodes" / "code_point_open"
        paths = [Path(path) for path in paths] or [folder if folder.exists() else folder.with_suffix(".zip")]
        try:
            line = self.load(paths, accept_fewer, Progress(self.stderr if verbosity else None))
        except (Refused, OSError) as error:
            raise CommandError(f"{error}. The postcodes in use are unchanged.") from error
        if verbosity:
            self.stdout.write(line)

    def load(self, paths: list[Path], accept_fewer: bool, progress: Progress) -> str:
        """Check the files, then load them; returns what was done. Raises Refused."""
        force = Force.objects.first()
        if force is None:
            raise Refused("no force pack is loaded yet: run load_force first")
        letters = set(force.postcode_areas.split())
        release = official.find(paths, letters)
        total = checksum(sorted({source.path for source in release.files}))
        old = Edition.objects.in_use(Edition.Kind.POSTCODES)
        if old and old.checksum == total:
            return f"{old.name} is already in use."
        areas = {area.gss_code: area for area in Area.objects.all()}
        records = read_all(release, letters, progress)
        check(records, release, areas, letters, None if accept_fewer else old, accept_fewer)
        edition = Edition(
            kind=Edition.Kind.POSTCODES,
            name=release.name,
            released=release.version,
            attribution=release.attribution,
            checksum=total,
            rows=len(records),
            covers=" ".join(sorted({letters_of(code) for code in records})),
        )
        wards = {
            record.ward: Ward(code=record.ward, area=areas[record.lad], name=record.ward)
            for record in records.values()
            if record.lad in areas and record.ward
        }
        rows = (as_row(record, areas) for record in records.values())
        new = bring_into_use(edition, rows, wards, progress.of(edition.rows, "Loading"))
        inside = sum(record.lad in areas for record in records.values())
        names = f" New wards, to be named in the admin: {', '.join(ward.code for ward in new)}." if new else ""
        return f"{edition.name} is in use: {edition.rows:,} postcodes, {inside:,} of them in {force.short_name}'s areas.{names}"


def letters_of(code: str) -> str:
    return spelling.parts(code)[2]


def read_all(release: official.Release, letters: set[str], progress: Progress) -> dict[str, official.Record]:
    """All postcodes of the force's postcode areas. Raises Refused."""
    found: dict[str, official.Record] = {}
    tick = progress.of(sum(release.counts.get(area, 0) for area in letters), "Reading")
    for source in release.files:
        for record in official.records(source, release, letters):
            if record.postcode in found:
                raise Refused(f"{source.name}: {spelling.shown(record.postcode)} is there twice")
            found[record.postcode] = record
            tick(len(found))
    if not found:
        raise Refused(f"{release.files[0].name} holds no postcodes of {', '.join(sorted(letters))}")
    return found


def as_row(record: official.Record, areas: dict[str, Area]) -> Postcode:
    area = areas.get(record.lad)
    return Postcode(
        postcode=record.postcode,
        area=area,
        ward_id=record.ward or None if area else None,
        lad_code=record.lad,
        lat=record.lat,
        lon=record.lon,
        quality=record.quality,
        terminated=record.terminated,
    )


# ---- is it whole, and is it ours? ------------------------------------------------------------------------------------
def check(records, release, areas, letters, old: Edition | None, accept_fewer: bool) -> None:
    """Refuse what is cut short, or not what it seems. Raises Refused."""
    counted = Counter(letters_of(code) for code in records)
    for letter, rows in counted.items():
        said = release.counts.get(letter, rows)
        if rows != said:
            raise Refused(
                f"postcode area {letter} has {rows:,} rows, but its metadata says {said:,}: a file is cut short"
            )
    lacking = sorted(set(release.counts) & letters - set(counted)) if release.whole else []
    if lacking:
        raise Refused(f"its metadata names the postcode areas {', '.join(lacking)}, but no file holds them")
    check_points(records, areas)
    if accept_fewer:
        return
    check_sectors(records, set(counted))
    if old:
        lost = set(old.covers.split()) & letters - set(counted)
        if lost:
            raise Refused(f"it lacks the postcode areas {', '.join(sorted(lost))}, which are in {old.name}")
        check_counts(records, old)


def check_counts(records, old: Edition) -> None:
    """No postcode area has lost more than a few of the postcodes that `old` has there. Raises Refused."""
    live = Counter(letters_of(code) for code, record in records.items() if not record.terminated)
    codes = Postcode.objects.filter(edition=old, terminated="").values_list("postcode", flat=True).iterator()
    before = Counter(letters_of(code) for code in codes)
    for letter in sorted(set(live) & set(before)):
        if live[letter] < before[letter] * FEWER:
            raise Refused(
                f"postcode area {letter} has {live[letter]:,} postcodes where {old.name} has {before[letter]:,}: "
                "a file may be cut short. If it is right, load it with --accept-fewer"
            )


def check_points(records, areas: dict[str, Area]) -> None:
    """Each point of an area lies near it. Raises Refused."""
    inside = [record for record in records.values() if record.lad in areas]
    if not inside:
        raise Refused("none of its district codes is one of the force's areas")
    odd = [record for record in inside if far_off(record, areas[record.lad])]
    placed = sum(record.lat is not None for record in inside)
    if len(odd) > placed * ODD_POINTS or not placed:
        where = (
            f"such as {spelling.shown(odd[0].postcode)}, far from {areas[odd[0].lad].name}" if odd else "there are none"
        )
        raise Refused(f"its coordinates are wrong: {where}")
    for record in odd:
        record.lat = record.lon = None


def far_off(record: official.Record, area: Area) -> bool:
    if record.lat is None or area.lat is None:
        return False
    return abs(record.lat - area.lat) > FAR[0] or abs(record.lon - area.lon) > FAR[1]


def check_sectors(records, letters: set[str]) -> None:
    """Nearly all sectors that the force pack knows are there. Raises Refused."""
    found = {spelling.parts(code)[0] for code in records}
    for letter in sorted(letters):
        spans = PostcodeSpan.objects.filter(code__startswith=letter, code__contains=" ").values_list("code", flat=True)
        known = {code for code in spans if re.match("[A-Z]+", code).group() == letter}  # type: ignore[union-attr]
        lost = sorted(known - found)
        if len(lost) > max(1, len(known) * LOST_SECTORS):
            some = ", ".join(lost[:3])
            raise Refused(
                f"postcode area {letter} lacks {len(lost)} of {len(known)} sectors ({some}): a file may be cut short. "
                "If it is right, load it with --accept-fewer"
            )
