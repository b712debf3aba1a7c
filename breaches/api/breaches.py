"""`/api/v1/breaches`: breaches, each narrowed to the reader."""

from django.db.models import Prefetch, QuerySet

from breaches.filters import BreachFilter
from metrics.api import serializers
from metrics.api.read_only import ReadOnly, documented
from metrics.models.breaches import Breach, BreachEvent


@documented("breaches", serializers.BreachSerializer, serializers.BreachDetailSerializer)
class BreachViewSet(ReadOnly):
    """Breaches, the latest first."""

    queryset = Breach.objects.select_related("service_level__contract", "verdict").order_by("-opened_at", "-pk")
    filterset_class = BreachFilter

    def get_serializer_class(self) -> type:
        return serializers.BreachSerializer if self.action == "list" else serializers.BreachDetailSerializer

    def get_queryset(self) -> QuerySet:
        breaches = super().get_queryset()
        if self.action == "list":
            return breaches
        events = BreachEvent.objects.visible_to(self.request.user)
        return breaches.prefetch_related(Prefetch("events", events))
