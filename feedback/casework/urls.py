"""Routes of this room."""

from django.urls import path

from feedback.access import Act

from . import acts, photos, views

app_name = "casework"

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("queue/", views.queue, name="queue"),
    path("concerns/<str:reference>/", views.concern, name="concern"),
    path("concerns/<str:reference>/photos/<int:number>/", photos.photo, name="photo"),
    *(path(f"concerns/<str:reference>/{act}/", getattr(acts, act), name=str(act)) for act in Act),
]
