"""How a concern comes in: exactly once, to the right place, with its contact sealed and whoever must be told in the outbox."""

import hmac
import json
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from areas import lookup
from areas.routing import Route
from feedback import clock

from .category import Category
from .codes import follow_code, hash_code, hash_key, keyed_hash, new_reference
from .rows import put_in
from .safetyrule import SafetyRule
from .sealing import seal


class KeyReused(Exception):
    """An idempotency key came again with other words. `str()` is a sentence that reveals nothing of the first."""

    def __init__(self):
        super().__init__(_("This form was already used for something else. Please start again."))


class Receiving:
    """Verbs of `Concern`: to take it, once, in one transaction."""

    @classmethod
    def submit(
        cls,
        *,
        key: UUID,
        answers: dict,
        route,
        channel="web",
        limit=None,
        body: str = "",
        receipt=None,
        suspected=False,
        stamp: str = "",
    ):
        """Take a concern exactly once.

        `answers`: kind, category (a `Category`), text, place, times, language, and optionally contact (a dict with
        name, email, phone, safe_to_contact), complaint_offered, signpost (the code of the one from which the person came
        back), received_at (aware: when they told somebody who writes it down only now; all clocks run from it), photos (as
        `photos.keep` gives them) and sealed (what is for officers only, by its number in the text).
        `route`: an `areas.routing.Route`; a `NotRouted` or None sends it to the desk, with what was asked. `limit`:
        called last in the transaction; it counts against the rate and raises to refuse, so that neither a refusal nor a
        replay leaves anything behind. `body`: what makes a replay the same, where that is not the answers and the route.
        `receipt`: called with the new concern; what it gives, plain values, is kept for replays. `suspected`: it may be
        no real concern. `stamp`: the version stamp, where the caller has read it. Returns `(concern, created)`; the same
        key and words again return the same concern. Raises `KeyReused` for the same key with other words.
        """
        key_hash, body_hash = hash_key(key), keyed_hash("body", body or _canonical(answers, route))
        for _attempt in range(5):
            try:
                with transaction.atomic():
                    concern = cls._build(key, answers, route, channel, stamp)
                    concern.suspected = suspected or concern._one_of_a_burst()
                    concern.key_hash, concern.body_hash = key_hash, body_hash
                    concern.receipt = receipt(concern) if receipt else None
                    put_in(concern)
                    concern._take_in(answers)
                    if limit:
                        limit()
                return concern, True
            except IntegrityError:
                # This key came before, or the random reference is taken: the unique indexes tell, so no look comes first.
                if existing := cls.taken_with(key):
                    return existing._replayed(body_hash), False
        raise IntegrityError("no free reference after five tries")

    @classmethod
    def taken_with(cls, key: UUID):
        """The concern that was taken with this idempotency key, for whoever holds the key; None before."""
        return cls.objects.select_related("area", "ward", "category").filter(key_hash=hash_key(key)).first()

    def replayed(self, body: str):
        """This concern, which was taken with exactly that `body`. Raises `KeyReused`."""
        return self._replayed(keyed_hash("body", body))

    @classmethod
    def _build(cls, key, answers, route, channel, stamp):
        received = answers.get("received_at") or timezone.now()
        kind, category = answers.get("kind") or cls.Kind.CONCERN, answers["category"]
        concern = cls(  # type: ignore[call-arg]
            reference=new_reference(lookup.reference_prefix(stamp)),
            kind=kind,
            category=category,
            text=answers["text"],
            place=answers.get("place", ""),
            times=answers.get("times", ""),
            language=answers.get("language") or "en-gb",
            channel=channel,
            received_at=received,
            code_hash=hash_code(follow_code(key)),
        )
        if kind == cls.Kind.CONCERN:
            concern.due_at, concern.soon_at = clock.deadlines(received, category.response_hours, category.hours)
        concern.place_by(route)
        sealed = answers.get("sealed") or {}
        concern.sealed_words = seal(sealed) if sealed else ""
        given = (f"category:{category.code}", f"signpost:{answers.get('signpost', '')}")
        concern.danger = SafetyRule.objects.in_force(stamp).look(
            "\n".join([concern.text, concern.place, concern.times, *sealed.values()]), given
        )
        concern.safety = bool(concern.danger)
        return concern

    def place_by(self, route):
        """Set where it goes from a `Route`; a `NotRouted` or None sends it to the desk."""
        self.area, self.ward = None, None
        if route:
            self.postcode, self.route_basis = route.postcode, route.basis[:300]
        if isinstance(route, Route):
            self.area, self.ward, self.lat, self.lon = route.area, route.ward, route.lat, route.lon
            self.certain, self.near_edge = route.certain, route.near_edge
        self.desk_reason = "" if self.area else self.DeskReason.UNPLACED

    def _take_in(self, answers):
        """Seal the contact, write the first line of history and say who must be told."""
        from_reporter = {k: v for k, v in (answers.get("contact") or {}).items() if v}
        if any(from_reporter.get(k) for k in ("name", "email", "phone")):
            put_in(self._meta.get_field("contact").related_model.build(concern=self, **from_reporter))
        put_in(self.updates.model(concern=self, kind="received", side="public", public=True))
        if self.danger:
            self._review(found=self.danger)
        if answers.get("photos"):
            self._meta.get_field("photos").related_model.attach(self, answers["photos"])
        if answers.get("complaint_offered"):
            self.record("note", side="system", text="The complaints route was shown first.")
        mailed = from_reporter.get("email") and from_reporter.get("safe_to_contact")
        kinds = [("received", "commander"), ("receipt", "reporter")] if mailed else [("received", "commander")]
        told = [self.notifications.model(concern=self, kind=kind, recipient=to) for kind, to in kinds]
        put_in(*told)
        told[0].wake_worker()

    def _replayed(self, body_hash):
        if not hmac.compare_digest(self.body_hash, body_hash):
            raise KeyReused
        return self


def _canonical(answers: dict, route) -> str:
    plain = {k: (v.code if isinstance(v, Category) else v) for k, v in answers.items()}
    plain["asked"] = route.asked if route else ""
    return json.dumps(plain, sort_keys=True, default=str)
