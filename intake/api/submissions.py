"""`POST /api/v1/results`: where a vendor's results come in."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from bpo.api_base import Problem
from bpo.media_types import JSON, media_type_of
from bpo.request_bodies import read_upload
from bpo.row_errors import SubmissionError
from bpo.size_limits import BULK_BYTES, REASON_CHARACTERS
from bpo.strict_json import parse_json
from bpo.strict_values import CellError, text_reader
from contracts.models.service_levels import Feed
from intake.api.schema import ReasonSerializer
from intake.idempotency import Reply, answer_once, fingerprint, read_key
from intake.intake_days import note_refused
from intake.parsing import LIST, OBJECT
from intake.receipts import Receipt
from intake.receiving import receive
from intake.refusals import note_refusals
from metrics.api.access import reporting_vendor
from metrics.api.key_requests import record_with_results
from metrics.api.sandbox import is_read_only, is_test_key, request_time
from metrics.models.results import Batch
from vendors.keys import KeyPrincipal, note_error

RowsOf = Callable[[bytes, str], tuple[bytes, str]]
PARAMETERS = frozenset({"shape", "reason", "dry_run", "partial", "format"})
read_reason = text_reader(REASON_CHARACTERS, lines=False)


def take_in(request: Request) -> HttpResponse:
    """The answer to one request that brings results."""
    return _taken(request, _rows_as_sent)


def take_out(request: Request, feed: Feed, key: str) -> HttpResponse:
    """The answer to one request that takes a result back."""
    return _taken(request, partial(_one_void_row, feed, key))


def _taken(request: Request, rows_of: RowsOf) -> HttpResponse:
    now = request_time(request)
    principal = request.user
    try:
        reply = _answer(request, rows_of, now)
    except SubmissionError as error:
        note_refusals(error.refused_feeds, now=now)
        if isinstance(principal, KeyPrincipal) and not is_read_only(request):
            note_refused(principal.key, rows=error.more.get("rows", {}).get("received", 0), now=now)
            note_error(principal.key, error=f"{error.status} {error.code}: {error.detail}", now=timezone.now())
        raise Problem(error.status, error.code, error.detail, hint=error.hint, **error.more) from error
    headers = {"Idempotent-Replayed": "true"} if reply.is_replayed else {}
    return HttpResponse(reply.body, status=reply.status, headers=headers, content_type="application/json")


def _answer(request: Request, rows_of: RowsOf, now: datetime) -> Reply:
    """Check the request's form, and carry it out once."""
    options = _options(request)
    key = read_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
    media_type = media_type_of(request.META.get("CONTENT_TYPE") or "")
    body = read_upload(request, most=BULK_BYTES)
    body, media_type = rows_of(body, media_type)
    vendor = reporting_vendor(request.user)
    store = partial(
        _store,
        principal=request.user,
        vendor=vendor,
        body=body,
        media_type=media_type,
        now=now,
        request_id=request._request.request_id,
        seal=partial(_seal, request),
        **options,
    )
    if not key or options["dry_run"]:
        return store()
    request_sha256 = fingerprint(
        request.method.encode(),
        request.path.encode(),
        request.META.get("QUERY_STRING", "").encode(),
        media_type.encode(),
        body,
    )
    return answer_once(vendor=vendor, key=key, request_sha256=request_sha256, now=timezone.now(), answer=store)


def _rows_as_sent(body: bytes, media_type: str) -> tuple[bytes, str]:
    return body, media_type


def _one_void_row(feed: Feed, key: str, body: bytes, media_type: str) -> tuple[bytes, str]:
    """The row that says the same as `POST …/void {"reason": …}`."""
    told = parse_json(body) if media_type == JSON else None
    if not isinstance(told, dict) or set(told) != set(ReasonSerializer().fields):
        raise SubmissionError(400, "wrong_shape", _("A reason is needed, and nothing else: {“reason”: “…”}."))
    row = {"contract": feed.contract.public_id, "feed": feed.code, "void": True, "reason": told["reason"]}
    if feed.kind == Feed.Kind.COUNTS and feed.schedule != Feed.Schedule.EVENT:
        span, _bar, split = key.partition("|")
        row |= {"date" if feed.schedule == Feed.Schedule.DAILY else "period": span, "split": split}
    else:
        row["external_id"] = key
    return msgspec.json.encode(row), JSON


def _store(**what: object) -> Reply:
    receipt = receive(channel=Batch.Channel.API, **what)
    return Reply(_status_of(receipt), receipt.body)


def _status_of(receipt: Receipt) -> int:
    # 201 promises that everything is in: a client that looks at nothing else shall not miss rows left out.
    is_all_in = receipt.has_changed_something and not receipt.is_dry_run and not receipt.errors
    return 201 if is_all_in else 200


def _seal(request: Request, receipt: Receipt) -> None:
    """A live key's request is kept with what it brought; a trial's is, once it has been told what it caused."""
    if isinstance(request.user, KeyPrincipal) and not is_test_key(request.user):
        record_with_results(request._request, request.user.key, status=_status_of(receipt), answer=receipt.body)


def _options(request: Request) -> dict[str, object]:
    """What the address says besides the path; a parameter that nobody knows is an error."""
    parameters = request.query_params
    for name in parameters:
        if name not in PARAMETERS or len(parameters.getlist(name)) > 1:
            raise SubmissionError(
                400,
                "unknown_parameter",
                _("There is no parameter “%(name)s” here, or it is given twice.") % {"name": ascii(name[:100])[1:-1]},
                hint=_("Known: %(names)s.") % {"names": "dry_run, partial, reason, shape"},
            )
    shape = parameters.get("shape", "")
    flags = {name: parameters.get(name, "false") for name in ("dry_run", "partial")}
    if shape not in ("", OBJECT, LIST) or not set(flags.values()) <= {"true", "false"}:
        raise SubmissionError(
            400, "bad_parameter", _("shape is object or list; dry_run and partial are true or false.")
        )
    try:
        reason = read_reason(parameters.get("reason", ""))
    except CellError as wrong:
        raise SubmissionError(400, "bad_parameter", f"reason: {wrong.detail}") from wrong
    return {"shape": shape, "reason": reason, **{name: flag == "true" for name, flag in flags.items()}}
