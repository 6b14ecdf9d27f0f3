"""Concerns as rows of a queue, with everything worked out before the template draws them."""

from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.caching import kept_fact
from areas.models import Force
from feedback.clock import Reading, add_hours, reading_of
from feedback.lifecycle import Repeat, Status

# What a row reads of a concern, and of what is joined to it: nothing else is fetched.
JOINED = ("category", "ward", "officer", "team")
READ = (
    "reference", "text", "status", "safety", "repeat", "crime_disclosed_at", "crime_recorded_at",
    "received_at", "due_at", "answered_at", "resolved_at", "soon_at", "pause", "returned_at",
    "area", "lat", "lon",
    "category__name", "ward__name", "officer__name", "officer__rank", "team__name",
)  # fmt: skip

# What a row says of a crime that is not recorded; of one that is, it says nothing.
TO_RECORD = Reading("Crime: record it within %(span)s", "Crime not recorded: late by %(span)s", done="", late="")

ICONS = {"answered": "tick", "missed": "warning", "late": "warning", "soon": "half", "due": "clock", "paused": "pause"}


@dataclass(frozen=True)
class Row:
    """What one row shows; `icon`, `safety` and `repeat` are drawn pieces."""

    reference: str
    url: str
    words: str
    category: str
    ward: str
    tone: str
    state: str
    clock: str
    icon: str
    status: str
    label: str
    safety: str
    repeat: str
    crime: str
    late: str
    crime_icon: str
    owner: str
    unowned: str


def for_rows(concerns):
    """The queryset `concerns` with exactly what `rows_of` needs, in one query."""
    return concerns.select_related(*JOINED).only(*JOINED, *READ)


def rows_of(concerns) -> list[Row]:
    """`concerns` (a list, read through `for_rows`) as rows in the same order."""
    no_ward, nobody = _("No ward yet"), _("Nobody yet")
    labels = {status.value: str(status.label) for status in Status}
    hours = _hours() if any(map(_to_record, concerns)) else 0
    return [_row(concern, labels[concern.status], no_ward, nobody, hours) for concern in concerns]


def _to_record(concern) -> bool:
    return concern.crime_disclosed_at is not None and concern.crime_recorded_at is None


def _hours() -> int:
    return kept_fact("force", Force.objects.get).crime_recording_hours


def _crime(concern, hours) -> tuple[str, str]:
    """The mark of a crime that is not recorded, and whether its time is over: words and state, or nothing."""
    if not _to_record(concern):
        return "", ""
    due = add_hours(concern.received_at, hours)
    clock = reading_of(TO_RECORD, begun=concern.received_at, due=due, done=None)
    return clock.words, clock.state


def _row(concern, label, no_ward, nobody, hours):
    clock, owner = concern.clock, concern.owner_label
    unowned = not owner and concern.status != Status.RESOLVED
    crime, late = _crime(concern, hours)
    tone = "safety" if concern.safety else clock.state if clock.state in ("missed", "soon") else ""
    return Row(
        reference=concern.reference,
        url=concern.get_absolute_url(),
        words=concern.first_words,
        category=concern.category.name,
        ward=concern.ward.name if concern.ward else no_ward,
        tone=tone and f" portal-queue__row--{tone}",
        state=clock.state,
        clock=clock.words,
        icon=_piece("icon", get_language(), ICONS.get(clock.state)),
        status=concern.status,
        label=label,
        safety=_piece("safety_mark", get_language(), "shield") if concern.safety else "",
        repeat=_piece("repeat_mark", get_language(), concern.repeat if concern.repeat != Repeat.NO else ""),
        crime=crime,
        late=late,
        crime_icon=_piece("icon", get_language(), ICONS.get(late)),
        owner=nobody if unowned else owner,
        unowned=" portal-queue__owner--nobody" if unowned else "",
    )


@lru_cache(maxsize=64)
def _piece(partial, language, name):
    """A piece that is the same in many rows, drawn once in each language."""
    return render_to_string(f"_partials/{partial}.html", {"name": name}) if name else ""
