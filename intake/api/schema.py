"""The OpenAPI description of results: bodies, receipts, lists."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from bpo.api_fields import AnyObject
from bpo.request_bodies import BodySerializer, Text
from intake.api.batches import RowCountsSerializer
from intake.rows import COLUMNS
from metrics.api.schema import (
    DRY_RUN,
    WRITE_PROBLEMS,
    ForeseenVerdictSerializer,
    RowErrorSerializer,
    responses,
    text_parameter,
)

INTAKE_PROBLEMS = (*WRITE_PROBLEMS, 409)


class RowOutcomeSerializer(serializers.Serializer):
    """What became of one row."""

    row = serializers.IntegerField()
    id = serializers.CharField()
    result = serializers.ChoiceField(choices=["new", "superseded", "unchanged", "voided"])
    revision = serializers.IntegerField()


class ReceiptSerializer(serializers.Serializer):
    """What was done with what was sent."""

    object = serializers.CharField()
    id = serializers.CharField(allow_null=True, help_text="RC-…; null for a dry run.")
    dry_run = serializers.BooleanField()
    received_at = serializers.DateTimeField()
    rows = RowCountsSerializer()
    sha256 = serializers.CharField(help_text="Of the rows as they were understood, in canonical JSON.")
    results = RowOutcomeSerializer(many=True)
    errors = RowErrorSerializer(many=True, required=False, help_text="Of rows that a partial batch left out.")
    errors_left_out = serializers.IntegerField(required=False)
    verdicts = ForeseenVerdictSerializer(
        many=True, required=False, help_text="Of a dry run: the verdicts that would change, 500 at most."
    )
    verdicts_left_out = serializers.IntegerField(required=False)
    request_id = serializers.CharField()


class ResultPageSerializer(serializers.Serializer):
    """A page of results; which columns a result has, its feed's kind says."""

    count = serializers.IntegerField(required=False, help_text="Not with a cursor.")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True, required=False)
    results = serializers.ListField(child=AnyObject())


class ResultHistorySerializer(serializers.Serializer):
    """A result as it stands, and everything that it said before."""

    id = serializers.CharField()
    current = AnyObject(allow_null=True)
    superseded = serializers.ListField(child=AnyObject())


class ReasonSerializer(BodySerializer):
    """Why a result is taken back."""

    reason = Text(max_length=200)


ROW_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {} for name in sorted(COLUMNS)},
    "description": "The columns of the feed's kind; numbers may be text, moments carry an offset.",
}
BODIES = {
    "application/json": {"oneOf": [ROW_SCHEMA, {"type": "array", "items": ROW_SCHEMA, "maxItems": 10_000}]},
    "application/x-ndjson": {"type": "string", "description": "One row as JSON on each line."},
    "text/csv": {"type": "string", "description": "A header with names of columns, then one row on each line."},
}
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, False, "The same request again gets the same answer for 7 days."
)
RECEIPTS = {
    200: OpenApiResponse(ReceiptSerializer, "Nothing new, only tried, or some rows were left out."),
    201: OpenApiResponse(ReceiptSerializer, "Stored."),
}
SEND_RESULTS = {
    "operation_id": "send_results",
    "summary": "Send results",
    "request": BODIES,
    "parameters": [
        IDEMPOTENCY,
        DRY_RUN,
        text_parameter("partial", "true: store the good rows and list the wrong ones.", enum=["true", "false"]),
        text_parameter("reason", "Why results are corrected or late, for all rows that give no reason of their own."),
        text_parameter("shape", "What the body is; another shape is refused.", enum=["object", "list"]),
    ],
    "responses": responses(RECEIPTS, *INTAKE_PROBLEMS),
}
LIST_RESULTS = {
    "operation_id": "list_results",
    "summary": "List a feed's results",
    "parameters": [
        text_parameter("feed", "The feed's code; needed unless service_level is given."),
        text_parameter("contract", "CT-…, where several contracts have the feed."),
        text_parameter("service_level", "SL-…; its feed's results."),
        text_parameter("external_id", "The vendor's id of the row."),
        text_parameter("occurred_after", "Not before this moment."),
        text_parameter("occurred_before", "Before this moment."),
        text_parameter("from_day", "Not before this local day."),
        text_parameter("to_day", "Before this local day."),
        text_parameter("batch", "RC-…"),
        text_parameter("ordering", "occurred_at, day or key; with a minus in front the last first."),
        OpenApiParameter("limit", int, description="1 to 1,000; 100 unless told."),
        OpenApiParameter("offset", int),
        text_parameter("cursor", "Empty at first; then follow `next`. Such pages are not counted."),
    ],
    "responses": responses({200: ResultPageSerializer}, 400, 401, 403, 404),
}
READ_RESULT = {
    "operation_id": "read_result",
    "summary": "One result with what it said before",
    "responses": responses({200: ResultHistorySerializer}, 401, 403, 404),
}
VOID_RESULT = {
    "operation_id": "void_result",
    "summary": "Take a result back",
    "request": ReasonSerializer,
    "parameters": [IDEMPOTENCY, DRY_RUN],
    "responses": responses(RECEIPTS, *INTAKE_PROBLEMS, 404),
}
