"""`/api/v1/contracts`, `/feeds`, `/service-levels`: what was agreed, each narrowed to the reader."""

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets

from contracts import filters
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.api import serializers
from metrics.api.access import ApiDoor
from metrics.api.read_only import ReadOnly, documented
from metrics.api.schema import responses


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
