"""WHO, AND FROM WHERE: one noun a file."""

from .abstraction import days_lost
from .cover import suggest_cover
from .establishment import Establishment, StrengthTarget, strength, strength_by_team, strengths
from .hub import BankHoliday, HoursException, Hub, OpeningHours, Weekday
from .move import Move, MoveLine, MoveRefused
from .posting import Absence, Posting
from .standin import mark_stand_ins, refuse_idle_cover
from .team import Department, Team, TeamKind

__all__ = [
    "Absence",
    "BankHoliday",
    "Department",
    "Establishment",
    "HoursException",
    "Hub",
    "Move",
    "MoveLine",
    "MoveRefused",
    "OpeningHours",
    "Posting",
    "StrengthTarget",
    "Team",
    "TeamKind",
    "Weekday",
    "days_lost",
    "mark_stand_ins",
    "refuse_idle_cover",
    "strength",
    "strength_by_team",
    "strengths",
    "suggest_cover",
]
