"""Two editors of one row: nothing is lost silently, through the form, a list that is edited in place, an inline or a restore."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from feedback.models import Category
from hubs.models import Establishment, Hub, Posting, Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_editors(walsall_editor, staff_admin, client):
    """Two people, each with a browser of their own: `one`, `other`."""
    clients = []
    for who in (walsall_editor, staff_admin):
        clients.append(type(client)())
        clients[-1].force_login(who)
    return clients


def fields_of(page):
    """What a browser would send of the page's main form as it stands."""
    form = page.context["adminform"].form
    sent = {form.version_name: form.version}
    forms = [form]
    for inline in page.context.get("inline_admin_formsets", ()):
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    for one in forms:
        for bound in one:
            value = bound.value()
            if value is not None and value is not False:
                sent[bound.html_name] = value
    return {name: "on" if value is True else value for name, value in sent.items()}


def errors(page):
    return "\n".join(map(str, page.context["adminform"].form.non_field_errors()))


@pytest.fixture
def posting(walsall_officer):
    return walsall_officer.postings.get()


def test_the_second_to_save_a_posting_sees_both_and_keeps_theirs(two_editors, posting, walsall_editor):
    one, other = two_editors
    url = reverse("admin:hubs_posting_change", args=[posting.pk])
    first, second = (fields_of(browser.get(url)) for browser in two_editors)
    assert one.post(url, first | {"role": "sergeant"}).status_code == 302
    answer = other.post(url, second | {"reason": "Knows the beat.", "share": 80})
    posting.refresh_from_db()
    assert (answer.status_code, posting.role, posting.share, posting.reason) == (200, "sergeant", 100, "")
    told = errors(answer)
    assert f"{walsall_editor} saved this while you were writing" in told
    assert "role: now “Sergeant”, you wrote “Team member”" in told.replace("Role", "role")
    assert "now “100”, you wrote “80”" in told
    text = answer.content.decode()
    assert 'value="Knows the beat."' in text
    # Saved again, with what both wanted.
    again = fields_of(answer) | {"role": "sergeant"}
    assert other.post(url, again).status_code == 302
    posting.refresh_from_db()
    assert (posting.role, posting.share, posting.reason) == ("sergeant", 80, "Knows the beat.")


def test_another_mistake_does_not_hide_that_somebody_was_quicker(two_editors, posting):
    one, other = two_editors
    url = reverse("admin:hubs_posting_change", args=[posting.pk])
    first, second = (fields_of(browser.get(url)) for browser in two_editors)
    wrong = other.post(url, second | {"share": 300})
    assert (wrong.status_code, "saved this" in errors(wrong)) == (200, False)
    one.post(url, first | {"role": "sergeant"})
    answer = other.post(url, fields_of(wrong) | {"share": 50})
    assert "saved this while you were writing" in errors(answer)
    assert Posting.objects.get(pk=posting.pk).role == "sergeant"


def test_a_change_through_any_door_counts(two_editors, posting, bloxwich_west):
    url = reverse("admin:hubs_posting_change", args=[posting.pk])
    for act in (
        lambda: Posting.objects.filter(pk=posting.pk).update(reason="By a command."),
        lambda: posting.named_wards.add(bloxwich_west),
    ):
        form = fields_of(two_editors[0].get(url))
        act()
        assert "while you were writing" in errors(two_editors[0].post(url, form))


def test_an_unchanged_row_is_saved_and_so_is_one_that_was_saved_with_the_same(two_editors, posting):
    one, other = two_editors
    url = reverse("admin:hubs_posting_change", args=[posting.pk])
    first, second = (fields_of(browser.get(url)) for browser in two_editors)
    assert [one.post(url, first).status_code, other.post(url, second).status_code] == [302, 302]


def test_the_hours_of_a_hub_count_with_the_hub(two_editors, walsall):
    one, other = two_editors
    hub = walsall.hubs.filter(front_counter=True).first() or walsall.hubs.first()
    hub.opening_hours.all().delete()
    hub.opening_hours.create(weekday=0, opens="09:00", closes="17:00")
    url = reverse("admin:hubs_hub_change", args=[hub.pk])
    first, second = (fields_of(browser.get(url)) for browser in two_editors)
    assert one.post(url, first | {"opening_hours-0-closes": "20:00"}).status_code == 302
    answer = other.post(url, second | {"opening_hours-0-opens": "08:00"})
    assert answer.status_code == 200
    assert "It is now: Monday 09:00-20:00." in errors(answer)
    assert str(hub.opening_hours.get()) == "Monday 09:00-20:00"


def test_a_list_edited_in_place_loses_nothing(two_editors, posting):
    rows = [Establishment.objects.create(team=posting.team, role=role, posts=4) for role in ("member", "sergeant")]
    url = reverse("admin:hubs_establishment_changelist")

    def sent(page):
        formset = page.context["cl"].formset
        data = {f"form-{name}": value for name, value in formset.management_form.initial.items()}
        for form in formset.forms:
            data |= {form.add_prefix(name): form[name].value() for name in form.fields}
            data |= {form.version_name: form.version}
        text = page.content.decode()
        assert all(re.search(f'name="{form.version_name}" value="{form.version}"', text) for form in formset.forms)
        return data | {"_save": "Save"}, {form.instance.pk: form.add_prefix("posts") for form in formset.forms}

    (first, names), (second, _same) = (sent(browser.get(url)) for browser in two_editors)
    assert two_editors[0].post(url, first | {names[rows[0].pk]: 5}).status_code == 302
    answer = two_editors[1].post(url, second | {names[rows[0].pk]: 7, names[rows[1].pk]: 9})
    assert (answer.status_code, "while you were writing" in answer.content.decode()) == (200, True)
    assert "now “5”, you wrote “7”" in answer.content.decode()
    assert list(Establishment.objects.order_by("role").values_list("posts", flat=True)) == [5, 4]


def test_an_action_writes_only_what_it_is_for(two_editors, walsall):
    """Two browsers: one corrects the address, the other's list is older and only dates the check."""
    hub = walsall.hubs.first()
    listed = Hub.objects.get(pk=hub.pk)
    Hub.objects.filter(pk=hub.pk).update(address="1 Demo Street")
    two_editors[1].post(
        reverse("admin:hubs_hub_changelist"), {"action": "mark_checked", "_selected_action": [listed.pk]}
    )
    hub.refresh_from_db()
    assert (hub.address, hub.checked_on is not None) == ("1 Demo Street", True)


# ---- restoring an old version -----------------------------------------------------------------------------------------
def restore(browser, label, row, version, **changed):
    url = reverse(f"admin:{label}_simple_history", args=[row.pk, version.history_id])
    page = browser.get(url)
    return browser.post(url, fields_of(page) | changed)


def test_an_old_version_is_restored_with_history(two_editors, posting, staff_admin):
    old = posting.history.first()
    posting.share, posting.reason = 60, "Part time now."
    posting.save()
    assert restore(two_editors[1], "hubs_posting", posting, old).status_code == 302
    posting.refresh_from_db()
    assert (posting.share, posting.reason, posting.history.first().history_user) == (100, "", staff_admin)


def test_what_stood_beside_a_row_is_shown_and_restored_with_it(two_editors, posting, bloxwich_west, walsall):
    other = walsall.wards.active().exclude(pk=bloxwich_west.pk).first()
    posting.named_wards.add(bloxwich_west)
    old = posting.history.first()
    posting.named_wards.set([other])
    url = reverse("admin:hubs_posting_simple_history", args=[posting.pk, old.history_id])
    shown = two_editors[1].get(url).context["adminform"].form["named_wards"].value()
    assert shown == [bloxwich_west.pk]
    assert restore(two_editors[1], "hubs_posting", posting, old).status_code == 302
    assert list(posting.named_wards.all()) == [bloxwich_west]


def test_what_history_does_not_keep_is_not_restored_and_the_page_says_so(two_editors):
    category = Category.objects.filter(signposts__isnull=False).first()
    category.save()
    old, now = category.history.first(), list(category.signposts.all())
    Category.objects.filter(pk=category.pk).update(hint="Newer.")
    url = reverse("admin:feedback_category_simple_history", args=[category.pk, old.history_id])
    assert "It stays as it is now." in two_editors[1].get(url).content.decode()
    assert restore(two_editors[1], "feedback_category", category, old, signposts=[]).status_code == 302
    category.refresh_from_db()
    assert (category.hint, list(category.signposts.all())) == (old.hint, now)


def test_a_restore_does_not_run_over_a_newer_change(two_editors, posting):
    old = posting.history.first()
    posting.share = 60
    posting.save()
    url = reverse("admin:hubs_posting_simple_history", args=[posting.pk, old.history_id])
    form = fields_of(two_editors[1].get(url))
    posting.reason = "Meanwhile."
    posting.save()
    assert "while you were writing" in errors(two_editors[1].post(url, form))
    assert Posting.objects.get(pk=posting.pk).reason == "Meanwhile."


def test_a_restore_gives_nobody_access_of_their_own(two_editors, staff_admin, team_of, walsall, dudley, person):
    team = team_of(walsall)
    old = team.history.first()
    Team.objects.filter(pk=team.pk).update(hub=dudley.hubs.first())
    Posting.objects.create(person=staff_admin, team=team, from_date="2026-01-01")
    assert "Nobody changes their own access" in errors(restore(two_editors[1], "hubs_team", team, old))
    assert Team.objects.get(pk=team.pk).hub.area == dudley


def test_what_the_form_does_not_show_stays_when_a_version_is_restored(two_editors, walsall, team_of):
    team = team_of(walsall)
    Team.objects.filter(pk=team.pk).update(slug="older")
    Team.objects.get(pk=team.pk).save()
    old = team.history.first()
    Team.objects.filter(pk=team.pk).update(slug="newer", name="Renamed")
    assert restore(two_editors[1], "hubs_team", team, old).status_code == 302
    team.refresh_from_db()
    assert (team.slug, team.name == "Renamed") == ("newer", False)


def test_a_person_is_restored_without_their_password(two_editors, person):
    pat = person("pat")
    old, password = pat.history.first(), pat.password
    pat.name = "Demo Other"
    pat.save()
    form = {"force_roles-TOTAL_FORMS": 0, "force_roles-INITIAL_FORMS": 0}
    assert restore(two_editors[1], "accounts_user", pat, old, **form).status_code == 302
    assert User.objects.get(pk=pat.pk).password == password


# ---- what is kept with a row ------------------------------------------------------------------------------------------
def test_hours_keep_their_history_and_the_hubs_page_shows_it(two_editors, walsall, walsall_editor):
    hub = walsall.hubs.first()
    hub.opening_hours.all().delete()
    hub.opening_hours.create(weekday=0, opens="09:00", closes="17:00")
    hub.save()
    url = reverse("admin:hubs_hub_change", args=[hub.pk])
    two_editors[0].post(url, fields_of(two_editors[0].get(url)) | {"opening_hours-0-closes": "20:00"})
    page = two_editors[1].get(reverse("admin:hubs_hub_history", args=[hub.pk]))
    (name, lines), = page.context["parts"]  # fmt: skip
    changed, made = lines[:2]
    assert (str(name), made.words, changed.words) == ("opening hours", "Monday 09:00-17:00", "Monday 09:00-20:00")
    assert (changed.history_user, changed.history_delta_changes) == (
        walsall_editor, [{"field": "Closes", "old": "17:00:00", "new": "20:00:00"}]
    )  # fmt: skip
    old = two_editors[1].get(reverse("admin:hubs_hub_simple_history", args=[hub.pk, hub.history.last().history_id]))
    text = old.content.decode()
    assert "Opening hours, Exceptions to the hours: an old version does not bring these back." in text
    assert 'value="Revert"' in text


def test_who_may_only_look_is_offered_no_restoring(signed_in, auditor, posting):
    url = reverse("admin:hubs_posting_simple_history", args=[posting.pk, posting.history.first().history_id])
    page = signed_in(auditor).get(url)
    assert (page.status_code, 'value="Revert"' in page.content.decode()) == (200, False)


def test_answers_to_questions_keep_their_history_without_what_was_asked(two_editors, walsall):
    meeting = walsall.meetings.create(place="Hall", starts="2026-12-01T18:00Z", ends="2026-12-01T19:00Z")
    question = meeting.questions.create(text="A very particular bicycle")
    question.answer, question.published = "Soon.", True
    question.save()
    fields = {field.name for field in question.history.model._meta.fields}
    assert fields & {"text", "key", "answered_at"} == set()
    page = two_editors[1].get(reverse("admin:areas_meeting_history", args=[meeting.pk]))
    ((_name, lines),) = page.context["parts"]
    assert [line.words for line in lines] == ["A very particular bicycle"] * 2
    assert [one["field"] for one in lines[0].history_delta_changes] == ["Answer", "Shown to the public"]
    question.delete()
    text = two_editors[1].get(reverse("admin:areas_meeting_history", args=[meeting.pk])).content.decode()
    assert (f"question {lines[0].id}" in text, "bicycle" in text) == (True, False)


def test_a_page_of_history_asks_the_same_however_long_it_is(two_editors, posting, walsall):
    """Each line is compared with the one before it, also by what stood beside it, and also across two pages."""
    url, wards = reverse("admin:hubs_posting_history", args=[posting.pk]), list(walsall.wards.active())

    def asked(more):
        for number in range(more):
            posting.named_wards.set([wards[number % 9]])
        two_editors[1].get(url)
        with CaptureQueriesContext(connection) as queries:
            page = two_editors[1].get(url)
        return len(queries), [getattr(line, "history_delta_changes", None) for line in page.context["page_obj"]]

    (few, _changes), (many, changes) = asked(4), asked(60)
    assert (many <= few, len(changes)) == (True, 20)
    assert [[one["field"] for one in line] for line in changes] == [["Named contact for wards"]] * 20
    assert changes[0][0]["new"] == f"[{wards[59 % 9]}]"
