"""What is wrong today, and where each thing is put right: the same questions whether there is one row or ten thousand."""

from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import ForceRole, User
from accounts.stamp import days_ago, today_in_london
from areas.models import Area, Command, CommandCover, Editorship, Ward
from feedback.models import Category, Concern
from hubs.models import Absence, Hub, Posting, Team

SHOWN = 12  # rows of one finding; the number says how many there are
STALE_DAYS = 90
ENDS_WITHIN = 30


@dataclass
class Row:
    """One thing that is wrong: what, where it is put right ("" where this person can't), and what more there is to say."""

    text: str
    url: str = ""
    more: str = ""


@dataclass
class Finding:
    """Everything of one kind that is wrong."""

    key: str
    title: str
    fine: str  # said where nothing is wrong
    number: int = 0
    rows: list = field(default_factory=list)

    def of(self, things, row) -> "Finding":
        """This finding with `row(thing)` of the first of `things`, a queryset or list; all are counted, few are read."""
        first = list(things[: SHOWN + 1])
        self.rows = [row(thing) for thing in first[:SHOWN]]
        self.number = len(first) if len(first) <= SHOWN else len(things) if isinstance(things, list) else things.count()
        return self


def findings(areas, *, whole_force: bool) -> list[Finding]:
    """What is wrong in `areas` (Area rows). `whole_force`: this person keeps what belongs to no single area, too."""
    ids, day = {area.pk for area in areas}, today_in_london()
    found = [
        _wards_without_contact(ids, day),
        _teams_without_sergeant(ids, day),
        _away_without_cover(ids, day),
        _hubs_to_check(ids),
        _vacant_commands(ids, day, whole_force),
        _commanders_away(ids, day, whole_force),
        _ending_postings(ids, day),
        _access_without_posting(ids, day, whole_force),
        _concerns_without_owner(areas, day),
        _categories_without_team(areas, day),
    ]
    return sorted(found, key=lambda finding: not finding.number)


def _add(page, **values) -> str:
    return f"{reverse(f'admin:{page}_add')}?{urlencode(values)}"


def _change(page, row) -> str:
    return reverse(f"admin:{page}_change", args=[row.pk])


def _wards_without_contact(ids, day):
    named = Posting.objects.answering(day).filter(named_wards__isnull=False).order_by().values("named_wards")
    wards = (
        Ward.objects.active().filter(area__in=ids).exclude(pk__in=named).select_related("area").order_by("area", "name")
    )
    return Finding("wards", _("Wards without a named contact"), _("Every ward has a named contact.")).of(
        wards, lambda ward: Row(ward.name, _add("hubs_posting", named_wards=ward.pk), str(ward.area))
    )


def _teams_without_sergeant(ids, day):
    leads = (
        Posting.objects.on(day).filter(team=OuterRef("pk"), person__is_active=True).exclude(role=Posting.Role.MEMBER)
    )
    teams = Team.objects.filter(hub__area__in=ids).exclude(Exists(leads)).select_related("hub")
    return Finding("sergeants", _("Teams without a sergeant"), _("Every team has a sergeant or an inspector.")).of(
        teams,
        lambda team: Row(str(team), _add("hubs_posting", team=team.pk, role=Posting.Role.SERGEANT), str(team.hub)),
    )


def _away_without_cover(ids, day):
    posted = Posting.objects.on(day).filter(team__hub__area__in=ids, named_wards__isnull=False).values("person")
    away = Absence.objects.on(day).filter(person__in=posted)
    alone = away.exclude(pk__in=away.covered(day).values("pk")).select_related("person").order_by("from_date")
    return Finding("cover", _("Named contacts away with nobody answering"), _("Somebody answers for each.")).of(
        alone,
        lambda absence: Row(
            str(absence.person), f"{reverse('admin:cover')}?{urlencode({'person': absence.person_id})}"
        ),
    )


def _hubs_to_check(ids):
    counters = Q(front_counter=True, always_open=False, opening_hours__isnull=True, hours_note="")
    old = Q(checked_on__isnull=True) | Q(checked_on__lt=days_ago(STALE_DAYS))
    hubs = (
        Hub.objects.filter(counters | old, area__in=ids).annotate(hours=Count("opening_hours")).select_related("area")
    )

    def row(hub):
        without = hub.front_counter and not hub.always_open and not hub.hours and not hub.hours_note
        since = hub.checked_on and _("last checked on %(day)s") % {"day": date_format(hub.checked_on)}
        return Row(hub.name, _change("hubs_hub", hub), _("no hours") if without else since or _("never checked"))

    return Finding("hubs", _("Hubs without hours, or not checked for 90 days"), _("All hubs are checked.")).of(
        hubs, row
    )


def _vacant_commands(ids, day, whole_force):
    return Finding("commands", _("Commands vacant"), _("Every area has a commander today.")).of(
        Area.objects.vacant(day).filter(pk__in=ids),
        lambda area: Row(
            area.name, _add("areas_command", area=area.pk) if whole_force else "", _only_staff(whole_force)
        ),
    )


def _commanders_away(ids, day, whole_force):
    acting = CommandCover.objects.on(day).filter(command=OuterRef("pk"), person__is_active=True)
    away = Absence.objects.on(day).filter(person=OuterRef("person"), posting__isnull=True)
    commands = (
        Command.objects.on(day).filter(Exists(away), ~Exists(acting), area__in=ids).select_related("area", "person")
    )
    return Finding("acting", _("Commanders away with nobody acting"), _("No commander is away without cover.")).of(
        commands,
        lambda command: Row(
            str(command),
            _add("areas_commandcover", command=command.pk) if whole_force else "",
            _only_staff(whole_force),
        ),
    )


def _only_staff(whole_force) -> str:
    return "" if whole_force else _("ask a staff admin")


def _ending_postings(ids, day):
    last = date_in(ENDS_WITHIN)
    after = Posting.objects.filter(person=OuterRef("person"), from_date__gt=OuterRef("from_date"))
    ending = Posting.objects.on(day).filter(until__lte=last, team__hub__area__in=ids).exclude(Exists(after))
    ending = ending.select_related("person", "team").order_by("until")
    return Finding("ending", _("Postings that end within 30 days, with none after"), _("No posting ends soon.")).of(
        ending,
        lambda posting: Row(
            str(posting), _change("hubs_posting", posting), _("last day %(day)s") % {"day": date_format(posting.until)}
        ),
    )


def date_in(days: int):
    """The date so many days after today in London."""
    return days_ago(-days)


def _access_without_posting(ids, day, whole_force):
    lasting = Posting.objects.lasting(day).values("person")
    holds = [
        rows.objects.exclude(until__lt=day).values("person") for rows in (Command, CommandCover, Editorship, ForceRole)
    ]
    people = User.objects.filter(is_active=True, is_superuser=False).exclude(pk__in=lasting)
    for held in holds:
        people = people.exclude(pk__in=held)
    if not whole_force:
        people = people.filter(pk__in=Posting.objects.filter(team__hub__area__in=ids).values("person"))
    return Finding(
        "access", _("People who may sign in, but have no posting or role"), _("Everybody has a posting or role.")
    ).of(
        people,
        lambda person: Row(
            str(person), _change("accounts_user", person) if whole_force else _add("hubs_posting", person=person.pk)
        ),
    )


def works_there(day, person="officer", area="area") -> Q:
    """That whoever has a concern works in its area on `day`: posted there, or its commander."""
    posted = Posting.objects.on(day).filter(
        person=OuterRef(person), team__hub__area=OuterRef(area), person__is_active=True
    )
    leads = Command.objects.on(day).filter(person=OuterRef(person), area=OuterRef(area), person__is_active=True)
    acts = CommandCover.objects.on(day).filter(
        person=OuterRef(person), command__area=OuterRef(area), person__is_active=True
    )
    return Exists(posted) | Exists(leads) | Exists(acts)  # type: ignore[return-value]


def _concerns_without_owner(areas, day):
    lost = Concern.objects.open().filter(officer__isnull=False, area__in=areas).exclude(works_there(day))
    counts = dict(lost.order_by().values_list("area").annotate(all=Count("pk")))
    queue = reverse("casework:queue")
    found = Finding(
        "owners",
        _("Open concerns whose officer works there no longer"),
        _("Every officer works where their concerns are."),
    )
    found.rows = [
        Row(
            area.name,
            f"{queue}?area={area.slug}",
            _("%(number)d for the commander to give to somebody") % {"number": counts[area.pk]},
        )
        for area in areas
        if counts.get(area.pk)
    ]
    found.number = sum(counts.values())
    return found


def _categories_without_team(areas, day):
    manned = Team.objects.filter(hub__area__in=areas, postings__in=Posting.objects.on(day))
    kinds = set(manned.order_by().values_list("hub__area", "kind").distinct())
    categories = (
        Category.objects.filter(in_use=True, department__isnull=True).select_related("team_kind").order_by("order")
    )
    gaps: dict = {}
    for area in areas:
        for category in categories:
            if (area.pk, category.team_kind_id) not in kinds:
                gaps.setdefault((area, category.team_kind), []).append(category.name)

    def row(gap):
        (area, kind), names = gap
        where = _("%(kind)s in %(area)s: nobody is posted") % {"kind": kind or _("No kind of team"), "area": area}
        url = f"{reverse('admin:hubs_team_changelist')}?{urlencode({'hub__area__id__exact': area.pk})}"
        return Row(where, url, ", ".join(names[:4]) + ("…" if len(names) > 4 else ""))

    return Finding("categories", _("Categories that nobody handles"), _("Somebody handles every category.")).of(
        list(gaps.items()), row
    )
