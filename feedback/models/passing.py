"""How a concern is passed to a partner: who reads which facts, why that may be, and how the partner hears of it."""

import re

from cryptography.fernet import InvalidToken
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.stamp import LONDON
from feedback import personal
from feedback.lifecycle import (
    AgreementNeeded,
    Consent,
    ConsentNeeded,
    Decision,
    MoveNotAllowed,
    NoAddress,
    PartnerElsewhere,
    PartnerNotTold,
    PersonalFacts,
    PersonalFindings,
    Status,
    TimeNotPossible,
    written,
)

# An e-mail address, or nine digits and more in a row as phone numbers are written.
REACHES_SOMEBODY = re.compile(r"\S@\S+\.\w|(?:\d[\s().-]?){9,}")


class Passing:
    """The verb of `Concern` that refers it: one transaction under the row's lock, and counts the version."""

    def refer(self, partner, text, *, by, facts="", consent="", agreed="", told="", told_at=None, version=None):
        """Pass it to a `Partner`; `text` is what the person reads. The partner hears of it, one way or the other.

        `facts`: all that the partner reads, behind a link that is mailed to them and answers once; `consent` (a
        `Consent`): why that may be passed on; `agreed`: when and how the person agreed, where they did. Or `told`: how the
        partner was told another way, at `told_at` (aware). Raises `PartnerElsewhere`, `PartnerNotTold`, `NoAddress`,
        `ConsentNeeded`, `AgreementNeeded`, `PersonalFacts`, `MoveNotAllowed`, `TimeNotPossible`, `TextNeeded`.
        """
        facts, agreed, told = facts.strip(), agreed.strip(), told.strip()
        with self._held(version) as concern:
            concern._check_partner(partner, facts, consent, agreed)
            concern._check_told(facts, told, told_at)
            concern.partner = partner
            concern._keep("partner")
            if concern.status != Status.REFERRED:
                decision = Decision.CONCERN if concern.status == Status.RECEIVED else ""
                concern.move_to(Status.REFERRED, by=by, tell=False, decision=decision)
            update = concern.record("referral", by=by, public=True, text=written(text), partner=partner)
            concern.notify("status", to="reporter", update=update)
            if facts and consent == Consent.AGREED:
                words = f"The person agreed that {partner} reads this: {agreed}"
                concern.record("note", by=by, text=words, partner=partner)
            if facts:
                concern.referrals.send(update, facts=facts, consent=consent)
            if told:
                when = date_format(told_at.astimezone(LONDON), "j F Y, H:i")
                words = f"{partner} was told another way, {when}: {told}"
                concern.record("note", by=by, text=words, partner=partner, happened_at=told_at)
        return update

    def _check_partner(self, partner, facts, consent, agreed):
        if partner.area_id not in (None, self.area_id):
            raise PartnerElsewhere(partner=partner, area=self.area or _("this place"))
        if self.status == Status.RESOLVED:
            raise MoveNotAllowed(self.status, Status.REFERRED)
        if not facts:
            return
        if not partner.email:
            raise NoAddress(partner=partner)
        if consent not in Consent.values:
            raise ConsentNeeded
        if consent == Consent.AGREED:
            if not agreed:
                raise AgreementNeeded
            return
        self._check_nobody_named(facts, partner)

    def _check_told(self, facts, told, told_at):
        if not facts and not (told and told_at):
            raise PartnerNotTold
        if told_at and not self.received_at <= told_at <= timezone.now():
            raise TimeNotPossible

    def _check_nobody_named(self, facts, partner):
        """Raise `PersonalFacts` where `facts` point to a person: by their form, or as the person gave themselves."""
        places = (self.place, self.area or "", self.ward or "", partner)
        found = {one.kind for one in personal.find(facts, [str(place) for place in places])} | self._own_in(facts)
        if REACHES_SOMEBODY.search(facts) or found & {personal.EMAIL, personal.PHONE}:
            raise PersonalFacts
        if found:
            raise PersonalFindings(what=", ".join(str(personal.LABELS[kind]) for kind in sorted(found)))

    def _own_in(self, facts) -> set[str]:
        """Which kinds of what the person gave as their contact stand in `facts`, however they are written."""
        try:
            contact = self.contact.unsealed() if hasattr(self, "contact") else {}
        except InvalidToken:
            contact = {}
        name, email, phone = (contact.get(part, "") for part in ("name", "email", "phone"))
        digits, own = re.sub(r"\D", "", facts), re.sub(r"\D", "", phone)[-9:]
        # A part of a name may be a common word: only as a name is written, with a capital.
        parts = [rf"\b{re.escape(part.capitalize())}\b" for part in re.findall(r"[\w’'-]{3,}", name)]
        named = bool(name) and (name.casefold() in facts.casefold() or any(re.search(part, facts) for part in parts))
        given = {
            personal.NAME: named,
            personal.EMAIL: bool(email) and email.casefold() in facts.casefold(),
            personal.PHONE: len(own) == 9 and own in digits,
        }
        return {kind for kind, stands in given.items() if stands}
