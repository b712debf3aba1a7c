"""What can be read: contracts, feeds, service levels, verdicts, breaches and receipts, each narrowed to the reader."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics import filters
from metrics.api import serializers
from metrics.api.access import ApiDoor
from metrics.api.schema import responses
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import Batch


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


@documented("contracts", serializers.ContractSerializer)
class ContractViewSet(ReadOnly):
    """Contracts."""

    queryset = Contract.objects.select_related("client__organisation", "vendor__organisation").order_by(
        "reference", "pk"
    )
    serializer_class = serializers.ContractSerializer
    filterset_class = filters.ContractFilter


@documented("service_levels", serializers.ServiceLevelSerializer)
class ServiceLevelViewSet(ReadOnly):
    """Service levels with their terms."""

    serializer_class = serializers.ServiceLevelSerializer
    filterset_class = filters.ServiceLevelFilter
    queryset = ServiceLevel.objects.none()

    def get_queryset(self) -> QuerySet:
        terms = ServiceLevelTerms.objects.visible_to(self.request.user).select_related("amendment")
        levels = ServiceLevel.objects.visible_to(self.request.user).select_related("contract", "feed")
        ordered = levels.order_by("contract__reference", "code", "pk")
        return ordered.prefetch_related(Prefetch("terms", terms.order_by("effective_on")))


@extend_schema_view(
    list=extend_schema(
        operation_id="list_feeds", responses=responses({200: serializers.FeedSerializer(many=True)}, 400, 401, 403)
    )
)
class FeedViewSet(ApiDoor, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Feeds: what is owed."""

    queryset = Feed.objects.select_related("contract").order_by("contract__reference", "code", "pk")
    serializer_class = serializers.FeedSerializer
    filterset_class = filters.FeedFilter

    def get_queryset(self) -> QuerySet:
        return self.queryset.visible_to(self.request.user)


@documented("breaches", serializers.BreachSerializer, serializers.BreachDetailSerializer)
class BreachViewSet(ReadOnly):
    """Breaches, the latest first."""

    queryset = Breach.objects.select_related("service_level__contract", "verdict").order_by("-opened_at", "-pk")
    filterset_class = filters.BreachFilter

    def get_serializer_class(self) -> type:
        return serializers.BreachSerializer if self.action == "list" else serializers.BreachDetailSerializer

    def get_queryset(self) -> QuerySet:
        breaches = super().get_queryset()
        if self.action == "list":
            return breaches
        events = BreachEvent.objects.visible_to(self.request.user)
        return breaches.prefetch_related(Prefetch("events", events))


@documented("batches", serializers.BatchSerializer)
class BatchViewSet(ReadOnly):
    """Receipts, for the vendor that was given them."""

    queryset = Batch.objects.select_related("api_key", "sent_by").order_by("-received_at", "-pk")
    serializer_class = serializers.BatchSerializer
    filterset_class = filters.BatchFilter
