"""Hostile input ends in 400, 404 or 413, never in an error page; headers are safe on every page."""

import json
import logging
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from policing_portal import wsgi
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
    sources = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert sources["style-src"] == "'self' 'unsafe-inline'"
    assert [name for name, allowed in sources.items() if "unsafe" in allowed] == ["style-src"]
    assert sources["script-src"] == "'self'"


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


@pytest.mark.parametrize(
    "page", ["/", "/areas/", "/track/", "/healthz", "/dashboard/", "/admin/", "/accounts/login/", "/nothing/"]
)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
def test_a_method_that_no_page_takes_is_405_and_not_a_form_without_its_key(client, db, page, method):
    answer = client.generic(method, page)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, POST")
    assert b"can't be opened in that way" in answer.content


@pytest.mark.parametrize("page", ["/report/language/", "/track/language/"])
def test_whoever_opens_an_address_of_forms_alone_reads_what_to_do(client, db, page):
    answer = client.get(page)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert b"Nothing was changed." in answer.content and b"999" in answer.content


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


@pytest.mark.parametrize("page", ["/api/v1/concerns/", "/track/"])
def test_a_body_without_its_length_is_refused_rather_than_read_as_empty(client, db, page):
    answer = client.generic(
        "POST", page, b"", "application/json", headers={"Transfer-Encoding": "chunked"}, CONTENT_LENGTH=""
    )
    assert answer.status_code == 400
    assert ("Content-Length" in answer.content.decode()) == page.startswith("/api/")


def served(page, charset):
    """The status with which the WSGI server's own door answers: Django's test client comes in behind it.

    Like the test client it keeps the end of a request from closing the connection in which the test's transaction lives.
    """
    environ = {"PATH_INFO": page, "QUERY_STRING": "q=%ff", "CONTENT_TYPE": f"text/plain; charset={charset}"}
    setup_testing_defaults(environ)
    answered = []
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        wsgi.application(environ, lambda status, headers: answered.append(status)).close()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return answered[0][:3]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("charset", ["hex", '"rot13"', "utf-16", "no-such"])
def test_other_charsets_are_400(db, page, charset):
    assert served(page, charset) == "400"


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "us-ascii"])
def test_our_own_charset_may_be_named(db, charset):
    assert served("/privacy/", charset) == "200"


def test_foreign_hosts_are_refused_and_not_written_down(client, db, capfd):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert "evil" not in "".join(capfd.readouterr())


def test_signed_in_pages_stay_out_of_caches(signed_in, walsall_commander):
    assert "no-store" in signed_in(walsall_commander).get("/dashboard/")["Cache-Control"]


def test_logs_hold_the_route_and_no_path(rf, caplog):
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Error at /track/secret", None, None)
    record.request, record.status_code = rf.get("/track/secret?postcode=WS3+2PD"), 500
    RouteOnly().filter(record)
    line = JsonFormatter().format(record)
    assert json.loads(line)["status"] == 500
    assert "secret" not in line and "WS3" not in line


def test_logs_say_where_it_failed_and_not_with_what():
    phone, email = "07700 " + "900123", "@".join(["pat", "example.org"])
    try:
        try:
            int(phone)
        except ValueError as cause:
            raise LookupError(email) from cause
    except LookupError as error:
        record = logging.LogRecord("portal", logging.ERROR, "", 0, "It failed", None, (type(error), error, None))
    line = JsonFormatter().format(record)
    failed = json.loads(line)["exception"]
    assert [part.split(":")[0] for part in failed.splitlines() if part[0] != " "] == ["ValueError", "LookupError"]
    assert "test_security.py" in failed and phone not in failed and email not in failed
