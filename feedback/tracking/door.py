"""The door to the reporter's pages: which concern a typed code opens, and the cookie that keeps it open for a while."""

import hmac
import re
import secrets

from django.conf import settings
from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone

from accounts import throttle
from areas.models import Force
from feedback import clock, leaving
from feedback.models import ClosedVisit, Concern, Contact, FollowLink
from feedback.models.codes import hash_code

MINUTES = 30
COOKIE = "__Secure-track" if settings.PRODUCTION else "track"
SALT = "feedback.tracking.door"
LIST = "__Secure-track-list" if settings.PRODUCTION else "track-list"
LIST_SALT = "feedback.tracking.list"
LONGEST_LIST = 30
PLACE_RATE = "10/day"  # guesses of the place for one mailed link

# References have no S, Z or B, so those can only be meant for what looks like them.
MEANT = str.maketrans("SZB", "528")


def reference_of(typed: str) -> str:
    """A typed reference in its one spelling, forgiving case, spaces, dashes, look-alikes and a missing prefix."""
    letters = "".join(ch for ch in typed.upper() if ch.isalnum())[-8:].translate(MEANT)
    return f"{Force.objects.get().reference_prefix}-{letters[:4]}-{letters[4:]}"


def find(reference: str, code: str):
    """What a typed reference and code open: a `Concern`, a `FollowLink` that asks for the place first, or None.

    The same work is done whatever is wrong. A mailed code needs no reference.
    """
    meant, typed = reference_of(reference), hash_code(code)
    concern = Concern.objects.filter(reference=meant).first()
    link = FollowLink.objects.alive().select_related("concern").filter(code_hash=typed).first()
    right = hmac.compare_digest(concern.code_hash if concern else hash_code(meant), typed)
    if concern and right:
        return concern
    if link and (not reference.strip() or link.concern == concern):
        return link
    return None


def knows_place(link, typed: str) -> bool:
    """Whether `typed` is the place given for the link's concern. Raises `TooMany` after too many guesses."""
    throttle.count("track-place", str(link.pk), PLACE_RATE)
    return _plain(typed) in {_plain(place) for place in _places(link.concern)}


def confirm(link) -> None:
    """The address to which `link` was mailed is the person's: they opened it and knew the place."""
    if contact := Contact.objects.filter(concern=link.concern_id).first():
        contact.confirm()


def _places(concern) -> list[str]:
    """The postcode and ward that were given; the area only where nothing closer was, because areas are few."""
    places = [concern.postcode, concern.ward.name if concern.ward else ""]
    if not concern.postcode and (concern.ward is None or concern.lat is not None):
        places += [area.name for area in (concern.area, concern.previous_area) if area]
    return [place for place in places if place]


def _plain(place: str) -> str:
    return re.sub(r"[\W_]|\band\b", "", place.casefold())


def open_for(response, opened, *, asked=False):
    """Let `response` keep `opened` (a `Concern` or `FollowLink`) open; a link only `asked` for its place opens nothing yet.

    The cookie names a visit, so that leaving closes it here and not in one browser's cookies alone.
    """
    kind = "asked" if asked else opened._meta.model_name
    response.set_signed_cookie(COOKIE, f"{kind}.{opened.pk}.{_new_visit()}", salt=SALT, **_cookie())
    return response


def _new_visit() -> str:
    return secrets.token_urlsafe(16)


def _cookie() -> dict:
    return {
        "max_age": MINUTES * 60,
        "path": _address(),
        "secure": settings.PRODUCTION,
        "httponly": True,
        "samesite": "Strict",
    }


def close(request, response):
    """End what this browser has open and its list, in every language: the visit here, the cookies under all their paths."""
    visits = {_kept(request)[2], _kept_list(request)[0]}
    ClosedVisit.objects.close(visits, clock.add_minutes(timezone.now(), MINUTES))
    for name in (COOKIE, LIST):
        leaving.expire(response, name, _address, samesite="Strict")
    return response


def _address() -> str:
    return reverse("tracking:start")


def collect(request, response, concerns):
    """Let `response` keep `concerns` as the list for an ASB case review, each once."""
    numbers = list(dict.fromkeys(str(one.pk) for one in concerns))[:LONGEST_LIST]
    visit = _kept_list(request)[0] or _new_visit()
    response.set_signed_cookie(LIST, ".".join([visit, *numbers]), salt=LIST_SALT, **_cookie())
    return response


def _kept_list(request) -> tuple[str, list[str]]:
    """The visit in which the list was begun, and its numbers; both empty where there is none or it was left."""
    value = request.get_signed_cookie(LIST, default="", salt=LIST_SALT, max_age=MINUTES * 60)
    visit, *numbers = value.split(".")
    return ("", []) if ClosedVisit.objects.of(visit).exists() else (visit, numbers)


def collected(request) -> list:
    """The concerns on the list, each of which this browser's person has proved to be their own."""
    _visit, numbers = _kept_list(request)
    return list(_still_theirs().select_related("area", "ward", "category").filter(pk__in=numbers))


def _still_theirs():
    """The concerns that have a code: erasure takes it away, and with it the page that was opened before."""
    return Concern.objects.exclude(code_hash="")


def sent_alike(request, concern) -> list:
    """What was sent with the address of `concern`, for whoever came by a link that we mailed to that address.

    Only what was itself opened by a mailed link: anybody can type anybody's address. Only where it is safe to write to,
    and nothing sensitive: others may read the same mail.
    """
    kind, _pk, _visit = _kept(request)
    contact = Contact.objects.filter(concern=concern).first()
    proved = Contact.objects.confirmed(contact.email_key if contact else "")
    if kind != "followlink" or not proved.filter(concern=concern).exists():
        return []
    return list(Concern.objects.filter(pk__in=proved.values("concern"), category__sensitive=False).order_by("-pk"))


def _kept(request) -> tuple[str, str, str]:
    """What this browser opened: its kind, its id and the visit, which may have been left since; empty where nothing."""
    value = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=MINUTES * 60)
    kind, pk, visit = [*value.split("."), "", ""][:3]
    return (kind, pk, visit) if visit else ("", "", "")


def _left(visit):
    """The condition that the visit was left: asked with the concern, so that it costs no question of its own."""
    return Exists(ClosedVisit.objects.of(visit))


def asked_link(request):
    """The mailed link that waits for its place, or None."""
    kind, pk, visit = _kept(request)
    links = FollowLink.objects.alive().select_related("concern")
    return links.filter(~_left(visit), pk=pk).first() if kind == "asked" else None


def opened_concern(request):
    """The concern that this browser has open, or None; leaving closes it, and so do a revoked link and erasure, at once."""
    kind, pk, visit = _kept(request)
    concerns = (
        _still_theirs()
        .filter(~_left(visit))
        .select_related("area", "ward", "category", "team", "officer", "department", "partner", "problem", "rating")
    )
    if kind == "concern":
        return concerns.filter(pk=pk).first()
    if kind == "followlink":
        return concerns.filter(pk__in=FollowLink.objects.alive().filter(pk=pk).values("concern")).first()
    return None
