"""Retention, erasure and subject access: what goes, what stays, and that it is written down."""

import io
import json
import uuid
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.utils import timezone

from accounts.models import User
from areas.models import Meeting, MeetingQuestion
from feedback import clock, privacy
from feedback.lifecycle import Outcome, Status
from feedback.models import (
    Category,
    Concern,
    ConcernUpdate,
    Contact,
    FollowLink,
    Hold,
    PurgeRecord,
    ReadLog,
    RetentionRule,
    ServiceFeedback,
    Voice,
    record_reading,
)
from feedback.models.codes import follow_code
from feedback.models.concern import Concern as ConcernRow
from feedback.models.notification import drain
from tests.seen import version

PAT = {"name": "Demo Pat", "email": "pat@example.org", "phone": "07700 900123", "safe_to_contact": True}
CANARIES = ("CANARY", "Demo Pat", "pat@example.org", "900123")
LATER = datetime(2031, 1, 1, tzinfo=UTC)  # long after every retention time


@pytest.fixture
def told(make_concern, walsall, bloxwich_west, walsall_commander):
    """A concern that was answered, read and closed, with words in every place where words can be."""

    def make(**contact):
        concern = make_concern(
            walsall, ward=bloxwich_west, text="CANARY text", place="CANARY place", times="CANARY times",
            contact=PAT | contact,
        )  # fmt: skip
        record_reading(walsall_commander, ReadLog.What.CONTACT, door="test", concern=concern, why="CANARY why")
        concern.take_message("CANARY message")
        concern.add_note("CANARY note", by=walsall_commander)
        drain()
        concern.resolve(Outcome.SOLVED, "CANARY reply", by=walsall_commander)
        return concern

    return make


def dump():
    """Every value of every row of feedback's tables, as one text; contacts as they open."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith("feedback_")]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return json.dumps([*rows, *(contact.unsealed() for contact in Contact.objects.all())], default=str)


def found():
    return {canary for canary in CANARIES if canary in dump()}


def run(*command, **options):
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


# ---- the table of what goes ------------------------------------------------------------------------------------------
def test_every_model_that_points_at_a_concern_says_what_goes(db):
    pointing = {
        relation.related_model
        for relation in ConcernRow._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and not relation.many_to_many
    }
    assert pointing == set(privacy.GOES)


def test_every_column_of_text_in_a_concern_is_looked_at(db):
    """A new one goes with the words, or somebody says here that nobody's words stand in it."""
    plain = {
        "reference",
        "kind",
        "channel",
        "language",
        "desk_reason",
        "status",
        "outcome",
        "crime_reference",
        "key_hash",
        "pause",
        "climbed",
        "crime_climbed",
        "reading_climbed",
    }
    text = {f.name for f in ConcernRow._meta.concrete_fields if isinstance(f, models.CharField | models.TextField)}
    assert text - plain == set(privacy.WORDS) - {"lat", "lon", "receipt"}


# ---- retention -------------------------------------------------------------------------------------------------------
def test_schedule_comes_with_the_pack_and_each_record_has_a_rule(db):
    assert {rule.record for rule in RetentionRule.objects.all()} == set(RetentionRule.Record.values) == set(privacy.DUE)


def test_nothing_goes_before_its_time(told):
    concern = told()
    just_before = clock.add_minutes(concern.resolved_at, -1)
    assert set(privacy.keep_schedule(clock.months_before(just_before, -12)).values()) == {0}
    assert found() == set(CANARIES)


def test_contact_goes_first_and_words_later(told):
    concern = told()
    just_after = clock.add_minutes(concern.resolved_at, 1)
    done = privacy.keep_schedule(clock.months_before(just_after, -12))
    assert (done["contact"], done["words"]) == (1, 0)
    assert (Contact.objects.count(), FollowLink.objects.count(), found()) == (0, 0, {"CANARY"})
    done = privacy.keep_schedule(clock.months_before(just_after, -24))
    assert (done["words"], found()) == (1, set())


def test_what_happened_stays_without_words(told, walsall, bloxwich_west):
    before = told()
    kinds = list(before.updates.values_list("kind", flat=True))
    privacy.keep_schedule(LATER)
    concern = Concern.objects.get()
    assert (concern.area, concern.ward, concern.category, concern.outcome) == (
        walsall, bloxwich_west, before.category, Outcome.SOLVED,
    )  # fmt: skip
    assert (concern.received_at, concern.due_at, concern.answered_at) == (
        before.received_at, before.due_at, before.answered_at,
    )  # fmt: skip
    assert list(concern.updates.values_list("kind", flat=True)) == kinds
    assert concern.first_words == "[The words were removed]"


def test_open_concerns_stay_as_they_are(make_concern, walsall):
    make_concern(walsall, text="CANARY text", contact=PAT)
    privacy.keep_schedule(LATER)
    assert found() == set(CANARIES)


def test_a_hold_stops_it_and_its_end_lets_go(told):
    concern = told()
    hold = Hold.objects.create(reference=concern.reference, reason="An inquest", from_date="2026-01-01")
    privacy.keep_schedule(clock.months_before(timezone.now(), -36))
    assert "CANARY text" in dump() and "Demo Pat" in dump()
    Hold.objects.filter(pk=hold.pk).update(until="2026-01-02")
    privacy.keep_schedule(LATER)
    assert found() == set()


def test_a_hold_keeps_who_read_it_too(told, walsall_commander):
    held, _other = told(), told()
    record_reading(walsall_commander, ReadLog.What.EXPORT, door="test", why="A list", rows=2)  # of no one concern
    Hold.objects.create(reference=held.reference, reason="Who looked at it?", from_date="2026-01-01")
    assert privacy.keep_schedule(datetime(2040, 1, 1, tzinfo=UTC))["reading"] == 2
    assert list(ReadLog.objects.values_list("concern", "why")) == [(held.pk, "CANARY why")]


def test_readings_questions_and_feedback_have_their_time(told, walsall):
    told()
    meeting = Meeting.objects.create(
        area=walsall, kind=Meeting.Kind.choices[0][0], place="The library",
        starts=datetime(2026, 1, 1, 18, tzinfo=UTC), ends=datetime(2026, 1, 1, 19, tzinfo=UTC),
    )  # fmt: skip
    MeetingQuestion.objects.create(meeting=meeting, text="CANARY question")
    MeetingQuestion.objects.create(meeting=meeting, text="Shown", published=True)
    ServiceFeedback.objects.create(text="CANARY feedback", key_hash="x")
    done = privacy.keep_schedule(LATER)
    assert (done["question"], done["service"], done["reading"]) == (1, 1, 0)
    assert list(MeetingQuestion.objects.values_list("text", flat=True)) == ["Shown"]
    assert privacy.keep_schedule(datetime(2040, 1, 1, tzinfo=UTC))["reading"] == 1


def test_staff_change_a_time_and_the_next_round_follows_it(told):
    told()
    RetentionRule.objects.filter(record="words").update(months=48)
    assert privacy.keep_schedule(LATER)["words"] == 1  # 48 months are over in 2031
    assert privacy.keep_schedule(LATER)["words"] == 0


def test_a_longer_time_keeps_it(told):
    told()
    RetentionRule.objects.filter(record="words").update(months=120)
    privacy.keep_schedule(LATER)
    assert "CANARY text" in dump()


def test_each_row_is_written_down(told):
    concern = told()
    privacy.keep_schedule(LATER)
    written = set(PurgeRecord.objects.values_list("purpose", "table", "act"))
    assert written == {
        ("retention", "feedback_contact", "DELETE"),
        ("retention", "feedback_followlink", "DELETE"),
        ("retention", "feedback_concernupdate", "UPDATE"),
        ("retention", "feedback_readlog", "UPDATE"),
        ("retention", "feedback_concern", "UPDATE"),
    }
    rows = PurgeRecord.objects.filter(table="feedback_concern").values_list("row", flat=True)
    assert list(rows) == [concern.pk]


def test_more_than_a_batch_goes(told, monkeypatch):
    monkeypatch.setattr(privacy, "BATCH", 2)
    for _number in range(5):
        told()
    assert privacy.keep_schedule(LATER)["words"] == 5


def test_sweep_carries_it_out(told, capsys):
    told()
    Concern.objects.update(resolved_at=datetime(2020, 1, 1, tzinfo=UTC))
    call_command("sweep", "--once")
    assert "What was written, and where, after the concern was closed (1)" in capsys.readouterr().out
    assert "CANARY text" not in dump()


def test_dry_run_changes_nothing(told):
    told()
    Concern.objects.update(resolved_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert "What was written, and where, after the concern was closed: 1 due." in run("retention", "--dry-run")
    assert found() == set(CANARIES)


def test_the_code_opens_nothing_any_more(told, client):
    concern = told()
    before = concern.code_hash
    privacy.keep_schedule(LATER)
    assert (len(before), Concern.objects.get().code_hash) == (64, "")


def test_the_public_reads_how_long(client, db):
    page = client.get("/privacy/").content.decode()
    assert all(rule.reason in page for rule in RetentionRule.objects.all())


@pytest.mark.parametrize(
    ("moment", "months", "then"),
    [
        ("2026-03-31T12:00+01:00", 1, "2026-02-28T12:00+00:00"),
        ("2024-03-31T12:00+01:00", 1, "2024-02-29T12:00+00:00"),
        ("2026-01-15T12:00+00:00", 13, "2024-12-15T12:00+00:00"),
        ("2026-12-01T12:00+00:00", 6, "2026-06-01T12:00+01:00"),
        ("2026-06-01T12:00+01:00", -7, "2027-01-01T12:00+00:00"),
    ],
)
def test_months_are_of_the_calendar_in_london(moment, months, then):
    assert clock.months_before(datetime.fromisoformat(moment), months) == datetime.fromisoformat(then)


# ---- erasure ---------------------------------------------------------------------------------------------------------
def erase(**who):
    who = [part for name, value in who.items() for part in (f"--{name}", value)]
    return run("erase", *who, "--by", "commander.walsall@example.org", "--reason", "request 7", "--yes")


def test_erase_by_mail_takes_all_of_that_person_and_nobody_else(told):
    first, second = told(), told()
    other = told(name="Demo Other", email="other@example.org")
    said = erase(email=" PAT@example.org ")
    assert said.splitlines() == [f"{one.reference}: erased." for one in (first, second)]
    left = Concern.objects.exclude(text="")
    assert [one.pk for one in left] == [other.pk]
    assert Contact.objects.get().unsealed()["email"] == "other@example.org"


def test_erase_by_reference_leaves_a_line_that_says_so(told, walsall_commander):
    concern = told()
    erase(reference=concern.reference.lower())
    assert found() == set()
    line = concern.updates.get(kind="erased")
    assert (line.by, line.text, line.public) == (walsall_commander, "request 7", False)
    privacy.keep_schedule(LATER)
    assert concern.updates.get(kind="erased").text == "request 7"


def test_erase_closes_the_page_that_is_open(client, make_concern, walsall, walsall_commander):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    client.post("/track/", {"reference": concern.reference, "code": follow_code(key)})
    client.post("/track/case-review/add/")
    assert client.get("/track/concern/").status_code == 200
    privacy.erase(concern, "The person asked.", by=walsall_commander)
    assert client.get("/track/concern/").url == "/track/"
    assert client.post("/track/concern/", {"text": "More."}).status_code == 200  # asks for the code
    assert concern.updates.filter(kind="message").count() == 0
    review = client.get("/track/case-review/").context
    assert (review["others"], review["concerns"]) == (0, [])


def test_erase_withdraws_what_still_runs(make_concern, walsall, walsall_commander):
    concern = make_concern(walsall, text="CANARY text", contact=PAT)
    erase(reference=concern.reference)
    concern.refresh_from_db()
    assert (concern.status, concern.outcome, concern.text) == (Status.RESOLVED, Outcome.WITHDRAWN, "")


def test_erase_keeps_what_the_law_needs(told, make_concern, walsall, walsall_commander):
    crime = told()
    crime.disclose_crime("20/1/26", "CANARY", by=walsall_commander)
    complaint = told()
    complaint.disclose_complaint("CANARY", by=walsall_commander)
    risk = make_concern(walsall, text="CANARY", contact=PAT)
    risk.review_safety(True, "CANARY", by=walsall_commander)
    held = told()
    Hold.objects.create(reference=held.reference, reason="An inquest", from_date="2026-01-01")
    said = erase(email="pat@example.org").splitlines()
    assert [line.partition(" stays as it is")[0] for line in said] == [
        one.reference for one in (crime, complaint, risk, held)
    ]
    assert Concern.objects.filter(text="").count() == 0
    assert PurgeRecord.objects.count() == 0


def test_erase_says_first_what_it_would_do(told, walsall_commander):
    concern = told()
    said = run("erase", "--email", "pat@example.org", "--by", walsall_commander.email, "--reason", "request 7")
    assert said == f"{concern.reference}: would be erased.\n"
    assert found() == set(CANARIES)


def test_erase_is_written_down_row_by_row(told):
    concern = told()
    words = concern.updates.exclude(text="").count()
    erase(reference=concern.reference)
    written = list(PurgeRecord.objects.values_list("purpose", "table"))
    assert {purpose for purpose, _table in written} == {"erase"}
    assert written.count(("erase", "feedback_concernupdate")) == words


def test_a_voice_leads_to_nobody_after_erasure_and_counts_on(bloxwich_west, walsall_commander, capsys):
    category, of_address = Category.objects.first(), Voice.objects.of_address
    other = {"email": "other@example.org"}
    assert [Voice.add(bloxwich_west, category, caller="192.0.2.1", contact=who) for who in (PAT, other)] == [True] * 2
    held = privacy.held_about("filed", by=walsall_commander, email="PAT@example.org")["voices"]
    assert [(row["category"], row["ward"]) for row in held] == [(category.name, str(bloxwich_west))]
    who = {"email": "PAT@example.org", "by": walsall_commander.email, "reason": "filed"}
    call_command("erase", **who)
    assert "which would lead to nobody" in capsys.readouterr().out and of_address("pat@example.org").count() == 1
    call_command("erase", yes=True, **who)
    assert (of_address("pat@example.org").count(), of_address("other@example.org").count()) == (0, 1)
    assert (Voice.objects.count(), PurgeRecord.objects.filter(table="feedback_voice").count()) == (2, 1)


def test_only_a_colleague_erases(told):
    told()
    for by in ("nobody@example.org", "pat@example.org"):
        with pytest.raises(CommandError, match="Nobody signs in as"):
            run("erase", "--email", "pat@example.org", "--by", by, "--reason", "x", "--yes")
    assert found() == set(CANARIES)


def test_what_is_not_held_is_said(walsall_commander):
    with pytest.raises(CommandError, match="Nothing is held"):
        run("erase", "--email", "stranger@example.org", "--by", walsall_commander.email, "--reason", "x", "--yes")


# ---- subject access --------------------------------------------------------------------------------------------------
def held(**who):
    who = [part for name, value in who.items() for part in (f"--{name}", value)]
    return json.loads(run("subject_access", *who, "--by", "commander.walsall@example.org", "--reason", "request 8"))


def test_subject_access_holds_all_of_one_person_and_nothing_of_others(told):
    mine, other = told(), told(name="Demo Other", email="other@example.org")
    answer = held(email="pat@example.org")
    assert [one["reference"] for one in answer["concerns"]] == [mine.reference]
    one = answer["concerns"][0]
    assert one["contact"] == PAT
    assert (one["text"], one["place"], one["times"]) == ("CANARY text", "CANARY place", "CANARY times")
    assert {"CANARY message", "CANARY note", "CANARY reply"} <= {line["text"] for line in one["history"]}
    assert len(one["opened_by_the_force"]) == 1
    assert other.reference not in json.dumps(answer) and "other@example.org" not in json.dumps(answer)


def test_subject_access_opens_what_is_for_officers_only(make_concern, walsall, walsall_commander):
    sealed = {"1": "Demo Neighbour"}
    concern = make_concern(walsall, text="Ask [officers only 1].", sealed=sealed)

    assert held(reference=concern.reference)["concerns"][0]["text"] == "Ask Demo Neighbour."


def test_subject_access_names_no_hidden_colleague(told, walsall_commander):
    concern = told()
    User.objects.filter(pk=walsall_commander.pk).update(public_name=False)
    assert walsall_commander.name not in json.dumps(held(reference=concern.reference)["concerns"][0]["history"][-2:])


def test_subject_access_is_in_the_read_log(told, walsall_commander):
    told()
    held(email="pat@example.org")
    line = ReadLog.objects.get(door="command:subject_access")
    assert (line.person, line.what, line.why, line.rows) == (walsall_commander, "export", "request 8", 1)


def test_after_erasure_nothing_is_held(told):
    told()
    erase(email="pat@example.org")
    assert held(email="pat@example.org")["concerns"] == []


def test_subject_access_writes_a_file_for_one_reader(told, walsall_commander, tmp_path):
    told()
    out = tmp_path / "held.json"
    run(
        "subject_access", "--email", "pat@example.org", "--by", walsall_commander.email, "--reason", "x",
        "--out", str(out),
    )  # fmt: skip
    assert (out.stat().st_mode & 0o777, len(json.loads(out.read_text())["concerns"])) == (0o600, 1)


@pytest.mark.parametrize("name", ["held.json", "nowhere/held.json", "."])
def test_subject_access_opens_nothing_for_a_file_that_it_cannot_make(told, walsall_commander, tmp_path, name):
    told()
    (tmp_path / "held.json").write_text("an earlier request")
    who = ("--email", "pat@example.org", "--by", walsall_commander.email, "--reason", "x")
    with pytest.raises(CommandError, match="can't be made.*Nothing was opened"):
        run("subject_access", *who, "--out", str(tmp_path / name))
    assert (tmp_path / "held.json").read_text() == "an earlier request"
    assert not ReadLog.objects.filter(door="command:subject_access").exists()


# ---- staff keep the schedule -----------------------------------------------------------------------------------------
def test_staff_admin_changes_a_time_with_history(signed_in, staff_admin):
    rule = RetentionRule.objects.get(record="contact")
    data = {"months": 6, "reason": "Shorter", "source": "Records manager, 1 November 2026"}
    client, url = signed_in(staff_admin), f"/admin/feedback/retentionrule/{rule.pk}/change/"
    answer = client.post(url, data | version(client, url))
    rule.refresh_from_db()
    assert (answer.status_code, rule.months, rule.history.latest().history_user) == (302, 6, staff_admin)


@pytest.mark.parametrize("months", ["0", "-1", ""])
def test_a_time_is_a_month_at_least(signed_in, staff_admin, months):
    rule = RetentionRule.objects.get(record="contact")
    data = {"months": months, "reason": "Shorter", "source": "Nobody"}
    client, url = signed_in(staff_admin), f"/admin/feedback/retentionrule/{rule.pk}/change/"
    client.post(url, data | version(client, url))
    rule.refresh_from_db()
    assert rule.months == 12


def test_a_hold_needs_a_reference_that_exists(signed_in, staff_admin, told):
    concern, client = told(), signed_in(staff_admin)
    data = {"reference": "WMP-XXXX-XXXX", "reason": "An inquest", "from_date": "2026-01-01", "until": ""}
    assert client.post("/admin/feedback/hold/add/", data).status_code == 200
    data["reference"] = concern.reference.lower()
    assert client.post("/admin/feedback/hold/add/", data).status_code == 302
    assert Hold.objects.get().reference == concern.reference


# ---- on PostgreSQL, by the keeper --------------------------------------------------------------------------------------
@pytest.mark.postgres
def test_the_webs_role_puts_retention_off_and_the_keeper_does_it(told, capsys):
    told()
    Concern.objects.update(resolved_at=datetime(2020, 1, 1, tzinfo=UTC))
    with connection.cursor() as cursor, open("deploy/grants.sql") as grants:
        cursor.execute("CREATE ROLE portal_app; CREATE ROLE portal_keeper")
        cursor.execute(grants.read())
        cursor.execute("SET ROLE portal_app")
        call_command("sweep", "--once")
        assert "run the sweep as the keeper" in capsys.readouterr().out
        cursor.execute("SET ROLE portal_keeper")
        call_command("retention", verbosity=0)
        cursor.execute("RESET ROLE")
    assert "CANARY text" not in dump()
    assert ConcernUpdate.objects.exclude(text="").count() == 0
