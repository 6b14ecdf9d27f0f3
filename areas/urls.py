"""What is done in a place and where to talk about it. The pages of areas and wards themselves gather from other rooms too."""

from django.urls import path

from . import views

app_name = "local"

urlpatterns = [
    path("priorities/", views.priorities, name="priorities"),
    path("meetings/", views.meetings, name="meetings"),
    path("meetings.ics", views.calendar, name="calendar"),
    path("meetings/<int:pk>/", views.meeting, name="meeting"),
    path("meetings/<int:pk>/ask/", views.ask, name="ask"),
    path("meetings/<int:pk>.ics", views.meeting_calendar, name="meeting_calendar"),
]
