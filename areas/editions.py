"""A new edition of official data comes in beside the one in use, and takes its place in one small transaction.

Rows come in batches, each in a transaction of its own, so that nobody waits long for the write lock; a load that fails
leaves the edition in use as it was, and the next load sweeps up its rows.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection, models, transaction

from accounts.stamp import Stamp

from . import succession
from .models import Area, Boundary, Edition, Postcode, PostcodeSpan, Ward

BATCH = 4000
PAUSE = 0.05  # seconds in which others get SQLite's one write lock


class Refused(Exception):
    """The data can't be used; carries a sentence that says what is wrong."""


def checksum(paths: Iterable[Path]) -> str:
    """SHA-256 of the contents of files."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as data:
            while chunk := data.read(1 << 20):
                total.update(chunk)
    return total.hexdigest()


def bring_into_use(
    edition: Edition, rows: Iterable[models.Model], wards: dict[str, Ward], tick: Callable[[int], None]
) -> list[Ward]:
    """Load the rows of a new edition and switch to it; returns the wards that were new to the portal.

    `edition`, which says how many rows, and `rows` are unsaved; so are `wards`, of all the codes that the edition knows,
    which are used where the portal knows none. `tick` is told how many rows stand. Raises Refused when another load has
    got in between.
    """
    sweep(edition.kind, Edition.State.LOADING, forget=True)
    edition.state = Edition.State.LOADING
    edition.save(force_insert=True)
    new = add_wards(wards)
    try:
        fill(edition, rows, tick)
        switch(edition, set(wards))
        if edition.kind == Edition.Kind.BOUNDARIES:
            succession.propose(edition)
    except IntegrityError as error:
        raise Refused("another load is running. Wait until it has ended, then load again") from error
    sweep(edition.kind, Edition.State.SUPERSEDED)
    return new


def add_wards(wards: dict[str, Ward]) -> list[Ward]:
    """Create those wards that the portal doesn't know, not yet in use."""
    known = set(Ward.objects.filter(code__in=wards).values_list("code", flat=True))
    new = [ward for code, ward in wards.items() if code not in known]
    if new:
        with transaction.atomic():
            Ward.objects.bulk_create(new)
    return new


def fill(edition: Edition, rows: Iterable[models.Model], tick: Callable[[int], None]) -> None:
    """Write the rows in batches."""
    done = 0
    for batch in batches(rows):
        for row in batch:
            row.edition_id = edition.pk  # type: ignore[attr-defined]
        with transaction.atomic():
            type(batch[0])._default_manager.bulk_create(batch)
        done += len(batch)
        tick(done)
        let_others_write()


def switch(edition: Edition, codes: set[str]) -> None:
    """The one small transaction: the new edition into use, the old one out of it, the wards to match."""
    with transaction.atomic():
        Edition.objects.filter(kind=edition.kind, state=Edition.State.ACTIVE).update(state=Edition.State.SUPERSEDED)
        ours = Edition.objects.filter(pk=edition.pk, state=Edition.State.LOADING)
        if not ours.update(state=Edition.State.ACTIVE):
            raise Refused("another load has taken its place. Load again")
        match_wards(edition, codes)
        Stamp.bump()


def match_wards(edition: Edition, codes: set[str]) -> None:
    """In use are the wards that the postcodes know; where these don't cover an area, those of the boundaries."""
    postcodes = Edition.objects.in_use(Edition.Kind.POSTCODES)
    settled = covered_areas(postcodes) if postcodes else Area.objects.none()
    if edition.kind == Edition.Kind.POSTCODES:
        activate_wards(codes, settled)
    else:
        activate_wards(codes, Area.objects.exclude(pk__in=settled.values("pk")))


def covered_areas(edition: Edition) -> models.QuerySet:
    """Areas whose postcodes are all in the edition: of another, which wards it has can't be told from it."""
    lacking = PostcodeSpan.objects.exclude(code__regex=r"\d").exclude(code__in=edition.covers.split())
    return Area.objects.exclude(pk__in=lacking.filter(areas__isnull=False).values("areas"))


def activate_wards(codes: set[str], areas: models.QuerySet) -> None:
    """In each of the areas of which some wards are named, exactly these wards are in use."""
    named = Ward.objects.filter(code__in=codes, area__in=areas.values("pk"))
    stale = Ward.objects.active().filter(area__in=named.values("area")).exclude(code__in=codes)
    missing = named.filter(active=False)
    for wards, active in ((stale, False), (missing, True)):
        if found := list(wards.values_list("code", flat=True)):
            Ward.objects.filter(code__in=found).update(active=active)


def sweep(kind: str, state: str, *, forget: bool = False) -> None:
    """Delete the rows of editions in `state`, in batches; with `forget` the editions too."""
    for edition in Edition.objects.filter(kind=kind, state=state):
        for model in (Postcode, Boundary):
            while batch := list(model._default_manager.filter(edition=edition).values_list("pk", flat=True)[:BATCH]):
                with transaction.atomic():
                    rows = model._default_manager.filter(edition=edition, pk__gte=min(batch), pk__lte=max(batch))
                    rows._raw_delete(rows.db)
                let_others_write()
        if forget:
            edition.delete()


def batches(rows: Iterable[Any]) -> Iterator[list]:
    """Lists of at most BATCH rows."""
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def let_others_write() -> None:
    """SQLite has one writer, who asks again after a while: leave it a gap."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(PAUSE)
