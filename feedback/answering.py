"""Who answers for a concern now: whoever has it, who covers for them, or, where they work there no longer, the team."""

from dataclasses import dataclass

from django.db.models import Exists, Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.stamp import today_in_london
from areas.models import Area, Command, CommandCover
from hubs.models import Absence, Posting


@dataclass
class Leader:
    """An officer who leads the area of a concern: there themselves, or with `cover`, or away with nobody chosen."""

    here: bool = False
    cover: User | None = None


def _posting(concern):
    """The posting through which the concern's officer answers today in its area, or None."""
    here = Posting.objects.answering().filter(person=concern.officer_id, team__hub__area=concern.area_id)
    return here.for_words().first()


def _is_there(concern) -> bool:
    """Whether the officer works in the area today and is away from nothing: so it nearly always is, and cheap to ask."""
    away = Absence.objects.on(today_in_london()).filter(person=concern.officer_id)
    here = Posting.objects.current().filter(person=concern.officer_id, team__hub__area=concern.area_id)
    return concern.officer.is_active and here.filter(~Exists(away)).exists()


def _leader(concern) -> Leader | None:
    """How the concern's officer leads its area today, or None where somebody else does."""
    officer, today = concern.officer, today_in_london()
    if not officer.is_active or not Area.objects.led_by(officer).filter(pk=concern.area_id).exists():
        return None
    gone = Absence.objects.on(today).filter(posting__isnull=True)
    theirs = Command.objects.on(today).filter(person=officer, area=concern.area_id)
    acting = CommandCover.objects.on(today).filter(command__in=theirs, person__is_active=True)
    there = acting.exclude(person__in=gone.values("person")).select_related("person").first()
    if there:
        return Leader(cover=there.person)
    if not gone.filter(person=officer).exists():
        return Leader(here=True)
    covered = (
        gone.filter(person=officer).covered(today, Q(team__hub__area=concern.area_id)).select_related("cover").first()
    )
    return Leader(cover=covered.cover if covered else None)


def _public(person) -> str:
    return person.public_words or _("An officer of the team")


def who_answers(concern) -> str:
    """The officer as the public may know them, or "X answers for Y"; "" where the team answers. Never an absence."""
    if concern.officer is None:
        return ""
    leader = _leader(concern)
    if leader and leader.cover:
        names = {"cover": _public(leader.cover), "contact": _public(concern.officer)}
        same = names["cover"] == names["contact"]
        return names["cover"] if same else _("%(cover)s answers for %(contact)s") % names
    posting = _posting(concern)
    if posting and posting.away:
        return posting.answers_words
    return _public(concern.officer) if posting or leader and leader.here else ""


def note_for_colleagues(concern) -> str:
    """What colleagues must know of who has it: "" where that person answers themselves; never why they don't."""
    if concern.officer is None or concern.area_id is None:
        return ""
    leader = _leader(concern)
    if not (leader and leader.cover) and _is_there(concern):
        return ""
    posting = None if leader and leader.cover else _posting(concern)
    cover = leader.cover if leader and leader.cover else posting and posting.away and posting.cover
    if cover:
        return _("%(cover)s answers now") % {"cover": cover}
    if posting or leader and leader.here:
        return ""
    if leader or concern.officer.postings.current().filter(team__hub__area=concern.area_id).exists():
        return _("The team answers now")
    return _("Works here no longer: give it to somebody else")
