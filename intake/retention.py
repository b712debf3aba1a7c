"""Deletes what is stored for a limited time: answers, recorded requests, uploaded files. Results and receipts stay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from intake.models.imports import Import
from vendors import idempotency, key_requests
from vendors.models import IdempotentReply, KeyRequest

# A file that nobody decided on says nothing any more; one that was decided on answers questions for a while.
UNDECIDED_KEPT = timedelta(days=14)
FILES_KEPT = timedelta(days=90)
EMPTY = {"content": b"", "sheet": None}
CHUNK = 500
MOST_CHUNKS = 40


@dataclass(frozen=True, slots=True)
class Tidied:
    """How much went."""

    replies: int
    requests: int
    undecided: int
    files: int


def tidy(*, now: datetime) -> Tidied:
    """Take away what is too old, in small transactions and no more than so many; running it twice changes nothing."""
    undecided = Import.objects.filter(state=Import.State.PREVIEW, uploaded_at__lt=now - UNDECIDED_KEPT)
    decided = Import.objects.exclude(content=b"").filter(decided_at__lt=now - FILES_KEPT)
    replies = IdempotentReply.objects.filter(created_at__lt=now - idempotency.KEPT)
    requests = KeyRequest.objects.filter(at__lt=now - key_requests.RETENTION)
    dropped = {"state": Import.State.DROPPED, "decided_at": now, **EMPTY}
    return Tidied(
        replies=_in_chunks(replies, lambda rows: rows.delete()[0]),
        requests=_in_chunks(requests, lambda rows: rows.delete()[0]),
        undecided=_in_chunks(undecided, lambda rows: rows.update(**dropped)),
        files=_in_chunks(decided, lambda rows: rows.update(**EMPTY)),
    )


def _in_chunks(rows: QuerySet, act: Callable[[QuerySet], int]) -> int:
    """Act on a few rows at a time, so that nobody waits for long."""
    done = 0
    for _ in range(MOST_CHUNKS):
        names = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        # Asked again in the same statement: what was decided on meanwhile is left alone.
        done += act(rows.filter(pk__in=names)) if names else 0
        if len(names) < CHUNK:
            break
    return done
