"""People in a browser: a move with effect tomorrow, cover for today, two editors of one posting, and the admin's look."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from accounts.stamp import LONDON, today_in_london
from areas.models import Area
from feedback.models import Concern
from hubs.models import Absence, Establishment, Posting, StrengthTarget

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "demo-portal-only"


@pytest.fixture
def signed(visitor):
    """A browser in which somebody is signed in: `signed(staff_admin)`."""

    def make(who):
        one = visitor().go("/accounts/login/")
        one.page.fill('[name="login"]', who.email)
        one.page.fill('[name="password"]', PASSWORD)
        one.press("Sign in")
        return one

    return make


@pytest.fixture
def contact(walsall_officer, bloxwich_west):
    User.objects.filter(pk=walsall_officer.pk).update(public_name=True)
    posting = walsall_officer.postings.get()
    posting.named_wards.add(bloxwich_west)
    return posting


@pytest.fixture
def cover(person, team_of, walsall):
    lee = person("lee", rank="PCSO", public_name=True)
    Posting.objects.create(person=lee, team=team_of(walsall), from_date="2026-01-01")
    return lee


def test_a_move_for_tomorrow_and_cover_for_today_reach_everybody(
    visitor,
    signed,
    staff_admin,
    contact,
    cover,
    walsall_commander,
    make_concern,
    walsall,
    dudley,
    team_of,
    bloxwich_west,
):
    concern = make_concern(walsall)
    concern.assign(by=walsall_commander, officer=contact.person)
    elsewhere, today = team_of(dudley), today_in_london()
    editor = signed(staff_admin).go("/admin/", "admin-index")
    editor.follow("Move somebody")
    editor.follow("Walsall")
    editor.page.check(f'[name="postings"][value="{contact.pk}"]')
    editor.page.select_option('[name="team"]', str(elsewhere.pk))
    editor.page.fill('[name="reason"]', "Dudley needs another constable.")
    editor.look("admin-move")
    editor.press("See what changes")
    editor.look("admin-move-preview")
    told = editor.text()
    assert (
        "1 ward loses its named contact" in told and "1 open concern of Police Constable Demo Officer Walsall" in told
    )
    assert "no longer sees concerns of Walsall" in told and "sees concerns of Dudley" in told
    editor.press("Do it")
    assert "Until then you can undo it" in editor.text()
    editor.go(f"/admin/cover/?person={contact.person_id}", "admin-cover")
    editor.page.select_option('[name="cover"]', str(cover.pk))
    editor.page.fill('[name="until"]', today.isoformat())
    editor.page.fill('[name="why"]', "Away for a day.")
    editor.press("Save the cover")

    def as_seen():
        """What the public reads of the ward, what the commander reads of the concern, whether the officer may open it."""
        ward = visitor().go(bloxwich_west.get_absolute_url()).text()
        force = signed(walsall_commander).go(concern.get_absolute_url()).text()
        status = signed(contact.person).context.request.get(editor.base + concern.get_absolute_url()).status
        return (
            "PCSO Demo Lee answers for" in ward,
            str(contact.person) in ward,
            "answers now" in force,
            "Works here no longer" in force,
            status,
        )

    assert as_seen() == (True, True, True, False, 200)
    tomorrow = datetime.combine(date.fromordinal(today.toordinal() + 1), time(0, 0, 5), tzinfo=LONDON)
    with time_machine.travel(tomorrow, tick=True):
        assert as_seen() == (False, False, False, True, 404)
        assert Concern.objects.visible_to(User.objects.get(pk=contact.person_id)).count() == 0


def test_two_editors_of_one_posting(signed, staff_admin, walsall_editor, contact):
    url = f"/admin/hubs/posting/{contact.pk}/change/"
    one, other = signed(walsall_editor).go(url), signed(staff_admin).go(url, "admin-change")
    one.page.select_option('[name="role"]', "sergeant")
    one.press("Save")
    other.page.fill('[name="share"]', "80")
    other.page.fill('[name="reason"]', "Part time from today.")
    other.press("Save")
    other.look("admin-two-editors")
    assert "saved this while you were writing" in other.text()
    assert other.page.input_value('[name="reason"]') == "Part time from today."
    contact.refresh_from_db()
    assert (contact.role, contact.share) == ("sergeant", 100)
    other.page.select_option('[name="role"]', "sergeant")
    other.press("Save")
    contact.refresh_from_db()
    assert (contact.role, contact.share, contact.reason) == ("sergeant", 80, "Part time from today.")


def test_a_posting_that_has_begun_leads_to_what_can_be_done(signed, staff_admin, contact):
    """Its team, role and share are told, not edited: the way leads to the task that moves, with the person chosen."""
    Posting.history.update(history_date=timezone.now() - timedelta(days=1))
    one = signed(staff_admin).go(f"/admin/hubs/posting/{contact.pk}/change/", "admin-begun")
    assert (one.page.locator('[name="role"]').count(), "stays on record" in one.text()) == (0, True)
    one.page.get_by_role("link", name="move the person").click()
    one.page.wait_for_url("**/admin/moves/people/**")
    assert one.page.is_checked(f'[name="postings"][value="{contact.pk}"]')


def test_the_admin_looks_like_the_portal_and_is_clean(signed, staff_admin, contact, walsall):
    Establishment.objects.create(team=contact.team, posts=4)
    StrengthTarget.objects.update(baseline=0)
    one = signed(staff_admin)
    hub, team = contact.team.hub, contact.team
    for path, name in (
        ("/admin/today/", "admin-today"),
        ("/admin/hubs/posting/", "admin-list"),
        ("/admin/hubs/establishment/", "admin-list-edit"),
        ("/admin/strength/", "admin-strength"),
        (f"/admin/calendar/{hub.slug}/", "admin-calendar"),
        (f"/admin/postings-of/{contact.person_id}/", "admin-person"),
        (f"/admin/hubs/hub/{hub.pk}/change/", "admin-hub"),
        (f"/admin/hubs/posting/{contact.pk}/history/", "admin-history"),
        (f"/admin/hubs/team/{team.pk}/delete/", "admin-used"),
    ):
        one.go(path, name)


def test_every_list_and_form_of_the_admin_is_clean(signed, staff_admin, contact, walsall, bloxwich_west):
    one, found = signed(staff_admin), []
    one.go("/admin/", "admin")
    lists = one.page.eval_on_selector_all(
        "main a[href^='/admin/'], #content a[href^='/admin/']", "links => links.map(link => link.getAttribute('href'))"
    )
    for path in sorted({path.partition("?")[0] for path in lists}):
        name = "admin-" + path.removeprefix("/admin/").strip("/").replace("/", "-")
        one.go(path)
        one.page.set_viewport_size({"width": 1280, "height": 900})
        found += [f"{name}: {fault}" for fault in one.violations()]
        if path.count("/") == 4 and (add := one.page.locator("a.addlink, a[href$='/add/']")).count():
            one.go(add.first.get_attribute("href").partition("?")[0])
            found += [f"{name}-add: {fault}" for fault in one.violations()]
    assert found == []


def test_pages_of_one_row_are_clean(signed, staff_admin, contact, walsall_commander):
    """What is asked before deleting, versions with what is kept with them, a key that is shown once, a mail before it goes."""
    hub, away = contact.team.hub, {"person": contact.person, "kind": "training"}
    hub.opening_hours.create(weekday=6, opens="09:00", closes="17:00")
    hub.save()
    for since in (0, 30):
        day = date.fromordinal(today_in_london().toordinal() + since)
        Absence.objects.create(from_date=day, until=day, **away)
    old = hub.history.last()
    priority = walsall_commander.commands.get().area.priorities.create(title="Bikes", you_said="Bikes.")
    one = signed(staff_admin)
    for path, name in (
        (f"/admin/areas/priority/{priority.pk}/delete/", "admin-delete"),
        (f"/admin/hubs/hub/{hub.pk}/history/", "admin-history-of-parts"),
        (f"/admin/hubs/hub/{hub.pk}/history/{old.history_id}/", "admin-version"),
        (f"/admin/hubs/hub/{hub.pk}/preview/", "admin-hub-preview"),
        ("/admin/feedback/mailtext/receipt_reporter/preview/", "admin-mail-preview"),
        ("/admin/today/?all=wards", "admin-today-all"),
        (f"/admin/cover/?person={contact.person_id}", "admin-cover-to-come"),
        ("/admin/moves/people/?area=departments", "admin-move-departments"),
        ("/admin/accounts/apikey/add/", "admin-key-add"),
    ):
        one.go(path, name)
    one.page.fill('[name="client"]', "Command and control")
    one.page.fill('[name="until"]', "2030-01-01")
    one.press("Save")
    one.look("admin-key")
    one.go("/admin/areas/priority/")
    one.page.check(f'[name="_selected_action"][value="{priority.pk}"]')
    one.page.select_option('[name="action"]', "delete_selected")
    one.press("Go")
    one.look("admin-delete-several")


def test_a_commander_keeps_the_people_of_the_area(signed, walsall_commander, contact, cover):
    Absence.objects.create(person=contact.person, cover=cover, kind="training", reason="Course in Hereford")
    one = signed(walsall_commander).go("/dashboard/people/", "people")
    assert "Course in Hereford" in one.text()
    for path, name in (
        ("/dashboard/people/moves/people/", "people-move"),
        (f"/dashboard/people/cover/?person={contact.person_id}", "people-cover"),
        ("/dashboard/people/priorities/new/", "people-priority"),
        ("/dashboard/people/meetings/new/", "people-meeting"),
        (f"/dashboard/people/calendar/{contact.team.hub.slug}/", "people-calendar"),
    ):
        one.go(path, name)
    one.go("/dashboard/people/")
    one.page.get_by_label("Why?").first.fill("Back early.")
    one.press(f"They are back {contact.person}")
    assert "Nobody is away." in one.text()
    assert Area.objects.count() == 7
