"""OpenAPI descriptions that several views share: problems, row errors, previewed verdicts, parameters."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from bpo.api_base import PROBLEM_TYPE
from bpo.api_fields import ExactNumber
from metrics.models.verdicts import Verdict


class RowErrorSerializer(serializers.Serializer):
    """One error of one row."""

    row = serializers.IntegerField(required=False, help_text="Counted from 1.")
    line = serializers.IntegerField(required=False, help_text="Line of the file or of NDJSON.")
    pointer = serializers.CharField(required=False, help_text="JSON pointer, counted from 0: #/16/numerator")
    code = serializers.CharField()
    value = serializers.JSONField(required=False, help_text="The value that was sent, at most 100 characters of it.")
    detail = serializers.CharField()
    hint = serializers.CharField(required=False)


class RefusedRowsSerializer(serializers.Serializer):
    """Counts of the rows of a refused request."""

    received = serializers.IntegerField()
    valid = serializers.IntegerField()
    invalid = serializers.IntegerField()


class ProblemSerializer(serializers.Serializer):
    """An error as an RFC 9457 problem."""

    type = serializers.URLField(help_text="The page that explains the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="For programs; never changes.")
    detail = serializers.CharField(help_text="For people.")
    hint = serializers.CharField(required=False)
    line = serializers.IntegerField(required=False)
    rows = RefusedRowsSerializer(required=False)
    errors = serializers.JSONField(
        required=False, help_text="Rows: a list of errors, 1,000 at most. Parameters: messages by name."
    )
    errors_left_out = serializers.IntegerField(required=False)
    warnings = serializers.JSONField(required=False, help_text="Why rows are held, as in a receipt.")
    questions = serializers.JSONField(required=False, help_text="What the reading of a file leaves open.")
    request_id = serializers.CharField()


class WorkingLineSerializer(serializers.Serializer):
    """One line of a verdict's working."""

    key = serializers.CharField()
    label = serializers.CharField()
    text = serializers.CharField()


class PreviewedVerdictSerializer(serializers.Serializer):
    """The verdict that a service level would have for a period if the rows were stored."""

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
    expected = ExactNumber(allow_null=True)
    minimum = ExactNumber(allow_null=True)
    working = WorkingLineSerializer(many=True)


PROBLEMS = {
    400: "The request cannot be read, or has an unknown parameter.",
    401: "No valid key and no session; the answer is the same for every reason.",
    403: "No permission to do this.",
    404: "Not found, or not yours.",
    406: "The API answers only in JSON.",
    408: "The body came too slowly.",
    409: "The request contradicts what is stored: external_id_conflict, period_closed, something_happened, "
    "stated_as_nothing; or has to be confirmed: confirm_needed.",
    411: "Content-Length is missing.",
    413: "Too large, or too many rows.",
    415: "Not JSON, NDJSON or CSV in UTF-8, or compressed.",
    422: "Invalid rows, all listed; or an Idempotency-Key that was used for a different request.",
    429: "Too many requests in a minute; see Retry-After.",
    503: "The desk cannot do it at the moment; see Retry-After.",
}
# Any request may get one of these.
ALWAYS = (400, 401, 403, 404, 406, 429, 503)
WRITE_PROBLEMS = (400, 401, 403, 408, 411, 413, 415, 422, 429)


def responses(good: Mapping[int, object], *statuses: int) -> dict[Any, object]:
    """Return those answers, with problems of these statuses and of those that any request may get."""
    problems = {
        (status, PROBLEM_TYPE): OpenApiResponse(ProblemSerializer, PROBLEMS[status])
        for status in sorted({*statuses, *ALWAYS})
    }
    return {**good, **problems}


def text_parameter(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, description=description, **more)


# Of every request that changes something.
WRITE_PARAMETERS = [
    text_parameter(
        "Idempotency-Key", "The same request again gets the same answer for 7 days.", location=OpenApiParameter.HEADER
    ),
    text_parameter("dry_run", "true: check everything, store nothing.", enum=["true", "false"]),
]


class KeyScheme(OpenApiAuthenticationExtension):
    """An API key."""

    target_class = "vendors.keys.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "bpo_live_…"}


class SessionScheme(OpenApiAuthenticationExtension):
    """The session of a signed-in person."""

    target_class = "metrics.api.access.CsrfSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
