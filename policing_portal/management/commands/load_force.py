"""`manage.py load_force`: the facts of a force pack become rows, which staff then keep right in the admin.

It stands in the front hall because a pack fills several rooms. Without --refresh it only adds what is missing, so that
nothing which staff changed is ever undone; a second run changes nothing.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from areas.models import Area, Channel, Edition, Force, Language, Neighbour, PostcodeSpan, Ward
from feedback.models import Category, MailText, Partner, RetentionRule, SafetyRule, Signpost, StandardText
from hubs.models import BankHoliday, Department, HoursException, Hub, OpeningHours, StrengthTarget, TeamKind


class Command(BaseCommand):
    help = "Load the facts of a force pack: adds what is missing and leaves what staff changed; safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="such as areas/data/west_midlands")
        parser.add_argument("--refresh", action="store_true", help="also overwrite rows that differ from the pack")

    def handle(self, *, folder, refresh=False, verbosity=1, **options):
        pack = Pack(folder)
        with transaction.atomic():
            pack.refuse_another_force()
            added, changed = pack.apply(refresh=refresh)
        if verbosity:
            self.stdout.write(f"Force pack {pack.force['name']}: {added} rows added, {changed} changed.")


# ---- how each file's entries read ------------------------------------------------------------------------------------
def same(entry: dict, *names: str) -> dict:
    """Those fields of the entry that have the same name in the model."""
    return {name: entry[name] for name in names}


def read_force(entry: dict, pack: "Pack") -> dict:
    fields = same(entry, "slug", "name", "short_name", "portal_name", "reference_prefix", "emergency_phone")
    fields |= same(entry, "non_emergency_phone", "textphone_emergency", "textphone_non_emergency", "website")
    fields |= same(entry, "report_crime_url", "complaints_url", "headquarters", "model_start", "response_hours")
    fields |= same(entry, "acknowledge_hours", "crime_recording_hours", "recourse_hours", "format_hours", "asb_reports")
    fields |= same(entry, "asb_months", "desk_name", "desk_email", "desk_weekdays", "desk_opens", "desk_closes")
    fields |= same(entry, "duty_name", "duty_email", "safety_minutes", "inbox_email", "not_watched_notice", "guarantee")
    fields |= same(entry, "exit_url", "checked_on", "climb_hours", "pause_days", "partner_days", "victim_rights")
    fields |= same(entry, *({"repeat_reports", "repeat_months"} & entry.keys()))  # older packs do not say
    fields["working_from"], fields["working_until"] = map(time.fromisoformat, entry["working_hours"])
    fields["jargon"] = "\n".join(entry["jargon"])
    return fields | {"independent_note": entry["independent"], "postcode_areas": " ".join(entry["postcode_areas"])}


def read_area(entry: dict, pack: "Pack") -> dict:
    lat, lon = entry["centroid"]
    fields = same(entry, "slug", "name", "gss_code", "population", "population_year", "council", "council_url")
    fields |= same(entry, "review_reports", "review_months", "review_url", "review_checked_on")
    return fields | same(entry, "email", "phone", "about", "order") | {"lat": lat, "lon": lon}


def read_ward(entry: dict, pack: "Pack") -> dict:
    fields = same(entry, "code", "name", "in_force_from", "lat", "lon")
    localities = "\n".join(entry["localities"])
    return fields | {
        "area": pack.row(Area, entry["area"]),
        "until": entry["in_force_until"],
        "localities": localities,
        "active": bool(entry["known_2025"]) and pack.nothing_loaded,
    }


def read_department(entry: dict, pack: "Pack") -> dict:
    takes = entry["code"] == pack.force["complaints_department"]
    return same(entry, "code", "name", "role") | {"takes_complaints": takes}


def read_team_kind(entry: dict, pack: "Pack") -> dict:
    words = {"focus": ", ".join(entry["focus"]), "description": entry["public_description"]}
    return same(entry, "code", "name", "order") | words


def read_target(entry: dict, pack: "Pack") -> dict:
    fields = same(entry, "code", "name", "extra", "baseline", "reported", "reported_on", "source", "source_url")
    return fields | {"team_kind": pack.row(TeamKind, entry["team_kind"]), "checked_on": entry["checked_on"]}


def read_hub(entry: dict, pack: "Pack") -> dict:
    fields = same(entry, "slug", "name", "address", "postcode", "lat", "lon", "front_counter", "response_base")
    fields |= same(entry, "neighbourhood_base", "investigation_base", "hours_note", "status_note", "source_year")
    fields |= same(entry, "directions", "page_url", "step_free", "hearing_loop", "access_note")
    return fields | {
        "checked_on": entry["checked_on"],
        "area": pack.row(Area, entry["area"]),
        "custody_suite": entry["custody"],
        "always_open": entry["hours"] == "24h",
        "services": "\n".join(entry["services"]),
        "languages": "\n".join(entry["languages"]),
    }


def read_signpost(entry: dict, pack: "Pack") -> dict:
    fields = same(entry, "code", "title", "when", "advice", "mode", "exit_page", "sensitive", "order", "checked_on")
    # A number that nobody has confirmed stays in the pack: the admin would show it to the public.
    phones = [same(phone, "label", "number", "note") for phone in entry["phones"] if phone["shown"]]
    return fields | {"phones": phones, "links": [same(link, "label", "url") for link in entry["links"]]}


def read_safety_rule(entry: dict, pack: "Pack") -> dict:
    lines = ("phrases", "answers", "must_match", "must_not_match")
    spoken = {"language": "en", "reviewed_by": "", "reviewed_on": None} | entry  # older packs are English
    fields = same(spoken, "code", "name", "kind", "active", "order", "language", "reviewed_by", "reviewed_on")
    return fields | {name: "\n".join(entry[name]) for name in lines}


def read_category(entry: dict, pack: "Pack") -> dict:
    fields = same(
        entry, "code", "name", "hint", "asb_qualifier", "sensitive", "response_hours", "working_hours", "order"
    )
    # A pack that does not say leaves it to staff.
    fields |= same(entry, *({"in_use", "repeat_victims"} & entry.keys()))
    return fields | {
        "team_kind": pack.row(TeamKind, entry["team_kind"]),
        "department": pack.row(Department, entry["department"]),
        "partner": entry["partner_note"] or entry["partner"],
    }


def read_partner(entry: dict, pack: "Pack") -> dict:
    return same(entry, "code", "name", "kind", "url", "email") | {"area": pack.row(Area, entry["area"])}


def read_standard_text(entry: dict, pack: "Pack") -> dict:
    fields = same(entry, "title", "language", "text", "status", "expires")
    StandardText(**fields).clean()
    return fields | {"category": pack.row(Category, entry["category"])}


def read_span(entry: dict, pack: "Pack") -> dict:
    areas, outside = entry["areas"], entry["outside"]
    if areas and (outside or len(areas) > 1 or entry["unsure"]):
        reach = PostcodeSpan.Reach.STRADDLES
    else:
        reach = PostcodeSpan.Reach.INSIDE if areas else PostcodeSpan.Reach.OUTSIDE
    return {"code": entry["code"], "reach": reach, "force": entry["force"]}


def copied(*names: str) -> Callable[[dict, "Pack"], dict]:
    """A reader for files whose fields are named as the model's are."""
    return lambda entry, pack: same(entry, *names)


# ---- rows that hang on others ----------------------------------------------------------------------------------------
def link_spans(pack: "Pack", spans: list, entries: dict) -> None:
    through = PostcodeSpan.areas.through
    rows = [
        through(postcodespan_id=span.pk, area_id=pack.row(Area, slug).pk)
        for span in spans
        for slug in entries[span.pk]["areas"]
    ]
    through.objects.filter(postcodespan__in=[span.pk for span in spans]).delete()
    through.objects.bulk_create(rows)


def link_signposts(pack: "Pack", categories: list, entries: dict) -> None:
    for category in categories:
        category.signposts.set([pack.row(Signpost, code) for code in entries[category.code]["signposts"]])


def link_help(pack: "Pack", rules: list, entries: dict) -> None:
    for rule in rules:
        rule.signposts.set([pack.row(Signpost, code) for code in entries[rule.code]["signposts"]])


def link_successors(pack: "Pack", wards: list, entries: dict) -> None:
    """Which ward took the place of another, where the pack says so and the portal has not decided otherwise."""
    for ward in wards:
        successor = entries[ward.code].get("successor")
        if successor and ward.successor_id is None:
            if successor not in pack.rows[Ward]:
                raise CommandError(f"Ward {ward.code}: there is no ward “{successor}”. Nothing was loaded.")
            facts = same(entries[ward.code], "successor_share", "carried_at")
            Ward.objects.filter(pk=ward.pk).update(successor=pack.row(Ward, successor), **facts)


def add_hours(pack: "Pack", hubs: list, entries: dict) -> None:
    """The week of each hub, and the dates with other hours where the pack knows such; what is so already stays."""
    weeks = {hub.pk: opening_hours(hub, entries[hub.slug]["hours"]) for hub in hubs}
    if any(weeks.values()):
        become(OpeningHours, weeks, "weekday", "opens", "closes")
    dated = {hub.pk: other_hours(hub, entries[hub.slug]) for hub in hubs if "other_hours" in entries[hub.slug]}
    become(HoursException, dated, "date", "opens", "closes", "reason")


def become(model: type[models.Model], meant: dict, *names: str) -> None:
    """Let the rows of each hub in `meant` (its key -> unsaved rows) be those, told apart by the fields `names`."""
    stood: dict = {
        (row.hub_id, *(getattr(row, name) for name in names)): row for row in model.objects.filter(hub__in=meant)
    }
    new = {(row.hub_id, *(getattr(row, name) for name in names)): row for rows in meant.values() for row in rows}
    for key in stood.keys() - new.keys():
        stood[key].delete()
    model.objects.bulk_create(row for key, row in new.items() if key not in stood)


def other_hours(hub: Hub, entry: dict) -> list[HoursException]:
    """Rows of the pack's `other_hours`: a date each, closed all day where there are no times."""
    return [
        HoursException(
            hub=hub, date=date.fromisoformat(part["date"]), opens=clock(part["opens"]), closes=clock(part["closes"]),
            reason=part["reason"],
        )
        for part in entry.get("other_hours", ())
    ]  # fmt: skip


def clock(text: str | None) -> time | None:
    """A time of day, or None for none."""
    return time.fromisoformat(text) if text else None


def opening_hours(hub: Hub, hours: Any) -> list[OpeningHours]:
    """Rows of the pack's `hours`: "24h" has none, a list has one for each weekday of "0-6"."""
    return [
        OpeningHours(hub=hub, weekday=day, opens=clock(part["opens"]), closes=clock(part["closes"]))
        for part in ([] if hours == "24h" else hours)
        for day in weekdays(part["weekdays"])
    ]


def weekdays(text: str) -> range:
    """The days of "0-6" or "5"; Monday is 0."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


@dataclass(frozen=True)
class Sheet:
    """One file of the pack: into which model it goes, which field is its key, and how an entry reads."""

    name: str
    model: type[models.Model]
    key: str
    read: Callable[[dict, "Pack"], dict]
    links: Callable[["Pack", list, dict], None] | None = None
    keep: tuple = ()  # fields that --refresh leaves alone: the portal decides them
    needs: Callable[[dict, "Pack"], Any] | None = None  # looks at what the links will need
    also: str = ""  # a field that tells rows of the same key apart

    def called(self, get: Callable[[str, Any], Any]) -> str:
        """What an entry or row, whose fields `get` gives, is known by within its file."""
        return " ".join(str(get(name, "without a key")) for name in (self.key, self.also) if name)


SHEETS = [  # what is referred to comes first
    Sheet("force", Force, "id", read_force),
    Sheet("areas", Area, "slug", read_area),
    Sheet("wards", Ward, "code", read_ward, links=link_successors, keep=("active",)),
    Sheet("spans", PostcodeSpan, "code", read_span, links=link_spans),
    Sheet("neighbours", Neighbour, "lad_code", copied("lad_code", "lad_name", "force", "force_url", "phone")),
    Sheet("channels", Channel, "code", copied("code", "name", "value", "use", "order", "checked_on", "shown")),
    Sheet("languages", Language, "code", copied("code", "name", "own_name", "order", "reviewed_by", "reviewed_on")),
    Sheet("bank_holidays", BankHoliday, "date", copied("date", "name")),
    Sheet("team_kinds", TeamKind, "code", read_team_kind),
    Sheet("targets", StrengthTarget, "code", read_target),
    Sheet("departments", Department, "code", read_department),
    Sheet(
        "hubs",
        Hub,
        "slug",
        read_hub,
        links=add_hours,
        needs=lambda entry, pack: opening_hours(Hub(), entry["hours"]) + other_hours(Hub(), entry),
    ),
    Sheet("signposts", Signpost, "code", read_signpost),
    Sheet(
        "categories",
        Category,
        "code",
        read_category,
        links=link_signposts,
        needs=lambda entry, pack: [pack.row(Signpost, code) for code in entry["signposts"]],
    ),
    Sheet(
        "safety_rules",
        SafetyRule,
        "code",
        read_safety_rule,
        links=link_help,
        needs=lambda entry, pack: [pack.row(Signpost, code) for code in entry["signposts"]],
    ),
    Sheet("partners", Partner, "code", read_partner),
    Sheet("retention", RetentionRule, "record", copied("record", "months", "reason", "source")),
    Sheet("standard_texts", StandardText, "title", read_standard_text, also="language"),
    # As staff worded them: words that can't be used here stop neither the pack nor a mail, and the admin says why.
    Sheet("mail_texts", MailText, "name", copied("name", "subject", "text")),
]


class Pack:
    """A folder of facts, read and checked as a whole before anything is written."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.force = self.load("force")
        self.rows: dict[type[models.Model], dict[str, models.Model]] = {}

    def load(self, name: str) -> Any:
        """The JSON of one file. Raises CommandError with a sentence that names it."""
        path = self.folder / f"{name}.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(f"{path} is not JSON: {error}.") from error

    def refuse_another_force(self) -> None:
        """One portal serves one force: areas of two would be mixed for ever."""
        other = Force.objects.exclude(slug=self.force["slug"]).first()
        if other:
            raise CommandError(
                f"This portal holds {other.name}; a pack of {self.force['name']} needs a database of its own."
            )

    def row(self, model: type[models.Model], key: str | None) -> Any:
        """The row of `model` that the pack calls `key`, or None for None. Raises LookupError."""
        if key is None:
            return None
        if key not in self.rows[model]:
            raise LookupError(f"there is no {model._meta.verbose_name} “{key}”")
        return self.rows[model][key]

    def apply(self, *, refresh: bool) -> tuple[int, int]:
        """Check every entry, then write; returns how many rows were added and changed."""
        self.nothing_loaded = not Edition.objects.filter(state=Edition.State.ACTIVE).exists()
        plans = [self.plan(sheet) for sheet in SHEETS]
        return sum(plan.add(self) for plan in plans), sum(plan.change(self) for plan in plans if refresh)

    def plan(self, sheet: Sheet) -> "Plan":
        existing = {sheet.called(partial(getattr, row)): row for row in sheet.model._default_manager.all()}
        rows = self.rows[sheet.model] = dict(existing)
        plan = Plan(sheet)
        for entry in self.entries(sheet.name):
            key = sheet.called(entry.get)
            if key in plan.entries:
                raise self.refused(sheet, key, "it is there twice")
            plan.entries[key] = entry
            made = self.checked(sheet, key, entry)
            if key in existing:
                plan.known.append((existing[key], made))
            else:
                rows[key] = made
                plan.new.append(made)
        return plan

    def entries(self, name: str) -> list[dict]:
        """The entries of one file, of which some are not plain lists."""
        if name == "force":
            return [self.force | {"id": 1}]
        if name == "channels":  # without a number there is nothing to show, now or later
            return [entry for entry in self.load(name) if entry.get("value") != ""]
        if name == "standard_texts":  # older packs are English
            return [{"language": settings.LANGUAGE_CODE} | entry for entry in self.load(name)]
        return self.spans() if name == "spans" else self.load(name)

    def spans(self) -> list[dict]:
        """Sectors, districts and all postcode areas of the country as entries of one shape."""
        spans, forces = self.load("spans"), self.load("outside_forces")
        districts, touched = spans["districts"], {}
        for code, span in districts.items():
            touched.setdefault(re.sub(r"\d.*", "", code), set()).update(span["areas"])
        sectors = {
            code: {"areas": [where], "outside": False}
            if where not in ("outside", "straddles")
            else {"areas": [] if where == "outside" else districts[code.split()[0]]["areas"], "outside": True}
            for code, where in spans["sectors"].items()
        }
        letters = {
            code: {"areas": sorted(touched.get(code, [])), "outside": code not in touched, "unsure": True}
            for code in self.load("uk_postcode_areas")
        }
        named = forces["sectors"] | forces["districts"]
        return [
            {"unsure": False, "force": named.get(code, "")} | span | {"code": code}
            for code, span in (sectors | districts | letters).items()
        ]

    def checked(self, sheet: Sheet, key: str, entry: dict) -> models.Model:
        """An unsaved row of the entry, cleaned as the admin would clean it. Raises CommandError."""
        relations = [field.name for field in sheet.model._meta.concrete_fields if field.is_relation]
        try:
            fields = sheet.read(entry, self)
            if sheet.needs:
                sheet.needs(entry, self)
            made = sheet.model(**{name: self.blank(sheet, name, value) for name, value in fields.items()})
            made.clean_fields(exclude=relations)
        except KeyError as error:
            raise self.refused(sheet, key, f"{error} is missing") from error
        except ValidationError as error:
            why = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
            raise self.refused(sheet, key, why) from error
        except (LookupError, TypeError, ValueError) as error:
            raise self.refused(sheet, key, str(error)) from error
        made.pack_fields = [name for name in fields if name not in sheet.keep]
        return made

    def blank(self, sheet: Sheet, name: str, value: Any) -> Any:
        """The value, but empty text for null where the model knows no null."""
        return "" if value is None and not sheet.model._meta.get_field(name).null else value

    def refused(self, sheet: Sheet, key: str, why: str) -> CommandError:
        return CommandError(f"{self.folder / sheet.name}.json, entry {key}: {why}. Nothing was loaded.")


class Plan:
    """What one file would add and change."""

    def __init__(self, sheet: Sheet):
        self.sheet = sheet
        self.entries: dict[str, dict] = {}
        self.new: list = []
        self.known: list = []

    def add(self, pack: Pack) -> int:
        """Write the rows that are missing, with what hangs on them."""
        if self.new:
            self.sheet.model._default_manager.bulk_create(self.new)
            self.link(pack, self.new)
        return len(self.new)

    def change(self, pack: Pack) -> int:
        """Overwrite rows that differ from the pack, each with its history."""
        changed = [row for row, made in self.known if self.overwrite(row, made)]
        if self.known:
            self.link(pack, [row for row, _made in self.known])
        return len(changed)

    def overwrite(self, row: models.Model, made: Any) -> bool:
        """Write what the pack says over one row; False when it says the same."""
        different = {name for name in made.pack_fields if getattr(row, name) != getattr(made, name)}
        for name in different:
            setattr(row, name, getattr(made, name))
        if different:
            row.save()
        return bool(different)

    def link(self, pack: Pack, rows: list) -> None:
        if self.sheet.links:
            self.sheet.links(pack, rows, self.entries)
