"""Rows that hold from one day to another, and the rules between those of one owner, kept through every door."""

from contextlib import contextmanager
from datetime import date
from itertools import combinations, groupby
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Dated
from accounts.stamp import PublicFactQuerySet, days_after, today_in_london

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

    @contextmanager
    def bulk(self, objs, fields=()):
        with self._ruled(self._owners_of(objs)), super().bulk(objs, fields):
            yield

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
                owned = field.related_model._base_manager.select_for_update().filter(pk__in=some)
                list(owned.order_by("pk").values_list("pk", flat=True))
            try:
                with transaction.atomic():
                    yield
            except IntegrityError as error:
                if "never_overlaps" in str(error) or "stands_alone" in str(error):  # PostgreSQL was quicker
                    raise ValidationError(_("These overlap with others. Nothing was changed.")) from error
                raise
            for some in _portions(owners):
                of_some = self.model._base_manager.filter(**{f"{field.name}__in": some})
                rows = of_some.filter(Exists(self._sharing_a_day(field))).order_by(field.attname, "from_date")  # type: ignore[union-attr]
                for _owner, theirs in groupby(rows, attrgetter(field.attname)):  # type: ignore[union-attr]
                    self.model.refuse_broken(list(theirs))

    def _sharing_a_day(self, field):
        """Another row of the same owner in the same days: without one, no rule between rows is broken."""
        others = self.model._base_manager.filter(**{field.name: OuterRef(field.name)}).exclude(pk=OuterRef("pk"))
        last = Coalesce(OuterRef("until"), Value(date.max, models.DateField()))
        return others.filter(
            Q(until__isnull=True) | Q(until__gte=OuterRef("from_date")), from_date__lte=last
        ).order_by()


def _portions(owners):
    return (owners[start : start + AT_ONCE] for start in range(0, len(owners), AT_ONCE))


class Ruled(models.Model):
    """A row whose save keeps the rules between its owner's rows: under the owner's lock, which bulk writes take too.

    Where it says who acts for somebody (`ACTS`, a foreign key), another person acts from today on, or from a first day to
    come. The days before stay on record with whoever acted then, as a row of their own: `before`.
    """

    OWNER = ""
    RULED: frozenset = frozenset()
    ACTS = ""
    before = None
    from_date: Any
    until: Any

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        owners = self._meta.get_field(self.OWNER).related_model._base_manager
        with transaction.atomic():
            owners.select_for_update().get(pk=getattr(self, f"{self.OWNER}_id"))
            self.before = self._days_before()
            if self.before is not None and kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "from_date"}
            self.clean()
            super().save(*args, **kwargs)
            if self.before is not None:
                self.before.save()

    @property
    def taken_over(self) -> str:
        """Where the last save let somebody else act: since when, and that who acted before stays on record; else ""."""
        if self.before is None:
            return ""
        now, then = (getattr(one, self.ACTS) or "nobody" for one in (self, self.before))
        first, last = (date_format(day) for day in (self.from_date, self.before.until))
        return f"From {first} it is {now}. Up to {last} it was {then}, which stays on record as a row of its own."

    def _as_it_runs(self):
        """This row as it stands and has begun, where it now names somebody else to act for the same owner; else None."""
        if not (self.ACTS and self.pk):
            return None
        stood, who = type(self)._base_manager.filter(pk=self.pk).first(), f"{self.ACTS}_id"
        if stood is None or stood.from_date >= today_in_london() or getattr(stood, who) == getattr(self, who):
            return None
        return stood if getattr(stood, f"{self.OWNER}_id") == getattr(self, f"{self.OWNER}_id") else None

    def _days_before(self):
        """The row, not saved yet, of the days on which somebody else acted; this one then begins after them. None without."""
        stood = self._as_it_runs()
        if stood is None:
            return None
        self._read_dates()
        kept = {one.attname: getattr(stood, one.attname) for one in self._meta.concrete_fields if not one.primary_key}
        today, before = today_in_london(), type(self)(**kept)
        if self.from_date < today:
            before.from_date, self.from_date = self.from_date, today
        before.until = min(stood.until or date.max, days_after(self.from_date, -1))
        before._change_reason = getattr(self, "_change_reason", None)
        return before

    def _refuse_what_is_over(self):
        stood = self._as_it_runs()
        last = [until for until in (stood and stood.until, self.until) if until]
        if stood and min(last, default=date.max) < today_in_london():
            words = "Who answered on days that are over stays as it was. Begin another row for days to come."
            raise ValidationError({self.ACTS: words})

    def _read_dates(self):
        """Dates may still be text, as a caller wrote them."""
        for name in ("from_date", "until"):
            setattr(self, name, self._meta.get_field(name).to_python(getattr(self, name)))  # type: ignore[union-attr]

    @staticmethod
    def refuse_broken(rows):
        """Raise ValidationError, in words, where `rows` (all of one owner) break a rule."""
        raise NotImplementedError

    def clean(self):
        super().clean()
        owner = getattr(self, f"{self.OWNER}_id")
        if not (owner and self.from_date):
            return
        self._read_dates()
        self._refuse_what_is_over()
        others = overlapping(type(self)._base_manager.filter(**{self.OWNER: owner}), self.from_date, self.until)
        type(self).refuse_broken([*others.exclude(pk=self.pk), self])
