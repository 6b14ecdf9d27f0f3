"""The access matrix: every route, every role, through page, API and admin, from one table."""

import itertools
import re
import uuid
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from accounts.models import ApiKey, ForceRole, User
from accounts.stamp import days_ago
from areas.models import Area, Command, CommandCover, Editorship, Meeting, Notice, Priority
from areas.routing import Route
from feedback import photos
from feedback.access import capacities, may
from feedback.insight.local import FIGURES
from feedback.models import Category, Concern, MailText, Notification, Photo, Problem, ReadLog, SavedList
from feedback.models.codes import follow_code
from hubs.models import Absence, Department, Establishment, Hub, Move, Posting, Team, TeamKind
from policing_portal.exchange.books import TABLES

from . import access_matrix as table

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

START = date(2026, 1, 1)


class Scene:
    """One person of each role, and one concern of each kind."""

    def __init__(self):
        self.areas = {slug: Area.objects.get(slug=slug) for slug in ("walsall", "dudley", "solihull")}
        self.people = {role: self.somebody(role) for role in table.ROLES if role not in ("public", "reporter")}
        self.posts()
        self.promises()
        self.concerns = {kind: self.concern(kind) for kind in table.CONCERNS if kind != "missing"}
        self.concerns["about_officer"].name_person(self.people["officer"], by=self.people["commander"])
        self.concerns["about_commander"].name_person(self.people["commander"], by=self.people["officer"])
        self.concerns["safety"].review_safety(True, "Look at this.", by=self.people["other_commander"])
        self.concerns["handed"].hand_to_department(
            Department.objects.get(code="professional-standards"), "Yours.", by=self.people["other_commander"]
        )

    def somebody(self, role):
        return User.objects.create_user(
            f"{role}@example.org",
            name=f"Demo {role}",
            is_active=role != "disabled",
            is_superuser=role == "superuser",
            is_staff=role == "superuser",
        )

    def posts(self):
        people, teams = self.people, {slug: self.team(slug, hub=slug) for slug in ("walsall", "dudley")}
        teams["psd"] = self.team("psd")
        for role, team, until in [
            ("officer", "walsall", None), ("other_officer", "dudley", None), ("department", "psd", None),
            ("disabled", "walsall", None), ("ended", "walsall", "2026-01-02"), ("coming", "walsall", None),
        ]:  # fmt: skip
            begins = "2030-01-01" if role == "coming" else START
            Posting.objects.create(person=people[role], team=teams[team], from_date=begins, until=until)
        Posting.objects.create(person=people["sergeant"], team=teams["walsall"], role="sergeant", from_date=START)
        for role, slug in (("commander", "walsall"), ("other_commander", "dudley")):
            Command.objects.create(person=people[role], area=self.areas[slug], from_date=START)
        CommandCover.objects.create(
            person=people["acting"],
            command=Command.objects.get(area__slug="walsall"),
            from_date=START,
            until="2030-01-01",
        )
        self.move = Move.objects.create(
            kind="team", team=teams["walsall"], hub=teams["walsall"].hub, hub_before=teams["walsall"].hub,
            from_date="2030-01-01", reason="New base.", by=people["staff_admin"],
        )  # fmt: skip
        for slug in ("walsall", "dudley"):
            Establishment.objects.create(team=teams[slug], posts=4, from_date=START)
        for role in ("officer", "other_officer"):
            Absence.objects.create(person=people[role], from_date=START, until=START)
        for role in ("desk", "overview", "staff_admin", "auditor"):
            ForceRole.objects.create(person=people[role], role=role, from_date=START)
        Editorship.objects.create(person=people["editor"], area=self.areas["walsall"], from_date=START)

    def promises(self):
        now = timezone.now()
        ApiKey(client="Demo system", until="2030-01-01").issue(by=self.people["staff_admin"])
        MailText.objects.create(name="receipt_reporter", subject="Thank you", text="We have it.")
        for area in (self.areas["walsall"], self.areas["dudley"]):
            priority = Priority.objects.create(area=area, title=f"Bikes in {area}", you_said="Bikes.", published=True)
            Problem.objects.create(area=area, title=f"Bikes, {area}", priority=priority)
            Notice.objects.create(area=area, text=f"Closed, {area}", shown_until=now + timedelta(hours=1))
            self.meeting = Meeting.objects.create(area=area, place=str(area), starts=now, ends=now + timedelta(hours=1))
            self.priority = priority

    def team(self, slug, hub=""):
        return Team.objects.create(
            slug=f"matrix-{slug}",
            name=slug,
            kind=TeamKind.objects.get(code="neighbourhood"),
            hub=Hub.objects.filter(area__slug=hub).first(),
            department=None if hub else Department.objects.get(code="professional-standards"),
        )

    def concern(self, kind):
        area = self.areas.get(table.CONCERNS[kind])
        route = area and Route(area=area, ward=None, basis="chosen", message="", asked=f"area:{area}")
        answers = {
            "category": Category.objects.get(code="asb-vehicle"),
            "text": f"This is the concern {kind}.",
            "contact": {"name": "Demo Person", "email": "person@example.org"},
        }
        number = list(table.CONCERNS).index(kind) + 1
        return Concern.submit(key=table.key(number), answers=answers, route=route)[0]

    def reference(self, kind):
        return self.concerns[kind].reference if kind != "missing" else "WMP-2222-2222"

    def client(self, role):
        client = Client(raise_request_exception=False)
        if role == "reporter":
            concern = self.concerns["own"]
            opened = client.post(
                reverse("tracking:start"), {"reference": concern.reference, "code": follow_code(table.key(1))}
            )
            assert opened.status_code in (302, 303), opened.content
        elif role != "public":
            client.force_login(self.people[role], backend=settings.AUTHENTICATION_BACKENDS[0])
        return client


@pytest.fixture(scope="module")
def made_once(kept_for_the_module):
    with kept_for_the_module.unblock():
        return Scene()


@pytest.fixture
def scene(made_once, db, settings):
    settings.TRACK_RATE = settings.SUBMIT_RATE = settings.LOCATE_RATE = "10000/hour"
    return made_once


def named_routes(resolver=None, space=()):
    """Each (name, pattern) below the site map; routes without a name count by their pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join((*space, pattern.name or f"unnamed {pattern.pattern}")), pattern
        else:
            yield from named_routes(pattern, (*space, pattern.namespace) if pattern.namespace else space)


# ---- the table is whole ----------------------------------------------------------------------------------------------


def test_every_route_is_in_the_table():
    found = {name for name, _pattern in named_routes() if not name.startswith(table.DEVELOPERS)}
    assert found - set(table.declared()) == set()


def test_the_table_names_no_route_that_is_gone():
    found = {name for name, _pattern in named_routes()}
    assert set(table.declared()) - found == set()


def test_every_model_of_the_admin_is_in_the_table():
    assert {model._meta.label_lower for model in admin.site._registry} == set(table.ADMIN)


def test_a_new_route_would_be_noticed():
    assert "casework:import" not in table.declared()


# ---- pages that are open, and those for anybody signed in --------------------------------------------------------------


def answered(client, name, args=(), method="get"):
    return getattr(client, method)(reverse(name, args=args)).status_code


def arguments(scene):
    hub = Hub.objects.filter(area__slug="walsall").first()
    ward = scene.areas["walsall"].wards.active().first()
    return {
        "insight:area": ["walsall"], "insight:csv": ["walsall"], "insight:json": ["walsall"],
        "areas:area": ["walsall"], "areas:ward": ["walsall", ward.code], "areas:poster": ["walsall", ward.code],
        "areas:square": ["walsall", ward.code], "areas:outlines": ["walsall"],
        "hubs:hub": [hub.slug], "intake:signpost": [1], "intake:photo": [1], "tracking:photo": [1],
        "local:meeting": [scene.meeting.pk], "local:meeting_calendar": [scene.meeting.pk], "local:ask": [scene.meeting.pk],
        "areas:feed": ["walsall"], "areas:ward_feed": ["walsall", ward.code], "following:feed": ["asb-vehicle"],
        "following:confirm": ["made-up"], "following:stop": ["made-up"],
        "tracking:stop": ["made-up"], "change-language": ["report"],
        "api:meeting-detail": [scene.meeting.pk], "api:priority-detail": [scene.priority.pk],
        "api:area-detail": ["walsall"], "api:ward-detail": [ward.code], "api:hub-detail": [hub.slug],
        "api:team-detail": ["matrix-walsall"], "api:category-detail": ["asb-vehicle"],
    }  # fmt: skip


@pytest.mark.parametrize("role", ["public", "officer", "superuser"])
def test_open_pages_are_open_to_all_alike(role, scene):
    args, client = arguments(scene), scene.client(role)
    assert {
        name: (answered(client, name, args.get(name, ())), answered(client, name, args.get(name, ()), "post"))
        for name in table.OPEN
    } == table.OPEN


def test_the_journey_is_the_same_for_all(scene):
    """Being signed in changes nothing on the public's own pages, and nothing there breaks."""
    args = arguments(scene)
    seen = {}
    for role in ("public", "officer", "superuser"):
        for name, method in itertools.product(table.JOURNEY, ("get", "post")):
            seen.setdefault((name, method), set()).add(answered(scene.client(role), name, args.get(name, ()), method))
    assert {cell: statuses for cell, statuses in seen.items() if len(statuses) > 1 or max(statuses) >= 500} == {}


@pytest.mark.parametrize("role", ["public", "disabled", "officer", "superuser"])
def test_pages_of_an_account_are_for_those_signed_in(role, scene):
    column = 0 if role in ("public", "disabled") else 1
    assert {name: answered(scene.client(role), name) for name in table.ACCOUNT} == {
        name: statuses[column] for name, statuses in table.ACCOUNT.items()
    }


@pytest.mark.parametrize("role", table.ROLES)
def test_pages_of_staff_are_for_their_roles(role, scene):
    def expected(roles):
        if role in roles:
            return 200, 303
        return (403, 403) if role in table.ADMIN_DOOR else (302, 302)  # to the sign-in, which knows them already

    client = scene.client(role)
    assert {name: (answered(client, name), answered(client, name, (), "post")) for name in table.OF_STAFF} == {
        name: expected(roles) for name, roles in table.OF_STAFF.items()
    }


# ---- concerns ----------------------------------------------------------------------------------------------------------

WITHOUT_ACCOUNT = ("public", "reporter", "disabled")
CELLS = list(itertools.product(table.ACTS, table.CONCERNS))


@pytest.mark.parametrize("role", table.ROLES)
def test_lists_are_of_what_may_be_seen(role, scene):
    client, nobody = scene.client(role), role in WITHOUT_ACCOUNT
    reads = bool(table.SEES[role])
    assert {
        "casework:dashboard": answered(client, "casework:dashboard"),
        "casework:queue": answered(client, "casework:queue"),
        "api:concern-list": answered(client, "api:concern-list"),
    } == {
        "casework:dashboard": 302 if nobody else 200,
        "casework:queue": 302 if nobody else 200 if reads or role in table.READS_NOTHING_YET else 404,
        "api:concern-list": 401 if nobody else 200,
    }
    if not nobody:
        listed = client.get(reverse("api:concern-list")).json()["results"]
        assert {row["reference"] for row in listed} == {scene.reference(kind) for kind in table.SEES[role]}


@pytest.mark.parametrize("role", table.ROLES)
def test_pages_of_the_queue_are_for_those_who_read_concerns(role, scene):
    """With the number of a kept list that is somebody else's where a page asks for one."""
    kept = SavedList.objects.create(person=scene.somebody("keeper"), name="Theirs", query="")
    client, column = scene.client(role), 0 if table.SEES[role] else 1
    args = {"casework:saved": [kept.pk], "casework:forget": [kept.pk]}
    assert {name: answered(client, name, args.get(name, ())) for name in table.STAFF} == {
        name: 302 if role in WITHOUT_ACCOUNT else statuses[column] for name, statuses in table.STAFF.items()
    }


@pytest.mark.parametrize("role", table.ROLES)
def test_pages_of_an_area_are_for_those_who_work_there(role, scene):
    theirs = Problem.objects.create(area=scene.areas["solihull"], title="Theirs")
    client, column = scene.client(role), 0 if role in table.WORK_IN_AN_AREA else 1
    args = {name: [theirs.pk] for name in table.OF_THE_AREA if name.startswith("casework:problem_")}
    args["casework:insight_csv"] = ["wards"]
    args["casework:insight_ward"] = [scene.areas["solihull"].wards.active().first().code]
    assert {name: answered(client, name, args.get(name, ())) for name in table.OF_THE_AREA} == {
        name: 302 if role in WITHOUT_ACCOUNT else statuses[column] for name, statuses in table.OF_THE_AREA.items()
    }


@pytest.mark.parametrize("role", table.ROLES)
def test_who_writes_down_what_people_say(role, scene):
    expected = 302 if role in WITHOUT_ACCOUNT else 200 if role in table.RECORDS else 404
    assert answered(scene.client(role), "casework:record") == expected


@pytest.mark.parametrize("role", table.ROLES)
def test_all_areas_side_by_side_are_for_the_overview(role, scene):
    expected = 302 if role in WITHOUT_ACCOUNT else 200 if role == "overview" else 404
    assert answered(scene.client(role), "casework:force") == expected
    assert answered(scene.client(role), "casework:force_csv", ["posts"]) == expected


@pytest.mark.parametrize("role", table.ROLES)
def test_page_and_api_open_what_may_be_seen(role, scene):
    client, nobody = scene.client(role), role in WITHOUT_ACCOUNT

    def expected(kind, refused):
        return 200 if kind in table.SEES[role] else refused

    assert {
        kind: tuple(
            answered(client, name, [scene.reference(kind)]) for name in ("casework:concern", "api:concern-detail")
        )
        for kind in table.CONCERNS
    } == {
        kind: (expected(kind, 302 if nobody else 404), expected(kind, 401 if nobody else 404))
        for kind in table.CONCERNS
    }


@pytest.mark.parametrize("role", table.ROLES)
def test_photos_open_with_their_concern(role, scene):
    """Who may not see the concern gets what a concern that does not exist gives; each opening is written down."""
    for number, concern in enumerate(scene.concerns.values()):
        photo = Photo.objects.create(concern=concern, name=f"{number:032}", width=1, height=1)
        photos.path_of(photo.name).parent.mkdir(parents=True, exist_ok=True)
        photos.path_of(photo.name).write_bytes(b"a photo")
    client, nobody = scene.client(role), role in WITHOUT_ACCOUNT
    assert {kind: answered(client, "casework:photo", [scene.reference(kind), 1]) for kind in table.CONCERNS} == {
        kind: 200 if kind in table.SEES[role] else 302 if nobody else 404 for kind in table.CONCERNS
    }
    assert ReadLog.objects.filter(what="photo").count() == len(table.SEES[role])


@pytest.mark.parametrize("role", table.ROLES)
def test_the_scope_of_one_is_the_scope_of_all(role, scene):
    """`capacities` and `visible_to` say the same of each concern."""
    if role in ("public", "reporter"):
        return
    person = User.objects.get(pk=scene.people[role].pk)
    seen = set(Concern.objects.visible_to(person))
    rows = {kind: Concern.objects.get(pk=concern.pk) for kind, concern in scene.concerns.items()}
    assert {kind for kind, row in rows.items() if row in seen} == table.SEES[role]
    assert {kind for kind, row in rows.items() if capacities(person, row)} == table.SEES[role]


def expected_of_act(role, act, kind) -> int:
    if kind not in table.SEES[role]:
        return 302 if role in WITHOUT_ACCOUNT else 404
    return 422 if act in table.may(role, kind) else 403


@pytest.mark.parametrize("role", table.ROLES)
def test_acts_are_for_those_who_may(role, scene):
    """An empty form is refused in words (422) where the act is allowed, and never reaches the concern otherwise.

    Each act goes to one concern for each answer that the table expects, a reply to every concern.
    """
    client = scene.client(role)
    one_each = {(act, expected_of_act(role, act, kind)): kind for act, kind in CELLS}
    cells = {("reply", kind) for kind in table.CONCERNS} | {(act, kind) for (act, _status), kind in one_each.items()}
    lines = {kind: concern.updates.count() for kind, concern in scene.concerns.items()}
    assert {
        (act, kind): answered(client, f"casework:{act}", [scene.reference(kind)], "post") for act, kind in cells
    } == {(act, kind): expected_of_act(role, act, kind) for act, kind in cells}
    assert {kind: concern.updates.count() for kind, concern in scene.concerns.items()} == lines


@pytest.mark.parametrize("role", [role for role in table.ROLES if table.SEES[role]])
def test_who_may_is_what_the_table_says(role, scene):
    """Every act with every concern that this role sees, asked of the function that pages and API ask."""
    person = User.objects.get(pk=scene.people[role].pk)
    concerns = {kind: Concern.objects.get(pk=scene.concerns[kind].pk) for kind in table.SEES[role]}
    assert {(act, kind): may(person, act, concerns[kind]) for act, kind in CELLS if kind in concerns} == {
        (act, kind): act in table.may(role, kind) for act, kind in CELLS if kind in concerns
    }


def plain(response, reference):
    """An answer without what differs each time: the reference asked for, the request's own id and form keys."""
    text = response.content.decode().replace(reference, "REFERENCE").replace(response["X-Request-ID"], "ID")
    text = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", text)
    headers = {
        name: value for name, value in response.items() if name not in ("X-Request-ID", "Content-Security-Policy")
    }
    return response.status_code, headers, text


@pytest.mark.parametrize("role", ["officer", "commander", "desk", "overview", "department", "editor", "superuser"])
def test_anothers_concern_answers_as_one_that_does_not_exist(role, scene):
    other, missing = scene.reference("about_officer" if role == "officer" else "other"), scene.reference("missing")
    client = scene.client(role)
    for name, method in itertools.product(
        ("casework:concern", "casework:reply", "casework:contact", "api:concern-detail"),
        ("get", "head", "options", "post", "put", "patch", "delete"),
    ):
        pair = [
            plain(getattr(client, method)(reverse(name, args=[reference])), reference) for reference in (other, missing)
        ]
        assert pair[0] == pair[1], (name, method)


ASKED = [
    "/dashboard/",
    "/dashboard/queue/",
    "/dashboard/queue/?search=zebra",
    "/dashboard/queue/?owner=nobody",
    "/dashboard/queue/?due=soon&page=2",
    "/dashboard/queue/?status=&view=map",
    "/dashboard/problems/",
    "/dashboard/export/?status=",
    "/dashboard/insight/",
    *(f"/dashboard/insight/{name}.csv" for name in FIGURES),
    "/api/v1/concerns/",
    "/api/v1/concerns/?search=zebra",
    "/api/v1/concerns/?ordering=text&page_size=1",
]


@pytest.mark.parametrize(
    "role", ["officer", "commander", "department", "overview", "editor", "staff_admin", "superuser"]
)
def test_concerns_of_others_change_no_answer(role, scene, time_machine):
    """No count, page, filter, search or header tells that a concern exists which this person may not see."""
    time_machine.move_to(timezone.now(), tick=False)
    client = scene.client(role)

    def answers():
        return [plain(client.get(url), "no reference") for url in ASKED]

    before = answers()
    for _number in range(3):
        route = Route(area=scene.areas["dudley"], ward=None, basis="chosen", message="", asked="area:dudley")
        category = Category.objects.get(code="asb-vehicle")
        Concern.submit(key=uuid.uuid4(), answers={"category": category, "text": "A zebra crossing."}, route=route)
    # Figures of the whole force are for the overview to know.
    kept = ASKED[1:] if role == "overview" else ASKED
    assert answers()[-len(kept) :] == before[-len(kept) :]


def test_rights_end_at_the_next_request(scene):
    client = scene.client("officer")
    url = reverse("casework:concern", args=[scene.reference("own")])
    assert client.get(url).status_code == 200
    Posting.objects.filter(person=scene.people["officer"]).update(until="2026-01-02")
    assert client.get(url).status_code == 404
    Posting.objects.filter(person=scene.people["officer"]).update(until=None)
    assert client.get(url).status_code == 200
    User.objects.filter(pk=scene.people["officer"].pk).update(is_active=False)
    assert client.get(url).status_code == 302


# ---- the admin -----------------------------------------------------------------------------------------------------------


def rows_of(scene):
    """For each model of the admin a row of Walsall, or any row, that is nobody's own role."""
    ReadLog.objects.create(person=scene.people["officer"], what="list", door="casework:queue")
    rows = {}
    for model, kept in admin.site._registry.items():
        found = model._default_manager.all()
        if path := getattr(kept, "area_path", ""):
            found = found.filter(**{path: scene.areas["walsall"].pk})
        if "person" in {field.name for field in model._meta.fields}:
            found = found.exclude(person__in=[scene.people["staff_admin"], scene.people["editor"]])
        rows[model] = found.first() or model._default_manager.first()
    rows[User] = scene.people["officer"]  # of others an editor sees the name alone
    return {model: row for model, row in rows.items() if row is not None}


def page_of(model, name, row=None):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=[row.pk] if row else [])


@pytest.mark.parametrize("role", table.ROLES)
def test_admin_opens_by_the_table(role, scene):
    client = scene.client(role)
    inside = role in table.ADMIN_DOOR
    refused = 403 if inside else 302
    found, wanted = {}, {}
    for model, row in rows_of(scene).items():
        letters = table.letters(model._meta.label_lower, role)
        for name, letter, of in (
            ("changelist", "v", None), ("add", "a", None), ("change", "v", row), ("history", "v", row), ("delete", "d", row),
        ):  # fmt: skip
            cell = (model._meta.label_lower, name)
            url = page_of(model, name, of)
            found[cell], wanted[cell] = client.get(url).status_code, 200 if letter in letters else refused
            if letter not in letters:
                found[*cell, "post"], wanted[*cell, "post"] = client.post(url, {"post": "yes"}).status_code, refused
        if "c" not in letters:
            found[cell[0], "change", "post"] = client.post(page_of(model, "change", row), {}).status_code
            wanted[cell[0], "change", "post"] = refused
    found["index"], wanted["index"] = client.get(reverse("admin:index")).status_code, 200 if inside else 302
    assert found == wanted


@pytest.mark.parametrize("role", table.ROLES)
def test_further_pages_of_the_admin_open_by_the_table(role, scene):
    """Each with a row of Walsall; a form without the right to change is refused, and changes nothing."""
    client, refused = scene.client(role), 403 if role in table.ADMIN_DOOR else 302
    found, wanted = {}, {}
    rows = {model._meta.label_lower: (model, row) for model, row in rows_of(scene).items()}
    for label, pages in table.ADMIN_MORE.items():
        model, row = rows[label]
        letters = table.letters(label, role)
        for name, letter in pages.items():
            url = page_of(model, name, row)
            found[label, name], wanted[label, name] = client.get(url).status_code, 200 if letter in letters else refused
            if "c" not in letters:
                found[label, name, "post"], wanted[label, name, "post"] = client.post(url, {}).status_code, refused
    assert found == wanted


def tasks(scene, space):
    """The pages of tasks as (name, arguments, method), with things of Walsall."""
    away = Absence.objects.get(person=scene.people["officer"])
    hub, officer = scene.areas["walsall"].hubs.first(), scene.people["officer"]
    first = [
        ("move", ["people"], "get"),
        ("cover", [], "get"),
        ("hub", [hub.slug], "get"),
        ("person", [officer.pk], "get"),
    ]
    posts = [("undo", [scene.move.pk], "post"), ("back", [away.pk], "post")]
    return [(f"{space}:{name}", args, method) for name, args, method in first + posts]


@pytest.mark.parametrize("role", table.ROLES)
def test_tasks_are_for_those_who_keep_the_people_of_the_area(role, scene):
    client = scene.client(role)
    inside, nobody = role in table.ADMIN_DOOR, role in WITHOUT_ACCOUNT
    found, wanted = {}, {}
    for space, who, refused in (
        ("admin", table.KEEPERS, 404 if inside else 302), ("people", table.COMMANDERS, 302 if nobody else 404),
    ):  # fmt: skip
        for name, args, method in tasks(scene, space):
            found[name] = answered(client, name, args, method)
            wanted[name] = (200 if method == "get" else 302) if role in who else refused
    for name in ("admin:today", "admin:strength"):
        found[name], wanted[name] = answered(client, name), 200 if inside else 302
    found["people:home"] = answered(client, "people:home")
    wanted["people:home"] = 200 if role in table.COMMANDERS | {"other_commander"} else 302 if nobody else 404
    if role == "other_commander":  # chooses among their own people
        wanted |= {"people:move": 200, "people:cover": 200}
    assert found == wanted


@pytest.mark.parametrize("role", table.ROLES)
def test_promises_are_for_the_commander_of_the_area(role, scene):
    client, refused = scene.client(role), 302 if role in WITHOUT_ACCOUNT else 404
    priority = Priority.objects.get(area=scene.areas["walsall"])
    meeting = Meeting.objects.get(area=scene.areas["walsall"])
    facts = {"area": scene.areas["walsall"], "title": "Demo", "you_said": "Demo."}
    hidden = Priority.objects.create(**facts)
    ended = Priority.objects.create(**facts, ended_on=days_ago(0), outcome="Demo.")
    own, any_area = table.COMMANDERS, table.COMMANDERS | {"other_commander"}
    assert {
        "priority_new": answered(client, "people:priority_new"),
        "meeting_new": answered(client, "people:meeting_new"),
        "priority_end": answered(client, "people:priority_end", [priority.pk]),
        "meeting_cancel": answered(client, "people:meeting_cancel", [meeting.pk]),
        "look": answered(client, "people:look", ["wards"]),
        "priority_withdraw": answered(client, "people:priority_withdraw", [hidden.pk]),
        "priority_reopen": answered(client, "people:priority_reopen", [ended.pk]),
    } == {
        "priority_new": 200 if role in any_area else refused,
        "meeting_new": 200 if role in any_area else refused,
        "priority_end": 200 if role in own else refused,
        "meeting_cancel": 200 if role in own else refused,
        "look": 200 if role in any_area else refused,
        "priority_withdraw": 200 if role in own else refused,
        "priority_reopen": 200 if role in own else refused,
    }


def test_an_editor_finds_nothing_of_another_area_in_the_admin(scene):
    client = scene.client("editor")
    dudley = scene.areas["dudley"]
    found = {}
    for model, kept in admin.site._registry.items():
        path = getattr(kept, "area_path", "")
        row = path and model._default_manager.filter(**{path: dudley.pk}).first()
        for name in ("change", "history", "delete") if row else ():
            answer = client.get(page_of(model, name, row))
            found[model._meta.label_lower, name] = (answer.status_code, str(row) in answer.content.decode())
    assert len(found) == 36
    assert {
        cell: answer for cell, answer in found.items() if answer not in ((302, False), (403, False), (404, False))
    } == {}


def test_autocomplete_shows_an_editor_only_their_own_area(scene):
    asked = {"app_label": "hubs", "model_name": "posting", "field_name": "team", "term": "d"}
    found = scene.client("editor").get(reverse("admin:autocomplete"), asked).json()["results"]
    assert {row["text"] for row in found} <= set(
        Team.objects.filter(hub__area__slug="walsall").values_list("name", flat=True)
    )


def test_concern_text_stands_nowhere_in_the_admin(scene):
    assert {Concern._meta.label_lower, "feedback.concernupdate", "feedback.contact"} & set(table.ADMIN) == set()
    assert apps.get_model("feedback", "Concern") not in admin.site._registry


def test_the_outbox_in_the_admin_shows_no_words_of_a_concern(scene):
    client = scene.client("staff_admin")
    note = Notification.objects.first()
    pages = [client.get(page_of(Notification, "changelist")), client.get(page_of(Notification, "change", note))]
    assert [page.status_code for page in pages] == [200, 200]
    assert not any("This is the concern" in page.content.decode() for page in pages)
    assert timezone.now() > note.created


@pytest.mark.parametrize("role", table.ROLES)
def test_files_go_in_and_out_for_those_who_keep_and_look_at_the_list(role, scene):
    client = scene.client(role)
    outside = 403 if role in table.ADMIN_DOOR else 302
    found, wanted = {}, {}
    for label, model in ((label, one.kept_with()) for label, one in TABLES.items()):
        letters = table.letters(model._meta.label_lower, role)
        sends = {"a", "c"} <= set(letters)
        place = label.split(".")
        found[label] = [
            answered(client, "admin:export", place),
            answered(client, "admin:export", place, "post"),
            answered(client, "admin:import", place),
            answered(client, "admin:import", place, "post"),
            answered(client, "admin:import_one", [*place, 999]),
        ]
        wanted[label] = [
            200 if "v" in letters else outside,
            405 if role in table.ADMIN_DOOR else outside,
            *[200 if sends else outside] * 2,
            404 if sends else outside,
        ]
    assert found == wanted
