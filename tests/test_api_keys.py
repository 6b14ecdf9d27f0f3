"""Keys for systems: a rate of their own for what is public, never a right; shown once, kept as a hash, ended at once."""

import hashlib
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ApiKey
from tests.seen import version

pytestmark = pytest.mark.django_db

LOCATE = "/api/v1/locate/?postcode=WS3+2PD"
LISTS = ["areas", "wards", "priorities", "meetings", "hubs", "teams", "categories"]


@pytest.fixture
def issued(staff_admin):
    """Makes a key: the row, and the key as the system sends it."""

    def make(client="Demo control room", until="2030-01-01"):
        row = ApiKey(client=client, until=until)
        return row, row.issue(by=staff_admin)

    return make


def sent(key, scheme="Api-Key"):
    return {"Authorization": f"{scheme} {key}"}


def page(name, *args):
    return reverse(f"admin:accounts_apikey_{name}", args=args)


# ---- what a key gives --------------------------------------------------------------------------------------------------
def test_key_looks_up_places_at_a_rate_of_its_own(client, issued, settings):
    settings.LOCATE_RATE, settings.API_KEY_RATE = "1/hour", "3/hour"
    _row, key = issued()
    _row, other = issued("Demo second system")
    assert [client.get(LOCATE).status_code for _time in range(2)] == [200, 429]
    assert [client.get(LOCATE, headers=sent(key)).status_code for _time in range(4)] == [200, 200, 200, 429]
    assert "Retry-After" in client.get(LOCATE, headers=sent(key))
    assert client.get(LOCATE, headers=sent(other)).status_code == 200
    assert client.get(LOCATE, headers=sent(key), REMOTE_ADDR="198.51.100.9").status_code == 429  # it counts for the key


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_the_same_with_a_key_and_set_no_cookie(client, issued, name):
    _row, key = issued()
    answers = [client.get(f"/api/v1/{name}/", headers=headers) for headers in ({}, sent(key))]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert dict(answers[1].cookies) == {}


def test_key_reads_no_concern_and_submits_at_the_public_rate(client, issued, make_concern, walsall, settings):
    concern = make_concern(walsall)
    _row, key = issued()
    paths = ["/api/v1/concerns/", f"/api/v1/concerns/{concern.reference}/"]
    assert [client.get(path, headers=sent(key)).status_code for path in paths] == [401, 401]
    assert client.get("/admin/", headers=sent(key)).status_code == 302
    assert client.get("/dashboard/", headers=sent(key)).status_code == 302
    settings.SUBMIT_RATE = "0/hour"
    body = {"category": "asb-vehicle", "text": "Bikes.", "area": "walsall"}
    headers = sent(key) | {"Idempotency-Key": "6f1c7b1e-6f0e-4b44-9d6c-0c9b7b8f2a11"}
    answer = client.post("/api/v1/concerns/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 429


def test_key_of_somebody_signed_in_changes_nothing_of_their_rights(
    signed_in, walsall_officer, issued, make_concern, walsall
):
    make_concern(walsall)
    _row, key = issued()
    assert signed_in(walsall_officer).get("/api/v1/concerns/", headers=sent(key)).json()["count"] == 1


# ---- what does not work ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [LOCATE, "/api/v1/areas/", "/api/v1/areas/walsall/"])
@pytest.mark.parametrize(
    "header",
    [
        "Api-Key", "Api-Key ", "Api-Key a b", "Api-Key x", "api-key 00000000." + "A" * 43, "Api-Key " + "x" * 9000,
        "Api-Key 00000000.\u00e9" + "A" * 42, "Api-Key 00000000." + "A" * 42 + "=", "Api-Key '; DROP TABLE accounts_apikey; --",
        "Api-Key \u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660." + "A" * 43,
    ],
)  # fmt: skip
def test_key_that_is_none_is_a_401_in_words(client, path, header):
    answer = client.get(path, HTTP_AUTHORIZATION=header.encode().decode("latin-1"))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Api-Key")
    assert answer.json() == {"detail": "This key is not known, has ended or was revoked."}


def test_key_of_the_wrong_form_asks_nothing_of_the_database(client, db):
    with CaptureQueriesContext(connection) as queries:
        client.get(LOCATE, headers=sent("x" * 52))
    assert [query for query in queries if "apikey" in query["sql"]] == []


@pytest.mark.parametrize("scheme", ["Basic", "Bearer", "Token", "Api-Keys", ""])
def test_other_schemes_are_not_looked_at(client, issued, scheme):
    _row, key = issued()
    assert client.get(LOCATE, headers=sent(key, scheme)).status_code == 200
    assert ApiKey.objects.get().last_used is None


def test_scheme_is_known_in_any_case(client, issued):
    _row, key = issued()
    assert client.get(LOCATE, headers=sent(key, "API-KEY")).status_code == 200
    assert ApiKey.objects.get().last_used is not None


def test_key_ends_with_its_last_day_in_london(client, issued, time_machine):
    _row, key = issued(until="2026-12-01")
    time_machine.move_to("2026-12-01T23:59:00+00:00", tick=False)
    assert client.get(LOCATE, headers=sent(key)).status_code == 200
    time_machine.move_to("2026-12-02T00:00:30+00:00", tick=False)
    assert client.get(LOCATE, headers=sent(key)).status_code == 401


def test_half_a_key_or_one_with_another_beginning_does_not_work(client, issued):
    (row, key), (other, _key) = issued(), issued("Other")
    swapped = f"{other.prefix}.{key.partition('.')[2]}"
    for wrong in (row.prefix, row.digest, swapped, key[:-1], key.upper(), f"{key}x"):
        assert client.get(LOCATE, headers=sent(wrong)).status_code == 401


def test_use_is_written_down_once_a_day(client, issued, time_machine):
    row, key = issued()

    def writes():
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/areas/", headers=sent(key))
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    time_machine.move_to("2026-12-01T12:00:00+00:00", tick=False)
    assert (writes(), writes()) == (1, 0)
    time_machine.move_to("2026-12-02T12:00:00+00:00", tick=False)
    assert writes() == 1
    row.refresh_from_db()
    assert (str(row.last_used), row.history.count()) == ("2026-12-02", 1)


# ---- in the admin ------------------------------------------------------------------------------------------------------
def made(client, **changed):
    return client.post(page("add"), {"client": "Demo control room", "until": "2030-01-01"} | changed)


def test_key_is_shown_once_and_only_its_hash_is_kept(signed_in, staff_admin, client):
    browser = signed_in(staff_admin)
    answer = made(browser)
    (key,) = re.findall(r'<pre class="mail"[^>]*>(.+?)</pre>', answer.content.decode())
    row = ApiKey.objects.get()
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert (row.made_by, row.digest, key.startswith(f"{row.prefix}.")) == (
        staff_admin, hashlib.sha256(key.encode()).hexdigest(), True,
    )  # fmt: skip
    secret = key.partition(".")[2]
    for path in (page("changelist"), page("change", row.pk), page("history", row.pk), page("add")):
        text = browser.get(path).content.decode()
        assert (secret in text, row.digest in text) == (False, False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_apikey")
        assert secret not in repr(cursor.fetchall())
        cursor.execute("SELECT * FROM accounts_historicalapikey")
        held = repr(cursor.fetchall())
        assert (secret in held, row.digest in held) == (False, False)
    browser.logout()
    assert client.get(LOCATE, headers=sent(key)).status_code == 200


def test_two_keys_are_never_the_same(issued):
    rows = [issued() for _number in range(20)]
    assert len({key for _row, key in rows}) == len({row.prefix for row, _key in rows}) == 20


def test_revoked_key_ends_at_the_next_request_and_for_good(signed_in, staff_admin, client, issued):
    row, key = issued()
    browser = signed_in(staff_admin)
    browser.post(page("changelist"), {"action": "revoke", "_selected_action": [row.pk]})
    assert browser.get(LOCATE, headers=sent(key)).status_code == 401
    row.refresh_from_db()
    first = row.revoked_at
    row.revoke()
    assert (row.revoked_at, row.state, row.history.first().history_user) == (first, "revoked", staff_admin)
    # Neither a form nor an old version brings it back.
    form, changed = {"client": "Again", "until": "2031-01-01", "revoked_at": "", "digest": "x"}, page("change", row.pk)
    browser.post(changed, form | version(browser, changed))
    url = page("simple_history", row.pk, row.history.last().history_id)
    browser.post(url, form | version(browser, url))
    row.refresh_from_db()
    assert (row.client, row.revoked_at, row.state) == ("Again", first, "revoked")
    assert browser.get(LOCATE, headers=sent(key)).status_code == 401


def test_key_that_would_never_work_is_refused(signed_in, staff_admin):
    assert "the key would never work" in made(signed_in(staff_admin), until="2020-01-01").content.decode()
    assert ApiKey.objects.count() == 0


def test_keys_are_not_deleted_nor_made_by_others(signed_in, staff_admin, auditor, walsall_editor, issued):
    row, _key = issued()
    assert signed_in(staff_admin).post(page("delete", row.pk), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    signed_in(staff_admin).post(page("changelist"), data)
    for who in (auditor, walsall_editor):
        client = signed_in(who)
        assert made(client).status_code == 403
        client.post(page("changelist"), {"action": "revoke", "_selected_action": [row.pk]})
    assert (ApiKey.objects.get(), ApiKey.objects.get().state) == (row, "works")


def test_description_of_the_api_names_the_key(client, db):
    schema = client.get("/api/v1/schema/?format=json").json()
    scheme = schema["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    assert {"key": []} in schema["paths"]["/api/v1/locate/"]["get"]["security"]
    assert {} in schema["paths"]["/api/v1/locate/"]["get"]["security"]  # nothing needs it
    assert {"key": []} not in schema["paths"]["/api/v1/concerns/"]["get"]["security"]
