"""Fill an empty portal with plainly fictional people and thirteen months of concerns, from a fixed seed."""

import json
import random
import uuid
from datetime import datetime, time
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import ForceRole, User
from accounts.stamp import LONDON, Stamp, days_ago
from areas.models import Area, Editorship, Force, Meeting, Priority, PriorityAction
from areas.models import Command as AreaCommand
from feedback import clock
from feedback.insight.figures import freeze
from feedback.lifecycle import Outcome, Pause, Status
from feedback.models import (
    Announcement,
    Category,
    Concern,
    ConcernUpdate,
    Contact,
    FormatRequest,
    Notification,
    Partner,
    Problem,
    Rating,
    Recourse,
    Subscription,
    count_people,
)
from feedback.models.codes import REFERENCE_LETTERS, follow_code, hash_code
from feedback.models.sealing import match_key, seal
from hubs.models import Absence, Department, Establishment, Hub, Move, Posting, StrengthTarget, Team, TeamKind
from policing_portal import demo_intake

PASSWORD = "demo-portal-only"  # noqa: S105 the demo's own, printed at every start, refused in production
SEED = 20230403
CONCERNS_AN_AREA = 84
PAST_AN_AREA = 260
PEOPLE_A_PAST_CONCERN = 4000
IN_TIME, LATE = [8, 20, 30, 44, 52, 60, 68, 70], [90, 130]  # hours to a reply
RATINGS = [
    ("yes", ""), ("yes", "Quick and clear, thank you."), ("partly", ""), ("yes", ""), ("yes", ""),
    ("partly", "You say that you will look at it, but not when."), ("yes", ""), ("no", ""),
    ("no", "I asked who to ring at night. Nobody told me."),
]  # fmt: skip
TEXTS = Path(__file__).resolve().parent.parent.parent / "demo_texts.json"
LOCAL = TEXTS.with_name("demo_local.json")
NAMESPACE = uuid.UUID("5b0c2f4e-8f2b-4a0c-9d70-2f3f9a1d7c11")
TEAMS = (
    ("neighbourhood", "Neighbourhood team"),
    ("response", "Response team"),
    ("local-investigation", "Local investigation team"),
)


class Command(BaseCommand):
    help = "Fill an empty portal with a demo. Refuses in production and where real people have accounts."

    def handle(self, *args, **options):
        if settings.PRODUCTION or settings.REQUIRE_MFA:
            raise CommandError(
                "The demo's password is public, so it is never loaded in production (REQUIRE_MFA or https)."
            )
        if User.objects.filter(email="commander.walsall@example.org").exists():
            self.stdout.write("The demo is already there.")
            return
        if User.objects.exclude(email__endswith="@example.org").exists():
            raise CommandError("Real people have accounts here. The demo is only for an empty portal.")
        if not Force.objects.exists():
            raise CommandError("Load a force pack first: manage.py load_force areas/data/west_midlands")
        with transaction.atomic():
            Story.prefix = Force.objects.get().reference_prefix
            people = _people()
            _teams(people)
            rng = random.Random(SEED)  # noqa: S311 the same demo every time, nothing secret
            made = sum(_concerns_of(area, people, rng) for area in Area.objects.all())
            made += sum(_past_of(area, people, rng) for area in Area.objects.all())
            for area in Area.objects.all():
                _promises(area)
                _meetings(area)
                demo_intake.add(area)
            _strength(people)
            count_people()
            Stamp.bump()
        freeze()
        for area in Area.objects.all():
            _followers(area)
        self.stdout.write(f"The demo has {len(people)} people and {made} concerns. Password: {PASSWORD}")


def _people() -> dict:
    """Every demo sign-in by the part of its address before the @."""
    password = make_password(PASSWORD)
    chief, constable = "Chief Superintendent", "Police Constable"
    rows = [
        ("desk", "Desk Officer", ""),
        ("overview", "Overview Reader", ""),
        ("department", "Standards Officer", "Sergeant"),
    ]
    rows += [("staff.admin", "Staff Admin", ""), ("auditor", "Auditor", "")]
    for area in Area.objects.all():
        rows += [
            (f"commander.{area.slug}", f"Commander, {area}", chief),
            (f"officer.{area.slug}", f"Officer, {area}", constable),
        ]
        rows += [
            (f"editor.{area.slug}", f"Team Editor, {area}", ""),
            (f"sergeant.{area.slug}", f"Sergeant, {area}", "Sergeant"),
            (f"inspector.{area.slug}", f"Inspector, {area}", "Inspector"),
        ]
        rows += [
            (f"pcso.{area.slug}", f"PCSO, {area}", "PCSO"),
            (f"response.{area.slug}", f"Response, {area}", constable),
        ]
    people = {}
    for number, (handle, name, rank) in enumerate(rows):
        person = User(email=f"{handle}@example.org", name=f"Demo {name}", rank=rank, password=password)
        person.collar_number, person.public_name = (
            f"D{number:04}",
            handle.split(".")[0] in {"commander", "officer", "sergeant"},
        )
        people[handle] = person
    for person in people.values():
        person.save()
    roles = {"desk": "desk", "overview": "overview", "staff.admin": "staff_admin", "auditor": "auditor"}
    for handle, role in roles.items():
        ForceRole.objects.create(person=people[handle], role=role, from_date="2023-04-03")
    for area in Area.objects.all():
        AreaCommand.objects.create(area=area, person=people[f"commander.{area.slug}"], from_date="2023-04-03")
        Editorship.objects.create(area=area, person=people[f"editor.{area.slug}"], from_date="2023-04-03")
    return people


def _teams(people) -> None:
    """Teams at each area's first hub that is no custody suite, one for each department, and who is posted to them."""
    for area in Area.objects.all():
        hub = Hub.objects.filter(area=area, neighbourhood_base=True).first() or Hub.objects.filter(area=area).first()
        teams = {}
        for code, name in TEAMS:
            kind = TeamKind.objects.get(code=code)
            teams[code] = Team.objects.create(
                slug=f"{area.slug}-{code}", name=f"{area} {name.lower()}", kind=kind, hub=hub
            )
        wards = list(area.wards.active())
        teams["neighbourhood"].wards.set(wards)
        for handle, role in (
            ("officer", "member"), ("sergeant", "sergeant"), ("pcso", "member"), ("inspector", "inspector"),
        ):  # fmt: skip
            person = people[f"{handle}.{area.slug}"]
            posting = Posting.objects.create(
                person=person, team=teams["neighbourhood"], role=role, from_date="2023-04-03"
            )
            part = {"officer": wards[::2], "pcso": wards[1::2]}.get(handle, [])
            posting.named_wards.set(part)
        Absence.objects.create(
            person=people[f"pcso.{area.slug}"], cover=people[f"sergeant.{area.slug}"], kind="training"
        )
        Posting.objects.create(person=people[f"response.{area.slug}"], team=teams["response"], from_date="2023-04-03")
    kind = TeamKind.objects.get(code="area-command")
    for department in Department.objects.all():
        name = f"{department} duty team"
        Team.objects.create(slug=f"{department.code}-duty", name=name, kind=kind, department=department)
    standards = Team.objects.get(slug="professional-standards-duty")
    Posting.objects.create(person=people["department"], team=standards, from_date="2023-04-03")


def _strength(people) -> None:
    """Posts that teams should have, what keeps people away, a move that is still to come, and the promised extra officers."""
    posts = {"neighbourhood": (4, 1), "response": (3, 1), "local-investigation": (2, 1)}
    for team in Team.objects.filter(kind__code__in=posts):
        members, sergeants = posts[team.kind.code]
        for role, number in (("member", members), ("sergeant", sergeants)):
            Establishment.objects.create(team=team, role=role, posts=number, from_date="2023-04-03")
    StrengthTarget.objects.filter(baseline__isnull=True).update(baseline=10)
    for area in Area.objects.all():
        response = people[f"response.{area.slug}"]
        Absence.objects.create(
            person=response, from_date=days_ago(20 + area.order), until=days_ago(15), kind="abstraction"
        )
    first = Area.objects.first()
    mover, team = people[f"response.{first.slug}"], Team.objects.get(slug=f"{first.slug}-neighbourhood")
    facts = {"from_date": days_ago(-9), "reason": "More people on the beat before the winter."}
    Move.people([mover.postings.get()], team, by=people[f"commander.{first.slug}"], **facts)


class Story:
    """One concern and what became of it, told at its own times in the past."""

    prefix = ""

    def __init__(self, *, area, ward, number, age_hours, rng, now):
        self.area, self.number, self.rng, self.now = area, number, rng, now
        self.received = clock.add_hours(now, -age_hours)
        key = uuid.uuid5(NAMESPACE, f"{area.slug if area else 'desk'}-{number}")
        letters = "".join(rng.choice(REFERENCE_LETTERS) for _i in range(8))
        self.concern = Concern(
            reference=f"{self.prefix}-{letters[:4]}-{letters[4:]}",
            area=area, ward=ward, received_at=self.received, code_hash=hash_code(follow_code(key)),
            key_hash=f"demo-{key.hex}", body_hash=f"demo-{key.hex}",
            route_basis=f"{ward}, chosen on the page -> {ward}, {area}" if ward else "not known to the person who told us",
            certain=False, desk_reason="" if area else Concern.DeskReason.UNPLACED,
        )  # fmt: skip
        self.updates: list = []
        self.rating = self.recourse = self.format = None
        self.happens(0, "received", side="public", public=True)

    def happens(self, hours, kind, *, by=None, side="force", public=False, **details):
        """Append a line of history `hours` after receipt, but not in the future; returns its time."""
        at = min(clock.add_hours(self.received, hours), self.now)
        row = ConcernUpdate(
            kind=kind, at=at, by=by, by_label=str(by) if by else "", side=side, public=public, **details
        )
        self.updates.append(row)
        return at

    def moves(self, hours, status, *, by, text="", outcome=""):
        """A move of the state at that time."""
        concern = self.concern
        details = {"from_status": concern.status, "to_status": status, "outcome": outcome, "text": text}
        at = self.happens(hours, "status", by=by, public=True, **details)
        concern.status, concern.outcome = status, outcome
        concern.acknowledged_at = concern.acknowledged_at or at
        concern.resolved_at = at if status == Status.RESOLVED else None

    def answered(self, hours, *, by, text, how="written"):
        """A meaningful reply at that time: it stops the clock."""
        at = self.happens(hours, "reply", by=by, public=True, text=text, how=how, said_by="", happened_at=None)
        self.concern.answered_at = self.concern.answered_at or at
        if self.rating is None and self.number % 3:
            self.rated(hours + 2)

    def asks_office(self, hours, *, answered_by=None, after=24):
        """The person turns to the commander's office, which answers so many hours later, or has it still."""
        at = self.happens(
            hours, "recourse", side="public", public=True, detail="missed", text="I still wait for an answer."
        )
        due = clock.add_hours(at, 72)
        self.recourse = Recourse(
            concern=self.concern, area=self.area, reason="missed", at=at, due_at=due, asked=self.updates[-1]
        )
        if answered_by and clock.add_hours(at, after) < self.now:
            words = "I am sorry that you had to wait. I have asked my team to write to you today."
            at = self.happens(
                hours + after, "recourse_reply", by=answered_by, public=True, text=words, said_by=str(answered_by)
            )
            self.recourse.answered_at, self.recourse.answered_by, self.recourse.reply = (
                at,
                answered_by,
                self.updates[-1],
            )

    def overdue_after(self, hours) -> bool:
        """Whether a reply was due by then."""
        due = self.concern.due_at
        return due is not None and due < clock.add_hours(self.received, hours)

    def asks_format(self, hours, what, language=""):
        """The person needs another format or an interpreter."""
        at = self.happens(hours, "format", side="public", public=True, detail=what, text=language)
        due = clock.add_hours(at, 120)
        self.format = FormatRequest(concern=self.concern, format=what, language=language, at=at, due_at=due)

    def rated(self, hours):
        """The person says whether the reply answered them; areas differ."""
        answer, text = RATINGS[(self.number * 5 + self.area.order) % (len(RATINGS) - self.area.order % 3)]
        reply = self.updates[-1]
        at = self.happens(hours, "rating", side="public", public=True, detail=answer, text=text)
        self.rating = Rating(concern=self.concern, reply=reply, answer=answer, text=text, at=at)


def _concerns_of(area, people, rng) -> int:
    """Write the area's stories; returns how many."""
    texts = json.loads(TEXTS.read_text())
    categories = {category.code: category for category in Category.objects.all()}
    wards, now = list(area.wards.active()), timezone.now()
    stories = []
    for number in range(CONCERNS_AN_AREA):
        # A dozen in the last three days, some overdue, the rest over thirteen months.
        age = rng.randint(1, 70) if number < 12 else rng.randint(75, 300) if number < 20 else rng.randint(200, 395 * 24)
        story = Story(area=area, ward=rng.choice(wards), number=number, age_hours=age, rng=rng, now=now)
        _what(story, texts, categories, rng)
        _became(story, number, people, texts, rng)
        stories.append(story)
    if area.order == Area.objects.first().order:
        stories += _unplaced(texts, categories, rng, now)
    _write(stories, rng)
    return len(stories)


def _past_of(area, people, rng) -> int:
    """Concerns of the last thirteen months that are over, so that there is something to count; returns how many."""
    texts = json.loads(TEXTS.read_text())
    categories = {category.code: category for category in Category.objects.all()}
    wards, now, officer = list(area.wards.active()), timezone.now(), people[f"officer.{area.slug}"]
    # Most of what people tell is about a few things, and not the same ones everywhere.
    codes = sorted(code for code in texts["concerns"] if not categories[code].sensitive)
    usual = {**texts, "concerns": {code: texts["concerns"][code] for code in rng.sample(codes, 4)}}
    stories = []
    for number in range(PAST_AN_AREA + (area.population or 0) // PEOPLE_A_PAST_CONCERN):
        age = rng.randint(300, 395 * 24)
        story = Story(area=area, ward=rng.choice(wards), number=1000 + number, age_hours=age, rng=rng, now=now)
        _what(story, usual if number % 3 else texts, categories, rng)
        hours = rng.choice(IN_TIME * 2 + LATE * (area.order % 4))
        if hours in LATE and story.overdue_after(74):
            office = people[f"commander.{area.slug}"]
            story.asks_office(74, answered_by=office, after=80 if number % 5 == 0 else 10)
        story.answered(hours, by=officer, text=rng.choice(texts["replies"]))
        story.moves(hours, Status.IN_PROGRESS, by=officer)
        outcome = rng.choice([Outcome.SOLVED, Outcome.REDUCED, *Outcome.values])
        story.moves(
            hours + rng.randint(24, 200), Status.RESOLVED, by=officer, text=texts["endings"][outcome], outcome=outcome
        )
        stories.append(story)
    _write(stories, rng, reached=False)
    return len(stories)


def _what(story, texts, categories, rng):
    """What the person told us, and how it came in."""
    concern = story.concern
    concern.kind = {3: "idea", 7: "thanks", 31: "idea", 47: "thanks"}.get(story.number % 60, "concern")
    code = rng.choice(sorted(texts["concerns"]))
    concern.category = categories[code if concern.kind == "concern" else "presence"]
    words = texts["concerns"][code] if concern.kind == "concern" else texts[concern.kind]
    concern.text = rng.choice(words).replace("{place}", _place(concern, rng))
    if story.number in (5, 40):
        right_to_left = texts["right_to_left"][story.number % len(texts["right_to_left"])]
        concern.text, concern.language = right_to_left["text"], right_to_left["language"]
    if story.number in (2, 26):
        concern.text, concern.safety = rng.choice(texts["safety"]), True
    concern.channel = rng.choice(["web"] * 5 + ["email", "phone", "counter", "meeting", "api"])
    if concern.kind == "concern":
        times = clock.deadlines(concern.received_at, concern.category.response_hours, clock.Elapsed())
        concern.due_at, concern.soon_at = times


def _place(concern, rng) -> str:
    names = concern.ward.locality_names if concern.ward else []
    return rng.choice(names) if names else str(concern.ward or "the town centre")


def _became(story, number, people, texts, rng):
    """What the force did: nothing yet, overdue, answered, referred, resolved in each way, reopened."""
    officer = people[f"officer.{story.area.slug}"]
    commander = people[f"commander.{story.area.slug}"]
    reply = rng.choice(texts["replies"])
    if number < 5:
        return
    if number < 20:
        if number in (6, 18):
            story.asks_format(3, *(("interpreter", "Punjabi") if number == 6 else ("large_print",)))
        if number in (14, 16):
            story.asks_office(73, answered_by=commander if number == 16 else None)
        _given_to(story, officer, commander, 2)
        if number % 3:
            story.moves(4, Status.ACKNOWLEDGED, by=officer, text="I have read this and will look into it.")
        if number % 4 == 3:
            story.answered(9, by=officer, text=reply)
            story.moves(9, Status.IN_PROGRESS, by=officer)
        if number in MEANWHILE and story.concern.kind == "concern":
            MEANWHILE[number](story, officer)
        return
    _given_to(story, officer, commander, 3)
    story.moves(5, Status.ACKNOWLEDGED, by=officer)
    hours = rng.choice([8, 20, 30, 44, 52, 60, 68, 70, 90, 130])
    story.answered(hours, by=officer, text=reply, how=rng.choice(["written", "written", "phone", "person"]))
    story.moves(hours, Status.IN_PROGRESS, by=officer)
    _ended(story, number, officer, texts, hours, rng)


def _asked(story, officer):
    """The person was asked something, and the clock waits for the answer."""
    concern, until = story.concern, clock.add_days(story.now, 5)
    story.happens(5, "asked", by=officer, public=True, text="On which evenings do you see it, and from where?")
    moved = (
        clock.shifted(at, old=story.now, new=until, counted=clock.Elapsed()) for at in (concern.due_at, concern.soon_at)
    )
    concern.due_at, concern.soon_at = moved
    concern.pause, concern.paused_until = Pause.ASKED, until
    story.happens(5, "paused", by=officer, public=True, pause=Pause.ASKED, due_at=concern.due_at)


def _put_off(story, officer):
    """A holding reply, which stops nothing."""
    story.happens(
        6, "holding", by=officer, public=True, text="We have read it and go to look on Friday. Then we write again."
    )


def _crime(story, officer):
    """It turned out to be a crime."""
    story.concern.crime_disclosed_at = story.happens(
        6, "crime", by=officer, text="Told me on the phone that a window was broken."
    )


MEANWHILE = {6: _asked, 9: _put_off, 10: _crime}  # by the number of the story


def _given_to(story, officer, commander, hours):
    story.concern.officer = officer
    story.happens(hours, "assigned", by=commander, officer=officer)


def _ended(story, number, officer, texts, hours, rng):
    concern = story.concern
    if number % 10 == 0:
        concern.partner = Partner.objects.filter(area=story.area).first()
        story.happens(
            hours + 3,
            "referral",
            by=officer,
            public=True,
            partner=concern.partner,
            text="The council looks after this.",
        )
        story.moves(hours + 3, Status.REFERRED, by=officer)
        answer = {"side": "partner", "partner": concern.partner, "text": "Our street team goes there next week."}
        story.happens(hours + 40, "answered", **answer)
    elif number % 10 in (1, 2):
        story.happens(hours + 6, "note", by=officer, text="Extra patrols asked for on Friday and Saturday evenings.")
    else:
        outcome = Outcome.values[(number + number // 10) % len(Outcome.values)]
        story.moves(
            hours + rng.randint(24, 200), Status.RESOLVED, by=officer, text=texts["endings"][outcome], outcome=outcome
        )
        if number % 17 == 0:
            story.happens(hours + 260, "message", side="public", public=True, text="It is still happening.")
            story.moves(
                hours + 262,
                Status.ACKNOWLEDGED,
                by=officer,
                text="Thank you for telling us. We are looking at it again.",
            )


def _unplaced(texts, categories, rng, now) -> list:
    """Concerns that nobody could place: they wait at the force desk."""
    stories = []
    for number in range(6):
        story = Story(area=None, ward=None, number=number, age_hours=rng.randint(1, 60), rng=rng, now=now)
        _what(story, texts, categories, rng)
        stories.append(story)
    return stories


def _write(stories, rng, *, reached=True) -> None:
    """All rows of the stories, each table at once; with how to reach people where `reached`."""
    Concern.objects.bulk_create([story.concern for story in stories])
    for story in stories:
        story.updates.sort(key=lambda update: update.at)
        for update in story.updates:
            update.concern = story.concern
    ConcernUpdate.objects.bulk_create([update for story in stories for update in story.updates])
    for model, name in ((Rating, "rating"), (Recourse, "recourse"), (FormatRequest, "format")):
        model.objects.bulk_create([row for story in stories if (row := getattr(story, name))])
    contacts, messages = [], []
    for story in stories:
        if reached and rng.random() < 0.7:
            handle = f"demo.person.{rng.randint(1, 400)}"
            phone = f"07700 900{rng.randint(100, 999)}"
            contact = {"name": "Demo Person", "email": f"{handle}@example.org", "phone": phone}
            contacts.append(Contact.build(concern=story.concern, **contact, safe_to_contact=rng.random() < 0.8))
        sent = story.concern.received_at
        kind = {"concern": story.concern, "kind": "received", "recipient": "commander", "state": "sent"}
        messages.append(Notification(**kind, attempts=1, created=sent, due=sent, sent=sent))
    Contact.objects.bulk_create(contacts)
    Notification.objects.bulk_create(messages)


def _promises(area) -> None:
    """What the area and three of its wards put first, how one ended, and which concerns stand behind them."""
    texts = json.loads(LOCAL.read_text())
    wards = [ward for ward in area.wards.active() if ward.concerns.exists()][:4]
    for ward, words in zip(wards, texts["priorities"], strict=False):
        oldest = words["actions"][0][0]
        priority = _promise(area, ward, words, since=oldest + 30)
        if words["problem"]:
            _problem(area, ward, words, priority)
    _promise(area, None, texts["whole"], since=50)
    _promise(area, wards[-1], texts["ended"], since=240)


def _promise(area, ward, words, *, since):
    place = ward.locality_names[0] if ward and ward.locality_names else str(ward or area)
    priority = Priority.objects.create(
        area=area, ward=ward, title=words["title"].replace("{place}", place), you_said=words["you_said"],
        since=days_ago(since), published=True, people=None if words.get("problem") else 11,
    )  # fmt: skip
    for age, text in words["actions"]:
        at = datetime.combine(days_ago(age), time(11), tzinfo=LONDON)
        action = PriorityAction.objects.create(priority=priority, text=text, day=days_ago(age), published_at=at)
        Announcement.objects.create(action=action, at=at)
    ended = words.get("ended")
    if ended:
        priority.outcome, priority.ended_on = words["outcome"], days_ago(ended)
        priority.save()
    first, last = days_ago(words["actions"][0][0]), days_ago(ended or words["actions"][-1][0])
    Priority.objects.filter(pk=priority.pk).update(
        touched_on=last, shown_at=datetime.combine(first, time(9), tzinfo=LONDON),
        closed_at=datetime.combine(last, time(12), tzinfo=LONDON) if ended else None,
    )  # fmt: skip
    return priority


def _followers(area) -> None:
    """A few people who follow the area or its first ward, and one who has not said yes yet; nobody has anything to be told."""
    ward, now = area.wards.active()[0], timezone.now()
    for number, place in enumerate([{"area": area}, {"ward": ward}, {"area": area}]):
        email = f"demo.follower.{area.slug}.{number}@example.org"
        said_yes = {} if number == 2 else {"confirmed_at": now, "told_at": now}
        Subscription.objects.create(
            sealed=seal({"email": email}), email_key=match_key("email", email), **place, **said_yes
        )


def _problem(area, ward, words, priority) -> None:
    """The concerns of the ward, and those of that category in the area, are about the same."""
    problem = Problem.objects.create(area=area, title=priority.title, objective=words["objective"], priority=priority)
    concerns = area.concerns.filter(safety=False, problem=None, kind="concern")
    same = concerns.filter(category__code=words["category"]) | concerns.filter(ward=ward)
    Concern.objects.filter(pk__in=list(same.values_list("pk", flat=True)[:14])).update(problem=problem)


def _meetings(area) -> None:
    """Meetings of the next weeks, one of them cancelled, and one of the past with its answers."""
    texts, wards = json.loads(LOCAL.read_text()), list(area.wards.active()[:4])
    ahead = 3 + area.order % 5
    surgery, public = Meeting.Kind.SURGERY, Meeting.Kind.PUBLIC
    first = _meeting(area, wards[:1], surgery, ahead, 18, 0, texts, about="")
    question, shown = texts["beforehand"]
    first.questions.create(text=question, published=shown)
    _meeting(area, [], public, ahead + 16, 19, 1, texts, online="https://meet.example/area")
    _meeting(area, wards[1:3], surgery, ahead + 9, 11, 2, texts, about="", cancelled=True)
    past = _meeting(area, [], public, -33 + area.order, 19, 3, texts, summary=texts["summary"])
    for question, answer, shown in texts["questions"]:
        past.questions.create(text=question, answer=answer, published=shown)
    _meeting(area, wards[1:2], surgery, -6, 17, 0, texts, about="")


def _meeting(area, wards, kind, days, hour, number, texts, **more):
    day = days_ago(-days)
    starts, ends = (datetime.combine(day, at, tzinfo=LONDON) for at in (time(hour), time(hour + 1, 30)))
    local = wards[0].locality_names[0] if wards and wards[0].locality_names else str(wards[0] if wards else area)
    fields = {"about": texts["about"], "accessibility": texts["accessibility"], **more}
    fields |= {"place": texts["places"][number].replace("{place}", local), "address": texts["addresses"][number]}
    meeting = Meeting.objects.create(area=area, kind=kind, starts=starts, ends=ends, **fields)
    meeting.wards.set(wards)
    announced = clock.add_days(min(starts, timezone.now()), -14)
    Meeting.objects.filter(pk=meeting.pk).update(announced_at=announced, news_at=announced)
    return meeting
