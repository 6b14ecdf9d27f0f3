"""Who might take a concern: whoever answers for its ward, is there today and has room; with the reasons in words."""

from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.stamp import today_in_london
from areas.models import Ward
from feedback.models import Concern
from hubs.models import Absence, Posting

SHOWN = 3
# What speaks for somebody, in points: a named contact with twelve open concerns comes after a colleague of the team with none.
NAMED, TEAM_OF_WARD, KIND = 6, 3, 2
LOAD = 0.5  # points that each open concern takes away


@dataclass
class Suggestion:
    """A posting of today, and why it is suggested: sentences."""

    posting: Posting
    points: float
    reasons: list[str] = field(default_factory=list)


def suggestions(user, concern, within=None) -> list[Suggestion]:
    """At most three people for `concern`, the best first; what `user` may not see plays no part. One query.

    `within`: the teams (ids) to which `user` may give it; None: all of the area.
    """
    if concern.area_id is None:
        return []
    there = _there_today(user, concern)
    there = there if within is None else there.filter(team__in=within)
    found = [_weighed(posting, concern) for posting in there]
    return sorted(found, key=lambda one: (-one.points, one.posting.pk))[:SHOWN]


def _there_today(user, concern):
    away = Absence.objects.on(today_in_london()).of_posting(OuterRef("person"), OuterRef("pk"))
    theirs = Concern.objects.visible_to(user).open().filter(area=concern.area_id, officer=OuterRef("person"))
    load = theirs.exclude(pk=concern.pk).order_by().values("officer").annotate(n=Count("pk")).values("n")
    ward = Ward.objects.filter(pk=concern.ward_id)
    return (
        Posting.objects.current()
        .filter(~Exists(away), team__hub__area=concern.area_id, person__is_active=True, role=Posting.Role.MEMBER)
        .exclude(person=concern.about_person_id)
        .annotate(
            named=Exists(ward.filter(contact_postings=OuterRef("pk"))),
            of_ward=Exists(ward.filter(teams=OuterRef("team"))),
            load=Coalesce(Subquery(load), 0),
            of_kind=Q(team__kind=F("team__kind")) & Q(team__kind=concern.category.team_kind_id),
        )
        .select_related("person", "team")
    )


def _weighed(posting, concern) -> Suggestion:
    points, reasons = -LOAD * posting.load, []
    for holds, more, why in (
        (posting.named, NAMED, _("named contact of %(ward)s") % {"ward": concern.ward}),
        (posting.of_ward, TEAM_OF_WARD, _("their team looks after %(ward)s") % {"ward": concern.ward}),
        (posting.of_kind, KIND, _("their team deals with such matters")),
    ):
        if holds:
            points += more
            reasons.append(why)
    n = posting.load
    reasons.append(ngettext("%(n)d open concern", "%(n)d open concerns", n) % {"n": n} if n else _("no open concern"))
    return Suggestion(posting, points, reasons)
