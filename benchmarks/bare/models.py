"""One plain table for the bare INSERT, with the fields of a concern that a person fills in."""

from django.db import models


class Told(models.Model):
    category = models.CharField(max_length=40, choices=[("asb-vehicle", "Vehicles"), ("litter", "Litter")])
    text = models.TextField(max_length=5000)
    postcode = models.CharField(max_length=8, blank=True)
    place = models.CharField(max_length=300, blank=True)
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "bare"

    def __str__(self):
        return self.postcode
