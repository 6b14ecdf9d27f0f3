"""The force's side: dashboard, queue, one concern, its acts; who reads is written down first."""

import re
import uuid
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from areas.models import Area, Command
from feedback.access import Act, may
from feedback.casework.forms import FORMS
from feedback.casework.sections import Count
from feedback.lifecycle import AboutThem, NotInTeam, NotPostedHere, NotTheirs
from feedback.models import Concern, NotRecorded, ReadLog, record_reading
from feedback.models.codes import new_reference
from feedback.models.notification import drain
from hubs.models import Hub, Posting, Team

DASHBOARD, QUEUE = "/dashboard/", "/dashboard/queue/"
WHOLE = {"who": "PC Demo", "last": "on", "how": "written"}  # what an answer says beside what was done
SAID = "\n\nWho did it: PC Demo\nWhat happens next: nothing more"
CONTACT = {"name": "Pat Example", "phone": "07700 900123", "email": "pat@example.org", "safe_to_contact": True}


def page_of(concern):
    return f"/dashboard/concerns/{concern.reference}/"


def send(client, concern, act, **said):
    """Send the form of `act` as the page that `concern` (as it stands now) shows would."""
    concern.refresh_from_db()
    shown = {"version": concern.version, "seen": concern.updates.order_by("-pk")[0].pk}
    return client.post(f"{page_of(concern)}{act}/", {**shown, **said})


def listed(response):
    """The references on a page, in order."""
    return [row.reference for row in response.context["rows"]]


@contextmanager
def unwritable_read_log():
    """A read log that can't be written: its table is away, as after a lost disk or a wrong migration."""
    with connection.schema_editor() as schema:
        schema.execute("ALTER TABLE feedback_readlog RENAME TO feedback_readlog_away")
    try:
        yield
    finally:
        with connection.schema_editor() as schema:
            schema.execute("ALTER TABLE feedback_readlog_away RENAME TO feedback_readlog")


# ---- doors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [DASHBOARD, QUEUE, "/dashboard/concerns/WMP-2222-2222/"])
def test_casework_asks_for_sign_in(client, db, path):
    response = client.get(path)
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/accounts/login/")


def test_every_act_has_a_form_and_a_route():
    assert set(FORMS) == set(Act)
    assert [reverse(f"casework:{act}", args=["R"]) for act in Act] == [f"/dashboard/concerns/R/{act}/" for act in Act]


def test_a_reference_opens_as_people_type_it(signed_in, make_concern, walsall, dudley, walsall_commander):
    here, there = make_concern(walsall), make_concern(dudley)
    client = signed_in(walsall_commander)
    assert client.get(f"/dashboard/concerns/{here.reference.lower()}/").context["concern"] == here
    assert client.get(f"/dashboard/concerns/{there.reference.lower()}/").status_code == 404


def test_another_areas_concern_is_the_404_of_none(signed_in, make_concern, dudley, walsall_commander):
    client = signed_in(walsall_commander)
    foreign = make_concern(dudley, text="Marker word quokka")
    paths = [page_of(foreign), f"/dashboard/concerns/{new_reference('WMP')}/"]

    def answered(path, answer):
        """What was answered, but for the request's number and the asked address, which the languages lead on from."""
        content = answer.content.replace(answer["X-Request-ID"].encode(), b"")
        return answer.status_code, content.replace(path.encode(), b"")

    answers = [answered(path, client.get(path)) for path in paths]
    assert set(answers) == {(404, answers[0][1])}
    posts = [answered(path, client.post(f"{path}reply/", {"text": "Hello"})) for path in paths]
    assert set(posts) == {(404, posts[0][1])}
    assert foreign.updates.count() == 1


WORDS = {"text": "We walked through\nthe <green>.", "who": "PC Demo", "when": "2026-12-04", "version": "1", "seen": "1"}


def given_back(answer) -> dict:
    """What a page gives back of what was typed, by the name of its field."""
    return {one.label: one.words for one in answer.context["typed"]}


def test_what_was_typed_about_a_concern_that_went_elsewhere_is_given_back(
    signed_in, make_concern, walsall, dudley, walsall_officer, walsall_commander
):
    """Moved meanwhile, another area's from the first, or none at all: the same page, byte for byte."""
    moved, foreign = make_concern(walsall, text="Marker word quokka"), make_concern(dudley)
    client = signed_in(walsall_officer)
    assert client.get(page_of(moved)).status_code == 200
    moved.move_to_area(dudley, "Theirs.", by=walsall_commander)
    paths = [page_of(moved), page_of(foreign), f"/dashboard/concerns/{new_reference('WMP')}/"]
    answers = [client.post(f"{path}reply/", WORDS) for path in paths]
    pages = {answer.content.replace(answer["X-Request-ID"].encode(), b"") for answer in answers}
    assert ([answer.status_code for answer in answers], len(pages)) == ([404] * 3, 1)
    assert given_back(answers[0]) == {"What was done?": WORDS["text"], "By whom?": "PC Demo", "By when?": "2026-12-04"}
    page = answers[0].content.decode()
    assert ("the &lt;green&gt;.</textarea>" in page, "quokka" in page, "Dudley" in page) == (True, False, False)
    assert [concern.updates.filter(kind="reply").count() for concern in (moved, foreign)] == [0, 0]


def test_what_goes_elsewhere_while_it_is_sent_gives_the_words_back_too(
    signed_in, make_concern, walsall, dudley, walsall_officer, walsall_commander, monkeypatch
):
    concern, note = make_concern(walsall), Concern.add_note

    def late(self, *args, **kwargs):
        Concern.objects.get(pk=self.pk).move_to_area(dudley, "Theirs.", by=walsall_commander)
        return note(self, *args, **kwargs)

    monkeypatch.setattr(Concern, "add_note", late)
    answer = send(signed_in(walsall_officer), concern, "note", text="I rang the shop.")
    assert (answer.status_code, given_back(answer)) == (404, {"Note": "I rang the shop."})


def test_whoever_lost_the_right_to_an_act_gets_the_words_back(
    signed_in, make_concern, walsall, dudley, walsall_officer
):
    """An answer of the commander's office, written until the command ended."""
    answer = send(signed_in(walsall_officer), make_concern(walsall), "recourse", text="We are sorry.")
    assert (answer.status_code, [*given_back(answer).values()]) == (403, ["We are sorry."])


def test_pages_are_never_stored(signed_in, make_concern, walsall, walsall_commander):
    client = signed_in(walsall_commander)
    for path in (DASHBOARD, QUEUE, page_of(make_concern(walsall))):
        assert "no-store" in client.get(path)["Cache-Control"]


def test_acts_answer_get_with_the_concern(signed_in, make_concern, walsall, walsall_commander):
    concern = make_concern(walsall)
    for act in Act:
        response = signed_in(walsall_commander).get(f"{page_of(concern)}{act}/")
        assert (response.status_code, response["Location"]) == (303, page_of(concern))
    assert concern.updates.count() == 1


def test_posting_ended_closes_the_door_at_the_next_request(signed_in, make_concern, walsall, walsall_officer):
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    assert client.get(page_of(concern)).status_code == 200
    walsall_officer.postings.update(until="2026-01-02")
    assert client.get(page_of(concern)).status_code == 404
    assert client.get(QUEUE).status_code == 404
    assert "no area is yours today" in client.get(DASHBOARD).content.decode()


def test_act_beyond_ones_rights_is_refused_in_words(signed_in, make_concern, walsall, dudley, walsall_officer):
    concern = make_concern(walsall)
    response = send(signed_in(walsall_officer), concern, "move", area=dudley.pk, reason="Theirs")
    assert response.status_code == 403
    assert "this is for others to do" in response.content.decode()
    concern.refresh_from_db()
    assert concern.area == walsall


# ---- read log --------------------------------------------------------------------------------------------------------


def test_readings_are_written_down(signed_in, make_concern, walsall, walsall_commander):
    client, concern = signed_in(walsall_commander), make_concern(walsall, text="Bikes on the green", contact=CONTACT)
    client.get(DASHBOARD)
    client.get(QUEUE, {"search": "bikes", "due": "waiting"})
    client.get(page_of(concern))
    send(client, concern, "contact", reason="To ring back")
    assert list(ReadLog.objects.order_by("pk").values_list("person", "what", "door", "concern", "why", "rows")) == [
        (walsall_commander.pk, "list", "casework:dashboard", None, "Walsall", 1),
        (walsall_commander.pk, "list", "casework:queue", None, "search=bikes due=waiting", 1),
        (walsall_commander.pk, "concern", "casework:concern", concern.pk, "commander", 1),
        (walsall_commander.pk, "contact", "casework:contact", concern.pk, "To ring back", 1),
    ]


@pytest.mark.django_db(transaction=True)
def test_reading_is_refused_where_it_cannot_be_written(signed_in, make_concern, walsall, walsall_commander):
    client, concern = signed_in(walsall_commander), make_concern(walsall, text="Quokka", contact=CONTACT)
    with unwritable_read_log():
        answers = [client.get(path) for path in (DASHBOARD, QUEUE, page_of(concern))]
        answers.append(send(client, concern, "contact", reason="To ring back"))
        with pytest.raises(NotRecorded):
            record_reading(walsall_commander, ReadLog.What.LIST, door="api:concern-list")
    assert [answer.status_code for answer in answers] == [503] * 4
    assert not [
        answer for answer in answers if "Quokka" in answer.content.decode() or "07700" in answer.content.decode()
    ]
    assert client.get(page_of(concern)).status_code == 200


def test_contact_is_sealed_until_opened_with_a_reason(signed_in, make_concern, walsall, walsall_officer):
    client, concern = signed_in(walsall_officer), make_concern(walsall, contact=CONTACT)
    pages = [client.get(path).content.decode() for path in (DASHBOARD, QUEUE, page_of(concern))]
    pages.append(send(client, concern, "contact", reason="").content.decode())
    assert [page for page in pages if "Pat Example" in page or "900123" in page or "pat@example" in page] == []
    opened = send(client, concern, "contact", reason="To ring back")
    assert opened.status_code == 200
    assert [part in opened.content.decode() for part in ("Pat Example", "07700 900123", "pat@example.org")] == [
        True
    ] * 3
    assert "no-store" in opened["Cache-Control"]


def test_contact_that_was_taken_away_meanwhile_is_refused_in_words(signed_in, make_concern, walsall, walsall_officer):
    refused = send(signed_in(walsall_officer), make_concern(walsall), "contact", reason="To ring back")
    assert (refused.status_code, "be done with this concern now." in refused.content.decode()) == (422, True)
    assert not ReadLog.objects.filter(what="contact").exists()


@pytest.mark.parametrize("who", ["desk", "auditor", "department_member"])
def test_contact_never_opens_to_desk_auditor_or_department(
    signed_in, make_concern, walsall, walsall_officer, request, who
):
    concern = make_concern(walsall, contact=CONTACT)
    concern.review_safety(True, "At risk", by=walsall_officer)
    concern.disclose_complaint("", by=walsall_officer)
    client = signed_in(request.getfixturevalue(who))
    page = client.get(page_of(concern))
    assert (page.status_code, "Open the contact details" in page.content.decode()) == (200, False)
    assert send(client, concern, "contact", reason="Let me").status_code == 403


# ---- the dashboard ---------------------------------------------------------------------------------------------------


def test_dashboard_counts_open_their_lists(signed_in, make_concern, walsall, walsall_commander, time_machine):
    time_machine.move_to("2026-03-02T09:00:00+00:00", tick=False)
    missed = make_concern(walsall, text="Missed one")
    time_machine.move_to("2026-03-05T08:00:00+00:00", tick=False)
    fresh = make_concern(walsall, text="Fresh one")
    time_machine.move_to("2026-03-05T10:00:00+00:00", tick=False)
    client = signed_in(walsall_commander)
    section = client.get(DASHBOARD).context["sections"][0]
    assert ([(line.name, line.shown) for line in section["brief"].lines], str(section["open"])) == (
        [("missed", "1"), ("unread", "1"), ("nobody", "2"), ("unnamed", "20")], "2",
    )  # fmt: skip
    assert listed(client.get(QUEUE, {"due": "missed", "area": "walsall"})) == [missed.reference]
    assert listed(client.get(QUEUE, {"owner": "nobody"})) == [missed.reference, fresh.reference]


def test_dashboard_shows_one_line_without_text_of_what_moved_away(
    signed_in, make_concern, walsall, dudley, walsall_commander
):
    concern = make_concern(walsall, text="Marker word quokka")
    concern.move_to_area(dudley, "Wallaby reason", by=walsall_commander)
    page = signed_in(walsall_commander).get(DASHBOARD).content.decode()
    assert [word in page for word in (concern.reference, "to Dudley", "quokka", "Wallaby")] == [
        True,
        True,
        False,
        False,
    ]


def test_dashboard_asks_which_area(signed_in, make_concern, walsall, dudley, walsall_commander):
    Command.objects.create(area=dudley, person=walsall_commander, from_date="2026-01-01")
    make_concern(dudley, text="Marker word quokka")
    client = signed_in(walsall_commander)
    page = client.get(DASHBOARD).content.decode()
    assert ["?area=walsall" in page, "?area=dudley" in page, "quokka" in page] == [True, True, False]
    assert "quokka" in client.get(DASHBOARD, {"area": "dudley"}).content.decode()
    assert "quokka" not in client.get(DASHBOARD, {"area": "walsall"}).content.decode()
    assert client.get(DASHBOARD, {"area": "coventry"}).status_code == 404


def test_overview_sees_figures_and_no_text(signed_in, make_concern, walsall, overview):
    make_concern(walsall, text="Marker word quokka")
    client = signed_in(overview)
    page = client.get(DASHBOARD)
    assert "quokka" not in page.content.decode()
    rows = {row["area"].slug: row.get("open", 0) for row in page.context["sections"][0]["rows"]}
    assert rows == {slug: int(slug == "walsall") for slug in Area.objects.values_list("slug", flat=True)}
    assert client.get(QUEUE).status_code == 404


@pytest.mark.parametrize(
    "who", ["walsall_commander", "walsall_officer", "desk", "overview", "auditor", "walsall_editor"]
)
def test_the_band_leads_nowhere_but_to_what_is_theirs(signed_in, request, who):
    client = signed_in(request.getfixturevalue(who))
    page = client.get(DASHBOARD).content.decode()
    links = re.findall(r'<a class="portal-band__link" href="([^"]+)"', page)
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert (QUEUE in links, "/dashboard/force/" in links) == (
        who not in ("overview", "walsall_editor"),
        who == "overview",
    )


def test_desk_sees_its_queue_by_reason(signed_in, make_concern, walsall, walsall_commander, desk):
    make_concern(text="Unplaced quokka")
    make_concern(walsall, text="Placed wallaby")
    page = signed_in(desk).get(DASHBOARD)
    assert ["quokka" in page.content.decode(), "wallaby" in page.content.decode()] == [True, False]
    counts = page.context["sections"][0]["counts"]
    assert (str(counts["unplaced"]), str(counts["vacant"])) == ("1", "0")


@pytest.mark.parametrize("who", ["walsall_editor", "staff_admin"])
def test_editors_start_at_people_and_places(signed_in, make_concern, walsall, request, who):
    make_concern(walsall, text="Marker word quokka")
    page = signed_in(request.getfixturevalue(who)).get(DASHBOARD).content.decode()
    assert [reverse("admin:index") in page, "quokka" in page] == [True, False]


def test_auditor_reads_the_read_log(signed_in, make_concern, walsall, walsall_commander, auditor):
    concern = make_concern(walsall)
    record_reading(walsall_commander, ReadLog.What.CONCERN, door="casework:concern", concern=concern, why="commander")
    page = signed_in(auditor).get(DASHBOARD).content.decode()
    assert [concern.reference in page, str(walsall_commander) in page] == [True, True]


# ---- the queue -------------------------------------------------------------------------------------------------------


def test_queue_puts_what_is_due_first_at_the_top(signed_in, make_concern, walsall, walsall_commander, time_machine):
    time_machine.move_to("2026-03-02T09:00:00+00:00")
    # Each in words of its own: many in the same words would be kept apart.
    kinds = ["concern", "concern", "concern", "thanks", "concern"]
    answered, first, second, thanks, closed = (make_concern(walsall, kind=k, text=uuid.uuid4().hex) for k in kinds)
    answered.reply("Hello", by=walsall_commander)
    closed.resolve("solved", "Done", by=walsall_commander)
    client = signed_in(walsall_commander)
    open_ones = [one.reference for one in (first, second, thanks, answered)]
    assert listed(client.get(QUEUE)) == open_ones
    newest = [one.reference for one in (closed, thanks, second, first, answered)]
    assert listed(client.get(QUEUE, {"status": ""})) == newest
    assert listed(client.get(QUEUE, {"status": "resolved"})) == [closed.reference]


def test_queue_narrows_by_each_filter(signed_in, make_concern, walsall, walsall_commander, walsall_officer, team_of,
                                      bloxwich_west):  # fmt: skip
    plain = make_concern(walsall)
    other = make_concern(walsall, ward=bloxwich_west, kind="idea", channel="phone", text="Lamps are dark",
                         place="Wolverhampton Road")  # fmt: skip
    other.assign(team=team_of(walsall), officer=walsall_officer, decision="concern", by=walsall_commander)
    other.review_safety(True, "At risk", by=walsall_commander)
    client = signed_in(walsall_commander)
    for asked in (
        {"ward": bloxwich_west.pk}, {"kind": "idea"}, {"channel": "phone"}, {"team": team_of(walsall).slug},
        {"officer": walsall_officer.pk}, {"status": "acknowledged"}, {"safety": "yes"}, {"search": "lamps"},
        {"search": "wolverhampton ROAD"}, {"search": other.reference}, {"search": other.reference[4:].replace("-", "")},
    ):  # fmt: skip
        assert (asked, listed(client.get(QUEUE, asked))) == (asked, [other.reference])
    for asked in ({"owner": "nobody"}, {"due": "waiting"}, {"category": "asb-vehicle", "kind": "concern"}):
        assert (asked, listed(client.get(QUEUE, asked))) == (asked, [plain.reference])


def test_queue_mine_is_mine(signed_in, make_concern, walsall, walsall_commander, walsall_officer):
    mine, _other = make_concern(walsall), make_concern(walsall)
    mine.assign(officer=walsall_officer, by=walsall_commander)
    assert listed(signed_in(walsall_officer).get(QUEUE, {"owner": "mine"})) == [mine.reference]


@pytest.mark.parametrize(
    "query",
    ["search=%00", "search=%ED%A0%80", "search=%25%5F%5C", "status=none", "due=never", "ward=%00", "officer=abc",
     "page=-1", "page=x", "page=999999", "area=nowhere", "search=" + "x" * 5000],
)  # fmt: skip
def test_queue_survives_odd_questions(signed_in, make_concern, walsall, walsall_commander, query):
    make_concern(walsall)
    assert signed_in(walsall_commander).get(f"{QUEUE}?{query}").status_code in (200, 400)


def test_queue_offers_nothing_of_other_areas(
    signed_in, make_concern, dudley, walsall_commander, dudley_officer, team_of
):
    client = signed_in(walsall_commander)

    def page():
        main = client.get(QUEUE).content.decode().partition("<main")[2]
        return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", main)

    before = page()
    make_concern(dudley, text="Marker word quokka").assign(
        team=team_of(dudley), officer=dudley_officer, by=dudley_officer
    )
    assert page() == before
    assert listed(client.get(QUEUE, {"search": "quokka"})) == []
    assert listed(client.get(QUEUE, {"team": team_of(dudley).slug, "area": "dudley"})) == []


def test_queue_pages_by_twenty_five(signed_in, make_concern, walsall, walsall_commander):
    references = [make_concern(walsall, text=uuid.uuid4().hex).reference for _each in range(27)]
    client = signed_in(walsall_commander)
    assert listed(client.get(QUEUE)) == references[:25]
    assert listed(client.get(QUEUE, {"page": 2})) == references[25:]


def test_count_stops_at_a_thousand(make_concern, walsall):
    row = make_concern(walsall)
    fields = [f.attname for f in Concern._meta.concrete_fields if not f.primary_key]
    Concern.objects.bulk_create(
        Concern(**{f: getattr(row, f) for f in fields} | {"reference": f"T-{n}", "key_hash": f"{n}"})
        for n in range(1002)
    )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert (str(Count.of(Concern.objects.all())), len(asked)) == ("1,000+", 1)
    assert "LIMIT 1001" in asked.captured_queries[0]["sql"]


@pytest.mark.parametrize("path", [DASHBOARD, QUEUE])
def test_lists_ask_as_much_for_one_row_as_for_three(
    signed_in, make_concern, walsall, walsall_commander, walsall_officer, team_of, path
):
    def one_more():
        concern = make_concern(walsall, ward=walsall.wards.active().first())
        concern.assign(officer=walsall_officer, team=team_of(walsall), by=walsall_commander)

    client = signed_in(walsall_commander)
    client.get(path)  # what the stamp keeps is read once
    asked = []
    for rows in (1, 2):
        for _each in range(rows):
            one_more()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        asked.append(len([q for q in queries if "SAVEPOINT" not in q["sql"] and q["sql"] not in ("BEGIN", "COMMIT")]))
    assert asked[0] == asked[1]
    assert asked[1] <= {QUEUE: 10, DASHBOARD: 24}[path]


def test_concern_page_asks_as_much_for_a_long_history(signed_in, make_concern, walsall, walsall_commander):
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    client.get(page_of(concern))  # what the stamp keeps is read once
    asked = []
    for notes in (1, 3):
        for _each in range(notes):
            concern.add_note("Seen.", by=walsall_commander)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page_of(concern)).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


# ---- one concern -----------------------------------------------------------------------------------------------------


def test_concern_page_leads_to_what_must_happen_next(
    signed_in, make_concern, walsall, walsall_commander, walsall_officer
):
    concern, client = make_concern(walsall), signed_in(walsall_commander)
    steps = []

    def step():
        steps.append(getattr(client.get(page_of(concern)).context["next"], "act", None))

    step()
    concern.assign(officer=walsall_officer, by=walsall_commander)
    step()
    concern.acknowledge(by=walsall_officer)
    step()
    concern.reply("Hello", by=walsall_commander)
    step()
    concern.resolve("solved", "Done", by=walsall_commander)
    step()
    assert steps == [Act.ASSIGN, Act.ACKNOWLEDGE, Act.REPLY, Act.RESOLVE, None]


def test_proposal_becomes_the_commanders_next_step(signed_in, make_concern, walsall, dudley, walsall_officer,
                                                   walsall_commander):  # fmt: skip
    concern = make_concern(walsall)
    done = send(signed_in(walsall_officer), concern, "propose", area=dudley.pk, reason="Over the border")
    assert done.status_code == 303
    page = signed_in(walsall_commander).get(page_of(concern))
    assert (page.context["next"].act, page.context["next"].initial["area"]) == (Act.MOVE, dudley.pk)
    assert "Over the border" in page.content.decode()


def test_text_is_shown_as_written_and_never_as_markup(signed_in, make_concern, walsall, walsall_commander):
    concern = make_concern(walsall, text="<script>alert(1)</script> & “quotes”")
    page = signed_in(walsall_commander).get(page_of(concern)).content.decode()
    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “quotes”" in page) == (False, True)


def test_each_act_works_from_its_page(signed_in, make_concern, walsall, walsall_commander, walsall_officer, team_of):
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    for act, said in (
        ("acknowledge", {"decision": "concern"}), ("take", {}),
        ("assign", {"officer": walsall_officer.pk, "team": team_of(walsall).pk}),
        ("note", {"text": "Seen."}), ("reply", {"text": "We were there.", **WHOLE}),
        ("safety", {"text": "A child is named."}), ("crime", {"crime_reference": "20/1", "text": "At the door."}),
        ("complaint", {"text": "The stop."}), ("resolve", {"outcome": "solved", "text": "The gate is mended.", "last": "on"}),
        ("reopen", {"text": "It began again."}), ("about", {"about": walsall_officer.pk}),
    ):  # fmt: skip
        response = send(client, concern, act, **said)
        assert (act, response.status_code, response.get("Location")) == (act, 303, page_of(concern))
    concern.refresh_from_db()
    assert (concern.status, concern.safety, concern.about_person, concern.officer, concern.team) == (
        "acknowledged", True, walsall_officer, None, team_of(walsall)
    )  # fmt: skip
    assert concern.answered_at is not None


def test_reply_by_phone_asks_who_and_when(signed_in, make_concern, walsall, walsall_officer, time_machine):
    time_machine.move_to("2026-07-02T09:00:00+00:00", tick=False)
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    time_machine.move_to("2026-07-02T19:00:00+00:00", tick=False)
    said = {"text": "We spoke of the bikes.", "how": "phone", "last": "on"}
    refused = send(client, concern, "reply", **said)
    assert (refused.status_code, sorted(refused.context["form"].errors)) == (422, ["day", "said_by", "time"])
    assert "We spoke of the bikes." in refused.content.decode()
    # Ten past six in the evening in London is ten past five in UTC in July.
    assert send(client, concern, "reply", **said, said_by="PC Demo", day="2026-07-02", time="18:10").status_code == 303
    concern.refresh_from_db()
    assert concern.answered_at.isoformat() == "2026-07-02T17:10:00+00:00"


def test_move_leads_to_the_queue_with_a_message(signed_in, make_concern, walsall, dudley, walsall_commander):
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    response = send(client, concern, "move", area=dudley.pk, reason="Over the border")
    assert (response.status_code, response["Location"]) == (303, QUEUE)
    assert f"{concern.reference} is with Dudley now. Its clock runs on." in client.get(QUEUE).content.decode()
    assert client.get(page_of(concern)).status_code == 404


def test_commander_who_names_themselves_is_led_away(signed_in, make_concern, walsall, walsall_commander):
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    response = send(client, concern, "about", about=walsall_commander.pk)
    assert (response.status_code, response["Location"]) == (303, QUEUE)
    assert client.get(page_of(concern)).status_code == 404


def test_desk_places_what_has_no_place(signed_in, make_concern, walsall, walsall_commander, desk, bloxwich_west):
    client, concern = signed_in(desk), make_concern(contact=CONTACT)
    page = client.get(page_of(concern))
    assert (page.context["next"].act, "Pat Example" in page.content.decode()) == (Act.PLACE, False)
    response = send(client, concern, "place", area=walsall.pk, ward=bloxwich_west.pk)
    assert (response.status_code, response["Location"]) == (303, QUEUE)
    concern.refresh_from_db()
    assert (concern.area, concern.ward, concern.desk_reason) == (walsall, bloxwich_west, "")


def test_stale_form_shows_both_and_loses_nothing(signed_in, make_concern, walsall, walsall_commander, walsall_officer):
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    shown = {"version": concern.version, "seen": concern.updates.get().pk}
    concern.add_note("Spoke with the school.", by=walsall_officer)
    said = {"text": "My long reply\nwith two lines.", **WHOLE}
    conflict = client.post(f"{page_of(concern)}reply/", {**shown, **said})
    page = conflict.content.decode()
    assert (conflict.status_code, "Spoke with the school." in page, said["text"] in page) == (409, True, True)
    # On a phone what is new stands before the button that would send it all the same.
    assert page.index("Spoke with the school.") < page.index(said["text"])
    assert concern.updates.filter(kind="reply").count() == 0
    again = conflict.context["again"]
    sent = client.post(f"{page_of(concern)}reply/", {**said, "version": again["version"].value(), "seen": 0})
    assert sent.status_code == 303
    assert concern.updates.get(kind="reply").text == said["text"] + SAID


def test_refused_act_keeps_what_was_typed(signed_in, make_concern, walsall, walsall_commander, dudley_officer):
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    response = send(client, concern, "resolve", text="All is well now", outcome="")
    assert (response.status_code, "All is well now" in response.content.decode()) == (422, True)
    response = send(client, concern, "assign", officer=dudley_officer.pk)
    assert response.status_code == 422
    concern.refresh_from_db()
    assert (concern.status, concern.officer) == ("received", None)


@pytest.mark.parametrize("act", sorted(set(Act) - {"propose", "place", "resume", "format", "recourse", "reopen"}))
def test_what_is_missing_is_said_by_its_name(signed_in, make_concern, walsall, walsall_commander, act):
    concern = make_concern(walsall, contact=CONTACT)
    concern.disclose_crime("", "", by=walsall_commander)
    errors = send(signed_in(walsall_commander), concern, act).context
    said = [sentence for sentences in (errors["form"].errors if errors else {}).values() for sentence in sentences]
    assert "This field is required." not in said


def test_a_note_can_be_for_a_colleague_who_is_told(
    signed_in, make_concern, walsall, walsall_officer, walsall_commander, dudley_officer, mailoutbox
):
    concern, client = make_concern(walsall, text="Marker word quokka"), signed_in(walsall_officer)
    offered = client.get(page_of(concern)).context["forms"]
    choices = next(form for form in offered if form.act == "note").fields["tell"].queryset
    assert set(choices) == {walsall_officer, walsall_commander}
    assert send(client, concern, "note", text="Look at this quokka.", tell=walsall_commander.pk).status_code == 303
    line = concern.updates.get(kind="note")
    assert (line.officer, line.public) == (walsall_commander, False)
    assert f"Note for {walsall_commander}, who was told" in client.get(page_of(concern)).content.decode()
    drain()
    letters = [mail for mail in mailoutbox if "left you a note" in mail.subject]
    assert [(mail.to, "quokka" in mail.body, concern.reference in mail.body) for mail in letters] == [
        ([walsall_commander.email], False, True)
    ]  # fmt: skip
    assert send(client, concern, "note", text="For you.", tell=dudley_officer.pk).status_code == 422
    with pytest.raises(NotPostedHere):
        concern.add_note("For you.", by=walsall_officer, tell=dudley_officer)


def test_a_note_tells_nobody_whom_the_concern_is_about_or_who_lost_it(
    signed_in, make_concern, walsall, dudley, walsall_officer, walsall_commander, person, mailoutbox
):
    concern = make_concern(walsall)
    concern.add_note("For you.", by=walsall_commander, tell=walsall_officer)
    concern.name_person(walsall_officer, by=walsall_commander)
    drain()
    assert not [mail for mail in mailoutbox if "left you a note" in mail.subject]
    with pytest.raises(AboutThem):
        concern.add_note("For you.", by=walsall_commander, tell=walsall_officer)


def test_forged_fields_change_nothing_else(signed_in, make_concern, walsall, dudley, walsall_officer):
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    send(client, concern, "note", text="Seen.", status="resolved", area=dudley.pk, officer=walsall_officer.pk, by=1,
         safety="on", due_at="2030-01-01")  # fmt: skip
    after = Concern.objects.get(pk=concern.pk)
    same = ("status", "area", "officer", "safety", "due_at", "text")
    assert [getattr(after, field) for field in same] == [getattr(concern, field) for field in same]
    assert after.updates.get(kind="note").by == walsall_officer


# ---- a sergeant gives within the team, an inspector within the hub ------------------------------------------------------


@pytest.fixture
def ranks(person, team_of, walsall):
    """A sergeant of the neighbourhood team, an inspector of its hub, and constables of that team, the hub and elsewhere."""
    own, same_hub = team_of(walsall), team_of(walsall, kind="response")
    hub = Hub.objects.create(slug="demo-far", area=walsall, name="Demo far hub", address="1 Demo Road")
    far = Team.objects.create(slug="demo-far", name="Demo far team", kind=own.kind, hub=hub)
    made = {}
    for handle, team, role in (
        ("sergeant", own, "sergeant"), ("inspector", own, "inspector"), ("constable", own, "member"),
        ("neighbour", same_hub, "member"), ("stranger", far, "member"),
    ):  # fmt: skip
        made[handle] = person(handle)
        Posting.objects.create(person=made[handle], team=team, role=role, from_date="2026-01-01")
    return {**made, "own": own, "same_hub": same_hub, "far": far}


@pytest.mark.parametrize(
    ("who", "reached"), [("sergeant", ["constable"]), ("inspector", ["constable", "neighbour"]), ("constable", [])]
)
def test_a_sergeant_gives_within_the_team_an_inspector_within_the_hub(
    signed_in, make_concern, walsall, ranks, who, reached
):
    client = signed_in(ranks[who])
    given = []
    for name in ("constable", "neighbour", "stranger"):
        concern = make_concern(walsall)
        answer = send(client, concern, "assign", officer=ranks[name].pk)
        concern.refresh_from_db()
        assert answer.status_code == (303 if name in reached else 422 if reached else 403)
        given += [name] if concern.officer == ranks[name] else []
        together = client.post("/dashboard/queue/together/", {
            "act": "assign", "sure": "yes", "officer": ranks[name].pk, "reason": "The beat.",
            "pick": (other := make_concern(walsall)).reference,
        })  # fmt: skip
        assert (together.status_code, other.updates.filter(kind="assigned").exists()) == (
            (200, True) if name in reached else (422, False)
        )
    assert given == reached


@pytest.mark.parametrize(
    ("who", "people", "teams"),
    [
        ("sergeant", ["constable", "sergeant", "inspector"], ["own"]),
        ("inspector", ["constable", "sergeant", "inspector", "neighbour"], ["own", "same_hub"]),
        (None, ["constable", "sergeant", "inspector", "neighbour", "stranger"], ["own", "same_hub", "far"]),
    ],
)
def test_several_are_offered_to_those_alone_to_whom_each_may_be_given(
    signed_in, make_concern, walsall, walsall_commander, ranks, who, people, teams
):
    client = signed_in(ranks[who] if who else walsall_commander)
    page = client.post("/dashboard/queue/together/", {"act": "assign", "pick": make_concern(walsall).reference})
    fields = page.context["form"].fields
    offered = [set(fields[name].queryset) for name in ("officer", "team")]
    assert offered == [{ranks[name] for name in people}, {ranks[name] for name in teams}]


def test_a_sergeant_gives_what_the_own_people_have_or_nobody(make_concern, walsall, ranks, walsall_commander):
    def gives(**owner):
        concern = make_concern(walsall)
        concern.assign(by=walsall_commander, **owner)
        return may(User.objects.get(pk=ranks["sergeant"].pk), Act.ASSIGN, concern)

    owners = [{}, {"team": ranks["own"]}, {"officer": ranks["constable"]}, {"officer": ranks["sergeant"]}]
    assert [gives(**owner) for owner in owners] == [True] * 4
    others = [{"team": ranks["same_hub"]}, {"officer": ranks["stranger"]}, {"team": ranks["far"]}]
    assert [gives(**owner) for owner in others] == [False] * 3


def test_the_right_to_give_ends_with_the_posting_and_stops_at_the_area(make_concern, dudley, walsall, ranks):
    sergeant, concern = ranks["sergeant"], make_concern(walsall)
    assert may(sergeant, Act.ASSIGN, concern)
    assert not may(User.objects.get(pk=sergeant.pk), Act.ASSIGN, make_concern(dudley))
    Posting.objects.filter(person=sergeant).update(until="2026-01-02")
    assert not may(User.objects.get(pk=sergeant.pk), Act.ASSIGN, concern)


def test_a_team_and_an_officer_of_another_are_refused_in_words(
    signed_in, make_concern, walsall, ranks, walsall_commander
):
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    refused = send(client, concern, "assign", officer=ranks["stranger"].pk, team=ranks["own"].pk)
    assert (refused.status_code, "does not work in Demo neighbourhood team" in refused.content.decode()) == (422, True)
    with pytest.raises(NotInTeam):
        concern.assign(officer=ranks["stranger"], team=ranks["own"], by=walsall_commander)
    assert send(client, concern, "assign", officer=ranks["stranger"].pk, team=ranks["far"].pk).status_code == 303


def test_the_verb_itself_refuses_to_give_beyond_the_own_team(make_concern, walsall, ranks):
    concern = make_concern(walsall)
    for who, beyond in (
        ("sergeant", {"team": ranks["same_hub"]}), ("sergeant", {"officer": ranks["neighbour"]}),
        ("inspector", {"team": ranks["far"]}), ("inspector", {"officer": ranks["stranger"]}),
        ("constable", {"team": ranks["own"]}), ("constable", {"officer": ranks["sergeant"]}),
    ):  # fmt: skip
        with pytest.raises(NotTheirs):
            concern.assign(by=ranks[who], **beyond)
    assert not concern.updates.filter(kind="assigned").exists()
    concern.assign(by=ranks["sergeant"], officer=ranks["constable"], team=ranks["own"])
    concern.assign(by=ranks["inspector"], officer=ranks["neighbour"], team=ranks["same_hub"])
    concern.assign(by=ranks["stranger"], officer=ranks["stranger"], team=ranks["far"])  # takes it
    assert concern.updates.filter(kind="assigned").count() == 3


def test_whoever_takes_it_brings_the_own_team(signed_in, make_concern, walsall, ranks, walsall_commander):
    concern = make_concern(walsall)
    concern.assign(team=ranks["own"], by=walsall_commander)
    assert send(signed_in(ranks["stranger"]), concern, "take").status_code == 303
    concern.refresh_from_db()
    assert (concern.officer, concern.team) == (ranks["stranger"], ranks["far"])
    assert send(signed_in(walsall_commander), concern, "take").status_code == 303
    concern.refresh_from_db()
    assert (concern.officer, concern.team) == (walsall_commander, ranks["far"])


def test_role_of_who_leads_a_team_is_told_apart(
    signed_in, person, team_of, walsall, walsall_officer, walsall_commander
):
    sergeant = person("sergeant", rank="Sergeant")
    Posting.objects.create(person=sergeant, team=team_of(walsall), role="sergeant", from_date="2026-01-01")
    told = [
        signed_in(who).get("/dashboard/queue/").context["my_role"]
        for who in (walsall_officer, sergeant, walsall_commander)
    ]
    assert told == ["officer", "supervisor", "commander"]


def test_why_it_came_here_is_told_in_words(signed_in, make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    Concern.objects.filter(pk=concern.pk).update(route_basis="WS1 1AA, full postcode -> Bloxwich West, Walsall")
    page = signed_in(walsall_officer).get(page_of(concern)).content.decode()
    assert page.count("<dd>WS1 1AA, full postcode: Bloxwich West, Walsall") == 1


def test_where_and_when_stand_before_the_long_form(signed_in, make_concern, walsall, bloxwich_west, walsall_officer):
    concern = make_concern(walsall, ward=bloxwich_west, place="Behind the shops", times="Fridays")
    Concern.objects.filter(pk=concern.pk).update(postcode="WS3 2PD")
    page = signed_in(walsall_officer).get(page_of(concern)).content.decode()
    where = re.search(r'<p class="portal-case__where">(.*?)</p>', page, re.DOTALL)
    words = re.sub(r"<br>", " ", re.sub(r"<(?!br)[^>]+>", "", where.group(1))).split()
    assert " ".join(words) == "Behind the shops, Bloxwich West, WS3 2PD Fridays"
    assert page.index("portal-words") < where.start() < page.index("portal-case__next")
