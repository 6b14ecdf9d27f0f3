"""WHAT PEOPLE TELL US: one noun a file."""

from .announcement import Announcement, announce
from .category import Category, Partner, Signpost
from .closedvisit import ClosedVisit
from .coderequest import CodeRequest
from .concern import Concern
from .contact import Contact, ContactStop
from .counting import count_people
from .draft import Draft
from .figures import ClosedMonth, Figure
from .followlink import FollowLink
from .formatrequest import FormatRequest
from .mailtext import MailText
from .morningmail import MorningMail, write_morning_mails
from .notification import Notification
from .photo import Photo
from .problem import Problem
from .rating import Rating
from .readlog import NotRecorded, PurgeRecord, ReadLog, record_reading
from .recourse import Recourse
from .referral import Referral
from .retention import Hold, RetentionRule
from .safetyreview import SafetyReview
from .safetyrule import SafetyRule
from .savedlist import SavedList
from .search import SearchCount, SearchMonth
from .servicefeedback import ServiceFeedback
from .standardtext import StandardText
from .subscription import Subscription
from .takenfor import TakenFor
from .tally import Tally
from .update import ConcernUpdate
from .voice import Voice

__all__ = [
    "Announcement",
    "Category",
    "ClosedMonth",
    "ClosedVisit",
    "CodeRequest",
    "Concern",
    "ConcernUpdate",
    "Contact",
    "ContactStop",
    "Draft",
    "Figure",
    "FollowLink",
    "Hold",
    "NotRecorded",
    "FormatRequest",
    "MailText",
    "MorningMail",
    "Notification",
    "Partner",
    "Photo",
    "Problem",
    "PurgeRecord",
    "Rating",
    "ReadLog",
    "RetentionRule",
    "Recourse",
    "Referral",
    "SafetyReview",
    "SafetyRule",
    "SavedList",
    "SearchCount",
    "SearchMonth",
    "ServiceFeedback",
    "Signpost",
    "StandardText",
    "Subscription",
    "Tally",
    "Voice",
    "TakenFor",
    "announce",
    "count_people",
    "record_reading",
    "write_morning_mails",
]
