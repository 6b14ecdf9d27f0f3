"""When the council draws its wards anew: staff see which ward takes whose place, and carry everything over at once."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.stamp import Stamp, today_in_london
from areas.models import Area, Meeting, Ward
from areas.succession import proposed
from feedback.models import Subscription
from hubs.models import Posting


class Crowded(Exception):
    """A ward would have too many open priorities. `str()` is a sentence for staff."""


@require_http_methods(["GET", "HEAD", "POST"])
def successors(request):
    """The wards out of use on which something still hangs, each with the ward to take its place."""
    person = request.user
    if not person.keeps_whole_force:
        raise PermissionDenied
    rows = [row for area in Area.objects.all() for row in _rows(area)]
    if request.method == "POST":
        chosen = [(row["ward"], request.POST.get(row["ward"].pk)) for row in rows]
        by_code = {ward.pk: ward for row in rows for ward in row["wards"]}
        pairs = [
            (old, by_code[code]) for old, code in chosen if code in by_code and by_code[code].area_id == old.area_id
        ]
        try:
            done = carry(pairs)
        except Crowded as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, ngettext("%d ward carried over.", "%d wards carried over.", done) % done)
        return HttpResponseRedirect(request.path, status=303)
    context = {**admin.site.each_context(request), "rows": rows, "title": _("Wards that were replaced")}
    return render(request, "admin/successors.html", context)


def _rows(area) -> list:
    """What hangs on each ward of `area` that is out of use, and the wards in use to choose from."""
    today, now = today_in_london(), timezone.now()
    wards = list(area.wards.active())
    postings = Q(contact_postings__until__isnull=True) | Q(contact_postings__until__gte=today)
    old = area.wards.filter(active=False).annotate(
        postings_here=Count("contact_postings", filter=postings, distinct=True),
        teams_here=Count("teams", distinct=True),
        priorities_here=Count("priorities", distinct=True),
        meetings_here=Count("meetings", filter=Q(meetings__ends__gt=now), distinct=True),
    )
    followed = dict(
        Subscription.objects.filter(ward__area=area, ward__active=False)
        .order_by().values_list("ward").annotate(Count("pk"))
    )  # fmt: skip
    rows = []
    for ward in old:
        ward.follows_here = followed.get(ward.pk, 0)
        hangs = [ward.postings_here, ward.teams_here, ward.priorities_here, ward.meetings_here, ward.follows_here]
        if any(hangs):
            rows.append({"area": area, "ward": ward, "wards": wards, "proposed": proposed(ward, wards)})
    return rows


def carry(pairs) -> int:
    """Give everything of each old ward to the new one, all in one transaction; returns how many wards. Raises `Crowded`.

    Concerns keep the ward they were routed with, and figures theirs.
    """
    with transaction.atomic():
        for old, new in pairs:
            _carry(Ward.objects.select_for_update().get(pk=old.pk), new)
        Stamp.bump()
    return len(pairs)


def _carry(old, new) -> None:
    postings = Posting.objects.filter(Q(until__isnull=True) | Q(until__gte=today_in_london()), named_wards=old)
    for holder, wards in [
        *((posting, posting.named_wards) for posting in postings),
        *((team, team.wards) for team in old.teams.all()),
        *((meeting, meeting.wards) for meeting in Meeting.objects.coming().filter(wards=old)),
    ]:
        wards.add(new)
        wards.remove(old)
        holder.save()  # so that its history says so
    _carry_priorities(old, new)
    Subscription.objects.carry(old, new)
    old.successor, old.carried_at = new, timezone.now()
    old.save()


def _carry_priorities(old, new) -> None:
    for priority in old.priorities.order_by("pk"):
        priority.ward = new
        try:
            priority.save()
        except ValidationError as error:
            words = _("%(old)s can't be carried over: %(new)s would have too many open priorities. End some first.")
            raise Crowded(words % {"old": old, "new": new}) from error
