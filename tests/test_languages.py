"""The public's languages: each page in each, by its address and without a cookie; none in production before it is reviewed."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.urls import get_resolver, reverse
from django.urls.resolvers import LocalePrefixPattern, URLResolver
from django.utils import timezone, translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS

from areas.models import Language, Meeting
from feedback.following import doors
from feedback.models import Signpost, Subscription
from feedback.models.codes import follow_code
from feedback.stopping import stop_url
from policing_portal import catalogues, languages

pytestmark = pytest.mark.django_db

OTHERS = catalogues.other_languages()
# What the public's routes lead to beside pages in words: files, photos, and what only takes a form or leads away.
NO_PAGES = {
    "areas:outlines", "areas:feed", "areas:ward_feed", "areas:square", "local:calendar", "local:meeting_calendar",
    "insight:csv", "insight:json", "following:feed", "intake:photo", "tracking:photo", "change-language", "intake:leave",
    "tracking:leave", "tracking:links", "tracking:complain", "tracking:review_add", "tracking:review_clear",
}  # fmt: skip
ENGLISH_ALONE = ["/api/v1/areas/", "/accounts/login/", "/admin/", "/dashboard/", "/healthz", "/readyz"]


@pytest.fixture(autouse=True)
def translated(monkeypatch):
    """As if each language had its catalogue; what is not translated yet stays English."""
    monkeypatch.setattr(languages, "has_catalogue", lambda code: True)


# ---- addresses -------------------------------------------------------------------------------------------------------
def public_routes(patterns=None, names="", public=False):
    """The name of each route that has an address in every language."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        inside = public or isinstance(one.pattern, LocalePrefixPattern)
        if isinstance(one, URLResolver):
            yield from public_routes(one.url_patterns, names + (f"{one.namespace}:" if one.namespace else ""), inside)
        elif inside:
            yield names + one.name


@pytest.fixture
def addresses(bloxwich_west, make_concern, walsall, mailoutbox):
    """The address of every page of the public in the language that is active; a new route must be named here or above."""
    starts = timezone.now() + timedelta(days=7)
    meeting = Meeting.objects.create(
        area=walsall,
        kind=Meeting.Kind.choices[0][0],
        place="The library",
        starts=starts,
        ends=starts + timedelta(hours=1),
    )
    Subscription.ask(email="pat@example.org", pace="weekly", language="en-gb", area=walsall)
    told = make_concern(walsall, contact={"email": "pat@example.org", "safe_to_contact": True})
    news = told.notify("ended", to="reporter")
    ward = [walsall.slug, bloxwich_west.code]
    uid = Subscription.objects.get().uid
    given = {
        "areas:area": ["walsall"], "areas:ward": ward, "areas:poster": ward, "local:meeting": [meeting.pk],
        "local:ask": [meeting.pk], "hubs:hub": ["bloxwich"], "intake:signpost": [Signpost.objects.first().pk],
        "insight:area": ["walsall"],
    }  # fmt: skip
    mailed = {
        "following:confirm": lambda: doors.confirm_url(uid), "following:stop": lambda: doors.unfollow_url(uid),
        "tracking:stop": lambda: stop_url(news.message_id),
    }  # fmt: skip
    routes = [name for name in public_routes() if name not in NO_PAGES]

    def make():
        return {
            name: mailed[name]().removeprefix(settings.BASE_URL)
            if name in mailed
            else reverse(name, args=given.get(name))
            for name in routes
        }

    return make


@pytest.mark.parametrize("language", OTHERS)
def test_every_page_is_there_in_every_language(client, language, addresses, make_concern, walsall):
    key = uuid.uuid4()
    concern = make_concern(walsall, key=key)
    client.post(f"/{language}/track/", {"reference": concern.reference, "code": follow_code(key)})
    with translation.override(language):
        pages = addresses()
    assert {name for name, path in pages.items() if not path.startswith(f"/{language}/")} == set()
    for name, page in pages.items():
        answer = client.get(page, follow=True)
        text = answer.content.decode()
        direction = "rtl" if language in ("ur", "ar") else "ltr"
        # Nothing was sent in this browser, so there is no receipt.
        assert (name, answer.status_code) == (name, 404 if name in ("intake:next", "intake:sent") else 200)
        assert f'<html lang="{language}" dir="{direction}"' in text, name
        assert answer.headers["Content-Language"] == language
        # What saves a life stands in English as well.
        assert '<a class="portal-emergency__phone" href="tel:999">Call 999</a>' in text or name == "areas:poster", name


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
        'x = _("Seen")\nROWS = [gettext_noop("Arrest")]\ny = ngettext("%(n)d day", "%(n)d days", n)\n'
        'name = models.CharField(_("column"))\nverbose_name = _("table")\n'
    )
    assert list(catalogues.in_code(code)) == ["Seen", "Arrest", ("%(n)d day", "%(n)d days")]
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
