"""Hubs and teams for machines. No person is named here."""

from rest_framework import serializers

from areas.api import PublicReading

from .models import Hub, Team


class HubSerializer(serializers.ModelSerializer):
    area = serializers.SlugRelatedField("slug", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Hub
        fields = [
            "slug", "name", "area", "address", "postcode", "lat", "lon", "front_counter", "custody_suite", "response_base",
            "neighbourhood_base", "investigation_base", "always_open", "hours_note", "checked_on", "source_year", "url",
        ]  # fmt: skip


class TeamSerializer(serializers.ModelSerializer):
    kind = serializers.SlugRelatedField("code", read_only=True)
    hub = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)
    department = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    wards = serializers.PrimaryKeyRelatedField(many=True, read_only=True)

    class Meta:
        model = Team
        fields = ["slug", "name", "kind", "hub", "department", "remit", "wards"]


class HubViewSet(PublicReading):
    """Police hubs and other police buildings. A custody suite is not a place to visit."""

    queryset = Hub.objects.select_related("area")
    serializer_class = HubSerializer
    lookup_field = "slug"
    filterset_fields = ["area__slug", "front_counter", "custody_suite", "neighbourhood_base", "response_base"]


class TeamViewSet(PublicReading):
    """Teams, where they are based and which wards they look after."""

    queryset = Team.objects.select_related("kind", "hub", "department").prefetch_related("wards")
    serializer_class = TeamSerializer
    lookup_field = "slug"
    filterset_fields = ["kind__code", "hub__slug", "hub__area__slug", "department__code"]
