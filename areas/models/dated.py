"""Rows that hold from one day to another, and the rules between those of one owner, kept through every door."""

from contextlib import contextmanager
from itertools import combinations, groupby
from operator import attrgetter

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Dated
from accounts.stamp import PublicFactQuerySet

AT_ONCE = 1000  # owners looked at in one query


class DatedFactQuerySet(PublicFactQuerySet, Dated):
    """Public facts that hold from one day to another."""


def overlapping(rows, from_date, until):
    """Those of `rows` (a queryset with from_date and until) that share a day with the period; open ends allowed."""
    rows = rows.filter(Q(until__isnull=True) | Q(until__gte=from_date))
    return rows.filter(from_date__lte=until) if until else rows


def first_clash(rows, clashing=lambda one, other: True):
    """The first two of `rows` that share a day and are `clashing` (both given, the earlier first), or None."""
    for one, other in combinations(sorted(rows, key=attrgetter("from_date")), 2):
        if (one.until is None or one.until >= other.from_date) and clashing(one, other):
            return one, other
    return None


class RuledQuerySet(DatedFactQuerySet):
    """Bulk writes keep the rules that a single save keeps.

    The model says whose rows are compared (`OWNER`, a foreign key), which fields the rules read (`RULED`), and refuses in
    words (`refuse_broken(rows of one owner)`, raising ValidationError). Written first and looked at afterwards, in one
    transaction under the owners' locks, so an expression is judged by what it became.
    """

    def update(self, **values):
        if not self.model.RULED & set(values):
            return super().update(**values)
        field = self.model._meta.get_field(self.model.OWNER)
        given = [value for name, value in values.items() if name in (field.name, field.attname)]  # type: ignore[union-attr]
        owners = {*self.order_by().values_list(field.attname, flat=True), *(getattr(one, "pk", one) for one in given)}  # type: ignore[union-attr]
        with self._ruled(owners):
            return super().update(**values)

    def bulk_create(self, objs, **options):
        objs = list(objs)
        with self._ruled(self._owners_of(objs)):
            return super().bulk_create(objs, **options)

    def bulk_update(self, objs, fields, **options):
        objs = list(objs)
        before = self.model._base_manager.filter(pk__in=[one.pk for one in objs])
        owners = set(before.values_list(f"{self.model.OWNER}_id", flat=True))
        with self._ruled(owners | self._owners_of(objs)):
            return super().bulk_update(objs, fields, **options)

    def _owners_of(self, objs):
        return {getattr(one, f"{self.model.OWNER}_id") for one in objs}

    @contextmanager
    def _ruled(self, owners):
        owners, field = sorted(owners), self.model._meta.get_field(self.model.OWNER)
        with transaction.atomic():
            for some in _portions(owners):
                list(field.related_model._base_manager.select_for_update().filter(pk__in=some).order_by("pk"))
            try:
                with transaction.atomic():
                    yield
            except IntegrityError as error:
                if "never_overlaps" in str(error) or "stands_alone" in str(error):  # PostgreSQL was quicker
                    raise ValidationError(_("These overlap with others. Nothing was changed.")) from error
                raise
            for some in _portions(owners):
                rows = self.model._base_manager.filter(**{f"{field.name}__in": some}).order_by(
                    field.attname,  # type: ignore[union-attr]
                    "from_date",
                )
                for _owner, theirs in groupby(rows, attrgetter(field.attname)):  # type: ignore[union-attr]
                    self.model.refuse_broken(list(theirs))


def _portions(owners):
    return (owners[start : start + AT_ONCE] for start in range(0, len(owners), AT_ONCE))


class Ruled(models.Model):
    """A row whose save keeps the rules between its owner's rows: under the owner's lock, which bulk writes take too."""

    OWNER = ""
    RULED: frozenset = frozenset()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        owners = self._meta.get_field(self.OWNER).related_model._base_manager
        with transaction.atomic():
            owners.select_for_update().get(pk=getattr(self, f"{self.OWNER}_id"))
            self.clean()
            super().save(*args, **kwargs)

    @staticmethod
    def refuse_broken(rows):
        """Raise ValidationError, in words, where `rows` (all of one owner) break a rule."""
        raise NotImplementedError

    def clean(self):
        super().clean()
        owner = getattr(self, f"{self.OWNER}_id")
        if not (owner and self.from_date):
            return
        # Dates may still be text here, as a caller wrote them.
        for name in ("from_date", "until"):
            setattr(self, name, self._meta.get_field(name).to_python(getattr(self, name)))  # type: ignore[union-attr]
        others = overlapping(type(self)._base_manager.filter(**{self.OWNER: owner}), self.from_date, self.until)
        type(self).refuse_broken([*others.exclude(pk=self.pk), self])
