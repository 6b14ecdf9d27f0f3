"""The accessibility statement says what was really looked at: when, how many pages, by what, with what result."""

import json
from datetime import date
from pathlib import Path

import pytest

from policing_portal import views

from .test_intake import text_of

pytestmark = pytest.mark.django_db
CHECK = Path(views.__file__).with_name("accessibility.json")


def test_the_last_check_is_there_and_well_formed():
    found = json.loads(CHECK.read_text(encoding="utf-8"))
    assert set(found) == {"day", "pages", "widths", "standards", "faults", "programs", "looked_at"}
    assert date(2026, 1, 1) <= date.fromisoformat(found["day"]) <= date.today()
    assert found["pages"] == len(set(found["looked_at"])) >= 25
    assert (found["widths"], found["faults"] >= 0) == ([360, 768, 1280], True)
    assert [name.split()[0] for name in found["programs"]] == ["axe-core", "Chromium"]
    assert "wcag22aa" in found["standards"]


def test_the_statement_says_when_how_much_by_what_and_what_was_found(client, monkeypatch):
    check = json.loads(CHECK.read_text(encoding="utf-8")) | {"day": "2026-11-03", "pages": 41, "faults": 0}
    monkeypatch.setattr(views, "last_check", lambda: check)
    page = text_of(client.get("/accessibility/"))
    assert (
        "The last check was on 3 November 2026. The program looked at 41 pages, with a screen that is 360, 768, 1280"
        in page
    )
    assert "It found no fault. ( axe-core " in page or "It found no fault. (axe-core " in page


def test_faults_are_admitted(client, monkeypatch):
    check = json.loads(CHECK.read_text(encoding="utf-8")) | {"faults": 7}
    monkeypatch.setattr(views, "last_check", lambda: check)
    page = text_of(client.get("/accessibility/"))
    assert ("It found 7 faults." in page, "It found no fault" in page) == (True, False)
