"""`/api/v1/roll-ups`: a client's figures over several contracts."""

from typing import Any

from bpo.lists import RowSerializer
from bpo.query_parameters import check_parameters
from contracts.models.service_levels import ServiceLevel
from metrics.api.access import ListViewSet, documented
from metrics.lists import ROLL_UPS
from metrics.roll_ups import roll_ups_of


class RollUpSerializer(RowSerializer):
    """One roll-up in one period."""

    definition = ROLL_UPS


@documented("roll_ups", RollUpSerializer)
class RollUpViewSet(ListViewSet):
    """Sums of service levels over several contracts of one client, which alone sees them, the latest period first."""

    serializer_class = RollUpSerializer
    queryset = ServiceLevel.objects.none()

    def get_queryset(self) -> Any:
        check_parameters(self.request, ("limit", "offset"))
        return roll_ups_of(self.request.user)
