"""The API as its clients rely on it: docs/http.md is the contract, and errors are always JSON."""

import json
import uuid
from datetime import datetime

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Stamp
from areas.models import Edition, Force, Postcode, Ward
from feedback.models import Category, Concern, Notification, ReadLog

GOOD = {"category": "asb-vehicle", "text": "Off-road bikes on the green every evening.", "area": "walsall"}


def tell(client, body, key=None, **headers):
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), **headers}
    return client.post("/api/v1/concerns/", body, "application/json", headers=headers)


@pytest.fixture
def known_postcode(bloxwich_west):
    """WS3 2PD in an edition of its own, with one postcode beyond the edge."""
    edition = Edition.objects.create(kind="postcodes", name="Test edition", checksum="x", state="active", rows=2)
    if hasattr(edition, "covers"):
        Edition.objects.filter(pk=edition.pk).update(covers="WS B CV DY WV")
    row = {"edition": edition, "quality": 10}
    Postcode.objects.create(**row, postcode="WS32PD", area=bloxwich_west.area, ward=bloxwich_west, lad_code="E08000030")
    Postcode.objects.create(**row, postcode="WS111AA", lad_code="E07000192")
    return edition


def test_locate_finds_a_postcode_in_any_spelling(client, known_postcode, bloxwich_west):
    for spelling in ("WS3+2PD", "ws32pd", "%20Ws3%20%202pD"):
        answer = client.get(f"/api/v1/locate/?postcode={spelling}")
        assert answer.status_code == 200
        assert answer.json()["area"] == {"slug": "walsall", "name": "Walsall", "gss_code": "E08000030"}
        assert answer.json()["ward"] == {"code": bloxwich_west.code, "name": "Bloxwich West"}
        assert answer.json()["outcome"] == "found"


@pytest.mark.parametrize(
    ("postcode", "outcome"),
    [("WS11 1AA", "outside"), ("WS3 9ZZ", "ask"), ("nonsense", "not_a_postcode"), ("M1 1AD", "outside")],
)
def test_locate_says_so_where_no_area_follows(client, known_postcode, postcode, outcome):
    answer = client.get("/api/v1/locate/", {"postcode": postcode})
    assert (answer.status_code, answer.json()["outcome"]) == (200, outcome)
    assert answer.json()["area"] is None and answer.json()["ward"] is None and answer.json()["message"]
    assert set(answer.json()) == {"outcome", "area", "ward", "basis", "candidates", "message"}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?postcode=",
        "?lat=52",
        "?lat=a&lon=b",
        "?lat=nan&lon=0",
        "?lat=91&lon=0",
        "?postcode=B1+1AA&lat=52&lon=-2",
        "?lat=5_2.61&lon=-2",
        "?lat=%D9%A5%D9%A2.61&lon=-2",
        "?postcode=B1+1AA&postcode=WS3+2PD",
        "?lat=52&lat=53&lon=-2",
    ],
)
def test_locate_refuses_what_is_not_of_its_form(client, db, query):
    answer = client.get(f"/api/v1/locate/{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")


@pytest.mark.parametrize("query", ["?postcode=WS3+2PD", "?postcode=nonsense", "?lat=52.61&lon=-2.01", ""])
def test_locate_is_kept_by_nobody(client, db, query):
    assert client.get(f"/api/v1/locate/{query}")["Cache-Control"] == "private, no-store"


def test_locate_is_limited_and_says_when_to_come_back(client, db, settings):
    settings.LOCATE_RATE = "2/hour"
    codes = [client.get("/api/v1/locate/?postcode=nonsense").status_code for _time in range(3)]
    assert codes == [200, 200, 429]
    refused = client.get("/api/v1/locate/?postcode=nonsense")
    minutes = max(1, round(int(refused["Retry-After"]) / 60))
    words = f"That was too often in a short time. Please try again in about {minutes} minutes."
    assert refused.json() == {"detail": words}


def test_concern_is_taken_and_a_replay_says_the_same(client, known_postcode):
    key, body = str(uuid.uuid4()), {**GOOD, "postcode": "ws3 2pd"}
    del body["area"]
    first, again = tell(client, body, key), tell(client, body, key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["area"]["slug"] == "walsall" and first.json()["ward"]["name"] == "Bloxwich West"
    assert Concern.objects.count() == 1 and Notification.objects.filter(kind="received").count() == 1
    assert set(first.json()) == {"reference", "code", "area", "ward", "due_at", "status", "message"}
    assert first.json()["message"].endswith(f" {Force.objects.get().not_watched_notice}")


def test_replay_says_the_same_after_the_concern_went_on(client, walsall_officer):
    key = str(uuid.uuid4())
    first = tell(client, GOOD, key).json()
    Concern.objects.get().move_to("acknowledged", by=walsall_officer)
    assert tell(client, GOOD, key).json() == first


def test_replay_says_the_same_after_the_concern_moved(client, walsall_commander, dudley):
    key = str(uuid.uuid4())
    first = tell(client, GOOD, key).json()
    Concern.objects.get().move_to_area(dudley, "It is on their side.", by=walsall_commander)
    assert tell(client, GOOD, key).json() == first


def test_replay_says_the_same_after_its_category_was_retired(client, db):
    key = str(uuid.uuid4())
    first = tell(client, GOOD, key).json()
    Category.objects.filter(code="asb-vehicle").update(in_use=False)
    Stamp.bump()
    assert (tell(client, GOOD, key).status_code, tell(client, GOOD, key).json()) == (201, first)
    assert tell(client, GOOD).status_code == 400


def test_replay_says_the_same_after_its_postcode_went_elsewhere(client, known_postcode, bloxwich_west, dudley):
    key, body = str(uuid.uuid4()), {"category": "other", "text": "Words.", "postcode": "WS3 2PD"}
    first = tell(client, body, key).json()
    Postcode.objects.filter(postcode="WS32PD").update(area=dudley, ward=dudley.wards.active().first())
    assert tell(client, body, key).json() == first
    Postcode.objects.filter(postcode="WS32PD").update(area=None, ward=None, lad_code="E07000192")
    assert (tell(client, body).status_code, tell(client, body, key).json()) == (422, first)


def test_replay_says_the_same_after_its_ward_was_retired(client, bloxwich_west):
    key, body = str(uuid.uuid4()), {"category": "other", "text": "Words.", "ward": bloxwich_west.code}
    first = tell(client, body, key).json()
    Ward.objects.filter(pk=bloxwich_west.pk).update(name="Bloxwich Renamed")
    assert tell(client, body, key).json() == first


def test_replay_in_another_order_is_the_same_body(client, db):
    key = str(uuid.uuid4())
    first = tell(client, GOOD, key).json()
    assert tell(client, dict(reversed(GOOD.items())), key).json() == first


def test_unusable_body_under_a_used_key_is_refused_and_reveals_nothing(client, db):
    key = str(uuid.uuid4())
    first = tell(client, GOOD, key).json()
    answer = tell(client, {**GOOD, "category": "no-such"}, key)
    assert (answer.status_code, first["reference"] in answer.content.decode()) == (409, False)


def test_receipt_is_of_its_form(client, db):
    told = tell(client, GOOD).json()
    concern = Concern.objects.get()
    assert datetime.fromisoformat(told["due_at"]) == concern.due_at
    assert told["due_at"].endswith("Z") and told["status"] == "received"
    assert (told["area"], told["ward"]) == ({"slug": "walsall", "name": "Walsall"}, None)


def test_same_key_with_other_words_is_refused_and_reveals_nothing(client, db):
    key = str(uuid.uuid4())
    first = tell(client, GOOD, key).json()
    answer = tell(client, {**GOOD, "text": "Something else."}, key)
    assert (answer.status_code, answer.json()) == (409, {"detail": "This key was already used for something else."})
    assert first["reference"] not in answer.content.decode() and first["code"] not in answer.content.decode()
    assert Concern.objects.count() == 1


def test_replay_does_not_count_against_the_rate(client, db, settings):
    settings.SUBMIT_RATE = "2/hour"
    key = str(uuid.uuid4())
    assert [tell(client, GOOD, key).status_code for _time in range(5)] == [201] * 5
    assert [tell(client, GOOD).status_code for _time in range(2)] == [201, 429]
    assert Concern.objects.count() == 2


@pytest.mark.parametrize(
    "key",
    [
        "", "no-uuid", "1234", "00000000-0000-0000-0000-000000000000", "{6f1c1f1e-0d6b-4c61-9a55-2f1a3c1f0a11}",
        "urn:uuid:6f1c1f1e-0d6b-4c61-9a55-2f1a3c1f0a11", "6f1c1f1e0d6b4c619a552f1a3c1f0a11",
    ],
)  # fmt: skip
def test_concern_needs_a_key(client, db, key):
    assert tell(client, GOOD, **{"Idempotency-Key": key}).status_code == 400


@pytest.mark.parametrize("postcode", ["WS3 9ZZ", "nonsense"])
def test_unknown_place_goes_to_the_desk(client, known_postcode, postcode):
    answer = tell(client, {"category": "other", "text": "Words.", "postcode": postcode})
    assert (answer.status_code, answer.json()["area"], answer.json()["ward"]) == (201, None, None)
    assert Concern.objects.get().desk_reason == "unplaced"


def test_outside_needs_a_second_word_and_stores_nothing_before(client, known_postcode):
    body = {"category": "other", "text": "Words.", "postcode": "WS11 1AA"}
    refused = tell(client, body)
    assert refused.status_code == 422 and "Staffordshire Police" in refused.content.decode()
    assert not Concern.objects.exists()
    taken = tell(client, {**body, "place_confirmed": True})
    assert (taken.status_code, taken.json()["area"]) == (201, None)


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""}, {"text": "   "}, {"text": None}, {"text": 5}, {"text": "a" * 5001}, {"text": ["a"]},
        {"category": "no-such"}, {"category": None}, {"category": {}}, {"area": "atlantis"}, {"area": None}, {"area": 7},
        {"postcode": "WS3 2PD"}, {"lat": "x", "lon": 1, "area": None}, {"lat": 52.6, "area": None},
        {"ward": "E05999999", "area": None}, {"lat": 10**400, "lon": 1, "area": None}, {"postcode": "  ", "area": " "},
        {"text": "\x07\x0b"},
    ],
)  # fmt: skip
def test_unusable_text_category_or_place_is_400(client, db, change):
    answer = tell(client, {**GOOD, **change})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert not Concern.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"email": "not an address", "safe_to_contact": True}, {"email": 5}, {"phone": "x" * 900}, {"name": "x" * 900},
        {"place": "x" * 900}, {"place": ["a"]}, {"safe_to_contact": "perhaps"}, {"place_confirmed": 3}, {"more": "fields"},
        {"name": "\u202eabc"}, {"name": "a\x07b"}, {"ignored": "\x1b[31m"}, {"postcode": " "},
        {"text": "\U0001f6b2" * 5000}, {"text": "e\u0301" * 5000},
    ],
)  # fmt: skip
def test_nothing_else_stops_a_concern(client, db, change):
    assert tell(client, {**GOOD, **change}).status_code == 201


def test_text_is_kept_without_what_comes_along_with_pasted_text(client, db):
    tell(client, {**GOOD, "text": "bell\x07 and\x0bline", "place": "by\x08 the canal"})
    assert (Concern.objects.get().text, Concern.objects.get().place) == ("bell and\nline", "by the canal")


def test_text_is_kept_in_composed_form(client, db):
    tell(client, {**GOOD, "text": "cafe\u0301\r\nnext line"})
    assert Concern.objects.get().text == "caf\u00e9\nnext line"


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "null", "5", '"x"', '{"text": NaN}', '{"text": "a", "text": "b"}', "[" * 100_000,
        "[" * 100_000 + "]" * 100_000, '{"a": ' + '{"a": ' * 30 + "1" + "}" * 31, '{"text": "a\\u0000b"}',
        '{"text": "\\ud800"}', '{"lat": ' + "9" * 5000 + "}", b"\xff\xfe{}", '{"\\u0000": 1}',
    ],
)  # fmt: skip
def test_hostile_json_is_400(client, db, body):
    answer = tell(client, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")


def test_list_and_detail_are_closed_to_the_public(client, make_concern, walsall):
    concern = make_concern(walsall)
    assert client.get("/api/v1/concerns/").status_code in (401, 403)
    assert client.get(f"/api/v1/concerns/{concern.reference}/").status_code in (401, 403)


def test_list_shows_the_own_area_and_writes_it_down(signed_in, walsall_commander, make_concern, walsall, dudley):
    own, _other = make_concern(walsall), make_concern(dudley)
    answer = signed_in(walsall_commander).get("/api/v1/concerns/")
    assert [row["reference"] for row in answer.json()["results"]] == [own.reference]
    assert ReadLog.objects.filter(person=walsall_commander, what="list").count() == 1


def test_other_areas_concern_looks_like_none(signed_in, walsall_commander, make_concern, dudley):
    other = make_concern(dudley)
    client = signed_in(walsall_commander)
    hidden, none = client.get(f"/api/v1/concerns/{other.reference}/"), client.get("/api/v1/concerns/WMP-CCCC-CCCC/")
    assert (hidden.status_code, hidden.content) == (none.status_code, none.content)
    assert hidden.status_code == 404 and not ReadLog.objects.filter(what="concern").exists()


def test_search_finds_words_in_the_own_area_only(signed_in, walsall_commander, make_concern, walsall, dudley):
    own = make_concern(walsall, text="Fireworks in the underpass")
    make_concern(walsall, text="Something else")
    make_concern(dudley, text="Fireworks in the underpass")
    found = signed_in(walsall_commander).get("/api/v1/concerns/?search=underpass").json()
    assert [row["reference"] for row in found["results"]] == [own.reference]


def test_no_contact_and_no_notes_in_the_answer(signed_in, walsall_commander, make_concern, walsall):
    concern = make_concern(walsall, contact={"name": "Demo Pat", "email": "pat@example.org", "safe_to_contact": True})
    text = signed_in(walsall_commander).get(f"/api/v1/concerns/{concern.reference}/").content.decode()
    assert "Demo Pat" not in text and "pat@example.org" not in text and concern.text in text


@pytest.mark.parametrize("noun", ["areas", "wards", "hubs", "teams", "categories"])
def test_public_lists_page_filter_and_set_no_cookie(client, walsall_officer, noun):
    answer = client.get(f"/api/v1/{noun}/?page_size=2")
    assert answer.status_code == 200 and not answer.cookies
    assert len(answer.json()["results"]) <= 2 and "Demo Officer" not in answer.content.decode()


def test_wards_narrow_to_an_area(client, walsall):
    answer = client.get("/api/v1/wards/?area__slug=walsall&page_size=100").json()
    assert answer["count"] == walsall.wards.active().count() > 0


def test_team_list_queries_do_not_grow(
    client, team_of, walsall, dudley, django_assert_num_queries, django_assert_max_num_queries
):
    team_of(walsall)
    with django_assert_max_num_queries(5) as few:
        client.get("/api/v1/teams/")
    team_of(dudley), team_of(walsall, kind="response")
    with django_assert_num_queries(len(few)):
        client.get("/api/v1/teams/")


@pytest.mark.parametrize("path", ["/api/v1/no-such/", "/api/v1/", "/api/v1/areas/atlantis/", "/api/v1/wards/%00/"])
def test_unknown_addresses_answer_in_json(client, db, path):
    answer = client.get(path)
    assert answer.status_code in (400, 404) and answer["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/nothing/"])
def test_an_address_that_the_api_lacks_is_told_in_json(client, db, path):
    answer = client.get(path, follow=True)
    assert (answer.status_code, answer["Content-Type"], [*answer.json()]) == (404, "application/json", ["detail"])


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_405_or_closed(client, db, method):
    answer = getattr(client, method)("/api/v1/areas/walsall/")
    assert answer.status_code == 405 and answer["Content-Type"] == "application/json"
    assert getattr(client, method)("/api/v1/concerns/").status_code in (401, 403, 405)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/schema/?format=zzz", {}, 404),
        ("/api/v1/schema/", {"HTTP_ACCEPT": "image/png"}, 406),
    ],
)
def test_errors_of_the_schema_are_json_too(client, db, path, headers, status):
    answer = client.get(path, **headers)
    assert (answer.status_code, answer["Content-Type"], [*answer.json()]) == (status, "application/json", ["detail"])


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/api/v1/docs/"])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_what_the_schema_and_its_page_do_not_take_is_told_in_json(client, db, path, method):
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer["Content-Type"], [*answer.json()]) == (405, "application/json", ["detail"])
    assert answer["Allow"].startswith("GET, HEAD")


def test_locate_answers_head_as_get(client, db):
    asked = client.get("/api/v1/locate/?postcode=WS3+2PD"), client.head("/api/v1/locate/?postcode=WS3+2PD")
    assert [answer.status_code for answer in asked] == [200, 200]
    assert client.head("/api/v1/locate/").status_code == 400


def test_schema_and_docs_page_are_open(client, db):
    assert client.get("/api/v1/schema/").status_code == 200
    assert client.get("/api/v1/docs/").status_code == 200
    assert client.options("/api/v1/docs/").status_code == 405


@pytest.mark.parametrize("text", ["\u200b\u200b", "\u00a0\u200d\ufeff\u2060", "\u202e \n\t\u00ad"])
def test_text_that_nobody_can_see_is_no_text(client, db, text):
    answer = client.post(
        "/api/v1/concerns/",
        {"category": "asb-vehicle", "text": text, "postcode": "WS3 2PD"},
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="5f0f7a57-8ac0-4a0b-9d5c-0f7c1f6b8a11",
    )
    assert (answer.status_code, [*answer.json()], Concern.objects.count()) == (400, ["text"], 0)


def test_schema_describes_everything_without_a_warning(db, tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_an_unknown_address_is_404_whatever_is_asked_of_it():
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/api/v1/concerns", {"text": "x"}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this address."})


def test_asking_where_places_outside_are_is_counted_as_locate_is(client, settings, known_postcode):
    settings.LOCATE_RATE = "2/hour"
    body = {"category": "asb-vehicle", "text": "Bikes.", "postcode": "WS11 1AA"}

    def told():
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return client.post("/api/v1/concerns/", body, content_type="application/json", headers=headers)

    assert [told().status_code for _time in range(3)] == [422, 422, 429]
    assert "Expected available" not in told().json()["detail"]


def test_schema_says_what_may_be_missing_and_what_a_refusal_is(client, db):
    schema = client.get("/api/v1/schema/?format=json").json()
    told = schema["components"]["schemas"]
    nullable = [(name, field) for name in ("Team", "ConcernLine") for field, kind in told[name]["properties"].items()
                if kind.get("nullable")]  # fmt: skip
    assert nullable == [("Team", "hub"), ("Team", "department"), ("ConcernLine", "area"), ("ConcernLine", "ward"),
                        ("ConcernLine", "due_at"), ("ConcernLine", "answered_at")]  # fmt: skip
    assert {"$ref": "#/components/schemas/BlankEnum"} in told["ConcernLine"]["properties"]["outcome"]["oneOf"]
    assert all("4XX" in one["responses"] for path in schema["paths"].values() for one in path.values())
    assert schema["paths"]["/api/v1/concerns/"]["post"]["parameters"][0]["schema"] == {
        "type": "string",
        "format": "uuid",
    }
