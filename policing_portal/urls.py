"""The site map."""

from django.contrib import admin
from django.urls import include, path

from . import api, views

urlpatterns = [
    path("", views.home, name="home"),
    path("areas/", include("areas.urls")),
    path("hubs/", include("hubs.urls")),
    path("report/", include("feedback.intake.urls")),
    path("track/", include("feedback.tracking.urls")),
    path("dashboard/", include("feedback.casework.urls")),
    path("api/v1/", include(api.urlpatterns)),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
