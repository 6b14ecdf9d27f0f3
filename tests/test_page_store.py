"""What stands before the middleware of persons answers only what is everybody's; what is drawn once holds nothing of anybody."""

import gzip
import json
from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone

from accounts import caching
from accounts.caching import kept_pages
from accounts.stamp import Stamp
from hubs.models import Hub

pytestmark = pytest.mark.django_db


def kept() -> int:
    """How many whole pages are kept."""
    return sum(":page:" in key for key in caches["pages"]._cache)


@pytest.fixture
def answered(rf: RequestFactory):
    """The middleware's answer to a stranger, where `inner` stands behind it."""

    def answer(inner, path="/made/", **request):
        return kept_pages(inner)(rf.get(path, **request))

    return answer


def a_page(**marks):
    """An answer as a read page gives it."""
    response = HttpResponse("words")
    response.keep_as = "key"
    vars(response).update(marks)
    return response


# ---- the store -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/", "/areas/walsall/", "/privacy/"])
def test_kept_page_is_the_page_that_was_made_with_all_its_headers(client, address):
    made, again = client.get(address), client.get(address)
    unlike = {"X-Request-ID"}
    headers = [{name: value for name, value in one.items() if name not in unlike} for one in (made, again)]
    assert (again.content, headers[1]) == (made.content, headers[0])
    assert {"ETag", "X-Frame-Options", "Content-Language", "Content-Security-Policy"} <= set(headers[1])


def test_kept_page_needs_no_view(client, monkeypatch):
    client.get("/privacy/")
    monkeypatch.setattr("django.core.handlers.base.BaseHandler.resolve_request", None)
    assert client.get("/privacy/").status_code == 200


def test_kept_page_knows_its_route_for_the_log(client, walsall, capsys, settings):
    settings.ACCESS_LOG = True
    for _time in range(2):
        client.get(walsall.get_absolute_url())
    routes = [json.loads(line)["route"] for line in capsys.readouterr().err.splitlines()]
    assert routes == ["areas/<slug:slug>/"] * 2


def test_kept_page_is_given_to_no_host_but_ours(client):
    client.get("/privacy/")
    assert client.get("/privacy/", headers={"host": "elsewhere.example"}).status_code == 400


def test_kept_page_takes_no_form(client):
    client.get("/privacy/")
    assert client.post("/privacy/").status_code == 405


def test_kept_page_of_this_minute_is_not_shown_in_the_next(client, walsall, monkeypatch):
    address = walsall.hubs.first().get_absolute_url()
    at = [datetime(2026, 11, 25, 12, minute, tzinfo=ZoneInfo("Europe/London")) for minute in (0, 0, 1)]
    tags = []
    for now in at:
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        tags.append(client.get(address)["ETag"])
    assert (tags[0] == tags[1], tags[0] == tags[2]) == (True, False)


def test_kept_page_stays_shut_for_somebody_without_a_second_factor(signed_in, client, walsall_officer, settings):
    client.get("/privacy/")
    settings.REQUIRE_MFA = True
    assert signed_in(walsall_officer).get("/privacy/")["Location"] == "/accounts/2fa/"


def test_page_that_a_signed_in_person_had_made_is_not_kept(signed_in, walsall_officer):
    signed_in(walsall_officer).get("/privacy/")
    assert kept() == 0


def test_page_for_which_the_session_was_read_is_not_kept(answered):
    def inner(request):
        request.session = SimpleNamespace(accessed=True)
        return a_page()

    answered(inner)
    assert kept() == 0


def test_page_that_sets_a_cookie_is_not_kept(answered):
    def inner(request):
        response = a_page()
        response.set_cookie("visitor", "7")
        return response

    answered(inner)
    assert kept() == 0


def test_page_that_varies_by_cookie_is_not_kept(answered):
    def inner(request):
        response = a_page()
        response["Vary"] = "Cookie"
        return response

    answered(inner)
    assert kept() == 0


def test_page_that_is_the_same_for_all_is_kept(answered):
    answered(lambda request: a_page())
    assert kept() == 1


# ---- as it travels ---------------------------------------------------------------------------------------------------
ZIPPED = {"accept-encoding": "br, gzip;q=0.8"}


@pytest.mark.usefixtures("same_minute")
@pytest.mark.parametrize(
    "address", ["/privacy/", "/areas/walsall/", "/areas.geojson?zoom=12", "/priorities/?area=walsall"]
)
def test_read_page_is_packed_for_a_browser_that_takes_it(client, address):
    plain = client.get(address)
    for _time in range(2):
        packed = client.get(address, headers=ZIPPED)
        assert gzip.decompress(packed.content) == plain.content
        assert (packed["Content-Encoding"], packed["Content-Length"]) == ("gzip", str(len(packed.content)))
        assert (packed["ETag"], packed["Vary"]) == (f"W/{plain['ETag']}", plain["Vary"])
    again = client.get(address)
    assert (again.content, again["ETag"], "Content-Encoding" in again) == (plain.content, plain["ETag"], False)
    assert "Accept-Encoding" in plain["Vary"]


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_read_page_stays_plain_for_a_browser_that_does_not(client, accepted):
    for _time in range(2):
        assert "Content-Encoding" not in client.get("/privacy/", headers={"accept-encoding": accepted})


@pytest.mark.parametrize("sent", [{}, ZIPPED])
@pytest.mark.parametrize("address", ["/privacy/", "/areas.geojson?zoom=12"])
def test_packed_page_is_known_again_by_either_etag(client, django_assert_num_queries, address, sent):
    tag = client.get(address)["ETag"]
    for known in (tag, f"W/{tag}"):
        answer = client.get(address, headers={"if-none-match": known, **sent})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", f"W/{tag}" if sent else tag)
        assert "Accept-Encoding" in answer["Vary"] and "Content-Encoding" not in answer
    with django_assert_num_queries(1):
        client.get("/privacy/" if address == "/privacy/" else address, headers={"if-none-match": tag, **sent})


def test_kept_page_is_packed_once_and_never_where_nobody_takes_it(client, monkeypatch, django_assert_num_queries):
    packs = []
    monkeypatch.setattr(caching, "_pack", lambda plain: packs.append(plain) or gzip.compress(plain))
    for _time in range(3):
        client.get("/privacy/")
    assert packs == []
    for _time in range(3):
        client.get("/privacy/", headers=ZIPPED)
    assert len(packs) == 1
    with django_assert_num_queries(1):
        client.get("/privacy/", headers=ZIPPED)


PERSONAL = ["/privacy/", "/report/", "/follow/?area=walsall", "/track/", "/?q=Atlantis", "/admin/login/"]


@pytest.mark.parametrize("address", PERSONAL)
def test_what_is_of_one_person_is_never_packed(signed_in, client, walsall_officer, address):
    """A secret beside words that others choose could be guessed by how small they pack."""
    who = signed_in(walsall_officer) if address == "/privacy/" else client
    assert "Content-Encoding" not in who.get(address, headers=ZIPPED, follow=True)


# ---- what is drawn once ----------------------------------------------------------------------------------------------
def drawn(words, stamp, **values):
    """`words` as a template draws it, for a request that has read `stamp`, or none."""
    request = SimpleNamespace(stamp=stamp, path="/mine/") if stamp else SimpleNamespace(path="/mine/")
    return Template("{% load kept %}" + words).render(Context({"request": request, **values}))


def test_kept_part_is_drawn_once_for_a_stamp_and_its_values():
    part = '{% kept "part" place %}{{ said }}{% endkept %}'
    first = drawn(part, "7-today", place="a", said="one")
    same, other = drawn(part, "7-today", place="a", said="two"), drawn(part, "7-today", place="b", said="three")
    assert (first, same, other, drawn(part, "8-today", place="a", said="four")) == ("one", "one", "three", "four")


def test_kept_part_is_drawn_each_time_where_no_stamp_was_read():
    part = '{% kept "part" %}{{ said }}{% endkept %}'
    assert [drawn(part, "", said=word) for word in ("one", "two")] == ["one", "two"]


@pytest.mark.parametrize("stamp", ["7-today", ""])
@pytest.mark.parametrize("word", ["request.path", "user", "csrf_token", "form", "perms", "messages"])
def test_kept_part_sees_nothing_of_a_request_or_person(stamp, word):
    own = {"user": "Sam", "csrf_token": "secret", "form": "typed", "perms": "all", "messages": "for you"}
    said = drawn('{% kept "part" %}{{ WORD|default:"" }}{% endkept %}'.replace("WORD", word), stamp, **own)
    assert said == ""


def test_kept_part_stays_escaped_as_it_was():
    part = '{% kept "part" %}<b>{{ said }}</b>{% endkept %}'
    assert [drawn(part, "7-today", said="<i>") for _time in range(2)] == ["<b>&lt;i&gt;</b>"] * 2


def test_kept_part_needs_a_name():
    with pytest.raises(TemplateSyntaxError):
        Template("{% load kept %}{% kept %}{% endkept %}")


def test_kept_parts_of_a_page_change_with_the_staffs_next_edit(client, bloxwich_west):
    address = bloxwich_west.get_absolute_url()
    client.get(address)
    Hub.objects.update(name="Renamed Station")
    assert "Renamed Station" in client.get(address).content.decode()


def test_stamp_is_read_once_for_a_page_made_anew(client, django_assert_num_queries, walsall):
    address = walsall.get_absolute_url()
    client.get(address)
    before = Stamp.current()
    with django_assert_num_queries(1):
        client.get(f"{address}?made=2")
    assert Stamp.current() == before
