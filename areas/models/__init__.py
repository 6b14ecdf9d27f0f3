"""WHERE: one noun a file, but for the places themselves, which stand together."""

from .meeting import Meeting, MeetingQuestion, TooLate
from .place import (
    Area,
    Boundary,
    Channel,
    Command,
    CommandCover,
    DatedFactQuerySet,
    Edition,
    Editorship,
    Force,
    Neighbour,
    Postcode,
    PostcodeSpan,
    Ward,
    overlapping,
)
from .priority import Priority, PriorityAction

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
