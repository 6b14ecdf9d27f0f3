"""Meetings as iCalendar (RFC 5545), for a calendar that keeps itself up to date."""

import uuid
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import STATUS, Calendar, Event, Timezone

from accounts.stamp import LONDON

# The clock changes since 1996, for programs that know no time zones by name. Each begins at the wall clock of before it.
ZONE = """BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19960331T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""
UTC = ZoneInfo("UTC")


def calendar_of(meetings, *, name: str, address: str) -> bytes:
    """`meetings` (with area and wards) as one calendar called `name`; times in Europe/London, with its clock changes.

    `address` (a path) is where it is had from: the calendar is known by it for ever.
    """
    uid = str(uuid.uuid5(uuid.NAMESPACE_URL, settings.BASE_URL + address))
    calendar = Calendar.new(name=name, uid=uid, method="PUBLISH", prodid="-//Policing portal//Meetings//EN")
    calendar.add_component(Timezone.from_ical(ZONE))
    for meeting in meetings:
        calendar.add_component(event_of(meeting))
    return calendar.to_ical()


def event_of(meeting) -> Event:
    """One meeting. Its UID stays the same for ever; its sequence counts up with each change, a cancellation too."""
    title = _("Cancelled: %(meeting)s") % {"meeting": meeting} if meeting.cancelled else str(meeting)
    return Event.new(
        uid=str(meeting.uid),
        sequence=meeting.sequence,
        stamp=meeting.changed.astimezone(UTC),
        last_modified=meeting.changed.astimezone(UTC),
        start=meeting.starts.astimezone(LONDON),
        end=meeting.ends.astimezone(LONDON),
        summary=title,
        location=", ".join(filter(None, [meeting.place, meeting.address])),
        description="\n\n".join(
            filter(None, [meeting.where_words, meeting.about, meeting.accessibility, meeting.online])
        ),
        status=STATUS.CANCELLED if meeting.cancelled else STATUS.CONFIRMED,
        url=settings.BASE_URL + meeting.get_absolute_url(),
    )
