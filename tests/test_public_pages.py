"""The pages that only read: what they show and hide, what they cost, and how long they are kept."""

import json
import re
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from areas import drawing, names
from areas.models import Area, Boundary, Command, CommandCover, Edition, Force, Ward
from areas.routing import NotRouted, Outcome
from feedback.models import Notification
from hubs.models import Hub, Posting, Team, TeamKind
from policing_portal import places, views

pytestmark = pytest.mark.django_db

READ_PAGES = [
    "/",
    "/areas/",
    "/areas/walsall/",
    "/areas/walsall/wards/{ward}/",
    "/hubs/",
    "/hubs/bloxwich/",
    "/hubs/oldbury-custody/",
    "/privacy/",
    "/accessibility/",
]


@pytest.fixture
def page(client, bloxwich_west):
    """Gets a page's text: `page("/areas/walsall/wards/{ward}/")`."""

    def get(url):
        response = client.get(url.format(ward=bloxwich_west.code))
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return get


@pytest.fixture
def posted(person, team_of, walsall, bloxwich_west):
    """Makes a named contact of Bloxwich West."""

    def make(handle, **fields):
        posting = Posting.objects.create(person=person(handle, **fields), team=team_of(walsall), from_date="2026-01-01")
        posting.named_wards.add(bloxwich_west)
        return posting

    return make


@pytest.fixture
def outlines():
    """Boundaries of all areas, as squares in a row."""
    edition = Edition.objects.create(
        kind="boundaries", name="Squares", state="active", checksum="s", attribution="Drawn by us."
    )
    for x, area in enumerate(Area.objects.all()):
        ring = [[x / 10, 52], [x / 10 + 0.1, 52], [x / 10 + 0.1, 52.1], [x / 10, 52.1], [x / 10, 52]]
        geometry = json.dumps({"type": "Polygon", "coordinates": [ring]})
        Boundary.objects.create(edition=edition, kind="area", code=area.gss_code, name=area.name, geometry=geometry)
    return edition


# ---- every read page -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", READ_PAGES)
def test_read_page_sets_no_cookie_and_is_the_same_for_all(client, bloxwich_west, url):
    response = client.get(url.format(ward=bloxwich_west.code))
    assert response.status_code == 200
    assert dict(response.cookies) == {}
    assert response["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("url", READ_PAGES)
def test_read_page_asks_nothing_of_a_strangers_session_where_a_second_factor_is_required(
    client, settings, bloxwich_west, url
):
    settings.REQUIRE_MFA = True
    response = client.get(url.format(ward=bloxwich_west.code))
    assert response["Cache-Control"] == "public, no-cache"


@pytest.mark.usefixtures("same_minute")
@pytest.mark.parametrize("url", READ_PAGES)
def test_read_page_not_changed_costs_one_query(client, bloxwich_west, django_assert_num_queries, url):
    url = url.format(ward=bloxwich_west.code)
    etag = client.get(url)["ETag"]
    with django_assert_num_queries(1):
        known = client.get(url, headers={"If-None-Match": f"W/{etag}"})
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", etag)
    with django_assert_num_queries(1):
        kept = client.get(url)
    assert kept.status_code == 200
    assert kept.content == Client().get(url).content


@pytest.mark.parametrize("url", READ_PAGES)
def test_read_page_changes_with_the_staffs_next_edit(client, bloxwich_west, url):
    url = url.format(ward=bloxwich_west.code)
    etag = client.get(url)["ETag"]
    force = Force.objects.get()
    force.portal_name = "Police round the corner"
    force.save()
    response = client.get(url, headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert response["ETag"] != etag
    assert b"Police round the corner" in response.content


def test_read_page_of_another_day_is_another_page(client, monkeypatch):
    etag = client.get("/areas/")["ETag"]
    monkeypatch.setattr("accounts.stamp.today_in_london", lambda: date(2031, 1, 1))
    assert client.get("/areas/", headers={"If-None-Match": etag}).status_code == 200


def test_page_with_opening_hours_holds_for_one_minute(client, monkeypatch):
    now = timezone.now().replace(second=5)
    monkeypatch.setattr(timezone, "now", lambda: now)
    etag = client.get("/hubs/")["ETag"]
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=40))
    assert client.get("/hubs/", headers={"If-None-Match": etag}).status_code == 304
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=60))
    assert client.get("/hubs/", headers={"If-None-Match": etag}).status_code == 200


def test_read_page_with_a_made_up_query_is_not_kept(client):
    def kept():
        return sum(":page:" in key for key in caches["pages"]._cache)

    client.get("/areas/?x=1")
    assert kept() == 0
    client.get("/areas/")
    assert kept() == 1


def test_read_page_for_a_signed_in_person_is_kept_out_of_shared_caches(signed_in, walsall_officer):
    assert "public" not in signed_in(walsall_officer).get("/areas/")["Cache-Control"]


def test_read_page_takes_no_form(client):
    assert client.post("/areas/").status_code == 405


def test_pages_name_nothing_of_the_force_that_the_pack_does_not(client, bloxwich_west):
    Force.objects.update(
        name="Northshire Constabulary", portal_name="Northshire", emergency_phone="112", guarantee="We answer in a week.",
        website="https://north.example", independent_note="", not_watched_notice="Not watched at night.",
    )  # fmt: skip
    for url in ["/", "/privacy/", "/accessibility/", "/hubs/"]:
        text = client.get(url).content.decode()
        assert "West Midlands" not in text
        assert "999" not in text
        assert "Northshire" in text


# ---- what the pages cost ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/areas/walsall/", "/areas/walsall/wards/{ward}/", "/hubs/", "/hubs/bloxwich/"])
def test_read_page_costs_the_same_with_one_row_and_with_three(
    client, url, posted, team_of, walsall, bloxwich_west, django_assert_num_queries
):
    url = url.format(ward=bloxwich_west.code)
    hub = Hub.objects.get(slug="bloxwich")

    def more(number):
        posted(f"contact.{number}", public_name=True)
        kind = TeamKind.objects.get(code="response")
        team = Team.objects.create(slug=f"more-{number}", name=f"More {number}", kind=kind, hub=hub)
        team.wards.add(bloxwich_west)
        other = Hub.objects.create(
            slug=f"hub-{number}",
            name=f"Hub {number}",
            area=walsall,
            address="High Street",
            front_counter=True,
            lat=52.6,
            lon=-2,
        )
        other.opening_hours.create(weekday=0, opens="08:00", closes="22:00")
        other.hours_exceptions.create(date="2026-12-24", reason="Early closing")
        Team.objects.create(slug=f"there-{number}", name=f"There {number}", kind=kind, hub=other)

    more(1)
    with connection.execute_wrapper(counter := Counter()):
        client.get(url)
    more(2)
    more(3)
    with django_assert_num_queries(counter.queries):
        assert b"3" in client.get(url).content


class Counter:
    queries = 0

    def __call__(self, execute, sql, params, many, context):
        self.queries += 1
        return execute(sql, params, many, context)


# ---- names that are hidden -------------------------------------------------------------------------------------------
def test_commander_with_a_public_name_is_named(page, walsall_commander):
    assert "Chief Superintendent Demo Commander Walsall" in page("/areas/walsall/")


def test_commander_with_a_hidden_name_shows_as_role(page, walsall, walsall_commander):
    walsall_commander.public_name = False
    walsall_commander.save()
    for url in ["/areas/walsall/", "/areas/walsall/wards/{ward}/"]:
        text = page(url)
        assert "Chief Superintendent, area commander" in text
        assert walsall_commander.name not in text


def test_vacant_command_is_said_honestly_with_who_reads_instead(page):
    text = page("/areas/walsall/")
    assert "Nobody is named yet" in text
    assert "Until somebody is, the Force desk reads what you tell us" in text


def test_acting_commander_is_shown_without_the_absence(page, walsall, walsall_commander, person):
    acting = person("acting", rank="Superintendent", public_name=True)
    today = date.today()
    command = Command.objects.get(area=walsall)
    CommandCover.objects.create(
        command=command, person=acting, from_date=today - timedelta(days=1), until=today + timedelta(days=1)
    )
    text = page("/areas/walsall/")
    assert "Superintendent Demo Acting" in text
    assert walsall_commander.name not in text


def test_named_contact_with_a_public_name_is_named_beside_the_emergency_line(page, posted):
    posted("pat", rank="PCSO", public_name=True)
    text = page("/areas/walsall/wards/{ward}/")
    assert "PCSO Demo Pat" in text
    assert "Do not use a named contact in an emergency. If somebody is in danger now, call 999." in text


def test_named_contact_with_a_hidden_name_shows_as_role_and_team(page, posted):
    posting = posted("pat", rank="Sergeant")
    for url in READ_PAGES:
        assert posting.person.name not in page(url)
    assert f"Sergeant, {posting.team}" in page("/areas/walsall/wards/{ward}/")


def test_named_contact_whose_posting_ended_is_gone(page, posted):
    posting = posted("pat", rank="PCSO", public_name=True)
    Posting.objects.filter(pk=posting.pk).update(until="2026-02-01")
    assert "Demo Pat" not in page("/areas/walsall/wards/{ward}/")


def test_privacy_page_tells_of_everything_that_people_can_leave_with_us(page):
    text = page("/privacy/")
    for kept in (
        "Photos",
        "Add my voice",
        "Did the reply answer people?",
        "Ask a question beforehand",
        "Tell us about this website",
    ):
        assert f"<dt>{kept}</dt>" in text


# ---- areas and wards -------------------------------------------------------------------------------------------------
def test_teams_of_a_hub_stand_by_kind_and_then_by_name(page, walsall):
    hub = Hub.objects.get(slug="bloxwich")
    kinds = ["neighbourhood", "response", "local-investigation"]
    for number, code in enumerate(kinds):
        for letter in "ba":
            name = f"Team {9 - number}{letter}"
            Team.objects.create(slug=f"t{number}{letter}", name=name, kind=TeamKind.objects.get(code=code), hub=hub)
    text = page("/areas/walsall/")
    assert re.findall(r"Team \d[ab]", text) == ["Team 9a", "Team 9b", "Team 8a", "Team 8b", "Team 7a", "Team 7b"]


def test_area_page_lists_its_wards_in_use_and_leads_into_the_journey(page, walsall):
    text = page("/areas/walsall/")
    assert all(f'href="{ward.get_absolute_url()}"' in text for ward in walsall.wards.active())
    assert text.count("/wards/") == walsall.wards.active().count()
    assert f'href="{reverse("intake:start")}?area=walsall"' in text


def test_ward_page_leads_into_the_journey_and_shows_the_nearest_counter(page, bloxwich_west):
    text = page("/areas/walsall/wards/{ward}/")
    assert f'href="{reverse("intake:start")}?ward={bloxwich_west.code}"' in text
    assert 'href="/hubs/bloxwich/"' in text


def test_ward_page_says_what_else_people_call_it(page, bloxwich_west):
    url = bloxwich_west.get_absolute_url()
    Ward.objects.filter(pk=bloxwich_west.pk).update(localities="Bloxwich west\nMossley")
    assert "People here also say: Mossley" in page(url)
    Ward.objects.filter(pk=bloxwich_west.pk).update(localities="Bloxwich west")
    assert "People here also say" not in page(url)


def test_ward_of_another_area_is_not_found(client, bloxwich_west):
    assert client.get(f"/areas/dudley/wards/{bloxwich_west.code}/").status_code == 404


@pytest.mark.parametrize("url", ["/areas/nowhere/", "/areas/walsall/wards/E05999999/", "/hubs/nowhere/", "/nowhere/"])
def test_unknown_place_is_not_found_and_says_what_next(client, url):
    response = client.get(url)
    assert response.status_code == 404
    assert b"call 999" in response.content


def test_old_ward_says_that_it_was_replaced(client, bloxwich_west):
    Ward.objects.filter(pk=bloxwich_west.pk).update(active=False, until="2026-05-06")
    response = client.get(bloxwich_west.get_absolute_url())
    assert response.status_code == 200
    assert "This ward has been replaced" in response.content.decode()
    assert bloxwich_west.get_absolute_url() not in client.get("/areas/walsall/").content.decode()


def test_ward_whose_middle_is_not_known_names_no_nearest_counter(page, bloxwich_west):
    Ward.objects.filter(pk=bloxwich_west.pk).update(lat=None, lon=None)
    assert "Nearest police hub" not in page("/areas/walsall/wards/{ward}/")


def test_map_is_drawn_from_loaded_boundaries_and_left_out_without(page, outlines):
    text = page("/")
    assert text.count('class="portal-map__land"') == 7
    assert "Drawn by us." in text
    Edition.objects.update(state=Edition.State.SUPERSEDED)
    Force.objects.update(slug="changed")
    assert "<svg viewBox" not in page("/")


def test_drawing_keeps_the_shape_of_the_land(outlines):
    codes = tuple(Area.objects.values_list("gss_code", flat=True))
    drawn = drawing.draw(outlines.pk, "area", codes, 0.001)
    # Seven squares of 0.1 degrees in a row: a degree of longitude at 52.05 north is 0.615 of one of latitude.
    assert drawn.view_box == f"{-drawing.MARGIN} -4 {600 + 2 * drawing.MARGIN} {round(600 / 7 / 0.615) + 8}"
    assert drawing.draw(outlines.pk, "area", ("E09999999",), 0.001) is None


# ---- hubs ------------------------------------------------------------------------------------------------------------
def test_hub_page_says_when_it_was_checked(page):
    assert "Not checked since 2015" in page("/hubs/bloxwich/")
    Hub.objects.filter(slug="bloxwich").update(checked_on="2026-11-02")
    assert "Checked on 2 November 2026" in page("/hubs/bloxwich/")


def test_hub_page_shows_the_week_and_teams(page, team_of, walsall):
    team = team_of(walsall)
    text = page(f"/hubs/{team.hub.slug}/")
    assert team.name in text
    assert text.count("8am to 10pm") >= 7


def test_custody_suite_is_shown_as_such_and_never_to_visit(page):
    text = page("/hubs/oldbury-custody/")
    assert "This is a custody suite. It is not a place to visit." in text
    assert "portal-chip" not in text
    assert "Front counter</h2>" not in text
    listed = page("/hubs/")
    assert 'href="/hubs/oldbury-custody/"' not in listed
    assert listed.index("These are not places to visit") < listed.index("Oldbury custody suite")
    assert 'href="/hubs/oldbury-custody/"' not in page("/areas/sandwell/")


# ---- the one question ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("bloxwich west", "Bloxwich West"),
        ("  BLOXWICH   WEST ", "Bloxwich West"),
        ("St. Matthews", "St Matthew's"),
        ("saint matthew’s", "St Matthew's"),
        ("st matthews", "St Matthew's"),
        ("St-Matthew´s", "St Matthew's"),
        ("St Matthewʼs", "St Matthew's"),
        ("St. Matthew′s ward", "St Matthew's"),
        ("Bordesley & Highgate", "Bordesley & Highgate"),
        ("Brierley", "Brierley Hill & Wordsley South"),
        ("wordsley brierley", "Brierley Hill & Wordsley South"),
        ("Bordesley and Highgate", "Bordesley & Highgate"),
        ("rushall shelfield", "Rushall-Shelfield"),
    ],
)
def test_name_leads_to_its_ward_however_it_is_spelled(client, typed, name):
    ward = Ward.objects.active().get(name=name)
    response = client.get("/", {"q": typed})
    assert (response.status_code, response["Location"]) == (302, ward.get_absolute_url())
    assert response["Cache-Control"] == "private, no-store"
    assert dict(response.cookies) == {}


def test_name_of_an_area_leads_to_the_area(client):
    assert client.get("/", {"q": "walsall"})["Location"] == "/areas/walsall/"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Ward", "Ward End"), ("  ward ", "Ward End"), ("Ward, Birmingham", "Ward End"),
        ("Hospital", "Heartlands Hospital"), ("Fox", "Fox Hollies"), ("Small", "Small Heath"),
    ],
)  # fmt: skip
def test_word_that_many_names_could_hold_is_asked_and_never_decides(client, typed, offered):
    assert names.find(typed) == []
    answer = client.get("/", {"q": typed})
    text = answer.content.decode()
    assert (answer.status_code, "Did you mean one of these?" in text) == (200, True)
    assert f'href="/?q={quote(offered)}"' in text
    assert client.get("/", {"q": offered}).status_code == 302
    followed = client.get("/follow/", {"q": typed})
    assert (followed.status_code, len(followed.context["matches"])) == (200, 0)
    assert [one["query"] for one in followed.context["close"]] == [
        f"ward={match.carrier.pk}" for match in names.find(offered)
    ]
    assert all(f'href="?{one["query"]}"' in followed.content.decode() for one in followed.context["close"])


@pytest.mark.parametrize(
    "typed", ["Hill", "Green", "Heath", "Park", "St", "Saint", "St.", "End", "North", "Lane", "The"]
)
def test_word_of_many_names_offers_them(client, typed):
    text = client.get("/", {"q": typed}).content.decode()
    assert ("Which place do you mean?" in text, len(names.find(typed)) > 1) == (True, True)


@pytest.mark.parametrize("typed", ["Great Barr", " great  barr ", "GREAT BARR"])
def test_locality_of_several_areas_offers_each(client, typed):
    text = client.get("/", {"q": typed}).content.decode()
    assert {match.area.slug for match in names.find(typed)} == {"birmingham", "sandwell", "walsall"}
    assert all(match.get_absolute_url() in text for match in names.find(typed))


def test_name_that_exists_twice_offers_both(client):
    areas = {match.area.slug for match in names.find("Willenhall")}
    assert areas == {"coventry", "walsall"}
    text = client.get("/", {"q": "Willenhall"}).content.decode()
    assert "Which place do you mean?" in text
    assert all(match.get_absolute_url() in text for match in names.find("Willenhall"))


def test_name_of_just_a_place_is_not_mixed_up_with_what_begins_alike():
    """ "Kings Heath" once offered Kingswinford North & Wall Heath, too."""
    assert [match.ward.name for match in names.find("Kings Heath")] == ["Brandwood & King's Heath"]
    assert "Kingswinford North & Wall Heath" in {match.ward.name for match in names.find("kings hea")}


def test_name_of_a_locality_never_guesses_between_wards():
    assert {match.ward.name for match in names.find("Bloxwich")} == {"Bloxwich East", "Bloxwich West"}


WARDS = json.loads((settings.BASE_DIR / "areas/data/west_midlands/wards.json").read_text())
OLD_AND_NEW = pytest.mark.parametrize("new", [False, True], ids=["2025", "2026"])


def switch_to(new):
    """Have the wards of 2025 in use, or those that replaced some of them in 2026."""
    if new:
        Ward.objects.filter(in_force_from="2004-06-10").update(active=False)
        Ward.objects.filter(in_force_from="2026-05-07").update(active=True)


@OLD_AND_NEW
def test_every_name_of_the_pack_finds_its_ward_or_one_to_choose_from(new, monkeypatch):
    switch_to(new)
    known = names._known()
    monkeypatch.setattr(names, "_known", lambda: known)
    area_names = set(Area.objects.values_list("name", flat=True))
    for ward in WARDS:
        for name in {ward["name"], *ward["localities"]} - area_names:
            found = names.find(name)
            exact = [match for match in found if names.normalise(match.name) == names.normalise(name)]
            assert ward["area"] in {match.area.slug for match in exact}, name
            assert all((match.ward or match.unsure) and not (match.ward and match.unsure) for match in found), name


@OLD_AND_NEW
def test_name_of_a_ward_out_of_use_leads_to_the_wards_to_choose_from(client, new):
    switch_to(new)
    name = "Abbey" if new else "Bearwood"
    unsure = [match.unsure for match in names.find(name)]
    assert (len(unsure), unsure[0].active) == (1, False)
    page = client.get("/", {"q": name}, follow=True)
    assert page.redirect_chain == [(unsure[0].get_absolute_url(), 302)]
    text = page.content.decode()
    words = "This ward has been replaced" if new else "This ward is new. Our maps do not have it yet"
    assert (words in text, name in text) == (True, True)
    area = unsure[0].area
    assert all(f'href="{ward.get_absolute_url()}"' in text for ward in area.wards.active())
    assert f'href="/follow/?area={area.slug}"' not in text
    followed = client.get("/follow/", {"q": name}, follow=True)
    assert followed.redirect_chain == [(f"/follow/?ward={unsure[0].code}", 302)]
    text = followed.content.decode()
    assert all(f'href="?ward={ward.code}"' in text for ward in area.wards.active())
    assert ("no longer use" in text, "This ward is new" in text, 'name="email"' in text) == (new, not new, False)


def test_name_of_a_ward_out_of_use_leads_to_the_one_that_took_its_place():
    switch_to(True)
    old, new = Ward.objects.get(name="Abbey", active=False), Ward.objects.filter(active=True, area__slug="sandwell")[0]
    Ward.objects.filter(pk=old.pk).update(successor=new, carried_at=timezone.now())
    assert [match.ward for match in names.find("Abbey")] == [new]


def test_name_that_a_ward_in_use_carries_never_leads_out_of_use():
    for new in (False, True):
        switch_to(new)
        assert {match.unsure for match in names.find("Willenhall")} == {None}


@pytest.mark.parametrize("typed", ["Lloyd House", "lloyd house", "Birmingham Central (Lloyd House)"])
def test_name_of_a_hub_leads_to_the_hub(client, typed):
    assert client.get("/", {"q": typed})["Location"] == "/hubs/lloyd-house/"


@pytest.mark.parametrize(
    ("typed", "hub", "wards"),
    [
        ("Station Road", "stechford", ["Yardley West & Stechford"]),
        ("12 station road", "stechford", ["Yardley West & Stechford"]),
        ("Station Road, Birmingham", "stechford", ["Yardley West & Stechford"]),
        ("Bank Street", "brierley-hill", ["Brierley Hill & Wordsley South"]),
        ("Park Lane", "park-lane", ["Aston"]),
        ("Elmore Green Road", "bloxwich", ["Bloxwich West", "Bloxwich East"]),
        ("Snow Hill Queensway", "lloyd-house", []),
    ],
)
def test_street_of_a_hub_is_offered_beside_its_ward_and_never_leads_there(client, typed, hub, wards):
    answer = client.get("/", {"q": typed})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    text = answer.content.decode()
    main = text[text.index("<main") : text.index("</main")]
    assert "There may be more streets of that name" in main
    assert re.findall(r'href="(/hubs/[^"]+)"', main) == [f"/hubs/{hub}/"]
    there = [Ward.objects.active().get(name=name).get_absolute_url() for name in wards]
    assert re.findall(r'href="(/areas/[a-z]+/wards/[^"]+)"', main) == there


def test_street_of_a_hub_elsewhere_is_not_offered(client):
    text = client.get("/", {"q": "Station Road, Walsall"}).content.decode()
    main = text[text.index("<main") : text.index("</main")]
    assert re.findall(r'href="(/(?:hubs|areas)/[^"]+)"', main) == ["/areas/walsall/"]


def test_street_of_several_hubs_offers_each_with_its_address(client):
    Hub.objects.filter(slug__in=["bloxwich", "solihull"]).update(address="Quite Unlikely Row, Solihull")
    text = client.get("/", {"q": "unlikely row"}).content.decode()
    assert 'href="/hubs/bloxwich/"' in text and 'href="/hubs/solihull/"' in text
    assert text.count("Quite Unlikely Row, Solihull") == 2


BLOXWICH = {"Bloxwich East", "Bloxwich West"}


@pytest.mark.parametrize(
    ("typed", "wards"),
    [
        ("Willenhall, Walsall", {"Short Heath", "Willenhall North", "Willenhall South"}),
        ("Willenhall Walsall", {"Short Heath", "Willenhall North", "Willenhall South"}),
        ("Willenhall, Coventry", {"Binley and Willenhall"}),
        ("Coventry Willenhall", {"Binley and Willenhall"}),
        ("coventry city centre", {"St Michael's"}),
        ("Walsall Bloxwich West", {"Bloxwich West"}),
        ("Great Barr, Birmingham", {"Oscott", "Perry Barr"}),
        ("Kings Heath, Walsall", {"Brandwood & King's Heath"}),
        ("Kings Heath, Birmingham", {"Brandwood & King's Heath"}),
        ("Kings Heath", {"Brandwood & King's Heath"}),
        ("bloxwich west ward", {"Bloxwich West"}),
        ("Ward of Bloxwich West", {"Bloxwich West"}),
        ("23 High Street, Bloxwich", BLOXWICH),
        ("23a High Street, Bloxwich, Walsall", BLOXWICH),
        ("23 High Street Bloxwich", BLOXWICH),
        ("High Street, Bloxwich West, Walsall, England", {"Bloxwich West"}),
        ("Fox Hollies, Acocks Green", {"Acocks Green"}),
        ("Bloxwich, WS3", BLOXWICH),
    ],
)
def test_place_is_found_as_people_write_it(typed, wards):
    assert {match.ward.name for match in names.find(typed)} == wards


@pytest.mark.parametrize(
    "typed", ["dy11hl", "  dy11hl ", "dy1 1hl Dudley", "Dudley, DY1 1HL", "1 The Row, Dudley, DY11HL.", "(dy1 1hl)"]
)
def test_postcode_in_a_longer_text_is_found(client, typed):
    for address in ("/", "/follow/"):
        assert "dudley" in client.get(address, {"q": typed})["Location"]


@pytest.mark.parametrize(
    ("typed", "there"), [("Birmingham, B33", "/areas/birmingham/"), ("E05001307", "walsall"), ("e05001307", "walsall")]
)
def test_area_with_half_a_postcode_and_code_of_a_ward_lead_there(client, typed, there):
    where = Ward.objects.get(code="E05001307").get_absolute_url() if there == "walsall" else there
    assert client.get("/", {"q": typed})["Location"] == where


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("WS3", "is only the first part of a postcode"),
        ("WSI 4AA", "Did you mean WS1 4AA?"),
        ("23 Nowhere Lane, Nosuchplace", "We don't know a place called “23 Nowhere Lane, Nosuchplace”"),
        ("Blxwich West, Walsall", "Did you mean one of these?"),
    ],
)
def test_what_is_not_found_says_what_it_was_taken_for(client, typed, words):
    text = client.get("/", {"q": typed}).content.decode()
    assert words in text


def test_more_places_than_are_shown_are_said_to_be_the_first(client):
    text = client.get("/", {"q": "B"}).content.decode()
    assert len(names.find("B")) > names.MOST
    assert "These are the first 20: type more of the name to see others." in text
    main = text[text.index("<main") : text.index("</main")]
    assert main.count('class="portal-list__item"') == 20
    assert "These are the first" not in client.get("/", {"q": "Bloxwich"}).content.decode()


def test_name_of_a_ward_goes_before_a_hub_of_that_name(client):
    assert all(match.ward for match in names.find("Bloxwich")) and Hub.objects.filter(name="Bloxwich").exists()
    assert "/hubs/bloxwich/" not in client.get("/", {"q": "Bloxwich"}).content.decode().partition("<footer")[0]


def test_unknown_name_says_what_to_do_next_and_offers_close_ones(client):
    text = client.get("/", {"q": "Blxwich West"}).content.decode()
    assert "We don't know a place called “Blxwich West”" in text
    assert "Bloxwich West" in text
    assert 'href="/areas/dudley/"' in text
    assert f'href="{reverse("intake:start")}"' in text


@pytest.mark.parametrize(
    ("typed", "offered"), [("Bloxwich High Street", "Bloxwich"), ("Brierley Hill nick, Dudley", "Brierley Hill")]
)
def test_road_that_is_called_after_a_place_asks_whether_it_is_there(client, typed, offered):
    text = client.get("/", {"q": typed}).content.decode()
    assert "Did you mean one of these?" in text and f"?q={offered.replace(' ', '%20')}" in text


def test_typed_text_is_shown_as_text(client):
    assert b"<script>x" not in client.get("/", {"q": "<script>x"}).content


def test_postcode_in_a_sector_of_one_area_leads_there(client):
    assert client.get("/", {"q": "dy1 1hl"})["Location"].startswith("/areas/dudley/")


def test_front_page_looks_up_as_often_as_the_journey_does(client, db, settings):
    settings.LOCATE_RATE = "1/hour"
    assert client.get("/", {"q": "dy1 1hl"}).status_code == 302
    refused = client.get("/", {"q": "dy1 1hl"})
    assert (refused.status_code, 0 < int(refused["Retry-After"]) <= 3600) == (429, True)
    assert "too often" in refused.content.decode() and "dy1 1hl" in refused.content.decode()
    assert client.get("/", {"q": "walsall"}).status_code == 302


def test_postcode_that_leads_nowhere_shows_the_reason_and_the_other_force(client, monkeypatch):
    refusal = NotRouted(
        Outcome.OUTSIDE,
        "This place is looked after by another force.",
        force="Northshire",
        force_url="https://north.example/",
    )

    def refuse(**place):
        raise refusal

    monkeypatch.setattr(places, "route", refuse)
    response = client.get("/", {"q": "ZZ1 1ZZ"})
    text = response.content.decode()
    assert response.status_code == 200
    assert refusal.message in text
    assert "https://north.example/" in text
    assert f'href="{reverse("intake:start")}"' in text
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("typed", ["", "   "])
def test_empty_question_is_the_front_page(client, typed):
    assert client.get("/", {"q": typed}).status_code == 200


# ---- health and errors -----------------------------------------------------------------------------------------------
def test_healthz_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_is_ready_and_tells_nothing_of_hosts_or_versions(client, monkeypatch):
    response = client.get("/readyz")
    assert response.json() == {
        "status": "ok",
        "disk": "ok",
        "database": "ok",
        "migrations": "ok",
        "outbox": {"oldest_minutes": 0, "late": False},
    }
    assert response.status_code == 200


def test_readyz_tells_of_a_late_outbox_but_keeps_the_door_open(client, make_concern, walsall):
    make_concern(walsall)
    Notification.objects.update(state="pending", due=timezone.now() - timedelta(minutes=40))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["outbox"]) == (200, {"oldest_minutes": 40, "late": True})


def test_readyz_is_not_ready_without_a_migration(client, monkeypatch):
    monkeypatch.setattr(views, "_migrations_of_this_release", lambda: frozenset({("areas", "9999_next")}))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["migrations"]) == (503, "missing")


def test_readyz_is_not_ready_without_a_database(client, broken_database):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "disk": "ok",
        "database": "unreachable",
        "outbox": {"oldest_minutes": None, "late": False},
    }


def test_readyz_is_not_ready_on_a_full_disk(client, monkeypatch):
    monkeypatch.setattr(views, "LEAST_FREE_MB", 10**12)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["disk"]) == (503, "full")


@pytest.fixture
def broken_database():
    def refuse(execute, sql, params, many, context):
        raise DatabaseError("gone")

    with connection.execute_wrapper(refuse):
        yield


def test_error_page_renders_without_a_database(client, broken_database):
    client.raise_request_exception = False
    response = client.get("/areas/")
    assert response.status_code == 500
    assert "do not wait for this page: call the emergency number" in response.content.decode()


def test_error_page_gives_the_packs_numbers_while_the_database_is_up(client, monkeypatch):
    monkeypatch.setattr(drawing, "draw", None)
    Edition.objects.create(kind="boundaries", name="Broken", state="active", checksum="b")
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "If somebody is in danger now, call 999" in response.content.decode()


def test_form_without_its_key_is_refused_with_a_page_that_helps():
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.org"})
    text = response.content.decode()
    assert response.status_code == 403
    assert "open for too long" in text
    assert "call 999" in text


def test_api_errors_are_json(client):
    response = client.get("/api/v1/nothing/here/")
    assert (response.status_code, response["Content-Type"]) == (404, "application/json")
