"""Signing in: by invitation only, with a second factor where it is required, within limits that all processes share."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail

from accounts import throttle
from accounts.models import RateCount, Stamp, User
from tests.conftest import PASSWORD


def test_sign_in_leads_to_the_dashboard(client, walsall_commander):
    answer = client.post("/accounts/login/", {"login": walsall_commander.email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")


def test_sign_in_says_the_same_for_a_wrong_password_and_an_unknown_address(client, walsall_commander):
    wrong = client.post("/accounts/login/", {"login": walsall_commander.email, "password": "wrong"})
    unknown = client.post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    assert wrong.context["form"].errors == unknown.context["form"].errors != {}


def test_sign_in_is_slowed_after_many_tries(client, walsall_commander):
    answers = [
        client.post("/accounts/login/", {"login": walsall_commander.email, "password": "wrong"}) for _try in range(12)
    ]
    assert answers[0].context["form"].errors != answers[-1].context["form"].errors


def test_nobody_signs_up(client, db):
    data = {"email": "stranger@example.org", "password1": "a-long-password-99", "password2": "a-long-password-99"}
    client.post("/accounts/signup/", data)
    assert not User.objects.filter(email="stranger@example.org").exists()
    shown = client.get("/accounts/signup/").content.decode()
    assert 'name="email"' not in shown and "Accounts come by invitation" in shown


def test_disabled_person_does_not_sign_in_and_loses_their_session(client, walsall_commander):
    client.force_login(walsall_commander)
    assert client.get("/dashboard/").status_code == 200
    User.objects.filter(pk=walsall_commander.pk).update(is_active=False)
    assert client.get("/dashboard/").status_code == 302
    client.post("/accounts/login/", {"login": walsall_commander.email, "password": PASSWORD})
    assert client.get("/dashboard/").status_code == 302


def test_without_second_factor_staff_get_nowhere_where_it_is_required(client, settings, walsall_commander):
    settings.REQUIRE_MFA = True
    client.force_login(walsall_commander)
    assert client.get("/dashboard/")["Location"] == "/accounts/2fa/"
    assert client.get("/admin/")["Location"] == "/accounts/2fa/"
    assert client.get("/api/v1/concerns/").status_code == 403
    assert client.get("/accounts/2fa/").status_code == 200


def test_recovery_codes_alone_are_no_second_factor(client, settings, walsall_commander):
    settings.REQUIRE_MFA = True
    Authenticator.objects.create(user=walsall_commander, type="recovery_codes", data={})
    client.force_login(walsall_commander)
    assert client.get("/dashboard/").status_code == 302


def test_with_second_factor_sign_in_asks_for_it(client, settings, walsall_commander):
    settings.REQUIRE_MFA = True
    Authenticator.objects.create(user=walsall_commander, type="totp", data={"secret": "x"})
    answer = client.post("/accounts/login/", {"login": walsall_commander.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/dashboard/").status_code == 302


def test_admin_has_no_sign_in_of_its_own(client, db):
    answer = client.post("/admin/login/?next=/admin/", {"username": "x", "password": "y"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/admin/")


def test_sign_out_is_a_post(client, walsall_commander):
    client.force_login(walsall_commander)
    client.get("/accounts/logout/")
    assert client.get("/dashboard/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/dashboard/").status_code == 302


def test_sign_in_never_leaves_the_site(client, walsall_commander):
    data = {"login": walsall_commander.email, "password": PASSWORD, "next": "//evil.example"}
    assert client.post("/accounts/login/?next=//evil.example", data)["Location"] == "/dashboard/"


def test_password_reset_mails_nothing_to_strangers_but_says_the_same(client, walsall_commander):
    known = client.post("/accounts/password/reset/", {"email": walsall_commander.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert mail.outbox == []  # the worker writes it: test_sign_in.py


def test_nobody_sends_the_mail_of_their_post_to_an_address_of_their_own(client, walsall_commander):
    client.post("/accounts/login/", {"login": walsall_commander.email, "password": PASSWORD})
    for act in ("action_add", "action_primary"):
        client.post("/accounts/email/", {act: "", "email": "mine@elsewhere.example"})
    client.post("/accounts/email/", {"action_remove": "", "email": walsall_commander.email})
    client.post("/accounts/email/", {"action_add": "", "email": "mine@elsewhere.example"})
    client.post("/accounts/email/", {"action_primary": "", "email": "mine@elsewhere.example"})
    assert User.objects.get(pk=walsall_commander.pk).email == "commander.walsall@example.org"


def test_email_is_one_person_in_any_case(person):
    first = person("Pat")
    assert first.email == "pat@example.org"
    with pytest.raises(Exception, match="already exists"):
        User.objects.create_user("PAT@example.org", name="Demo Pat")


def test_throttle_counts_exactly_and_forgets_addresses(db):
    for _time in range(3):
        throttle.count("test", "192.0.2.7", "3/hour")
    with pytest.raises(throttle.TooMany) as refused:
        throttle.count("test", "192.0.2.7", "3/hour")
    assert 0 < refused.value.retry_after <= 3600
    throttle.count("test", "192.0.2.8", "3/hour")
    assert not any("192.0.2" in row.key for row in RateCount.objects.all())


@pytest.mark.parametrize(
    ("proxies", "forwarded", "caller"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "", "127.0.0.1"),
        (1, "not an address", "not an address"),
    ],
)
def test_caller_is_the_last_trusted_hop(rf, settings, proxies, forwarded, caller):
    settings.TRUSTED_PROXIES = proxies
    assert throttle.caller_of(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == caller


def test_stamp_rises_with_every_change_of_a_public_fact(walsall, walsall_officer):
    seen = [Stamp.current()]
    walsall.phone = "0121 496 0999"
    walsall.save()
    seen.append(Stamp.current())
    walsall.wards.update(active=True)
    seen.append(Stamp.current())
    User.objects.filter(pk=walsall_officer.pk).update(name="Demo Other Name")
    seen.append(Stamp.current())
    walsall_officer.postings.all().delete()
    seen.append(Stamp.current())
    assert len(set(seen)) == 5


def test_stranger_who_guesses_passwords_behind_the_proxy_shuts_nobody_out(client, settings, walsall_commander):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for guess in range(40):
        login = {"login": f"nobody{guess}@example.org", "password": "x" * 12}
        client.post("/accounts/login/", login, HTTP_X_FORWARDED_FOR="203.0.113.66")
    login = {"login": walsall_commander.email, "password": PASSWORD}
    assert client.post("/accounts/login/", login, HTTP_X_FORWARDED_FOR="203.0.113.66").status_code == 429
    assert client.post("/accounts/login/", login, HTTP_X_FORWARDED_FOR="203.0.113.7").status_code == 302


def test_address_page_says_who_changes_it_and_writes_nothing(client, walsall_commander):
    assert client.get("/accounts/email/").status_code == 302
    client.force_login(walsall_commander)
    text = client.get("/accounts/email/").content.decode()
    main = text[text.index("<main") : text.index("</main>")]
    assert ("A staff admin changes your address." in main, walsall_commander.email in main) == (True, True)
    assert ("<form" in main, client.post("/accounts/email/", {"action_add": ""}).status_code) == (False, 405)
    assert not EmailAddress.objects.exists()


def test_connections_are_a_page_only_where_the_force_has_a_sign_in_of_its_own(client, walsall_commander, settings):
    client.force_login(walsall_commander)
    assert client.get("/accounts/3rdparty/").status_code == 404
    settings.OIDC_ISSUER = "https://sso.example.org"
    text = client.get("/accounts/3rdparty/").content.decode()
    assert "Nothing needs to be connected." in text and "<form" not in text[text.index("<main") : text.index("</main>")]
