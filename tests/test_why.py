"""Each change in the commander's hands has a reason, kept in the history, and is undone until it takes effect."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.stamp import today_in_london
from accounts.versions import version_of
from areas.models import Meeting, Priority
from hubs.models import Absence

pytestmark = pytest.mark.django_db


def in_days(number):
    return date.fromordinal(today_in_london().toordinal() + number)


@pytest.fixture
def commander(signed_in, walsall_commander):
    return signed_in(walsall_commander)


@pytest.fixture
def priority(walsall):
    return Priority.objects.create(area=walsall, title="Bikes", you_said="Bikes.", since=date(2026, 1, 1))


@pytest.fixture
def meeting(walsall):
    starts = timezone.now() + timedelta(days=9)
    return Meeting.objects.create(area=walsall, place="Hall", starts=starts, ends=starts + timedelta(hours=1))


def last(row):
    line = type(row).history.filter(id=row.pk).latest("history_date", "history_id")
    return line.history_type, line.history_change_reason, line.history_user


def asked(row, **wanted):
    """Whether the row stands as it was, for a refusal."""
    row.refresh_from_db()
    return {name: getattr(row, name) for name in wanted} == wanted


def test_absence_is_set_changed_and_ended_with_a_reason(commander, walsall_commander, walsall_officer):
    url = reverse("people:cover")
    sent = {"person": walsall_officer.pk, "absence": "new", "kind": "leave", "from_date": in_days(-1).isoformat()}
    assert commander.post(url, sent).context["form"].errors["why"] == ["“Why?” needs an answer."]
    assert commander.post(url, sent | {"why": "Asked for it."}).status_code == 302
    absence = Absence.objects.get()
    assert last(absence) == ("+", "Asked for it.", walsall_commander)
    form = commander.get(url, {"person": walsall_officer.pk, "absence": absence.pk}).context["form"]
    change = sent | {"absence": absence.pk, "kind": "training", form.version_name: form.version}
    assert commander.post(url, change).status_code == 200
    assert commander.post(url, change | {"why": "It is a course."}).status_code == 302
    assert last(absence) == ("~", "It is a course.", walsall_commander)
    absence.refresh_from_db()
    back = reverse("people:back", args=[absence.pk])
    for why in ({}, {"why": " "}, {"why": "x" * 101}):
        text = commander.post(back, {"_version": version_of(absence)} | why, follow=True).content.decode()
        assert ("was not ended: say why" in text, asked(absence, until=None)) == (True, True)
    commander.post(back, {"_version": version_of(absence), "why": "Course is over."})
    assert (last(absence), asked(absence, until=in_days(-1))) == (
        ("~", "Course is over.", walsall_commander), True,
    )  # fmt: skip


def test_absence_to_come_is_withdrawn(commander, walsall_commander, walsall_officer):
    absence = Absence.objects.create(person=walsall_officer, from_date=in_days(5))
    assert "Withdraw it" in commander.get(reverse("people:home")).content.decode()
    text = commander.post(
        reverse("people:back", args=[absence.pk]), {"_version": version_of(absence), "why": "Not needed."}, follow=True
    ).content.decode()
    assert ("Withdrawn: " in text, Absence.objects.count()) == (True, 0)
    assert last(absence) == ("-", "Not needed.", walsall_commander)


def test_meeting_is_announced_cancelled_and_put_back_with_a_reason(commander, walsall_commander, walsall, meeting):
    day = in_days(3).isoformat()
    sent = {"area": walsall.pk, "kind": "surgery", "starts": f"{day}T18:00", "ends": f"{day}T19:00", "place": "Library"}
    assert commander.post(reverse("people:meeting_new"), sent).status_code == 200
    commander.post(reverse("people:meeting_new"), sent | {"why": "People asked."})
    assert last(Meeting.objects.get(place="Library")) == ("+", "People asked.", walsall_commander)
    url = reverse("people:meeting_cancel", args=[meeting.pk])
    assert (commander.post(url, {"to": "off"}).status_code, asked(meeting, cancelled=False)) == (200, True)
    for to, why in (("off", "Snow."), ("on", "No snow.")):
        assert commander.post(url, {"to": to, "why": why}).status_code == 302
        assert (last(meeting), asked(meeting, cancelled=to == "off")) == (("~", why, walsall_commander), True)


def test_priority_is_opened_closed_and_opened_again_with_a_reason(commander, walsall_commander, walsall):
    sent = {"area": walsall.pk, "title": "Bikes", "you_said": "Bikes.", "since": "2026-11-01", "published": "on"}
    assert commander.post(reverse("people:priority_new"), sent).status_code == 200
    commander.post(reverse("people:priority_new"), sent | {"why": "Many concerns."})
    priority = Priority.objects.get()
    assert last(priority) == ("+", "Many concerns.", walsall_commander)
    close, again = (reverse(f"people:priority_{name}", args=[priority.pk]) for name in ("end", "reopen"))
    assert commander.get(again).status_code == 404
    end = {"_version": commander.get(close).context["form"].version, "outcome": "Quiet.", "ended_on": in_days(0)}
    assert commander.post(close, end).status_code == 200
    assert commander.post(close, end | {"why": "Nothing in weeks."}).status_code == 302
    assert last(priority) == ("~", "Nothing in weeks.", walsall_commander)
    assert "Open it again" in commander.get(reverse("people:home")).content.decode()
    assert (commander.post(again).status_code, asked(priority, outcome="Quiet.")) == (200, True)
    assert commander.post(again, {"why": "It began again."}).status_code == 302
    assert (last(priority), asked(priority, outcome="", ended_on=None)) == (
        ("~", "It began again.", walsall_commander), True,
    )  # fmt: skip


def test_priority_that_ended_yesterday_stays_ended(commander, priority):
    Priority.objects.update(ended_on=in_days(-1), outcome="Quiet.")
    assert commander.post(reverse("people:priority_reopen", args=[priority.pk]), {"why": "x"}).status_code == 404


def test_priority_is_withdrawn_until_somebody_has_read_it(commander, walsall_commander, priority, walsall):
    read = Priority.objects.create(area=walsall, title="Read", you_said="Read.", published=True)
    assert commander.post(reverse("people:priority_withdraw", args=[read.pk]), {"why": "x"}).status_code == 404
    Priority.objects.filter(pk=read.pk).update(published=False)  # hidden again, but people have read it
    assert commander.post(reverse("people:priority_withdraw", args=[read.pk]), {"why": "x"}).status_code == 404
    url = reverse("people:priority_withdraw", args=[priority.pk])
    assert (commander.post(url).status_code, commander.post(url, {"why": "A mistake."}).status_code) == (200, 302)
    assert last(priority) == ("-", "A mistake.", walsall_commander)
    assert list(Priority.objects.all()) == [read]


def test_fourth_priority_is_not_opened_again(commander, walsall):
    for number in range(4):
        facts = {"ended_on": in_days(0), "outcome": "Quiet."} if number == 3 else {}
        last_one = Priority.objects.create(area=walsall, title=f"P{number}", you_said="x", published=True, **facts)
    answer = commander.post(reverse("people:priority_reopen", args=[last_one.pk]), {"why": "x"})
    assert "Three priorities are open here already" in answer.content.decode()
    assert asked(last_one, outcome="Quiet.")
