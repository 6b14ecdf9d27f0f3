"""Demand beside strength: what each posted officer has open, posts against the establishment, days lost to other duties."""

from collections import Counter

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.stamp import days_after, today_in_london
from areas.models import Area
from feedback.models import Concern
from hubs.models import (
    Establishment,
    Posting,
    StrengthTarget,
    Team,
    days_lost,
    strength_by_team,
    strengths,
)

from .local_table import COLUMNS, Table, once
from .months import month_of, step
from .tallies import DAYS

NEIGHBOURHOOD = "neighbourhood"
MONTHS_BACK = 6


def loads(concerns, teams, home) -> tuple[dict, int]:
    """Open ones of `concerns` by team (its id), and those that no team of `teams` (ids) has.

    What an officer has without a team counts for the team in which they spend most of their time: `home` (ids).
    """
    has: dict = {}
    for team, officer, n in concerns.open().order_by().values_list("team", "officer").annotate(n=Count("pk")):
        whose = team if team in teams else home.get(officer) if team is None else None
        has[whose] = has.get(whose, 0) + n
    return has, has.pop(None, 0)


def by_team(seen) -> Table:
    """Open concerns of each team for each full posting in it today."""
    title, heads = _("Demand beside strength, by team"), [_("Team"), _("Hub")]
    return _load(_demand(seen), "strength", title, heads, lambda team: (team.pk, team.name, team.hub.name))


def by_hub(seen) -> Table:
    """Open concerns of each hub's teams for each full posting there today."""
    title, heads = _("Demand beside strength, by hub"), [_("Hub")]
    return _load(_demand(seen), "hub_strength", title, heads, lambda team: (team.hub_id, team.hub.name))


@once
def _demand(seen) -> tuple:
    """The teams of the area by id, the shares posted in each today, what each has open and what none has."""
    teams = {team.pk: team for team in Team.objects.of_area(seen.area).select_related("hub")}
    posted = Posting.objects.current().filter(team__in=teams, person__is_active=True).order_by("share", "-pk")
    share: Counter = Counter()
    home = {}
    for person, team, part in posted.values_list("person", "team", "share"):
        share[team] += part
        home[person] = team
    return teams, share, *loads(seen.concerns, teams, home)


def _load(demand, name, title, heads, place) -> Table:
    """A row for each `place` of the teams: its key, then what it is called."""
    teams, share, has, rest = demand
    summed: dict = {}
    for pk, team in teams.items():
        load, people = summed.get(place(team), (0, 0))
        summed[place(team)] = load + has.get(pk, 0), people + share.get(pk, 0) / 100
    rows = [
        [*who, load, people, round(load / people, 1) if people else None]
        for (_key, *who), (load, people) in summed.items()
    ]
    rows.sort(key=lambda row: (row[-1] is not None, -(row[-1] or 0), row[0]))
    if rest:
        rows.append([_("No team has them"), *[""] * (len(heads) - 1), rest, None, None])
    heads = [*heads, _("Open concerns"), _("Posted, full time"), _("Open for each")]
    note = _("Where nobody is posted comes first. What an officer has without a team counts for the officer's own.")
    return Table(name, title, heads, rows, len(heads) - 1, note=note)


def by_area() -> Table:
    """What each area has open for each full posting in it, and its posts against the establishment: figures, never text."""
    has = {pk: figures["open"] for pk, figures in Concern.figures_by_area().items()}
    posts: dict = {}
    for team in strength_by_team(Team.objects.filter(hub__isnull=False).select_related("hub")):
        should, filled = posts.get(team.hub.area_id, (None, 0))
        should = (should or 0) + team.posts if team.posts is not None else should
        posts[team.hub.area_id] = should, filled + team.strength
    rows, hues = [], {}
    for hue, area in enumerate(Area.objects.all(), 1):
        load, (should, filled) = has.get(area.pk, 0), posts.get(area.pk, (None, 0))
        each = round(load / filled, 1) if filled else None
        rows.append([area.name, load, filled, each, should, round(100 * filled / should) if should else None])
        hues[area.name] = hue
    heads = [
        _("Area"), _("Open concerns"), _("Posted, full time"), _("Open for each"), _("Should have"), _("Filled (%)"),
    ]  # fmt: skip
    return Table("posts", _("Demand beside strength"), heads, rows, 3, hues=hues)


def establishment(seen) -> Table:
    """Posts that each team should have and has today."""
    teams = Team.objects.of_area(seen.area).select_related("kind", "hub").order_by("kind__order", "name")
    rows = []
    for team in strength_by_team(teams):
        filled = round(100 * team.strength / team.posts) if team.posts else None
        rows.append([team.name, team.posts, team.strength, team.gap if team.posts is not None else None, filled])
    heads = [_("Team"), _("Should have"), _("Has"), _("Missing"), _("Filled (%)")]
    note = _("Full-time posts. “–”: nobody has set how many it should be.")
    target = (100, _("all posts filled"))
    return Table("establishment", _("Posts against the establishment"), heads, rows, 4, note=note, target=target)


def neighbourhood(seen) -> Table:
    """Neighbourhood posts of the area against their establishment, at the end of the last months and today."""
    postings = Posting.objects.filter(team__hub__area=seen.area, team__kind__code=NEIGHBOURHOOD)
    promised = Establishment.objects.filter(team__hub__area=seen.area, team__kind__code=NEIGHBOURHOOD)
    today = today_in_london()
    this_month = month_of(timezone.now())
    ends = [step(this_month, -back) for back in range(MONTHS_BACK - 1, -1, -1)]
    days = [days_after(end, -1) for end in ends] + [today]
    rows = []
    for day, posts, filled in zip(days, promised.posts_on(days), strengths(postings, days), strict=True):
        rows.append([f"{day:%d %b %Y}".lstrip("0"), posts, filled, round(100 * filled / posts) if posts else None])
    heads = [_("On"), _("Should have"), _("Has"), _("Filled (%)")]
    note = _neighbourhood_note()
    return Table("neighbourhood", _("Neighbourhood posts, month by month"), heads, rows, 2, COLUMNS, note, against=1)


def _neighbourhood_note() -> str:
    """How far the whole force is on the way to the extra neighbourhood officers that were promised, in sentences."""
    told = []
    for target in StrengthTarget.objects.filter(team_kind__code=NEIGHBOURHOOD):
        facts = {"name": target.name, "extra": target.extra, "source": target.source, "n": target.reported}
        counted = target.extra_on(today_in_london())
        if counted is not None:
            words = _("%(name)s: %(n)g of %(extra)d extra posts are filled in the whole force today (%(source)s).")
            told.append(words % {**facts, "n": counted})
        elif target.reported is not None:
            told.append(_("%(name)s: %(n)d of %(extra)d extra posts were last reported (%(source)s).") % facts)
        else:
            told.append(_("%(name)s: %(extra)d extra posts are promised (%(source)s).") % facts)
    return " ".join(told)


def abstractions(seen) -> Table:
    """Days for which people of each team were taken for other duties lately."""
    lost = days_lost(Team.objects.of_area(seen.area), DAYS)
    rows = [[team.name, round(lost.get(team.pk, 0.0), 1)] for team in _demand(seen)[0].values()]
    rows.sort(key=lambda row: (-row[1], row[0]))
    heads = [_("Team"), _("Days, last %(n)d days") % {"n": DAYS}]
    note = _("Each day counts for as much as the person works in the team. Why somebody is away is not told here.")
    return Table("abstractions", _("Days lost to other duties"), heads, rows, 1, note=note)
