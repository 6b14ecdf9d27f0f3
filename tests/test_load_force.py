"""The force pack becomes rows: once, whole, and without undoing what staff changed."""

import json
import re
import shutil

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Stamp
from areas.models import Area, Channel, Force, Neighbour, PostcodeSpan, Ward
from feedback.models import Category, Partner, Signpost
from hubs.models import BankHoliday, Department, Hub, OpeningHours, TeamKind

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PACK = "areas/data/west_midlands"


@pytest.fixture
def pack_copy(tmp_path):
    return shutil.copytree(PACK, tmp_path / "pack")


def edit(folder, name, change):
    path = folder / f"{name}.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def counts():
    models = (
        Force,
        Area,
        Ward,
        Channel,
        Neighbour,
        BankHoliday,
        TeamKind,
        Department,
        Hub,
        Signpost,
        Category,
        Partner,
    )
    return {model.__name__: model.objects.count() for model in models}


def test_the_whole_pack_becomes_rows():
    assert counts() == {
        "Force": 1,
        "Area": 7,
        "Ward": 271,
        "Channel": 18,
        "Neighbour": 21,
        "BankHoliday": 83,
        "TeamKind": 5,
        "Department": 7,
        "Hub": 18,
        "Signpost": 18,
        "Category": 20,
        "Partner": 9,
    }
    assert PostcodeSpan.objects.count() == 556 + 149 + 124


def test_with_nothing_loaded_the_wards_of_2025_are_in_use():
    wards = json.loads(open(f"{PACK}/wards.json", encoding="utf-8").read())
    assert set(Ward.objects.active().values_list("code", flat=True)) == {w["code"] for w in wards if w["known_2025"]}


def test_a_second_run_changes_nothing():
    before, stamp = counts(), Stamp.objects.get().value
    call_command("load_force", PACK, verbosity=0)
    assert (counts(), Stamp.objects.get().value) == (before, stamp)


def test_a_refresh_of_an_unchanged_pack_changes_no_row(capsys):
    call_command("load_force", PACK, "--refresh")
    assert capsys.readouterr().out == "Force pack West Midlands Police: 0 rows added, 0 changed.\n"


def test_what_staff_changed_stays_until_a_refresh():
    Area.objects.filter(slug="walsall").update(email="commander@walsall.example.org")
    call_command("load_force", PACK, verbosity=0)
    assert Area.objects.get(slug="walsall").email == "commander@walsall.example.org"
    call_command("load_force", PACK, "--refresh", verbosity=0)
    assert Area.objects.get(slug="walsall").email == "walsall@example.org"


def test_a_missing_row_is_added_again():
    Channel.objects.filter(code="non-emergency").delete()
    call_command("load_force", PACK, verbosity=0)
    assert Channel.objects.get(code="non-emergency").value == "101"


def test_a_refresh_leaves_the_wards_in_use_alone():
    Ward.objects.filter(code="E05014857").update(active=False)
    call_command("load_force", PACK, "--refresh", verbosity=0)
    assert Ward.objects.get(code="E05014857").active is False


def test_numbers_that_nobody_confirmed_are_not_stored():
    numbers = {phone["number"] for signpost in Signpost.objects.all() for phone in signpost.phones}
    assert "0808 800 0028" not in numbers
    assert {key for signpost in Signpost.objects.all() for phone in signpost.phones for key in phone} == {
        "label",
        "number",
        "note",
    }


def test_hubs_have_their_hours():
    lloyd, bloxwich = Hub.objects.get(slug="lloyd-house"), Hub.objects.get(slug="bloxwich")
    assert (lloyd.always_open, lloyd.opening_hours.count()) == (True, 0)
    assert (bloxwich.always_open, bloxwich.opening_hours.count()) == (False, 7)
    assert str(OpeningHours.objects.filter(hub=bloxwich).first()) == "Monday 08:00-22:00"


def test_shapes_of_the_pack_become_those_of_the_models():
    assert Force.objects.get().postcode_areas == "B CV DY WS WV"
    assert Hub.objects.get(slug="oldbury-custody").custody_only is True
    assert Department.objects.get(takes_complaints=True).code == "professional-standards"
    assert "\n" in Ward.objects.get(code="E05011118").localities
    assert Ward.objects.get(code="E05011118").locality_names == ["Acocks Green", "Fox Hollies", "Stockfield"]


def spans(code):
    span = PostcodeSpan.objects.get(code=code)
    return span.reach, sorted(area.slug for area in span.areas.all()), span.force


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("WS3 1", ("inside", ["walsall"], "")),
        ("WS3 2", ("straddles", ["walsall"], "")),
        ("B46 1", ("outside", [], "Warwickshire Police")),
        ("WS14", ("outside", [], "Staffordshire Police")),
        ("WS10", ("straddles", ["sandwell", "walsall"], "")),
        ("M", ("outside", [], "")),
        ("WS", ("straddles", ["sandwell", "walsall"], "")),
    ],
)
def test_spans_say_what_is_known(code, expected):
    assert spans(code) == expected


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("hubs", lambda rows: rows[3].pop("address"), r"hubs\.json, entry sutton-coldfield: 'address' is missing"),
        (
            "hubs",
            lambda rows: rows[0].update(area="wasall"),
            r"hubs\.json, entry lloyd-house: there is no area “wasall”",
        ),
        ("areas", lambda rows: rows[5].update(email="none"), r"areas\.json, entry walsall: email: Enter a valid email"),
        (
            "wards",
            lambda rows: rows[1].update(code=rows[0]["code"]),
            r"wards\.json, entry E05011118: it is there twice",
        ),
        (
            "categories",
            lambda rows: rows[0].update(signposts=["nowhere"]),
            r"categories\.json, .* no signpost “nowhere”",
        ),
        (
            "signposts",
            lambda rows: rows[0].update(mode="shout"),
            r"signposts\.json, entry emergency: mode: Value 'shout'",
        ),
        ("hubs", lambda rows: rows[1]["hours"][0].update(weekdays="all"), r"hubs\.json, entry bournville-lane: "),
        (
            "bank_holidays",
            lambda rows: rows[0].update(date="Monday"),
            r"bank_holidays\.json, entry Monday: date: “Monday”",
        ),
    ],
)
def test_a_wrong_pack_is_refused_with_file_and_entry(pack_copy, name, change, why):
    before = counts()
    edit(pack_copy, name, change)
    Channel.objects.filter(code="non-emergency").delete()
    with pytest.raises(CommandError, match=why):
        call_command("load_force", str(pack_copy), verbosity=0)
    assert counts() == before | {"Channel": before["Channel"] - 1}


def test_a_file_that_is_missing_or_cut_is_refused(pack_copy):
    (pack_copy / "hubs.json").write_text('[{"slug": ')
    with pytest.raises(CommandError, match=r"hubs\.json is not JSON"):
        call_command("load_force", str(pack_copy), verbosity=0)
    (pack_copy / "hubs.json").unlink()
    with pytest.raises(CommandError, match=r"hubs\.json can't be read: No such file"):
        call_command("load_force", str(pack_copy), verbosity=0)


def test_a_second_force_needs_a_database_of_its_own(pack_copy):
    edit(pack_copy, "force", lambda force: force.update(slug="elsewhere", name="Elsewhere Police"))
    with pytest.raises(CommandError, match="This portal holds West Midlands Police; a pack of Elsewhere Police"):
        call_command("load_force", str(pack_copy), verbosity=0)


def test_no_name_of_the_force_stands_in_the_commands():
    text = open("policing_portal/management/commands/load_force.py", encoding="utf-8").read()
    assert re.findall(r"West Midlands|WMP|Walsall", text) == []
