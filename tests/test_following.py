"""Follow a place or topic: begun from the mailbox alone, told once, ended with one click, and never a word of a concern."""

import email
import email.policy
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.stamp import today_in_london
from areas.models import Meeting, MeetingQuestion, Priority, PriorityAction
from feedback import clock
from feedback.following import news
from feedback.following.doors import confirm_url, unfollow_url
from feedback.following.telling import tell_followers, tell_of_questions
from feedback.insight.figures import freeze
from feedback.models import Category, Concern, Notification, Problem, Subscription
from feedback.models.notification import drain
from feedback.privacy import held_about

pytestmark = pytest.mark.django_db

PACE = Subscription.Pace
SAM = "sam@example.org"


@pytest.fixture
def visitor():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def follower(bloxwich_west):
    """Makes followers who have said yes: `follower(ward=..., pace=...)`, told up to yesterday."""

    def make(address=SAM, *, pace=PACE.AT_ONCE, told_days=1, **place):
        Subscription.ask(email=address, pace=pace, language="en-gb", **(place or {"ward": bloxwich_west}))
        row = Subscription.objects.latest("pk")
        row.confirm()
        Notification.objects.all().delete()
        Subscription.objects.filter(pk=row.pk).update(told_at=clock.add_days(timezone.now(), -told_days))
        return Subscription.objects.in_words().get(pk=row.pk)

    return make


@pytest.fixture
def priority(walsall, bloxwich_west):
    return Priority.objects.create(
        area=walsall, ward=bloxwich_west, title="Off-road bikes", you_said="They race at night.", published=True
    )


def act(priority, text="We took two bikes."):
    action = PriorityAction(priority=priority, text=text)
    action.show(True)
    action.save()
    return action


def settled():
    return clock.add_minutes(timezone.now(), 11)


def ask(visitor, place, address=SAM, pace="weekly", **headers):
    return visitor.post(f"/follow/?{place}", {"email": address, "pace": pace}, headers=headers)


def local(address):
    return re.sub(r"^https?://[^/]+", "", address)


def url_in(text, part):
    return local(re.search(rf"\S+{part}\S+", text).group())


# ---- asking ----------------------------------------------------------------------------------------------------------
def test_page_offers_wards_areas_and_topics_without_a_cookie(visitor, bloxwich_west):
    page = visitor.get("/follow/")
    assert page.status_code == 200 and dict(visitor.cookies) == {} and page["Cache-Control"] == "no-store"
    assert "?area=walsall" in page.content.decode() and "?topic=asb-vehicle" in page.content.decode()
    found = visitor.get("/follow/?q=bloxwich west")
    assert (found.status_code, found["Location"]) == (302, f"/follow/?ward={bloxwich_west.code}")
    assert visitor.get("/follow/?q=Willenhall").content.decode().count("?ward=") > 1
    assert "know a place of that name" in visitor.get("/follow/?q=Atlantis").content.decode()


def test_page_of_a_ward_leads_to_its_news_at_once_and_again_after_them(visitor, bloxwich_west):
    page = visitor.get(bloxwich_west.get_absolute_url()).content.decode()
    links = [found.start() for found in re.finditer(f'href="/follow/[?]ward={bloxwich_west.code}"', page)]
    news = page.index("What we work on here")
    assert [place < news for place in links] == [True, False]


def test_sensitive_topics_and_unknown_places_can_not_be_followed(visitor):
    sensitive = Category.objects.filter(sensitive=True).first()
    for query in (f"topic={sensitive.code}", "topic=none", "ward=E0", "area=atlantis"):
        assert visitor.get(f"/follow/?{query}").status_code == 404
    assert f"topic={sensitive.code}" not in visitor.get("/follow/").content.decode()
    assert visitor.get(f"/follow/{sensitive.code}/feed/").status_code == 404


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(visitor, follower, bloxwich_west):
    follower()
    answers = [ask(visitor, f"ward={bloxwich_west.code}", address) for address in (SAM, "new@example.org")]
    assert [(one.status_code, one["Location"], one.content) for one in answers] == [(303, "/follow/asked/", b"")] * 2
    assert dict(visitor.cookies) == {}


def test_who_follows_already_gets_no_mail_and_keeps_their_pace(visitor, follower, bloxwich_west, mailoutbox):
    row = follower(pace=PACE.AT_ONCE)
    ask(visitor, f"ward={bloxwich_west.code}", pace="weekly")
    drain()
    assert mailoutbox == [] and Subscription.objects.get(pk=row.pk).pace == PACE.AT_ONCE


def test_the_work_is_the_same_for_who_follows_already_and_who_does_not(visitor, follower, bloxwich_west):
    follower()
    done = []
    for address in (SAM, "new@example.org", "new2@example.org"):
        with CaptureQueriesContext(connection) as queries:
            ask(visitor, f"ward={bloxwich_west.code}", address)
        writes = [one["sql"].split()[:3] for one in queries if one["sql"].startswith(("INSERT", "UPDATE"))]
        done.append([words[2] if words[0] == "INSERT" else words[1] for words in writes])
    assert done[0] == done[1] == done[2]
    assert '"feedback_subscription"' in done[0] and '"feedback_notification"' in done[0]


def test_the_address_is_sealed(visitor, bloxwich_west):
    ask(visitor, f"ward={bloxwich_west.code}", "Sam@Example.org")
    row = Subscription.objects.get()
    assert "sam" not in row.sealed.lower() and "sam" not in row.email_key
    assert (row.email, list(Subscription.objects.of_address("SAM@example.org"))) == ("Sam@Example.org", [row])


@pytest.mark.parametrize(
    "address", ["", "none", "a@b", "sam@example.org\nBcc: x@example.org", "x" * 250 + "@example.org"]
)
def test_what_is_no_address_is_refused_with_a_reason(visitor, bloxwich_west, address):
    page = ask(visitor, f"ward={bloxwich_west.code}", address)
    assert page.status_code == 200 and page.context["form"].errors and not Subscription.objects.exists()


def test_form_from_another_site_is_refused(visitor, bloxwich_west):
    page = ask(visitor, f"ward={bloxwich_west.code}", **{"Sec-Fetch-Site": "cross-site"})
    assert page.status_code == 403 and not Subscription.objects.exists()


def test_one_caller_asks_only_so_often(visitor, bloxwich_west, settings):
    settings.FOLLOW_RATE = "2/hour"
    codes = [ask(visitor, f"ward={bloxwich_west.code}", f"p{n}@example.org").status_code for n in range(3)]
    assert codes == [303, 303, 429] and Subscription.objects.count() == 2


# ---- nobody's mailbox is filled --------------------------------------------------------------------------------------
def test_one_address_is_asked_once_an_hour_and_three_times_a_day(walsall, mailoutbox):
    def ask_for(ward):
        Subscription.ask(email=SAM, pace=PACE.WEEKLY, language="en-gb", ward=ward, caller=str(ward))
        drain()

    wards = list(walsall.wards.active()[:8])
    for ward in wards[:4]:
        ask_for(ward)
    assert len(mailoutbox) == 1
    for ward in wards[4:]:
        Notification.objects.filter(sent__isnull=False).update(sent=clock.add_hours(timezone.now(), -1))
        Notification.objects.update(due=timezone.now())
        drain()
        ask_for(ward)
    assert len(mailoutbox) == 3
    assert str(wards[3]) in mailoutbox[1].body


def test_nobody_alone_uses_up_the_mails_of_an_address(walsall, mailoutbox):
    def ask_for(ward, caller):
        Subscription.ask(email=SAM, pace=PACE.WEEKLY, language="en-gb", ward=ward, caller=caller)
        Notification.objects.filter(sent__isnull=False).update(sent=clock.add_hours(timezone.now(), -1))
        drain()

    wards = list(walsall.wards.active()[:5])
    for ward in wards[:4]:
        ask_for(ward, "a stranger")
    assert len(mailoutbox) == 2
    ask_for(wards[4], "who reads the mail")
    assert len(mailoutbox) == 3 and str(wards[4]) in mailoutbox[2].body
    # Whose mail it is need not wait for another: the oldest asks for everything.
    page = Client().get(local(re.search(r"https?://\S+/confirm/\S+", mailoutbox[0].body).group()))
    assert all(str(ward) in page.content.decode() for ward in wards)


def test_the_mail_that_asks_has_no_word_of_a_stranger(visitor, bloxwich_west, mailoutbox):
    ask(visitor, f"ward={bloxwich_west.code}", '"Buy-now-cheap"@example.org')
    drain()
    assert "Buy-now" not in mailoutbox[0].body + mailoutbox[0].subject
    assert "Bloxwich West" in mailoutbox[0].body and "it was not you" in mailoutbox[0].body


def test_opening_the_link_begins_nothing_and_the_click_begins_all(visitor, bloxwich_west, walsall):
    for place in ({"ward": bloxwich_west}, {"area": walsall}):
        Subscription.ask(email=SAM, pace=PACE.WEEKLY, language="en-gb", **place)
    Subscription.ask(email="other@example.org", pace=PACE.WEEKLY, language="en-gb", area=walsall)
    link = local(confirm_url(Subscription.objects.first().uid))
    assert "Bloxwich West" in visitor.get(link).content.decode()
    assert not Subscription.objects.active().exists()
    assert "The news begin" in visitor.post(link).content.decode()
    assert {row.email for row in Subscription.objects.active()} == {SAM} and Subscription.objects.active().count() == 2


def test_link_ends_after_a_week(visitor, bloxwich_west):
    Subscription.ask(email=SAM, pace=PACE.WEEKLY, language="en-gb", ward=bloxwich_west)
    Subscription.objects.update(asked_at=clock.add_days(timezone.now(), -7))
    page = visitor.post(local(confirm_url(Subscription.objects.get().uid)))
    assert "no longer good" in page.content.decode() and not Subscription.objects.active().exists()


def test_made_up_and_crossed_links_are_nothing(visitor, follower):
    uid = follower().uid
    crossed = local(confirm_url(uid)).replace("confirm", "stop")
    for path in ("/follow/stop/x/", "/follow/confirm/x:y/", crossed):
        assert visitor.post(path).status_code == 404
    assert Subscription.objects.active().exists()


# ---- stopping --------------------------------------------------------------------------------------------------------
def test_one_click_form_stops_and_opening_does_not(visitor, follower):
    row = follower()
    link = local(unfollow_url(row.uid))
    assert "Stop this news?" in visitor.get(link).content.decode() and Subscription.objects.active().exists()
    page = visitor.post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert page.status_code == 200 and not Subscription.objects.active().exists()
    assert visitor.post(link).status_code == 200


def test_stop_page_changes_the_pace_and_stops_all(visitor, follower, walsall):
    row = follower(pace=PACE.WEEKLY)
    follower(area=walsall)
    link = local(unfollow_url(row.uid))
    assert "At once" in visitor.post(link, {"pace": "at_once"}).content.decode()
    row.refresh_from_db()
    assert row.pace == PACE.AT_ONCE and row.active
    visitor.post(link, {"all": "yes"})
    assert not Subscription.objects.active().exists()


def test_a_mail_that_waits_is_not_sent_after_the_stop(follower, priority, mailoutbox):
    row = follower()
    assert tell_followers(settled()) == 1
    row.stop()
    drain()
    assert mailoutbox == [] and Notification.objects.get(kind="news").state == "not_needed"


def test_who_stopped_can_ask_again(follower, bloxwich_west):
    row = follower()
    row.stop()
    Subscription.ask(email=SAM, pace=PACE.WEEKLY, language="en-gb", ward=bloxwich_west)
    row.refresh_from_db()
    assert (row.active, row.together.count()) == (False, 1)


@pytest.mark.parametrize(("field", "days", "left"), [
    ("stopped_at", 29, 1), ("stopped_at", 30, 0), ("asked_at", 6, 1), ("asked_at", 7, 0),
])  # fmt: skip
def test_address_is_erased_after_its_time(follower, bloxwich_west, field, days, left):
    if field == "stopped_at":
        follower().stop()
    else:
        Subscription.ask(email=SAM, pace=PACE.WEEKLY, language="en-gb", ward=bloxwich_west)
    Subscription.objects.update(**{field: clock.add_days(timezone.now(), -days)})
    call_command("sweep", "--once")
    assert Subscription.objects.count() == left
    assert Notification.objects.filter(subscription__isnull=False).count() <= left


def test_erasure_and_subject_access_know_what_an_address_follows(follower, walsall, walsall_commander, capsys):
    follower()
    follower("other@example.org", area=walsall)
    held = held_about("filed", by=walsall_commander, email="SAM@example.org")
    assert [row["what"] for row in held["follows"]] == ["Bloxwich West, Walsall"]
    who = {"email": SAM, "by": walsall_commander.email, "reason": "filed"}
    call_command("erase", **who)
    assert "would be erased" in capsys.readouterr().out and Subscription.objects.count() == 2
    call_command("erase", yes=True, **who)
    assert [row.email for row in Subscription.objects.all()] == ["other@example.org"]
    assert held_about("filed", by=walsall_commander, email=SAM)["follows"] == []


# ---- what is told ----------------------------------------------------------------------------------------------------
def test_a_published_action_is_told_once_after_it_has_settled(follower, priority, mailoutbox):
    follower()
    act(priority)
    assert (tell_followers(), tell_followers(settled()), tell_followers(settled()), drain()) == (0, 1, 0, 1)
    body = mailoutbox[0].body
    assert "We did: Off-road bikes" in body and "We took two bikes." in body and "They race at night." not in body
    assert "Why do you get this?" in body and f"#priority-{priority.pk}" in body


def test_every_mail_carries_the_headers_that_stop_it(follower, priority, mailoutbox):
    row = follower()
    tell_followers(settled())
    drain()
    headers = mailoutbox[0].extra_headers
    assert headers["List-Unsubscribe"] == f"<{unfollow_url(row.uid)}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert unfollow_url(row.uid) in mailoutbox[0].body


def test_weekly_news_come_together_and_not_before(follower, priority, mailoutbox):
    follower(pace=PACE.WEEKLY, told_days=6)
    act(priority)
    assert tell_followers(settled()) == 0
    Subscription.objects.update(told_at=clock.add_days(timezone.now(), -8))
    assert (tell_followers(settled()), tell_followers(settled()), drain()) == (1, 0, 1)
    assert "A new priority" in mailoutbox[0].body and "We did" in mailoutbox[0].body


def test_a_week_without_news_brings_no_mail(follower):
    row = follower(pace=PACE.WEEKLY, told_days=8)
    assert tell_followers() == 0
    row.refresh_from_db()
    assert row.told_at > clock.add_days(timezone.now(), -1)


def test_news_reach_those_of_the_place_alone(follower, priority, walsall, dudley, mailoutbox):
    other = walsall.wards.active().exclude(pk=priority.ward_id).first()
    for address, place in (
        ("ward@example.org", {"ward": priority.ward}), ("area@example.org", {"area": walsall}),
        ("next@example.org", {"ward": other}), ("dudley@example.org", {"area": dudley}),
    ):  # fmt: skip
        follower(address, **place)
    tell_followers(settled())
    drain()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["area@example.org", "ward@example.org"]


def test_unpublished_and_withdrawn_things_are_no_news(follower, walsall, bloxwich_west, mailoutbox):
    follower()
    hidden = Priority.objects.create(area=walsall, ward=bloxwich_west, title="Hidden", you_said="x")
    act(hidden)
    assert tell_followers(settled()) == 0
    hidden.published = True
    hidden.save()
    assert tell_followers(settled()) == 1
    hidden.published = False
    hidden.save()
    drain()
    assert mailoutbox == []


def test_how_a_priority_ended_is_told(follower, priority, mailoutbox):
    follower()
    Priority.objects.filter(pk=priority.pk).update(shown_at=clock.add_days(timezone.now(), -9))
    priority.refresh_from_db()
    priority.outcome, priority.ended_on = "Quiet since May.", today_in_london()
    priority.save()
    tell_followers(settled())
    drain()
    assert "How it ended: Off-road bikes" in mailoutbox[0].body and "Quiet since May." in mailoutbox[0].body


def test_meetings_their_changes_and_answers_are_told(follower, walsall, bloxwich_west):
    row, now = follower(), timezone.now()
    starts = now + timedelta(days=20)
    meeting = Meeting.objects.create(area=walsall, place="Library", starts=starts, ends=starts + timedelta(hours=1))

    def told(since=now - timedelta(hours=1)):
        return [item.title for item in row.news(since, timezone.now())]

    assert told() == ["Beat surgery at Library"]
    Meeting.objects.update(announced_at=now - timedelta(days=3), news_at=now - timedelta(days=3))
    meeting = Meeting.objects.get()
    meeting.about = "Bikes."
    meeting.save()
    assert told() == []
    meeting.place = "School"
    meeting.save()
    assert told() == ["Changed: Beat surgery at School"]
    meeting.cancelled = True
    meeting.save()
    assert told() == ["Cancelled: Beat surgery at School"]
    question = meeting.questions.create(text="When do you come?")
    question.answer = "On Monday."
    question.save()
    assert "Your questions answered: Beat surgery at School" not in told()
    question.published = True
    question.save()
    assert "Your questions answered: Beat surgery at School" in told()


def test_a_meeting_is_told_again_a_week_before(follower, walsall):
    row, now = follower(), timezone.now()
    starts = clock.add_days(now, 7) - timedelta(hours=1)
    meeting = Meeting.objects.create(area=walsall, place="Library", starts=starts, ends=starts + timedelta(hours=1))
    Meeting.objects.filter(pk=meeting.pk).update(
        news_at=now - timedelta(days=30), announced_at=now - timedelta(days=30)
    )
    assert [item.title for item in row.news(now - timedelta(days=1), now)] == ["Soon: Beat surgery at Library"]
    assert row.news(now - timedelta(days=2), now - timedelta(days=1)) == []


def test_a_closed_month_is_told(follower, walsall, make_concern):
    row = follower(area=walsall)
    Concern.objects.filter(pk=make_concern(walsall).pk).update(received_at=clock.add_days(timezone.now(), -40))
    assert freeze() >= 1
    titles = {item.title.partition(" for ")[0] for item in row.news(clock.add_days(timezone.now(), -1), timezone.now())}
    assert titles == {"How we are doing: figures"}


def test_a_topic_has_the_priorities_that_five_people_stand_behind(follower, priority, walsall, make_concern):
    row = follower(category=Category.objects.get(code="asb-vehicle"))
    problem = Problem.objects.create(area=walsall, title="Bikes", priority=priority)
    emails = ["a@example.org", "a@example.org", "", *(f"{letter}@example.org" for letter in "bcde")]
    concerns = [
        make_concern(walsall, text=f"Bikes {number}", contact={"email": email} if email else None)
        for number, email in enumerate(emails)
    ]

    def told():
        return [item.title for item in row.news(clock.add_days(timezone.now(), -1), timezone.now())]

    for concern, expected in zip(concerns, [[]] * 6 + [["A new priority: Off-road bikes"]], strict=True):
        Concern.objects.filter(pk=concern.pk).update(problem=problem)
        assert told() == expected
    Concern.objects.filter(pk=concerns[-1].pk).update(safety=True)
    assert told() == []


def test_no_news_has_a_word_of_a_concern(follower, priority, walsall, make_concern, mailoutbox):
    follower(area=walsall)
    problem = Problem.objects.create(area=walsall, title="Secret title of staff", objective="x", priority=priority)
    concern = make_concern(walsall, text="SECRET words behind number 7")
    Concern.objects.filter(pk=concern.pk).update(problem=problem)
    act(priority)
    tell_followers(settled())
    drain()
    (mail,) = [mail for mail in mailoutbox if mail.to == [SAM]]
    assert "secret" not in (mail.subject + mail.body).lower() and concern.reference not in mail.body


def test_news_ask_the_same_number_of_questions_for_one_and_for_many(priority, walsall, django_assert_num_queries):
    since, until = clock.add_days(timezone.now(), -1), settled()
    starts = timezone.now() + timedelta(days=20)

    def more():
        act(priority)
        Meeting.objects.create(area=walsall, place="Hall", starts=starts, ends=starts + timedelta(hours=1)).wards.set(
            walsall.wards.active()[:2]
        )

    more()
    with django_assert_num_queries(10):
        assert len(news.collect(since, until)) == 3
    for _number in range(20):
        more()
    with django_assert_num_queries(10):
        assert len(news.collect(since, until)) == 43


def test_two_sweeps_write_one_message(follower, priority, monkeypatch):
    row = follower()
    until = clock.add_minutes(settled(), -10)
    row.news_note(until).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.news_note(until).save()
    assert tell_followers(settled()) == 0


# ---- the subscription's own rules ------------------------------------------------------------------------------------
@pytest.mark.parametrize("place", [{}, {"ward": True, "area": True}])
def test_a_subscription_is_to_one_thing(place, walsall, bloxwich_west):
    chosen = {name: {"ward": bloxwich_west, "area": walsall}[name] for name in place}
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(email_key="k", sealed="s", **chosen)


def test_a_message_is_about_one_thing(make_concern, walsall, follower):
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.create(kind="news", recipient="follower")
    with pytest.raises(IntegrityError), transaction.atomic():
        Notification.objects.create(
            kind="news", recipient="follower", concern=make_concern(walsall), subscription=follower()
        )


# ---- questions for a meeting -----------------------------------------------------------------------------------------
@pytest.fixture
def meeting(walsall):
    starts = timezone.now() + timedelta(days=5)
    return Meeting.objects.create(area=walsall, place="Library", starts=starts, ends=starts + timedelta(hours=1))


def test_the_team_is_told_of_questions_once_an_hour_and_without_their_words(meeting, walsall, mailoutbox):
    walsall.email = "walsall.team@example.org"
    walsall.save()
    for number in range(3):
        MeetingQuestion.objects.create(meeting=meeting, text=f"Secret question {number}")
    assert (tell_of_questions(), tell_of_questions(), drain()) == (1, 0, 1)
    (mail,) = mailoutbox
    assert mail.to == ["walsall.team@example.org"] and "Secret" not in mail.body + mail.subject
    assert f"/admin/areas/meeting/{meeting.pk}/change/" in mail.body
    MeetingQuestion.objects.create(meeting=meeting, text="One more")
    assert tell_of_questions() == 0
    assert tell_of_questions(clock.add_minutes(timezone.now(), 61)) == 1


def test_without_a_mailbox_the_commander_is_told_and_without_one_the_force(meeting, walsall, commander_of, mailoutbox):
    type(walsall).objects.filter(pk=walsall.pk).update(email="")
    MeetingQuestion.objects.create(meeting=meeting, text="Who?")
    tell_of_questions()
    drain()
    commander_of(walsall)
    MeetingQuestion.objects.create(meeting=meeting, text="Who now?")
    tell_of_questions(clock.add_minutes(timezone.now(), 61))
    Notification.objects.update(due=timezone.now())
    drain()
    assert mailoutbox[0].to != mailoutbox[1].to == ["commander.walsall@example.org"]


def test_published_questions_and_meetings_that_are_over_need_nobody(meeting):
    MeetingQuestion.objects.create(meeting=meeting, text="Shown", published=True)
    assert tell_of_questions() == 0
    MeetingQuestion.objects.create(meeting=meeting, text="Late")
    Meeting.objects.update(starts=timezone.now() - timedelta(hours=2), ends=timezone.now() - timedelta(hours=1))
    assert tell_of_questions() == 0


# ---- feeds -----------------------------------------------------------------------------------------------------------
def entries(response):
    return re.findall(r"<entry><title>(.*?)</title>", response.content.decode())


def test_feeds_hold_the_news_of_their_place(client, priority, walsall, bloxwich_west):
    act(priority, "We <b>took</b> two bikes.")
    Priority.objects.create(area=walsall, title="Speeding", you_said="Fast.", published=True)
    other = walsall.wards.active().exclude(pk=bloxwich_west.pk).first()
    both = ["A new priority: Off-road bikes", "A new priority: Speeding", "We did: Off-road bikes"]
    assert sorted(entries(client.get("/areas/walsall/feed/"))) == both
    assert sorted(entries(client.get(f"{bloxwich_west.get_absolute_url()}feed/"))) == both
    assert entries(client.get(f"{other.get_absolute_url()}feed/")) == ["A new priority: Speeding"]
    assert entries(client.get("/areas/dudley/feed/")) == []
    assert "&lt;b&gt;" in client.get("/areas/walsall/feed/").content.decode()


def test_feed_is_atom_and_can_be_kept(client, priority):
    first = client.get("/areas/walsall/feed/")
    assert first["Content-Type"] == "application/atom+xml; charset=utf-8" and not first.cookies
    assert client.get("/areas/walsall/feed/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    act(priority)
    assert client.get("/areas/walsall/feed/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_entry_keeps_its_id(client, priority):
    def ids():
        return re.findall(r"<id>(tag:.*?)</id>", client.get("/areas/walsall/feed/").content.decode())

    before = ids()
    priority.title = "Bikes on the green"
    priority.save()
    assert ids() == before and len(before) == 1


def test_feed_of_a_ward_out_of_use_is_gone(client, bloxwich_west):
    type(bloxwich_west).objects.filter(pk=bloxwich_west.pk).update(active=False)
    assert client.get(f"{bloxwich_west.get_absolute_url()}feed/").status_code == 404


def test_pages_lead_to_feed_and_follow(client, bloxwich_west):
    page = client.get(bloxwich_west.get_absolute_url()).content.decode()
    assert f'href="/follow/?ward={bloxwich_west.code}"' in page
    assert f'type="application/atom+xml" title="Bloxwich West" href="{bloxwich_west.get_absolute_url()}feed/"' in page
    assert 'href="/follow/?area=walsall"' in client.get("/areas/walsall/").content.decode()
    assert 'href="/follow/?area=walsall"' in client.get("/priorities/?area=walsall").content.decode()


# ---- through a real mail server --------------------------------------------------------------------------------------
def test_double_opt_in_and_one_click_stop_through_real_mail(visitor, sink, bloxwich_west, walsall):
    ask(visitor, f"ward={bloxwich_west.code}", pace="at_once")
    assert drain() == 1
    to, raw = sink.messages[0]
    first = email.message_from_string(raw, policy=email.policy.default)
    assert to == SAM and first["Auto-Submitted"] == "auto-generated"
    link = url_in(first.get_content(), "/follow/confirm/")
    assert visitor.get(link).status_code == 200
    visitor.post(link)
    Subscription.objects.update(told_at=clock.add_minutes(timezone.now(), -30))
    act(Priority.objects.create(area=walsall, ward=bloxwich_west, title="Bikes", you_said="x", published=True))
    assert (tell_followers(settled()), drain()) == (1, 1)
    news_mail = email.message_from_string(sink.messages[1][1], policy=email.policy.default)
    assert (
        "We did: Bikes" in news_mail.get_content()
        and news_mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    )
    stop = local(news_mail["List-Unsubscribe"].strip(" <>"))
    mail_program = Client(enforce_csrf_checks=True)
    done = mail_program.post(stop, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert done.status_code == 200
    act(Priority.objects.get())
    assert (tell_followers(settled()), len(sink.messages), len(set(sink.ids()))) == (0, 2, 2)


# ---- what staff see of it --------------------------------------------------------------------------------------------
def test_staff_see_what_is_followed_and_never_by_whom(client, staff_admin, follower):
    row = follower()
    client.force_login(staff_admin)
    pages = [client.get(f"/admin/feedback/subscription/{rest}").content.decode() for rest in ("", f"{row.pk}/change/")]
    for text in pages:
        assert "Bloxwich West, Walsall" in text
        assert [secret for secret in (SAM, "sam@", row.sealed, row.email_key, str(row.uid)) if secret in text] == []


def test_staff_stop_mails_for_somebody_who_asks_and_an_auditor_does_not(client, staff_admin, auditor, follower):
    row = follower()
    stop = {"action": "stop_mails", "_selected_action": [row.pk]}
    for person, stopped in ((auditor, False), (staff_admin, True)):
        client.force_login(person)
        client.post("/admin/feedback/subscription/", stop)
        assert (Subscription.objects.get(pk=row.pk).stopped_at is not None) is stopped
