"""What stands beside one concern: others near it, and who might take it; nothing of another area plays a part."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.stamp import today_in_london
from feedback.casework.giving import AssignForm
from feedback.casework.near import near
from feedback.casework.suggestion import suggestions
from feedback.models import Concern
from hubs.models import Absence, Posting

from .test_casework import CONTACT, page_of, send

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
BIKES = "Off-road bikes on the green behind the shops every evening."


@pytest.fixture
def posted(person, team_of, walsall):
    """Makes an officer of Walsall, perhaps a named contact: `posted("pat", bloxwich_west)`."""

    def make(handle, *wards, kind="neighbourhood"):
        posting = Posting.objects.create(
            person=person(handle), team=team_of(walsall, kind=kind), from_date="2026-01-01"
        )
        posting.named_wards.set(wards)
        return posting.person

    return make


# ---- near ------------------------------------------------------------------------------------------------------------


def test_alike_in_the_same_place_comes_first(make_concern, walsall, bloxwich_west, walsall_officer):
    concern = make_concern(walsall, ward=bloxwich_west, text=BIKES)
    alike = make_concern(walsall, ward=bloxwich_west, text="Bikes on the green behind the shops again this evening")
    make_concern(walsall, ward=bloxwich_west, text="Kerbs.", category=concern.category)
    elsewhere = walsall.wards.active().exclude(pk=bloxwich_west.pk).first()
    make_concern(walsall, ward=elsewhere, text=BIKES)
    found = near(walsall_officer, concern)
    assert (found[0].concern, found[0].why) == (alike, "same ward, the same day, same kind, similar words")
    assert elsewhere.pk not in {one.concern.ward_id for one in found}


def test_far_in_time_is_not_near(make_concern, walsall, bloxwich_west, walsall_officer, time_machine):
    time_machine.move_to("2026-06-01T09:00:00+00:00")
    make_concern(walsall, ward=bloxwich_west, text=BIKES)
    time_machine.move_to("2026-11-01T09:00:00+00:00")
    assert near(walsall_officer, make_concern(walsall, ward=bloxwich_west, text=BIKES)) == []


def test_metres_count_where_points_are_known(make_concern, walsall, bloxwich_west, walsall_officer):
    concern, close, far = (make_concern(walsall, ward=bloxwich_west, text=BIKES) for _each in range(3))
    for one, lat in ((concern, 52.6), (close, 52.601), (far, 52.65)):
        Concern.objects.filter(pk=one.pk).update(lat=lat, lon=-2.0)
    concern.refresh_from_db()
    assert [(one.concern, one.why.split(",")[0]) for one in near(walsall_officer, concern)][0] == (
        close, "110 metres away",
    )  # fmt: skip


def test_near_is_bounded_and_one_question(make_concern, walsall, bloxwich_west, walsall_officer):
    concern = make_concern(walsall, ward=bloxwich_west, text=BIKES)
    for _each in range(7):
        make_concern(walsall, ward=bloxwich_west, text=BIKES)
    near(walsall_officer, concern)
    with CaptureQueriesContext(connection) as asked:
        assert len(near(walsall_officer, concern)) == 5
    assert [query["sql"].count("LIMIT 100") for query in asked.captured_queries] == [2]


def test_the_same_place_in_two_wards_is_near(make_concern, walsall, bloxwich_west, walsall_officer):
    """A ward's edge runs along a street: what two neighbours tell us is one matter."""
    other_ward = walsall.wards.active().exclude(pk=bloxwich_west.pk).first()
    concern, twin, far = (
        make_concern(walsall, ward=ward, text=BIKES) for ward in (bloxwich_west, other_ward, other_ward)
    )
    Concern.objects.filter(pk__in=[concern.pk, twin.pk]).update(lat=52.6, lon=-2.0)
    Concern.objects.filter(pk=far.pk).update(lat=52.6, lon=-2.02)
    concern.refresh_from_db()
    assert [(one.concern, one.why) for one in near(walsall_officer, concern)] == [
        (twin, "0 metres away, the same day, same kind, similar words")
    ]


@pytest.fixture
def crowd(make_concern, walsall, bloxwich_west):
    """Copies a concern many times, received so many minutes from it: `crowd(concern, range(10, 160))`."""

    def make(concern, minutes, **changed):
        fields = {f.attname: getattr(concern, f.attname) for f in Concern._meta.concrete_fields if not f.primary_key}
        start = Concern.objects.count()
        Concern.objects.bulk_create(
            Concern(
                **fields | changed | {
                    "reference": f"T-{start + n}", "key_hash": f"{start + n}",
                    "received_at": concern.received_at + timedelta(minutes=m),
                }
            )
            for n, m in enumerate(minutes)
        )  # fmt: skip

    return make


@pytest.mark.parametrize("side", [1, -1], ids=["after", "before"])
def test_a_twin_of_the_same_day_stands_out_however_many_came_since(
    make_concern, walsall, bloxwich_west, walsall_officer, crowd, time_machine, side
):
    time_machine.move_to("2026-11-01T09:00:00+00:00", tick=False)
    concern = make_concern(walsall, ward=bloxwich_west, text=BIKES)
    crowd(concern, [side])
    crowd(concern, [60 * hours for hours in range(24, 24 + 150)], text="Kerbs.")
    crowd(concern, [-60 * hours for hours in range(24, 24 + 150)], text="Kerbs.")
    assert near(walsall_officer, concern)[0].why == "same ward, the same day, same kind, similar words"


@pytest.mark.postgres
@pytest.mark.parametrize("placed", [True, False], ids=["with a point", "without"])
def test_near_walks_an_index_of_ten_thousand(make_concern, walsall, bloxwich_west, walsall_officer, crowd, placed):
    concern = make_concern(walsall, ward=bloxwich_west, text=BIKES)
    crowd(concern, range(-20_000, -10_000, 2), lat=52.7, lon=-2.1)
    crowd(concern, range(-200_000, -20_000, 36))
    if placed:
        Concern.objects.filter(pk=concern.pk).update(lat=52.6, lon=-2.0)
    concern.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE feedback_concern")
    with CaptureQueriesContext(connection) as asked:
        near(walsall_officer, concern)
    for query in [query["sql"] for query in asked.captured_queries if "feedback_concern" in query["sql"]]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert ("Seq Scan on feedback_concern" in plan, "Index" in plan) == (False, True), plan


# ---- who might take it -----------------------------------------------------------------------------------------------


def first(user, concern):
    found = suggestions(user, concern)
    return found[0].posting.person if found else None


def test_the_suggestion_changes_where_it_must(make_concern, walsall, bloxwich_west, walsall_commander, posted):
    """Ward, absence, load, an ended posting and whom it is about: each of them makes it somebody else."""
    contact, colleague = posted("contact", bloxwich_west), posted("colleague")
    other_ward = walsall.wards.active().exclude(pk=bloxwich_west.pk).first()
    neighbour = posted("neighbour", other_ward)
    concern = make_concern(walsall, ward=bloxwich_west)
    assert first(walsall_commander, concern) == contact
    assert first(walsall_commander, make_concern(walsall, ward=other_ward)) == neighbour

    away = Absence.objects.create(person=contact, from_date=today_in_london())
    assert first(walsall_commander, concern) == colleague
    away.delete()
    assert first(walsall_commander, concern) == contact

    for _each in range(13):
        make_concern(walsall).assign(officer=contact, by=walsall_commander)
    assert first(walsall_commander, concern) == colleague
    Concern.objects.filter(officer=contact).update(officer=None)

    concern.name_person(contact, by=walsall_commander)
    assert first(walsall_commander, concern) == colleague
    Posting.objects.filter(person=colleague).update(until="2026-01-02")
    assert first(walsall_commander, concern) == neighbour


def test_the_suggestion_says_why(make_concern, walsall, bloxwich_west, walsall_commander, posted, team_of):
    contact = posted("contact", bloxwich_west)
    team_of(walsall).wards.add(bloxwich_west)
    make_concern(walsall).assign(officer=contact, by=walsall_commander)
    (found,) = suggestions(walsall_commander, make_concern(walsall, ward=bloxwich_west))
    assert found.reasons == [
        "named contact of Bloxwich West", "their team looks after Bloxwich West",
        "their team deals with such matters", "1 open concern",
    ]  # fmt: skip


def test_the_page_suggests_and_says_why(signed_in, make_concern, walsall, bloxwich_west, walsall_commander, posted):
    contact = posted("contact", bloxwich_west)
    page = signed_in(walsall_commander).get(page_of(make_concern(walsall, ward=bloxwich_west)))
    assert page.context["next"].initial["officer"] == contact.pk
    assert "named contact of Bloxwich West" in page.content.decode()


def test_who_gives_within_a_team_has_suggestions_from_it(make_concern, walsall, bloxwich_west, person, posted, team_of):
    """However many of other teams come before them."""
    for number in range(4):
        posted(f"near{number}", bloxwich_west)
    sergeant, own, team = person("sergeant"), person("own"), team_of(walsall, kind="response")
    Posting.objects.create(person=sergeant, team=team, role="sergeant", from_date="2026-01-01")
    Posting.objects.create(person=own, team=team, from_date="2026-01-01")
    form = AssignForm(concern=make_concern(walsall, ward=bloxwich_west), user=sergeant)
    assert [one.posting.person for one in form.suggested] == [own]
    assert form.initial["officer"] == own.pk


# ---- nothing of another area -----------------------------------------------------------------------------------------


def test_a_concern_of_another_area_changes_no_byte(
    signed_in, make_concern, walsall, dudley, bloxwich_west, walsall_commander, dudley_officer, posted, time_machine
):
    """Near, suggestion and same contact are byte for byte the same with a marker concern in Dudley."""
    time_machine.move_to("2026-11-23T09:00:00+00:00", tick=False)
    contact = posted("contact", bloxwich_west)
    concern = make_concern(walsall, ward=bloxwich_west, text=BIKES, contact=CONTACT)
    make_concern(walsall, ward=bloxwich_west, text=BIKES)
    client = signed_in(walsall_commander)

    def without_tokens():
        pages = [client.get(page_of(concern)), send(client, concern, "contact", reason="To ring back")]
        return [TOKEN.sub("", page.content.decode().partition("<main")[2]) for page in pages]

    before = without_tokens()
    for _each in range(3):
        marked = make_concern(dudley, text=f"quokka {BIKES}", contact=CONTACT)
        Concern.objects.filter(pk=marked.pk).update(ward=bloxwich_west, officer=contact)
    assert without_tokens() == before
    assert not any("quokka" in page for page in before)


def test_one_concern_asks_under_25_questions_however_much_there_is(
    signed_in, make_concern, walsall, bloxwich_west, walsall_commander, walsall_officer, posted
):
    concern = make_concern(walsall, ward=bloxwich_west, text=BIKES, contact=CONTACT)
    concern.begin_problem("Bikes", by=walsall_officer)
    client = signed_in(walsall_commander)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page_of(concern)).status_code == 200
        words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return sum(not query["sql"].startswith(words) for query in captured.captured_queries)

    asked()
    posted("one", bloxwich_west)
    make_concern(walsall, ward=bloxwich_west, text=BIKES).link_to(concern.problem, by=walsall_officer)
    few = asked()
    for number in range(4):
        posted(f"more{number}", bloxwich_west)
        make_concern(walsall, ward=bloxwich_west, text=BIKES).link_to(concern.problem, by=walsall_officer)
        concern.add_note("Seen.", by=walsall_officer)
    assert (asked(), few < 25) == (few, True)


# ---- the desk ----------------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_the_lists_of_the_desk_walk_indexes_of_ten_thousand(
    make_concern, walsall, dudley, bloxwich_west, commander_of, desk, crowd
):
    commander_of(walsall), commander_of(dudley)
    concern = make_concern(walsall, ward=bloxwich_west, text=BIKES)
    crowd(concern, range(-100_000, -100, 10))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE feedback_concern")
    for listed in (Concern.objects.visible_to(desk), Concern.objects.at_desk(desk).in_due_order()):
        plan = listed[:25].explain()
        assert ("Seq Scan on feedback_concern" in plan, "concern_about_somebody" in plan) == (False, True), plan


@pytest.mark.postgres
def test_the_queue_of_who_sees_every_area_walks_indexes_of_ten_thousand(
    make_concern, walsall, bloxwich_west, signed_in, auditor, crowd
):
    crowd(make_concern(walsall, ward=bloxwich_west, text=BIKES), range(-100_000, -100, 10))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE feedback_concern")
    for asked, walked in {"": "concern_queue", "?status=": "concern_received"}.items():
        with CaptureQueriesContext(connection) as captured:
            assert signed_in(auditor).get(f"/dashboard/queue/{asked}").status_code == 200
        (rows,) = [
            sql for one in captured if "ORDER BY" in (sql := one["sql"]) and 'FROM "feedback_concern" INNER JOIN' in sql
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {rows}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert (walked in plan, "Seq Scan on feedback_concern" in plan) == (True, False), plan
