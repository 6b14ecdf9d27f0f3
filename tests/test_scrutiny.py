"""Stop and search: which files come into use, which are refused in words, and what the page says."""

import html
import io
import re
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from feedback.insight import searches
from feedback.models import SearchCount, SearchMonth
from policing_portal import catalogues

pytestmark = pytest.mark.django_db

APRIL = date(2023, 4, 1)
HEAD = "Type,Date,Gender,Self-defined ethnicity,Object of search,Outcome"
ROW = "Person search,2023-03-31T23:00:00+00:00,Male,White - Irish,Controlled drugs,Arrest"


@pytest.fixture
def file(tmp_path):
    """Writes a file as data.police.uk names it: `file([ROW] * 3)`."""

    def make(rows, name="2023-04-west-midlands-stop-and-search.csv", head=HEAD, end="\n"):
        path = tmp_path / name
        path.write_bytes(("\r\n".join([head, *rows]) + end).encode())
        return path

    return make


def load(path, **options):
    said = io.StringIO()
    call_command("load_stop_and_search", str(path), stdout=said, **options)
    return said.getvalue().strip()


def counts(column):
    return dict(SearchCount.objects.filter(column=column).values_list("value", "number"))


def test_file_comes_into_use_once(file):
    path = file([ROW] * 12)
    assert load(path) == "April 2023 is in use: 12 searches."
    assert load(path) == "April 2023 is already in use."
    assert SearchMonth.objects.get().month == APRIL and counts("object") == {"Controlled drugs": 12}


def test_repeated_rows_count_each_and_empty_fields_stay(file):
    load(file([ROW, ROW, "Vehicle search,2023-04-30T22:59:59+00:00,,,,"]))
    assert counts("ethnicity") == {"White - Irish": 2, "": 1} and counts("outcome") == {"Arrest": 2, "": 1}


def test_newer_file_takes_the_place_of_the_month(file):
    load(file([ROW] * 12))
    assert load(file([ROW] * 15)) == "April 2023 is in use: 15 searches."
    assert counts("object") == {"Controlled drugs": 15}


@pytest.mark.parametrize(("rows", "more", "words"), [
    ([ROW], {"end": ""}, "ends in the middle of a line"),
    ([ROW, "Person search,2023-04-01T00"], {}, "line 3, has 2 fields instead of 6"),
    ([ROW.replace("2023-03-31T23", "2023-03-31T22")], {}, "says 2023-04 but its searches are of 2023-03"),
    ([ROW, ROW.replace("2023-03-31", "2023-05-02")], {}, "should hold one month and holds 2"),
    ([], {}, "should hold one month and holds 0"),
    ([ROW.replace("+00:00", "")], {}, "without a time zone"),
    ([ROW.replace("2023-03-31T23:00:00+00:00", "yesterday")], {}, "a date that can't be read: yesterday"),
    ([ROW], {"head": HEAD.replace("Outcome", "Verdict")}, "is not a stop-and-search file: it lacks outcome"),
    ([ROW + ',"open'], {"head": HEAD + ",More"}, "can't be read"),
])  # fmt: skip
def test_wrong_file_is_refused_in_words_and_changes_nothing(file, rows, more, words):
    load(file([ROW] * 12))
    with pytest.raises(CommandError, match=words) as refusal:
        load(file(rows, **more))
    assert "What is in use is unchanged." in str(refusal.value)
    assert SearchMonth.objects.get().searches == 12


def test_far_fewer_are_refused_unless_accepted(file):
    load(file([ROW] * 12))
    path = file([ROW] * 5)
    with pytest.raises(CommandError, match="may be cut short"):
        load(path)
    assert load(path, accept_fewer=True) == "April 2023 is in use: 5 searches."


def test_folder_with_one_wrong_file_changes_nothing(file, tmp_path):
    file([ROW] * 12)
    file([ROW], name="2023-05-west-midlands-stop-and-search.csv")
    file(["not ours"], name="2023-05-elsewhere-stop-and-search.csv")
    with pytest.raises(CommandError, match="says 2023-05"):
        load(tmp_path)
    assert not SearchMonth.objects.exists()


def test_sample_is_called_one_and_never_replaces_a_whole_month(file, client):
    name = "2023-04-west-midlands-stop-and-search.SAMPLE12.csv"
    load(file([ROW] * 12, name=name))
    assert "This is a sample" in client.get("/scrutiny/").content.decode()
    load(file([ROW] * 20))
    assert "This is a sample" not in client.get("/scrutiny/").content.decode()
    with pytest.raises(CommandError, match="this is a sample"):
        load(file([ROW] * 13, name=name))


def test_columns_are_found_by_name_in_any_layout(file):
    head = "\ufeffOutcome,Object of search,Self-defined ethnicity,Date,Something new"
    load(file(["False,Stolen goods,Not stated,2023-04-02T10:00:00Z,x"] * 6, head=head))
    assert counts("outcome") == {"False": 6}


def test_page_rounds_and_groups(file, client):
    rows = [ROW] * 23 + [ROW.replace("White - Irish", "White - English").replace("Arrest", "False")] * 4
    load(file(rows + [ROW.replace("White - Irish", "")]))
    shown = searches.shown()
    assert shown["latest_total"].words == "30"
    sections = {section["column"]: section["rows"] for section in shown["sections"]}
    words = {column: {row["label"]: row["counts"][-1].words for row in rows} for column, rows in sections.items()}
    some = {
        column: {label: told for label, told in rows.items() if told != "fewer than 5"}
        for column, rows in words.items()
    }
    assert some == {"object": {"Controlled drugs": "30"}, "outcome": {"Arrest": "25"}, "ethnicity": {"White": "25"}}
    page = client.get("/scrutiny/").content.decode()
    assert "April 2023" in page and "data.police.uk" in page and "Open Government Licence" in page
    assert "These figures are old" in page and "style=" not in page


@pytest.mark.parametrize(("column", "written", "label"), [
    ("outcome", "Suspect arrested", "Arrest"),
    ("outcome", "Local resolution", "Community resolution"),
    ("outcome", "Offender cautioned", "Caution (simple or conditional)"),
    ("outcome", "Offender given penalty notice", "Penalty Notice for Disorder"),
    ("outcome", "Offender given drugs possession warning", "Khat or Cannabis warning"),
    ("outcome", "Suspect summonsed to court", "Summons / charged by post"),
    ("outcome", "Nothing found - no further action", "Nothing further was done"),
    ("outcome", "Article found - Detailed outcome unavailable", "Other"),
    ("ethnicity", "White - White British (W1)", "White"),
    ("ethnicity", "Asian or Asian British - Pakistani (A2)", "Asian/Asian British"),
    ("ethnicity", "Black or Black British - Caribbean (B1)", "Black/African/Caribbean/Black British"),
    ("ethnicity", "Mixed - White and Asian (M3)", "Mixed/Multiple ethnic groups"),
    ("ethnicity", "Mixed/Multiple ethnic groups - White and Asian", "Mixed/Multiple ethnic groups"),
    ("ethnicity", "Chinese or other ethnic group - Chinese (O1)", "Asian/Asian British"),
    ("ethnicity", "Chinese or other ethnic group - Any other ethnic group (O9)", "Other ethnic group"),
    ("ethnicity", "Not Stated (NS)", "Not stated"),
    ("object", "Detailed object of search unavailable", "Not recorded"),
])  # fmt: skip
def test_names_of_earlier_years_count_with_what_they_are_called_now(file, column, written, label):
    now = {"outcome": "Arrest", "ethnicity": "White - Irish", "object": "Controlled drugs"}[column]
    load(file([ROW.replace(now, written)] * 20))
    rows = next(section["rows"] for section in searches.shown()["sections"] if section["column"] == column)
    assert {row["label"]: row["counts"][-1].words for row in rows if row["counts"][-1].value == 20} == {label: "20"}


def test_order_of_what_looks_the_same_tells_nothing(file):
    load(file([ROW.replace("Controlled drugs", "Stolen goods")] * 4 + [ROW.replace("Controlled drugs", "Firearms")]))
    labels = [row["label"] for row in searches.shown()["sections"][0]["rows"]]
    assert labels == sorted(labels)


def test_rows_are_the_same_whatever_occurred(file):
    """A row that stands there only where there was a search would make "fewer than 5" mean 1 to 4."""

    def rows():
        return [
            {row["label"]: row["counts"][-1].words for row in section["rows"]}
            for section in searches.shown()["sections"]
        ]

    load(file([ROW] * 6))
    without = rows()
    load(
        file([ROW] * 6 + [ROW.replace("Controlled drugs", "Crossbows")] * 3 + [ROW.replace("Arrest", "Never heard of")])
    )
    assert [list(sorted(one)) for one in rows()] == [list(sorted(one)) for one in without]
    assert (without[0]["Crossbows"], rows()[0]["Crossbows"]) == ("fewer than 5", "fewer than 5")
    assert rows()[1]["Other"] == "fewer than 5"


def test_what_never_reached_a_number_is_in_a_sentence_and_fills_no_chart(file, client):
    load(file([ROW] * 23 + [ROW.replace("Arrest", "Summons / charged by post")] * 4))
    outcomes = searches.shown()["sections"][1]
    assert [lane["mark"].label for lane in outcomes["chart"]["lanes"]] == ["Arrest"]
    assert "Summons / charged by post" in outcomes["few"]
    SearchCount.objects.update(number=1)
    assert [section["chart"] for section in searches.shown()["sections"]] == [None] * 3
    page = client.get("/scrutiny/").content.decode()
    assert ("Fewer than 5 every time:" in page, '<figure class="portal-chart">' in page) == (True, False)


def test_old_sample_says_both(file, client):
    load(file([ROW] * 6, name="2023-04-west-midlands-stop-and-search.SAMPLE6.csv"))
    page = client.get("/scrutiny/").content.decode()
    assert ("This is a sample" in page, "These figures are old" in page) == (True, True)


def test_page_says_what_will_come_when_nothing_is_loaded(client):
    response = client.get("/scrutiny/")
    assert "No figures are loaded yet" in response.content.decode()
    assert dict(response.cookies) == {} and response["Cache-Control"] == "public, no-cache"


def test_page_costs_the_same_with_one_and_with_many_months(file, client, settings, django_assert_num_queries):
    settings.DEBUG = True
    load(file([ROW] * 12))
    client.get("/scrutiny/")
    with django_assert_num_queries(6):  # months, counts, the force, the editions in use, the languages, the notices
        client.get("/scrutiny/")
    for month in range(1, 4):
        row = ROW.replace("2023-03-31T23", f"2022-0{month}-15T10")
        load(
            file(
                [row, row.replace("Arrest", f"Other {month}")] * 9,
                name=f"2022-0{month}-west-midlands-stop-and-search.csv",
            )
        )
    with django_assert_num_queries(6):
        client.get("/scrutiny/")


@pytest.mark.parametrize("language", catalogues.other_languages())
def test_recorded_values_come_in_every_language_and_none_looks_like_another(file, client, language):
    load(file([ROW] * 23))
    with translation.override(language):
        shown = searches.shown()
        spoken = {row: translation.gettext(row) for known in searches.KNOWN.values() for row in known}
    for section in shown["sections"]:
        rows = [*searches.KNOWN[section["column"]], *filter(None, [searches.OURS.get(section["column"])])]
        labels = {row["label"] for row in section["rows"]}
        assert (len(section["rows"]), len(labels)) == (len(rows) + 2, len(rows) + 2)
        assert labels & {"Other", "Not recorded", *rows} == set()
    page = html.unescape(client.get(f"/{language}/scrutiny/").content.decode())
    main = page[page.index("<main") : page.index("</main")]
    assert [row for row, words in spoken.items() if words not in main] == []
    assert re.findall(r"Controlled drugs|Arrest\b|Stolen goods|Other ethnic group", main) == []


def test_value_that_no_language_knows_counts_as_other_in_each(file):
    load(file([ROW.replace("Arrest", "Never heard of")] * 12))
    with translation.override("pl"):
        rows = next(one["rows"] for one in searches.shown()["sections"] if one["column"] == "outcome")
    assert {row["label"]: row["counts"][-1].words for row in rows}["Inne"] == "10"
    assert "Never heard of" not in str(rows)
