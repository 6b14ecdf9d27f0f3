"""Signing in as the force's people do it, in Chromium: second step, sessions, the admin, and the force's own sign-on."""

import json
import os
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from oidc_provider_mock import User as Known
from oidc_provider_mock import run_server_in_thread
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.browser.conftest import SCREENSHOTS, Visitor
from tests.browser.test_line import sign_in
from tests.conftest import PASSWORD
from tests.environment import ENVIRONMENT
from tests.test_settings import started

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_second_step_is_set_up_and_asked_for(visitor, javascript, settings, walsall_commander):
    settings.REQUIRE_MFA = True
    one = visitor(java_script_enabled=javascript)
    one.go("/accounts/password/reset/", "password-reset")
    sign_in(one, walsall_commander)
    assert one.page.url.endswith("/accounts/2fa/")
    one.look("second-step")
    one.page.click('main a[href$="/totp/activate/"]')
    one.look("second-step-password")
    one.page.fill('[name="password"]', PASSWORD)
    one.press("Confirm")
    one.look("totp-activate")
    secret = one.page.locator("main input[readonly]").first.input_value()
    counter = next(iter(yield_hotp_counters_from_time()))
    one.page.fill('[name="code"]', format_hotp_value(hotp_value(secret, counter)))
    one.page.locator('main form:has([name="code"]) button').click()
    one.page.wait_for_load_state()
    one.look("recovery-codes")
    one.go("/accounts/2fa/", "second-step-ready")
    one.go("/accounts/sessions/", "sessions")
    one.go("/accounts/password/change/", "password-change")
    one.go("/dashboard/")
    assert one.page.url.endswith("/dashboard/")

    other = visitor(java_script_enabled=javascript)
    sign_in(other, walsall_commander)
    assert other.page.url.endswith("/accounts/2fa/authenticate/")
    other.look("second-step-asked")


def test_a_passkey_is_set_up_and_signs_in(chromium, live_server, settings, walsall_commander):
    settings.REQUIRE_MFA = True
    portal = LiveServer("localhost")  # a passkey belongs to a name, never to a bare address
    one = Visitor(chromium, portal.url, SCREENSHOTS / "javascript")
    with_key(one)
    sign_in(one, walsall_commander)
    one.page.click('main a[href$="/webauthn/add/"]')
    one.page.fill('[name="password"]', PASSWORD)
    one.press("Confirm")
    one.look("passkey-add")
    one.page.fill('[name="name"]', "Desk key")
    one.page.check('[name="passwordless"]')
    one.page.locator("main form button").last.click()
    one.page.wait_for_url(lambda url: "/webauthn/add" not in url)
    assert walsall_commander.authenticator_set.filter(type="webauthn").count() == 1
    one.go("/accounts/2fa/webauthn/", "passkeys")
    assert "Desk key" in one.text()

    one.context.clear_cookies()
    one.go("/dashboard/")
    one.page.locator("#passkey_login").click()
    one.page.wait_for_url(f"{one.base}/dashboard/")
    assert walsall_commander.name in one.page.inner_text("body")
    assert one.said == []
    one.context.close()
    portal.stop()


def with_key(one):
    """Put a security key into the machine of this visitor, which its owner has just touched."""
    session = one.context.new_cdp_session(one.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_the_notice_before_the_end_keeps_somebody_signed_in(visitor, walsall_commander):
    one = visitor()
    one.page.clock.install()
    sign_in(one, walsall_commander)
    notice = one.page.locator("[data-stay]")
    assert not notice.is_visible()
    one.page.clock.fast_forward("26:00")
    notice.wait_for(state="visible")
    one.look("signed-out-soon")
    with one.page.expect_response("**/accounts/stay/"):
        notice.get_by_role("button").click()
    notice.wait_for(state="hidden")


def test_what_was_sent_too_late_comes_back(visitor, walsall_commander, make_concern, walsall, monkeypatch):
    concern = make_concern(walsall)
    one = visitor(java_script_enabled=False)
    sign_in(one, walsall_commander)
    one.go(f"/dashboard/concerns/{concern.reference}/")
    note = one.page.locator('form[action$="/note/"]')
    one.page.locator("details", has=note).locator("summary").click()
    note.locator('[name="text"]').fill("The riders were seen again on Tuesday.")
    monkeypatch.setattr("accounts.sessions.IDLE", 0)
    note.get_by_role("button").click()
    one.page.wait_for_url("**/accounts/login/**")
    monkeypatch.undo()
    one.look("signed-out")
    one.page.fill('[name="login"]', walsall_commander.email)
    one.page.fill('[name="password"]', PASSWORD)
    one.press("Sign in")
    one.look("typed")
    one.press("Send it now")
    assert concern.updates.get(kind="note").text == "The riders were seen again on Tuesday."


# ---- the force's own sign-on -------------------------------------------------------------------------------------------
SHOW = """
import json
from django.conf import settings as s
print(json.dumps([s.SOCIALACCOUNT_PROVIDERS, s.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]]))
"""


@pytest.fixture
def known_there():
    """Who has an account at the provider, by what it says of them."""
    return [
        Known(sub="pat", claims={"email": "pat@example.org", "email_verified": True}),
        Known(sub="unproven", claims={"email": "pat@example.org", "email_verified": False}),
        Known(sub="in-words", claims={"email": "pat@example.org", "email_verified": "false"}),
        Known(sub="stranger", claims={"email": "stranger@example.org", "email_verified": True}),
    ]


@pytest.fixture
def at_sign_in(chromium, live_server, settings, known_there, person, monkeypatch):
    """Somebody at the sign-in page of a portal that its environment leads to a provider of our own."""
    monkeypatch.setitem(os.environ, "AUTHLIB_INSECURE_TRANSPORT", "1")
    person("pat")
    with run_server_in_thread(user_claims=known_there) as provider:
        issuer = f"http://localhost:{provider.server_port}"
        environment = {
            "OIDC_ISSUER": issuer,
            "OIDC_CLIENT_ID": "portal",
            "OIDC_CLIENT_SECRET": "secret",
            "OIDC_NAME": "Demo",
        }
        settings.SOCIALACCOUNT_PROVIDERS, form_action = json.loads(started({**ENVIRONMENT, **environment}, SHOW).stdout)
        assert form_action == ["'self'", issuer]
        policy = settings.CONTENT_SECURITY_POLICY
        directives = {**policy["DIRECTIVES"], "form-action": form_action}
        settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": directives}
        portal = LiveServer("localhost")  # its policy is built with its first answer
        one = Visitor(chromium, portal.url, SCREENSHOTS / "javascript", also={urlsplit(issuer).netloc})
        one.go("/accounts/login/", "sign-in-sso")
        yield one
        one.context.close()
        portal.stop()


def go_through(one, sub):
    one.press("Sign in with Demo")
    one.page.get_by_role("button", name=sub, exact=True).click()
    one.page.wait_for_url(f"{one.base}/**")


def test_the_forces_own_sign_on_opens_the_account_with_that_address(at_sign_in):
    go_through(at_sign_in, "pat")
    assert at_sign_in.page.url == f"{at_sign_in.base}/dashboard/"
    assert "Demo Pat" in at_sign_in.page.inner_text("body")
    assert User.objects.count() == 1


@pytest.mark.parametrize("sub", ["stranger", "unproven", "in-words"])
def test_nobody_gets_an_account_by_signing_on(at_sign_in, sub):
    go_through(at_sign_in, sub)
    assert "You have no account here" in at_sign_in.text()
    at_sign_in.look(f"sign-on-{sub}")
    at_sign_in.go("/dashboard/")
    assert "/accounts/login/" in at_sign_in.page.url
    assert User.objects.count() == 1
