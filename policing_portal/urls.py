"""The site map."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path, re_path

from feedback.casework import partner
from feedback.insight import views as insight
from feedback.intake import service

from . import api, languages, maps, own_account, places, returning, styleguide, succession, views

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error

# What the public reads, in each language: English has no prefix.
public = i18n_patterns(
    path("", places.home, name="home"),
    path("areas/", include(places.area_routes)),
    path("", include("areas.urls")),
    path("hubs/", include("hubs.urls")),
    re_path("^(?P<room>report|track)/language/$", languages.change, name="change-language"),
    path("report/", include("feedback.intake.urls")),
    path("feedback/", service.feedback, name="service_feedback"),
    path("how-we-are-doing/", include("feedback.insight.urls")),
    path("scrutiny/", insight.scrutiny, name="scrutiny"),
    path("follow/", include("feedback.following.urls")),
    path("track/", include("feedback.tracking.urls")),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    prefix_default_language=False,
)

# In the order in which they are asked for most: to look through the others takes longer than to answer some of them.
urlpatterns = [
    path("partner/<str:code>/", partner.answer, name="partner"),
    path("api/v1/", include((api.urlpatterns, "api"))),
    path("areas.geojson", maps.area_outlines, name="area-outlines"),
    path("dashboard/people/", include("policing_portal.staffing.people")),
    path("dashboard/", include("feedback.casework.urls")),
    path("accounts/typed/", returning.typed, name="typed"),
    path("accounts/stay/", returning.stay, name="stay"),
    path("accounts/email/", own_account.address, name="account_email"),
    path("accounts/3rdparty/", own_account.connections, name="socialaccount_connections"),
    path("accounts/", include("allauth.urls")),
    path("admin/wards/successors/", admin.site.admin_view(succession.successors), name="successors"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    *public,
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))
