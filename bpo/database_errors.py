"""A database that is busy or away for a moment: whoever asked is told when to ask again, and nothing is half kept."""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# A lock that was waited for in vain, a restart, no connection left: all of it passes.
PASSING = (OperationalError, InterfaceError)
RETRY_AFTER_SECONDS = "5"

log = structlog.get_logger("desk.database")


class BusyMiddleware:
    """Answers 503 with a time to try again, where a page would have ended in a fault of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, PASSING):
            return None
        note_busy(error)
        response = render(None, "503.html", status=503)
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return response


def note_busy(error: Exception) -> None:
    """Tell the log, which is read by those who can mend a database that does not come back."""
    log.error("database_busy", error=f"{type(error).__name__}: {error}"[:500])
