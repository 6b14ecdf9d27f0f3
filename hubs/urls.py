"""Routes of this room."""

from django.urls import path

from . import views

app_name = "hubs"

urlpatterns = [
    path("", views.hub_list, name="list"),
    path("nearest/", views.nearest, name="nearest"),
    path("<slug:slug>/", views.hub, name="hub"),
]
