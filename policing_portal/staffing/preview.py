"""What a move would change, found by making it and taking it back: what is shown is what would happen."""

import hashlib
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.models import User
from areas.models import Area, Command, CommandCover, Ward
from feedback.models import Concern
from hubs.models import Absence, Move, Posting, Team, mark_stand_ins

SEEN = 200  # references of concerns on one page
GONE = gettext_noop("%(person)s no longer sees concerns of %(areas)s")
NEW = gettext_noop("%(person)s sees concerns of %(areas)s")


@dataclass
class Preview:
    """What would change. `token`: of what it was made from, so that a later save can tell whether it still holds."""

    lines: list = field(default_factory=list)
    wards: list = field(default_factory=list)  # that lose their named contact
    concerns: list = field(default_factory=list)  # `Held`: the open concerns that need a new owner
    covers: list = field(default_factory=list)  # absences for which somebody would still answer
    access: list = field(default_factory=list)  # words: whose reach changes
    token: str = ""
    day: date | None = None  # on which it changes: today, where the move begins in the past


@dataclass
class Held:
    """Open concerns that need a new owner: how many, in words, and those (Concern rows) that whoever looks may see."""

    words: str
    seen: list = field(default_factory=list)


def preview(decide, day, *, by) -> Preview:
    """What the `Move` that `decide()` makes changes on `day`, as `by` may see it; nothing of it stays.

    Raises what `decide` raises.
    """
    with transaction.atomic():
        named = Posting.objects.all().wards_named(day)
        move = decide()
        people = _people_of(move)
        before, after = _reach_without(move, people, day), _reach_with(move, people, day)
        found = Preview(
            lines=[*move.undid, *Move.objects.described().get(pk=move.pk).changes],
            wards=list(
                Ward.objects.filter(pk__in=named - Posting.objects.all().wards_named(day)).select_related("area")
            ),
            concerns=list(_concerns(move, people, after, by)),
            covers=list(_covers(move, people, day)),
            access=list(_access(people, before, after)),
        )
        transaction.set_rollback(True)
    found.token, found.day = _token(people), day
    return found


def _people_of(move) -> dict:
    ids = set(move.lines.values_list("posting__person", flat=True))
    if move.team:
        ids |= set(move.team.postings.lasting(move.from_date).values_list("person", flat=True))
    return User.objects.in_bulk(ids)


def places_seen(people, day) -> dict:
    """Person's id -> whose concerns they see on `day`: ids of areas, and names of departments."""
    reach: dict = {pk: set() for pk in people}
    may = {"person__in": people, "person__is_active": True}
    postings = Posting.objects.on(day).filter(**may).order_by()
    for person, *place in postings.values_list("person", "team__hub__area", "team__department__name"):
        reach[person] |= {*place} - {None}
    commands = Command.objects.on(day)
    covers = CommandCover.objects.on(day).filter(command__in=commands, **may).order_by()
    for person, area in commands.filter(**may).order_by().values_list("person", "area"):
        reach[person].add(area)
    for person, area in covers.values_list("person", "command__area"):
        reach[person].add(area)
    return reach


def _reach_with(move, people, day) -> dict:
    if move.team:
        Team.objects.filter(pk=move.team_id).update(hub=move.hub)
    return places_seen(people, day)


def _reach_without(move, people, day) -> dict:
    """Whose concerns they would see had the move not been made: all that it ended goes on, and nothing that it began is."""
    if move.team:
        Team.objects.filter(pk=move.team_id).update(hub=move.hub_before)
        return places_seen(people, day)
    reach = places_seen(people, day)
    lines = list(move.lines.select_related("posting__team__hub", "posting__team__department"))
    for line in sorted(lines, key=lambda line: not line.begun):
        team, whose = line.posting.team, reach[line.posting.person_id]
        place = team.hub.area_id if team.hub else team.department.name
        (whose.discard if line.begun else whose.add)(place)
    return reach


def _concerns(move, people, after, by):
    """The open concerns that somebody has in an area where they would work no longer, person by person, then the team's."""
    held = Concern.objects.open().filter(officer__in=people).order_by()
    lost: dict = {}
    for person, area, number in held.values_list("officer", "area").annotate(number=Count("pk")):
        if area not in after[person]:
            lost[person] = lost.get(person, 0) + number
    theirs: dict = {}
    for concern in _seen(by, officer__in=lost):
        if concern.area_id not in after[concern.officer_id]:
            theirs.setdefault(concern.officer_id, []).append(concern)
    for person, number in lost.items():
        words = ngettext(
            "%(number)d open concern of %(person)s needs a new owner",
            "%(number)d open concerns of %(person)s need a new owner",
            number,
        )
        yield Held(words % {"number": number, "person": people[person]}, theirs.get(person, []))
    if move.team and move.hub.area_id != move.hub_before.area_id:
        number = Concern.objects.open().filter(team=move.team).count()
        words = ngettext(
            "%d open concern of the team needs a new owner", "%d open concerns of the team need a new owner", number
        )
        if number:
            yield Held(words % number, list(_seen(by, team=move.team)))


def _seen(by, **where):
    """The open ones that `by` may see, by reference alone."""
    rows = Concern.objects.visible_to(by).open().filter(**where)
    return rows.only("pk", "reference", "officer", "area").order_by("reference")[:SEEN]


def _covers(move, people, day):
    touched = Q(cover__in=people) | Q(person__in=people, cover__isnull=False)
    lasting = Absence.objects.exclude(until__lt=day).filter(touched).select_related("person", "cover")
    for absence in mark_stand_ins(lasting.order_by("from_date", "pk"), day):
        who = {"cover": absence.cover, "person": absence.person}
        if absence.person_works and not absence.stands_in:
            yield "{cover} can no longer answer for {person}: choose somebody else".format(**who)
        elif move.kind == Move.Kind.PEOPLE and absence.cover_id in people:
            yield _("%(cover)s answers for %(person)s: choose somebody else if that ends") % who


def _access(people, before, after):
    names = dict(Area.objects.values_list("pk", "name"))
    for pk, person in sorted(people.items(), key=lambda one: one[1].name):
        for words, places in ((GONE, before[pk] - after[pk]), (NEW, after[pk] - before[pk])):
            if places:
                listed = ", ".join(sorted(names.get(place, place) for place in places))
                yield _(words) % {"person": person, "areas": listed}


def _token(people) -> str:
    """Which postings these people have, as they stand."""
    rows = Posting.objects.filter(person__in=people).order_by("pk")
    facts = rows.values_list("pk", "team", "team__hub", "role", "share", "from_date", "until", "named_wards")
    return hashlib.sha256(repr(sorted(map(repr, facts))).encode()).hexdigest()[:24]
