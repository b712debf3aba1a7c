"""`/api/v1/roll-ups`: a client's figures over several contracts."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.lists import RowSerializer
from bpo.query_parameters import check_parameters
from contracts.models.service_levels import ServiceLevel
from metrics.api.access import ListViewSet, documented
from metrics.filters import RollUpFilter
from metrics.roll_up_lists import ROLL_UP_MEMBERS, ROLL_UPS
from metrics.roll_ups import levels_rolled_up, roll_up_named


class RollUpSerializer(RowSerializer):
    """One roll-up in one period."""

    definition = ROLL_UPS


class RollUpMemberSerializer(RowSerializer):
    """What one service level gives to a roll-up in one period."""

    definition = ROLL_UP_MEMBERS


class RollUpDetailSerializer(RollUpSerializer):
    """The same with the service levels that it adds up."""

    members = RollUpMemberSerializer(many=True)


@documented("roll_ups", RollUpSerializer, detail=RollUpDetailSerializer)
class RollUpViewSet(ListViewSet):
    """Sums of service levels over several contracts of one client, which alone sees them, the latest period first."""

    serializer_class = RollUpSerializer
    filterset_class = RollUpFilter
    lookup_url_kwarg, lookup_value_regex = "id", "[^/]+"
    queryset = ServiceLevel.objects.none()

    def get_queryset(self) -> Any:
        return levels_rolled_up(self.request.user)

    def filter_queryset(self, queryset: Any) -> Any:
        levels = super().filter_queryset(queryset)
        return RollUpFilter(self.request.query_params, queryset=levels).rows(now=timezone.now())

    def retrieve(self, request: Request, id: str) -> Response:
        """One period of a roll-up, by its id: /roll-ups/CL-7K2M9.QUALITY.2025-10"""
        check_parameters(request, ())
        row, _periods = roll_up_named(id, self.get_queryset(), now=timezone.now())
        if row is None:
            raise Http404
        return Response(RollUpDetailSerializer(row).data)
