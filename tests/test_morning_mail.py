"""The morning brief by mail: once a morning from seven, to those who want it and work in an area, without anybody's words."""

import re
from datetime import datetime, timedelta

import pytest

from accounts.stamp import LONDON
from feedback.models import Concern, MorningMail, Notification, write_morning_mails
from feedback.models.notification import drain
from hubs.models import Posting

pytestmark = pytest.mark.django_db

SWITCH = "/dashboard/morning-mail/"


@pytest.fixture
def at(time_machine):
    """Moves the clock: `at(13, 7, 1)` is 13 March 2026, 7:01 in London."""

    def move(day, hour, minute=0):
        time_machine.move_to(datetime(2026, 3, day, hour, minute, tzinfo=LONDON), tick=False)

    move(12, 15)
    return move


def test_switch_begins_with_the_next_morning(signed_in, at, walsall_commander):
    client = signed_in(walsall_commander)
    for _twice in range(2):
        assert client.post(SWITCH, {"given": "at_once", "brief": "on"}).status_code == 303
    assert MorningMail.objects.get().person == walsall_commander
    assert client.get(SWITCH).context["form"].initial == {"given": "at_once", "brief": True}
    assert write_morning_mails() == 0
    at(13, 6, 59)
    assert write_morning_mails() == 0
    at(13, 7)
    assert [write_morning_mails(), write_morning_mails()] == [1, 0]
    signed_in(walsall_commander).post(SWITCH, {"given": "at_once"})
    at(14, 8)
    assert write_morning_mails() == 0


def test_mail_says_how_many_and_nothing_that_anybody_wrote(
    at, make_concern, walsall, walsall_commander, walsall_officer, mailoutbox
):
    MorningMail.choose(walsall_commander, brief=True, daily=False)
    concern = make_concern(walsall, text="Marker word quokka", place="Numbat Road")
    Concern.objects.filter(pk=concern.pk).update(due_at=concern.received_at + timedelta(hours=2))
    for _each in range(6):
        make_concern(walsall).assign(officer=walsall_officer, by=walsall_commander)
    at(13, 7, 5)
    write_morning_mails()
    drain()
    letter = next(one for one in mailoutbox if "brief" in one.subject)
    assert (letter.to, letter.subject) == ([walsall_commander.email], "Your morning brief, Friday 13 March")
    queue = "http://testserver/dashboard/queue/?area=walsall&due=missed\n"
    assert f"- 1 reply is missed\n  {queue}" in letter.body and "/dashboard/?area=walsall\n" in letter.body
    # Every line is followed by an address of its own, but for those whose words leave something out.
    said = letter.body.splitlines()
    assert [said[n + 1].startswith("  http") for n, line in enumerate(said) if re.match(r"- \d", line)] == [True] * sum(
        bool(re.match(r"- \d", line)) for line in said
    )
    hidden = ["quokka", "Numbat", concern.reference, walsall_officer.name]
    assert [word for word in hidden if word in letter.body] == []


def test_mail_after_a_lost_morning_comes_before_noon_or_not_at_all(at, walsall_commander):
    MorningMail.choose(walsall_commander, brief=True, daily=False)
    at(13, 12)
    assert write_morning_mails() == 0
    at(14, 11, 59)
    assert write_morning_mails() == 1


def test_clock_change_keeps_seven_o_clock(at, walsall_commander):
    MorningMail.choose(walsall_commander, brief=True, daily=False)
    at(29, 6, 59)  # the night's clock change made it an hour of winter time earlier
    assert write_morning_mails() == 0
    at(29, 7)
    assert write_morning_mails() == 1


def test_who_works_nowhere_any_more_gets_none(at, walsall_officer, mailoutbox):
    MorningMail.choose(walsall_officer, brief=True, daily=False)
    at(13, 7)
    write_morning_mails()
    Posting.objects.filter(person=walsall_officer).update(until="2026-03-01")
    drain()
    assert mailoutbox == []
    assert Notification.objects.get(kind="brief").state == "not_needed"


def test_switch_is_for_those_who_have_a_brief(signed_in, desk, walsall_officer):
    assert [signed_in(who).get(SWITCH).status_code for who in (desk, walsall_officer)] == [404, 200]


def test_mail_says_that_a_safety_review_was_not_opened(at, make_concern, walsall, walsall_commander, mailoutbox):
    MorningMail.choose(walsall_commander, brief=True, daily=False)
    make_concern(walsall, text="He has a knife and says he will kill me.")
    at(13, 7, 5)
    write_morning_mails()
    drain()
    letter = next(one for one in mailoutbox if "brief" in one.subject)
    assert "- 1 concern has a safety review that nobody opened in time\n" in letter.body
    assert "knife" not in letter.body
