"""A mail made ready to be sent: one row, however often it is asked for."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.template.loader import render_to_string

from bpo.mail import desk_host
from bpo.models import User
from reports.models import Message


def queue_once(
    recipient: User,
    *,
    kind: Message.Kind,
    cause: str,
    name: str,
    context: Mapping[str, Any],
    facts: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Queue one person's mail of that cause; False where it is there already.

    `context` holds the subject and what the templates below email/{kind} say; `name` begins the mail's Message-ID.
    """
    known_by = hashlib.sha256(f"{recipient.pk} {cause}".encode()).hexdigest()[:24]
    _message, is_new = Message.objects.get_or_create(
        recipient=recipient,
        kind=kind,
        cause=cause,
        defaults={
            "subject": context["subject"][:200],
            # Called only where the row is made: what was queued before is not rendered again.
            "text": partial(render_to_string, f"email/{kind}/body.txt", context),
            "html": partial(render_to_string, f"email/{kind}/body.html", context),
            "facts": facts,
            "message_id": f"<{name}.{known_by}@{desk_host()}>",
            "queued_at": now,
            "next_try_at": now,
        },
    )
    return is_new
