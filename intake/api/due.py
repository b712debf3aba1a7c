"""`GET /api/v1/due`: what is owed, as rows to fill in; and a vendor's word that a report comes later."""

from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import BodySerializer, Day, Text
from contracts.models.service_levels import Feed
from intake.delays import announce_delay
from intake.due import DueReport, State, due_reports
from metrics.api import schema
from metrics.api.access import ApiDoor, MayReport, reporting_vendor
from metrics.api.sandbox import asked_at
from metrics.api.schema import responses, text_parameter
from sla.periods import local_day

OWED = "owed"
CHOICES = (OWED, "all")


class DelaySerializer(BodySerializer):
    """When a report that is late will come, and why."""

    until = Day()
    reason = Text(max_length=200, lines=True)

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        try:
            return super().read(request)
        except Problem as problem:
            if problem.get_codes() not in ("wrong_fields", "wrong_shape"):
                raise
            detail = _("A delay has a day `until` and a `reason` of at most 200 characters.")
            raise Problem(422, "delay_refused", detail) from problem


class DueSerializer(serializers.Serializer):
    """One report of one feed, and the row to send for it."""

    id = serializers.CharField()
    contract = serializers.CharField()
    feed = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Feed.Kind.choices)
    period = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The day after the last.")
    due_on = serializers.DateField(help_text="The last day on which it is in time, in the contract's zone.")
    zone = serializers.CharField()
    state = serializers.ChoiceField([(state.value, state.value) for state in State])
    days_late = serializers.IntegerField()
    delay = DelaySerializer(allow_null=True)
    row = serializers.DictField(help_text="Ready to be filled in and sent to /api/v1/results.")


TRIED = OpenApiResponse(DueSerializer, "Only tried: as it would be.")


class DueListSerializer(serializers.Serializer):
    """What is owed, the earliest due first."""

    count = serializers.IntegerField()
    results = DueSerializer(many=True)


class DueView(ApiDoor, APIView):
    """What is owed."""

    @extend_schema(
        operation_id="list_due",
        parameters=[text_parameter("show", "`owed` (due or late), unless `all` is asked for.")],
        responses=responses({200: DueListSerializer}, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        """What is due or late, as rows to fill in; with show=all also what is reported or still running."""
        show = request.query_params.get("show", OWED)
        if set(request.query_params) - {"show"} or show not in CHOICES:
            raise Problem(400, "unknown_parameter", _("There is one parameter here: show=owed or show=all."))
        reports = due_reports(Feed.objects.visible_to(request.user), now=asked_at(request))
        shown = sorted(
            (report for report in reports if show != OWED or report.state.is_owed),
            key=lambda report: (report.due_on, report.id),
        )
        return Response({"count": len(shown), "results": [described(report) for report in shown]})


class DelayView(ApiDoor, APIView):
    """A delay announced by the vendor."""

    permission_classes = [IsAuthenticated, MayReport]

    @extend_schema(
        operation_id="announce_delay",
        request=DelaySerializer,
        parameters=[schema.DRY_RUN],
        responses=responses({200: TRIED, 201: DueSerializer}, *schema.WRITE_PROBLEMS, 404),
    )
    def post(self, request: Request, report: str) -> Response:
        """Say when a report that is due or late will come; it moves no deadline, and the client sees it."""
        check_parameters(request, ("dry_run",))
        is_dry_run = is_on(request, "dry_run")
        now, vendor = asked_at(request), reporting_vendor(request.user)
        # Somebody may read of one party and report for another: only the latter's word counts.
        feeds = Feed.objects.visible_to(request.user).filter(contract__vendor=vendor)
        owed = {each.id: each for each in due_reports(feeds, now=now)}
        found = owed.get(report)
        if found is None or found.state in (State.REPORTED, State.REPORTED_LATE):
            raise Http404
        given = DelaySerializer.read(request)
        today = local_day(now, ZoneInfo(found.feed.contract.zone))
        starts_on, actor = found.span.starts_on, request.user
        with transaction.atomic():
            delay = announce_delay(feed=found.feed, starts_on=starts_on, actor=actor, today=today, now=now, **given)
            transaction.set_rollback(is_dry_run)
        return Response(described(found) | {"delay": shown_delay(delay)}, status=200 if is_dry_run else 201)


def described(report: DueReport) -> dict[str, Any]:
    feed, span = report.feed, report.span
    return {
        "id": report.id,
        "contract": feed.contract.public_id,
        "feed": feed.code,
        "name": feed.name,
        "kind": feed.kind,
        "period": span.label,
        "starts_on": span.starts_on,
        "ends_on": span.ends_on,
        "due_on": report.due_on,
        "zone": feed.contract.zone,
        "state": str(report.state),
        "days_late": report.days_late if report.state.is_owed else 0,
        "delay": shown_delay(report.delay) if report.delay else None,
        "row": report.as_row(),
    }


def shown_delay(delay: Any) -> dict[str, Any]:
    return {"until": delay.until, "reason": delay.reason}
