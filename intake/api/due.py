"""`/api/v1/due`: reports that are owed, as rows to fill in, and announcing that one comes later."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem, request_time
from bpo.lists import RowSerializer
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import Values
from contracts.models.service_levels import Feed
from intake.delays import announce_delay, new_delay
from intake.due import DueReport, State, due_reports, owed_reports, report_named
from intake.lists import DUE_REPORTS, DelaySerializer
from metrics.api import schema
from metrics.api.access import ApiMixin, CanSendResults, reporting_vendor
from metrics.api.idempotency import carry_out
from metrics.api.schema import responses, text_parameter
from sla.periods import local_day

OWED = "owed"
CHOICES = (OWED, "all")


class DueSerializer(RowSerializer):
    """One report of one feed, and the row to send for it."""

    definition = DUE_REPORTS


DRY_RUN_ANSWER = OpenApiResponse(DueSerializer, "A dry run: the report as it would be.")


class DueListSerializer(serializers.Serializer):
    """Reports that are owed, the earliest due first."""

    count = serializers.IntegerField()
    results = DueSerializer(many=True)


class DueView(ApiMixin, APIView):
    """Reports that are owed."""

    @extend_schema(
        operation_id="list_due",
        parameters=[text_parameter("show", "`owed` (due or late; the default) or `all`.")],
        responses=responses({200: DueListSerializer}, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        """Reports that are due or late, as rows to fill in; with show=all also reported and running ones."""
        check_parameters(request, ("show",))
        show = request.query_params.get("show", OWED)
        if show not in CHOICES:
            raise Problem(400, "unknown_parameter", _("The only parameter is show=owed or show=all."))
        feeds, now = Feed.objects.visible_to(request.user), request_time(request)
        reports = owed_reports(feeds, now=now) if show == OWED else due_reports(feeds, now=now)
        shown = sorted(reports, key=lambda report: (report.due_on, report.id))
        return Response({"count": len(shown), "results": DueSerializer(shown, many=True).data})


class DelayView(ApiMixin, APIView):
    """Announce a delay."""

    permission_classes = [IsAuthenticated, CanSendResults]

    @extend_schema(
        operation_id="announce_delay",
        request=DelaySerializer,
        parameters=schema.WRITE_PARAMETERS,
        responses=responses({200: DRY_RUN_ANSWER, 201: DueSerializer}, *schema.WRITE_PROBLEMS, 404),
    )
    def post(self, request: Request, report: str) -> HttpResponse:
        """Announce when a report that is due or late will come. The client sees it; it moves no deadline."""
        check_parameters(request, ("dry_run",))
        # Somebody may see reports of one vendor and report for another.
        feeds = Feed.objects.visible_to(request.user).filter(contract__vendor=reporting_vendor(request.user))
        known = report_named(report, feeds, now=request_time(request))
        if known is None:
            raise Http404
        given = DelaySerializer.read(request)
        return carry_out(request, lambda: _announce(request, known, given))


def _announce(request: Request, report: DueReport, given: Values) -> Response:
    if report.state in (State.REPORTED, State.REPORTED_LATE, State.HISTORY, State.SETTLED):
        raise Http404
    is_dry_run, now = is_on(request, "dry_run"), request_time(request)
    announce = new_delay if is_dry_run else announce_delay
    today = local_day(now, ZoneInfo(report.feed.contract.zone))
    delay = announce(feed=report.feed, starts_on=report.span.start, actor=request.user, today=today, now=now, **given)
    return Response(DueSerializer(replace(report, delay=delay)).data, status=200 if is_dry_run else 201)
