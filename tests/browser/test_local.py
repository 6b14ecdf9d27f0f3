"""What a resident does with the pages of a place: ask before a meeting, follow, narrow lists, take figures and calendars away."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from areas.models import Meeting, MeetingQuestion, Priority
from feedback.following.telling import tell_followers
from feedback.models import ServiceFeedback, Subscription
from feedback.models.notification import drain
from tests import told
from tests.browser.test_places import BOTH, country  # noqa: F401

from .test_line import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meeting(walsall, bloxwich_west):
    starts = timezone.now() + timedelta(days=3)
    made = Meeting.objects.create(area=walsall, place="Demo Library", starts=starts, ends=starts + timedelta(hours=1))
    made.wards.add(bloxwich_west)
    return made


@BOTH
def test_question_before_a_meeting_is_answered_where_it_was_asked(visitor, javascript, meeting, walsall_editor):
    one = visitor(java_script_enabled=javascript)
    one.go(meeting.get_absolute_url())
    one.press("Ask a question beforehand")
    one.press("Send my question")
    one.look("ask-nothing")
    assert "Write your question first." in one.text()
    one.page.fill('[name="text"]', "When will the lamps\nbe mended?")
    one.press("Send my question")
    one.look("asked")
    assert "We have your question. Thank you." in one.text()
    assert "When will the lamps" not in one.text()  # not before staff have read it
    question = MeetingQuestion.objects.get()

    editor = visitor()
    sign_in(editor, walsall_editor)
    editor.go(f"/admin/areas/meeting/{meeting.pk}/change/")
    row = editor.page.locator("#questions-0")
    assert question.text == row.locator("textarea").first.input_value().replace("\r\n", "\n")
    row.locator('[name="questions-0-answer"]').fill("By Friday, says the council.")
    row.locator('[name="questions-0-published"]').check()
    editor.page.locator('[name="_save"]').click()
    editor.page.wait_for_load_state()

    one.go(meeting.get_absolute_url(), "answered")
    assert "When will the lamps" in one.text() and "By Friday, says the council." in one.text()


@BOTH
def test_words_about_the_website_reach_those_who_keep_it(visitor, javascript, holder):
    one = visitor(java_script_enabled=javascript)
    one.go("/")
    one.follow("Tell us about this website")
    one.page.fill('[name="text"]', "The map is hard to read.")
    one.press("Send it")
    one.look("service-sent")
    assert "Thank you. We have it." in one.text()
    assert (ServiceFeedback.objects.get().text, one.cookies()) == ("The map is hard to read.", set())
    reader = visitor()
    sign_in(reader, holder("staff_admin", is_staff=True))
    reader.go("/admin/feedback/servicefeedback/")
    assert "The map is hard to read." in reader.page.inner_text("body")


@BOTH
def test_resident_follows_a_ward_reads_its_news_and_stops(visitor, javascript, country, mailoutbox):  # noqa: F811
    one = visitor(java_script_enabled=javascript)
    one.go(country.get_absolute_url())
    one.press(f"Follow {country}")
    one.page.fill('[name="email"]', "sam@example.org")
    one.choose("pace", "at_once")
    one.press("Send me the news")
    assert "/follow/asked/" in one.page.url
    drain()
    one.go(link_in(mailoutbox[0], "/follow/confirm/"))
    one.press("Yes, send me the news")
    one.look("follow-begun")
    assert f"{country}, {country.area}" in one.text()

    starts = timezone.now() + timedelta(days=20)
    Meeting.objects.create(area=country.area, place="Demo Hall", starts=starts, ends=starts + timedelta(hours=1))
    tell_followers(timezone.now() + timedelta(hours=1))
    drain()
    news = mailoutbox[1]
    assert "Demo Hall" in news.body
    one.go(link_in(news, "/follow/stop/"))
    one.press("Stop this news")
    one.look("follow-stopped")
    assert ("You get no more news" in one.text(), Subscription.objects.active().count()) == (True, 0)
    assert one.cookies() == set()


def link_in(mail, path):
    """The path of the mailed link that begins with `path`."""
    return re.search(rf"https?://[^/\s]+({path}\S+)", mail.body).group(1)


@BOTH
def test_lists_are_narrowed_to_a_place(visitor, javascript, meeting, walsall, dudley, bloxwich_west):
    for area, ward, title in ((walsall, bloxwich_west, "Bikes"), (walsall, None, "Parking"), (dudley, None, "Noise")):
        Priority.objects.create(area=area, ward=ward, title=title, you_said="x", published=True)
    starts = timezone.now() + timedelta(days=5)
    Meeting.objects.create(area=dudley, place="Dudley Hall", starts=starts, ends=starts + timedelta(hours=1))
    one = visitor(java_script_enabled=javascript)
    one.go("/priorities/")
    narrow(one, "area", "walsall")
    assert shown(one, "Bikes", "Parking", "Noise") == ["Bikes", "Parking"]
    narrow(one, "ward", bloxwich_west.code)
    narrow(one, "show", "ended")
    assert shown(one, "Bikes", "Parking", "Noise") == []
    one.go("/meetings/")
    narrow(one, "area", "dudley")
    assert shown(one, "Demo Library", "Dudley Hall") == ["Dudley Hall"]
    assert one.cookies() == set()


def narrow(one, name, value):
    one.page.select_option(f'[name="{name}"]', value)
    one.press("Show them")


def shown(one, *words):
    return [word for word in words if word in one.text()]


@BOTH
def test_figures_and_calendars_can_be_taken_away(visitor, javascript, meeting, walsall, bloxwich_west):
    told.tell_a_year(walsall, bloxwich_west)
    one = visitor(java_script_enabled=javascript)
    one.go("/how-we-are-doing/walsall/")
    rows = list(csv.DictReader(io.StringIO(taken(one, "CSV"), newline="")))
    one.follow("JSON")
    figures = one.page.evaluate("JSON.parse(document.body.innerText).figures") if javascript else None
    assert {row["area"] for row in rows} == {"Walsall"} and len(rows) > 100
    assert figures is None or len(figures) == len(rows)
    one.go("/meetings/")
    assert taken(one, "Calendar of all meetings").count("BEGIN:VEVENT") == 1
    one.go(meeting.get_absolute_url())
    assert "Demo Library" in taken(one, "Add it to my calendar")


def taken(one, words):
    """The text of the file that the link gives."""
    with one.page.expect_download() as download:
        one.page.get_by_role("link", name=words, exact=True).first.click()
    return download.value.path().read_text()
