"""Official data as loaded: editions of postcodes and of boundaries, and what the pack knows without them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .area import Area
from .ward import Ward


class EditionQuerySet(models.QuerySet):
    def in_use(self, kind):
        """The edition of `kind` (an `Edition.Kind`) that routing reads now, or None."""
        return self.filter(kind=kind, state=Edition.State.ACTIVE).first()


class Edition(models.Model):
    """One loaded release of official data: postcodes, or boundaries. One of each kind is in use."""

    class Kind(models.TextChoices):
        POSTCODES = "postcodes", _("Postcodes")
        BOUNDARIES = "boundaries", _("Boundaries")

    class State(models.TextChoices):
        LOADING = "loading", _("Loading")
        ACTIVE = "active", _("In use")
        SUPERSEDED = "superseded", _("Superseded")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(_("product and edition"), max_length=100)
    released = models.CharField(_("date of the data"), max_length=40, blank=True)
    attribution = models.TextField(_("attribution"), blank=True)
    checksum = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(default=0)
    covers = models.CharField(_("postcode areas in it"), max_length=100, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.LOADING)
    loaded = models.DateTimeField(auto_now_add=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-loaded"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(state="active"), name="edition_one_active_of_a_kind")
        ]

    def __str__(self):
        return self.name


class Postcode(models.Model):
    """A postcode of one edition. Rows outside the force have no area, but know their local authority."""

    UNPLACED = 60  # Code-Point Open's quality from which a point is a whole sector's, or none: never routed

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="postcodes")
    postcode = models.CharField(max_length=7)  # no space, capitals: WS32PD
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    lad_code = models.CharField(max_length=9, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    quality = models.PositiveSmallIntegerField()
    terminated = models.CharField(max_length=6, blank=True)  # YYYYMM, as ONS writes it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["postcode", "edition"], name="postcode_once_an_edition")]

    def __str__(self):
        return self.postcode


class Boundary(models.Model):
    """The outline of an area or ward in one edition, as WGS84 GeoJSON."""

    class Kind(models.TextChoices):
        AREA = "area", _("Area")
        WARD = "ward", _("Ward")

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="boundaries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=9)
    name = models.CharField(max_length=100)
    geometry = models.TextField()  # GeoJSON geometry object, lon lat

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="boundary_once_an_edition")]

    def __str__(self):
        return f"{self.name} ({self.code})"


class PostcodeSpan(models.Model):
    """What the force pack knows of a postcode sector (`WS3 2`), district (`WS3`) or postcode area (`WS`).

    Every postcode area of the country has a row: letters without one begin no postcode.
    """

    class Reach(models.TextChoices):
        INSIDE = "inside", _("Wholly in one area")
        OUTSIDE = "outside", _("Wholly outside the force")
        STRADDLES = "straddles", _("Touches more than one area or the force's edge")

    code = models.CharField(max_length=6, primary_key=True)
    reach = models.CharField(max_length=10, choices=Reach.choices)
    areas = models.ManyToManyField(Area, related_name="+")
    force = models.CharField(max_length=100, blank=True)  # the one force that serves all of it, where it lies outside

    def __str__(self):
        return self.code
