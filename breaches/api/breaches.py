"""`/api/v1/breaches`: the reader's breaches."""

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from bpo.lists import RowSerializer
from breaches.filters import BreachFilter
from breaches.lists import BREACHES
from metrics.api.access import ReadOnlyViewSet, documented
from metrics.models.breaches import Breach, BreachEvent


class BreachEventSerializer(serializers.Serializer):
    """One line of a breach's timeline."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.CharField()


class BreachSerializer(RowSerializer):
    """A bad verdict being dealt with."""

    definition = BREACHES


class BreachDetailSerializer(BreachSerializer):
    """The same with its timeline."""

    events = BreachEventSerializer(many=True)


@documented("breaches", BreachSerializer, detail=BreachDetailSerializer)
class BreachViewSet(ReadOnlyViewSet):
    """Breaches, the latest first."""

    queryset = Breach.objects.select_related("service_level__contract", "verdict").order_by("-opened_at", "-pk")
    filterset_class = BreachFilter

    def get_serializer_class(self) -> type[BreachSerializer]:
        return BreachSerializer if self.action == "list" else BreachDetailSerializer

    def get_queryset(self) -> QuerySet:
        breaches = super().get_queryset()
        if self.action == "list":
            return breaches
        events = BreachEvent.objects.visible_to(self.request.user)
        return breaches.prefetch_related(Prefetch("events", events))
