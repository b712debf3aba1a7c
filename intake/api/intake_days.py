"""`/api/v1/intake-days`: what each key and person sent on each day, and the outcome."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem
from bpo.query_parameters import check_parameters
from bpo.strict_values import CellError, read_day
from intake.intake_days import day_accounts, last_days
from metrics.api.access import ApiMixin
from metrics.api.schema import responses, text_parameter

SHOWN_DAYS, MOST_DAYS = 31, 366
PARAMETERS = ("from_day", "to_day")


class IntakeRowsSerializer(serializers.Serializer):
    """received = new + superseded + unchanged + refused."""

    received = serializers.IntegerField()
    new = serializers.IntegerField()
    superseded = serializers.IntegerField(help_text="Corrected or voided.")
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="Rows of refused requests, and rows that partial requests left out.")


class IntakeDaySerializer(serializers.Serializer):
    """One sender's day, in UTC; dry runs and repeated answers are not counted."""

    day = serializers.DateField(source="on")
    key = serializers.CharField(help_text="K-…; empty for a person.")
    sent_by = serializers.CharField()
    requests = serializers.IntegerField()
    rows = IntakeRowsSerializer(source="*")


class IntakeDaysSerializer(serializers.Serializer):
    """Accounts by day, the latest day first."""

    count = serializers.IntegerField()
    results = IntakeDaySerializer(many=True)


class IntakeDaysView(ApiMixin, APIView):
    """What was received each day."""

    @extend_schema(
        operation_id="list_intake_days",
        parameters=[
            text_parameter("from_day", "On or after this day; by default the last 31 days."),
            text_parameter("to_day", "Before this day; at most 366 days."),
        ],
        responses=responses({200: IntakeDaysSerializer}, 400),
    )
    def get(self, request: Request) -> Response:
        """Received rows by sender and day, for the vendor that sent them."""
        check_parameters(request, PARAMETERS)
        from_day, to_day = last_days(timezone.now(), SHOWN_DAYS)
        try:
            given = {name: read_day(request.query_params[name]) for name in PARAMETERS if name in request.query_params}
        except CellError as wrong:
            raise Problem(400, "bad_parameter", wrong.detail) from wrong
        from_day, to_day = given.get("from_day", from_day), given.get("to_day", to_day)
        if not 0 <= (to_day - from_day).days <= MOST_DAYS:
            raise Problem(400, "bad_parameter", _("Ask for at most 366 days, with from_day before to_day."))
        accounts = day_accounts(request.user, from_day=from_day, to_day=to_day)
        rows = IntakeDaySerializer(accounts, many=True).data
        return Response({"count": len(rows), "results": rows})
