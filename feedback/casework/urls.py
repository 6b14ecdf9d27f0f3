"""Routes of this room."""

from django.http import HttpResponse
from django.urls import path


def soon(request, **kwargs):
    return HttpResponse("soon")


app_name = "casework"

urlpatterns = [
    path("", soon, name="dashboard"),
    path("concerns/", soon, name="queue"),
    path("concerns/<str:reference>/", soon, name="concern"),
]
