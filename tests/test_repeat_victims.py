"""Somebody who tells one area again and again of what hurts people: the portal asks, a human decides, nobody else learns."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.stamp import LONDON
from areas.models import Force
from feedback import privacy
from feedback.insight.brief import Brief
from feedback.lifecycle import Outcome, Repeat, TextNeeded
from feedback.management.commands.sweep import mark_repeats, tend
from feedback.models import Category, Concern, ConcernUpdate
from feedback.models.concern import Stale
from tests.racing import race

from .test_casework import page_of, send

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 9, tzinfo=LONDON)
ROSE = {"name": "Rose", "email": "rose@example.org"}


@pytest.fixture(autouse=True)
def on_a_monday(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def told(make_concern, walsall):
    """`told(1, 30, contact=..., area=...)`: one person told Walsall so many days ago each; the concerns in that order."""

    def make(*days, contact=ROSE, area=walsall, **answers):
        made = [make_concern(area, contact=contact, **answers) for _day in days]
        for one, day in zip(made, days, strict=True):
            Concern.objects.filter(pk=one.pk).update(received_at=NOW - timedelta(days=day))
            one.refresh_from_db()
        return made

    return make


def marks(concerns):
    return [Concern.objects.get(pk=one.pk).repeat for one in concerns]


def lines(concern):
    """What the history keeps of it: who, what and why."""
    rows = ConcernUpdate.objects.filter(concern=concern, kind="repeat").order_by("pk")
    return [(row.by_label, row.side, row.detail, row.text, row.public) for row in rows]


# ---- the portal asks -------------------------------------------------------------------------------------------------


def test_the_newest_open_concern_is_marked_once(told):
    made = told(100, 40, 3)
    assert (mark_repeats(), marks(made)) == (1, ["", "", "asked"])
    assert (mark_repeats(), lines(made[2])) == (0, [("", "system", "asked", "", False)])
    more = told(1)
    assert (mark_repeats(), marks(made + more)) == (0, ["", "", "asked", ""])


def test_the_sweep_marks(told):
    made = told(100, 40, 3)
    assert (tend()["marked as of repeat victims"], marks(made)[2]) == (1, "asked")


def test_how_often_and_how_long_are_facts_of_the_force(told):
    made = told(70, 40, 3)
    Force.objects.update(repeat_months=2)
    assert mark_repeats() == 0
    Force.objects.update(repeat_reports=2)
    assert (mark_repeats(), marks(made)) == (1, ["", "", "asked"])


def test_who_counts_for_ever_stops_no_sweep(told):
    made = told(3000, 40, 3)
    Force.objects.update(repeat_months=32767)
    assert (mark_repeats(), marks(made)) == (1, ["", "", "asked"])


@pytest.mark.parametrize(
    "spoil",
    [
        {"suspected": True},
        {"status": "resolved", "outcome": Outcome.WITHDRAWN, "resolved_at": NOW},
        {"status": "resolved", "outcome": Outcome.NOT_A_CONCERN, "resolved_at": NOW},
        {"kind": "idea", "due_at": None},
        {"desk_reason": "moved_too_often"},
        {"received_at": NOW - timedelta(days=185)},
        {"category": "presence"},
        {"about_person": "officer"},
        {"area": "dudley"},
    ],
    ids=str,
)
def test_what_does_not_count(told, spoil, dudley, walsall_officer):
    real = {"officer": walsall_officer, "dudley": dudley, "presence": Category.objects.get(code="presence")}
    made = told(100, 40, 3)
    Concern.objects.filter(pk=made[0].pk).update(**{name: real.get(value, value) for name, value in spoil.items()})
    assert (mark_repeats(), marks(made)) == (0, ["", "", ""])


def test_what_ended_well_counts_and_is_not_marked(told):
    made = told(100, 40, 30, 3)
    Concern.objects.filter(pk=made[0].pk).update(status="resolved", outcome=Outcome.SOLVED, resolved_at=NOW)
    Concern.objects.filter(pk=made[3].pk).update(status="resolved", outcome=Outcome.SOLVED, resolved_at=NOW)
    assert mark_repeats() == 0  # the open ones are of weeks ago: looked at when they came in
    more = told(2)
    assert (mark_repeats(), marks(made + more)) == (1, ["", "", "", "", "asked"])


def test_two_halves_of_one_concern_count_once(told, walsall_officer):
    made = told(40, 3)
    made[0].split("The second matter.", made[0].category, by=walsall_officer)
    assert mark_repeats() == 0


def test_people_are_told_apart_by_address_and_number(told):
    told(50, 40, contact={"phone": "01632 960001"})
    told(30, contact={"email": "sam@example.org"})
    told(20, contact={"name": "Rose"})
    both = told(3, contact={"email": "sam@example.org", "phone": "+44 1632 960001"})
    assert (mark_repeats(), marks(both)) == (1, ["asked"])


def test_nothing_more_is_asked_while_somebody_tells_us(make_concern, walsall):
    make_concern(walsall, contact=ROSE)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        make_concern(walsall, contact=ROSE)
    assert [query["sql"] for query in asked if '"repeat" =' in query["sql"] or "email_key" in query["sql"]] == [
        query["sql"] for query in asked if query["sql"].startswith('INSERT INTO "feedback_contact"')
    ]  # fmt: skip


def test_the_sweep_asks_as_often_for_many_as_for_few(told, walsall_officer):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            Concern.repeats_to_mark()
        return len(queries)

    told(3, 4, 5)
    few = asked()
    for number in range(5):
        told(1, 2, 3, contact={"email": f"person{number}@example.org"})
    assert (asked(), len(Concern.repeats_to_mark())) == (few, 6)


# ---- a named human decides -------------------------------------------------------------------------------------------


@pytest.fixture
def asked(told):
    """Four concerns of one person, of which the newest is marked."""
    made = told(100, 40, 3)
    mark_repeats()
    made[2].refresh_from_db()
    return made[2]


def test_somebody_decides_and_later_ones_carry_it(asked, told, walsall_officer):
    asked.decide_repeat(Repeat.YES, "Her windows were broken twice.", by=walsall_officer)
    assert lines(asked)[1:] == [(str(walsall_officer), "force", "yes", "Her windows were broken twice.", False)]
    before = told(5)
    later, parking = told(0), told(0, category=Category.objects.get(code="road-parking"))
    other = told(0, contact={"email": "sam@example.org"})
    assert (mark_repeats(), marks(before + later + parking + other)) == (2, ["", "yes", "yes", ""])
    assert lines(later[0]) == [("", "system", "yes", "", False)]


def test_after_a_no_it_is_asked_again_when_as_much_came_in_since(asked, told, walsall_officer, time_machine):
    asked.decide_repeat(Repeat.NO, "A quarrel about one fence.", by=walsall_officer)
    time_machine.move_to(NOW + timedelta(days=4), tick=False)
    later = told(-1, -2)
    assert mark_repeats() == 0
    later += told(-3)
    assert (mark_repeats(), marks(later)) == (1, ["", "", "asked"])


def test_the_last_word_counts(asked, told, walsall_officer, walsall_commander, time_machine):
    asked.decide_repeat(Repeat.YES, "Again.", by=walsall_officer)
    time_machine.move_to(NOW + timedelta(hours=1), tick=False)
    asked.decide_repeat(Repeat.NO, "It was somebody else.", by=walsall_commander)
    assert (marks([asked]), [line[2] for line in lines(asked)]) == (["no"], ["asked", "yes", "no"])
    told(0)
    assert mark_repeats() == 0


def test_a_decision_needs_a_reason_and_a_fresh_page(asked, walsall_officer):
    with pytest.raises(TextNeeded):
        asked.decide_repeat(Repeat.YES, " ", by=walsall_officer)
    with pytest.raises(Stale):
        asked.decide_repeat(Repeat.YES, "So.", by=walsall_officer, version=asked.version - 1)
    assert marks([asked]) == ["asked"]


def test_it_is_decided_on_the_concerns_page(signed_in, asked, told, walsall_officer):
    client = signed_in(walsall_officer)
    page = client.get(page_of(asked)).content.decode()
    others = [one.reference for one in Concern.objects.exclude(pk=asked.pk)]
    assert ("Repeat victim?" in page, [reference in page for reference in others]) == (True, [True, True])
    refused = send(client, asked, "repeat", repeat="yes", text="")
    assert (refused.status_code, marks([asked])) == (422, ["asked"])
    done = send(client, asked, "repeat", repeat="yes", text="Twice a week.")
    assert (done.status_code, marks([asked])) == (303, ["yes"])
    page = client.get(page_of(asked)).content.decode()
    assert ["Twice a week." in page, "Repeat victim?" in page] == [True, False]
    stale = send(client, asked, "repeat", repeat="no", text="Hm.", version=asked.version)
    assert (stale.status_code, marks([asked])) == (409, ["yes"])
    assert send(client, asked, "repeat", repeat="no", text="It was her sister.").status_code == 303
    assert marks([asked]) == ["no"]


def test_it_is_offered_only_where_it_was_asked(signed_in, told, walsall_officer):
    page = signed_in(walsall_officer).get(page_of(told(3)[0]))
    assert [form.act for form in [*page.context["forms"], page.context["next"]] if form and form.act == "repeat"] == []


def test_what_stands_beside_it_is_what_this_colleague_may_see(signed_in, asked, told, dudley, walsall_officer):
    hidden, away = told(5)[0], told(6, area=dudley)[0]
    Concern.objects.filter(pk=hidden.pk).update(about_person=walsall_officer)
    page = signed_in(walsall_officer).get(page_of(asked)).content.decode()
    assert [hidden.reference in page, away.reference in page] == [False, False]


@pytest.mark.parametrize("who", ["dudley_officer", "auditor", "desk"])
def test_nobody_else_decides(signed_in, asked, request, who, officer_of, dudley):
    person = officer_of(dudley, "other") if who == "dudley_officer" else request.getfixturevalue(who)
    answer = send(signed_in(person), asked, "repeat", repeat="yes", text="So.")
    assert (answer.status_code in (403, 404), marks([asked])) == (True, ["asked"])


# ---- what others learn -----------------------------------------------------------------------------------------------


def test_another_area_learns_nothing(asked, told, walsall_commander, walsall_officer, dudley, commander_of, signed_in):
    asked.decide_repeat(Repeat.YES, "Her windows were broken.", by=walsall_officer)
    asked.move_to_area(dudley, "It lies in Dudley.", by=walsall_commander)
    assert marks([asked]) == [""]
    page = signed_in(commander_of(dudley)).get(page_of(asked)).content.decode()
    assert ["Repeat victim" in page, "repeat victim" in page, "windows were broken" in page] == [False, False, False]
    told(0, area=dudley)
    assert (mark_repeats(), Concern.objects.filter(area=dudley).exclude(repeat="").count()) == (0, 0)


def test_the_person_reads_nothing_of_it(asked, walsall_officer):
    asked.decide_repeat(Repeat.YES, "Her windows were broken.", by=walsall_officer)
    assert list(asked.updates.filter(kind="repeat", public=True)) == []
    assert asked.notifications.filter(update__kind="repeat").count() == 0


def test_erasure_takes_it_along(asked, walsall_officer, walsall_commander):
    asked.decide_repeat(Repeat.YES, "Her windows were broken.", by=walsall_officer)
    privacy.erase(asked, "They asked for it.", by=walsall_commander)
    assert (marks([asked]), [line[3] for line in lines(asked)]) == ([""], ["", ""])
    assert mark_repeats() == 0


# ---- lists -----------------------------------------------------------------------------------------------------------


def test_queue_and_brief_tell_of_them(signed_in, asked, told, walsall, walsall_officer):
    (line,) = [line for line in Brief(walsall_officer, walsall).lines if line.name == "repeat"]
    assert (line.number, line.words) == (1, "person may be a repeat victim, to review")
    client = signed_in(walsall_officer)
    found = client.get(line.href).content.decode()
    assert found.count("Repeat victim?</span>") == 1
    assert [asked.reference in found, Concern.objects.exclude(pk=asked.pk).first().reference in found] == [True, False]
    asked.decide_repeat(Repeat.YES, "Again.", by=walsall_officer)
    assert [line for line in Brief(walsall_officer, walsall).lines if line.name == "repeat"] == []
    queue = reverse("casework:queue")
    rows = [client.get(queue, {"repeat": repeat}).context["page"].object_list for repeat in ("asked", "yes")]
    assert [[row.reference for row in found] for found in rows] == [[], [asked.reference]]


def test_the_filter_is_answered_by_an_index_of_marked_ones_alone(asked, walsall_officer):
    marked = Concern.objects.visible_to(walsall_officer).filter(area=asked.area).repeat_victims(Repeat.ASKED)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'concern_of_a_repeat_victim'")
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'concern_of_a_repeat_victim'")
        ((made,),) = cursor.fetchall()
    assert "WHERE" in made
    assert "concern_of_a_repeat_victim" in marked.order_by().explain()


def test_pack_and_admin_say_what_hurts_people():
    hurts = set(Category.objects.filter(repeat_victims=True).values_list("code", flat=True))
    assert hurts == {"asb-rowdy", "asb-neighbour", "asb-vehicle", "asb-drugs", "asb-noise", "safe-public"}
    assert Force.objects.values_list("repeat_reports", "repeat_months").get() == (3, 6)


def test_a_figure_that_can_not_be_counted_holds_nothing_up(told, monkeypatch):
    made = told(100, 40, 3)
    monkeypatch.setattr("feedback.insight.tallies.street_of", lambda place: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tend()
    assert marks(made) == ["", "", "asked"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_moment_ask_once(told):
    made = told(100, 40, 3)
    assert (sum(race([mark_repeats] * 4)), marks(made), len(lines(made[2]))) == (1, ["", "", "asked"], 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_the_same_moment_one_reads_again(asked, walsall_officer, walsall_commander):
    def decide(repeat, by):
        return Concern.objects.get(pk=asked.pk).decide_repeat(repeat, "So.", by=by, version=asked.version).detail

    said = race([partial(decide, "yes", walsall_officer), partial(decide, "no", walsall_commander)])
    (late,) = (one for one in said if isinstance(one, Exception))
    assert (type(late), marks([asked])) == (Stale, [one for one in said if one is not late])
    assert [detail for _by, _side, detail, *_rest in lines(asked)] == ["asked", *marks([asked])]


def test_a_round_of_the_sweep_runs(asked):
    call_command("sweep", once=True)
