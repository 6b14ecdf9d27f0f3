"""Categories and concerns for machines: the same verbs, the same scope and the same read log as the pages."""

import json
import re
from datetime import UTC
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError as FieldError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.fields import DateTimeField
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from accounts.caching import kept_fact
from accounts.stamp import Stamp
from areas.api import PublicReading, degrees, limited
from areas.models import Force
from areas.routing import NotRouted, Outcome, Route, route
from feedback import clock
from feedback.casework.filters import ConcernFilter
from feedback.intake.forms import TEXT_LIMIT, plain_text
from feedback.lifecycle import Outcome as Ending
from feedback.lifecycle import Status
from feedback.models import Category, Concern, ReadLog
from feedback.models.codes import follow_code
from feedback.models.readlog import NotRecorded, record_reading
from feedback.models.receiving import KeyReused

PLACES = ("postcode", "ward", "area")
UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = _("This key was already used for something else.")


class Elsewhere(APIException):
    """The place belongs to another force, and the caller did not say that it did happen here."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class NotNow(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("This reading could not be written down, so nothing is shown. Please try again.")


class Session(SessionAuthentication):
    """Answers 401 to somebody who is not signed in."""

    def authenticate_header(self, request):
        return "Session"


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["code", "name", "hint", "response_hours", "sensitive"]


class CategoryViewSet(PublicReading):
    """What a concern can be about."""

    queryset = Category.objects.filter(in_use=True)
    serializer_class = CategorySerializer
    lookup_field = "code"


class ConcernLine(serializers.ModelSerializer):
    """A concern as its list shows it: no contact details, here or in full."""

    category = serializers.SlugRelatedField("code", read_only=True)
    area = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)  # none at the desk
    first_words = serializers.CharField(read_only=True)
    outcome = serializers.ChoiceField(Ending.choices, read_only=True, allow_blank=True)  # none while it is open

    class Meta:
        model = Concern
        fields = [
            "reference", "kind", "category", "first_words", "area", "ward", "status", "outcome", "safety",
            "received_at", "due_at", "answered_at",
        ]  # fmt: skip


class ConcernSerializer(ConcernLine):
    class Meta(ConcernLine.Meta):
        fields = [
            *ConcernLine.Meta.fields, "text", "place", "times", "postcode", "lat", "lon", "route_basis", "certain", "near_edge",
            "channel", "version",
        ]  # fmt: skip


class NewConcern(serializers.Serializer):
    """What a person told another service. Only unusable text, category or place is refused; the rest is kept as it can be."""

    category = serializers.CharField()
    text = serializers.CharField(max_length=TEXT_LIMIT)
    postcode = serializers.CharField(required=False)
    lat = serializers.FloatField(required=False)
    lon = serializers.FloatField(required=False)
    ward = serializers.CharField(required=False)
    area = serializers.CharField(required=False)
    place = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    safe_to_contact = serializers.BooleanField(required=False, default=False)
    place_confirmed = serializers.BooleanField(required=False, default=False)


TAKEN = inline_serializer(
    "Taken",
    {
        "reference": serializers.CharField(),
        "code": serializers.CharField(),
        "area": inline_serializer(
            "TakenArea", {"slug": serializers.CharField(), "name": serializers.CharField()}, allow_null=True
        ),
        "ward": inline_serializer(
            "TakenWard", {"code": serializers.CharField(), "name": serializers.CharField()}, allow_null=True
        ),
        "due_at": serializers.DateTimeField(),
        "status": serializers.CharField(),
        "message": serializers.CharField(),
    },
)


class ConcernViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Anybody may tell us; only the force's own people read, each what they may see."""

    lookup_field = "reference"
    filterset_class = ConcernFilter

    def get_authenticators(self):
        # Telling us needs no account, so no session is read and no form key is asked for.
        return [] if self.request and self.request.method == "POST" else [Session()]

    def get_permissions(self):
        return [AllowAny() if self.action == "create" else IsAuthenticated()]

    def get_queryset(self):
        rows = Concern.objects.visible_to(self.request.user).select_related("category", "area")
        return rows.in_due_order() if self.action == "list" else rows

    def get_serializer_class(self):
        return ConcernLine if self.action == "list" else ConcernSerializer

    def list(self, request, *args, **kwargs):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        self._recorded(ReadLog.What.LIST, why=request.META["QUERY_STRING"], rows=len(page))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request, *args, **kwargs):
        concern = self.get_object()
        self._recorded(ReadLog.What.CONCERN, concern=concern)
        return Response(self.get_serializer(concern).data)

    def _recorded(self, what, **details):
        try:
            record_reading(self.request.user, what, door=f"api:concern-{self.action}", **details)
        except NotRecorded as error:
            raise NotNow from error

    @extend_schema(
        request=NewConcern,
        responses={201: TAKEN},
        parameters=[OpenApiParameter("Idempotency-Key", UUID, OpenApiParameter.HEADER, required=True)],
    )
    def create(self, request):
        """Take a concern, idea or thanks exactly once for each Idempotency-Key (a UUID, kept for seven days and more)."""
        key, body = _key(request), json.dumps(request.data, sort_keys=True)
        try:
            concern = _taken(request, key, body)
        except KeyReused as error:
            raise Conflict from error
        return Response(concern.receipt, status=status.HTTP_201_CREATED)


def _taken(request, key, body):
    """The concern that came with this request, now or before. Raises `KeyReused`, and what refuses a new one."""
    try:
        found, stamp = _where(request.data), Stamp.current()
        answers = _answers(request.data, stamp)
        if found.outcome == Outcome.OUTSIDE and request.data.get("place_confirmed") is not True:
            raise Elsewhere(found.message)
    except APIException as error:
        # Taken once, it is answered as it was, although its category is retired or its postcode somewhere else by now.
        if before := Concern.taken_with(key):
            return before.replayed(body)
        if isinstance(error, Elsewhere):  # it says where a place is, as `locate` does
            limited("locate", request, settings.LOCATE_RATE)
        raise
    concern, _created = Concern.submit(
        key=key,
        answers=answers,
        route=found,
        channel=Concern.Channel.API,
        limit=lambda: limited("submit", request, settings.SUBMIT_RATE),
        body=body,
        receipt=lambda concern: _receipt(concern, key, found, stamp),
        stamp=stamp,
    )
    return concern


def _key(request) -> UUID:
    """The Idempotency-Key header as a UUID in its usual form; not the one of zeros, which careless clients would share."""
    sent = request.headers.get("Idempotency-Key", "")
    if not UUID_FORM.fullmatch(sent) or not (key := UUID(sent)).int:
        raise ParseError(_("Send an Idempotency-Key header with a UUID, so that nothing is taken twice."))
    return key


def _where(data) -> Route | NotRouted:
    """Where the concern goes. Raises `ValidationError` where no usable place was given."""
    if not isinstance(data, dict):
        raise ParseError(_("Send one JSON object."))
    given = [name for name in PLACES if not _blank(data.get(name))]
    point = [name for name in ("lat", "lon") if data.get(name) is not None]
    if len(given) + bool(point) != 1 or not all(isinstance(data[name], str) for name in given):
        raise ValidationError({"place": [_("Say where: one of postcode, ward, area, or lat and lon.")]})
    if point and any(isinstance(data.get(name), bool | str) for name in ("lat", "lon")):
        raise ParseError(_("lat and lon are numbers in degrees."))
    where = {"point": degrees(data.get("lat"), data.get("lon"))} if point else {given[0]: data[given[0]].strip()}
    try:
        return route(**where)
    except NotRouted as error:
        if given and given[0] in ("ward", "area"):
            raise ValidationError({given[0]: [error.message]}) from error
        return error


def _blank(value) -> bool:
    return value is None or isinstance(value, str) and not value.strip()


def _answers(data, stamp) -> dict:
    """The words of the concern. Raises `ValidationError` only for text or category."""
    text, code = data.get("text"), data.get("category")
    text = plain_text(text) if isinstance(text, str) else ""
    if not text or len(text) > TEXT_LIMIT:
        raise ValidationError({"text": [_("Say what has been happening, in up to 5,000 characters.")]})
    try:
        category = kept_fact(
            f"category in use {code}", partial(Category.objects.get, code=str(code), in_use=True), stamp
        )
    except Category.DoesNotExist as error:
        raise ValidationError({"category": [_("Choose a category by its code.")]}) from error
    return {"category": category, "text": text, "place": _text(data, "place", 300), "contact": _contact(data)}


def _contact(data) -> dict:
    """How to reach the person, as far as it can be used: what can't be mailed to is kept, and never mailed to."""
    contact = {name: _text(data, name, 254) for name in ("name", "email", "phone")}
    safe = data.get("safe_to_contact") is True
    try:
        validate_email(contact["email"])
    except FieldError:
        safe = safe and not contact["email"]
    return {**contact, "safe_to_contact": safe}


def _text(data, name, limit) -> str:
    value = data.get(name)
    return plain_text(value)[:limit] if isinstance(value, str) else ""


def _receipt(concern, key, found, stamp) -> dict:
    """What the teller is told, in plain values; the last sentences are those of every receipt: nobody is on the way."""
    due = concern.due_at and clock.in_words(concern.due_at)
    area, ward = getattr(found, "area", None), getattr(found, "ward", None)
    who = area.name if area else _("the force desk")
    not_watched = kept_fact("not watched", Force.objects.values_list("not_watched_notice", flat=True).get, stamp)
    message = _("We have your concern and it is with %(who)s. You will have a reply by %(due)s.")
    return {
        "reference": concern.reference,
        "code": follow_code(key),
        "area": area and {"slug": area.slug, "name": area.name},
        "ward": ward and {"code": ward.code, "name": ward.name},
        "due_at": DateTimeField(default_timezone=UTC).to_representation(concern.due_at),
        "status": Status.RECEIVED.value,
        "message": f"{message % {'who': who, 'due': due}} {_(not_watched)}",
    }
