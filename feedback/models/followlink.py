"""A mailed way to the reporter's page: its own code, which can be revoked and expires."""

import base64
import hashlib
import hmac
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback import clock

from .codes import hash_code
from .concern import Concern


class FollowLinkManager(models.Manager):
    def alive(self):
        """The links that still open a page: neither revoked nor expired."""
        return self.filter(Q(revoked__isnull=True), expires__gt=timezone.now())

    def issue(self, message_id: UUID) -> str:
        """The code of the link in that message: five groups of four letters, 100 bits; only its hash is kept.

        Called on `concern.follow_links`. A message that has to be sent twice carries the same code twice.
        """
        code = mailed_code(message_id)
        expires = clock.add_days(timezone.now(), FollowLink.DAYS)
        self.get_or_create(code_hash=hash_code(code), defaults={"expires": expires})
        return code

    def revoke(self) -> int:
        """Close every link that is still open; returns how many."""
        return self.alive().update(revoked=timezone.now())


class FollowLink(models.Model):
    """The code in a mailed link's fragment; it asks for the postcode or ward given before it opens the page."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="follow_links")
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)

    DAYS = 90

    objects = FollowLinkManager()

    def __str__(self):
        return f"link to {self.concern_id}"


def mailed_code(message_id: UUID) -> str:
    """The code that the message with this id carries: nobody without the server's key can derive it."""
    key = hashlib.sha256(b"mailed-link:" + settings.SECRET_KEY.encode()).digest()
    letters = base64.b32encode(hmac.new(key, message_id.bytes, hashlib.sha256).digest()).decode()
    return "-".join(letters[i : i + 4] for i in range(0, 20, 4))
