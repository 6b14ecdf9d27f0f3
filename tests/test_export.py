"""Taking a list as a file: what one may see, chosen columns, no contact details, no formula, written down first."""

import csv
import io
from datetime import datetime

import pytest

from accounts.stamp import LONDON
from feedback.casework import export as module
from feedback.casework.export import COLUMNS
from feedback.models import Concern, ReadLog

from .test_casework import unwritable_read_log

pytestmark = pytest.mark.django_db

EXPORT = "/dashboard/export/"
CONTACT = {"name": "Pat Example", "phone": "07700 900123", "email": "pat@example.org", "safe_to_contact": True}


def rows(response):
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode(), newline="")))


def test_file_holds_the_chosen_columns_of_the_list(signed_in, make_concern, walsall, walsall_commander, time_machine):
    time_machine.move_to(datetime(2026, 7, 1, 12, 30, tzinfo=LONDON), tick=False)
    idea = make_concern(walsall, kind="idea", text="Lights, please")
    make_concern(walsall)
    client = signed_in(walsall_commander)
    response = client.post(EXPORT, {"query": "kind=idea", "columns": ["text", "reference", "received", "due"]})
    assert rows(response) == [
        ["Reference", "Received", "Reply due", "What the person wrote"],
        [idea.reference, "2026-07-01 12:30", "", "Lights, please"],
    ]
    assert response["Content-Disposition"] == (
        'attachment; filename="concerns-2026-07-01-1-by-chief-superintendent-demo-commander-walsall.csv"'
    )
    line = ReadLog.objects.get(what="export")
    assert (line.person, line.rows, line.door) == (walsall_commander, 1, "casework:export")
    assert line.why == "status=open kind=idea columns=reference,received,due,text"


def test_file_holds_only_what_one_may_see(
    signed_in, make_concern, walsall, dudley, walsall_commander, dudley_commander
):
    own, about = make_concern(walsall), make_concern(walsall)
    about.name_person(walsall_commander, by=dudley_commander)
    make_concern(dudley)
    response = signed_in(walsall_commander).post(EXPORT, {"columns": ["reference"], "query": "status="})
    assert rows(response) == [["Reference"], [own.reference]]


def test_no_column_says_how_to_reach_anybody(signed_in, make_concern, walsall, walsall_commander):
    make_concern(walsall, contact=CONTACT)
    answer = signed_in(walsall_commander).post(EXPORT, {"columns": list(COLUMNS)})
    body = b"".join(answer.streaming_content).decode()
    assert [part for part in CONTACT.values() if str(part) in body] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(signed_in, make_concern, walsall, walsall_commander, start):
    concern = make_concern(walsall, text="x", place="y")
    Concern.objects.filter(pk=concern.pk).update(text=f"{start}cmd|' /C calc'!A0", place=f"{start}1")
    response = signed_in(walsall_commander).post(EXPORT, {"columns": ["place", "text"]})
    assert rows(response)[1] == [f"'{start}1", f"'{start}cmd|' /C calc'!A0"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_that_cannot_be_written_down(signed_in, make_concern, walsall, walsall_commander):
    make_concern(walsall, text="Quokka")
    with unwritable_read_log():
        response = signed_in(walsall_commander).post(EXPORT, {"columns": ["text"]})
    assert (response.status_code, response.streaming, b"Quokka" in response.content) == (503, False, False)


def test_file_comes_in_pieces(
    signed_in, make_concern, walsall, walsall_commander, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(module, "CHUNK", 2)
    made = [make_concern(walsall, text="Short words.").reference for _each in range(5)]
    response = signed_in(walsall_commander).post(EXPORT, {"columns": ["reference"]})
    assert response.streaming
    with django_assert_max_num_queries(3):
        assert [row[0] for row in rows(response)[1:]] == made


def test_page_asks_for_columns_of_the_narrowed_list(signed_in, make_concern, walsall, walsall_commander):
    make_concern(walsall, kind="idea")
    client = signed_in(walsall_commander)
    page = client.get(EXPORT, {"kind": "idea", "page": 4})
    assert (page.status_code, page.context["count"].number, page.context["query"]) == (200, 1, "kind=idea")
    refused = client.post(EXPORT, {"query": "kind=idea"})
    assert (refused.status_code, "Choose at least one column" in refused.content.decode()) == (422, True)
    assert ReadLog.objects.count() == 0
