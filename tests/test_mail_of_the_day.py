"""Told of what one is given at once, or once a day at seven: never lost, never twice, never of what is no longer one's own."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.stamp import LONDON
from feedback import clock
from feedback.lifecycle import Decision
from feedback.management.commands.check_integrity import late
from feedback.models import Concern, MorningMail, Notification, write_morning_mails
from feedback.models.notification import MOST_ATTEMPTS, drain
from hubs.models import Posting
from tests.racing import race

pytestmark = pytest.mark.django_db

CHOICE = "/dashboard/morning-mail/"


@pytest.fixture
def at(time_machine):
    """Moves the clock: `at(13, 7, 1)` is 13 March 2026, 7:01 in London."""

    def move(day, hour, minute=0, month=3):
        time_machine.move_to(datetime(2026, month, day, hour, minute, tzinfo=LONDON), tick=False)

    move(12, 15)
    return move


@pytest.fixture
def daily(at, walsall_officer):
    """Walsall's officer, who wants one mail a day."""
    MorningMail.choose(walsall_officer, brief=False, daily=True)
    return walsall_officer


@pytest.fixture
def give(make_concern, walsall, walsall_commander):
    """Gives a new concern, or this one, to somebody: `give(officer)`."""

    def to(officer, concern=None):
        concern = concern or make_concern(walsall, text="Marker word quokka", place="Numbat Road")
        concern.assign(officer=officer, by=walsall_commander)
        return concern

    return to


@pytest.fixture
def letters(mailoutbox, daily):
    """What the worker mails to the officer when it is asked, each as its subject and its references."""

    def sent():
        before = len(mailoutbox)
        drain()
        return [
            (mail.subject, [line[2:15] for line in mail.body.splitlines() if line.startswith("- ")])
            for mail in mailoutbox[before:]
            if mail.to == [daily.email]
        ]

    return sent


def states(kind="assigned"):
    """The states of the notices of a kind, in the order in which they were written."""
    return list(Notification.objects.filter(kind=kind).order_by("pk").values_list("state", flat=True))


# ---- the choice ------------------------------------------------------------------------------------------------------


def test_who_chose_nothing_is_told_at_once(at, give, walsall_officer, mailoutbox):
    give(walsall_officer)
    drain()
    mails = [mail for mail in mailoutbox if mail.to == [walsall_officer.email]]
    assert [mail.subject for mail in mails] == ["A concern is yours; its reply is due by Sunday 15 March, 3:00pm"]
    assert f"Rather one mail a day? Choose here:\nhttp://testserver{CHOICE}\n" in mails[0].body


def test_choice_is_each_persons_own_and_shown(signed_in, at, walsall_officer, walsall_commander):
    client = signed_in(walsall_officer)
    assert client.get(CHOICE).context["form"].initial == {"given": "at_once", "brief": False}
    answer = client.post(CHOICE, {"given": "daily"})
    assert (answer.status_code, answer["Location"]) == (303, CHOICE)
    page = client.get(CHOICE)
    assert page.context["form"].initial == {"given": "daily", "brief": False}
    assert f"It goes to {walsall_officer.email}." in page.content.decode()
    assert MorningMail.objects.filter(person=walsall_commander).count() == 0


@pytest.mark.parametrize("said", [{}, {"given": "never", "brief": "on"}])
def test_choice_that_is_none_changes_nothing(signed_in, daily, said):
    answer = signed_in(daily).post(CHOICE, said)
    assert (answer.status_code, answer.context["form"].errors) == (422, {"given": ["Choose how you want to be told"]})
    assert (MorningMail.objects.get().brief, MorningMail.objects.get().daily) == (False, True)


# ---- the mail of the day ---------------------------------------------------------------------------------------------


def test_one_mail_at_seven_says_how_many_which_and_by_when(at, give, daily, letters, mailoutbox):
    one, other = give(daily), give(daily)
    assert (letters(), states()) == ([], ["held", "held"])
    at(13, 6, 59)
    assert (write_morning_mails(), letters()) == (0, [])
    at(13, 7)
    assert write_morning_mails() == 1
    assert letters() == [("Given to you, Friday 13 March", [one.reference, other.reference])]
    body = mailoutbox[-1].body
    assert "\n2 concerns:\n" in body
    due = "Walsall, reply due Sunday 15 March, 3:00pm"
    link = "http://testserver/dashboard/concerns"
    assert f"- {one.reference}, {due}\n  {link}/{one.reference}/\n- {other.reference}, {due}\n" in body
    assert [word for word in ("quokka", "Numbat", "Demo") if word in body.partition("\n")[2]] == []
    assert states() == ["sent", "sent"]


def test_nothing_to_tell_is_no_mail(at, daily, letters):
    at(13, 7)
    assert (write_morning_mails(), letters(), states("given")) == (0, [], [])


def test_once_a_day_and_what_comes_later_waits_for_the_next(at, give, daily, letters):
    first = give(daily)
    at(13, 7)
    assert [write_morning_mails(), write_morning_mails()] == [1, 0]
    assert [references for _subject, references in letters()] == [[first.reference]]
    second = give(daily)
    at(13, 18)
    assert (write_morning_mails(), letters()) == (0, [])
    at(14, 7)
    assert write_morning_mails() == 1
    assert letters() == [("Given to you, Saturday 14 March", [second.reference])]
    at(15, 7)
    assert (write_morning_mails(), letters()) == (0, [])


def test_first_mail_comes_at_the_next_seven_even_where_it_was_chosen_before(at, give, walsall_officer):
    at(12, 5)
    MorningMail.choose(walsall_officer, brief=False, daily=True)
    give(walsall_officer)
    at(12, 7)
    assert write_morning_mails() == 1


def test_a_machine_that_was_down_at_seven_sends_it_when_it_is_back(at, give, daily, letters):
    concern = give(daily)
    at(13, 19, 30)  # long after the hours of the brief
    assert write_morning_mails() == 1
    assert letters() == [("Given to you, Friday 13 March", [concern.reference])]
    at(14, 7)
    assert write_morning_mails() == 0


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)])
def test_clock_change_keeps_seven_o_clock(at, give, walsall_officer, month, day):
    at(day - 1, 12, month=month)
    MorningMail.choose(walsall_officer, brief=False, daily=True)
    give(walsall_officer)
    at(day, 6, 59, month=month)
    assert write_morning_mails() == 0
    at(day, 7, month=month)
    assert write_morning_mails() == 1


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        (datetime(2026, 3, 28, 7, tzinfo=LONDON), "2026-03-29T06:00:00+00:00"),
        (datetime(2026, 3, 29, 6, 59, tzinfo=LONDON), "2026-03-29T06:00:00+00:00"),
        (datetime(2026, 10, 24, 23, tzinfo=LONDON), "2026-10-25T07:00:00+00:00"),
        (datetime(2026, 12, 31, 8, tzinfo=LONDON), "2027-01-01T07:00:00+00:00"),
    ],
)
def test_next_morning_is_seven_in_london(moment, morning):
    assert clock.next_morning(moment).isoformat() == morning


# ---- scoped when it is sent ------------------------------------------------------------------------------------------


def test_what_is_no_longer_theirs_is_not_in_it(
    at, give, daily, letters, make_concern, walsall, dudley, walsall_commander
):
    names = ("taken back", "given on", "moved", "about them", "closed", "theirs")
    given = {name: give(daily) for name in names}
    given["taken back"].assign(by=walsall_commander)
    given["given on"].assign(officer=walsall_commander, by=walsall_commander)
    given["moved"].move_to_area(dudley, "It is theirs.", by=walsall_commander)
    Concern.objects.filter(pk=given["about them"].pk).update(about_person=daily)
    given["closed"].acknowledge(by=walsall_commander)
    given["closed"].resolve("solved", "Officers spoke to the riders on Monday.", by=walsall_commander)
    at(13, 7)
    write_morning_mails()
    assert letters() == [("Given to you, Friday 13 March", [given["theirs"].reference])]
    assert states() == [*["not_needed"] * 5, "sent"]


def test_given_twice_is_told_once(at, give, daily, letters, walsall_commander):
    concern = give(daily)
    concern.assign(by=walsall_commander)
    give(daily, concern)
    at(13, 7)
    write_morning_mails()
    assert [references for _subject, references in letters()] == [[concern.reference]]
    assert states() == ["sent", "sent"]


def test_all_taken_away_is_no_mail(at, give, daily, letters, walsall_commander):
    give(daily).assign(by=walsall_commander)
    at(13, 7)
    assert write_morning_mails() == 1
    assert (letters(), states(), states("given")) == ([], ["not_needed"], ["not_needed"])


def test_who_works_nowhere_any_more_gets_none_and_the_inbox_hears_of_who_left(
    at, give, daily, letters, mailoutbox, person, team_of, walsall
):
    leaver = person("leaver")
    Posting.objects.create(person=leaver, team=team_of(walsall), from_date="2026-01-01")
    MorningMail.choose(leaver, brief=True, daily=True)
    give(daily)
    left = give(leaver)
    Posting.objects.filter(person=daily).update(until="2026-03-01")
    type(leaver).objects.filter(pk=leaver.pk).update(is_active=False)
    at(13, 7)
    assert write_morning_mails() == 1
    mailoutbox.clear()
    assert letters() == []
    told = [(mail.to, left.reference in mail.body) for mail in mailoutbox if "Walsall" in mail.body]
    assert ((["inbox@example.org"], True) in told, states()) == (True, ["not_needed", "sent"])


def test_who_leaves_the_force_while_their_mail_waits_loses_nothing(at, give, daily, letters, mailoutbox):
    concern = give(daily)
    at(13, 7)
    assert write_morning_mails() == 1  # and the post is shut
    type(daily).objects.filter(pk=daily.pk).update(is_active=False)
    mailoutbox.clear()
    assert letters() == []
    told = [concern.reference in mail.body for mail in mailoutbox if mail.to == ["inbox@example.org"]]
    assert (told, states(), states("given")) == ([True], ["sent"], ["not_needed"])


# ---- urgent things ---------------------------------------------------------------------------------------------------


def _safety(concern, by):
    concern.review_safety(True, "A knife was seen.", by=by)


def _soon(concern, by):
    Concern.objects.filter(pk=concern.pk).update(due_at=timezone.now() + timedelta(hours=15, minutes=59))


def _warned(concern, by):
    Concern.objects.filter(pk=concern.pk).update(climbed="officer")


def _unread(concern, by):
    Concern.objects.filter(pk=concern.pk).update(reading_climbed="officer")


def _crime(concern, by):
    concern.acknowledge(by=by, decision=Decision.CRIME)


def _recourse(concern, by):
    Concern.objects.filter(pk=concern.pk).update(due_at=timezone.now() - timedelta(hours=1))
    concern.refresh_from_db()
    concern.take_recourse("Nobody answered.")
    concern.reply("Officers spoke to the riders on Monday.", by=by)


@pytest.mark.parametrize("pressing", [_safety, _soon, _warned, _unread, _crime, _recourse])
def test_what_presses_is_told_at_once(give, daily, make_concern, walsall, walsall_commander, letters, pressing):
    concern = make_concern(walsall)
    pressing(concern, walsall_commander)
    concern.refresh_from_db()
    give(daily, concern)
    assert (len(letters()), states()) == (1, ["sent"])


def test_what_has_its_answer_does_not_press(give, daily, make_concern, walsall, walsall_commander, letters):
    concern = make_concern(walsall)
    _soon(concern, walsall_commander)
    concern.refresh_from_db()
    concern.reply("Officers spoke to the riders on Monday.", by=walsall_commander)
    give(daily, concern)
    assert (letters(), states()) == ([], ["held"])


# ---- never lost, never twice -----------------------------------------------------------------------------------------


def test_several_at_once_are_one_mail(signed_in, at, daily, letters, make_concern, walsall, walsall_commander):
    concerns = [make_concern(walsall) for _each in range(5)]
    said = {
        "act": "assign",
        "sure": "yes",
        "officer": daily.pk,
        "reason": "The beat.",
        "pick": [c.reference for c in concerns],
    }
    signed_in(walsall_commander).post("/dashboard/queue/together/", said)
    assert (letters(), states()) == ([], ["held"] * 5)
    at(13, 7)
    assert write_morning_mails() == 1
    assert letters() == [("Given to you, Friday 13 March", [concern.reference for concern in concerns])]


def test_who_wants_to_hear_at_once_again_hears_now_of_what_was_held_back(signed_in, at, give, daily, letters):
    concern = give(daily)
    signed_in(daily).post(CHOICE, {"given": "at_once", "brief": "on"})
    assert letters() == [("Given to you, Thursday 12 March", [concern.reference])]
    give(daily)
    assert [subject for subject, _references in letters()] == [
        "A concern is yours; its reply is due by Sunday 15 March, 3:00pm"
    ]
    at(13, 7)
    assert write_morning_mails() == 1  # the brief
    assert states() == ["sent", "sent"]


def test_what_was_held_back_while_the_wish_ended_comes_in_the_morning(at, give, daily, letters):
    concern = give(daily)
    MorningMail.objects.update(daily=False)  # as somebody sees it who gave it a moment before
    at(13, 7)
    assert write_morning_mails() == 1
    assert letters() == [("Given to you, Friday 13 March", [concern.reference])]


def test_a_gift_that_is_rolled_back_is_not_told(at, give, daily, letters):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        give(daily)
        1 / 0  # noqa: B018
    at(13, 7)
    assert (write_morning_mails(), letters(), states()) == (0, [], [])


def test_a_worker_that_dies_between_sending_and_keeping_it_sends_the_same_message_again(
    at, give, daily, mailoutbox, monkeypatch
):
    concern = give(daily)
    drain()
    at(13, 7)
    write_morning_mails()
    mailoutbox.clear()

    def die(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Notification, "_settle", die)
        drain()
    assert states() == ["held"]
    at(13, 7, 5)
    assert drain() == 1
    first, again = mailoutbox
    assert (first.extra_headers["Message-ID"], first.body) == (again.extra_headers["Message-ID"], again.body)
    assert concern.reference in first.body
    assert (states(), states("given")) == (["sent"], ["sent"])


def test_a_mail_that_was_given_up_loses_nothing_and_doubles_nothing(at, give, daily, letters):
    first = give(daily)
    at(13, 7)
    write_morning_mails()
    Notification.objects.filter(kind="given").update(state="parked", attempts=MOST_ATTEMPTS)
    second = give(daily)
    at(14, 7)
    assert write_morning_mails() == 1
    assert letters() == [("Given to you, Saturday 14 March", [first.reference, second.reference])]
    assert Notification.objects.all().send_again() == 1
    assert (letters(), states(), states("given")) == ([], ["sent", "sent"], ["not_needed", "sent"])


def test_a_mail_that_still_waits_tells_of_what_came_since(at, give, daily, letters):
    first = give(daily)
    at(13, 7)
    write_morning_mails()
    second = give(daily)  # the post is shut for a day
    at(14, 7)
    assert write_morning_mails() == 0
    assert letters() == [("Given to you, Saturday 14 March", [first.reference, second.reference])]


def test_what_was_held_back_and_never_told_is_found(at, give, daily):
    give(daily)
    at(13, 8)
    assert [words for words in late() if "held back" in words] == []
    at(13, 18)
    assert [words for words in late() if "held back" in words] == [
        "1 messages were held back for the mail of the day and not told in it: does the sweep run?"
    ]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sweeps_and_workers_at_the_same_moment_tell_it_once(at, give, daily, mailoutbox):
    concerns = [give(daily) for _each in range(3)]
    at(13, 7)
    assert sum(race([write_morning_mails] * 4)) == 1
    race([drain] * 4)
    mails = [mail for mail in mailoutbox if mail.to == [daily.email]]
    assert [[concern.reference in mail.body for concern in concerns] for mail in mails] == [[True] * 3]
    assert states() == ["sent"] * 3
