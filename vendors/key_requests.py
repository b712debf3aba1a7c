"""Requests made with API keys and their answers, stored for a month so that vendors can find their own errors."""

import re
import shlex
from datetime import timedelta

import structlog
from django.db import DatabaseError, transaction

from bpo.personal_data import redact_text
from bpo.sandbox import on_live_database
from vendors.models import KeyRequest

RETENTION = timedelta(days=30)
MOST_PER_KEY = 5_000
TRIMMED_EVERY = 100
EXCERPT_LENGTH = 4_000  # characters
# A key in a place where it does not belong, whole or cut off.
SECRET = re.compile(r"(bpo_[a-z]{4}_[0-9a-z]{8}_)[0-9a-z]+", re.IGNORECASE)

log = structlog.get_logger("desk.key_requests")


def try_to_store(request: KeyRequest) -> None:
    """Store a request. An error of the database is logged and changes nothing about the answer that was given."""
    try:
        with on_live_database(), transaction.atomic():
            store(request)
    except DatabaseError as error:
        log.warning("request_not_stored", error=type(error).__name__)


def store(request: KeyRequest) -> None:
    """Store a request in the caller's transaction; now and then delete a busy key's oldest ones."""
    request.save(force_insert=True)
    if request.pk % TRIMMED_EVERY:
        return
    requests = KeyRequest.objects.filter(api_key=request.api_key)
    last = requests.order_by("-pk").values_list("pk", flat=True)[MOST_PER_KEY : MOST_PER_KEY + 1].first()
    if last is not None:
        requests.filter(pk__lte=last).delete()


def excerpt(text: bytes | str, length: int = EXCERPT_LENGTH) -> str:
    """Return the beginning of a body or header as text without any key's secret and without personal data."""
    start = text[: length + 200]
    readable = start.decode("utf-8", "replace") if isinstance(start, bytes) else start
    return redact_text(SECRET.sub(r"\1…", readable.replace("\x00", "�")))[:length]


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
