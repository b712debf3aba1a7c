"""One line in the log per request, with an id that the response carries and changes are recorded with."""

import time
from collections.abc import Callable
from functools import partial

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from bpo.audit import acting
from bpo.client_addresses import client_address
from bpo.models import AuditEntry
from bpo.tracing import HEADER, request_id_from

# Parts of addresses that grant something to whoever has them.
GRANTING = frozenset({"token", "key"})

log = structlog.get_logger("desk.request")


def log_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request its id, bind it to the log, and log how the request ended."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = request_id_from(request.headers.get(HEADER, ""))
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request.request_id):
            response = get_response(request)
            response.headers[HEADER] = request.request_id
            user = getattr(request, "user", None)
            log.info(
                "request",
                method=request.method,
                path=(f"/{request.resolver_match.route}" if is_granting(request) else request.path)[:300],
                status=response.status_code,
                milliseconds=round(1000 * (time.monotonic() - started), 1),
                who=str(getattr(request, "principal", None) or getattr(user, "pk", None) or "-"),
                address=client_address(request),
                # A Host that is not the desk's is one of the reasons for it.
                **({"host": request.META.get("HTTP_HOST", "")[:100]} if response.status_code == 400 else {}),
            )
        return response

    return middleware


class ActingUserMiddleware(MiddlewareMixin):
    """Gives the signed-in person the request's channel and id, with which their changes are recorded."""

    CHANNELS = (("/api/", AuditEntry.Channel.API), ("/admin/", AuditEntry.Channel.ADMIN))

    def process_request(self, request: HttpRequest) -> None:
        matches = (channel for path, channel in self.CHANNELS if request.path.startswith(path))
        channel = next(matches, AuditEntry.Channel.PAGE)
        request.user = SimpleLazyObject(partial(acting, request.user, channel, request.request_id))


def is_granting(request: HttpRequest) -> bool:
    """Return whether the address grants something to whoever has it, as links in mails do."""
    return request.resolver_match is not None and bool(GRANTING & request.resolver_match.kwargs.keys())
