"""Which tables go in and out as CSV, by the model whose rows they are."""

from .hours import Hours, OtherHours
from .people import People
from .places import Hubs, Teams, Wards
from .postings import Postings
from .promises import Actions, Meetings, Priorities
from .tables import Table

TABLES: dict[str, type[Table]] = {
    "hubs.posting": Postings,
    "accounts.user": People,
    "areas.ward": Wards,
    "hubs.hub": Hubs,
    "hubs.openinghours": Hours,
    "hubs.hoursexception": OtherHours,
    "hubs.team": Teams,
    "areas.meeting": Meetings,
    "areas.priority": Priorities,
    "areas.priorityaction": Actions,
}
