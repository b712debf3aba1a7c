"""What a test key's request does apart from a live one's: the shadow instead of the record, and a clock that is set.

A write is taken in at the moment to which the clock is set, and then the night before that moment passes. A request
that only looks, and a dry run, leave nothing behind: what that night would have done is shown and undone.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from bpo.api_base import Problem
from bpo.database_errors import TRANSIENT_ERRORS, log_database_error
from bpo.sandbox import in_shadow, is_in_shadow
from bpo.strict_values import CellError, read_instant
from metrics.services.sandbox import judge_chunk, refresh_sandbox, run_last_night
from vendors.keys import KeyPrincipal

CLOCK = "HTTP_X_TEST_NOW"
FARTHEST = timedelta(days=5 * 366)
# What cannot be judged within it waits for the next request.
BUDGET = timedelta(seconds=20)


def is_trial(principal: object) -> bool:
    """Whether somebody tries things out."""
    return isinstance(principal, KeyPrincipal) and principal.is_test


def asked_at(request: Request) -> datetime:
    """The moment of a request: now, or where a test key sets the clock, what it says."""
    return getattr(request._request, "test_now", None) or timezone.now()


def begin(request: Request, stack: ExitStack) -> None:
    """Lead a test key's request into its vendor's shadow, until the stack is closed; nobody else sets the clock."""
    told, now = request.META.get(CLOCK), timezone.now()
    if not is_trial(request.user):
        if told is not None:
            raise Problem(400, "test_now_refused", _("Only a test key sets the clock: leave X-Test-Now out."))
        return
    moment = now if told is None else clock_of(told, now)
    vendor = request.user.vendor
    try:
        refresh_sandbox(vendor, now=now)
    except DatabaseError as error:
        hint = _("Its operator runs manage.py migrate.")
        raise Problem(
            503, "test_mode_unavailable", _("This desk has no test mode now."), hint=hint, headers={"Retry-After": "60"}
        ) from error
    stack.enter_context(in_shadow())
    request._request.test_now = moment
    if told is not None and only_looks(request):
        stack.enter_context(undone())
        run_last_night(vendor, now=moment)


def end(request: Request, response: HttpResponse) -> None:
    """Judge what a write has touched, let the night come where the clock is set, and say that it was a trial."""
    if hasattr(response, "render"):
        response.render()
    if is_in_shadow() and not only_looks(request):
        try:
            judge_written(request)
        except TRANSIENT_ERRORS as error:
            # What was written is kept, and waits for the next request.
            log_database_error(error)
    if response.content.startswith(b"{"):
        rest = response.content[1:]
        response.content = b'{"livemode":false' + (b"" if rest.startswith(b"}") else b",") + rest


def judge_written(request: Request) -> None:
    """Judge what a write has touched, after the night where the clock is set."""
    vendor, moment, began = request.user.vendor, asked_at(request), timezone.now()
    if CLOCK in request.META:
        run_last_night(vendor, now=moment)
    while judge_chunk(vendor, now=moment) and timezone.now() - began < BUDGET:
        pass


def only_looks(request: Request) -> bool:
    return request.method in SAFE_METHODS or request.query_params.get("dry_run") == "true"


def clock_of(told: str, now: datetime) -> datetime:
    """The moment that the header names, within five years of now."""
    try:
        moment = read_instant(told)
    except CellError as wrong:
        raise Problem(400, "bad_test_now", f"X-Test-Now: {wrong.detail}", hint=wrong.hint) from wrong
    if abs(moment - now) > FARTHEST:
        raise Problem(400, "bad_test_now", _("X-Test-Now lies within five years of now."))
    return moment


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
