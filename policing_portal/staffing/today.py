"""What is wrong today, and where each thing is put right: the same questions whether there is one row or ten thousand."""

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import ForceRole, User
from accounts.stamp import days_ago, today_in_london
from areas.models import Area, Command, CommandCover, Editorship, Ward
from feedback.models import Category, Concern, Notification
from hubs.models import Absence, Hub, Move, Posting, Team

from .finding import Finding, Row

STALE_DAYS = 90
ENDS_WITHIN = 30


def findings(areas, *, whole_force: bool, departments: bool | None = None) -> list[Finding]:
    """What is wrong in `areas` (Area rows). `whole_force`: this person keeps what belongs to no single area, too.

    `departments`: whether what is wrong in them is told, as to an auditor, who keeps nothing.
    """
    ids, day = {area.pk for area in areas}, today_in_london()
    departments = whole_force if departments is None else departments
    teams = Team.objects.within(ids, whole=departments)
    found = [
        _wards_without_contact(ids, day),
        _naming_far(teams, day),
        _teams_without_sergeant(teams, day),
        _away_without_cover(ids, day),
        _hubs_to_check(ids),
        _vacant_commands(ids, day, whole_force),
        _commanders_away(ids, day, whole_force),
        _ending_postings(teams, day),
        _overdue_moves(teams, day),
        _access_without_posting(ids, day, whole_force),
        _concerns_without_owner(areas, day),
        _categories_without_team(areas, day, departments),
        *([_parked_mails()] if departments else []),
    ]
    return sorted(found, key=lambda finding: not finding.number)


def _add(page, **values) -> str:
    return f"{reverse(f'admin:{page}_add')}?{urlencode(values)}"


def _change(page, row) -> str:
    return reverse(f"admin:{page}_change", args=[row.pk])


def _wards_without_contact(ids, day):
    named = Posting.objects.answering(day).naming().order_by().values("named_wards")
    wards = (
        Ward.objects.active().filter(area__in=ids).exclude(pk__in=named).select_related("area").order_by("area", "name")
    )
    return Finding("wards", _("Wards without a named contact"), _("Every ward has a named contact.")).of(
        wards, lambda ward: Row(ward.name, _add("hubs_posting", named_wards=ward.pk), str(ward.area))
    )


def _naming_far(teams, day):
    far = Posting.objects.lasting(day).filter(team__in=teams).naming_far().select_related("person", "team")
    return Finding(
        "far", "Named contacts of wards in another area", "Every named contact works in the area of their wards."
    ).of(
        far.order_by("person__name", "pk"),
        lambda posting: Row(
            str(posting), _change("hubs_posting", posting), "the public does not see them there; take the wards out"
        ),
    )


def _teams_without_sergeant(teams, day):
    leads = (
        Posting.objects.on(day).filter(team=OuterRef("pk"), person__is_active=True).exclude(role=Posting.Role.MEMBER)
    )
    alone = teams.exclude(Exists(leads)).select_related("hub", "department").order_by("name", "pk")
    return Finding("sergeants", _("Teams without a sergeant"), _("Every team has a sergeant or an inspector.")).of(
        alone,
        lambda team: Row(
            str(team), _add("hubs_posting", team=team.pk, role=Posting.Role.SERGEANT), str(team.hub or team.department)
        ),
    )


def _away_without_cover(ids, day):
    named = Posting.objects.in_post(day).filter(team__hub__area__in=ids, away=True, covered=False).naming().order_by()
    theirs = Q(posting__in=named.values("pk")) | Q(posting__isnull=True, person__in=named.values("person"))
    alone = Absence.objects.on(day).filter(theirs).select_related("person", "cover").order_by("from_date", "pk")
    return Finding("cover", _("Named contacts away with nobody answering"), _("Somebody answers for each.")).of(
        alone,
        lambda absence: Row(
            str(absence.person),
            f"{reverse('admin:cover')}?{urlencode({'person': absence.person_id, 'absence': absence.pk})}",
            f"{absence.cover} is away too, or works there no longer" if absence.cover else "",
        ),
    )


def _hubs_to_check(ids):
    counters = Q(front_counter=True, always_open=False, opening_hours__isnull=True, hours_note="")
    old = Q(checked_on__isnull=True) | Q(checked_on__lt=days_ago(STALE_DAYS))
    hubs = (
        Hub.objects.filter(counters | old, area__in=ids).annotate(hours=Count("opening_hours")).select_related("area")
    ).order_by("area", "name", "pk")

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
            f"{reverse('admin:cover')}?{urlencode({'person': command.person_id})}" if whole_force else "",
            _only_staff(whole_force),
        ),
    )


def _only_staff(whole_force) -> str:
    return "" if whole_force else _("ask a staff admin")


def _ending_postings(teams, day):
    """Postings, begun or planned, that end soon, each with the one that follows: the first of the person that lasts longer."""
    after = Posting.objects.filter(
        Q(until__isnull=True) | Q(until__gt=OuterRef("until")), person=OuterRef("person")
    ).order_by("from_date", "pk")
    ending = Posting.objects.lasting(day).filter(until__lte=date_in(ENDS_WITHIN), team__in=teams)
    ending = ending.annotate(
        then=Subquery(after.values("team__name")[:1]), begins=Subquery(after.values("from_date")[:1])
    )
    return Finding("ending", "Postings that end within 30 days", _("No posting ends soon.")).of(
        ending.select_related("person", "team").order_by("until", "pk"), _ending
    )


def _ending(posting) -> Row:
    words = _("last day %(day)s") % {"day": date_format(posting.until)}
    if posting.then:
        gap = (posting.begins - posting.until).days > 1
        words += f"; then{f', from {date_format(posting.begins)}' if gap else ''}: {posting.then}"
    else:
        words += "; then: none"
    return Row(str(posting), _change("hubs_posting", posting), words)


def _overdue_moves(teams, day):
    """Moves of teams whose day has come and which nobody has carried out: the worker does so, so it may not be running."""
    due = Move.objects.filter(
        kind=Move.Kind.TEAM, done_at__isnull=True, undone_at__isnull=True, from_date__lte=day, team__in=teams
    )
    return Finding("moves", "Team moves that are overdue", "Every team is where it was moved to.").of(
        due.select_related("team", "hub").order_by("from_date", "pk"),
        lambda move: Row(
            f"{move.team}: to {move.hub}",
            _change("hubs_move", move),
            f"due on {date_format(move.from_date)}; the worker carries it out, so look whether it runs",
        ),
    )


def _parked_mails():
    """Mails that were given up, for those who see the outbox: why stands there, and they are tried again from its list."""
    parked = Notification.objects.parked().order_by("due", "pk")
    return Finding("mails", "Mails that could not be sent", "Every mail went out, or is still being tried.").of(
        parked,
        lambda note: Row(
            str(note),
            f"{reverse('admin:feedback_notification_changelist')}?state__exact={note.state}",
            f"{note.last_error or 'it ended the worker'}, last tried on {date_format(localtime(note.due))}",
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
    people = User.objects.filter(is_active=True).exclude(pk__in=lasting)
    for held in holds:
        people = people.filter(Q(is_superuser=True) | ~Q(pk__in=held))
    if not whole_force:
        people = people.filter(pk__in=Posting.objects.filter(team__hub__area__in=ids).values("person"))
    return Finding(
        "access", _("People who may sign in, but have no posting or role"), _("Everybody has a posting or role.")
    ).of(
        people,
        lambda person: Row(
            str(person),
            _change("accounts_user", person) if whole_force else _add("hubs_posting", person=person.pk),
            "superuser: may do everything" if person.is_superuser else "",
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


def _categories_without_team(areas, day, departments):
    """Each area and kind of team, and each department, in which nobody works who would handle what is theirs.

    A department is asked for where no team of the area handles it; a category of a partner alone needs nobody here.
    """
    there = Team.objects.filter(Exists(Posting.objects.on(day).filter(team=OuterRef("pk"), person__is_active=True)))
    manned = set(there.order_by().values_list("hub__area", "kind").distinct())
    at_work = set(there.order_by().values_list("department", flat=True)) - {None}
    gaps: dict = {}
    for category in Category.objects.filter(in_use=True).select_related("team_kind", "department").order_by("order"):
        kind, department = category.team_kind, category.department
        if category.department_id in at_work or not (kind or department) and category.partner:
            continue
        for area in areas if kind or not department else ():
            if (area.pk, category.team_kind_id) not in manned:
                gaps.setdefault((area, kind), []).append(category.name)
        if departments and department and not kind:
            gaps.setdefault((None, department), []).append(category.name)
    return Finding("categories", _("Categories that nobody handles"), _("Somebody handles every category.")).of(
        list(gaps.items()), _gap
    )


def _gap(gap) -> Row:
    (area, who), names = gap
    kind = {"kind": who or _("No kind of team"), "area": area}
    where = _("%(kind)s in %(area)s: nobody is posted") % kind if area else f"{who}: nobody is posted"
    asked = {"hub__area__id__exact": area.pk} if area else {"department__id__exact": who.pk}
    more = ", ".join(names[:4]) + ("…" if len(names) > 4 else "")
    return Row(where, f"{reverse('admin:hubs_team_changelist')}?{urlencode(asked)}", more)
