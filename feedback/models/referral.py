"""What was passed to a partner, and the link with which they answer once, without an account."""

import uuid

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from areas.models import Force
from feedback import clock
from feedback.lifecycle import Consent, LinkOver, written

from .category import Partner
from .codes import hash_code, partner_code
from .concern import Concern
from .update import ConcernUpdate


class ReferralManager(models.Manager):
    def send(self, update, *, facts, consent):
        """Pass `facts` to the partner of `update` (a line of history): a link goes by mail. Called on `concern.referrals`."""
        message_id = uuid.uuid4()
        referral = self.create(
            update=update, partner=update.partner, facts=facts, consent=consent,
            code_hash=hash_code(partner_code(message_id)),
            expires=clock.add_days(timezone.now(), Force.objects.get().partner_days),
        )  # fmt: skip
        referral.concern.notify("referral", to="partner", update=update, message_id=message_id)
        return referral

    def open_with(self, code: str):
        """The referral that a partner's `code` opens, or None: used up, run out, or never there."""
        return self.filter(code_hash=hash_code(code), answered_at__isnull=True, expires__gt=timezone.now()).first()


class Referral(models.Model):
    """All that a partner reads of a concern. Only a hash of the link's code is kept."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="referrals")
    update = models.OneToOneField(ConcernUpdate, on_delete=models.PROTECT, related_name="referral")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    facts = models.TextField(_("what the partner reads"))
    consent = models.CharField(max_length=10, choices=Consent.choices)
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ReferralManager()

    class Meta:
        verbose_name = _("referral")

    def __str__(self):
        return f"{self.partner}, {self.expires:%d %b %Y}"

    def answer(self, text):
        """The partner's answer, once: it stands in the history, and whoever has the concern is told. Raises `LinkOver`."""
        with transaction.atomic():
            concern = self.concern.locked()
            alive = Referral.objects.filter(pk=self.pk, answered_at__isnull=True, expires__gt=timezone.now())
            text = written(text)
            if not alive.update(answered_at=timezone.now()):
                raise LinkOver
            concern._keep()
            update = concern.record("answered", side="partner", text=text, partner=self.partner)
            concern.notify(
                "answered", to="person" if concern.officer else "commander", person=concern.officer, update=update
            )
        return update
