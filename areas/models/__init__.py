"""WHERE: one noun a file."""

from .area import Area, Command, CommandCover, DatedFactQuerySet, Editorship, overlapping
from .edition import Boundary, Edition, Postcode, PostcodeSpan
from .force import Channel, Force, Neighbour
from .language import Language
from .meeting import Meeting, MeetingQuestion, TooLate
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
    "Postcode",
    "PostcodeSpan",
    "Priority",
    "PriorityAction",
    "TooLate",
    "Ward",
    "overlapping",
]
