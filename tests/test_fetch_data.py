"""`fetch_data` against a local server, with the real open data where it is at hand, else small files shaped alike."""

import hashlib
import http.server
import io
import json
import re
import threading
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from areas.models import Edition
from policing_portal.management.commands import fetch_data
from tests.open_data import spoilt_zip

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
CODES = [f"E080000{number}" for number in range(25, 32)]  # the seven areas of the force pack
ROW = '"WS3 2PD",10,400012,300123,"E92000001","E19000002","E18000005","","E08000030","E05001300"\n'


def code_point_zip() -> bytes:
    """Code-Point Open as the Ordnance Survey packs it, stored so that every byte of the files is a byte of the zip."""
    real = SHARED / "postcodes" / "code_point_open"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        if real.is_dir():
            for file in sorted(real.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(real).as_posix())
        else:
            archive.writestr("Data/CSV/ws.csv", ROW * 20_000)
            archive.writestr("Doc/licence.txt", "Open Government Licence")
    return packed.getvalue()


def ward_features() -> list[dict]:
    """Wards under the field names that ONS uses for 2025."""
    real = SHARED / "boundaries" / "wards_2025.geojson"
    if real.is_file():
        wards = json.loads(real.read_text())["features"]
        return [feature(*ward["properties"].values(), geometry=ward["geometry"]) for ward in wards]
    return [
        feature(
            f"E050000{number:02}", f"Ward {number}", CODES[number % 7], f"Area {number % 7}", geometry=square(number)
        )
        for number in range(14)
    ]


def feature(ward, name, lad, lad_name, *, geometry):
    properties = {"WD25CD": ward, "WD25NM": name, "LAD25CD": lad, "LAD25NM": lad_name}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def square(number):
    west = -2 + number / 100
    corners = [[west, 52.5], [west + 0.01, 52.5], [west + 0.01, 52.51], [west, 52.51], [west, 52.5]]
    return {"type": "Polygon", "coordinates": [corners]}


class Publisher(http.server.BaseHTTPRequestHandler):
    """Both publishers in one, with their faults on demand."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.asked.append((urlsplit(self.path).path, self.headers.get("Range")))
        if self.server.statuses:
            status = self.server.statuses.pop(0)
            if status != 200:
                self.send_error(status)
                return
        if self.path.startswith("/code-point"):
            self.send_zip()
        else:
            self.send_layer({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

    def send_zip(self):
        body, etag, start = self.server.zip, self.server.etag, 0
        if etag and self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match and self.headers.get("If-Range") == etag:
            start = int(match[1])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if etag:
            self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        cut = self.server.cuts.pop(0) if self.server.cuts else len(body)
        self.wfile.write(body[start:cut])
        self.close_connection = True

    def send_layer(self, query):
        wards = [ward for ward in self.server.wards if ward["properties"]["LAD25CD"] in query.get("where", "")]
        if "where" not in query:
            answer = {"fields": [{"name": name} for name in self.server.fields]}
        elif "returnCountOnly" in query:
            answer = {"count": len(wards) + self.server.announced_too_many}
        else:
            start = int(query["resultOffset"])
            answer = {"type": "FeatureCollection", "features": wards[start : start + int(query["resultRecordCount"])]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.instead or json.dumps(answer).encode())


@pytest.fixture(scope="module")
def official():
    return code_point_zip(), ward_features()


@pytest.fixture
def publisher(official, settings, tmp_path, monkeypatch):
    """A running publisher to which the settings point; DATA_DIR is an empty folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    server.zip, server.wards = official
    server.etag = f'"{hashlib.md5(server.zip, usedforsecurity=False).hexdigest()}"'
    server.fields = ["OBJECTID", "WD25CD", "WD25NM", "LAD25CD", "LAD25NM"]
    server.asked, server.statuses, server.cuts, server.instead, server.announced_too_many = [], [], [], None, 0
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings.DATA_DIR = tmp_path / "data"
    settings.OS_CODE_POINT_URL = f"{address}/code-point?redirect"
    settings.ONS_BOUNDARIES_URL = f"{address}/wards/query"
    monkeypatch.setattr(fetch_data, "PAUSES", (0, 0, 0))
    yield server
    server.shutdown()
    server.server_close()


def fetch(only):
    said = io.StringIO()
    call_command("fetch_data", only=only, stdout=said)
    return said.getvalue()


def refused(only):
    with pytest.raises(CommandError) as caught:
        fetch(only)
    return str(caught.value)


def left_over(settings, folder):
    return sorted(file.name for file in (settings.DATA_DIR / folder).iterdir())


def test_fetch_postcodes_keeps_every_byte(publisher, settings):
    fetch("postcodes")
    assert (settings.DATA_DIR / "postcodes" / "code_point_open.zip").read_bytes() == publisher.zip
    assert left_over(settings, "postcodes") == ["code_point_open.zip", "code_point_open.zip.json"]


def test_fetch_postcodes_again_asks_but_transfers_nothing(publisher, settings):
    fetch("postcodes")
    assert fetch("postcodes").endswith("is already the latest.\n")


def test_fetch_postcodes_goes_on_where_the_line_was_cut(publisher, settings):
    publisher.cuts = [100_000, 300_000]
    fetch("postcodes")
    assert [asked[1] for asked in publisher.asked] == [None, "bytes=100000-", "bytes=300000-"]
    assert (settings.DATA_DIR / "postcodes" / "code_point_open.zip").read_bytes() == publisher.zip


def test_fetch_postcodes_goes_on_in_the_next_run(publisher, settings):
    publisher.cuts = [100_000, 100_000, 100_000]
    assert "ended after 100,000 of" in refused("postcodes")
    fetch("postcodes")
    assert publisher.asked[-1][1] == "bytes=100000-"
    assert (settings.DATA_DIR / "postcodes" / "code_point_open.zip").read_bytes() == publisher.zip


def test_fetch_postcodes_begins_anew_when_the_release_changed_meanwhile(publisher, settings):
    publisher.cuts = [100_000, 100_000, 100_000]
    refused("postcodes")
    publisher.etag = '"another release"'
    fetch("postcodes")
    assert (settings.DATA_DIR / "postcodes" / "code_point_open.zip").read_bytes() == publisher.zip


def test_fetch_postcodes_never_joins_parts_without_an_etag(publisher, settings):
    publisher.etag, publisher.cuts = None, [100_000]
    fetch("postcodes")
    assert [asked[1] for asked in publisher.asked] == [None, None]
    assert (settings.DATA_DIR / "postcodes" / "code_point_open.zip").read_bytes() == publisher.zip


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (lambda whole: whole[: len(whole) // 2], "what came is not a whole zip file"),
        (lambda whole: whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], "inside the zip is damaged"),
        (lambda whole: b"<html>We are busy</html>", "what came is not a whole zip file"),
        (lambda whole: spoilt_zip("WS1 1AA")["compressed bytes"], "what came is not a whole zip file"),
        (lambda whole: spoilt_zip("WS1 1AA")["locked"], "what came is not a whole zip file"),
    ],
)
def test_fetch_postcodes_refuses_a_broken_zip_and_keeps_the_old(publisher, settings, broken, sentence):
    fetch("postcodes")
    publisher.zip, old, publisher.etag = broken(publisher.zip), publisher.zip, '"broken"'
    assert sentence in refused("postcodes")
    assert (settings.DATA_DIR / "postcodes" / "code_point_open.zip").read_bytes() == old
    assert left_over(settings, "postcodes") == ["code_point_open.zip", "code_point_open.zip.json"]


def test_fetch_postcodes_refuses_another_zip(publisher, settings):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "Something else")
    publisher.zip = packed.getvalue()
    assert "it is not Code-Point Open" in refused("postcodes")


def test_fetch_postcodes_tries_again_after_a_fault_of_the_server(publisher, settings):
    publisher.statuses = [500, 503]
    assert fetch("postcodes").count("Trying again") == 2


def test_fetch_postcodes_says_so_when_the_server_stays_down(publisher, settings):
    publisher.statuses = [500, 500, 500]
    assert "answered with status 500. What has come so far is kept" in refused("postcodes")


def test_fetch_postcodes_does_not_insist_where_nothing_is(publisher, settings):
    publisher.statuses = [404]
    assert "answered with status 404" in refused("postcodes")
    assert len(publisher.asked) == 1


def test_fetch_postcodes_says_so_when_nobody_answers(publisher, settings):
    settings.OS_CODE_POINT_URL = "http://127.0.0.1:9/code-point"
    assert "127.0.0.1:9 cannot be reached" in refused("postcodes")


def test_fetch_postcodes_says_so_when_the_folder_cannot_be_written(publisher, settings, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    assert f"cannot write to {settings.DATA_DIR}" in refused("postcodes")


def test_fetch_boundaries_brings_the_wards_of_the_force_page_by_page(publisher, settings, db, monkeypatch):
    monkeypatch.setattr(fetch_data, "PAGE", 5)
    stranger = feature("E05099999", "Far away", "E09000001", "Elsewhere", geometry=square(99))
    publisher.wards = [stranger, *publisher.wards]
    fetch("boundaries")
    came = json.loads((settings.DATA_DIR / "boundaries" / "wards_2025.geojson").read_text())["features"]
    assert {ward["properties"]["ward_code"]: ward["geometry"] for ward in came} == {
        ward["properties"]["WD25CD"]: ward["geometry"] for ward in publisher.wards[1:]
    }
    assert left_over(settings, "boundaries") == ["areas_2025.geojson", "wards_2025.geojson"]


def test_fetch_boundaries_makes_the_areas_of_their_wards(publisher, settings, db):
    fetch("boundaries")
    areas = json.loads((settings.DATA_DIR / "boundaries" / "areas_2025.geojson").read_text())["features"]
    assert [area["properties"]["lad_code"] for area in areas] == CODES


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"announced_too_many": 3}, "wards and sent"),
        ({"instead": b'{"error": {"code": 400}}'}, "refused the question"),
        ({"instead": b"<html>"}, "something that is not JSON"),
        ({"fields": ["OBJECTID", "LSOA21CD"]}, "is not a layer of wards"),
        ({"wards": []}, "has no ward for E08000025, E08000026"),
        ({"statuses": [500, 500, 500]}, "answered with status 500"),
    ],
)
def test_fetch_boundaries_refuses_what_is_not_whole_and_keeps_the_old(publisher, settings, db, fault, sentence):
    fetch("boundaries")
    file = settings.DATA_DIR / "boundaries" / "wards_2025.geojson"
    old = file.read_bytes()
    for name, value in fault.items():
        setattr(publisher, name, value)
    assert sentence in refused("boundaries")
    assert file.read_bytes() == old


def test_fetch_data_brings_the_one_when_the_other_fails(publisher, settings, db):
    publisher.statuses = [404]
    assert refused(None).startswith("Postcodes: ")
    assert left_over(settings, "boundaries") == ["areas_2025.geojson", "wards_2025.geojson"]


@pytest.mark.slow
def test_what_was_fetched_can_be_loaded(publisher, settings, db):
    if len(publisher.wards) < 100:
        pytest.skip("the official files are not on this machine")
    fetch(None)
    call_command("load_boundaries", str(settings.DATA_DIR / "boundaries" / "wards_2025.geojson"))
    call_command("load_postcodes", str(settings.DATA_DIR / "postcodes" / "code_point_open.zip"))
    active = Edition.objects.filter(state=Edition.State.ACTIVE)
    assert set(active.values_list("kind", flat=True)) == {Edition.Kind.BOUNDARIES, Edition.Kind.POSTCODES}
