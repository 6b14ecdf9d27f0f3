"""The reporter's own pages. No address carries a reference or a code."""

from django.urls import path

from . import photos, stop, views

app_name = "tracking"

urlpatterns = [
    path("", views.start, name="start"),
    path("place/", views.place, name="place"),
    path("concern/", views.concern, name="concern"),
    path("photos/", photos.photos, name="photos"),
    path("photos/<int:number>/", photos.photo, name="photo"),
    path("next/", views.now, name="next"),
    path("stop/<str:token>/", stop.stop, name="stop"),
    path("links/", views.close_links, name="links"),
    path("leave/", views.leave, name="leave"),
]
