"""An unfinished journey: one cookie, one sealed draft, and the signed key that each of its forms carries.

The journey has no session and no csrftoken cookie. What protects its forms is as strong as Django's own token:

* The cookie holds 256 random bits that only the server set; it is HttpOnly, SameSite=Lax and sent to this journey alone.
* Every form carries a key: an HMAC by SECRET_KEY over those bits, with its time. Another site can neither read it (same-origin
  policy) nor make it (no SECRET_KEY, no cookie value), and it fits no other journey and ends with the draft after 24 hours.
* Before the first answer there is no cookie, and the key says so. Such a key anybody can fetch, so what it may do is begin an
  empty journey, no more: beside an existing cookie it is refused.
* Above that, a form that the browser itself declares to come from another site (Sec-Fetch-Site, Origin) is refused. Origin is
  "null" on our own pages because of Referrer-Policy no-referrer, so it alone proves nothing.

A refused form is shown again with all that was typed, and a key with which it can be sent.
"""

import hashlib
import hmac
import json
import secrets
import uuid
from dataclasses import dataclass
from functools import cached_property

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from feedback import leaving, photos
from feedback.models import Draft

SECONDS = Draft.HOURS * 3600
PRIVATE = {"contact", "photos"}  # wiped from the draft once the concern is taken
OWN = {"key", "sent", "mailed", "refused", "begun", "known"}  # belong to one concern and never to the next


HONEY = "website"  # a field that only programs fill in


@dataclass(frozen=True)
class Refusal:
    """Why a form is shown again instead of taken: a sentence for the person, and the HTTP status."""

    sentence: object
    status: int


ELSEWHERE = Refusal(
    _(
        "Your browser says that this form came from another site, so we have not kept it. "
        "Read it below and choose the button if you want to go on."
    ),
    403,
)
UNMATCHED = Refusal(
    _(
        "We could not match this page with your earlier answers. It may be open twice, or your browser may block our "
        "one cookie. What you just typed is below: choose the button to go on with it."
    ),
    403,
)
EXPIRED = Refusal(
    _(
        "We keep answers for 24 hours, and that time is over, so your earlier answers are deleted. "
        "What you just typed is below: choose the button to start again with it."
    ),
    403,
)
SENT = Refusal(
    _(
        "You have sent that one already, and we have it. "
        "What you just typed is below: choose the button to begin a new one with it."
    ),
    409,
)
HIDDEN_CHARACTERS = Refusal(
    _("Hidden characters in your text can't be kept, so we took them out. Check the text, then choose the button."),
    400,
)


class Journey:
    """What one browser has answered so far. Reads the draft when made, writes it only through `keep`."""

    def __init__(self, request):
        self.request = request
        self.cookie = request.COOKIES.get(settings.JOURNEY_COOKIE_NAME, "")
        self.draft, self.answers = self._read()

    def _read(self):
        if not self.cookie:
            return None, {}
        draft = Draft.open(_hash(self.cookie))
        try:
            return draft, draft.answers if draft else {}
        except InvalidToken:  # sealed with a key that is no longer in use
            return None, {}

    @property
    def token(self) -> str:
        """The random token of a journey that has begun, or empty."""
        return self.cookie if self.draft else ""

    @property
    def form_key(self) -> str:
        """The signed key for the forms of this journey as it stands."""
        return _signer().sign(_bound_to(self.token))

    @property
    def sent(self) -> str:
        """The digest of the answers that were sent; empty before."""
        return self.answers.get("sent", "")

    @cached_property
    def data(self):
        """What was posted, without NUL, which no database keeps; None where nothing was."""
        if self.request.method != "POST":
            return None
        data = self.request.POST.copy()
        for name, values in data.lists():
            data.setlist(name, [value.replace("\0", "") for value in values])
        return data

    @cached_property
    def trouble(self) -> Refusal | None:
        """Why what was posted can't be taken as it came, or None."""
        if self.data is None:
            return None
        if from_another_site(self.request):
            return ELSEWHERE
        return self._key_trouble() or (HIDDEN_CHARACTERS if self.data != self.request.POST else None)

    def _key_trouble(self):
        try:
            bound = _signer().unsign(self.data.get("form_key", ""), max_age=SECONDS)
        except signing.SignatureExpired:
            return EXPIRED
        except signing.BadSignature:
            return UNMATCHED
        if self.cookie and not self.draft:
            return EXPIRED
        return None if constant_time_compare(bound, _bound_to(self.token)) else UNMATCHED

    def takes(self, form, *, first=False) -> bool:
        """Whether the posted `form` can be kept; where not, it carries the reasons. The `first` may follow what was sent."""
        if self.data is None:
            return False
        if self.sent and not (first or self.afresh or self.trouble):
            self.trouble = SENT
        valid = form.is_valid()
        if self.trouble:
            form.add_error(None, self.trouble.sentence)
        return valid and not self.trouble

    @property
    def afresh(self) -> bool:
        """Whether the person chose to begin a new concern with what they have."""
        return self.data is not None and "afresh" in self.data

    def keep(self, **answers) -> None:
        """Keep `answers` for another 24 hours; the first answer begins the journey, one after sending begins another."""
        if self.draft is None or self.sent or self.afresh:
            self._begin()
        self.answers |= answers
        self.draft.keep(self.answers)
        photos.touch(photo["name"] for photo in self.answers.get("photos", ()))

    def _begin(self):
        self.cookie = secrets.token_urlsafe(32)
        self.draft = Draft(token_hash=_hash(self.cookie))
        kept = {name: value for name, value in self.answers.items() if self.afresh and name not in OWN}
        self.answers = kept | {"key": str(uuid.uuid4()), "begun": timezone.now().timestamp()}

    def mark_sent(self, text: str) -> None:
        """Remember what was sent, and forget how to reach the person: the concern has it sealed now."""
        kept = {name: value for name, value in self.answers.items() if name not in PRIVATE}
        mailed = bool(self.answers.get("contact", {}).get("safe_to_contact") and self.answers["contact"].get("email"))
        self.draft.keep(kept | {"sent": self.digest, "mailed": mailed, "photos": [], "text": text})

    @property
    def hasty(self) -> bool:
        """Whether it took less time than a person needs to write it, or the field was filled in that no person sees."""
        seconds = timezone.now().timestamp() - self.answers.get("begun", 0)
        return seconds < settings.SPAM_SECONDS or bool(self.data and self.data.get(HONEY))

    @property
    def key(self) -> uuid.UUID:
        """The idempotency key, made with the draft."""
        return uuid.UUID(self.answers["key"])

    @property
    def digest(self) -> str:
        """A keyed digest of all answers, so that what is sent is what was shown."""
        told = {name: value for name, value in self.answers.items() if name not in OWN}
        return salted_hmac("feedback.intake.answers", json.dumps(told, sort_keys=True)).hexdigest()

    @property
    def send_key(self) -> str:
        """What the last form carries: the idempotency key and the digest of the answers shown, signed."""
        return signing.dumps([self.answers["key"], self.digest], salt="feedback.intake.send")

    @property
    def shown(self) -> list:
        """The idempotency key and digest with which the last form came back; empty where they are not ours."""
        try:
            return signing.loads(self.data.get("send", ""), salt="feedback.intake.send")
        except signing.BadSignature:
            return []

    def carry(self, response):
        """Set the journey's cookie on `response`, for as long as the draft."""
        response.set_cookie(
            settings.JOURNEY_COOKIE_NAME, self.cookie, max_age=SECONDS, path=reverse("intake:start"),
            secure=settings.PRODUCTION, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response

    def forget(self, response):
        """Take the journey's cookie back on `response`."""
        leaving.expire(response, settings.JOURNEY_COOKIE_NAME, lambda: reverse("intake:start"), samesite="Lax")
        return response

    def end(self) -> None:
        """Throw away all answers that were not sent, so that no cookie opens them again, in whatever language it lies."""
        if self.draft is None:
            return
        drafts = Draft.objects.filter(token_hash=self.draft.token_hash)
        # What changed since it was read may have been sent meanwhile, and its photos with it: the sweep looks after those.
        if drafts.filter(sealed=self.draft.sealed).delete()[0]:
            photos.remove(photo["name"] for photo in self.answers.get("photos", ()))
        drafts.delete()

    @property
    def stale_cookie(self) -> bool:
        """Whether the browser holds a cookie whose draft is gone."""
        return bool(self.cookie and not self.draft)


def from_another_site(request) -> bool:
    declared = request.headers.get("Sec-Fetch-Site")
    if declared:
        return declared not in {"same-origin", "none"}
    return request.headers.get("Origin", "null") not in {"null", f"{request.scheme}://{request.get_host()}"}


def _signer():
    return signing.TimestampSigner(salt="feedback.intake.form")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _bound_to(token: str) -> str:
    return hmac.new(b"form of a journey", token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
