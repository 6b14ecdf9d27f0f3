"""The public's languages: which one an address asks for, and where the same page stands in another.

A language is part of the address (`/ur/areas/`), so no cookie keeps it. English has no prefix; API, admin, accounts,
dashboard and health have English alone.
"""

import functools
from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.caching import fact
from areas.models import Language
from feedback import leaving
from feedback.intake import journey
from feedback.tracking import door

from . import views

PREFIXED = frozenset(code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE)


@dataclass(frozen=True)
class Choice:
    """One way to read this page: the language's `code` and own `name`, and the page's `url` in it."""

    code: str
    name: str
    url: str


def speak(get_response):
    """Answer in the language that the address begins with; one that the public is not offered is not found."""

    def middleware(request):
        code, _rest = divided(request.path_info)
        request.LANGUAGE_CODE = code
        if code != settings.LANGUAGE_CODE and code not in {language.code for language in offered(request)}:
            return views.not_found(request, None)
        with translation.override(code):
            response = get_response(request)
        response.headers.setdefault("Content-Language", code)
        return response

    return middleware


def divided(path: str) -> tuple[str, str]:
    """The language of an address, and the address without it: `/ur/areas/` is ("ur", "/areas/")."""
    first, _slash, rest = path[1:].partition("/")
    return (first, f"/{rest}") if first in PREFIXED else (settings.LANGUAGE_CODE, path)


def _prefix(code: str) -> str:
    """With what the addresses of a language begin."""
    return "" if code == settings.LANGUAGE_CODE else f"/{code}"


def offered(request) -> list[Language]:
    """The languages that the public may choose and that are translated, beside English; asked once for each request."""
    if not hasattr(request, "_languages"):
        rows = fact(request, "languages", lambda: list(Language.objects.offered()))
        request._languages = [row for row in rows if has_catalogue(row.code)]
    return request._languages


@functools.cache
def has_catalogue(code: str) -> bool:
    """Whether the portal's own words stand in that language: English under its name would help nobody."""
    return (settings.BASE_DIR / "locale" / code / "LC_MESSAGES" / "django.mo").exists()


def choices(request) -> list[Choice]:
    """This page in each other language that is offered, English first."""
    spoken, path = divided(request.get_full_path())
    english = Choice(settings.LANGUAGE_CODE, "English", path)
    others = [Choice(row.code, row.own_name, _prefix(row.code) + path) for row in offered(request)]
    return [choice for choice in (english, *others) if choice.code != spoken]


def unreviewed(request) -> Language | None:
    """The language of this page where no native speaker has reviewed it yet, which the page must say."""
    spoken = translation.get_language()
    if spoken == settings.LANGUAGE_CODE:
        return None
    return next((row for row in offered(request) if row.code == spoken and not row.reviewed_on), None)


# What a journey and a concern that stands open keep in the browser, for those addresses alone: the cookies' names, how long
# they live in seconds, to whom they are sent, and where they lie.
KEPT = {
    "report": ((settings.JOURNEY_COOKIE_NAME,), journey.SECONDS, "Lax", "intake:start"),
    "track": ((door.COOKIE, door.LIST), door.MINUTES * 60, "Strict", "tracking:start"),
}


@csrf_exempt  # it changes nothing but the address at which this browser keeps its own cookies
@require_POST
def change(request, room):
    """Go on in another language where the browser keeps something for `room` (report or track): the cookies come along."""
    code, page = request.POST.get("to", ""), request.POST.get("page", "")
    known = code == settings.LANGUAGE_CODE or code in {language.code for language in offered(request)}
    _spoken, path = divided(page)
    if not known or not path.startswith(f"/{room}/"):
        raise Http404
    response = HttpResponseRedirect(_prefix(code) + path)
    with translation.override(code):
        _take_along(request, response, room)
    add_never_cache_headers(response)
    return response


def _take_along(request, response, room):
    """Move the room's cookies to the addresses of the language that is active, and leave none behind in any other."""
    names, seconds, same_site, start = KEPT[room]
    for name in names:
        if name in request.COOKIES:
            leaving.expire(response, name, lambda: reverse(start), samesite=same_site)
            response.set_cookie(
                name, request.COOKIES[name], max_age=seconds, path=reverse(start), secure=settings.PRODUCTION,
                httponly=True, samesite=same_site,  # type: ignore[arg-type]
            )  # fmt: skip
