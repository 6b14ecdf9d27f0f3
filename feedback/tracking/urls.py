"""The reporter's own pages. No address carries a reference or a code."""

from django.urls import path

from . import acts, lost, photos, review, stop, views

app_name = "tracking"

urlpatterns = [
    path("", views.start, name="start"),
    path("place/", views.place, name="place"),
    path("concern/", views.concern, name="concern"),
    path("photos/", photos.photos, name="photos"),
    path("photos/<int:number>/", photos.photo, name="photo"),
    path("next/", views.now, name="next"),
    path("concern/rate/", acts.rate, name="rate"),
    path("concern/correct/", acts.correct, name="correct"),
    path("concern/withdraw/", acts.withdraw, name="withdraw"),
    path("concern/again/", acts.again, name="again"),
    path("concern/recourse/", acts.recourse, name="recourse"),
    path("concern/complain/", acts.complain, name="complain"),
    path("concern/format/", acts.ask_format, name="format"),
    path("lost/", lost.lost, name="lost"),
    path("case-review/", review.review, name="review"),
    path("case-review/add/", review.add_open, name="review_add"),
    path("case-review/clear/", review.clear, name="review_clear"),
    path("stop/<str:token>/", stop.stop, name="stop"),
    path("links/", views.close_links, name="links"),
    path("leave/", views.leave, name="leave"),
]
