"""The force pack: its files agree with each other and with the open data they were counted from."""

import csv
import datetime
import json
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACK = ROOT / "areas" / "data" / "west_midlands"
SHARED = ROOT.parent / "shared" / "data"
FILES = {
    "areas",
    "bank_holidays",
    "categories",
    "channels",
    "departments",
    "force",
    "hubs",
    "languages",
    "mail_texts",
    "neighbours",
    "outside_forces",
    "partners",
    "ranks",
    "retention",
    "safety_rules",
    "signposts",
    "sources",
    "spans",
    "standard_texts",
    "targets",
    "team_kinds",
    "uk_postcode_areas",
    "wards",
}
WEST_MIDLANDS = ["birmingham", "coventry", "dudley", "sandwell", "solihull", "walsall", "wolverhampton"]
CHANGED_2026 = {"coventry": 18, "sandwell": 24, "solihull": 17, "walsall": 20}


def read(name):
    return json.loads((PACK / f"{name}.json").read_text(encoding="utf-8"))


def column(name, field):
    return [row[field] for row in read(name)]


def walk(value, key=""):
    """Yield (key, text) for every string in a nested JSON value."""
    if isinstance(value, dict):
        for inner_key, inner in value.items():
            yield inner_key, inner_key
            yield from walk(inner, inner_key)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, key)
    elif isinstance(value, str):
        yield key, value


def every_text():
    return [(name, key, text) for name in sorted(FILES) for key, text in walk(read(name))]


def shared_csv(path):
    if not (SHARED / path).exists():
        pytest.skip(f"{path} is not beside this checkout")
    with (SHARED / path).open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def test_pack_holds_these_files_and_no_other():
    assert {path.stem for path in PACK.glob("*.json")} == FILES


def test_readme_explains_every_file():
    readme = (PACK / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(FILES) if f"`{name}.json`" not in readme] == []


@pytest.mark.parametrize(
    ("name", "key", "count"),
    [
        ("areas", "slug", 7),
        ("wards", "code", 271),
        ("hubs", "slug", 18),
        ("categories", "code", 20),
        ("signposts", "code", 18),
        ("safety_rules", "code", 59),
        ("channels", "code", 19),
        ("team_kinds", "code", 5),
        ("targets", "code", 1),
        ("departments", "code", 7),
        ("ranks", "code", 11),
        ("neighbours", "lad_code", 21),
        ("languages", "code", 7),
    ],
)
def test_pack_counts_and_keys_are_unique(name, key, count):
    keys = column(name, key)
    assert (len(keys), len(set(keys))) == (count, count)


def test_areas_are_the_seven_in_order():
    assert column("areas", "slug") == WEST_MIDLANDS
    assert column("areas", "gss_code") == [f"E080000{number}" for number in range(25, 32)]


@pytest.mark.parametrize(
    "name",
    ["areas", "categories", "channels", "departments", "hubs", "languages", "signposts", "team_kinds"],
)
def test_order_runs_from_one(name):
    orders = column(name, "order")
    assert orders == list(range(1, len(orders) + 1))


def test_wards_count_by_area_and_edition():
    wards = read("wards")
    known = Counter(ward["area"] for ward in wards if ward["known_2025"])
    new = Counter(ward["area"] for ward in wards if not ward["known_2025"])
    assert known == {
        "birmingham": 69,
        "coventry": 18,
        "dudley": 24,
        "sandwell": 24,
        "solihull": 17,
        "walsall": 20,
        "wolverhampton": 20,
    }
    assert new == CHANGED_2026
    ended = Counter(ward["area"] for ward in wards if ward["in_force_until"])
    assert ended == CHANGED_2026
    assert [w for w in wards if w["in_force_until"] and not w["known_2025"]] == []


def test_wards_cover_each_area_once_on_any_day():
    wards = read("wards")
    for day in ("2025-11-01", "2026-05-06", "2026-05-07", "2026-11-22"):
        live = Counter(w["area"] for w in wards if w["in_force_from"] <= day <= (w["in_force_until"] or "9999-12-31"))
        assert (day, sum(live.values()), set(live)) == (day, 192, set(WEST_MIDLANDS))


def test_wards_known_in_2025_have_a_point():
    without = [w for w in read("wards") if w["lat"] is None or w["lon"] is None]
    assert len(without) == 21
    assert [w["code"] for w in without if w["known_2025"]] == []
    placed = [w for w in read("wards") if w["lat"] is not None]
    assert [w["code"] for w in placed if not (52.3 < w["lat"] < 52.7 and -2.3 < w["lon"] < -1.4)] == []


def test_wards_have_localities_and_codes():
    wards = read("wards")
    assert [w["code"] for w in wards if not re.fullmatch(r"E05\d{6}", w["code"])] == []
    assert [w["code"] for w in wards if not w["localities"]] == []


def test_wards_known_in_2025_equal_the_official_list():
    official = {r["ward_code"]: r["lad_code"] for r in shared_csv("boundaries/wards_2025.csv")}
    gss = {area["slug"]: area["gss_code"] for area in read("areas")}
    assert {w["code"]: gss[w["area"]] for w in read("wards") if w["known_2025"]} == official


def test_dates_are_dates():
    dates = [
        text
        for _name, key, text in every_text()
        if key in {"checked_on", "in_force_from", "in_force_until", "model_start"} and text != key
    ]
    dates += column("bank_holidays", "date")
    assert [text for text in dates if datetime.date.fromisoformat(text).isoformat() != text] == []


@pytest.mark.parametrize(
    ("name", "field", "target", "key"),
    [
        ("wards", "area", "areas", "slug"),
        ("hubs", "area", "areas", "slug"),
        ("partners", "area", "areas", "slug"),
        ("categories", "signposts", "signposts", "code"),
        ("categories", "team_kind", "team_kinds", "code"),
        ("categories", "second_team_kind", "team_kinds", "code"),
        ("categories", "department", "departments", "code"),
        ("hubs", "sources", "sources", "code"),
        ("channels", "sources", "sources", "code"),
        ("signposts", "sources", "sources", "code"),
        ("team_kinds", "sources", "sources", "code"),
        ("targets", "team_kind", "team_kinds", "code"),
        ("targets", "sources", "sources", "code"),
        ("categories", "partner", "partners", "kind"),
    ],
)
def test_references_resolve(name, field, target, key):
    known = set(column(target, key)) | {None}
    found = [value if isinstance(value, list) else [value] for value in column(name, field)]
    assert {code for codes in found for code in codes} - known == set()


def test_force_references_resolve():
    force = read("force")
    assert force["complaints_department"] in column("departments", "code")
    assert set(force["sources"]) - set(column("sources", "code")) == set()
    assert set(force["postcode_areas"]) - set(read("uk_postcode_areas")) == set()


def test_every_area_has_its_council_as_partner():
    councils = {p["area"]: p["url"] for p in read("partners") if p["kind"] == "council"}
    assert councils == {area["slug"]: area["council_url"] for area in read("areas")}


def test_categories_have_somebody_to_handle_them():
    nobody = [c["code"] for c in read("categories") if not (c["team_kind"] or c["department"] or c["partner"])]
    assert nobody == []
    assert {c["response_hours"] for c in read("categories")} == {read("force")["response_hours"]}


def test_sensitive_categories_are_drugs_neighbours_and_worries_about_crime():
    assert [c["code"] for c in read("categories") if c["sensitive"]] == [
        "asb-neighbour",
        "asb-drugs",
        "crime-burglary",
        "crime-robbery",
        "crime-vehicle",
        "business-crime",
        "safe-public",
    ]


def test_exit_this_page_belongs_to_abuse_hate_and_despair():
    assert [s["code"] for s in read("signposts") if s["exit_page"]] == [
        "domestic-abuse",
        "sexual-offence",
        "child-risk",
        "adult-risk",
        "hate-crime",
        "despair",
    ]
    assert [s["code"] for s in read("signposts") if s["exit_page"] and not s["sensitive"]] == []


def test_signposts_lead_somewhere_and_use_known_modes():
    signposts = read("signposts")
    assert {s["mode"] for s in signposts} == {"block", "block-if-specific", "offer", "offer-and-log"}
    shown = {s["code"]: [p for p in s["phones"] if p["shown"]] + s["links"] for s in signposts}
    assert [code for code, ways in shown.items() if not ways] == []


def test_unconfirmed_numbers_are_not_shown():
    phones = [phone for s in read("signposts") for phone in s["phones"]] + read("channels")
    assert [p for p in phones if p["confidence"] == "low" and p["shown"]] == []
    assert len([p for p in phones if not p["shown"]]) == 7


def test_phone_numbers_look_like_phone_numbers():
    numbers = [phone["number"] for s in read("signposts") for phone in s["phones"]]
    numbers += column("areas", "phone") + column("neighbours", "phone")
    force = read("force")
    numbers += [force[key] for key in force if "phone" in key]
    short = {"999", "101", "116 123", "18000", "18001 101", "61016"}
    freephone = re.compile(r"0(?:[38]00|80)[\d ]{5,10}")
    assert [n for n in numbers if n not in short and not freephone.fullmatch(n)] == []


def test_email_addresses_are_placeholders():
    found = {word for _n, _k, text in every_text() for word in re.findall(r"\S+@\S+", text)}
    assert {address.rpartition("@")[2] for address in found} == {"example.org"}
    assert set(column("areas", "email")) < found


def test_no_field_names_a_person():
    keys = {key for _name, key, _text in every_text()}
    people = {"person", "people", "officer", "commander", "chief_constable", "sergeant", "surname", "first_name"}
    assert keys & people == set()


def test_no_title_of_rank_stands_before_a_name():
    # "Chief Superintendent Jo Bloggs" and the like; team and rank names alone are not followed by one
    ranks = sorted((r[key] for r in read("ranks") for key in ("name", "short")), key=len, reverse=True)
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, ranks)) + r") [A-Z][a-z]+ [A-Z][a-z]+")
    assert pattern.search("Chief Superintendent Jo Bloggs")
    assert [text for _n, _k, text in every_text() if pattern.search(text)] == []


def test_links_are_https_outside_the_sources():
    links = [t for name, key, t in every_text() if t and "url" in key and t != key and name != "sources"]
    assert [link for link in links if not re.fullmatch(r"https://[\w.-]+(/\S*)?", link)] == []


def test_sectors_name_known_areas_only():
    assert set(read("spans")["sectors"].values()) == {*WEST_MIDLANDS, "outside", "straddles"}


def test_sectors_and_districts_agree():
    spans = read("spans")
    clashes = []
    for sector, where in spans["sectors"].items():
        district = spans["districts"][sector.split()[0]]
        fits = {
            "outside": district["outside"],
            "straddles": len(district["areas"]) + district["outside"] > 1,
        }.get(where, where in district["areas"])
        if not fits:
            clashes.append(sector)
    assert clashes == []


def test_districts_touch_known_areas():
    districts = read("spans")["districts"]
    assert {area for d in districts.values() for area in d["areas"]} == set(WEST_MIDLANDS)
    assert [code for code, d in districts.items() if not d["areas"] and not d["outside"]] == []
    assert len([d for d in districts.values() if d["areas"]]) == 102


def test_districts_lie_in_the_postcode_areas_of_the_force():
    letters = {re.match("[A-Z]+", code).group() for code in read("spans")["districts"]}
    assert letters == set(read("force")["postcode_areas"])


def test_sectors_equal_the_counted_spans():
    gss = {area["gss_code"]: area["slug"] for area in read("areas")}
    counted = {
        r["sector"]: "straddles" if r["classes"] != "1" else gss.get(r["top_label"], "outside")
        for r in shared_csv("postcodes/sector_spans.csv")
    }
    assert read("spans")["sectors"] == counted


def test_districts_equal_the_counted_spans():
    counted = {
        r["outward"]: (int(r["boroughs"]), r["outside"] != "0") for r in shared_csv("postcodes/outward_spans.csv")
    }
    assert {k: (len(d["areas"]), d["outside"]) for k, d in read("spans")["districts"].items()} == counted


def test_certain_sectors_are_never_wrong_on_real_postcodes():
    gss = {area["gss_code"]: area["slug"] for area in read("areas")}
    sectors = read("spans")["sectors"]
    rows = shared_csv("postcodes/truth.csv")
    wrong = [
        row["postcode"]
        for row in rows
        if sectors.get(row["sector"], "straddles") not in {"straddles", gss.get(row["lad_code"], "outside")}
    ]
    assert (len(rows), wrong) == (1300, [])


def test_other_forces_on_real_postcodes_are_right():
    names = {n["lad_code"]: n["lad_name"] for n in read("neighbours")}
    forces = {n["lad_code"]: n["force"] for n in read("neighbours")}
    outside = read("outside_forces")
    rows = [row for row in shared_csv("postcodes/truth.csv") if row["in_force"] == "0"]
    assert [r["postcode"] for r in rows if names[r["lad_code"]] != r["lad_name"]] == []
    told = [(r, outside["sectors"].get(r["sector"])) for r in rows]
    told += [(r, outside["districts"].get(r["outward"])) for r in rows]
    assert [r["postcode"] for r, force in told if force not in {None, forces[r["lad_code"]]}] == []


def test_outside_forces_stand_only_where_all_is_outside():
    spans, outside = read("spans"), read("outside_forces")
    assert {spans["sectors"][sector] for sector in outside["sectors"]} == {"outside"}
    assert [code for code in outside["districts"] if spans["districts"][code]["areas"]] == []
    assert {f for part in outside.values() for f in part.values()} <= set(column("neighbours", "force"))


def test_postcode_areas_are_the_124():
    areas = read("uk_postcode_areas")
    assert (len(areas), areas) == (124, sorted(set(areas)))
    assert {"ZZ", "QQ", "XX"} & set(areas) == set()


def test_hubs_show_how_old_their_facts_are():
    hubs = read("hubs")
    assert {h["slug"]: h["checked_on"] for h in hubs if h["checked_on"]} == {"sutton-coldfield": "2025-07-22"}
    assert [h["slug"] for h in hubs if not 2015 <= h["source_year"] <= 2026] == []
    assert [h["slug"] for h in hubs if not h["status_note"]] == []
    # Nobody has checked how to get in: unknown is said, never guessed.
    assert {(h["step_free"], h["hearing_loop"], tuple(h["languages"]), h["access_note"]) for h in hubs} == {
        (None, None, (), "")
    }
    assert {h["area"] for h in hubs} == set(WEST_MIDLANDS)


def test_hub_hours_belong_to_front_counters():
    hubs = read("hubs")
    assert [h["slug"] for h in hubs if h["hours"] and not h["front_counter"]] == []
    assert [h["slug"] for h in hubs if h["hours"] == "24h"] == ["lloyd-house"]
    usual = [{"weekdays": "0-6", "opens": "08:00", "closes": "22:00"}]
    assert [h["slug"] for h in hubs if h["hours"] not in ("24h", usual, [])] == []


def test_hub_postcodes_lie_in_their_own_area():
    sectors = read("spans")["sectors"]
    placed = {h["slug"]: (h["area"], h["postcode"][:-2]) for h in read("hubs") if h["postcode"]}
    assert len(placed) == 9
    assert [s for s, (area, sector) in placed.items() if sectors[sector] not in (area, "straddles")] == []


def test_texts_fit_their_columns():
    limits = {"use": 200, "when": 200, "title": 120, "hint": 200, "status_note": 300, "hours_note": 200, "address": 200}
    limits |= {"not_watched_notice": 300, "guarantee": 300, "independent": 300, "public_description": 300, "role": 300}
    limits |= {"name": 100, "value": 100, "url": 200}
    too_long = [(n, k) for n, k, t in every_text() if len(t) > limits.get(k, 1000) and n != "sources"]
    assert too_long == []


def test_public_words_are_the_house_words():
    banned = re.compile(r"\b(submit|ticket|user|invalid|click)\w*", re.IGNORECASE)
    texts = [(n, t) for n, k, t in every_text() if n != "sources" and t != k]
    assert [(n, t) for n, t in texts if banned.search(t)] == []
