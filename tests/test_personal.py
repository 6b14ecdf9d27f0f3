"""Names, phones and house numbers in a text: the commonest ways to write them, and ordinary sentences that hold none."""

import pytest

from feedback import personal
from feedback.intake.pointing import APART, _place_names
from feedback.models import Concern
from feedback.models.sealing import unseal

from .test_before_sending import to_check
from .test_intake import draft, text_of

pytestmark = pytest.mark.django_db


def found(text, places=()):
    return [one.words for one in personal.find(text, places)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("John Smith at number 12 sells things", ["John Smith", "number 12"]),
        ("Every night there is noise. John Smith does it.", ["John Smith"]),
        ("It was Łukasz Żak", ["Łukasz Żak"]),
        ("It is mr khan again", ["mr khan"]),
        ("Ask Mr and Mrs Demo-Jones", ["Mr and Mrs Demo-Jones"]),
        ("Talk to MRS Patel", ["MRS Patel"]),
        ("dr Iqbal has a loud alarm", ["dr Iqbal"]),
        ("My neighbour Dave shouts", ["Dave"]),
        ("my next door neighbour, Kev, shouts", ["Kev"]),
        ("her ex Darren Demo was there", ["Darren Demo"]),
        ("It is my brother Zaheer’s car", ["Zaheer"]),
        ("A lad called Jaydon did it", ["Jaydon"]),
        ("Mohammed Ali Khan lives there", ["Mohammed Ali Khan"]),
        ("Yesterday Maria da Silva came by", ["Maria da Silva"]),
        ("It is Anne-Marie O’Brien's dog", ["Anne-Marie O’Brien"]),
        ("They are Emma Green and Conor McDonald.", ["Emma Green", "Conor McDonald"]),
        ("Wojciech Nowak pije pod sklepem", ["Wojciech Nowak"]),
        ("Ștefan Țurcanu face gălăgie", ["Ștefan Țurcanu"]),
        ("Mohammed deals here", ["Mohammed"]),
        ("محمد علی ہر رات شور کرتا ہے", ["محمد علی"]),
        ("رات کو مسٹر وقار آتے ہیں", ["مسٹر وقار"]),
        ("الجار محمد حسن يصرخ", ["محمد حسن"]),
        ("ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ ਰੌਲਾ ਪਾਉਂਦਾ ਹੈ", ["ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ"]),
        ("ਰਾਤ ਨੂੰ ਬਿੱਟੂ ਸਿੰਘ ਆਉਂਦਾ ਹੈ", ["ਬਿੱਟੂ ਸਿੰਘ"]),
        ("আব্দুল করিম রাতে চিৎকার করে", ["আব্দুল করিম"]),
        ("રાજેશ પટેલ રાત્રે બૂમો પાડે છે", ["રાજેશ પટેલ"]),
        ("+44 (0)7700 900123", ["+44 (0)7700 900123"]),
        ("Call +44 7700 900123 now", ["+44 7700 900123"]),
        ("Ring (0121) 496 0000.", ["(0121) 496 0000"]),
        ("Ring 0044 7700 900123", ["0044 7700 900123"]),
        ("Dzwoń +48 600 100 200", ["+48 600 100 200"]),
        ("فون ۰۷۷۰۰۹۰۰۱۲۳", ["۰۷۷۰۰۹۰۰۱۲۳"]),
    ],
)
def test_common_ways_to_write_what_points_to_a_person_are_found(text, words):
    assert found(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "The lads in Bloxwich West near Leamore Park meet on Friday Night.",
        "Every Saturday Night the Red Lion Pub is loud.",
        "Off-road bikes on the green. They come at nine. Nobody stops them.",
        "Loud Music And Shouting Every Night",
        "THE KIDS ARE THROWING STONES AT THE BUS",
        "Anti Social Behaviour outside Tesco Express in Walsall",
        "Please can West Midlands Police come to Sutton Park on Bonfire Night?",
        "A white Ford Transit and a black Range Rover park on the grass.",
        "Kids race on Birmingham New Street and Queen Elizabeth Hospital staff can't park.",
        "Since last Christmas the Polish Club has had fights.",
        "I live in Shirley, near Lee Bank. We moved from Aldridge to Penn.",
        "My neighbour plays music. My dad is ill. The man in the flat above smokes.",
        "Next door Sunday mornings are quiet.",
        "I miss the old bus. It takes 30 ms. My pc broke. The dr said so.",
        "Kind regards. Thank you very much. Dear Sir or Madam",
        "Muslim and Sikh families get abuse here. English and Asian lads fight.",
        "It has been 2026 for 10 months, 45 minutes each time, from 10.30pm.",
        "گلی میں ہر رات شور ہوتا ہے اور ڈاکٹر نے کہا نور بہت ہے",
        "السيارات تقف على الرصيف كل يوم",
        "ਗਲੀ ਵਿੱਚ ਬਹੁਤ ਰੌਲਾ ਹੈ",
        "রাতে অনেক আওয়াজ হয়",
        "રાત્રે બહુ અવાજ થાય છે",
        "W nocy jest hałas. Proszę o pomoc. Dzieci nie mogą spać.",
        "Noaptea este gălăgie. Vă rog ajutați-ne. Copiii nu dorm.",
    ],
)
def test_ordinary_sentences_point_to_nobody(text):
    assert found(text, _place_names()) == []


def test_nothing_that_was_found_is_dropped():
    text = " ".join(f"Call 07700 9001{number:02}." for number in range(40))
    assert len(found(text)) == 40


def test_the_same_words_are_asked_about_once(client):
    form = to_check(client, "Karim Demo shouts. Then Karim Demo sings.")
    assert text_of(client.get("/report/check/")).count("For officers only") == 1
    client.post("/report/check/", form | {"finding-0": "officers"})
    concern = Concern.objects.get()
    assert (concern.text, unseal(concern.sealed_words)) == (
        "[officers only 1] shouts. Then [officers only 2] sings.",
        {"1": "Karim Demo", "2": "Karim Demo"},
    )


def test_what_is_more_than_the_page_shows_apart_shares_a_choice(client):
    text = " ".join(f"Call 07700 9001{number:02}." for number in range(APART + 3))
    form = to_check(client, text)
    page = client.get("/report/check/").content.decode()
    assert page.count("<legend") == APART + 1
    assert [f"07700 9001{number:02}" in page.split('id="people"')[1] for number in range(APART + 3)] == [True] * 23
    client.post("/report/check/", form | {f"finding-{APART}": "remove"})
    kept = Concern.objects.get().text
    assert kept.count("[taken out]") == 3
    assert "9001" + f"{APART - 1:02}" in kept
    assert draft()["text"] == kept
