"""The mailed ways to begin and to end: signed addresses that name nobody, each good for its own purpose alone."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

CONFIRM, STOP = (signing.Signer(salt=f"feedback.following.{door}") for door in ("confirm", "stop"))


def _address(door, signer, uid: UUID) -> str:
    short = urlsafe_b64encode(uid.bytes).decode().rstrip("=")
    return settings.BASE_URL + reverse(f"following:{door}", args=[signer.sign(short)])


def confirm_url(uid: UUID) -> str:
    """The whole address at which whoever reads the mail begins to follow."""
    return _address("confirm", CONFIRM, uid)


def unfollow_url(uid: UUID) -> str:
    """The whole address at which they end or change it."""
    return _address("stop", STOP, uid)


def uid_of(signer, token: str) -> UUID | None:
    """The subscription that an address was made for, or None where we did not make it."""
    try:
        return UUID(bytes=urlsafe_b64decode(signer.unsign(token) + "=="))
    except (signing.BadSignature, ValueError):
        return None
