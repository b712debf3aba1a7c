"""`/api/v1/results`: a feed's results, sent by its vendor, and one result with its earlier revisions."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

import msgspec
from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import StrictFilterBackend, request_time
from bpo.cursors import CursorPagination
from bpo.media_types import JSON, check_file_type, media_type_of
from bpo.query_parameters import is_on
from bpo.request_bodies import Values, read_upload
from bpo.row_errors import SubmissionError
from bpo.sandbox import is_in_sandbox
from bpo.size_limits import BULK_BYTES, REASON_CHARACTERS
from bpo.strict_json import parse_json
from bpo.strict_values import CellError, text_reader
from contracts.models.service_levels import Feed
from intake.api import schema
from intake.api.named_feeds import NAMING, feed_and_key, named_feed
from intake.api.readings import reading_named
from intake.files.keeping import keep_reading
from intake.files.sending import receive_file
from intake.filters import FILTERS_OF_KIND
from intake.intake_days import note_refused
from intake.kinds import CONTENT
from intake.parsing import LIST, OBJECT
from intake.receipts import Receipt
from intake.receiving import receive
from intake.refusals import note_refusals
from intake.tables import as_text, row_naming
from intake.unlikely import CODES
from metrics.api.access import ApiMixin, CanSendResults, reporting_vendor
from metrics.api.idempotency import carry_out
from metrics.api.key_requests import record_with_results
from metrics.api.sandbox import is_read_only
from metrics.identities import result_id
from metrics.models.results import NIL, RESULT_TABLES, Batch, Result, SupersededResult, kind_of_key
from metrics.querysets import owns_receipts
from sla.periods import DAY
from vendors.keys import KeyMayRead, KeyPrincipal, note_error

RowsOf = Callable[[bytes, str], tuple[bytes, str]]
PARAMETERS = frozenset({"shape", "reason", "dry_run", "partial", "confirm", "format"})
read_reason = text_reader(REASON_CHARACTERS, lines=False)


class ResultPages(CursorPagination):
    """A feed's results; with a cursor, in the order of their keys."""

    cursor_columns = ("key",)


class ResultsView(ApiMixin, APIView):
    """A feed's results: its vendor sends them, both parties read them."""

    own_parameters = (*NAMING, "nothing", "cursor")

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated(), CanSendResults() if self.request.method == "POST" else KeyMayRead()]

    @schema.SEND_RESULTS
    def post(self, request: Request) -> HttpResponse:
        if "reading" in request.query_params:
            return take_in(request, None)
        return take_in(request, lambda body, media_type: (body, media_type))

    @schema.LIST_RESULTS
    def get(self, request: Request) -> Response:
        feed = named_feed(request)
        kind = NIL if is_on(request, "nothing") else feed.kind
        self.filterset_class = FILTERS_OF_KIND[kind]
        rows = RESULT_TABLES[kind].objects.visible_to(request.user).filter(feed=feed).select_related("batch")
        rows = StrictFilterBackend().filter_queryset(request, rows, self)
        pages = ResultPages()
        page = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response([result_json(row, feed, request.user) for row in page])


class ResultView(ApiMixin, APIView):
    """One result with its earlier revisions."""

    @schema.READ_RESULT
    def get(self, request: Request, name: str) -> Response:
        feed, key = feed_and_key(request, name)
        row = RESULT_TABLES[kind_of_key(feed, key)].objects.visible_to(request.user).filter(feed=feed, key=key).first()
        past = SupersededResult.objects.visible_to(request.user).filter(feed=feed, key=key).order_by("-revision")
        revisions = [revision_json(revision) for revision in past]
        if row is None and not revisions:
            raise Http404
        current = result_json(row, feed, request.user) if row else None
        return Response({"id": name, "current": current, "superseded": revisions})


class VoidView(ApiMixin, APIView):
    """Void a result, with a reason; its content stays as a revision."""

    permission_classes = [IsAuthenticated, CanSendResults]

    @schema.VOID_RESULT
    def post(self, request: Request, name: str) -> HttpResponse:
        feed, key = feed_and_key(request, name)
        return take_in(request, partial(_void_row, feed, key))


def take_in(request: Request, rows_of: RowsOf | None) -> HttpResponse:
    """Answer one request that brings results; `rows_of` makes its rows of its body, and without it a reading does."""
    now = request_time(request)
    principal = request.user
    try:
        content_type = request.META.get("CONTENT_TYPE") or ""
        if rows_of is None:
            options = _options(request, PARAMETERS - {"shape"} | {"reading", "feed", "contract"})
            check_file_type(content_type)
            store = partial(_store_file, request, read_upload(request, most=BULK_BYTES), options, now)
        else:
            options = _options(request, PARAMETERS)
            media_type = media_type_of(content_type)
            body, media_type = rows_of(read_upload(request, most=BULK_BYTES), media_type)
            store = partial(_store, request, body, media_type, options, now)
        # Most results come without a key, and go straight on.
        return carry_out(request, store) if "HTTP_IDEMPOTENCY_KEY" in request.META else store()
    except SubmissionError as error:
        note_refusals(error.refused_feeds, now=now)
        if isinstance(principal, KeyPrincipal) and not is_read_only(request):
            note_refused(principal.key, rows=error.more.get("rows", {}).get("received", 0), now=now)
            note_error(principal.key, error=f"{error.status} {error.code}: {error.detail}", now=timezone.now())
        raise


def _store(request: Request, body: bytes, media_type: str, options: Values, now: datetime) -> HttpResponse:
    receipt = receive(
        principal=request.user,
        vendor=reporting_vendor(request.user),
        body=body,
        media_type=media_type,
        channel=Batch.Channel.API,
        now=now,
        request_id=request._request.request_id,
        seal=partial(_seal, request),
        **options,
    )
    return HttpResponse(receipt.body, status=_status_of(receipt), content_type=JSON)


def _store_file(request: Request, body: bytes, options: Values, now: datetime) -> HttpResponse:
    """Store the rows of a file as the reading that is named reads it."""
    # The request log shows no file: nobody knows which of its columns tell who somebody is.
    request._request.sent_body = b"(a file of %d bytes)" % len(body)  # type: ignore[attr-defined]
    named = named_feed(request) if request.query_params.keys() & {"feed", "contract"} else None
    reading, vendor = reading_named(request, request.query_params["reading"], named), reporting_vendor(request.user)
    options.pop("shape")  # it is that of JSON
    with transaction.atomic():
        receipt = receive_file(
            principal=request.user,
            vendor=vendor,
            feed=reading.feed,
            name=reading.name,
            reading=reading.reading,
            body=body,
            now=now,
            request_id=request._request.request_id,  # type: ignore[attr-defined]
            seal=partial(_seal, request),
            **options,
        )
        if reading.is_new and not receipt.is_dry_run and not is_in_sandbox():
            keep_reading(
                vendor=vendor, feed=reading.feed, name=reading.name, content=reading.reading.to_keep(),
                principal=request.user, now=now,
            )  # fmt: skip
    return HttpResponse(receipt.body, status=_status_of(receipt), content_type=JSON)


def _void_row(feed: Feed, key: str, body: bytes, media_type: str) -> tuple[bytes, str]:
    """Return the row that voids a result for the reason in the body."""
    value = parse_json(body) if media_type == JSON else None
    if not isinstance(value, dict) or set(value) != set(schema.ReasonSerializer().fields):
        raise SubmissionError(400, "wrong_shape", _("A reason is needed, and nothing else: {“reason”: “…”}."))
    return msgspec.json.encode(row_naming(feed, key) | {"void": True, "reason": value["reason"]}), JSON


def _status_of(receipt: Receipt) -> int:
    # 201 promises that all rows are stored: a client that reads nothing else must not miss rows left out.
    is_complete = receipt.has_changed_something and not receipt.is_dry_run and not receipt.errors
    return 201 if is_complete else 200


def _seal(request: Request, receipt: Receipt) -> None:
    """Record a live key's request with its results; that of a test key is recorded with its answer."""
    if isinstance(request.user, KeyPrincipal) and not request.user.is_test:
        record_with_results(request._request, request.user.key, status=_status_of(receipt), answer=receipt.body)


def _options(request: Request, names: frozenset[str]) -> Values:
    """Return the query parameters. Raises SubmissionError for an unknown or repeated one."""
    parameters = request.query_params
    for name in parameters:
        if name not in names or len(parameters.getlist(name)) > 1:
            raise SubmissionError(
                400,
                "unknown_parameter",
                _("There is no parameter “%(name)s” here, or it is given twice.") % {"name": ascii(name[:100])[1:-1]},
                hint=_("Known: %(names)s.") % {"names": ", ".join(sorted(names - {"format"}))},
            )
    shape = parameters.get("shape", "")
    flags = {name: parameters.get(name, "false") for name in ("dry_run", "partial")}
    if shape not in ("", OBJECT, LIST) or not set(flags.values()) <= {"true", "false"}:
        raise SubmissionError(
            400, "bad_parameter", _("shape is object or list; dry_run and partial are true or false.")
        )
    confirmed = frozenset(filter(None, parameters.get("confirm", "").split(",")))
    if not confirmed <= CODES.keys():
        known = ", ".join(sorted(CODES))
        raise SubmissionError(400, "bad_parameter", _("confirm has codes of warnings: %(codes)s.") % {"codes": known})
    try:
        reason = read_reason(parameters.get("reason", ""))
    except CellError as error:
        raise SubmissionError(400, "bad_parameter", f"reason: {error.detail}") from error
    return {
        "shape": shape,
        "reason": reason,
        "confirmed": confirmed,
        **{name: flag == "true" for name, flag in flags.items()},
    }


def result_json(row: Result, feed: Feed, principal: object) -> dict[str, object]:
    """Return a result as JSON; only its vendor sees the receipt that brought it."""
    is_own = owns_receipts(principal, feed.contract)
    return {
        "id": result_id(feed, row.key),
        "contract": feed.contract.public_id,
        "feed": feed.code,
        "key": row.key,
        "revision": row.revision,
        **({"batch": row.batch.public_id} if is_own else {}),
        **content_json(row, kind_of_key(feed, row.key)),
    }


def content_json(row: Result, kind: str) -> dict[str, object]:
    """Return what a row says, under the names by which it is sent where it is a nil report."""
    content = as_text({name: getattr(row, name) for name in CONTENT[kind]})
    if kind != NIL:
        return content
    last = date.fromisoformat(content.pop("ends_on")) - DAY
    return {"nothing": True, "from": content.pop("starts_on"), "to": last.isoformat(), **content}


def revision_json(past: SupersededResult) -> dict[str, object]:
    return {
        "revision": past.revision,
        "superseded_at": past.superseded_at.isoformat(),
        "reason": past.reason,
        **past.content,
    }
