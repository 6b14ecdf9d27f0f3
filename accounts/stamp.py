"""The version stamp of everything that the public reads.

Pages and API answers that only read carry an ETag made of this stamp and the day. Every save, delete or bulk write of a
`PublicFact` bumps it in the same transaction, so a page is never staler than the staff's last committed edit.
"""

from contextlib import contextmanager
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils import timezone

from .asking import one_row

LONDON = ZoneInfo("Europe/London")


def today_in_london() -> date:
    """The date now in Europe/London: commands, postings and opening hours begin and end with it."""
    return timezone.now().astimezone(LONDON).date()


def days_after(day: date, days: int) -> date:
    """The date so many days after `day`; before it where `days` is negative. Of dates alone, which no change of clocks moves."""
    return date.fromordinal(day.toordinal() + days)


def days_ago(days: int) -> date:
    """The date so many days before today in London."""
    return days_after(today_in_london(), -days)


def midnight(days: int = 0) -> datetime:
    """The aware moment with which today began in Europe/London, or the day so many days ago."""
    return datetime.combine(days_ago(days), time.min, LONDON)


YEARS_AHEAD = 2  # nobody plans further; a later day is a slip of the pen, such as 2062 for 2026


def refuse_far(day: date | datetime) -> None:
    """ValidationError, a sentence for staff, where `day` (or moment) is over YEARS_AHEAD years after today."""
    if (day.date() if isinstance(day, datetime) else day) > days_ago(-366 * YEARS_AHEAD):
        raise ValidationError(f"This day is more than {YEARS_AHEAD} years ahead. Check the year.")


def refuse_to_come(day: date) -> None:
    """ValidationError, a sentence for staff, where `day` of something that has happened is after today in London."""
    if day > today_in_london():
        raise ValidationError("This day is still to come. Write when it was.")


class Stamp(models.Model):
    """One row, counted up with every change of a public fact."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    value = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="stamp_is_one_row")]

    def __str__(self):
        return f"stamp {self.value}"

    @classmethod
    def bump(cls) -> None:
        """Count up: what was cached before is stale from the moment this transaction commits."""
        if not cls.objects.filter(pk=1).update(value=F("value") + 1):
            cls.objects.get_or_create(pk=1)

    @classmethod
    def current(cls) -> str:
        """The stamp and today's date in London, such as `17-2026-11-23`: the key of all cached public answers."""
        # Every public page asks this, most of them nothing else.
        row = one_row("SELECT value FROM accounts_stamp WHERE id = 1")
        return cls.of(row[0] if row else 0)

    @staticmethod
    def of(value: int | None) -> str:
        """The same from a `value` that was read along with something else."""
        return f"{value or 0}-{today_in_london().isoformat()}"


class PublicFactQuerySet(models.QuerySet):
    """Bulk writes bump the stamp as single saves do."""

    @contextmanager
    def bulk(self, objs, fields=()):
        """Around whatever writes all of `objs` at once, `fields` of those that are there: what a bulk write brings along."""
        yield
        Stamp.bump()

    def update(self, **values):
        changed = super().update(**values)
        Stamp.bump()
        return changed

    def delete(self):
        done = super().delete()
        Stamp.bump()
        return done

    def bulk_create(self, objs, **options):
        objs = list(objs)
        with self.bulk(objs, options.get("update_fields") or ()):
            return super().bulk_create(objs, **options)

    def bulk_update(self, objs, fields, **options):
        changed = super().bulk_update(objs, fields, **options)
        Stamp.bump()
        return changed


class PublicFact(models.Model):
    """A staff-kept fact that appears on public pages."""

    objects = PublicFactQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        Stamp.bump()

    def delete(self, *args, **kwargs):
        done = super().delete(*args, **kwargs)
        Stamp.bump()
        return done


class TimedFactQuerySet(PublicFactQuerySet):
    def lasting(self):
        """Those that show now or will, the first to show first."""
        return self.filter(shown_until__gt=timezone.now()).order_by("shown_from", "pk")


class TimedFact(PublicFact):
    """A public fact that shows from one moment up to another: with each of them, kept pages become other pages."""

    shown_from = models.DateTimeField("shown from", default=timezone.now)
    shown_until = models.DateTimeField("shown until", help_text="From this moment on nobody sees it any more.")

    objects = TimedFactQuerySet.as_manager()

    class Meta:
        abstract = True

    def shows_at(self, now: datetime) -> bool:
        """Whether it shows at `now`, an aware datetime."""
        return self.shown_from <= now < self.shown_until

    @staticmethod
    def turns() -> list[datetime]:
        """The moments, in order, with which something begins or ceases to show, of all that shows today or later."""
        lasting = [kind.objects.filter(shown_until__gte=midnight()) for kind in TimedFact.__subclasses__()]
        moments = [pair for rows in lasting for pair in rows.values_list("shown_from", "shown_until")]
        return sorted(moment for pair in moments for moment in pair)
