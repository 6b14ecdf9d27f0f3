"""Did this answer you? One click on the first reply, by the person who told us and nobody else."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from feedback.lifecycle import NoReplyYet
from feedback.models import Rating
from feedback.models.codes import follow_code
from tests.racing import race

PAGE, RATE = "/track/concern/", "/track/concern/rate/"


@pytest.fixture
def told(make_concern, walsall, bloxwich_west):
    key = uuid.uuid4()
    concern = make_concern(walsall, ward=bloxwich_west, key=key)
    concern.code = follow_code(key)
    return concern


@pytest.fixture
def answered(told, walsall_officer):
    """A concern with a first reply and a second one."""
    told.reply("We walked the green on Friday.", by=walsall_officer)
    told.reply("We go again.", by=walsall_officer)
    return told


@pytest.fixture
def reader(told):
    client = Client()
    client.post("/track/", {"reference": told.reference, "code": told.code})
    return client


def key_of(client):
    return client.get(PAGE).context["forms"]["rate"]["key"].value()


def click(client, answer, **more):
    return client.post(RATE, {"answer": answer, "key": key_of(client), **more})


def history(concern):
    return list(concern.updates.filter(kind="rating").values_list("detail", "text", "side", "public"))


def test_one_click_is_kept_and_thanked_for(reader, answered):
    assert "Did our reply answer you?" in reader.get(PAGE).content.decode()
    done = click(reader, "partly")
    assert (done.status_code, done.url) == (303, "/track/concern/?done=rate#rate")
    rating = Rating.objects.get()
    first = answered.updates.filter(kind="reply").order_by("pk").first()
    assert (rating.concern, rating.reply, rating.answer, rating.text) == (answered, first, "partly", "")
    assert history(answered) == [("partly", "", "public", True)]
    shown = reader.get(done.url).content.decode()
    assert "You said that our reply answered you in part." in shown and '<details class="govuk-details" open>' in shown
    assert "Did our reply answer you?</h2>" not in shown


def test_words_may_follow_and_the_answer_may_change(reader, answered):
    click(reader, "yes")
    first = Rating.objects.get().at
    click(reader, "no", text=" Nobody came. ")
    rating = Rating.objects.get()
    assert (rating.answer, rating.text, rating.at) == ("no", "Nobody came.", first)
    assert history(answered) == [("yes", "", "public", True), ("no", "Nobody came.", "public", True)]
    entries = [(e.who, e.what, e.text) for e in reader.get(PAGE).context["entries"]]
    assert entries[-1] == ("You", "Said: our reply did not answer you", "Nobody came.")


def test_a_click_counts_the_version(answered):
    before = answered.version
    answered.rate("yes")
    assert answered.version == before + 1


def test_the_same_form_counts_once(reader, answered):
    key = key_of(reader)
    assert [reader.post(RATE, {"answer": one, "key": key}).status_code for one in ("no", "no", "yes")] == [303] * 3
    assert history(answered) == [("no", "", "public", True)]
    assert Rating.objects.get().answer == "no"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_clicks_of_the_same_moment_count_once(answered):
    key = uuid.uuid4()
    race([lambda: answered.rate("yes", key=key)] * 6)
    assert history(answered) == [("yes", "", "public", True)]


def test_there_is_nothing_to_rate_before_a_reply(reader, told):
    assert "rate" not in reader.get(PAGE).context["forms"]
    with pytest.raises(NoReplyYet):
        told.rate("yes")
    assert not Rating.objects.exists() and history(told) == []


@pytest.mark.parametrize("answer", ["", "maybe", "yes\x00"])
def test_only_the_three_answers_count(answer, reader, answered):
    refused = click(reader, answer)
    assert (refused.status_code, Rating.objects.count()) == (422, 0)
    assert "There is a problem" in refused.content.decode()


def test_a_foreign_or_old_key_is_refused(reader, answered, make_concern, walsall):
    for key in ("", "x", str(uuid.uuid4())):
        assert reader.post(RATE, {"answer": "yes", "key": key}).status_code == 422
    assert Rating.objects.count() == 0


def test_too_many_clicks_wait(reader, answered, settings):
    settings.MESSAGE_RATE = "1/hour"
    assert [click(reader, one).status_code for one in ("yes", "no")] == [303, 429]
    assert Rating.objects.get().answer == "yes"


def test_nobody_rates_without_the_open_page(answered):
    stranger = Client()
    assert stranger.post(RATE, {"answer": "yes", "key": "x"}).url == "/track/"
    assert stranger.get(RATE).url == "/track/"
    assert Rating.objects.count() == 0


def test_words_outlive_a_page_that_closed(reader, answered):
    key = key_of(reader)
    reader.cookies["track"] = ""
    closed = reader.post(RATE, {"answer": "no", "text": "Nobody came.", "key": key})
    assert closed.context["form"]["text"].value() == "Nobody came."


def test_the_force_reads_it_in_the_history(signed_in, answered, walsall_officer):
    answered.rate("no", "Nobody came.")
    shown = signed_in(walsall_officer).get(answered.get_absolute_url()).content.decode()
    assert "Did the reply answer them? No" in shown and "Nobody came." in shown


def test_the_database_knows_three_answers_once(answered):
    answered.rate("yes")
    rating = Rating.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.filter(pk=rating.pk).update(answer="maybe")
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(concern=answered, reply=rating.reply, answer="no")


def test_who_was_not_answered_comes_before_the_end(reader, answered, signed_in, walsall_officer):
    def step():
        return signed_in(walsall_officer).get(answered.get_absolute_url()).context["next"].act

    answered.assign(officer=walsall_officer, by=walsall_officer)
    assert step() == "resolve"
    click(reader, "partly")
    assert step() == "reply"
    answered.refresh_from_db()
    answered.reply("The lamp is mended now.", by=walsall_officer)
    assert step() == "resolve"


def test_who_was_answered_is_asked_nothing_more(reader, answered, signed_in, walsall_officer):
    answered.assign(officer=walsall_officer, by=walsall_officer)
    click(reader, "yes")
    assert signed_in(walsall_officer).get(answered.get_absolute_url()).context["next"].act == "resolve"
