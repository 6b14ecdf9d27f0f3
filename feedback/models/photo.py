"""Photos that a person sent with a concern, or later: rows here, files outside the web's reach."""

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback import photos

from .concern import Concern
from .update import ConcernUpdate


class PhotoQuerySet(models.QuerySet):
    def numbered(self) -> list:
        """All photos of one concern, the first sent first, each with its `number`, which is part of its address."""
        rows = list(self.order_by("pk"))
        for number, photo in enumerate(rows, 1):
            photo.number = number
        return rows

    def number(self, number: int):
        """The photo of one concern with that number, or None."""
        return self.order_by("pk")[number - 1 : number].first() if number > 0 else None

    def delete(self):
        """Delete the rows and, once that is certain, their files."""
        names = list(self.values_list("name", flat=True))
        done = super().delete()
        transaction.on_commit(lambda: photos.remove(names))
        return done


class Photo(models.Model):
    """One photo of a concern. Whoever may see the concern may see it, through no other door."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="photos")
    update = models.ForeignKey(ConcernUpdate, on_delete=models.PROTECT, null=True, related_name="photos")
    name = models.CharField(max_length=photos.NAME, unique=True, editable=False)  # random, and the file's
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        ordering = ["pk"]

    def __str__(self):
        return f"photo {self.pk}"

    def delete(self, *args, **kwargs):
        done = super().delete(*args, **kwargs)
        transaction.on_commit(lambda: photos.remove([self.name]))
        return done

    @classmethod
    def attach(cls, concern, kept, update=None) -> int:
        """Rows for `kept` (dicts name, width, height, as `photos.keep` gives them), where the file is still there."""
        rows = [
            cls(concern=concern, update=update, **photo) for photo in kept if photos.path_of(photo["name"]).exists()
        ]
        return len(cls.objects.bulk_create(rows))  # type: ignore[arg-type]

    @classmethod
    def without_a_row(cls, hours: float) -> dict:
        """Files (a path by its name), older than so many hours, that belong to no row."""
        found = photos.files(hours)
        known = set(cls.objects.filter(name__in=list(found)).values_list("name", flat=True)) if found else set()
        return {name: path for name, path in found.items() if name not in known}
