"""Taking a list as a file: what one may see, chosen columns, no contact details, no formula, written down first."""

import csv
import io
from datetime import datetime, timedelta

import pytest

from accounts.stamp import LONDON
from areas.models import Force
from feedback import clock
from feedback.casework import export as module
from feedback.casework.export import COLUMNS
from feedback.casework.leaving import filename, masked
from feedback.casework.sheet import as_csv, facts_of
from feedback.insight.files import harmless
from feedback.models import Concern, ReadLog

from .test_casework import unwritable_read_log

pytestmark = pytest.mark.django_db

EXPORT = "/dashboard/export/"
CONTACT = {"name": "Pat Example", "phone": "07700 900123", "email": "pat@example.org", "safe_to_contact": True}


def rows(response):
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline="")))


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


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20"])
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


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("due=missed", [("Reply", "Missed"), ("Status", "Open")]),
        ("search=bikes", [("Words, reference, place or postcode", "bikes"), ("Status", "Any")]),
        ("kind=idea&status=", [("Kind", "An idea"), ("Status", "Any")]),
    ],
)
def test_page_says_which_list_it_is(signed_in, walsall_commander, asked, told):
    page = signed_in(walsall_commander).get(f"{EXPORT}?{asked}")
    assert sorted((str(label), str(words)) for label, words in page.context["list"]) == sorted(told)
    assert [f"<strong>{words}</strong>" in page.content.decode() for _label, words in told] == [True] * len(told)


def test_a_spreadsheet_reads_every_language(signed_in, make_concern, walsall, walsall_commander):
    make_concern(walsall, text="Głośne motocykle. ਸ਼ੋਰ.")
    file = b"".join(signed_in(walsall_commander).post(EXPORT, {"query": "", "columns": ["text"]}).streaming_content)
    assert file == "\ufeffWhat the person wrote\r\nGłośne motocykle. ਸ਼ੋਰ.\r\n".encode()


# ---- how to reach somebody, and who took it --------------------------------------------------------------------------
WORDS = "Ring me on 07700 900123 or +44 (0)7700 900456, or jo@example.org. It is at 12 Green Street."
SAFE = "Ring me on [phone left out] or [phone left out], or [e-mail left out]. It is at 12 Green Street."


def test_words_that_leave_say_nothing_of_how_to_reach_anybody(signed_in, make_concern, walsall, walsall_commander):
    make_concern(walsall, text=WORDS, place="Behind 07700 900789")
    response = signed_in(walsall_commander).post(EXPORT, {"query": "", "columns": ["text", "place"]})
    assert rows(response)[1] == ["Behind [phone left out]", SAFE]


def test_sheet_as_a_file_says_nothing_of_how_to_reach_anybody(make_concern, walsall):
    concern = make_concern(walsall, text=WORDS, times="Call 0121 496 0000 first")
    sheet = as_csv(facts_of(concern))
    assert (SAFE in sheet, "Call [phone left out] first" in sheet, "900123" in sheet) == (True, True, False)


def test_the_printed_sheet_masks_what_its_file_masks(signed_in, make_concern, walsall, walsall_officer):
    text = f"{WORDS} His name is [officers only 1]."
    concern = make_concern(
        walsall, text=text, sealed={"1": "Demo Grey"}, times="07700 900124 at night", place="By 07700 900125"
    )
    concern.disclose_crime("20/07700 900126", "", by=walsall_officer)
    page = signed_in(walsall_officer).post(
        f"/dashboard/concerns/{concern.reference}/sheet/", {"version": concern.version, "seen": 0, "shape": "page"}
    )
    shown = dict(page.context["facts"])
    assert (page.status_code, "9001" in page.content.decode().replace("900126", ""), "Demo Grey" in page.content.decode()) == (
        200, False, False,
    )  # fmt: skip
    assert shown["What the person wrote"] == f"{SAFE} His name is [officers only 1]."
    assert shown["Crime number"] == "20/07700 900126"  # ours, and no way to reach anybody
    due = concern.received_at + timedelta(hours=Force.objects.get().crime_recording_hours)
    assert shown["To be recorded by"] == clock.in_words(due)
    assert [row for row in csv.reader(io.StringIO(as_csv(facts_of(concern))))] == [
        [name, harmless(value)] for name, value in shown.items()
    ]


@pytest.mark.parametrize(
    ("text", "own", "left"),
    [
        ("I am Demo Green, and Ms green lives by the green. Gary Demo-Grey hit me.", "Demo Green",
         "I am [their name left out], and Ms green lives by the green. Gary Demo-Grey hit me."),
        ("DEMO  GREEN told you before. Mrs Green again.", "Demo Green",
         "[their name left out] told you before. Mrs [their name left out] again."),
        ("My name is Sarah Whittle. My ex Darren broke the fence.\nThanks, Sarah Whittle", "",
         "My name is [their name left out]. My ex Darren broke the fence.\nThanks, [their name left out]"),
        ("Sarah saw it.", "", "Sarah saw it."),
        ("A (new) gate. C++", "(new) C++", "A (new) gate. [their name left out]"),
    ],
)  # fmt: skip
def test_who_told_us_is_left_out_and_whom_they_name_stays(text, own, left):
    assert masked(text, own) == left


def test_the_sheet_leaves_out_the_name_that_is_sealed_beside_it(make_concern, walsall):
    contact = {"name": "Demo Whittle", "email": "demo@example.org"}
    concern = make_concern(
        walsall, text="Demo Whittle here. Gary hit me.", place="Outside Whittle House", contact=contact
    )
    facts = dict(facts_of(concern))
    assert facts["What the person wrote"] == "[their name left out] here. Gary hit me."
    assert facts["Where exactly"] == "Outside [their name left out] House"


def test_thirty_numbers_are_thirty_left_out():
    assert masked(", ".join(f"07700 9001{n:02}" for n in range(30))) == ", ".join(["[phone left out]"] * 30)
    assert masked("Nothing here, at 10:30 on 12 May 2026.") == "Nothing here, at 10:30 on 12 May 2026."


@pytest.mark.parametrize(
    ("name", "rank", "collar", "who"),
    [
        ("Demo Lee", "Sergeant", "D12", "sergeant-demo-lee"),
        ("李小龙", "Sergeant", "D12", "d12"),
        ("李小龙", "Sergeant", "", "person-{pk}"),
    ],
)
def test_file_is_called_after_who_took_it(person, time_machine, name, rank, collar, who):
    time_machine.move_to(datetime(2026, 7, 1, 12, 30, tzinfo=LONDON), tick=False)
    somebody = person("lee", name=name, rank=rank, collar_number=collar)
    assert filename("concerns", 3, somebody) == f"concerns-2026-07-01-3-by-{who.format(pk=somebody.pk)}.csv"


def test_figures_that_leave_are_counted_and_signed(signed_in, walsall_commander, overview):
    for who, path, what in (
        (walsall_commander, "/dashboard/insight/hours.csv?area=walsall", "hours-walsall"),
        (overview, None, ""),
    ):
        client = signed_in(who)
        if path is None:
            table = client.get("/dashboard/force/").context["tables"][0]
            path, what = f"/dashboard/force/{table.name}.csv", f"{table.name}-of-the-force"
        response = client.get(path)
        number = len(list(csv.reader(io.StringIO(response.content.decode(), newline="")))) - 1
        assert response["Content-Disposition"] == f'attachment; filename="{filename(what, number, who)}"'
        line = ReadLog.objects.filter(what="export", person=who).latest("pk")
        assert line.rows == number
