"""The hours for recording a disclosed crime: from receipt, in lists, in the brief, and up the ladder, each rung once."""

from datetime import UTC, datetime, timedelta

import pytest

from areas.models import Force
from feedback.casework.page import crime_clock, read_clock
from feedback.casework.rows import for_rows, rows_of
from feedback.insight.brief import Brief
from feedback.management.commands.sweep import move_clocks
from feedback.models import Concern
from feedback.models.notification import drain
from hubs.models import Posting

from .test_casework import send

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday
LINES = ("unrecorded", "to_record")


@pytest.fixture
def at(time_machine):
    """Sets the clock to so many hours after START: `at(10)`."""

    def move(hours):
        time_machine.move_to(START + timedelta(hours=hours), tick=False)

    move(0)
    return move


@pytest.fixture
def sergeant(person, team_of, walsall):
    holder = person("sergeant", rank="Sergeant")
    Posting.objects.create(person=holder, team=team_of(walsall), role="sergeant", from_date="2026-01-01")
    return holder


@pytest.fixture
def crime(at, make_concern, walsall, walsall_officer, walsall_commander):
    """A concern read, given to an officer and answered within the first hour, in which a crime was disclosed."""
    concern = make_concern(walsall)
    concern.assign(officer=walsall_officer, by=walsall_commander)
    concern.disclose_crime("", "He broke the fence.", by=walsall_officer)
    concern.reply("Thank you. We have been there.", by=walsall_officer)
    return concern


def climbed(concern):
    lines = concern.updates.filter(kind="climbed").order_by("pk").select_related("officer")
    return [(line.rung, line.officer and line.officer.name, line.detail) for line in lines]


def numbers(who, area):
    found = {line.name: (line.number, line.href) for line in Brief(who, area).lines}
    return {name: found[name] for name in LINES if name in found}


def test_an_unrecorded_crime_climbs_rung_by_rung_each_once(
    at, crime, walsall_officer, sergeant, walsall_commander, mailoutbox
):
    told = []
    for hours in (17.9, 18, 24, 24.1, 30, 48.1, 60, 90):
        at(hours)
        move_clocks()
        told.append(len(climbed(crime)))
    assert told == [0, 1, 1, 2, 2, 3, 3, 3]
    assert climbed(crime) == [
        ("officer", walsall_officer.name, "crime"), ("sergeant", sergeant.name, "crime"),
        ("commander", walsall_commander.name, "crime"),
    ]  # fmt: skip
    mails = crime.notifications.filter(kind="unrecorded").order_by("pk").values_list("recipient", "person")
    assert list(mails) == [("person", one.pk) for one in (walsall_officer, sergeant, walsall_commander)]
    crime.refresh_from_db()
    assert (crime.climbed, crime.updates.filter(kind="climbed", public=True).count()) == ("", 0)


def test_the_letter_says_by_when_and_nothing_that_anybody_wrote(at, crime, mailoutbox):
    at(20)
    move_clocks()
    crime.notifications.exclude(kind="unrecorded").delete()
    drain()
    (mail,) = mailoutbox
    assert mail.subject == "A crime is to be recorded by Tuesday 24 November, 9:00am: please look"
    assert ("fence" in mail.body, crime.reference in mail.body) == (False, True)


def test_who_is_told_to_record_it_can(at, make_concern, walsall_commander, desk, signed_in):
    """What stands at the desk climbs to the desk, which writes the number down and hands the sheet over."""
    concern = make_concern()
    send(signed_in(desk), concern, "acknowledge", decision="crime")
    at(25)
    move_clocks()
    assert [row.recipient for row in concern.notifications.filter(kind="unrecorded")] == ["desk"]
    client = signed_in(desk)
    assert send(client, concern, "crime", crime_reference="20DY/1/26").status_code == 303
    sheet = send(client, concern, "sheet", shape="page")
    assert (sheet.status_code, dict(sheet.context["facts"])["Crime number"]) == (200, "20DY/1/26")
    concern.refresh_from_db()
    assert (concern.crime_recorded_at, concern.desk_reason) == (START + timedelta(hours=25), "unplaced")


def test_disclosed_late_it_is_late_from_receipt_and_climbs_at_once(
    at, make_concern, walsall, walsall_officer, sergeant
):
    concern = make_concern(walsall)
    at(30)
    concern.disclose_crime("", "Only now.", by=walsall_officer)
    assert move_clocks()["unrecorded crimes told up the ladder"] == 1
    assert climbed(concern)[-1] == ("sergeant", sergeant.name, "crime")


@pytest.mark.parametrize("why", ["recorded", "none"])
def test_who_has_a_number_or_no_crime_climbs_nothing(at, crime, make_concern, walsall, walsall_officer, why):
    concern = crime
    if why == "recorded":
        crime.disclose_crime("20DY/1/26", "", by=walsall_officer)
    else:
        Concern.objects.filter(pk=crime.pk).update(crime_disclosed_at=None)
    at(60)
    done = move_clocks()
    assert (done["warned of crimes to record"], done["unrecorded crimes told up the ladder"]) == (0, 0)
    assert climbed(concern) == []


def test_brief_names_crimes_to_record_and_opens_exactly_those(
    at, crime, make_concern, walsall, dudley, walsall_officer, walsall_commander, dudley_commander, signed_in
):
    """Closing a concern records no crime; another area's brief stays as it is."""
    late = make_concern(walsall)
    Concern.objects.filter(pk=late.pk).update(received_at=START - timedelta(hours=30))
    late.disclose_crime("", "Late.", by=walsall_officer)
    late.refresh_from_db()
    late.reply("We came.", by=walsall_officer)
    late.resolve("solved", "Done.", by=walsall_officer)
    client = signed_in(walsall_commander)
    found = numbers(walsall_commander, walsall)
    assert {name: number for name, (number, _href) in found.items()} == {"unrecorded": 1, "to_record": 1}
    assert numbers(dudley_commander, dudley) == {}
    for name, concern in (("unrecorded", late), ("to_record", crime)):
        page = client.get(found[name][1])
        assert [row.reference for row in page.context["rows"]] == [concern.reference]
    text = client.get("/dashboard/").content.decode()
    assert "crime is not recorded within 24 hours of our hearing of it" in text
    assert "the first in 1 day" in text
    crime.disclose_crime("20DY/1/26", "", by=walsall_officer)
    assert {name: number for name, (number, _href) in numbers(walsall_commander, walsall).items()} == {"unrecorded": 1}


def test_rows_of_the_queue_show_the_crime_clock(at, crime, make_concern, walsall, walsall_commander, signed_in):
    make_concern(walsall, text="Another one.")
    client = signed_in(walsall_commander)
    rows = client.get("/dashboard/queue/?status=").context["rows"]
    assert sorted((row.crime, row.late) for row in rows) == [("", ""), ("Crime: record it within 1 day", "due")]
    at(18)
    rows = signed_in(walsall_commander).get("/dashboard/queue/?status=&crime=due").context["rows"]
    assert [(row.crime, row.late) for row in rows] == [("Crime: record it within 6 hours", "soon")]
    at(29)
    client.logout()  # the sign-in of the afternoon before has ended
    client = signed_in(walsall_commander)
    page = client.get("/dashboard/queue/?status=&crime=missed")
    assert [(row.crime, row.late) for row in page.context["rows"]] == [
        ("Crime not recorded: late by 5 hours", "missed")
    ]  # fmt: skip
    assert "Crime not recorded: late by 5 hours" in page.content.decode()
    history = client.get(crime.get_absolute_url())
    assert history.status_code == 200


def test_history_says_which_clock_climbed(at, crime, walsall_commander, sergeant, signed_in):
    at(25)
    move_clocks()
    text = signed_in(walsall_commander).get(crime.get_absolute_url()).content.decode()
    assert f"The crime was not recorded in time: told the sergeant, {sergeant}" in text


def test_hours_are_the_forces(at, crime, walsall, walsall_commander):
    Force.objects.update(crime_recording_hours=48)
    at(30)
    assert set(numbers(walsall_commander, walsall)) == {"to_record"}


@pytest.mark.parametrize(
    ("seconds", "state", "late", "unread"),
    [(-1, "soon", 0, 0), (0, "soon", 0, 0), (1, "missed", 1, 1)],
)
def test_at_the_instant_of_its_due_time_it_is_in_time_everywhere(
    at, make_concern, walsall, walsall_officer, walsall_commander, seconds, state, late, unread
):
    force = Force.objects.get()
    crime, told = make_concern(walsall), make_concern(walsall)
    crime.disclose_crime("", "He broke the fence.", by=walsall_officer)
    at(force.crime_recording_hours + seconds / 3600)
    row = rows_of(list(for_rows(Concern.objects.filter(pk=crime.pk))))[0]
    chip = crime_clock(Concern.objects.get(pk=crime.pk), force)
    assert (row.late, chip.state, row.crime, numbers(walsall_commander, walsall).get("unrecorded", (0,))[0]) == (
        state, state, ["Crime: record it within 0 minutes", "Crime not recorded: late by 0 minutes"][late], late,
    )  # fmt: skip
    hours = force.crime_recording_hours
    assert [Concern.objects.to_record(late=one, hours=hours).count() for one in (True, False)] == [late, 1 - late]
    at(force.acknowledge_hours + seconds / 3600)
    assert (read_clock(told, force).state, Concern.objects.unread(force.acknowledge_hours).count()) == (state, unread)


def test_three_quarters_of_the_time_turn_the_row_and_the_page_amber_together(
    at, make_concern, walsall, walsall_officer
):
    force, crime = Force.objects.get(), make_concern(walsall)
    crime.disclose_crime("", "He broke the fence.", by=walsall_officer)
    read = []
    for hours in (17.99, 18):
        at(hours)
        row = rows_of(list(for_rows(Concern.objects.filter(pk=crime.pk))))[0]
        read.append((row.late, crime_clock(Concern.objects.get(pk=crime.pk), force).state, row.crime_icon == row.icon))
    # Amber has the same shape in both chips, which a clock that only runs has not.
    assert read == [("due", "due", True), ("soon", "soon", False)]


def test_the_crime_that_presses_most_comes_first(at, signed_in, make_concern, walsall, walsall_officer):
    made = []
    for hours in (0, 5, 10):
        at(hours)
        made.append(make_concern(walsall))
        made[-1].disclose_crime("", "He broke the fence.", by=walsall_officer)
    client = signed_in(walsall_officer)
    for asked in ("crime=due", "crime=any"):
        rows = client.get(f"/dashboard/queue/?{asked}&status=").context["rows"]
        assert [row.reference for row in rows] == [one.reference for one in made]
