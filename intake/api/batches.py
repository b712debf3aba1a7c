"""`/api/v1/batches`: receipts, for the vendor that was given them."""

from intake.filters import BatchFilter
from metrics.api import serializers
from metrics.api.read_only import ReadOnly, documented
from metrics.models.results import Batch


@documented("batches", serializers.BatchSerializer)
class BatchViewSet(ReadOnly):
    """Receipts, for the vendor that was given them."""

    queryset = Batch.objects.select_related("api_key", "sent_by").order_by("-received_at", "-pk")
    serializer_class = serializers.BatchSerializer
    filterset_class = BatchFilter
