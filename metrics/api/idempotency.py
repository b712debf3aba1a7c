"""Writes under an Idempotency-Key: every view that changes something answers through here."""

from collections.abc import Callable
from typing import TypeVar, cast

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.media_types import JSON
from bpo.models import User
from bpo.query_parameters import is_on
from metrics.api.sandbox import is_read_only
from vendors.idempotency import Reply, answer_once, fingerprint, read_key
from vendors.keys import KeyPrincipal

Done = TypeVar("Done")


def carry_out(request: Request, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the answer of `act`; where the request has an Idempotency-Key it acts once, and then repeats that answer.

    What the request names is looked up before, so that whoever may not see it any more is not answered again; what may
    have changed by the request itself is checked in `act`. A dry run uses up no key.
    """
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    key = read_key(header) if header is not None else ""
    if not key or is_read_only(request):
        return act()
    http, caller = request._request, cast("User | KeyPrincipal", request.user)
    media_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    sent: bytes = getattr(http, "sent_body", b"")
    parts = (f"{http.method}", http.path, request.META.get("QUERY_STRING", ""), media_type)
    request_sha256 = fingerprint(*(part.encode() for part in parts), sent)
    reply = answer_once(
        caller=caller, key=key, request_sha256=request_sha256, now=timezone.now(), answer=lambda: _reply(act())
    )
    headers = {"Idempotent-Replayed": "true"} if reply.is_replayed else {}
    return HttpResponse(reply.body, status=reply.status, headers=headers, content_type=JSON)


def act_or_try(request: Request, act: Callable[[], Done]) -> Done:
    """Act in one transaction and return what `act` does; with `dry_run=true` all of it is taken back."""
    is_dry_run = is_on(request, "dry_run")
    with transaction.atomic():
        done = act()
        transaction.set_rollback(is_dry_run)
    return done


def _reply(response: HttpResponse) -> Reply:
    body = JSONRenderer().render(response.data) if isinstance(response, Response) else response.content
    return Reply(response.status_code, body)
