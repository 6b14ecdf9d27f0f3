"""Approved texts in the languages that people read: offered first, filled in whole, never judged as English."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse

from feedback import languages
from feedback.models import Concern, Problem, StandardText

from .test_casework import WHOLE, send

pytestmark = pytest.mark.django_db

URDU = "ہم نے {ward} کے بارے میں پڑھ لیا ہے۔ ہم {due} تک لکھیں گے۔ موضوع: {category}"
HARD = "Officers were tasked to liaise subsequently with the perpetrators in relation to the premises."


@pytest.fixture
def texts(db):
    """One text in three languages and another in English alone: what they are called, and each by its language."""
    StandardText.objects.all().delete()
    made = {
        code: StandardText.objects.create(title="We read it", language=code, text=text, expires=date(2099, 1, 1))
        for code, text in {"en-gb": "We read about {ward}.", "pl": "Mamy to.", "ur": URDU}.items()
    }
    StandardText.objects.create(title="Another", text="We came.", expires=date(2099, 1, 1))
    return made


@pytest.fixture
def urdu(make_concern, walsall, bloxwich_west):
    """A concern of Walsall from the Urdu pages."""
    return make_concern(walsall, ward=bloxwich_west, language="ur")


def reply_form(page):
    forms = [page.context["next"], *page.context["forms"], page.context["form"]]
    return next(form for form in forms if form and form.act == "reply")


def headings(page):
    """Under which headings the page offers which texts."""
    choices = reply_form(page).fields["standard"].choices
    return [(heading, [title for _key, title in texts]) for heading, texts in list(choices)[1:]]


def filled(client, concern, chosen, **more):
    return send(client, concern, "reply", standard=chosen.pk, do="fill", how="written", **more)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Urdu", "ur"),
        ("Polski", "pl"),
        ("Please in polish!", "pl"),
        ("Punjabi or Tamil", "pa"),
        ("Tamil", ""),
        ("My English is bad. Polish, please", "pl"),
        ("English", "en-gb"),
        ("বাংলা", "bn"),
        ("العربية", "ar"),
        ("ગુજરાતી", "gu"),
        ("romana", "ro"),
        ("", ""),
    ],
)
def test_a_language_is_known_by_its_names(words, code):
    assert languages.meant(words) == code


def test_gaps_are_filled_with_words_of_the_language(texts, urdu, walsall_officer, time_machine):
    urdu.due_at = urdu.due_at.replace(year=2026, month=11, day=26, hour=14, minute=10)
    assert texts["ur"].filled_in(urdu, by=walsall_officer) == (
        "ہم نے Bloxwich West کے بارے میں پڑھ لیا ہے۔ ہم جمعرات 26 نومبر، 14:10 تک لکھیں گے۔ موضوع: تنگ کرنے والی گاڑیاں"
    )


def test_texts_in_the_persons_language_come_first(signed_in, texts, urdu, make_concern, walsall, walsall_officer):
    client = signed_in(walsall_officer)
    assert headings(client.get(urdu.get_absolute_url())) == [
        ("Urdu", ["We read it"]), ("English", ["Another", "We read it"]), ("Polish", ["We read it"]),
    ]  # fmt: skip
    english = make_concern(walsall)
    page = client.get(english.get_absolute_url())
    assert [heading for heading, _texts in headings(page)] == ["English", "Polish", "Urdu"]
    assert (reply_form(page).spoken, "<strong>The person reads" in page.content.decode()) == ({}, False)
    english.ask_format("language", language="Polski, prosze")
    assert headings(client.get(english.get_absolute_url()))[0] == ("Polish", ["We read it"])


def test_the_page_says_where_no_text_is_in_their_language(signed_in, texts, urdu, walsall_officer):
    client = signed_in(walsall_officer)
    assert "<strong>The person reads Urdu.</strong> Approved texts in Urdu come first." in (
        client.get(urdu.get_absolute_url()).content.decode()
    )
    texts["ur"].delete()
    assert "<strong>The person reads Urdu.</strong> No approved text that fits is in Urdu." in (
        client.get(urdu.get_absolute_url()).content.decode()
    )


def test_what_is_filled_in_has_its_language_and_english_beside_it(signed_in, texts, urdu, walsall_officer):
    page = filled(signed_in(walsall_officer), urdu, texts["ur"])
    form, html = page.context["form"], page.content.decode()
    assert form["text"].value() == texts["ur"].filled_in(urdu, by=walsall_officer)
    assert form.in_english == {"language": "Urdu", "text": "We read about Bloxwich West."}
    assert '<div class="portal-pre" lang="ur" dir="rtl">' in html
    attrs = form.fields["text"].widget.attrs
    assert (attrs["lang"], attrs["dir"]) == ("ur", "rtl")
    assert "We read about Bloxwich West." in html
    texts["en-gb"].delete()
    page = send(signed_in(walsall_officer), urdu, "reply", **WHOLE, text="x", do="look", filled=texts["ur"].pk)
    assert page.context["form"].in_english == {"language": "Urdu", "text": ""}
    assert "Ask somebody who reads Urdu what it says before you send it." in page.content.decode()


def test_the_preview_is_what_the_persons_page_says(signed_in, texts, urdu, walsall_officer):
    page = send(signed_in(walsall_officer), urdu, "reply", **{**WHOLE, "next": "", "when": "", "last": "on"},
                text="We came.", do="look")  # fmt: skip
    assert page.context["form"].preview.split("\n")[-1] == "آگے کیا ہو گا: اور کچھ نہیں"
    assert page.context["form"].written == {"dir": "auto"}


def test_only_english_is_judged(signed_in, texts, urdu, walsall_officer):
    client = signed_in(walsall_officer)
    assert len(send(client, urdu, "reply", **WHOLE, text=HARD).context["form"].advice) > 3
    sent = send(client, urdu, "reply", **WHOLE, text=HARD, filled=texts["ur"].pk)
    assert (sent.status_code, urdu.updates.filter(kind="reply").count()) == (303, 1)


def test_an_english_text_beside_another_leaves_the_reply_in_the_other(signed_in, texts, urdu, walsall_officer):
    client = signed_in(walsall_officer)
    typed = {"text": "ہم نے پڑھ لیا ہے۔", "filled": texts["ur"].pk}
    form = filled(client, urdu, texts["en-gb"], **typed).context["form"]
    assert (form["text"].value(), form.is_foreign) == ("We read about Bloxwich West.\n\nہم نے پڑھ لیا ہے۔", True)
    form = send(client, urdu, "reply", do="fill", how="written", standard="", text="Hm.", filled=texts["ur"].pk)
    assert form.context["form"].is_foreign is False


@pytest.mark.parametrize("key", ["x", "9" * 9, "٣", "-1"])
def test_a_text_that_is_not_there_begins_nothing(signed_in, texts, urdu, walsall_officer, key):
    page = send(signed_in(walsall_officer), urdu, "reply", **WHOLE, text="We came by.", do="look", filled=key)
    assert (page.status_code, page.context["form"].began) == (200, None)


def test_another_language_goes_only_to_those_who_read_it(signed_in, texts, make_concern, walsall, walsall_officer):
    problem = Problem.objects.create(area=walsall, title="Bikes")
    first, second, third = (make_concern(walsall, language=code) for code in ("ur", "ur", "en-gb"))
    Concern.objects.update(problem=problem)
    first.refresh_from_db()
    client = signed_in(walsall_officer)
    page = filled(client, first, texts["ur"])
    assert page.context["form"].fields["everyone"].label == "Send the same to 1 other person"
    send(client, first, "reply", **WHOLE, text="ہم نے پڑھ لیا ہے۔", filled=texts["ur"].pk, everyone="on")
    waiting = Concern.objects.filter(answered_at=None, problem=problem)
    assert (list(waiting), second.updates.filter(kind="reply").count()) == ([third], 1)


def test_whoever_asked_for_yet_another_language_does_not_get_it(
    signed_in, texts, make_concern, walsall, walsall_officer
):
    problem = Problem.objects.create(area=walsall, title="Bikes")
    first, second = (make_concern(walsall, language="ur") for _each in range(2))
    second.ask_format("language", language="Polski")
    Concern.objects.update(problem=problem)
    first.refresh_from_db()
    client = signed_in(walsall_officer)
    assert "everyone" not in filled(client, first, texts["ur"]).context["form"].fields
    send(client, first, "reply", **WHOLE, text="ہم نے پڑھ لیا ہے۔", filled=texts["ur"].pk, everyone="on")
    assert list(Concern.objects.filter(answered_at=None, problem=problem)) == [second]


@pytest.mark.parametrize("gap", ["ward:d", "ward:{secret}", "ward!x", "ward:>99999999999"])
def test_a_gap_is_a_name_and_nothing_more(texts, gap):
    """What can't be filled in for any concern is said to who writes it, not to the officer who needs it."""
    texts["en-gb"].text = f"We read about {{{gap}}}."
    with pytest.raises(ValidationError) as refused:
        texts["en-gb"].full_clean()
    assert refused.value.message_dict == {"text": [f"Nothing fills in {gap}."]}


# ---- in the admin and the pack ---------------------------------------------------------------------------------------


def saved(client, **fields):
    row = {
        "title": "Demo",
        "language": "en-gb",
        "text": "We came.",
        "status": "",
        "category": "",
        "expires": "2099-01-01",
    }
    page = client.post(reverse("admin:feedback_standardtext_add"), {**row, **fields}, follow=True)
    return [str(message) for message in page.context["messages"]]


def test_staff_are_told_when_an_english_text_is_hard_to_read(signed_in, staff_admin):
    client = signed_in(staff_admin)
    advice = [words for words in saved(client, text=HARD) if words.startswith("It is saved, and may be hard to read.")]
    assert len(advice) > 3
    assert len(saved(client, title="Easy")) == 1
    assert len(saved(client, text=HARD, language="pl")) == 1
    assert StandardText.objects.filter(title__in=["Demo", "Easy"]).count() == 3


def test_texts_are_listed_by_language_and_last_day(signed_in, staff_admin, texts, time_machine):
    time_machine.move_to("2026-11-23T09:00:00+00:00")
    texts["ur"].expires, texts["pl"].expires = date(2026, 11, 22), date(2026, 12, 23)
    texts["ur"].save()
    texts["pl"].save()
    client, address = signed_in(staff_admin), reverse("admin:feedback_standardtext_changelist")
    for query, found in {
        "language=ur": [texts["ur"]], "runs_out=over": [texts["ur"]], "runs_out=soon": [texts["pl"]],
        "runs_out=later&language=en-gb": [StandardText.objects.get(title="Another"), texts["en-gb"]],
    }.items():  # fmt: skip
        assert list(client.get(f"{address}?{query}").context["cl"].queryset) == found


def test_a_pack_carries_the_languages(texts, tmp_path):
    call_command("dump_force", str(tmp_path), verbosity=0)
    before = sorted(StandardText.objects.values_list("title", "language", "text", "expires"))
    StandardText.objects.all().delete()
    call_command("load_force", str(tmp_path), verbosity=0)
    assert sorted(StandardText.objects.values_list("title", "language", "text", "expires")) == before
    StandardText.objects.filter(language="ur").update(text="Changed.")
    call_command("load_force", str(tmp_path), refresh=True, verbosity=0)
    assert sorted(StandardText.objects.values_list("title", "language", "text", "expires")) == before
    (tmp_path / "standard_texts.json").write_text(
        '[{"title": "Old", "category": null, "status": "", "text": "Hello.", "expires": "2099-01-01"}]'
    )
    call_command("load_force", str(tmp_path), verbosity=0)
    assert StandardText.objects.get(title="Old").language == "en-gb"
