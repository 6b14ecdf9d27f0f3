"""The API's site map and its errors, which are always JSON."""

from django.conf import settings
from django.http import JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.routers import SimpleRouter
from rest_framework.views import exception_handler

from areas.api import AreaViewSet, MeetingViewSet, PriorityViewSet, WardViewSet, locate
from feedback.interfaces.api import CategoryViewSet, ConcernViewSet
from hubs.api import HubViewSet, TeamViewSet

app_name = "api"

router = SimpleRouter()
router.register("concerns", ConcernViewSet, basename="concern")
router.register("areas", AreaViewSet, basename="area")
router.register("wards", WardViewSet, basename="ward")
router.register("priorities", PriorityViewSet, basename="priority")
router.register("meetings", MeetingViewSet, basename="meeting")
router.register("hubs", HubViewSet, basename="hub")
router.register("teams", TeamViewSet, basename="team")
router.register("categories", CategoryViewSet, basename="category")


class SessionScheme(OpenApiAuthenticationExtension):
    """How the API's description names the sign-in."""

    target_class = "feedback.interfaces.api.Session"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class KeyScheme(OpenApiAuthenticationExtension):
    """How the API's description names the key of a system."""

    target_class = "accounts.keys.ByKey"
    name = "key"

    def get_security_definition(self, auto_schema):
        words = "`Api-Key` and the key. It gives a rate of its own for `locate`; nothing needs it."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}


@csrf_exempt  # it takes nothing; without this a POST would hear of cookies instead
def nothing_here(request, **kwargs):
    """A JSON 404 for every other address below the API."""
    return JsonResponse({"detail": "There is nothing at this address."}, status=404)


OPEN = {"authentication_classes": [], "permission_classes": [AllowAny]}

urlpatterns: list[URLPattern | URLResolver] = [
    # Whose place it is about is nobody else's to know: no cache keeps the answer.
    path("locate/", cache_control(private=True, no_store=True)(locate), name="locate"),
    path("", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(**OPEN), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", http_method_names=["get", "head"], **OPEN),
        name="docs",
    ),
    re_path(r"^.*$", nothing_here, name="nothing"),
]


def with_errors(result, **_generator):
    """The API's description, in which each address may also refuse: in one sentence, or in some for each field."""
    sentences = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    refusal = {"type": "object", "additionalProperties": sentences}
    answer = {"description": "Refused, and why", "content": {"application/json": {"schema": refusal}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["4XX"] = answer
    return result


def json_errors(error, context):
    """DRF's errors, as JSON where the view itself answers with something else."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if JSONRenderer not in context["view"].renderer_classes:  # the schema and its page
        return JsonResponse(response.data, status=response.status_code)
    return response
