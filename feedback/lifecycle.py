"""The life of a concern: its states, the allowed moves between them, and how it can end."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    RECEIVED = "received", _("Received")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    IN_PROGRESS = "in_progress", _("In progress")
    REFERRED = "referred", _("Referred")
    RESOLVED = "resolved", _("Resolved")


class Outcome(models.TextChoices):
    SOLVED = "solved", _("Solved")
    REDUCED = "reduced", _("Better than it was")
    NOT_FOUND = "not_found", _("Checked and not found")
    PASSED_ON = "passed_on", _("Passed on")
    CANNOT_ACT = "cannot_act", _("We cannot act on it")
    MERGED = "merged", _("Joined with another concern")
    WITHDRAWN = "withdrawn", _("Withdrawn by the person who told us")
    CRIME = "crime", _("Recorded as a crime")
    COMPLAINT = "complaint", _("Handed to complaints")
    NOT_A_CONCERN = "not_a_concern", _("Not a concern for the police")


# Reopening is a move back to acknowledged, not a state.
MOVES: dict[str, frozenset[str]] = {
    Status.RECEIVED: frozenset({Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.REFERRED, Status.RESOLVED}),
    Status.ACKNOWLEDGED: frozenset({Status.IN_PROGRESS, Status.REFERRED, Status.RESOLVED}),
    Status.IN_PROGRESS: frozenset({Status.REFERRED, Status.RESOLVED}),
    Status.REFERRED: frozenset({Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.RESOLVED}),
    Status.RESOLVED: frozenset({Status.ACKNOWLEDGED}),
}


class MoveNotAllowed(Exception):
    """A concern can't go from its state to the asked one; `str()` is a sentence for the person who meets it."""

    def __init__(self, old, new):
        words = _("This concern is “%(old)s” and can't become “%(new)s” from there.")
        super().__init__(words % {"old": Status(old).label, "new": Status(new).label})
