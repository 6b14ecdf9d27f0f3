"""References and codes: what a concern is called, and what its person follows it with. Only hashes are kept."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from django.conf import settings

# Without vowels no word appears by chance; without look-alikes it can be read out on the phone.
REFERENCE_LETTERS = "CDFGHJKMNPQRTVWX23456789"


def new_reference(prefix: str) -> str:
    """A random reference such as `WMP-7KQ3-F9XD`: 36 bits, readable on the phone."""
    letters = "".join(secrets.choice(REFERENCE_LETTERS) for _i in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


def hash_key(key: UUID) -> str:
    """The keyed hash under which a concern keeps its idempotency key."""
    return keyed_hash("key", str(key))


def follow_code(key: UUID) -> str:
    """The follow-up code of a concern: HMAC-SHA256 of its idempotency key, 80 bits, four groups of four letters."""
    digest = hmac.new(_purpose("follow-code"), key.bytes, hashlib.sha256).digest()
    letters = base64.b32encode(digest[:10]).decode()
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def hash_code(code: str) -> str:
    """The hash of a typed code, forgiving case, spaces, dashes and the look-alikes 0 for O, 1 for I, 8 for B."""
    plain = "".join(ch for ch in code.upper() if ch.isalnum()).translate(str.maketrans("018", "OIB"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _purpose(name: str) -> bytes:
    return hashlib.sha256(f"{name}:{settings.SECRET_KEY}".encode()).digest()


def keyed_hash(purpose: str, text: str) -> str:
    """HMAC-SHA256 of `text` under the server's key for `purpose`, as 64 hex digits."""
    return hmac.new(_purpose(purpose), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def partner_code(message_id: UUID) -> str:
    """The code of the link in a partner's mail: 160 bits that nobody without the server's key can derive."""
    digest = hmac.new(_purpose("partner-link"), message_id.bytes, hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode().lower()
