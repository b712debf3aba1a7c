"""The progress of a demo load that runs beside the open desk, and what people may do meanwhile.

Two marks keep it honest: a file in the data folder holds the progress for pages, and the SQLite file's own
`user_version` says that its contents are incomplete, wherever the file is moved. On PostgreSQL the load is one
transaction, which needs no mark.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS

from bpo.api_base import Problem, problem_response
from bpo.rate_limits import API

PROGRESS_FILE = Path(settings.VAR_DIR) / "demo-load.json"
INCOMPLETE = 1
RETRY_AFTER_SECONDS = "30"


@dataclass(frozen=True, slots=True)
class DemoLoad:
    """How far the load of `process` is: the client that is loading now, and how many percent of it are there."""

    process: int
    client: str = ""
    number: int = 0
    clients: int = 0
    percent: int = 0
    has_people: bool = False

    @property
    def is_running(self) -> bool:
        """Whether its process is alive; a load that was killed leaves its last progress behind."""
        try:
            os.kill(self.process, 0)
        except OSError as error:
            return isinstance(error, PermissionError)
        return True


def read_demo_load() -> DemoLoad | None:
    """Return the progress of an unfinished load; None where nothing is loading, and always in production."""
    if settings.PRODUCTION:
        return None
    try:
        return DemoLoad(**json.loads(PROGRESS_FILE.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_demo_load(load: DemoLoad) -> None:
    """Replace the progress as a whole, so that no reader meets half a file."""
    new = PROGRESS_FILE.with_suffix(".new")
    new.write_text(json.dumps(asdict(load)), encoding="utf-8")
    new.replace(PROGRESS_FILE)


def forget_demo_load() -> None:
    PROGRESS_FILE.unlink(missing_ok=True)


def is_incomplete() -> bool:
    """Whether the database holds a part of a demo world whose load was stopped or still runs."""
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA user_version")
        return cursor.fetchone()[0] == INCOMPLETE


@contextmanager
def marked_incomplete() -> Iterator[None]:
    """Commit each step of a load by itself on SQLite, whose readers and writers wait for a long transaction.

    The mark stays where the load is stopped or fails. Only the end of the load waits for the disk: what a crash of the
    machine could take away before is deleted anyway. On PostgreSQL everything inside is one transaction.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA user_version = {INCOMPLETE}")
        if not connection.in_atomic_block:
            cursor.execute("PRAGMA synchronous = NORMAL")
    yield
    with connection.cursor() as cursor:
        if not connection.in_atomic_block:
            cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA user_version = 0")


def refuse_changes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse changes by people and programs while another process loads the demo world; signing in is possible."""
    if settings.PRODUCTION:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        load = None
        if request.method not in SAFE_METHODS and not request.path.startswith("/accounts/"):
            load = read_demo_load()
        if load is None or load.process == os.getpid():
            return get_response(request)
        if request.path.startswith(API):
            detail = _("The demo world is still loading; nothing can be sent until it is complete.")
            response: HttpResponse = problem_response(Problem(503, "busy", detail, headers={}), request)
        else:
            response = render(request, "demo_loading.html", status=503)
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return response

    return middleware
