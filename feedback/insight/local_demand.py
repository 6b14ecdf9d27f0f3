"""What came in and what became of it, for those who work in the area: by month, kind, ward, hub, channel and place; the waits."""

from collections import Counter
from math import isfinite

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.stamp import LONDON
from feedback.models import Concern, Rating

from .figures import month_of
from .growth import midnight, tail
from .local_by import BY, months_by
from .local_table import BARS, COLUMNS, DAYS, MONTHS, Table, last_months, lately, name_of, since

ENOUGH = 4  # replies of a month before its quartiles are told
HALF_YEAR = 7  # the month that runs and six whole ones
SURE = 0.01  # a change is named where chance alone would make it less often


def months(here, area, by="") -> Table:
    """Concerns received in each month: the one that runs and twelve whole ones, none left out since the first with any.

    Or `by` category, ward or hub.
    """
    if by:
        return months_by(here, by)
    every = last_months(MONTHS)
    told = here.filter(received_at__gte=since(every)).order_by()
    by_month = told.annotate(month=TruncMonth("received_at", tzinfo=LONDON)).values_list("month")
    counts = {moment.date(): n for moment, n in by_month.annotate(n=Count("pk"))}
    known = [month for month in every if month >= min(counts, default=every[-1])]
    rows = [[name_of(month), counts.get(month, 0)] for month in known] if counts else []
    return Table("months", _("Concerns by month"), [_("Month"), _("Received")], rows, 1, COLUMNS)


def replies(here, area, by="") -> Table:
    """How long replies took, by the month in which the concern came, or `by` category, ward or hub: the middle one, and the
    middle half.

    Where somebody came back, the first reply is counted. A missed reply that is still to come counts as longer than every
    other; one that is not due yet is left out.
    """
    every = last_months(HALF_YEAR)
    told = here.filter(received_at__gte=since(every), kind=Concern.Kind.CONCERN).order_by()
    told = told.with_first_clock()
    over = told.filter(Q(first_answer__isnull=False) | Q(first_due__lt=timezone.now(), resolved_at__isnull=True))
    head, field, none = BY[by] if by else (_("Month"), "received_at", "")
    hours: dict = {}
    for received, answered, label in over.values_list("received_at", "first_answer", field):
        span = (answered - received).total_seconds() / 3600 if answered else float("inf")
        hours.setdefault((label or none) if by else month_of(received), []).append(span)
    rows = []
    for label, spans in sorted(hours.items()):
        spans.sort()
        waits = sum(not isfinite(span) for span in spans)
        quartiles = (_quartile(spans, part) for part in (2, 1, 3))
        rows.append([label if by else name_of(label), len(spans) - waits, waits, *quartiles])
    heads = [
        head, _("Replies"), _("Missed and still to come"), _("Half within (hours)"), _("A quarter within"),
        _("Three quarters within"),
    ]  # fmt: skip
    note = _("What is missed and still to come counts as longer than all others: leaving it would flatter.")
    return Table("replies", _("How long people waited for a reply"), heads, rows, 3, BARS if by else COLUMNS, note)


def _quartile(spans, part) -> float | None:
    """The hours within which `part` quarters of `spans` (sorted) lie; None where too few stand behind it, or not known yet."""
    if len(spans) < ENOUGH:
        return None
    place, rest = divmod((len(spans) + 1) * part, 4)
    low, high = spans[place - 1], spans[min(place, len(spans) - 1)]
    hours = low + (high - low) * rest / 4 if rest else low
    return round(hours, 1) if isfinite(hours) else None


def categories(here, area) -> Table:
    """What concerns were about, beside the same time before."""
    return _compared(here, "categories", _("What they were about"), _("Category"), "category__name")


def wards(here, area) -> Table:
    """Where they were, beside the same time before."""
    return _compared(here, "wards", _("Where they were"), _("Ward"), "ward__name", _("No ward"))


def hubs(here, area) -> Table:
    """The hubs whose teams they went to, beside the same time before."""
    return _compared(here, "hubs", _("Where they went"), _("Hub of the team"), "team__hub__name", _("No team"))


def _compared(here, name, title, head, field, none="") -> Table:
    """Concerns by `field` in the last DAYS whole days and as many before, and whether chance alone explains the change."""
    now, before = Q(received_at__gte=midnight(DAYS)), Q(received_at__lt=midnight(DAYS))
    told = here.filter(received_at__gte=midnight(2 * DAYS), received_at__lt=midnight(0)).order_by().values_list(field)
    rows = told.annotate(now=Count("pk", filter=now), before=Count("pk", filter=before))
    named = [[label or none, n, earlier, _change(n, earlier)] for label, n, earlier in rows]
    heads = [head, _("Last %(n)d days") % {"n": DAYS}, _("The %(n)d days before") % {"n": DAYS}, _("Change")]
    note = _("A change is named where chance alone would make it less than once in a hundred times.")
    return Table(name, title, heads, sorted(named, key=lambda row: (-row[1], str(row[0]))), 1, note=note)


def _change(now: int, before: int) -> str:
    """Whether `now` is more or fewer than `before`, beyond what chance makes of two equal stretches of time."""
    if tail(now, before, stretches=1) < SURE:
        return _("more")
    return _("fewer") if tail(before, now, stretches=1) < SURE else ""


def channels(here, area) -> Table:
    """How they came in."""
    names = dict(Concern.Channel.choices)
    counts = Counter(dict(lately(here).values_list("channel").annotate(n=Count("pk"))))
    rows = [[str(names[channel]), n] for channel, n in counts.most_common()]
    return Table("channels", _("How they came in"), [_("Channel"), _("Received")], rows, 1)


def satisfaction(here, area) -> Table:
    """Whether the first reply answered people, by the month in which they said so, with the range that chance leaves open."""
    every = last_months(HALF_YEAR)
    said = Rating.objects.filter(concern__in=here.order_by(), at__gte=since(every)).order_by()
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
