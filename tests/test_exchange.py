"""CSV in and out: there and back exactly, seen before it is done, all or nothing, and each in their own area."""

import csv
import io
from datetime import UTC, date, datetime
from html import unescape
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from accounts.models import Import, User
from areas.models import Meeting, Priority, PriorityAction, Ward
from feedback.models import Concern
from hubs.models import HoursException, OpeningHours, Posting
from policing_portal.exchange import cells, work
from policing_portal.exchange.books import TABLES
from policing_portal.exchange.writing import refuse_moved

pytestmark = pytest.mark.django_db

POSTINGS = ("hubs", "posting")
BIKES = "walsall / WARD / Bikes / noise / 2026-01-01"
NOBODY = "There is nobody with the collar number"
WORKBOOK = "This is a workbook, not a CSV file. In Excel choose Save as, then “CSV UTF-8”."
UNTYPED = "Row 4, person: it holds a character that nobody can read or type."


def exported(client, table=POSTINGS):
    answer = client.get(reverse("admin:export", args=table))
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def written(rows, **options):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n", **options)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def send(client, data, table=POSTINGS, name="demo.csv"):
    if not isinstance(data, bytes):
        data = written(data)
    return client.post(reverse("admin:import", args=table), {"file": SimpleUploadedFile(name, data)})


def looked_at(client, data, table=POSTINGS):
    """The import of a file, once the worker has looked at it."""
    answer = send(client, data, table)
    assert answer.status_code == 303, answer.context["form"].errors
    one = Import.objects.first()
    assert answer["Location"] == reverse("admin:import_one", args=[*table, one.pk])
    work.examine.func(one.pk)
    one.refresh_from_db()
    return one


def do(client, one, act, **more):
    return client.post(reverse("admin:import_one", args=[*one.table.split("."), one.pk]), {"do": act} | more)


def applied(client, one):
    """The import once the worker has applied it: also over rows of which the file does not say what it saw."""
    assert do(client, one, "apply", overwrite="on").status_code == 303
    work.apply.func(one.pk)
    one.refresh_from_db()
    return one


def said(one):
    """What is wrong, a sentence each, with row and column."""
    return [f"{line.number} {fact[0]}: {fact[1]}" for line in one.lines.filter(kind="wrong") for fact in line.facts]


def counts(one):
    return {kind: getattr(one, kind) for kind in ("new", "changed", "same", "wrong") if getattr(one, kind)}


@pytest.fixture
def staffed(person, team_of, walsall, dudley, bloxwich_west):
    """Three postings in Walsall, one in Dudley: with collar number and without, zeros in front, a reason like a formula."""
    pat = person("pat", collar_number="00412", rank="Police Constable")
    sam = person("sam", rank="PCSO")
    first = Posting.objects.create(person=pat, team=team_of(walsall), from_date="2026-01-01", share=60, reason="=1+1")
    first.named_wards.set([bloxwich_west, walsall.wards.active().exclude(pk=bloxwich_west.pk).first()])
    Posting.objects.create(person=pat, team=team_of(walsall, kind="response"), from_date="2026-02-01", share=40)
    Posting.objects.create(
        person=sam, team=team_of(walsall), from_date="2026-01-01", until="2026-12-31", role="sergeant"
    )
    Posting.objects.create(person=person("lee", collar_number="7"), team=team_of(dudley), from_date="2026-03-01")
    return pat


def test_postings_go_out_and_in_without_a_change(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    data = exported(client)
    assert data.startswith("\ufeffperson,name,team,role,from,until,share,named_wards,reason,version\r\n".encode())
    assert [row["person"] for row in rows_of(data)] == ["7", "00412", "sam@example.org", "00412"]
    assert rows_of(data)[1]["reason"] == "'=1+1"
    before = Posting.history.count()
    one = looked_at(client, data)
    assert (one.state, counts(one), said(one)) == ("found", {"same": 4}, [])
    assert exported(client) == data
    assert Posting.history.count() == before


def test_a_file_is_seen_row_by_row_and_then_applied_with_history(signed_in, staff_admin, staffed, walsall, team_of):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    codes = rows[1]["named_wards"].split()
    rows[1] |= {"share": "50", "named_wards": codes[1], "reason": ""}
    new = {
        "person": "sam@example.org",
        "team": team_of(walsall).slug,
        "role": "Inspector",
        "from": "2027-01-01",
        "share": "100",
    }
    rows.append(dict.fromkeys(rows[0], "") | new)
    one = looked_at(client, rows)
    assert (one.state, counts(one), said(one)) == ("found", {"same": 3, "changed": 1, "new": 1}, [])
    page = client.get(reverse("admin:import_one", args=[*POSTINGS, one.pk])).content.decode()
    assert "<code>share</code> <del>60</del>" in page and "<ins>50</ins>" in page
    assert Posting.objects.filter(share=50).count() == 0
    assert applied(client, one).state == "applied"
    posting = staffed.postings.get(share=50)
    assert ([ward.pk for ward in posting.named_wards.all()], posting.reason) == ([codes[1]], "")
    last = posting.history.first()
    assert (last.history_user, last.history_type, last.history_change_reason) == (
        staff_admin,
        "~",
        f"Import {one.pk}: demo.csv",
    )
    assert [row.ward_id for row in last.named_wards.all()] == [codes[1]]
    assert posting.history.count() > 1
    begun = Posting.objects.get(role="inspector")
    assert (begun.person.email, begun.history.get().history_type, begun.until) == ("sam@example.org", "+", None)
    # Sent once more, it changes nothing.
    assert counts(looked_at(client, rows)) == {"same": 5}


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'"])
def test_what_begins_a_formula_is_guarded_and_comes_back(sign):
    text = "'=1" if sign == "'" else f"{sign}1"
    assert (cells.FORMULA.match(text) is not None, cells.GUARDED.match(f"'{text}") is not None) == (True, True)
    assert cells.Text().render(text) == f"'{text}"
    assert cells.GUARDED.match("'tis") is cells.FORMULA.match("'tis") is None


def test_the_public_sees_an_import_at_once(signed_in, staff_admin, staffed, bloxwich_west, client):
    User.objects.update(public_name=True)
    address = bloxwich_west.get_absolute_url()
    assert str(staffed) in client.get(address).content.decode()
    browser = signed_in(staff_admin)
    rows = rows_of(exported(browser))
    rows[1]["named_wards"] = ""
    assert applied(browser, looked_at(browser, rows)).state == "applied"
    browser.logout()
    assert str(staffed) not in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("column", "cell", "complaint"),
    [
        ("person", "412", f"{NOBODY} “412”. There is 00412: Excel eats zeros in front. Give the column the format Text."),
        ("person", "1.2E+05", f"{NOBODY} “1.2E+05”. Excel may have turned a long number into this."),
        ("person", "", "Say who: a collar number, or the address of somebody who has none."),
        ("person", "pat@example.org", "Police Constable Demo Pat has the collar number 00412. Write that."),
        ("team", "nowhere", "There is no team “nowhere”."),
        ("role", "Chief", "“Chief” is not known here. Write one of: member, sergeant, inspector."),
        ("from", "46113", "“46113” is how Excel counts days. Give the column a date format, such as 2026-03-31."),
        ("from", "01/01/26", "“01/01/26” has a year of two digits. Write 2026-03-31."),
        ("from", "2026-02-30", "“2026-02-30” is no day of the calendar."),
        ("from", "1 January 2026", "“1 January 2026” is not a date. Write 2026-03-31."),
        ("until", "02/03/2026", "“02/03/2026” could be day 2 of month 3 or the other way round. Write 2026-03-31."),
        ("until", "2026-03-01 12:00", "“2026-03-01 12:00”: a date without a time belongs here."),
        ("until", "2025-12-31", "The last day lies before the first."),
        ("share", "", "This must not be empty."),
        ("share", "half", "“half” is not a whole number."),
        ("share", "0", "Ensure this value is greater than or equal to 1."),
        ("named_wards", "E05999999", "There is no ward “E05999999”."),
        ("reason", "caf\u00c3\u00a9", "“caf\u00c3\u00a9” has letters that were read wrongly on the way. Put them right."),
        ("reason", "x" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("name", "Demo Sam", "This is “Demo Pat”, not “Demo Sam”. Look whether the row is about the right one."),
    ],
)  # fmt: skip
def test_what_a_cell_may_not_say_is_said(column, cell, complaint, signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    if column == "person":
        rows[1]["name"] = ""
    rows[1] |= {column: cell}
    one = looked_at(client, rows)
    assert (one.state, said(one)) == ("wrong", [f"3 {column}: {complaint}"])
    assert do(client, one, "apply").status_code == 303
    work.apply.func(one.pk)
    assert Import.objects.get(pk=one.pk).state == "wrong"


def test_one_wrong_row_stops_all(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[0]["share"], rows[1]["share"] = "30", "300"
    one = looked_at(client, rows)
    assert (one.state, counts(one)) == ("wrong", {"changed": 1, "same": 2, "wrong": 1})
    assert applied(client, one).state == "wrong"
    assert Posting.objects.filter(share=30).count() == 0
    page = client.get(reverse("admin:import_one", args=[*POSTINGS, one.pk])).content.decode()
    assert "Apply all of it" not in page


def test_zeros_are_put_back_where_the_name_fits(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[1] |= {"person": "412", "share": "55"}
    one = looked_at(client, rows)
    assert (one.state, counts(one)) == ("found", {"same": 3, "changed": 1})
    assert one.notes == [
        "Excel had eaten zeros in front of collar numbers; they were put back where the name beside them fits: 412."
    ]


def as_excel(rows):
    """What a British Excel saves of our file: dates turned round, TRUE for yes, times with seconds."""
    turned = []
    for row in rows:
        row = dict(row)
        for name in ("from", "until"):
            if row[name]:
                row[name] = "/".join(reversed(row[name].split("-")))
        turned.append(row)
    return turned


@pytest.mark.parametrize(
    ("how", "note"),
    [
        (lambda rows: written(rows, delimiter=";"), "The cells are parted by semicolons; they were read so."),
        (lambda rows: written(rows, delimiter="\t"), "The cells are parted by tabs; they were read so."),
        (lambda rows: b"sep=;\r\n" + written(rows, delimiter=";"), None),
        (lambda rows: b"\xef\xbb\xbf" + written(rows), None),
        (lambda rows: written(rows).replace(b"\r\n", b"\n"), None),
        (lambda rows: written(rows).decode().encode("utf-16"), "The file is written in UTF-16; it was read so."),
        (lambda rows: written(rows) + b",,,,,,,,,\r\n,,,,,,,,,\r\n", None),
        (lambda rows: written(as_excel(rows)), "Dates such as 31/03/2026 were read as day, month, year."),
        (lambda rows: written([{name.upper(): cell for name, cell in row.items()} for row in rows]), None),
        (lambda rows: written([{name: row[name] for name in row if name not in ("version", "name")} for row in rows]), None),
        (lambda rows: written(rows).rstrip(b"\r\n"), None),
    ],
)  # fmt: skip
def test_what_excel_makes_of_a_file_is_recognised(how, note, signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    one = looked_at(client, how(rows_of(exported(client))))
    assert (one.state, counts(one), said(one), one.notes) == ("found", {"same": 4}, [], [note] if note else [])


def test_windows_1252_is_read_and_said(signed_in, staff_admin, staffed):
    Posting.objects.filter(person=staffed, share=60).update(reason="Café £5 “quick”")
    client = signed_in(staff_admin)
    data = exported(client).decode("utf-8-sig").encode("cp1252")
    one = looked_at(client, data)
    assert (counts(one), said(one)) == ({"same": 4}, [])
    assert "Windows-1252" in one.notes[0] and "Café £5 “quick”" in one.notes[0]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda data: b"", "The submitted file is empty."),
        (lambda data: b"\xef\xbb\xbf\r\n", "The column “person” is missing. The first row must hold the headings."),
        (lambda data: b"PK\x03\x04" + data, WORKBOOK),
        (lambda data: b"\xd0\xcf\x11\xe0" + data, WORKBOOK),
        (lambda data: data.replace(b"sam", b"s\x00m"), "This is not a text file. Save it as CSV first."),
        (lambda data: data.replace(b"sam", b"s\x07m"), UNTYPED),
        (lambda data: data.replace(b"sam", b"s\xef\xbf\xbdm"), UNTYPED),
        (lambda data: data.replace(b"sam", b"s\x81m"), "Row 4 holds letters that can't be read. Save the file as “CSV UTF-8”."),
        (lambda data: data[: data.index(b"sam") + 5], "The file ends in the middle of row 4."),
        (lambda data: data.split(b"\r\n")[0], "There is no row below the headings."),
        (lambda data: data.replace(b"person", b"who"), "There is no column “who” here."),
        (lambda data: data.replace(b",name,", b",person,"), "The column “person” is there twice."),
        (lambda data: data.replace(b"'=1+1", b"a, b"), "Row 3 has 11 cells, but there are 10 headings"),
        (lambda data: data.replace(b"'=1+1", b'"open'), "a quotation mark is not closed"),
        (lambda data: data + b"x" * 5 * 1024 * 1024, "The file is larger than 5 MB. Send it in several parts."),
        (lambda data: data + data[data.index(b"\r\n") + 2 :] * 6000, "rows; at most 10,000 go in at once."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_words(spoil, complaint, signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    answer = send(client, spoil(exported(client)))
    assert answer.status_code == 200
    assert complaint in " ".join(answer.context["form"].errors["file"])
    assert Import.objects.count() == 0


# ---- two editors -------------------------------------------------------------------------------------------------------
def test_what_changed_since_the_dry_run_stops_all_of_it(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[0]["share"] = "30"
    one = looked_at(client, rows)
    # Even a row that the file leaves as it was.
    Posting.objects.filter(person=staffed, share=40).update(reason="By a colleague.")
    assert applied(client, one).state == "refused"
    assert one.refusal == [work.CHANGED_SINCE]
    assert Posting.objects.filter(share=30).count() == 0
    assert do(client, one, "again").status_code == 303
    work.examine.func(one.pk)
    one.refresh_from_db()
    # The file says what stood there before, and its version is an older one.
    assert (one.state, counts(one), one.refusal) == ("wrong", {"changed": 1, "same": 2, "wrong": 1}, [])
    assert "Somebody has changed this since your file was written" in said(one)[0]


def test_what_changes_while_it_is_applied_stops_all_of_it(signed_in, staff_admin, staffed, monkeypatch, bloxwich_west):
    client = signed_in(staff_admin)
    for act in (
        lambda: Posting.objects.filter(person=staffed, share=60).update(reason="Quick."),
        lambda: staffed.postings.get(share=60).named_wards.remove(bloxwich_west),
        lambda: staffed.postings.filter(share=40).delete(),
    ):
        rows = rows_of(exported(client))
        rows[0]["share"] = "30"
        one = looked_at(client, rows)
        monkeypatch.setattr(work, "refuse_moved", lambda table, lines, act=act: (act(), refuse_moved(table, lines)))
        assert (applied(client, one).state, one.refusal) == ("refused", [work.CHANGED_SINCE])
        monkeypatch.undo()
        assert Posting.objects.filter(share=30).count() == 0


def test_an_export_that_is_older_than_a_colleagues_change_runs_over_nothing(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    Posting.objects.filter(person=staffed, share=60).update(reason="By a colleague.")
    rows[1]["share"] = "55"
    one = looked_at(client, rows)
    assert (one.state, len(said(one)), said(one)[0][:9]) == ("wrong", 1, "3 : Someb")


def test_a_file_is_applied_once(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[0]["share"] = "30"
    one = applied(client, looked_at(client, rows))
    lines = Posting.history.count()
    assert (work.apply.func(one.pk), work.examine.func(one.pk)) == ("nothing to do", "nothing to do")
    for act in ("apply", "again", "drop", "", "zz"):
        do(client, one, act)
    one.refresh_from_db()
    assert (one.state, Posting.history.count()) == ("applied", lines)


# ---- the rules of postings -------------------------------------------------------------------------------------------------
def test_shares_and_overlaps_are_looked_at_over_the_whole_person(signed_in, staff_admin, staffed, walsall, team_of):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[1]["share"] = "70"
    blank = dict.fromkeys(rows[0], "")
    rows.append(blank | {"person": "7", "team": rows[0]["team"], "role": "member", "from": "2026-05-01", "share": "1"})
    one = looked_at(client, rows)
    assert said(one) == [
        "3 : On 01 February 2026 this person's postings would add up to 110 %. Lower a share or end a posting.",
        "6 : This person already holds this role in this team in part of that time.",
    ]
    assert one.state == "wrong"


def test_the_same_posting_twice_in_a_file_is_refused(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    one = looked_at(client, [*rows, rows[1]])
    assert said(one) == ["6 : Row 3 is about the same."]


def test_a_rule_that_a_colleague_breaks_meanwhile_holds(signed_in, staff_admin, staffed, walsall, team_of, person):
    """The rule is looked at once more under the lock, over rows that the file does not name."""
    client = signed_in(staff_admin)
    rows = [row for row in rows_of(exported(client)) if row["person"] == "7"]
    Posting.objects.filter(person__collar_number="7").update(share=50)
    rows = [row for row in rows_of(exported(client)) if row["person"] == "7"]
    rows[0]["share"] = "80"
    one = looked_at(client, rows)
    lee = User.objects.get(collar_number="7")
    Posting.objects.create(person=lee, team=team_of(walsall), share=40, from_date="2026-04-01")
    assert applied(client, one).state == "refused"
    assert sorted(lee.postings.values_list("share", flat=True)) == [40, 50]


# ---- whose ---------------------------------------------------------------------------------------------------------------
def test_an_editor_takes_and_sends_the_own_area_only(signed_in, walsall_editor, staffed, dudley, team_of, staff_admin):
    everything = rows_of(exported(signed_in(staff_admin)))
    client = signed_in(walsall_editor)
    rows = rows_of(exported(client))
    assert {row["person"] for row in rows} == {"00412", "sam@example.org"}
    rows[0]["share"] = "50"
    assert counts(looked_at(client, rows)) == {"changed": 1, "same": 2}
    other = next(row for row in everything if row["person"] == "7")
    one = looked_at(client, [other | {"share": "50"}])
    slug = team_of(dudley).slug
    assert said(one) == [f"2 team: There is no team “{slug}” in what you keep."]
    assert said(looked_at(client, [other | {"team": "nowhere"}])) == [
        "2 team: There is no team “nowhere” in what you keep."
    ]
    foreign = dudley.wards.active().first().pk
    one = looked_at(client, [rows[0] | {"named_wards": foreign}])
    assert said(one) == [f"2 named_wards: There is no ward “{foreign}” in what you keep."]


def test_a_ward_of_another_area_than_the_teams_is_refused_and_an_old_one_stays_until_touched(
    signed_in, staff_admin, staffed, dudley
):
    client, ward = signed_in(staff_admin), dudley.wards.active().first()
    rows = rows_of(exported(client))
    mine = next(row for row in rows if row["named_wards"])
    words = (
        f"so nobody in it can be the named contact of {ward.name}: the contact of a ward works in the ward's own area."
    )
    team = staffed.postings.get(share=60).team
    complaint = f"2 named_wards: {team} works for Walsall, {words}"
    assert said(looked_at(client, [mine | {"named_wards": ward.pk}])) == [complaint]
    staffed.postings.get(share=60).named_wards.add(ward)
    mine = next(row for row in rows_of(exported(client)) if row["named_wards"])
    assert counts(looked_at(client, [mine])) == {"same": 1}
    assert said(looked_at(client, [mine | {"reason": "New."}])) == [complaint]
    assert counts(looked_at(client, [mine | {"until": "2026-02-01"}])) == {"changed": 1}


def test_a_team_leaves_the_area_of_its_wards_by_no_file(signed_in, staff_admin, staffed, dudley, bloxwich_west):
    client, table = signed_in(staff_admin), ("hubs", "team")
    rows = rows_of(exported(client, table))
    slug = staffed.postings.get(share=60).team.slug
    row = next(one for one in rows if one["slug"] == slug) | {"hub": dudley.hubs.first().slug}
    assert [one.split(" can be ")[0] for one in said(looked_at(client, [row], table))] == [
        "2 : Demo neighbourhood team, Walsall works for Dudley, so nobody in it"
    ]


def test_rights_that_ended_apply_nothing(signed_in, walsall_editor, staffed):
    client = signed_in(walsall_editor)
    rows = rows_of(exported(client))
    rows[0]["share"] = "50"
    one = looked_at(client, rows)
    do(client, one, "apply")
    walsall_editor.editorships.update(until="2026-01-02")
    assert work.apply.func(one.pk) == "refused"
    assert Import.objects.get(pk=one.pk).refusal == [work.NOT_YOURS]
    assert not Posting.objects.filter(share=50).exists()


def test_nobody_gives_themselves_access_with_a_file(
    signed_in, staff_admin, walsall_editor, staffed, team_of, walsall, person
):
    for who in (staff_admin, walsall_editor):
        client = signed_in(who)
        row = {
            "person": who.email,
            "team": team_of(walsall).slug,
            "role": "member",
            "from": "2026-01-01",
            "share": "100",
        }
        assert said(looked_at(client, [row])) == [
            "2 person: Nobody changes their own access. Ask a colleague to do it."
        ]


def test_the_page_says_what_a_file_may_hold(signed_in, staff_admin):
    for label, table in TABLES.items():
        page = signed_in(staff_admin).get(reverse("admin:import", args=label.split(".")))
        text = unescape(page.content.decode())
        assert [words in text for words in (table.lead, f"{table.most} rows", f"Import {table.title}")] == [True] * 3
        assert all(f"<code>{name}</code>" in text for name in table.names())
        model = table.kept_with()._meta
        listed = (
            signed_in(staff_admin)
            .get(reverse(f"admin:{model.app_label}_{model.model_name}_changelist"))
            .content.decode()
        )
        assert all(reverse(f"admin:{door}", args=label.split(".")) in listed for door in ("import", "export"))


def test_a_file_is_for_nobody_but_who_sent_it(signed_in, staff_admin, staffed, holder, person):
    one = looked_at(signed_in(staff_admin), exported(signed_in(staff_admin)))
    other = User.objects.create_superuser("boss@example.org", "x" * 14, name="Demo Boss")
    client = signed_in(other)
    assert client.get(reverse("admin:import_one", args=[*POSTINGS, one.pk])).status_code == 404
    assert do(client, one, "drop").status_code == 404


def test_what_a_file_held_goes_and_who_sent_it_stays(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    one = looked_at(client, exported(client))
    assert sorted(DBTaskResult.objects.values_list("task_path", flat=True)) == [
        "policing_portal.exchange.work.examine", "policing_portal.exchange.work.forget",
    ]  # fmt: skip
    work.forget.func(one.pk)
    one.refresh_from_db()
    assert (one.state, one.by, one.lines.count(), hasattr(one, "file")) == ("dropped", staff_admin, 0, False)
    assert client.get(reverse("admin:import_one", args=[*POSTINGS, one.pk])).status_code == 200


def test_a_waiting_page_looks_again_by_itself_until_it_is_told_not_to(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    address = send(client, exported(client))["Location"]
    page = client.get(address)
    assert (page["Refresh"], "0 of 4 rows looked at" in page.content.decode()) == (f"2; url={address}?by-itself", True)
    assert "Refresh" not in client.get(address + "?still")
    Import.objects.update(seen_at=datetime(2026, 1, 1, tzinfo=UTC))
    lost = client.get(f"{address}?by-itself")
    assert ("Refresh" in lost, "Perhaps the worker is not running" in lost.content.decode()) == (False, True)
    work.examine.func(Import.objects.get().pk)
    assert "Refresh" not in client.get(address)


@pytest.mark.parametrize("tail", ["?page=zz", "?page=999", "?kind=zz", "?kind=wrong&page=-1", "?kind=%00"])
def test_hostile_addresses_of_an_import_end_in_no_error_page(tail, signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    one = looked_at(client, exported(client))
    assert client.get(reverse("admin:import_one", args=[*POSTINGS, one.pk]) + tail).status_code in (200, 400)
    assert client.get(f"/admin/hubs/posting/import/{'9' * 30}/").status_code in (400, 404)
    assert client.get("/admin/zz/zz/import/").status_code == client.get("/admin/hubs/zz/export/").status_code == 404
    assert client.post(reverse("admin:import", args=POSTINGS), {"file": "no file"}).status_code == 200


# ---- every table -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def everything(staffed, walsall, dudley, bloxwich_west, person):
    """Something in every table, as awkward as it may be."""
    hub = walsall.hubs.first()
    hub.directions = "From the bus station:\r\nleft, then “right”, £2; 3,5 km\r\n\r\n+44 is no formula"
    hub.step_free, hub.hearing_loop, hub.lat, hub.lon = True, None, 52.0000001, -1.1e-05
    hub.save()
    hub.opening_hours.all().delete()
    for day, opens, closes in ((0, "09:00", "12:00"), (0, "13:00", "17:30:30"), (6, "00:00", "23:59")):
        hub.opening_hours.create(weekday=day, opens=opens, closes=closes)
    HoursException.objects.create(hub=hub, date="2026-12-25", reason="-closed-")
    HoursException.objects.create(hub=hub, date="2026-12-24", opens="09:00", closes="12:00")
    staffed.postings.get(share=60).team.wards.add(bloxwich_west)
    Ward.objects.filter(pk=bloxwich_west.pk).update(localities="One\r\nTwo, three\n'=4", lat=52.5, lon=-2)
    # The hour that comes twice, to the microsecond.
    for minute, hour in ((0, 0), (0, 1)):
        starts = datetime(2026, 10, 25, hour, 30, minute, 5, tzinfo=UTC)
        meeting = Meeting.objects.create(area=walsall, place="@ the hall", starts=starts, ends=starts.replace(hour=20))
        meeting.wards.add(bloxwich_west)
    priority = Priority.objects.create(
        area=walsall,
        ward=bloxwich_west,
        title="Bikes / noise",
        you_said="So.\nAnd so.",
        published=True,
        since=date(2026, 1, 1),
    )
    Priority.objects.create(
        area=dudley, title="Dudley", you_said="x", since=date(2026, 1, 1), ended_on=date(2026, 2, 1), outcome="y"
    )
    for shown in (True, False):
        action = PriorityAction(priority=priority, text=f"=Patrols {shown}", day=date(2026, 3, 1))
        action.show(shown)
        action.save()
    User.objects.filter(pk=staffed.pk).update(name=" Demo ‘Pat’, jun. ")


TABLE_NAMES = [tuple(label.split(".")) for label in TABLES]


@pytest.mark.parametrize("table", TABLE_NAMES, ids="-".join)
@pytest.mark.parametrize("who", ["staff_admin", "walsall_editor"])
def test_every_table_goes_out_and_in_without_a_change(who, table, request, signed_in, everything):
    client = signed_in(request.getfixturevalue(who))
    data = exported(client, table)
    rows = rows_of(data)
    assert rows
    if (who, table) == ("walsall_editor", ("accounts", "user")):
        assert client.get(reverse("admin:import", args=table)).status_code == 403
        assert {row["email"] for row in rows} == {"pat@example.org", "sam@example.org"}
        return
    for again in (data, written(rows).replace(b"\r\n", b"\n"), b"sep=;\r\n" + written(rows, delimiter=";")):
        one = looked_at(client, again, table)
        assert (one.state, counts(one), said(one)) == ("found", {"same": len(rows)}, [])
    assert exported(client, table) == data


@pytest.mark.parametrize(
    ("label", "change", "before"),
    [
        (
            "accounts.user",
            {"rank": "Sergeant", "public_name": "TRUE"},
            {"rank": "Police Constable", "public_name": "no"},
        ),
        ("accounts.user", {"email": "Other@Example.org"}, {"email": "pat@example.org"}),
        ("areas.ward", {"localities": "New"}, None),
        ("hubs.hub", {"address": "1 Demo Street", "step_free": "no", "checked_on": "2026-11-01"}, None),
        ("hubs.openinghours", {"monday": "8:00-9:00, 10:00-11:00:00", "sunday": "closed"}, None),
        ("hubs.hoursexception", {"opens": "10:00:00", "closes": "13:00"}, None),
        ("hubs.team", {"remit": "Parks", "wards": ""}, None),
        (
            "areas.meeting",
            {"starts": "2027-01-05 18:00", "ends": "2027-01-05 19:00", "wards": "", "cancelled": "yes"},
            None,
        ),
        ("areas.priority", {"you_said": "Other words.", "people": "40"}, None),
        ("areas.priorityaction", {"shown": "yes"}, None),
    ],
)
def test_every_table_takes_a_change_and_keeps_its_history(
    label, change, before, signed_in, staff_admin, everything, walsall
):
    client, table = signed_in(staff_admin), tuple(label.split("."))
    rows = rows_of(exported(client, table))
    at = wanted_row(label, rows, walsall)
    old = dict(rows[at])
    rows[at] |= change
    one = looked_at(client, rows, table)
    assert (one.state, counts(one), said(one)) == ("found", {"changed": 1, "same": len(rows) - 1}, [])
    done = applied(client, one)
    assert (done.state, done.refusal) == ("applied", [])
    keys = TABLES[label].keys[:1] if label == "accounts.user" else TABLES[label].keys
    now = next(row for row in rows_of(exported(client, table)) if all(row[name] == old[name] for name in keys))
    changed = {name for name in old if name != "version" and now[name] != old[name]}
    assert changed == set(change)
    assert {name: old[name] for name in before or {}} == (before or {})
    model = TABLES[label].kept_with() if label != "areas.priorityaction" else PriorityAction
    if label != "hubs.hoursexception":
        line = model.history.filter(history_change_reason__startswith=f"Import {one.pk}").first()
        assert (line.history_user, line.history_type) == (staff_admin, "~")


def wanted_row(label, rows, walsall):
    """Which row of an export is changed: the one in Walsall that `everything` made."""
    hub = walsall.hubs.first().slug
    wanted = {
        "accounts.user": ("collar_number", "00412"), "hubs.hub": ("slug", hub), "hubs.openinghours": ("hub", hub),
        "areas.priority": ("title", "Bikes / noise"), "areas.priorityaction": ("text", "'=Patrols False"),
        "hubs.team": ("slug", "walsall-neighbourhood"),
    }  # fmt: skip
    name, value = wanted.get(label, ("", ""))
    return next((at for at, row in enumerate(rows) if name and row[name] == value), 0)


@pytest.mark.parametrize(
    ("label", "row"),
    [
        ("accounts.user", {"collar_number": "0077", "email": "New@Example.org", "name": "Demo New"}),
        ("areas.ward", {"code": "E05999999", "name": "Demo ward", "area": "walsall"}),
        ("hubs.hub", {"slug": "demo-hub", "name": "Demo hub", "area": "walsall", "address": "1 Demo Street"}),
        ("hubs.hoursexception", {"hub": "HUB", "date": "2027-01-01"}),
        ("hubs.team", {"slug": "demo-team", "name": "Demo team", "kind": "neighbourhood", "hub": "HUB"}),
        (
            "areas.meeting",
            {"uid": "", "area": "walsall", "kind": "surgery", "place": "Hall"}
            | {"starts": "2027-01-05 18:00", "ends": "2027-01-05 19:00"},
        ),
        ("areas.priority", {"area": "walsall", "ward": "", "title": "New", "since": "2026-01-01", "you_said": "So."}),
        ("areas.priorityaction", {"priority": BIKES, "day": "2026-03-02", "text": "New."}),
    ],
)  # fmt: skip
def test_every_table_takes_a_new_row_once(label, row, signed_in, staff_admin, everything, walsall, bloxwich_west):
    client, table = signed_in(staff_admin), tuple(label.split("."))
    row = {n: v.replace("HUB", walsall.hubs.first().slug).replace("WARD", bloxwich_west.pk) for n, v in row.items()}
    number = TABLES[label]._meta.model.objects.count()
    one = looked_at(client, [row], table)
    assert (one.state, counts(one), said(one)) == ("found", {"new": 1}, [])
    assert applied(client, one).refusal == []
    assert TABLES[label]._meta.model.objects.count() == number + 1
    again = looked_at(client, [row], table)
    assert counts(again) == ({"wrong": 1} if label == "areas.meeting" else {"same": 1})
    if label == "accounts.user":
        new = User.objects.get(collar_number="0077")
        assert (new.email, new.has_usable_password(), new.is_superuser) == ("new@example.org", False, False)


@pytest.mark.parametrize(
    ("label", "change", "complaint"),
    [
        ("accounts.user", {"collar_number": "412"}, "There is 00412: Excel eats zeros in front."),
        ("accounts.user", {"email": "sam@example.org"}, "has this collar number, but"),
        ("accounts.user", {"public_name": "perhaps"}, "“perhaps” is neither yes nor no."),
        ("areas.ward", {"area": "nowhere"}, "There is no area “nowhere”."),
        ("areas.ward", {"lat": "52,5"}, "“52,5”: write decimals with a dot."),
        ("hubs.hub", {"name": ""}, "This must not be empty."),
        ("hubs.hub", {"page_url": "https://elsewhere.example"}, "Choose a page of the force's own site"),
        ("hubs.openinghours", {"hub": "nowhere"}, "There is no hub “nowhere”"),
        ("hubs.openinghours", {"monday": "17:00-09:00"}, "closes before it opens"),
        ("hubs.openinghours", {"monday": "09:00-12:00 11:00-13:00"}, "these times overlap"),
        ("hubs.openinghours", {"monday": "0.375"}, "is not from when to when"),
        ("hubs.hoursexception", {"opens": "09:00", "closes": ""}, "Say both when it opens and when it closes"),
        ("hubs.team", {"hub": ""}, "A team is either based at a hub or part of a department."),
        ("areas.meeting", {"starts": "2026-03-29 01:30"}, "does not exist in London"),
        ("areas.meeting", {"starts": "2026-10-25 01:30"}, "comes twice, as the clocks go back"),
        ("areas.meeting", {"uid": "00000000-0000-4000-8000-000000000000"}, "There is no such meeting"),
        ("areas.priority", {"ended_on": "2026-05-01"}, "Say both how it ended and on which day, or neither."),
        ("areas.priorityaction", {"priority": "nothing"}, "There is no such priority"),
    ],
)
def test_every_table_refuses_in_words(label, change, complaint, signed_in, staff_admin, everything, walsall):
    client, table = signed_in(staff_admin), tuple(label.split("."))
    rows = rows_of(exported(client, table))
    at = wanted_row(label, rows, walsall)
    if label == "hubs.hoursexception":
        rows[at] |= {"opens": "", "closes": ""}
    rows[at] |= change
    one = looked_at(client, rows, table)
    assert (one.state, counts(one)["wrong"]) == ("wrong", 1)
    assert complaint in said(one)[0]


def test_more_than_three_open_priorities_are_refused_and_one_for_one_is_taken(signed_in, staff_admin, walsall):
    for number in range(3):
        Priority.objects.create(area=walsall, title=f"P{number}", you_said="x", published=True, since=date(2026, 1, 1))
    client, table = signed_in(staff_admin), ("areas", "priority")
    rows = rows_of(exported(client, table))
    new = dict.fromkeys(rows[0], "") | {
        "area": "walsall",
        "title": "P4",
        "since": "2026-01-01",
        "you_said": "x",
        "published": "yes",
    }
    assert "More than three" in said(looked_at(client, [*rows, new], table))[0]
    rows[0] |= {"ended_on": "2026-02-01", "outcome": "Done."}
    assert applied(client, looked_at(client, [new, *rows], table)).refusal == []
    assert sorted(Priority.objects.open().values_list("title", flat=True)) == ["P1", "P2", "P4"]


def test_a_file_never_reaches_a_superuser_or_moves_ones_own_team(
    signed_in, staff_admin, walsall, dudley, team_of, walsall_editor
):
    boss = User.objects.create_superuser("boss@example.org", "x" * 14, name="Demo Boss", collar_number="1")
    client = signed_in(staff_admin)
    row = {"collar_number": "1", "email": "thief@example.org", "name": "Demo Boss"}
    assert "of the same standing" in said(looked_at(client, [row], ("accounts", "user")))[0]
    assert User.objects.get(pk=boss.pk).email == "boss@example.org"
    team = team_of(walsall)
    Posting.objects.create(person=staff_admin, team=team, from_date="2026-01-01")
    for table, row in (
        (("hubs", "team"), {"slug": team.slug, "hub": dudley.hubs.first().slug}),
        (("hubs", "hub"), {"slug": team.hub.slug, "area": "dudley"}),
    ):
        assert "Nobody changes their own access" in said(looked_at(client, [row], table))[0]
    client = signed_in(walsall_editor)
    slug = dudley.hubs.first().slug
    one = looked_at(client, [{"slug": slug, "name": "X", "area": "walsall", "address": "Y"}], ("hubs", "hub"))
    assert said(one) == ["2 slug: This belongs to another area, or is taken. Ask a staff admin."]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_submit_succeeds_while_ten_thousand_postings_are_read_and_written(
    signed_in, staff_admin, team_of, walsall, make_concern
):
    """Whole and at once; all that can take long is over before the lock is taken, in which nothing but SQL in bulk is sent."""
    number = 10_000
    User.objects.bulk_create(
        User(email=f"p{n}@example.org", name=f"Demo {n}", collar_number=f"{n:05d}", password="!") for n in range(number)
    )
    ward, slug = walsall.wards.active().first().pk, team_of(walsall).slug
    head = ["person", "team", "role", "from", "share", "named_wards"]
    rows = [
        dict(zip(head, [f"{n:05d}", slug, "member", "2026-01-01", "100", ward], strict=True)) for n in range(number)
    ]
    client = signed_in(staff_admin)
    assert send(client, rows).status_code == 303
    one = Import.objects.get()
    seen, real = [], work._seen

    def between(sent, done):
        real(sent, done)
        assert not connection.in_atomic_block  # nobody waits for us now
        if done == number // 2:
            make_concern(walsall)
        seen.append(done)

    with mock.patch.object(work, "_seen", between):
        work.examine.func(one.pk)
    one.refresh_from_db()
    assert (one.state, counts(one), seen[:2], Concern.objects.count()) == ("found", {"new": number}, [500, 1000], 1)
    real_plan, looked = work.plan, []

    def ready(table, lines):
        assert not connection.in_atomic_block  # every value is made ready while nobody waits
        return real_plan(table, lines)

    with (
        CaptureQueriesContext(connection) as asked,
        mock.patch.object(work, "plan", ready),
        mock.patch.object(Posting, "refuse_broken", looked.append),
    ):
        assert applied(client, one).state == "applied"
    assert (
        len(looked) == number
    )  # by the dry run of before; while rows are locked the database finds nothing to look at
    writes = [query["sql"] for query in asked if query["sql"].startswith("INSERT INTO")]
    assert len(writes) < number / 10
    assert (Posting.objects.count(), Posting.history.count()) == (number, number)
    make_concern(walsall)


@pytest.mark.parametrize("table", [name for name in TABLE_NAMES if name != ("accounts", "user")], ids="-".join)
def test_an_editors_files_of_every_table_hold_the_own_area_alone(
    table, signed_in, staff_admin, walsall_editor, everything, dudley
):
    HoursException.objects.create(hub=dudley.hubs.first(), date="2026-12-25")
    Meeting.objects.create(area=dudley, place="Hall", starts="2026-12-01T18:00Z", ends="2026-12-01T19:00Z")
    priority = Priority.objects.get(area=dudley)
    PriorityAction.objects.create(priority=priority, text="Theirs", day="2026-01-05")
    whole = rows_of(exported(signed_in(staff_admin), table))
    client = signed_in(walsall_editor)
    own = rows_of(exported(client, table))
    assert 0 < len(own) < len(whole)
    one = looked_at(client, whole, table)
    assert counts(one) == {"same": len(own), "wrong": len(whole) - len(own)}


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("1632960201", "has lost the zero in front of it. Give the column the format Text, and write 01632960201."),
        ("1.63E+09", "is how Excel shortens a long number. Give the column the format Text, and write it anew."),
        ("01632960201", None), ("01632 960201", None), ("+44 1632 960201", None), ("101", None), ("", None),
    ],
)  # fmt: skip
def test_a_phone_that_lost_its_zero_is_refused_in_words(cell, complaint, signed_in, staff_admin, team_of, walsall):
    team = team_of(walsall)
    team.phone = "01632 960200"
    team.save()
    client, table = signed_in(staff_admin), ("hubs", "team")
    rows = rows_of(exported(client, table))
    rows[0]["phone"] = cell
    one = looked_at(client, rows, table)
    assert said(one) == ([f"2 phone: “{cell}” {complaint}"] if complaint else [])
    assert counts(one) == ({"wrong": 1} if complaint else {"changed": 1})


def test_hours_of_a_file_have_a_history_of_their_own(signed_in, staff_admin, walsall):
    """Only what changed: Monday's first hours go, others come, and Tuesday's stay as they are."""
    hub = walsall.hubs.first()
    hub.opening_hours.all().delete()
    for day in (0, 1):
        hub.opening_hours.create(weekday=day, opens="09:00", closes="17:00")
    kept = hub.opening_hours.get(weekday=1).pk
    client, table = signed_in(staff_admin), ("hubs", "openinghours")
    rows = [row for row in rows_of(exported(client, table)) if row["hub"] == hub.slug]
    rows[0]["monday"] = "09:00-12:00 13:00-17:00"
    OpeningHours.history.all().delete()
    assert applied(client, looked_at(client, rows, table)).state == "applied"
    lines = OpeningHours.history.filter(hub=hub).order_by("history_type", "opens")
    assert [(f"{line.history_type}{line.opens:%H:%M}-{line.closes:%H:%M}", line.history_user) for line in lines] == [
        ("+09:00-12:00", staff_admin), ("+13:00-17:00", staff_admin), ("-09:00-17:00", staff_admin),
    ]  # fmt: skip
    assert hub.opening_hours.get(weekday=1).pk == kept


def test_rows_of_one_name_make_the_round_trip_and_each_is_changed_by_its_version(signed_in, staff_admin, walsall):
    """Two priorities of one name, one of them over, each with twice the same action of one day; two of them alike in all."""
    since = {"area": walsall, "title": "Bikes", "you_said": "Bikes.", "since": date(2026, 3, 1)}
    one, over = (
        Priority.objects.create(**since),
        Priority.objects.create(**since, outcome="Quiet.", ended_on=date(2026, 5, 1)),
    )
    for priority in (one, over):
        for _twice in range(2):
            priority.actions.create(day=date(2026, 3, 2), text="We went there.")
    client = signed_in(staff_admin)
    tables = {name: ("areas", name) for name in ("priority", "priorityaction")}
    rows = {name: rows_of(exported(client, table)) for name, table in tables.items()}
    found = {name: counts(looked_at(client, rows[name], table)) for name, table in tables.items()}
    assert found == {"priority": {"same": 2}, "priorityaction": {"same": 4}}
    (mine,) = [row for row in rows["priority"] if row["outcome"]]
    mine["outcome"] = "Quiet since May."
    assert applied(client, looked_at(client, rows["priority"], tables["priority"])).changed == 1
    assert list(Priority.objects.order_by("pk").values_list("outcome", flat=True)) == ["", "Quiet since May."]
    rows["priorityaction"][0]["shown"] = "yes"
    assert applied(client, looked_at(client, rows["priorityaction"], tables["priorityaction"])).changed == 1
    assert sorted(action.published_at is not None for action in PriorityAction.objects.all()) == [
        False,
        False,
        False,
        True,
    ]
    assert [priority.actions.count() for priority in (one, over)] == [2, 2]
    # Without the version nobody knows which is meant.
    mine["version"] = ""
    assert said(looked_at(client, [mine], tables["priority"]))[0].endswith("Change one of them in its form first.")


# ---- a file that does not say what it saw ------------------------------------------------------------------------------
def test_a_file_without_versions_overwrites_only_what_somebody_says(signed_in, staff_admin, staffed, walsall_editor):
    client = signed_in(staff_admin)
    rows = [{name: cell for name, cell in row.items() if name != "version"} for row in rows_of(exported(client))]
    newer = staffed.postings.get(share=60)
    newer.reason, newer._history_user = "By a colleague.", walsall_editor
    newer.save()
    one = looked_at(client, rows)
    assert (one.state, counts(one), one.unseen) == ("found", {"same": 3, "changed": 1}, 1)
    line = one.lines.get(kind="changed")
    assert line.last.startswith("changed on ") and line.last.endswith(f"by {walsall_editor.name}")
    address = reverse("admin:import_one", args=[*POSTINGS, one.pk])
    text = client.get(address).content.decode()
    assert (line.last in text, 'name="overwrite"' in text) == (True, True)
    do(client, one, "apply")
    assert "Tick that you overwrite what may be newer" in client.get(address).content.decode()
    one.refresh_from_db()
    assert (one.state, one.overwrites, work.decide(one)) == ("found", False, False)
    applied(client, one)
    newer.refresh_from_db()
    assert (one.state, one.overwrites, newer.reason) == ("applied", True, "=1+1")


def test_a_file_with_versions_asks_for_no_tick(signed_in, staff_admin, staffed):
    client = signed_in(staff_admin)
    rows = rows_of(exported(client))
    rows[1]["share"] = "50"
    one = looked_at(client, rows)
    text = client.get(reverse("admin:import_one", args=[*POSTINGS, one.pk])).content.decode()
    assert (one.unseen, one.lines.get(kind="changed").last, 'name="overwrite"' in text) == (0, "", False)
    do(client, one, "apply")
    work.apply.func(one.pk)
    one.refresh_from_db()
    assert (one.state, one.overwrites) == ("applied", False)
