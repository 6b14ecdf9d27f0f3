"""Hostile input ends in 400, 404 or 413, never in an error page; headers are safe on every page."""

import json
import logging

import pytest

from policing_portal.logs import JsonFormatter, RouteOnly

PAGES = [
    "/",
    "/areas/",
    "/areas/walsall/",
    "/hubs/",
    "/report/",
    "/track/",
    "/accounts/login/",
    "/privacy/",
    "/no-such/",
]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_carries_safe_headers(client, db, page):
    answer = client.get(page)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=(self)" in answer["Permissions-Policy"]


def test_only_the_admin_relaxes_styles_and_nothing_else(signed_in, staff_admin):
    policy = signed_in(staff_admin).get("/admin/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy and "script-src 'self';" in policy


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("hostile", ["%00", "a%00b", "%0d%0aSet-Cookie:x", "%1b[31m", "%ff%fe", "%ed%a0%80"])
def test_control_characters_in_path_or_query_end_in_words(client, db, page, hostile):
    assert client.get(f"{page}{hostile}/").status_code in (400, 404)
    assert client.get(f"{page}?postcode={hostile}&place={hostile}").status_code in (200, 302, 400, 404)


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "journey", "messages"])
def test_hostile_cookies_are_ignored(client, db, name):
    for page in PAGES:
        answer = client.get(page, headers={"Cookie": f'{name}="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\000bbb"'})
        assert answer.status_code in (200, 404)


@pytest.mark.parametrize("page", ["/report/", "/track/", "/accounts/login/"])
def test_hostile_forms_end_in_words(client, db, page):
    fields = {
        "login": "a\x00b",
        "password": "\x00",
        "reference": "\x00",
        "code": "\x00",
        "next": "\x00",
        "choice": "\x00",
    }
    assert client.post(page, fields).status_code in (200, 302, 303, 400, 403)
    assert client.post(page, b"\xff\xfe=%ff", "application/x-www-form-urlencoded").status_code in (
        200,
        302,
        303,
        400,
        403,
    )
    assert client.post(page, b"no parts", "multipart/form-data").status_code in (200, 400, 403)


def test_oversized_bodies_are_413(client, db):
    answer = client.post("/track/", b"x=" + b"a" * 300_000, "application/x-www-form-urlencoded")
    assert answer.status_code == 413
    answer = client.post("/api/v1/concerns/", b"{" + b" " * 300_000, "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/json")


def test_foreign_hosts_are_refused(client, db):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_signed_in_pages_stay_out_of_caches(signed_in, walsall_commander):
    assert "no-store" in signed_in(walsall_commander).get("/dashboard/")["Cache-Control"]


def test_logs_hold_the_route_and_no_path(rf, caplog):
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Error at /track/secret", None, None)
    record.request, record.status_code = rf.get("/track/secret?postcode=WS3+2PD"), 500
    RouteOnly().filter(record)
    line = JsonFormatter().format(record)
    assert json.loads(line)["status"] == 500
    assert "secret" not in line and "WS3" not in line
