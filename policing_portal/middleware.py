"""What every request passes: hostile input is refused, headers are safe, the force's people have a second factor."""

import re
from functools import cached_property, partial
from urllib.parse import unquote_plus

from allauth.mfa.models import Authenticator
from csp.constants import HEADER, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage import default_storage
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject, empty

from accounts.asking import one_row

from .rest import is_of_api

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
CHARSETS = {"", "utf-8", "utf8", "us-ascii"}  # what a body may be declared to be written in
METHODS = ("GET", "HEAD", "POST")  # all that any page takes; the API says for itself what it takes
FILES_LIMIT = 30 * 1024 * 1024  # a form with three photos; every other body is far smaller

# Django's admin and the API's documentation page carry inline styles of their own.
INLINE_STYLE_PATHS = ("/admin/", "/api/v1/docs/")


def refuse_hostile_input(get_response):
    """Answer 400 to control characters in path or query, 405 to a method that no page takes and 413 to an oversized body;
    drop cookies that hold control characters. Whoever opens an address in a way that it does not take reads a page, too.

    PostgreSQL refuses NUL in text, so without this any look-up by such a value would end in a 500; a charset that is not
    ours would end in words that nobody wrote.
    """

    def middleware(request):
        if refused := _refused(request):
            return refused
        hostile = [name for name, value in request.COOKIES.items() if CONTROL.search(name + value)]
        for name in hostile:
            del request.COOKIES[name]
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            return not_allowed(request, response["Allow"].split(", "))
        return response

    return middleware


def _refused(request):
    """The answer to what can't be read or is too much, or None."""
    if CONTROL.search(request.path) or CONTROL.search(unquote_plus(request.META.get("QUERY_STRING", ""))):
        return refusal(request, 400)
    if request.method not in METHODS and not is_of_api(request):
        return not_allowed(request, METHODS)
    if request.content_params.get("charset", "").lower() not in CHARSETS:
        return refusal(request, 400)
    if _body_too_large(request):
        return refusal(request, 413)
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        return refusal(request, 400, "Send the length of the body (Content-Length): a body in chunks is not read.")
    return None


def _body_too_large(request) -> bool:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return True
    multipart = request.META.get("CONTENT_TYPE", "").startswith("multipart/")
    return length > (FILES_LIMIT if multipart else settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def refusal(request, status: int, why: str = ""):
    """The error page of `status`, as JSON, with `why`, for the API."""
    if is_of_api(request):
        words = {
            400: "This request can't be read.",
            405: "This address does not take that.",
            413: "This request is too large.",
        }
        return JsonResponse({"detail": why or words[status]}, status=status)
    return render(request, f"{status}.html", status=status)


def not_allowed(request, methods):
    """405 in words, with the `methods` that would do: Django's own is an empty page."""
    response = refusal(request, 405)
    response["Allow"] = ", ".join(methods)
    return response


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp, but the policy of all answers that ask for none of their own is built once, not with each of them."""

    @cached_property
    def usual(self) -> str:
        return build_policy()

    def process_response(self, request, response):
        if settings.DEBUG or any(name.startswith("_csp_") for name in (*vars(response), *vars(request))):
            return super().process_response(request, response)
        response.setdefault(HEADER, self.usual)
        return response


def safe_headers(get_response):
    """Add the headers that Django does not; keep what a signed-in person sees out of every cache."""

    def middleware(request):
        response = get_response(request)
        response["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self), payment=(), usb=()"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if settings.SESSION_COOKIE_NAME in request.COOKIES or settings.SESSION_COOKIE_NAME in response.cookies:
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def inline_styles_where_needed(get_response):
    """Relax the style policy, and nothing else, on the pages whose own markup carries inline styles."""

    def middleware(request):
        response = get_response(request)
        if request.path.startswith(INLINE_STYLE_PATHS):
            response._csp_update = {"style-src": [SELF, UNSAFE_INLINE]}
        return response

    return middleware


SECOND_FACTOR_SQL = "SELECT 1 FROM mfa_authenticator WHERE user_id = %s AND type <> %s LIMIT 1"


def require_second_factor(get_response):
    """Where REQUIRE_MFA, somebody signed in without a second factor can go nowhere but to set one up."""

    def middleware(request):
        # To ask who a stranger is would read the session, and make every public page a personal one.
        if not settings.REQUIRE_MFA or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return get_response(request)
        if not request.user.is_authenticated or request.path.startswith("/accounts/"):
            return get_response(request)
        if one_row(SECOND_FACTOR_SQL, [request.user.pk, Authenticator.Type.RECOVERY_CODES.value]):
            return get_response(request)
        if is_of_api(request):
            return JsonResponse({"detail": "Set up a second factor first."}, status=403)
        return redirect(reverse("mfa_index"))

    return middleware


class Messages(MessageMiddleware):
    """Django's, but a place for messages is only made where some are said or shown: read pages and the API do neither."""

    def process_request(self, request):
        request._messages = SimpleLazyObject(partial(default_storage, request))

    def process_response(self, request, response):
        untouched = getattr(getattr(request, "_messages", None), "_wrapped", None) is empty
        return response if untouched else super().process_response(request, response)
