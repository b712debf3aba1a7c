"""`/api/v1/results`: a feed's results, and one result with its earlier revisions."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem, StrictFilterBackend
from bpo.cursors import CursorPagination
from contracts.models.service_levels import Feed, ServiceLevel
from intake.api import schema
from intake.api.submissions import take_in, take_out
from intake.filters import ResultFilter
from intake.kinds import CONTENT
from intake.tables import as_text
from metrics.api.access import ApiMixin, CanSendResults
from metrics.identities import parts_of, result_id
from metrics.models.results import RESULT_TABLES, Result, SupersededResult
from metrics.receipts import owns_receipts
from vendors.keys import KeyMayRead

OWN_PARAMETERS = ("feed", "contract", "service_level")


class ResultPages(CursorPagination):
    """A feed's results; with a cursor, in the order of their keys."""

    cursor_columns = ("key",)


class ResultsView(ApiMixin, APIView):
    """A feed's results: its vendor sends them, both parties read them."""

    own_parameters = (*OWN_PARAMETERS, "cursor")

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated(), CanSendResults() if self.request.method == "POST" else KeyMayRead()]

    @extend_schema(**schema.SEND_RESULTS)
    def post(self, request: Request) -> HttpResponse:
        return take_in(request)

    @extend_schema(**schema.LIST_RESULTS)
    def get(self, request: Request) -> Response:
        feed = named_feed(request)
        self.filterset_class = ResultFilter.for_kind(feed.kind)
        rows = RESULT_TABLES[feed.kind].objects.visible_to(request.user).filter(feed=feed).select_related("batch")
        rows = StrictFilterBackend().filter_queryset(request, rows, self)
        pages = ResultPages()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response([result_json(row, feed, request.user) for row in page])


class ResultView(ApiMixin, APIView):
    """One result with its earlier revisions."""

    @extend_schema(**schema.READ_RESULT)
    def get(self, request: Request, name: str) -> Response:
        feed, key = feed_and_key(request, name)
        row = RESULT_TABLES[feed.kind].objects.visible_to(request.user).filter(feed=feed, key=key).first()
        past = SupersededResult.objects.visible_to(request.user).filter(feed=feed, key=key).order_by("-revision")
        revisions = [revision_json(revision) for revision in past]
        if row is None and not revisions:
            raise Http404
        current = result_json(row, feed, request.user) if row else None
        return Response({"id": name, "current": current, "superseded": revisions})


class VoidView(ApiMixin, APIView):
    """Void a result, with a reason; its content stays as a revision."""

    permission_classes = [IsAuthenticated, CanSendResults]

    @extend_schema(**schema.VOID_RESULT)
    def post(self, request: Request, name: str) -> HttpResponse:
        feed, key = feed_and_key(request, name)
        return take_out(request, feed, key)


def named_feed(request: Request) -> Feed:
    """Return the visible feed that the parameters name. Raises Problem 400 where that is none or several."""
    feed, contract, level = (request.query_params.get(name) for name in OWN_PARAMETERS)
    if not feed and not level:
        raise Problem(400, "feed_needed", _("Add feed=CODE or service_level=SL-…."))
    found = Feed.objects.visible_to(request.user).select_related("contract__vendor")
    try:
        if feed:
            found = found.filter(code=checked(feed))
        if contract:
            found = found.filter(contract__public_id=checked(contract))
        if level:
            levels = ServiceLevel.objects.visible_to(request.user).filter(public_id=checked(level))
            found = found.filter(pk__in=levels.values("feed"))
    except ValueError as error:
        raise Http404 from error
    feeds = list(found[:2])
    if not feeds:
        raise Problem(404, "not_found", _("None of your contracts has this feed."))
    if len(feeds) > 1:
        raise Problem(400, "ambiguous_feed", _("Several contracts have this feed. Add contract=CT-…."))
    return feeds[0]


def checked(text: str) -> str:
    """Return a text that a database can compare. Raises ValueError."""
    if len(text) > 200 or not text.isprintable():
        raise ValueError("too long, or not printable")
    return text


def feed_and_key(request: Request, name: str) -> tuple[Feed, str]:
    """Return the visible feed and the key in a result's id. Raises Http404."""
    parts = parts_of(name)
    if parts is None:
        raise Http404
    contract, code, key = parts
    visible = Feed.objects.visible_to(request.user).select_related("contract__vendor")
    feed = visible.filter(contract__public_id=contract, code=code).first()
    if feed is None or len(key) > 200:
        raise Http404
    return feed, key


def result_json(row: Result, feed: Feed, principal: Any) -> dict[str, Any]:
    """Return a result as JSON; only its vendor sees the receipt that brought it."""
    is_own = owns_receipts(principal, feed.contract)
    return {
        "id": result_id(feed, row.key),
        "contract": feed.contract.public_id,
        "feed": feed.code,
        "key": row.key,
        "revision": row.revision,
        **({"batch": row.batch.public_id} if is_own else {}),
        **as_text({name: getattr(row, name) for name in CONTENT[feed.kind]}),
    }


def revision_json(past: SupersededResult) -> dict[str, Any]:
    return {
        "revision": past.revision,
        "superseded_at": past.superseded_at.isoformat(),
        "reason": past.reason,
        **past.content,
    }
