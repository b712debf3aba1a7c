"""Requests made with API keys and their answers, kept for a month so that vendors can find their own errors."""

import re
import shlex
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction

from bpo.sandbox import on_live_database
from vendors.models import ApiKey, KeyRequest

KEPT = timedelta(days=30)
KEPT_OF_A_KEY = 5_000
TRIMMED_EVERY = 100
SHOWN = 4_000
# A key in a place where it does not belong, whole or cut off.
SECRET = re.compile(r"(bpo_[a-z]{4}_[0-9a-z]{8}_)[0-9a-z]+", re.IGNORECASE)

log = structlog.get_logger("desk.journal")


def keep(request: KeyRequest) -> None:
    """Store a request. An error of the database is logged and changes nothing about the answer that was given."""
    try:
        with on_live_database(), transaction.atomic():
            write(request)
    except DatabaseError as error:
        log.warning("request_not_kept", error=type(error).__name__)


def write(request: KeyRequest) -> None:
    """Store a request in the caller's transaction."""
    request.save(force_insert=True)
    if request.pk % TRIMMED_EVERY == 0:
        trim(request.api_key)


def trim(key: ApiKey) -> None:
    """Leave a busy key its latest requests."""
    mine = KeyRequest.objects.filter(api_key=key)
    last = mine.order_by("-pk").values_list("pk", flat=True)[KEPT_OF_A_KEY : KEPT_OF_A_KEY + 1].first()
    if last is not None:
        mine.filter(pk__lte=last).delete()


def requests_of(key: ApiKey, principal: object, *, now: datetime) -> list[KeyRequest]:
    """The key's latest hundred requests within the month."""
    mine = KeyRequest.objects.visible_to(principal).filter(api_key=key, at__gte=now - KEPT)
    return list(mine.order_by("-at", "-pk")[:100])


def beginning(text: bytes) -> str:
    """The first part of a body, readable and without any key's secret."""
    readable = text[: SHOWN + 200].decode("utf-8", "replace").replace("\x00", "�")
    return without_secrets(readable)[:SHOWN]


def without_secrets(text: str) -> str:
    return SECRET.sub(r"\1…", text)


def as_curl(request: KeyRequest, *, base_url: str) -> str:
    """The request as a line for a shell, with the key in a variable."""
    words = [f"curl -X {request.method}", shlex.quote(base_url + request.path), '-H "Authorization: Bearer $DESK_KEY"']
    if request.media_type:
        words.append(f"-H {shlex.quote('Content-Type: ' + request.media_type)}")
    if request.idempotency_key:
        words.append(f"-H {shlex.quote('Idempotency-Key: ' + request.idempotency_key)}")
    if request.body_bytes:
        is_whole = request.body_bytes == len(request.body.encode())
        words.append(f"--data-binary {shlex.quote(request.body) if is_whole else '@FILE'}")
    return " \\\n  ".join(words)
