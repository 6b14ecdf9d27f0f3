"""Second steps: sealed in the database, and reset by a staff admin for somebody who lost their device."""

from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts import letters
from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
ACTION = {"action": "reset_second_step"}


@pytest.fixture
def secret(walsall_officer):
    """The officer has an app with codes, and recovery codes."""
    secret = generate_totp_secret()
    TOTP.activate(walsall_officer, secret)
    RecoveryCodes.activate(walsall_officer)
    return secret


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def stored():
    return {one.type: one.data for one in Authenticator.objects.all()}


def test_no_secret_stands_in_the_database_and_codes_work(walsall_officer, secret):
    data = stored()
    assert secret not in str(data["totp"]) and data["totp"]["secret"].startswith("gAAAA")
    assert data["recovery_codes"]["seed"].startswith("gAAAA")
    browser = Client()
    browser.post("/accounts/login/", {"login": walsall_officer.email, "password": PASSWORD})
    assert browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert browser.get("/dashboard/").status_code == 200


def test_migration_seals_what_stood_in_plain_text_and_back(walsall_officer, secret):
    migration = import_module("accounts.migrations.0006_sealed_second_steps")
    sealed = stored()
    migration.unseal(apps, None)
    plain = stored()
    assert plain["totp"]["secret"] == secret and not plain["recovery_codes"]["seed"].startswith("gAAAA")
    migration.seal(apps, None)
    assert stored()["totp"] != plain["totp"]
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))
    assert sealed.keys() == stored().keys()


def test_keys_rotate_for_second_steps_too(walsall_officer, secret, settings):
    old, new = settings.FIELD_KEYS, [Fernet.generate_key().decode()]
    settings.FIELD_KEYS = new + old
    call_command("reseal_contacts", verbosity=0)
    settings.FIELD_KEYS = new
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="2 could not be opened"):
        call_command("reseal_contacts", verbosity=0)
    with pytest.raises(InvalidToken):
        Authenticator.objects.get(type="totp").wrap().validate_code("000000")


# ---- a lost device -----------------------------------------------------------------------------------------------------
def reset(who, *people):
    browser = Client()
    browser.force_login(who)
    answer = browser.post("/admin/accounts/user/", ACTION | {"_selected_action": [one.pk for one in people]})
    said = browser.get("/admin/accounts/user/") if answer.status_code == 302 else answer
    return [str(message) for message in (said.context or {}).get("messages", ())]


def test_staff_admin_resets_the_second_step_and_signs_out_everywhere(walsall_officer, secret, staff_admin, settings):
    desks = [Client() for _number in range(2)]
    for desk in desks:
        desk.post("/accounts/login/", {"login": walsall_officer.email, "password": PASSWORD})
        desk.post(
            "/accounts/2fa/authenticate/",
            {"code": RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]},
        )
    assert [desk.get("/dashboard/").status_code for desk in desks] == [200, 200]
    assert reset(staff_admin, walsall_officer) == [
        f"{walsall_officer} sets up a second step anew with the next sign-in, and is signed out everywhere."
    ]
    assert not Authenticator.objects.filter(user=walsall_officer).exists()
    assert [desk.get("/dashboard/").status_code for desk in desks] == [302, 302]
    line = walsall_officer.history.first()
    assert (line.history_user, line.history_change_reason) == (staff_admin, "Second step reset, signed out everywhere")
    (task,) = DBTaskResult.objects.filter(task_path=letters.mail_news.module_path)
    assert letters.mail_news.func(*task.args_kwargs["args"]) is True
    assert (mail.outbox[0].to, "second step" in mail.outbox[0].subject.lower()) == ([walsall_officer.email], True)
    settings.REQUIRE_MFA = True
    desks[0].post("/accounts/login/", {"login": walsall_officer.email, "password": PASSWORD})
    assert desks[0].get("/dashboard/")["Location"] == "/accounts/2fa/"


def test_nobody_resets_their_own_nor_that_of_somebody_above(staff_admin, secret, walsall_officer):
    above = User.objects.create_superuser("above@example.org", PASSWORD, name="Demo Above")
    for one in (staff_admin, above):
        TOTP.activate(one, generate_totp_secret())
    kept = set(Authenticator.objects.values_list("pk", flat=True))
    assert reset(staff_admin, staff_admin) == [f"{staff_admin}: nobody resets their own second step. Ask a colleague."]
    assert reset(staff_admin, above) == [f"{above}: this account is reset by somebody of the same standing alone."]
    assert set(Authenticator.objects.values_list("pk", flat=True)) == kept
    assert DBTaskResult.objects.filter(task_path=letters.mail_news.module_path).count() == 0


@pytest.mark.parametrize("who", ["auditor", "walsall_editor"])
def test_those_who_only_look_reset_nothing(request, who, walsall_officer, secret):
    reset(request.getfixturevalue(who), walsall_officer)
    assert Authenticator.objects.filter(user=walsall_officer).count() == 2


# ---- guessing ----------------------------------------------------------------------------------------------------------
def test_codes_are_guessed_five_times_and_then_the_right_one_waits_too(walsall_officer, secret):
    """The password is known to whoever gets so far, so their tries are counted for the account, from wherever they come."""
    said = []
    for guess in range(6):
        browser = Client(REMOTE_ADDR=f"198.51.100.{guess}")
        browser.post("/accounts/login/", {"login": walsall_officer.email, "password": PASSWORD})
        code = "000000" if guess < 5 else code_of(secret)
        answer = browser.post("/accounts/2fa/authenticate/", {"code": code})
        said.append((answer.status_code, str(answer.context["form"].errors)))
        assert browser.get("/dashboard/").status_code == 302
    assert ({status for status, _words in said}, len({words for _status, words in said[:5]})) == ({200}, 1)
    assert "Too many failed" in said[5][1]
