"""`manage.py prepare`: from an empty machine to a portal worth opening, and again without a change."""

import io
import os

import pytest
from django.core.management import call_command

from areas.models import Edition, Force
from policing_portal.management.commands.prepare import newest

pytestmark = pytest.mark.slow


@pytest.fixture
def prepare(db, settings, tmp_path):
    """Runs `prepare` without the demo, on an own empty DATA_DIR; returns what it said."""
    settings.PRODUCTION = True
    settings.DATA_DIR = tmp_path

    def run():
        said = io.StringIO()
        call_command("prepare", stdout=said, stderr=said)
        return said.getvalue()

    return run


def test_prepare_says_in_one_line_each_how_to_get_the_data(prepare, tmp_path):
    how = "`make data` fetches it; the portal works without, and asks people for their ward or area."
    said = prepare().splitlines()
    assert [line for line in said if "make data" in line] == [
        f"No ward boundaries in {tmp_path}: {how}",
        f"No full postcodes in {tmp_path}: {how}",
    ]
    assert Force.objects.count() == 1


def test_prepare_goes_on_when_a_file_is_refused(prepare, tmp_path):
    (tmp_path / "boundaries").mkdir()
    broken = tmp_path / "boundaries" / "wards_2025.geojson"
    broken.write_text('{"type": "FeatureColl')
    assert f"{broken} was not loaded: " in prepare()
    assert Edition.objects.filter(kind=Edition.Kind.BOUNDARIES, state=Edition.State.ACTIVE).count() == 0


def test_newest_takes_the_file_that_changed_last_and_never_a_part(tmp_path):
    for age, name in enumerate(
        ["code_point_open.zip.part", "code_point_open.zip.json", "code_point_open.zip", "code_point_open"]
    ):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    assert newest(tmp_path, "code_point_open*") == tmp_path / "code_point_open.zip"
    assert newest(tmp_path / "missing", "*") is None
