"""Long lists: each list, search, form, history and question of the admin asks the same however many rows there are."""

from datetime import date

import pytest
from django.contrib import admin
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ApiKey, Import, User
from areas.models import Area, Channel, Command, Edition, Neighbour, Notice, Ward
from feedback import wording
from feedback.models import (
    Category,
    Hold,
    MailText,
    Notification,
    Partner,
    Problem,
    PurgeRecord,
    ReadLog,
    SafetyRule,
    ServiceFeedback,
    Signpost,
    StandardText,
    Subscription,
)
from hubs.models import BankHoliday, Department, Hub, Posting, StrengthTarget, Team, TeamKind
from tests.test_admin import crowd

pytestmark = pytest.mark.django_db

OURS = ("accounts", "areas", "hubs", "feedback")
ONE_ROW = {"areas.force"}  # there is one, whatever happens
OF_THE_PACK = {"areas.language", "feedback.retentionrule"}  # as many as the code knows
# Such questions list by name all that uses the row: as many as there are acting commanders of one command.
LISTS_WHAT_USES_IT = {("areas.command", "delete")}
BULK = 10_000


def more(area, number, by, make_concern):
    """One more of everything that staff keep or look at and that `crowd` does not make."""
    name = f"More {number}"
    kind = TeamKind.objects.create(code=f"more-{number}", name=name, order=number)
    department = Department.objects.create(code=f"more-{number}", name=name)
    partner = Partner.objects.create(code=f"more-{number}", name=name, area=area)
    signpost = Signpost.objects.create(code=f"more-{number}", title=name)
    category = Category.objects.create(
        code=f"more-{number}", name=name, team_kind=kind, department=department, partner=partner.kind
    )
    category.signposts.add(signpost)
    SafetyRule.objects.create(
        code=f"more-{number}", name=name, kind="danger", phrases="help", must_match="help"
    ).signposts.add(signpost)
    StandardText.objects.create(title=name, text="Thank you.", category=category, expires="2030-01-01")
    problem = Problem.objects.create(area=area, title=name)
    concern = make_concern(area, category=category)
    type(concern).objects.filter(pk=concern.pk).update(problem=problem)
    ReadLog.objects.create(person=by, what="concern", concern=concern, door="casework:concern")
    Hold.objects.create(reference=concern.reference, reason=name)
    PurgeRecord.objects.create(purpose="erase", table="feedback_concernupdate", row=number, act="DELETE")
    ServiceFeedback.objects.create(text=name, key_hash=name)
    Subscription.objects.create(category=category, sealed=name, email_key=name)
    Channel.objects.create(code=f"more-{number}", name=name, value="101", order=number)
    Neighbour.objects.create(lad_name=name, lad_code=f"E0799999{number}", force=name)
    Edition.objects.create(kind="postcodes", name=name, checksum=name, state="superseded")
    Ward.objects.create(code=f"E0599999{number}", name=name, area=area, in_force_from="2026-01-01")
    BankHoliday.objects.create(date=date(2030, 1, 1 + number), name=name)
    StrengthTarget.objects.create(code=f"more-{number}", name=name, team_kind=kind, extra=1, source=name)
    Notice.objects.create(area=area, text=name, shown_from="2026-01-01T00:00Z", shown_until="2030-01-01T00:00Z")
    MailText.objects.create(name=wording.MAILS[number], subject="Hello", text="Hello.")
    ApiKey(client=name, until="2030-01-01").issue(by=by)
    Import.objects.create(by=by, table="hubs.posting", name=name, rows=1)
    other = Area.objects.create(slug=f"more-{number}", name=name, gss_code=f"E0899999{number}")
    Command.objects.create(
        area=other, person=User.objects.get(email=f"crowd{number}@example.org"), from_date="2026-01-01"
    )


@pytest.fixture
def client_of_all(client, db):
    """The break-glass account, which opens every page of the admin."""
    boss = User.objects.create_superuser("boss@example.org", "x" * 14, name="Demo Boss")
    client.force_login(boss)
    return client


def models_kept():
    return [model for model in admin.site._registry if model._meta.app_label in OURS]


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def addresses(rows):
    """(label, what) -> address, for each model: its list, a search, adding one, and for the same row form, history, question."""
    for model in models_kept():
        label = model._meta.label_lower
        yield (label, "list"), page(model, "changelist")
        if admin.site._registry[model].search_fields:
            yield (label, "search"), page(model, "changelist") + "?q=more"
        yield (label, "add"), page(model, "add")
        for name in ("change", "history", "delete"):
            yield (label, name), page(model, name, rows[label])


def of_the_page(queries) -> int:
    """How many of them the page asks: what a sign-in writes down now and then is left out."""
    others = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(
        not query["sql"].startswith(others) and "session" not in query["sql"] for query in queries.captured_queries
    )


def asked(client, rows) -> dict:
    """How many questions each page costs that opens."""
    counts = {}
    for key, url in addresses(rows):
        with CaptureQueriesContext(connection) as queries:
            status = client.get(url).status_code
        if status == 200:
            counts[key] = of_the_page(queries)
    return counts


@pytest.mark.slow
def test_every_page_of_every_list_asks_the_same_with_more_rows(
    client_of_all, walsall_commander, walsall_officer, team_of, person, walsall, make_concern
):
    """What holds from three more rows to nine holds to ten thousand, as lists are paged."""

    def fill(numbers):
        for number in numbers:
            crowd(walsall, team_of, person, number)
            more(walsall, number, walsall_officer, make_concern)

    fill(range(3))
    rows = {model._meta.label_lower: model._default_manager.order_by("pk").first().pk for model in models_kept()}
    sizes = {model: model._default_manager.count() for model in models_kept()}
    asked(client_of_all, rows)
    few = asked(client_of_all, rows)
    fill(range(3, 9))
    grown = {model._meta.label_lower for model, size in sizes.items() if model._default_manager.count() >= size + 3}
    # Every list has grown, so none is left out of what this shows.
    assert set(rows) - grown == ONE_ROW | OF_THE_PACK
    many = asked(client_of_all, rows)
    assert {
        key: (few.get(key), count) for key, count in many.items() if count > few.get(key, 0)
    }.keys() <= LISTS_WHAT_USES_IT
    assert {label for label, what in few if what == "list"} == set(rows)


@pytest.mark.slow
def test_ten_thousand_people_teams_hubs_and_postings_cost_what_a_few_do(client_of_all, walsall, team_of):
    team = team_of(walsall)
    person = User.objects.create_user("first@example.org", name="Bulk 0")
    posting = Posting.objects.create(person=person, team=team, from_date="2026-01-01")
    complete = f"{reverse('admin:autocomplete')}?app_label=hubs&model_name=posting&field_name="
    lists = [page(model, "changelist") for model in (User, Team, Hub, Posting)]
    urls = [
        *lists,
        *(f"{url}?q=bulk" for url in lists),
        *(f"{complete}{name}&term=bulk" for name in ("person", "team")),
        page(Posting, "change", posting.pk), page(Team, "change", team.pk), page(Posting, "add"), page(Team, "add"),
        *(f"{reverse('admin:move', args=[kind])}?area=walsall&q=bulk" for kind in ("people", "swap", "leave", "team")),
        f"{reverse('admin:cover')}?area=walsall", reverse("admin:strength"), f"{reverse('admin:today')}?all=hubs",
    ]  # fmt: skip

    def counts():
        caches["pages"].clear()
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                answer = client_of_all.get(url)
            assert (answer.status_code, len(answer.content) < 400_000) == (200, True)
            found.append(of_the_page(queries))
        return found

    counts()
    few = counts()
    User.objects.bulk_create(User(email=f"bulk{n}@example.org", name=f"Bulk {n}", password="!") for n in range(BULK))
    people = User.objects.filter(name__startswith="Bulk").order_by("pk")
    Hub.objects.bulk_create(
        Hub(slug=f"bulk-{n}", area=walsall, name=f"Bulk {n}", address="1 Demo Street") for n in range(BULK)
    )
    Team.objects.bulk_create(
        Team(slug=f"bulk-{n}", name=f"Bulk {n}", kind=team.kind, hub=team.hub) for n in range(BULK)
    )
    teams = Team.objects.filter(slug__startswith="bulk-").order_by("pk")
    pairs = zip((one for one in people if one != person), teams, strict=True)
    Posting.objects.bulk_create(Posting(person=one, team=theirs, from_date=date(2026, 1, 1)) for one, theirs in pairs)
    assert [model.objects.count() >= BULK for model in (User, Team, Hub, Posting)] == [True] * 4
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum would: PostgreSQL planned for tables of a few rows, and took minutes
    many = counts()
    # A search that finds nothing has one question fewer: nothing is then fetched.
    assert [later <= before + 1 for before, later in zip(few, many, strict=True)] == [True] * len(few), (few, many)


def test_lists_count_what_hangs_on_a_row(client_of_all, walsall, team_of, person):
    """A hub's teams; a team's people today, each once and only those who may sign in, and the posts that it should have."""
    team = team_of(walsall)
    for handle, share, role, until in (
        ("one", 50, "member", None), ("two", 100, "member", None), ("gone", 100, "member", "2026-01-02"),
    ):  # fmt: skip
        Posting.objects.create(
            person=person(handle), team=team, share=share, role=role, from_date="2026-01-01", until=until
        )
    one = User.objects.get(email="one@example.org")
    Posting.objects.create(person=one, team=team, share=50, role="sergeant", from_date="2026-01-01")
    off = Posting.objects.create(person=person("off"), team=team, from_date="2026-01-01").person
    User.objects.filter(pk=off.pk).update(is_active=False)
    for role, posts, since in (("member", 4, "2026-01-01"), ("sergeant", 1, "2026-01-01"), ("member", 9, "2100-01-01")):
        team.establishments.create(role=role, posts=posts, from_date=since)
    (listed,) = client_of_all.get(page(Team, "changelist")).context["cl"].result_list
    assert (listed.people, listed.posts) == (2, 5)
    hubs = {hub.pk: hub.based for hub in client_of_all.get(page(Hub, "changelist")).context["cl"].result_list}
    assert hubs == {hub.pk: int(hub == team.hub) for hub in Hub.objects.all()}
    ordered = client_of_all.get(page(Team, "changelist"), {"o": "5"})
    assert ordered.status_code == 200


def test_outbox_is_found_by_the_concern_and_by_what_went_wrong(client_of_all, make_concern, walsall):
    concern = make_concern(walsall, contact={"email": "sam@example.org"})
    row = concern.notifications.first() or Notification.objects.create(concern=concern, kind="acknowledged")
    Notification.objects.filter(pk=row.pk).update(last_error="550 no such mailbox")
    for words in (concern.reference, "no such mailbox"):
        found = client_of_all.get(page(Notification, "changelist"), {"q": words}).context["cl"].result_list
        assert row in found
    assert list(client_of_all.get(page(Notification, "changelist"), {"q": "quokka"}).context["cl"].result_list) == []
