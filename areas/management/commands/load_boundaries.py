"""`manage.py load_boundaries`: the outlines of areas and wards come into use."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import shapely
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from areas import grid
from areas.editions import Refused, bring_into_use, checksum
from areas.models import Area, Boundary, Edition, Ward
from areas.progress import Progress

CODE, NAME = r"(?:ward_?code|wd\d{2}cd)", r"(?:ward_?name|wd\d{2}nm)"
LAD_CODE, LAD_NAME = r"(?:lad_?code|lad\d{2}cd)", r"(?:lad_?name|lad\d{2}nm)"
FEWER = 0.9  # of the wards in use: with less, something is missing
NEAR = 0.02  # degrees within which an area's outline must come to the point that the force pack has inside it
ATTRIBUTION = (
    "Source: Office for National Statistics licensed under the Open Government Licence v.3.0. "
    "Contains OS data © Crown copyright and database right {year}."
)


class Command(BaseCommand):
    help = "Load boundaries of wards, and of areas where there are any (GeoJSON), and switch to them."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", type=Path, help="folder or file; default: boundaries in DATA_DIR")

    def handle(self, *, path=None, verbosity=1, **options):
        path = Path(path) if path else settings.DATA_DIR / "boundaries"
        try:
            line = self.load(path, Progress(self.stderr if verbosity else None))
        except (Refused, OSError) as error:
            raise CommandError(f"{error}. The boundaries in use are unchanged.") from error
        if verbosity:
            self.stdout.write(line)

    def load(self, path: Path, progress: Progress) -> str:
        """Check the files, then load them; returns what was done. Raises Refused."""
        files = find(path)
        total = checksum(files)
        old = Edition.objects.in_use(Edition.Kind.BOUNDARIES)
        if old and old.checksum == total:
            return f"{old.name} is already in use."
        areas = {area.gss_code: area for area in Area.objects.all()}
        if not areas:
            raise Refused("no force pack is loaded yet: run load_force first")
        outlines = [outline for file in files for outline in read(file, areas)]
        wards = {outline.code: outline for outline in outlines if outline.kind == Boundary.Kind.WARD}
        whole = {outline.code: outline for outline in outlines if outline.kind == Boundary.Kind.AREA}
        for gss, area in areas.items():
            whole.setdefault(gss, dissolved(area, wards))
        check(whole, wards, areas, old)
        year = year_of(files)
        edition = Edition(
            kind=Edition.Kind.BOUNDARIES,
            name=f"Ward boundaries {year} (ONS)" if wards else f"Area boundaries {year} (ONS)",
            released=year,
            attribution=ATTRIBUTION.format(year=year),
            checksum=total,
            rows=len(whole) + len(wards),
        )
        rows = [outline.row() for outline in (*whole.values(), *wards.values())]
        made = {code: outline.ward(areas) for code, outline in wards.items()}
        new = bring_into_use(edition, rows, made, progress.of(edition.rows, "Loading"))
        complete(made)
        names = f" New wards: {', '.join(f'{ward.name} ({ward.code})' for ward in new)}." if new else ""
        return f"{edition.name} is in use: {len(whole)} areas, {len(wards)} wards.{names}"


@dataclass(frozen=True)
class Outline:
    """One area or ward as read from a file, in WGS84."""

    kind: str
    code: str
    name: str
    lad: str
    shape: BaseGeometry

    def row(self) -> Boundary:
        text = json.dumps(mapping(shapely.set_precision(self.shape, 1e-6, mode="pointwise")), separators=(",", ":"))
        return Boundary(kind=self.kind, code=self.code, name=self.name, geometry=text)

    def ward(self, areas: dict[str, Area]) -> Ward:
        inside = shapely.point_on_surface(self.shape)
        return Ward(
            code=self.code, area=areas[self.lad], name=self.name, lat=round(inside.y, 6), lon=round(inside.x, 6)
        )


def complete(made: dict[str, Ward]) -> None:
    """Give wards without a name or a point those of the outlines; what staff wrote stays."""
    bare = Ward.objects.filter(code__in=made)
    for ward in bare.filter(lat=None):
        ward.lat, ward.lon = made[ward.code].lat, made[ward.code].lon
        ward.save(update_fields=["lat", "lon"])
    for ward in bare:
        if ward.name == ward.code:
            ward.name = made[ward.code].name
            ward.save(update_fields=["name"])


# ---- reading ---------------------------------------------------------------------------------------------------------
def find(path: Path) -> list[Path]:
    """The files to read: the newest of wards in a folder, and the areas made of them beside it. Raises Refused."""
    if path.is_dir():
        wards = sorted(path.glob("wards_*.geojson"))[-1:] or sorted(path.glob("*.geojson"))[-1:]
        if not wards:
            raise Refused(f"{path} holds no .geojson file")
        path = wards[0]
    elif not path.exists():
        raise Refused(f"{path} is not there")
    beside = path.with_name(path.name.replace("wards_", "areas_"))
    return [path, beside] if beside != path and beside.exists() else [path]


def year_of(files: list[Path]) -> str:
    """The year of the wards: of the file's name, or of the columns that ONS named after it."""
    named = re.search(r"20\d\d", files[0].stem)
    column = re.search(r'"WD(\d\d)CD"', files[0].read_text(encoding="utf-8-sig", errors="replace"), re.I)
    return named.group() if named else f"20{column.group(1)}" if column else ""


def read(file: Path, areas: dict[str, Area]) -> list[Outline]:
    """The outlines of the force's areas and wards in one file. Raises Refused."""
    try:
        data = json.loads(file.read_text(encoding="utf-8-sig"), parse_constant=no_number)
        features = features_of(data)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(f"{file} is not a whole GeoJSON file: it may be cut short ({error})") from error
    known = dict(Ward.objects.values_list("code", "area__gss_code"))
    found = [outline for feature in features if (outline := read_feature(file, feature, areas, known))]
    if not found:
        raise Refused(f"{file} holds no ward and no area of the force")
    return found


def no_number(name: str):
    """NaN and Infinity are no JSON, and no place. Raises ValueError."""
    raise ValueError(f"{name} is not a number")


def features_of(data) -> list[dict]:
    """The features of GeoJSON, each an object with properties. Raises ValueError, KeyError or TypeError for anything else."""
    features = data["features"]
    if not all(isinstance(feature, dict) and isinstance(feature.get("properties") or {}, dict) for feature in features):
        raise ValueError("one of its features is none")
    return features


def read_feature(file: Path, feature: dict, areas: dict[str, Area], known: dict[str, str]) -> Outline | None:
    """An outline, or None for a place of another force. Raises Refused."""
    properties = feature.get("properties") or {}
    code, lad = value(properties, CODE), value(properties, LAD_CODE)
    if not (code or lad):
        raise Refused(f"{file} names neither wards nor districts: it has {', '.join(sorted(properties)) or 'nothing'}")
    lad = lad or known.get(code, "")
    if lad not in areas:
        return None
    name = value(properties, NAME if code else LAD_NAME) or areas[lad].name
    kind = Boundary.Kind.WARD if code else Boundary.Kind.AREA
    return Outline(kind, code or lad, name, lad, whole_shape(file, name, feature.get("geometry")))


def value(properties: dict, pattern: str) -> str:
    """The text of the first property whose name is of the pattern."""
    return next((str(text) for key, text in properties.items() if re.fullmatch(pattern, key, re.I) and text), "")


def whole_shape(file: Path, name: str, geometry: dict | None) -> BaseGeometry:
    """A polygon in WGS84; National Grid is converted. Raises Refused."""
    try:
        made = shape(geometry)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError) as error:
        raise Refused(f"{file}: the outline of {name} can't be read ({error})") from error
    if made.geom_type not in ("Polygon", "MultiPolygon") or made.is_empty:
        raise Refused(f"{file}: the outline of {name} is a {made.geom_type}, not an area")
    if max(map(abs, made.bounds)) > 360:
        made = shapely.transform(made, lambda points: [grid.to_wgs84(x, y)[::-1] for x, y in points])
    return made if made.is_valid else shapely.make_valid(made)


def dissolved(area: Area, wards: dict[str, Outline]) -> Outline:
    """An area's outline made of its wards'; empty where it has none."""
    parts = [ward.shape for ward in wards.values() if ward.lad == area.gss_code]
    return Outline(Boundary.Kind.AREA, area.gss_code, area.name, area.gss_code, shapely.union_all(parts))


def check(whole: dict, wards: dict, areas: dict[str, Area], old: Edition | None) -> None:
    """Every area is there and where it should be, and no ward has got lost. Raises Refused."""
    for gss, area in areas.items():
        outline = whole[gss].shape
        if outline.is_empty:
            raise Refused(f"it holds neither {area.name} nor its wards: it may be cut short, or of another place")
        if area.lat is not None and outline.distance(shapely.Point(area.lon, area.lat)) > NEAR:
            raise Refused(f"its coordinates are wrong: {area.name} is not where the force pack has it")
        if wards and not any(ward.lad == gss for ward in wards.values()):
            raise Refused(f"it holds no wards of {area.name}: it may be cut short")
        gap = outline.difference(shapely.union_all([ward.shape for ward in wards.values() if ward.lad == gss])).area
        if wards and gap > outline.area * (1 - FEWER):
            raise Refused(f"its wards cover only a part of {area.name}: it may be cut short")
    before = Boundary.objects.filter(edition=old, kind=Boundary.Kind.WARD).count() if old else 0
    if len(wards) < before * FEWER:
        raise Refused(f"it has {len(wards)} wards where {old} has {before}: it may be cut short")
