"""What postings that end, accounts that close and teams that go elsewhere leave behind: said at once, with the way to mend it."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode

from accounts.stamp import days_after, today_in_london
from areas.models import Area, Ward
from feedback.models import Concern
from hubs.models import Posting

from .preview import places_seen

MODELS = {
    "hubs_posting": "pk",
    "accounts_user": "person",
    "hubs_team": "team",
    "hubs_hub": "team__hub",
}  # list of the admin -> how postings hang on it
PAGES = {f"{model}_{page}": path for model, path in MODELS.items() for page in ("change", "delete", "changelist")}
MOST = 1000  # rows of one action
SHOWN = 12  # wards by name
TOLD = 20  # people by name
DAYS = 10  # days on which something may be lost
AT_ONCE = 1000  # keys in one question


@dataclass
class Missed:
    """A sentence on what is missed; `wards`: pairs of id and name, each to be named for, and `more` that are not listed."""

    words: str
    wards: list = field(default_factory=list)
    more: int = 0

    @property
    def html(self):
        """The sentence with the way to put it right."""
        if not self.wards:
            return format_html('{} <a href="{}">See what is wrong today</a>', self.words, reverse("admin:today"))
        add, links = reverse("admin:hubs_posting_add"), ""
        for key, name in self.wards:
            asked = urlencode({"named_wards": key})
            links = format_html('{}{}<a href="{}?{}">{}</a>', links, ", " if links else "", add, asked, name)
        more = f" and {self.more} more" if self.more else ""
        return format_html("{}: {}{}. Name somebody.", self.words, links, more)


def touched(request) -> list:
    """The postings that this request to the admin may change, as they stand before it; none where it changes none."""
    if request.method != "POST" or not request.resolver_match or request.resolver_match.url_name not in PAGES:
        return []
    asked = [request.resolver_match.kwargs.get("object_id"), *request.POST.getlist("_selected_action")[:MOST]]
    ids = [key for key in asked if key and key.isdecimal() and len(key) < 19]
    return standing(PAGES[request.resolver_match.url_name], ids)


def standing(path, ids) -> list:
    """The postings that have not ended, of people who may sign in, which hang by `path` on rows with these ids."""
    ids, found = list(ids), []
    for first in range(0, len(ids), AT_ONCE):
        some = {f"{path}__in": ids[first : first + AT_ONCE]}
        rows = Posting.objects.lasting().filter(**some, person__is_active=True)
        found += rows.select_related("person", "team__hub").prefetch_related("named_wards")
    return found


def tell(request, before) -> None:
    """Say to whoever changed them what is missed since `before`."""
    for one in missed(before):
        messages.warning(request, one.html)


def missed(before):
    """Yield a `Missed` for wards with no named contact, and for open concerns that need a new owner, since `before`.

    `before`: postings as `standing` read them. Each is told with the day from which on it holds.
    """
    if not before:
        return
    wards: set = set()
    people: dict = {}
    for day in _days(before):
        there = [row for row in before if row.from_date <= day and (row.until is None or row.until >= day)]
        lost = _named_by(there) - Posting.objects.all().wards_named(day) - wards
        if lost:
            wards |= lost
            yield _of_wards(lost, day)
        _count_concerns(there, day, people)
    held = sorted(people.items(), key=lambda one: -one[1][0])
    yield from (_of_concerns(*one) for one in held[:TOLD])
    if rest := held[TOLD:]:
        number = sum(one[0] for _key, one in rest)
        yield Missed(f"{number} more open concerns of {len(rest)} others need new owners, too.")
    yield from _of_plans({row.person_id for row in before if row.from_date <= today_in_london()})


def _days(before) -> list:
    """The days on which a posting of `before` may be missed: today, as one would have begun, and after each last day."""
    today, keys = today_in_london(), [row.pk for row in before]
    days = {today, *(max(row.from_date, today) for row in before)}
    for first in range(0, len(keys), AT_ONCE):
        ends = Posting.objects.lasting().filter(pk__in=keys[first : first + AT_ONCE], until__isnull=False).order_by()
        days |= {days_after(day, 1) for day in ends.values_list("until", flat=True).distinct()}
    return sorted(days)[:DAYS]


def _named_by(rows) -> set:
    return {ward.pk for row in rows for ward in row.team.near(row.named_wards.all())}


def _of_wards(lost, day) -> Missed:
    rows = list(Ward.objects.filter(pk__in=lost).order_by("name").values_list("pk", "name"))
    words = f"No named contact any more from {date_format(day)} on"
    return Missed(words, [list(row) for row in rows[:SHOWN]], max(len(rows) - SHOWN, 0))


def _of_plans(people):
    """A sentence for each of `people` (ids) who works nowhere any more today, but begins somewhere as was planned."""
    today, keys, found = today_in_london(), sorted(people), []
    ahead = Posting.objects.filter(from_date__gt=today).exclude(person__in=Posting.objects.on(today).values("person"))
    for first in range(0, len(keys), AT_ONCE):
        theirs = ahead.filter(person__in=keys[first : first + AT_ONCE]).select_related("person", "team")
        found += theirs.order_by("from_date", "pk")[:TOLD]
    for row in found[:TOLD]:
        begins = f"begins in {row.team} on {date_format(row.from_date)}, as was planned"
        yield Missed(f"{row.person} works nowhere today, but {begins}. If they have left, take that back, too.")


def _count_concerns(there, day, told) -> None:
    """Into `told`: person and id of an area -> open concerns they have there, and the day from which on they work elsewhere."""
    places = {(row.person, row.team.place[0]) for row in there}
    seen = places_seen({row.person_id for row in there}, day)
    gone = {(who, area) for who, area in places if area and area not in seen[who.pk]} - told.keys()
    if not gone:
        return
    open_ones = Concern.objects.open().filter(officer__isnull=False, area__in={area for _who, area in gone}).order_by()
    held = {(who, area): n for who, area, n in open_ones.values_list("officer", "area").annotate(n=Count("pk"))}
    told |= {(who, area): (held[who.pk, area], day) for who, area in gone if (who.pk, area) in held}


def _of_concerns(whom, what) -> Missed:
    (person, area), (number, day) = whom, what
    one = "1 open concern" if number == 1 else f"{number} open concerns"
    needs = "needs a new owner" if number == 1 else "need a new owner"
    where = Area.objects.get(pk=area).name
    return Missed(f"{one} of {person} in {where} {needs} from {date_format(day)} on; the commander chooses.")
