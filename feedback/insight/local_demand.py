"""What came in and what became of it, for those who work in the area: by month, kind, ward, hub, channel and place; the waits."""

from bisect import bisect
from collections import Counter
from datetime import UTC
from math import inf, isfinite

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.stamp import LONDON
from feedback.models import Concern, Rating

from .figures import begins, month_of, step
from .growth import midnight, tail
from .local_by import BY
from .local_table import BARS, COLUMNS, DAYS, MONTHS, Table, came, last_months, name_of, once, since

ENOUGH = 4  # replies of a month before its quartiles are told
HALF_YEAR = 7  # the month that runs and six whole ones
SURE = 0.01  # a change is named where chance alone would make it less often


def months(seen) -> Table:
    """Concerns received in each month: the one that runs and twelve whole ones, none left out since the first with any."""
    every = last_months(MONTHS)
    told = seen.concerns.filter(received_at__gte=since(every)).order_by()
    by_month = told.annotate(month=TruncMonth("received_at", tzinfo=LONDON)).values_list("month")
    counts = {moment.date(): n for moment, n in by_month.annotate(n=Count("pk"))}
    known = [month for month in every if month >= min(counts, default=every[-1])]
    rows = [[name_of(month), counts.get(month, 0)] for month in known] if counts else []
    return Table("months", _("Concerns by month"), [_("Month"), _("Received")], rows, 1, COLUMNS)


def replies(seen, by="", month=None) -> Table:
    """How long replies took, by the month in which the concern came, or `by` category, ward or hub: the middle one, and the
    middle half.

    `month` (its first day): only what came in it. Where somebody came back, the first reply is counted. A missed reply that is
    still to come counts as longer than every other; one that is not due yet is left out.
    """
    every = last_months(HALF_YEAR)
    told = seen.concerns.filter(received_at__gte=since(every), kind=Concern.Kind.CONCERN).order_by()
    if month:
        told = told.filter(received_at__gte=begins(month), received_at__lt=begins(step(month, 1)))
    told = told.with_first_clock()
    over = told.filter(Q(first_answer__isnull=False) | Q(first_due__lt=timezone.now(), resolved_at__isnull=True))
    head, field, none = BY[by] if by else (_("Month"), "received_at", "")
    hours: dict = {}
    if by:
        for received, answered, label in over.values_list("received_at", "first_answer", field):
            hours.setdefault(label or none, []).append(_hours(received, answered))
    else:
        starts = [begins(each).astimezone(UTC) for each in every]  # as the moments are, so that comparing them is quick
        for received, answered in over.values_list("received_at", "first_answer"):
            hours.setdefault(every[bisect(starts, received) - 1], []).append(_hours(received, answered))
    rows = []
    for label, spans in sorted(hours.items()):
        spans.sort()
        waits = spans.count(inf)
        quartiles = (_quartile(spans, part) for part in (2, 1, 3))
        rows.append([label if by else name_of(label), len(spans) - waits, waits, *quartiles])
    heads = [
        head, _("Replies"), _("Missed and still to come"), _("Half within (hours)"), _("A quarter within"),
        _("Three quarters within"),
    ]  # fmt: skip
    note = _("What is missed and still to come counts as longer than all others: leaving it would flatter.")
    note = f"Only what came in {name_of(month)}. {note}" if month else note
    return Table("replies", _("How long people waited for a reply"), heads, rows, 3, BARS if by else COLUMNS, note)


def _hours(received, answered) -> float:
    """How long it took; what is still to come takes longer than all others."""
    return (answered - received).total_seconds() / 3600 if answered else inf


def _quartile(spans, part) -> float | None:
    """The hours within which `part` quarters of `spans` (sorted) lie; None where too few stand behind it, or not known yet."""
    if len(spans) < ENOUGH:
        return None
    place, rest = divmod((len(spans) + 1) * part, 4)
    low, high = spans[place - 1], spans[min(place, len(spans) - 1)]
    hours = low + (high - low) * rest / 4 if rest else low
    return round(hours, 1) if isfinite(hours) else None


def categories(seen) -> Table:
    """What concerns were about, beside the same time before."""
    return _compared(seen, 0, "categories", _("What they were about"), _("Category"))


def wards(seen) -> Table:
    """Where they were, beside the same time before."""
    return _compared(seen, 1, "wards", _("Where they were"), _("Ward"), _("No ward"))


def hubs(seen) -> Table:
    """The hubs whose teams they went to, beside the same time before."""
    return _compared(seen, 2, "hubs", _("Where they went"), _("Hub of the team"), _("No team"))


def _compared(seen, place, name, title, head, none="") -> Table:
    """Concerns by the value at `place` of `_beside`, and whether chance alone explains the change."""
    now: Counter = Counter()
    before: Counter = Counter()
    for *labels, n, earlier in _beside(seen):
        now[labels[place]] += n
        before[labels[place]] += earlier
    named = [[label or none, n, before[label], _change(n, before[label])] for label, n in now.items()]
    heads = [head, _("Last %(n)d days") % {"n": DAYS}, _("The %(n)d days before") % {"n": DAYS}, _("Change")]
    note = _("A change is named where chance alone would make it less than once in a hundred times.")
    return Table(name, title, heads, sorted(named, key=lambda row: (-row[1], str(row[0]))), 1, note=note)


@once
def _beside(seen) -> list:
    """How many concerns of each category, ward and hub came in the last DAYS whole days and as many before."""
    now, before = Q(received_at__gte=midnight(DAYS)), Q(received_at__lt=midnight(DAYS))
    told = seen.concerns.filter(received_at__gte=midnight(2 * DAYS), received_at__lt=midnight(0)).order_by()
    each = told.values_list("category__name", "ward__name", "team__hub__name")
    return list(each.annotate(now=Count("pk", filter=now), before=Count("pk", filter=before)))


def _change(now: int, before: int) -> str:
    """Whether `now` is more or fewer than `before`, beyond what chance makes of two equal stretches of time."""
    if tail(now, before, stretches=1) < SURE:
        return _("more")
    return _("fewer") if tail(before, now, stretches=1) < SURE else ""


def channels(seen) -> Table:
    """How they came in."""
    names = dict(Concern.Channel.choices)
    counts: Counter = Counter()
    for channel, _day, _hour, n in came(seen):
        counts[channel] += n
    rows = [[str(names[channel]), n] for channel, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    return Table("channels", _("How they came in"), [_("Channel"), _("Received")], rows, 1)


def satisfaction(seen) -> Table:
    """Whether the first reply answered people, by the month in which they said so, with the range that chance leaves open."""
    every = last_months(HALF_YEAR)
    said = Rating.objects.filter(concern__in=seen.concerns.order_by(), at__gte=since(every)).order_by()
    counts: dict = {}
    for at, answer in said.values_list("at", "answer"):
        counts.setdefault(month_of(at), Counter())[answer] += 1
    rows = []
    for month, given in sorted(counts.items()):
        yes, partly, no = (given[answer] for answer in Rating.Answer.values)
        rows.append([name_of(month), yes, partly, no, *share_range(yes, yes + partly + no)])
    heads = [
        _("Month"), _("Yes"), _("Partly"), _("No"), _("Said yes (%)"), _("at least (%)"), _("at most (%)"),
    ]  # fmt: skip
    note = _("“Partly” is no yes. Those who say nothing are not counted, so few answers leave a wide range.")
    return Table("satisfaction", _("Did the reply answer them?"), heads, rows, 4, COLUMNS, note)


def share_range(part: int, whole: int) -> tuple[int, int, int]:
    """`part` of `whole` in per cent, and the 95 % range that chance leaves open (Wilson 1927)."""
    share, z2 = part / whole, 1.96**2
    middle, spread = share + z2 / (2 * whole), 1.96 * (share * (1 - share) / whole + z2 / (4 * whole**2)) ** 0.5
    low, high = ((middle + sign * spread) / (1 + z2 / whole) for sign in (-1, 1))
    return round(share * 100), round(max(low, 0) * 100), round(min(high, 1) * 100)
