"""What was in force, and what the public is kept safe by, is ended or switched off, never deleted."""

import html
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ForceRole
from accounts.stamp import today_in_london
from areas.models import Channel, Editorship, Meeting
from feedback.models import Category, SafetyRule, Signpost
from hubs.models import Absence, BankHoliday, Establishment, Posting, StrengthTarget
from tests.seen import seen_on

pytestmark = pytest.mark.django_db


def doors(client, row):
    """What the page and the action of the list say when they are asked to delete `row`, and answered by hand with yes."""
    label = row._meta.label_lower.replace(".", "_")
    page, listed = reverse(f"admin:{label}_delete", args=[row.pk]), reverse(f"admin:{label}_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
    texts = [client.get(page), client.post(listed, chosen)]
    yes = {"post": "yes", "_seen": ""}
    client.post(page, yes)
    client.post(listed, chosen | yes)
    return [html.unescape(text.content.decode()) for text in texts]


def stays(client, row, words):
    for text in doors(client, row):
        assert (words in text, 'name="_seen"' in text, "protected related" in text) == (True, False, False)
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.fixture
def dated(staff_admin, auditor, walsall_commander, walsall_officer, walsall_editor, walsall, team_of):
    begun = date(2026, 1, 1)
    return [
        walsall_officer.postings.get(),
        walsall.commands.get(),
        auditor.force_roles.get(),
        walsall_editor.editorships.get(),
        Absence.objects.create(person=walsall_officer, from_date=begun),
    ]


def test_what_has_begun_is_not_deleted_but_given_a_last_day(signed_in, staff_admin, dated):
    client = signed_in(staff_admin)
    for row in dated:
        stays(client, row, "has been in force since 1 January 2026. Give it a last day instead.")


def test_what_has_ended_stays_as_it_was(signed_in, staff_admin, walsall_officer):
    posting = walsall_officer.postings.get()
    posting.until = date(2026, 2, 1)
    posting.save()
    stays(signed_in(staff_admin), posting, "was in force from 1 January 2026 to 1 February 2026. It stays on record.")


def test_numbers_and_promises_are_replaced_not_deleted(signed_in, staff_admin, team_of, walsall):
    client = signed_in(staff_admin)
    row = Establishment.objects.create(team=team_of(walsall), posts=4, from_date=date(2026, 1, 1))
    stays(client, row, "in force since 1 January 2026. Enter the number that replaces it instead.")
    stays(client, StrengthTarget.objects.first(), "is a promise to the public. Correct it instead.")


def test_yes_to_a_hand_made_request_deletes_nothing_that_has_begun(signed_in, staff_admin, walsall_officer):
    """The question was asked while it was still to come."""
    posting = walsall_officer.postings.get()
    tomorrow = today_in_london() + timedelta(days=1)
    Posting.objects.filter(pk=posting.pk).update(from_date=tomorrow)
    client, url = signed_in(staff_admin), reverse("admin:hubs_posting_delete", args=[posting.pk])
    form = seen_on(client.get(url))
    assert client.post(url, form).status_code == 302
    assert not Posting.objects.filter(pk=posting.pk).exists()


def test_a_mistake_of_today_may_be_deleted_today(signed_in, staff_admin, walsall_officer, team_of, walsall):
    client, today = signed_in(staff_admin), today_in_london()
    wrong = ForceRole.objects.create(person=walsall_officer, role="desk", from_date=today)
    older = ForceRole.objects.create(person=walsall_officer, role="overview", from_date=today)
    older.history.update(history_date=older.history.get().history_date - timedelta(days=2))
    url = reverse("admin:accounts_forcerole_delete", args=[wrong.pk])
    assert client.post(url, seen_on(client.get(url))).status_code == 302
    assert list(walsall_officer.force_roles.all()) == [older]
    stays(client, older, "Give it a last day instead.")


def test_one_that_stays_among_several_keeps_all(signed_in, staff_admin, walsall_officer, person, walsall, dudley):
    ahead = Editorship.objects.create(person=walsall_officer, area=dudley, from_date=date(2030, 1, 1))
    begun = Editorship.objects.create(person=walsall_officer, area=walsall, from_date=date(2026, 1, 1))
    client, listed = signed_in(staff_admin), reverse("admin:areas_editorship_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [ahead.pk, begun.pk]}
    text = client.post(listed, chosen).content.decode()
    assert ("Give it a last day instead." in text, 'name="_seen"' in text) == (True, False)
    assert Editorship.objects.count() == 2


# ---- facts of the pack -------------------------------------------------------------------------------------------------
def test_ways_to_reach_help_are_not_deleted(signed_in, staff_admin):
    client = signed_in(staff_admin)
    stays(client, Channel.objects.get(code="emergency"), "is how people reach the police. It can't be deleted")
    shown = Channel.objects.create(code="demo", name="Demo line", value="01632 960000", use="Demo.")
    stays(client, shown, "is shown to the public. Untick that instead.")
    shown.shown = False
    shown.save()
    url = reverse("admin:areas_channel_delete", args=[shown.pk])
    assert client.post(url, seen_on(client.get(url))).status_code == 302
    assert not Channel.objects.filter(code="demo").exists()


def test_safety_rules_are_switched_off_not_deleted(signed_in, staff_admin):
    rule = SafetyRule.objects.filter(active=True).first()
    stays(signed_in(staff_admin), rule, "looks for danger in what people write. Switch it off instead.")


def test_signposts_and_categories_in_use_are_not_deleted(signed_in, staff_admin):
    client = signed_in(staff_admin)
    by_category = Signpost.objects.filter(categories__isnull=False).first()
    stays(client, by_category, f"is offered with {by_category.categories.first()}")
    by_rule = SafetyRule.objects.filter(signposts__isnull=False).first()
    helps = Signpost.objects.create(code="demo", title="Demo help", when="Always", advice="Call.", mode="offer")
    by_rule.signposts.add(helps)
    stays(client, helps, f"“Demo help” is offered with {by_rule}. Take it away there first.")
    stays(client, Category.objects.filter(in_use=True).first(), "is in use. Take it out of use instead.")


# ---- many at once ------------------------------------------------------------------------------------------------------
def test_ten_thousand_chosen_are_told_that_it_is_too_many(signed_in, staff_admin):
    start = date(2030, 1, 1)
    BankHoliday.objects.bulk_create(BankHoliday(date=start + timedelta(days=n), name="Demo") for n in range(10_000))
    before = BankHoliday.objects.count()
    client, listed = signed_in(staff_admin), reverse("admin:hubs_bankholiday_changelist")
    for extra in ({}, {"post": "yes", "_seen": ""}):
        chosen = {"action": "delete_selected", "_selected_action": [str(start)], "select_across": "1"}
        answer = client.post(listed, chosen | extra, follow=True)
        assert "At most 200 are deleted at once" in answer.content.decode()
    assert BankHoliday.objects.count() == before


def test_the_question_asks_the_database_the_same_for_many(signed_in, staff_admin, team_of, walsall, person):
    client, listed, start = signed_in(staff_admin), reverse("admin:hubs_posting_changelist"), date(2030, 1, 1)
    team, pat = team_of(walsall), person("pat")

    def asked(number):
        rows = [
            Posting.objects.create(person=pat, team=team, from_date=day, until=day, share=1)
            for day in (start + timedelta(days=7 * n + number) for n in range(number))
        ]
        chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
        with CaptureQueriesContext(connection) as queries:
            page = client.post(listed, chosen)
        assert page.status_code == 200 and page.content.decode().count('name="_selected_action"') == number
        assert client.post(listed, chosen | seen_on(page)).status_code == 302
        assert not Posting.objects.filter(pk__in=[row.pk for row in rows]).exists()
        return len(queries)

    asked(3)
    assert asked(3) == asked(40)


# ---- what was deleted --------------------------------------------------------------------------------------------------
def test_what_was_deleted_is_listed_for_those_who_see_everything(
    signed_in, staff_admin, auditor, walsall_editor, walsall_officer, team_of, walsall
):
    walsall_officer.postings.update(share=50)
    row = Posting.objects.create(
        person=walsall_officer, team=team_of(walsall, kind="response"), from_date=date(2030, 1, 1), share=50
    )
    client, url, listed = (
        signed_in(staff_admin),
        reverse("admin:hubs_posting_delete", args=[row.pk]),
        "/admin/hubs/posting/",
    )
    client.post(url, seen_on(client.get(url)))
    for who in (staff_admin, auditor):
        client = signed_in(who)
        assert 'href="?deleted"' in client.get(listed).content.decode()
        text = client.get(f"{listed}?deleted").content.decode()
        main = text[text.index('id="content"') :]
        assert (str(staff_admin) in main, "1 Jan" in main, main.count("<td>") == 3) == (True, True, True)
    client = signed_in(walsall_editor)
    assert 'href="?deleted"' not in client.get(listed).content.decode()
    assert "Deleted lately" not in client.get(f"{listed}?deleted", follow=True).content.decode()


def test_a_priority_that_the_public_has_read_is_ended_and_not_deleted(signed_in, walsall_editor, walsall):
    client = signed_in(walsall_editor)
    read, unread = (walsall.priorities.create(title=title, you_said="Bikes.") for title in ("Read", "Unread"))
    read.published = True
    read.save()
    told = "“Read” was shown to the public. Give it a last day and say what came of it instead."
    page = client.get(reverse("admin:areas_priority_delete", args=[read.pk]))
    assert told in page.content.decode()
    for row in (read, unread):
        url = reverse("admin:areas_priority_delete", args=[row.pk])
        asked = client.get(url)
        client.post(url, seen_on(asked) if 'name="_seen"' in asked.content.decode() else {"post": "yes"})
    assert list(walsall.priorities.values_list("title", flat=True)) == ["Read"]


def test_a_meeting_that_was_announced_is_cancelled_and_not_deleted(signed_in, walsall_editor, walsall):
    client, starts = signed_in(walsall_editor), timezone.now() + timedelta(days=9)
    old, new = (
        Meeting.objects.create(area=walsall, place=place, starts=starts, ends=starts + timedelta(hours=1))
        for place in ("Library", "Hall")
    )
    Meeting.history.filter(id=old.pk).update(history_date=starts - timedelta(days=20))
    for row, stays in ((old, True), (new, False)):
        page = client.get(reverse("admin:areas_meeting_delete", args=[row.pk])).content.decode()
        assert ("Cancel it instead: whoever follows the area is told." in page) == stays
