"""The OpenAPI description of results: bodies, receipts, lists."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from bpo.api_fields import AnyObject
from bpo.request_bodies import BodySerializer, Text
from contracts.models.service_levels import Feed
from intake.api.batches import RowCountsSerializer, WarningSerializer
from intake.files.containers import XLSX
from intake.filters import FILTERS_OF_KIND
from intake.kinds import COLUMNS
from metrics.api.schema import (
    WRITE_PARAMETERS,
    WRITE_PROBLEMS,
    PreviewedVerdictSerializer,
    RowErrorSerializer,
    responses,
    text_parameter,
)

INTAKE_PROBLEMS = (*WRITE_PROBLEMS, 409)


class RowOutcomeSerializer(serializers.Serializer):
    """The outcome of one row."""

    row = serializers.IntegerField()
    id = serializers.CharField()
    result = serializers.ChoiceField(choices=["new", "superseded", "unchanged", "voided"])
    revision = serializers.IntegerField()


class ReceiptSerializer(serializers.Serializer):
    """The receipt of a request."""

    object = serializers.CharField()
    id = serializers.CharField(allow_null=True, help_text="RC-…; null for a dry run.")
    dry_run = serializers.BooleanField()
    received_at = serializers.DateTimeField()
    rows = RowCountsSerializer()
    warnings = WarningSerializer(many=True, help_text="What is unlikely in the rows; also in `batches`.")
    sha256 = serializers.CharField(help_text="Of the rows as the desk read them, in canonical JSON.")
    results = RowOutcomeSerializer(many=True)
    errors = RowErrorSerializer(many=True, required=False, help_text="Errors of rows that a partial batch left out.")
    errors_left_out = serializers.IntegerField(required=False)
    verdicts = PreviewedVerdictSerializer(
        many=True, required=False, help_text="Only of a dry run: up to 500 verdicts that would change."
    )
    verdicts_left_out = serializers.IntegerField(required=False)
    request_id = serializers.CharField()


class ResultPageSerializer(serializers.Serializer):
    """A page of results. Their columns depend on the feed's kind."""

    count = serializers.IntegerField(required=False, help_text="Not with a cursor.")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True, required=False)
    results = serializers.ListField(child=AnyObject())


class ResultHistorySerializer(serializers.Serializer):
    """A result with its earlier revisions."""

    id = serializers.CharField()
    current = AnyObject(allow_null=True)
    superseded = serializers.ListField(child=AnyObject())


class ReasonSerializer(BodySerializer):
    """Why a result is voided."""

    reason = Text(max_length=200)


NAMING_FEED = [
    text_parameter("feed", "The feed's code; required unless service_level is given."),
    text_parameter("contract", "CT-…, where several contracts have the feed."),
    text_parameter("service_level", "SL-…; its feed's results."),
]
RESULT_FILTERS = FILTERS_OF_KIND[Feed.Kind.COUNTS].base_filters
LIST_RESULTS_FILTERS = [
    text_parameter(name, str(field.label)) for name, field in RESULT_FILTERS.items() if name != "ordering"
]
ROW_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {} for name in sorted(COLUMNS)},
    "description": "The columns of the feed's kind. Numbers may be text; times need a UTC offset. "
    "Where nothing happened: `nothing` true with the first day (`from`) and the last (`to`).",
}
# The description names it, so that generated programs have one class for a row.
ROW = {"$ref": "#/components/schemas/ResultRow"}
BODIES = {
    "application/json": {"oneOf": [ROW, {"type": "array", "items": ROW, "maxItems": 10_000}]},
    "application/x-ndjson": {"type": "string", "description": "One row as JSON on each line."},
    "text/csv": {
        "type": "string",
        "description": "A header with column names, then one row on each line; with `reading` any CSV file.",
    },
    # application/octet-stream is taken, too; beside it openapi-python-client writes code for JSON that fails.
    XLSX: {"type": "string", "format": "binary", "description": "With `reading`: a workbook."},
}
RECEIPTS = {
    200: OpenApiResponse(ReceiptSerializer, "Nothing new, a dry run, or some rows were left out."),
    201: OpenApiResponse(ReceiptSerializer, "Stored."),
}
SEND_RESULTS = extend_schema(
    operation_id="send_results",
    summary="Send results",
    request=BODIES,
    parameters=[
        *WRITE_PARAMETERS,
        text_parameter("partial", "true: store the valid rows and list the others.", enum=["true", "false"]),
        text_parameter(
            "confirm", "Codes of warnings, with commas: such rows are stored where their feed would hold them."
        ),
        text_parameter("reason", "Why results are corrected or late, for all rows without a reason of their own."),
        text_parameter("reading", "The name of the reading by which a CSV file or a workbook is read."),
        text_parameter("feed", "With the name of a shipped reading: the feed that all rows are for."),
        text_parameter("contract", "With `feed`: CT-…, where several contracts have the feed."),
        text_parameter("shape", "What the body is; a different shape is refused.", enum=["object", "list"]),
    ],
    responses=responses(RECEIPTS, *INTAKE_PROBLEMS),
)
LIST_RESULTS = extend_schema(
    operation_id="list_results",
    summary="List a feed's results",
    parameters=[
        *NAMING_FEED,
        text_parameter(
            "nothing", "true: the days of which it was reported that nothing happened.", enum=["true", "false"]
        ),
        *LIST_RESULTS_FILTERS,
        text_parameter("ordering", "occurred_at, day or key; with a leading minus in descending order."),
        OpenApiParameter("limit", int, description="1 to 1,000; by default 100."),
        OpenApiParameter("offset", int),
        text_parameter("cursor", "Empty for the first page; then follow `next`. Such pages have no count."),
    ],
    responses=responses({200: ResultPageSerializer}, 400, 401, 403, 404),
)
READ_RESULT = extend_schema(
    operation_id="read_result",
    summary="One result with its earlier revisions",
    responses=responses({200: ResultHistorySerializer}, 401, 403, 404),
)
VOID_RESULT = extend_schema(
    operation_id="void_result",
    summary="Void a result",
    request=ReasonSerializer,
    parameters=WRITE_PARAMETERS,
    responses=responses(RECEIPTS, *INTAKE_PROBLEMS, 404),
)
