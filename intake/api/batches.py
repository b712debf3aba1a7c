"""`/api/v1/batches`: receipts, for the vendor that was given them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from intake.filters import BatchFilter
from metrics.api.read_only import ReadOnly, documented
from metrics.models.results import Batch


class RowCountsSerializer(serializers.Serializer):
    """A receipt's counts: received = new + superseded + unchanged + rejected."""

    received = serializers.IntegerField()
    new = serializers.IntegerField()
    superseded = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    late = serializers.IntegerField()
    rejected = serializers.IntegerField(help_text="Wrong rows that a partial batch left out.")


class BatchSerializer(serializers.Serializer):
    """What was sent in one go, by whom, and what became of it."""

    id = serializers.CharField(source="public_id")
    received_at = serializers.DateTimeField()
    channel = serializers.CharField()
    media_type = serializers.CharField()
    sent_by = serializers.SerializerMethodField()
    reason = serializers.CharField()
    rows = serializers.SerializerMethodField()
    sha256 = serializers.CharField()
    request_id = serializers.CharField()

    def get_sent_by(self, batch: Any) -> str:
        return str(batch.api_key or batch.sent_by or "")

    @extend_schema_field(RowCountsSerializer)
    def get_rows(self, batch: Any) -> dict[str, int]:
        return {name: getattr(batch, f"rows_{name}") for name in RowCountsSerializer().fields}


@documented("batches", BatchSerializer)
class BatchViewSet(ReadOnly):
    """Receipts, for the vendor that was given them."""

    queryset = Batch.objects.select_related("api_key", "sent_by").order_by("-received_at", "-pk")
    serializer_class = BatchSerializer
    filterset_class = BatchFilter
