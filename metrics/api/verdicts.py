"""Verdicts with their workings: as they stand, as an earlier revision said, or as they stood after a night."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.api_base import Problem
from bpo.api_fields import AnyList
from bpo.cursors import WalkedPagination
from bpo.lists import RowSerializer
from bpo.query_parameters import check_parameters
from bpo.strict_values import CellError, read_day
from contracts.models.service_levels import ServiceLevel
from metrics.api.access import ApiDoor
from metrics.api.schema import responses, text_parameter
from metrics.as_of import as_it_was, held_at, night_over
from metrics.filters import VerdictFilter
from metrics.lists import VERDICTS
from metrics.models.verdicts import Verdict

OF_ONE = ("revision", "rev", "as_of")


class VerdictSerializer(RowSerializer):
    """One service level over one period, with its working."""

    definition = VERDICTS


class VerdictDetailSerializer(VerdictSerializer):
    """The same with its days and its other revisions."""

    days = AnyList()
    revisions = serializers.ListField(child=serializers.IntegerField())


class VerdictPages(WalkedPagination):
    """Verdicts, walked from the oldest period on."""

    walk = ("starts_on", "service_level__public_id", "revision")


@extend_schema_view(
    list=extend_schema(
        operation_id="list_verdicts",
        responses=responses({200: VerdictSerializer(many=True)}, 400, 401, 403),
    )
)
class VerdictViewSet(ApiDoor, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Verdicts with their workings."""

    queryset = Verdict.objects.select_related("service_level__contract__vendor", "terms").order_by(
        "-starts_on", "service_level__code", "service_level", "-revision"
    )
    serializer_class = VerdictSerializer
    pagination_class = VerdictPages
    own_parameters = ("cursor",)
    filterset_class = VerdictFilter

    def get_queryset(self) -> QuerySet:
        return self.queryset.visible_to(self.request.user)

    def paginate_queryset(self, queryset: QuerySet) -> Any:
        """A page of verdicts; those of the past say what they said then."""
        page = super().paginate_queryset(queryset)
        for verdict in page or ():
            if getattr(verdict, "was_final", None) is not None:
                verdict.is_current, verdict.is_final = True, verdict.was_final
                verdict.closed_at = verdict.closed_at if verdict.was_final else None
        return page

    @extend_schema(
        operation_id="read_verdict",
        parameters=[
            text_parameter("revision", "An earlier revision by its number; the current one unless told."),
            text_parameter("rev", "The same, as the pages call it."),
            text_parameter("as_of", "2025-11-05: as it was after the night of this day, in the contract's zone."),
        ],
        responses=responses({200: VerdictDetailSerializer}, 400, 401, 403, 404),
        filters=False,
    )
    def retrieve(self, request: Request, level: str, period: str) -> Response:
        """One service level in one period, by its label: /verdicts/SL-7K2M9/2025-10"""
        wanted, day = _asked_of_one(request)
        revisions = self.get_queryset().filter(service_level__public_id=level, period_label=period)
        if day is not None:
            revisions = _known_after_night(revisions, request, level, day)
        known = sorted(revisions, key=lambda verdict: verdict.revision)
        chosen = next((verdict for verdict in known if _is_wanted(verdict, wanted)), None)
        if chosen is None:
            raise Http404
        chosen.revisions = [verdict.revision for verdict in known]
        return Response(VerdictDetailSerializer(chosen, context=self.get_serializer_context()).data)


def _asked_of_one(request: Request) -> tuple[int | None, date | None]:
    """The revision and the day that the address names; what it does not know, or knows twice, is an error."""
    check_parameters(request, OF_ONE)
    given = request.query_params
    numbers = [given[name] for name in ("revision", "rev") if name in given]
    if len(numbers) > 1 or not all(text.isascii() and text.isdigit() and len(text) < 9 for text in numbers):
        raise Problem(400, "bad_parameter", _("A revision is a whole number, given once."))
    try:
        day = read_day(given["as_of"]) if "as_of" in given else None
    except CellError as wrong:
        raise Problem(400, "bad_parameter", f"as_of: {wrong.detail}") from wrong
    return (int(numbers[0]) if numbers else None), day


def _known_after_night(revisions: QuerySet, request: Request, level: str, day: date) -> list[Verdict]:
    """The revisions that were there after that day's night, and which of them held, if any."""
    zones = ServiceLevel.objects.visible_to(request.user).filter(public_id=level)
    zone = zones.values_list("contract__zone", flat=True).first()
    if zone is None:
        return []
    at: datetime = night_over(zone, day)
    held = set(held_at(revisions, at).values_list("pk", flat=True))
    known = as_it_was(revisions.filter(judged_at__lte=at), at)
    for verdict in known:
        verdict.is_current = verdict.pk in held
    return known


def _is_wanted(verdict: Verdict, wanted: int | None) -> bool:
    return verdict.is_current if wanted is None else verdict.revision == wanted
