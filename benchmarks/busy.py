"""The force's pages with all 100,000 concerns in one area: server time of each request, its queries, and what reads every row.

A part of `make bench`. Requests go through the whole of Django in this process, one after the other, so that the times are those
of the server alone. One line of JSON a page goes to stdout; it reports and never fails for being slow. `--quick`: a tenth of it.
"""

import argparse
import json
import os
import statistics
import sys
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.bench import DURABLE, environment, say  # noqa: E402
from tests.postgres import Cluster  # noqa: E402

AREA = "walsall"
TIMES = 20
MOST_MS, MOST_QUERIES = 150, 25
PAGES = {
    "brief": "/dashboard/",
    "queue": "/dashboard/queue/",
    "queue, missed": "/dashboard/queue/?due=missed",
    "queue, due today": "/dashboard/queue/?due=today",
    "queue, nobody's": "/dashboard/queue/?owner=nobody",
    "queue, all that ever came": "/dashboard/queue/?status=",
    "queue, closed": "/dashboard/queue/?status=resolved",
    "queue, one category": "/dashboard/queue/?status=&category=hub-access",
    "queue, one channel": "/dashboard/queue/?status=&channel=meeting",
    "queue, no contact": "/dashboard/queue/?status=&contact=no",
    "queue, contact": "/dashboard/queue/?status=&contact=yes",
    "queue, part of a problem": "/dashboard/queue/?status=&problem=any",
    "queue, last week": "/dashboard/queue/?status=&received=week",
    "queue, closed since yesterday": "/dashboard/queue/?status=&news=closed",
    "queue, wrote again": "/dashboard/queue/?status=&news=wrote",
    "queue, a team": "/dashboard/queue/?status=&team=bench-walsall",
    "search, a common word": "/dashboard/queue/?search=bikes",
    "search, three words": "/dashboard/queue/?search=burglary+canal+neighbours",
    "search, a postcode": "/dashboard/queue/?search=ws3+2pd",
    "search, a word nobody wrote": "/dashboard/queue/?search=quokka",
    "search, a reference": "/dashboard/queue/?search=WMP-CCCC-CC2C",
    "queue, mine": "/dashboard/queue/?owner=mine",
    "queue, somebody's": "/dashboard/queue/?owner=given",
    "queue, on the map": "/dashboard/queue/?view=map",
    "queue, read or in progress": "/dashboard/queue/?status=working",
    "queue, safety not opened in time": "/dashboard/queue/?status=&safety=missed",
    "queue, may be none": "/dashboard/queue/?status=&suspected=yes",
    "queue, not read in time": "/dashboard/queue/?due=unread",
    "queue, due soon": "/dashboard/queue/?due=soon",
    "queue, waits for a reply": "/dashboard/queue/?due=waiting",
    "queue, my team's": "/dashboard/queue/?owner=team",
    "queue, safety": "/dashboard/queue/?status=&safety=yes",
    "queue, with a photo": "/dashboard/queue/?status=&photo=yes",
    "queue, without a photo": "/dashboard/queue/?status=&photo=no",
    "queue, crime not recorded": "/dashboard/queue/?status=&crime=missed",
    "queue, crime to record": "/dashboard/queue/?status=&crime=due",
    "queue, repeat victims to review": "/dashboard/queue/?status=&repeat=asked",
    "queue, recourse": "/dashboard/queue/?status=&recourse=yes",
    "queue, part of no problem": "/dashboard/queue/?status=&problem=none",
    "queue, ideas": "/dashboard/queue/?status=&kind=idea",
    "queue, came in yesterday": "/dashboard/queue/?status=&received=yesterday",
    "queue, answered since yesterday": "/dashboard/queue/?status=&news=answered",
    "queue, went past its time": "/dashboard/queue/?status=&news=turned",
    "problems": "/dashboard/problems/",
    "insight": "/dashboard/insight/",
    "insight, by ward": "/dashboard/insight/?by=ward",
    "insight, a file": "/dashboard/insight/months.csv",
    "people": "/dashboard/people/",
    "export, to choose": "/dashboard/export/",
    "intake for others": "/dashboard/concerns/new/",
}
OF_THE_FORCE = {
    "an auditor's queue": "/dashboard/queue/",
    "an auditor's queue, missed": "/dashboard/queue/?due=missed",
    "an auditor's queue, all that ever came": "/dashboard/queue/?status=",
    "an auditor's queue, a common word": "/dashboard/queue/?status=&search=bikes",
}


def of_the_town(area, staff) -> dict:
    """The pages whose address names a row: filters by ward, hub, officer and partner, and the fullest concern of the area."""
    from feedback.models import Partner  # noqa: PLC0415

    ward, partner = area.wards.active().first(), Partner.objects.filter(area=area).first()
    commander, team, officers = staff
    concern = fullest(area, commander, team, officers[0], partner)
    return {
        "queue, a ward": f"/dashboard/queue/?status=&ward={ward.pk}",
        "queue, a hub": f"/dashboard/queue/?status=&hub={team.hub.slug}",
        "queue, an officer": f"/dashboard/queue/?status=&officer={officers[0].pk}",
        "queue, a partner": f"/dashboard/queue/?status=&partner={partner.code}",
        "queue, a problem": f"/dashboard/queue/?status=&problem={concern.problem_id}",
        "the fullest concern": concern.get_absolute_url(),
        "a problem": f"/dashboard/problems/{concern.problem_id}/",
        "a ward's brief": f"/dashboard/insight/wards/{ward.pk}/",
    }


def fullest(area, commander, team, officer, partner):
    """A concern of which everything is true: contact, question, crime, safety review, problem, owner, an old referral."""
    from areas.routing import Route  # noqa: PLC0415
    from feedback.models import Category, Concern, Problem  # noqa: PLC0415

    ward = area.wards.active().first()
    answers = {
        "category": Category.objects.get(code="asb-vehicle"),
        "text": "Bikes on the green every evening near the shops.",
        "contact": {"name": "Demo Sam", "email": "sam@example.org", "safe_to_contact": True},
    }
    route = Route(area=area, ward=ward, basis=f"chosen: {area}", message="", asked=f"area:{area.slug}")
    concern, _made = Concern.submit(key=uuid.uuid4(), answers=answers, route=route, channel="web")
    concern.assign(officer=officer, team=team, by=commander)
    problem = Problem.objects.create(area=area, title="Bikes on the green")
    concern.link_to(problem, by=commander)
    others = Concern.objects.open().order_by("-pk").values("pk")[:300]
    Concern.objects.filter(pk__in=others).update(problem=problem, repeat="asked", postcode="WS3 2PD")
    concern.ask("Which evening?", by=commander)
    concern.review_safety(True, "Look at this.", by=commander)
    concern.disclose_crime("", "He broke the fence.", by=commander)
    Concern.objects.filter(pk=concern.pk).update(partner=partner)
    concern.refresh_from_db()
    return concern


def main() -> None:
    """Fill one area, ask for each page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--concerns", type=int, default=100_000)
    options, _of_bench = parser.parse_known_args()
    cluster = Cluster(DURABLE)
    try:
        os.environ.update(environment(cluster.url) | {"REQUIRE_MFA": "False", "BASE_URL": "http://portal.example"})
        measure(10_000 if options.quick else options.concerns)
    finally:
        cluster.stop()


def measure(number: int) -> None:
    """Ask for each page TIMES times and tell how it went."""
    import django  # noqa: PLC0415 - only once its environment is there

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from accounts.models import ForceRole  # noqa: PLC0415
    from areas.models import Area  # noqa: PLC0415
    from benchmarks import town  # noqa: PLC0415
    from feedback.insight.tallies import count_areas  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("load_force", "areas/data/west_midlands", verbosity=0)
    say(f"{number:,} concerns in one area")
    area = Area.objects.get(slug=AREA)
    staff = town.people()[area]
    town.concerns(number, {area: staff})
    begun = time.perf_counter()
    count_areas()
    say(f"what its figures are counted from was counted in {time.perf_counter() - begun:.1f} s, as the sweep does")
    readers = {
        staff[0]: PAGES | of_the_town(area, staff),
        somebody(ForceRole.Role.AUDITOR): OF_THE_FORCE,
        somebody(ForceRole.Role.OVERVIEW): {"the areas side by side": "/dashboard/force/"},
    }
    for person, pages in readers.items():
        client = Client(headers={"host": "portal.example", "x-forwarded-proto": "https"})
        client.force_login(person)
        for name, path in pages.items():
            print(json.dumps({"name": f"{name}, {number:,} in one area", **asked(client, path)}), flush=True)


def somebody(role):
    """Somebody with a force-wide role."""
    from accounts.models import ForceRole, User  # noqa: PLC0415

    person = User.objects.create_user(f"{role}@example.org", name="Bench Person")
    ForceRole.objects.create(person=person, role=role, from_date="2020-01-01")
    return person


def asked(client, path: str) -> dict:
    """Times, queries and scans of one page."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    def get():
        begun = time.perf_counter()
        answer = client.get(path, secure=True)
        if answer.status_code != 200:
            raise SystemExit(f"{path} was answered {answer.status_code}")
        return (time.perf_counter() - begun) * 1000

    get()
    with CaptureQueriesContext(connection) as captured:
        get()
    # Now, because the next request begins a log of its own.
    log = captured.captured_queries
    times = sorted(get() for _time in range(TIMES))
    statements = [query["sql"] for query in log]
    slowest = max(((float(query["time"]) * 1000, query["sql"]) for query in log), default=(0, ""))
    queries = sum(not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for sql in statements)
    p95 = times[int(len(times) * 0.95) - 1]
    read_whole = scans(statements)
    return {
        "p50_ms": round(statistics.median(times), 1), "p95_ms": round(p95, 1), "queries": queries,
        "scans": read_whole, "target": f"p95 < {MOST_MS} ms, < {MOST_QUERIES} queries, no scan of the whole table",
        "reached": p95 < MOST_MS and queries < MOST_QUERIES and not read_whole,
        **({"slowest": slowest[1][:1500], "slowest_ms": round(slowest[0])} if p95 > MOST_MS else {}),
    }  # fmt: skip


def scans(statements) -> int:
    """How many of `statements` read half of the table of concerns or more, by whatever path; a bounded count stops before."""
    from django.db import connection  # noqa: PLC0415

    found = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM feedback_concern")
        half = cursor.fetchone()[0] / 2
        for sql in statements:
            if sql.startswith("SELECT") and "feedback_concern" in sql:
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
                found += rows_read(cursor.fetchone()[0][0]["Plan"]) >= half
    return found


def rows_read(plan) -> float:
    """How many concerns were looked at below a node of a plan: those that it gave on, and those that it dropped."""
    here = 0
    if plan.get("Relation Name") == "feedback_concern":
        dropped = sum(plan.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
        here = (plan["Actual Rows"] + dropped) * plan["Actual Loops"]
    return here + sum(map(rows_read, plan.get("Plans", ())))


if __name__ == "__main__":
    main()
