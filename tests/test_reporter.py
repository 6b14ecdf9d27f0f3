"""What the person does after sending: correct, take back, ask for a format, say that it goes on, ask the commander's office."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from accounts.stamp import LONDON
from areas.models import Force
from feedback import clock
from feedback.access import Act, may
from feedback.insight.figures import Window
from feedback.lifecycle import (
    AskedAlready,
    MoveNotAllowed,
    NoRecourse,
    NotEnded,
    NothingAsked,
    Outcome,
    Status,
    TakenBack,
    TextNeeded,
    TimeNotPossible,
    TooLateToCorrect,
)
from feedback.management.commands.check_integrity import answered_against_history
from feedback.models import Category, Concern, FormatRequest, Recourse
from feedback.models.codes import follow_code
from feedback.models.concern import Stale
from feedback.models.notification import drain
from hubs.models import Absence, Posting
from tests.racing import race

PAGE = "/track/concern/"
ACTS = ("rate", "correct", "withdraw", "again", "recourse", "format")


@pytest.fixture
def told(make_concern, walsall, bloxwich_west, walsall_commander):
    key = uuid.uuid4()
    concern = make_concern(walsall, ward=bloxwich_west, key=key, text="Bikes on the green.")
    concern.code = follow_code(key)
    return concern


def reader_of(told):
    client = Client()
    client.post("/track/", {"reference": told.reference, "code": told.code})
    return client


@pytest.fixture
def reader(told):
    return reader_of(told)


@pytest.fixture
def closed(told, walsall_officer):
    """Answered, given to the officer and closed."""
    told.assign(by=walsall_officer, officer=walsall_officer)
    told.resolve("solved", "We moved them on.", by=walsall_officer)
    return told


def send(client, act, **said):
    """Send one form of the page, with the key that the page holds."""
    form = client.get(PAGE).context["forms"].get(act)
    return client.post(f"{PAGE}{act}/", {"key": form["key"].value() if form else "x", **said})


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)


def late(concern, hours=73):
    """The concern came in so many hours ago."""
    received = clock.add_hours(timezone.now(), -hours)
    Concern.objects.filter(pk=concern.pk).update(received_at=received, due_at=clock.add_hours(received, 72))
    concern.refresh_from_db()
    return concern


def kinds(concern):
    return list(concern.updates.values_list("kind", flat=True))


def notes(concern):
    return sorted(concern.notifications.exclude(kind__in=["received", "receipt"]).values_list("kind", "recipient"))


def test_each_hint_stands_once_and_at_its_own_field(reader, told, walsall_officer):
    told.reply("We were there.", by=walsall_officer)
    shown = unescape(reader.get(PAGE).content.decode())
    assert dict(re.findall(r'<div class="govuk-hint" id="([^"]+)-hint">([^<]*)<', shown)) == {
        "id_text": "It goes to those who deal with this: the day, the place, what has changed.",
        "format-language": "For another language or an interpreter.",
        "format-text": "Only what we need: for example, an address for a letter.",
    }
    assert shown.count("The police who deal with this, and those they give it to. Nobody else.") == 1


def test_who_has_it_stands_beside_the_emergency_line(reader, told, walsall_officer):
    told.assign(by=walsall_officer, officer=walsall_officer)
    card = reader.get(PAGE).content.decode().partition('id="who"')[2].partition("</section>")[0]
    assert "Do not use a named contact in an emergency. If somebody is in danger now, call 999." in card


# ---- correct ---------------------------------------------------------------------------------------------------------


def point(reader, text):
    """Send a correction; the form that comes back with what points to a person."""
    answer = send(reader, "correct", text=text)
    assert answer.status_code == 422
    return answer.context["forms"]["correct"]


def decide(reader, form, text, **chosen):
    return reader.post(f"{PAGE}correct/", {"key": form["key"].value(), "text": text, "pointed": form.mark, **chosen})


def test_a_correction_is_asked_what_points_to_a_person(reader, told):
    text = "Mr Karim Demo at 14 Field Road rides there.\r\nHis number is 07700 900123."
    form = point(reader, text)
    told.refresh_from_db()
    assert (told.text, [one["words"] for one in form.shown]) == (
        "Bikes on the green.", [["Mr Karim Demo"], ["14"], ["07700 900123"]],
    )  # fmt: skip
    done = decide(reader, form, text, **{"finding-0": "officers", "finding-1": "keep", "finding-2": "remove"})
    assert done.url == "/track/concern/?done=correct#done"
    told.refresh_from_db()
    assert told.text == "[officers only 1] at 14 Field Road rides there.\nHis number is [taken out]."
    assert "Karim" not in told.sealed_words
    assert told.words_for_officers[0] == ("Mr Karim Demo", True)


def test_other_words_than_those_shown_are_asked_about_again(reader, told):
    form = point(reader, "Mr Karim Demo rides there.")
    again = decide(reader, form, "Mrs Nora Demo rides there.", **{"finding-0": "keep"})
    assert (again.status_code, again.context["forms"]["correct"].shown[0]["words"]) == (422, ["Mrs Nora Demo"])
    told.refresh_from_db()
    assert told.text == "Bikes on the green."
    assert decide(reader, form, "Nobody rides there.").status_code == 303  # nothing to ask about


def test_what_was_for_officers_only_stays_so_beside_a_correction(reader, told):
    first = "Mr Karim Demo rides there."
    decide(reader, point(reader, first), first, **{"finding-0": "officers"})
    second = "[officers only 1] and Mrs Nora Demo ride there."
    decide(reader, point(reader, second), second, **{"finding-0": "officers"})
    told.refresh_from_db()
    assert told.text == "[officers only 1] and [officers only 2] ride there."
    assert told.for_officers == {"1": "Mr Karim Demo", "2": "Mrs Nora Demo"}
    third = "Mr Omar Demo rides there."
    decide(reader, point(reader, third), third, **{"finding-0": "officers"})
    told.refresh_from_db()
    assert told.text == "[officers only 3] rides there."  # the numbers of earlier words stay theirs
    assert "".join(words for words, _sealed in told.words_for_officers) == third


def test_the_person_reads_in_their_language_what_is_for_officers_only(reader, told):
    first = "Mr Karim Demo rides there."
    decide(reader, point(reader, first), first, **{"finding-0": "officers"})
    assert "[For officers only] rides there." in reader.get(PAGE).content.decode()
    reader.cookies["track"]["path"] = "/pl/track/"
    page = reader.get(f"/pl{PAGE}").content.decode()
    with translation.override("pl"):
        assert f"[{translation.gettext('For officers only')}] rides there.</div>" in page
    assert "For officers only" not in page and "Karim" not in page


def test_danger_in_words_for_officers_only_is_found(reader, told):
    text = "He writes from knife@example.org."
    form = point(reader, text)
    assert decide(reader, form, text, **{"finding-0": "officers"}).url == "/track/next/"


def test_a_place_of_the_concern_is_no_person(reader, told):
    assert send(reader, "correct", text="In front of Bloxwich West, every Friday.").status_code == 303


def test_new_words_replace_the_first_which_the_force_still_reads(reader, told, signed_in, walsall_commander):
    done = send(reader, "correct", text="Bikes on the green,\r\nevery Friday.")
    assert (done.status_code, done.url) == (303, "/track/concern/?done=correct#done")
    told.refresh_from_db()
    assert told.text == "Bikes on the green,\nevery Friday."
    row = told.updates.get(kind="correction")
    assert (row.text, row.side, row.public) == ("Bikes on the green.", "public", True)
    shown = reader.get(done.url).content.decode()
    assert "We have your new words." in shown and "Bikes on the green.<" not in shown
    shown = signed_in(walsall_commander).get(told.get_absolute_url()).content.decode()
    assert "Changed the words. They were:" in shown and "Bikes on the green.<" in shown
    assert notes(told) == [("correction", "commander")]


def test_words_may_change_for_a_day(told, monkeypatch):
    due = clock.add_hours(told.received_at, 24)
    at(monkeypatch, due - timedelta(seconds=1))
    told.correct("Second words.")
    at(monkeypatch, due)
    with pytest.raises(TooLateToCorrect):
        told.correct("Third words.")
    assert told.text == "Second words."


@pytest.mark.parametrize(
    ("received", "ends"),
    [
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 28, 12, tzinfo=UTC)),
    ],
)
def test_the_day_for_new_words_has_24_hours_over_both_clock_changes(received, ends, told, monkeypatch):
    told.received_at = received
    at(monkeypatch, ends - timedelta(seconds=1))
    assert told.may_be_corrected
    at(monkeypatch, ends)
    assert not told.may_be_corrected


def test_new_words_leave_crime_and_safety_as_they_are(told, walsall_commander):
    told.disclose_crime("", "A theft.", by=walsall_commander)
    told.review_safety(True, "Look.", by=walsall_commander)
    told.correct("It was nothing.")
    assert (told.safety, told.crime_disclosed_at is not None, told.status) == (True, True, "acknowledged")


def test_whoever_replies_at_that_moment_sees_the_new_words_first(told, walsall_commander):
    version = told.version
    told.correct("Second words.")
    with pytest.raises(Stale):
        told.reply("An answer to the first words.", by=walsall_commander, version=version)


def test_a_sensitive_concern_is_corrected_in_words_written_anew(reader, told):
    Category.objects.filter(pk=told.category_id).update(sensitive=True)
    page = reader.get(PAGE)
    assert (page.context["forms"]["correct"]["text"].value(), "Bikes" in page.content.decode()) == ("", False)
    assert send(reader, "correct", text="").status_code == 422
    assert send(reader, "correct", text="Not on the green, behind it.").url == "/track/concern/?done=correct#done"
    told.refresh_from_db()
    assert told.text == "Not on the green, behind it."
    assert "behind it" not in reader.get(PAGE).content.decode()


def test_a_closed_concern_offers_no_form_with_its_words(reader, closed):
    assert "correct" not in reader.get(PAGE).context["forms"]
    with pytest.raises(TooLateToCorrect):
        closed.correct("Other words.")


# ---- take back -------------------------------------------------------------------------------------------------------


def test_what_is_taken_back_ends_and_keeps_its_words(reader, told):
    done = send(reader, "withdraw", text="My neighbour and I talked.")
    assert done.url == "/track/concern/?done=withdraw#done"
    told.refresh_from_db()
    assert (told.status, told.outcome, told.text) == ("resolved", "withdrawn", "Bikes on the green.")
    assert kinds(told) == ["received", "withdrawn", "status"]
    shown = reader.get(done.url)
    assert [(e.who, e.what, e.text) for e in shown.context["entries"]][1:] == [
        ("You", "Took it back", "My neighbour and I talked.")
    ]
    assert shown.context["headline"] == "You took it back"
    with pytest.raises(TakenBack):
        told.withdraw()


def test_the_clock_stops_with_what_is_taken_back(told, monkeypatch, signed_in, walsall_officer):
    told.withdraw()
    at(monkeypatch, clock.add_hours(timezone.now(), 90))
    told.refresh_from_db()
    assert (told.clock.state, told.clock.words) == ("none", "No reply is due")
    page = reader_of(told).get(PAGE).content.decode()
    assert ("portal-clockface" in page, "Reply missed" in page, "You took it back" in page) == (False, False, True)
    queue = signed_in(walsall_officer).get("/dashboard/queue/?status=resolved").content.decode()
    assert (told.reference in queue, "Reply missed" in queue) == (True, False)


def test_what_was_missed_before_it_was_taken_back_stays_so_late(told, monkeypatch):
    late(told, hours=80)
    told.withdraw()
    at(monkeypatch, clock.add_hours(timezone.now(), 90))
    told.refresh_from_db()
    assert (told.clock.state, told.clock.words) == ("missed", "Reply missed by 8 hours")


@pytest.mark.parametrize("kept_open", ["safety", "crime", "complaint"])
def test_what_must_be_looked_into_stays_open(kept_open, reader, told, walsall_commander):
    if kept_open == "safety":
        told.review_safety(True, "Look.", by=walsall_commander)
    elif kept_open == "crime":
        told.disclose_crime("", "A theft.", by=walsall_commander)
    else:
        told.disclose_complaint("Rude.", by=walsall_commander)
    before = told.status
    send(reader, "withdraw")
    told.refresh_from_db()
    assert (told.status, told.outcome, told.withdrawn) == (before, "", True)
    page = reader.get(PAGE)
    assert page.context["next_step"].startswith("You took it back")
    assert "risk" not in page.content.decode()
    assert "withdraw" not in page.context["forms"] and "correct" not in page.context["forms"]
    with pytest.raises(TakenBack):
        told.withdraw()


def test_taken_back_can_go_on_and_be_taken_back_again(told):
    told.withdraw()
    told.still_happening()
    assert (told.status, told.withdrawn) == ("acknowledged", False)
    told.withdraw()
    assert told.outcome == Outcome.WITHDRAWN


# ---- another format --------------------------------------------------------------------------------------------------


def test_a_format_is_asked_for_seen_and_given(reader, told, signed_in, walsall_officer):
    assert send(reader, "format", format="bsl", text="By video, please.").url == "/track/concern/?done=format#done"
    asked = FormatRequest.objects.get()
    assert (asked.format, asked.due_at - asked.at) == ("bsl", timedelta(hours=Force.objects.get().format_hours))
    staff = signed_in(walsall_officer)
    shown = staff.get(told.get_absolute_url()).content.decode()
    assert "British Sign Language" in shown and "By video, please." in shown
    told.refresh_from_db()
    form = {"version": told.version, "seen": 0, "asked": asked.pk, "text": "The film is on this page: example.org/film"}
    assert staff.post(f"{told.get_absolute_url()}format/", form).status_code == 303
    asked.refresh_from_db()
    assert (asked.done_by, asked.clock.state) == (walsall_officer, "answered")
    assert "You have it: British Sign Language" in reader.get(PAGE).content.decode()
    with pytest.raises(NothingAsked):
        told.give_format(asked, "Again.", by=walsall_officer)


@pytest.mark.parametrize("format", ["language", "interpreter"])
def test_a_language_must_be_named(format, reader, told):
    refused = send(reader, "format", format=format)
    assert (refused.status_code, refused.context["form"].errors) == (422, {"language": ["Write the language."]})
    assert send(reader, "format", format=format, language="Punjabi").status_code == 303
    assert str(FormatRequest.objects.get()).endswith("Punjabi")


def test_the_same_format_is_asked_for_once_while_it_is_open(told, walsall_commander):
    told.ask_format("audio")
    with pytest.raises(AskedAlready):
        told.ask_format("audio")
    told.ask_format("large_print")
    told.give_format(told.format_requests.get(format="audio"), "Here.", by=walsall_commander)
    told.ask_format("audio")
    assert told.format_requests.open().count() == 2


def test_a_format_of_another_concern_is_not_given(told, make_concern, dudley, walsall_commander):
    other = make_concern(dudley)
    other.ask_format("audio")
    with pytest.raises(NothingAsked):
        told.give_format(other.format_requests.get(), "Here.", by=walsall_commander)


# ---- still happening -------------------------------------------------------------------------------------------------


def test_the_first_time_it_goes_back_to_the_same_officer(reader, closed, walsall_officer):
    assert send(reader, "again", text="Last night again.").url == "/track/concern/?done=again#done"
    closed.refresh_from_db()
    assert (closed.status, closed.outcome, closed.officer, closed.resolved_at) == (
        "acknowledged", "", walsall_officer, None,
    )  # fmt: skip
    assert ("again", "commander") in notes(closed) and ("again", "person") in notes(closed)
    assert [(e.what, e.text) for e in reader.get(PAGE).context["entries"]][-1] == ("Wrote to us", "Last night again.")
    assert closed.recourse_reason() == ""


def test_from_the_second_time_on_it_goes_one_rank_up(
    closed, person, team_of, walsall, walsall_officer, walsall_commander
):
    sergeant = person("sergeant", rank="Sergeant")
    Posting.objects.create(person=sergeant, team=team_of(walsall), role="sergeant", from_date="2026-01-01")
    owners = []
    for _time in range(3):
        closed.still_happening()
        owners.append(closed.officer)
        closed.resolve("reduced", "We went again.", by=walsall_officer)
    assert owners == [walsall_officer, sergeant, walsall_commander]


def test_a_return_starts_a_clock_of_its_own(reader, closed, monkeypatch, walsall_officer):
    first, now = closed.answered_at, clock.add_hours(timezone.now(), 200)
    due = closed.due_at
    at(monkeypatch, now)
    reader.post("/track/", {"reference": closed.reference, "code": closed.code})
    send(reader, "again", text="Last night again.")
    closed.refresh_from_db()
    assert (closed.returned_at, closed.answered_at, closed.due_at) == (now, None, clock.add_hours(now, 72))
    assert closed.soon_at == clock.add_hours(now, 54)
    assert (closed.first_due_at, closed.first_answered_at, closed.missed_before) == (due, first, 0)
    page = reader.get(PAGE)
    assert page.context["concern"].clock.words == "Reply due in 3 days"
    assert clock.in_words(closed.due_at) in page.context["next_step"] and "rate" in page.context["forms"]
    here = Concern.objects.filter(pk=closed.pk)
    assert (here.awaiting_reply().count(), here.overdue().count(), closed.recourse_reason()) == (1, 0, "")
    at(monkeypatch, clock.add_hours(now, 73))
    assert (here.overdue().count(), here.to_climb(Force.objects.get()).count()) == (1, 1)
    assert (closed.recourse_reason(), closed.clock.words) == ("missed", "Reply missed by 1 hour")
    closed.reply("We come on Friday.", by=walsall_officer)
    assert (closed.clock.words, closed.first_answered_at) == ("Answered late: it took 3 days 1 hour", first)


def test_a_return_across_the_end_of_summer_time_has_72_hours(closed, monkeypatch):
    back = datetime(
        2027, 10, 29, 16, 0, tzinfo=UTC
    )  # five in the afternoon in London, two days before the clocks change
    at(monkeypatch, back)
    closed.still_happening()
    assert closed.due_at - back == timedelta(hours=72)
    assert clock.in_words(closed.due_at) == "Monday 1 November, 4:00pm"


def test_a_return_across_the_beginning_of_summer_time_has_72_hours(closed, monkeypatch):
    back = datetime(2027, 3, 26, 17, 0, tzinfo=UTC)
    at(monkeypatch, back)
    closed.still_happening()
    assert closed.due_at - back == timedelta(hours=72)
    assert clock.in_words(closed.due_at) == "Monday 29 March, 6:00pm"


def test_each_missed_clock_gives_one_recourse(told, monkeypatch, walsall_officer, walsall_commander):
    late(told)
    start = timezone.now()
    told.resolve("solved", "We moved them on.", by=walsall_officer)
    told.still_happening()
    assert (told.missed_before, told.recourse_reason()) == (1, "missed")  # the first reply was late
    told.take_recourse()
    told.answer_recourse("We are sorry.", by=walsall_commander)
    assert told.recourse_reason() == ""
    at(monkeypatch, clock.add_hours(start, 80))
    assert told.recourse_reason() == "missed"
    told.take_recourse()
    told.answer_recourse("We are sorry again.", by=walsall_commander)
    assert told.recourse_reason() == ""


def test_what_was_taken_back_in_time_and_goes_on_was_not_missed(told, monkeypatch):
    told.withdraw()
    now = clock.add_hours(timezone.now(), 200)
    at(monkeypatch, now)
    told.still_happening()
    assert (told.first_due_at, told.missed_before, told.recourse_reason()) == (None, 0, "")
    assert told.due_at == clock.add_hours(now, 72)


@pytest.mark.parametrize("kind", ["idea", "thanks"])
def test_what_has_no_clock_has_none_after_a_return(kind, make_concern, walsall, walsall_officer):
    concern = make_concern(walsall, kind=kind)
    concern.resolve("solved", "Thank you.", by=walsall_officer)
    concern.still_happening()
    assert (concern.due_at, concern.returned_at) == (None, None)


def test_the_ladder_begins_at_its_foot_after_a_return(told, walsall_officer):
    told.assign(by=walsall_officer, officer=walsall_officer)
    late(told)
    told.climb()
    assert told.climbed
    told.resolve("solved", "We moved them on.", by=walsall_officer)
    told.still_happening()
    assert (told.climbed, told.climbed_at) == ("", None)


def test_what_was_said_before_the_return_answers_nothing(closed, walsall_officer):
    before = closed.answered_at
    closed.still_happening()
    with pytest.raises(TimeNotPossible):
        closed.reply("Said on the phone.", by=walsall_officer, how="phone", said_by="PC Demo", happened_at=before)
    assert closed.answered_at is None


def test_integrity_knows_a_clock_that_began_anew(closed, walsall_officer):
    closed.still_happening()
    assert list(answered_against_history()) == []
    closed.reply("We come on Friday.", by=walsall_officer)
    assert list(answered_against_history()) == []
    Concern.objects.filter(pk=closed.pk).update(answered_at=None)
    assert len(list(answered_against_history())) == 1


def test_figures_count_the_first_reply_whatever_comes_back(closed, monkeypatch):
    first, due = closed.answered_at, closed.due_at
    at(monkeypatch, clock.add_hours(timezone.now(), 200))
    closed.still_happening()
    row = Concern.objects.with_first_clock().get(pk=closed.pk)
    assert (row.first_answer, row.first_due) == (first, due)
    (kept,) = Window(closed.received_at.astimezone(LONDON).date().replace(day=1)).rows
    assert (kept.answered_at, kept.due_at) == (first, due)


def test_only_what_has_ended_can_still_happen(reader, told):
    with pytest.raises(NotEnded):
        told.still_happening()
    assert send(reader, "again").status_code == 422
    told.refresh_from_db()
    assert told.status == Status.RECEIVED


def test_it_never_goes_to_whom_it_is_about(closed, person, team_of, walsall, walsall_officer, walsall_commander):
    sergeant = person("sergeant", rank="Sergeant")
    Posting.objects.create(person=sergeant, team=team_of(walsall), role="sergeant", from_date="2026-01-01")
    closed.name_person(sergeant, by=walsall_commander)
    closed.still_happening()
    closed.resolve("reduced", "We went again.", by=walsall_officer)
    closed.still_happening()
    assert closed.officer == walsall_commander


# ---- recourse --------------------------------------------------------------------------------------------------------


def test_a_missed_time_opens_the_commanders_own_clock(reader, told, walsall_commander, mailoutbox):
    late(told)
    drain()
    mailoutbox.clear()
    page = unescape(reader.get(PAGE).content.decode())
    assert "Ask the commander's office" in page
    assert send(reader, "recourse", text="Nobody answered.").url == "/track/concern/?done=recourse#done"
    recourse = Recourse.objects.get()
    assert (recourse.reason, recourse.area, recourse.due_at - recourse.at) == ("missed", told.area, timedelta(hours=72))
    assert kinds(told) == ["received", "note", "recourse"]
    drain()
    (letter,) = mailoutbox
    assert (letter.to, letter.subject) == (
        ["commander.walsall@example.org"],
        f"Your office is asked about {told.reference}",
    )
    assert "Nobody answered" not in letter.body
    shown = reader.get(PAGE)
    assert "The commander's office has your message" in unescape(shown.content.decode())
    assert shown.context["next_step"].startswith("The commander's office has your message. It has a time of its own")
    assert "recourse" not in shown.context["forms"]


def logged(concern):
    return list(concern.updates.filter(kind="note").values_list("side", "public", "text"))


SHOWN = ("system", False, "The complaints route was shown on the person's page.")
OPENED = ("system", False, "The person opened the complaints route. Whether they complained is not known here.")


def test_the_complaints_route_is_logged_when_it_is_shown_and_when_it_is_opened(reader, told, walsall_commander):
    late(told)
    version = told.version
    assert logged(told) == []
    reader.head(PAGE)
    assert logged(told) == []  # nobody saw it
    page = reader.get(PAGE).content.decode()
    reader.get(PAGE)
    assert logged(told) == [SHOWN]
    (link,) = re.findall(r'<a class="govuk-link" href="(/track/concern/complain/[^"]*)" rel="noreferrer">', page)
    answer = reader.get(link)
    reader.get("/track/concern/complain/")
    assert (answer.status_code, answer.url) == (302, Force.objects.get().complaints_url)
    assert logged(told) == [SHOWN, OPENED]
    told.refresh_from_db()
    assert told.version == version  # whoever writes a reply meanwhile need not read it first
    assert "complaints route" not in unescape(reader.get(PAGE).content.decode())
    told.take_recourse("Nobody answered.")
    reader.get(PAGE)
    assert logged(told) == [SHOWN, OPENED]  # the same occasion


def test_each_recourse_logs_the_complaints_route_anew(reader, closed, walsall_officer, walsall_commander):
    for _time in range(2):
        closed.still_happening()
        reader.get(PAGE)
        if closed.recourse_reason():
            closed.take_recourse()
            closed.answer_recourse("I look at it myself.", by=walsall_commander)
        closed.resolve("reduced", "We went again.", by=walsall_officer)
    assert logged(closed) == [SHOWN]
    closed.still_happening()
    reader.get(PAGE)
    assert logged(closed) == [SHOWN, SHOWN]


def test_whose_concern_may_be_a_complaint_can_tap_the_way_to_it(reader, told, walsall_commander):
    told.disclose_complaint("", by=walsall_commander)
    link = Force.objects.get().complaints_url
    assert f'<a href="{link}" rel="nofollow">{link}</a>' in reader.get(PAGE).content.decode()


def test_words_of_people_are_never_links(reader, told, walsall_commander):
    told.take_message("Look at https://example.org/mine")
    told.reply("Look at https://example.org/ours and write to us.", by=walsall_commander)
    assert 'href="https://example.org/' not in reader.get(PAGE).content.decode()


def test_who_was_asked_something_is_led_to_the_answer(reader, told, walsall_commander):
    asked = 'href="#write">Answer our question</a>'
    assert asked not in reader.get(PAGE).content.decode()
    told.ask("Which end of the green?", by=walsall_commander)
    page = reader.get(PAGE).content.decode()
    assert asked in page and "Something to add?" not in page
    told.take_message("The north end.")
    assert asked not in reader.get(PAGE).content.decode()


def test_no_complaints_route_is_logged_that_nobody_was_offered(reader, told):
    assert reader.get("/track/concern/complain/").url == PAGE  # in time: the page offers none
    late(told)
    Force.objects.update(complaints_url="")
    assert "complain" not in reader.get(PAGE).content.decode()
    assert reader.get("/track/concern/complain/").url == PAGE
    assert Client().get("/track/concern/complain/").url == PAGE
    told.take_recourse("Nobody answered.")
    assert logged(told) == []


@pytest.mark.django_db(transaction=True)
def test_the_complaints_route_seen_at_the_same_moment_is_logged_once(told):
    late(told)
    race([lambda: Concern.objects.get(pk=told.pk).log_complaints_route("complaints_shown")] * 4)
    assert logged(told) == [SHOWN]


def test_the_commander_answers_and_the_person_reads_it(reader, told, signed_in, walsall_commander):
    late(told)
    told.take_recourse("Nobody answered.")
    staff = signed_in(walsall_commander)
    assert staff.get(told.get_absolute_url()).context["next"].act == "recourse"
    form = {"version": told.version, "seen": 0, "text": "I am sorry. Sergeant Demo calls you today."}
    assert staff.post(f"{told.get_absolute_url()}recourse/", form).status_code == 303
    recourse = Recourse.objects.get()
    assert (recourse.answered_by, recourse.clock.state, Recourse.objects.open().count()) == (
        walsall_commander, "answered", 0,
    )  # fmt: skip
    told.refresh_from_db()
    assert told.answered_at is None  # only a reply stops the clock of the reply
    shown = unescape(reader.get(PAGE).content.decode())
    assert shown.count("I am sorry. Sergeant Demo calls you today.") == 2
    assert "The commander's office has answered you below." in shown and "you can do something" not in shown
    assert str(walsall_commander) in shown
    with pytest.raises(NothingAsked):
        told.answer_recourse("Again.", by=walsall_commander)


def test_there_is_no_recourse_in_time_nor_twice(reader, told):
    with pytest.raises(NoRecourse):
        told.take_recourse()
    assert send(reader, "recourse").status_code == 422
    late(told)
    told.take_recourse()
    with pytest.raises(NoRecourse):
        told.take_recourse()
    assert Recourse.objects.count() == 1


def test_a_late_answer_does_not_take_the_recourse_away(told, walsall_commander):
    late(told)
    told.reply("Sorry.", by=walsall_commander)
    assert told.recourse_reason() == "missed"


@pytest.mark.parametrize("kind", ["idea", "thanks"])
def test_without_a_clock_no_time_is_missed(kind, make_concern, walsall):
    assert make_concern(walsall, kind=kind).recourse_reason() == ""


def test_the_second_return_gives_a_recourse_of_its_own(closed, walsall_officer, walsall_commander):
    reasons = []
    for _time in range(3):
        closed.still_happening()
        reasons.append(closed.recourse_reason())
        if reasons[-1]:
            closed.take_recourse()
            closed.answer_recourse("I look at it myself.", by=walsall_commander)
        closed.resolve("reduced", "We went again.", by=walsall_officer)
    assert reasons == ["", "again", "again"]
    assert list(Recourse.objects.values_list("reason", flat=True)) == ["again", "again"]


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        # 25 October 2026, 1am UTC: the clock goes back; 28 March 2027: it goes forward.
        (datetime(2026, 10, 24, 9, tzinfo=UTC), datetime(2026, 10, 27, 9, tzinfo=UTC)),
        (datetime(2027, 3, 27, 9, tzinfo=UTC), datetime(2027, 3, 30, 9, tzinfo=UTC)),
    ],
)
def test_both_clocks_of_the_person_count_hours_over_the_clock_change(asked, due, told, monkeypatch):
    Concern.objects.filter(pk=told.pk).update(due_at=asked - timedelta(hours=1))
    at(monkeypatch, asked)
    told.take_recourse()
    told.ask_format("audio")
    assert (Recourse.objects.get().due_at, FormatRequest.objects.get().due_at) == (due, due + timedelta(hours=48))
    at(monkeypatch, due + timedelta(seconds=1))
    assert list(Recourse.objects.missed()) == list(Recourse.objects.all())


def test_recourse_is_for_the_commander_and_seen_by_those_who_see_the_concern(
    signed_in, told, walsall_officer, dudley_commander, walsall_commander
):
    late(told)
    told.take_recourse()
    assert [Recourse.objects.visible_to(one).count() for one in (walsall_commander, walsall_officer, dudley_commander)] == [
        1, 1, 0,
    ]  # fmt: skip
    form = {"version": told.version, "seen": 0, "text": "Mine."}
    assert signed_in(walsall_officer).post(f"{told.get_absolute_url()}recourse/", form).status_code == 403
    assert signed_in(dudley_commander).post(f"{told.get_absolute_url()}recourse/", form).status_code == 404
    assert Recourse.objects.open().count() == 1


def test_an_answer_needs_words_and_the_newest_page(told, walsall_commander):
    late(told)
    told.take_recourse()
    with pytest.raises(TextNeeded):
        told.answer_recourse("  ", by=walsall_commander)
    with pytest.raises(Stale):
        told.answer_recourse("Yes.", by=walsall_commander, version=told.version - 1)


def test_about_the_commander_it_goes_to_the_desk(told, desk, walsall_commander, walsall_officer, mailoutbox):
    told.name_person(walsall_commander, by=walsall_officer)
    late(told)
    drain()
    mailoutbox.clear()
    told.take_recourse()
    drain()
    assert [letter.to for letter in mailoutbox] == [["desk@example.org"]]
    assert may(desk, Act.RECOURSE, told)


# ---- every form counts once ------------------------------------------------------------------------------------------

READY = {
    "correct": (lambda c: c, lambda c, key: c.correct("Other words.", key=key), "correction"),
    "withdraw": (lambda c: c, lambda c, key: c.withdraw(key=key), "withdrawn"),
    "format": (lambda c: c, lambda c, key: c.ask_format("audio", key=key), "format"),
    "recourse": (late, lambda c, key: c.take_recourse(key=key), "recourse"),
    "again": (lambda c: c.withdraw() and c, lambda c, key: c.still_happening(key=key), "message"),
}


@pytest.mark.parametrize("act", READY)
def test_a_form_sent_twice_counts_once(act, told):
    ready, verb, kind = READY[act]
    ready(told)
    key = uuid.uuid4()
    assert [verb(told, key) is not None for _click in range(3)] == [True, False, False]
    assert kinds(told).count(kind) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", READY)
def test_clicks_of_the_same_moment_count_once(act, told):
    ready, verb, kind = READY[act]
    ready(told)
    key = uuid.uuid4()
    race([lambda: verb(told, key)] * 5)
    assert kinds(told).count(kind) == 1


@pytest.mark.parametrize("act", ACTS)
def test_nobody_acts_without_the_open_page_nor_with_a_key_of_elsewhere(act, told, reader, make_concern, walsall):
    late(told)
    stranger = Client()
    said = {"answer": "yes", "text": "Words.", "format": "audio", "key": "x"}
    answer = stranger.post(f"{PAGE}{act}/", said)
    assert (answer.status_code, answer.context["form"]["text"].value()) == (200, "Words.")
    assert stranger.get(f"{PAGE}{act}/").url == "/track/"
    refused = reader.post(f"{PAGE}{act}/", said)
    assert (refused.status_code, "There is a problem" in refused.content.decode()) == (422, True)
    assert reader.get(f"{PAGE}{act}/").url == PAGE
    assert kinds(told) == ["received", "note"]  # the page that was shown offers the complaints route


def test_too_many_forms_wait_and_lose_nothing(reader, told, settings):
    settings.MESSAGE_RATE = "1/hour"
    assert send(reader, "format", format="audio").status_code == 303
    refused = send(reader, "correct", text="Many new words.")
    assert (refused.status_code, refused.context["form"]["text"].value()) == (429, "Many new words.")
    told.refresh_from_db()
    assert told.text == "Bikes on the green."


def test_a_refusal_leaves_nothing_behind(told):
    with pytest.raises(MoveNotAllowed):
        told.move_to(Status.RECEIVED)
    with pytest.raises(NotEnded):
        told.still_happening("Words.", key=uuid.uuid4())
    assert kinds(told) == ["received"]


# ---- who has it ------------------------------------------------------------------------------------------------------


def test_an_absent_officer_is_answered_for_and_no_absence_is_told(
    reader, told, walsall_officer, walsall_commander, officer_of, walsall, bloxwich_west
):
    User.objects.filter(pk=walsall_officer.pk).update(public_name=True)
    told.assign(by=walsall_commander, officer=walsall_officer)
    other = officer_of(walsall, "other.officer")
    Absence.objects.create(person=walsall_officer, cover=other, kind="leave", reason="Back in May.")
    page = reader.get(PAGE)
    assert page.context["holder"][-1].endswith("answers for Police Constable Demo Officer Walsall")
    shown = page.content.decode()
    assert other.name not in shown and "away" not in shown and "Back in May" not in shown


def test_the_wards_named_contact_answers_while_nobody_has_it(reader, told, walsall_officer, bloxwich_west):
    Posting.objects.get(person=walsall_officer).named_wards.add(bloxwich_west)
    assert reader.get(PAGE).context["holder"][-1].endswith(", for your ward")
    assert walsall_officer.name not in reader.get(PAGE).content.decode()


def test_whoever_it_is_about_is_named_neither_as_contact_nor_as_cover(
    reader, told, walsall_officer, officer_of, walsall
):
    contact = officer_of(walsall, "other.officer")
    Posting.objects.get(person=contact).named_wards.add(told.ward)
    Absence.objects.create(person=contact, cover=walsall_officer)
    assert reader.get(PAGE).context["holder"][-1].endswith(", for your ward")
    Concern.objects.filter(pk=told.pk).update(about_person=walsall_officer)
    assert not any(line.endswith(", for your ward") for line in reader.get(PAGE).context["holder"])


def test_no_officers_own_address_stands_on_the_page(reader, told, walsall_officer, walsall_commander):
    told.assign(by=walsall_commander, officer=walsall_officer)
    late(told)
    shown = reader.get(PAGE).content.decode()
    assert "mailto:" not in shown and "@example.org" not in shown


# ---- danger ----------------------------------------------------------------------------------------------------------


DANGER = "He has a knife and says he will kill me."
BACK = {
    "message": "?sent=yes#sent",
    "again": "?sent=yes#sent",
    "rate": "?done=rate#rate",
    "correct": "?done=correct#done",
    "withdraw": "?done=withdraw#done",
    "recourse": "?done=recourse#done",
    "format": "?done=format#done",
}


@pytest.mark.parametrize("act", ["correct", "withdraw", "recourse"])
def test_words_that_mean_danger_get_help_first_and_stay_open(act, reader, told):
    late(told, 73 if act == "recourse" else 1)
    answer = send(reader, act, text=DANGER)
    told.refresh_from_db()
    assert (answer.url, told.safety, told.status) == ("/track/next/", True, "received")


@pytest.mark.parametrize("act", list(BACK))
def test_the_page_with_help_is_seen_after_every_act(act, reader, told, walsall_officer):
    late(told, 73 if act == "recourse" else 1)
    if act == "rate":
        told.reply("We were there.", by=walsall_officer)
    if act == "again":
        told.resolve("solved", "We moved them on.", by=walsall_officer)
    more = {"rate": {"answer": "no"}, "format": {"format": "bsl"}}.get(act, {})
    if act == "message":
        form = reader.get(PAGE).context["forms"][act]
        answer = reader.post(PAGE, {"key": form["key"].value(), "text": DANGER})
    else:
        answer = send(reader, act, text=DANGER, **more)
    assert answer.url == "/track/next/"
    page = reader.get(answer.url)
    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    shown = page.content.decode()
    assert ("999" in shown, page.context["leave"], "knife" in shown) == (True, "/track/leave/", False)
    assert page.context["on"] == f"{PAGE}{BACK[act]}"
    assert reader.get(PAGE + BACK[act].partition("#")[0]).status_code == 200


def test_the_page_can_be_left_at_once_where_the_words_spoke_of_danger_at_home(reader, told):
    assert reader.get(PAGE).context["exit"] is False
    told.take_message("My husband hits me.")
    page = reader.get(PAGE)
    assert (page.context["exit"], "Exit this page" in page.content.decode()) == (True, True)


def test_help_stays_where_calm_words_follow(reader, told):
    """Whoever comes back to the page finds whom to call, whatever was written since."""
    told.take_message(DANGER)
    told.take_message("The bikes are red.")
    assert reader.get("/track/next/").status_code == 200


def test_words_of_an_officer_show_the_person_no_help_page(reader, told, walsall_officer):
    told.add_note(DANGER, by=walsall_officer)
    assert reader.get("/track/next/").url == PAGE
