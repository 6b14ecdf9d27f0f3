"""Who may do what with concerns today, read afresh for each request: rights end with the posting or command."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connection

from accounts.models import ForceRole
from accounts.stamp import today_in_london
from areas.models import Area


@dataclass(frozen=True)
class Reach:
    """What a person reaches today: areas (ids) they command or are posted in, departments (ids), force-wide roles."""

    commands: frozenset = field(default_factory=frozenset)
    posted: frozenset = field(default_factory=frozenset)
    departments: frozenset = field(default_factory=frozenset)
    # Of a sergeant the own teams, of an inspector those of the hub (ids), and who is posted in them today (ids).
    teams: frozenset = field(default_factory=frozenset)
    members: frozenset = field(default_factory=frozenset)
    roles: frozenset = field(default_factory=frozenset)
    # Read for the desk only: areas that nobody commands today, and who commands the others (pairs of area and person).
    vacant: frozenset = field(default_factory=frozenset)
    leaders: frozenset = field(default_factory=frozenset)

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


# Every request of the force's people asks this before anything else: for the ORM to build it takes longer than to answer it.
REACH_SQL = """
WITH held AS (
  SELECT p.role, p.team_id, t.department_id, t.hub_id, h.area_id
  FROM hubs_posting p JOIN hubs_team t ON t.id = p.team_id LEFT JOIN hubs_hub h ON h.id = t.hub_id
  WHERE p.person_id = %(person)s AND p.from_date <= %(day)s AND (p.until IS NULL OR p.until >= %(day)s)
), led AS (
  SELECT t.id FROM held JOIN hubs_team t ON t.id = held.team_id OR (held.role = 'inspector' AND t.hub_id = held.hub_id)
  WHERE held.role IN ('sergeant', 'inspector') AND held.hub_id IS NOT NULL
)
SELECT 'role', role, 0 FROM accounts_forcerole
WHERE person_id = %(person)s AND from_date <= %(day)s AND (until IS NULL OR until >= %(day)s)
UNION ALL SELECT 'command', '', area_id FROM areas_command
WHERE person_id = %(person)s AND from_date <= %(day)s AND (until IS NULL OR until >= %(day)s)
UNION ALL SELECT 'command', '', c.area_id FROM areas_commandcover v JOIN areas_command c ON c.id = v.command_id
WHERE v.person_id = %(person)s AND v.from_date <= %(day)s AND (v.until IS NULL OR v.until >= %(day)s)
  AND c.from_date <= %(day)s AND (c.until IS NULL OR c.until >= %(day)s)
UNION ALL SELECT CASE WHEN hub_id IS NULL THEN 'department' ELSE 'posted' END, '', COALESCE(area_id, department_id) FROM held
UNION ALL SELECT 'team', '', id FROM led
UNION ALL SELECT 'member', '', m.person_id FROM led JOIN hubs_posting m ON m.team_id = led.id
WHERE m.from_date <= %(day)s AND (m.until IS NULL OR m.until >= %(day)s)
"""


def _read(user, day) -> Reach:
    kinds = ("role", "command", "posted", "department", "team", "member")
    held: dict[str, set] = {kind: set() for kind in kinds}
    with connection.cursor() as cursor:
        cursor.execute(REACH_SQL, {"person": user.pk, "day": day})
        for kind, role, place in cursor.fetchall():
            held[kind].add(role or place)
    desk = ForceRole.Role.DESK in held["role"]
    return Reach(
        vacant=frozenset(Area.objects.vacant(day).values_list("pk", flat=True)) if desk else frozenset(),
        leaders=frozenset(Area.objects.leaders(day)) if desk else frozenset(),
        commands=frozenset(held["command"]),
        posted=frozenset(held["posted"]),
        departments=frozenset(held["department"]),
        teams=frozenset(held["team"]),
        members=frozenset(held["member"]),
        roles=frozenset(held["role"]),
    )


class Act(StrEnum):
    """What can be done with a concern. Each is one verb of `Concern`, but for the opening of contact details."""

    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"  # give it to oneself
    ASSIGN = "assign"  # give it to anybody posted in the area
    REPLY = "reply"
    ASK = "ask"  # the person who told us
    PAUSE = "pause"
    RESUME = "resume"
    NOTE = "note"
    REFER = "refer"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    RECOURSE = "recourse"  # answer for the commander's office
    FORMAT = "format"  # the format that the person asked for is there
    CRIME = "crime"
    COMPLAINT = "complaint"
    HAND = "hand"  # to a department
    ABOUT = "about"  # it is about a named officer
    SAFETY = "safety"
    DOUBT = "doubt"  # it may be no real concern
    REPEAT = "repeat"  # the person is a repeat victim, or not
    PROBLEM = "problem"  # it is part of one
    SPLIT = "split"  # it is really two
    SHEET = "sheet"  # for whoever records the crime
    PROPOSE = "propose"  # a move
    MOVE = "move"
    PLACE = "place"  # what is at the desk
    CONTACT = "contact"  # open the sealed contact details


class Capacity(StrEnum):
    """In which capacity somebody sees a concern."""

    COMMANDER = "commander"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"  # a sergeant or inspector, of what their own people have or nobody has
    DESK = "desk"
    DEPARTMENT = "department"
    AUDITOR = "auditor"


_OFFICER = {
    Act.ACKNOWLEDGE, Act.TAKE, Act.REPLY, Act.NOTE, Act.REFER, Act.RESOLVE, Act.REOPEN,
    Act.CRIME, Act.COMPLAINT, Act.ABOUT, Act.SAFETY, Act.PROBLEM, Act.PROPOSE, Act.CONTACT, Act.ASK, Act.PAUSE, Act.RESUME,
    Act.SPLIT, Act.SHEET, Act.DOUBT, Act.FORMAT, Act.REPEAT,
}  # fmt: skip

# Who may do which act: the only place that says so.
MAY: dict[Capacity, frozenset[Act]] = {
    Capacity.OFFICER: frozenset(_OFFICER),
    Capacity.SUPERVISOR: frozenset({Act.ASSIGN}),  # within their own team or hub: `gives_within`
    Capacity.COMMANDER: frozenset(_OFFICER - {Act.PROPOSE} | {Act.ASSIGN, Act.MOVE, Act.HAND, Act.RECOURSE}),
    Capacity.DESK: frozenset(
        {
            Act.ACKNOWLEDGE,
            Act.NOTE,
            Act.SAFETY,
            Act.DOUBT,
            Act.ABOUT,
            Act.CRIME,
            Act.SHEET,
            Act.COMPLAINT,
            Act.HAND,
            Act.MOVE,
            Act.PLACE,
            Act.FORMAT,
            Act.RECOURSE,
        }  # fmt: skip
    ),
    Capacity.DEPARTMENT: frozenset({Act.NOTE, Act.REPLY}),
    Capacity.AUDITOR: frozenset(),
}


def capacities(user, concern) -> frozenset[Capacity]:
    """In which capacities `user` sees `concern` today; empty exactly where `visible_to` would not find it."""
    reach = reach_of(user)
    if concern.about_person_id is not None and concern.about_person_id == user.pk:
        return frozenset()
    in_hands_of_area = not concern.desk_reason
    at_desk = concern.area_id is None or concern.desk_reason or concern.safety or concern.area_id in reach.vacant
    about_leader = (concern.area_id, concern.about_person_id) in reach.leaders
    held = {
        Capacity.COMMANDER: in_hands_of_area and concern.area_id in reach.commands,
        Capacity.OFFICER: in_hands_of_area and concern.area_id in reach.posted,
        Capacity.SUPERVISOR: in_hands_of_area and concern.area_id in reach.posted and _their_own(reach, concern),
        Capacity.DESK: reach.desk and (at_desk or about_leader),
        Capacity.DEPARTMENT: concern.department_id in reach.departments,
        Capacity.AUDITOR: reach.auditor,
    }
    return frozenset(capacity for capacity, holds in held.items() if holds)


def _their_own(reach, concern) -> bool:
    """Whether the concern is of the teams of this sergeant or inspector, of somebody in them, or of nobody yet."""
    if not reach.teams:
        return False
    theirs = concern.team_id in reach.teams or concern.officer_id in reach.members
    return theirs or (concern.team_id is None and concern.officer_id is None)


def gives_within(user, area_id) -> frozenset | None:
    """The teams (ids) to which `user` may give a concern of the area; None: to every team there."""
    reach = reach_of(user)
    return None if area_id in reach.commands else reach.teams


def acts_of(user, concern) -> frozenset[Act]:
    """All that `user` may do with `concern` today, whatever its state."""
    held = capacities(user, concern)
    # What is at the desk is placed; what an area has is moved.
    never = {Act.MOVE if concern.desk_reason else Act.PLACE}
    if concern.about_person_id is not None and Capacity.DESK not in held:
        never.add(Act.ABOUT)  # else a friend could name somebody else, and show it again to the person it is about
    return frozenset().union(*(MAY[capacity] for capacity in held)) - never


def may(user, act: Act, concern) -> bool:
    """Whether `user` may do `act` with `concern` today."""
    return act in acts_of(user, concern)
