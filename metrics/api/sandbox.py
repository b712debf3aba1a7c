"""Requests with a test key: they run in their vendor's sandbox, at a time that the header X-Test-Now may set.

A write is stored at that time, and then the night before it runs. A request that only reads, and a dry run, leave
nothing behind: they see what that night would do, and it is rolled back.
"""

from contextlib import ExitStack
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from bpo.api_base import Problem, request_time
from bpo.database_errors import TRANSIENT_ERRORS, log_database_error
from bpo.sandbox import in_sandbox, is_in_sandbox
from bpo.strict_values import CellError, read_instant
from metrics.services.sandbox import judge_chunk, refresh_sandbox, run_last_night

CLOCK = "HTTP_X_TEST_NOW"
FARTHEST = timedelta(days=5 * 366)
# Work that is not done within it waits for the next request.
BUDGET = timedelta(seconds=20)


def enter(request: Request, stack: ExitStack) -> None:
    """Run a test key's request in its vendor's sandbox until the stack is closed; refuse X-Test-Now of others."""
    header, now = request.META.get(CLOCK), timezone.now()
    if not getattr(request.user, "is_test", False):
        if header is not None:
            raise Problem(400, "test_now_refused", _("X-Test-Now works only with a test key. Remove the header."))
        return
    moment = now if header is None else read_test_now(header, now)
    vendor = request.user.key.vendor
    try:
        refresh_sandbox(vendor, now=now)
    except DatabaseError as error:
        detail, hint = _("Test keys do not work at the moment."), _("Ask the operator to run manage.py migrate.")
        raise Problem(503, "test_mode_unavailable", detail, hint=hint, headers={"Retry-After": "60"}) from error
    stack.enter_context(in_sandbox())
    request._request.test_now = moment
    if header is not None and is_read_only(request):
        # Whatever is written from here on is rolled back: any endpoint may read what a night would have written.
        stack.enter_context(transaction.atomic())
        stack.callback(transaction.set_rollback, True)
        run_last_night(vendor, now=moment)


def finish(request: Request, response: HttpResponse) -> None:
    """Judge what a write has changed, after the night before X-Test-Now, and mark the answer with `livemode: false`."""
    if hasattr(response, "render"):
        response.render()
    if is_in_sandbox() and not is_read_only(request):
        vendor, moment, began = request.user.key.vendor, request_time(request), timezone.now()
        try:
            if CLOCK in request.META:
                run_last_night(vendor, now=moment)
            while judge_chunk(vendor, now=moment) and timezone.now() - began < BUDGET:
                pass
        except TRANSIENT_ERRORS as error:
            # The rows are stored; they are judged with the next request.
            log_database_error(error)
    if response.content.startswith(b"{"):
        rest = response.content[1:]
        response.content = b'{"livemode":false' + (b"" if rest.startswith(b"}") else b",") + rest


def is_read_only(request: Request) -> bool:
    """Whether a request stores nothing: a read or a dry run."""
    return request.method in SAFE_METHODS or request.query_params.get("dry_run") == "true"


def read_test_now(header: str, now: datetime) -> datetime:
    """Return the time in the header. Raises Problem unless it is within five years of now."""
    try:
        moment = read_instant(header)
    except CellError as error:
        raise Problem(400, "bad_test_now", f"X-Test-Now: {error.detail}", hint=error.hint) from error
    if abs(moment - now) > FARTHEST:
        raise Problem(400, "bad_test_now", _("X-Test-Now must be within five years of now."))
    return moment
