"""What the environment says, and what the portal refuses to start with."""

import os
import subprocess
import sys

import pytest

from tests.environment import ENVIRONMENT

pytestmark = pytest.mark.slow  # each starts a process of its own

SAFE = {
    **ENVIRONMENT,
    "BASE_URL": "https://portal.example",
    "SECRET_KEY": "k8Jm2vX5rT9wZ3" * 4,
    "ALLOWED_HOSTS": "portal.example",
    "REQUIRE_MFA": "True",
}
SHOW = "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.JOURNEY_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"  # noqa: E501


def started(environment, code=SHOW):
    """A process of its own with that environment and nothing of the machine's."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**keep, **environment, "DJANGO_SETTINGS_MODULE": "policing_portal.settings"}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        (SAFE, "__Host-sessionid __Host-csrftoken __Secure-journey True True"),
        ({**SAFE, "BASE_URL": "http://portal.example"}, "sessionid csrftoken journey False False"),
    ],
)
def test_cookies_are_host_bound_exactly_with_https(environment, shown):
    assert started(environment).stdout.strip() == shown


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"FIELD_KEYS": ""}, "FIELD_KEYS is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too short or too plain"),
        ({"DEBUG": "True"}, "DEBUG must be off"),
        ({"REQUIRE_MFA": "False"}, "REQUIRE_MFA must be on"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
    ],
)
def test_unsafe_production_does_not_start(change, sentence):
    answer = started({**SAFE, **change})
    assert answer.returncode != 0 and sentence in answer.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SUBMIT_RATE": "abc"}, "SUBMIT_RATE must look like 10/hour"),
        ({"LOCATE_RATE": "10"}, "LOCATE_RATE must look like 10/hour"),
        ({"TRACK_RATE": "0/hour"}, "TRACK_RATE must look like 10/hour"),
        ({"PHOTO_RATE": "5/week"}, "PHOTO_RATE must look like 10/hour"),
        ({"FIELD_KEYS": "short"}, "Key 1 of FIELD_KEYS is no Fernet key"),
        ({"FIELD_KEYS": f"{ENVIRONMENT['FIELD_KEYS']},"}, "of FIELD_KEYS is no Fernet key"),
        ({"BASE_URL": "portal.example"}, "BASE_URL must look like"),
        ({"BASE_URL": "ftp://portal.example"}, "BASE_URL must look like"),
        ({"BASE_URL": "https://portal.example/police"}, "BASE_URL must look like"),
        ({"BASE_URL": "HTTPS://portal.example", "DEBUG": "True"}, "DEBUG must be off"),
        ({"BASE_URL": "HTTPS://portal.example", "REQUIRE_MFA": "False"}, "REQUIRE_MFA must be on"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must begin with"),
        ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL must begin with"),
        ({"TRUSTED_PROXIES": "x"}, "TRUSTED_PROXIES must be a whole number"),
        ({"DEBUG": "perhaps"}, "DEBUG must be True or False, not “perhaps”"),
        ({"REQUIRE_MFA": "Ture"}, "REQUIRE_MFA must be True or False, not “Ture”"),
        ({"ACCESS_LOG": "all"}, "ACCESS_LOG must be True or False"),
        ({"SPAM_SECONDS": "soon"}, "SPAM_SECONDS must be a number"),
        ({"SPAM_SECONDS": "nan"}, "SPAM_SECONDS must be a number"),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL can't be read"),
        ({"EMAIL_URL": "smtp://mail.example.org:port"}, "EMAIL_URL can't be read"),
        ({"DATABASE_URL": "postgres://db.example.org:port/portal"}, "DATABASE_URL can't be read"),
    ],
)
def test_what_is_badly_written_in_the_environment_is_refused_at_the_start(change, sentence):
    """Otherwise the first person who tells us something would meet it."""
    answer = started({**SAFE, **change})
    assert answer.returncode != 0 and sentence in answer.stderr.rpartition("ImproperlyConfigured: ")[2]


@pytest.mark.parametrize(
    "name", ["REQUIRE_MFA", "ACCESS_LOG", "DEBUG", "DATA_DIR", "MEDIA_ROOT", "DATABASE_URL", "SUBMIT_RATE", "BASE_URL"]
)
def test_an_empty_line_of_the_environment_is_as_none(name):
    """`REQUIRE_MFA=` must not switch the second factor off, nor `MEDIA_ROOT=` put photos where the portal was started."""
    code = (
        "from django.conf import settings as s; from pathlib import Path; "
        "print(s.REQUIRE_MFA, s.ACCESS_LOG, s.DEBUG, Path(s.DATABASES['default']['NAME']).stem, "
        "s.DATA_DIR.parent.name, s.MEDIA_ROOT.name)"
    )
    bare = {key: SAFE[key] for key in ("SECRET_KEY", "FIELD_KEYS", "ENV_FILE")}
    assert started({**bare, name: ""}, code).stdout.strip() == "True True False portal shared media"


@pytest.mark.parametrize("word", ["True", "true", "1", "yes", "on", " True "])
def test_yes_may_be_written_as_people_write_it(word):
    code = "from django.conf import settings as s; print(s.REQUIRE_MFA)"
    assert started({**SAFE, "REQUIRE_MFA": word}, code).stdout.strip() == "True"


def test_second_factor_is_required_unless_switched_off():
    environment = {name: value for name, value in SAFE.items() if name != "REQUIRE_MFA"}
    assert started(environment, "from django.conf import settings as s; print(s.REQUIRE_MFA)").stdout.strip() == "True"


POLICY = (
    "from django.conf import settings as s; print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'], s.MAP_TILE_URL)"
)


@pytest.mark.parametrize(
    ("address", "sources"),
    [
        ("", "[\"'self'\", 'data:']"),
        ("https://tiles.example.org/{z}/{x}/{y}.png", "[\"'self'\", 'data:', 'https://tiles.example.org']"),
        ("https://tiles.example.org:8443/a/{z}/{x}/{y}?k=1", "[\"'self'\", 'data:', 'https://tiles.example.org:8443']"),
    ],
)
def test_host_of_the_tiles_joins_the_policy_only_where_there_are_tiles(address, sources):
    assert started({**SAFE, "MAP_TILE_URL": address}, POLICY).stdout.strip() == f"{sources} {address}".strip()


@pytest.mark.parametrize(
    "address",
    [
        "http://tiles.example.org/{z}",
        "https://{s}.example.org/{z}",
        "https://tiles.example.org/",
        "https://a;script-src *;/{z}",
    ],
)
def test_tiles_from_no_plain_host_do_not_start(address):
    answer = started({**SAFE, "MAP_TILE_URL": address})
    assert answer.returncode != 0 and "MAP_TILE_URL must look like" in answer.stderr


def test_sign_in_limits_trust_the_proxies_that_our_own_limits_trust():
    code = "from django.conf import settings as s; print(s.TRUSTED_PROXIES, s.ALLAUTH_TRUSTED_PROXY_COUNT)"
    assert started({**SAFE, "TRUSTED_PROXIES": "2"}, code).stdout.strip() == "2 2"
