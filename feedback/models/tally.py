"""What was counted of the concerns of an area, so that no page of figures reads them all."""

from django.db import models

from areas.models import Area


class Tally(models.Model):
    """The last count of one area: `counts` are plain rows by name, as `feedback.insight.tallies` makes them."""

    area = models.OneToOneField(Area, on_delete=models.CASCADE, primary_key=True, related_name="tally")
    counted_at = models.DateTimeField()
    counts = models.JSONField()

    def __str__(self):
        return f"count of {self.area_id}"
