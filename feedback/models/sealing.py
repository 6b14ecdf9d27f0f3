"""Sealing: encryption of contact details with keys from the environment, and keyed matching beside it."""

import hashlib
import hmac
import json
import re

from django.conf import settings

from accounts.sealing import seal_text, unseal_text


def seal(values: dict) -> str:
    """`values` (text by name) encrypted with the newest of FIELD_KEYS."""
    return seal_text(json.dumps(values))


def unseal(sealed: str) -> dict:
    """What `seal` took. Raises `cryptography.fernet.InvalidToken` where none of FIELD_KEYS opens it."""
    return json.loads(unseal_text(sealed))


def match_key(kind: str, value: str) -> str:
    """A keyed HMAC of a normalised e-mail or phone, for matching without opening; empty for an empty value."""
    if kind == "phone":
        value = re.sub(r"^(\+44|0044)", "0", re.sub(r"[^\d+]", "", value))
    value = value.strip().casefold()
    if not value:
        return ""
    key = hashlib.sha256(b"contact-match:" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
