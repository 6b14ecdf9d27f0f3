"""The languages that are shipped: whole, with their placeholders, and on the pages the words of the force pack in them, too."""

import html
import re
from datetime import datetime, time

import pytest
from babel.messages import Message
from django.core.management import CommandError, call_command
from django.utils import translation

from accounts.stamp import LONDON
from areas.models import Command, Force
from areas.models.meeting import clock_time
from feedback.clock import in_words
from feedback.models import Category, Signpost
from hubs.models import Posting
from hubs.opening import clock_words
from policing_portal import catalogues
from policing_portal.templatetags.look import spoken

pytestmark = pytest.mark.django_db

OTHERS = catalogues.other_languages()
SHIPPED = [code for code in OTHERS if catalogues.books()[0].path(code).exists()]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]")


@pytest.fixture(scope="module")
def wanted():
    """What the public reads now, for each folder of catalogues."""
    return [(book, book.wanted()) for book in catalogues.books()]


def test_every_language_is_shipped_and_nothing_half_done():
    assert SHIPPED == OTHERS
    for book in catalogues.books():
        assert [code for code in OTHERS if book.path(code).exists()] == SHIPPED


@pytest.mark.slow
@pytest.mark.parametrize("language", SHIPPED)
def test_catalogues_hold_what_the_public_reads_and_no_more(wanted, language):
    """After a change of words: `make messages`, then translate what it counts."""
    for book, messages in wanted:
        assert {m.id for m in book.read(language) if m.id} == {m.id for m in messages if m.id}, book.folder


@pytest.mark.parametrize("language", SHIPPED)
def test_every_message_is_translated_with_its_placeholders(language):
    for book in catalogues.books():
        catalogue = book.read(language)
        assert catalogues.untranslated(catalogue) == []
        assert [m.id for m in catalogue if m.id and m.fuzzy] == []
        assert [m.id for m in catalogue if m.id and not _placeholders_hold(m, catalogue.num_plurals)] == []


def _placeholders_hold(message, forms) -> bool:
    """Each form says what the English says; a plural form may leave out the number, as the English "One other" does."""
    if isinstance(message.id, str):
        return sorted(PLACEHOLDER.findall(message.string)) == sorted(PLACEHOLDER.findall(message.id))
    needed, known = (set(PLACEHOLDER.findall(words)) for words in message.id)
    given = [set(PLACEHOLDER.findall(words)) for words in message.string]
    return len(given) == forms and all(needed <= one <= known for one in given)


def test_a_placeholder_that_is_lost_or_made_up_is_found():
    def held(id, string):
        return _placeholders_hold(Message(id, string=string), 3)

    assert held("By %(due)s", "Do: %(due)s")
    assert not held("By %(due)s", "Do: %(term)s")
    assert not held("By %(due)s", "Wkrótce")
    assert held(("One day", "%(n)d days"), ("Jeden dzień", "%(n)d dni", "%(n)d dni"))
    assert not held(("%(n)d day", "%(n)d days"), ("Dzień", "%(n)d dni", "%(n)d dni"))
    assert not held(("%(n)d day", "%(n)d days"), ("%(n)d dzień", "%(n)d dni"))


def _read(client, page):
    """A page in Polish; `make` has compiled its words (var/messages.stamp)."""
    text = html.unescape(client.get(page).content.decode())
    assert '<html lang="pl" dir="ltr"' in text
    return text


def test_front_page_comes_in_polish_with_the_words_of_the_pack(client):
    text = _read(client, "/pl/")
    assert " - Policja lokalna w West Midlands</title>" in text
    assert "To nie jest oficjalna strona West Midlands Police." in text
    assert Force.objects.get().guarantee not in text


@pytest.mark.parametrize("language", SHIPPED)
def test_emergency_and_first_question_come_in_each_language_and_999_in_english_too(client, language):
    text = html.unescape(client.get(f"/{language}/report/").content.decode())
    english = ["What do you want to tell us?", "Someone is in danger, or a crime is happening now"]
    with translation.override(language):
        words = [translation.gettext(message) for message in english]
    assert [word in text for word in words] == [True, True]
    assert [message in text for message in english] == [False, False]
    assert "Call 999" in text


def test_questions_come_in_polish_with_the_names_of_categories(client):
    assert "Co chcą Państwo nam powiedzieć?" in _read(client, "/pl/report/")
    text = _read(client, "/pl/report/what/")
    with translation.override("pl"):
        for row in Category.objects.filter(in_use=True):
            assert translation.gettext(row.name) != row.name, row.code
            assert translation.gettext(row.name) in text


def test_signposts_come_in_polish(client):
    for post in Signpost.objects.all():
        text = _read(client, f"/pl/report/help/{post.pk}/")
        with translation.override("pl"):
            assert translation.gettext(post.advice) in text
        assert post.advice not in text


def test_a_draft_says_so_in_its_own_language(client):
    assert "Ta strona jest wersją roboczą." in _read(client, "/pl/areas/")


def test_times_of_day_are_said_as_the_language_says_them():
    moment = datetime(2026, 12, 2, 14, 30, tzinfo=LONDON)
    said = [clock_words(time(8)), clock_words(time(14, 30)), clock_time(moment), in_words(moment)]
    with translation.override("pl"):
        polish = [clock_words(time(8)), clock_words(time(14, 30)), clock_time(moment), in_words(moment)]
    assert said == ["8am", "2:30pm", "2:30pm", "Wednesday 2 December, 2:30pm"]
    assert polish == ["08:00", "14:30", "14:30", "środa 2 grudnia, 14:30"]


def test_words_that_staff_wrote_anew_stay_as_they_are():
    with translation.override("pl"):
        assert spoken("") == ""
        assert spoken("Words of this morning") == "Words of this morning"


def test_begin_takes_only_a_language_of_the_settings():
    with pytest.raises(CommandError, match="xx is not among settings.LANGUAGES"):
        call_command("messages", begin="xx")


# ---- ranks and teams -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", SHIPPED)
def test_ranks_of_the_pack_come_in_each_language(client, language, person, team_of, walsall, bloxwich_west):
    shah = person("shah", rank="Police Constable", public_name=True)
    lee = person("lee", rank="PCSO")
    for one in (shah, lee):
        posting = Posting.objects.create(person=one, team=team_of(walsall), from_date="2026-01-01")
        posting.named_wards.add(bloxwich_west)
    leader = person("leader", rank="Chief Superintendent")
    Command.objects.create(area=walsall, person=leader, from_date="2026-01-01")
    with translation.override(language):
        ranks = [translation.gettext(one.rank) for one in (shah, lee, leader)]
        page = bloxwich_west.get_absolute_url()
    text = html.unescape(client.get(page).content.decode())
    assert [rank in text for rank in ranks] == [True, True, True]
    assert [one.rank in text for one in (shah, leader)] == [False, False]
    assert f"{ranks[0]} {shah.name}" in text and f"{ranks[1]}, Demo neighbourhood team, Walsall" in text


def test_what_staff_typed_as_rank_or_team_stays_as_it_is(person, team_of, walsall):
    beat = person("beat", rank="Beat lead")
    nameless = person("nameless", public_name=True)
    team, standard = team_of(walsall), team_of(walsall, kind="response")
    standard.name = "Response team"
    with translation.override("pl"):
        assert (beat.spoken_rank, nameless.spoken_rank, nameless.public_words) == ("Beat lead", "", nameless.name)
        assert Posting(person=beat, team=team).public_words == "Beat lead, Demo neighbourhood team, Walsall"
        assert Posting(person=person("one"), team=standard).public_words == "Członek zespołu, Zespół interwencyjny"
    assert str(standard) == "Response team"
