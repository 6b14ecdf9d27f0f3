"""`manage.py serve`, started for real: address, restarts, and an end that leaves nothing behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from policing_portal.management.commands.serve import public_address

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds=40):
    """The first true value of `condition()`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    pytest.fail("waited in vain")


def processes(group):
    """Pid -> command line of every living process of a process group, from /proc."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return found


def pid_of(group, word):
    return next((pid for pid, command in processes(group).items() if word in command), None)


def on(database):
    """The environment of a portal on that SQLite file."""
    return dict(os.environ, DATABASE_URL=f"sqlite:///{database}", BASE_URL="http://localhost:8000")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A database with tables and nothing in them: they are made once."""
    path = tmp_path_factory.mktemp("serve") / "tables.sqlite3"
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=on(path), check=True)
    return path


@pytest.fixture
def served(tmp_path, tables):
    """The portal on an own database and port, in a process group of its own: (process, port, path of its output)."""
    port, output = free_port(), tmp_path / "output"
    environment = on(shutil.copy(tables, tmp_path / "serve.sqlite3"))
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    wait_for(lambda: "The portal is at" in output.read_text() or process.poll() is not None)
    yield process, port, output
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


@pytest.mark.slow
def test_serve_answers_restarts_what_dies_and_ends_whole(served):
    process, port, output = served
    assert f"The portal is at http://localhost:{port}\n" in output.read_text()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    killed = wait_for(lambda: pid_of(process.pid, "db_worker"))
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: pid_of(process.pid, "db_worker") not in (None, killed))
    assert "The worker ended (status -9); starting it again in 0.5 s." in output.read_text()
    began = time.monotonic()
    process.terminate()
    assert process.wait(20) == 0
    assert time.monotonic() - began < 15
    assert processes(process.pid) == {}


UNREADABLE = {
    "414": "GET /api/v1/areas/?a=" + "a" * 5000 + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "431": "GET /api/v1/areas/ HTTP/1.1\r\nHost: localhost\r\nX-Long: " + "a" * 9000 + "\r\n\r\n",
    "400": "GET /api/v1/areas/ HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n",
}


def test_what_never_reaches_the_portal_is_refused_in_json(served):
    _, port, output = served
    for status, sent in UNREADABLE.items():
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(sent.encode())
            head, _, body = b"".join(iter(lambda: line.recv(4096), b"")).decode().partition("\r\n\r\n")  # noqa: B023
        assert head.split()[1] == status and "Content-Type: application/json" in head
        assert list(json.loads(body)) == ["detail"] and "aaaa" not in body + output.read_text()


@pytest.mark.slow
def test_serve_ends_whole_on_ctrl_c(served):
    process, _, _ = served
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 0
    assert processes(process.pid) == {}


def test_serve_says_when_the_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"^Port {port} is not free .* Try `make run PORT={port + 1}`"):
            call_command("serve", port=port)


@pytest.mark.parametrize("port", [0, -1, 65536, 80000000])
def test_serve_says_what_a_port_is(port):
    with pytest.raises(CommandError, match="^A port is a number from 1 to 65535"):
        call_command("serve", port=port)


@pytest.mark.parametrize("bind", ["203.0.113.7", "no-such-host.invalid"])
def test_serve_does_not_blame_the_port_for_a_wrong_address(bind):
    with pytest.raises(CommandError, match=f"^{bind} is no address of this machine"):
        call_command("serve", port=free_port(), bind=bind)


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("http://localhost:8000", "http://localhost:8123"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8123"),
        ("https://portal.example.org", "https://portal.example.org"),
        ("http://portal.example.org", "http://portal.example.org"),
    ],
)
def test_a_local_address_follows_the_port(configured, expected):
    assert public_address(configured, 8123) == expected
