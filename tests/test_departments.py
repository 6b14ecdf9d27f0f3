"""Teams of departments are of no area: who keeps the whole force moves their people, covers for them and sees what is wrong."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.stamp import today_in_london
from hubs.models import Move, Team
from policing_portal.staffing import strength

pytestmark = pytest.mark.django_db


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def posting(department_member):
    return department_member.postings.get()


def move(client, kind, **form):
    """The move as the page does it: looked at, then done."""
    url = reverse("admin:move", args=[kind])
    form = {"area": "departments", "from_date": in_days(1).isoformat(), "reason": "Closer."} | form
    found = client.post(url, form).context["found"]
    assert client.post(url, form | {"token": found.token, "do": "yes"}).status_code == 302
    return found


def test_a_department_is_chosen_like_an_area(signed_in, staff_admin, posting):
    client = signed_in(staff_admin)
    for url in (reverse("admin:move", args=["people"]), reverse("admin:cover")):
        assert "?area=departments" in client.get(url).content.decode()
    assert "?area=departments" not in client.get(reverse("admin:move", args=["team"])).content.decode()
    assert client.get(reverse("admin:move", args=["team"]), {"area": "departments"}).status_code == 404
    page = client.get(reverse("admin:move", args=["people"]), {"area": "departments"})
    assert "/admin/moves/team/" not in page.content.decode()
    assert list(page.context["form"].fields["postings"].queryset) == [posting]
    assert posting.team in page.context["form"].fields["team"].queryset
    who = client.get(reverse("admin:cover"), {"area": "departments"})
    assert [one.pk for one in who.context["people"]] == [posting.person_id]


def test_somebody_moves_from_a_department_to_an_area_and_back(signed_in, staff_admin, posting, team_of, walsall):
    client, team = signed_in(staff_admin), team_of(walsall)
    found = move(client, "people", postings=[posting.pk], team=team.pk)
    assert found.access == [
        f"{posting.person} no longer sees concerns of Professional Standards",
        f"{posting.person} sees concerns of Walsall",
    ]
    made = Move.objects.get()
    assert made in client.get("/admin/").context["waiting"]
    client.post(reverse("admin:undo", args=[made.pk]), {"why": "A mistake."})
    assert list(posting.person.postings.values_list("team", "until")) == [(posting.team_id, None)]
    move(client, "leave", person=posting.person_id)
    posting.refresh_from_db()
    assert posting.until == in_days(0)


def test_pages_of_somebody_in_a_department_open(signed_in, staff_admin, posting):
    client = signed_in(staff_admin)
    assert client.get(reverse("admin:person", args=[posting.person_id])).status_code == 200
    cover = {"person": posting.person_id, "kind": "leave", "why": "x", "from_date": in_days(0).isoformat()}
    assert client.post(reverse("admin:cover"), cover).status_code == 302
    assert posting.person.absences.count() == 1
    chosen = {"action": "move", "_selected_action": [posting.pk]}
    answer = client.post(reverse("admin:hubs_posting_changelist"), chosen)
    assert answer["Location"] == f"/admin/moves/people/?area=departments&posting={posting.pk}"


def test_an_editor_reaches_no_department(signed_in, walsall_editor, posting, walsall_officer, staff_admin):
    """Neither its people, nor a move that has one end there."""
    client = signed_in(walsall_editor)
    for url in (
        reverse("admin:move", args=["people"]) + "?area=departments",
        reverse("admin:cover") + "?area=departments",
        reverse("admin:cover") + f"?person={posting.person_id}",
        reverse("admin:person", args=[posting.person_id]),
    ):
        assert client.get(url).status_code == 404, url
    form = client.get(reverse("admin:move", args=["people"])).context["form"]
    assert posting.team not in form.fields["team"].queryset
    made = Move.people(
        [walsall_officer.postings.get()], posting.team, from_date=in_days(2), reason="Help.", by=staff_admin
    )
    client.post(reverse("admin:undo", args=[made.pk]), {"why": "A mistake."})
    made.refresh_from_db()
    assert made.undone_at is None


def test_strength_and_what_is_wrong_know_the_departments(signed_in, staff_admin, auditor, walsall_editor, posting):
    posting.team.establishments.create(posts=4, from_date=date(2026, 1, 1))
    for who, there in ((staff_admin, True), (auditor, True), (walsall_editor, False)):
        client = signed_in(who)
        teams = [team.pk for team in client.get(reverse("admin:strength")).context["teams"]]
        assert (posting.team_id in teams) is there
        alone = next(one for one in client.get("/admin/today/").context["findings"] if one.key == "categories")
        assert any(row.text == "Operations: nobody is posted" for row in alone.rows) is there
    (team,) = strength.of_teams(Team.objects.filter(pk=posting.team_id))["teams"]
    assert (team.posts, team.strength, team.gap) == (4, 1, 3)
