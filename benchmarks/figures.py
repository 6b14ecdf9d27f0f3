"""What is measured and what is aimed at. Imported only once the environment of the run is set."""

import statistics
from dataclasses import dataclass, field

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import User  # noqa: E402
from policing_portal.management.commands.prepare import newest  # noqa: E402

from . import town  # noqa: E402
from .asks import Ask, Asks  # noqa: E402
from .bare.models import Told  # noqa: E402

PACK = "areas/data/west_midlands"
WARM = 10  # requests before the one whose queries are counted: a process asks once for what it keeps of each area
MOST_A_SECOND = 500  # submits prepared for each second; where they run out, the round counts for the time it ran


@dataclass
class Figure:
    """One thing measured. `make` gives the requests of a round; `once`: no request is asked twice."""

    name: str
    server: str
    asks: list
    status: int = 200
    once: bool = False
    twin: str = ""
    least_ratio: float = 0.0
    least_rate: float = 0.0
    most_queries: int = 0
    conditional: bool = False  # asked with the ETag of the moment
    queries: int | None = None
    rates: list = field(default_factory=list)
    times: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    database_cpu: list = field(default_factory=list)
    answered: int = 0

    @property
    def rate(self) -> float:
        """Requests a second: the median of the rounds."""
        return statistics.median(self.rates)


def fill(scale, quick: bool, say) -> None:
    """The force pack, the official data where it is at hand, people, and concerns."""
    say("migrations, force pack")
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Told)
    call_command("load_force", PACK, verbosity=0)
    for command, folder, pattern in (
        ("load_boundaries", "boundaries", "wards_*.geojson"),
        ("load_postcodes", "postcodes", "code_point_open*"),
    ):
        path = newest(settings.DATA_DIR / folder, pattern)
        if path is None:
            say(f"{command}: nothing in DATA_DIR, so places are less exact here")
            continue
        if (
            quick
            and path.is_dir()
            and (smallest := sorted(path.glob("Data/**/*.csv"), key=lambda csv: csv.stat().st_size))
        ):
            path = smallest[0]
        say(f"{command} {path.name}")
        call_command(command, str(path), verbosity=0)
    say(f"{scale.concerns:,} concerns")
    town.concerns(scale.concerns, town.people())


def figures(scale) -> dict[str, Figure]:
    """All figures by name, each group after its bare twin."""
    asks = Asks()
    submits = int(MOST_A_SECOND * ((scale.seconds + scale.warm_up) * scale.rounds + scale.warm_up)) + 2 * WARM
    commanders = User.objects.filter(email__startswith="commander.")
    found = [
        Figure("bare INSERT", "bare", asks.bare_insert(), status=302),
        _submit("submit by form", asks.told_by_form(submits), status=303),
        _submit("submit by API", asks.told_by_api(submits), status=201),
        Figure("bare list", "bare", [Ask("GET", "/list/")]),
        Figure("bare list, uncounted", "bare", [Ask("GET", "/uncounted/")]),
        Figure(
            "queue of 25", "portal", asks.signed_in("/dashboard/queue/", commanders),
            twin="bare list", least_ratio=0.5, most_queries=10,
        ),
        Figure("dashboard", "portal", asks.signed_in(reverse("casework:dashboard"), commanders), least_rate=60),
        Figure("locate by postcode", "portal", asks.by_postcode(), least_rate=5 * 167),
        Figure("bare static page", "bare", [Ask("GET", "/static/")]),
    ]  # fmt: skip
    if points := asks.by_point():
        found.insert(-1, Figure("locate by point", "portal", points, least_rate=15 * 54))
    for page, paths in asks.pages().items():
        read = {"server": "portal", "twin": "bare static page"}
        found += [
            Figure(f"{page} page, made anew", asks=asks.read_afresh(paths), least_ratio=0.1, **read),
            Figure(f"{page} page, kept", asks=asks.read(paths), least_ratio=0.5, **read),
            Figure(f"{page} page, 304", asks=asks.read(paths), status=304, conditional=True, least_ratio=0.5, **read),
        ]
    return {figure.name: figure for figure in found}


def _submit(name, asks, status):
    return Figure(name, "portal", asks, status=status, once=True, twin="bare INSERT", least_ratio=0.2, most_queries=12)


def count_queries(found) -> None:
    """How many statements one request costs in the portal, transactions' own left out, once a process knows what it keeps."""
    for figure in found:
        if figure.server == "bare":
            continue
        client = Client()
        first, rest = figure.asks[:WARM], figure.asks[WARM:]
        if not figure.once:
            first = rest = (figure.asks * WARM)[:WARM]
        for ask in first:
            ask.through(client)
        ask = rest[0]
        if figure.conditional:
            etag = ask.through(client).headers["ETag"]
            ask = Ask(ask.method, ask.path, {**ask.headers, "If-None-Match": etag})
        with CaptureQueriesContext(connection) as captured:
            answer = ask.through(client)
        if answer.status_code != figure.status:
            raise SystemExit(f"{figure.name} was answered {answer.status_code}: {answer.content[:500]!r}")
        statements = [query["sql"] for query in captured.captured_queries]
        figure.queries = sum(not sql.startswith(("BEGIN", "COMMIT")) for sql in statements)
        if figure.once:
            figure.asks = rest[1:]
