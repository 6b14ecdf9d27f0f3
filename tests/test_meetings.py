"""Meetings: pages, calendars that keep themselves true, questions beforehand and answers afterwards."""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core import signing
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.stamp import Stamp
from areas.models import Meeting, MeetingQuestion, TooLate
from areas.views import QUESTION_RATE
from tests.seen import version

from .racing import race

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(autouse=True)
def nothing_kept():
    caches["pages"].clear()


@pytest.fixture
def meet(walsall):
    """Makes a meeting in Walsall, ninety minutes long, so many days from now: `meet(3, wards=[...])`."""

    def make(days=3, *, wards=(), **fields):
        starts = fields.pop("starts", None) or timezone.now() + timedelta(days=days)
        fields = {"area": walsall, "place": "Bloxwich Library", "ends": starts + timedelta(minutes=90), **fields}
        meeting = Meeting.objects.create(starts=starts, **fields)
        meeting.wards.set(wards)
        return meeting

    return make


def text_of(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def events(client, url="/meetings.ics"):
    """The events of a calendar, as the library reads them again."""
    response = client.get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return icalendar.Calendar.from_ical(response.content).walk("VEVENT")


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_list_has_what_comes_and_the_past_apart(client, meet):
    coming, past = meet(3, place="Coming Hall"), meet(-3, place="Past Hall")
    text = text_of(client, "/meetings/")
    assert coming.get_absolute_url() in text and past.get_absolute_url() not in text
    text = text_of(client, "/meetings/?show=past")
    assert past.get_absolute_url() in text and coming.get_absolute_url() not in text


def test_list_is_narrowed_to_area_and_ward(client, meet, bloxwich_west, dudley):
    other = bloxwich_west.area.wards.active().exclude(pk=bloxwich_west.pk).first()
    here, whole = meet(wards=[bloxwich_west, other]), meet()
    there, far = meet(wards=[other]), meet(area=dudley)

    def found(query):
        text = text_of(client, f"/meetings/?{query}")
        return {meeting for meeting in (here, whole, there, far) if f'href="{meeting.get_absolute_url()}"' in text}

    assert found("") == {here, whole, there, far}
    assert found("area=walsall") == {here, whole, there}
    assert found(f"ward={bloxwich_west.code}") == {here, whole}
    assert client.get("/meetings/?area=atlantis").status_code == 404


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        (datetime(2031, 11, 27, 18, tzinfo=LONDON), "Thursday 27 November 2031, 6pm to 7:30pm"),
        (datetime(2031, 7, 3, 11, 30, tzinfo=LONDON), "Thursday 3 July 2031, 11:30am to 1pm"),
        (datetime(2031, 7, 3, 23, tzinfo=LONDON), "Thursday 3 July 2031, 11pm to Friday 4 July, 12:30am"),
    ],
)
def test_time_is_said_as_people_say_it(client, meet, starts, words):
    meeting = meet(starts=starts)
    assert meeting.when == words and words in text_of(client, meeting.get_absolute_url())


def test_page_says_where_how_to_get_in_and_how_to_take_part(client, meet, bloxwich_west):
    meeting = meet(
        wards=[bloxwich_west], address="1 Sample Street", accessibility="Step-free.", online="https://meet.example/1"
    )
    text = text_of(client, meeting.get_absolute_url())
    for words in (
        "Bloxwich West, Walsall", "1 Sample Street", "Step-free.", 'href="https://meet.example/1"',
        "Ask a question beforehand", f"/meetings/{meeting.pk}.ics",
    ):  # fmt: skip
        assert words in text


def test_cancelled_meeting_says_so_and_takes_no_question(client, meet):
    meeting = meet(cancelled=True)
    text = text_of(client, meeting.get_absolute_url())
    assert "This meeting is cancelled." in text and "Ask a question beforehand" not in text
    assert "Cancelled" in text_of(client, "/meetings/")
    assert client.get(f"/meetings/{meeting.pk}/ask/")["Location"] == meeting.get_absolute_url()


def test_past_meeting_tells_what_came_of_it(client, meet):
    meeting = meet(-3, summary="We promised more light.")
    text = text_of(client, meeting.get_absolute_url())
    assert "We promised more light." in text and "This meeting is over." in text
    assert "Not written up yet" in text_of(client, meet(-2).get_absolute_url())


@pytest.mark.parametrize("url", ["/meetings/9/", "/meetings/9.ics", "/meetings/9/ask/", f"/meetings/{10**30}/"])
def test_meeting_that_there_is_not_is_not_found(client, url):
    assert client.get(url).status_code == 404


def test_ward_and_area_pages_show_the_next_meetings(client, meet, bloxwich_west, dudley):
    meeting, far = meet(wards=[bloxwich_west]), meet(area=dudley)
    for url in (bloxwich_west.get_absolute_url(), "/areas/walsall/"):
        text = text_of(client, url)
        assert meeting.get_absolute_url() in text and far.get_absolute_url() not in text


@pytest.mark.usefixtures("same_minute")
@pytest.mark.parametrize("url", ["/meetings/", "/meetings/{pk}/", "/meetings.ics", "/meetings/{pk}.ics"])
def test_page_sets_no_cookie_and_shows_the_next_edit_at_once(client, meet, url):
    meeting = meet()
    url = url.format(pk=meeting.pk)
    first = client.get(url)
    assert dict(first.cookies) == {} and first["Cache-Control"] == "public, no-cache"
    kept = client.get(url)
    assert (kept.content, kept["Content-Type"]) == (first.content, first["Content-Type"])
    assert kept.get("Content-Disposition") == first.get("Content-Disposition")
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    meeting.place = "Pelsall Village Centre"
    meeting.save()
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200 and b"Pelsall Village Centre" in again.content


@pytest.mark.parametrize(
    "url",
    [
        "/meetings/", "/meetings/?show=past", "/meetings.ics", "/areas/walsall/", "/areas/walsall/wards/{ward}/",
        "/api/v1/meetings/", "/how-we-are-doing/", "/how-we-are-doing/walsall/",
    ],
)  # fmt: skip
def test_page_costs_the_same_with_one_row_and_with_a_hundred(client, bloxwich_west, url):
    url = url.format(ward=bloxwich_west.code)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    def more(numbers):
        now, wards = timezone.now(), Meeting.wards.through
        begun = [now + timedelta(days=days) for number in numbers for days in (number, -number)]
        rows = [
            Meeting(area=bloxwich_west.area, place="Hall", starts=at, ends=at + timedelta(hours=1), uid=uuid.uuid4())
            for at in begun
        ]
        rows = Meeting.objects.bulk_create(rows)
        wards.objects.bulk_create(wards(meeting=row, ward=bloxwich_west) for row in rows)
        MeetingQuestion.objects.bulk_create(MeetingQuestion(meeting=row, text="Why?", published=True) for row in rows)
        Stamp.bump()

    more([1])
    one = cost()
    more(range(2, 51))
    assert Meeting.objects.count() == 100
    assert cost() == one


def test_page_of_a_meeting_costs_the_same_with_one_question_and_with_a_hundred(client, meet, walsall, bloxwich_west):
    meeting = meet(1, wards=[bloxwich_west])

    def cost():
        caches["pages"].clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(meeting.get_absolute_url()).status_code == 200
        return len(queries)

    meeting.questions.create(text="Why?", answer="So.", published=True)
    one = cost()
    meeting.wards.set(walsall.wards.active())
    MeetingQuestion.objects.bulk_create(
        MeetingQuestion(meeting=meeting, text=f"Why {n}?", answer="So.", published=True) for n in range(99)
    )
    assert (meeting.questions.count(), meeting.wards.count() > 15, cost()) == (100, True, one)


# ---- calendars -------------------------------------------------------------------------------------------------------


def test_calendar_says_the_hour_in_london_on_both_sides_of_the_clock_change(client, meet):
    winter, summer = datetime(2031, 3, 29, 18, tzinfo=LONDON), datetime(2031, 3, 30, 18, tzinfo=LONDON)
    meet(starts=winter), meet(starts=summer)
    calendar = icalendar.Calendar.from_ical(client.get("/meetings.ics").content)
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    found = calendar.walk("VEVENT")
    assert [event.start.astimezone(LONDON) for event in found] == [winter, summer]
    assert [event["DTSTART"].params["TZID"] for event in found] == ["Europe/London"] * 2
    assert [event["DTSTART"].to_ical() for event in found] == [b"20310329T180000", b"20310330T180000"]


def test_calendar_changes_its_clocks_at_the_wall_clock_of_before(client, meet):
    """RFC 5545, 3.6.5: the begin of each part is local time with the offset that it changes from."""
    meet()
    (zone,) = icalendar.Calendar.from_ical(client.get("/meetings.ics").content).walk("VTIMEZONE")
    parts = [
        (part.name, *(part[name].to_ical() for name in ("DTSTART", "RRULE", "TZOFFSETFROM", "TZOFFSETTO")))
        for part in zone.subcomponents
    ]
    assert parts == [
        ("DAYLIGHT", b"19960331T010000", b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "+0000", "+0100"),
        ("STANDARD", b"19961027T020000", b"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "+0100", "+0000"),
    ]
    read = zone.to_tz(lookup_tzid=False)
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 365)]
    assert [hour.astimezone(read).utcoffset() for hour in hours] == [
        hour.astimezone(LONDON).utcoffset() for hour in hours
    ]


def test_calendar_is_named_once_and_known_by_its_place(client, meet, walsall, bloxwich_west):
    meeting = meet(wards=[bloxwich_west])
    urls = [
        "/meetings.ics",
        "/meetings.ics?area=walsall",
        f"/meetings.ics?ward={bloxwich_west.code}",
        f"/meetings/{meeting.pk}.ics",
    ]

    def read():
        caches["pages"].clear()
        return [client.get(url).content for url in urls]

    first = read()
    assert [content.count(b"X-WR-CALNAME:") for content in first] == [1] * 4
    assert read() == first
    known = [icalendar.Calendar.from_ical(content)["UID"] for content in first]
    assert len(set(known)) == 4


def test_cancelled_meetings_take_no_other_meetings_place(client, meet, bloxwich_west):
    off = [meet(1 + number, wards=[bloxwich_west], cancelled=True, place=f"Off {number}") for number in range(3)]
    on = [meet(5 + number, wards=[bloxwich_west], place=f"On {number}") for number in range(3)]
    late = meet(9, wards=[bloxwich_west], cancelled=True, place="Off at last")
    for url in (bloxwich_west.get_absolute_url(), "/areas/walsall/"):
        text = text_of(client, url)
        shown = [meeting for meeting in [*off, *on, late] if meeting.get_absolute_url() in text]
        assert shown == [*off, *on[:2]]


def test_calendar_keeps_the_uid_and_counts_each_change(client, meet):
    meeting = meet()
    before = events(client)[0]
    meeting.cancelled, meeting.place = True, "Elsewhere"
    meeting.save()
    after = events(client)[0]
    assert before["UID"] == after["UID"] == str(meeting.uid)
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert after["SUMMARY"] == "Cancelled: Beat surgery at Elsewhere"


def test_calendar_escapes_what_staff_wrote(client, meet):
    hostile = "Hall; room 2, left\nBEGIN:VEVENT\r\nSUMMARY:No \\ such"
    meet(place="Hall; 2, left", about=hostile, address="1 High Street, Walsall")
    found = events(client)
    assert len(found) == 1
    assert found[0]["SUMMARY"] == "Beat surgery at Hall; 2, left"
    assert found[0]["LOCATION"] == "Hall; 2, left, 1 High Street, Walsall"
    assert "BEGIN:VEVENT" in found[0]["DESCRIPTION"]
    assert all(len(line) <= 75 for line in client.get("/meetings.ics").content.split(b"\r\n"))


def test_calendar_is_narrowed_and_keeps_the_last_months(client, meet, bloxwich_west, dudley):
    here, whole, far = meet(wards=[bloxwich_west]), meet(), meet(area=dudley)
    lately, long_ago = meet(-80), meet(-100)

    def found(query):
        return {event["UID"] for event in events(client, f"/meetings.ics{query}")}

    assert found("") == {str(m.uid) for m in (here, whole, far, lately)}
    assert found("?area=dudley") == {str(far.uid)}
    assert found(f"?ward={bloxwich_west.code}") == {str(m.uid) for m in (here, whole, lately)}
    assert events(client, f"/meetings/{long_ago.pk}.ics")[0]["UID"] == str(long_ago.uid)
    assert client.get("/meetings.ics?ward=E99999999").status_code == 404


def test_event_leads_back_to_its_page(client, meet, settings):
    meeting = meet()
    assert events(client, f"/meetings/{meeting.pk}.ics")[0]["URL"] == settings.BASE_URL + meeting.get_absolute_url()


# ---- questions -------------------------------------------------------------------------------------------------------


def key_of(client, meeting):
    return client.get(f"/meetings/{meeting.pk}/ask/").context["form"].initial["key"]


def ask(client, meeting, text="Why is it dark in the alley?", key=None):
    data = {"text": text, "key": key or key_of(client, meeting)}
    return client.post(f"/meetings/{meeting.pk}/ask/", data)


def test_question_is_kept_once_and_shown_to_nobody(client, meet):
    meeting = meet()
    key = key_of(client, meeting)
    for _again in range(2):
        response = ask(client, meeting, key=key)
        assert (response.status_code, response["Location"]) == (303, f"/meetings/{meeting.pk}/?asked=yes#asked")
    assert list(meeting.questions.values_list("text", "published", "answer")) == [
        ("Why is it dark in the alley?", False, "")
    ]
    text = text_of(client, f"/meetings/{meeting.pk}/?asked=yes")
    assert "We have your question." in text and "dark in the alley" not in text


def test_question_keeps_nothing_of_who_asked():
    assert {field.name for field in MeetingQuestion._meta.fields} == {
        "id", "meeting", "text", "key", "asked_at", "answer", "answered_at", "published"
    }  # fmt: skip


def test_question_of_a_stranger_makes_no_page_stale(client, meet):
    meeting = meet()
    before = Stamp.current()
    ask(client, meeting)
    assert Stamp.current() == before
    question = meeting.questions.get()
    question.published = True
    question.save()
    assert Stamp.current() != before


def test_published_question_shows_with_its_answer(client, meet):
    meeting = meet()
    question = meeting.questions.create(text="Why is it dark?", published=True)
    meeting.questions.create(text="What about me?")
    text = text_of(client, meeting.get_absolute_url())
    assert "Why is it dark?" in text and "To be answered at the meeting." in text and "What about me?" not in text
    question.answer = "The lamps are mended."
    question.save()
    assert "The lamps are mended." in text_of(client, meeting.get_absolute_url())


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write your question first."), (" \n ", "Write your question first."), ("a" * 501, "You have written 501 characters.")],
)  # fmt: skip
def test_question_that_can_not_be_taken_is_shown_again(client, meet, text, words):
    meeting = meet()
    response = ask(client, meeting, text)
    assert response.status_code == 200 and words in response.content.decode()
    assert (text.strip() or "textarea") in response.content.decode()
    assert not MeetingQuestion.objects.exists()


def test_line_ends_count_once(client, meet):
    meeting = meet()
    assert ask(client, meeting, "a\r\n" * 249 + "b").status_code == 303
    assert meeting.questions.get().text == "a\n" * 249 + "b"


@pytest.mark.parametrize("key", ["", "made-up", "62e1242d-8da3-4fd2-abab-f5e61a70d5eb"])
def test_key_that_is_not_ours_keeps_the_words_and_offers_a_new_one(client, meet, key):
    meeting = meet()
    response = client.post(f"/meetings/{meeting.pk}/ask/", {"text": "Why?", "key": key})
    assert response.status_code == 200 and "We kept your words" in response.content.decode()
    assert ask(client, meeting, "Why?", response.context["form"]["key"].value()).status_code == 303


def test_key_of_another_meeting_opens_nothing(client, meet):
    one, other = meet(), meet()
    assert ask(client, other, key=key_of(client, one)).status_code == 200
    key = signing.TimestampSigner(salt=f"meeting-question:{other.pk}").sign(str(uuid.uuid4()))
    assert ask(client, other, key=key).status_code == 303


def test_questions_are_limited_and_a_refused_one_is_kept_on_the_page(client, meet):
    meeting, limit = meet(), int(QUESTION_RATE.partition("/")[0])
    key = key_of(client, meeting)
    assert [ask(client, meeting, f"Number {n}").status_code for n in range(limit)] == [303] * limit
    refused = ask(client, meeting, "One more", key)
    assert refused.status_code == 429 and "One more" in refused.content.decode()
    assert meeting.questions.count() == limit


def test_question_needs_the_forms_own_token(meet):
    meeting = meet()
    assert Client(enforce_csrf_checks=True).post(f"/meetings/{meeting.pk}/ask/", {"text": "Why?"}).status_code == 403


def test_question_after_the_meeting_began_is_refused(client, meet):
    meeting = meet()
    key = key_of(client, meeting)
    Meeting.objects.filter(pk=meeting.pk).update(starts=timezone.now() - timedelta(minutes=1))
    assert ask(client, meeting, key=key)["Location"] == meeting.get_absolute_url()
    with pytest.raises(TooLate, match="can't be sent any more"):
        Meeting.objects.get().ask("Why?", key=uuid.uuid4())
    assert not MeetingQuestion.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_form_sent_by_many_at_once_is_one_question(meet):
    meeting, key = meet(), uuid.uuid4()
    results = race([lambda: Meeting.objects.get(pk=meeting.pk).ask("Why?", key=key)] * 12)
    assert {type(result) for result in results} == {MeetingQuestion}
    assert meeting.questions.count() == 1


# ---- staff and API ---------------------------------------------------------------------------------------------------


def test_team_editor_answers_and_publishes_a_question(signed_in, walsall_editor, meet):
    meeting = meet(-1)
    question = meeting.questions.create(text="Why is it dark? Yours, Pat")
    starts, ends = meeting.starts.astimezone(LONDON), meeting.ends.astimezone(LONDON)
    form = {
        "area": meeting.area_id, "kind": "surgery", "place": meeting.place, "address": "", "accessibility": "",
        "starts_0": f"{starts:%Y-%m-%d}", "starts_1": f"{starts:%H:%M}", "ends_0": f"{ends:%Y-%m-%d}",
        "ends_1": f"{ends:%H:%M}", "online": "", "about": "", "summary": "Short.",
        "questions-TOTAL_FORMS": "1", "questions-INITIAL_FORMS": "1", "questions-0-id": question.pk,
        "questions-0-meeting": meeting.pk, "questions-0-text": "Why is it dark?", "questions-0-answer": "Mended.",
        "questions-0-published": "on",
    }  # fmt: skip
    client, url = signed_in(walsall_editor), f"/admin/areas/meeting/{meeting.pk}/change/"
    response = client.post(url, form | version(client, url))
    assert response.status_code == 302
    question.refresh_from_db()
    assert (question.text, question.answer, question.published) == ("Why is it dark?", "Mended.", True)


def test_staff_see_how_many_questions_wait(signed_in, walsall_editor, meet):
    meeting = meet()
    for number in range(7):
        meeting.questions.create(text=f"Number {number}?")
    text = signed_in(walsall_editor).get("/admin/areas/meeting/").content.decode()
    assert '<td class="field-waiting">7</td>' in text


def test_api_lists_meetings_and_published_questions_alone(client, meet, bloxwich_west):
    meeting = meet(wards=[bloxwich_west])
    meeting.questions.create(text="Shown?", answer="Yes.", published=True)
    meeting.questions.create(text="Hidden?")
    row = client.get("/api/v1/meetings/?area__slug=walsall").json()["results"][0]
    assert (row["id"], row["uid"], row["wards"]) == (meeting.pk, str(meeting.uid), [bloxwich_west.code])
    assert row["questions"] == [{"text": "Shown?", "answer": "Yes."}]
    assert row["url"] == meeting.get_absolute_url()
