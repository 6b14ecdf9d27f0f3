"""What the figures of an area are counted from: one count every quarter of an hour, in plain rows that the pages dress.

So a page never reads all that ever came. Everybody who works in an area is shown the same count: concerns about a member of
staff are in none of them. Months are their first days ("2026-11-01"); what has no ward or no team is counted under None.
"""

from bisect import bisect
from collections import Counter, defaultdict
from datetime import UTC
from math import floor, inf, isfinite
from string import capwords

from django.db.models import Count, Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, TruncMonth
from django.utils import timezone

from accounts.stamp import LONDON, midnight
from areas.models import Area
from feedback import clock
from feedback.models import Concern, Rating, Tally

from .local_words import hours_of_week, street_of
from .months import begins, last_months, month_of

EVERY = 15  # minutes
PARTS = {
    "category": "category__name",
    "ward": "ward__name",
    "hub": "team__hub__name",
}  # what months and waits are told by
MONTHS = 13  # so that a month stands beside the same one a year before
WIDE = 7  # the month that runs and six whole ones
DAYS = 90
STREETS = 10
SQUARES = 300  # that a page can still show
SQUARE = (0.0045, 0.0075)  # degrees of latitude and longitude: about 500 metres in England
ENOUGH = 4  # replies before their quartiles are told


def count_areas() -> int:
    """Count each area that has no count of the last EVERY minutes; returns how many."""
    now = timezone.now()
    lately = Tally.objects.filter(counted_at__gt=clock.add_minutes(now, -EVERY))
    due = Area.objects.exclude(pk__in=lately.values("area"))
    for area in due:
        Tally.objects.update_or_create(area=area, defaults={"counted_at": now, "counts": counts_of(area)})
    return len(due)


def counts_of(area) -> dict:
    """All that is counted of `area` now, by name: lists of rows of plain values."""
    told = Concern.objects.in_hands_of(area).filter(about_person=None).order_by()
    return {
        **_months(told),
        **_replies(told),
        **_beside(told),
        **_came(told),
        **_said(told),
        **_rated(told),
        **_pinned(told),
    }


def lately(concerns):
    """Those received in the last DAYS days, up to now."""
    return concerns.filter(received_at__gte=midnight(DAYS)).order_by()


def _months(told) -> dict:
    """Concerns received in each of the last MONTHS months; and of the last WIDE by each of PARTS."""
    every = last_months(MONTHS)
    month = TruncMonth("received_at", tzinfo=LONDON)
    each = told.filter(received_at__gte=begins(every[0])).annotate(month=month).values_list("month", *PARTS.values())
    whole: Counter = Counter()
    parts: dict = {part: Counter() for part in PARTS}
    for moment, *labels, n in each.annotate(n=Count("pk")):
        day = moment.date()
        whole[day] += n
        if day >= every[-WIDE]:
            for part, label in zip(PARTS, labels, strict=True):
                parts[part][label, day] += n
    by_part = {
        f"months by {part}": [[label, str(day), n] for (label, day), n in found.items()]
        for part, found in parts.items()
    }
    return {"months": [[str(day), n] for day, n in whole.items()], **by_part}


def _replies(told) -> dict:
    """How long replies took to what came in the last WIDE months: by month; and by each of PARTS, of all and of each month.

    A row is a month or label, replies, how many are missed and still to come, and the hours within which a half, a quarter and
    three quarters were answered. Where somebody came back, the first reply is counted. A missed reply that is still to come
    counts as longer than every other; one that is not due yet is left out.
    """
    every = last_months(WIDE)
    told = told.filter(received_at__gte=begins(every[0]), kind=Concern.Kind.CONCERN).with_first_clock()
    over = told.filter(Q(first_answer__isnull=False) | Q(first_due__lt=timezone.now(), resolved_at__isnull=True))
    starts = [begins(each).astimezone(UTC) for each in every]  # as the moments are, so that comparing them is quick
    hours: dict = {"replies": defaultdict(list)}
    for part in PARTS:
        hours |= {f"replies by {part}": defaultdict(list)}
        hours |= {f"replies by {part} in {month}": defaultdict(list) for month in every}
    for received, answered, *labels in over.values_list("received_at", "first_answer", *PARTS.values()):
        span = (answered - received).total_seconds() / 3600 if answered else inf
        month = str(every[bisect(starts, received) - 1])
        hours["replies"][month].append(span)
        for part, label in zip(PARTS, labels, strict=True):
            hours[f"replies by {part}"][label].append(span)
            hours[f"replies by {part} in {month}"][label].append(span)
    return {name: [_waits(label, spans) for label, spans in found.items()] for name, found in hours.items()}


def _waits(label, spans) -> list:
    spans.sort()
    waits = spans.count(inf)
    return [label, len(spans) - waits, waits, *(_quartile(spans, part) for part in (2, 1, 3))]


def _quartile(spans, part) -> float | None:
    """The hours within which `part` quarters of `spans` (sorted) lie; None where too few stand behind it, or not known yet."""
    if len(spans) < ENOUGH:
        return None
    place, rest = divmod((len(spans) + 1) * part, 4)
    low, high = spans[place - 1], spans[min(place, len(spans) - 1)]
    hours = low + (high - low) * rest / 4 if rest else low
    return round(hours, 1) if isfinite(hours) else None


def _beside(told) -> dict:
    """How many of each category, ward and hub came in the last DAYS whole days, and in as many before."""
    now, before = Q(received_at__gte=midnight(DAYS)), Q(received_at__lt=midnight(DAYS))
    both = told.filter(received_at__gte=midnight(2 * DAYS), received_at__lt=midnight(0)).values_list(*PARTS.values())
    found: dict = {part: {} for part in PARTS}
    counted = both.annotate(now=Count("pk", filter=now), before=Count("pk", filter=before))
    for *labels, new, old in counted:
        for part, label in zip(PARTS, labels, strict=True):
            row = found[part].setdefault(label, [label, 0, 0])
            row[1:] = row[1] + new, row[2] + old
    return {f"beside by {part}": [*rows.values()] for part, rows in found.items()}


def _came(told) -> dict:
    """What came lately by channel, and by day of the week (Monday is 0) and hour in London."""
    day, hour = (part("received_at", tzinfo=LONDON) for part in (ExtractIsoWeekDay, ExtractHour))
    each = lately(told).annotate(day=day, hour=hour).values_list("channel", "day", "hour").annotate(n=Count("pk"))
    channels: Counter = Counter()
    hours: Counter = Counter()
    for channel, week_day, hour_of_day, n in each:
        channels[channel] += n
        hours[week_day - 1, hour_of_day] += n
    return {"channels": [[*one] for one in channels.items()], "hours": _week(hours)}


def _said(told) -> dict:
    """Where and when people say that it happens, of what came lately.

    `streets`: those named most often, each ward's by themselves and in any spelling, those named once left out. `happens`: how
    many name each hour of the week, by day (Monday is 0) and hour; `times`: how many say when, and of how many it could be read.
    """
    places: Counter = Counter()
    times: Counter = Counter()
    for place, ward, words, n in lately(told).values_list("place", "ward__name", "times").annotate(n=Count("pk")):
        places[street_of(place), ward or ""] += n
        times[words] += n
    del times[""]
    hours: Counter = Counter()
    read = 0
    for words, n in times.items():
        named = hours_of_week(words)
        read += n if named else 0
        hours.update(dict.fromkeys(named, n))
    return {"streets": _streets(places), "happens": _week(hours), "times": [[times.total(), read]]}


def _pinned(told) -> dict:
    """Where pins stand of what came lately. `squares`: rows of how many squares north of the equator and east of Greenwich, the
    ward that most of its pins name, and their number, those with most; `pinned`: how many came, how many of them with a pin, and
    in how many squares.
    """
    every: dict = defaultdict(Counter)
    came = 0
    for lat, lon, ward, n in lately(told).values_list("lat", "lon", "ward__name").annotate(n=Count("pk")):
        came += n
        if lat is not None and lon is not None:
            every[floor(lat / SQUARE[0]), floor(lon / SQUARE[1])][ward or ""] += n
    rows = [[north, east, max(found, key=found.get), found.total()] for (north, east), found in sorted(every.items())]
    pins = sum(row[3] for row in rows)
    return {"squares": sorted(rows, key=lambda row: -row[3])[:SQUARES], "pinned": [[came, pins, len(rows)]]}


def _streets(places) -> list:
    """Rows of a place as it is shown and its number: with its ward where a street of that name was named in several."""
    often = sorted((-n, street, ward) for (street, ward), n in places.items() if n > 1 and street)
    wards = Counter(street for _n, street, _ward in often)
    return [
        [f"{capwords(street)} ({ward})" if wards[street] > 1 and ward else capwords(street), -n]
        for n, street, ward in often[:STREETS]
    ]


def _week(hours) -> list:
    """Rows of day, hour and number."""
    return [[day, hour, n] for (day, hour), n in hours.items()]


def _rated(told) -> dict:
    """What people said of the first reply, by the month in which they said so: rows of month, yes, partly and no."""
    said = Rating.objects.filter(concern__in=told, at__gte=begins(last_months(WIDE)[0])).order_by()
    counts: dict = defaultdict(Counter)
    for at, answer in said.values_list("at", "answer"):
        counts[month_of(at)][answer] += 1
    rows = [[str(month), *(given[answer] for answer in Rating.Answer.values)] for month, given in counts.items()]
    return {"satisfaction": rows}
