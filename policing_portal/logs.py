"""Logs as JSON lines: time, level, route pattern, status; never a path, query, address or text of a concern."""

import json
import logging
import sys
import time
import traceback
import uuid
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def one_line_a_request(get_response):
    """Give each request its number, and write one line when it is answered; static files pass unnoticed.

    The line is put together by hand and written at once: everything in it comes from lists of our own, and every request
    pays for it.
    """
    static = settings.STATIC_URL

    def middleware(request):
        if request.path_info.startswith(static):
            return get_response(request)
        began, request.id = time.perf_counter(), uuid.uuid4().hex[:12]
        response = get_response(request)
        response.headers["X-Request-ID"] = request.id
        if settings.ACCESS_LOG:
            sys.stderr.write(_line(request, response.status_code, time.perf_counter() - began))
        return response

    return middleware


def _line(request, status, seconds) -> str:
    match, now = request.resolver_match, time.time()
    # Who asked is written where the view wanted to know it: to ask here would read the session of every page.
    person = getattr(request, "_cached_user", None)
    return (
        f'{{"at": "{_second(int(now))}.{int(now * 1000) % 1000:03}Z", "logger": "portal.access", "id": "{request.id}", '
        f'"method": "{request.method if request.method in METHODS else "other"}", '
        f'"route": {_quoted(match.route if match else "")}, "status": {status}, "ms": {seconds * 1000:.1f}, '
        f'"actor": {(person and person.pk) or "null"}}}\n'
    )


@lru_cache(maxsize=4)
def _second(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=1000)
def _quoted(route: str) -> str:
    return json.dumps(route)


class RouteOnly(logging.Filter):
    """Keep requests out of the log but for their route pattern."""

    def filter(self, record):
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        record.route = getattr(match, "route", "") or ""
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line; line breaks in values stay escaped."""

    def format(self, record):
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "route": getattr(record, "route", ""),
        }
        if getattr(record, "request", None) is None:
            line["message"] = record.getMessage()
        else:
            line["status"] = getattr(record, "status_code", None)
        if record.exc_info:
            line["exception"] = where_it_failed(record.exc_info[1])
        return json.dumps(line)


def where_it_failed(error) -> str:
    """The kinds of error and the lines of code that led to `error`, the first cause first, without the errors' words.

    Those words may quote a row: "Key (email)=(...) already exists".
    """
    if error is None:
        return ""
    cause = error.__cause__ or error.__context__
    lines = "".join(traceback.format_tb(error.__traceback__))
    return f"{where_it_failed(cause)}{type(error).__name__}:\n{lines}"
