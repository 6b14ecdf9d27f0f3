"""`Authorization: Api-Key ...`: how a system of the force says who it is where only what is public is read."""

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from .models import ApiKey

SCHEME = b"api-key"


class ByKey(BaseAuthentication):
    """Makes the `ApiKey` the request's `auth`, and nobody its user: a key gives a rate, never a right to read more."""

    def authenticate(self, request):
        """`(AnonymousUser, ApiKey)`; None without the header or with another scheme. A key that does not work is a 401."""
        if "HTTP_AUTHORIZATION" not in request.META:
            return None
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != SCHEME:
            return None
        key = ApiKey.known(words[1].decode("latin-1")) if len(words) == 2 else None
        if key is None:
            raise AuthenticationFailed("This key is not known, has ended or was revoked.")
        return AnonymousUser(), key

    def authenticate_header(self, request):
        return "Api-Key"
