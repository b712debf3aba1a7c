"""The same intake as textbooks write it, and a view that does nothing: what ours is compared with, on one server."""

import os
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.urls import include, path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
django.setup()

from rest_framework import serializers  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from bpo.asgi import application  # noqa: E402
from bpo.fields import ExactDecimalField  # noqa: E402
from metrics.models.results import ObservationResult  # noqa: E402
from vendors.keys import KeyAuthentication  # noqa: E402


class ManyRows(serializers.ListSerializer):
    """All rows by one bulk_create."""

    def create(self, validated_data: list[dict[str, Any]]) -> list[ObservationResult]:
        return ObservationResult.objects.bulk_create([ObservationResult(**row) for row in validated_data], 1000)


class RowSerializer(serializers.ModelSerializer):
    """One row of the table, checked as Django REST framework checks it."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        ExactDecimalField: serializers.DecimalField
    }
    value = serializers.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        model = ObservationResult
        fields = ["feed", "batch", "key", "external_id", "occurred_at", "occurred_on", "value"]


class BulkRowSerializer(RowSerializer):
    class Meta(RowSerializer.Meta):
        list_serializer_class = ManyRows
        validators: list[Callable[..., None]] = []


class Peer(APIView):
    """What every peer has: the same keys."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [IsAuthenticated]


class BareView(Peer):
    def post(self, request: Request) -> Response:
        return Response({"hello": str(request.user)})


class ListView(Peer):
    def post(self, request: Request) -> Response:
        rows = BulkRowSerializer(data=request.data, many=True)
        rows.is_valid(raise_exception=True)
        rows.save()
        return Response({"rows": len(request.data)}, status=201)


class LoopView(Peer):
    def post(self, request: Request) -> Response:
        for row in request.data:
            serializer = RowSerializer(data=row)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return Response({"rows": len(request.data)}, status=201)


urlpatterns = [
    path("", include("bpo.urls")),
    path("peer/bare", BareView.as_view()),
    path("peer/list", ListView.as_view()),
    path("peer/loop", LoopView.as_view()),
]
settings.ROOT_URLCONF = "benchmarks.peers"
__all__ = ["application"]
