"""Logs as JSON lines: time, level, route pattern, status; never a path, query, address or text of a concern."""

import json
import logging
import traceback
from datetime import UTC, datetime


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
