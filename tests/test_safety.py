"""The safety net: what is found, whom the person sees to call, and that somebody opens it within minutes."""

import uuid
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from areas.models import Force
from feedback import clock, post, safety
from feedback.lifecycle import SafetyDecision, TextNeeded
from feedback.models import Concern, Notification, SafetyReview, SafetyRule
from feedback.models.codes import follow_code
from feedback.models.safetyreview import alert_again

from .test_intake import ANSWERS, answer, hidden_fields, send, text_of, walk

pytestmark = pytest.mark.django_db

DANGER = "He says he will come back with a knife."


def net(*phrases, answers=""):
    return safety.net(((7, "\n".join(phrases), answers),))


def finds(phrase, text):
    return bool(net(phrase).look(text))


# ---- matching --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("knife", "A KNIFE!"),
        ("won't let me", "He won’t let me"),
        ("won't let me", "he wont let me"),
        ("self harm", "Self-harm"),
        ("knife", "kn\u200bi\u00adfe"),
        ("knife", "ｋｎｉｆｅ"),
        ("cafe", "Café"),
        ("suicide", "sucide"),
        ("suicide", "suicdie"),
        ("stab*", "stabbings"),
        ("hit ... child", "hit the little child"),
        ("killed", "killlllled"),
        ("چاقو", "اس کے پاس چاقو ہے"),
        ("nóż", "ma nóż"),
        ("ਚਾਕੂ", "ਉਸ ਕੋਲ ਚਾਕੂ ਹੈ"),
    ],
)
def test_spelling_does_not_hide_a_phrase(phrase, text):
    assert finds(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("gun", "They begun"),
        ("rape", "drape, grapes"),
        ("hit ... child", "hit one two three four child"),
        ("kill me", "kill. Them and me"),
        ("weapon", "weep on"),
        ("threat", "treat"),
    ],
)
def test_phrase_stands_in_whole_words(phrase, text):
    assert not finds(phrase, text)


def test_negation_is_not_guessed():
    assert finds("knife", "He had no knife, I think")


def test_answers_count_without_words():
    found = net("knife", answers="signpost:domestic-abuse").look("Noise.", ("signpost:domestic-abuse",))
    assert found == [safety.Found(7, "")]
    assert net("knife", answers="category:").look("Noise.", ("signpost:",)) == []


def test_net_is_made_once_for_the_same_rules():
    assert net("knife") is net("knife")


WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=9)


@given(st.text(max_size=300), st.text(max_size=300))
@example("…", "...")
@example("***", "* *")
def test_any_phrase_and_any_text_can_be_compared(phrase, text):
    net(phrase).look(text)


@given(st.lists(WORDS, min_size=1, max_size=4), st.text(max_size=60), st.text(max_size=60))
def test_phrase_is_found_wherever_it_stands(words, before, after):
    """Whatever stands round it, apart from it: a phrase finds itself, and in capitals it is the same words."""
    phrase = " ".join(words)
    if safety.phrase_words(phrase) and safety.words_of(phrase) == safety.words_of(f" {phrase} "):
        assert finds(phrase, f"{before} . {phrase} . {after}")


@given(st.text(max_size=200))
def test_plain_words_are_plain_already(text):
    words = safety.words_of(text)
    assert safety.words_of(" ".join(words)) == words


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Nothing at all.", []),
        ("He killed it, kill, kills.", [1]),
        ("Ask my mum.", [1]),
        ("My dad.", []),
        ("A dirty old hatchet.", [2, 3]),
        ("A dirty old hatchrt.", [2, 3]),  # a slip
        ("Dirti old hatchet; a screwdriver.", [2, 3]),
        ("A scrwdriver, and my mum.", [1, 3]),
        ("kil dirty my skill", []),
    ],
)
def test_each_rule_reads_the_texts_in_which_a_phrase_of_it_may_begin(text, rules):
    together = safety.net(((1, "kill*\nmy mum", ""), (2, "hatchet", ""), (3, "dirty ... hatchet\nscrewdriver", "")))
    assert [one.rule for one in together.look(text)] == rules


def test_every_rule_of_the_pack_passes_its_own_examples():
    rules = SafetyRule.objects.all()
    assert {rule.code: rule.wrong_examples() for rule in rules} == {rule.code: {} for rule in rules}
    assert {rule.kind for rule in rules} == set(SafetyRule.Kind.values)
    assert [rule.code for rule in rules if not (rule.must_match and rule.must_not_match)] == []
    assert [rule.code for rule in rules if not rule.signposts.filter(code="emergency").exists()] == []


def test_rule_that_fails_its_examples_is_not_saved():
    rule = SafetyRule(
        code="x", name="X", kind="hate", phrases="knife", must_match="A spoon.", must_not_match="A knife."
    )
    with pytest.raises(ValidationError) as refused:
        rule.full_clean()
    assert set(refused.value.message_dict) == {"must_match", "must_not_match"}
    assert "A spoon." in refused.value.message_dict["must_match"][0]


def test_rule_switched_off_finds_nothing(make_concern, walsall):
    assert make_concern(walsall, text=DANGER).safety is True
    SafetyRule.objects.update(active=False)
    assert make_concern(walsall, text=DANGER).safety is False


# ---- what comes in ---------------------------------------------------------------------------------------------------


def test_danger_starts_a_review_of_fifteen_minutes_and_tells_the_desk(make_concern, walsall, desk):
    concern = make_concern(walsall, text=DANGER)
    review = concern.safety_reviews.get()
    assert (review.found, [rule.code for rule in review.rules.all()]) == ("knife", ["weapons"])
    assert review.due_at == clock.add_minutes(review.at, 15)
    assert list(Concern.objects.visible_to(desk)) == [concern]
    assert sorted(concern.notifications.values_list("kind", "recipient")) == [
        ("received", "commander"), ("safety", "duty"),
    ]  # fmt: skip


def test_plain_words_start_no_review(make_concern, walsall):
    concern = make_concern(walsall)
    assert (concern.safety, concern.safety_reviews.count()) == (False, 0)


def test_place_and_times_are_read_too(make_concern, walsall):
    assert make_concern(walsall, place="Where the stabbing was").safety is True


def test_answer_of_a_signpost_means_danger(make_concern, walsall):
    concern = make_concern(walsall, signpost="domestic-abuse")
    assert [rule.code for rule in concern.safety_reviews.get().rules.all()] == ["domestic-abuse"]


def test_api_goes_through_the_same_net(client):
    body = {"category": "other", "text": DANGER, "area": "walsall"}
    answered = client.post(
        "/api/v1/concerns/", body, content_type="application/json", headers={"Idempotency-Key": str(uuid.uuid4())}
    )
    assert (answered.status_code, Concern.objects.get().safety, SafetyReview.objects.count()) == (201, True, 1)


def test_repeated_form_starts_one_review(make_concern, walsall):
    key = uuid.uuid4()
    for _n in range(2):
        make_concern(walsall, key=key, text=DANGER)
    assert (SafetyReview.objects.count(), Notification.objects.filter(kind="safety").count()) == (1, 1)


# ---- the person ------------------------------------------------------------------------------------------------------


def test_person_sees_whom_to_call_before_the_receipt(client):
    walk(client, text="My husband hits me every night.")
    assert send(client).url == "/report/next/"
    page = client.get("/report/next/")
    html, shown = page.content.decode(), text_of(page)
    assert "<title>Thank you" in html
    assert page["Cache-Control"] == "no-store"
    assert "govuk-exit-this-page" in html
    assert 'href="tel:999"' in html
    assert "Is someone hurting or scaring you at home?" in shown
    assert 'href="/report/sent/"' in html
    assert client.get("/report/sent/").status_code == 200


@pytest.mark.parametrize(
    ("text", "category", "leaves"),
    [
        ("My husband hits me every night.", "asb-vehicle", True),
        ("Noise.", "asb-neighbour", True),
        (DANGER, "asb-vehicle", False),
        ("Noise.", "asb-vehicle", False),
    ],
)
def test_the_receipt_can_be_left_at_once_where_somebody_may_look_on(client, text, category, leaves):
    """As the page with help before it, and the person's own page after it."""
    walk(client, "/report/where/", category=category)
    answer(client, "/report/what/also/")
    for path in list(ANSWERS)[2:]:
        answer(client, path, **{name: text if name == "text" else value for name, value in ANSWERS[path].items()})
    send(client)
    page = client.get("/report/sent/").content.decode()
    assert "<title>We have it" in page
    assert ("govuk-js-exit-this-page-button" in page) == leaves


@pytest.mark.parametrize("text", ["I want to kill myself.", "میں خودکشی کرنا چاہتا ہوں"])
def test_who_wants_to_die_sees_somebody_to_talk_to(client, text):
    walk(client, text=text)
    assert send(client).url == "/report/next/"
    page = client.get("/report/next/").content.decode()
    assert [f'href="tel:{number}"' in page for number in ("999", "116123")] == [True, True]


def test_sending_twice_still_shows_whom_to_call(client):
    walk(client, text=DANGER)
    form = hidden_fields(client.get("/report/check/"))
    assert [client.post("/report/check/", form).url for _n in range(2)] == ["/report/next/"] * 2


def test_others_go_straight_to_the_receipt(client):
    walk(client)
    assert send(client).url == "/report/sent/"
    assert client.get("/report/next/").url == "/report/sent/"


def test_no_mail_says_why_it_was_sent(client, make_concern, walsall):
    contact = {"name": "Pat", "email": "pat@example.org", "safe_to_contact": True}
    make_concern(walsall, text=DANGER, contact=contact)
    words = [letter.subject + letter.body for letter in map(post.letter, Notification.objects.all()) if letter]
    assert len(words) == 3
    for word in ("safety", "risk", "knife", "weapon", "help line", "review"):
        assert [text for text in words if word in text.casefold()] == []


@pytest.fixture
def opened(client, make_concern, walsall):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    client.post(reverse("tracking:start"), {"reference": concern.reference, "code": follow_code(key)})
    return client, concern


def write(client, text):
    key = client.get("/track/concern/").context["form"]["key"].value()
    return client.post("/track/concern/", {"text": text, "key": key})


def test_message_goes_through_the_same_net(opened):
    client, concern = opened
    assert write(client, "I want to kill myself.").url == "/track/next/"
    concern.refresh_from_db()
    assert (concern.safety, concern.safety_reviews.get().update.text) == (True, "I want to kill myself.")
    page = client.get("/track/next/")
    assert "Thank you. We have what you wrote" in text_of(page)
    assert (page["Cache-Control"], 'href="/track/leave/"' in page.content.decode()) == ("no-store", True)
    write(client, "Thank you.")
    assert client.get("/track/next/").status_code == 200  # whoever comes back still finds whom to call


# ---- who is on duty --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "to"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), "desk@example.org"),
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "duty@example.org"),
        (datetime(2026, 7, 20, 6, 0, tzinfo=UTC), "desk@example.org"),  # 7am in London
        (datetime(2026, 7, 20, 22, 30, tzinfo=UTC), "duty@example.org"),
    ],
)
def test_alert_goes_to_whoever_is_on_duty(moment, to, make_concern, walsall, time_machine):
    time_machine.move_to(moment, tick=False)
    make_concern(walsall, text=DANGER)
    letter = post.letter(Notification.objects.get(kind="safety"))
    assert letter.to == [to]
    assert letter.subject.startswith("Please open WMP-")


def test_days_of_the_desk_count(time_machine):
    force = Force.objects.get()
    force.desk_weekdays = "0-4"
    saturday, monday = datetime(2026, 11, 28, 12, tzinfo=UTC), datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert [clock.desk_is_open(force, day) for day in (saturday, monday)] == [False, True]


def test_unopened_review_alerts_every_fifteen_minutes_and_stands_as_missed(make_concern, walsall, desk, time_machine):
    start = datetime(2026, 11, 23, 12, tzinfo=UTC)
    time_machine.move_to(start, tick=False)
    concern = make_concern(walsall, text=DANGER)
    seen = []
    for minutes in (14, 15, 16, 30):
        time_machine.move_to(clock.add_minutes(start, minutes), tick=False)
        seen.append((alert_again(), Concern.objects.visible_to(desk).safety_missed().count()))
    assert seen == [(0, 0), (1, 0), (0, 1), (1, 1)]
    concern.open_review(by=desk)
    time_machine.move_to(clock.add_minutes(start, 60), tick=False)
    assert (alert_again(), Concern.objects.visible_to(desk).safety_missed().count()) == (0, 0)
    assert concern.safety_reviews.get().missed is True


# ---- who decides -----------------------------------------------------------------------------------------------------


def test_opening_the_page_stops_the_alerts(signed_in, make_concern, walsall, desk, auditor):
    concern = make_concern(walsall, text=DANGER)
    signed_in(auditor).get(concern.get_absolute_url())
    assert SafetyReview.objects.unopened().count() == 1
    page = text_of(signed_in(desk).get(concern.get_absolute_url()))
    assert SafetyReview.objects.get().opened_by == desk
    assert "Somebody may be in danger These words were found: knife ." in page


def test_reviewer_says_what_was_found(signed_in, make_concern, walsall, desk):
    concern = make_concern(walsall, text="They stole my kitchen knife set.")
    client = signed_in(desk)
    page = client.get(concern.get_absolute_url()).content.decode()
    assert [choice in page for choice in SafetyDecision.values] == [True] * 4
    form = {"version": concern.version, "seen": 0, "text": "Theft of a set."}
    url = reverse("casework:safety", args=[concern.reference])
    assert client.post(url, form).status_code == 422
    assert client.post(url, form | {"decision": "false_alarm"}).status_code == 303
    review, concern = SafetyReview.objects.get(), Concern.objects.get()
    assert (review.decision, review.words, review.decided_by, concern.safety) == (
        "false_alarm", "Theft of a set.", desk, False,
    )  # fmt: skip
    rule = SafetyRule.objects.with_alarms().get(code="weapons")
    assert (rule.alarms, rule.false_alarms) == (1, 1)
    assert concern.updates.last().text == "It is a false alarm. Theft of a set."


def test_decision_needs_words(make_concern, walsall, desk):
    concern = make_concern(walsall, text=DANGER)
    with pytest.raises(TextNeeded):
        concern.review_safety(False, " ", decision=SafetyDecision.STAYS, by=desk)
    assert SafetyReview.objects.undecided().count() == 1


def test_colleague_starts_the_clock_too(make_concern, walsall, walsall_officer, desk):
    concern = make_concern(walsall)
    concern.review_safety(True, "She sounded afraid.", by=walsall_officer)
    review = concern.safety_reviews.get()
    assert (review.opened_at, review.due_at) == (None, clock.add_minutes(review.at, 15))
    concern.review_safety(False, "Spoke with her.", by=desk, decision=SafetyDecision.ADVISED_999)
    assert SafetyReview.objects.get().decision == "advised_999"


def test_rule_in_the_admin_shows_how_often_it_was_wrong(signed_in, staff_admin, make_concern, walsall, desk):
    make_concern(walsall, text=DANGER).review_safety(False, "No.", decision=SafetyDecision.FALSE_ALARM, by=desk)
    page = signed_in(staff_admin).get(reverse("admin:feedback_safetyrule_changelist")).content.decode()
    assert 'class="field-alarms">1<' in page
    assert 'class="field-false_alarms">1<' in page
