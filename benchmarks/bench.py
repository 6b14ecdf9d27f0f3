"""`make bench`: what the portal does in a second beside what bare Django does on the same machine in the same minute.

A benchmark, not a test: it reports and never fails for being slow, only for wrong answers. It starts a PostgreSQL of its
own with every durability on, fills it, serves the portal and its bare twins with gunicorn, and asks. One line of JSON a
figure goes to stdout, what it is doing to stderr. `--quick`: fewer rows and shorter rounds. `--write`: puts the table into
docs/performance.md.
"""

import argparse
import contextlib
import io
import json
import os
import pickle
import platform
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from cryptography.fernet import Fernet  # noqa: E402

from tests.postgres import Cluster  # noqa: E402

DURABLE = (
    "-c listen_addresses= -c unix_socket_directories={folder} -c fsync=on -c synchronous_commit=on -c full_page_writes=on "
    "-c max_connections=60 -c shared_buffers=256MB -c max_wal_size=2GB -c log_min_messages=fatal"
)
CONNECTIONS = 8
YARDSTICK = 917  # bare INSERTs a second where the rates of other services, which some targets are set by, were taken
TICK = os.sysconf("SC_CLK_TCK")
MARKS = "<!-- measured: make bench writes between these two lines -->"


@dataclass(frozen=True)
class Scale:
    """How much is measured: concerns in the database, rounds, and the seconds of each round and before it."""

    concerns: int
    rounds: int
    seconds: float
    warm_up: float


MOST_UNMEASURED = 60  # requests
FULL = Scale(concerns=100_000, rounds=7, seconds=2.0, warm_up=0.6)
QUICK = Scale(concerns=10_000, rounds=1, seconds=0.8, warm_up=0.3)


def say(words: str) -> None:
    """Tell what happens now; stdout is for figures alone."""
    print(f"[{time.monotonic() - STARTED:5.0f} s] {words}", file=sys.stderr, flush=True)


STARTED = time.monotonic()
LOAD = os.getloadavg()[0]


# ---- the place -------------------------------------------------------------------------------------------------------
def environment(url: str) -> dict:
    """The portal as in production, behind one proxy; rates that count every call and refuse none."""
    return {
        **os.environ,
        "ENV_FILE": "",
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "BASE_URL": "https://portal.example",
        "ALLOWED_HOSTS": "portal.example",
        "DEBUG": "False",
        "REQUIRE_MFA": "True",
        "TRUSTED_PROXIES": "1",
        "SUBMIT_RATE": "1000000/hour",
        "LOCATE_RATE": "1000000/hour",
        "EMAIL_URL": "dummymail://",
        "CONN_MAX_AGE": "60",
        "WEB_WORKERS": "2",
        "DJANGO_SETTINGS_MODULE": "policing_portal.settings",
    }


class Server:
    """gunicorn with the project's own configuration, on a free port."""

    def __init__(self, door: str, env: dict):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        gunicorn = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{self.port}", door]
        self.log = tempfile.TemporaryFile()  # a line a request, as in production
        self.process = subprocess.Popen(
            [sys.executable, *gunicorn], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stderr=self.log
        )
        for _try in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        self.stop()
        self.log.seek(0)
        sys.exit(f"{door} did not start: {self.log.read().decode(errors='replace')}")

    def cpu(self) -> float:
        """Seconds of processor time that its workers have used."""
        return cpu_of_children(self.process.pid)

    def stop(self) -> None:
        """End it and its workers."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def cpu_of_children(parent: int) -> float:
    """Seconds of processor time used by the children of a process, those that have ended meanwhile too."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                ticks += int(fields[11]) + int(fields[12])
            elif stat.parent.name == str(parent):
                ticks += int(fields[13]) + int(fields[14])
    return ticks / TICK


# ---- measuring -------------------------------------------------------------------------------------------------------
class Bench:
    """Servers, database and figures of one run."""

    def __init__(self, scale: Scale, env: dict, postmaster: int):
        self.scale = scale
        self.postmaster = postmaster
        self.servers = {
            "portal": Server("policing_portal.wsgi", env),
            "bare": Server("benchmarks.bare.wsgi", env),
        }

    def stop(self) -> None:
        """End both servers."""
        for server in self.servers.values():
            server.stop()

    def warm(self, figure) -> None:
        """Ask for it until every worker has imported and read what it keeps for good."""
        self.ask(figure, seconds=0.0)

    def round(self, figure) -> None:
        """Measure one figure once more."""
        server = self.servers[figure.server]
        before = server.cpu(), cpu_of_children(self.postmaster)
        result = self.ask(figure, self.scale.seconds)
        after = server.cpu(), cpu_of_children(self.postmaster)
        answered = result["statuses"][figure.status]
        figure.answered += answered
        figure.rates.append(len(result["times"]) / result["seconds"])
        figure.times += result["times"]
        figure.cpu.append((after[0] - before[0]) * 1000 / answered)
        figure.database_cpu.append((after[1] - before[1]) * 1000 / answered)

    def ask(self, figure, seconds: float) -> dict:
        """Let the load generator ask for so many seconds after the warm-up; its result. Ends the run for a wrong answer."""
        server = self.servers[figure.server]
        asks = with_etags(figure.asks, server.port) if figure.conditional else figure.asks
        job = {
            "port": server.port,
            "requests": [ask.wire() for ask in asks],
            "connections": CONNECTIONS,
            "seconds": seconds,
            "warm_up": self.scale.warm_up,
            # What a process keeps for a minute it makes once a minute, not once in two seconds.
            "unmeasured": 0 if figure.once else min(4 * len(asks), MOST_UNMEASURED),
            "once": figure.once,
        }
        stay_within_a_minute(seconds + self.scale.warm_up + 2.5)
        done = subprocess.run(
            [sys.executable, str(ROOT / "benchmarks" / "load.py")],
            input=pickle.dumps(job),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{figure.name}: {done.stderr.decode()}")
        result = pickle.loads(done.stdout)  # noqa: S301 - our own load generator wrote it
        if set(result["statuses"]) != {figure.status}:
            sys.exit(f"{figure.name} was answered with {dict(result['statuses'])}, not only {figure.status}")
        if figure.once:
            figure.asks = figure.asks[result["sent"] :]
        return result


def stay_within_a_minute(seconds: float) -> None:
    """Wait for the next minute where this one would end meanwhile: pages that say "open now" hold for one minute."""
    left = 60 - time.time() % 60
    if left < seconds:
        time.sleep(left + 0.05)


def with_etags(asks: list, port: int) -> list:
    """The same requests from somebody who has each page in its state of this minute."""
    stay_within_a_minute(5)
    known = []
    for ask in asks:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(ask.wire())
            head = b""
            while b"\r\n\r\n" not in head:
                head += line.recv(65536)
        etag = head.partition(b"\r\nETag: ")[2].partition(b"\r\n")[0].decode()
        known.append(type(ask)(ask.method, ask.path, {**ask.headers, "If-None-Match": etag}))
    return known


def speeds_of_machine(figures: dict, rounds: int) -> list[float]:
    """How fast this machine was in each round beside the one that the targets in requests a second come from; at most 1."""
    yardstick = figures.get("bare INSERT")
    return [min(1.0, rate / YARDSTICK) for rate in yardstick.rates] if yardstick else [1.0] * rounds


def report(figure, figures: dict) -> dict:
    """The line of one figure."""
    times = sorted(figure.times)
    rivals = figures.get(figure.twin)
    # Round by round: what slows the machine for a moment slows both.
    pairs = zip(figure.rates, rivals.rates, strict=True) if rivals else ()
    ratio = round(statistics.median(own / bare for own, bare in pairs), 3) if rivals else None
    speeds = speeds_of_machine(figures, len(figure.rates))
    rate = statistics.median(own / speed for own, speed in zip(figure.rates, speeds, strict=True))
    slow = statistics.median(speeds)
    here = "" if slow == 1 else f" ({figure.least_rate * slow:,.0f}/s on a machine as slow as this was)"
    goals = [
        (figure.least_ratio, f">= {figure.least_ratio:g} of {figure.twin}", lambda: ratio >= figure.least_ratio),
        (figure.least_rate, f">= {figure.least_rate:g}/s{here}", lambda: rate >= figure.least_rate),
        (figure.most_queries, f"<= {figure.most_queries} queries", lambda: figure.queries <= figure.most_queries),
    ]
    goals = [(words, reached) for wanted, words, reached in goals if wanted]
    return {
        "name": figure.name,
        "requests_per_second": round(figure.rate, 1),
        "p50_ms": round(statistics.median(times) * 1000, 2),
        "p95_ms": round(times[int(len(times) * 0.95)] * 1000, 2),
        "queries": figure.queries,
        "cpu_ms": round(statistics.median(figure.cpu), 2),
        "database_cpu_ms": round(statistics.median(figure.database_cpu), 2),
        "ratio": ratio,
        "twin": figure.twin or None,
        "target": ", ".join(words for words, _reached in goals) or None,
        "reached": all(reached() for _words, reached in goals) if goals else None,
        "requests": figure.answered,
    }


def main() -> None:
    """Set up, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rows, shorter rounds: under 90 seconds")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--only", default="", help="only figures (and their twins) whose name holds this")
    options = parser.parse_args()
    if options.write and (options.quick or options.only):
        parser.error("docs/performance.md holds whole runs: --write goes without --quick and --only")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    scale = QUICK if options.quick else FULL
    say("starting PostgreSQL with fsync and synchronous_commit on")
    cluster = Cluster(DURABLE)
    try:
        lines = measure(cluster, scale, options)
    finally:
        cluster.stop()
    if options.write:
        write_table(lines, scale)


def measure(cluster: Cluster, scale: Scale, options) -> list[dict]:
    """Fill the database, start the servers, take all rounds; the report's lines."""
    env = environment(cluster.url)
    os.environ.update(env)
    from benchmarks import figures  # noqa: PLC0415 - Django can only be imported once its environment is there

    figures.fill(scale, options.quick, say)
    taken = figures.figures(scale)
    chosen = {name for name in taken if options.only in name}
    chosen |= {taken[name].twin for name in chosen} - {""} | {"bare INSERT"}
    taken = {name: figure for name, figure in taken.items() if name in chosen}
    say("counting queries")
    with contextlib.redirect_stderr(io.StringIO()):  # the log of requests
        figures.count_queries(taken.values())
    postmaster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    bench = Bench(scale, env, postmaster)
    try:
        say("warming up")
        for figure in taken.values():
            bench.warm(figure)
        # Round by round, so that a busy minute of the machine falls on a figure and on its twin alike.
        for number in range(scale.rounds):
            say(f"round {number + 1} of {scale.rounds}: {len(taken)} figures")
            for figure in taken.values():
                bench.round(figure)
    finally:
        bench.stop()
    lines = [report(figure, taken) for figure in taken.values()]
    for line in lines:
        print(json.dumps(line), flush=True)
    return lines


def write_table(lines: list[dict], scale: Scale) -> None:
    """Put the table between the two marks of docs/performance.md."""
    page = ROOT / "docs" / "performance.md"
    before, _old, after = page.read_text().split(MARKS)
    page.write_text(f"{before}{MARKS}\n\n{table(lines, scale)}\n{MARKS}{after}")
    say(f"wrote {page.relative_to(ROOT)}")


def table(lines: list[dict], scale: Scale) -> str:
    """The figures as Markdown, with what they were taken on."""
    import django  # noqa: PLC0415

    reached = Counter(line["reached"] for line in lines if line["target"])
    told = (
        f"{scale.concerns:,} concerns, {CONNECTIONS} connections, 2 workers; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, Django {django.get_version()}, {time.strftime('%d %B %Y')}. "
        f"Targets reached: {reached[True]} of {reached.total()}. Load of the machine when it began: {LOAD:.1f}."
    )
    rows = [
        "| figure | requests a second | p50 ms | p95 ms | queries | CPU ms | database CPU ms | of its twin | target | reached |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for line in lines:
        ratio = f"{line['ratio']:.2f} of {line['twin']}" if line["twin"] else ""
        queries = "" if line["queries"] is None else line["queries"]
        yes = {True: "yes", False: "no", None: ""}[line["reached"]]
        rows.append(
            f"| {line['name']} | {line['requests_per_second']:,.0f} | {line['p50_ms']:.1f} | {line['p95_ms']:.1f} | {queries} "
            f"| {line['cpu_ms']:.2f} | {line['database_cpu_ms']:.2f} | {ratio} | {line['target'] or ''} | {yes} |"
        )
    return f"{told}\n\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
