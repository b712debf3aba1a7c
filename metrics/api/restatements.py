"""What came after a period had closed, and the restatement that counts it."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.lists import RowSerializer
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import BodySerializer, Choice, Text
from metrics import filters
from metrics.api.access import ApiDoor, OnlyPeople
from metrics.api.effects import EffectSerializer, effect_of
from metrics.api.sandbox import asked_at
from metrics.api.schema import DRY_RUN, WRITE_PROBLEMS, responses
from metrics.lists import LATE_ARRIVALS
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.closed_periods import Ground, corrections_over, last_correction_days
from metrics.services.restatement_plans import Restatement
from metrics.services.restatements import closed_cell, may_restate, preview_late, refuse_strangers, restate_late
from metrics.timelines import Cell


class LateArrivalSerializer(RowSerializer):
    """A result, new or corrected, that came after a period had closed: stored and listed, not counted by itself."""

    definition = LATE_ARRIVALS


class RestatingSerializer(BodySerializer):
    """A restatement to be done."""

    reason = Text(max_length=200, help_text="Not needed for a dry run.", required=False)
    ground = Choice(
        choices=Ground.choices, required=False, help_text="After the time for corrections, by the client's admin alone."
    )
    digest = Text(max_length=64, required=False, help_text="Of the effect that was shown.")


class RestatementSerializer(serializers.Serializer):
    """A restatement, shown or done."""

    service_level = serializers.CharField()
    period = serializers.CharField()
    dry_run = serializers.BooleanField()
    corrections_until = serializers.DateField(allow_null=True)
    corrections_are_over = serializers.BooleanField()
    effect = EffectSerializer()


@extend_schema_view(
    list=extend_schema(
        operation_id="list_late_arrivals",
        responses=responses({200: LateArrivalSerializer(many=True)}, 400, 401, 403),
    )
)
class LateArrivalViewSet(ApiDoor, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Results that came too late to be counted, the latest first."""

    queryset = LateArrival.objects.select_related("service_level__contract", "service_level__feed__contract").order_by(
        "-arrived_at", "-pk"
    )
    serializer_class = LateArrivalSerializer
    filterset_class = filters.LateArrivalFilter

    def get_queryset(self) -> QuerySet[LateArrival]:
        counted = self.queryset.select_related("counted_by").defer("counted_by__days", "counted_by__working")
        return counted.visible_to(self.request.user)


class RestatementView(ApiDoor, APIView):
    """A closed period made to count what came late for it."""

    permission_classes = [IsAuthenticated, OnlyPeople]

    @extend_schema(
        operation_id="restate_period",
        request=RestatingSerializer,
        parameters=[DRY_RUN],
        responses=responses(
            {
                200: OpenApiResponse(RestatementSerializer, "Only tried: what would change."),
                201: OpenApiResponse(RestatementSerializer, "Done."),
            },
            *(*WRITE_PROBLEMS, 404, 409),
        ),
    )
    def post(self, request: Request, level: str, period: str) -> Response:
        """Count late results of a closed period, with a reason; dry_run=true says what that would change."""
        check_parameters(request, ("dry_run",))
        cell, now = cell_named(request, level, period), asked_at(request)
        given = RestatingSerializer.read(request)
        if is_on(request, "dry_run"):
            if not may_restate(request.user, cell.service_level):
                refuse_strangers()
            return Response(answer(cell, preview_late(cells=[cell], now=now), now, dry_run=True))
        done = restate_late(
            cells=[cell], by=request.user, reason=given.get("reason", ""), ground=given.get("ground", ""),
            digest=given.get("digest"), now=now,
        )  # fmt: skip
        return Response(answer(cell, done, now, dry_run=False), status=201)


def cell_named(request: Request, level: str, period: str) -> Cell:
    """The visible period of that service level and label."""
    verdicts = Verdict.objects.visible_to(request.user).current().select_related("service_level")
    verdict = verdicts.filter(service_level__public_id=level, period_label=period).first()
    cell = closed_cell(verdict) if verdict else None
    if cell is None:
        raise Http404
    return cell


def answer(cell: Cell, restatement: Restatement, now: Any, *, dry_run: bool) -> dict[str, Any]:
    until = last_correction_days([cell]).get(cell.key)
    return {
        "service_level": cell.service_level.public_id,
        "period": cell.period.label,
        "dry_run": dry_run,
        "corrections_until": until and until.isoformat(),
        "corrections_are_over": cell.key in corrections_over([cell], now=now),
        "effect": effect_of(restatement),
    }
