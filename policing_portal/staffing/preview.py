"""What a move would change, found by making it and taking it back: what is shown is what would happen."""

import hashlib
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from areas.models import Area, Command, Ward
from feedback.models import Concern
from hubs.models import Absence, Move, Posting


@dataclass
class Preview:
    """What would change. `token`: of what it was made from, so that a later save can tell whether it still holds."""

    lines: list = field(default_factory=list)
    wards: list = field(default_factory=list)  # that lose their named contact
    concerns: list = field(default_factory=list)  # words: how many open concerns need a new owner
    covers: list = field(default_factory=list)  # absences for which somebody would still answer
    access: list = field(default_factory=list)  # words: whose reach changes
    token: str = ""


def preview(decide, day) -> Preview:
    """What the `Move` that `decide()` makes changes on `day`; nothing of it stays. Raises what `decide` raises."""
    with transaction.atomic():
        named = Posting.objects.all().wards_named(day)
        move = decide()
        people = _people_of(move)
        before = _areas_before(move, people, day)
        if move.kind == Move.Kind.TEAM:
            move.carry_out()
        after = _areas_of(people, day)
        found = Preview(
            lines=list(_lines(move)),
            wards=list(
                Ward.objects.filter(pk__in=named - Posting.objects.all().wards_named(day)).select_related("area")
            ),
            concerns=list(_concerns(move, people, after)),
            covers=list(_covers(move, people, day)),
            access=list(_access(people, before, after)),
        )
        transaction.set_rollback(True)
    found.token = _token(people)
    return found


def _people_of(move) -> dict:
    ids = set(move.lines.values_list("posting__person", flat=True))
    if move.team:
        ids |= set(move.team.postings.lasting(move.from_date).values_list("person", flat=True))
    return User.objects.in_bulk(ids)


def _areas_of(people, day) -> dict:
    areas: dict = {pk: set() for pk in people}
    postings = Posting.objects.on(day).filter(person__in=people, team__hub__isnull=False)
    for person, area in postings.values_list("person", "team__hub__area").order_by():
        areas[person].add(area)
    for person, area in Command.objects.on(day).filter(person__in=people).values_list("person", "area").order_by():
        areas[person].add(area)
    return areas


def _areas_before(move, people, day) -> dict:
    """Where they would work without the move: what it ended counts, what it began does not."""
    areas = _areas_of(people, day)
    if move.kind != Move.Kind.TEAM:
        for line in move.lines.select_related("posting__team__hub"):
            hub = line.posting.team.hub
            if hub and line.begun:
                areas[line.posting.person_id].discard(hub.area_id)
        for line in move.lines.filter(begun=False).select_related("posting__team__hub"):
            if line.posting.team.hub:
                areas[line.posting.person_id].add(line.posting.team.hub.area_id)
    return areas


def _lines(move):
    lines = list(move.lines.select_related("posting__person", "posting__team__hub").order_by("pk"))
    begun = {line.posting.person_id: line.posting for line in lines if line.begun}
    for line in lines:
        if not line.begun:
            old, new = line.posting, begun.get(line.posting.person_id)
            facts = {"person": old.person, "old": old.team, "new": new.team if new else ""}
            yield _("%(person)s: from %(old)s to %(new)s") % facts if new else _("%(person)s: leaves %(old)s") % facts
    if move.team:
        yield _("%(team)s: from %(old)s to %(new)s") % {"team": move.team, "old": move.hub_before, "new": move.hub}


def _concerns(move, people, after):
    """How many open concerns somebody has in an area where they would work no longer; numbers only, no concern is read."""
    held = Concern.objects.open().filter(officer__in=people).order_by()
    lost: dict = {}
    for person, area, number in held.values_list("officer", "area").annotate(number=Count("pk")):
        if area not in after[person]:
            lost[person] = lost.get(person, 0) + number
    for person, number in lost.items():
        words = ngettext(
            "%(number)d open concern of %(person)s needs a new owner",
            "%(number)d open concerns of %(person)s need a new owner",
            number,
        )
        yield words % {"number": number, "person": people[person]}
    if move.team and move.hub.area_id != move.hub_before.area_id:
        number = Concern.objects.open().filter(team=move.team).count()
        if number:
            yield (
                ngettext(
                    "%d open concern of the team needs a new owner",
                    "%d open concerns of the team need a new owner",
                    number,
                )
                % number
            )


def _covers(move, people, day):
    if move.kind in (Move.Kind.LEAVE, Move.Kind.PEOPLE):
        for absence in (
            Absence.objects.exclude(until__lt=day).filter(cover__in=people).select_related("person", "cover")
        ):
            yield _("%(cover)s answers for %(person)s: choose somebody else if that ends") % {
                "cover": absence.cover, "person": absence.person,
            }  # fmt: skip


def _access(people, before, after):
    names = dict(Area.objects.values_list("pk", "name"))
    for pk, person in sorted(people.items(), key=lambda one: one[1].name):
        gone, new = before[pk] - after[pk], after[pk] - before[pk]
        if gone:
            yield _("%(person)s no longer sees concerns of %(areas)s") % {
                "person": person,
                "areas": _listed(gone, names),
            }
        if new:
            yield _("%(person)s sees concerns of %(areas)s") % {"person": person, "areas": _listed(new, names)}


def _listed(areas, names) -> str:
    return ", ".join(sorted(names[pk] for pk in areas))


def _token(people) -> str:
    """Which postings these people have, as they stand."""
    rows = Posting.objects.filter(person__in=people).order_by("pk")
    facts = rows.values_list("pk", "team", "team__hub", "role", "share", "from_date", "until", "named_wards")
    return hashlib.sha256(repr(sorted(map(repr, facts))).encode()).hexdigest()[:24]
