"""WHAT PEOPLE TELL US: one noun a file."""

from .announcement import Announcement, announce
from .category import Category, Partner, Signpost
from .concern import Concern
from .contact import Contact, ContactStop
from .draft import Draft
from .figures import ClosedMonth, Figure
from .followlink import FollowLink
from .notification import Notification
from .problem import Problem, count_people
from .readlog import NotRecorded, PurgeRecord, ReadLog, record_reading
from .retention import Hold, RetentionRule
from .search import SearchCount, SearchMonth
from .servicefeedback import ServiceFeedback
from .update import ConcernUpdate

__all__ = [
    "Announcement",
    "Category",
    "ClosedMonth",
    "Concern",
    "ConcernUpdate",
    "Contact",
    "ContactStop",
    "Draft",
    "Figure",
    "FollowLink",
    "Hold",
    "NotRecorded",
    "Notification",
    "Partner",
    "Problem",
    "PurgeRecord",
    "ReadLog",
    "RetentionRule",
    "SearchCount",
    "SearchMonth",
    "ServiceFeedback",
    "Signpost",
    "announce",
    "count_people",
    "record_reading",
]
