"""The admin as staff use it: who may keep what, what is refused, and that hostile addresses end in words."""

import html
from datetime import date

import pytest
from django.contrib import admin
from django.db import connection
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from accounts import letters
from accounts.models import ForceRole, User
from accounts.stamp import days_ago
from areas.models import Command, CommandCover, Editorship, Meeting, Priority
from hubs.models import Absence, Establishment, Hub, Move, Posting, Team
from tests.seen import version

STAFF_PAGES = [
    "accounts/user", "accounts/forcerole", "areas/force", "areas/channel", "areas/area", "areas/ward", "areas/command",
    "areas/commandcover", "areas/editorship", "areas/neighbour", "areas/edition", "hubs/hub", "hubs/team",
    "hubs/teamkind", "hubs/department", "hubs/bankholiday", "hubs/posting", "feedback/category", "feedback/signpost",
    "feedback/partner", "feedback/notification",
]  # fmt: skip


@pytest.mark.parametrize("page", STAFF_PAGES)
def test_admin_lists_searches_and_opens_for_staff(signed_in, staff_admin, walsall_commander, walsall_officer, page):
    client = signed_in(staff_admin)
    listed = client.get(f"/admin/{page}/")
    assert listed.status_code == 200
    if listed.context["cl"].search_fields:
        assert client.get(f"/admin/{page}/?q=walsall").status_code == 200
    first = listed.context["cl"].queryset.first()
    if first is not None:
        assert client.get(f"/admin/{page}/{first.pk}/change/").status_code == 200


def test_admin_moves_an_officer_and_keeps_history(signed_in, staff_admin, walsall_officer, team_of, walsall):
    posting = walsall_officer.postings.get()
    response_team = team_of(walsall, "Demo response team", kind="response")
    data = {"person": walsall_officer.pk, "team": response_team.pk, "role": "sergeant", "share": 100}
    client, url = signed_in(staff_admin), f"/admin/hubs/posting/{posting.pk}/change/"
    data |= {"from_date": "2026-01-01", "until": "", "reason": ""} | version(client, url)
    answer = client.post(url, data)
    assert answer.status_code == 302
    posting.refresh_from_db()
    assert (posting.team, posting.role) == (response_team, "sergeant")
    assert posting.history.first().history_user == staff_admin


def test_admin_refuses_overlapping_commands_in_words(
    signed_in, staff_admin, walsall, walsall_commander, dudley_commander
):
    data = {"area": walsall.pk, "person": dudley_commander.pk, "from_date": "2026-06-01", "until": ""}
    answer = signed_in(staff_admin).post("/admin/areas/command/add/", data)
    assert "Somebody else commands this area" in answer.content.decode()
    assert walsall.commands.count() == 1


def test_editor_keeps_own_area_only(signed_in, walsall_editor, walsall_officer, dudley_officer, walsall, dudley):
    client = signed_in(walsall_editor)
    listed = client.get("/admin/hubs/posting/").context["cl"].queryset
    assert list(listed) == list(walsall_officer.postings.all())
    other = dudley_officer.postings.get()
    assert client.get(f"/admin/hubs/posting/{other.pk}/change/").status_code == 302  # to the index: it does not exist
    assert client.get("/admin/areas/command/add/").status_code == 403
    assert client.get("/admin/accounts/user/add/").status_code == 403


def test_editor_cannot_place_a_posting_in_another_area(signed_in, walsall_editor, dudley_officer, walsall_officer):
    posting = walsall_officer.postings.get()
    elsewhere = dudley_officer.postings.get().team
    client, url = signed_in(walsall_editor), f"/admin/hubs/posting/{posting.pk}/change/"
    data = {"person": walsall_officer.pk, "team": elsewhere.pk, "role": "member", "share": 100}
    answer = client.post(url, data | {"from_date": "2026-01-01"} | version(client, url))
    assert answer.status_code == 200 and answer.context["adminform"].form.errors.keys() == {"team"}
    posting.refresh_from_db()
    assert posting.team.hub.area.slug == "walsall"


def test_editor_cannot_move_a_hub_to_another_area(signed_in, walsall_editor, walsall, dudley):
    hub = walsall.hubs.get()
    page = signed_in(walsall_editor).get(f"/admin/hubs/hub/{hub.pk}/change/")
    assert list(page.context["adminform"].form.fields["area"].queryset) == [walsall]


def team_form(team, **changed):
    """What the form of a team sends, with no postings in it."""
    kept = {"name": team.name, "kind": team.kind_id, "hub": team.hub_id or "", "department": team.department_id or ""}
    return kept | {"postings-TOTAL_FORMS": 0, "postings-INITIAL_FORMS": 0} | changed


def test_editor_cannot_make_a_team_part_of_a_department(signed_in, walsall_editor, walsall_officer, department_member):
    team, standards = walsall_officer.postings.get().team, department_member.postings.get().team.department
    form = team_form(team, hub="", department=standards.pk)
    client, url = signed_in(walsall_editor), f"/admin/hubs/team/{team.pk}/change/"
    client.post(url, form | version(client, url))
    team.refresh_from_db()
    assert (team.hub.area.slug, team.department) == ("walsall", None)
    added = signed_in(walsall_editor).post("/admin/hubs/team/add/", form | {"slug": "new", "name": "New"})
    assert added.status_code == 200 and not Team.objects.filter(slug="new").exists()


def test_nobody_moves_the_team_or_hub_in_which_they_are_posted(signed_in, staff_admin, walsall, dudley, team_of):
    team = team_of(walsall)
    Posting.objects.create(person=staff_admin, team=team, from_date="2026-01-01")
    client = signed_in(staff_admin)
    of_team, of_hub = (f"/admin/hubs/{kind}/{row.pk}/change/" for kind, row in (("team", team), ("hub", team.hub)))
    moved = client.post(of_team, team_form(team, hub=dudley.hubs.first().pk) | version(client, of_team))
    assert "Nobody changes their own access" in moved.content.decode()
    hub = {name: value for name, value in model_to_dict(team.hub).items() if value not in (None, False)}
    parts = {f"{part}-{n}_FORMS": 0 for part in ("opening_hours", "hours_exceptions") for n in ("TOTAL", "INITIAL")}
    moved = client.post(of_hub, hub | parts | {"area": dudley.pk} | version(client, of_hub))
    assert "Nobody changes their own access" in moved.content.decode()
    assert Team.objects.get(pk=team.pk).hub.area == walsall
    client.post(of_team, team_form(team, remit="Parks") | version(client, of_team))
    assert Team.objects.get(pk=team.pk).remit == "Parks"


def test_nobody_moves_the_command_that_they_cover(signed_in, staff_admin, walsall, dudley, walsall_commander):
    command = walsall_commander.commands.get()
    CommandCover.objects.create(command=command, person=staff_admin, from_date="2026-01-01", until="2027-01-01")
    form = {"area": dudley.pk, "person": walsall_commander.pk, "from_date": "2026-01-01", "until": ""}
    client, url = signed_in(staff_admin), f"/admin/areas/command/{command.pk}/change/"
    answer = client.post(url, form | version(client, url))
    assert "Nobody changes their own access" in answer.content.decode()
    assert walsall.commands.get() == command


def test_editor_who_audits_still_edits_one_area_only(signed_in, auditor, walsall):
    Editorship.objects.create(person=auditor, area=walsall, from_date="2026-01-01")
    page = signed_in(auditor).get(f"/admin/hubs/hub/{walsall.hubs.get().pk}/change/")
    assert list(page.context["adminform"].form.fields["area"].queryset) == [walsall]


def test_staff_admin_cannot_take_over_a_superuser(signed_in, staff_admin):
    boss = User.objects.create_superuser("boss@example.org", "x" * 14, name="Demo Boss")
    form = {"name": "Demo Boss", "email": "thief@example.org", "is_active": "on"}
    form |= {"force_roles-TOTAL_FORMS": 0, "force_roles-INITIAL_FORMS": 0}
    assert signed_in(staff_admin).post(f"/admin/accounts/user/{boss.pk}/change/", form).status_code == 403
    assert User.objects.get(pk=boss.pk).email == "boss@example.org"


def test_editor_loses_the_admin_with_the_editorship(signed_in, walsall_editor):
    client = signed_in(walsall_editor)
    assert client.get("/admin/").status_code == 200
    Editorship.objects.update(until="2026-01-02")
    assert client.get("/admin/").status_code == 302


def test_nobody_gives_themselves_a_role(signed_in, staff_admin):
    data = {"person": staff_admin.pk, "role": "auditor", "from_date": "2026-01-01", "until": ""}
    answer = signed_in(staff_admin).post("/admin/accounts/forcerole/add/", data)
    assert "Nobody changes their own access" in answer.content.decode()
    assert not staff_admin.force_roles.filter(role="auditor").exists()


def test_nobody_deletes_or_hands_over_their_own_role(signed_in, staff_admin, auditor):
    role = staff_admin.force_roles.get()
    client = signed_in(staff_admin)
    assert client.post(f"/admin/accounts/forcerole/{role.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"person": auditor.pk, "role": "staff_admin", "from_date": "2026-01-01", "until": ""}
    url = f"/admin/accounts/forcerole/{role.pk}/change/"
    client.post(url, data | version(client, url))
    assert ForceRole.objects.get(pk=role.pk).person == staff_admin


def test_staff_admin_cannot_make_a_superuser(signed_in, staff_admin, walsall_officer):
    data = {"name": "Demo", "email": walsall_officer.email, "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    data |= {"force_roles-TOTAL_FORMS": 0, "force_roles-INITIAL_FORMS": 0}
    client, url = signed_in(staff_admin), f"/admin/accounts/user/{walsall_officer.pk}/change/"
    assert client.post(url, data | version(client, url)).status_code == 302
    walsall_officer.refresh_from_db()
    assert (walsall_officer.is_superuser, walsall_officer.is_staff) == (False, False)


def test_used_rows_are_not_deleted(signed_in, staff_admin, walsall_officer):
    team = walsall_officer.postings.get().team
    client, url = signed_in(staff_admin), f"/admin/hubs/team/{team.pk}/delete/"
    assert 'name="_seen"' not in client.get(url).content.decode()  # it is not even asked
    client.post(url, {"post": "yes"})
    assert Team.objects.filter(pk=team.pk).exists()


def test_auditor_reads_and_changes_nothing(signed_in, auditor, walsall):
    client = signed_in(auditor)
    assert client.get("/admin/feedback/readlog/").status_code == 200
    assert client.get(f"/admin/areas/area/{walsall.pk}/change/").status_code == 200
    assert client.post(f"/admin/areas/area/{walsall.pk}/change/", {"name": "X"}).status_code == 403


def test_staff_admin_does_not_read_who_read(signed_in, staff_admin):
    assert signed_in(staff_admin).get("/admin/feedback/readlog/").status_code == 403


@pytest.mark.parametrize("who", ["walsall_commander", "walsall_officer", "desk", "overview", "department_member"])
def test_admin_is_closed_to_others(request, db, signed_in, who):
    answer = signed_in(request.getfixturevalue(who)).get("/admin/")
    assert answer.status_code == 302


def test_concerns_are_not_in_the_admin(signed_in, staff_admin, make_concern, walsall):
    make_concern(walsall)
    assert signed_in(staff_admin).get("/admin/feedback/concern/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/admin/hubs/hub/?name__regex=(", "/admin/hubs/hub/add/?area=zzz", "/admin/hubs/hub/add/?area=%00",
        "/admin/autocomplete/?app_label=hubs&model_name=team&field_name=hub&term=%00",
        "/admin/hubs/hub/99999999999999999999/change/", "/admin/areas/ward/zzz/change/",
        "/admin/hubs/posting/?from_date__year=99999999999", f"/admin/hubs/posting/?from_date__year={'1' * 5000}",
        "/admin/areas/command/?from_date__year=0",
        "/admin/feedback/notification/?kind__regex=(", "/admin/hubs/hub/?at__year=zz", "/admin/hubs/hub/?id__range=1",
        "/admin/hubs/hub/1/history/zz/", "/admin/hubs/hub/zz/history/", "/admin/areas/edition/1/history/",
        "/admin/areas/command/add/?person=99999999999999999999999999", "/admin/hubs/bankholiday/zz/history/",
    ],
)  # fmt: skip
def test_hostile_admin_addresses_never_end_in_an_error_page(signed_in, staff_admin, path):
    assert signed_in(staff_admin).get(path).status_code in (200, 302, 400, 404)


@pytest.mark.parametrize("who", ["staff_admin", "auditor", "walsall_editor"])
def test_nobody_asks_a_list_for_a_password_letter_by_letter(request, signed_in, who):
    client = signed_in(request.getfixturevalue(who))
    assert client.get("/admin/accounts/user/").status_code == 200
    for asked in (
        "password__startswith=p",
        "password=x",
        "password__gt=a",
        "emailaddress__email=x",
        "is_superuser__exact=1",
    ):
        assert client.get(f"/admin/accounts/user/?{asked}").status_code == 400
    assert client.get("/admin/accounts/user/?is_active__exact=1&rank=").status_code == 200


def test_no_list_is_asked_for_a_column_that_it_does_not_offer(rf, staff_admin):
    request = rf.get("/")
    request.user, left = staff_admin, []
    for model, kept in admin.site._registry.items():
        if not kept.has_view_permission(request):
            continue  # of superusers alone
        entries = [item[0] if isinstance(item, tuple) else item for item in kept.get_list_filter(request)]
        offered = {name.partition("__")[0] for name in (kept.date_hierarchy, *entries) if isinstance(name, str)}
        hidden = {field.name for field in model._meta.concrete_fields} - offered
        left += [
            f"{model._meta.label}.{name}" for name in hidden if kept.lookup_allowed(f"{name}__startswith", "a", request)
        ]
    assert left == []


@pytest.mark.parametrize("key", ["zz", "9" * 40, "a\x00b", "1e9"])
def test_hostile_admin_forms_never_end_in_an_error_page(signed_in, staff_admin, key):
    client = signed_in(staff_admin)
    added = client.post("/admin/areas/command/add/", {"person": key, "area": key, "from_date": key})
    chosen = client.post("/admin/areas/command/", {"action": "delete_selected", "_selected_action": [key]})
    assert {added.status_code, chosen.status_code} <= {200, 302, 400}


def test_days_in_lists_are_short_and_still_sorted_by(signed_in, staff_admin, walsall_officer):
    page = signed_in(staff_admin).get("/admin/hubs/posting/")
    text = page.content.decode()
    assert ('<span class="day">1 Jan 2026</span>' in text, "?o=5" in text) == (True, True)


def test_admin_list_queries_do_not_grow(signed_in, staff_admin, officer_of, walsall, django_assert_max_num_queries):
    client = signed_in(staff_admin)
    officer_of(walsall, "one")
    client.get("/admin/hubs/posting/")
    with django_assert_max_num_queries(14) as few:
        client.get("/admin/hubs/posting/")
    for n in range(3):
        officer_of(walsall, f"more{n}")
    with django_assert_max_num_queries(len(few)):
        client.get("/admin/hubs/posting/")


def test_invited_person_gets_a_link_and_no_password_works_before(signed_in, staff_admin, person, mailoutbox, client):
    newcomer = person("new.officer")
    newcomer.set_unusable_password()
    newcomer.save()
    data = {"action": "invite", "_selected_action": [newcomer.pk]}
    signed_in(staff_admin).post("/admin/accounts/user/", data)
    (task,) = DBTaskResult.objects.all()
    letters.mail_password_link.func(*task.args_kwargs["args"])
    assert [mail.to for mail in mailoutbox] == [["new.officer@example.org"]]
    assert "/accounts/password/reset/key/" in mailoutbox[0].body


def test_person_added_in_the_admin_cannot_sign_in_yet(signed_in, staff_admin):
    data = {"name": "Demo New", "email": "demo.new@example.org", "rank": "", "collar_number": "", "is_active": "on"}
    data |= {"force_roles-TOTAL_FORMS": 0, "force_roles-INITIAL_FORMS": 0}
    assert signed_in(staff_admin).post("/admin/accounts/user/add/", data).status_code == 302
    assert not User.objects.get(email="demo.new@example.org").has_usable_password()


def test_hub_checked_today_names_who_checked(signed_in, staff_admin, walsall):
    hub = walsall.hubs.get()
    signed_in(staff_admin).post("/admin/hubs/hub/", {"action": "mark_checked", "_selected_action": [hub.pk]})
    hub.refresh_from_db()
    assert hub.checked_by == staff_admin and hub.checked_on is not None


def test_commands_and_postings_of_the_signed_in_person_are_theirs_to_see_not_to_change(
    signed_in, walsall_editor, team_of
):
    own = Posting.objects.create(person=walsall_editor, team=team_of(Hub.objects.get(slug="bloxwich").area))
    data = {
        "person": walsall_editor.pk,
        "team": own.team_id,
        "role": "inspector",
        "share": 100,
        "from_date": "2026-01-01",
    }
    client, url = signed_in(walsall_editor), f"/admin/hubs/posting/{own.pk}/change/"
    answer = client.post(url, data | version(client, url))
    assert "Nobody changes their own access" in answer.content.decode()
    assert Command.objects.count() == 0


# ---- long lists and what is used -------------------------------------------------------------------------------------
def crowd(area, team_of, person, number):
    """One more of everything that staff keep in lists."""
    who, team = person(f"crowd{number}", collar_number=f"C{number}"), team_of(area)
    hub = Hub.objects.create(slug=f"crowd-{number}", area=area, name=f"Crowd {number}", address="1 Demo Street")
    extra = Team.objects.create(slug=f"crowd-{number}", name=f"Crowd {number}", kind=team.kind, hub=hub)
    posting = Posting.objects.create(person=who, team=extra, from_date="2026-01-01")
    posting.named_wards.add(area.wards.active()[number])
    Absence.objects.create(person=who)
    Establishment.objects.create(team=extra, posts=number)
    Move.objects.create(kind="leave", from_date="2030-01-01", reason="Leaves.", by=who)
    Editorship.objects.create(person=who, area=area, from_date="2026-01-01")
    ForceRole.objects.create(person=who, role="overview", from_date="2026-01-01")
    Priority.objects.create(area=area, title=f"Crowd {number}", you_said="So.")
    Meeting.objects.create(area=area, place="Hall", starts="2026-12-01T18:00Z", ends="2026-12-01T19:00Z")
    command = area.commands.get()
    CommandCover.objects.create(
        command=command, person=who, from_date=date(2026, 1, number + 1), until=date(2026, 1, number + 1)
    )


def test_every_list_asks_the_same_with_more_rows(signed_in, staff_admin, walsall_commander, team_of, person, walsall):
    """Constant number of queries: what holds from three rows to nine holds to ten thousand, as lists are paged."""
    client = signed_in(staff_admin)

    def asked():
        counts = {}
        for model in admin.site._registry:
            label = model._meta.label_lower
            if label.split(".")[0] in ("accounts", "areas", "hubs", "feedback"):
                url = reverse(f"admin:{label.replace('.', '_')}_changelist")
                with CaptureQueriesContext(connection) as queries:
                    if client.get(url).status_code == 200:
                        counts[label] = len(queries)
        return counts

    for number in range(3):
        crowd(walsall, team_of, person, number)
    asked()
    few = asked()
    for number in range(3, 9):
        crowd(walsall, team_of, person, number)
    assert asked() == few
    assert len(few) > 20


@pytest.mark.parametrize("door", ["delete", "action"])
def test_deleting_what_is_used_is_refused_in_words(
    door, signed_in, staff_admin, walsall_commander, walsall, walsall_officer, make_concern
):
    """The page says what would have to go along, and has no button to do so."""
    make_concern(walsall).assign(by=walsall_commander, officer=walsall_officer)
    posting = walsall_officer.postings.get()
    team, ward = posting.team, walsall.wards.first()
    client = signed_in(staff_admin)
    used = {walsall_officer: posting, team: posting, team.hub: team, team.kind: team, walsall: ward}
    for row, used_by in used.items():
        label = row._meta.label_lower.replace(".", "_")
        question, listed = reverse(f"admin:{label}_delete", args=[row.pk]), reverse(f"admin:{label}_changelist")
        chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
        text = (client.get(question) if door == "delete" else client.post(listed, chosen)).content.decode()
        main = html.unescape(text[text.index('id="content"') :])
        assert "Cannot delete" in main and "protected related objects" in main, main[:600]
        assert (str(used_by) in main, 'name="_seen"' in main) == (True, False)
        client.post(question, {"post": "yes"}) if door == "delete" else client.post(listed, chosen | {"post": "yes"})
        assert type(row).objects.filter(pk=row.pk).exists()


def test_a_posting_of_a_move_is_not_deleted(signed_in, staff_admin, walsall_officer):
    walsall_officer.postings.update(from_date=days_ago(-300))
    posting = walsall_officer.postings.get()
    Move.leave(walsall_officer, from_date=days_ago(-400), reason="Leaves.", by=staff_admin)
    page = signed_in(staff_admin).get(reverse("admin:hubs_posting_delete", args=[posting.pk]))
    assert "protected related objects" in page.content.decode()
