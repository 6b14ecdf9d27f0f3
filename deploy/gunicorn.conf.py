"""gunicorn for the portal, sized by WEB_WORKERS and WEB_THREADS; `manage.py serve` starts it."""

import json
import os
import sys

from gunicorn import util
from gunicorn.glogging import Logger


class QuietLogger(Logger):
    """gunicorn's log without visitors' addresses or the paths they asked for."""

    def warning(self, msg, *args, **kwargs):
        if str(msg).startswith("Invalid request from"):
            msg, args = "Refused what is not a proper HTTP request.", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg, *args, **kwargs):
        if str(msg).startswith("Error handling request"):
            msg, args = "A request failed inside the server.", ()
        super().exception(msg, *args, **kwargs)


def refuse_in_json(sock, status, reason, why):
    """What can't be read as a request never reaches Django, so nobody knows what it was for: the API promises JSON."""
    words = {
        414: "This request is too long.",
        431: "This request is too long.",
        500: "Something went wrong on our side.",
    }
    body = json.dumps({"detail": words.get(status, "This request can't be read.")})
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/json\r\n"
    util.write_nonblock(sock, f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())


util.write_error = refuse_in_json
bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 30
graceful_timeout = 8
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - memory, so that a slow disk never looks like a stuck worker
control_socket_disable = True
accesslog = None  # it would hold addresses and paths; the portal writes a line of its own: policing_portal/logs.py
loglevel = "warning"
logger_class = QuietLogger


def post_worker_init(_worker):
    """Let a thread whose database has answered go on after 1 ms, not 5, while another thread computes."""
    sys.setswitchinterval(0.001)
