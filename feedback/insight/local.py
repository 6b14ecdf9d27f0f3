"""What the people of an area see of their own area: each figure once, as a table that page, chart and CSV share.

Nothing is rounded here: the readers could count the rows themselves. Of other areas there are figures alone.
"""

from collections import Counter
from dataclasses import dataclass, field
from statistics import quantiles

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, Lower, TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.stamp import LONDON
from areas.models import Area
from feedback.lifecycle import Status
from feedback.models import Concern
from hubs.models import Posting, Team

from . import charts
from .figures import told_by_area
from .growth import midnight

DAYS = 90
COMPARED = 3  # whole months, so that the areas' figures stand still within one
MONTHS = 13
STREETS = 10
LANES = 12  # bars of a chart; the table has them all
ENOUGH = 4  # replies of a month before its quartiles are told
PER = 10_000
HOURS_IN_PART = 4  # the day in six parts


@dataclass
class Table:
    """A figure: `rows` are lists of plain values as `heads` say; the first names what the others are of.

    `drawn`: the column that a chart shows, or None. `note`: what to bear in mind.
    """

    name: str
    title: str
    heads: list
    rows: list
    drawn: int | None = None
    over_time: bool = False
    note: str = ""
    hues: dict = field(default_factory=dict)

    @property
    def chart(self) -> dict | None:
        """The drawn column as `charts` draws it."""
        if self.drawn is None or not self.rows:
            return None
        marks = [
            charts.Mark(str(row[0]), value, "–" if value is None else f"{value:,}", hue=self.hues.get(row[0], 0))
            for row in self.rows[: None if self.over_time else LANES]
            for value in [row[self.drawn]]
        ]
        return charts.over_time(marks) if self.over_time else charts.bars(marks)


def lately(concerns):
    """Those received in the last DAYS days."""
    return concerns.filter(received_at__gte=midnight(DAYS)).order_by()


def months(here, area) -> Table:
    """Concerns received in each of the last thirteen months."""
    since = midnight(31 * (MONTHS - 1))
    told = here.filter(received_at__gte=since).order_by()
    by_month = (
        told.annotate(month=TruncMonth("received_at", tzinfo=LONDON)).values_list("month").annotate(n=Count("pk"))
    )
    rows = [[date_format(month, "M Y"), n] for month, n in sorted(by_month)]
    return Table("months", _("Concerns by month"), [_("Month"), _("Received")], rows[-MONTHS:], 1, over_time=True)


def replies(here, area) -> Table:
    """How long replies took, by the month in which the concern came: the middle one, and the middle half."""
    told = lately(here).filter(kind=Concern.Kind.CONCERN, answered_at__isnull=False)
    hours: dict = {}
    for received, answered in told.values_list("received_at", "answered_at"):
        month = received.astimezone(LONDON).date().replace(day=1)
        hours.setdefault(month, []).append((answered - received).total_seconds() / 3600)
    rows = []
    for month, spans in sorted(hours.items()):
        quarter, middle, three = quantiles(spans, n=4) if len(spans) >= ENOUGH else (None, None, None)
        rows.append(
            [
                date_format(month, "M Y"),
                len(spans),
                *(None if q is None else round(q, 1) for q in (middle, quarter, three)),
            ]
        )
    heads = [_("Month"), _("Replies"), _("Half within (hours)"), _("A quarter within"), _("Three quarters within")]
    return Table("replies", _("How long people waited for a reply"), heads, rows, 2, over_time=True)


def categories(here, area) -> Table:
    """What concerns were about, beside the same time before."""
    since = midnight(2 * DAYS)
    told = here.filter(received_at__gte=since).order_by().values_list("category__name")
    now, before = Q(received_at__gte=midnight(DAYS)), Q(received_at__lt=midnight(DAYS))
    rows = told.annotate(now=Count("pk", filter=now), before=Count("pk", filter=before))
    return _counted("categories", _("What they were about"), _("Category"), rows)


def wards(here, area) -> Table:
    """Where they were, beside the same time before."""
    told = here.filter(received_at__gte=midnight(2 * DAYS)).order_by().values_list("ward__name")
    now, before = Q(received_at__gte=midnight(DAYS)), Q(received_at__lt=midnight(DAYS))
    rows = told.annotate(now=Count("pk", filter=now), before=Count("pk", filter=before))
    return _counted("wards", _("Where they were"), _("Ward"), [(name or _("No ward"), *rest) for name, *rest in rows])


def _counted(name, title, head, rows) -> Table:
    heads = [head, _("Last %(n)d days") % {"n": DAYS}, _("The %(n)d days before") % {"n": DAYS}]
    return Table(name, title, heads, sorted(([*row] for row in rows), key=lambda row: (-row[1], str(row[0]))), 1)


def channels(here, area) -> Table:
    """How they came in."""
    names = dict(Concern.Channel.choices)
    counts = Counter(dict(lately(here).values_list("channel").annotate(n=Count("pk"))))
    rows = [[str(names[channel]), n] for channel, n in counts.most_common()]
    return Table("channels", _("How they came in"), [_("Channel"), _("Received")], rows, 1)


def streets(here, area) -> Table:
    """The places that people named most often, in any spelling of capitals; those named once are left out."""
    named = lately(here).exclude(place="").annotate(street=Lower("place")).values_list("street").annotate(n=Count("pk"))
    rows = [[street.title(), n] for street, n in named.filter(n__gt=1).order_by("-n", "street")[:STREETS]]
    return Table("streets", _("Places named most often"), [_("Place"), _("Concerns")], rows, 1)


def hours(here, area) -> Table:
    """When they came in: days of the week by parts of the day."""
    told = lately(here).annotate(
        day=ExtractIsoWeekDay("received_at", tzinfo=LONDON), hour=ExtractHour("received_at", tzinfo=LONDON)
    )
    counts: Counter = Counter()
    for day, hour, n in told.values_list("day", "hour").annotate(n=Count("pk")):
        counts[day, hour // HOURS_IN_PART] += n
    parts = range(24 // HOURS_IN_PART)
    names = [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")]
    rows = [[name, *(counts[day, part] for part in parts)] for day, name in enumerate(names, 1)]
    heads = [_("Day"), *(f"{part * HOURS_IN_PART}–{(part + 1) * HOURS_IN_PART}" for part in parts)]
    return Table(
        "hours", _("When people told us"), heads, rows, note=_("When they wrote, which need not be when it happened.")
    )


def strength(here, area) -> Table:
    """Demand beside strength: the open concerns of each team for each full posting in it today."""
    teams = {team.pk: team for team in Team.objects.of_area(area).select_related("hub")}
    posted = Posting.objects.current().filter(team__in=teams, person__is_active=True).order_by()
    share = dict(posted.values_list("team").annotate(n=Sum("share")))
    has = dict(here.open().filter(team__in=teams).order_by().values_list("team").annotate(n=Count("pk")))
    rows = []
    for pk, team in teams.items():
        people, load = share.get(pk, 0) / 100, has.get(pk, 0)
        rows.append([team.name, team.hub.name, load, people, round(load / people, 1) if people else None])
    rows.sort(key=lambda row: (row[4] is not None, -(row[4] or 0), row[0]))
    heads = [_("Team"), _("Hub"), _("Open concerns"), _("Posted, full time"), _("Open for each")]
    return Table(
        "strength", _("Demand beside strength"), heads, rows, 4, note=_("Teams in which nobody is posted come first.")
    )


def areas(here, area) -> Table:
    """The areas beside each other: concerns for each 10,000 people, with the range that chance alone explains."""
    told = told_by_area(COMPARED)
    rows, hues = [], {}
    for hue, one in enumerate(Area.objects.all(), 1):
        number, people = told.get(one.pk, 0), one.population
        low, high = chance_range(number)
        rate = [round(each * PER / people, 1) if people else None for each in (number, low, high)]
        rows.append([one.name, *rate])
        hues[one.name] = hue
    heads = [_("Area"), _("For each 10,000 people"), _("at least"), _("at most")]
    note = _("In the last %(n)d whole months. Where two ranges overlap, the difference may be chance.") % {
        "n": COMPARED
    }
    return Table("areas", _("Beside the other areas"), heads, rows, 1, note=note, hues=hues)


def chance_range(number: int) -> tuple[float, float]:
    """The 95 % range of a Poisson mean of which `number` was seen, by Byar's approximation (Breslow and Day 1987)."""
    if not number:
        return 0.0, 3.7
    low = number * (1 - 1 / (9 * number) - 1.96 / (3 * number**0.5)) ** 3
    more = number + 1
    return max(low, 0.0), more * (1 - 1 / (9 * more) + 1.96 / (3 * more**0.5)) ** 3


FIGURES = {
    make.__name__: make for make in (months, replies, categories, wards, hours, streets, channels, strength, areas)
}


def figure(name: str, user, area) -> Table:
    """One figure of `area` as `user` may see it; KeyError for a name that none has."""
    return FIGURES[name](Concern.objects.visible_to(user).filter(area=area, desk_reason=""), area)


# ---- all areas, for those who see figures alone ----------------------------------------------------------------------
def side_by_side() -> Table:
    """The areas today: what is open, missed, soon due and with nobody; never text."""
    counted = Concern.figures_by_area()
    names = ("missed", "soon", "nobody", "open")
    rows = [[one.name, *(counted.get(one.pk, {}).get(name, 0) for name in names)] for one in Area.objects.all()]
    heads = [_("Area"), _("Missed"), _("Due within 18 hours"), _("Nobody has it"), _("Open")]
    return Table("today", _("The areas side by side"), heads, rows, 1)


def of_ward(here, ward) -> dict:
    """The numbers of a ward for a meeting: received lately by category, open, answered, and closed."""
    there = here.filter(ward=ward)
    recent = lately(there)
    kinds = recent.values_list("category__name").annotate(n=Count("pk")).order_by("-n", "category__name")
    done = recent.aggregate(
        told=Count("pk"), answered=Count("pk", filter=Q(answered_at__isnull=False)),
        closed=Count("pk", filter=Q(status=Status.RESOLVED)),
        in_time=Count("pk", filter=Q(answered_at__lte=F("due_at"))),
    )  # fmt: skip
    return {**done, "open": there.open().count(), "kinds": [[name, n] for name, n in kinds]}
