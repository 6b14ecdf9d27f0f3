"""The life of a concern: every pair of states, what each act promises, what it refuses, and who may do it."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone

from areas.models import Area, Command, CommandCover
from feedback.access import MAY, Act, Capacity, acts_of, capacities, may
from feedback.lifecycle import (
    MOVES,
    AboutThem,
    AlreadyThere,
    MoveNotAllowed,
    NoComplaintsDepartment,
    NotAtDesk,
    NotPostedHere,
    Outcome,
    OutcomeNeeded,
    PartnerElsewhere,
    Status,
    StaysWithComplaints,
    TextNeeded,
    TimeNotPossible,
    WardElsewhere,
)
from feedback.models import Concern, Partner
from feedback.models.concern import Stale
from hubs.models import Department

ALLOWED = {
    ("received", "acknowledged"), ("received", "in_progress"), ("received", "referred"), ("received", "resolved"),
    ("acknowledged", "in_progress"), ("acknowledged", "referred"), ("acknowledged", "resolved"),
    ("in_progress", "referred"), ("in_progress", "resolved"),
    ("referred", "acknowledged"), ("referred", "in_progress"), ("referred", "resolved"),
    ("resolved", "acknowledged"),
}  # fmt: skip


def lines(concern, *fields):
    """The history of `concern`, oldest first, as tuples of `fields`."""
    return list(concern.updates.order_by("pk").values_list(*fields))


def told(concern):
    """Who is told what, in order, without what the coming in wrote."""
    return list(concern.notifications.order_by("pk").values_list("kind", "recipient"))[1:]


@pytest.mark.parametrize(("old", "new"), list(product(Status.values, Status.values)))
def test_move_follows_the_table(make_concern, walsall, walsall_commander, old, new):
    concern = make_concern(walsall)
    outcome = "solved" if old == "resolved" else ""
    Concern.objects.filter(pk=concern.pk).update(status=old, outcome=outcome)
    concern.refresh_from_db()
    before = concern.version
    if (old, new) in ALLOWED:
        concern.move_to(new, by=walsall_commander, outcome="solved")
        assert (concern.status, concern.outcome, concern.version) == (
            new, "solved" if new == "resolved" else "", before + 1
        )  # fmt: skip
        assert lines(concern, "kind", "from_status", "to_status")[1:] == [("status", old, new)]
    else:
        with pytest.raises(MoveNotAllowed):
            concern.move_to(new, by=walsall_commander, outcome="solved")
        concern.refresh_from_db()
        assert (concern.status, concern.version, lines(concern, "kind")) == (old, before, [("received",)])


def test_table_of_moves_has_thirteen_pairs():
    assert {(str(old), str(new)) for old, news in MOVES.items() for new in news} == ALLOWED


def test_acknowledge_keeps_who_read_it(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    concern.acknowledge(by=walsall_officer)
    assert concern.status == "acknowledged"
    assert concern.acknowledged_at is not None
    assert concern.answered_at is None
    assert lines(concern, "kind", "by")[1:] == [("status", walsall_officer.pk)]
    with pytest.raises(MoveNotAllowed):
        concern.acknowledge(by=walsall_officer)


def test_assign_gives_it_and_tells_the_officer(make_concern, walsall, walsall_commander, walsall_officer, team_of):
    concern = make_concern(walsall)
    concern.assign(team=team_of(walsall), officer=walsall_officer, by=walsall_commander)
    assert (concern.officer, concern.team, concern.status) == (walsall_officer, team_of(walsall), "received")
    assert told(concern) == [("assigned", "person")]
    assert concern.owner_label == str(walsall_officer)
    concern.assign(by=walsall_commander)
    assert (concern.officer, concern.team, concern.owner_label) == (None, None, "")


def test_assign_to_oneself_sends_no_mail(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    concern.assign(officer=walsall_officer, by=walsall_officer)
    assert told(concern) == []


def test_assign_refuses_people_and_teams_from_elsewhere(
    make_concern, walsall, dudley, walsall_commander, dudley_officer, team_of
):
    concern = make_concern(walsall)
    for elsewhere in ({"officer": dudley_officer}, {"team": team_of(dudley)}):
        with pytest.raises(NotPostedHere):
            concern.assign(**elsewhere, by=walsall_commander)
    assert lines(concern, "kind") == [("received",)]


def test_assign_refuses_an_ended_posting(make_concern, walsall, walsall_commander, walsall_officer, time_machine):
    walsall_officer.postings.update(until="2026-06-30")
    time_machine.move_to("2026-07-01T12:00:00+00:00")
    concern = make_concern(walsall)
    with pytest.raises(NotPostedHere) as refusal:
        concern.assign(officer=walsall_officer, by=walsall_commander)
    assert str(refusal.value) == (
        "Police Constable Demo Officer Walsall does not work in Walsall today. Choose somebody who does."
    )


def test_assign_refuses_whom_it_is_about(make_concern, walsall, walsall_commander, walsall_officer):
    concern = make_concern(walsall)
    concern.name_person(walsall_officer, by=walsall_commander)
    with pytest.raises(AboutThem):
        concern.assign(officer=walsall_officer, by=walsall_commander)


def test_reply_stops_the_clock_once(make_concern, walsall, walsall_officer, time_machine):
    time_machine.move_to("2026-03-02T09:00:00+00:00", tick=False)
    concern = make_concern(walsall)
    time_machine.move_to("2026-03-03T09:00:00+00:00", tick=False)
    concern.reply("We were there.", by=walsall_officer)
    assert concern.answered_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert concern.status == "in_progress"
    assert told(concern) == [("reply", "reporter")]
    time_machine.move_to("2026-03-04T09:00:00+00:00", tick=False)
    concern.reply("And again.", by=walsall_officer)
    assert concern.answered_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert lines(concern, "kind", "public") == [
        ("received", True), ("reply", True), ("status", True), ("reply", True),
    ]  # fmt: skip


def test_reply_by_phone_keeps_who_when_and_what(make_concern, walsall, walsall_officer, time_machine):
    time_machine.move_to("2026-03-02T09:00:00+00:00", tick=False)
    concern = make_concern(walsall)
    time_machine.move_to("2026-03-03T09:00:00+00:00", tick=False)
    rung = datetime(2026, 3, 2, 18, tzinfo=UTC)
    update = concern.reply(
        "We agreed to meet on Friday.", by=walsall_officer, how="phone", said_by="PC Demo", happened_at=rung
    )
    assert (update.how, update.said_by, update.happened_at, update.text, update.public) == (
        "phone", "PC Demo", rung, "We agreed to meet on Friday.", True
    )  # fmt: skip
    assert concern.answered_at == rung


@pytest.mark.parametrize("hours", [-1, 25])
def test_reply_refuses_times_that_cannot_be(make_concern, walsall, walsall_officer, time_machine, hours):
    time_machine.move_to("2026-03-02T09:00:00+00:00", tick=False)
    concern = make_concern(walsall)
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(hours=hours)
    time_machine.move_to("2026-03-03T09:00:00+00:00", tick=False)
    with pytest.raises(TimeNotPossible):
        concern.reply("Hello", by=walsall_officer, how="phone", said_by="PC Demo", happened_at=moment)
    concern.refresh_from_db()
    assert (concern.answered_at, lines(concern, "kind")) == (None, [("received",)])


def test_reply_to_thanks_needs_no_work(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall, kind="thanks")
    concern.reply("You are welcome.", by=walsall_officer)
    assert (concern.status, concern.due_at) == ("acknowledged", None)


def test_only_a_reply_stops_the_clock(make_concern, walsall, walsall_commander, walsall_officer):
    concern = make_concern(walsall)
    concern.acknowledge(by=walsall_officer)
    concern.assign(officer=walsall_officer, by=walsall_commander)
    concern.add_note("Seen.", by=walsall_officer)
    concern.take_message("It happened again.")
    concern.disclose_crime("20/123", "", by=walsall_officer)
    concern.disclose_complaint("", by=walsall_officer)
    concern.refer(Partner.objects.filter(area=None).first() or Partner.objects.create(code="p", name="P"), "They look.",
                  told="By phone.", told_at=timezone.now(), by=walsall_officer)  # fmt: skip
    assert concern.answered_at is None
    assert list(Concern.objects.awaiting_reply()) == [concern]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_words_are_needed(make_concern, walsall, dudley, walsall_officer, text):
    concern = make_concern(walsall)
    for act in (
        lambda: concern.reply(text, by=walsall_officer),
        lambda: concern.add_note(text, by=walsall_officer),
        lambda: concern.propose_move(dudley, text, by=walsall_officer),
        lambda: concern.move_to_area(dudley, text, by=walsall_officer),
        lambda: concern.review_safety(True, text, by=walsall_officer),
        lambda: concern.resolve("solved", text, by=walsall_officer),
    ):
        with pytest.raises(TextNeeded):
            act()
    concern.refresh_from_db()
    assert (concern.version, lines(concern, "kind")) == (1, [("received",)])


def test_note_is_internal(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    note = concern.add_note("For us.", by=walsall_officer)
    assert (note.public, told(concern)) == (False, [])


def test_message_reaches_commander_and_officer(make_concern, walsall, walsall_commander, walsall_officer):
    concern = make_concern(walsall)
    concern.assign(officer=walsall_officer, by=walsall_officer)
    before = concern.version
    concern.take_message("Again.")
    assert told(concern) == [("message", "commander"), ("message", "person")]
    assert concern.version == before + 1


def test_refer_moves_on_and_names_the_partner(make_concern, walsall, dudley, walsall_officer):
    concern = make_concern(walsall)
    council = Partner.objects.create(code="wc", name="Demo council", area=walsall)
    how = {"told": "Rang Demo Clerk.", "told_at": timezone.now(), "by": walsall_officer}
    concern.refer(council, "The council looks at it.", **how)
    assert (concern.status, concern.partner) == ("referred", council)
    elsewhere = Partner.objects.create(code="dc", name="Demo council two", area=dudley)
    with pytest.raises(PartnerElsewhere):
        concern.refer(elsewhere, "They look.", **how)


def test_resolve_needs_an_outcome(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    for outcome in ("", "done"):
        with pytest.raises(OutcomeNeeded):
            concern.resolve(outcome, "Done.", by=walsall_officer)
        with pytest.raises(OutcomeNeeded):
            concern.move_to(Status.RESOLVED, by=walsall_officer, outcome=outcome)
    concern.refresh_from_db()
    assert concern.status == "received"


def test_resolve_never_closes_in_silence(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    concern.resolve("solved", "The riders have stopped.", by=walsall_officer)
    assert (concern.status, concern.outcome) == ("resolved", "solved")
    assert concern.answered_at is not None
    assert [kind for (kind,) in lines(concern, "kind")] == ["received", "reply", "status", "status"]
    assert told(concern) == [("reply", "reporter")]


def test_resolve_without_words_where_nobody_waits(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    concern.resolve("withdrawn", "", by=walsall_officer)
    assert (concern.outcome, concern.answered_at) == ("withdrawn", None)


@pytest.mark.parametrize("outcome", sorted({*Outcome.values} - {"withdrawn"}))
def test_everybody_who_waits_gets_an_answer_however_it_ends(make_concern, walsall, walsall_officer, outcome):
    concern = make_concern(walsall, contact={"email": "pat@example.org", "safe_to_contact": True})
    with pytest.raises(TextNeeded):
        concern.resolve(outcome, " ", by=walsall_officer)
    concern.resolve(outcome, "We put it with what your neighbours said.", by=walsall_officer)
    assert (concern.outcome, concern.answered_at is None) == (outcome, False)
    assert concern.updates.filter(kind="reply", public=True).count() == 1
    assert concern.notifications.filter(kind="reply", recipient="reporter").count() == 1


def test_reopen_goes_back_to_work_and_clears_the_outcome(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    with pytest.raises(MoveNotAllowed):
        concern.reopen("Again", by=walsall_officer)
    concern.resolve("solved", "Done.", by=walsall_officer)
    concern.reopen("It began again.", by=walsall_officer)
    assert (concern.status, concern.outcome, concern.resolved_at) == ("acknowledged", "", None)


def test_crime_keeps_when_it_was_first_disclosed(make_concern, walsall, walsall_officer, time_machine):
    time_machine.move_to("2026-03-02T09:00:00+00:00", tick=False)
    concern = make_concern(walsall)
    concern.disclose_crime("", "Told me at the door.", by=walsall_officer)
    time_machine.move_to("2026-03-04T09:00:00+00:00", tick=False)
    concern.disclose_crime("20/1234/26", "", by=walsall_officer)
    assert (concern.crime_disclosed_at, concern.crime_reference) == (
        datetime(2026, 3, 2, 9, tzinfo=UTC), "20/1234/26"
    )  # fmt: skip
    internal, public = concern.updates.filter(kind="crime").order_by("pk")[:2]
    assert (internal.public, internal.text, public.public) == (False, "Told me at the door.", True)


def test_complaint_is_offered_logged_and_handed_on(make_concern, walsall, walsall_officer, department_member):
    concern = make_concern(walsall)
    assert not Concern.objects.visible_to(department_member).exists()
    concern.disclose_complaint("About the stop.", by=walsall_officer)
    assert concern.department.takes_complaints
    assert concern.complaint_disclosed_at is not None
    assert list(Concern.objects.visible_to(department_member)) == [concern]
    assert ("department", "person") in told(concern)
    public = concern.updates.get(kind="complaint", public=True)
    assert "About the stop." not in public.text


def test_complaint_refused_where_nobody_takes_them(make_concern, walsall, walsall_officer):
    Department.objects.update(takes_complaints=False)
    concern = make_concern(walsall)
    with pytest.raises(NoComplaintsDepartment):
        concern.disclose_complaint("x", by=walsall_officer)


def test_complaint_is_taken_away_from_nobody_who_looks_into_it(
    make_concern, walsall, walsall_commander, walsall_officer, department_member
):
    concern = make_concern(walsall)
    concern.disclose_complaint("About the stop.", by=walsall_officer)
    with pytest.raises(StaysWithComplaints):
        concern.hand_to_department(Department.objects.get(code="force-cid"), "Please look.", by=walsall_commander)
    assert list(Concern.objects.visible_to(department_member)) == [concern]


def test_only_the_desk_says_that_it_is_about_somebody_else(
    make_concern, walsall, walsall_commander, walsall_officer, officer_of, desk
):
    friend, concern = officer_of(walsall, "friend"), make_concern(walsall)
    assert may(friend, Act.ABOUT, concern)
    concern.name_person(walsall_officer, by=friend)
    concern.review_safety(True, "It may be somebody else.", by=friend)
    assert [may(who, Act.ABOUT, concern) for who in (friend, walsall_commander, desk)] == [False, False, True]


def test_about_an_officer_hides_it_from_them(make_concern, walsall, walsall_commander, walsall_officer):
    concern = make_concern(walsall)
    concern.assign(officer=walsall_officer, by=walsall_commander)
    concern.name_person(walsall_officer, by=walsall_commander)
    assert concern.officer is None
    assert list(Concern.objects.visible_to(walsall_officer)) == []
    assert list(Concern.objects.visible_to(walsall_commander)) == [concern]


def test_about_the_commander_goes_to_the_desk(make_concern, walsall, walsall_commander, walsall_officer, desk):
    concern = make_concern(walsall)
    concern.name_person(walsall_commander, by=walsall_officer)
    assert (concern.desk_reason, concern.area) == ("about_commander", walsall)
    assert told(concern) == [("desk", "desk")]
    for who, sees in ((walsall_commander, []), (walsall_officer, []), (desk, [concern])):
        assert list(Concern.objects.visible_to(who)) == sees
    with pytest.raises(AboutThem):
        concern.place_in(walsall, by=desk)
    dudley = Area.objects.get(slug="dudley")
    concern.place_in(dudley, by=desk)
    assert (concern.area, concern.desk_reason) == (dudley, "")
    with pytest.raises(AboutThem):
        concern.move_to_area(walsall, "Back", by=desk)


def test_move_hands_everything_over(
    make_concern, walsall, dudley, walsall_commander, dudley_commander, walsall_officer, bloxwich_west
):
    concern = make_concern(walsall, ward=bloxwich_west, contact={"name": "Pat", "email": "pat@example.org"})
    concern.assign(officer=walsall_officer, by=walsall_commander)
    concern.add_note("Seen it.", by=walsall_officer)
    due = concern.due_at
    concern.move_to_area(dudley, "Over the border", by=walsall_commander)
    assert (concern.area, concern.ward, concern.officer, concern.team, concern.moves) == (dudley, None, None, None, 1)
    assert (concern.due_at, concern.previous_area) == (due, walsall)
    assert concern.contact.unsealed()["name"] == "Pat"
    assert concern.updates.filter(kind="note").count() == 1
    assert list(Concern.objects.visible_to(walsall_commander)) == []
    assert list(Concern.objects.visible_to(dudley_commander)) == [concern]
    assert told(concern)[-2:] == [("status", "reporter"), ("moved", "commander")]
    (line,) = Concern.moved_from(walsall, walsall_commander)
    assert (set(line), line["reference"], line["to"]) == ({"reference", "at", "to"}, concern.reference, "Dudley")


def test_move_returns_once_and_the_third_goes_to_the_desk(
    make_concern, walsall, dudley, walsall_commander, dudley_commander, desk
):
    concern = make_concern(walsall)
    concern.move_to_area(dudley, "Yours", by=walsall_commander)
    concern.move_to_area(walsall, "No, yours", by=dudley_commander)
    assert (concern.area, concern.desk_reason, concern.moves) == (walsall, "", 2)
    assert list(Concern.moved_from(walsall, walsall_commander)) == []
    concern.move_to_area(dudley, "Really yours", by=walsall_commander)
    assert (concern.area, concern.desk_reason, concern.moves) == (walsall, "moved_too_often", 2)
    assert told(concern)[-1] == ("desk", "desk")
    for who, sees in ((walsall_commander, []), (dudley_commander, []), (desk, [concern])):
        assert list(Concern.objects.visible_to(who)) == sees
    assert [line["to"] for line in Concern.moved_from(walsall, walsall_commander)] == [None, "Dudley"]
    concern.place_in(dudley, by=desk)
    assert list(Concern.objects.visible_to(dudley_commander)) == [concern]


def test_move_by_the_desk_is_never_sent_back_to_it(make_concern, walsall, dudley, desk):
    concern = make_concern(walsall)
    for area in (dudley, walsall, dudley):
        concern.move_to_area(area, "Settled", by=desk, settled=True)
    assert (concern.area, concern.desk_reason) == (dudley, "")


def test_move_to_where_it_is_refused(make_concern, walsall, dudley, walsall_commander, bloxwich_west):
    concern = make_concern(walsall)
    with pytest.raises(AlreadyThere):
        concern.move_to_area(walsall, "Here", by=walsall_commander)
    with pytest.raises(AlreadyThere):
        concern.propose_move(walsall, "Here", by=walsall_commander)
    with pytest.raises(WardElsewhere):
        concern.move_to_area(dudley, "There", ward=bloxwich_west, by=walsall_commander)


def test_second_of_two_movers_is_stale(make_concern, walsall, dudley, walsall_commander):
    concern = make_concern(walsall)
    first, second = (Concern.objects.get(pk=concern.pk) for _each in range(2))
    first.move_to_area(dudley, "Yours", by=walsall_commander)
    with pytest.raises(Stale):
        second.move_to_area(Area.objects.get(slug="coventry"), "Yours", by=walsall_commander)
    concern.refresh_from_db()
    assert (concern.area, concern.moves) == (dudley, 1)


def test_who_lost_it_meanwhile_can_do_nothing_more(make_concern, walsall, dudley, walsall_commander, walsall_officer):
    concern = make_concern(walsall)
    held = Concern.objects.get(pk=concern.pk)
    concern.move_to_area(dudley, "Yours", by=walsall_commander)
    for act in (
        lambda: held.reply("Hello", by=walsall_officer),
        lambda: held.acknowledge(by=walsall_officer),
        lambda: held.add_note("Hello", by=walsall_officer),
        lambda: held.resolve("solved", "Hello", by=walsall_officer),
    ):
        with pytest.raises(Stale):
            act()
    assert not concern.updates.filter(by=walsall_officer).exists()


def test_stale_version_changes_nothing(make_concern, walsall, walsall_commander, walsall_officer):
    concern = make_concern(walsall)
    shown = concern.version
    concern.add_note("First.", by=walsall_commander)
    with pytest.raises(Stale):
        concern.reply("Second.", by=walsall_officer, version=shown)
    assert [kind for (kind,) in lines(concern, "kind")] == ["received", "note"]


def test_propose_moves_nothing(make_concern, walsall, dudley, walsall_officer):
    concern = make_concern(walsall)
    concern.propose_move(dudley, "Over the border", by=walsall_officer)
    assert (concern.area, told(concern)) == (walsall, [("move_proposed", "commander")])


def test_place_gives_the_unplaced_an_area(make_concern, walsall, walsall_commander, desk, bloxwich_west):
    concern = make_concern()
    concern.place_in(walsall, ward=bloxwich_west, reason="Named the shop", by=desk)
    assert (concern.area, concern.ward, concern.desk_reason, concern.moves) == (walsall, bloxwich_west, "", 0)
    assert list(Concern.objects.visible_to(walsall_commander)) == [concern]
    assert list(Concern.objects.visible_to(desk)) == []
    assert told(concern)[-1] == ("moved", "commander")
    with pytest.raises(NotAtDesk):
        concern.place_in(walsall, by=desk)


def test_safety_review_is_seen_by_desk_and_area(make_concern, walsall, walsall_commander, walsall_officer, desk):
    concern = make_concern(walsall)
    concern.review_safety(True, "A child is named", by=walsall_officer)
    assert told(concern) == [("safety", "duty")]
    assert [list(Concern.objects.visible_to(who)) for who in (desk, walsall_commander)] == [[concern], [concern]]
    concern.review_safety(False, "Checked", by=desk)
    assert list(Concern.objects.visible_to(desk)) == []


# ---- who sees, who may -----------------------------------------------------------------------------------------------


@pytest.fixture
def cast(
    walsall_commander, dudley_commander, walsall_officer, dudley_officer, walsall_editor, desk, overview, auditor,
    staff_admin, department_member, person,
):  # fmt: skip
    return {
        "walsall_commander": walsall_commander, "dudley_commander": dudley_commander,
        "walsall_officer": walsall_officer, "dudley_officer": dudley_officer, "editor": walsall_editor, "desk": desk,
        "overview": overview, "auditor": auditor, "staff_admin": staff_admin, "department": department_member,
        "nobody": person("nobody"),
    }  # fmt: skip


@pytest.fixture
def scene(make_concern, walsall, dudley, dudley_officer, walsall_officer, walsall_commander, cast):
    """One concern of each sort that could leak."""
    things = {
        "walsall": make_concern(walsall),
        "dudley": make_concern(dudley),
        "unplaced": make_concern(),
        "vacant": make_concern(Area.objects.get(slug="coventry")),
        "safety": make_concern(dudley),
        "handed": make_concern(dudley),
        "about_officer": make_concern(walsall),
        "about_commander": make_concern(walsall),
    }
    things["safety"].review_safety(True, "At risk", by=dudley_officer)
    things["handed"].disclose_complaint("", by=dudley_officer)
    things["about_officer"].name_person(walsall_officer, by=walsall_commander)
    things["about_commander"].name_person(walsall_commander, by=walsall_officer)
    return things


SEES = {
    "walsall_commander": {"walsall", "about_officer"},
    "walsall_officer": {"walsall"},
    "dudley_commander": {"dudley", "safety", "handed"},
    "dudley_officer": {"dudley", "safety", "handed"},
    "desk": {"unplaced", "vacant", "safety", "about_commander"},
    "department": {"handed"},
    "auditor": {
        "walsall", "dudley", "unplaced", "vacant", "safety", "handed", "about_officer", "about_commander",
    },
    "editor": set(), "overview": set(), "staff_admin": set(), "nobody": set(),
}  # fmt: skip


@pytest.mark.parametrize("who", sorted(SEES))
def test_visible_to_is_exactly_what_the_role_sees(cast, scene, who):
    names = {concern.pk: name for name, concern in scene.items()}
    assert {names[pk] for pk in Concern.objects.visible_to(cast[who]).values_list("pk", flat=True)} == SEES[who]
    # One concern and the queryset say the same.
    fresh = {name: Concern.objects.get(pk=concern.pk) for name, concern in scene.items()}
    assert {name for name, concern in fresh.items() if capacities(cast[who], concern)} == SEES[who]


def test_visible_to_nobody_signed_in_is_nothing(scene, client):
    assert list(Concern.objects.visible_to(client.get("/healthz").wsgi_request.user)) == []


def test_may_is_settled_in_one_table(cast, scene):
    table = {
        ("walsall_commander", "walsall"): MAY[Capacity.COMMANDER] - {Act.PLACE},
        ("walsall_officer", "walsall"): MAY[Capacity.OFFICER],
        ("desk", "unplaced"): MAY[Capacity.DESK] - {Act.MOVE},
        ("desk", "vacant"): MAY[Capacity.DESK] - {Act.PLACE},
        ("department", "handed"): {Act.NOTE, Act.REPLY},
        ("auditor", "walsall"): set(),
        ("dudley_commander", "walsall"): set(),
        ("overview", "walsall"): set(),
    }
    fresh = {name: Concern.objects.get(pk=concern.pk) for name, concern in scene.items()}
    assert {key: set(acts_of(cast[key[0]], fresh[key[1]])) for key in table} == {k: set(v) for k, v in table.items()}


def test_officers_neither_assign_others_nor_move():
    assert MAY[Capacity.OFFICER] & {Act.ASSIGN, Act.MOVE, Act.PLACE, Act.HAND} == set()
    assert Act.CONTACT not in MAY[Capacity.DESK] | MAY[Capacity.DEPARTMENT] | MAY[Capacity.AUDITOR]


def test_command_begins_and_ends_with_its_days(make_concern, walsall, person, time_machine):
    concern = make_concern(walsall)
    leader = person("leader")
    Command.objects.create(area=walsall, person=leader, from_date="2026-12-01", until="2026-12-31")
    # Days are Europe/London's; in winter that is UTC.
    for moment, sees in (
        ("2026-11-30T23:59:59+00:00", False), ("2026-12-01T00:00:00+00:00", True),
        ("2026-12-31T23:59:59+00:00", True), ("2027-01-01T00:00:00+00:00", False),
    ):  # fmt: skip
        time_machine.move_to(moment, tick=False)
        again = type(leader).objects.get(pk=leader.pk)
        assert Concern.objects.visible_to(again).filter(pk=concern.pk).exists() == sees
        assert may(again, Act.MOVE, concern) == sees


def test_acting_commander_has_the_command_for_those_days(
    make_concern, walsall, walsall_commander, person, time_machine
):
    concern = make_concern(walsall)
    acting = person("acting")
    command = Command.objects.get(area=walsall)
    CommandCover.objects.create(command=command, person=acting, from_date="2026-12-05", until="2026-12-06")
    for day, sees in ((4, False), (5, True), (6, True), (7, False)):
        time_machine.move_to(f"2026-12-0{day}T12:00:00+00:00", tick=False)
        again = type(acting).objects.get(pk=acting.pk)
        assert may(again, Act.ASSIGN, concern) == sees
