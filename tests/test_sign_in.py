"""How a sign-in begins, lasts and ends: invitations, limits that shut nobody out, and time that runs out."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from accounts import adapters, devices, letters
from accounts.models import ForceRole, User
from accounts.sealing import seal_text
from accounts.stamp import days_ago
from areas.models import CommandCover
from tests.conftest import PASSWORD

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def sign_in(client, person, password=PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": person.email, "password": password}, **extra)


def work():
    """What the worker does: each letter that was asked for, once."""
    tasks = DBTaskResult.objects.filter(task_path=letters.mail_password_link.module_path)
    done = [letters.mail_password_link.func(*task.args_kwargs["args"]) for task in tasks.order_by("enqueued_at")]
    tasks.delete()
    return done


def link_in(letter):
    return next(line for line in letter.body.splitlines() if "/password/reset/key/" in line).partition("testserver")[2]


# ---- invitations -----------------------------------------------------------------------------------------------------
NEWCOMER = {
    "name": "Demo Newcomer",
    "email": "newcomer@example.org",
    "rank": "",
    "collar_number": "",
    "is_active": "on",
}
INLINE = {f"force_roles-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}


def test_a_new_person_is_invited_by_the_worker(signed_in, staff_admin, mailoutbox):
    assert signed_in(staff_admin).post("/admin/accounts/user/add/", {**NEWCOMER, **INLINE}).status_code == 302
    assert mailoutbox == []
    assert work() == [True]
    (letter,) = mailoutbox
    assert letter.to == ["newcomer@example.org"]
    browser = Client()
    page = browser.get(link_in(letter), follow=True)
    browser.post(page.request["PATH_INFO"], {"password1": "a-long-password-99", "password2": "a-long-password-99"})
    newcomer = User.objects.get(email="newcomer@example.org")
    assert newcomer.check_password("a-long-password-99")
    assert Client().get(link_in(letter), follow=True).context.get("token_fail") is True


def test_an_invitation_runs_out(person, mailoutbox, time_machine):
    time_machine.move_to(NOON, tick=False)
    newcomer = person("newcomer")
    letters.mail_password_link.func(newcomer.pk, "invitation")
    time_machine.move_to(datetime(2026, 6, 4, 13, tzinfo=UTC), tick=False)
    assert Client().get(link_in(mailoutbox[0]), follow=True).context["token_fail"] is True


def test_an_invitation_is_good_for_its_address_alone(person, mailoutbox):
    newcomer = person("newcomer")
    letters.mail_password_link.func(newcomer.pk, "invitation")
    newcomer.email = "corrected@example.org"
    newcomer.save()
    assert Client().get(link_in(mailoutbox[0]), follow=True).context["token_fail"] is True


def test_who_was_disabled_meanwhile_gets_no_letter(person, mailoutbox):
    newcomer = person("newcomer", is_active=False)
    assert (letters.mail_password_link.func(newcomer.pk, "invitation"), mailoutbox) == (False, [])


def test_the_task_carries_no_address(client, walsall_commander):
    client.post("/accounts/password/reset/", {"email": walsall_commander.email})
    assert [task.args_kwargs["args"] for task in DBTaskResult.objects.all()] == [[walsall_commander.pk, "reset"]]


# ---- nothing is given away, nobody is shut out -----------------------------------------------------------------------
def test_asking_for_a_password_does_the_same_for_strangers(client, walsall_commander, django_assert_num_queries):
    asked = []
    for email in (walsall_commander.email, "nobody@example.org"):
        answer = Client().post("/accounts/password/reset/", {"email": email})
        asked.append((answer.status_code, answer["Location"], len(DBTaskResult.objects.all()), len(mail.outbox)))
    assert asked == [(302, "/accounts/password/reset/done/", 1, 0), (302, "/accounts/password/reset/done/", 2, 0)]
    assert sorted(work()) == [False, True]


def test_a_disabled_person_hears_what_a_stranger_hears(client, walsall_commander):
    User.objects.filter(pk=walsall_commander.pk).update(is_active=False)
    wrong = sign_in(client, walsall_commander, "wrong").context["form"].errors
    stranger = Client().post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    assert wrong == stranger.context["form"].errors


def test_wrong_password_and_stranger_cost_one_hash_each(client, walsall_commander, settings, monkeypatch):
    hashed = []
    plain = MD5PasswordHasher.encode
    count = lambda self, password, salt: hashed.append(1) or plain(self, password, salt)  # noqa: E731
    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    sign_in(Client(), walsall_commander, "wrong")
    known, hashed[:] = len(hashed), []
    Client().post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    assert (known, len(hashed)) == (1, 1)


def test_guessing_elsewhere_never_shuts_out_a_known_device(walsall_commander, settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    at_work = Client()
    assert sign_in(at_work, walsall_commander, HTTP_X_FORWARDED_FOR="203.0.113.1").status_code == 302
    at_work.post("/accounts/logout/")
    for guess in range(60):
        sign_in(Client(), walsall_commander, f"guess {guess}", HTTP_X_FORWARDED_FOR=f"198.51.100.{guess}")
    fresh = sign_in(Client(), walsall_commander, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert fresh.status_code == 200 and fresh.context["form"].errors
    assert sign_in(at_work, walsall_commander, HTTP_X_FORWARDED_FOR="203.0.113.1").status_code == 302


def test_guesses_from_many_addresses_are_counted_together(walsall_commander, settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    limit = int(adapters.STRANGERS_RATE.partition("/")[0])
    said = [
        str(
            sign_in(Client(), walsall_commander, "wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}").context["form"].errors
        )
        for n in range(limit + 1)
    ]
    assert (len(set(said[:limit])), said[limit] != said[0]) == (1, True)


@pytest.mark.parametrize("forged", ["", "1", "1:abc", "a.b.c"])
def test_a_forged_device_is_unknown(rf, walsall_commander, forged):
    request = rf.get("/", headers={"Cookie": f"{devices.COOKIE}={forged}"})
    assert devices.knows(request, walsall_commander.email) is False


def test_a_device_knows_those_who_signed_in_on_it(client, walsall_commander, dudley_commander, rf):
    sign_in(client, walsall_commander)
    client.post("/accounts/logout/")
    sign_in(client, dudley_commander)
    request = rf.get("/", headers={"Cookie": f"{devices.COOKIE}={client.cookies[devices.COOKIE].value}"})
    assert devices.knows(request, walsall_commander.email) and devices.knows(request, dudley_commander.email)
    assert not devices.knows(request, "nobody@example.org")


def test_a_mail_server_that_is_down_stops_no_sign_in(client, walsall_commander, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "localhost",
        9,
    )
    sign_in(client, walsall_commander)
    data = {"oldpassword": PASSWORD, "password1": "another-long-password-7", "password2": "another-long-password-7"}
    assert client.post("/accounts/password/change/", data).status_code == 302


# ---- time ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def at(time_machine):
    """Moves the clock so many minutes past noon."""
    return lambda minutes: time_machine.move_to(NOON.timestamp() + 60 * minutes, tick=False)


def test_half_an_hour_without_a_click_ends_it(client, walsall_commander, at):
    at(0)
    sign_in(client, walsall_commander)
    for minutes in (29, 58, 87):
        at(minutes)
        assert client.get("/dashboard/").status_code == 200
    at(117.1)
    answer = client.get("/dashboard/", follow=True)
    assert answer.redirect_chain == [("/accounts/login/?next=/dashboard/", 302)]
    assert "nothing happened for 30 minutes" in answer.content.decode()
    assert Session.objects.filter(expire_date__gt=NOON).count() <= 1  # of the message alone


def test_twelve_hours_end_it_however_busy(client, walsall_commander, at):
    at(0)
    sign_in(client, walsall_commander)
    for minutes in range(20, 720, 20):
        at(minutes)
        assert client.get("/dashboard/").status_code == 200
    at(720)
    answer = client.get("/dashboard/", follow=True)
    assert answer.redirect_chain == [("/accounts/login/?next=/dashboard/", 302)]
    assert "signed in for 12 hours" in answer.content.decode()


def test_the_api_and_the_admin_end_with_it(client, staff_admin, at):
    at(0)
    sign_in(client, staff_admin)
    assert client.get("/admin/").status_code == 200
    at(31)
    assert client.get("/api/v1/concerns/").status_code == 401
    assert client.get("/admin/").status_code == 302


def test_what_was_sent_too_late_comes_back(client, walsall_commander, make_concern, walsall, at):
    at(0)
    concern = make_concern(walsall)
    sign_in(client, walsall_commander)
    at(45)
    form = {"text": "We spoke to the riders on Tuesday.", "version": "1", "seen": "0", "csrfmiddlewaretoken": "x"}
    path = f"/dashboard/concerns/{concern.reference}/note/"
    answer = client.post(path, form)
    assert answer["Location"] == "/accounts/login/?next=%2Faccounts%2Ftyped%2F"
    assert "riders on Tuesday" not in str(Session.objects.first().get_decoded())
    answer = client.post(
        answer["Location"], {"login": walsall_commander.email, "password": PASSWORD, "next": "/accounts/typed/"}
    )
    page = client.get(answer["Location"])
    assert page.context["path"] == path
    assert "We spoke to the riders on Tuesday." in page.content.decode()
    assert dict(page.context["fields"]) == {"text": form["text"], "version": "1", "seen": "0"}
    client.post(path, dict(page.context["fields"]))
    assert concern.updates.filter(kind="note", text=form["text"]).count() == 1


def test_what_was_sent_too_late_is_nobody_elses(client, walsall_commander, dudley_commander, make_concern, walsall, at):
    at(0)
    concern = make_concern(walsall)
    sign_in(client, walsall_commander)
    at(45)
    client.post(f"/dashboard/concerns/{concern.reference}/note/", {"text": "Only for Walsall."})
    sign_in(client, dudley_commander)
    answer = client.get("/accounts/typed/")
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    sign_in(client, walsall_commander)
    assert client.get("/accounts/typed/").status_code == 302  # thrown away


def test_to_say_that_one_is_here_begins_the_half_hour_anew(client, walsall_commander, at):
    at(0)
    sign_in(client, walsall_commander)
    at(20)
    assert client.get("/accounts/stay/")["X-Ends-In"] == "1800"
    at(49)
    assert client.get("/dashboard/").status_code == 200
    at(79.1)
    assert client.get("/accounts/stay/").status_code == 401


def test_a_page_that_looks_again_by_itself_keeps_nobody_signed_in(client, walsall_commander, at):
    at(0)
    sign_in(client, walsall_commander)
    for minutes in (10, 20, 29):
        at(minutes)
        assert client.get("/dashboard/?by-itself").status_code == 200
    assert client.get("/accounts/stay/?by-itself")["X-Ends-In"] == "60"
    at(30.1)
    assert client.get("/dashboard/?by-itself").status_code == 302


def test_the_page_knows_how_long_is_left(client, walsall_commander, at):
    at(0)
    sign_in(client, walsall_commander)
    assert 'data-ends="1800"' in client.get("/dashboard/").content.decode()
    for minutes in range(25, 711, 25):
        at(minutes)
        client.get("/dashboard/")
    at(710)
    assert 'data-ends="600"' in client.get("/dashboard/").content.decode()


def test_public_pages_read_no_session(client, walsall_commander):
    sign_in(client, walsall_commander)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/areas/").status_code == 200
    assert [query["sql"] for query in asked.captured_queries if "session" in query["sql"]] == []


# ---- sessions, second step -------------------------------------------------------------------------------------------
def test_one_signs_out_everywhere(walsall_commander):
    here, there = Client(), Client()
    sign_in(here, walsall_commander)
    sign_in(there, walsall_commander)
    assert len(here.get("/accounts/sessions/").context["sessions"]) == 2
    here.post("/accounts/sessions/")
    assert (here.get("/dashboard/").status_code, there.get("/dashboard/").status_code) == (200, 302)


def test_sweep_clears_what_ended_sessions_left(client, walsall_commander, time_machine, capsys):
    time_machine.move_to(NOON, tick=False)
    sign_in(client, walsall_commander)
    client.get("/accounts/sessions/")
    time_machine.move_to(datetime(2026, 6, 2, 12, 1, tzinfo=UTC), tick=False)
    call_command("sweep", "--once")
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)


@pytest.fixture
def acting_commander(walsall_commander, person):
    cover = CommandCover(command=walsall_commander.commands.get(), person=person("acting"), until=days_ago(-9))
    cover.save()
    return cover.person


@pytest.fixture
def break_glass(db):
    return User.objects.create_superuser("boss@example.org", PASSWORD, name="Demo Boss")


@pytest.mark.parametrize("role", ["commander", "officer", "editor", "acting", "superuser", *ForceRole.Role.values])
def test_every_role_needs_a_second_step_where_it_is_required(client, settings, request, holder, role):
    settings.REQUIRE_MFA = True
    made = {name: f"walsall_{name}" for name in ("commander", "officer", "editor")}
    made |= {"acting": "acting_commander", "superuser": "break_glass"}
    who = request.getfixturevalue(made[role]) if role in made else holder(role)
    sign_in(client, who)
    for page in ("/dashboard/", "/dashboard/concerns/", "/admin/"):
        assert client.get(page)["Location"] == "/accounts/2fa/"
    assert client.get("/api/v1/concerns/").status_code == 403


def test_the_second_step_asks_before_anything_opens(client, settings, walsall_commander):
    settings.REQUIRE_MFA = True
    Authenticator.objects.create(user=walsall_commander, type="totp", data={"secret": seal_text("JBSWY3DPEHPK3PXP")})
    assert sign_in(client, walsall_commander)["Location"] == "/accounts/2fa/authenticate/"
    for code in ("000000", "12345678", "", "\x00"):
        assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert client.get("/dashboard/").status_code == 302
