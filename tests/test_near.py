"""What stands beside one concern: others near it, and who might take it; nothing of another area plays a part."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.stamp import today_in_london
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
    assert (len(asked), "LIMIT 100" in asked.captured_queries[0]["sql"]) == (1, True)


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
