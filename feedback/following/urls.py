"""Addresses below /follow/; the feeds of areas and wards stand beside their pages."""

from django.urls import path

from . import feeds, views

app_name = "following"

urlpatterns = [
    path("", views.start, name="start"),
    path("asked/", views.asked, name="asked"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("stop/<str:token>/", views.stop, name="stop"),
    path("<slug:code>/feed/", feeds.topic, name="feed"),
]
