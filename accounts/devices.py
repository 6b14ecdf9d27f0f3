"""Devices on which somebody has signed in before: whoever guesses passwords elsewhere can't shut them out there."""

from django.conf import settings
from django.core import signing

from .models import User

COOKIE = "__Host-known" if settings.PRODUCTION else "known"
SECONDS = 180 * 24 * 3600
MOST = 10  # people that share one device


def _signer():
    return signing.TimestampSigner(salt="accounts.devices")


def _people(request) -> list[str]:
    try:
        return _signer().unsign(request.COOKIES.get(COOKIE, ""), max_age=SECONDS).split(".")
    except signing.BadSignature:
        return []


def knows(request, email: str) -> bool:
    """Whether who signs in with `email` has done so on this device."""
    people = _people(request)
    return bool(people) and User.objects.filter(pk__in=people, email__iexact=email).exists()


def remember(request, response, person) -> None:
    """Keep in `response`'s cookie that `person` has signed in here."""
    people = [str(person.pk), *(other for other in _people(request) if other != str(person.pk))][:MOST]
    response.set_cookie(
        COOKIE,
        _signer().sign(".".join(people)),
        max_age=SECONDS,
        httponly=True,
        secure=settings.PRODUCTION,
        samesite="Lax",
    )
