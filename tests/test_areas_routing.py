"""A place leads to the right area and ward, or to a question; never to a guess."""

import csv
import threading
from collections import Counter

import pytest
from django.core.management import call_command
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from areas import geometry, spelling
from areas.models import Area, Edition, Neighbour, Postcode, Ward
from areas.routing import NotRouted, Outcome, Route, route
from tests.open_data import OUTSIDE_LAD, SHARED, squares

pytestmark = pytest.mark.django_db
TRUTH = SHARED / "postcodes" / "truth.csv"
needs_data = pytest.mark.skipif(not TRUTH.exists(), reason="the official data is not beside this checkout")


def asked(**place):
    """The `NotRouted` that the place leads to."""
    with pytest.raises(NotRouted) as caught:
        route(**place)
    return caught.value


def slugs(areas):
    return [area.slug for area in areas]


@pytest.fixture
def one_postcode():
    """WS1 1AA, and what a release may say of others."""
    edition = Edition.objects.create(
        kind="postcodes", name="Code-Point Open 2025.4.0", checksum="one", state="active", covers="WS"
    )
    walsall = Area.objects.get(slug="walsall")
    place = {"edition": edition, "quality": 10, "lat": 52.6, "lon": -1.97}
    rows = [
        Postcode(postcode="WS11AA", area=walsall, ward_id="E05001302", lad_code="E08000030", **place),
        Postcode(postcode="WS11AB", area=walsall, lad_code="E08000030", **place),
        Postcode(postcode="WS11AD", lad_code=OUTSIDE_LAD, **place),
        Postcode(postcode="WS11AE", lad_code="E07000999", **place),
        Postcode(postcode="WS11AF", area=walsall, lad_code="E08000030", terminated="201905", **place),
        Postcode(postcode="WS11AG", edition=edition, quality=90),
        Postcode(postcode="WS11AH", edition=edition, quality=60, lat=52.6, lon=-1.97),
        Postcode(postcode="WS11AJ", area=walsall, lad_code="E08000030", **place | {"quality": 60}),
    ]
    Postcode.objects.bulk_create(rows)
    return edition


@pytest.fixture
def boundaries(tmp_path):
    """A square ward around every area's point."""
    path = tmp_path / "wards_2025.geojson"
    path.write_text(squares())
    call_command("load_boundaries", str(path), verbosity=0)


# ---- spelling --------------------------------------------------------------------------------------------------------
SPELLINGS = [
    "WS1 1AA", "ws1 1aa", "WS11AA", "ws11aa", " WS1  1AA ", "WS1\u00a01AA", "WS1\u20091AA", "WS1\t1AA", "Ws1 1aA",
    "WS1-1AA", "WS1.1AA", "WS1 1AA.", "W S 1 1 A A", "\u200bWS1 1AA", "WS1\u2060 1AA", "ＷＳ１ １ＡＡ", "WS1\n1AA\n",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_postcode_is_read_in_any_spelling(one_postcode, text):
    found = route(postcode=text)
    assert (found.area.slug, found.ward.code, found.postcode, found.asked) == (
        "walsall",
        "E05001302",
        "WS1 1AA",
        "postcode:WS11AA",
    )


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("WSI 1AA", "WS1 1AA"),
        ("wsl 1aa", "WS1 1AA"),
        ("WS1 IAA", "WS1 1AA"),
        ("WSI1AA", "WS1 1AA"),
        ("WS1O 1AA", "WS10 1AA"),
        ("B1O OXE", "B10 0XE"),
        ("0X1 1AA", "OX1 1AA"),
        ("1P1 1AA", "IP1 1AA"),
        ("BI 1AA", "B1 1AA"),
    ],
)
def test_a_letter_typed_for_a_figure_is_asked_back(typed, suggestion):
    question = asked(postcode=typed)
    assert (question.outcome, question.suggestion) == (Outcome.NOT_A_POSTCODE, suggestion)
    assert question.message == f"“{typed}” is not a full postcode. Did you mean {suggestion}?"


NONSENSE = [
    "WS1 1A", "1AA", "WS1 1AAA", "QS1 1AA", "ZZ1 1AA", "XX1 1XX", "WS1 1CA", "WS1 1AO", "WS01 1AA", "12345", "Walsall",
    "ß1 1AA", "WS1 1ÄA", "ЅЅ1 1AA", "💥", "WS1 1AA WS1 1AA", "W" * 10_000, "'; --", "<b>WS1</b>", "\x00", "WS1\x001A", "\ud800",
    "İ1 1AA", "-",
]  # fmt: skip


@pytest.mark.parametrize("text", NONSENSE)
def test_what_is_no_postcode_is_said_to_be_none(one_postcode, text):
    question = asked(postcode=text)
    assert (question.outcome, question.suggestion) == (Outcome.NOT_A_POSTCODE, "")
    assert len(question.message) < 200
    assert "\x00" not in question.message + question.asked + question.basis


@pytest.mark.parametrize(
    ("text", "areas"), [("WS3", ["walsall"]), ("ws10", ["sandwell", "walsall"]), ("WS1 1", ["walsall"])]
)
def test_the_first_part_alone_is_named_as_such(text, areas):
    question = asked(postcode=text)
    assert (question.outcome, sorted(slugs(question.candidates))) == (Outcome.NOT_A_POSTCODE, areas)
    assert question.message.startswith(f"“{text}” is only the first part of a postcode.")


anything = st.text(max_size=50) | st.from_regex(r"\s*[a-zA-Z0-9]{2,4}[\s\u00a0-]*[a-zA-Z0-9]{3}\s*", fullmatch=True)


@given(anything)
@example("ﬀ1 1AA")
def test_normalising_is_idempotent(text):
    code = spelling.normalised(text)
    if code is not None:
        assert spelling.normalised(code) == spelling.normalised(spelling.shown(code)) == code
        assert spelling.FULL.fullmatch(code)


@given(anything)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_text_breaks_routing(one_postcode, text):
    try:
        assert isinstance(route(postcode=text), Route)
    except NotRouted as question:
        assert (question.message != "", question.outcome in Outcome) == (True, True)


@given(st.floats(), st.floats())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_point_breaks_routing(boundaries, lat, lon):
    try:
        assert route(point=(lat, lon)).area is not None
    except NotRouted as question:
        assert question.outcome in (Outcome.ASK, Outcome.OUTSIDE)


# ---- with postcodes --------------------------------------------------------------------------------------------------
def test_a_full_postcode_gives_area_ward_and_reason(one_postcode):
    found = route(postcode="ws1 1aa")
    assert found.basis == "WS1 1AA, full postcode, Code-Point Open 2025.4.0 -> Aldridge North and Walsall Wood, Walsall"
    assert found.message == "WS1 1AA is in Aldridge North and Walsall Wood, which belongs to the Walsall policing area."
    assert (found.certain, found.near_edge, found.lat, found.lon) == (True, False, 52.6, -1.97)


def test_a_found_area_and_ward_are_whole(one_postcode):
    found = route(postcode="WS1 1AA")
    assert (found.area, found.ward) == (Area.objects.get(slug="walsall"), Ward.objects.get(code="E05001302"))
    assert (found.area.name, found.area.council) == ("Walsall", "Walsall Metropolitan Borough Council")
    assert (found.ward.name, found.ward.active, found.ward.area) == (
        "Aldridge North and Walsall Wood",
        True,
        Area.objects.get(slug="walsall"),
    )
    assert found.ward.in_force_from == Ward.objects.get(code="E05001302").in_force_from


def test_a_postcode_without_a_ward_still_has_its_area(one_postcode):
    found = route(postcode="WS1 1AB")
    assert (found.area.slug, found.ward, found.message) == ("walsall", None, "WS1 1AB is in the Walsall policing area.")


def test_outside_names_the_force_that_serves_the_place(one_postcode):
    question = asked(postcode="WS1 1AD")
    assert (question.outcome, question.force, question.postcode) == ("outside", "Staffordshire Police", "WS1 1AD")
    assert question.force_url == "https://www.staffordshire.police.uk"
    assert question.message == (
        "WS1 1AD is looked after by Staffordshire Police. Tell Staffordshire Police, or tell us that it did happen here."
    )


def test_outside_without_a_known_force_names_none(one_postcode):
    question = asked(postcode="WS1 1AE")
    assert (question.outcome, question.force) == ("outside", "")
    assert question.message == "WS1 1AE is outside our area. Tell the police there, or tell us that it did happen here."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("WS1 1AF", "is an old postcode that is no longer used"),
        ("WS1 1AG", "has no fixed place on the map"),
        ("WS1 1AH", "has no fixed place on the map"),
        ("WS1 1AJ", "has no fixed place on the map"),
        ("WS1 1ZZ", "We do not know the postcode"),
        ("WS14 9AA", "We do not know the postcode"),
    ],
)
def test_what_a_release_does_not_say_is_asked(one_postcode, text, why):
    question = asked(postcode=text)
    assert (question.outcome, why in question.message, question.asked) == (
        "ask",
        True,
        f"postcode:{text.replace(' ', '')}",
    )


def test_an_unknown_postcode_offers_the_areas_that_it_may_be_in(one_postcode):
    assert slugs(asked(postcode="WS1 1ZZ").candidates) == ["walsall"]
    assert slugs(asked(postcode="WS10 9ZZ").candidates) == ["sandwell", "walsall"]


def test_an_unknown_postcode_of_a_district_that_lies_outside_may_be_in_none(one_postcode):
    assert slugs(asked(postcode="WS14 9AA").candidates) == []


def test_postcode_areas_that_the_release_lacks_go_by_sector(one_postcode):
    assert route(postcode="B1 1AA").area.slug == "birmingham"


def test_a_postcode_takes_one_query(one_postcode, boundaries, django_assert_num_queries):
    route(postcode="WS1 1AA")
    with django_assert_num_queries(1):
        found = route(postcode="WS1 1AA")
        assert (found.area.slug, found.ward.area.name) == ("walsall", "Walsall")


# ---- with neither ----------------------------------------------------------------------------------------------------
def test_a_sector_in_one_area_decides():
    found = route(postcode="WS1 1AA")
    assert (found.area.slug, found.ward, found.certain) == ("walsall", None, True)
    assert found.basis == "WS1 1AA: all of WS1 1 is in one area -> Walsall"


@pytest.mark.parametrize(
    ("text", "force"),
    [("WS14 9AA", "Staffordshire Police"), ("B46 1AA", "Warwickshire Police"), ("M1 1AE", ""), ("GY1 1AA", "")],
)
def test_a_sector_or_postcode_area_outside_is_outside(text, force):
    question = asked(postcode=text)
    assert (question.outcome, question.force) == ("outside", force)


@pytest.mark.parametrize(
    ("text", "areas"),
    [("WS3 2PD", ["walsall"]), ("WS10 9AA", ["sandwell", "walsall"]), ("WS99 1AA", ["sandwell", "walsall"])],
)
def test_a_sector_that_straddles_is_asked(text, areas):
    question = asked(postcode=text)
    assert (question.outcome, set(areas) <= set(slugs(question.candidates))) == ("ask", True)
    assert f"Postcodes that start like {text} belong to more than one area" in question.message


# ---- points, wards, areas --------------------------------------------------------------------------------------------
def test_without_boundaries_a_point_is_asked():
    question = asked(point=(52.6, -1.97))
    assert (question.outcome, question.asked) == ("ask", "point:52.600000,-1.970000")


def test_a_point_gives_area_ward_and_reason(boundaries, django_assert_num_queries):
    walsall = Area.objects.get(slug="walsall")
    route(point=(walsall.lat, walsall.lon))
    with django_assert_num_queries(1):
        found = route(point=(walsall.lat, walsall.lon))
    assert (found.area, found.ward.area, found.certain, found.near_edge) == (walsall, walsall, True, False)
    assert found.basis == f"a point on the map, Ward boundaries 2025 (ONS) -> {found.ward.name}, Walsall"


@pytest.mark.parametrize(("metres", "near"), [(20, True), (90, True), (110, False), (300, False)])
def test_a_point_within_100_m_of_the_edge_is_marked(boundaries, metres, near):
    walsall = Area.objects.get(slug="walsall")
    found = route(point=(walsall.lat + 0.01 - metres / 111_320, walsall.lon))
    assert (found.near_edge, found.basis.endswith(", within 100 m of the edge")) == (near, near)
    across = route(point=(walsall.lat, walsall.lon + 0.02 - metres / 111_320 / 0.6085))
    assert across.near_edge == near


def test_a_point_outside_offers_the_area_whose_edge_is_near(boundaries):
    walsall = Area.objects.get(slug="walsall")
    close = asked(point=(walsall.lat + 0.01 + 50 / 111_320, walsall.lon))
    assert (close.outcome, slugs(close.candidates)) == ("outside", ["walsall"])
    assert slugs(asked(point=(walsall.lat + 0.02, walsall.lon)).candidates) == []


def test_a_postcode_near_the_edge_is_marked_once_boundaries_are_loaded(one_postcode, boundaries):
    walsall = Area.objects.get(slug="walsall")
    Postcode.objects.filter(postcode="WS11AA").update(lat=walsall.lat, lon=walsall.lon + 0.0199)
    Postcode.objects.filter(postcode="WS11AB").update(lat=walsall.lat, lon=walsall.lon)
    assert [route(postcode=text).near_edge for text in ("WS1 1AA", "WS1 1AB")] == [True, False]


def test_a_point_in_a_ward_that_is_no_longer_in_use_has_its_area(boundaries):
    walsall = Area.objects.get(slug="walsall")
    walsall.wards.update(active=False)
    found = route(point=(walsall.lat, walsall.lon))
    assert (found.area, found.ward) == (walsall, None)


def test_a_point_costs_one_question_until_other_boundaries_come_into_use(boundaries, django_assert_num_queries):
    walsall = Area.objects.get(slug="walsall")
    point = walsall.lat, walsall.lon
    known = route(point=point)
    with django_assert_num_queries(1):
        assert route(point=point) == known
    edition = Edition.objects.in_use(Edition.Kind.BOUNDARIES)
    edition.name, edition.checksum = "Others", "0" * 64
    edition.save()
    assert route(point=point).basis.startswith("a point on the map, Others -> ")
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.SUPERSEDED)
    with pytest.raises(NotRouted):
        route(point=point)


def test_outlines_are_built_once_even_for_many_threads(boundaries):
    checksum = Edition.objects.in_use(Edition.Kind.BOUNDARIES).checksum
    built = geometry.outlines(checksum)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(geometry.outlines(checksum))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer is built for answer in answers] == [True] * 8


def test_a_chosen_ward_or_area_is_taken_at_its_word():
    ward, area = route(ward="E05001302"), route(area="dudley")
    assert (ward.area.slug, ward.ward.code, ward.certain, ward.asked) == (
        "walsall",
        "E05001302",
        False,
        "ward:E05001302",
    )
    assert (area.area.slug, area.ward, area.certain, area.asked) == ("dudley", None, False, "area:dudley")


@pytest.mark.parametrize(
    "place", [{"ward": "E05001302x"}, {"ward": "\x00"}, {"ward": "no"}, {"area": "nowhere"}, {"area": "\x00"}, {}]
)
def test_unknown_choices_are_asked_again(place):
    assert asked(**place).outcome == "ask"


def test_two_places_at_once_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="one of them"):
        route(postcode="WS1 1AA", area="walsall")


def test_every_outcome_has_a_sentence_of_its_own(one_postcode, boundaries):
    places = [
        {"postcode": "WS1 1A"},
        {"postcode": "WSI 1AA"},
        {"postcode": "WS1"},
        {"postcode": "WS1 1AD"},
        {"postcode": "WS1 1AE"},
        {"postcode": "WS1 1AF"},
        {"postcode": "WS1 1AG"},
        {"postcode": "WS1 1ZZ"},
        {"postcode": "B14 4AA"},
        {"point": (0.0, 0.0)},
        {"point": (float("nan"), 0.0)},
        {"ward": "none"},
        {"area": "none"},
        {},
    ]
    sentences = [asked(**place).message for place in places]
    typed = [place.get("postcode", "-") for place in places]
    generic = [sentence.replace(text, "X") for sentence, text in zip(sentences, typed, strict=True)]
    assert len(set(generic)) == len(places)
    banned = ("submit", "ticket", "user", "invalid", "error")
    assert [s for s in sentences if not s.endswith((".", "?")) or any(word in s.lower() for word in banned)] == []


# ---- the truth -------------------------------------------------------------------------------------------------------
def truth():
    with TRUTH.open(newline="") as lines:
        return list(csv.DictReader(lines))


def expected(row):
    """Area and ward of a row inside, the force of a row outside."""
    if row["in_force"] == "1":
        return Area.objects.get(gss_code=row["lad_code"]).slug, row["ward_code"]
    return "outside", Neighbour.objects.get(lad_code=row["lad_code"]).force


def answer(**place):
    try:
        found = route(**place)
    except NotRouted as question:
        return str(question.outcome), question.force
    return found.area.slug, found.ward and found.ward.code


@pytest.fixture(scope="module")
def all_postcodes(kept_for_the_module):
    """The whole of Code-Point Open, loaded once for the tests that need it."""
    with kept_for_the_module.unblock():
        call_command("load_postcodes", str(SHARED / "postcodes" / "code_point_open"), verbosity=0)


@pytest.mark.slow
@needs_data
def test_with_postcodes_every_row_of_the_truth_is_right(all_postcodes):
    rows = truth()
    wrong = [row["postcode"] for row in rows if answer(postcode=row["postcode"]) != expected(row)]
    assert (len(rows), wrong) == (1300, [])


@pytest.mark.slow
@needs_data
def test_what_has_no_place_is_never_guessed(all_postcodes):
    with (SHARED / "postcodes" / "no_location_or_district.csv").open(newline="") as lines:
        outcomes = Counter(answer(postcode=row["PC"])[0] for row in csv.DictReader(lines))
    assert outcomes == {"ask": 178}


@pytest.mark.slow
@needs_data
def test_a_point_outside_names_a_force_only_where_that_is_sure(all_postcodes):
    call_command("load_boundaries", str(SHARED / "boundaries"), verbosity=0)
    rows = [(row, expected(row)) for row in truth()]
    rows = [(row, force) for row, (place, force) in rows if place == "outside"]
    named = {row["postcode"]: asked(point=(float(row["lat"]), float(row["lon"]))).force for row, _force in rows}
    assert {
        row["postcode"]: named[row["postcode"]] for row, force in rows if named[row["postcode"]] not in ("", force)
    } == {}
    assert sum(map(bool, named.values())) > 0.9 * len(rows)


@needs_data
@pytest.mark.slow
def test_with_boundaries_alone_every_point_of_the_truth_is_right():
    Edition.objects.update(state=Edition.State.SUPERSEDED)
    call_command("load_boundaries", str(SHARED / "boundaries"), verbosity=0)
    rows = truth()
    answers = [(row, answer(point=(float(row["lat"]), float(row["lon"])))) for row in rows]
    wrong = [
        row["postcode"]
        for row, given in answers
        if given != (expected(row) if row["in_force"] == "1" else ("outside", ""))
    ]
    assert (len(rows), wrong) == (1300, [])


@needs_data
def test_points_near_the_edge_of_the_truth_are_marked():
    call_command("load_boundaries", str(SHARED / "boundaries"), verbosity=0)
    rows = [row for row in truth() if row["in_force"] == "1" and -95 < int(row["dist_to_force_boundary_m"]) <= 0]
    unmarked = [r["postcode"] for r in rows if not route(point=(float(r["lat"]), float(r["lon"]))).near_edge]
    assert (len(rows) > 50, unmarked) == (True, [])


@needs_data
@pytest.mark.slow
def test_with_nothing_loaded_no_row_of_the_truth_is_wrong():
    Edition.objects.update(state=Edition.State.SUPERSEDED)
    rows = truth()
    answers = Counter()
    wrong = []
    for row in rows:
        place, detail = answer(postcode=row["postcode"])
        right, right_detail = expected(row)
        answers["ask" if place == "ask" else "certain"] += 1
        if place not in ("ask", right) or (place == "outside" and detail not in ("", right_detail)):
            wrong.append(row["postcode"])
    certain = sum(row["sector_classes"] == "1" for row in rows)
    assert (len(rows), wrong, answers) == (1300, [], {"certain": certain, "ask": 1300 - certain})


def test_officers_read_in_english_how_a_place_was_decided_whatever_the_page_speaks():
    with translation.override("pl"):
        found, area = route(ward="E05001302"), route(area="dudley")
    assert found.basis == f"chosen ward -> {found.ward.name}, Walsall"
    assert area.basis == "chosen area -> Dudley"
