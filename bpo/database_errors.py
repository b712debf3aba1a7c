"""Responses while the database is busy or away: 503 with a time to try again; nothing is stored by halves."""

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from bpo.stored_files import FilesUnavailable

# A lock time-out, a restart, no connection left: all of them pass.
TRANSIENT_ERRORS = (OperationalError, InterfaceError)
RETRY_AFTER_SECONDS = "5"
LOCK_NOT_AVAILABLE = "55P03"
NUL_IN_TEXT = "A string literal cannot contain NUL (0x00) characters."  # of psycopg2
NO_ANSWER = _("The database did not answer in time. Nothing was stored.")

log = structlog.get_logger("desk.database")


class DatabaseErrorMiddleware(MiddlewareMixin):
    """Answers 503 with a time to try again instead of 500; and 400 where PostgreSQL is asked for a text with NUL."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ValueError) and str(error) == NUL_IN_TEXT:
            # Whatever part of the request it came with, such as an address: nothing has such a name.
            return render(request, "400.html", status=400)
        return busy_response(error) if isinstance(error, (*TRANSIENT_ERRORS, FilesUnavailable)) else None


def busy_response(error: Exception) -> HttpResponse:
    """Return the page that says so."""
    log_database_error(error)
    response = render(None, "503.html", status=503)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def is_lock_error(error: BaseException) -> bool:
    """Whether somebody else held a lock for too long."""
    return getattr(error.__cause__, "pgcode", "") == LOCK_NOT_AVAILABLE or "database is locked" in str(error)


def log_database_error(error: Exception) -> None:
    log.error("database_busy", error=f"{type(error).__name__}: {error}"[:500])
