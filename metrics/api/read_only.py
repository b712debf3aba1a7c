"""A list of the API and one of its rows, each narrowed to the reader."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets

from metrics.api.access import ApiDoor
from metrics.api.schema import responses


def documented(name: str, serializer: type, detail: type | None = None) -> Any:
    """OpenAPI for a list and one of its rows, their errors included."""
    many, one = serializer(many=True), detail or serializer
    return extend_schema_view(
        list=extend_schema(operation_id=f"list_{name}", responses=responses({200: many}, 400, 401, 403)),
        retrieve=extend_schema(operation_id=f"read_{name}", responses=responses({200: one}, 401, 403, 404)),
    )


class ReadOnly(ApiDoor, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A list, and one row of it by the id that people say aloud."""

    lookup_field = "public_id"
    lookup_value_regex = "[A-Z]{1,2}-[0-9A-Z]{1,8}"
    lookup_url_kwarg = "id"
    queryset: QuerySet

    def get_queryset(self) -> QuerySet:
        return self.queryset.visible_to(self.request.user)
