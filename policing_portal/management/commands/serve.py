"""`manage.py serve`: the web server, the worker and the sweep, together in the foreground."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from areas.models import Area

GRACE = 10  # seconds for a child to finish what it is doing, so that TERM ends everything within 15
STEADY = 20  # a child that lived this long had started well
PATIENCE = 6  # that many failed starts in a row, and the whole stops
BACK_OFF = (0.5, 1, 2, 4, 8, 15)


class Child:
    """One process of the portal, restarted with growing pauses when it ends unasked."""

    def __init__(self, name: str, command: list[str]):
        self.name = name
        self.command = command
        self.failures = 0
        self.start()

    def start(self) -> None:
        """Start the process."""
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, cwd=settings.BASE_DIR)  # noqa: S603
        self.started = time.monotonic()
        self.restart_at: float | None = None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    @property
    def hopeless(self) -> bool:
        """Whether it failed so often that a restart would only hide the cause."""
        return self.failures >= PATIENCE

    def tend(self) -> str | None:
        """Restart the process where it is due; returns a sentence when it has just ended."""
        now = time.monotonic()
        if self.alive:
            return None
        if self.restart_at is not None:
            if now >= self.restart_at:
                self.start()
            return None
        self.failures = 1 if now - self.started > STEADY else self.failures + 1
        pause = BACK_OFF[min(self.failures, len(BACK_OFF)) - 1]
        self.restart_at = now + pause
        return f"{self.name} ended (status {self.process.returncode}); starting it again in {pause:g} s."

    def tell(self, signum: int) -> None:
        """Send a signal, if there is still somebody to receive it."""
        if self.alive:
            self.process.send_signal(signum)


class Command(BaseCommand):
    help = "Serve the portal: web server, worker and sweep in the foreground, until Ctrl-C or TERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--bind", default="127.0.0.1", help="address to listen on (default: this machine alone)")
        parser.add_argument(
            "--base-url", help="start of links in mails (default: BASE_URL; a local one follows the port)"
        )

    def handle(self, *, port, bind, base_url, **options):
        self.stopping = 0
        refuse_taken_port(bind, port)
        os.environ["BASE_URL"] = base_url or public_address(settings.BASE_URL, port)
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, self.stop)
        children = [Child(name, command) for name, command in commands(bind, port)]
        try:
            self.welcome(children[0], bind, port)
            self.watch(children)
        finally:
            end(children, impatient=lambda: self.stopping > 1)
            self.say("Stopped.")

    def say(self, text: str) -> None:
        """Print at once: the output may be a file that somebody watches."""
        self.stdout.write(text)
        self.stdout.flush()

    def stop(self, *_) -> None:
        """Ask for the end; asking twice ends without waiting."""
        self.stopping += 1

    def welcome(self, web: Child, bind: str, port: int) -> None:
        """Once the web server answers, print the address and, in the demo, who can sign in."""
        while not (self.stopping or answers(bind, port)):
            if not web.alive:
                return
            time.sleep(0.1)
        if not self.stopping:
            self.say(
                "\n".join([f"\nThe portal is at {os.environ['BASE_URL']}", *demo_sign_ins(), "Stop it with Ctrl-C.\n"])
            )

    def watch(self, children: list[Child]) -> None:
        """Keep the children running until we are asked to stop."""
        while not self.stopping:
            for child in children:
                if news := child.tend():
                    self.say(news)
                if child.hopeless:
                    raise CommandError(f"{child.name} does not stay up; see its messages above. Everything is stopped.")
            time.sleep(0.2)


def commands(bind: str, port: int) -> list[tuple[str, list[str]]]:
    """Name and command line of each process, the web server first."""
    python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
    gunicorn = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--bind", f"{bind}:{port}", "policing_portal.wsgi"]
    return [
        ("The web server", [python, *gunicorn]),
        ("The worker", [python, manage, "db_worker", "--no-reload", "-v", "0"]),
        ("The sweep", [python, manage, "sweep"]),
    ]


def end(children: list[Child], *, impatient) -> None:
    """Ask every child to finish, wait, and kill what is left after GRACE seconds or when `impatient()`."""
    for child in children:
        child.tell(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while any(child.alive for child in children) and time.monotonic() < deadline and not impatient():
        time.sleep(0.05)
    for child in children:
        child.tell(signal.SIGKILL)
        child.process.wait()


def public_address(base_url: str, port: int) -> str:
    """`base_url`, but an http address of this very machine follows the port served, so that links in mails work."""
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"):
        return f"http://{parts.hostname}:{port}"
    return base_url


def refuse_taken_port(bind: str, port: int) -> None:
    """Raise CommandError when something listens there already, or nothing ever can."""
    if not 1 <= port <= 65535:
        raise CommandError("A port is a number from 1 to 65535. Try `make run PORT=8000`.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise CommandError(f"{bind} is no address of this machine. Try `make run BIND=127.0.0.1`.") from error
            raise CommandError(
                f"Port {port} is not free ({error.strerror}). Try `make run PORT={port + 1}`."
            ) from error


def answers(bind: str, port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1" if bind == "0.0.0.0" else bind, port)) == 0  # noqa: S104


def demo_sign_ins() -> list[str]:
    """Lines that name the demo's people; none where there is no demo."""
    try:
        if settings.PRODUCTION or not User.objects.filter(email="desk@example.org").exists():
            return []
        slugs = ", ".join(Area.objects.order_by("slug").values_list("slug", flat=True))
    finally:
        connection.close()
    return [
        f"Demo sign-ins at {os.environ['BASE_URL']}/accounts/login/ with the password demo-portal-only:",
        f"  commander.<area>@example.org, officer.<area>@example.org, editor.<area>@example.org ({slugs})",
        "  desk@, overview@, department@, staff.admin@ and auditor@example.org",
    ]
