"""Routes of this room."""

from django.http import HttpResponse
from django.urls import path


def soon(request, **kwargs):
    return HttpResponse("soon")


app_name = "intake"

urlpatterns = [
    path("", soon, name="start"),
]
