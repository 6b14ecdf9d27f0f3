"""The pages of moves and cover, in the admin and for commanders: preview, scope, one transaction, undo, what is wrong today."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import User
from accounts.stamp import today_in_london
from areas.models import Area, Command, Editorship, Meeting, Priority, PriorityAction
from feedback.answering import note_for_colleagues, who_answers
from feedback.models import Concern
from hubs.models import Absence, Hub, Move, MoveRefused, Posting, Team
from policing_portal.staffing import today

pytestmark = pytest.mark.django_db

START = date(2026, 1, 1)


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def response(team_of, walsall):
    return team_of(walsall, name="Demo response team", kind="response")


@pytest.fixture
def contact(walsall_officer, bloxwich_west):
    posting = walsall_officer.postings.get()
    posting.named_wards.add(bloxwich_west)
    return posting


def wanted(posting, team, **more):
    return {"postings": [posting.pk], "team": team.pk, "from_date": in_days(1).isoformat(), "reason": "Closer."} | more


def sent(page):
    """What the button "Do it" sends."""
    data = {}
    for name, value in page.context["sent"]:
        data.setdefault(name, []).append(value)
    return data | {"token": page.context["found"].token, "do": "yes", "area": page.context["area"].slug}


@pytest.mark.parametrize(("space", "who"), [("admin", "walsall_editor"), ("people", "walsall_commander")])
def test_a_move_is_previewed_made_and_undone(
    space, who, request, signed_in, contact, response, bloxwich_west, make_concern, walsall
):
    make_concern(walsall).assign(by=contact.person, officer=contact.person)
    client = signed_in(request.getfixturevalue(who))
    url = reverse(f"{space}:move", args=["people"])
    page = client.post(url, wanted(contact, response))
    found = page.context["found"]
    assert found.lines == [f"{contact.person}: from {contact.team} to {response}"]
    assert (found.wards, found.concerns, found.access) == ([bloxwich_west], [], [])
    assert (Move.objects.count(), Posting.objects.count()) == (0, 1)
    assert client.post(url, sent(page)).status_code == 302
    assert list(contact.person.postings.order_by("pk").values_list("team", "until")) == [
        (contact.team_id, in_days(0)), (response.pk, None),
    ]  # fmt: skip
    move = Move.objects.get()
    home = client.get(reverse(f"{space}:home"), follow=True)
    assert [one.changes for one in home.context["waiting"]] == [found.lines]
    assert f"<br>{found.lines[0]}" in home.content.decode()
    undo = reverse(f"{space}:undo", args=[move.pk])
    assert client.post(undo, {"why": " "}).status_code == 302
    assert contact.person.postings.count() == 2  # no change without a reason
    assert client.post(undo, {"why": "She stays after all."}).status_code == 302
    assert list(contact.person.postings.values_list("team", "until")) == [(contact.team_id, None)]
    assert contact.history.first().history_change_reason == "A move was undone: She stays after all."


def test_what_was_decided_lately_stays_to_be_read(signed_in, walsall_commander, contact, response, staff_admin):
    """Also after it took effect: who decided, when, from which day on and why; what still waits stands by itself."""
    client = signed_in(walsall_commander)
    now = Move.people([contact], response, from_date=in_days(0), reason="From today on.", by=staff_admin)
    later = Move.leave(contact.person, from_date=in_days(9), reason="Retires.", by=staff_admin)
    page = client.get(reverse("people:home"))
    assert ([*page.context["settled"]], [*page.context["waiting"]]) == ([now], [later])
    text = " ".join(page.content.decode().split())
    assert f"{contact.person}: from {contact.team} to {response}" in text and "From today on." in text
    later.undo(by=staff_admin, why="Stays.")
    Move.objects.filter(pk=now.pk).update(made_at=now.made_at - timedelta(days=91))
    page = client.get(reverse("people:home"))
    assert ([*page.context["settled"]], [*page.context["waiting"]]) == ([later], [])
    assert f"Undone by {staff_admin} on" in page.content.decode()
    assert page.context["settled"][0].changes == [str(contact.person)]


def test_preview_says_who_needs_a_new_owner_and_who_still_covers(
    signed_in, walsall_commander, contact, make_concern, walsall, bloxwich_west, person, team_of
):
    make_concern(walsall).assign(by=walsall_commander, officer=contact.person)
    away = Posting.objects.create(person=person("away"), team=team_of(walsall), from_date=START)
    Absence.objects.create(person=away.person, cover=contact.person)
    form = {"person": contact.person_id, "from_date": in_days(1).isoformat(), "reason": "Retires."}
    page = signed_in(walsall_commander).post(reverse("people:move", args=["leave"]), form)
    found = page.context["found"]
    (held,), (concern,) = found.concerns, Concern.objects.all()
    assert (held.words, held.seen) == (f"1 open concern of {contact.person} needs a new owner", [concern])
    link = f'<a class="govuk-link" href="{concern.get_absolute_url()}">{concern.reference}</a>'
    assert link in page.content.decode()
    assert found.wards == [bloxwich_west]
    assert found.access == [f"{contact.person} no longer sees concerns of Walsall"]
    assert found.covers == [f"{contact.person} can no longer answer for {away.person}: choose somebody else"]


def test_preview_of_a_team_that_leaves_the_area(
    signed_in, staff_admin, contact, make_concern, walsall, walsall_commander
):
    make_concern(walsall).assign(by=walsall_commander, team=contact.team)
    hub = Hub.objects.filter(area__slug="dudley").first()
    form = {
        "team": contact.team_id,
        "hub": hub.pk,
        "from_date": in_days(3).isoformat(),
        "reason": "New base.",
        "area": "walsall",
    }
    page = signed_in(staff_admin).post(reverse("admin:move", args=["team"]), form)
    found = page.context["found"]
    assert found.lines == [f"{contact.team}: from {contact.team.hub} to {hub}"]
    # A staff admin reads no concerns, so no reference of one.
    assert [(held.words, held.seen) for held in found.concerns] == [
        ("1 open concern of the team needs a new owner", [])
    ]
    assert found.access == [
        f"{contact.person} no longer sees concerns of Walsall", f"{contact.person} sees concerns of Dudley",
    ]  # fmt: skip
    assert Team.objects.get(pk=contact.team_id).hub == contact.team.hub


def test_preview_knows_who_acts_for_a_commander(signed_in, staff_admin, contact, walsall, walsall_commander):
    """Whoever acts for Walsall's commander sees its concerns all the same once their own team has gone to Dudley."""
    walsall_commander.commands.get().covers.create(person=contact.person, from_date=in_days(0), until=in_days(9))
    form = {"team": contact.team_id, "hub": Hub.objects.filter(area__slug="dudley").first().pk, "reason": "New base."}
    for day in (0, 3):
        sent = form | {"from_date": in_days(day).isoformat(), "area": "walsall"}
        page = signed_in(staff_admin).post(reverse("admin:move", args=["team"]), sent)
        assert page.context["found"].access == [f"{contact.person} sees concerns of Dudley"]


def test_what_changed_since_the_preview_is_shown_again(signed_in, walsall_editor, contact, response):
    client, url = signed_in(walsall_editor), reverse("admin:move", args=["people"])
    page = client.post(url, wanted(contact, response))
    Posting.objects.filter(pk=contact.pk).update(share=50)
    again = client.post(url, sent(page))
    assert (again.status_code, Move.objects.count()) == (200, 0)
    assert "Somebody has changed these postings since you looked" in again.content.decode()
    assert client.post(url, sent(again)).status_code == 302


def test_refusals_are_told_on_the_form(signed_in, walsall_editor, contact, response):
    client, url = signed_in(walsall_editor), reverse("admin:move", args=["people"])
    for change, words in (
        ({"from_date": in_days(-1).isoformat()}, "in the past"), ({"reason": ""}, "“Why?” needs an answer."),
        ({"team": contact.team_id}, "works in this team already"),
    ):  # fmt: skip
        page = client.post(url, wanted(contact, response) | change)
        assert words in str(page.context["form"].errors)
    assert Move.objects.count() == 0


def test_nobody_moves_themselves_by_these_pages(signed_in, walsall_editor, response, team_of, walsall):
    own = Posting.objects.create(person=walsall_editor, team=team_of(walsall), from_date=START)
    page = signed_in(walsall_editor).post(reverse("admin:move", args=["people"]), wanted(own, response))
    assert "Nobody changes their own access" in str(page.context["form"].errors)


@pytest.mark.parametrize(("space", "who"), [("admin", "walsall_editor"), ("people", "walsall_commander")])
def test_other_areas_do_not_exist_here(space, who, request, signed_in, dudley_officer, dudley, response):
    client, theirs = signed_in(request.getfixturevalue(who)), dudley_officer.postings.get()
    move = Move.leave(dudley_officer, from_date=in_days(2), reason="Left.", by=response_by())
    absence = Absence.objects.create(person=dudley_officer)
    for url, method in (
        (reverse(f"{space}:move", args=["people"]) + "?area=dudley", "get"),
        (reverse(f"{space}:undo", args=[move.pk]), "post"),
        (reverse(f"{space}:cover") + f"?person={dudley_officer.pk}", "get"),
        (reverse(f"{space}:back", args=[absence.pk]), "post"),
        (reverse(f"{space}:hub", args=[dudley.hubs.first().slug]), "get"),
        (reverse(f"{space}:person", args=[dudley_officer.pk]), "get"),
    ):
        assert getattr(client, method)(url).status_code == 404, url
    page = client.post(reverse(f"{space}:move", args=["people"]), wanted(theirs, response))
    assert page.context["form"].errors.keys() == {"postings"}
    own = client.post(reverse(f"{space}:move", args=["people"]), wanted(theirs, theirs.team))
    assert own.context["form"].errors.keys() == {"postings", "team"}


def response_by():
    return User.objects.create_superuser("boss@example.org", "x" * 14, name="Demo Boss")


def test_two_areas_need_both_ends(signed_in, walsall_commander, walsall_officer, dudley_officer, staff_admin):
    """A move into one's own area from another can't be undone by one end alone."""
    theirs = walsall_officer.postings.get().team
    move = Move.people([dudley_officer.postings.get()], theirs, from_date=in_days(2), reason="Help.", by=staff_admin)
    client = signed_in(walsall_commander)
    client.post(reverse("people:undo", args=[move.pk]), {"why": "Ours."})
    move.refresh_from_db()
    assert move.undone_at is None


@pytest.mark.parametrize("who", ["walsall_officer", "walsall_editor", "staff_admin", "auditor", "desk"])
def test_people_page_is_the_commanders(who, request, signed_in):
    assert signed_in(request.getfixturevalue(who)).get("/dashboard/people/").status_code == 404


def test_people_page_of_a_commander(signed_in, walsall_commander, contact, person):
    Absence.objects.create(person=contact.person, kind="training", reason="Course in Hereford")
    page = signed_in(walsall_commander).get("/dashboard/people/")
    text = page.content.decode()
    assert (page.status_code, "Course in Hereford" in text, "Training" in text, str(contact.person) in text) == (
        200,
        True,
        True,
        True,
    )


def test_chosen_postings_go_to_the_page_of_moves(signed_in, walsall_editor, contact, dudley_officer):
    client = signed_in(walsall_editor)
    listed = reverse("admin:hubs_posting_changelist")
    answer = client.post(listed, {"action": "move", "_selected_action": [contact.pk]})
    assert answer["Location"] == f"/admin/moves/people/?area=walsall&posting={contact.pk}"
    page = client.get(answer["Location"])
    assert page.context["form"]["postings"].value() == [str(contact.pk)]
    assert client.get("/admin/hubs/hub/").status_code == 200


def test_more_than_one_page_can_show_are_not_moved_in_part(signed_in, walsall_editor, contact, person, monkeypatch):
    """With "select all" the rest would stay behind unseen."""
    monkeypatch.setattr("hubs.admin_posting.MOST", 1)
    Posting.objects.create(person=person("lee"), team=contact.team, from_date=START)
    chosen = {"action": "move", "select_across": "1", "_selected_action": [contact.pk]}
    page = signed_in(walsall_editor).post(reverse("admin:hubs_posting_changelist"), chosen, follow=True)
    assert [str(one) for one in page.context["messages"]] == [
        "You chose 2 postings, and at most 1 move at once. Nobody was moved: choose fewer."
    ]


def test_where_an_area_has_one_hub_the_page_says_so(signed_in, walsall_commander, walsall, team_of):
    """Instead of a form in which the only hub is the one where each team is."""
    team, page = team_of(walsall), reverse("people:move", args=["team"])
    Hub.objects.filter(area=walsall).exclude(pk=team.hub_id).delete()
    answer = signed_in(walsall_commander).get(page)
    text = answer.content.decode()
    assert ("Walsall has one hub, so no team can move to another." in text, 'name="hub"' in text) == (True, False)
    Hub.objects.create(area=walsall, name="Second", slug="second-of-walsall", lat=52.6, lon=-2.0)
    text = signed_in(walsall_commander).get(page).content.decode()
    assert ("has one hub" in text, 'name="hub"' in text, "that area's concerns" in text) == (False, True, False)


# ---- cover -------------------------------------------------------------------------------------------------------------
def test_cover_is_set_for_today_and_the_public_follows(
    client, signed_in, walsall_commander, contact, person, team_of, walsall, bloxwich_west
):
    lee = person("lee", rank="PCSO", public_name=True)
    Posting.objects.create(person=lee, team=team_of(walsall), from_date=START)
    form = {
        "person": contact.person_id,
        "from_date": in_days(0).isoformat(),
        "cover": lee.pk,
        "kind": "abstraction",
        "reason": "Court",
        "why": "The court's letter.",
    }
    browser = signed_in(walsall_commander)
    page = browser.get(reverse("people:cover") + f"?person={contact.person_id}")
    assert "PCSO Demo Lee (same team, 0 open concerns)" in page.content.decode()
    assert browser.post(reverse("people:cover"), form).status_code == 302
    ward = bloxwich_west.get_absolute_url()
    text = client.get(ward).content.decode()
    assert ("PCSO Demo Lee answers for" in text, "Court" in text) == (True, False)
    absence = Absence.objects.get()
    (shown,) = browser.get(reverse("people:home")).context["away"]
    back = reverse("people:back", args=[absence.pk])
    for sent in ({}, {"_version": "older"}):
        answer = browser.post(back, sent, follow=True)
        assert "has changed since the page was shown" in answer.content.decode()
    assert "answers for" in client.get(ward).content.decode()
    assert browser.post(back, {"_version": shown.version, "why": "Over."}).status_code == 302
    assert "answers for" not in client.get(ward).content.decode()


# ---- calendars and strength ----------------------------------------------------------------------------------------------
def test_a_cover_who_leaves_answers_no_more(
    client, signed_in, staff_admin, walsall_editor, walsall_commander, contact, person, team_of, walsall, bloxwich_west, wrong,
    make_concern,
):  # fmt: skip
    """A sergeant covers for the named contact and leaves: page, concern, calendar and what is wrong today follow."""
    concern = make_concern(walsall)
    concern.assign(by=walsall_commander, officer=contact.person)
    User.objects.filter(pk=contact.person_id).update(public_name=True)
    lee = person("lee", rank="Sergeant", public_name=True)
    Posting.objects.create(person=lee, team=team_of(walsall), from_date=START)
    absence = Absence.objects.create(person=contact.person, cover=lee)
    ward, people = bloxwich_west.get_absolute_url(), reverse("people:home")
    signed_in(walsall_commander)
    assert "Sergeant Demo Lee answers for" in client.get(ward).content.decode()
    assert "Sergeant Demo Lee answers." in client.get(people).content.decode()
    assert wrong()["cover"] == (0, [])
    form = {"person": lee.pk, "from_date": in_days(0).isoformat(), "reason": "Retires."}
    page = client.post(reverse("people:move", args=["leave"]), form)
    assert page.context["found"].covers == [f"{lee} can no longer answer for {contact.person}: choose somebody else"]
    assert client.post(reverse("people:move", args=["leave"]), form | sent(page)).status_code == 302
    assert "Demo Lee" not in client.get(ward).content.decode()
    assert (who_answers(concern), note_for_colleagues(concern)) == ("", "The team answers now")
    text = client.get(people).content.decode()
    assert ("Demo Lee answers." in text, "Nobody answers instead." in text) == (False, True)
    (row,) = next(one for one in today.findings([walsall], whole_force=False) if one.key == "cover").rows
    assert (row.text, row.more) == (str(contact.person), f"{lee} is away too, or works there no longer")
    assert row.url.endswith(f"?person={contact.person_id}&absence={absence.pk}")
    calendar = client.get(reverse("people:hub", args=[contact.team.hub.slug])).content.decode()
    assert ("away: nobody" in calendar, "away: Sergeant Demo Lee" in calendar) == (True, False)


def test_calendar_and_person_show_postings_through_time(signed_in, walsall_editor, contact, response, staff_admin):
    Move.people([contact], response, from_date=in_days(1), reason="Closer.", by=staff_admin)
    client = signed_in(walsall_editor)
    page = client.get(reverse("admin:hub", args=[contact.team.hub.slug]))
    states = {
        block["team"]: [[cell["state"] for cell in row["cells"]] for row in block["rows"]]
        for block in page.context["calendar"]["teams"]
    }
    assert states[contact.team][0][2:] == ["none"] * 6
    assert states[response][0][2:] == ["here"] * 6
    shown = client.get(reverse("admin:person", args=[contact.person_id]))
    ways = [f"people/?area=walsall&amp;posting={contact.pk}", f"leave/?area=walsall&amp;person={contact.person_id}"]
    assert [way in shown.content.decode() for way in ways] == [True, True]
    history = shown.context["history"]
    assert [(line["posting"].team, line["now"], line["ahead"]) for line in history] == [
        (response, False, True), (contact.team, True, False),
    ]  # fmt: skip
    assert client.get(reverse("admin:hub", args=[contact.team.hub.slug]) + "?from=zz").status_code == 200


def test_strength_page_shows_the_promise_and_its_source(signed_in, walsall_editor, contact):
    text = signed_in(walsall_editor).get(reverse("admin:strength")).content.decode()
    assert "450 promised" in text and "211 of them were reported" in text and "not confirmed" in text


# ---- what is wrong today ---------------------------------------------------------------------------------------------------
@pytest.fixture
def wrong(walsall):
    """What is wrong in Walsall, for its editor: {key: (number, texts)}."""

    def look(areas=None, whole=False):
        found = today.findings(areas or [walsall], whole_force=whole)
        return {one.key: (one.number, [row.text for row in one.rows]) for one in found}

    return look


def test_today_finds_what_is_wrong_and_forgets_what_is_right(
    wrong, walsall, contact, bloxwich_west, walsall_commander, person, make_concern
):
    wards = walsall.wards.active().count()
    found = wrong()
    assert found["wards"][0] == wards - 1
    assert found["sergeants"] == (1, [str(contact.team)])
    assert (found["commands"][0], found["acting"][0], found["cover"][0], found["ending"][0], found["owners"][0]) == (
        0,
    ) * 5
    make_concern(walsall).assign(by=walsall_commander, officer=contact.person)
    Absence.objects.create(person=contact.person)
    Absence.objects.create(person=walsall_commander)
    worse = wrong()
    assert (worse["wards"][0], worse["cover"], worse["acting"][0]) == (wards, (1, [str(contact.person)]), 1)
    Absence.objects.all().delete()
    Posting.objects.update(until=in_days(30))
    Command.objects.update(until=in_days(-1))
    later = wrong()
    assert (later["ending"], later["commands"]) == ((1, [str(contact)]), (1, ["Walsall"]))
    Posting.objects.update(until=in_days(-1))
    gone = wrong()
    assert (gone["ending"][0], gone["access"], gone["owners"]) == (0, (1, [str(contact.person)]), (1, ["Walsall"]))


def test_hubs_are_checked_every_90_days(wrong, walsall):
    Hub.objects.filter(area=walsall).update(checked_on=in_days(-90), front_counter=False)
    assert wrong()["hubs"][0] == 0
    Hub.objects.filter(area=walsall).update(checked_on=in_days(-91))
    assert wrong()["hubs"][0] == Hub.objects.filter(area=walsall).count()
    Hub.objects.filter(area=walsall).update(checked_on=in_days(0), front_counter=True, always_open=False, hours_note="")
    for hub in Hub.objects.filter(area=walsall):
        hub.opening_hours.all().delete()
    assert wrong()["hubs"][0] == Hub.objects.filter(area=walsall).count()


def test_categories_without_a_team_are_named(wrong, walsall, contact, response):
    texts = wrong()["categories"][1]
    assert not any(text.startswith("Neighbourhood team in Walsall") for text in texts)
    assert any(text.startswith("Response team in Walsall") for text in texts) is bool(
        [c for c in today.Category.objects.filter(in_use=True, department=None) if c.team_kind == response.kind]
    )


def test_today_asks_the_same_however_much_is_wrong(
    signed_in, staff_admin, officer_of, walsall, django_assert_max_num_queries, person
):
    client = signed_in(staff_admin)
    officer_of(walsall, "one")
    client.get("/admin/today/")
    with django_assert_max_num_queries(40) as few:
        client.get("/admin/today/")
    for number in range(6):
        officer = officer_of(walsall, f"more{number}")
        Posting.objects.filter(person=officer).update(until=in_days(number))
        Absence.objects.create(person=officer)
        person(f"idle{number}")
    with django_assert_max_num_queries(len(few)):
        assert client.get("/admin/today/").status_code == 200


def test_today_and_index_are_scoped(signed_in, walsall_editor, dudley_officer, walsall, auditor):
    client = signed_in(walsall_editor)
    text = client.get("/admin/today/").content.decode()
    assert "Dudley" not in text[text.index('id="content-main"') :]
    assert "See what is wrong today" in client.get("/admin/").content.decode()
    text = signed_in(auditor).get("/admin/").content.decode()
    assert ("Move somebody" in text, "See what is wrong today" in text) == (False, True)
    assert signed_in(auditor).get(reverse("admin:move", args=["people"])).status_code == 404


# ---- what the area promised ---------------------------------------------------------------------------------------------------
def test_commander_opens_and_closes_priorities_and_meetings_of_the_own_area(
    signed_in, walsall_commander, walsall, dudley
):
    client = signed_in(walsall_commander)
    form = {
        "area": walsall.pk,
        "title": "Bikes",
        "you_said": "Bikes.",
        "since": "2026-11-01",
        "published": "on",
        "why": "x",
    }
    assert client.post(reverse("people:priority_new"), form | {"area": dudley.pk}).status_code == 200
    assert client.post(reverse("people:priority_new"), form).status_code == 302
    priority = Priority.objects.get()
    close = reverse("people:priority_end", args=[priority.pk])
    seen = {"_version": client.get(close).context["form"].version, "ended_on": "2026-11-20", "why": "Quiet."}
    assert client.post(close, seen | {"outcome": ""}).context["form"].errors == {
        "outcome": ["“How did it end?” needs an answer."]
    }
    assert client.post(close, seen | {"outcome": "Quiet now."}).status_code == 302
    assert Priority.objects.get().history.first().history_user == walsall_commander
    day = in_days(9).isoformat()
    meeting = {
        "area": walsall.pk,
        "kind": "surgery",
        "starts": f"{day}T18:00",
        "ends": f"{day}T19:00",
        "place": "Library",
        "why": "Asked for.",
    }
    assert client.post(reverse("people:meeting_new"), meeting).status_code == 302
    made = Meeting.objects.get()
    assert client.post(reverse("people:meeting_cancel", args=[made.pk]), {"why": "Snow."}).status_code == 302
    assert Meeting.objects.get().cancelled
    Priority.objects.update(area=dudley, ended_on=None, outcome="")
    assert client.get(close).status_code == 404


def test_days_out_of_reach_are_refused_with_a_sentence(signed_in, walsall_commander, walsall, contact, response):
    client, far = signed_in(walsall_commander), "9999-12-31"
    too_far, to_come = (
        "This day is more than 2 years ahead. Check the year.",
        "This day is still to come. Write when it was.",
    )
    meeting = {
        "area": walsall.pk,
        "kind": "surgery",
        "starts": f"{far}T18:00",
        "ends": f"{far}T19:00",
        "place": "x",
        "why": "x",
    }
    page = client.post(reverse("people:meeting_new"), meeting)
    assert page.context["form"].errors == {"starts": [too_far], "ends": [too_far]}
    priority = {"area": walsall.pk, "title": "Bikes", "you_said": "x", "since": in_days(1).isoformat(), "why": "x"}
    assert client.post(reverse("people:priority_new"), priority).context["form"].errors == {"since": [to_come]}
    kept = Priority.objects.create(area=walsall, title="Bikes", you_said="x", published=True)
    close = reverse("people:priority_end", args=[kept.pk])
    seen = {"_version": client.get(close).context["form"].version, "outcome": "Quiet.", "why": "x"}
    page = client.post(close, seen | {"ended_on": in_days(1).isoformat()})
    assert page.context["form"].errors == {"ended_on": [to_come]}
    with pytest.raises(ValidationError) as refused:
        PriorityAction(priority=kept, text="We patrol.", day=in_days(733)).full_clean()
    assert refused.value.message_dict == {"day": [too_far]}
    PriorityAction(priority=kept, text="We patrol.", day=in_days(732)).full_clean()
    moved = {"from_date": in_days(733), "reason": "Closer.", "by": walsall_commander}
    with pytest.raises(MoveRefused, match=too_far):
        Move.people([contact], response, **moved)
    assert (Meeting.objects.count(), Priority.objects.open().count(), Move.objects.count()) == (0, 1, 0)


def test_editor_of_two_areas_chooses_one(signed_in, walsall_editor, dudley):
    Editorship.objects.create(person=walsall_editor, area=dudley, from_date=START)
    text = signed_in(walsall_editor).get(reverse("admin:move", args=["people"])).content.decode()
    assert "?area=walsall" in text and "?area=dudley" in text


def test_concern_counts_on_today_are_numbers_only(
    signed_in, walsall_editor, make_concern, walsall, walsall_officer, walsall_commander
):
    concern = make_concern(walsall, text="A very particular bicycle")
    concern.assign(by=walsall_commander, officer=walsall_officer)
    Posting.objects.update(until=in_days(-1))
    text = signed_in(walsall_editor).get("/admin/today/").content.decode()
    assert ("1 for the commander to give to somebody" in text, concern.reference in text, "bicycle" in text) == (
        True,
        False,
        False,
    )
    assert Concern.objects.count() == 1 and Area.objects.count() == 7


# ---- who answers for a concern -----------------------------------------------------------------------------------------------
def test_the_concern_shows_who_answers_now(
    client, signed_in, make_concern, walsall, walsall_officer, walsall_commander, person, team_of
):
    concern = make_concern(walsall)
    concern.assign(by=walsall_commander, officer=walsall_officer)
    User.objects.filter(pk=walsall_officer.pk).update(public_name=True)
    lee = person("lee", rank="PCSO", public_name=True)
    Posting.objects.create(person=lee, team=team_of(walsall), from_date=START)

    def words():
        one = Concern.objects.get(pk=concern.pk)
        return who_answers(one), note_for_colleagues(one)

    name = str(walsall_officer)
    assert words() == (name, "")
    absence = Absence.objects.create(person=walsall_officer, cover=lee, kind="leave")
    assert words() == (f"PCSO Demo Lee answers for {name}", "PCSO Demo Lee answers now")
    absence.cover = None
    absence.save()
    assert words() == ("", "The team answers now")
    absence.delete()
    walsall_officer.postings.update(until=in_days(-1))
    assert words() == ("", "Works here no longer: give it to somebody else")
    page = signed_in(walsall_commander).get(concern.get_absolute_url()).content.decode()
    assert "Works here no longer" in page
    concern.refresh_from_db()
    concern.assign(by=walsall_commander, officer=walsall_commander)
    assert words() == (str(walsall_commander), "")


def test_a_concern_of_a_commander_shows_who_acts_now(
    make_concern, walsall, walsall_commander, walsall_officer, person, team_of
):
    concern = make_concern(walsall)
    concern.assign(by=walsall_commander, officer=walsall_commander)
    acting = person("acting", rank="Superintendent", public_name=True)
    name = str(walsall_commander)

    def words():
        one = Concern.objects.get(pk=concern.pk)
        return who_answers(one), note_for_colleagues(one)

    assert words() == (name, "")
    absence = Absence.objects.create(person=walsall_commander)
    assert words() == ("", "The team answers now")
    absence.cover = walsall_officer
    absence.save()
    assert words() == (f"An officer of the team answers for {name}", f"{walsall_officer} answers now")
    command = walsall_commander.commands.get()
    stands = command.covers.create(person=acting, from_date=in_days(0), until=in_days(3))
    assert words() == (f"Superintendent Demo Acting answers for {name}", "Superintendent Demo Acting answers now")
    # Also where the commander is posted in the area, and where nobody wrote down that they are away.
    Posting.objects.create(person=walsall_commander, team=team_of(walsall), from_date=START)
    absence.delete()
    assert words()[0] == f"Superintendent Demo Acting answers for {name}"
    away = Absence.objects.create(person=acting)
    assert words() == (name, "")
    away.delete()
    stands.delete()
    command.delete()
    assert words() == (name, "")
