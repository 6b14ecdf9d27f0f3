"""The queue at work: filters, kept lists, several concerns at once, the map and its twin."""

import re
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.stamp import days_ago, today_in_london
from areas import drawing
from areas.models import Boundary, Command, Edition
from feedback import standing
from feedback.access import reach_of
from feedback.casework.together import TOGETHER as FORMS
from feedback.casework.together import done
from feedback.models import Concern, Notification, Partner, Photo, Problem, ReadLog, Referral, SavedList
from hubs.models import Posting

from .racing import race

pytestmark = pytest.mark.django_db

QUEUE, TOGETHER, KEEP = "/dashboard/queue/", "/dashboard/queue/together/", "/dashboard/queue/saved/"


def listed(response):
    return [row.reference for row in response.context["rows"]]


# ---- filters ---------------------------------------------------------------------------------------------------------


def test_queue_narrows_by_who_what_and_how(
    signed_in, make_concern, walsall, walsall_commander, walsall_officer, team_of
):
    team, problem = team_of(walsall), Problem.objects.create(area=walsall, title="Bikes")
    partner = Partner.objects.filter(area=walsall).first()
    plain = make_concern(walsall)
    known = make_concern(walsall, contact={"name": "Pat", "email": "pat@example.org"})
    known.assign(team=team, by=walsall_commander)
    known.link_to(problem, by=walsall_commander)
    known.refer(partner, "They look at it.", told="By phone.", told_at=timezone.now(), by=walsall_commander)
    client = signed_in(walsall_commander)
    for asked in (
        {"hub": team.hub.slug}, {"contact": "yes"}, {"partner": partner.code}, {"problem": problem.pk}, {"problem": "any"},
        {"owner": "given"}, {"status": "referred"},
    ):  # fmt: skip
        assert (asked, listed(client.get(QUEUE, asked))) == (asked, [known.reference])
    for asked in ({"contact": "no"}, {"problem": "none"}, {"owner": "nobody"}, {"status": "received"}):
        assert (asked, listed(client.get(QUEUE, asked))) == (asked, [plain.reference])
    assert listed(signed_in(walsall_officer).get(QUEUE, {"owner": "team"})) == [known.reference]


@pytest.mark.parametrize("asked", ["ward=none", "officer=0", "problem=0", "due=never", "status=gone", "area=nowhere"])
def test_what_is_no_choice_any_more_shows_nothing_rather_than_everything(
    signed_in, make_concern, walsall, walsall_commander, asked
):
    make_concern(walsall)
    client = signed_in(walsall_commander)
    page = client.get(f"{QUEUE}?{asked}")
    assert (listed(page), page.context["wrong"]) == ([], True)
    file = client.post("/dashboard/export/", {"columns": ["reference"], "query": asked})
    assert b"".join(file.streaming_content) == "\ufeffReference\r\n".encode()


def test_list_of_a_problem_that_ended_holds_its_concerns(signed_in, make_concern, walsall, dudley, walsall_commander):
    over = Problem.objects.create(area=walsall, title="Bikes", ended_on=today_in_london(), assessment="Gone.")
    foreign = Problem.objects.create(area=dudley, title="Theirs")
    _plain, one = make_concern(walsall), make_concern(walsall)
    one.link_to(over, by=walsall_commander)
    client = signed_in(walsall_commander)
    assert listed(client.get(QUEUE, {"status": "", "problem": over.pk})) == [one.reference]
    assert listed(client.get(QUEUE, {"status": "", "problem": foreign.pk})) == []


def test_list_of_a_ward_or_officer_of_the_past_is_theirs(
    signed_in, make_concern, walsall, bloxwich_west, walsall_commander, walsall_officer
):
    _plain, one = make_concern(walsall), make_concern(walsall, ward=bloxwich_west)
    one.assign(officer=walsall_officer, by=walsall_commander)
    Posting.objects.filter(person=walsall_officer).update(until=days_ago(1))
    bloxwich_west.until = days_ago(1)
    bloxwich_west.save()
    client = signed_in(walsall_commander)
    for asked in ({"ward": bloxwich_west.pk}, {"officer": walsall_officer.pk}):
        assert (asked, listed(client.get(QUEUE, asked))) == (asked, [one.reference])


def test_area_narrows_for_who_also_works_in_a_department(
    signed_in, make_concern, walsall, dudley, department_member, walsall_officer, dudley_commander
):
    here, there = make_concern(walsall), make_concern(dudley)
    posting = Posting.objects.get(person=department_member)
    posting.share = 50
    posting.save()
    theirs = Posting.objects.get(person=walsall_officer)
    Posting.objects.create(person=department_member, team=theirs.team, share=50)
    there.hand_to_department(posting.team.department, "For you.", by=dudley_commander)
    client = signed_in(department_member)
    assert set(listed(client.get(QUEUE))) == {here.reference, there.reference}
    assert listed(client.get(QUEUE, {"area": "walsall"})) == [here.reference]
    assert listed(client.get(QUEUE, {"area": "dudley"})) == [there.reference]


def test_search_finds_words_in_any_form_on_postgresql(signed_in, make_concern, walsall, walsall_commander):
    bikes = make_concern(walsall, text="Off-road bikes race here", place="Palfrey Park")
    lamps = make_concern(walsall, text="The lamps are dark")
    client = signed_in(walsall_commander)

    def found(words):
        return set(listed(client.get(QUEUE, {"search": words})))

    assert found("bikes park") == found("PALFREY") == found(bikes.reference) == {bikes.reference}
    assert found(bikes.reference[4:8]) == found(bikes.reference.lower().replace("-", " ")) == {bikes.reference}
    assert found("quokka") == set()
    if connection.vendor == "postgresql":
        assert found("racing") == {bikes.reference}
        assert found('"lamps are"') == found("dark -bikes") == found("dark -WS32PD") == {lamps.reference}


@pytest.mark.parametrize(
    "words",
    ["WS3 2PD", "ws3 2pd", "ws32pd", "WS32PD", "WS3", "ws3 bikes", "2pd", "WS3-2PD", "ws3, 2pd.", "WS3\u00a02PD"],
)
def test_search_finds_a_postcode_whole_in_any_spelling_or_one_half_of_it(
    signed_in, make_concern, walsall, walsall_commander, dudley, words
):
    there, near = make_concern(walsall, text="Bikes"), make_concern(walsall, text="Bikes")
    elsewhere, of_others = make_concern(walsall, text="Bikes"), make_concern(dudley, text="Bikes")
    kept = {there: "WS3 2PD", near: "WS32 3PD", elsewhere: "B13 2PQ", of_others: "WS3 2PD"}
    for concern, postcode in kept.items():
        Concern.objects.filter(pk=concern.pk).update(postcode=postcode)
    assert listed(signed_in(walsall_commander).get(QUEUE, {"search": words})) == [there.reference]


def test_search_finds_no_postcode_that_the_page_does_not_show(
    signed_in, make_concern, walsall, bloxwich_west, walsall_commander
):
    """Who gave the ward alone gave no postcode; of who is erased nothing is left."""
    by_ward, erased = make_concern(walsall, ward=bloxwich_west), make_concern(walsall)
    Concern.objects.filter(pk=erased.pk).update(postcode="WS3 2PD")
    client = signed_in(walsall_commander)
    assert listed(client.get(QUEUE, {"search": "WS3"})) == [erased.reference]
    Concern.objects.filter(pk=erased.pk).update(postcode="")
    assert [listed(client.get(QUEUE, {"search": words})) for words in ("WS3", "WS3 2PD", "ws32pd")] == [[], [], []]
    assert [concern.postcode for concern in Concern.objects.filter(pk__in=[by_ward.pk, erased.pk])] == ["", ""]


# ---- kept lists ------------------------------------------------------------------------------------------------------


def test_list_is_kept_under_an_address_that_stays(signed_in, make_concern, walsall, walsall_commander):
    missed = make_concern(walsall, kind="idea")
    make_concern(walsall)
    client = signed_in(walsall_commander)
    answer = client.post(KEEP, {"name": "Ideas", "query": "kind=idea&page=3&made=up&status="})
    kept = SavedList.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/dashboard/queue/saved/{kept.pk}/")
    assert (kept.query, kept.area, kept.person) == ("status=&kind=idea", None, walsall_commander)
    page = client.get(answer["Location"])
    assert listed(page) == [missed.reference]
    assert page.content.decode().count('aria-current="true">Concerns</a>') == 1
    shown = [(str(tab["words"]), tab["here"]) for tab in page.context["tabs"]]
    assert shown == [(str(tab["words"]), False) for tab in client.get(QUEUE).context["tabs"]]
    assert "Ideas" in client.get(QUEUE).content.decode()


@pytest.mark.parametrize(
    ("query", "here"),
    [
        ("", ["All open"]), ("category=asb-vehicle", ["All open"]), ("due=missed", ["Missed"]), ("status=open", ["All open"]),
        ("search=bikes", []), ("news=received&status=", []), ("status=resolved", []), ("search=bikes&status=open", ["All open"]),
    ],
)  # fmt: skip
def test_a_list_of_more_than_open_ones_is_not_called_open(signed_in, walsall_commander, query, here):
    tabs = signed_in(walsall_commander).get(f"{QUEUE}?{query}").context["tabs"]
    assert [tab["words"] for tab in tabs if tab["here"]] == here


def test_who_works_through_a_list_comes_back_to_it(signed_in, three, walsall, walsall_commander, walsall_officer):
    def back(page):
        return re.findall(r'<a class="govuk-back-link" href="([^"]+)"', page.content.decode())

    client = signed_in(walsall_commander)
    assert back(client.get(three[0].get_absolute_url())) == [QUEUE]
    client.get(f"{QUEUE}?owner=nobody&made=up&page=1&view=map")
    narrowed = f"{QUEUE}?owner=nobody&amp;page=1&amp;view=map"
    assert back(client.get(three[0].get_absolute_url())) == [narrowed]
    assert back(client.post(TOGETHER, {"act": "assign", "pick": picks(three)})) == [narrowed]
    said = {"act": "assign", "sure": "yes", "officer": walsall_officer.pk, "reason": "The beat.", "pick": picks(three)}
    page = client.post(TOGETHER, said)
    answer = client.post(f"{TOGETHER}undo/", {"token": page.context["undo"]})
    assert answer["Location"] == narrowed.replace("&amp;", "&")
    kept = SavedList.objects.create(person=walsall_commander, name="Mine", query="status=&owner=mine")
    client.get(kept.get_absolute_url())
    kept.delete()  # the address stays good: it says how the list was narrowed
    assert back(client.get(three[0].get_absolute_url())) == [f"{QUEUE}?status=&amp;owner=mine"]
    assert back(signed_in(walsall_officer).get(three[0].get_absolute_url())) == [QUEUE]


def test_kept_list_is_ones_own_unless_shared(signed_in, walsall, walsall_commander, walsall_officer, dudley_officer):
    own = SavedList.objects.create(person=walsall_commander, name="Own", query="kind=idea")
    shared = SavedList.objects.create(person=walsall_commander, name="Shared", query="kind=idea", area=walsall)

    def opened(who):
        client = signed_in(who)
        return [client.get(one.get_absolute_url()).status_code for one in (own, shared)]

    assert [opened(who) for who in (walsall_commander, walsall_officer, dudley_officer)] == [
        [200, 200], [404, 200], [404, 404],
    ]  # fmt: skip


def test_list_is_shared_only_with_an_area_one_works_in(signed_in, dudley, walsall, walsall_commander):
    client = signed_in(walsall_commander)
    client.post(KEEP, {"name": "Theirs", "query": "kind=idea", "area": "dudley"})
    client.post(KEEP, {"name": "Ours", "query": "kind=idea", "area": "walsall"})
    assert dict(SavedList.objects.values_list("name", "area__slug")) == {"Theirs": None, "Ours": "walsall"}


def test_who_removes_a_kept_list(signed_in, walsall, walsall_commander, walsall_officer):
    def made():
        return SavedList.objects.create(person=walsall_officer, name="Shared", query="kind=idea", area=walsall)

    own = SavedList.objects.create(person=walsall_commander, name="Theirs", query="", area=walsall)
    assert signed_in(walsall_officer).post(f"{own.get_absolute_url()}remove/").status_code == 404
    for who in (walsall_officer, walsall_commander):
        assert signed_in(who).post(f"{made().get_absolute_url()}remove/").status_code == 303
    assert list(SavedList.objects.all()) == [own]
    assert signed_in(walsall_commander).get(f"{own.get_absolute_url()}remove/").status_code == 303
    assert SavedList.objects.count() == 1


def test_list_without_a_name_is_refused_in_words(signed_in, walsall, walsall_commander):
    client = signed_in(walsall_commander)
    assert "Give the list a name" in client.post(KEEP, {"query": "kind=idea"}, follow=True).content.decode()
    assert SavedList.objects.count() == 0


# ---- several at once -------------------------------------------------------------------------------------------------


@pytest.fixture
def three(make_concern, walsall):
    return [make_concern(walsall, text=f"Number {number}") for number in range(3)]


def picks(concerns):
    return [f"{concern.reference}:{concern.version}" for concern in concerns]


def test_queue_offers_to_give_several_only_to_who_gives(
    signed_in, three, person, team_of, walsall, walsall_officer, walsall_commander
):
    sergeant = person("sergeant", rank="Sergeant")
    Posting.objects.create(person=sergeant, team=team_of(walsall), role="sergeant", from_date="2026-01-01")
    offered = [
        [act for act, _title in signed_in(who).get(QUEUE).context["together"]]
        for who in (walsall_officer, sergeant, walsall_commander)
    ]
    every = ["assign", "acknowledge", "problem", "refer"]
    assert offered == [every[1:], every, every]


def test_queue_offers_what_can_be_done_together(signed_in, three, walsall_commander, auditor):
    page = signed_in(walsall_commander).get(QUEUE).content.decode()
    assert [f'<option value="{act}">' in page for act in ("assign", "acknowledge", "problem", "refer", "reply")] == [
        True, True, True, True, False,
    ]  # fmt: skip
    assert page.count('name="pick"') == 3
    assert 'name="pick"' not in signed_in(auditor).get(QUEUE).content.decode()


def test_preview_changes_nothing(signed_in, three, walsall_commander):
    page = signed_in(walsall_commander).post(TOGETHER, {"act": "assign", "pick": [one.reference for one in three]})
    assert (page.status_code, page.context["able"], page.context["left"]) == (200, three, [])
    assert [one.updates.count() for one in three] == [1, 1, 1]
    assert ReadLog.objects.get().rows == 3


def test_several_are_given_with_a_reason(signed_in, three, walsall_commander, walsall_officer, team_of, walsall):
    said = {"officer": walsall_officer.pk, "team": team_of(walsall).pk, "reason": "The team's beat."}
    page = signed_in(walsall_commander).post(TOGETHER, {"act": "assign", "sure": "yes", "pick": picks(three), **said})
    assert (page.status_code, len(page.context["able"]), page.context["left"]) == (200, 3, [])
    for one in three:
        one.refresh_from_db()
        assert (one.officer, one.team, one.status) == (walsall_officer, team_of(walsall), "received")
        assert (one.updates.get(kind="note").text, one.updates.get(kind="note").public) == ("The team's beat.", False)


def test_giving_several_to_nobody_at_all_is_refused(signed_in, three, walsall_commander, walsall_officer):
    """Both choices begin with nobody: pressed by mistake, that took a hundred concerns from everybody."""
    three[0].assign(officer=walsall_officer, by=walsall_commander)
    said = {"act": "assign", "sure": "yes", "pick": picks(three), "reason": "The beat."}
    page = signed_in(walsall_commander).post(TOGETHER, said)
    assert (page.status_code, page.context["form"].errors) == (422, {"officer": ["Choose a person, a team, or both."]})
    assert Concern.objects.filter(officer=walsall_officer).count() == 1


def test_what_will_be_done_says_who_has_each_and_what_was_done_says_what(
    signed_in, three, walsall, walsall_commander, walsall_officer, team_of
):
    three[0].assign(officer=walsall_officer, by=walsall_commander)
    client, team = signed_in(walsall_commander), team_of(walsall)
    problem = Problem.objects.create(area=walsall, title="Bikes")
    before = client.post(TOGETHER, {"act": "assign", "pick": [one.reference for one in three]}).content.decode()
    now = re.findall(r'<span class="portal-chosen__now">([^<]+)</span>', before)
    owners = [str(walsall_officer), "Nobody yet", "Nobody yet"]
    assert now == [f"{one.clock.words} · {owner}" for one, owner in zip(three, owners, strict=True)]

    def said(**how):
        for one in three:
            one.refresh_from_db()
        page = client.post(TOGETHER, {"sure": "yes", "reason": "The beat.", "pick": picks(three), **how})
        return page.context["form"].outcome()

    assert [
        said(act="assign", officer=walsall_officer.pk, team=team.pk),
        said(act="assign", team=team.pk),
        said(act="problem", problem=problem.pk),
        said(act="acknowledge", decision="concern"),
    ] == [
        f"Given to {walsall_officer} / {team}.", f"Given to {team}.", "Part of “Bikes” now.",
        "Decided: A concern for us to look into.",
    ]  # fmt: skip


def test_reason_is_needed(signed_in, three, walsall_commander):
    page = signed_in(walsall_commander).post(TOGETHER, {"act": "acknowledge", "sure": "yes", "pick": picks(three)})
    assert (page.status_code, page.context["form"].errors) == (
        422, {"decision": ["“What is each of them?” needs an answer."], "reason": ["“Why?” needs an answer."]},
    )  # fmt: skip
    assert {one.updates.count() for one in three} == {1}


def test_what_cannot_be_done_is_listed_and_left_alone(signed_in, three, make_concern, dudley, walsall_commander):
    client = signed_in(walsall_commander)
    client.post(TOGETHER, {"act": "acknowledge", "pick": picks(three)})
    read, changed, fine = three
    shown = picks(three)
    foreign = make_concern(dudley)
    read.acknowledge(by=walsall_commander)
    changed.add_note("Meanwhile", by=walsall_commander)
    said = {"act": "acknowledge", "decision": "concern", "sure": "yes", "reason": "Read at the briefing."}
    page = client.post(TOGETHER, {**said, "pick": [*shown, f"{foreign.reference}:1"]})
    assert [(fate.concern, fate.why) for fate in page.context["left"]] == [
        (read, "It is “Acknowledged” already, so there is nothing to do."),
        (changed, "Somebody changed it since you looked. Read it first."),
    ]
    assert (page.context["able"], page.context["gone"]) == ([fine], 1)
    changed.refresh_from_db()
    assert (changed.status, foreign.updates.count(), changed.updates.filter(kind="note").count()) == ("received", 1, 1)


def test_several_are_read_with_one_decision(signed_in, three, walsall_commander):
    said = {"act": "acknowledge", "sure": "yes", "decision": "crime", "reason": "Three burglaries."}
    page = signed_in(walsall_commander).post(TOGETHER, {**said, "pick": picks(three)})
    assert (page.status_code, page.context["left"]) == (200, [])
    for one in three:
        one.refresh_from_db()
        assert (one.status, one.crime_disclosed_at is not None) == ("acknowledged", True)
        assert one.updates.get(kind="status").decision == "crime"


def test_sent_twice_does_it_once(signed_in, three, walsall_commander):
    client, sent = (
        signed_in(walsall_commander),
        {"act": "acknowledge", "decision": "concern", "sure": "yes", "reason": "Read.", "pick": picks(three)},
    )
    pages = [client.post(TOGETHER, sent) for _time in range(2)]
    assert [len(page.context["able"]) for page in pages] == [3, 0]
    assert {one.updates.filter(kind="note").count() for one in three} == {1}


WHOLE = {"who": "PC Demo", "next": "We come again.", "when": f"{days_ago(-3)}", "reason": "The same bikes."}
HARD = (
    "Subsequently, officers undertook comprehensive environmental visual audits in conjunction with partner agencies."
)


def test_hard_words_for_several_are_shown_first_and_never_refused(signed_in, three, walsall_commander):
    client, said = (
        signed_in(walsall_commander),
        {"act": "reply", "sure": "yes", "pick": picks(three), "text": HARD, **WHOLE},
    )
    page = client.post(TOGETHER, said)
    form = page.context["form"]
    assert (page.status_code, len(page.context["able"]), bool(form.advice)) == (200, 3, True)
    assert (form.preview.startswith(HARD), "This may be hard to read" in page.content.decode()) == (True, True)
    assert {one.updates.count() for one in three} == {1}
    sent = client.post(TOGETHER, {**said, "read": re.search(r'name="read" value="(\d+)"', page.content.decode())[1]})
    assert (sent.status_code, len(sent.context["able"]), sent.context["left"]) == (200, 3, [])
    assert {one.updates.get(kind="reply").text.startswith(HARD) for one in three} == {True}


def test_plain_words_for_several_are_sent_at_once(signed_in, three, walsall_commander):
    said = {"act": "reply", "sure": "yes", "pick": picks(three), "text": "We walked there on Friday.", **WHOLE}
    assert signed_in(walsall_commander).post(TOGETHER, said).context["over"]
    assert {one.updates.filter(kind="reply").count() for one in three} == {1}


@pytest.mark.parametrize("lost", [1, 3])
def test_words_for_what_is_left_alone_are_given_back(signed_in, three, dudley, walsall_commander, lost):
    """One or all went elsewhere between the look and the sending."""
    client, shown = signed_in(walsall_commander), picks(three)
    for one in three[:lost]:
        one.move_to_area(dudley, "Theirs.", by=walsall_commander)
    said = {"act": "reply", "sure": "yes", "pick": shown, "text": "We walked there on Friday.", **WHOLE}
    page = client.post(TOGETHER, said)
    assert (len(page.context["able"]), page.context["gone"]) == (3 - lost, lost)
    assert [one.words for one in page.context["typed"]][0] == said["text"]
    assert "We walked there on Friday.</textarea>" in page.content.decode()


def undone(client, page, **more):
    """What the next page says after the button was pressed that puts back what `page` tells of."""
    answer = client.post(f"{TOGETHER}undo/", {"token": page.context["undo"], **more}, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_what_was_given_together_is_put_back_but_for_what_changed_since(
    signed_in, three, walsall, walsall_commander, walsall_officer, dudley, team_of
):
    client, team = signed_in(walsall_commander), team_of(walsall)
    three[0].assign(team=team, by=walsall_commander)
    said = {"act": "assign", "sure": "yes", "officer": walsall_officer.pk, "reason": "The beat.", "pick": picks(three)}
    page = client.post(TOGETHER, said)
    assert 'name="token"' in page.content.decode()
    Concern.objects.get(pk=three[1].pk).add_note("I ring them.", by=walsall_officer)
    assert undone(client, page) == [
        "2 concerns are as they were.", "1 concern was changed since, or is not with you any more: it stays as it is.",
    ]  # fmt: skip
    rows = Concern.objects.order_by("pk").values_list("officer", "team")
    assert list(rows) == [(None, team.pk), (walsall_officer.pk, None), (None, None)]
    assert three[0].updates.filter(kind="note").last().text.startswith("Undone")
    assert undone(client, page) == [
        "3 concerns were changed since, or are not with you any more: they stay as they are."
    ]  # fmt: skip


def test_list_offers_to_put_back_for_ten_minutes_what_was_done_last(
    signed_in, three, walsall_commander, walsall_officer, time_machine
):
    time_machine.move_to("2026-11-23T09:00:00+00:00", tick=False)
    client, said = (
        signed_in(walsall_commander),
        {"act": "assign", "sure": "yes", "officer": walsall_officer.pk, "reason": "X."},
    )
    offered = "You did this with 3 concerns: Given to"
    assert offered not in client.get(QUEUE).content.decode()
    client.post(TOGETHER, {**said, "pick": picks(three)})
    time_machine.move_to("2026-11-23T09:09:00+00:00", tick=False)
    page = client.get(QUEUE)
    assert (page.content.decode().count(offered), page.context["undo"]["number"]) == (1, 3)
    answer = client.post(f"{TOGETHER}undo/", {"token": page.context["undo"]["token"]}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["3 concerns are as they were."]
    assert offered not in answer.content.decode()
    for one in three:
        one.refresh_from_db()
    client.post(TOGETHER, {**said, "pick": picks(three)})
    time_machine.move_to("2026-11-23T09:19:01+00:00", tick=False)
    assert offered not in client.get(QUEUE).content.decode()
    time_machine.move_to("2026-11-23T09:10:00+00:00", tick=False)
    assert offered in client.get(QUEUE).content.decode()
    assert offered not in signed_in(walsall_officer).get(QUEUE).content.decode()


def test_what_was_made_part_of_a_problem_together_is_put_back(signed_in, three, walsall, walsall_commander):
    old, new = (Problem.objects.create(area=walsall, title=title) for title in ("Bikes", "Noise"))
    three[0].link_to(old, by=walsall_commander)
    client = signed_in(walsall_commander)
    page = client.post(
        TOGETHER, {"act": "problem", "sure": "yes", "problem": new.pk, "reason": "Same.", "pick": picks(three)}
    )
    assert undone(client, page) == ["3 concerns are as they were."]
    assert list(Concern.objects.order_by("pk").values_list("problem", flat=True)) == [old.pk, None, None]
    told = [
        one.updates.filter(kind="problem", public=True).order_by("pk").values_list("text", flat=True) for one in three
    ]
    assert list(map(list, told)) == [[], [standing.JOINED, standing.APART], [standing.JOINED, standing.APART]]


def test_undoing_is_for_who_did_it_and_for_ten_minutes(
    signed_in, three, walsall_commander, walsall_officer, time_machine
):
    time_machine.move_to("2026-11-23T09:00:00+00:00", tick=False)
    said = {"act": "assign", "sure": "yes", "officer": walsall_officer.pk, "reason": "The beat.", "pick": picks(three)}
    page = signed_in(walsall_commander).post(TOGETHER, said)
    late = ["This can't be undone any more. Change the concerns one by one."]
    assert undone(signed_in(walsall_officer), page) == late
    client = signed_in(walsall_commander)
    assert undone(client, page, token="made up") == late
    time_machine.move_to("2026-11-23T09:10:02+00:00", tick=False)
    assert undone(client, page) == late
    assert Concern.objects.filter(officer=walsall_officer).count() == 3


def test_what_somebody_was_told_is_not_undone(signed_in, three, walsall_commander):
    said = {"act": "acknowledge", "decision": "concern", "sure": "yes", "reason": "Read.", "pick": picks(three)}
    assert signed_in(walsall_commander).post(TOGETHER, said).context["undo"] == ""


def test_permission_is_asked_for_each(signed_in, three, walsall_officer):
    """Officers take and refer, but don't give."""
    client = signed_in(walsall_officer)
    page = client.post(TOGETHER, {"act": "assign", "pick": picks(three)})
    assert ([fate.why for fate in page.context["left"]], page.context["able"]) == (
        ["This is for others to do."] * 3,
        [],
    )
    partner = Partner.objects.filter(area__slug="walsall").first()
    partner.email = "office@example.org"
    partner.save()
    said = {"act": "refer", "sure": "yes", "partner": partner.pk, "text": "The council.", "reason": "Lamps are theirs."}
    how = {"way": "link", "facts": "A dark lamp behind the shops.", "consent": "nothing"}
    refused = client.post(TOGETHER, {**said, "pick": picks(three)})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"facts", "consent"})
    unread = client.post(TOGETHER, {**said, **how, "pick": picks(three)}).context
    assert [fate.why for fate in unread["left"]] == ["Nobody has read it yet. Open it, and decide what it is."] * 3
    for one in three:
        one.acknowledge(by=walsall_officer)
    said |= how
    assert len(client.post(TOGETHER, {**said, "pick": picks(three)}).context["able"]) == 3
    assert set(Concern.objects.values_list("status", "partner")) == {("referred", partner.pk)}
    # Each with a link of its own, and no partner is said to look into what they never heard of.
    assert sorted(Referral.objects.values_list("concern", "facts")) == [(one.pk, how["facts"]) for one in three]
    assert Notification.objects.filter(kind="referral", recipient="partner").count() == 3


def test_several_become_part_of_a_problem(signed_in, three, walsall, dudley, walsall_commander):
    problem = Problem.objects.create(area=walsall, title="Bikes")
    theirs = Problem.objects.create(area=dudley, title="Theirs")
    client = signed_in(walsall_commander)
    said = {"act": "problem", "sure": "yes", "reason": "The same bikes.", "pick": picks(three)}
    assert client.post(TOGETHER, {**said, "problem": theirs.pk}).status_code == 422
    client.post(TOGETHER, {**said, "problem": problem.pk})
    assert problem.concerns.count() == 3


def test_a_problem_of_another_of_ones_areas_is_refused_row_by_row(
    signed_in, three, make_concern, walsall, dudley, walsall_commander
):
    Command.objects.create(area=dudley, person=walsall_commander, from_date="2026-01-01")
    there = make_concern(dudley)
    problem = Problem.objects.create(area=walsall, title="Bikes")
    said = {"act": "problem", "sure": "yes", "reason": "The same.", "problem": problem.pk}
    page = signed_in(walsall_commander).post(TOGETHER, {**said, "pick": picks([*three, there])})
    assert [fate.concern for fate in page.context["left"]] == [there]
    assert (problem.concerns.count(), there.updates.count()) == (3, 1)


def test_nothing_chosen_is_said_in_words(signed_in, three, walsall_commander):
    client = signed_in(walsall_commander)
    for said in ({"act": "assign"}, {"act": "delete", "pick": picks(three)}, {}):
        page = client.post(TOGETHER, said, follow=True)
        assert "Choose at least one concern" in page.content.decode()
    assert client.get(TOGETHER).status_code == 303


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_do_it_at_once_do_it_once(three, walsall_commander, client):
    def give(number):
        form = FORMS["acknowledge"](
            {"decision": "concern", "reason": f"Reader {number}"}, reach=reach_of(walsall_commander)
        )
        assert form.is_valid()
        one = Concern.objects.get(pk=three[0].pk)
        return done(walsall_commander, form, one, {one.reference: 1})

    assert sorted(map(bool, race([partial(give, number) for number in range(2)]))) == [False, True]
    assert three[0].updates.filter(kind="note").count() == 1


def test_queue_tells_what_narrows_it_without_unfolding(signed_in, three, walsall_commander):
    client = signed_in(walsall_commander)

    def told(query):
        page = client.get(f"{QUEUE}?{query}")
        return page.context["now"], "<details open>" in page.content.decode()

    assert told("") == told("area=walsall") == told("due=missed") == ([], False)  # the tab says it
    assert told("category=asb-vehicle&search=bikes&status=") == (
        [("Category", "Nuisance vehicles"), ("Words, reference, place or postcode", "bikes"), ("Status", "Any")], False,
    )  # fmt: skip
    assert told("due=missed&owner=nobody") == ([("Reply", "Missed"), ("Who has it", "Nobody yet")], False)
    assert told("ward=nowhere")[1]
    kept = SavedList.objects.create(person=walsall_commander, name="Late", query="due=missed")
    assert client.get(kept.get_absolute_url()).context["now"] == [("Reply", "Missed")]


# ---- map -------------------------------------------------------------------------------------------------------------


def test_map_without_boundaries_says_so_and_the_list_stays(signed_in, three, walsall_commander):
    page = signed_in(walsall_commander).get(QUEUE, {"view": "map"})
    assert "not loaded here" in page.content.decode()
    assert len(listed(page)) == 3


@pytest.fixture
def boxes(walsall):
    """The wards of Walsall as boxes in a row, in use."""
    edition = Edition.objects.create(kind="boundaries", name="Boxes", state="active", checksum="b")
    drawing.draw.cache_clear()
    wards = list(walsall.wards.active())
    for number, ward in enumerate(wards):
        left, right = number / 100, (number + 1) / 100
        ring = f"[[{left},52],[{right},52],[{right},52.1],[{left},52.1],[{left},52]]"
        geometry = f'{{"type":"Polygon","coordinates":[{ring}]}}'
        Boundary.objects.create(edition=edition, kind="ward", code=ward.code, geometry=geometry)
    return wards


def test_map_shows_points_of_the_list_with_its_numbers(
    signed_in, make_concern, boxes, walsall, dudley, walsall_commander
):
    first, second, third, _elsewhere = (make_concern(area) for area in (walsall, walsall, walsall, dudley))
    Concern.objects.filter(pk__in=[first.pk, third.pk]).update(lat=52.05, lon=0.005)
    Concern.objects.filter(pk=second.pk).update(lat=52.05, lon=0.105)
    page = signed_in(walsall_commander).get(QUEUE, {"view": "map"})
    assert listed(page) == [first.reference, second.reference, third.reference]
    shown = page.context["map"]
    assert [point.numbers for point in shown["points"]] == ["1, 3", "2"]
    assert (shown["wards"], shown["left_out"]) == (False, 0)
    assert page.content.decode().count('class="portal-map__ward"') == len(boxes)


def test_numbers_that_would_cover_each_other_share_a_spot(signed_in, make_concern, boxes, walsall, walsall_commander):
    """Each ward is about 30 of the picture's 600 across."""
    for concern, lon in zip([make_concern(walsall) for _number in range(3)], (0.101, 0.102, 0.109), strict=True):
        Concern.objects.filter(pk=concern.pk).update(lat=52.05, lon=lon)
    points = signed_in(walsall_commander).get(QUEUE, {"view": "map"}).context["map"]["points"]
    assert [point.numbers for point in points] == ["1, 2", "3"]


def test_figures_open_after_the_map_and_the_map_after_them(signed_in, boxes, walsall_commander):
    """What pages keep of an area's wards has a name of its own for each of them."""
    client = signed_in(walsall_commander)
    asked = [client.get(path).status_code for path in (f"{QUEUE}?view=map", "/dashboard/insight/", f"{QUEUE}?view=map")]
    assert asked == [200, 200, 200]


def test_map_shows_in_the_middle_of_a_ward_what_is_known_no_better(
    signed_in, make_concern, boxes, walsall, walsall_commander
):
    # In words of their own: a burst of the same would be kept apart.
    spot, *in_ward = [make_concern(walsall, ward=boxes[0], text=str(uuid4())) for _each in range(6)]
    make_concern(walsall, text="Nowhere in particular.")
    Concern.objects.filter(pk=spot.pk).update(lat=52.05, lon=0.105)
    page = signed_in(walsall_commander).get(QUEUE, {"view": "map"})
    shown = page.context["map"]
    assert [(point.numbers, point.sure) for point in shown["points"]] == [("1", True), ("2, 3, 4, 5 …", False)]
    assert (len(in_ward), shown["wards"], shown["left_out"]) == (5, True, 1)
    words = page.content.decode()
    assert words.count("portal-map__spot--ward") == 1
    assert "1 concern of this page is only in the list" in words


def test_lists_are_asked_for_by_name(db):
    assert [reverse(f"casework:{name}") for name in ("queue", "keep", "together")] == [QUEUE, KEEP, TOGETHER]


# ---- kept apart ------------------------------------------------------------------------------------------------------


def test_what_may_be_no_real_concern_is_kept_apart(signed_in, three, walsall, walsall_commander):
    Concern.objects.filter(pk=three[0].pk).update(suspected=True)
    client = signed_in(walsall_commander)
    assert listed(client.get(QUEUE)) == [three[1].reference, three[2].reference]
    assert listed(client.get(QUEUE, {"suspected": "yes"})) == [three[0].reference]
    brief = client.get("/dashboard/").context["sections"][0]["brief"]
    numbers = {line.name: line.number for line in brief.lines}
    assert (numbers["nobody"], numbers["suspected"]) == (2, 1)
    line = next(line for line in brief.lines if line.name == "suspected")
    assert listed(client.get(line.href)) == [three[0].reference]


def test_queue_narrows_by_photos(signed_in, three, walsall_commander):
    Photo.objects.create(concern=three[1], name="made-up", width=10, height=10)
    client = signed_in(walsall_commander)
    assert listed(client.get(QUEUE, {"photo": "yes"})) == [three[1].reference]
    assert listed(client.get(QUEUE, {"photo": "no"})) == [three[0].reference, three[2].reference]


def test_what_is_closed_waits_for_nobody(signed_in, make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    client = signed_in(walsall_officer)
    assert client.get("/dashboard/queue/").context["rows"][0].owner == "Nobody yet"
    concern.resolve("solved", "The gate is mended.", by=walsall_officer)
    row = client.get("/dashboard/queue/?status=resolved").context["rows"][0]
    assert (row.owner, row.unowned) == ("", "")


def test_a_version_of_thousands_of_digits_breaks_nothing(signed_in, make_concern, walsall, walsall_commander):
    concern, problem = (
        make_concern(walsall),
        Problem.objects.create(area=walsall, title="Bikes", assessment="It worked."),
    )
    client, digits = signed_in(walsall_commander), "1" * 5000
    picked = {"act": "problem", "pick": f"{concern.reference}:{digits}"}
    assert client.post(reverse("casework:together"), picked).status_code == 200
    closed = client.post(reverse("casework:problem_close", args=[problem.pk]), {"shown": digits})
    problem.refresh_from_db()
    assert (closed.status_code, problem.ended_on) == (422, None)
    begun = client.post(reverse("casework:problem_close", args=[problem.pk]), {"shown": digits, "again": "yes"})
    assert (begun.status_code, Problem.objects.get().version) == (303, 1)
