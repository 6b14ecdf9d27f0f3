"""Official data comes in whole, beside the edition in use, or not at all."""

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from accounts.models import Stamp
from areas.editions import BATCH
from areas.grid import to_wgs84
from areas.models import Area, Boundary, Edition, Postcode, Ward
from areas.routing import NotRouted, route
from tests.open_data import (
    CENSUS,
    HEADERS,
    LONG_HEADERS,
    OUTSIDE_LAD,
    SHARED,
    as_csv,
    code_point,
    made_up,
    onspd,
    release,
    spoilt_zip,
    squares,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
needs_data = pytest.mark.skipif(
    not (SHARED / "postcodes").exists(), reason="the official data is not beside this checkout"
)


def load(path, *options):
    call_command("load_postcodes", str(path), *options, verbosity=0)


def in_use(kind=Edition.Kind.POSTCODES):
    return Edition.objects.in_use(kind)


def contents():
    """What routing reads, and the edition it is of."""
    rows = Postcode.objects.filter(edition__state="active").order_by("postcode")
    return in_use(), list(rows.values_list("postcode", "area__slug", "ward", "lad_code", "quality", "terminated"))


# ---- what is understood ----------------------------------------------------------------------------------------------
def test_a_release_comes_into_use(tmp_path, capsys):
    rows = made_up()
    call_command("load_postcodes", str(release(tmp_path, code_point(rows))))
    edition = in_use()
    inside = sum(lad != OUTSIDE_LAD for _pc, lad, _ward in rows)
    assert (edition.name, edition.released, edition.rows, edition.covers) == (
        "Code-Point Open 2030.1.0",
        "2030.1.0",
        len(rows),
        "WS",
    )
    assert "Royal Mail copyright and database right 2030" in edition.attribution
    assert capsys.readouterr().out == (
        f"Code-Point Open 2030.1.0 is in use: {len(rows)} postcodes, {inside} of them in WMP's areas.\n"
    )
    stored = {(r.postcode, r.lad_code): r for r in Postcode.objects.filter(edition=edition)}
    assert set(stored) == {(pc.replace(" ", ""), lad) for pc, lad, _ward in rows}
    outside = [row for row in stored.values() if row.lad_code == OUTSIDE_LAD]
    assert {(row.area, row.ward) for row in outside} == {(None, None)}


def test_the_same_release_again_changes_nothing(tmp_path, capsys):
    folder = release(tmp_path, code_point(made_up()))
    load(folder)
    before, stamp = contents(), Stamp.objects.get().value
    call_command("load_postcodes", str(folder))
    assert capsys.readouterr().out == "Code-Point Open 2030.1.0 is already in use.\n"
    assert (contents(), Stamp.objects.get().value, Edition.objects.count()) == (before, stamp, 1)


def spelled_otherwise(text):
    compact = [[line[0].replace(" ", ""), *line[1:]] for line in csv.reader(text.splitlines())]
    return as_csv(compact)


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: as_csv(csv.reader(text.splitlines()), quoting=csv.QUOTE_ALL).encode(),
        lambda text: as_csv([HEADERS, *csv.reader(text.splitlines())]).encode(),
        lambda text: as_csv([LONG_HEADERS, *csv.reader(text.splitlines())]).encode(),
        lambda text: as_csv([line[::-1] for line in [HEADERS, *csv.reader(text.splitlines())]]).encode(),
        lambda text: spelled_otherwise(text).encode(),
    ],
    ids=["plain", "bom", "utf16", "crlf", "quoted", "headers", "long headers", "other order", "no spaces"],
)
def test_code_point_open_is_read_however_it_is_written(tmp_path, written):
    rows = made_up()
    path = tmp_path / "ws.csv"
    path.write_bytes(written(as_csv(code_point(rows))))
    load(path)
    assert {row[0]: row[3] for row in contents()[1]} == {pc.replace(" ", ""): lad for pc, lad, _ward in rows}


@pytest.mark.parametrize("generation", CENSUS)
def test_onspd_and_nspl_are_read_by_their_columns(tmp_path, generation):
    rows = made_up()
    path = tmp_path / "ONSPD_FEB_2030_UK.csv"
    path.write_text(as_csv(onspd(rows, generation)))
    load(path)
    edition, stored = contents()
    assert edition.name == "ONSPD FEB 2030"
    assert {row[0]: (row[3], row[4]) for row in stored} == {pc.replace(" ", ""): (lad, 10) for pc, lad, _w in rows}
    assert Postcode.objects.values_list("lat", "lon").distinct().get() == (52.58, -1.97)


def test_terminated_postcodes_keep_their_month(tmp_path):
    rows = made_up()
    lines = onspd(rows, "2025")
    lines[1][4] = "201905"
    path = tmp_path / "ONSPD_FEB_2030_UK.csv"
    path.write_text(as_csv(lines))
    load(path)
    with pytest.raises(NotRouted) as caught:
        route(postcode=rows[0][0])
    assert caught.value.basis == f"{rows[0][0]}, full postcode, ONSPD FEB 2030: ended 2019-05"


def test_a_zip_is_read_without_its_documents_and_pieces(tmp_path):
    rows = made_up()
    path = tmp_path / "ONSPD_FEB_2030.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Data/ONSPD_FEB_2030_UK.csv", as_csv(onspd(rows, "2025")))
        archive.writestr("Data/multi_csv/ONSPD_FEB_2030_UK_WS.csv", as_csv(onspd(rows, "2025")))
        archive.writestr("Documents/LA names and codes.csv", "code,name\nE08000030,Walsall\n")
    load(path)
    assert in_use().rows == len(rows)


def test_code_point_files_of_other_postcode_areas_are_left_out(tmp_path):
    folder = release(tmp_path, code_point(made_up()))
    (folder / "Data" / "CSV" / "m.csv").write_text("this is not read")
    load(folder)
    assert in_use().covers == "WS"


@needs_data
@pytest.mark.parametrize("name", ["2021-06_seed", "2024-08_header", "2025-09_seed", "2025-11_header"])
def test_the_real_onspd_headers_are_known(name):
    with pytest.raises(
        CommandError, match="holds no postcodes of B, CV, DY, WS, WV. The postcodes in use are unchanged"
    ):
        load(SHARED / "postcodes" / "onspd_samples" / f"ONSPD_{name}_sample.csv")


@needs_data
@pytest.mark.parametrize("name", ["2021-06_seed", "2024-08_header", "2025-09_seed", "2025-11_header"])
def test_under_the_real_onspd_headers_postcodes_load(tmp_path, name):
    source = SHARED / "postcodes" / "onspd_samples" / f"ONSPD_{name}_sample.csv"
    with source.open(encoding="utf-8-sig", newline="") as lines:
        header, example = list(csv.reader(lines))[:2]
    rows, lines = made_up(), [header]
    column = {
        key: i for i, head in enumerate(header) for key in ("laua", "ward", "lad25cd", "wd25cd") if key in head[2:]
    }
    column |= {key: header.index(key) for key in ("lad25cd", "wd25cd") if key in header}
    for pc, lad, ward in rows:
        line = list(example)
        line[:3] = [pc.replace(" ", "").ljust(7), pc, pc]
        line[header.index("doterm")] = ""
        line[column.get("laua", column.get("lad25cd"))] = lad
        line[column["ward"] if "osward" in header else column["wd25cd"]] = ward
        line[header.index("lat")], line[header.index("long")] = "52.58", "-1.97"
        line[next(i for i, head in enumerate(header) if head in ("osgrdind", "gridind"))] = "1"
        lines.append(line)
    path = tmp_path / "ONSPD_FEB_2030_UK.csv"
    path.write_text(as_csv(lines))
    load(path)
    assert {row[0]: row[3] for row in contents()[1]} == {pc.replace(" ", ""): lad for pc, lad, _ward in rows}


@needs_data
def test_the_national_grid_becomes_the_points_that_are_published():
    with (SHARED / "postcodes" / "truth.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    metres = []
    for row in rows:
        lat, lon = to_wgs84(float(row["easting"]), float(row["northing"]))
        metres.append(((lat - float(row["lat"])) ** 2 * 111_200**2 + (lon - float(row["lon"])) ** 2 * 67_800**2) ** 0.5)
    assert (len(metres), max(metres) < 0.5) == (1300, True)


def test_the_national_grid_example_of_the_ordnance_survey():
    # "A guide to coordinate systems in Great Britain": the point of its worked example, in WGS84 by Helmert's way.
    lat, lon = to_wgs84(651409.903, 313177.270)
    assert (round(lat, 4), round(lon, 4)) == (52.6580, 1.7161)


# ---- what is refused -------------------------------------------------------------------------------------------------
def without_last(text, lines):
    return "\n".join(text.split("\n")[:-lines]) + "\n"


WRONG = {
    "missing column": (
        lambda t: as_csv([HEADERS[:8], *[r[:8] for r in csv.reader(t.splitlines())]]),
        "no column for lad, ward",
    ),
    "short row": (lambda t: t.replace(",E08000030", "", 1), r"line \d+: it has 9 columns instead of 10"),
    "last line cut": (lambda t: t[:-30], r"line \d+: it has \d columns instead of 10"),
    "last code cut": (lambda t: t[:-4], r"line \d+: “E0\d*” is not the code of a ward"),
    "cut inside quotes": (lambda t: t[:-4] + '"', "is cut or damaged|is not the code of a ward"),
    "half the rows": (lambda t: without_last(t, len(t.splitlines()) // 2), "lacks .* of .* sectors"),
    "no coordinates": (lambda t: t.replace("402000,298000", "0,0"), "its coordinates are wrong"),
    "swapped coordinates": (
        lambda t: t.replace("402000,298000", "298000,402000"),
        "its coordinates are wrong: such as",
    ),
    "letters for coordinates": (lambda t: t.replace("402000", "east", 1), "its coordinates are not figures"),
    "endless coordinates": (lambda t: t.replace("402000,298000", "402000,inf", 1), "its coordinates are not figures"),
    "no number for coordinates": (lambda t: t.replace("402000", "nan", 1), "its coordinates are not figures"),
    "twice the same": (lambda t: t + t.splitlines()[0] + "\n", "is there twice"),
    "not postcodes": (lambda t: t.replace("WS1 1AA", "HELLO", 1), "has no column for|is not a postcode"),
    "other districts": (lambda t: t.replace("E080", "E090"), "none of its district codes"),
    "unknown quality": (lambda t: t.replace(",10,", ",ten,", 1), "“ten” is not a quality"),
    "empty": (lambda t: "", "is empty"),
    "binary": (lambda t: "\x00\x01\x02" * 500, "has no column for|is cut or damaged"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_and_the_old_edition_stays(tmp_path, case):
    spoil, why = WRONG[case]
    rows = made_up()
    load(release(tmp_path / "good", code_point(rows)))
    before, stamp = contents(), Stamp.objects.get().value
    path = tmp_path / "ws.csv"
    path.write_text(spoil(as_csv(code_point(rows))))
    with pytest.raises(CommandError, match=why):
        load(path)
    assert (contents(), Stamp.objects.get().value, Edition.objects.count()) == (before, stamp, 1)


def test_fewer_rows_than_the_metadata_says_are_refused(tmp_path):
    folder = release(tmp_path, code_point(made_up()))
    file = folder / "Data" / "CSV" / "ws.csv"
    file.write_text(without_last(file.read_text(), 2))
    with pytest.raises(
        CommandError, match=r"postcode area WS has \d+ rows, but its metadata says \d+: a file is cut short"
    ):
        load(folder)


def test_a_file_that_the_metadata_names_and_nobody_finds_is_refused(tmp_path):
    folder = release(tmp_path, code_point(made_up()))
    metadata = folder / "Doc" / "metadata.txt"
    metadata.write_text(metadata.read_text() + "      WV\t10\n      M\t10\n")
    with pytest.raises(CommandError, match="its metadata names the postcode areas WV, but no file holds them"):
        load(folder)


def test_fewer_postcodes_than_before_are_refused_unless_staff_say_so(tmp_path):
    rows = made_up()
    load(release(tmp_path / "old", code_point(rows)))
    fewer = release(tmp_path / "new", code_point(rows[::2]))
    with pytest.raises(
        CommandError, match=r"postcode area WS has \d+ postcodes where Code-Point Open 2030.1.0 has \d+"
    ):
        load(fewer)
    load(fewer, "--accept-fewer")
    assert in_use().rows == len(rows[::2])


def test_a_postcode_area_that_lost_a_few_in_a_hundred_is_refused_although_the_whole_is_large(tmp_path):
    """Without metadata nothing else tells that a part is missing."""
    rows, others = made_up("WV"), made_up("WS")
    load(release(tmp_path / "old", code_point(others + rows), metadata=False))
    cut = [row for number, row in enumerate(rows) if number % 30]
    with pytest.raises(
        CommandError, match=rf"postcode area WV has {len(cut)} postcodes where .* has {len(rows)}: a file"
    ):
        load(release(tmp_path / "new", code_point(others + cut), metadata=False))


def test_a_lost_postcode_area_is_refused(tmp_path):
    load(release(tmp_path / "old", code_point(made_up("WS") + made_up("WV")), metadata=False))
    with pytest.raises(CommandError, match="it lacks the postcode areas WV, which are in Code-Point Open"):
        load(release(tmp_path / "new", code_point(made_up("WS"))))


def test_a_damaged_zip_is_refused(tmp_path):
    path = tmp_path / "codepo_gb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Data/CSV/ws.csv", as_csv(code_point(made_up())))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CommandError, match="can't be read as a zip: it may be cut short"):
        load(path)
    path.write_bytes(whole[:200] + b"\x00" * 40 + whole[240:])
    with pytest.raises(CommandError, match="can't be read as a zip|is damaged"):
        load(path)


@pytest.mark.parametrize("case", ["compressed bytes", "locked", "method"])
def test_a_zip_that_no_program_opens_is_refused(tmp_path, case):
    path = tmp_path / "codepo_gb.zip"
    path.write_bytes(spoilt_zip(as_csv(code_point(made_up())))[case])
    with pytest.raises(CommandError, match="can't be read as a zip.*The postcodes in use are unchanged"):
        load(path)


@pytest.mark.parametrize(("name", "why"), [("nowhere", "is not there"), ("", "no postcode file")])
def test_a_path_without_postcodes_is_refused(tmp_path, name, why):
    with pytest.raises(CommandError, match=why):
        load(tmp_path / name)


# ---- how it comes into use -------------------------------------------------------------------------------------------
def test_what_a_failed_load_left_is_swept_up(tmp_path):
    left = Edition.objects.create(kind="postcodes", name="half", checksum="x", state=Edition.State.LOADING)
    Postcode.objects.create(edition=left, postcode="WS11AA", quality=10)
    load(release(tmp_path, code_point(made_up())))
    assert list(Edition.objects.values_list("state", flat=True)) == ["active"]
    assert Postcode.objects.exclude(edition=in_use()).count() == 0


def test_a_new_edition_takes_the_place_of_the_old(tmp_path):
    rows = made_up()
    load(release(tmp_path / "old", code_point(rows)))
    old, stamp = in_use(), Stamp.objects.get().value
    load(release(tmp_path / "new", code_point(rows, quality=50)))
    old.refresh_from_db()
    assert (old.state, old.postcodes.count(), in_use().rows) == ("superseded", 0, len(rows))
    assert Stamp.objects.get().value > stamp


def everywhere():
    return [row for letters in ("B", "CV", "DY", "WS", "WV") for row in made_up(letters)]


def test_new_wards_come_into_use_with_the_edition_that_knows_them(tmp_path):
    new = Ward.objects.get(name="Willenhall", area__slug="walsall", until=None, active=False)
    rows = [(pc, lad, new.code if lad == "E08000030" else ward) for pc, lad, ward in everywhere()]
    load(release(tmp_path, code_point(rows), metadata=False))
    assert list(Ward.objects.active().filter(area__slug="walsall")) == [new]
    assert set(Ward.objects.active().values_list("code", flat=True)) == {
        ward for _pc, lad, ward in rows if lad != OUTSIDE_LAD
    }


def test_an_edition_of_some_postcode_areas_leaves_the_wards_of_half_covered_areas_alone(tmp_path):
    before = set(Ward.objects.active().values_list("code", flat=True))
    load(release(tmp_path, code_point(made_up("WS"))))
    assert set(Ward.objects.active().values_list("code", flat=True)) == before


def test_a_ward_that_nobody_knows_is_made_and_reported(tmp_path, capsys):
    rows = everywhere()
    rows[0] = (rows[0][0], "E08000030", "E05099999")
    call_command("load_postcodes", str(release(tmp_path, code_point(rows), metadata=False)))
    ward = Ward.objects.get(code="E05099999")
    assert (ward.name, ward.area.slug, ward.active) == ("E05099999", "walsall", True)
    assert "New wards, to be named in the admin: E05099999" in capsys.readouterr().out


def test_boundaries_decide_on_wards_only_where_postcodes_do_not(tmp_path):
    load(release(tmp_path, code_point(everywhere()), metadata=False))
    before = set(Ward.objects.active().values_list("code", flat=True))
    outlines(tmp_path / "wards_2026.geojson", squares(codes={"walsall": "E05099998"}))
    assert set(Ward.objects.active().values_list("code", flat=True)) == before


# ---- boundaries ------------------------------------------------------------------------------------------------------
def outlines(path, text):
    path.write_text(text)
    call_command("load_boundaries", str(path), verbosity=0)


def test_boundaries_come_into_use_and_areas_are_made_of_wards(tmp_path):
    outlines(tmp_path / "wards_2026.geojson", squares())
    edition = in_use(Edition.Kind.BOUNDARIES)
    kinds = Boundary.objects.filter(edition=edition).values_list("kind", flat=True)
    assert (edition.name, edition.rows, sorted(kinds)) == (
        "Ward boundaries 2026 (ONS)",
        14,
        ["area"] * 7 + ["ward"] * 7,
    )
    assert "database right 2026" in edition.attribution
    walsall = Area.objects.get(slug="walsall")
    assert route(point=(walsall.lat, walsall.lon)).area == walsall


def test_the_same_boundaries_again_change_nothing(tmp_path, capsys):
    outlines(tmp_path / "wards_2026.geojson", squares())
    stamp = Stamp.objects.get().value
    call_command("load_boundaries", str(tmp_path))
    assert capsys.readouterr().out == "Ward boundaries 2026 (ONS) is already in use.\n"
    assert (Stamp.objects.get().value, Edition.objects.count()) == (stamp, 1)


def test_a_raw_download_of_ons_brings_new_wards_with_name_and_point(tmp_path):
    outlines(tmp_path / "Wards.geojson", squares(codes={"walsall": "E05099998"}, ons=True))
    ward = Ward.objects.get(code="E05099998")
    assert (ward.area.slug, ward.active, ward.lat is not None) == ("walsall", True, True)
    assert ward.name != ward.code
    assert in_use(Edition.Kind.BOUNDARIES).released == "2026"


WRONG_OUTLINES = {
    "cut": (lambda t: t[: len(t) // 2], "is not a whole GeoJSON file: it may be cut short"),
    "no list": (lambda t: '{"features": 5}', "is not a whole GeoJSON file"),
    "nothing": (lambda t: '{"features": null}', "is not a whole GeoJSON file"),
    "numbers": (lambda t: '{"features": [1, 2]}', "is not a whole GeoJSON file"),
    "no properties": (lambda t: '{"features": [{"properties": [1]}]}', "is not a whole GeoJSON file"),
    "deep": (lambda t: "[" * 100_000, "is not a whole GeoJSON file"),
    "not geojson": (lambda t: '{"name": "wards"}', "is not a whole GeoJSON file"),
    "other names": (
        lambda t: t.replace("ward_code", "id").replace("lad_code", "no"),
        "names neither wards nor districts",
    ),
    "other places": (lambda t: t.replace("E0800", "E0900"), "holds no ward and no area of the force"),
    "an area missing": (lambda t: t.replace("E08000030", "E07000194"), "it holds neither Walsall nor its wards"),
    "points": (lambda t: json.dumps(as_points(json.loads(t))), "is a Point, not an area"),
    "elsewhere": (lambda t: squares(shift=1.0), "its coordinates are wrong: Birmingham is not where"),
    "endless": (lambda t: re.sub(r"\[\[\[-?[\d.]+", "[[[Infinity", t, count=1), "is not a whole GeoJSON file"),
    "no number": (lambda t: re.sub(r"\[\[\[-?[\d.]+", "[[[NaN", t, count=1), "is not a whole GeoJSON file"),
}


def as_points(data):
    for feature in data["features"]:
        feature["geometry"] = {"type": "Point", "coordinates": [-1.9, 52.5]}
    return data


@pytest.mark.parametrize("case", WRONG_OUTLINES)
def test_wrong_boundaries_are_refused_and_the_old_ones_stay(tmp_path, case):
    spoil, why = WRONG_OUTLINES[case]
    outlines(tmp_path / "wards_2026.geojson", squares())
    before, stamp = in_use(Edition.Kind.BOUNDARIES), Stamp.objects.get().value
    with pytest.raises(CommandError, match=why):
        outlines(tmp_path / "wards_2027.geojson", spoil(squares()))
    assert (in_use(Edition.Kind.BOUNDARIES), Stamp.objects.get().value) == (before, stamp)
    assert Boundary.objects.count() == 14


@needs_data
def test_the_areas_beside_the_wards_are_read(capsys):
    call_command("load_boundaries", str(SHARED / "boundaries" / "wards_2025.geojson"))
    assert capsys.readouterr().out == "Ward boundaries 2025 (ONS) is in use: 7 areas, 192 wards.\n"


# ---- while others write ----------------------------------------------------------------------------------------------
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_others_write_while_postcodes_load(tmp_path, make_concern, walsall):
    rows = [(f"WS{n}{d} {m}{a}{b}", "E08000030", "E05001302") for n in (1, 2) for d in range(3) for m in range(10)
            for a in "ABDEFGHJ" for b in "ABDEFGHJLNPQ"]  # fmt: skip
    assert len(rows) > BATCH
    folder = release(tmp_path, code_point(rows))
    waits, stop = [], threading.Event()

    def write():
        while not stop.is_set():
            begun = time.monotonic()
            make_concern(walsall)
            waits.append(time.monotonic() - begun)
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        load(folder, "--accept-fewer")
    finally:
        stop.set()
        writer.join()
    assert (in_use().rows, len(waits) > 3, max(waits) < 5) == (len(rows), True, True)


@pytest.mark.slow
@needs_data
def test_on_sqlite_others_write_while_all_postcodes_load(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("shows what only SQLite's one writer can show")
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3", "DATA_DIR": str(SHARED)}

    def manage(*arguments):
        return subprocess.Popen([sys.executable, "manage.py", *arguments], env=environment, stdout=subprocess.PIPE)

    assert manage("migrate", "-v0").wait() == 0
    assert manage("load_force", "areas/data/west_midlands").wait() == 0
    loader, waits = manage("load_postcodes"), []
    while loader.poll() is None:
        waits.append(one_write(tmp_path / "portal.sqlite3"))
        time.sleep(0.05)
    assert (loader.returncode, len(waits) > 10, max(waits) < 5) == (0, True, True)


def one_write(path):
    """Seconds that one transaction waits for the write lock and takes."""
    begun = time.monotonic()
    with sqlite3.connect(path, timeout=20, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE accounts_stamp SET value = value + 1")
        writer.execute("COMMIT")
    writer.close()
    return time.monotonic() - begun
