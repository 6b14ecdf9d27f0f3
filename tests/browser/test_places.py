"""Find my place as a resident does: by postcode, by name, by where they are, on the map and without one."""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from accounts.stamp import today_in_london
from areas import drawing
from areas.models import Area, Boundary, Edition, Postcode
from hubs.models import Absence, Hub, Posting

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])


@pytest.fixture
def country(pack):
    """Every area and ward in use as a square in a grid of its own, and one postcode."""
    edition = Edition.objects.create(
        kind="boundaries", name="Squares", state="active", checksum="b", attribution="Ours."
    )
    rows = []
    for column, area in enumerate(Area.objects.all()):
        wards = list(area.wards.active())
        west = -2.2 + column / 10
        rows.append(boundary(edition, "area", area.gss_code, area.name, west, 52.4, 0.1, len(wards) / 100))
        for row, ward in enumerate(wards):
            rows.append(boundary(edition, "ward", ward.code, ward.name, west, 52.4 + row / 100, 0.1, 0.01))
    Boundary.objects.bulk_create(rows)
    drawing.draw.cache_clear()
    drawing.geometries.cache_clear()
    ward = Area.objects.get(slug="walsall").wards.active().get(name="Bloxwich West")
    codes = Edition.objects.create(kind="postcodes", name="Ours", state="active", checksum="p", covers="WS")
    Postcode.objects.create(
        edition=codes,
        postcode="WS32PD",
        area=ward.area,
        ward=ward,
        lad_code=ward.area.gss_code,
        lat=52.61,
        lon=-2.0,
        quality=10,
    )
    return ward


def boundary(edition, kind, code, name, west, south, width, height):
    east, north = round(west + width, 4), round(south + height, 4)
    west, south = round(west, 4), round(south, 4)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = json.dumps({"type": "Polygon", "coordinates": [ring]})
    return Boundary(edition=edition, kind=kind, code=code, name=name, geometry=geometry)


def search(one, words):
    one.go("/")
    one.page.fill('[name="q"]', words)
    one.press("Find it")


@BOTH
def test_postcode_leads_to_my_ward_and_on_into_the_journey(
    visitor, javascript, country, walsall_commander, person, team_of, walsall
):
    posting = Posting.objects.create(person=person("pat", rank="PC", public_name=True), team=team_of(walsall))
    posting.named_wards.add(country)
    lee = Posting.objects.create(person=person("lee", rank="PCSO", public_name=True), team=posting.team)
    Absence.objects.create(
        person=posting.person, from_date=today_in_london(), until=today_in_london() + timedelta(days=9),
        cover=lee.person, reason="Course in Hereford",
    )  # fmt: skip
    one = visitor(java_script_enabled=javascript)
    search(one, "ws3 2pd")
    assert one.page.url.endswith(country.get_absolute_url())
    one.look("my-ward")
    text = one.text()
    assert "PCSO Demo Lee answers for PC Demo Pat" in text
    assert str(walsall_commander) in text
    assert not any(word in one.page.content() for word in ("Hereford", "Away", "absen"))
    assert one.cookies() == set()
    one.press("Tell us about a concern here")
    assert "/report/" in one.page.url
    assert "Bloxwich West" in one.text()


@BOTH
@pytest.mark.parametrize("name", ["Willenhall", "Great Barr"])
def test_name_that_exists_twice_offers_each(visitor, javascript, country, name):
    one = visitor(java_script_enabled=javascript)
    search(one, name.upper())
    one.look(f"twice-{name.lower().replace(' ', '-')}")
    links = one.page.locator("main .portal-list__link")
    assert links.count() >= 2
    address = links.first.get_attribute("href")
    links.first.click()
    assert one.page.url.endswith(address)


@BOTH
def test_nearest_open_hub_of_a_postcode(visitor, javascript, country):
    one = visitor(java_script_enabled=javascript)
    one.go("/hubs/", "hubs")
    one.page.fill('[name="postcode"]', "WS3 2PD")
    one.press("Find it")
    one.look("nearest")
    rows = one.page.locator(".portal-near .portal-hub")
    assert "miles" in rows.first.inner_text()
    assert "custody" not in one.text().lower()
    assert one.cookies() == set()
    one.go("/hubs/nearest/?postcode=DY1+1HL", "nearest-asks")
    assert "Which ward is it?" in one.text()
    one.page.locator('main a[href^="/hubs/nearest/?ward="]').first.click()
    assert "Front counters near the middle of" in one.text()


def test_my_location_leads_to_my_ward(visitor, country):
    one = visitor(permissions=["geolocation"], geolocation={"latitude": 52.4012345, "longitude": -1.6512345})
    one.go("/")
    asked = []
    one.page.on("request", lambda request: asked.append(request.url))
    one.press("Use my location")
    one.page.wait_for_url("**/wards/**")
    assert f"{one.base}/?lat=52.4012&lon=-1.6512" in asked
    one.look("from-location")


def test_without_leave_my_location_says_what_else_to_do(visitor, country):
    one = visitor(permissions=[])
    one.go("/")
    one.press("Use my location")
    expect(one.page.locator("[data-locate] [role=status]")).not_to_have_text("")
    assert "Type a postcode or the name of a place." in one.text()


def test_there_is_no_location_button_without_javascript(visitor, country):
    one = visitor(java_script_enabled=False)
    one.go("/")
    assert not one.page.get_by_role("button", name="Use my location").is_visible()
    assert one.page.locator(".portal-map > svg").is_visible()


# ---- maps ------------------------------------------------------------------------------------------------------------
def awake(one, path, name=""):
    one.go(path)
    one.page.wait_for_selector(".portal-leaflet path[role=link]")
    return one.look(name) if name else one


def focused(one):
    return one.page.evaluate("document.activeElement.getAttribute('aria-label')")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("map-force", "/"),
        ("map-areas", "/areas/"),
        ("map-area", "/areas/walsall/"),
        ("map-birmingham", "/areas/birmingham/"),
    ],
)
def test_map_wakes_in_place_of_the_drawing(visitor, country, name, path):
    one = awake(visitor(), path, name)
    assert one.page.locator(".portal-map > svg").count() == 0
    drawn = one.page.locator(".portal-leaflet path[role=link]").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label'))"
    )
    listed = one.page.locator(".portal-mapped > ul a").evaluate_all(
        "all => all.map(one => one.firstChild.textContent.trim())"
    )
    assert drawn == listed
    assert one.cookies() == set()


NAMES = """all => {
  const room = document.querySelector('.portal-leaflet').getBoundingClientRect()
  const boxes = [...all, ...document.querySelectorAll('.leaflet-control-zoom')]
    .filter(one => getComputedStyle(one).visibility === 'visible').map(one => [one.textContent, one.getBoundingClientRect()])
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top
  const later = (i, a) => boxes.slice(i + 1).filter(([_name, b]) => !apart(a, b))
  const pairs = boxes.flatMap(([name, a], i) => later(i, a).map(([other]) => [name, other]))
  const cut = boxes.filter(([_n, a]) => a.left < room.left || a.right > room.right || a.top < room.top || a.bottom > room.bottom)
  return { shown: boxes.length - 1, overlapping: pairs, cut: cut.map(([name]) => name) }
}"""


@pytest.fixture
def close(country):
    """The areas as they lie: six small ones side by side and one above, much narrower than their names at a phone's width."""
    places = [(0, 2), (2.6, 1.2), (1, 1), (1.3, 1.4), (2.4, 0.6), (1, 2), (0, 1.8)]  # in tenths of a degree
    rows = Boundary.objects.filter(kind="area").order_by("name")
    for row, (east, north) in zip(rows, places, strict=True):
        made = boundary(row.edition, "area", row.code, row.name, -2.2 + east / 10, 52.4 + north / 10, 0.1, 0.06)
        Boundary.objects.filter(pk=row.pk).update(geometry=made.geometry)
    drawing.draw.cache_clear()
    drawing.geometries.cache_clear()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("path", ["/", "/areas/"])
def test_no_name_on_the_map_is_cut_or_lies_on_another(visitor, close, width, path):
    one = visitor(viewport={"width": width, "height": 800})
    awake(one, path)
    seen = one.page.locator(".portal-map__name").evaluate_all(NAMES)
    assert (seen["overlapping"], seen["cut"]) == ([], [])
    assert seen["shown"] == len(Area.objects.all())
    one.page.get_by_role("button", name="Zoom in").click()
    one.page.wait_for_timeout(1500)  # those of before fade away
    assert one.page.locator(".portal-map__name").evaluate_all(NAMES)["overlapping"] == []


ON_ITS_PLACE = """all => all.map(name => {
  const lands = [...document.querySelectorAll('.portal-leaflet path')]
  const land = lands.find(one => one.getAttribute('aria-label') === name.textContent)
  const [a, b] = [name.getBoundingClientRect(), land.getBoundingClientRect()]
  return Math.min(a.right, b.right) - Math.max(a.left, b.left) > Math.min(a.width, b.width) / 2
})"""


@pytest.mark.parametrize("path", ["/", "/ur/"])
def test_each_name_on_the_map_stands_on_its_place_whichever_way_the_page_reads(visitor, country, path):
    one = awake(visitor(viewport={"width": 1280, "height": 800}), path)
    assert one.page.locator(".portal-map__name").evaluate_all(ON_ITS_PLACE) == [True] * len(Area.objects.all())


def test_keyboard_walks_the_map_and_opens_a_ward(visitor, country, walsall):
    one = awake(visitor(), "/areas/walsall/")
    names = [ward.name for ward in walsall.wards.active()]
    stops = one.page.locator('.portal-leaflet path[tabindex="0"]')
    assert stops.count() == 1
    stops.first.focus()
    said = [focused(one)]
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowLeft"):
        one.page.keyboard.press(key)
        said.append(focused(one))
    assert said == [names[0], names[1], names[2], names[1], names[0], names[-1]]
    assert stops.count() == 1
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.tagName") != "path"
    stops.first.focus()
    one.page.keyboard.press("Enter")
    one.page.wait_for_url("**/wards/**")
    assert one.page.inner_text("h1") == names[-1]


def test_click_on_a_ward_and_on_a_hub_opens_its_page(visitor, country, walsall):
    Hub.objects.filter(slug="bloxwich").update(lat=52.405, lon=-1.69)
    one = awake(visitor(), "/areas/walsall/")
    one.page.locator('path[aria-label="Bloxwich West"]').click()
    one.page.wait_for_url("**/wards/**")
    assert one.page.inner_text("h1") == "Bloxwich West"
    one = awake(one, "/areas/walsall/")
    one.page.locator(".portal-map__door", has_text="Bloxwich").click()
    one.page.wait_for_url("**/hubs/bloxwich/")


@pytest.mark.parametrize("lon", [-1.754, -1.56])
def test_name_of_a_hub_is_whole_where_its_place_is_at_the_edge_of_the_map(visitor, country, lon):
    Hub.objects.update(lat=None, lon=None)
    Hub.objects.filter(slug="bloxwich").update(lat=52.405, lon=lon)
    one = awake(visitor(), country.get_absolute_url())
    within = """name => {
      const [own, room] = [name.getBoundingClientRect(), name.closest('.portal-leaflet').getBoundingClientRect()]
      return own.left >= room.left && own.right <= room.right && own.top >= room.top
    }"""
    name = one.page.locator(".portal-map__door span")
    assert (name.is_visible(), name.evaluate(within)) == (True, True)
    one.page.get_by_role("button", name="Zoom in").click()
    expect(name).to_be_hidden()  # its place lies outside now


def test_map_of_a_ward_shows_it_among_its_neighbours(visitor, country):
    one = awake(visitor(), country.get_absolute_url(), "map-ward")
    chosen = one.page.locator(".portal-leaflet path.portal-map__chosen")
    assert (chosen.count(), chosen.get_attribute("aria-label"), chosen.get_attribute("aria-current")) == (
        1,
        country.name,
        "page",
    )
    assert chosen.evaluate("one => getComputedStyle(one).stroke") == "rgb(18, 53, 91)"
    one.page.locator("summary", has_text="Other wards in Walsall").click()
    assert one.page.locator("details .portal-wards a").count() == country.area.wards.active().count() - 1


def test_map_asks_for_more_detail_where_one_looks_nearer(visitor, country):
    one = visitor()
    asked = []
    one.page.on(
        "request", lambda request: asked.append(request.url.rpartition("/")[2]) if "geojson" in request.url else None
    )
    awake(one, "/areas/walsall/")
    for _press in range(6):
        one.page.get_by_role("button", name="Zoom in").click()
        one.page.wait_for_timeout(400)
    assert asked[0] == "wards.geojson?zoom=10"
    assert asked[-1] == "wards.geojson?zoom=14"
    assert len(asked) <= 3
    assert one.page.locator('.portal-leaflet path[tabindex="0"]').count() == 1


def test_page_keeps_its_drawing_where_the_outlines_do_not_come(visitor, country):
    one = visitor()
    one.page.route("**/*.geojson*", lambda route: route.fulfill(status=503, body=""))
    one.go("/areas/walsall/")
    one.page.wait_for_load_state("networkidle")
    assert one.page.locator(".portal-map > svg").is_visible()
    one.said.clear()  # Chromium reports the wanted 503 as an error


def test_map_page_weighs_little_in_the_browser(visitor, country):
    one = visitor()
    sizes = []
    one.page.on("response", lambda response: sizes.append(len(response.body())))
    awake(one, "/areas/birmingham/")
    one.page.wait_for_load_state("networkidle")
    assert 100_000 < sum(sizes) < 700_000  # unpacked; test_places.py weighs it as it travels


# ---- hubs ------------------------------------------------------------------------------------------------------------
@BOTH
def test_hub_pages_are_clean(visitor, javascript, country):
    Hub.objects.filter(slug="bloxwich").update(
        directions="Bus 31 stops at the door.", step_free=True, hearing_loop=False, languages="Punjabi\nUrdu"
    )
    one = visitor(java_script_enabled=javascript)
    for name in ("bloxwich", "oldbury-custody", "lloyd-house"):
        one.go(f"/hubs/{name}/", f"hub-{name}")
        assert one.cookies() == set()
