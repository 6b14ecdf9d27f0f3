"""Visits to the reporter's page that ended before their time: no cookie of theirs opens it again, wherever it lies."""

import hashlib

from django.db import models


def _hash(visit: str) -> str:
    return hashlib.sha256(visit.encode("utf-8", "replace")).hexdigest()


class ClosedVisits(models.Manager["ClosedVisit"]):
    def close(self, visits, until) -> None:
        """End `visits` (random tokens) for good; at `until` (aware) their cookies have run out by themselves."""
        rows = [ClosedVisit(token_hash=_hash(visit), expires=until) for visit in visits if visit]
        self.bulk_create(rows, ignore_conflicts=True)

    def of(self, visit: str):
        """The row of that visit, where somebody closed it: an empty queryset otherwise."""
        return self.filter(token_hash=_hash(visit))


class ClosedVisit(models.Model):
    """Only the hash of a visit's random token, until its cookies have run out."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    expires = models.DateTimeField(db_index=True)

    objects = ClosedVisits()

    def __str__(self):
        return f"closed until {self.expires:%d %b %H:%M}"
