"""Addresses of the pages on how we are doing, below /how-we-are-doing/."""

from django.urls import path

from . import views

app_name = "insight"

urlpatterns = [
    path("", views.force, name="force"),
    path("<slug:slug>/", views.area, name="area"),
    path("<slug:slug>.csv", views.as_csv, name="csv"),
    path("<slug:slug>.json", views.as_json, name="json"),
]
