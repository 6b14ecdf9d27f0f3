"""WHERE: one noun a file."""

from .area import Area, Command, CommandCover, Editorship
from .dated import DatedFactQuerySet, Ruled, RuledQuerySet, first_clash, overlapping
from .edition import Boundary, Edition, Postcode, PostcodeSpan
from .force import Channel, Force, Neighbour
from .language import Language
from .meeting import Meeting, MeetingQuestion, TooLate
from .notice import Notice
from .priority import Priority, PriorityAction
from .ward import Ward

__all__ = [
    "Area",
    "Boundary",
    "Channel",
    "Command",
    "CommandCover",
    "DatedFactQuerySet",
    "Edition",
    "Editorship",
    "Force",
    "Language",
    "Meeting",
    "MeetingQuestion",
    "Neighbour",
    "Notice",
    "Postcode",
    "PostcodeSpan",
    "Priority",
    "PriorityAction",
    "Ruled",
    "RuledQuerySet",
    "TooLate",
    "Ward",
    "first_clash",
    "overlapping",
]
