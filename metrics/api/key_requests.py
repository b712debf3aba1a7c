"""The request log that a vendor sees: every write of its keys, and every read that failed."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS

from bpo.personal_data import redact_path
from vendors.key_requests import excerpt, store, try_to_store
from vendors.models import ApiKey, KeyRequest

TOO_MANY = 429


def record_request(request: HttpRequest, response: HttpResponse, key: ApiKey) -> None:
    """Log a request and its answer once the answer is rendered, unless its own transaction has logged it."""
    if getattr(request, "is_logged", False):
        return
    if (request.method in SAFE_METHODS and response.status_code < 400) or response.status_code == TOO_MANY:
        # Logging reads would make each of them a write, and logging a flood would make it worse.
        return
    if hasattr(response, "add_post_render_callback"):
        response.add_post_render_callback(
            lambda done: try_to_store(_log_entry(request, key, done.status_code, done.content))
        )
    else:
        try_to_store(_log_entry(request, key, response.status_code, response.content))


def record_with_results(request: HttpRequest, key: ApiKey, *, status: int, answer: bytes) -> None:
    """Log a request in the transaction that stores its results, so that both exist or neither does."""
    store(_log_entry(request, key, status, answer))
    request.is_logged = True


def _log_entry(request: HttpRequest, key: ApiKey, status: int, answer: bytes) -> KeyRequest:
    sent: bytes = getattr(request, "sent_body", b"")
    return KeyRequest(
        api_key=key,
        at=timezone.now(),
        request_id=request.request_id,
        method=request.method,
        path=_printable(redact_path(request.get_full_path()), 1000),
        status=status,
        media_type=_printable(request.META.get("CONTENT_TYPE", ""), 100),
        idempotency_key=_printable(request.META.get("HTTP_IDEMPOTENCY_KEY", ""), 255),
        body=excerpt(sent),
        body_bytes=len(sent),
        answer=excerpt(answer),
        answer_bytes=len(answer),
    )


def _printable(text: object, most: int) -> str:
    """Return a header without secrets and unprintable characters, at most so long."""
    return "".join(character if character.isprintable() else "�" for character in excerpt(str(text), most))
