"""Pages that only read are told apart by the version stamp: while nothing changed, an answer costs one query and no template.

The stamp counts up with every staff edit of a public fact and carries the day, so nothing shown is older than the last edit.
"""

import functools
import gzip
import hashlib
import re
from bisect import bisect_right

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import has_vary_header, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language

from .stamp import Stamp, TimedFact

# Shared caches may keep the page, but must ask us each time whether it still holds.
REVALIDATE = "public, no-cache"
KEEP_SECONDS = 3600
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


@functools.cache
def release() -> str:
    """A digest of the code, templates and style that make the pages, so that a new release is never taken for the old one."""
    digest = hashlib.sha256()
    for pattern in (
        "*/*.py",
        "*/*/*.py",
        "templates/**/*.html",
        "static/build/*.css",
        "static/js/*.js",
        "locale/**/*.mo",
        "areas/data/*/locale/**/*.mo",
    ):
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            if "tests" not in path.parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _key(request, *, by_minute) -> str:
    """What one answer of a read page depends on: the facts, those that show just now, the release, the words' language,
    the address, the minute."""
    now = timezone.now()
    if not hasattr(request, "stamp"):
        request.stamp = Stamp.current()
    address = f"{request.get_host()}{request.path}?{request.META.get('QUERY_STRING', '')}"
    parts = [request.stamp, _turn(request.stamp, now), release(), get_language() or "", address]
    if by_minute:
        parts.append(f"{now.hour}:{now.minute}")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _turn(stamp, now) -> str:
    """How many of the moments have passed with which a `TimedFact` begins or ceases to show; asked once for a stamp."""
    return str(bisect_right(kept_fact("turns", TimedFact.turns, stamp), now))


def _personal(request, response) -> bool:
    """Whether an answer turned out to depend on who asks: then it is nobody else's."""
    session = getattr(request, "session", None)
    read_session = session is not None and session.accessed
    return read_session or bool(response.cookies) or has_vary_header(response, "Cookie")


def fact(request, name: str, make):
    """What `make()` gives, kept under `name` while the stamp that this request has read holds; without one made each time.

    `make` reads public facts only, and gives something small: it is copied in and out.
    """
    stamp = getattr(request, "stamp", None)
    return make() if stamp is None else kept_fact(name, make, stamp)


def kept_fact(name: str, make, stamp: str = ""):
    """The same under the stamp as it is now."""
    # Hashed, because a name may hold what an address holds.
    whole = f"{name}\n{get_language()}\n{stamp or Stamp.current()}"
    key = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
    return caches["pages"].get_or_set(f"fact:{key}", make, KEEP_SECONDS)


@functools.lru_cache(maxsize=16)
def same_fact(make, stamp: str):
    """What the function `make` gives while `stamp` holds, handed out as it is: only for what nobody can change, such as text."""
    return make()


def _known(request, key):
    """304 where the browser has this very page, the page where we have it, otherwise None."""
    asked = request.META.get("HTTP_IF_NONE_MATCH", "")
    if asked and f'"{key}"' in {tag.removeprefix("W/") for tag in parse_etags(asked)}:
        return _marked(HttpResponseNotModified(), key)
    kept = caches["pages"].get(f"page:{key}")
    return None if kept is None else HttpResponse(kept[0], headers=kept[1])


def _fresh(request, key, response, *, by_minute):
    """`response` as the view made it: with its ETag and to be kept where it is the same for everybody, else nobody's."""
    if response.status_code != 200 or _personal(request, response):
        response.setdefault("Cache-Control", "private, no-store")
        return response
    if not request.META.get("QUERY_STRING"):  # else made-up queries would push the real pages out
        response.keep_as = key
        if len(_kept_addresses) >= MOST_ADDRESSES:
            _kept_addresses.clear()
        _kept_addresses[request.path] = by_minute, request.resolver_match
    return _marked(response, key)


def _marked(response, key):
    response["ETag"] = f'"{key}"'
    response["Cache-Control"] = REVALIDATE
    patch_vary_headers(response, ["Accept-Encoding"])
    response.read_as = key
    return response


# ---- as it travels ---------------------------------------------------------------------------------------------------
def _as_taken(request, response, key, *, kept):
    """`response`, which is everybody's, packed where the browser takes that. Such pages hold no secret to be guessed by length.

    The packed one has a weak ETag, because the bytes differ; a browser may send back either.
    """
    accepted = request.META.get("HTTP_ACCEPT_ENCODING")
    if not accepted or not GZIP.search(accepted):
        return response
    response["ETag"] = f'W/"{key}"'
    if response.status_code == 200:
        plain = response.content
        response.content = (
            caches["pages"].get_or_set(f"packed:{key}", lambda: _pack(plain), KEEP_SECONDS) if kept else _packed(plain)
        )
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(len(response.content))
    return response


def _pack(plain: bytes) -> bytes:
    return gzip.compress(plain, 6, mtime=0)


_packed = functools.lru_cache(maxsize=32)(_pack)  # what is never kept as a page: the outlines of maps, narrowed lists


# Address -> whether its page holds for a minute only, and its route: what `kept_pages` must know before any view is found.
_kept_addresses: dict[str, tuple] = {}
MOST_ADDRESSES = 2000


def kept_pages(get_response):
    """Middleware: answer with a kept page, or with 304, before all that only a page made anew has need of.

    The stamp is read with every request. Whoever has a session goes the whole way, so that nobody passes the checks of
    those who are signed in. Stands after what says the language; all middleware before it marks kept pages, too.
    """

    def middleware(request):
        if settings.DEBUG or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return get_response(request)
        reads = request.method in ("GET", "HEAD") and not request.META.get("QUERY_STRING")
        if reads and (address := _kept_addresses.get(request.path)):
            by_minute, request.resolver_match = address
            key = _key(request, by_minute=by_minute)
            if known := _known(request, key):
                return _as_taken(request, known, key, kept=True)
        response = get_response(request)
        # Asked once more: the middleware between here and the view may have read the session, or set a cookie.
        key, keep = getattr(response, "read_as", ""), getattr(response, "keep_as", "")
        if not (key or keep) or _personal(request, response):
            return response
        if keep:
            caches["pages"].set(f"page:{keep}", (response.content, dict(response.items())), KEEP_SECONDS)
        return _as_taken(request, response, key, kept=bool(keep)) if key else response

    return middleware


def unkept(response):
    """`response`, marked so that nobody keeps it: it answers a question that is nobody else's."""
    response["Cache-Control"] = "private, no-store"
    return response


def read_page(view=None, *, by_minute=False):
    """A view that only reads public facts: answers 304 to a known ETag, keeps its rendered page while the stamp holds.

    `by_minute` is for pages that say whether a hub is open now: those hold for one minute of the clock. A page that read the
    session or set a cookie is neither kept nor marked for others.
    """
    if view is None:
        return functools.partial(read_page, by_minute=by_minute)

    @functools.wraps(view)
    def cached(request, *args, **kwargs):
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if settings.DEBUG:
            return view(request, *args, **kwargs)
        key = _key(request, by_minute=by_minute)
        return _known(request, key) or _fresh(request, key, view(request, *args, **kwargs), by_minute=by_minute)

    return cached
