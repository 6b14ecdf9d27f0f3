"""The public's languages: each page in each, by its address and without a cookie; none in production before it is reviewed."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS

from areas.models import Language
from policing_portal import catalogues, languages

pytestmark = pytest.mark.django_db

OTHERS = catalogues.other_languages()
PAGES = [
    "/",
    "/areas/",
    "/areas/walsall/",
    "/hubs/",
    "/hubs/bloxwich/",
    "/priorities/",
    "/meetings/",
    "/how-we-are-doing/",
    "/how-we-are-doing/walsall/",
    "/scrutiny/",
    "/feedback/",
    "/report/",
    "/report/what/",
    "/track/",
    "/privacy/",
    "/accessibility/",
]
ENGLISH_ALONE = ["/api/v1/areas/", "/accounts/login/", "/admin/", "/dashboard/", "/healthz", "/readyz"]


@pytest.fixture(autouse=True)
def translated(monkeypatch):
    """As if each language had its catalogue; what is not translated yet stays English."""
    monkeypatch.setattr(languages, "has_catalogue", lambda code: True)


# ---- addresses -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", OTHERS)
def test_every_page_is_there_in_every_language(client, language):
    for page in PAGES:
        answer = client.get(f"/{language}{page}", follow=True)
        text = answer.content.decode()
        direction = "rtl" if language in ("ur", "ar") else "ltr"
        assert (page, answer.status_code) == (page, 200)
        assert f'<html lang="{language}" dir="{direction}"' in text, page
        assert answer.headers["Content-Language"] == language
        # What saves a life stands in English as well.
        assert '<a class="portal-emergency__phone" href="tel:999">Call 999</a>' in text, page


@pytest.mark.parametrize("page", ENGLISH_ALONE)
def test_what_is_not_for_reading_has_english_alone(client, page):
    assert client.get(f"/ur{page}").status_code == 404
    assert client.get(page).status_code in (200, 302)


def test_english_has_no_prefix_and_no_browser_setting_changes_it(client):
    answer = client.get("/areas/", headers={"Accept-Language": "ur"})
    assert '<html lang="en-gb" dir="ltr"' in answer.content.decode()
    assert "Accept-Language" not in answer.get("Vary", "")
    assert client.get("/en-gb/areas/").status_code == 404


def test_pages_to_read_set_no_cookie_in_any_language(client):
    answer = client.get("/ur/areas/walsall/")
    assert dict(answer.cookies) == {}
    assert answer["Cache-Control"] == "public, no-cache"


def test_a_page_leads_to_itself_in_the_other_languages(client):
    text = client.get("/ur/areas/?x=1").content.decode()
    found = re.findall(r'portal-languages__choice" href="([^"]+)" lang="([a-z-]+)"', text)
    others = [(f"/{code}/areas/?x=1", code) for code in OTHERS if code != "ur"]
    assert found == [("/areas/?x=1", "en-gb"), *others]


def test_an_address_is_divided_into_language_and_path():
    assert languages.divided("/ur/areas/") == ("ur", "/areas/")
    assert languages.divided("/areas/") == ("en-gb", "/areas/")
    assert languages.divided("/ur") == ("ur", "/")
    assert languages.divided("/urdu/") == ("en-gb", "/urdu/")


def test_a_language_without_a_catalogue_is_not_offered(client, monkeypatch):
    monkeypatch.setattr(languages, "has_catalogue", lambda code: code == "pl")
    assert client.get("/ur/areas/").status_code == 404
    page = client.get("/areas/").content.decode()
    assert re.findall(r'portal-languages__choice" href="([^"]+)"', page) == ["/pl/areas/"]


# ---- reviewed, or not ------------------------------------------------------------------------------------------------
def test_production_offers_only_what_a_native_speaker_reviewed(client, settings):
    settings.PRODUCTION = True
    assert client.get("/pl/areas/").status_code == 404
    assert "portal-languages" not in client.get("/areas/").content.decode()
    Language.objects.filter(code="pl").update(reviewed_by="Translation office", reviewed_on=date(2026, 11, 1))
    page = client.get("/pl/areas/")
    assert page.status_code == 200
    assert "portal-draft" not in page.content.decode()
    assert client.get("/ur/areas/").status_code == 404


def test_elsewhere_a_language_says_that_nobody_reviewed_it(client):
    assert "Polish: a draft that no native speaker has checked yet." in client.get("/pl/areas/").content.decode()
    assert "portal-draft" not in client.get("/areas/").content.decode()


# ---- the journey goes on ---------------------------------------------------------------------------------------------
def test_change_of_language_takes_the_journey_along(client):
    client.cookies["journey"] = "token"
    answer = client.post("/report/language/", {"to": "ur", "page": "/report/details/"})
    assert answer.status_code == 302
    assert answer["Location"] == "/ur/report/details/"
    assert (answer.cookies["journey"].value, answer.cookies["journey"]["path"]) == ("token", "/ur/report/")
    assert answer.cookies["journey"]["httponly"] is True


def test_change_of_language_leads_nowhere_else(client):
    for room, to, page in [
        ("report", "ur", "//evil.test/report/"),
        ("report", "ur", "/dashboard/"),
        ("track", "ur", "/report/what/"),
        ("report", "xx", "/report/what/"),
        ("report", "", ""),
    ]:
        assert client.post(f"/{room}/language/", {"to": to, "page": page}).status_code == 404
    assert client.get("/report/language/").status_code == 405


def test_concern_keeps_the_language_in_which_it_was_told(client):
    with translation.override("ur"):
        assert reverse("intake:start") == "/ur/report/"


# ---- catalogues ------------------------------------------------------------------------------------------------------
def test_collector_finds_what_the_public_reads():
    code = (
        'x = _("Seen")\ny = ngettext("%(n)d day", "%(n)d days", n)\n'
        'name = models.CharField(_("column"))\nverbose_name = _("table")\n'
    )
    assert list(catalogues.in_code(code)) == ["Seen", ("%(n)d day", "%(n)d days")]
    template = (
        '{% load i18n %}<p title="{% translate "Title" %}">{% translate "It\'s here" %}</p>'
        "{% blocktranslate with name=x %}In {{ name }}{% endblocktranslate %}"
        "{% blocktranslate count n=n %}One{% plural %}{{ n }} many{% endblocktranslate %}{% translate variable %}"
        '{% include "button.html" with text=_("Send it") %}{{ place|default:_("Not known") }}'
    )
    assert list(catalogues.in_template(template)) == [
        "Title", "It's here", "In %(name)s", ("One", "%(n)s many"), "Send it", "Not known",
    ]  # fmt: skip


def test_django_dates_are_collected():
    assert list(WEEKDAYS.values()) == catalogues.DAYS
    assert list(MONTHS.values()) == catalogues.MONTHS
    assert list(MONTHS_3.values()) == catalogues.SHORT_MONTHS


@pytest.mark.slow
def test_staff_pages_are_not_collected():
    places = {place for message in catalogues.public_messages() for place, _line in message.locations}
    assert not {place for place in places if "casework" in place or "/admin" in place}
    assert {"templates/intake/check.html", "templates/tracking/concern.html", "templates/areas/ward.html"} <= places


def test_settings_know_every_language_of_the_pack():
    assert set(Language.objects.values_list("code", flat=True)) == {code for code, _name in settings.LANGUAGES} - {
        "en-gb"
    }
