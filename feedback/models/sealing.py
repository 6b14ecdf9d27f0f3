"""Sealing: encryption of contact details with keys from the environment, and keyed matching beside it."""

import hashlib
import hmac
import json
import re
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _keys(encoded: tuple) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in encoded])


def seal(values: dict) -> str:
    """`values` (text by name) encrypted with the newest of FIELD_KEYS."""
    return _keys(tuple(settings.FIELD_KEYS)).encrypt(json.dumps(values).encode()).decode()


def unseal(sealed: str) -> dict:
    """What `seal` took. Raises `cryptography.fernet.InvalidToken` where none of FIELD_KEYS opens it."""
    return json.loads(_keys(tuple(settings.FIELD_KEYS)).decrypt(sealed.encode()))


def reseal(sealed: str) -> str:
    """The same content under the newest key: key rotation."""
    return _keys(tuple(settings.FIELD_KEYS)).rotate(sealed.encode()).decode()


def match_key(kind: str, value: str) -> str:
    """A keyed HMAC of a normalised e-mail or phone, for matching without opening; empty for an empty value."""
    if kind == "phone":
        value = re.sub(r"^(\+44|0044)", "0", re.sub(r"[^\d+]", "", value))
    value = value.strip().casefold()
    if not value:
        return ""
    key = hashlib.sha256(b"contact-match:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
