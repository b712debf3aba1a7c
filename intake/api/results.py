"""Results read back: lists of one feed, and one result with everything it ever said."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem, StrictFilterBackend
from bpo.cursors import WalkedPagination
from contracts.models.service_levels import Feed, ServiceLevel
from intake.api import schema
from intake.api.submissions import take_in, take_out
from intake.filters import ResultFilter
from intake.tables import CONTENT, as_text
from metrics.api.access import ApiDoor, MayReport
from metrics.identities import parts_of, result_id
from metrics.models.results import RESULT_TABLES, Result, SupersededResult
from metrics.receipts import owns_receipts
from vendors.keys import KeyMayRead

OWN_PARAMETERS = ("feed", "contract", "service_level")


class ResultPages(WalkedPagination):
    """A feed's results, walked by their keys."""

    walk = ("key",)


class ResultsView(ApiDoor, APIView):
    """A feed's results: sent by its vendor, read by both sides."""

    own_parameters = (*OWN_PARAMETERS, "cursor")

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated(), MayReport() if self.request.method == "POST" else KeyMayRead()]

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
        return pages.get_paginated_response([described(row, feed, request.user) for row in page])


class ResultView(ApiDoor, APIView):
    """One result, what it said before, and its taking back."""

    @extend_schema(**schema.READ_RESULT)
    def get(self, request: Request, name: str) -> Response:
        feed, key = feed_and_key(request, name)
        row = RESULT_TABLES[feed.kind].objects.visible_to(request.user).filter(feed=feed, key=key).first()
        past = SupersededResult.objects.visible_to(request.user).filter(feed=feed, key=key).order_by("-revision")
        revisions = [described_past(each) for each in past]
        if row is None and not revisions:
            raise Http404
        current = described(row, feed, request.user) if row else None
        return Response({"id": name, "current": current, "superseded": revisions})


class VoidView(ApiDoor, APIView):
    """A result taken back, with a reason; what it said is kept."""

    permission_classes = [IsAuthenticated, MayReport]

    @extend_schema(**schema.VOID_RESULT)
    def post(self, request: Request, name: str) -> HttpResponse:
        feed, key = feed_and_key(request, name)
        return take_out(request, feed, key)


def named_feed(request: Request) -> Feed:
    """The one visible feed that the parameters name."""
    feed, contract, level = (request.query_params.get(name) for name in OWN_PARAMETERS)
    if not feed and not level:
        raise Problem(400, "feed_needed", _("Say whose results: give feed=CODE, or service_level=SL-…"))
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
        raise Problem(404, "not_found", _("There is no such feed."))
    if len(feeds) > 1:
        raise Problem(400, "ambiguous_feed", _("Several contracts have this feed; add contract=CT-…"))
    return feeds[0]


def checked(text: str) -> str:
    """A parameter that a database can be asked for."""
    if len(text) > 200 or not text.isprintable():
        raise ValueError("no such thing")
    return text


def feed_and_key(request: Request, name: str) -> tuple[Feed, str]:
    """The visible feed and the key that a result's id names."""
    parts = parts_of(name)
    if parts is None:
        raise Http404
    contract, code, key = parts
    visible = Feed.objects.visible_to(request.user).select_related("contract__vendor")
    feed = visible.filter(contract__public_id=contract, code=code).first()
    if feed is None or len(key) > 200:
        raise Http404
    return feed, key


def described(row: Result, feed: Feed, principal: Any) -> dict[str, Any]:
    """A result as it stands; which receipt brought it is its vendor's business."""
    is_own = owns_receipts(principal, feed.contract)
    return {
        "id": result_id(feed, row.key),
        "contract": feed.contract.public_id,
        "feed": feed.code,
        "key": row.key,
        "revision": row.revision,
        **({"batch": row.batch.public_id} if is_own else {}),
        **as_text(feed.kind, [getattr(row, name) for name in CONTENT[feed.kind]]),
    }


def described_past(past: SupersededResult) -> dict[str, Any]:
    return {
        "revision": past.revision,
        "superseded_at": past.superseded_at.isoformat(),
        "reason": past.reason,
        **past.content,
    }
