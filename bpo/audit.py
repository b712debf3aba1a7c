"""The audit trail: one entry per change, written in the change's own transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models

from bpo.models import AuditEntry, Organisation, User

_channel: ContextVar[str] = ContextVar("channel", default=AuditEntry.Channel.COMMAND)
_request_id: ContextVar[str] = ContextVar("request_id", default="")


@contextmanager
def acting_through(channel: str, request_id: str = "") -> Iterator[None]:
    """Changes made inside are recorded with this channel and request."""
    tokens = _channel.set(channel), _request_id.set(request_id)
    try:
        yield
    finally:
        _channel.reset(tokens[0])
        _request_id.reset(tokens[1])


def current_channel() -> str:
    return _channel.get()


def current_request_id() -> str:
    return _request_id.get()


def record(
    *,
    actor: Any,
    action: str,
    thing: models.Model,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    client: Organisation | None = None,
    vendor: Organisation | None = None,
) -> AuditEntry:
    """Write who did what to `thing`; `actor` is a user, an API key's principal, or None for the desk itself."""
    return AuditEntry.objects.create(
        actor=actor if isinstance(actor, User) else None,
        actor_label=str(actor) if actor else "BPO desk",
        channel=current_channel(),
        action=action,
        thing_type=thing._meta.label_lower,
        thing_id=getattr(thing, "public_id", "") or str(thing.pk),
        thing_label=str(thing)[:200],
        changes={field: [_plain(before), _plain(after)] for field, (before, after) in (changes or {}).items()},
        request_id=current_request_id(),
        client_organisation=client,
        vendor_organisation=vendor,
    )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)
