"""`/api/v1/due/file` and `/api/v1/results/file`: a feed's rows as a file, to fill in or to correct and bring back."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from bpo.api_base import Problem, StrictFilterBackend, request_time
from bpo.query_parameters import check_parameters
from contracts.models.service_levels import Feed
from intake.api.named_feeds import NAMING, named_feed
from intake.api.schema import LIST_RESULTS_FILTERS, NAMING_FEED
from intake.due import owed_reports
from intake.files.containers import CSV, XLSX
from intake.files.result_files import TYPES, due_file, results_file
from intake.filters import FILTERS_OF_KIND
from metrics.api.access import ApiMixin
from metrics.api.schema import responses, text_parameter
from metrics.models.results import DAY_COLUMN, RESULT_TABLES

TYPE = text_parameter("type", "What the file is; by default a workbook.", enum=list(TYPES))
FILE = {
    (200, XLSX): OpenApiResponse(OpenApiTypes.BINARY, "The file."),
    (200, CSV): OpenApiResponse(OpenApiTypes.STR, "The file."),
}


class DueFileView(ApiMixin, APIView):  # type: ignore[misc]
    """What a feed owes, as a file to fill in."""

    @extend_schema(
        operation_id="get_due_file",
        summary="What a feed owes, as a file to fill in",
        parameters=[*NAMING_FEED, TYPE],
        responses=responses({}) | FILE,
    )
    def get(self, request: Request) -> HttpResponse:
        check_parameters(request, (*NAMING, "type"))
        feed, type_ = named_feed(request), named_type(request)
        reports = owed_reports(Feed.objects.filter(pk=feed.pk), now=request_time(request))
        return due_file(feed, reports).response(type_, "due")


class ResultsFileView(ApiMixin, APIView):  # type: ignore[misc]
    """A feed's results, as a file that can be corrected and brought back."""

    own_parameters = (*NAMING, "type")

    @extend_schema(
        operation_id="get_results_file",
        summary="A feed's results, as a file to correct and send again",
        parameters=[*NAMING_FEED, *LIST_RESULTS_FILTERS, TYPE],
        responses=responses({}, 413) | FILE,
    )
    def get(self, request: Request) -> HttpResponse:
        feed, type_ = named_feed(request), named_type(request)
        self.filterset_class = FILTERS_OF_KIND[feed.kind]
        rows = RESULT_TABLES[feed.kind].objects.visible_to(request.user).filter(feed=feed)
        rows = StrictFilterBackend().filter_queryset(request, rows.order_by(DAY_COLUMN[feed.kind], "key"), self)
        return results_file(feed, rows).response(type_, "results")


def named_type(request: Request) -> str:
    """Return the type of file that is asked for. Raises Problem 400."""
    type_ = request.query_params.get("type", TYPES[0])
    if type_ not in TYPES:
        raise Problem(400, "bad_parameter", _("type is xlsx or csv."))
    return type_
