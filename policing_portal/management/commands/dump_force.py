"""`manage.py dump_force`: the rows of this force, as staff keep them, become a force pack that load_force reads again.

No person is in a pack: not who commands, is posted or checked something, and not who reviewed a language, so a review must be
repeated where the pack is loaded. What a pack holds and no row does (sources, how sure a fact is, numbers that nobody confirmed)
is not in it either.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from areas.models import Area, Force, Language, PostcodeSpan, Ward
from feedback.models import Category, SafetyRule, Signpost
from hubs.models import Department, Hub, TeamKind

from .load_force import SHEETS, Sheet


class Command(BaseCommand):
    help = "Write the facts of this force as a force pack, which load_force can load into an empty database."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="a new folder, such as areas/data/my_force")
        parser.add_argument(
            "--overwrite", action="store_true", help="replace the pack in a folder that is not empty; other files stay"
        )

    def handle(self, *, folder, overwrite=False, verbosity=1, **options):
        if not Force.objects.exists():
            raise CommandError("There is no force in this database. Load a force pack first.")
        with transaction.atomic():
            texts = {f"{name}.json": written(facts) for name, facts in files()}
        try:
            if not overwrite and folder.exists() and any(folder.iterdir()):
                raise CommandError(f"{folder} is not empty. Choose a new folder, or say --overwrite.")
            put(folder, texts)
        except OSError as error:
            raise CommandError(f"{folder} can't be written: {error.strerror}. There is no new pack in it.") from error
        if verbosity:
            self.stdout.write(f"Force pack {Force.objects.get()}: {len(texts)} files in {folder}.")


def put(folder: Path, texts: dict[str, str]) -> None:
    """Write the files into `folder`, all or none: first beside their place, then each moves in. Raises OSError."""
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    beside = None
    try:
        beside = Path(tempfile.mkdtemp(prefix=".dump_force-", dir=folder))
        for name, text in texts.items():
            (beside / name).write_text(text, encoding="utf-8")
        for name in texts:
            (beside / name).replace(folder / name)
    finally:
        if beside:
            shutil.rmtree(beside, ignore_errors=True)
        if new and not any(folder.iterdir()):
            folder.rmdir()


def files() -> Iterable[tuple[str, Any]]:
    """Each file of the pack: its name and what stands in it. The force's own is the last: without it nothing is a pack."""
    for sheet in reversed(SHEETS):
        if sheet.model is PostcodeSpan:
            yield from spans()
        elif sheet.model is Force:
            yield sheet.name, entry(sheet, Force.objects.get())
        else:
            yield sheet.name, [entry(sheet, row) for row in in_order(sheet)]


def in_order(sheet: Sheet) -> list[models.Model]:
    """The rows as they came in, and those that are known by a word of their own by that word: on each database alike."""
    rows = list(sheet.model._default_manager.all())
    return sorted(rows, key=lambda row: (row.pk if isinstance(row.pk, int) else 0, str(getattr(row, sheet.key))))


def written(facts: Any) -> str:
    """JSON with one entry a line where it is a list, so that a change is one line in a diff."""
    if not isinstance(facts, list):
        return json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1) + "\n"
    lines = [json.dumps(fact, cls=DjangoJSONEncoder, ensure_ascii=False) for fact in facts]
    return "[\n" + ",\n".join(lines) + "\n]\n"


# ---- how a row is written as the entry that load_force reads -----------------------------------------------------------
def entry(sheet: Sheet, row: models.Model) -> dict:
    """The row's columns under the pack's names: relations by their key, the portal's own columns left out."""
    others = {"id", *sheet.keep, *INSTEAD.get(sheet.model, ())}
    columns = [field for field in row._meta.concrete_fields if field.editable and field.name not in others]
    facts = {field.name: key_of(row, field) for field in columns}
    return facts | WRITE.get(sheet.model, lambda row: {})(row)


def key_of(row: models.Model, field: models.Field) -> Any:
    value = getattr(row, field.name)
    if not field.is_relation or value is None:
        return value
    return getattr(value, next(sheet.key for sheet in SHEETS if sheet.model is type(value)))


def lines(text: str) -> list[str]:
    """What stands on each line, however the browser that it was typed in ends them."""
    return text.splitlines()


def write_force(force: Force) -> dict:
    takes_complaints = list(Department.objects.filter(takes_complaints=True).values_list("code", flat=True))
    if len(takes_complaints) > 1:
        raise CommandError(
            f"More than one department takes complaints: {', '.join(takes_complaints)}. Choose one first."
        )
    return {
        "independent": force.independent_note,
        "working_hours": [force.working_from, force.working_until],
        "jargon": lines(force.jargon),
        "postcode_areas": force.postcode_areas.split(),
        "complaints_department": takes_complaints[0] if takes_complaints else None,
    }


def write_area(area: Area) -> dict:
    return {"centroid": [area.lat, area.lon]}


def write_ward(ward: Ward) -> dict:
    """With the ward that took its place, where there is one."""
    facts = {"in_force_until": ward.until, "known_2025": ward.active, "localities": lines(ward.localities)}
    if ward.successor_id:
        share = {"successor_share": ward.successor_share, "carried_at": ward.carried_at}
        facts |= {"successor": ward.successor_id} | share
    return facts


def write_language(language: Language) -> dict:
    return {"reviewed_by": "", "reviewed_on": None}


def write_team_kind(kind: TeamKind) -> dict:
    return {"focus": kind.focus.split(", ") if kind.focus else [], "public_description": kind.description}


def write_hub(hub: Hub) -> dict:
    hours = [
        {"weekdays": str(row.weekday), "opens": row.opens, "closes": row.closes}
        for row in hub.opening_hours.order_by("weekday", "opens")
    ]
    dated = [
        {"date": row.date, "opens": row.opens, "closes": row.closes, "reason": row.reason}
        for row in hub.hours_exceptions.order_by("date")
    ]
    return ({"other_hours": dated} if dated else {}) | {
        "custody": hub.custody_suite,
        "hours": "24h" if hub.always_open else hours,
        "services": lines(hub.services),
        "languages": lines(hub.languages),
    }


def write_signpost(signpost: Signpost) -> dict:
    phones = [{"note": ""} | phone | {"shown": True} for phone in signpost.phones]
    return {"phones": phones}


def write_category(category: Category) -> dict:
    return {"partner": None, "partner_note": category.partner, "signposts": codes(category)}


def write_safety_rule(rule: SafetyRule) -> dict:
    texts = ("phrases", "answers", "must_match", "must_not_match")
    nobody = {"reviewed_by": "", "reviewed_on": None}
    return {name: lines(getattr(rule, name)) for name in texts} | {"signposts": codes(rule)} | nobody


def codes(row: Category | SafetyRule) -> list[str]:
    return list(row.signposts.order_by("code").values_list("code", flat=True))


INSTEAD: dict[type[models.Model], tuple] = {  # columns that a pack says in a way of its own
    Force: ("independent_note", "working_from", "working_until"),
    Area: ("lat", "lon"),
    Ward: ("until",),
    TeamKind: ("description",),
    Department: ("takes_complaints",),
    Hub: ("custody_suite", "always_open"),
}
WRITE: dict[type[models.Model], Callable[[Any], dict]] = {
    Force: write_force,
    Area: write_area,
    Ward: write_ward,
    Language: write_language,
    TeamKind: write_team_kind,
    Hub: write_hub,
    Signpost: write_signpost,
    Category: write_category,
    SafetyRule: write_safety_rule,
}


# ---- postcodes ---------------------------------------------------------------------------------------------------------
def spans() -> Iterable[tuple[str, Any]]:
    """The three files about postcodes: sectors and districts, the forces outside, the letters of the country."""
    rows = list(PostcodeSpan.objects.order_by("code").prefetch_related("areas"))
    letters = [row.code for row in rows if row.code.isalpha()]
    sectors = [row for row in rows if " " in row.code]
    districts = [row for row in rows if " " not in row.code and not row.code.isalpha()]
    yield (
        "spans",
        {
            "sectors": {row.code: where(row) for row in sectors},
            "districts": {row.code: extent(row) for row in districts},
        },
    )
    yield (
        "outside_forces",
        {
            "sectors": {row.code: row.force for row in sectors if row.force},
            "districts": {row.code: row.force for row in districts if row.force},
        },
    )
    yield "uk_postcode_areas", letters


def where(sector: PostcodeSpan) -> str:
    """The one area's slug, "outside" or "straddles"."""
    inside = sector.reach == PostcodeSpan.Reach.INSIDE
    return sector.areas.all()[0].slug if inside else sector.reach


def extent(district: PostcodeSpan) -> dict:
    """Its areas, and whether part of it may lie outside the force."""
    areas = sorted(area.slug for area in district.areas.all())
    return {"areas": areas, "outside": district.reach == PostcodeSpan.Reach.OUTSIDE or straddles_edge(district, areas)}


def straddles_edge(district: PostcodeSpan, areas: list[str]) -> bool:
    return district.reach == PostcodeSpan.Reach.STRADDLES and len(areas) == 1
