"""A mailed way to the reporter's page: its own code, which can be revoked and expires."""

import hashlib
import secrets

from django.db import models
from django.utils import timezone

from feedback import clock

from .concern import Concern


class FollowLink(models.Model):
    """The code in a mailed link's fragment; it asks for the postcode or ward given before it opens the page."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="follow_links")
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)

    DAYS = 90

    def __str__(self):
        return f"link to {self.concern_id}"

    @classmethod
    def make(cls, concern) -> str:
        """A new link's code (128 bits, URL-safe); only its hash is kept."""
        code = secrets.token_urlsafe(16)
        expires = clock.add_days(timezone.now(), cls.DAYS)
        cls.objects.create(concern=concern, code_hash=cls.hash(code), expires=expires)
        return code

    @staticmethod
    def hash(code: str) -> str:
        """The SHA-256 of a mailed code, in hex."""
        return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
