"""Concerns that belong together, one that is really two, partners with a link, approved texts: nobody loses an answer."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from feedback import photos, readability
from feedback.casework.leaving import filename
from feedback.lifecycle import (
    AgreementNeeded,
    ConsentNeeded,
    HoldingOnly,
    LinkOver,
    NoAddress,
    PartnerNotTold,
    PersonalFacts,
    ProblemElsewhere,
    TextNeeded,
    TimeNotPossible,
)
from feedback.models import Category, Concern, Notification, Partner, Photo, Problem, ReadLog, Referral, StandardText
from feedback.models.codes import follow_code
from feedback.models.notification import drain

from .test_casework import CONTACT, SAID, WHOLE, page_of, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def council(walsall):
    return Partner.objects.create(code="demo", name="Demo council", area=walsall, email="office@example.org")


# ---- merge -----------------------------------------------------------------------------------------------------------


def test_merged_concerns_keep_their_clocks_and_their_people_are_told(make_concern, walsall, walsall_officer):
    first, second = make_concern(walsall, contact=CONTACT), make_concern(walsall, contact=CONTACT)
    first.begin_problem("Bikes on the green", by=walsall_officer)
    assert not first.updates.filter(kind="problem", public=True).exists()
    second.link_to(first.problem, by=walsall_officer)
    told = second.updates.get(kind="problem", public=True)
    assert told.text == "Others told us about the same. We work on it together, and you still get your own answer."
    assert (second.answered_at, set(Concern.objects.awaiting_reply())) == (None, {first, second})
    second.link_to(first.problem, by=walsall_officer)
    assert second.updates.filter(kind="problem", public=True).count() == 1


def test_who_was_told_of_others_is_told_when_that_holds_no_longer(make_concern, walsall, walsall_officer):
    first, second = make_concern(walsall, contact=CONTACT), make_concern(walsall, contact=CONTACT)
    first.begin_problem("Bikes on the green", by=walsall_officer)
    second.link_to(first.problem, by=walsall_officer)
    for one in (first, second, second):
        one.link_to(None, by=walsall_officer)
    apart = "We work on what you told us by itself again, not together with others. You still get your own answer."
    joined = "Others told us about the same. We work on it together, and you still get your own answer."
    told = [list(one.updates.filter(public=True, kind="problem").order_by("pk")) for one in (first, second)]
    assert [[line.text for line in lines] for lines in told] == [[], [joined, apart]]
    assert [line.kind for line in Notification.objects.filter(update__in=told[1])] == ["status", "status"]
    second.link_to(Problem.objects.create(area=walsall, title="Noise"), by=walsall_officer)
    assert second.updates.filter(public=True, kind="problem").count() == 2


def test_who_goes_from_others_to_a_problem_alone_is_told(make_concern, walsall, walsall_officer, client):
    key = uuid.uuid4()
    first, second = make_concern(walsall), make_concern(walsall, key=key)
    first.begin_problem("Bikes on the green", by=walsall_officer)
    second.link_to(first.problem, by=walsall_officer)
    second.begin_problem("Noise", by=walsall_officer)
    opened = client.post("/track/", {"reference": second.reference, "code": follow_code(key)}, follow=True)
    page = opened.content.decode()
    assert page.index("Took it apart again from what others told us") > page.index("Joined it with what others told us")


def test_a_problem_of_another_area_is_refused(make_concern, walsall, dudley, walsall_officer):
    concern = make_concern(walsall)
    with pytest.raises(ProblemElsewhere):
        concern.link_to(Problem.objects.create(area=dudley, title="Theirs"), by=walsall_officer)


def test_one_reply_goes_to_everybody_who_waits(make_concern, walsall, dudley, walsall_officer, signed_in):
    problem = Problem.objects.create(area=walsall, title="Bikes")
    waiting, second, answered, other, alone = (make_concern(walsall, contact=CONTACT) for _each in range(5))
    for one in (waiting, second, answered, other):
        one.link_to(problem, by=walsall_officer)
    answered.reply("Earlier.", by=walsall_officer)
    moved = make_concern(dudley)
    Concern.objects.filter(pk=moved.pk).update(problem=problem)
    send(signed_in(walsall_officer), other, "reply", text="The bikes are gone.", everyone="on", **WHOLE)
    replies = {
        one.pk: list(one.updates.filter(kind="reply").values_list("text", flat=True))
        for one in (waiting, second, answered, other, alone, moved)
    }
    gone = ["The bikes are gone." + SAID]
    assert replies == {
        waiting.pk: gone, second.pk: gone, answered.pk: ["Earlier."], other.pk: gone, alone.pk: [], moved.pk: [],
    }  # fmt: skip
    assert Notification.objects.filter(kind="reply", recipient="reporter", concern=second).count() == 1


# ---- split -----------------------------------------------------------------------------------------------------------


def test_the_second_of_two_has_a_clock_and_the_same_code(make_concern, walsall, bloxwich_west, walsall_officer, client):
    key = uuid.uuid4()
    concern = make_concern(walsall, ward=bloxwich_west, key=key, text="Bikes. And the lamp is dark.", contact=CONTACT)
    concern.reply("The bikes are gone.", by=walsall_officer)
    Category.objects.filter(code="env-damage").update(response_hours=24)
    second = concern.split("And the lamp is dark.", Category.objects.get(code="env-damage"), by=walsall_officer)
    second = Concern.objects.get(pk=second.pk)
    assert (second.text, second.ward, second.received_at, second.answered_at) == (
        "And the lamp is dark.", bloxwich_west, concern.received_at, None,
    )  # fmt: skip
    assert (second.due_at - second.received_at).total_seconds() == 24 * 3600
    assert second.contact.unsealed() == concern.contact.unsealed()
    assert concern.text == "Bikes. And the lamp is dark."
    assert [second.reference in concern.updates.get(kind="split").text] == [True]
    assert sorted(second.notifications.values_list("kind", "recipient")) == [
        ("receipt", "reporter"), ("received", "commander"),
    ]  # fmt: skip
    for one in (concern, second):
        opened = client.post("/track/", {"reference": one.reference, "code": follow_code(key)}, follow=True)
        assert one.reference in opened.content.decode()


def test_the_second_keeps_photos_of_its_own(make_concern, walsall, walsall_officer, signed_in):
    concern = make_concern(walsall, text="Bikes. And the lamp is dark.")
    kept = []
    for colour in ("red", "blue", "gone"):
        name = photos.new_name()
        photos.path_of(name).parent.mkdir(parents=True, exist_ok=True)
        photos.path_of(name).write_bytes(colour.encode())
        kept.append({"name": name, "width": 6, "height": 4})
    Photo.attach(concern, kept)
    photos.remove([kept[2]["name"]])  # a file that a disk lost: the second has the other two
    second = concern.split("And the lamp is dark.", concern.category, by=walsall_officer)
    client = signed_in(walsall_officer)
    shown = [client.get(f"{second.get_absolute_url()}photos/{number}/") for number in (1, 2, 3)]
    assert [answer.status_code for answer in shown] == [200, 200, 404]
    assert [b"".join(answer.streaming_content) for answer in shown[:2]] == [b"red", b"blue"]
    second.photos.all()[0].delete()
    assert [photos.path_of(photo["name"]).exists() for photo in kept] == [True, True, False]
    assert concern.photos.count() == 3


def test_the_second_stays_in_safety_review_and_in_doubt(make_concern, walsall, walsall_officer, walsall_commander):
    concern = make_concern(walsall, text="Bikes. And the lamp is dark.")
    concern.review_safety(True, "A knife, perhaps.", by=walsall_officer)
    concern.doubt("It reads like an advert.", by=walsall_officer)
    concern.refresh_from_db()
    concern.open_review(by=walsall_officer)
    second = concern.split("And the lamp is dark.", concern.category, by=walsall_officer)
    first, review = concern.safety_reviews.get(), second.safety_reviews.get()
    assert (review.at, review.due_at, review.opened_by) == (first.at, first.due_at, walsall_officer)
    assert (second.suspected, second.doubted_by) == (True, walsall_officer)
    second.review_safety(False, "It is not.", by=walsall_commander, decision="false_alarm")
    assert [one.safety_reviews.undecided().count() for one in (concern, second)] == [1, 0]


def test_a_split_without_words_makes_nothing(make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    with pytest.raises(TextNeeded):
        concern.split("  ", concern.category, by=walsall_officer)
    assert Concern.objects.count() == 1


def test_the_second_stays_hidden_from_whom_the_first_is_about(
    make_concern, walsall, walsall_commander, walsall_officer
):
    concern = make_concern(walsall)
    concern.name_person(walsall_officer, by=walsall_commander)
    second = concern.split("And the lamp.", concern.category, by=walsall_commander)
    assert list(Concern.objects.visible_to(walsall_officer)) == []
    assert second in Concern.objects.visible_to(walsall_commander)


# ---- a partner with a link -------------------------------------------------------------------------------------------


def refer(concern, council, by, **said):
    said = {"facts": "A dark lamp by the shops.", "consent": "nothing"} | said
    concern.refer(council, "The council looks at it.", by=by, **said)
    return concern.referrals.get()


def link_in(mailoutbox):
    mail = next(mail for mail in mailoutbox if mail.to == ["office@example.org"])
    return mail, re.search(r"http://\S+(/partner/\w+/)", mail.body).group(1)


def test_who_can_get_no_link_is_known_before_the_facts_are_written(
    signed_in, make_concern, walsall, walsall_officer, council
):
    Partner.objects.exclude(pk=council.pk).delete()
    Partner.objects.create(code="quiet", name="Quiet trust", area=walsall)
    forms = signed_in(walsall_officer).get(page_of(make_concern(walsall))).context["forms"]
    refer = next(form for form in forms if form.act == "refer")
    assert [str(label) for _value, label in refer.fields["partner"].choices] == [
        "Choose one", "Demo council", "Quiet trust (no e-mail address here)",
    ]  # fmt: skip


def test_a_partner_answers_once_without_an_account(make_concern, walsall, walsall_officer, council, client, mailoutbox):
    concern = make_concern(walsall, text="Quokka was my word", contact=CONTACT)
    refer(concern, council, walsall_officer)
    drain()
    mail, link = link_in(mailoutbox)
    assert [word in mail.subject + mail.body for word in ("lamp", "Quokka", "Pat Example")] == [False] * 3
    page = client.get(link)
    text = page.content.decode()
    assert [word in text for word in ("A dark lamp by the shops.", "Quokka", "Pat Example", concern.reference)] == [
        True, False, False, False,
    ]  # fmt: skip
    assert (page.status_code, "no-store" in page["Cache-Control"]) == (200, True)
    assert client.post(link, {"text": " "}).status_code == 422
    assert client.post(link, {"text": "Mended on Monday."}).status_code == 200
    line = concern.updates.get(kind="answered")
    assert (line.text, line.public, line.side, line.partner) == ("Mended on Monday.", False, "partner", council)
    assert concern.notifications.filter(kind="answered").count() == 1
    again = [client.get(link), client.post(link, {"text": "Again."}), client.get("/partner/madeup/")]
    # What is typed into a link that a colleague used meanwhile is given back, and never taken.
    assert [(one.status_code, "Again." in one.content.decode()) for one in again] == [
        (404, False),
        (404, True),
        (404, False),
    ]
    assert concern.updates.filter(kind="answered").count() == 1


def test_a_partners_link_runs_out(make_concern, walsall, walsall_officer, council, time_machine, mailoutbox, client):
    time_machine.move_to("2026-11-23T09:00:00+00:00", tick=False)
    referral = refer(make_concern(walsall), council, walsall_officer)
    drain()
    _mail, link = link_in(mailoutbox)
    time_machine.move_to("2026-12-07T09:00:01+00:00", tick=False)
    assert client.get(link).status_code == 404
    with pytest.raises(LinkOver):
        referral.answer("Too late.")


def test_guessing_links_is_slowed_down(client, settings):
    answers = [client.get("/partner/guess/").status_code for _each in range(61)]
    assert (set(answers[:60]), answers[60]) == ({404}, 429)


def test_consent_is_checked_before_anything_is_passed_on(make_concern, walsall, walsall_officer, council, signed_in):
    concern = make_concern(walsall)
    for facts in ("Ring 07700 900123 about the lamp.", "Write to pat@example.org."):
        with pytest.raises(PersonalFacts):
            refer(concern, council, walsall_officer, facts=facts)
    assert (Referral.objects.count(), concern.updates.count()) == (0, 1)
    refused = send(
        signed_in(walsall_officer), concern, "refer", partner=council.pk, text="They look.", facts="The lamp."
    )
    assert (refused.status_code, Referral.objects.count()) == (422, 0)
    with pytest.raises(AgreementNeeded):
        refer(concern, council, walsall_officer, facts="Ring 07700 900123.", consent="agreed")
    refer(concern, council, walsall_officer, facts="Ring 07700 900123.", consent="agreed", agreed="On the phone today.")
    assert Referral.objects.get().consent == "agreed"
    assert concern.updates.get(kind="note").text == f"The person agreed that {council} reads this: On the phone today."


@pytest.mark.parametrize(
    ("facts", "what"),
    [("The lamp by Mr Blenkinsop’s shop is dark.", "a name"), ("Look outside 12 Quokka Road.", "a house number"),
     ("Ask Example at the shops.", "a name"), ("ask pat example at the shops", "a name"),
     ("The car is BD51 SMR.", "a number plate"), ("Write to PAT@example.ORG", "an e-mail address or a phone number"),
     ("Ring +44 7700 900 123 about it", "an e-mail address or a phone number")],
)  # fmt: skip
def test_what_points_to_somebody_goes_to_no_partner_unasked(
    make_concern, walsall, walsall_officer, council, facts, what
):
    concern = make_concern(walsall, contact=CONTACT)
    for consent in ("nothing", "law"):
        with pytest.raises(PersonalFacts, match=f"This holds {what}"):
            refer(concern, council, walsall_officer, facts=facts, consent=consent)
    assert (Referral.objects.count(), concern.updates.count()) == (0, 1)
    refer(concern, council, walsall_officer, facts=facts, consent="agreed", agreed="At the door, on Monday.")


def test_the_name_of_a_place_is_nobodys(make_concern, walsall, walsall_officer, council):
    concern = make_concern(walsall, place="The Quokka Arms", contact={**CONTACT, "name": "Pat Arms"})
    refer(concern, council, walsall_officer, facts="Glass lies behind the Quokka Inn in Walsall.")
    assert concern.referrals.count() == 1


def test_facts_need_an_address_and_words_alone_do_not(make_concern, walsall, walsall_officer, council):
    council.email = ""
    council.save()
    concern = make_concern(walsall)
    with pytest.raises(NoAddress):
        refer(concern, council, walsall_officer)
    concern.refer(council, "The council looks at it.", told="Rang.", told_at=timezone.now(), by=walsall_officer)
    assert (concern.status, Referral.objects.count()) == ("referred", 0)


def test_nobody_is_said_to_look_into_what_they_never_heard_of(make_concern, walsall, walsall_officer, council):
    concern, by = make_concern(walsall), {"by": walsall_officer}
    later = timezone.now() + timedelta(minutes=5)
    for refused, how in (
        (PartnerNotTold, {}), (PartnerNotTold, {"told": "Rang Demo Clerk."}), (PartnerNotTold, {"told_at": timezone.now()}),
        (TimeNotPossible, {"told": "Rang.", "told_at": later}), (ConsentNeeded, {"facts": "The lamp is dark."}),
    ):  # fmt: skip
        with pytest.raises(refused):
            concern.refer(council, "The council looks at it.", **how, **by)
    concern.refresh_from_db()
    assert (concern.status, concern.updates.count(), concern.notifications.count()) == ("received", 1, 1)


def test_a_partner_told_another_way_is_kept_with_how_and_when(
    make_concern, walsall, walsall_officer, council, signed_in, time_machine
):
    time_machine.move_to("2026-07-02T09:00:00+00:00", tick=False)
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    time_machine.move_to("2026-07-02T19:00:00+00:00", tick=False)
    said = {"partner": council.pk, "text": "The council looks at it.", "way": "told", "facts": "Not sent."}
    refused = send(client, concern, "refer", **said)
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"told", "told_day", "told_time"})
    told = {"told": "Rang Demo Clerk.", "told_day": "2026-07-02", "told_time": "18:10"}
    assert send(client, concern, "refer", **said, **told).status_code == 303
    line = concern.updates.get(kind="note")
    assert (line.text, line.public, line.partner, line.happened_at.isoformat()) == (
        f"{council} was told another way, 2 July 2026, 18:10: Rang Demo Clerk.", False, council, "2026-07-02T17:10:00+00:00",
    )  # fmt: skip
    assert (Referral.objects.count(), concern.updates.filter(kind="referral").count()) == (0, 1)


# ---- the reply form --------------------------------------------------------------------------------------------------

HARD = "Officers were tasked to liaise subsequently with the perpetrators in relation to the premises."


def test_an_approved_text_is_filled_in_and_nothing_typed_is_lost(
    signed_in, make_concern, walsall, bloxwich_west, walsall_officer
):
    concern = make_concern(walsall, ward=bloxwich_west)
    text = StandardText.objects.create(title="Demo", text="We walked through {ward}.", expires=date(2099, 1, 1))
    page = send(signed_in(walsall_officer), concern, "reply", standard=text.pk, text="And on Friday.", do="fill",
                how="written")  # fmt: skip
    form = page.context["form"]
    assert (page.status_code, form["text"].value()) == (200, "We walked through Bloxwich West.\n\nAnd on Friday.")
    assert concern.updates.filter(kind="reply").count() == 0


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"expires": date(2026, 1, 1)}, False),
        ({"status": "resolved"}, False),
        ({"status": "received"}, True),
    ],
)
def test_approved_texts_fit_and_expire(make_concern, walsall, time_machine, fields, fits):
    time_machine.move_to("2026-11-23T09:00:00+00:00")
    StandardText.objects.all().delete()
    text = StandardText.objects.create(**{"title": "Demo", "text": "Hello.", "expires": date(2027, 1, 1), **fields})
    concern = make_concern(walsall)
    assert list(StandardText.objects.fitting(concern)) == ([text] if fits else [])
    text.category = Category.objects.get(code="powers")
    text.save()
    assert list(StandardText.objects.fitting(concern)) == []


@pytest.mark.parametrize("text", ["Hello {name}.", "Hello {.", "{}", "{ward.area}", "{ward!r:>{due}}x{0}"])
def test_an_approved_text_has_only_gaps_that_are_filled(text):
    with pytest.raises(ValidationError):
        StandardText(title="Demo", text=text, expires=date(2099, 1, 1)).clean()


def test_hard_words_are_shown_first_and_never_refused(signed_in, make_concern, walsall, walsall_officer):
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    page = send(client, concern, "reply", text=HARD, **WHOLE)
    assert (page.status_code, len(page.context["form"].advice) > 3) == (200, True)
    assert concern.updates.filter(kind="reply").count() == 0
    read = page.context["form"]["read"].value()
    other = send(client, concern, "reply", text=f"{HARD} And more.", read=read, **WHOLE)
    assert (other.status_code, len(other.context["form"].advice) > 3) == (200, True)
    sent = send(client, concern, "reply", text=HARD, read=read, **WHOLE)
    assert (sent.status_code, concern.updates.get(kind="reply").text) == (303, HARD + SAID)


def test_hard_words_that_end_it_and_are_the_reply_are_shown_first_too(
    signed_in, make_concern, walsall, walsall_officer
):
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    said = {"outcome": "solved", "text": HARD, **WHOLE}
    page = send(client, concern, "resolve", **said)
    assert (page.status_code, len(page.context["form"].advice) > 3, "It is not sent yet" in page.content.decode()) == (
        200, True, True,
    )  # fmt: skip
    assert HARD in page.context["form"].preview
    concern.refresh_from_db()
    assert (concern.status, concern.answered_at) == ("received", None)
    sent = send(client, concern, "resolve", **said, read=page.context["form"]["read"].value())
    assert (sent.status_code, concern.updates.get(kind="reply").text) == (303, HARD + SAID)
    taken_back = make_concern(walsall)
    assert send(client, taken_back, "resolve", **{**said, "outcome": "withdrawn"}).status_code == 303


def test_the_reply_says_what_by_whom_what_next_and_by_when(
    signed_in, make_concern, walsall, walsall_officer, time_machine
):
    time_machine.move_to("2026-11-23T09:00:00+00:00", tick=False)
    concern = make_concern(walsall)
    said = {"text": "We spoke to the riders.", "who": "PC Demo", "next": "We come again.", "when": "2026-12-04"}
    look = send(signed_in(walsall_officer), concern, "reply", how="written", do="look", **said)
    wanted = (
        "We spoke to the riders.\n\nWho did it: PC Demo\nWhat happens next: We come again.\nBy when: Friday 4 December"
    )
    assert (look.status_code, look.context["form"].preview) == (200, wanted)
    assert look.content.decode().count("a short mail that it is there, without these words.") == 1
    send(signed_in(walsall_officer), concern, "reply", how="written", **said)
    assert concern.updates.get(kind="reply").text == wanted


@pytest.mark.parametrize(("act", "do"), [("reply", "look"), ("reply", "send"), ("resolve", "")])
def test_what_is_not_sent_yet_stands_before_all_else(signed_in, make_concern, walsall, walsall_commander, act, do):
    """Whoever presses and sees the top of the page must not take an answer for sent that is only shown."""
    client, concern = signed_in(walsall_commander), make_concern(walsall)
    assert client.get(page_of(concern)).context["next"].act == "assign"
    shown = send(client, concern, act, outcome="solved", text=HARD, do=do, **WHOLE)
    page = shown.content.decode()
    assert (shown.context["next"].act, act in [form.act for form in shown.context["forms"]]) == (act, False)
    assert "assign" in [form.act for form in shown.context["forms"]]
    assert re.findall(r"<title>\s*(\S+ \S+ \S+) ", page) == ["Not sent yet:"]
    assert (page.count("Not sent yet"), page.count("What happens next</h2>")) == (2, 0)


def test_what_is_not_sent_to_several_stands_above_their_list(signed_in, make_concern, walsall, walsall_officer):
    concern, problem = make_concern(walsall), Problem.objects.create(area=walsall, title="Bikes")
    concern.link_to(problem, by=walsall_officer)
    said = {
        "act": "reply",
        "sure": "yes",
        "pick": f"{concern.reference}:{concern.version}",
        "text": HARD,
        "reason": "All.",
    }
    page = signed_in(walsall_officer).post(reverse("casework:together"), said | WHOLE).content.decode()
    assert page.count("It is not sent yet.") == 1
    assert page.index("It is not sent yet.") < page.index("This will be done with 1 concern")


def test_a_holding_reply_is_sent_by_the_same_form(signed_in, make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    send(signed_in(walsall_officer), concern, "reply", text="We are on it.", how="written", holding="on")
    concern.refresh_from_db()
    assert (concern.answered_at, concern.updates.filter(kind="holding", public=True).count()) == (None, 1)


@pytest.mark.parametrize("act", ["reply", "resolve", "together"])
def test_what_stops_the_clock_says_what_by_whom_what_next_and_by_when(
    signed_in, make_concern, walsall, walsall_officer, time_machine, act
):
    time_machine.move_to("2026-11-23T09:00:00+00:00", tick=False)
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    done = "We spoke to the riders."

    def errors(**said):
        if act == "together":
            said |= {"act": "reply", "sure": "yes", "reason": "The same.", "pick": f"{concern.reference}:1"}
            page = client.post(reverse("casework:together"), said)
        else:
            page = send(client, concern, act, how="written", outcome="solved", **said)
        assert page.status_code == 422
        return set(page.context["form"].errors)

    whole = {"who": "PC Demo", "next": "We come again.", "when": "2026-11-30"}
    assert errors() == {"text", "who", "next", "when"}
    assert errors(text=done) == {"who", "next", "when"}
    assert errors(text=done, who="PC Demo", next="We come again.") == {"when"}
    assert errors(text=done, **whole | {"when": "2026-11-22"}) == {"when"}
    for slip in ("2028-12-01", "2062-11-30", "9999-12-31"):
        assert errors(text=done, **whole | {"when": slip}) == {"when"}
    assert errors(text=done, last="on", **whole) == {"last"}
    for holding in ("ok", "We will look into it.", "Thank you. We're on it and will be in touch soon."):
        assert errors(text=holding, **whole) == {"text"}
    concern.refresh_from_db()
    assert (concern.answered_at, concern.updates.count()) == (None, 1)


def test_an_end_says_what_was_done_and_what_follows_even_after_a_reply(
    signed_in, make_concern, walsall, walsall_officer
):
    client, concern = signed_in(walsall_officer), make_concern(walsall)
    concern.reply("We spoke to the riders.", by=walsall_officer)
    refused = send(client, concern, "resolve", outcome="solved", text="ok")
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"text", "next", "when"})
    assert send(client, concern, "resolve", outcome="solved", text="The gate is mended.", last="on").status_code == 303
    assert concern.updates.get(to_status="resolved").text == "The gate is mended.\n\nWhat happens next: nothing more"


def test_what_the_person_took_back_needs_no_words(signed_in, make_concern, walsall, walsall_officer):
    concern = make_concern(walsall)
    assert send(signed_in(walsall_officer), concern, "resolve", outcome="withdrawn").status_code == 303


def test_thanks_are_answered_in_a_word(signed_in, make_concern, walsall, walsall_officer):
    concern = make_concern(walsall, kind="thanks")
    assert send(signed_in(walsall_officer), concern, "reply", text="You’re welcome.", how="written").status_code == 303


def test_a_holding_reply_by_any_door_stops_no_clock(make_concern, walsall, walsall_officer):
    concern, by = make_concern(walsall), {"by": walsall_officer}
    for text in ("We will look into it.", "Your concern has been noted."):
        with pytest.raises(HoldingOnly):
            concern.reply(text, **by)
        with pytest.raises(HoldingOnly):
            concern.resolve("solved", text, **by)
    concern.refresh_from_db()
    assert (concern.answered_at, concern.status, concern.updates.count()) == (None, "received", 1)


@pytest.mark.parametrize(
    ("text", "holds"),
    [("We are looking into this.", True), ("I am on it. Thank you.", True), ("It has been logged.", True), ("", False),
     ("We looked into it and found nobody.", False), ("We closed the gap. We will be in touch.", False),
     ("We have received no further calls.", False), ("Thank you.", False)],
)  # fmt: skip
def test_what_only_holds_is_told_from_an_answer(text, holds):
    assert readability.only_holds(text) is holds


def test_readability_advises_on_sentences_words_and_jargon():
    assert readability.advice("We spoke to the riders on Tuesday. We come again.", "MO = the way") == []
    long = " ".join(["word"] * 21) + "."
    assert readability.advice(long) == [
        "The sentence that begins “word word word word word” has 21 words. Make two of it."
    ]
    assert readability.advice("The MO was mo.", "MO = the way they do it") == [
        "Not everybody knows “MO”. Say “the way they do it”."
    ]
    assert readability.advice("The mo was seen.", "MO = the way they do it") == []


# ---- the sheet of a crime, contact, earlier ones -----------------------------------------------------------------------


def test_the_sheet_hands_over_the_facts_and_is_written_down(signed_in, make_concern, walsall, walsall_officer, desk):
    concern = make_concern(walsall, text="=cmd() they said", contact=CONTACT)
    client = signed_in(walsall_officer)
    assert "Hand over the crime" not in client.get(page_of(concern)).content.decode()
    concern.disclose_crime("20/1", "", by=walsall_officer)
    page = send(client, concern, "sheet", shape="page")
    table = send(client, concern, "sheet", shape="csv")
    assert [word in page.content.decode() for word in ("20/1", "=cmd() they said", "Pat Example")] == [
        True,
        True,
        False,
    ]
    assert table["Content-Disposition"] == (
        f'attachment; filename="{filename(f"crime-sheet-{concern.reference}", 1, walsall_officer)}"'
    )
    assert "'=cmd() they said" in table.content.decode()
    assert list(ReadLog.objects.filter(what="export").order_by("pk").values_list("door", "why", "concern")) == [
        ("casework:sheet", "page", concern.pk), ("casework:sheet", "csv", concern.pk),
    ]  # fmt: skip


def test_earlier_ones_of_the_same_person_stand_behind_the_contact(
    signed_in, make_concern, walsall, dudley, walsall_officer
):
    earlier = make_concern(walsall, text="Earlier", contact=CONTACT | {"email": " PAT@example.org"})
    elsewhere = make_concern(dudley, contact=CONTACT)
    other = make_concern(walsall, contact={"email": "lee@example.org"})
    concern = make_concern(walsall, contact=CONTACT)
    client = signed_in(walsall_officer)
    assert "The same person told us" not in client.get(page_of(concern)).content.decode()
    opened = send(client, concern, "contact", reason="To ring back").content.decode()
    assert [one.reference in opened for one in (earlier, elsewhere, other)] == [True, False, False]


def test_the_partners_route_is_named():
    assert reverse("partner", args=["x"]) == "/partner/x/"
