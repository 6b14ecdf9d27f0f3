"""WHO, AND FROM WHERE: one noun a file."""

from .hub import BankHoliday, HoursException, Hub, OpeningHours, Weekday
from .posting import Absence, Posting
from .team import Department, Team, TeamKind

__all__ = [
    "Absence",
    "BankHoliday",
    "Department",
    "HoursException",
    "Hub",
    "OpeningHours",
    "Posting",
    "Team",
    "TeamKind",
    "Weekday",
]
