"""`/api/v1/verdicts`: verdicts with their workings, current, of an earlier revision, or as of a night."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.api_base import Problem
from bpo.api_fields import AnyList
from bpo.cursors import CursorPagination
from bpo.lists import RowSerializer
from bpo.query_parameters import check_parameters
from bpo.strict_values import CellError, read_day
from contracts.models.service_levels import ServiceLevel
from metrics.api.access import ListViewSet, documented
from metrics.api.schema import responses, text_parameter
from metrics.as_of import as_of_instant, end_of_night, is_current_at, with_finality_then
from metrics.filters import VerdictFilter
from metrics.lists import VERDICTS
from metrics.models.verdicts import Verdict


class VerdictSerializer(RowSerializer):
    """One service level over one period, with its working."""

    definition = VERDICTS


class VerdictDetailSerializer(VerdictSerializer):
    """The same with its days and its other revisions."""

    days = AnyList()
    revisions = serializers.ListField(child=serializers.IntegerField())


class VerdictPages(CursorPagination):
    """Verdicts; with a cursor, the oldest period first."""

    cursor_columns = ("starts_on", "service_level__public_id", "revision")


@documented("verdicts", VerdictSerializer)
class VerdictViewSet(ListViewSet):
    """Verdicts with their workings."""

    queryset = Verdict.objects.select_related("service_level__contract__vendor", "terms").order_by(
        "-starts_on", "service_level__code", "service_level", "-revision"
    )
    serializer_class = VerdictSerializer
    pagination_class = VerdictPages
    own_parameters = ("cursor",)
    filterset_class = VerdictFilter

    def paginate_queryset(self, queryset: QuerySet) -> Any:
        """Return a page; with `as_of`, each verdict as it was then."""
        page = super().paginate_queryset(queryset)
        return None if page is None else with_finality_then(page)

    @extend_schema(
        operation_id="read_verdict",
        parameters=[
            text_parameter("revision", "The number of an earlier revision; by default the current one."),
            text_parameter("rev", "The same, as the pages call it."),
            text_parameter("as_of", "2025-11-05: as it was after the night of this day, in the contract's zone."),
        ],
        responses=responses({200: VerdictDetailSerializer}, 400, 401, 403, 404),
        filters=False,
    )
    def retrieve(self, request: Request, level: str, period: str) -> Response:
        """One service level in one period, by its label: /verdicts/SL-7K2M9/2025-10"""
        revision, day = _read_parameters(request)
        found = self.queryset.visible_to(request.user).filter(service_level__public_id=level)
        revisions = found.of_period(period)
        if day is not None:
            revisions = _known_after_night(revisions, request, level, day)
        known = sorted(revisions, key=lambda verdict: verdict.revision)
        chosen = [each for each in known if (each.is_current if revision is None else each.revision == revision)]
        if not chosen:
            raise Http404
        chosen[0].revisions = [verdict.revision for verdict in known]
        return Response(VerdictDetailSerializer(chosen[0], context=self.get_serializer_context()).data)


def _read_parameters(request: Request) -> tuple[int | None, date | None]:
    """Return the revision and the day that the parameters give. Raises Problem 400."""
    check_parameters(request, ("revision", "rev", "as_of"))
    given = request.query_params
    numbers = [given[name] for name in ("revision", "rev") if name in given]
    if len(numbers) > 1 or not all(text.isascii() and text.isdigit() and len(text) < 9 for text in numbers):
        raise Problem(400, "bad_parameter", _("Give one revision, a whole number."))
    try:
        day = read_day(given["as_of"]) if "as_of" in given else None
    except CellError as wrong:
        raise Problem(400, "bad_parameter", f"as_of: {wrong.detail}") from wrong
    return (int(numbers[0]) if numbers else None), day


def _known_after_night(revisions: QuerySet, request: Request, level: str, day: date) -> list[Verdict]:
    """Return the revisions that existed after that day's night, and mark the one that was current."""
    zones = ServiceLevel.objects.visible_to(request.user).filter(public_id=level)
    zone = zones.values_list("contract__zone", flat=True).first()
    if zone is None:
        return []
    at = end_of_night(zone, day)
    current = set(revisions.filter(is_current_at(at)).values_list("pk", flat=True))
    known = as_of_instant(revisions.filter(judged_at__lte=at), at)
    for verdict in known:
        verdict.is_current = verdict.pk in current
    return known
