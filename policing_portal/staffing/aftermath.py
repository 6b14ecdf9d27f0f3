"""What a posting that is ended, changed or deleted by hand leaves behind: said at once, with the way to put it right."""

from django.contrib import messages
from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode

from accounts.stamp import today_in_london
from areas.models import Area, Ward
from feedback.models import Concern
from hubs.models import Posting

from .preview import places_seen

PAGES = {"hubs_posting_change", "hubs_posting_delete", "hubs_posting_changelist"}
MOST = 1000  # postings of one action
SHOWN = 12  # wards by name
DAYS = 10  # days on which something may be lost


def touched(request) -> list:
    """The postings that this request to the admin may change, as they stand before it; none where it changes none."""
    if request.method != "POST" or not request.resolver_match or request.resolver_match.url_name not in PAGES:
        return []
    asked = [request.resolver_match.kwargs.get("object_id"), *request.POST.getlist("_selected_action")[:MOST]]
    ids = [key for key in asked if key and key.isdecimal() and len(key) < 19]
    rows = Posting.objects.lasting().filter(pk__in=ids, person__is_active=True)
    return list(rows.select_related("person", "team__hub").prefetch_related("named_wards"))


def tell(request, before) -> None:
    """Say which wards have no named contact, and how many open concerns need a new owner, since `before`, and from when on."""
    if not before:
        return
    wards: set = set()
    people: set = set()
    for day in _days(before):
        there = [row for row in before if row.from_date <= day and (row.until is None or row.until >= day)]
        lost = _named_by(there) - Posting.objects.all().wards_named(day) - wards
        if lost:
            wards |= lost
            messages.warning(request, _of_wards(lost, day))
        for words in _of_concerns(there, day, people):
            messages.warning(request, words)


def _days(before) -> list:
    """The days on which a posting of `before` may be missed: today, as one would have begun, and after each last day."""
    today = today_in_london()
    ends = Posting.objects.filter(pk__in=[row.pk for row in before], until__gte=today).values_list("until", flat=True)
    days = {today, *(max(row.from_date, today) for row in before)}
    return sorted(days | {type(day).fromordinal(day.toordinal() + 1) for day in ends})[:DAYS]


def _named_by(rows) -> set:
    return {ward.pk for row in rows for ward in row.team.near(row.named_wards.all())}


def _of_wards(lost, day):
    rows = list(Ward.objects.filter(pk__in=lost).order_by("name"))
    add, links = reverse("admin:hubs_posting_add"), ""
    for ward in rows[:SHOWN]:
        asked = urlencode({"named_wards": ward.pk})
        links = format_html('{}{}<a href="{}?{}">{}</a>', links, ", " if links else "", add, asked, ward.name)
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return format_html("No named contact any more from {} on: {}{}. Name somebody.", date_format(day), links, more)


def _of_concerns(there, day, told):
    """A sentence for each person and area where they have open concerns and work no longer; each is `told` once."""
    places = {(row.person_id, row.team.place[0]): row.person for row in there}
    seen = places_seen({row.person_id for row in there}, day)
    open_ones = Concern.objects.open().filter(officer__in=seen).order_by()
    counts = {(who, area): n for who, area, n in open_ones.values_list("officer", "area").annotate(n=Count("pk"))}
    names = dict(Area.objects.values_list("pk", "name"))
    for (who, area), person in places.items():
        number = counts.get((who, area))
        if number and area not in seen[who] and (who, area) not in told:
            told.add((who, area))
            one = "1 open concern" if number == 1 else f"{number} open concerns"
            yield format_html(
                '{} of {} in {} {} a new owner from {} on; the commander chooses. <a href="{}">See what is wrong today</a>',
                one, person, names[area], "needs" if number == 1 else "need", date_format(day), reverse("admin:today"),
            )  # fmt: skip
