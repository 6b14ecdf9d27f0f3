"""The sheet with which a disclosed crime is handed over: the facts, one a line, without contact details."""

import csv
import io

from django.utils.translation import gettext as _

from areas.models import Force
from feedback import clock
from feedback.insight.files import harmless

from .leaving import masked


def facts_of(concern) -> list[tuple[str, str]]:
    """What whoever records the crime needs of `concern`: pairs of a name and a value, both as text.

    Free text says nothing of who wrote it or how to reach anybody, on paper as little as in a file; what the person marked for
    officers only stays sealed in the portal, and the text shows where it stands. Whom they name as having done it stays.
    """
    times = {
        _("Received"): concern.received_at,
        "To be recorded by": clock.add_hours(concern.received_at, Force.objects.get().crime_recording_hours),
        _("Said to be a crime"): concern.crime_disclosed_at,
        _("Crime number written down"): concern.crime_recorded_at,
    }
    own = concern.contact.unsealed()["name"] if hasattr(concern, "contact") else ""  # only to leave it out
    facts = {
        _("Reference"): concern.reference,
        _("Crime number"): concern.crime_reference,
        **{name: clock.in_words(moment) if moment else "" for name, moment in times.items()},
        _("What the person wrote"): masked(concern.text, own),
        _("When it happens"): masked(concern.times, own),
        _("Where exactly"): masked(concern.place, own),
        _("Postcode"): concern.postcode,
        _("Ward"): str(concern.ward or ""),
        _("Area"): str(concern.area or ""),
        _("About"): concern.category.name,
        _("Came through"): str(concern.get_channel_display()),
        _("Who has it"): concern.owner_label,
        _("Contact details"): _("Sealed in the portal: open them there with a reason.")
        if hasattr(concern, "contact")
        else _("None were given."),
    }
    return [(str(name), str(value)) for name, value in facts.items()]


def as_csv(facts) -> str:
    """The facts as RFC 4180 has it: one line a fact, CRLF; no cell is a formula."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([name, harmless(value)] for name, value in facts)
    return text.getvalue()
