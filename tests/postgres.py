"""`pytest --database=postgres`: the suite on a real PostgreSQL which the tests start themselves and throw away.

Loaded as a pytest plugin from pyproject.toml. The first process starts a cluster from the machine's own binaries, on a
unix socket in a temporary folder, and stops it at the end; workers of pytest-xdist inherit its address. Durability is
as in production but for `fsync`, which only matters when the machine itself dies. No autovacuum comes by while tables are
still small: what it notes of them would hold for the rows of every later test. A statement that runs away ends in five minutes.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

DEBIAN = Path("/usr/lib/postgresql")
SETTINGS = (
    "-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=on "
    "-c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB -c log_min_messages=fatal "
    "-c autovacuum=off -c statement_timeout=300s"
)


def pytest_addoption(parser):
    parser.addoption(
        "--database", choices=["sqlite", "postgres"], default="sqlite", help="the database on which the tests run"
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config):
    # A wrapper runs before pytest-django reads the settings.
    if early_config.known_args_namespace.database == "postgres" and "PYTEST_XDIST_WORKER" not in os.environ:
        early_config.portal_cluster = Cluster()
        os.environ["DATABASE_URL"] = early_config.portal_cluster.url
    return (yield)


def pytest_unconfigure(config):
    if cluster := getattr(config, "portal_cluster", None):
        cluster.stop()


def pytest_collection_modifyitems(config, items):
    if config.getoption("--database") == "postgres":
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="shows what only PostgreSQL can show: --database=postgres"))


class Cluster:
    """A PostgreSQL of our own. `url` is its DATABASE_URL; `stop()` ends it and removes its folder."""

    def __init__(self, settings=SETTINGS):
        self.bin = find_binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="portal-postgres-"))
        # initdb and postgres refuse to run as root.
        self.prefix = []
        if os.geteuid() == 0:
            owner = unprivileged()
            shutil.chown(self.folder, owner, owner if owner == "postgres" else None)
            self.prefix = ["runuser", "-u", owner, "--"]
        data = self.folder / "data"
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = settings.format(folder=self.folder)
        self.run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", self.folder / "log", "-o", options, "start")
        self.url = f"postgres://postgres@/postgres?host={self.folder}"

    def run(self, program, *arguments):
        command = [*self.prefix, str(self.bin / program), *map(str, arguments)]
        # The server keeps its parent's output open, so nothing may wait on a pipe here.
        with (self.folder / f"{program}.out").open("wb") as out:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", check=False)
        if done.returncode:
            said = (self.folder / f"{program}.out").read_text(errors="replace")
            pytest.exit(f"PostgreSQL for the tests did not start: {program} said\n{said}", returncode=3)

    def stop(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def find_binaries() -> Path:
    """The folder with initdb of the newest PostgreSQL on this machine; ends the run where there is none."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    pytest.exit(
        "!!!!! THERE IS NO PostgreSQL ON THIS MACHINE, so nothing was tested on the database of production. "
        "On Debian: apt-get install postgresql",
        returncode=3,
    )


def unprivileged() -> str:
    """A user who may run a server for us when we are root."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
