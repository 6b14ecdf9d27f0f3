"""Meetings as iCalendar (RFC 5545), for a calendar that keeps itself up to date."""

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import STATUS, Calendar, Event

from accounts.stamp import LONDON

# Clock changes of these years are written out, for programs that know no time zones by name.
FIRST, LAST = date(2020, 1, 1), date(2038, 1, 1)
UTC = ZoneInfo("UTC")


def calendar_of(meetings, *, name: str) -> bytes:
    """`meetings` (with area and wards) as one calendar called `name`; times in Europe/London, with its clock changes."""
    calendar = Calendar.new(name=name, method="PUBLISH", prodid="-//Policing portal//Meetings//EN")
    calendar.add("X-WR-CALNAME", name)
    for meeting in meetings:
        calendar.add_component(event_of(meeting))
    calendar.add_missing_timezones(first_date=FIRST, last_date=LAST)
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
