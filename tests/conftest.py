"""The cast, and the force pack on which every test stands.

The stranger is always there: Dudley's people must see nothing of Walsall's concerns.
"""

import re
import uuid

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import transaction
from django.template import Template
from django.utils import timezone
from hypothesis import HealthCheck, settings

from accounts.caching import same_fact
from accounts.models import ForceRole, User
from areas.models import Area, Command, Editorship, Force
from areas.routing import Route
from feedback.models import Category, Concern
from hubs.models import Department, Hub, Posting, Team, TeamKind
from tests.post_office import Sink

PASSWORD = "demo-portal-only"

# Timing never decides a test: the first letters that hypothesis draws can take a second on a busy machine.
settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portal")


def of_pages(path) -> bool:
    """Whether a file of tests asks for whole pages: it says so where it imports."""
    return bool(re.search(r"\b(Path)?Client\b", path.read_text().partition("\ndef ")[0]))


def pytest_ignore_collect(collection_path, config):
    """Where pages are left out, their files are not even read: that alone would take as long as many a test."""
    left_out = "not pages" in config.option.markexpr and collection_path.name.startswith("test_")
    return True if left_out and of_pages(collection_path) else None


def pytest_collection_modifyitems(items):
    """Whatever asks for whole pages is marked `pages`: the rules alone can be checked within a minute."""
    files = {path for path in {item.path for item in items} if of_pages(path)}
    for item in items:
        if "client" in item.fixturenames or item.path in files:
            item.add_marker(pytest.mark.pages)


@pytest.fixture
def pack(db):
    """The force pack, loaded once for the session and again after a test that emptied the tables."""
    if not Force.objects.exists():
        call_command("load_force", "areas/data/west_midlands", verbosity=0)


@pytest.fixture(autouse=True)
def pack_with_every_database(request):
    """Whoever asks for the database finds the pack in it."""
    if {"db", "transactional_db"} & set(request.fixturenames) or any(request.node.iter_markers("django_db")):
        request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
        request.getfixturevalue("pack")


@pytest.fixture(autouse=True)
def nothing_kept():
    """A test that is rolled back gives its version stamps to the next, so nothing kept under them may stay."""
    caches["pages"].clear()
    same_fact.cache_clear()


@pytest.fixture
def same_minute(time_machine):
    """The clock stands still: pages that hold for a minute of it are the same until the end of the test."""
    time_machine.move_to(timezone.now(), tick=False)


@pytest.fixture(autouse=True)
def photos_of_this_test(settings, tmp_path):
    """Files have no transaction that is rolled back: each test has a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        call_command("load_force", "areas/data/west_midlands", verbosity=0)


@pytest.fixture(scope="module")
def kept_for_the_module(django_db_setup, django_db_blocker):
    """A transaction around a module: what its own fixtures make is made once, is there in each test, and leaves nothing."""
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
    yield django_db_blocker
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture(autouse=True, scope="session")
def fields_are_drawn_untold(django_test_environment):
    """Django tells the test client of each template that is drawn, with a copy of all it knew. Of the many small ones of a
    form's fields nobody asks, and telling takes longer than drawing them."""
    told = Template._render
    Template._render = lambda self, context: (
        self.nodelist.render(context) if (self.name or "").startswith("django/forms/") else told(self, context)
    )
    yield
    Template._render = told


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Slow hashing protects real passwords; here it would only make each test wait."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def person(pack):
    """Makes people: `person("pat", rank="Sergeant")` signs in as pat@example.org."""

    def make(handle, **fields):
        fields.setdefault("name", f"Demo {handle.replace('.', ' ').title()}")
        return User.objects.create_user(f"{handle}@example.org", PASSWORD, **fields)

    return make


@pytest.fixture
def walsall(pack):
    return Area.objects.get(slug="walsall")


@pytest.fixture
def dudley(pack):
    return Area.objects.get(slug="dudley")


@pytest.fixture
def bloxwich_west(walsall):
    return walsall.wards.active().get(name="Bloxwich West")


@pytest.fixture
def team_of(pack):
    """Makes a neighbourhood team based at a hub of an area: `team_of(walsall)`."""

    def make(area, name="Demo neighbourhood team", kind="neighbourhood"):
        hub = Hub.objects.filter(area=area, custody_suite=False).first() or Hub.objects.filter(area=area).first()
        team, _made = Team.objects.get_or_create(
            slug=f"{area.slug}-{kind}",
            defaults={"name": f"{name}, {area}", "kind": TeamKind.objects.get(code=kind), "hub": hub},
        )
        return team

    return make


@pytest.fixture
def commander_of(person):
    def make(area):
        leader = person(f"commander.{area.slug}", rank="Chief Superintendent", public_name=True)
        Command.objects.create(area=area, person=leader, from_date="2026-01-01")
        return leader

    return make


@pytest.fixture
def officer_of(person, team_of):
    def make(area, handle=None):
        officer = person(handle or f"officer.{area.slug}", rank="Police Constable")
        Posting.objects.create(person=officer, team=team_of(area), from_date="2026-01-01")
        return officer

    return make


@pytest.fixture
def walsall_commander(commander_of, walsall):
    return commander_of(walsall)


@pytest.fixture
def dudley_commander(commander_of, dudley):
    return commander_of(dudley)


@pytest.fixture
def walsall_officer(officer_of, walsall):
    return officer_of(walsall)


@pytest.fixture
def dudley_officer(officer_of, dudley):
    return officer_of(dudley)


@pytest.fixture
def walsall_editor(person, walsall):
    editor = person("editor.walsall", is_staff=True)
    Editorship.objects.create(person=editor, area=walsall, from_date="2026-01-01")
    return editor


@pytest.fixture
def holder(person):
    """Makes somebody with a force-wide role: `holder("desk")`."""

    def make(role, **fields):
        someone = person(role.replace("_", "."), **fields)
        ForceRole.objects.create(person=someone, role=role, from_date="2026-01-01")
        return someone

    return make


@pytest.fixture
def desk(holder):
    return holder("desk")


@pytest.fixture
def overview(holder):
    return holder("overview")


@pytest.fixture
def auditor(holder):
    return holder("auditor", is_staff=True)


@pytest.fixture
def staff_admin(holder):
    return holder("staff_admin", is_staff=True)


@pytest.fixture
def department_member(person):
    """A member of Professional Standards."""
    department = Department.objects.get(code="professional-standards")
    team = Team.objects.create(
        slug="psd", name="Demo standards team", kind=TeamKind.objects.get(code="area-command"), department=department
    )
    member = person("department", rank="Sergeant")
    Posting.objects.create(person=member, team=team, from_date="2026-01-01")
    return member


@pytest.fixture
def make_concern(pack):
    """Makes concerns through the one door there is: `make_concern(walsall, text=..., contact={...})`."""

    def make(area=None, *, ward=None, key=None, channel="web", **answers):
        answers.setdefault("category", Category.objects.get(code="asb-vehicle"))
        answers.setdefault("text", "Off-road bikes on the green every evening.")
        route = area and Route(area=area, ward=ward, basis=f"chosen: {area}", message="", asked=f"area:{area.slug}")
        concern, _created = Concern.submit(key=key or uuid.uuid4(), answers=answers, route=route, channel=channel)
        return concern

    return make


@pytest.fixture
def signed_in(client):
    """A client signed in as that person: `signed_in(walsall_commander).get(...)`."""

    def make(who):
        client.force_login(who)
        return client

    return make


@pytest.fixture
def sink(settings):
    """A mail server that runs; the portal sends there."""
    sink = Sink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.controller.port
    sink.controller.start()
    yield sink
    sink.controller.stop(no_assert=True)
