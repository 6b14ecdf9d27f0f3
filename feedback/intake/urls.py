"""Routes of the public journey. Addresses of signposts are numbers, so that a browser's history tells nobody what was read."""

from django.urls import path

from . import known, photos, sending, views

app_name = "intake"

urlpatterns = [
    path("", views.start, name="start"),
    path("help/", views.elsewhere, name="elsewhere"),
    path("help/safe/", views.safe, name="safe"),
    path("help/<int:number>/", views.signpost, name="signpost"),
    path("leave/", views.leave, name="leave"),
    path("what/", views.what, name="what"),
    path("what/also/", views.also, name="also"),
    path("where/", views.where, name="where"),
    path("where/outside/", views.outside, name="outside"),
    path("where/area/", views.area, name="area"),
    path("where/ward/", views.ward, name="ward"),
    path("known/", known.known, name="known"),
    path("known/thanks/", known.voice, name="voice"),
    path("where/exactly/", views.spot, name="spot"),
    path("details/", views.details, name="details"),
    path("photos/", photos.photos, name="photos"),
    path("photos/<int:number>/", photos.photo, name="photo"),
    path("contact/", views.contact, name="contact"),
    path("contact/how/", views.reach, name="reach"),
    path("check/", sending.check, name="check"),
    path("next/", sending.now, name="next"),
    path("sent/", sending.sent, name="sent"),
]
