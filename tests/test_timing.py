"""Questions, pauses, holding replies, warnings and the ladder: what moves a due time, and who is told of a missed one."""

from datetime import UTC, datetime, timedelta

import pytest

from areas.models import Force
from feedback.lifecycle import AlreadyPaused, MoveNotAllowed, NoClock, NotPaused, PausesUsedUp, PauseTooLong, TextNeeded
from feedback.management.commands.sweep import move_clocks
from feedback.models import Category, Concern, Partner
from hubs.models import Posting

from .test_casework import send

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)


@pytest.fixture
def at(time_machine):
    """Sets the clock to so many hours after START: `at(10)`."""

    def move(hours):
        time_machine.move_to(START + hours * HOUR, tick=False)
        return START + hours * HOUR

    move(0)
    return move


@pytest.fixture
def concern(at, make_concern, walsall):
    return make_concern(walsall)


@pytest.fixture
def sergeant(person, team_of, walsall):
    sergeant = person("sergeant", rank="Sergeant")
    Posting.objects.create(person=sergeant, team=team_of(walsall), role="sergeant", from_date="2026-01-01")
    return sergeant


def kinds(concern):
    return list(concern.updates.order_by("pk").values_list("kind", flat=True))


def due_in(concern):
    """Hours from START until the reply is due, and until three quarters of its time are over."""
    concern.refresh_from_db()
    return (concern.due_at - START) / HOUR, (concern.soon_at - START) / HOUR


# ---- pauses ----------------------------------------------------------------------------------------------------------


def test_question_lets_the_clock_wait_and_the_answer_lets_it_go_on(concern, at, walsall_officer):
    at(10)
    concern.ask("On which evening was it?", by=walsall_officer)
    assert due_in(concern) == (72 + 7 * 24, 54 + 7 * 24)
    assert (concern.pause, concern.clock.state, concern.clock.words) == (
        "asked", "paused", "Paused: we asked a question",
    )  # fmt: skip
    at(40)
    concern.take_message("On Friday.")
    assert due_in(concern) == (72 + 30, 54 + 30)
    assert (concern.pause, concern.paused_until, concern.clock.state) == ("", None, "due")
    assert kinds(concern) == ["received", "asked", "paused", "message", "resumed"]
    public = concern.updates.filter(public=True).values_list("kind", "due_at")
    assert dict(public)["paused"] == START + (72 + 168) * HOUR
    assert dict(public)["resumed"] == START + 102 * HOUR


def test_a_second_question_makes_no_pause_longer(concern, at, walsall_officer):
    at(10)
    concern.ask("Which evening?", by=walsall_officer)
    at(20)
    concern.ask("And who was there?", by=walsall_officer)
    assert (due_in(concern)[0], kinds(concern).count("paused")) == (72 + 168, 1)


def test_a_question_after_the_time_sets_nothing_back(concern, at, walsall_officer):
    at(80)
    concern.ask("Which evening?", by=walsall_officer)
    assert (due_in(concern)[0], concern.pause, concern.clock.state) == (72, "", "missed")


def test_a_pause_nobody_ends_ends_by_itself(concern, at, walsall_officer):
    at(10)
    concern.ask("Which evening?", by=walsall_officer)
    at(10 + 168 + 1)
    assert move_clocks()["pauses ended"] == 1
    assert (due_in(concern)[0], concern.pause) == (72 + 168, "")
    assert concern.updates.get(kind="resumed").side == "system"
    assert move_clocks()["pauses ended"] == 0


def test_pause_needs_a_reason_an_end_and_a_running_clock(concern, at, walsall_officer):
    by = {"by": walsall_officer}
    with pytest.raises(TextNeeded):
        concern.pause_clock("wait", at(10) + HOUR, " ", **by)
    for until in (at(10), at(10) + timedelta(days=7, seconds=1)):
        with pytest.raises(PauseTooLong):
            concern.pause_clock("wait", until, "As you asked.", **by)
    with pytest.raises(NotPaused):
        concern.resume_clock(**by)
    concern.pause_clock("wait", at(10) + timedelta(days=7), "As you asked.", **by)
    with pytest.raises(AlreadyPaused) as refusal:
        concern.pause_clock("harm", at(10) + HOUR, "Again.", **by)
    assert str(refusal.value) == "The clock is paused already: we were asked to wait."
    at(12)
    concern.resume_clock(**by)
    assert due_in(concern)[0] == 74


@pytest.mark.parametrize("state", ["missed", "answered", "idea", "resolved"])
def test_only_a_running_clock_can_be_paused(at, make_concern, walsall, walsall_officer, state):
    concern = make_concern(walsall, kind="idea" if state == "idea" else "concern")
    now = at(80 if state == "missed" else 1)
    if state == "answered":
        concern.reply("Done.", by=walsall_officer)
    if state == "resolved":
        concern.resolve("withdrawn", "", by=walsall_officer)
    with pytest.raises(NoClock):
        concern.pause_clock("wait", now + HOUR, "Please wait.", by=walsall_officer)


def test_a_reply_or_an_end_ends_the_pause(at, make_concern, walsall, walsall_officer):
    for act, said in (("reply", ("We were there.",)), ("resolve", ("withdrawn", ""))):
        at(0)
        concern = make_concern(walsall)
        at(10)
        concern.ask("Which evening?", by=walsall_officer)
        at(20)
        getattr(concern, act)(*said, by=walsall_officer)
        assert (act, due_in(concern)[0], concern.pause) == (act, 82, "")


def test_working_hours_pause_by_working_hours(at, make_concern, walsall, walsall_officer):
    Category.objects.filter(code="asb-vehicle").update(working_hours=True, response_hours=16)
    concern = make_concern(walsall, category=Category.objects.get(code="asb-vehicle"))
    assert due_in(concern)[0] == 32  # Tuesday 5pm
    at(1)
    concern.pause_clock("wait", START + 25 * HOUR, "Until tomorrow at ten.", by=walsall_officer)
    # Monday 10am left 15 working hours; from Tuesday 10am they end on Wednesday at 5pm.
    assert due_in(concern)[0] == 56


def test_a_holding_reply_stops_nothing(concern, at, walsall_officer):
    concern.reply_for_now("We are on it.", by=walsall_officer)
    assert (concern.answered_at, concern.status, due_in(concern)[0]) == (None, "received", 72)
    assert list(Concern.objects.awaiting_reply()) == [concern]
    assert concern.notifications.filter(kind="holding", recipient="reporter").count() == 1
    with pytest.raises(TextNeeded):
        concern.reply_for_now(" ", by=walsall_officer)


def test_questions_in_a_row_move_no_clock_without_end(signed_in, concern, at, walsall_officer):
    """Each question waits for seven days at most, and all pauses together for fourteen: then the clock runs, and is missed."""
    concern.acknowledge(by=walsall_officer)
    for number in range(5):
        at(10 + 170 * number)
        concern.ask(f"Question {number}?", by=walsall_officer)
        at(10 + 170 * number + 168)
        move_clocks()
    assert (due_in(concern)[0], kinds(concern).count("asked"), kinds(concern).count("paused")) == (72 + 14 * 24, 5, 2)
    assert (concern.pause, concern.clock.state) == ("", "missed")


def test_a_pause_beyond_the_whole_is_refused_in_words_and_the_question_still_asked(
    signed_in, concern, at, walsall_officer
):
    by, now = {"by": walsall_officer}, at(1)
    concern.pause_clock("wait", now + timedelta(days=7), "As you asked.", **by)
    now = at(1 + 6 * 24)
    concern.resume_clock(**by)
    concern.pause_clock("wait", now + timedelta(days=7), "As you asked.", **by)
    now = at(1 + 12 * 24)
    concern.resume_clock(**by)
    with pytest.raises(PausesUsedUp) as refusal:
        concern.pause_clock("harm", now + timedelta(days=3), "Not now.", **by)
    assert str(refusal.value) == (
        "The clock of one concern waits for 14 days in all at most. It has waited, and 2 days are left. "
        "You can still ask the person; the clock runs on."
    )
    concern.ask("Which evening?", **by)  # waits for the rest alone
    assert concern.paused_until == now + timedelta(days=2)
    at(1 + 14 * 24)
    concern.resume_clock(**by)
    client = signed_in(walsall_officer)
    done = send(client, concern, "ask", text="And who was there?")
    assert done.status_code == 303
    assert "it has waited for as long as it may in all" in client.get(done["Location"]).content.decode()
    assert (kinds(concern)[-1], concern.updates.filter(kind="paused").count()) == ("asked", 3)


# ---- read and decided --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "said"),
    [("concern", []), ("crime", ["crime", "crime"]), ("complaint", ["complaint", "department", "complaint"]),
     ("risk", ["note"])],
)  # fmt: skip
def test_who_reads_it_decides_what_it_is(concern, walsall_officer, department_member, decision, said):
    concern.acknowledge(by=walsall_officer, decision=decision)
    assert kinds(concern) == ["received", "status", *said]
    assert concern.updates.get(kind="status").decision == decision
    assert (bool(concern.crime_disclosed_at), bool(concern.complaint_disclosed_at), concern.safety) == tuple(
        decision == one for one in ("crime", "complaint", "risk")
    )
    with pytest.raises(MoveNotAllowed):
        concern.acknowledge(by=walsall_officer, decision="concern")


def test_a_refused_decision_leaves_it_unread(concern, walsall_officer):
    Force.objects.get()
    type(concern)._meta.get_field("department").related_model.objects.update(takes_complaints=False)
    with pytest.raises(Exception, match="No department takes complaints"):
        concern.acknowledge(by=walsall_officer, decision="complaint")
    concern.refresh_from_db()
    assert (concern.status, kinds(concern)) == ("received", ["received"])


def test_only_a_decision_stops_the_hours_for_reading(
    concern, at, walsall_officer, walsall_commander, team_of, walsall, department_member
):
    """To give it away, to ask, to wait, to join, to split, to hand on and to write for now decide nothing."""
    by, department = {"by": walsall_commander}, department_member.postings.get().team.department
    concern.assign(officer=walsall_officer, team=team_of(walsall), **by)
    concern.reply_for_now("We are on it.", **by)
    concern.begin_problem("Bikes", **by)
    concern.split("And the lamp is dark.", concern.category, **by)
    concern.hand_to_department(department, "Have a look.", **by)
    concern.pause_clock("wait", at(1) + HOUR, "As you asked.", **by)
    concern.resume_clock(**by)
    concern.ask("Which evening?", **by)
    concern.add_note("Seen.", **by)
    assert (concern.status, concern.acknowledged_at, concern.updates.filter(kind="status").count()) == (
        "received", None, 0,
    )  # fmt: skip
    at(13)
    assert concern in Concern.objects.unread(12)


@pytest.mark.parametrize(
    ("act", "status", "decision"),
    [(lambda one, **by: one.reply("We were there.", **by), "in_progress", "concern"),
     (lambda one, **by: one.disclose_crime("", "", **by), "acknowledged", "crime"),
     (lambda one, **by: one.disclose_complaint("", **by), "acknowledged", "complaint"),
     (lambda one, **by: one.assign(decision="risk", **by), "acknowledged", "risk"),
     (lambda one, **by: one.refer(Partner.objects.filter(area=one.area).first(), "They look.",
                                told="By phone.", told_at=datetime.now(UTC), **by), "referred", "concern")],
    ids=["reply", "crime", "complaint", "assign", "refer"],
)  # fmt: skip
def test_what_can_be_done_only_by_deciding_is_kept_as_the_decision(
    concern, at, walsall_officer, department_member, act, status, decision
):
    read_at = at(3)
    act(concern, by=walsall_officer)
    assert (concern.status, concern.acknowledged_at) == (status, read_at)
    assert concern.updates.get(kind="status").decision == decision


def test_whoever_gives_it_away_can_say_that_they_read_it(signed_in, concern, walsall_commander, walsall_officer):
    client = signed_in(walsall_commander)
    for one, said in (("take", {}), ("assign", {"officer": walsall_officer.pk})):
        send(client, concern, one, **said)
        concern.refresh_from_db()
        assert (one, concern.status, concern.acknowledged_at) == (one, "received", None)
    assert 'name="decided"' in client.get(concern.get_absolute_url()).content.decode()
    send(client, concern, "assign", officer=walsall_officer.pk, decided="on")
    concern.refresh_from_db()
    assert (concern.status, concern.officer, concern.acknowledged_at) == ("acknowledged", walsall_officer, START)
    assert concern.updates.get(kind="status").decision == "concern"
    assert 'name="decided"' not in client.get(concern.get_absolute_url()).content.decode()


# ---- warnings and the ladder -----------------------------------------------------------------------------------------


def climbed(concern):
    concern.refresh_from_db()
    lines = concern.updates.filter(kind="climbed").order_by("pk").select_related("officer")
    return [(line.rung, line.officer and line.officer.name) for line in lines]


def test_a_missed_reply_climbs_rung_by_rung_each_once(concern, at, walsall_officer, sergeant, walsall_commander):
    concern.assign(officer=walsall_officer, decision="concern", by=walsall_commander)
    told = []
    for hours in (53, 54, 71, 72.5, 80, 97, 98, 130, 200):
        at(hours)
        move_clocks()
        told.append([rung for rung, _who in climbed(concern)])
    officer, up, top = ["officer"], ["officer", "sergeant"], ["officer", "sergeant", "commander"]
    assert told == [[], officer, officer, up, up, top, top, top, top]
    assert climbed(concern) == [
        ("officer", walsall_officer.name), ("sergeant", sergeant.name), ("commander", walsall_commander.name),
    ]  # fmt: skip
    mails = concern.notifications.filter(kind="climbed").order_by("pk").values_list("recipient", "person")
    assert list(mails) == [
        ("person", walsall_officer.pk), ("person", sergeant.pk), ("person", walsall_commander.pk)
    ]  # fmt: skip


@pytest.mark.parametrize("holder", ["sergeant", "commander"])
def test_what_a_leader_has_climbs_to_nobody_below_them(
    concern, at, sergeant, person, team_of, walsall, walsall_commander, holder
):
    peer = person("peer", rank="Sergeant")
    Posting.objects.create(person=peer, team=team_of(walsall), role="sergeant", from_date="2026-01-01")
    has_it = sergeant if holder == "sergeant" else walsall_commander
    concern.assign(officer=has_it, decision="concern", by=walsall_commander)
    for hours in (54, 73, 98, 130):
        at(hours)
        move_clocks()
    top = ("commander", walsall_commander.name if holder == "sergeant" else None)
    assert climbed(concern) == [("officer", has_it.name), top]
    assert concern.notifications.filter(kind="climbed").last().recipient == (
        "person" if holder == "sergeant" else "commander"
    )


def test_what_nobody_read_warns_at_three_quarters_and_climbs_rung_by_rung(
    concern, at, walsall_officer, sergeant, person, team_of, walsall, walsall_commander
):
    """Of twelve hours nine are over: who has it is told once; then the next each day, beside the ladder of the reply."""
    inspector = person("inspector", rank="Inspector")
    Posting.objects.create(person=inspector, team=team_of(walsall), role="inspector", from_date="2026-01-01")
    concern.assign(officer=walsall_officer, by=walsall_commander)
    concern.ask("Which evening?", by=walsall_officer)  # the pause is one of the other clock
    hours, told = Force.objects.get().climb_hours, []
    for hour in (8.9, 9, 12, 12.1, 13, 12.1 + hours, 12.1 + 2 * hours, 12.1 + 3 * hours):
        at(hour)
        move_clocks()
        told.append(len(climbed(concern)))
    assert told == [0, 1, 1, 2, 2, 3, 4, 4]
    assert climbed(concern) == [
        ("officer", walsall_officer.name), ("sergeant", sergeant.name), ("inspector", inspector.name),
        ("commander", walsall_commander.name),
    ]  # fmt: skip
    assert set(concern.updates.filter(kind="climbed").values_list("detail", flat=True)) == {"reading"}
    assert (concern.climbed, concern.notifications.filter(kind="climbed").count()) == ("", 4)


def test_what_nobody_has_warns_its_commander(concern, at, walsall_commander):
    at(9)
    assert move_clocks()["warned of what nobody has read"] == 1
    assert (climbed(concern), concern.notifications.get(kind="climbed").recipient) == ([("officer", None)], "commander")


def test_what_was_read_in_time_is_told_to_nobody(concern, at, walsall_officer, walsall_commander):
    at(8)
    concern.acknowledge(by=walsall_officer)
    at(13)
    move_clocks()
    assert climbed(concern) == []


def test_the_history_says_which_clock_it_was(signed_in, concern, at, sergeant, walsall_commander):
    for hour in (9, 12.1):
        at(hour)
        move_clocks()
    page = signed_in(walsall_commander).get(concern.get_absolute_url()).content.decode()
    for words in (
        "Three quarters of the time for reading it are over: told the area",
        "Nobody read it in time: told the sergeant",
    ):
        assert words in page


@pytest.mark.parametrize("why", ["answered", "resolved", "paused", "idea"])
def test_who_waits_for_nothing_climbs_nothing(at, make_concern, walsall, walsall_officer, walsall_commander, why):
    concern = make_concern(walsall, kind="idea" if why == "idea" else "concern")
    at(1)
    if why != "idea":
        concern.acknowledge(by=walsall_officer)
    if why == "answered":
        concern.reply("Done.", by=walsall_officer)
    if why == "resolved":
        concern.resolve("withdrawn", "", by=walsall_officer)
    if why == "paused":
        concern.ask("Which evening?", by=walsall_officer)
    at(75)
    move_clocks()
    assert climbed(concern) == []


def test_at_the_desk_it_climbs_to_the_desk(at, make_concern):
    concern = make_concern()
    at(13)
    move_clocks()
    assert climbed(concern) == [("commander", None)]
    assert concern.notifications.get(kind="climbed").recipient == "desk"


def test_the_person_it_is_about_is_not_told(concern, at, sergeant, walsall_commander, walsall_officer):
    concern.name_person(sergeant, by=walsall_officer)
    concern.acknowledge(by=walsall_officer)
    at(73)
    move_clocks()
    assert climbed(concern) == [("commander", walsall_commander.name)]


def test_soon_is_a_quarter_of_a_short_time_too(at, make_concern, walsall):
    Category.objects.filter(code="asb-vehicle").update(response_hours=24)
    concern = make_concern(walsall, category=Category.objects.get(code="asb-vehicle"))
    at(17.9)
    assert (concern.clock.state, list(Concern.objects.due_soon())) == ("due", [])
    at(18)
    assert (concern.clock.state, list(Concern.objects.due_soon())) == ("soon", [concern])


# ---- the crime's own clock -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("disclosed", "recorded", "state", "words"),
    [
        (2, None, "due", "To be recorded within 22 hours"),
        (18, None, "soon", "To be recorded within 6 hours"),
        (30, None, "missed", "Not recorded in time: late by 6 hours"),
        (2, 20, "answered", "Recorded 20 hours after we received it"),
        (30, 31, "missed", "Recorded late, 1 day 7 hours after we received it"),
    ],
)
def test_a_crime_is_recorded_from_the_moment_of_receipt(
    signed_in, concern, at, walsall_officer, disclosed, recorded, state, words
):
    at(disclosed)
    concern.disclose_crime("", "", by=walsall_officer)
    if recorded:
        at(recorded)
        concern.disclose_crime("20/1234/26", "", by=walsall_officer)
    page = signed_in(walsall_officer).get(concern.get_absolute_url())
    assert (page.context["crime"].state, page.context["crime"].words) == (state, words)


def test_a_disclosed_crime_tells_of_rights(concern, walsall_officer):
    concern.disclose_crime("20/1234/26", "", by=walsall_officer)
    told = concern.updates.get(kind="crime", public=True)
    assert told.text == (
        f"What you told us is recorded as a crime. The crime number is 20/1234/26. {Force.objects.get().victim_rights}"
    )


# ---- two of one --------------------------------------------------------------------------------------------------------


def split(concern, by):
    return Concern.objects.get(pk=concern.split("And the lamp is dark.", concern.category, by=by).pk)


def test_what_was_read_of_the_first_was_read_of_the_second(concern, at, walsall_officer):
    unread = split(concern, walsall_officer)
    read_at = at(3)
    concern.acknowledge(by=walsall_officer)
    at(20)
    second = split(concern, walsall_officer)
    assert [(one.status, one.acknowledged_at) for one in (unread, second)] == [
        ("received", None), ("acknowledged", read_at),
    ]  # fmt: skip
    assert list(Concern.objects.unread(12)) == [unread]
    assert list(second.updates.order_by("pk").values_list("kind", "by", "decision")) == [
        ("received", None, ""), ("split", walsall_officer.pk, ""), ("status", walsall_officer.pk, "concern"),
    ]  # fmt: skip


def test_for_as_long_as_the_clock_of_the_first_stood_the_second_has_longer(concern, at, walsall_officer):
    at(10)
    concern.ask("On which evening was it?", by=walsall_officer)
    at(34)
    concern.resume_clock(by=walsall_officer)
    at(40)
    concern.pause_clock("wait", START + 60 * HOUR, "You asked us to.", by=walsall_officer)
    at(46)
    second = split(concern, walsall_officer)
    assert (due_in(second), second.pause) == ((72 + 24 + 6, 54 + 24 + 6), "")
    assert due_in(concern) == (72 + 24 + 20, 54 + 24 + 20)


def test_the_third_has_longer_for_what_the_first_stood_before_it_was_split(concern, at, walsall_officer):
    at(10)
    concern.ask("On which evening was it?", by=walsall_officer)
    at(34)
    concern.resume_clock(by=walsall_officer)
    second = split(concern, walsall_officer)
    at(35)
    concern.ask("And at what time?", by=walsall_officer)
    second.ask("Which lamp is it?", by=walsall_officer)
    at(40)
    second.resume_clock(by=walsall_officer)
    third = split(second, walsall_officer)
    assert [due_in(one) for one in (second, third)] == [(72 + 24 + 5, 54 + 24 + 5)] * 2


def test_a_pause_after_the_second_was_due_gives_it_no_longer(concern, at, walsall_officer):
    at(30)
    concern.ask("On which evening was it?", by=walsall_officer)
    at(50)
    Category.objects.filter(code="env-damage").update(response_hours=24)
    second = concern.split("The lamp.", Category.objects.get(code="env-damage"), by=walsall_officer)
    assert due_in(second) == (24, 18)


def test_the_clock_of_the_second_begins_where_that_of_the_first_began_anew(concern, at, walsall_officer):
    concern.resolve("solved", "We came, and the riders are gone.", by=walsall_officer)
    back = at(1000)
    concern.still_happening()
    concern.refresh_from_db()
    second = split(concern, walsall_officer)
    assert (second.received_at, second.returned_at, second.clock.state) == (START, back, "due")
    assert due_in(second) == (1072, 1054)
