"""Sealing: text encrypted with keys from the environment. Here, because second steps are sealed as contact details are."""

from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _keys(encoded: tuple) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in encoded])


def seal_text(text: str) -> str:
    """`text` encrypted with the newest of FIELD_KEYS."""
    return _keys(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def unseal_text(sealed: str) -> str:
    """What `seal_text` took. Raises `cryptography.fernet.InvalidToken` where none of FIELD_KEYS opens it."""
    return _keys(tuple(settings.FIELD_KEYS)).decrypt(sealed.encode()).decode()


def reseal_text(sealed: str) -> str:
    """The same content under the newest key: key rotation."""
    return _keys(tuple(settings.FIELD_KEYS)).rotate(sealed.encode()).decode()


def within(data: dict, change) -> dict:
    """The `data` of a second step with `change` (text to text) made to what is secret in it: keys of apps, recovery codes."""
    secret = {name: change(data[name]) for name in ("secret", "seed") if name in data}
    codes = {"migrated_codes": [change(code) for code in data["migrated_codes"]]} if "migrated_codes" in data else {}
    return {**data, **secret, **codes}
