"""The town that the benchmark measures: people of the force, and 100,000 concerns over seven areas and thirteen months.

All from a fixed seed. Rows are poured in with COPY; from then on they are rows like any other, with history and outbox.
"""

import uuid
from datetime import timedelta
from random import Random

from allauth.mfa.models import Authenticator
from django.core.management.color import no_style
from django.db import connection
from django.utils import timezone

from accounts.models import User
from areas.models import Area, Command
from feedback.lifecycle import Outcome, Status
from feedback.models import Category, Concern, ConcernUpdate, Notification
from feedback.models.codes import REFERENCE_LETTERS
from hubs.models import Hub, Posting, Team, TeamKind

MONTHS = 13
OFFICERS = 10  # posted in each area
WORDS = (
    "bikes on the green every evening after dark near the shops and the school again last week young people shouting "
    "by the canal cars parked across the pavement speeding along the main road rubbish fires in the park drinking behind "
    "the flats noise until late nobody feels safe at the bus stop the street light is out please look into it thank you "
    "off-road scooters ride through the estate and my neighbours are worried about burglary in the alley"
).split()
LIKELY_OUTCOMES = [Outcome.SOLVED, Outcome.REDUCED, Outcome.NOT_FOUND, Outcome.PASSED_ON, Outcome.CANNOT_ACT]
CHANNELS = ["web", "web", "web", "web", "api", "phone", "counter", "meeting"]


def people() -> dict:
    """A commander and officers for each area: `{area: (commander, team, officers)}`; the commanders have a second factor."""
    staff = {}
    for area in Area.objects.all():
        commander = User.objects.create_user(f"commander.{area.slug}@example.org", name=f"Bench Commander, {area}")
        Command.objects.create(area=area, person=commander, from_date="2020-01-01")
        Authenticator.objects.create(user=commander, type=Authenticator.Type.TOTP, data={"secret": "bench"})
        team = Team.objects.create(
            slug=f"bench-{area.slug}",
            name=f"Bench team, {area}",
            kind=TeamKind.objects.get(code="neighbourhood"),
            hub=Hub.objects.filter(area=area).order_by("custody_suite").first(),
        )
        officers = [
            User.objects.create_user(
                f"officer.{number}.{area.slug}@example.org", name=f"Bench Officer {number}, {area}"
            )
            for number in range(OFFICERS)
        ]
        for officer in officers:
            Posting.objects.create(person=officer, team=team, from_date="2020-01-01")
        staff[area] = commander, team, officers
    return staff


def concerns(number: int, staff: dict) -> None:
    """Pour in so many concerns with their history and outbox, oldest first; the last days are the busiest for the queue."""
    chance, now = Random(2026), timezone.now()
    categories = list(Category.objects.filter(in_use=True))
    wards = {area: list(area.wards.active()) for area in staff}
    areas = list(staff)
    weights = [area.population or 1 for area in areas]
    told, updates, notes = [], [], []
    for pk in range(1, number + 1):
        # Squared, so that this month holds more than the same month of last year.
        received = now - timedelta(days=MONTHS * 30.4 * (1 - (pk / number) ** 0.8), seconds=chance.random() * 3600)
        area = chance.choices(areas, weights)[0]
        row = _concern(chance, now, received, area, chance.choice(wards[area]), chance.choice(categories), staff[area])
        told.append(row | {"id": pk, "key_hash": f"{pk:064x}", "reference": _reference(pk)})
        updates += _history(row, pk)
        notes.append(
            {"concern_id": pk, "kind": "received", "recipient": "commander", "state": "sent", "due": received,
             "created": received, "sent": received, "attempts": 1, "message_id": uuid.UUID(int=chance.getrandbits(128))}
        )  # fmt: skip
    pour(Concern, told)
    pour(ConcernUpdate, updates)
    pour(Notification, notes)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Concern]):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _concern(chance, now, received, area, ward, category, staff) -> dict:
    commander, team, officers = staff
    age = (now - received).total_seconds() / 86400
    kind = chance.choices(["concern", "idea", "thanks"], [90, 6, 4])[0]
    answered = chance.random() < (0.25 if age < 1 else 0.6 if age < 3 else 0.96)
    resolved = answered and chance.random() < (0.05 if age < 7 else 0.55 if age < 30 else 0.94)
    status = (
        Status.RESOLVED if resolved else
        chance.choice([Status.IN_PROGRESS, Status.IN_PROGRESS, Status.REFERRED]) if answered else
        chance.choice([Status.RECEIVED, Status.ACKNOWLEDGED])
    )  # fmt: skip
    owned = status != Status.RECEIVED
    answered_at = received + min(timedelta(hours=chance.uniform(2, 90)), now - received) if answered else None
    return {
        "kind": kind,
        "category_id": category.pk,
        "text": text(chance),
        "place": " ".join(chance.choices(WORDS, k=4)),
        "times": "",
        "channel": chance.choice(CHANNELS),
        "area_id": area.pk,
        "ward_id": ward.pk,
        "lat": ward.lat,
        "lon": ward.lon,
        "route_basis": f"chosen ward -> {ward.name}, {area.name}",
        "team_id": team.pk if owned else None,
        "officer_id": chance.choice(officers).pk if owned and chance.random() < 0.8 else None,
        "status": status,
        "outcome": chance.choice(LIKELY_OUTCOMES) if resolved else "",
        "safety": not resolved and chance.random() < 0.01,
        "version": 1 + 2 * answered + resolved,
        "received_at": received,
        "due_at": received + timedelta(hours=category.response_hours) if kind == "concern" else None,
        "soon_at": received + timedelta(hours=category.response_hours) * 3 / 4 if kind == "concern" else None,
        "acknowledged_at": answered_at,
        "answered_at": answered_at,
        "resolved_at": answered_at and answered_at + timedelta(hours=1) if resolved else None,
        "body_hash": "0" * 64,
        "code_hash": "0" * 64,
        "by": commander,
    }


def _history(row: dict, pk: int) -> list[dict]:
    lines = [{"concern_id": pk, "kind": "received", "side": "public", "public": True, "at": row["received_at"]}]
    if row["answered_at"]:
        by = {"by_id": row["by"].pk, "by_label": str(row["by"]), "side": "force", "public": True}
        reply = {"kind": "reply", "how": "written", "text": "We looked into this and will keep an eye on it."}
        lines.append({"concern_id": pk, "at": row["answered_at"], **by, **reply})
    return lines


def text(chance: Random) -> str:
    """Some sentences, 60 to 600 characters."""
    return " ".join(chance.choices(WORDS, k=chance.randint(12, 100))).capitalize() + "."


def _reference(pk: int) -> str:
    letters = ""
    for _place in range(8):
        pk, digit = divmod(pk, len(REFERENCE_LETTERS))
        letters = REFERENCE_LETTERS[digit] + letters
    return f"WMP-{letters[:4]}-{letters[4:]}"


# ---- pouring ---------------------------------------------------------------------------------------------------------
def pour(model, rows: list[dict]) -> None:
    """COPY `rows` (values by column) into the table of `model`; what a row does not say is the model's default."""
    empty = model()
    fields = [field for field in model._meta.concrete_fields if not field.primary_key or "id" in rows[0]]
    default = {field.attname: getattr(empty, field.attname) for field in fields}
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {model._meta.db_table} ({columns}) FROM STDIN", _Lines(rows, default))


class _Lines:
    """Rows in PostgreSQL's text format, made while they are read."""

    def __init__(self, rows, default):
        self.lines = ("\t".join(map(_plain, ({**default, **row}[name] for name in default))) + "\n" for row in rows)
        self.rest = ""

    def read(self, size):
        pieces = [self.rest]
        length = len(self.rest)
        while length < size and (line := next(self.lines, None)) is not None:
            pieces.append(line)
            length += len(line)
        whole = "".join(pieces)
        self.rest = whole[size:]
        return whole[:size]


def _plain(value) -> str:
    if value is None:
        return r"\N"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
