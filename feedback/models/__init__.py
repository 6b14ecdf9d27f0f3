"""WHAT PEOPLE TELL US: one noun a file."""

from .category import Category, Partner, Signpost
from .concern import Concern
from .contact import Contact
from .draft import Draft
from .followlink import FollowLink
from .notification import Notification
from .readlog import NotRecorded, PurgeRecord, ReadLog, record_reading
from .update import ConcernUpdate

__all__ = [
    "Category",
    "Concern",
    "ConcernUpdate",
    "Contact",
    "Draft",
    "FollowLink",
    "NotRecorded",
    "Notification",
    "Partner",
    "PurgeRecord",
    "ReadLog",
    "Signpost",
    "record_reading",
]
