"""A corrected e-mail address is the only one: the old one opens nothing, and who was signed in signs in anew."""

import pytest
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core import mail
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts import letters
from accounts.models import User
from policing_portal.exchange.known import Keeper
from policing_portal.exchange.people import People
from policing_portal.exchange.reading import read
from policing_portal.exchange.writing import write
from tests.conftest import PASSWORD
from tests.seen import version
from tests.test_exchange import applied, looked_at
from tests.test_two_editors import fields_of

pytestmark = pytest.mark.django_db
OLD, NEW = "officer.walsall@example.org", "corrected@example.org"
PEOPLE = ("accounts", "user")


@pytest.fixture
def officer(walsall_officer):
    """Somebody who came by an invitation: allauth has written their address down."""
    EmailAddress.objects.create(user=walsall_officer, email=OLD, primary=True, verified=True)
    return walsall_officer


def by_form(officer, admin):
    client, url = Client(), f"/admin/accounts/user/{officer.pk}/change/"
    client.force_login(admin)
    data = {"name": officer.name, "email": NEW, "rank": officer.rank, "is_active": "on"}
    inline = {f"force_roles-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    assert client.post(url, data | inline | version(client, url)).status_code == 302


def by_import(officer, admin):
    User.objects.filter(pk=officer.pk).update(collar_number="12345")
    table = People(Keeper.writing(admin))
    text = f"collar_number,email,name,rank,public_name,version\r\n12345,{NEW},{officer.name},{officer.rank},no,\r\n"
    sheet = read(text.encode(), columns=table.names(), needed=list(table.keys), most=table.most)
    write(table, table.examine(sheet), by=admin, reason="Import 1")


def by_save(officer, _admin):
    officer.email = NEW.upper()
    officer.save()


def by_save_of_one_field(officer, _admin):
    row = User.objects.get(pk=officer.pk)
    row.email = NEW
    row.save(update_fields=["email"])


def by_update(officer, _admin):
    User.objects.filter(pk=officer.pk).update(email=NEW)


def by_bulk_update(officer, _admin):
    officer.email = NEW
    User.objects.bulk_update([officer], ["email"])


WAYS = [by_form, by_import, by_save, by_save_of_one_field, by_update, by_bulk_update]


@pytest.mark.parametrize("change", WAYS)
def test_the_old_address_opens_no_door(change, officer, staff_admin, client, settings):
    browser = Client()
    assert browser.post("/accounts/login/", {"login": OLD, "password": PASSWORD}).status_code == 302
    assert browser.get("/dashboard/").status_code == 200
    change(officer, staff_admin)
    # Who was signed in is out at the next request.
    assert browser.get("/dashboard/").status_code == 302
    # The password, with either address.
    assert Client().post("/accounts/login/", {"login": OLD, "password": PASSWORD}).status_code == 200
    assert Client().post("/accounts/login/", {"login": NEW, "password": PASSWORD}).status_code == 302
    # The link for a new one.
    client.post("/accounts/password/reset/", {"email": OLD})
    assert mail.outbox == [] and letters.mail_password_link.func(letters.NOBODY, "reset") is False
    assert filter_users_by_email(OLD) == []
    # The force's own sign-on.
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"APPS": [{"provider_id": "force", "client_id": "x", "secret": "y", "name": "F",
                                     "settings": {"server_url": "http://127.0.0.1:9"}}]}
    }  # fmt: skip
    told = EmailAddress(email=OLD, verified=True)
    login = SocialLogin(account=SocialAccount(provider="force", uid="1"), email_addresses=[told])
    login.provider = get_adapter().get_provider(client.get("/accounts/login/").wsgi_request, "force")
    assert get_adapter().authenticate_by_email(login) is None
    told.email = NEW
    assert get_adapter().authenticate_by_email(login) == (officer, NEW)


def test_the_old_address_given_to_another_is_theirs_alone(officer, person, staff_admin):
    by_save(officer, staff_admin)
    other = person("officer.walsall")
    assert filter_users_by_email(OLD) == [other]


def test_what_leaves_the_address_alone_ends_nothing(officer, client):
    client.post("/accounts/login/", {"login": OLD, "password": PASSWORD})
    officer.rank = "Sergeant"
    officer.save()
    assert (client.get("/dashboard/").status_code, EmailAddress.objects.get().email) == (200, OLD)


# ---- nobody is moved to another address unheard --------------------------------------------------------------------------
def told():
    """What the worker sends of the letters that were asked for: (to whom, subject)."""
    tasks = DBTaskResult.objects.filter(task_path=letters.mail_old_address.module_path)
    for task in tasks:
        letters.mail_old_address.func(*task.args_kwargs["args"])
    tasks.delete()
    return [(one.to, one.subject) for one in mail.outbox]


HEARD = [([OLD], "You sign in with another address")]


def test_the_old_address_hears_that_staff_set_another(officer, staff_admin):
    by_form(officer, staff_admin)
    (task,) = DBTaskResult.objects.filter(task_path=letters.mail_old_address.module_path)
    assert task.args_kwargs["args"] == [officer.pk]
    assert told() == HEARD
    assert (NEW in mail.outbox[0].body, "tell a staff admin at once" in mail.outbox[0].body) == (False, True)


def test_the_old_address_hears_it_of_a_restored_version_and_of_a_file(officer, staff_admin, signed_in):
    client = signed_in(staff_admin)
    User.objects.get(pk=officer.pk).save()
    line = officer.history.first()
    by_save(officer, staff_admin)
    url = f"/admin/accounts/user/{officer.pk}/history/{line.pk}/"
    page = client.get(url)
    assert client.post(url, fields_of(page)).status_code == 302
    assert told() == [([NEW], HEARD[0][1])]
    mail.outbox.clear()
    one = looked_at(client, [{"collar_number": "", "email": OLD, "name": officer.name, "may_sign_in": "yes"}], PEOPLE)
    assert applied(client, one).state == "applied"
    assert told() == []  # the address is as it was
    User.objects.filter(pk=officer.pk).update(collar_number="00412")
    row = {"collar_number": "00412", "email": NEW, "name": officer.name, "may_sign_in": "yes"}
    assert applied(client, looked_at(client, [row], PEOPLE)).state == "applied"
    assert told() == HEARD


def test_other_changes_and_new_people_tell_no_address(officer, staff_admin, signed_in):
    client, url = signed_in(staff_admin), f"/admin/accounts/user/{officer.pk}/change/"
    assert client.post(url, fields_of(client.get(url)) | {"rank": "Sergeant"}).status_code == 302
    new = {"name": "Demo New", "email": "new@example.org", "is_active": "on"}
    inline = {f"force_roles-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    assert client.post("/admin/accounts/user/add/", new | inline).status_code == 302
    assert told() == []


def test_a_closed_account_and_one_that_is_gone_tell_nothing(officer, staff_admin):
    by_save(officer, staff_admin)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert (letters.mail_old_address.func(officer.pk), letters.mail_old_address.func(0), mail.outbox) == (
        False,
        False,
        [],
    )
