"""Before sending: what points to a person, whether others told us, too, and what may not be a real concern."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.stamp import today_in_london
from areas.models import Priority
from feedback import clock, personal
from feedback.following import news
from feedback.lifecycle import SecondPersonNeeded
from feedback.models import Category, Concern, Problem, SafetyReview, Voice, count_people
from feedback.models.counting import many_behind
from feedback.models.sealing import seal, unseal

from .test_intake import answer, draft, hidden_fields, send, text_of, walk

pytestmark = pytest.mark.django_db

SAMPLE = "Mr Demo Smith of 12 High Street drives AB12 CDE. Call 07700 900123 or pat@example.org."
FOUND = ["Mr Demo Smith", "12", "AB12 CDE", "07700 900123", "pat@example.org"]


def found(text, places=()):
    return [one.words for one in personal.find(text, places)]


# ---- what points to a person -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SAMPLE, FOUND),
        ("His name is Karim Demo.", ["Karim Demo"]),
        ("We saw Karim Demo at the shops.", ["Karim Demo"]),
        ("The man at flat 3 and at No. 17b", ["flat 3", "No. 17b"]),
        ("+44 7700 900123", ["+44 7700 900123"]),
        ("A white van, plate P123 ABC or ABC 123D", ["P123 ABC", "ABC 123D"]),
    ],
)
def test_what_points_to_a_person_is_found(text, words):
    assert found(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "The lads in Bloxwich West near Leamore Park meet on Friday Night.",
        "Two bikes, 3 dogs and 12 bins in High Street.",
        "Off-road bikes on the green every evening.",
        "At 10.30pm on 24 November 2026, for 45 minutes.",
    ],
)
def test_places_numbers_and_times_point_to_nobody(text):
    assert found(text, ["Bloxwich West, Walsall"]) == []


@given(st.text(max_size=200), st.lists(st.sampled_from(["keep", "remove", "officers", ""]), min_size=12, max_size=12))
def test_no_word_is_ever_lost(text, choices):
    """What is kept stays, what is for officers stands in its place again, and only what was taken out is gone."""
    text = f"{text} {SAMPLE}"
    findings = personal.find(text)
    choices = choices[: len(findings)]
    shown, sealed = personal.decided(text, findings, choices)
    whole = "".join(words for words, _sealed in personal.in_place(shown, sealed))
    for finding, choice in reversed(list(zip(findings, choices, strict=True))):
        if choice == "remove":
            text = f"{text[: finding.start]}[taken out]{text[finding.end :]}"
    assert whole == text


def test_mark_that_somebody_typed_is_no_mark():
    shown, sealed = personal.decided(text := f"[officers only 1] {SAMPLE}", personal.find(text), ["officers"] * 5)
    assert "1" not in sealed
    assert personal.in_place(shown, sealed)[0] == ("[officers only 1] ", False)


def to_check(client, text=SAMPLE):
    walk(client, text=text)
    return hidden_fields(client.get("/report/check/"))


def test_check_page_points_out_and_keeps_everything_by_itself(client):
    to_check(client)
    page = text_of(client.get("/report/check/"))
    assert "Your words may point to a person" in page
    assert [word in page for word in FOUND] == [True] * 5
    send(client)
    concern = Concern.objects.get()
    assert (concern.text, concern.sealed_words) == (SAMPLE, "")


def test_person_decides_about_each(client, signed_in, walsall_officer):
    form = to_check(client)
    choices = {"finding-0": "officers", "finding-1": "keep", "finding-2": "remove", "finding-3": "officers"}
    client.post("/report/check/", form | choices)
    concern = Concern.objects.get()
    assert concern.text == (
        "[officers only 1] of 12 High Street drives [taken out]. Call [officers only 2] or pat@example.org."
    )
    assert unseal(concern.sealed_words) == {"1": "Mr Demo Smith", "2": "07700 900123"}
    assert (draft()["text"], SAMPLE in str(draft())) == (concern.text, False)
    page = signed_in(walsall_officer).get(concern.get_absolute_url()).content.decode()
    assert re.findall(r'<mark class="portal-words__sealed">([^<]+)<', page) == ["Mr Demo Smith", "07700 900123"]
    assert "Demo Smith" not in signed_in(walsall_officer).get("/dashboard/concerns/").content.decode()


def test_check_page_shown_again_remembers_the_choices(client, settings):
    settings.SUBMIT_RATE = "0/hour"
    form = to_check(client)
    page = client.post("/report/check/", form | {"finding-2": "remove"})
    assert page.status_code == 429
    assert re.search(r'id="finding-2-remove"[^>]*checked', page.content.decode())


def test_plain_words_are_not_asked_about(client):
    walk(client)
    assert "may point to a person" not in text_of(client.get("/report/check/"))


def test_safety_net_reads_what_was_sealed(make_concern, walsall):
    concern = make_concern(walsall, text="Ask [officers only 1].", sealed={"1": "Mr Knife, he has a machete"})
    assert (concern.safety, SafetyReview.objects.count()) == (True, 1)


def test_key_rotation_reaches_what_was_sealed(make_concern, walsall, settings):
    concern = make_concern(walsall, sealed={"1": "Pat"})
    settings.FIELD_KEYS = [settings.FIELD_KEYS[1], settings.FIELD_KEYS[0]]
    call_command("reseal_contacts", verbosity=0)
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    concern.refresh_from_db()
    assert unseal(concern.sealed_words) == {"1": "Pat"}
    assert seal({}) != ""


# ---- others told us, too ---------------------------------------------------------------------------------------------


@pytest.fixture
def bikes():
    return Category.objects.get(code="asb-vehicle")


@pytest.fixture
def told(make_concern, walsall, bloxwich_west):
    """So many people told us of the category in the ward."""

    def make(number, **answers):
        for person in range(number):
            email = answers.get("email", f"p{person}@example.org")
            contact = {"name": "Pat", "email": email}
            fields = {"category": answers["category"]} if "category" in answers else {}
            make_concern(walsall, ward=bloxwich_west, text=f"Bikes {person} " * 3, contact=contact, **fields)

    return make


def to_place(client, ward, **changed):
    """The journey up to the place, from the ward's own page; where it leads then."""
    client.post(f"/report/?ward={ward.code}", hidden_fields(client.get("/report/")) | {"sort": "concern"})
    return answer(client, "/report/what/", category=changed.get("category", "asb-vehicle")).url


def test_five_people_make_it_known(client, told, bloxwich_west):
    told(4)
    assert to_place(client, bloxwich_west) == "/report/where/exactly/"
    client.cookies.clear()
    told(1, email="fifth@example.org")
    assert to_place(client, bloxwich_west) == "/report/known/"
    page = text_of(client.get("/report/known/"))
    assert "Several people in Bloxwich West told us about this lately: Nuisance vehicles." in page
    assert "Bikes" not in page
    assert re.findall(r"\b(?:5|five|2026)\b", page.partition("Others told us, too")[2].partition("No officer")[0]) == []


def test_one_person_five_times_makes_nothing_known(client, told, bloxwich_west):
    told(5, email="same@example.org")
    assert to_place(client, bloxwich_west) == "/report/where/exactly/"


def test_what_is_long_ago_makes_nothing_known(client, told, bloxwich_west):
    told(5)
    Concern.objects.update(received_at=clock.add_days(timezone.now(), -91))
    assert to_place(client, bloxwich_west) == "/report/where/exactly/"


@pytest.mark.parametrize("code", ["asb-drugs", "asb-neighbour", "crime-burglary"])
def test_sensitive_matters_are_never_known(code, told, bloxwich_west):
    category = Category.objects.get(code=code)
    told(6, category=category)
    assert Voice.objects.known(bloxwich_west, category) is False


@pytest.fixture
def priority(make_concern, walsall, bloxwich_west):
    priority = Priority.objects.create(
        area=walsall, ward=bloxwich_west, title="Bikes on the green", you_said="Bikes.", published=True
    )
    problem = Problem.objects.create(area=walsall, title="Bikes", priority=priority)
    for number in range(5):
        make_concern(walsall, ward=bloxwich_west, text=f"Bikes {number}", contact={"email": f"b{number}@example.org"})
    Concern.objects.update(problem=problem, received_at=clock.add_days(timezone.now(), -200))
    return priority


def test_published_priority_makes_it_known(client, priority, bloxwich_west):
    assert to_place(client, bloxwich_west) == "/report/known/"
    assert "Bikes on the green" in text_of(client.get("/report/known/"))


def test_priority_that_is_not_published_makes_nothing_known(priority, bloxwich_west, bikes):
    Priority.objects.filter(pk=priority.pk).update(published=False)
    assert Voice.objects.known(bloxwich_west, bikes) is False


def test_voice_is_added_without_typing_and_counts_once(client, priority, bloxwich_west, bikes):
    to_place(client, bloxwich_west)
    for _n in range(2):
        assert answer(client, "/report/known/", voice="1").url == "/report/known/thanks/"
    thanks = text_of(client.get("/report/known/thanks/"))
    assert "Thank you. Your voice counts" in thanks
    assert thanks.count("Tell us more") == 1 and "If somebody is in danger now, call 999." in thanks
    assert Voice.objects.filter(ward=bloxwich_west, category=bikes).count() == 1
    assert (Voice.objects.get().priority, count_people()) == (priority, 1)
    priority.refresh_from_db()
    assert priority.counted == 6
    assert answer(client, "/report/where/exactly/").url == "/report/details/"


def test_voice_with_the_same_contact_counts_once(bloxwich_west, bikes):
    contact = {"email": "Pat@example.org"}
    added = [Voice.add(bloxwich_west, bikes, caller=f"192.0.2.{n}", contact=contact) for n in range(2)]
    assert added == [True, False]
    assert "example" not in Voice.objects.get().person_key


def test_voice_without_contact_counts_once_for_each_connection_and_day(bloxwich_west, bikes, monkeypatch):
    def add(caller):
        return Voice.add(bloxwich_west, bikes, caller=caller)

    assert [add("192.0.2.1"), add("192.0.2.1"), add("192.0.2.2")] == [True, False, True]
    today = today_in_london()
    monkeypatch.setattr("feedback.models.voice.today_in_london", lambda: today + timedelta(days=1))
    assert [add("192.0.2.1"), add("192.0.2.1")] == [True, False]
    keys = list(Voice.objects.values_list("person_key", flat=True))
    assert (len(set(keys)), any("192" in key and len(key) != 64 for key in keys)) == (3, False)


def test_new_journeys_of_one_connection_are_one_person(client, priority, bloxwich_west, bikes):
    for _n in range(4):
        client.cookies.clear()
        to_place(client, bloxwich_west)
        assert answer(client, "/report/known/", voice="1").url == "/report/known/thanks/"
    assert Voice.objects.filter(ward=bloxwich_west, category=bikes).count() == 1


def test_priority_of_few_of_a_kind_makes_nothing_known(client, priority, bloxwich_west, bikes):
    """One concern of a kind behind a priority of another once told that "others told us, too"."""
    Concern.objects.filter(pk=Concern.objects.first().pk).update(category=Category.objects.get(code="asb-rowdy"))
    assert (priority.pk in many_behind(bikes), Voice.objects.known(bloxwich_west, bikes)) == (False, False)
    assert Voice.objects.known(bloxwich_west, Category.objects.get(code="asb-rowdy")) is False
    assert news.priorities_about(bikes) == set()


@pytest.mark.parametrize(
    "gone",
    [
        {"suspected": True},
        {"safety": True},
        {"outcome": "withdrawn"},
        {"outcome": "not_a_concern"},
        {"outcome": "merged"},
    ],
    ids=str,
)
def test_what_does_not_count_makes_nothing_known(gone, told, priority, bloxwich_west, bikes):
    assert (Voice.objects.known(bloxwich_west, bikes), news.priorities_about(bikes)) == (True, {priority.pk})
    one = {"resolved_at": timezone.now(), "status": "resolved"} if "outcome" in gone else {}
    Concern.objects.filter(pk=Concern.objects.first().pk).update(**gone, **one)
    assert (Voice.objects.known(bloxwich_west, bikes), news.priorities_about(bikes)) == (False, set())
    told(5)
    assert Voice.objects.known(bloxwich_west, bikes) is True
    Concern.objects.filter(pk=Concern.objects.order_by("pk").last().pk).update(**gone, **one)
    assert Voice.objects.known(bloxwich_west, bikes) is False


def test_people_without_a_way_to_reach_them_make_nothing_known(make_concern, walsall, bloxwich_west, bikes):
    for number in range(9):
        make_concern(walsall, ward=bloxwich_west, text=f"Quite another thing: {number} {'ab'[number % 2] * 40}")
    assert Voice.objects.known(bloxwich_west, bikes) is False


def test_whoever_has_more_to_say_goes_on(client, priority, bloxwich_west):
    to_place(client, bloxwich_west)
    assert answer(client, "/report/known/").url == "/report/where/exactly/"
    assert Voice.objects.count() == 0


def test_changed_matter_is_asked_anew(client, priority, bloxwich_west):
    to_place(client, bloxwich_west)
    assert answer(client, "/report/what/", category="asb-rowdy").url == "/report/where/exactly/"
    assert client.get("/report/known/").url == "/report/"


# ---- what may not be real --------------------------------------------------------------------------------------------


def test_field_that_no_person_sees_marks_and_refuses_nothing(client):
    walk(client)
    assert answer(client, "/report/check/", website="http://spam.example").url == "/report/sent/"
    assert Concern.objects.get().suspected is True
    assert "We have your concern" in text_of(client.get("/report/sent/"))


def test_answers_faster_than_anybody_can_give_are_marked(client, settings):
    settings.SPAM_SECONDS = 60
    walk(client)
    send(client)
    assert Concern.objects.get().suspected is True


def test_person_is_not_marked(client):
    walk(client)
    send(client)
    assert Concern.objects.get().suspected is False


def test_burst_of_nearly_the_same_words_is_marked_from_the_fourth(make_concern, walsall, dudley):
    text = "Buy cheap watches at our shop, the best in town, offer number {}."
    marked = [make_concern(walsall, text=text.format(number)).suspected for number in range(5)]
    assert marked == [False, False, False, True, True]
    assert make_concern(dudley, text=text.format(9)).suspected is False
    assert make_concern(walsall, text="Somebody races along our road each night at eleven.").suspected is False


def test_second_person_confirms(make_concern, walsall, walsall_officer, walsall_commander):
    concern = make_concern(walsall)
    concern.doubt("An advert.", by=walsall_officer)
    concern.doubt("Still an advert.", by=walsall_officer)
    assert (concern.suspected, concern.status, concern.clock.state) == (True, "received", "due")
    assert list(Concern.objects.visible_to(walsall_commander).suspected()) == [concern]
    concern.doubt("I agree.", by=walsall_commander)
    assert (concern.status, concern.outcome) == ("resolved", "not_a_concern")
    assert Concern.objects.count() == 1


def test_nobody_closes_alone_what_the_portal_marked(make_concern, walsall, walsall_officer, walsall_commander):
    concern = make_concern(walsall)
    Concern.objects.filter(pk=concern.pk).update(suspected=True)
    concern.refresh_from_db()
    for person in (walsall_officer, walsall_commander):
        with pytest.raises(SecondPersonNeeded):
            concern.resolve("not_a_concern", "An advert.", by=person)
    concern.doubt("An advert.", by=walsall_officer)
    concern.resolve("not_a_concern", "Not for us.", by=walsall_commander)
    assert concern.status == "resolved"


def test_real_concern_goes_back_to_the_others(signed_in, make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    concern.doubt("An advert?", by=walsall_officer)
    client, url = signed_in(walsall_officer), reverse("casework:doubt", args=[concern.reference])
    page = text_of(client.get(concern.get_absolute_url()))
    assert "This may not be a real concern" in page
    form = {"version": concern.version, "seen": 0, "text": "No, it is real."}
    assert client.post(url, form).status_code == 422
    assert client.post(url, form | {"real": "yes"}).status_code == 303
    concern.refresh_from_db()
    assert (concern.suspected, concern.doubted_by) == (False, None)
