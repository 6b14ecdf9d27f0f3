"""Official data for tests: made up in the publishers' formats, so that no postcode file need be committed."""

import csv
import io
import json
import zipfile
from pathlib import Path

from areas.models import Area, PostcodeSpan
from areas.spelling import parts

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
HEADERS = ["PC", "PQ", "EA", "NO", "CY", "RH", "LH", "CC", "DC", "WC"]
LONG_HEADERS = "Postcode,Positional_quality_indicator,Eastings,Northings,Country_code,NHS_regional_HA_code,NHS_HA_code"
LONG_HEADERS = f"{LONG_HEADERS},Admin_county_code,Admin_district_code,Admin_ward_code".split(",")
HERE = (402000, 298000)  # in Walsall, on the National Grid
OUTSIDE_LAD = "E07000194"  # Lichfield
CENSUS = {  # one name of each kind that ONS has used
    "2021": "pcd,pcd2,pcds,dointr,doterm,oslaua,osward,oseast1m,osnrth1m,osgrdind,lat,long",
    "2025": "pcd7,pcd8,pcds,dointr,doterm,lad25cd,wd25cd,east1m,north1m,gridind,lat,long",
    "nspl": "pcd,pcd2,pcds,dointr,doterm,usertype,oseast1m,osnrth1m,osgrdind,oa11,cty,ced,laua,ward,lat,long",
}


def made_up(letters="WS"):
    """(postcode, LAD code, ward code) of two postcodes in every sector that the force pack knows."""
    first_ward = {area.gss_code: area.wards.active().first().code for area in Area.objects.all()}
    rows = []
    for span in PostcodeSpan.objects.filter(code__startswith=letters, code__contains=" ").order_by("code"):
        if parts(f"{span.code}AA".replace(" ", ""))[2] != letters:
            continue
        area = span.areas.first()
        lad = area.gss_code if area else OUTSIDE_LAD
        rows += [(f"{span.code}{end}", lad, first_ward.get(lad, "E05009999")) for end in ("AA", "AB")]
    return rows


def code_point(rows, *, quality=10, point=HERE):
    """Lines of Code-Point Open."""
    return [[pc, quality, *point, "E92000001", "E19000001", "E18000005", "", lad, ward] for pc, lad, ward in rows]


def onspd(rows, generation, *, ended=""):
    """Header and lines of ONSPD or NSPL, by column name."""
    header = CENSUS[generation].split(",")
    values = {"dointr": "198001", "doterm": ended, "lat": "52.58", "long": "-1.97", "usertype": "0"}
    values |= {
        "oseast1m": HERE[0],
        "east1m": HERE[0],
        "osnrth1m": HERE[1],
        "north1m": HERE[1],
        "osgrdind": 1,
        "gridind": 1,
    }
    lines = [header]
    for pc, lad, ward in rows:
        of_row = values | dict.fromkeys(("pcd", "pcd2", "pcds", "pcd7", "pcd8"), pc)
        of_row |= {"oslaua": lad, "lad25cd": lad, "laua": lad, "osward": ward, "wd25cd": ward, "ward": ward}
        lines.append([of_row.get(name, "") for name in header])
    return lines


def as_csv(lines, *, quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows(lines)
    return out.getvalue()


def release(folder, lines, *, name="ws", metadata=True):
    """A folder as the Ordnance Survey ships it, with the lines as its one data file."""
    (folder / "Data" / "CSV").mkdir(parents=True, exist_ok=True)
    (folder / "Doc").mkdir(exist_ok=True)
    (folder / "Data" / "CSV" / f"{name}.csv").write_text(as_csv(lines))
    (folder / "Doc" / "Code-Point_Open_Column_Headers.csv").write_text(as_csv([HEADERS, LONG_HEADERS]))
    if metadata:
        text = f"ORDNANCE SURVEY\nDATASET VERSION NUMBER: 2030.1.0\n      {name.upper()}\t{len(lines)}\n"
        (folder / "Doc" / "metadata.txt").write_text(text)
    return folder


def squares(*, codes=None, shift=0.0, ons=False):
    """A GeoJSON of one square ward around every area's point; `ons` names the properties as ONS does."""
    features = []
    for area in Area.objects.all():
        ward = area.wards.active().first()
        code = (codes or {}).get(area.slug, ward.code)
        names = (
            ("WD26CD", "WD26NM", "LAD26CD", "LAD26NM") if ons else ("ward_code", "ward_name", "lad_code", "lad_name")
        )
        values = (code, ward.name, area.gss_code, area.name)
        west, south = area.lon - 0.02 + shift, area.lat - 0.01 + shift
        ring = [[west, south], [west + 0.04, south], [west + 0.04, south + 0.02], [west, south + 0.02], [west, south]]
        features.append(
            {
                "type": "Feature",
                "properties": dict(zip(names, values, strict=True)),
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


def spoilt_zip(text) -> dict[str, bytes]:
    """Code-Point Open with `text`, packed, in ways that no program opens: each fails in Python with an error of its own."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Data/CSV/ws.csv", text * 2)
    whole, directory = packed.getvalue(), packed.getvalue().index(b"PK\x01\x02")
    start = 30 + len("Data/CSV/ws.csv")

    def changed(*bytes_at):
        spoilt = bytearray(whole)
        for at, byte in bytes_at:
            spoilt[at] = byte
        return bytes(spoilt)

    return {
        "compressed bytes": changed((start, 0xFF)),
        "locked": changed((6, whole[6] | 1), (directory + 8, whole[directory + 8] | 1)),
        "method": changed((8, 99), (directory + 10, 99)),
    }
