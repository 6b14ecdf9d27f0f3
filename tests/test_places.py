"""Find my place, maps and hubs: what the answers are, what the maps weigh, and that nothing told of a place is kept."""

import gzip
import json
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import shapely
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.stamp import today_in_london
from areas import drawing, lookup, spelling
from areas.models import Area, Boundary, Edition, Meeting, MeetingQuestion, Postcode, Priority, Ward
from hubs.models import Hub, Posting, Team, TeamKind
from hubs.nearest import counters_near, front_counters, miles_between, miles_words
from hubs.opening import with_readings

from . import told
from .open_data import SHARED

pytestmark = pytest.mark.django_db

WEDNESDAY_NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOLBORN, EUSTON = (51.5174, -0.1201), (51.5282, -0.1337)


@pytest.fixture
def wavy():
    """Boundaries of all areas, as squares in a row whose shared edges zigzag: 200 corners on each side."""
    edition = Edition.objects.create(kind="boundaries", name="Waves", state="active", checksum="w", attribution="Ours.")

    def edge(x, up=True):
        points = [[round(x / 10 + (0.003 if n % 2 else 0), 4), round(52 + n / 2000, 5)] for n in range(201)]
        return points if up else points[::-1]

    for x, area in enumerate(Area.objects.all()):
        ring = edge(x, up=False) + edge(x + 1)
        geometry = json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
        Boundary.objects.create(edition=edition, kind="area", code=area.gss_code, name=area.name, geometry=geometry)
    drawing.draw.cache_clear()
    drawing.geometries.cache_clear()
    return edition


@pytest.fixture
def postcodes():
    """Makes a postcode of the edition in use: `postcodes("WS3 2PD", ward, lat, lon)`."""
    edition = Edition.objects.create(kind="postcodes", name="Ours", state="active", checksum="p", covers="WS DY")

    def make(text, ward, lat=None, lon=None):
        code = text.replace(" ", "")
        return Postcode.objects.create(
            edition=edition,
            postcode=code,
            area=ward.area,
            ward=ward,
            lad_code=ward.area.gss_code,
            lat=lat,
            lon=lon,
            quality=10,
        )

    return make


def text_of(client, url, **query):
    response = client.get(url, query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def main_of(text):
    return text[text.index("<main") : text.index("</main")]


# ---- use my location -------------------------------------------------------------------------------------------------
def test_point_leads_to_its_place_and_is_kept_nowhere(client, wavy, caplog):
    caplog.set_level(logging.DEBUG)
    response = client.get("/", {"lat": "52.0512345", "lon": "0.0412345"})
    assert (response.status_code, response["Location"]) == (302, Area.objects.first().get_absolute_url())
    assert (response["Cache-Control"], dict(response.cookies)) == ("private, no-store", {})
    assert "52.05" not in caplog.text


def test_point_outside_says_what_to_do_next(client, wavy):
    response = client.get("/", {"lat": "10", "lon": "10"})
    assert response.status_code == 200
    assert "outside our area" in response.content.decode()
    assert "10.0" not in main_of(response.content.decode())


@pytest.mark.parametrize(
    ("lat", "lon"), [("", ""), ("nan", "1"), ("inf", "1"), ("91", "0"), ("x", "1"), ("52", "181"), ("1e999", "0")]
)
def test_what_is_no_point_is_the_front_page(client, lat, lon):
    assert "Choose your area" in text_of(client, "/", lat=lat, lon=lon)


def test_point_is_rounded_to_ten_metres():
    assert spelling.degrees("52.123456", "-1.987654") == (52.1235, -1.9877)


# ---- the nearest open hub --------------------------------------------------------------------------------------------
def test_distance_is_the_haversine():
    assert miles_between(*HOLBORN, *EUSTON) == pytest.approx(0.947, abs=0.01)
    assert miles_between(52.4862, -1.8904, 51.5074, -0.1278) == pytest.approx(100.8, abs=0.5)  # Birmingham to London
    assert miles_between(*HOLBORN, *HOLBORN) == 0


@pytest.mark.parametrize(
    ("miles", "words"),
    [
        (0.04, "less than 0.1 miles"),
        (0.44, "0.4 miles"),
        (0.96, "1 mile"),
        (5.04, "5 miles"),
        (9.96, "10.0 miles"),
        (11.6, "12 miles"),
    ],
)
def test_distance_in_words(miles, words):
    assert miles_words(miles) == words.replace("10.0", "10")


def open_all_day(slug, *, opens="08:00", closes="20:00"):
    hub = Hub.objects.get(slug=slug)
    hub.always_open = False
    hub.save()
    hub.opening_hours.all().delete()
    for day in range(7):
        hub.opening_hours.create(weekday=day, opens=opens, closes=closes)
    return hub


def test_open_counters_come_first_then_the_nearest():
    Hub.objects.exclude(slug__in=["bloxwich", "wolverhampton-central", "lloyd-house"]).update(front_counter=False)
    here = Hub.objects.get(slug="bloxwich")
    open_all_day("bloxwich", opens="18:00", closes="19:00")
    open_all_day("wolverhampton-central")
    open_all_day("lloyd-house")
    found = counters_near(here.lat, here.lon, with_readings(front_counters(), WEDNESDAY_NOON, {}))
    assert [hub.slug for hub in found] == ["wolverhampton-central", "lloyd-house", "bloxwich"]
    assert found[-1].distance == "less than 0.1 miles"


def test_custody_suites_and_hubs_without_a_place_are_never_near():
    listed = counters_near(52.5, -2.0, with_readings(front_counters(), WEDNESDAY_NOON, {}))
    assert {hub.slug for hub in listed} == set(
        Hub.objects.filter(front_counter=True, lat__isnull=False).values_list("slug", flat=True)
    )
    assert not any(hub.custody_only for hub in listed)


def test_nearest_hub_of_a_postcode(client, postcodes, bloxwich_west):
    hub = Hub.objects.get(slug="bloxwich")
    postcodes("WS3 9ZZ", bloxwich_west, hub.lat + 0.01, hub.lon)
    text = text_of(client, "/hubs/nearest/", postcode="ws3 9zz")
    assert "Front counters near WS3 9ZZ" in text
    assert "0.7 miles" in text
    assert text.index("/hubs/bloxwich/") < text.index("/hubs/wolverhampton-central/")


def test_postcode_without_a_point_of_its_own_takes_the_middle_of_its_ward(client, postcodes, bloxwich_west):
    postcodes("WS3 9ZZ", bloxwich_west)
    assert "Front counters near the middle of Bloxwich West" in text_of(client, "/hubs/nearest/", postcode="WS39ZZ")


def test_postcode_whose_ward_is_not_known_asks_for_it(client):
    text = text_of(client, "/hubs/nearest/", postcode="DY1 1HL")
    assert "DY1 1HL is in Dudley, but we don't know where on the map. Which ward is it?" in text
    wards = Ward.objects.active().filter(area__slug="dudley")
    assert main_of(text).count("/hubs/nearest/?ward=") == wards.count()


@pytest.mark.parametrize(
    "query", [{"postcode": "nonsense"}, {"ward": "E05999999"}, {"area": "atlantis"}, {"postcode": "1"}]
)
def test_unknown_place_is_asked_for_again(client, query):
    text = text_of(client, "/hubs/nearest/", **query)
    assert "Where are you?" in text
    assert main_of(text).count("/hubs/nearest/?area=") > 0


def test_nearest_hub_from_a_ward_and_from_a_point(client, bloxwich_west):
    assert "the middle of Bloxwich West" in text_of(client, "/hubs/nearest/", ward=bloxwich_west.code)
    assert "Front counters near where you are" in text_of(client, "/hubs/nearest/", lat="52.6", lon="-2.0")
    assert f'href="/hubs/nearest/?ward={bloxwich_west.code}"' in text_of(client, bloxwich_west.get_absolute_url())


@pytest.mark.parametrize("url", ["/hubs/nearest/?lat=52.6&lon=-2", "/?lat=52.6&lon=-2"])
def test_questions_of_places_have_a_limit(client, settings, url):
    settings.LOCATE_RATE = "1/hour"
    client.get(url)
    refused = client.get(url)
    assert (refused.status_code, refused["Cache-Control"]) == (429, "private, no-store")
    assert int(refused["Retry-After"]) > 0


def test_what_was_asked_of_the_nearest_hub_is_kept_nowhere(client, bloxwich_west, caplog):
    caplog.set_level(logging.DEBUG)
    response = client.get("/hubs/nearest/", {"ward": bloxwich_west.code})
    assert (response["Cache-Control"], dict(response.cookies)) == ("private, no-store", {})
    assert bloxwich_west.code not in caplog.text
    assert client.get("/hubs/nearest/")["Cache-Control"] == "public, no-cache"


def test_ward_page_names_the_open_hub_and_the_near_one(client, bloxwich_west, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: WEDNESDAY_NOON)
    Hub.objects.exclude(slug__in=["bloxwich", "lloyd-house"]).update(front_counter=False)
    open_all_day("bloxwich", opens="18:00", closes="19:00")
    text = main_of(text_of(client, bloxwich_west.get_absolute_url()))
    assert text.index("Nearest hub open now") < text.index("/hubs/lloyd-house/") < text.index("Nearest police hub")
    assert text.index("Nearest police hub") < text.index("/hubs/bloxwich/")
    open_all_day("bloxwich")
    text = main_of(text_of(client, bloxwich_west.get_absolute_url()))
    assert ("/hubs/lloyd-house/" in text, "Nearest police hub" in text) == (False, False)


# ---- hubs ------------------------------------------------------------------------------------------------------------
def test_hub_page_says_what_is_not_known(client):
    text = main_of(text_of(client, "/hubs/bloxwich/"))
    assert text.count("<dd>Not known</dd>") == 3
    assert "We have not written down the way yet" in text


def test_hub_page_says_how_to_get_there_and_in(client):
    Hub.objects.filter(slug="bloxwich").update(
        directions="Bus 31 stops at the door.", step_free=True, hearing_loop=False, languages="Punjabi\nUrdu\n",
        services="Lost property\n", page_url="https://www.westmidlands.police.uk/bloxwich",
    )  # fmt: skip
    text = main_of(text_of(client, "/hubs/bloxwich/"))
    for words in (
        "Bus 31 stops at the door.",
        "<dd>Yes</dd>",
        "<dd>No</dd>",
        "<dd>Punjabi, Urdu</dd>",
        "<li>Lost property</li>",
    ):
        assert words in text
    assert 'href="https://www.westmidlands.police.uk/bloxwich"' in text


def test_hub_links_to_no_site_but_the_forces(client):
    hub = Hub.objects.get(slug="bloxwich")
    hub.page_url = "https://maps.example.com/bloxwich"
    with pytest.raises(ValidationError, match="own site"):
        hub.full_clean()
    links = set(re.findall(r'href="(https?://[^"]+)"', main_of(text_of(client, "/hubs/bloxwich/"))))
    assert links == set()


# ---- maps ------------------------------------------------------------------------------------------------------------
def features(client, url, **query):
    response = client.get(url, query)
    assert (response.status_code, response["Content-Type"]) == (200, "application/geo+json")
    found = json.loads(response.content)
    assert found["type"] == "FeatureCollection"
    return found["features"]


def test_outlines_of_the_areas_name_and_link_each(client, wavy):
    found = features(client, "/areas.geojson")
    assert [one["properties"] for one in found] == [
        {"code": area.gss_code, "name": area.name, "url": area.get_absolute_url()} for area in Area.objects.all()
    ]


def test_outlines_have_more_detail_the_nearer_one_looks(client, wavy):
    sizes = [len(client.get("/areas.geojson", {"zoom": zoom}).content) for zoom in (0, 10, 11, 12, 14, 18)]
    assert sizes[0] == sizes[1] < sizes[2] == sizes[3] <= sizes[4] == sizes[5]
    assert len(client.get("/areas.geojson").content) == sizes[0]


@pytest.mark.parametrize("zoom", ["-1", "x", "²", "999999", "", "1e3"])
def test_a_zoom_that_is_none_is_the_widest(client, wavy, zoom):
    assert client.get("/areas.geojson", {"zoom": zoom}).content == client.get("/areas.geojson").content


@pytest.mark.parametrize("zoom", drawing.ZOOMS)
def test_no_gap_opens_between_neighbours(client, wavy, zoom):
    shapes = [
        shapely.from_geojson(json.dumps(one["geometry"])) for one in features(client, "/areas.geojson", zoom=zoom)
    ]
    assert (len(shapes), shapely.coverage_is_valid(shapes)) == (7, True)
    whole = shapely.union_all(shapes)
    assert (whole.geom_type, len(getattr(whole, "interiors", [1]))) == ("Polygon", 0)


def test_outlines_are_empty_without_boundaries_and_unknown_areas_are_not_found(client):
    assert features(client, "/areas.geojson") == features(client, "/areas/walsall/wards.geojson") == []
    assert client.get("/areas/atlantis/wards.geojson").status_code == 404


def test_outlines_are_kept_while_the_edition_holds(client, wavy, django_assert_num_queries):
    etag = client.get("/areas.geojson")["ETag"]
    with django_assert_num_queries(1):
        assert client.get("/areas.geojson", headers={"If-None-Match": etag}).status_code == 304
    kept = client.get("/areas.geojson")
    assert (kept["ETag"], kept["Content-Type"]) == (etag, "application/geo+json")


def test_map_stands_beside_a_list_that_does_the_same(client, wavy):
    text = main_of(text_of(client, "/"))
    links = re.findall(r'<a class="govuk-link portal-list__link" href="([^"]+)"', text)
    drawn = re.findall(r'<a href="([^"]+)" tabindex="-1"><path', text)
    assert drawn == links == [area.get_absolute_url() for area in Area.objects.all()]
    assert 'data-map="/areas.geojson"' in text


def test_pages_without_a_map_load_no_map(client):
    assert "leaflet" not in text_of(client, "/")


def test_names_are_data_in_a_map_never_markup(client, wavy):
    Area.objects.filter(slug="walsall").update(name='<b>"W"</b>')
    assert '<b>"W"</b>' in {one["properties"]["name"] for one in features(client, "/areas.geojson")}
    assert "<b>" not in text_of(client, "/")


# ---- what pages weigh ------------------------------------------------------------------------------------------------
STATIC = Path(settings.BASE_DIR) / "static"
built = pytest.mark.skipif(not (STATIC / "build" / "portal.css").exists(), reason="!!!!! NOTHING IS BUILT: make build")


def packed(data):
    """The bytes of a file as WhiteNoise sends it, which packs each once when they are collected."""
    return len(gzip.compress(data, 9))


def travelled(client, url, **query):
    """What the portal itself sends to a browser that takes gzip."""
    answer = client.get(url, query, headers={"accept-encoding": "gzip, deflate, br"})
    assert answer.status_code == 200
    return answer.content


def weight(client, url):
    """Bytes of HTML, CSS and JavaScript as they travel, of a page with all that it loads at once."""
    body = travelled(client, url)
    text = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
    asked = re.findall(r'(?:<link rel="stylesheet" href|<script[^>]* src|data-govuk-frontend)="/static/([^"]+)"', text)
    files = [(STATIC / name).read_bytes() for name in dict.fromkeys(asked)]
    assert len(files) >= 3
    return len(body) + sum(map(packed, files))


@pytest.fixture(scope="session")
def real_outlines():
    """The official boundaries at hand, or a loud skip."""
    folder = SHARED / "boundaries"
    if not folder.exists():
        pytest.skip(f"!!!!! {folder} IS NOT THERE: no real map was weighed")
    return {kind: json.loads((folder / f"{kind}s_2025.geojson").read_text())["features"] for kind in ("area", "ward")}


@pytest.fixture
def england(real_outlines):
    edition = Edition.objects.create(kind="boundaries", name="Real", state="active", checksum="r", attribution="ONS.")
    rows = []
    for kind, found in real_outlines.items():
        code, name = ("lad_code", "lad_name") if kind == "area" else ("ward_code", "ward_name")
        for one in found:
            said = one["properties"]
            rows.append(
                Boundary(
                    edition=edition, kind=kind, code=said[code], name=said[name], geometry=json.dumps(one["geometry"])
                )
            )
    Boundary.objects.bulk_create(rows)
    return edition


MAPS = {
    "/": "/areas.geojson",
    "/areas/birmingham/": "/areas/birmingham/wards.geojson",
    "/areas/walsall/": "/areas/walsall/wards.geojson",
}


@built
@pytest.mark.parametrize(
    "url", [*MAPS, "/areas/", "/hubs/", "/hubs/bloxwich/", "/hubs/nearest/", "/privacy/", "/areas/walsall/wards/{}/"]
)
def test_read_page_weighs_less_than_150_kb(client, england, bloxwich_west, url):
    assert weight(client, url.format(bloxwich_west.code)) < 150_000


@built
def test_page_with_all_that_it_can_hold_weighs_less_than_150_kb(client, walsall, bloxwich_west, tmp_path):
    now = timezone.now()
    assert told.tell_a_year(walsall, bloxwich_west) >= 13
    told.searched(tmp_path, months=6)
    times = {"starts": now + timedelta(days=3), "ends": now + timedelta(days=3, hours=1)}
    meetings = [Meeting(area=walsall, place=f"Library {n}", about="Bikes. " * 40, **times) for n in range(30)]
    meeting = Meeting.objects.bulk_create(meetings)[0]
    words = {"text": "Why? " * 60, "answer": "So. " * 90, "published": True}
    MeetingQuestion.objects.bulk_create(MeetingQuestion(meeting=meeting, **words) for _number in range(60))
    Priority.objects.bulk_create(
        Priority(area=walsall, ward=ward, title=f"Priority {n}", you_said="Bikes. " * 60, published=True)
        for ward in walsall.wards.active() for n in range(3)
    )  # fmt: skip
    urls = [
        "/priorities/", "/meetings/", meeting.get_absolute_url(), "/how-we-are-doing/", "/how-we-are-doing/walsall/",
        "/scrutiny/", "/follow/", "/areas/walsall/", bloxwich_west.get_absolute_url(),
    ]  # fmt: skip
    weights = {url: weight(client, url) for url in urls}
    assert {url: bytes for url, bytes in weights.items() if bytes >= 150_000} == {}


@built
@pytest.mark.parametrize("url", MAPS)
def test_map_page_weighs_less_than_300_kb_with_every_zoom(client, england, url):
    outlines = [travelled(client, MAPS[url], zoom=zoom) for zoom in drawing.ZOOMS]
    assert all(len(one) > 1000 for one in outlines)
    assert weight(client, url) + sum(map(len, outlines)) < 300_000


@pytest.mark.parametrize("slug", ["birmingham", "walsall"])
def test_real_wards_stay_without_gaps(client, england, slug):
    for zoom in drawing.ZOOMS:
        found = features(client, f"/areas/{slug}/wards.geojson", zoom=zoom)
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in found]
        assert shapely.coverage_is_valid(shapes)
        assert len(shapes) == Ward.objects.active().filter(area__slug=slug).count()


# ---- what pages cost -------------------------------------------------------------------------------------------------
class Counter:
    def __init__(self):
        self.queries = 0

    def __call__(self, execute, sql, params, many, context):
        self.queries += 1
        return execute(sql, params, many, context)


def cost(client, url):
    with connection.execute_wrapper(counter := Counter()):
        assert client.get(url).status_code == 200
    return counter.queries


@pytest.mark.slow
@pytest.mark.parametrize(
    "url", ["/areas/walsall/", "/areas/walsall/wards/{}/", "/hubs/", "/hubs/bloxwich/", "/hubs/nearest/?ward={}"]
)
def test_page_costs_the_same_with_a_hundred_rows(client, url, person, walsall, bloxwich_west, wavy):
    url, hub, kind = (
        url.format(bloxwich_west.code),
        Hub.objects.get(slug="bloxwich"),
        TeamKind.objects.get(code="response"),
    )

    def more(numbers):
        for number in numbers:
            team = Team.objects.create(slug=f"t{number}", name=f"Team {number}", kind=kind, hub=hub)
            team.wards.add(bloxwich_west)
            posting = Posting.objects.create(person=person(f"p{number}", public_name=True), team=team)
            posting.named_wards.add(bloxwich_west)
            posting.person.absences.create(from_date=today_in_london(), cover=person(f"c{number}"))
            other = Hub.objects.create(
                slug=f"h{number}",
                name=f"Hub {number}",
                area=walsall,
                address="High Street",
                front_counter=True,
                lat=52.6,
                lon=-2,
            )
            other.opening_hours.create(weekday=0, opens="08:00", closes="22:00")
            Ward.objects.create(
                code=f"E05{number:06}", area=walsall, name=f"Ward {number}", active=True, lat=52.6, lon=-2
            )

    more([0])
    first = cost(client, url)
    more(range(1, 100))
    assert cost(client, url) == first


def test_search_costs_the_same_wherever_it_leads(client, django_assert_max_num_queries):
    lookup.place()
    with django_assert_max_num_queries(6):  # one for the notices of the page
        client.get("/", {"q": "Willenhall"})


def test_minute_of_a_ward_page_is_the_minute_of_its_hub(client, bloxwich_west, monkeypatch):
    now = timezone.now().replace(second=5)
    monkeypatch.setattr(timezone, "now", lambda: now)
    etag = client.get(bloxwich_west.get_absolute_url())["ETag"]
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=60))
    assert client.get(bloxwich_west.get_absolute_url(), headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("text", ["%", "'", "🙂", ",", "-", "—", "%20"])
@pytest.mark.parametrize("path", ["/?q=", "/follow/?q=", "/hubs/nearest/?postcode="])
def test_signs_without_a_word_are_no_place(client, path, text):
    answer = client.get(path + quote(text))
    assert answer.status_code == 200 and "portal-search" in answer.content.decode()
