"""Areas and wards for machines, and the one question that everybody asks: whose place is this?"""

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.exceptions import ParseError, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts import throttle
from accounts.keys import ByKey
from accounts.models import ApiKey

from . import spelling
from .models import Area, Meeting, MeetingQuestion, Priority, PriorityAction, Ward
from .routing import NotRouted, Route, route


class AreaSerializer(serializers.ModelSerializer):
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Area
        fields = ["slug", "name", "gss_code", "population", "population_year", "council", "council_url", "phone", "url"]


class WardSerializer(serializers.ModelSerializer):
    area = serializers.SlugRelatedField("slug", read_only=True)
    localities = serializers.ListField(source="locality_names", child=serializers.CharField(), read_only=True)

    class Meta:
        model = Ward
        fields = ["code", "name", "area", "localities", "in_force_from", "until", "lat", "lon"]


class PublicReading(viewsets.ReadOnlyModelViewSet):
    """What anybody may read, without signing in and without a cookie."""

    authentication_classes = [ByKey]
    permission_classes = [AllowAny]


class AreaViewSet(PublicReading):
    """The local policing areas."""

    queryset = Area.objects.all()
    serializer_class = AreaSerializer
    lookup_field = "slug"


class WardViewSet(PublicReading):
    """The wards in use now."""

    queryset = Ward.objects.active().select_related("area")
    serializer_class = WardSerializer
    lookup_field = "code"
    filterset_fields = ["area__slug"]


class ActionSerializer(serializers.ModelSerializer):
    class Meta:
        model = PriorityAction
        fields = ["day", "text"]


class PrioritySerializer(serializers.ModelSerializer):
    area = serializers.SlugRelatedField("slug", read_only=True)
    people = serializers.CharField(source="people_words", read_only=True)
    actions = ActionSerializer(source="done", many=True, read_only=True)
    last_news = serializers.DateField(source="touched_on", read_only=True)
    stale = serializers.BooleanField(read_only=True)

    class Meta:
        model = Priority
        fields = [
            "id", "area", "ward", "title", "you_said", "since", "people", "actions", "outcome", "ended_on", "last_news",
            "stale",
        ]  # fmt: skip


class QuestionSerializer(serializers.ModelSerializer):
    class Meta:
        model = MeetingQuestion
        fields = ["text", "answer"]


class MeetingSerializer(serializers.ModelSerializer):
    area = serializers.SlugRelatedField("slug", read_only=True)
    wards = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    questions = QuestionSerializer(source="shown_questions", many=True, read_only=True)

    class Meta:
        model = Meeting
        fields = [
            "id", "uid", "area", "wards", "kind", "starts", "ends", "place", "address", "accessibility", "online", "about",
            "cancelled", "summary", "questions", "url",
        ]  # fmt: skip


class PriorityViewSet(PublicReading):
    """What wards (or, without one, whole areas) put first. `people` is rounded, in words."""

    queryset = Priority.objects.public().order_by("-touched_on", "-pk")
    serializer_class = PrioritySerializer
    filterset_fields = {"area__slug": ["exact"], "ward": ["exact"], "ended_on": ["isnull"]}


class MeetingViewSet(PublicReading):
    """Meetings that anybody may come to, the last one first, with the questions that were published."""

    queryset = Meeting.objects.public()
    serializer_class = MeetingSerializer
    filterset_fields = {"area__slug": ["exact"], "wards": ["exact"], "starts": ["gte", "lt"]}


class TooOften(Throttled):
    """429 in our own words, which say when to come back: given the seconds, DRF would say it a second time."""

    def __init__(self, wait: int, words: str):
        super().__init__(detail=words)
        self.wait = wait


def limited(scope: str, request, rate: str) -> None:
    """Count this call; raises `TooOften` above `rate`. Looking up places with a key counts for that key, at its own rate."""
    key, caller = getattr(request, "auth", None), throttle.caller_of(request)
    if scope == "locate" and isinstance(key, ApiKey):
        caller, rate = f"key {key.pk}", settings.API_KEY_RATE
    try:
        throttle.count(scope, caller, rate)
    except throttle.TooMany as error:
        raise TooOften(error.retry_after, str(error)) from error


def degrees(lat, lon) -> tuple[float, float]:
    """`(lat, lon)` as finite numbers in range, of numbers or plain decimals. Raises `ParseError` in words."""
    try:
        if not all(spelling.DECIMAL.fullmatch(value) for value in (lat, lon) if isinstance(value, str)):
            raise ValueError
        point = float(lat), float(lon)
    except (TypeError, ValueError, OverflowError) as error:
        raise ParseError(_("lat and lon are numbers in degrees.")) from error
    if not (-90 <= point[0] <= 90 and -180 <= point[1] <= 180):
        raise ParseError(_("lat and lon are degrees: -90 to 90, and -180 to 180."))
    return point


def answer(found: Route | NotRouted) -> dict:
    """What `locate` says of a place, found or not."""
    area, ward = getattr(found, "area", None), getattr(found, "ward", None)
    return {
        "outcome": found.outcome.value,
        "area": area and {"slug": area.slug, "name": area.name, "gss_code": area.gss_code},
        "ward": ward and {"code": ward.code, "name": ward.name},
        "basis": found.basis,
        "candidates": [{"slug": a.slug, "name": a.name} for a in getattr(found, "candidates", [])],
        "message": found.message,
    }


LOCATED = inline_serializer(
    "Located",
    {
        "outcome": serializers.ChoiceField(["found", "outside", "ask", "not_a_postcode"]),
        "area": inline_serializer(
            "LocatedArea",
            {"slug": serializers.CharField(), "name": serializers.CharField(), "gss_code": serializers.CharField()},
            allow_null=True,
        ),
        "ward": inline_serializer(
            "LocatedWard", {"code": serializers.CharField(), "name": serializers.CharField()}, allow_null=True
        ),
        "basis": serializers.CharField(),
        "candidates": inline_serializer(
            "Candidate", {"slug": serializers.CharField(), "name": serializers.CharField()}, many=True
        ),
        "message": serializers.CharField(),
    },
)


@extend_schema(
    parameters=[
        OpenApiParameter("postcode", str, description="A full postcode, in any spelling."),
        OpenApiParameter("lat", float, description="Degrees, WGS84; with lon, instead of a postcode."),
        OpenApiParameter("lon", float),
    ],
    responses={200: LOCATED},
)
@api_view(["GET", "HEAD"])
@authentication_classes([ByKey])
@permission_classes([AllowAny])
def locate(request):
    """Which area and ward a postcode or point belongs to, and why; never a guess."""
    asked = request.query_params
    if any(len(asked.getlist(name)) > 1 for name in ("postcode", "lat", "lon")):
        raise ParseError(_("Ask with either a postcode, or with lat and lon."))
    postcode, point = asked.get("postcode", "").strip(), {"lat", "lon"} & asked.keys()
    if bool(postcode) == bool(point):
        raise ParseError(_("Ask with either a postcode, or with lat and lon."))
    where = {"point": degrees(asked.get("lat"), asked.get("lon"))} if point else {"postcode": postcode}
    limited("locate", request, settings.LOCATE_RATE)
    try:
        return Response(answer(route(**where)))
    except NotRouted as error:
        return Response(answer(error))
