"""The safety net in each language that the public may write in: what it finds, what it leaves alone, and how it came there."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from feedback import safety
from feedback.models import SafetyRule
from policing_portal import catalogues

pytestmark = pytest.mark.django_db
PACK = "areas/data/west_midlands"
HATED = "It happened because of race, religion, disability, sexual orientation or because someone is transgender."


def finds(phrase, text):
    return bool(safety.net(((7, phrase, ""),)).look(text))


def kinds(text):
    """What kinds of danger all rules together find in `text`."""
    if not (found := SafetyRule.objects.in_force().look(text)):
        return set()
    return set(SafetyRule.objects.filter(pk__in=[one.rule for one in found]).values_list("kind", flat=True))


# ---- spelling ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("خودکشی", "خودكشي"),  # as an Arabic keyboard writes it
        ("خودکشی", "خود\u200cکشی"),  # with a sign that joins nothing
        ("أموت", "اموت"),
        ("أموت", "أَمُوتُ"),
        ("جريمة", "جريمه"),
        ("سكين", "ســكين"),
        ("میں", "ميں"),
        ("ﺳﻜﻴﻦ", "سكين"),  # the forms of old fonts
        ("چھری", "چہری"),
        ("zabić", "ZABIC"),
        ("żyć", "z\u0307yc\u0301"),  # accents as signs of their own
        ("łamie", "lamie"),
        ("mă omoară", "ma omoara"),
        ("înșală", "înşală"),  # with a cedilla, as older keyboards write it
        ("ਖ਼ੁਦਕੁਸ਼ੀ", "ਖੁਦਕੁਸੀ"),
        ("ਬੱਚਾ", "ਬਚਾ"),
        ("ਗੰਨ", "ਗਂਨ"),
        ("বাঁচতে", "বাচতে"),
        ("গাড়ি", "গাড়ী"),
        ("ચાકુ", "ચાકૂ"),
        ("চাই", "মরতে চাই।"),
        ("ਹੈ", "ਚਾਕੂ ਹੈ॥"),
        ("ہے", "چاقو ہے۔"),
    ],
)
def test_ways_to_write_the_same_do_not_hide_it(phrase, text):
    assert finds(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("انتحار", "الناس في انتظار الباص"),  # one letter apart, and waiting for a bus
        ("বাঁচতে চাই না", "বাঁচতে চাই"),
        ("ਮਰਨਾ", "ਮਾਰਨਾ"),
    ],
)
def test_a_slip_is_forgiven_in_latin_letters_alone(phrase, text):
    """Elsewhere a letter carries more: another one is another word."""
    assert not finds(phrase, text)


def test_one_rules_word_is_never_taken_for_anothers():
    """A language's word may be one letter from another's: each rule reads what was written by its own words."""
    net = safety.net(((1, "violet", ""), (2, "violat", "")))
    assert [found.rule for found in net.look("violat")] == [1, 2]
    assert [found.rule for found in safety.net(((1, "stab*", ""), (2, "stabil", ""))).look("stabbil")] == [1, 2]


# ---- the pack ----------------------------------------------------------------------------------------------------------


def test_every_language_has_phrases_for_every_kind():
    wanted = {(language, kind) for language in ("en", *catalogues.other_languages()) for kind in SafetyRule.Kind.values}
    rules = SafetyRule.objects.filter(active=True).exclude(phrases="")
    assert set(rules.values_list("language", "kind")) == wanted


def test_every_rule_has_sentences_for_both_sides():
    short = {
        rule.code: (len(rule.must_match.splitlines()), len(rule.must_not_match.splitlines()))
        for rule in SafetyRule.objects.all()
        if len(rule.must_match.splitlines()) < 3 or len(rule.must_not_match.splitlines()) < 3
    }
    assert short == {}


def test_help_is_the_same_in_each_language():
    rules = SafetyRule.objects.prefetch_related("signposts")
    help_of = {
        (rule.code.removesuffix(f"-{rule.language}"), rule.language): {one.code for one in rule.signposts.all()}
        for rule in rules
    }
    assert {key: codes for key, codes in help_of.items() if codes != help_of[key[0], "en"]} == {}


def test_threats_to_kill_lead_to_no_help_after_rape_and_rape_does():
    help_of = {rule.code: {one.code for one in rule.signposts.all()} for rule in SafetyRule.objects.all()}
    net = SafetyRule.objects.in_force()
    codes = dict(SafetyRule.objects.values_list("pk", "code"))
    found = {
        text: {codes[one.rule] for one in net.look(text)} for text in ("He will kill me.", "On ją zgwałcił, un viol.")
    }
    shown = {text: set().union(*(help_of[code] for code in rules)) for text, rules in found.items()}
    assert shown == {"He will kill me.": {"emergency"}, "On ją zgwałcił, un viol.": {"emergency", "sexual-offence"}}


def test_no_rule_says_that_somebody_reviewed_it():
    assert set(SafetyRule.objects.values_list("reviewed_by", "reviewed_on")) == {("", None)}


def test_what_one_language_leaves_alone_another_does_too():
    """All rules look at every text, whatever its language."""
    rules = list(SafetyRule.objects.all())
    net = SafetyRule.objects.in_force()
    sentences = {(rule.kind, line) for rule in rules for line in rule.must_not_match.splitlines()}
    language = {rule.pk: (rule.kind, rule.language, rule.code) for rule in rules}
    wrong = [
        (line, language[found.rule][2], found.words)
        for kind, line in sorted(sentences)
        for found in net.look(line)
        if language[found.rule][0] == kind
    ]
    assert wrong == []


@pytest.mark.slow
def test_the_portals_own_words_alarm_in_no_language_unless_they_do_in_english():
    """Thousands of ordinary sentences in each language, by another hand than the rules: what is found there means the same."""
    alarming = {
        (language, message.id)
        for book in catalogues.books()[:2]
        for language in catalogues.other_languages()
        for message in book.read(language)
        if isinstance(message.id, str)
        and not re.search("danger|at risk|religion|ending your life", message.id, re.IGNORECASE)
        if kinds(message.string) - kinds(message.id)
    }
    assert alarming == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("میں خودکشی کرنا چاہتا ہوں", {"self_harm"}),
        ("وہ مجھے مار دے گا، اس کے پاس چاقو ہے", {"danger", "weapons"}),
        ("Chcę się zabić", {"self_harm"}),
        ("mąż mnie bije", {"domestic_abuse"}),
        ("maz mnie bije", {"domestic_abuse"}),
        ("Vreau să mă sinucid", {"self_harm"}),
        ("ਮੈਂ ਖੁਦਕੁਸ਼ੀ ਕਰਨਾ ਚਾਹੁੰਦਾ ਹਾਂ", {"self_harm"}),
        ("আমি আত্মহত্যা করতে চাই", {"self_harm"}),
        ("أريد أن أنتحر", {"self_harm"}),
        ("હું આત્મહત્યા કરવા માંગુ છું", {"self_harm"}),
        ("khudkushi", {"self_harm"}),
        ("mujhe maar dega", {"danger"}),
        ("they called me a paki", {"hate"}),
        ("my dad touches me at night", {"child"}),
        ("she hit her little boy", {"child"}),
        ("i'm gonna kms", {"self_harm"}),
        ("everyone at school says kys to me", {"self_harm"}),
    ],
)
def test_words_of_a_frightened_person_are_found(text, kind):
    assert kinds(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "My cousin is in Pakistan.",
        "It is 8 kms to the shop.",
        "Kind regards",
        "Violet Road needs a light.",
        "Pozdrawiam",
    ],
)
def test_ordinary_words_are_left_alone(text):
    assert kinds(text) == set()


# ---- how it comes into a database, and out -----------------------------------------------------------------------------


def test_an_older_database_gets_the_new_rules_and_keeps_what_staff_wrote():
    SafetyRule.objects.exclude(language="en").delete()
    SafetyRule.objects.filter(code="slurs").delete()
    SafetyRule.objects.filter(code="weapons").update(phrases="spoon", active=False)
    before = SafetyRule.objects.count()
    call_command("load_force", PACK, verbosity=0)
    assert SafetyRule.objects.count() - before == 50
    kept = SafetyRule.objects.get(code="weapons")
    assert (kept.phrases, kept.active) == ("spoon", False)
    assert kinds("Chcę się zabić") == {"self_harm"}


def test_a_rule_of_a_pack_that_names_no_language_is_english(tmp_path):
    pack = tmp_path / "pack"
    pack.mkdir()
    for path in Path(PACK).glob("*.json"):
        facts = json.loads(path.read_text(encoding="utf-8"))
        if path.stem == "safety_rules":
            new = {"language", "reviewed_by", "reviewed_on"}
            facts = [{k: v for k, v in fact.items() if k not in new} | {"code": "older"} for fact in facts[:1]]
        (pack / path.name).write_text(json.dumps(facts), encoding="utf-8")
    call_command("load_force", str(pack), verbosity=0)
    assert SafetyRule.objects.get(code="older").language == "en"


def test_staff_see_a_rules_language_and_who_reviewed_it(signed_in, staff_admin):
    SafetyRule.objects.filter(code="weapons-ur").update(reviewed_by="Demo Reader, Walsall", reviewed_on="2026-11-01")
    page = signed_in(staff_admin).get(reverse("admin:feedback_safetyrule_changelist") + "?language=ur").content.decode()
    assert page.count('class="field-language">ur<') == 7
    assert 'class="field-reviewed_by">Demo Reader, Walsall<' in page
