"""One line in the log per request, with an id that the answer carries and changes are recorded under."""

import secrets
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from bpo.audit import acting_through
from bpo.models import AuditEntry

# Parts of addresses that grant something to whoever has them.
GRANTING = frozenset({"token", "key"})

log = structlog.get_logger("desk.request")


class RequestLogMiddleware:
    """Gives the request its id, binds it to the log, and says how it ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = f"req_{secrets.token_hex(8)}"
        channel = AuditEntry.Channel.API if request.path.startswith("/api/") else AuditEntry.Channel.PAGE
        if request.path.startswith("/admin/"):
            channel = AuditEntry.Channel.ADMIN
        started = time.monotonic()
        with (
            structlog.contextvars.bound_contextvars(request_id=request.request_id),
            acting_through(channel, request.request_id),
        ):
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request.request_id
            log.info(
                "request",
                method=request.method,
                path=shown_path(request)[:300],
                status=response.status_code,
                milliseconds=round(1000 * (time.monotonic() - started), 1),
                who=str(getattr(request, "principal", None) or getattr(request.user, "pk", None) or "-")
                if hasattr(request, "user")
                else "-",
            )
        return response


def shown_path(request: HttpRequest) -> str:
    """The path as a log may hold it: of an address that grants something, its form alone."""
    found = request.resolver_match
    return f"/{found.route}" if found is not None and GRANTING & found.kwargs.keys() else request.path
