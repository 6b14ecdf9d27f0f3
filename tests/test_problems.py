"""Problems: concerns about the same are linked, and who contributed is told once of what is done, until they say stop."""

import re
import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.stamp import LONDON, days_ago, today_in_london
from areas.models import Meeting, Priority, PriorityAction
from feedback.lifecycle import ProblemElsewhere
from feedback.models import (
    Announcement,
    Category,
    Concern,
    ContactStop,
    Notification,
    Problem,
    Voice,
    announce,
    announcement,
    count_people,
)
from feedback.models.announcement import contributors
from feedback.models.codes import follow_code
from feedback.models.concern import Stale
from feedback.models.notification import drain
from feedback.stopping import stop_url

from .racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What is published is settled."""
    monkeypatch.setattr(announcement, "SETTLE", timedelta())


@pytest.fixture
def priority(walsall):
    return Priority.objects.create(area=walsall, title="Bikes", you_said="Bikes race here.", published=True)


@pytest.fixture
def problem(walsall, priority):
    return Problem.objects.create(area=walsall, title="Bikes on the green", priority=priority)


@pytest.fixture
def told(make_concern, walsall, bloxwich_west, problem):
    """Makes a concern of that problem by somebody with an address: `told("sam")`."""

    def make(handle="sam", *, safe=True, email=None, phone="", **answers):
        email = f"{handle}@example.org" if email is None else email
        contact = {"name": "Demo", "email": email, "phone": phone, "safe_to_contact": safe}
        concern = make_concern(walsall, ward=bloxwich_west, contact=contact, **answers)
        concern.problem = problem
        concern.save()
        return concern

    return make


def publish(priority, text="We walked there."):
    action = PriorityAction(priority=priority, text=text)
    action.show(True)
    action.save()
    return action


def news():
    return Notification.objects.filter(kind="action")


# ---- linking ---------------------------------------------------------------------------------------------------------


def act(client, concern, **said):
    seen = concern.updates.order_by("-pk").first().pk
    concern.refresh_from_db()
    return client.post(
        reverse("casework:problem", args=[concern.reference]), {"version": concern.version, "seen": seen, **said}
    )


def test_officer_links_a_concern_to_a_problem(signed_in, walsall_officer, make_concern, walsall, problem):
    concern = make_concern(walsall)
    assert act(signed_in(walsall_officer), concern, problem=problem.pk).status_code == 303
    concern.refresh_from_db()
    assert (concern.problem, concern.status, concern.version) == (problem, "received", 2)
    line = concern.updates.get(kind="problem")
    assert (line.text, line.public, line.by) == ("Bikes on the green", False, walsall_officer)


def test_officer_begins_a_problem_and_takes_a_concern_out_again(signed_in, walsall_officer, make_concern, walsall):
    concern, client = make_concern(walsall), signed_in(walsall_officer)
    assert act(client, concern, new="Dark alley").status_code == 303
    concern.refresh_from_db()
    assert (concern.problem.title, concern.problem.area) == ("Dark alley", walsall)
    assert act(client, concern, problem="").status_code == 303
    concern.refresh_from_db()
    assert concern.problem is None and Problem.objects.count() == 1


def test_one_answer_is_meant_not_two(signed_in, walsall_officer, make_concern, walsall, problem):
    concern = make_concern(walsall)
    assert act(signed_in(walsall_officer), concern, problem=problem.pk, new="Another").status_code == 422
    concern.refresh_from_db()
    assert concern.problem is None and Problem.objects.count() == 1


def test_problems_of_other_areas_and_ended_ones_are_not_offered(
    signed_in, walsall_officer, make_concern, walsall, dudley
):
    theirs = Problem.objects.create(area=dudley, title="Theirs in Dudley")
    over = Problem.objects.create(area=walsall, title="Over long ago", ended_on=days_ago(3), assessment="Gone.")
    concern, client = make_concern(walsall), signed_in(walsall_officer)
    page = client.get(concern.get_absolute_url()).content.decode()
    assert theirs.title not in page and over.title not in page
    assert [act(client, concern, problem=one.pk).status_code for one in (theirs, over)] == [422, 422]
    with pytest.raises(ProblemElsewhere):
        concern.link_to(theirs, by=walsall_officer)


def test_second_of_two_who_link_at_once_is_stale_and_leaves_no_problem(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    concern.begin_problem("First", by=walsall_officer, version=1)
    with pytest.raises(Stale):
        concern.begin_problem("Second", by=walsall_officer, version=1)
    assert list(Problem.objects.values_list("title", flat=True)) == ["First"]


def test_concern_that_moves_to_another_area_leaves_the_problem(told, dudley, walsall_commander):
    concern = told()
    concern.move_to_area(dudley, "It is in Dudley.", by=walsall_commander)
    concern.refresh_from_db()
    assert concern.problem is None


def test_priority_of_another_area_is_refused(dudley, priority):
    with pytest.raises(Exception, match="belongs to another area"):
        Problem(area=dudley, title="Bikes", priority=priority).full_clean()


# ---- who is told -----------------------------------------------------------------------------------------------------


def test_each_person_is_told_once_by_their_last_safe_concern(told, priority):
    told("sam")
    last = told("sam", email=" SAM@example.org ")
    kim = told("kim")
    told("unsafe", safe=False)
    told("nobody", email="")
    told("withdrawn").move_to("resolved", outcome="withdrawn")
    publish(priority)
    assert announce() == 2
    assert set(news().values_list("concern", "recipient")) == {(last.pk, "reporter"), (kim.pk, "reporter")}
    assert announce() == 0 and news().count() == 2
    assert Announcement.objects.get().told == 2


def test_nobody_is_told_of_what_the_public_can_not_read(told, priority):
    told()
    draft = publish(priority)
    draft.show(False)
    draft.save()
    assert announce() == 0
    priority.published = False
    priority.save()
    publish(priority)
    assert announce() == 0 and not Announcement.objects.exists()


def test_what_is_taken_back_at_once_is_told_to_nobody(told, priority, monkeypatch):
    told()
    monkeypatch.setattr(announcement, "SETTLE", timedelta(seconds=20))
    now = timezone.now()
    action = publish(priority)
    assert announce(now) == 0
    action.show(False)
    action.save()
    assert announce(now + timedelta(minutes=1)) == 0
    action.show(True)
    action.save()
    assert (announce(now + timedelta(seconds=10)), announce(now + timedelta(minutes=1))) == (0, 1)
    priority.outcome, priority.ended_on = "Over.", today_in_london()
    priority.save()
    assert (announce(now + timedelta(seconds=10)), announce(now + timedelta(minutes=1))) == (0, 1)


def test_action_that_is_taken_back_and_shown_again_is_told_once(told, priority):
    told()
    action = publish(priority)
    assert announce() == 1
    for shown in (False, True):
        action.show(shown)
        action.save()
    assert announce() == 0 and news().count() == 1


def test_who_is_linked_afterwards_hears_of_the_next_action_alone(told, priority):
    publish(priority)
    assert announce() == 0
    told()
    assert announce() == 0
    publish(priority, "And again.")
    assert announce() == 1


def test_sweep_tells_and_the_worker_sends(told, priority, mailoutbox):
    concern = told()
    drain()
    mailoutbox.clear()
    publish(priority, "We put up a barrier behind number 7.")
    call_command("sweep", "--once", verbosity=0)
    assert DBTaskResult.objects.ready().exists()
    drain()
    letter = mailoutbox[0]
    assert (len(mailoutbox), letter.to) == (1, ["sam@example.org"])
    assert concern.reference in letter.body and "#" in letter.body
    for secret in ("Bikes", "barrier", "number 7", "Bloxwich", "Walsall", concern.text):
        assert secret not in letter.body + letter.subject


def test_two_actions_are_two_messages_each_with_an_id_of_its_own(told, priority):
    told()
    for text in ("First.", "Second."):
        publish(priority, text)
    assert announce() == 2
    assert len(set(news().values_list("message_id", flat=True))) == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_everybody_once(told, priority):
    for number in range(30):
        told(f"person.{number}")
    for number in range(5):
        publish(priority, f"Number {number}")
    results = race([announce] * 8)
    assert sum(results) == 150 and news().count() == 150
    assert sorted(Announcement.objects.values_list("told", flat=True)) == [30] * 5


def test_many_contributors_cost_few_queries(told, priority, django_assert_max_num_queries):
    for number in range(40):
        told(f"person.{number}")
    publish(priority)
    with django_assert_max_num_queries(15):
        assert announce() == 40


# ---- stop ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(told, priority, mailoutbox):
    told()
    publish(priority)
    announce()
    drain()
    return next(letter for letter in mailoutbox if "List-Unsubscribe" in letter.extra_headers)


def path_of(letter, settings):
    address = re.fullmatch(r"<(.+)>", letter.extra_headers["List-Unsubscribe"])[1]
    assert address in letter.body and address.startswith(settings.BASE_URL)
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return address.removeprefix(settings.BASE_URL)


def test_one_click_stops_the_news_and_nothing_else(
    letter, client, settings, told, priority, walsall_officer, mailoutbox
):
    path = path_of(letter, settings)
    for _again in range(2):
        done = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200 and "You get no more news" in done.content.decode()
    assert ContactStop.objects.count() == 1
    concern = told("sam")
    publish(priority, "More.")
    assert announce() == 0 and list(contributors(priority.pk)) == []
    mailoutbox.clear()
    concern.reply("We come on Friday.", by=walsall_officer)
    drain()
    assert Notification.objects.get(kind="reply").state == "sent" and ["sam@example.org"] in [m.to for m in mailoutbox]


def test_opening_the_link_alone_stops_nothing(letter, client, settings):
    response = client.get(path_of(letter, settings))
    assert response.status_code == 200 and "Stop this news" in response.content.decode()
    assert response["Cache-Control"] == "no-store" and dict(response.cookies) == {}
    assert not ContactStop.objects.exists()


def test_stop_between_telling_and_sending_is_heard(told, priority, mailoutbox):
    concern = told()
    drain()
    mailoutbox.clear()
    publish(priority)
    announce()
    concern.contact.stop_news()
    drain()
    assert not mailoutbox and news().get().state == "not_needed"


@pytest.mark.parametrize("token", ["x", "a" * 32, f"{'a' * 32}:forged"])
def test_link_that_is_not_ours_is_not_found(client, token):
    assert client.post(reverse("tracking:stop", args=[token])).status_code == 404
    assert not ContactStop.objects.exists()


def test_link_whose_address_is_gone_still_says_done(client, settings):
    path = stop_url(uuid.uuid4()).removeprefix(settings.BASE_URL)
    assert client.post(path).status_code == 200 and not ContactStop.objects.exists()


# ---- how it ended ----------------------------------------------------------------------------------------------------


def end(priority, outcome="The bikes are gone."):
    priority.outcome, priority.ended_on = outcome, today_in_london()
    priority.save()


def test_contributors_are_told_once_how_it_ended(told, priority, mailoutbox):
    told("sam"), told("sam", text="Again"), told("kim", safe=False)
    assert announce() == 0
    end(priority)
    assert [announce(), announce()] == [1, 0]
    drain()
    (mail,) = [mail for mail in mailoutbox if "The police have published how it ended." in mail.body]
    assert mail.to == ["sam@example.org"]
    assert ("The bikes are gone" in mail.body, "List-Unsubscribe" in mail.extra_headers) == (False, True)
    priority.outcome, priority.ended_on = "", None
    priority.save()
    end(priority, "Gone again.")
    assert announce() == 0


def test_whoever_stopped_the_news_of_actions_hears_of_no_end(told, priority, client, settings):
    told("sam")
    publish(priority)
    assert announce() == 1
    client.post(stop_url(news().get().message_id).removeprefix(settings.BASE_URL))
    end(priority)
    assert (announce(), Notification.objects.filter(kind="ended").count()) == (0, 0)
    assert Announcement.objects.get(ended=priority).told == 0


def test_end_that_nobody_may_read_is_told_to_nobody(told, priority):
    told("sam")
    Priority.objects.update(published=False)
    priority.refresh_from_db()
    end(priority)
    assert announce() == 0
    priority.published = True
    priority.save()
    assert announce() == 1


@pytest.mark.parametrize("both", [False, True])
def test_announcement_is_of_one_thing(priority, both):
    action = publish(priority)
    with pytest.raises(IntegrityError, match="announcement_of_one_thing"), transaction.atomic():
        Announcement.objects.create(**({"action": action, "ended": priority} if both else {}))


# ---- how many people, and what the reporter reads --------------------------------------------------------------------


def test_people_are_counted_once_however_often_they_told_us(told, make_concern, walsall, problem, priority):
    told("sam"), told("sam", text="Again"), told("kim", safe=False, text="Bikes, too")
    told("phone", email="", phone="07700 900123", text="By phone")
    told("phone", email="", phone="+44 7700 900123", text="By phone, again")
    for nameless in [
        "Bikes on the green, every evening.",
        "Bikes on the green, every evening!",
        "A van without wheels",
    ]:
        concern = make_concern(walsall, text=nameless)
        concern.problem = problem
        concern.save()
    assert count_people() == 1
    priority.refresh_from_db()
    assert (priority.counted, priority.people_words) == (5, "about 5 people")
    assert count_people() == 0


@pytest.mark.parametrize("gone", [{"suspected": True}, {"outcome": "withdrawn"}, {"outcome": "not_a_concern"}], ids=str)
def test_people_who_told_nothing_that_stands_are_not_counted(gone, told, priority):
    told("sam"), told("kim")
    closed = {"resolved_at": timezone.now(), "status": "resolved"} if "outcome" in gone else {}
    Concern.objects.filter(pk=Concern.objects.first().pk).update(**gone, **closed)
    count_people()
    priority.refresh_from_db()
    assert priority.counted == 1


def test_voice_of_somebody_who_told_us_is_the_same_person(told, priority, bloxwich_west):
    told("sam")
    category = Category.objects.get(code="asb-vehicle")
    assert Voice.add(bloxwich_west, category, caller="192.0.2.1", contact={"email": "SAM@example.org"})
    Voice.objects.update(priority=priority)
    count_people()
    priority.refresh_from_db()
    assert priority.counted == 1


def test_nobody_can_watch_who_comes(client, told, priority, bloxwich_west, monkeypatch):
    """An attacker who adds what they like, one by one, and reads every public page after each, sees the number stand still."""
    category = Category.objects.get(code="asb-vehicle")
    Priority.objects.filter(pk=priority.pk).update(ward=bloxwich_west)

    def day(moment):
        monkeypatch.setattr("feedback.models.counting.today_in_london", lambda: moment)

    def seen():
        count_people()
        pages = ["/priorities/", bloxwich_west.get_absolute_url(), "/api/v1/priorities/"]
        return {
            words for url in pages for words in re.findall(r"(?:about|fewer than) \d+ people", text_of(client, url))
        }

    def text_of(client, url):
        return client.get(url).content.decode()

    today = today_in_london()
    begun = today.replace(day=1)
    for number in range(6):
        told(f"p{number}", text=f"Bikes {number}")
    Concern.objects.update(received_at=datetime.combine(begun, time(), UTC) - timedelta(days=40))
    day(today)
    watched = [seen()]
    for number in range(7):
        told(f"new{number}", text=f"More bikes {number}")
        Voice.add(bloxwich_west, category, caller=f"192.0.2.{number}")
        Voice.objects.filter(priority=None).update(priority=priority)
        watched.append(seen())
    assert watched == [{"about 5 people"}] * 8
    day((begun + timedelta(days=32)).replace(day=1))
    assert seen() == {"about 20 people"}
    Concern.objects.filter(contact__isnull=False).update(suspected=True)
    assert seen() == {"about 20 people"}


def test_month_counts_what_stood_when_it_began(told, priority):
    told("sam"), told("kim")
    today = today_in_london()
    Priority.objects.update(counted=0, counted_on=today.replace(day=1) - timedelta(days=1))
    late, early = Concern.objects.all()
    began = datetime.combine(today.replace(day=1), time(), LONDON)
    Concern.objects.filter(pk=late.pk).update(received_at=began)
    Concern.objects.filter(pk=early.pk).update(received_at=began - timedelta(seconds=1))
    count_people()
    priority.refresh_from_db()
    assert (priority.counted, priority.counted_on) == (1, today)


def test_people_of_a_priority_without_concerns_are_none(priority, told):
    told()
    count_people()
    Problem.objects.update(priority=None)
    assert count_people() == 0
    Priority.objects.update(counted_on=None)
    assert count_people() == 1
    priority.refresh_from_db()
    assert (priority.counted, priority.people_words) == (0, "")


def test_reporter_reads_the_priority_on_their_own_page(client, make_concern, walsall, problem, priority):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    client.post(reverse("tracking:start"), {"reference": concern.reference, "code": follow_code(key)})

    def page():
        return client.get(reverse("tracking:concern")).content.decode()

    publish(priority, "We put up a barrier.")
    assert "We put up a barrier." not in page()
    concern.problem = problem
    concern.save()
    assert "We put up a barrier." in page() and problem.title not in page()
    priority.published = False
    priority.save()
    assert "We put up a barrier." not in page()


def test_questions_that_stay_unpublished_are_cleared_half_a_year_later(walsall):
    for days, kept in ((200, False), (100, True)):
        starts = timezone.now() - timedelta(days=days)
        ends = starts + timedelta(hours=1)
        meeting = Meeting.objects.create(area=walsall, place=f"Hall {kept}", starts=starts, ends=ends)
        meeting.questions.create(text="Shown", published=True)
        meeting.questions.create(text="Not shown")
    call_command("sweep", "--once", verbosity=0)
    assert {
        meeting.place: sorted(meeting.questions.values_list("text", flat=True)) for meeting in Meeting.objects.all()
    } == {"Hall False": ["Shown"], "Hall True": ["Not shown", "Shown"]}
