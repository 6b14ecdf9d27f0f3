"""Who may do what with concerns today, read afresh for each request: rights end with the posting or command."""

from dataclasses import dataclass, field

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast

from accounts.models import ForceRole
from accounts.stamp import today_in_london
from areas.models import Command, CommandCover
from hubs.models import Posting


@dataclass(frozen=True)
class Reach:
    """What a person reaches today: areas (ids) they command or are posted in, departments (ids), force-wide roles."""

    commands: frozenset = field(default_factory=frozenset)
    posted: frozenset = field(default_factory=frozenset)
    departments: frozenset = field(default_factory=frozenset)
    roles: frozenset = field(default_factory=frozenset)

    @property
    def areas(self) -> frozenset:
        """The areas whose concerns the person works on."""
        return self.commands | self.posted

    @property
    def desk(self) -> bool:
        return ForceRole.Role.DESK in self.roles

    @property
    def auditor(self) -> bool:
        return ForceRole.Role.AUDITOR in self.roles

    @property
    def overview(self) -> bool:
        return ForceRole.Role.OVERVIEW in self.roles

    @property
    def reads_concerns(self) -> bool:
        """Whether there is any concern text that this person may ever read."""
        return bool(self.areas or self.departments or self.desk or self.auditor)


NOBODY = Reach()


def reach_of(user) -> Reach:
    """The `Reach` of `user` today in Europe/London, in one query; kept on the user object, so for one request."""
    if not user.is_authenticated or not user.is_active:
        return NOBODY
    if not hasattr(user, "_reach"):
        user._reach = _read(user, today_in_london())
    return user._reach


def _read(user, day) -> Reach:
    def rows(queryset, kind, column):
        return queryset.order_by().values_list(
            Value(kind, CharField()), Cast(F(column), CharField(max_length=40))
        )

    commands = Command.objects.on(day)
    postings = Posting.objects.on(day).filter(person=user)
    found = rows(ForceRole.objects.on(day).filter(person=user), "role", "role").union(
        rows(commands.filter(person=user), "command", "area_id"),
        rows(CommandCover.objects.on(day).filter(person=user, command__in=commands), "command", "command__area_id"),
        rows(postings.filter(team__hub__isnull=False), "posted", "team__hub__area_id"),
        rows(postings.filter(team__department__isnull=False), "department", "team__department_id"),
    )
    by_kind: dict[str, set] = {"role": set(), "command": set(), "posted": set(), "department": set()}
    for kind, value in found:
        by_kind[kind].add(value if kind == "role" else int(value))
    return Reach(
        commands=frozenset(by_kind["command"]),
        posted=frozenset(by_kind["posted"]),
        departments=frozenset(by_kind["department"]),
        roles=frozenset(by_kind["role"]),
    )
