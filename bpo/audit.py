"""The audit trail: one entry per change, written in the change's own transaction."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from bpo.models import AuditEntry, Organisation, User
from bpo.tracing import current_request_id

JSON_TYPES = (type(None), bool, int, str, list, dict)


@dataclass(frozen=True, slots=True)
class Source:
    """The channel through which somebody acts, and the id of the request; by default a command or a task."""

    channel: str = AuditEntry.Channel.COMMAND
    request_id: str = ""


class Desk:
    """The desk itself as an actor, where no person or key acts."""

    def __str__(self) -> str:
        return "BPO desk"


def acting(actor: object, channel: str, request_id: str = "") -> Any:
    """Return a copy of the actor whose changes are recorded with this channel and request; None is the desk itself."""
    acting_as: Any = Desk() if actor is None else copy.copy(actor)
    acting_as.source = Source(channel, request_id)
    return acting_as


def acting_on_page(person: User) -> User:
    """Return the person as who acts on a page under the present request, also before they are signed in."""
    actor: User = acting(person, AuditEntry.Channel.PAGE, current_request_id())
    return actor


def source_of(actor: object) -> Source:
    return getattr(actor, "source", Source())


def record(
    *,
    actor: object,
    action: str,
    thing: models.Model,
    changes: Mapping[str, tuple[object, object]] | None = None,
    client: Organisation | None = None,
    vendor: Organisation | None = None,
) -> AuditEntry:
    """Write who did what to `thing`. `actor` is a user, an API key's principal, or None for the desk itself."""
    row = entry(actor=actor, action=action, thing=thing, changes=changes, client=client, vendor=vendor)
    row.save()
    return row


def entry(
    *,
    actor: object,
    action: str,
    thing: models.Model,
    changes: Mapping[str, tuple[object, object]] | None = None,
    client: Organisation | None = None,
    vendor: Organisation | None = None,
) -> AuditEntry:
    """Return what `record` writes, not yet saved."""
    source = source_of(actor)
    return AuditEntry(
        actor=actor if isinstance(actor, User) else None,
        actor_label=str(actor or Desk()),
        channel=source.channel,
        action=action,
        thing_type=thing._meta.label_lower,
        thing_id=getattr(thing, "public_id", "") or str(thing.pk),
        thing_label=str(thing)[:200],
        changes={
            field: [value if isinstance(value, JSON_TYPES) else str(value) for value in pair]
            for field, pair in (changes or {}).items()
        },
        request_id=source.request_id,
        client_organisation=client,
        vendor_organisation=vendor,
    )
