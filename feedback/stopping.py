"""How a person stops the news of priorities with one click: a signed address in each mail, which names nobody."""

from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

SIGNER = signing.Signer(salt="feedback.stopping")


def stop_url(message_id: UUID) -> str:
    """The whole address that stops the news for whoever got this message."""
    return settings.BASE_URL + reverse("tracking:stop", args=[SIGNER.sign(message_id.hex)])


def message_of(token: str) -> UUID | None:
    """The message that a stopping address was made for, or None where we did not make it."""
    try:
        return UUID(SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
