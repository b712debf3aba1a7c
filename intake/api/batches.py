"""`/api/v1/batches`: receipts of the vendor's requests."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from intake.filters import BatchFilter
from intake.models.imports import Import
from intake.unlikely import CODES
from metrics.api.access import ReadOnlyViewSet, documented
from metrics.models.results import Batch


class RowCountsSerializer(serializers.Serializer):
    """A receipt's counts: received = new + superseded + unchanged + rejected."""

    received = serializers.IntegerField()
    new = serializers.IntegerField()
    superseded = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    late = serializers.IntegerField()
    rejected = serializers.IntegerField(help_text="Invalid rows that a partial batch left out.")


class WarningSerializer(serializers.Serializer[dict[str, object]]):
    """What is unlikely in rows that were stored; codes are in docs/api.md."""

    code = serializers.ChoiceField(choices=sorted(CODES))
    contract = serializers.CharField(required=False)
    feed = serializers.CharField(required=False)
    detail = serializers.CharField()
    hint = serializers.CharField()
    rows = serializers.ListField(child=serializers.IntegerField(), required=False, help_text="The first 100, from 1.")
    lines = serializers.ListField(child=serializers.IntegerField(), required=False)
    rows_left_out = serializers.IntegerField(required=False)


class BatchSerializer(serializers.Serializer):
    """One request with results: who sent it, and its outcome."""

    id = serializers.CharField(source="public_id")
    received_at = serializers.DateTimeField()
    channel = serializers.CharField()
    media_type = serializers.CharField()
    sent_by = serializers.SerializerMethodField()
    reason = serializers.CharField()
    rows = serializers.SerializerMethodField()
    warnings = WarningSerializer(many=True)
    sha256 = serializers.CharField()
    request_id = serializers.CharField()

    def get_sent_by(self, batch: Batch) -> str:
        imported: Import | None = getattr(batch, "brought_by", None)
        address = imported.address if imported else None
        return str(address or batch.api_key or batch.sent_by or "")

    @extend_schema_field(RowCountsSerializer)
    def get_rows(self, batch: object) -> dict[str, int]:
        return {name: getattr(batch, f"rows_{name}") for name in RowCountsSerializer().fields}


@documented("batches", BatchSerializer, detail=BatchSerializer)
class BatchViewSet(ReadOnlyViewSet):
    """Receipts, the latest first; only for the vendor that sent the results."""

    queryset = Batch.objects.select_related("api_key", "sent_by", "brought_by__address").order_by("-received_at", "-pk")
    serializer_class = BatchSerializer
    filterset_class = BatchFilter
