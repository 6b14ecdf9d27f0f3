"""What is wrong today: what counts as wrong and what does not, all of it page by page, and where it is put right."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from accounts.models import User
from accounts.stamp import today_in_london
from feedback.models import Category
from hubs.models import Department, Hub, Move, Posting, Team, TeamKind
from policing_portal.staffing import today

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def wrong(walsall):
    """What is wrong in Walsall: `wrong("ending")`, texts."""

    def look(key, whole=False):
        found = today.findings([walsall], whole_force=whole)
        return [row.text for one in found if one.key == key for row in one.rows]

    return look


# ---- postings that end -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("after", "follows"),
    [
        ([], "then: none"),
        ([(6, None)], "then: {team}"),  # from the day after the last one
        ([(7, None)], "then, from {day}: {team}"),  # a day without any
        ([(6, 25)], "then: {team}"),  # which itself ends, with none after
        ([(6, 60)], "then: {team}"),
        ([(-5, 3)], "then: none"),  # begun later, and over before
        ([(-5, None)], "then: {team}"),  # another that goes on
    ],
)
def test_a_posting_that_ends_says_what_follows(after, follows, person, team_of, walsall):
    pat, other = person("pat"), team_of(walsall, kind="response")
    ends = Posting.objects.create(person=pat, team=team_of(walsall), share=50, from_date=START, until=in_days(5))
    for since, until in after:
        last = in_days(until) if until is not None else None
        Posting.objects.create(person=pat, team=other, share=50, from_date=in_days(since), until=last)
    rows = next(one for one in today.findings([walsall], whole_force=False) if one.key == "ending").rows
    told = [row.more for row in rows if row.url == reverse("admin:hubs_posting_change", args=[ends.pk])]
    words = follows.format(team=other, day=date_format(in_days(7)))
    assert told == [f"last day {date_format(in_days(5))}; {words}"]


def test_a_planned_posting_that_ends_soon_is_named(wrong, person, team_of, walsall):
    Posting.objects.create(person=person("pat"), team=team_of(walsall), from_date=in_days(3), until=in_days(20))
    assert len(wrong("ending")) == 1


# ---- categories and teams --------------------------------------------------------------------------------------------
@pytest.fixture
def only(db):
    """Leaves one category in use: `only(team_kind="neighbourhood", department=None)`."""

    def make(team_kind=None, department=None, partner=""):
        Category.objects.update(in_use=False)
        category = Category.objects.first()
        category.team_kind = team_kind and TeamKind.objects.get(code=team_kind)
        category.department = department and Department.objects.get(code=department)
        category.partner, category.in_use = partner, True
        category.save()

    return make


def test_who_may_not_sign_in_handles_nothing(only, wrong, walsall_officer):
    only("neighbourhood")
    assert wrong("categories") == []
    User.objects.filter(pk=walsall_officer.pk).update(is_active=False)
    assert wrong("categories") == ["Neighbourhood team in Walsall: nobody is posted"]


def test_a_department_handles_its_categories_while_somebody_works_there(only, wrong, department_member):
    only(department="professional-standards")
    assert wrong("categories", whole=True) == []
    Posting.objects.update(until=in_days(-1))
    assert wrong("categories", whole=True) == ["Professional Standards: nobody is posted"]
    assert wrong("categories") == []  # an area's editor can't put that right


def test_a_category_of_a_team_and_a_department_needs_one_of_them(
    only, wrong, department_member, team_of, walsall, person
):
    only("neighbourhood", "professional-standards")
    assert wrong("categories") == []
    Posting.objects.update(until=in_days(-1))
    assert wrong("categories") == ["Neighbourhood team in Walsall: nobody is posted"]
    Posting.objects.create(person=person("pat"), team=team_of(walsall), from_date=START)
    assert wrong("categories") == []


def test_what_a_partner_handles_needs_no_team(only, wrong):
    only(partner="council")
    assert wrong("categories") == []
    only()
    assert wrong("categories") == ["No kind of team in Walsall: nobody is posted"]


def test_a_departments_team_without_a_sergeant_is_named_to_who_keeps_it(wrong, department_member):
    team = str(Team.objects.get(slug="psd"))
    assert (wrong("sergeants", whole=True), wrong("sergeants")) == ([team], [])


# ---- moves that nobody carried out -----------------------------------------------------------------------------------
def test_a_move_of_a_team_whose_day_has_come_is_named_until_it_is_done(wrong, team_of, walsall, dudley, staff_admin):
    team, hub = team_of(walsall), dudley.hubs.first()
    move = Move.team_to(team, hub, from_date=in_days(2), reason="New base.", by=staff_admin)
    assert wrong("moves") == []
    Move.objects.filter(pk=move.pk).update(from_date=in_days(-1))
    assert wrong("moves") == [f"{team}: to {hub}"]
    assert Move.objects.carry_out_due() == 1
    assert wrong("moves") == []


# ---- all of it -------------------------------------------------------------------------------------------------------
def test_all_of_one_kind_is_read_page_by_page(signed_in, staff_admin, walsall_editor, walsall):
    Hub.objects.bulk_create(
        Hub(slug=f"more-{n}", area=walsall, name=f"More {n:02}", address="1 Demo Street") for n in range(60)
    )
    client = signed_in(walsall_editor)
    page = client.get("/admin/today/")
    number = Hub.objects.filter(area=walsall).count()
    assert f'<a class="govuk-link" href="?all=hubs">See all {number}<' in page.content.decode()
    pages = [client.get("/admin/today/", {"all": "hubs", "page": n}).context["findings"] for n in (1, 2)]
    assert [(len(found), found[0].key, len(found[0].rows)) for found in pages] == [
        (1, "hubs", 50),
        (1, "hubs", number - 50),
    ]
    assert len({row.text for found in pages for row in found[0].rows}) == number
    assert client.get("/admin/today/", {"all": "nothing"}).status_code == 404
    keys = {one.key for one in page.context["findings"]}
    assert [client.get("/admin/today/", {"all": key, "page": "zz"}).status_code for key in sorted(keys)] == [200] * len(
        keys
    )
