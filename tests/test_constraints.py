"""Each named constraint is broken once, below the models' own checks; the rules for periods hold on both databases."""

import uuid
from datetime import date, time, timedelta
from functools import partial

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import ForceRole, Stamp, User
from areas.models import (
    Area,
    Boundary,
    Command,
    CommandCover,
    Edition,
    Editorship,
    Force,
    Language,
    Meeting,
    MeetingQuestion,
    Notice,
    Postcode,
    Priority,
)
from feedback.models import (
    Announcement,
    Category,
    ClosedMonth,
    Concern,
    ConcernUpdate,
    Figure,
    FormatRequest,
    Hold,
    Notification,
    Problem,
    Rating,
    Recourse,
    RetentionRule,
    SafetyRule,
    SearchCount,
    SearchMonth,
    ServiceFeedback,
    StandardText,
    Subscription,
    Voice,
)
from hubs.models import (
    Absence,
    Establishment,
    HoursException,
    Hub,
    Move,
    MoveLine,
    OpeningHours,
    Posting,
    Team,
    TeamKind,
)

pytestmark = pytest.mark.django_db

ROOMS = ("accounts", "areas", "hubs", "feedback")
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def named_constraints():
    return {
        constraint.name
        for model in apps.get_models()
        if model.__module__.partition(".")[0] in ROOMS
        for constraint in model._meta.constraints
    }


class Scene:
    """What the breakers need; made once a test."""

    def __init__(self, walsall, person, make_concern, team_of):
        self.area, self.person, self.team = walsall, person("pat"), team_of(walsall)
        self.hub = Hub.objects.filter(area=walsall).first()
        self.edition = Edition.objects.create(kind="postcodes", name="one", checksum="1", state="active")
        self.make_concern = make_concern

    def twice(self, model, **fields):
        """Two rows of the same, past `save()` and `clean()`."""
        model.objects.bulk_create([model(**fields), model(**fields)])

    def backwards(self, model, **fields):
        model.objects.bulk_create([model(from_date=MAY, until=APRIL, **fields)])

    def promise(self, **fields):
        Priority.objects.bulk_create([Priority(area=self.area, title="Bikes", you_said="Bikes.", **fields)])

    def meeting(self, hours):
        starts = timezone.now()
        return Meeting.objects.create(
            area=self.area, place="Hall", starts=starts, ends=starts + timedelta(hours=hours)
        )  # fmt: skip

    def concern(self, **change):
        Concern.objects.filter(pk=self.make_concern(self.area).pk).update(**change)

    def thanks_with_a_clock(self):
        concern = self.make_concern(self.area)
        Concern.objects.filter(pk=concern.pk).update(kind="thanks")

    def one_key_twice(self):
        one, other = self.make_concern(self.area), self.make_concern(self.area)
        Concern.objects.filter(pk=other.pk).update(key_hash=one.key_hash)

    def closed(self):
        return ClosedMonth.objects.create(month=MARCH)

    def figure(self, **fields):
        Figure.objects.create(closed=self.closed(), span="month", name="received", **fields)

    def searched(self):
        return SearchMonth.objects.create(month=MARCH, checksum="1", searches=1)

    def line(self, **fields):
        return self.make_concern(self.area).record("message", side="public", **fields)

    def followed(self, twice=True, **fields):
        Subscription.objects.bulk_create(
            [Subscription(email_key="one", sealed="x", **fields) for _each in range(1 + twice)]
        )

    def recourses(self, many=1, **fields):
        line = self.line()
        row = {"concern": line.concern, "asked": line, "reason": "missed", "due_at": timezone.now(), **fields}
        Recourse.objects.bulk_create([Recourse(**row) for _each in range(many)])

    def second_force(self):
        force = Force.objects.get()
        force.pk = 2
        Force.objects.bulk_create([force])

    def same_mail_in_capitals(self):
        User.objects.bulk_create([User(email=self.person.email.upper(), name="Pat again")])


BREAKERS = {
    "concern_key_once": Scene.one_key_twice,
    "concern_has_an_area_or_the_desk": partial(Scene.concern, area=None),
    "concern_outcome_exactly_when_resolved": partial(Scene.concern, outcome="solved"),
    "concern_due_time_exactly_for_concerns": Scene.thanks_with_a_clock,
    "concern_pause_has_a_reason_and_an_end": lambda s: Concern.objects.filter(pk=s.make_concern(s.area).pk).update(
        pause="asked"
    ),
    "force_works_from_before_until": lambda s: Force.objects.update(working_from=time(17), working_until=time(9)),
    "hours_close_after_they_open": lambda s: OpeningHours.objects.bulk_create(
        [OpeningHours(hub=s.hub, weekday=6, opens=time(17), closes=time(9))]
    ),
    "hours_once_a_time": lambda s: s.twice(OpeningHours, hub=s.hub, weekday=6, opens=time(9), closes=time(17)),
    "hours_exception_closed_or_in_order": lambda s: HoursException.objects.bulk_create(
        [HoursException(hub=s.hub, date=MAY, opens=time(17), closes=time(9))]
    ),
    "hours_exception_once_a_day": lambda s: s.twice(HoursException, hub=s.hub, date=MAY),
    "team_at_a_hub_or_of_a_department": lambda s: Team.objects.bulk_create(
        [Team(slug="nowhere", name="Nowhere", kind=TeamKind.objects.first())]
    ),
    "absence_ends_after_it_begins": lambda s: s.backwards(Absence, person=s.person),
    "absence_not_covered_by_oneself": lambda s: Absence.objects.bulk_create([Absence(person=s.person, cover=s.person)]),
    "posting_ends_after_it_begins": lambda s: s.backwards(Posting, person=s.person, team=s.team),
    "posting_share_1_to_100": lambda s: Posting.objects.bulk_create(
        [Posting(person=s.person, team=s.team, share=101, from_date=MAY)]
    ),
    "move_line_once_a_posting": lambda s: s.twice(
        MoveLine,
        move=Move.objects.create(kind="leave", from_date=MAY, reason="Left.", by=s.person),
        posting=Posting.objects.create(person=s.person, team=s.team, from_date=MARCH),
    ),
    "establishment_once_a_day": lambda s: s.twice(Establishment, team=s.team, posts=4, from_date=MAY),
    "force_is_one_row": Scene.second_force,
    "edition_one_active_of_a_kind": lambda s: s.twice(Edition, kind="boundaries", state="active", checksum="2"),
    "postcode_once_an_edition": lambda s: s.twice(Postcode, edition=s.edition, postcode="WS32PD", quality=1),
    "boundary_once_an_edition": lambda s: s.twice(Boundary, edition=s.edition, kind="area", code="E1", geometry="{}"),
    "command_ends_after_it_begins": lambda s: s.backwards(Command, area=s.area, person=s.person),
    "command_one_open_ended_an_area": lambda s: QuerySet(Command).bulk_create(
        [Command(area=s.area, person=s.person, from_date=day) for day in (MARCH, MAY)]
    ),
    "command_cover_ends_after_it_begins": lambda s: s.backwards(
        CommandCover, person=s.person, command=Command.objects.create(area=s.area, person=s.person, from_date=MARCH)
    ),
    "editorship_once_a_day": lambda s: s.twice(Editorship, person=s.person, area=s.area, from_date=MAY),
    "editorship_ends_after_it_begins": lambda s: s.backwards(Editorship, person=s.person, area=s.area),
    "priority_outcome_exactly_when_ended": lambda s: s.promise(since=APRIL, ended_on=MAY),
    "priority_ends_after_it_began": lambda s: s.promise(since=MAY, ended_on=APRIL, outcome="Over."),
    "meeting_ends_after_it_starts": lambda s: s.meeting(hours=0),
    "notice_ends_after_it_begins": lambda s: Notice.objects.create(
        text="Closed today.", shown_from=(now := timezone.now()), shown_until=now
    ),
    "meeting_question_key_once": lambda s: s.twice(
        MeetingQuestion, meeting=s.meeting(hours=1), text="Why?", key=uuid.UUID(int=7)
    ),
    "announcement_of_one_thing": lambda s: Announcement.objects.create(),
    "figure_once": lambda s: s.twice(Figure, closed=s.closed(), span="month", place="", name="received", value=5),
    "figure_bound_has_a_value": lambda s: s.figure(value=None, bound="under"),
    "search_count_once": lambda s: s.twice(SearchCount, month=s.searched(), column="object", value="", number=1),
    "service_feedback_once": lambda s: s.twice(ServiceFeedback, text="Good.", key_hash="one"),
    "format_request_once_while_open": lambda s: s.twice(
        FormatRequest, concern=s.make_concern(s.area), format="audio", due_at=timezone.now()
    ),
    "hold_ends_after_it_begins": lambda s: s.backwards(Hold, reference="WMP-1"),
    "language_reviewed_by_somebody": lambda s: Language.objects.update(reviewed_on=MAY),
    "notification_about_one_thing": lambda s: Notification.objects.create(kind="status", recipient="desk"),
    "problem_ends_with_an_assessment": lambda s: Problem.objects.create(
        area=s.area, title="Bikes", objective="None", ended_on=MAY, assessment=""
    ),
    "rating_is_an_answer": lambda s: Rating.objects.bulk_create(
        [Rating(concern=(line := s.line()).concern, reply=line, answer="perhaps")]
    ),
    "recourse_answered_with_a_reply_by_somebody": lambda s: s.recourses(answered_at=timezone.now()),
    "recourse_one_open_a_concern": lambda s: s.recourses(many=2),
    "retention_of_a_month_at_least": lambda s: RetentionRule.objects.update(months=0),
    "safety_rule_reviewed_by_somebody": lambda s: SafetyRule.objects.update(reviewed_on=MAY, reviewed_by=""),
    "standard_text_once_in_a_language": lambda s: s.twice(StandardText, title="Demo", text="We came.", expires=MAY),
    "subscription_area_once": lambda s: s.followed(area=s.area),
    "subscription_category_once": lambda s: s.followed(category=Category.objects.first()),
    "subscription_confirmed_is_told": lambda s: s.followed(twice=False, area=s.area, confirmed_at=timezone.now()),
    "subscription_to_one_thing": lambda s: s.followed(twice=False),
    "subscription_ward_once": lambda s: s.followed(ward=s.area.wards.first()),
    "update_form_once": lambda s: s.twice(
        ConcernUpdate, concern=s.make_concern(s.area), kind="message", side="public", key=uuid.UUID(int=8)
    ),
    "voice_once": lambda s: s.twice(
        Voice, ward=s.area.wards.first(), category=Category.objects.first(), person_key="a"
    ),
    "stamp_is_one_row": lambda s: Stamp.objects.bulk_create([Stamp(pk=2)]),
    "user_email_unique_in_any_case": Scene.same_mail_in_capitals,
    "force_role_ends_after_it_begins": lambda s: s.backwards(ForceRole, person=s.person, role="desk"),
    "force_role_once_a_day": lambda s: s.twice(ForceRole, person=s.person, role="desk", from_date=MAY),
}


@pytest.fixture
def scene(walsall, person, make_concern, team_of):
    return Scene(walsall, person, make_concern, team_of)


def test_each_named_constraint_is_broken_here():
    assert named_constraints() == set(BREAKERS)


@pytest.mark.parametrize("name", sorted(BREAKERS))
def test_constraint_holds(name, scene):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        BREAKERS[name](scene)
    if connection.vendor == "postgresql":
        broken = error.value.__cause__.diag.constraint_name
        # The exclusion constraint says the same of two open-ended commands and may speak first.
        assert broken in {name, "command_never_overlaps" if name == "command_one_open_ended_an_area" else name}


# ---- periods: first from, first until, second from, second until, allowed ---------------------------------------------

PERIODS = [
    ("2026-03-01", "2026-03-31", "2026-04-01", None, True),  # the day after the last day
    ("2026-03-01", "2026-03-31", "2026-03-31", None, False),  # the last day itself
    ("2026-03-01", None, "2027-01-01", None, False),
    ("2026-03-01", None, "2026-01-01", "2026-02-28", True),
    ("2026-03-01", None, "2026-01-01", "2026-03-01", False),
    ("2026-03-01", "2026-03-31", "2026-03-10", "2026-03-12", False),  # within
    ("2026-03-10", "2026-03-12", "2026-03-01", "2026-03-31", False),  # around
]


@pytest.mark.parametrize(("a", "b", "c", "d", "allowed"), PERIODS)
@pytest.mark.parametrize("kind", ["command", "cover", "posting"])
def test_periods_never_overlap(kind, a, b, c, d, allowed, walsall, person, team_of):
    first, second = person("first"), person("second")
    if kind == "cover":
        command = Command.objects.create(area=walsall, person=first, from_date="2025-01-01")
        b, d = b or "2030-01-01", d or "2030-01-01"
        make = partial(CommandCover, command=command)
        make_two = [partial(make, person=first), partial(make, person=second)]
    elif kind == "command":
        make_two = [partial(Command, area=walsall, person=who) for who in (first, second)]
    else:
        make_two = [partial(Posting, person=first, team=team_of(walsall), share=10)] * 2
    make_two[0](from_date=as_date(a), until=as_date(b)).save()
    other = make_two[1](from_date=as_date(c), until=as_date(d))
    if allowed:
        other.save()
        assert other.pk
    else:
        with pytest.raises(ValidationError):
            other.save()


def as_date(text):
    return text and date.fromisoformat(text)


@pytest.mark.parametrize(
    ("shares", "allowed"),
    [((100,), True), ((50, 50), True), ((60, 41), False), ((30, 30, 40), True), ((100, 1), False)],
)
def test_shares_of_one_day_sum_to_a_whole(shares, allowed, person, team_of, walsall):
    pat, kinds = person("pat"), ["neighbourhood", "response", "local-investigation"]
    *before, last = [
        Posting(person=pat, team=team_of(walsall, kind=kind), share=share, from_date=MARCH)
        for share, kind in zip(shares, kinds, strict=False)
    ]
    for posting in before:
        posting.save()
    if allowed:
        last.save()
    else:
        with pytest.raises(ValidationError):
            last.save()
    assert pat.postings.count() == len(shares) - (not allowed)


def test_a_command_can_be_saved_again(walsall_commander, walsall):
    command = Command.objects.get(area=walsall)
    command.until = date(2030, 1, 1)
    command.save()
    assert Area.objects.get(pk=walsall.pk).commander == walsall_commander
