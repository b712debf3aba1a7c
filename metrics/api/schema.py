"""What OpenAPI says of the views that no serializer describes: intake, results, and every error."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from metrics.api.serializers import AnyObject, ExactNumber, RowCountsSerializer
from metrics.intake.rows import COLUMNS
from metrics.models.verdicts import Verdict

PROBLEM_TYPE = "application/problem+json"


class RowErrorSerializer(serializers.Serializer):
    """One thing wrong with one row."""

    row = serializers.IntegerField(required=False, help_text="Counted from 1.")
    line = serializers.IntegerField(required=False, help_text="Of the file or of NDJSON.")
    pointer = serializers.CharField(required=False, help_text="Where in the JSON, counted from 0: #/16/numerator")
    code = serializers.CharField()
    value = serializers.JSONField(required=False, help_text="What was sent, at most 100 characters of it.")
    detail = serializers.CharField()
    hint = serializers.CharField(required=False)


class RefusedRowsSerializer(serializers.Serializer):
    """How many rows a refusal is about."""

    received = serializers.IntegerField()
    valid = serializers.IntegerField()
    invalid = serializers.IntegerField()


class ProblemSerializer(serializers.Serializer):
    """An error as RFC 9457 says it."""

    type = serializers.URLField(help_text="A page that says what the code means and what mends it.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="For programs; it does not change.")
    detail = serializers.CharField(help_text="For people.")
    hint = serializers.CharField(required=False)
    line = serializers.IntegerField(required=False)
    rows = RefusedRowsSerializer(required=False)
    errors = serializers.JSONField(
        required=False, help_text="Rows: a list of errors, 1,000 at most. Parameters: messages by name."
    )
    errors_left_out = serializers.IntegerField(required=False)
    request_id = serializers.CharField()


class RowOutcomeSerializer(serializers.Serializer):
    """What became of one row."""

    row = serializers.IntegerField()
    id = serializers.CharField()
    result = serializers.ChoiceField(choices=["new", "superseded", "unchanged", "voided"])
    revision = serializers.IntegerField()


class WorkingLineSerializer(serializers.Serializer):
    """One line of how a verdict comes about."""

    key = serializers.CharField()
    label = serializers.CharField()
    text = serializers.CharField()


class ForeseenVerdictSerializer(serializers.Serializer):
    """What a service level would say of a period if the rows were stored."""

    service_level = serializers.CharField()
    code = serializers.CharField()
    contract = serializers.CharField()
    period = serializers.CharField()
    status_before = serializers.ChoiceField(choices=Verdict.Status.choices, allow_null=True)
    status = serializers.ChoiceField(choices=Verdict.Status.choices)
    is_provisional = serializers.BooleanField(help_text="The period is not over yet.")
    value = ExactNumber(allow_null=True)
    numerator = ExactNumber(allow_null=True)
    denominator = ExactNumber(allow_null=True)
    cases = serializers.IntegerField()
    display = serializers.CharField()
    expected = ExactNumber()
    minimum = ExactNumber(allow_null=True)
    working = WorkingLineSerializer(many=True)


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


class ReasonSerializer(serializers.Serializer):
    """Why a result is taken back."""

    reason = serializers.CharField(max_length=200)


def problem(sentence: str) -> OpenApiResponse:
    return OpenApiResponse(ProblemSerializer, sentence)


PROBLEMS = {
    400: "Unreadable, or a parameter that nobody knows.",
    401: "No valid key and no session; one answer for every reason.",
    403: "Known, but not allowed to do this.",
    404: "Nothing there, or nothing of yours.",
    406: "The API answers in JSON alone.",
    408: "The body came too slowly.",
    409: "Contradicts what is there: external_id_conflict, period_closed.",
    411: "Content-Length is missing.",
    413: "Too large, or too many rows.",
    415: "Not JSON, NDJSON or CSV in UTF-8, or compressed.",
    422: "Readable but wrong: all rows' errors; or an Idempotency-Key used for another request.",
    429: "Too many requests in a minute; see Retry-After.",
    503: "The desk cannot do it now; see Retry-After.",
}
# Whatever is asked, these may be the answer.
ALWAYS = (400, 401, 403, 404, 406, 429, 503)
QUERY_PROBLEMS = (400, 401, 403)
WRITE_PROBLEMS = (400, 401, 403, 408, 411, 413, 415, 422, 429)
INTAKE_PROBLEMS = (*WRITE_PROBLEMS, 409)


def responses(good: dict[int, Any], *statuses: int) -> dict[Any, Any]:
    """Good answers, and problems of these statuses."""
    return {
        **good,
        **{(status, PROBLEM_TYPE): problem(PROBLEMS[status]) for status in sorted({*statuses, *ALWAYS})},
    }


def text_parameter(name: str, description: str, *, required: bool = False, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.QUERY, required, description, **more)


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
DRY_RUN = text_parameter("dry_run", "true: check everything and store nothing.", enum=["true", "false"])
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


class KeyScheme(OpenApiAuthenticationExtension):
    """How a machine signs in."""

    target_class = "vendors.keys.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "bpo_live_…"}


class SessionScheme(OpenApiAuthenticationExtension):
    """How a signed-in person's browser does."""

    target_class = "metrics.api.access.CarefulSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
