"""Nobody changes their own access, not even who may do everything, and those are seen by everybody who keeps it."""

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.held import OWN_ACCESS
from accounts.models import ForceRole, User
from accounts.stamp import days_ago
from areas.models import Command, Editorship
from hubs.models import Move, MoveRefused, Posting
from policing_portal.exchange.books import TABLES
from policing_portal.exchange.known import Keeper
from policing_portal.exchange.reading import read
from policing_portal.staffing import today
from tests.seen import version

pytestmark = pytest.mark.django_db
AHEAD = days_ago(-400)


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss@example.org", "x" * 14, name="Demo Boss", collar_number="1")


def test_a_superuser_gives_themselves_no_role_command_editorship_or_posting(signed_in, boss, team_of, walsall):
    client = signed_in(boss)
    rows = {
        "accounts/forcerole": {"role": "desk"},
        "areas/command": {"area": walsall.pk},
        "areas/editorship": {"area": walsall.pk},
        "hubs/posting": {"team": team_of(walsall).pk, "role": "member", "share": 100},
    }
    for kind, row in rows.items():
        answer = client.post(f"/admin/{kind}/add/", row | {"person": boss.pk, "from_date": "2030-01-01"})
        assert (answer.status_code, "Nobody changes their own access" in answer.content.decode()) == (200, True), kind


def test_a_superuser_changes_no_role_of_their_own(signed_in, boss):
    role = ForceRole.objects.create(person=boss, role="desk", from_date=date(2026, 1, 1))
    client, url = signed_in(boss), f"/admin/accounts/forcerole/{role.pk}/change/"
    data = {"person": boss.pk, "role": "auditor", "from_date": "2026-01-01", "until": ""}
    assert "Nobody changes their own access" in client.post(url, data | version(client, url)).content.decode()
    role.refresh_from_db()
    assert role.role == "desk"


def test_a_superuser_neither_moves_nor_sends_in_a_posting_of_their_own(boss, team_of, walsall):
    posting = Posting.objects.create(person=boss, team=team_of(walsall), from_date=date(2026, 1, 1))
    other = team_of(walsall, kind="response")
    with pytest.raises(MoveRefused, match="own access"):
        Move.people([posting], other, from_date=AHEAD, reason="Mine.", by=boss)
    table = TABLES["hubs.posting"](Keeper.writing(boss))
    text = f"person,team,role,from,share\r\n1,{other.slug},member,2031-01-01,100\r\n"
    lines = table.examine(read(text.encode(), columns=table.names(), needed=list(table.keys), most=table.most))
    assert [fact[1] for fact in lines[0].facts] == ["Nobody changes their own access. Ask a colleague to do it."]


def test_superusers_are_named_among_those_with_access_but_no_posting(boss, walsall):
    ForceRole.objects.create(person=boss, role="desk", from_date=date(2026, 1, 1))
    found = next(one for one in today.findings([walsall], whole_force=True) if one.key == "access")
    assert [(row.text, row.more) for row in found.rows if row.text == "Demo Boss"] == [
        ("Demo Boss", "superuser: may do everything")
    ]


# ---- what an editor sees of the force's people -------------------------------------------------------------------------
@pytest.fixture
def far(dudley_officer):
    User.objects.filter(pk=dudley_officer.pk).update(collar_number="D7", name="Demo Faraway")
    return dudley_officer


def test_an_editor_looks_people_up_by_name_and_number_alone(signed_in, walsall_editor, walsall_officer, far):
    client = signed_in(walsall_editor)
    for query in ("", "?q=faraway", "?q=d7"):
        text = client.get(f"/admin/accounts/user/{query}").content.decode()
        table = text[text.index('id="result_list"') :]
        assert ("Demo Faraway" in table, "example.org" in table, f"user/{far.pk}/change" in table) == (
            True,
            False,
            False,
        )
    assert f"user/{walsall_officer.pk}/change" in client.get("/admin/accounts/user/").content.decode()
    listed = client.get(f"/admin/accounts/user/?q={far.email}").context["cl"].queryset
    assert list(listed) == []
    probed = client.get("/admin/accounts/user/?email__startswith=officer.d")
    assert (probed.status_code in (302, 400), probed.context and probed.context.get("cl")) == (True, None)


def test_an_editor_opens_the_form_and_history_of_their_own_people_alone(
    signed_in, walsall_editor, walsall_officer, far
):
    client = signed_in(walsall_editor)
    for page in ("change", "history"):
        assert client.get(f"/admin/accounts/user/{far.pk}/{page}/").status_code == 403
        assert client.get(f"/admin/accounts/user/{walsall_officer.pk}/{page}/").status_code == 200
    line = far.history.first().pk
    assert client.get(f"/admin/accounts/user/{far.pk}/history/{line}/").status_code == 403


def test_an_editor_still_chooses_anybody_for_a_posting(signed_in, walsall_editor, far):
    client = signed_in(walsall_editor)
    asked = "/admin/autocomplete/?app_label=hubs&model_name=posting&field_name=person&term="
    found = [client.get(asked + term).json()["results"] for term in ("faraway", "D7", far.email)]
    assert [[one["text"] for one in some] for some in found] == [[str(User.objects.get(pk=far.pk))]] * 2 + [[]]


def test_a_staff_admin_still_sees_addresses(signed_in, staff_admin, far):
    assert far.email in signed_in(staff_admin).get("/admin/accounts/user/?q=faraway").content.decode()


@pytest.mark.parametrize("days", [-1, 0])
def test_who_held_what_has_begun_is_not_rewritten(days, signed_in, staff_admin, walsall, walsall_officer, person):
    """Their row ends, and another begins: who could see what on which day stays true."""
    begins, other = days_ago(-days), person("other")
    kept = {"from_date": begins, "person": walsall_officer}
    Posting.objects.filter(person=walsall_officer).update(from_date=begins)
    rows = [
        Posting.objects.get(person=walsall_officer),
        Editorship.objects.create(area=walsall, **kept),
        ForceRole.objects.create(role="desk", **kept),
        Command.objects.create(area=walsall, **kept),
    ]
    client = signed_in(staff_admin)
    for row in rows:
        url = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
        form = client.get(url).context["adminform"].form
        assert ("person" in form.fields) is (days == 0), row
        sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, [])}
        answer = client.post(url, sent | {"_version": form.version, "person": other.pk, "why": "Asked for."})
        row.refresh_from_db()
        assert (answer.status_code, row.person) == (302, walsall_officer if days else other), row


def test_the_sentence_stands_in_one_place():
    """Every door says the same, and it is put better once for all of them."""
    root, moved = Path(__file__).resolve().parent.parent, "This move touches an area that is not yours"
    rooms = ("accounts", "areas", "hubs", "feedback", "policing_portal")
    texts = {path.relative_to(root): path.read_text() for room in rooms for path in (root / room).rglob("*.py")}
    for words, there in ((OWN_ACCESS, "accounts/held.py"), (moved, "hubs/models/move.py")):
        found = [(str(path), text.count(words)) for path, text in texts.items() if words in text]
        assert found == [(there, 1)]


def test_an_editor_undoes_no_move_that_reaches_another_area(
    signed_in, staff_admin, walsall_editor, walsall_officer, team_of, dudley
):
    posting = walsall_officer.postings.get()
    move = Move.people([posting], team_of(dudley), from_date=days_ago(-9), reason="Needed there.", by=staff_admin)
    client, refused = signed_in(walsall_editor), "This move touches an area that is not yours. Ask a staff admin."
    chosen = {"action": "undo", "_selected_action": [move.pk]}
    for url, sent in ((f"/admin/moves/{move.pk}/undo/", {"why": "A mistake."}), ("/admin/hubs/move/", chosen)):
        answer = client.post(url, sent, follow=True)
        assert (answer.status_code, refused in answer.content.decode()) == (200, True), url
    move.refresh_from_db()
    assert move.waits
    assert not move.undo(by=staff_admin).waits
