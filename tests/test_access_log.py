"""One line a request: what it says, what it can't say, and that nobody writes into it."""

import json
import time

import pytest

from policing_portal import logs

FIELDS = ["at", "logger", "id", "method", "route", "status", "ms", "actor"]


@pytest.fixture
def lines(capsys):
    """What the access log has written since it was asked last."""
    return lambda: [line for line in capsys.readouterr().err.splitlines() if "portal.access" in line]


def only(lines):
    (line,) = lines()
    return json.loads(line)


def test_a_line_names_the_route_and_not_the_path(client, walsall_commander, make_concern, walsall, lines):
    concern = make_concern(walsall)
    client.force_login(walsall_commander)
    answer = client.get(f"/dashboard/concerns/{concern.reference}/?postcode=WS3+2PD", REMOTE_ADDR="192.0.2.7")
    (text,) = lines()
    line = json.loads(text)
    assert list(line) == FIELDS
    assert (line["method"], line["route"], line["status"]) == ("GET", "dashboard/concerns/<str:reference>/", 200)
    assert (line["actor"], line["id"]) == (walsall_commander.pk, answer["X-Request-ID"])
    assert line["at"].endswith("Z") and 0 < line["ms"] < 60_000
    assert not [word for word in (concern.reference, "WS3", "192.0.2") if word in text]


def test_the_public_is_nobody(client, db, lines):
    client.get("/areas/walsall/")
    line = only(lines)
    assert (line["actor"], line["route"]) == (None, "areas/<slug:slug>/")


def test_reading_pages_touch_no_session_for_it(client, db, lines):
    assert not client.get("/areas/").cookies
    assert only(lines)["actor"] is None


def test_static_files_are_not_written_down(client, db, lines):
    client.get("/static/build/portal.css")
    client.get("/areas/")
    assert only(lines)["route"] == "areas/"


@pytest.mark.parametrize("path", ['/no-such/"},{"x": 1}/', "/%0a%1b[31m/", "/areas/%22%0d%0a/", "/?q=%00"])
def test_nobody_writes_into_it(client, db, lines, path):
    client.get(path, HTTP_USER_AGENT='"}\n{"forged": 1}', HTTP_REFERER="\x1b[31m")
    line = only(lines)
    assert (line["status"] in (400, 404), line["route"].isprintable(), "forged" in str(line)) == (True, True, False)


def test_made_up_methods_are_others(rf, db, lines):
    request = rf.generic("TRACE\n", "/")
    request.id, request.resolver_match = "0" * 12, None
    assert json.loads(logs._line(request, 405, 0.001))["method"] == "other"


@pytest.mark.parametrize("path", ["/no-such/", "/report/?q=%00"])
def test_an_error_page_carries_the_number_of_its_line(client, db, lines, path):
    answer = client.get(path)
    number = only(lines)["id"]
    assert answer["X-Request-ID"] == number
    assert number in answer.content.decode()


def test_refused_before_any_view_it_is_written_down_too(client, db, lines):
    client.post("/track/", b"x=" + b"a" * 300_000, "application/x-www-form-urlencoded")
    line = only(lines)
    assert (line["status"], line["route"]) == (413, "")


def test_it_can_be_switched_off(client, db, lines, settings):
    settings.ACCESS_LOG = False
    assert len(client.get("/healthz")["X-Request-ID"]) == 12
    assert lines() == []


@pytest.mark.slow
def test_it_costs_a_request_little(rf):
    request = rf.get("/")
    request.id, request.resolver_match = "0" * 12, None
    best = min(_seconds(request) for _round in range(20))
    assert best < 20e-6


def _seconds(request, times=200):
    began = time.perf_counter()
    for _time in range(times):
        logs._line(request, 200, 0.01)
    return (time.perf_counter() - began) / times
