"""A force's rows become a pack again, and the pack becomes the same rows."""

import json
import os
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from areas.models import Area, Channel, Force, Language, PostcodeSpan, Ward
from feedback.models import Category, MailText, Signpost
from hubs.models import Department, Hub, OpeningHours
from policing_portal.management.commands import dump_force
from policing_portal.management.commands.load_force import SHEETS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # loads and writes a whole force
PACK = Path("areas/data/west_midlands")


def dump(folder, **options):
    """The pack of the rows, a text a file."""
    call_command("dump_force", str(folder), verbosity=0, **options)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def empty_tables():
    Ward.objects.update(successor=None)
    for sheet in reversed(SHEETS):
        sheet.model._default_manager.all().delete()


def rows():
    """All that a pack holds, as values: keys that the database gave are left out."""
    facts = {sheet.name: [told(row) for row in sheet.model._default_manager.order_by(sheet.key)] for sheet in SHEETS}
    hours = OpeningHours.objects.values_list("hub__slug", "weekday", "opens", "closes")
    spans = PostcodeSpan.areas.through.objects.values_list("postcodespan", "area__slug")
    signposts = Category.signposts.through.objects.values_list("category__code", "signpost__code")
    hung = {"hours": sorted(hours), "span areas": sorted(spans), "category signposts": sorted(signposts)}
    return facts | hung


def told(row):
    return {field.name: str(getattr(row, field.name)) for field in row._meta.concrete_fields if field.name != "id"}


def test_a_pack_makes_the_round_trip_byte_for_byte(tmp_path):
    before, first = rows(), dump(tmp_path / "first")
    empty_tables()
    call_command("load_force", str(tmp_path / "first"), verbosity=0)
    assert rows() == before
    assert dump(tmp_path / "second") == first


def test_what_staff_changed_makes_the_round_trip(tmp_path):
    Category.objects.filter(code="asb-street").update(in_use=False, hint="“Drink” in the park")
    Hub.objects.filter(slug="bloxwich").update(services="Lost property\r\nCycle marking", step_free=True)
    Hub.objects.get(slug="bloxwich").opening_hours.filter(weekday=6).delete()
    Area.objects.filter(slug="walsall").update(phone="01632 960100", lat=None, lon=None)
    Channel.objects.filter(code="non-emergency").update(shown=False)
    Ward.objects.filter(code="E05011118").update(active=False, localities="")
    Signpost.objects.filter(code="emergency").update(phones=[{"label": "Emergency", "number": "999"}])
    Department.objects.update(takes_complaints=False)
    hub, old, new = Hub.objects.get(slug="bloxwich"), *Ward.objects.filter(area__slug="walsall").order_by("-code")[:2]
    for date, opens, closes, reason in (
        ("2026-12-24", "08:00", "12:00", "Christmas Eve"),
        ("2026-12-31", None, None, ""),
    ):
        hub.hours_exceptions.create(date=date, opens=opens, closes=closes, reason=reason)
    carried = {"successor": new, "successor_share": 97, "carried_at": datetime(2026, 5, 7, 6, tzinfo=UTC)}
    Ward.objects.filter(pk=old.pk).update(**carried)
    words = {"name": "receipt_reporter", "subject": "Thank you", "text": "We have it.\nYou hear by {{ due }}."}
    MailText.objects.create(**words)
    first = dump(tmp_path / "first")
    empty_tables()
    call_command("load_force", str(tmp_path / "first"), verbosity=0)
    assert MailText.objects.values(*words).get() == words
    street, bloxwich, walsall = (
        Category.objects.get(code="asb-street"),
        Hub.objects.get(slug="bloxwich"),
        Area.objects.get(slug="walsall"),
    )
    assert (street.in_use, street.hint) == (False, "“Drink” in the park")
    assert (bloxwich.service_names, bloxwich.step_free) == (["Lost property", "Cycle marking"], True)
    assert sorted(bloxwich.opening_hours.values_list("weekday", flat=True)) == [0, 1, 2, 3, 4, 5]
    assert (walsall.phone, walsall.lat) == ("01632 960100", None)
    assert Channel.objects.get(code="non-emergency").shown is False
    assert Ward.objects.get(code="E05011118").active is False
    assert Department.objects.filter(takes_complaints=True).count() == 0
    assert list(bloxwich.hours_exceptions.order_by("date").values_list("reason", "opens")) == [
        ("Christmas Eve", time(8)), ("", None),
    ]  # fmt: skip
    again = Ward.objects.get(pk=old.pk)
    assert {name: getattr(again, name) for name in carried} == carried
    assert dump(tmp_path / "second") == first


def test_a_refresh_leaves_a_retired_category_where_the_pack_does_not_say():
    Category.objects.filter(code="asb-street").update(in_use=False)
    call_command("load_force", "areas/data/west_midlands", "--refresh", verbosity=0)
    assert Category.objects.get(code="asb-street").in_use is False


def test_nobody_is_named_in_a_dump(tmp_path, walsall_commander, walsall_officer):
    Hub.objects.update(checked_by=walsall_commander, checked_on="2026-11-01")
    Language.objects.filter(code="ur").update(reviewed_by="Demo Reader, Force Contact", reviewed_on="2026-11-01")
    texts = "".join(dump(tmp_path / "pack").values())
    people = (walsall_commander, walsall_officer)
    words = [word for person in people for word in (person.name, person.email)] + ["Demo Reader"]
    assert [word for word in words if word in texts] == []
    assert json.loads((tmp_path / "pack/languages.json").read_text())[0]["reviewed_on"] is None


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("Ours.")
    with pytest.raises(CommandError, match="is not empty. Choose a new folder, or say --overwrite."):
        dump(tmp_path)
    assert os.listdir(tmp_path) == ["README.md"]


def test_overwrite_replaces_the_pack_and_nothing_else(tmp_path):
    (tmp_path / "README.md").write_text("Ours.")
    (tmp_path / "force.json").write_text("{}")
    texts = dump(tmp_path, overwrite=True)
    assert texts["README.md"] == "Ours." and json.loads(texts["force.json"])["slug"] == "west-midlands"
    assert dump(tmp_path, overwrite=True) == texts


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "pack").write_text("a file")
    with pytest.raises(CommandError, match="pack can't be written: Not a directory. There is no new pack in it."):
        dump(tmp_path / "pack")
    with pytest.raises(CommandError, match="below can't be written: Not a directory."):
        dump(tmp_path / "pack/below")


def test_a_disk_that_fills_leaves_no_half_pack(tmp_path, monkeypatch):
    write = Path.write_text

    def full(path, *args, **kwargs):
        if path.name == "hubs.json":
            raise OSError(28, "No space left on device")
        return write(path, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    (tmp_path / "old").mkdir()
    write(tmp_path / "old/areas.json", "[]")
    for folder in (tmp_path / "new", tmp_path / "old"):
        with pytest.raises(CommandError, match="can't be written: No space left on device"):
            dump(folder, overwrite=True)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["old", "old/areas.json"]
    assert (tmp_path / "old/areas.json").read_text() == "[]"


def test_two_departments_that_take_complaints_are_refused(tmp_path):
    Department.objects.filter(code="force-cid").update(takes_complaints=True)
    with pytest.raises(CommandError, match="More than one department takes complaints: force-cid, professional-stand"):
        dump(tmp_path / "pack")
    assert not (tmp_path / "pack").exists()


def test_without_a_force_there_is_nothing_to_dump(tmp_path):
    Force.objects.all().delete()
    with pytest.raises(CommandError, match="There is no force in this database. Load a force pack first."):
        dump(tmp_path / "pack")


def test_each_file_that_load_force_reads_is_dumped():
    names = {name for name, _facts in dump_force.files()}
    assert names == {sheet.name for sheet in SHEETS} | {"outside_forces", "uk_postcode_areas"}


def test_a_dump_says_nothing_under_a_name_that_the_shipped_pack_does_not_know(tmp_path):
    dump(tmp_path / "pack")
    unknown = {path.stem: names(path) - names(PACK / path.name) for path in (tmp_path / "pack").iterdir()}
    assert {file: found for file, found in unknown.items() if found} == {"categories": {"in_use"}}


def names(path):
    """The keys of the entries of one file."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    return {
        name for entry in ([facts] if isinstance(facts, dict) else facts) if isinstance(entry, dict) for name in entry
    }
