"""Which requests are kept for the vendor: everything that a key sends, and every read that went wrong."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from vendors.key_requests import beginning, keep, without_secrets, write
from vendors.models import ApiKey, KeyRequest

READS = frozenset({"GET", "HEAD", "OPTIONS"})
TOO_MANY = 429


def record_request(request: HttpRequest, response: HttpResponse, key: ApiKey) -> None:
    """Keep what was asked and answered, once the answer is made."""
    if getattr(request, "is_kept", False):
        return
    if (request.method in READS and response.status_code < 400) or response.status_code == TOO_MANY:
        # A trace of every read would be a write; a trace of what comes too fast would help it to do harm.
        return
    if hasattr(response, "add_post_render_callback"):
        response.add_post_render_callback(lambda rendered: _keep(request, rendered, key))
    else:
        _keep(request, response, key)


def record_with_results(request: HttpRequest, key: ApiKey, *, status: int, answer: bytes) -> None:
    """Keep a request that brought results in the transaction that stores them: both are there, or neither."""
    write(_traced(request, key, status, answer))
    request.is_kept = True


def _keep(request: HttpRequest, response: HttpResponse, key: ApiKey) -> None:
    keep(_traced(request, key, response.status_code, response.content))


def _traced(request: HttpRequest, key: ApiKey, status: int, answer: bytes) -> KeyRequest:
    sent: bytes = getattr(request, "sent_body", b"")
    return KeyRequest(
        api_key=key,
        at=timezone.now(),
        request_id=request.request_id,
        method=request.method,
        path=_line(request.get_full_path(), 1000),
        status=status,
        media_type=_line(request.META.get("CONTENT_TYPE", ""), 100),
        idempotency_key=_line(request.META.get("HTTP_IDEMPOTENCY_KEY", ""), 255),
        body=beginning(sent),
        body_bytes=len(sent),
        answer=beginning(answer),
        answer_bytes=len(answer),
    )


def _line(text: Any, most: int) -> str:
    """A header as it may be kept and shown."""
    told = without_secrets(str(text)[: most + 200])
    return "".join(each if each.isprintable() else "�" for each in told)[:most]
