"""Cookies of one room of the public (the journey, an open concern): a browser may hold one under the address of each language.

Whoever leaves in one language has left all of them: on a shared computer the next person must find nothing.
"""

from django.conf import settings
from django.utils import translation


def addresses(code: str, address) -> str:
    """What `address` (a function without parameters that reverses) is in the language `code`."""
    with translation.override(code):
        return address()


def expire(response, name: str, address, *, samesite: str) -> None:
    """Let `response` end the cookie `name` under `address` (a function that reverses) in every language.

    A response keeps its cookies by name, and here are several of one name; so each other path has a key of its own.
    """
    here = translation.get_language()
    for code, _name in settings.LANGUAGES:
        if code != here:
            path = addresses(code, address)
            kept = response.cookies.pop(name, None)
            response.delete_cookie(name, path=path, samesite=samesite)
            response.cookies[f"{name} {path}"] = response.cookies.pop(name)
            if kept is not None:
                response.cookies[name] = kept
    response.delete_cookie(name, path=address(), samesite=samesite)
