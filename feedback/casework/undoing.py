"""What was done with several concerns is put back as it was, for a few minutes and while nobody has changed them since.

Only what is about who has a concern, and which problem it is part of: what a person or a partner was told can't be unsaid.
"""

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from feedback.access import Act, may
from feedback.lifecycle import Refused
from feedback.models import Concern, Problem, ReadLog, record_reading
from feedback.models.concern import Stale
from hubs.models import Team

from .acts import SeeOther, door
from .doors import staff_page
from .page import last_list

MINUTES = 10
SALT = "feedback.casework.undoing"
KEY = "undo"  # of the session


def _assign(concern, was, **how):
    officer, team = (kind.objects.filter(pk=pk).first() for kind, pk in zip((User, Team), was, strict=True))
    concern.assign(officer=officer, team=team, **how)


def _link(concern, was, **how):
    concern.link_to(Problem.objects.filter(pk=was[0]).first(), **how)


# Of each act that can be undone: which columns hold what was before, and what puts it back.
UNDOABLE = {Act.ASSIGN: (("officer_id", "team_id"), _assign), Act.PROBLEM: (("problem_id",), _link)}


def was_of(act, concern) -> list | None:
    """What `act` is about to change of `concern`, by key; None for an act that can't be undone."""
    return [getattr(concern, name) for name in UNDOABLE[act][0]] if act in UNDOABLE else None


def token_of(user, act, before) -> str:
    """What undoes `act` on concerns that `user` has just done it with; `before`: pairs of a concern and what it was. Or ""."""
    rows = [(concern.reference, concern.version, was) for concern, was in before if was is not None]
    return signing.dumps([user.pk, str(act), rows], salt=SALT, compress=True) if rows else ""


def remember(request, token, number, words) -> None:
    """Let the list offer to undo with `token` what was done last with `number` concerns; `words` say what. "" forgets it."""
    until = timezone.now().timestamp() + MINUTES * 60
    request.session[KEY] = {"token": token, "number": number, "words": words, "until": until} if token else {}


def offered(request) -> dict | None:
    """What `remember` kept, while it can be undone."""
    kept = request.session.get(KEY)
    return kept if kept and timezone.now().timestamp() < kept["until"] else None


@staff_page
def undo(request):
    """Put back what this person did with several concerns; those that somebody changed since stay as they are."""
    try:
        who, act, rows = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=MINUTES * 60)
    except signing.BadSignature:
        who, act, rows = None, None, []
    if who != request.user.pk:
        if request.method == "POST":
            messages.error(request, _("This can't be undone any more. Change the concerns one by one."))
        return SeeOther(last_list(request))
    remember(request, "", 0, "")
    concerns = Concern.objects.visible_to(request.user).in_bulk([row[0] for row in rows], field_name="reference")
    record_reading(request.user, ReadLog.What.LIST, door=door(request), why="chosen", rows=len(concerns))
    number = sum(_put_back(request.user, Act(act), concerns.get(reference), *rest) for reference, *rest in rows)
    say(request, number, len(rows) - number)
    return SeeOther(last_list(request))


def say(request, number, left) -> None:
    """How many are as they were, and how many stay."""
    if number:
        words = ngettext("%(n)d concern is as it was.", "%(n)d concerns are as they were.", number)
        messages.success(request, words % {"n": number})
    if left:
        words = ngettext(
            "%(n)d concern was changed since, or is not with you any more: it stays as it is.",
            "%(n)d concerns were changed since, or are not with you any more: they stay as they are.", left,
        )  # fmt: skip
        messages.warning(request, words % {"n": left})


def _put_back(user, act, concern, version, was) -> bool:
    if concern is None or not may(user, act, concern):
        return False
    try:
        with transaction.atomic():
            UNDOABLE[act][1](concern, was, by=user, version=version)
            concern.add_note(_("Undone: it was done together with other concerns by mistake."), by=user)
    except (Stale, Refused):
        return False
    return True
