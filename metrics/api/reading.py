"""What can be read: contracts, feeds, service levels, verdicts, breaches and receipts, each narrowed to the reader."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.cursors import WalkedPagination
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics import filters
from metrics.api import serializers
from metrics.api.access import ApiDoor
from metrics.api.schema import responses, text_parameter
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import Batch
from metrics.models.verdicts import Verdict


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


class VerdictPages(WalkedPagination):
    """Verdicts, walked from the oldest period on."""

    walk = ("starts_on", "service_level__public_id", "revision")


@extend_schema_view(
    list=extend_schema(
        operation_id="list_verdicts",
        responses=responses({200: serializers.VerdictSerializer(many=True)}, 400, 401, 403),
    )
)
class VerdictViewSet(ApiDoor, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Verdicts with their workings."""

    queryset = Verdict.objects.select_related("service_level__contract", "terms").order_by(
        "-starts_on", "service_level__code", "service_level", "-revision"
    )
    serializer_class = serializers.VerdictSerializer
    pagination_class = VerdictPages
    own_parameters = ("cursor",)
    filterset_class = filters.VerdictFilter

    def get_queryset(self) -> QuerySet:
        return self.queryset.visible_to(self.request.user)

    def paginate_queryset(self, queryset: QuerySet) -> Any:
        """A page of verdicts; those of the past say what they said then."""
        page = super().paginate_queryset(queryset)
        for verdict in page or ():
            if getattr(verdict, "was_final", None) is not None:
                verdict.is_current, verdict.is_final = True, verdict.was_final
                verdict.closed_at = verdict.closed_at if verdict.was_final else None
        return page

    @extend_schema(
        operation_id="read_verdict",
        parameters=[text_parameter("revision", "An earlier revision; the current one unless told.")],
        responses=responses({200: serializers.VerdictDetailSerializer}, 400, 401, 403, 404),
        filters=False,
    )
    def retrieve(self, request: Request, level: str, period: str) -> Response:
        """One service level in one period, by its label: /verdicts/SL-7K2M9/2025-10"""
        revisions = self.get_queryset().filter(service_level__public_id=level, period_label=period)
        chosen = self._revision(revisions, request.query_params.get("revision"))
        if chosen is None:
            raise Http404
        chosen.revisions = sorted(revision.revision for revision in revisions)
        return Response(serializers.VerdictDetailSerializer(chosen).data)

    def _revision(self, revisions: QuerySet, wanted: str | None) -> Verdict | None:
        if wanted is None:
            return next((verdict for verdict in revisions if verdict.is_current), None)
        return next((verdict for verdict in revisions if str(verdict.revision) == wanted), None)


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
