"""Who held what from which day on stays as it was once it has begun, through form, restored version, save and file."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts.held import entered_today
from accounts.models import ForceRole, User
from accounts.stamp import days_ago
from areas.models import Command, Editorship
from feedback.models import Concern
from hubs.models import Absence, Move, MoveRefused, Posting, Team, strength
from hubs.models.abstraction import days_lost

from .test_exchange import applied, exported, looked_at, rows_of, said, staffed  # noqa: F401
from .test_two_editors import fields_of

pytestmark = pytest.mark.django_db

STAYS = (
    "This posting has begun, and who worked where stays on record. Give it a last day and add another, or move them."
)


def yesterday(model):
    """Let all rows of `model` be entered yesterday."""
    model.history.update(history_date=timezone.now() - timedelta(days=1))


@pytest.fixture
def posting(walsall_officer):
    yesterday(Posting)
    return walsall_officer.postings.get()


def address(row, page="change", *more):
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_{page}", args=[row.pk, *more])


@pytest.mark.parametrize(
    "change",
    [
        {"role": "sergeant"},
        {"share": 50},
        {"from_date": date(2025, 1, 1)},
        {"from_date": days_ago(-9)},
        "team",
        "person",
    ],
    ids=str,
)
def test_a_posting_that_has_begun_is_not_rewritten(change, posting, team_of, walsall, dudley_officer):
    others = {"team": team_of(walsall, kind="response"), "person": dudley_officer}
    change = change if isinstance(change, dict) else {change: others[change]}
    with pytest.raises(ValidationError) as refusal:
        for name, value in change.items():
            setattr(posting, name, value)
        posting.save()
    assert refusal.value.message_dict == {name: [STAYS] for name in change}
    posting.refresh_from_db()
    assert (posting.role, posting.share, posting.from_date) == ("member", 100, date(2026, 1, 1))


def test_it_ends_and_another_begins(posting, walsall):
    posting.until = days_ago(0)
    posting.reason = "Sergeant from tomorrow."
    posting.save()
    Posting.objects.create(person=posting.person, team=posting.team, role="sergeant", from_date=days_ago(-1))
    assert list(posting.person.postings.order_by("from_date").values_list("role", "until")) == [
        ("member", days_ago(0)), ("sergeant", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("begins", "entered", "free"), [(-1, 1, True), (0, 1, False), (0, 0, True), (200, 0, True)])
def test_what_is_to_come_or_was_entered_today_is_put_right(begins, entered, free, walsall_officer):
    if entered:
        yesterday(Posting)
    Posting.objects.update(from_date=days_ago(begins))
    posting = walsall_officer.postings.get()
    posting.role, posting.share = "sergeant", 60
    if free:
        posting.save()
    else:
        with pytest.raises(ValidationError):
            posting.save()
    posting.refresh_from_db()
    assert (posting.role, posting.share) == (("sergeant", 60) if free else ("member", 100))


def test_the_form_of_a_begun_posting_says_what_to_do_instead(signed_in, staff_admin, posting, team_of, walsall):
    client, url = signed_in(staff_admin), address(posting)
    page = client.get(url)
    assert sorted(page.context["adminform"].form.fields) == ["named_wards", "reason", "until", "why"]
    text = page.content.decode()
    move = f"{reverse('admin:move', args=['people'])}?area=walsall&amp;posting={posting.pk}"
    assert (STAYS in text, move in text, client.get(move.replace("&amp;", "&")).status_code) == (True, True, 200)
    add = text[text.index(reverse("admin:hubs_posting_add") + "?") :].partition('"')[0].replace("&amp;", "&")
    offered = client.get(add).context["adminform"].form.initial
    assert (offered["person"], offered["team"]) == (str(posting.person_id), str(posting.team_id))
    # A hand-made request changes nothing of it; what may change does.
    sent = fields_of(page) | {"role": "sergeant", "share": 50, "team": team_of(walsall, kind="response").pk}
    assert client.post(url, sent | {"reason": "Knows the beat."}).status_code == 302
    posting.refresh_from_db()
    assert (posting.role, posting.share, posting.reason) == ("member", 100, "Knows the beat.")


def test_a_last_day_before_the_first_is_refused_in_words(signed_in, staff_admin, posting):
    client, url = signed_in(staff_admin), address(posting)
    answer = client.post(url, fields_of(client.get(url)) | {"until": "2025-12-31"})
    assert (answer.status_code, "The last day lies before the first." in answer.content.decode()) == (200, True)


def test_a_begun_posting_still_names_no_ward_of_another_area(signed_in, staff_admin, posting, dudley):
    client, url = signed_in(staff_admin), address(posting)
    answer = client.post(url, fields_of(client.get(url)) | {"named_wards": [dudley.wards.active().first().pk]})
    assert answer.status_code == 200 and answer.context["adminform"].form.errors.keys() == {"named_wards"}


def test_an_old_version_brings_back_no_other_past(signed_in, staff_admin, walsall_officer):
    posting = walsall_officer.postings.get()
    posting.role, posting.reason = "sergeant", "Newer."
    posting.save()
    yesterday(Posting)
    old = posting.history.order_by("pk").first()
    client, url = signed_in(staff_admin), address(posting, "simple_history", old.pk)
    page = client.get(url)
    assert STAYS in page.content.decode()
    assert client.post(url, fields_of(page) | {"role": "member"}).status_code == 302
    posting.refresh_from_db()
    assert (posting.role, posting.reason) == ("sergeant", "")


def test_moves_of_begun_postings_are_made_and_undone(posting, staff_admin, team_of, walsall):
    move = Move.people(
        [posting], team_of(walsall, kind="response"), from_date=days_ago(-1), reason="Needed there.", by=staff_admin
    )
    move.undo(by=staff_admin)
    left = Move.leave(posting.person, from_date=days_ago(-2), reason="Leaves.", by=staff_admin)
    left.undo(by=staff_admin)
    assert list(posting.person.postings.values_list("pk", "until")) == [(posting.pk, None)]


# ---- a file ------------------------------------------------------------------------------------------------------------
def test_a_file_changes_no_share_of_what_has_begun(signed_in, staff_admin, staffed):  # noqa: F811
    yesterday(Posting)
    Posting.objects.filter(share=40).update(from_date=days_ago(-9))
    client = signed_in(staff_admin)
    data = exported(client)
    rows = rows_of(data)
    for row in rows:
        row["share"] = {"100": "90", "60": "50", "40": "30"}[row["share"]]
    one = looked_at(client, rows)
    assert (one.state, sorted(said(one))) == ("wrong", [f"{number} share: {STAYS}" for number in (2, 3, 4)])
    assert exported(client) == data


def test_a_file_ends_what_has_begun_and_adds_another(signed_in, staff_admin, staffed):  # noqa: F811
    yesterday(Posting)
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    (lee,) = [row for row in rows if row["person"] == "7"]
    again = lee | {"from": days_ago(-1).isoformat(), "share": "50", "version": "", "reason": "Half-time."}
    lee["until"] = days_ago(0).isoformat()
    one = looked_at(client, [*rows, again])
    assert (one.state, said(one)) == ("found", [])
    assert applied(client, one).state == "applied"
    shares = Posting.objects.filter(person__collar_number="7").order_by("from_date").values_list("share", "until")
    assert list(shares) == [(100, days_ago(0)), (50, None)]


# ---- roles, commands, editorships ------------------------------------------------------------------------------------------
def test_a_role_command_or_editorship_that_has_begun_is_not_made_another(
    signed_in, staff_admin, auditor, walsall_commander, walsall_editor, dudley
):
    client = signed_in(staff_admin)
    rows = [auditor.force_roles.get(), walsall_commander.commands.get(), walsall_editor.editorships.get()]
    for row in rows:
        url, what = address(row), "role" if isinstance(row, ForceRole) else "area"
        assert what in client.get(url).context["adminform"].form.fields  # it was entered today
        yesterday(type(row))
        page = client.get(url)
        assert (list(page.context["adminform"].form.fields), row.STAYS in page.content.decode()) == (
            ["until", "why"],
            True,
        )
        setattr(row, what, "desk" if what == "role" else dudley)
        with pytest.raises(ValidationError) as refusal:
            row.full_clean()
        assert refusal.value.message_dict == {what: [row.STAYS]}
        sent = fields_of(page) | {what: "desk" if what == "role" else dudley.pk, "until": "2030-01-01"}
        assert client.post(url, sent).status_code == 302
        row.refresh_from_db()
        assert (getattr(row, what) in ("auditor",) or row.area.slug == "walsall", row.until) == (True, date(2030, 1, 1))


def test_an_editor_and_an_auditor_see_it_as_it_is(signed_in, walsall_editor, auditor, posting):
    for who, told in ((walsall_editor, True), (auditor, False)):
        text = signed_in(who).get(address(posting)).content.decode()
        assert (STAYS in text) == told


def test_midnight_in_london_ends_the_day_of_a_slip(walsall_officer, signed_in, staff_admin):
    with time_machine.travel("2027-06-01T22:30:00+00:00", tick=False):
        posting = Posting.objects.create(
            person=staff_admin, team=walsall_officer.postings.get().team, from_date=date(2027, 6, 1)
        )
        posting.role = "sergeant"
        posting.save()
    with time_machine.travel("2027-06-01T23:30:00+00:00", tick=False):  # the second of June in London
        posting.role = "inspector"
        with pytest.raises(ValidationError):
            posting.save()


def test_rows_of_all_these_kinds_say_what_is_held():
    held = {model: model.HELD for model in (Posting, Command, Editorship, ForceRole)}
    assert held == {
        Posting: ("person", "team", "role", "share", "from_date"), Command: ("area", "person", "from_date"),
        Editorship: ("area", "person", "from_date"), ForceRole: ("person", "role", "from_date"),
    }  # fmt: skip


# ---- what is over --------------------------------------------------------------------------------------------------------
OVER = "This is over, and who held what until which day stays on record. Add another that begins today or later."


@pytest.fixture
def ended(posting):
    return over(posting, 9)


def over(row, days, told=None):
    """`row` with a last day so many `days` ago, which was entered `told` days ago: on that day itself, unless it says."""
    told = days if told is None else told
    row.history.update(history_date=timezone.now() - timedelta(days=told + 1))
    type(row).objects.filter(pk=row.pk).update(until=days_ago(days))
    line = row.history.latest("history_id")
    line.history_id, line.until, line.history_date = None, days_ago(days), timezone.now() - timedelta(days=told)
    line.save()
    return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize("until", [None, days_ago(1), days_ago(-9), days_ago(20)])
def test_what_is_over_is_neither_opened_again_nor_ended_anew(until, ended):
    ended.until = until
    with pytest.raises(ValidationError) as refusal:
        ended.save()
    assert refusal.value.message_dict == {"until": [OVER]}
    Posting.objects.create(person=ended.person, team=ended.team, from_date=days_ago(0))
    assert [one.until for one in ended.person.postings.order_by("from_date")] == [days_ago(9), None]


def test_what_ends_today_can_still_go_on(ended):
    Posting.objects.update(until=days_ago(0))
    ended.refresh_from_db()
    ended.until = None
    ended.save()
    assert Posting.objects.get().until is None


def test_the_form_and_a_file_leave_what_is_over(ended, signed_in, staff_admin):
    client, url = signed_in(staff_admin), address(ended)
    page = client.get(url)
    text = page.content.decode()
    assert sorted(page.context["adminform"].form.fields) == ["named_wards", "reason"]
    assert (OVER in text, "Add another posting" in text, "move the person" in text) == (True, True, False)
    rows = rows_of(exported(client))
    rows[0]["until"] = ""
    assert said(looked_at(client, rows)) == [f"2 until: {OVER}"]
    assert client.post(url, fields_of(page) | {"until": "", "reason": "Came late."}).status_code == 302
    ended.refresh_from_db()
    assert (ended.until, ended.reason) == (days_ago(9), "Came late.")


def test_a_role_that_is_over_is_not_given_back_by_its_form(signed_in, staff_admin, auditor):
    role = over(auditor.force_roles.get(), 9)
    client, url = signed_in(staff_admin), address(role)
    assert client.post(url, fields_of(client.get(url)) | {"until": ""}).status_code == 302
    role.refresh_from_db()
    assert role.until == days_ago(9)


# ---- what was over before anybody said so -------------------------------------------------------------------------------
LATE = "Others went by days that are over. Say why this last day is entered only now: the history keeps it."


def newest(row):
    line = row.history.latest("history_date", "history_id")
    return line.history_type, line.until, line.history_change_reason, line.history_user


@pytest.mark.parametrize(("days", "asked"), [(2, True), (200, True), (1, False), (0, False), (-9, False)])
def test_a_last_day_that_has_passed_needs_the_reason_why_only_now(days, asked, posting):
    posting.until = days_ago(days)
    if asked:
        with pytest.raises(ValidationError) as refusal:
            posting.save()
        assert refusal.value.message_dict == {"until": [LATE]}
        posting._change_reason = "Left last week, told today."
    posting.save()
    assert newest(posting)[:3] == ("~", days_ago(days), "Left last week, told today." if asked else None)


def test_the_form_takes_a_late_last_day_with_its_reason_and_the_history_shows_it(
    posting, signed_in, staff_admin, walsall, bloxwich_west, make_concern, client
):
    User.objects.filter(pk=posting.person_id).update(public_name=True)
    posting.named_wards.add(bloxwich_west)
    Absence.objects.create(person=posting.person, kind="abstraction", from_date=days_ago(9), until=days_ago(1))
    concern, officer = make_concern(walsall), signed_in(posting.person)
    name = str(User.objects.get(pk=posting.person_id))
    assert name in client.get(bloxwich_west.get_absolute_url()).content.decode()
    keeper, url = signed_in(staff_admin), address(posting)
    sent = fields_of(keeper.get(url)) | {"until": days_ago(5).isoformat()}
    answer = keeper.post(url, sent)
    assert (answer.status_code, LATE in answer.content.decode()) == (200, True)
    why = "Left on Tuesday, told today."
    told = keeper.post(url, sent | {"why": why}, follow=True)
    assert ("No named contact any more" in told.content.decode(), officer.get(concern.get_absolute_url()).status_code) == (
        True, 404,
    )  # fmt: skip
    assert newest(posting) == ("~", days_ago(5), why, staff_admin)
    page = keeper.get(address(posting, "history")).content.decode()
    when = date_format(localtime(posting.history.first().history_date), "j F Y, H:i")
    assert (why in page, str(staff_admin) in page, when in page) == (True, True, True)
    assert name not in client.get(bloxwich_west.get_absolute_url()).content.decode()
    # Days that are over are told as they were, and no others.
    there = [strength(Posting.objects.all(), days_ago(days)) for days in (6, 5, 4, 0)]
    assert (there, days_lost(Team.objects.all(), 90)) == ([1, 1, 0, 0], {posting.team_id: 5})


def test_a_late_last_day_that_is_a_slip_is_put_right_on_the_same_day_alone(posting, signed_in, staff_admin):
    posting.until, posting._change_reason = days_ago(300), "Left."
    posting.save()
    client, url = signed_in(staff_admin), address(posting)
    page = client.get(url)
    assert (list(page.context["adminform"].form.fields), STAYS in page.content.decode()) == (
        ["until", "why", "named_wards", "reason"], True,
    )  # fmt: skip
    assert client.post(url, fields_of(page) | {"until": days_ago(-60).isoformat()}).status_code == 302
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        ended, client = over(posting, 6, told=1), signed_in(staff_admin)
        assert OVER in client.get(url).content.decode()
        ended.until = None
        with pytest.raises(ValidationError, match="is over"):
            ended.save()


def test_a_file_ends_late_with_a_new_reason_alone(signed_in, staff_admin, staffed):  # noqa: F811
    yesterday(Posting)
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    (lee,) = [row for row in rows if row["person"] == "7"]
    lee["until"] = days_ago(5).isoformat()
    assert [words.partition(" ")[2] for words in said(looked_at(client, rows))] == [f"until: {LATE}"]
    lee["reason"] = "Left on Tuesday, told today."
    assert applied(client, looked_at(client, rows)).state == "applied"
    posting = Posting.objects.get(person__collar_number="7")
    then = posting.history.order_by("-history_id")[1]
    assert (posting.until, posting.reason, then.until, newest(posting)[3]) == (
        days_ago(5), "Left on Tuesday, told today.", None, staff_admin,
    )  # fmt: skip


def test_a_late_end_of_a_role_is_told_with_its_reason(signed_in, staff_admin, auditor):
    role = auditor.force_roles.get()
    yesterday(ForceRole)
    client, url = signed_in(staff_admin), address(role)
    sent = fields_of(client.get(url)) | {"until": days_ago(3).isoformat()}
    assert LATE in client.post(url, sent).content.decode()
    assert client.post(url, sent | {"why": "Retired on Monday."}).status_code == 302
    assert newest(role) == ("~", days_ago(3), "Retired on Monday.", staff_admin)
    assert not User.objects.get(pk=auditor.pk).has_role(ForceRole.Role.AUDITOR)


def test_whoever_left_before_leaves_with_all_that_was_planned(posting, team_of, walsall, staff_admin, make_concern):
    whole, response = posting.person, team_of(walsall, kind="response")
    Move.people([posting], response, from_date=days_ago(-9), reason="Needed there.", by=staff_admin)
    move = Move.leave(whole, from_date=days_ago(5), reason="Left on Tuesday.", by=staff_admin)
    assert [(one.pk, one.until) for one in whole.postings.all()] == [(posting.pk, days_ago(6))]
    assert (move.waits, newest(posting)[:3]) == (False, ("~", days_ago(6), "Left on Tuesday."))
    assert Concern.objects.visible_to(User.objects.get(pk=whole.pk)).count() == 0


def test_a_leaver_keeps_what_was_over_before_and_what_began_since_is_asked_about(ended, team_of, walsall, staff_admin):
    response = team_of(walsall, kind="response")
    last = Posting.objects.create(person=ended.person, team=response, from_date=days_ago(8))
    for day, words in ((20, "begins on"), (8, "begins on")):
        with pytest.raises(MoveRefused, match=words):
            Move.leave(ended.person, from_date=days_ago(day), reason="Left.", by=staff_admin)
    Move.leave(ended.person, from_date=days_ago(3), reason="Left.", by=staff_admin)
    last.refresh_from_db()
    ended.refresh_from_db()
    assert (ended.until, last.until) == (days_ago(9), days_ago(4))


def test_the_task_shows_what_a_late_leaving_changes_today(signed_in, staff_admin, posting, bloxwich_west):
    posting.named_wards.add(bloxwich_west)
    client, url = signed_in(staff_admin), f"{reverse('admin:move', args=['leave'])}?area=walsall"
    form = {"area": "walsall", "person": posting.person_id, "from_date": days_ago(5).isoformat(), "reason": "Left."}
    page = client.post(url, form)
    text = page.content.decode()
    assert (
        f"What changes on {date_format(days_ago(0))}" in text,
        f"last day {date_format(days_ago(6))}" in text,
        "1 ward loses its named contact" in text,
        "no longer sees concerns of Walsall" in text,
    ) == (True, True, True, True)
    assert client.post(url, form | {"do": "yes", "token": page.context["found"].token}).status_code == 302
    posting.refresh_from_db()
    assert posting.until == days_ago(6)


def test_ten_thousand_rows_are_asked_for_in_few_questions(walsall_officer, django_assert_num_queries):
    key = walsall_officer.postings.get().pk
    with django_assert_num_queries(10):
        assert entered_today(Posting, range(key, key + 10_000)) == {key}
    with django_assert_num_queries(0):
        assert entered_today(Posting, []) == set()
