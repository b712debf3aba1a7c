"""`/api/v1/late-arrivals` and restatements: results that arrived after closing, and counting them."""

from datetime import datetime

from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import request_time
from bpo.lists import RowSerializer
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import BodySerializer, Choice, Text
from metrics.api.access import ApiMixin, IsPerson, ListViewSet, PersonRequest, documented
from metrics.api.effects import EffectSerializer, effect_of
from metrics.api.idempotency import carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses
from metrics.filters import LateArrivalFilter
from metrics.lists import LATE_ARRIVALS
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.closed_periods import Ground, corrections_over, last_correction_days
from metrics.services.restatement_plans import Restatement
from metrics.services.restatements import check_may_restate, closed_cell, preview_late, restate_late
from metrics.timelines import Cell


class LateArrivalSerializer(RowSerializer):
    """A result, new or corrected, that came after a period had closed: stored and listed, not counted by itself."""

    definition = LATE_ARRIVALS


class RestatingSerializer(BodySerializer):
    """Why a closed period is restated."""

    reason = Text(max_length=200, help_text="Not required for a dry run.", required=False)
    ground = Choice(
        choices=Ground.choices, required=False, help_text="After the time for corrections, by the client's admin only."
    )
    digest = Text(max_length=64, required=False, help_text="The digest of the effect that you saw.")


class RestatementSerializer(serializers.Serializer):
    """A restatement, previewed or done."""

    service_level = serializers.CharField()
    period = serializers.CharField()
    dry_run = serializers.BooleanField()
    corrections_until = serializers.DateField(allow_null=True)
    corrections_are_over = serializers.BooleanField()
    effect = EffectSerializer()


@documented("late_arrivals", LateArrivalSerializer)
class LateArrivalViewSet(ListViewSet):
    """Late results, the latest first."""

    queryset = (
        LateArrival.objects.select_related("service_level__contract", "service_level__feed__contract", "counted_by")
        .defer("counted_by__days", "counted_by__working")
        .order_by("-arrived_at", "-pk")
    )
    serializer_class = LateArrivalSerializer
    filterset_class = LateArrivalFilter


class RestatementView(ApiMixin, APIView):
    """Restate a closed period."""

    permission_classes = [IsAuthenticated, IsPerson]

    @extend_schema(
        operation_id="restate_period",
        request=RestatingSerializer,
        parameters=WRITE_PARAMETERS,
        responses=responses(
            {
                200: OpenApiResponse(RestatementSerializer, "A dry run: what would change."),
                201: OpenApiResponse(RestatementSerializer, "Done."),
            },
            *(*WRITE_PROBLEMS, 404, 409),
        ),
    )
    def post(self, request: PersonRequest, level: str, period: str) -> HttpResponse:
        """Count late results of a closed period, with a reason; dry_run=true only shows what that would change."""
        check_parameters(request, ("dry_run",))
        cell = cell_named(request, level, period)
        given = RestatingSerializer.read(request)
        return carry_out(request, lambda: _restate(request, cell, given))


def _restate(request: PersonRequest, cell: Cell, given: dict[str, str]) -> Response:
    now = request_time(request)
    if is_on(request, "dry_run"):
        check_may_restate(request.user, cell.service_level)
        return Response(answer(cell, preview_late(cells=[cell], now=now), now, dry_run=True))
    done = restate_late(
        cells=[cell], by=request.user, reason=given.get("reason", ""), ground=given.get("ground", ""),
        digest=given.get("digest"), now=now,
    )  # fmt: skip
    return Response(answer(cell, done, now, dry_run=False), status=201)


def cell_named(request: Request, level: str, period: str) -> Cell:
    """Return the visible closed period of that service level and label. Raises Http404."""
    verdicts = Verdict.objects.visible_to(request.user).current().select_related("service_level")
    verdict = verdicts.filter(service_level__public_id=level, period_label=period).first()
    cell = closed_cell(verdict) if verdict else None
    if cell is None:
        raise Http404
    return cell


def answer(cell: Cell, restatement: Restatement, now: datetime, *, dry_run: bool) -> dict[str, object]:
    until = last_correction_days([cell]).get(cell.key)
    return {
        "service_level": cell.service_level.public_id,
        "period": cell.period.label,
        "dry_run": dry_run,
        "corrections_until": until and until.isoformat(),
        "corrections_are_over": cell.key in corrections_over([cell], now=now),
        "effect": effect_of(restatement, now),
    }
