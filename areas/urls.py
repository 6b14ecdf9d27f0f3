"""Routes of this room."""

from django.http import HttpResponse
from django.urls import path


def soon(request, **kwargs):
    return HttpResponse("soon")


app_name = "areas"

urlpatterns = [
    path("", soon, name="list"),
    path("<slug:slug>/", soon, name="area"),
    path("<slug:slug>/wards/<str:code>/", soon, name="ward"),
]
