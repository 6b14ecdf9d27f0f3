"""What the brief tells a commander of the area's people, wards and priorities: each number and the rows behind it."""

from statistics import median

from django.db.models import Count, Subquery, Sum, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.stamp import days_ago, today_in_london
from areas.models import Area, Priority, Ward
from feedback.models.concern import Concern
from hubs.models import Absence, Establishment, Posting, Team

from .brief_lines import Line, and_more, listing, peoples, peoples_home

STALE_SOON = 14  # days before a priority counts as stale
HEAVY = 5  # fewer open concerns are no burden, whatever colleagues have


def overload(brief) -> Line:
    """For the commander: who has more than twice what is usual here, for the time that they are posted."""
    heavy, usual = overloaded(brief.here, brief.area) if brief.commands else ([], 0)
    words = ngettext("person has far more than others", "people have far more than others", len(heavy))
    more = [
        (_("%(who)s: %(n)d open") % {"who": who, "n": n}, listing(brief.area, officer=person))
        for person, who, n in heavy
    ]
    if heavy:
        most = _("usual here: %(n)d") % {"n": round(usual)} if round(usual) else _("most here have none")
        more.append((most, ""))
    return Line("overload", len(heavy), words, peoples("people", brief.area), "amber", "people", more)


def overloaded(here, area) -> tuple:
    """([(id, name, open concerns)], the usual number) of those posted in `area`, by the concerns `here`."""
    posted = Posting.objects.current().filter(team__hub__area=area, person__is_active=True).order_by()
    people = posted.values_list("person", "person__rank", "person__name").annotate(share=Sum("share"))
    has = dict(here.open().filter(officer__isnull=False).order_by().values_list("officer").annotate(n=Count("pk")))
    loads = [
        (has.get(pk, 0) * 100 / share, has.get(pk, 0), pk, f"{rank} {name}".strip()) for pk, rank, name, share in people
    ]
    usual = median([load for load, *_rest in loads]) if loads else 0
    found = [(pk, who, n) for load, n, pk, who in sorted(loads, reverse=True) if n >= HEAVY and load > 2 * usual]
    return found, usual


def here_of(user, area):
    """The concerns of `area` of which a brief tells `user`."""
    return Concern.objects.visible_to(user).in_hands_of(area).trusted()


def unnamed(brief) -> Line:
    """For the commander: wards in which nobody answers today, by name."""
    wards = wards_unnamed(brief.area)
    names = brief.fact("unnamed", lambda: list(wards.values_list("name", flat=True))) if brief.commands else []
    words = ngettext("ward has no named contact today", "wards have no named contact today", len(names))
    more = [(and_more(names), "")] if names else []
    return Line("unnamed", len(names), words, peoples("wards", brief.area), "amber", "pin", more)


def wards_unnamed(area):
    """The wards of `area` in which nobody answers today."""
    named = Posting.objects.answering().filter(team__hub__area=area).naming().values("named_wards")
    return Ward.objects.active().filter(area=area).exclude(pk__in=named)


def stale(brief) -> Line:
    """For the commander: open priorities that have had no news for long, or soon will have."""
    quiet = going_stale(brief.area)
    titles = brief.fact("stale", lambda: list(quiet.values_list("title", flat=True))) if brief.commands else []
    words = ngettext("priority goes stale: no news for long", "priorities go stale: no news for long", len(titles))
    more = [(and_more(titles), "")] if titles else []
    return Line("stale", len(titles), words, peoples("priorities", brief.area), "", "clock", more)


def going_stale(area):
    """The open priorities of `area` without news for long, the longest first."""
    since = days_ago(Priority.STALE_DAYS - STALE_SOON)
    return Priority.objects.open().filter(published=True, area=area, touched_on__lte=since).order_by("touched_on")


def strength(brief) -> list[tuple[str, str]]:
    """For the commander: how many posts are filled today, and how many people are away; each with where it can be changed."""
    if not brief.commands:
        return []
    posts, filled, away = brief.fact("strength", lambda: strength_of(brief.area))
    told = [
        (f"{filled:g} of {posts:g} full-time posts filled" if posts else f"{filled:g} posted, full time", "strength")
    ]
    if away:
        told.append((ngettext("%(n)d person away", "%(n)d people away", away) % {"n": away}, "away"))
    return [(words, f"{peoples_home(brief.area)}#{where}") for words, where in told]


def strength_of(area) -> tuple[float, float, int]:
    """Posts that the teams of `area` should have (0: nobody has set any) and have today, and how many of them are away."""
    teams = Team.objects.of_area(area)
    should = Establishment.objects.on(today_in_london()).filter(team__in=teams)
    posted = Posting.objects.current().filter(team__in=teams, person__is_active=True)
    away = Absence.objects.current().known_in(teams).filter(person__in=posted.values("person"))
    numbers = {
        "posts": _one(should, Sum("posts")),
        "share": _one(posted, Sum("share")),
        "away": _one(away, Count("person", distinct=True)),
    }
    row = Area.objects.filter(pk=area.pk).values(**numbers).get()
    return row["posts"] or 0, (row["share"] or 0) / 100, row["away"] or 0


def _one(rows, number) -> Subquery:
    """One `number` (an aggregate) of all `rows`."""
    return Subquery(rows.order_by().annotate(all=Value(1)).values("all").annotate(n=number).values("n"))
