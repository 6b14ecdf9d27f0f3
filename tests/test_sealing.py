"""Contact details are sealed with keys from the environment, and the keys can change."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command

from feedback.models import Contact
from feedback.models.sealing import match_key, unseal

PAT = {"name": "Demo Pat", "email": "Pat@Example.org ", "phone": "07700 900123"}


@pytest.fixture
def contact(make_concern, walsall):
    return make_concern(walsall, contact={**PAT, "safe_to_contact": True}).contact


def test_contact_is_not_readable_in_the_database(contact):
    stored = Contact.objects.values_list("sealed", flat=True).get()
    assert not any(word in stored for word in PAT.values())
    assert contact.unsealed() == PAT


def test_keys_rotate_and_the_old_one_can_go(contact, settings):
    old, new = settings.FIELD_KEYS, [Fernet.generate_key().decode()]
    settings.FIELD_KEYS = new + old
    call_command("reseal_contacts", verbosity=0)
    settings.FIELD_KEYS = new
    assert Contact.objects.get().unsealed() == PAT


def test_without_the_key_nothing_opens_and_nothing_is_lost(contact, settings):
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    before = contact.sealed
    with pytest.raises(InvalidToken):
        unseal(before)
    with pytest.raises(CommandError, match="1 could not be opened"):
        call_command("reseal_contacts", verbosity=0)
    assert Contact.objects.get().sealed == before


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "Pat@Example.org ", "pat@example.org"),
        ("phone", "07700 900 123", "+447700900123"),
        ("phone", "0044 7700 900123", "07700900123"),
    ],
)
def test_matching_forgives_spelling(kind, one, other):
    assert match_key(kind, one) == match_key(kind, other) != ""


def test_matching_keeps_people_and_kinds_apart(settings):
    assert match_key("email", "pat@example.org") != match_key("email", "sam@example.org")
    assert match_key("email", "07700900123") != match_key("phone", "07700900123")
    assert match_key("email", "") == ""
    before = match_key("email", "pat@example.org")
    settings.SECRET_KEY = "another" * 8
    assert match_key("email", "pat@example.org") != before
