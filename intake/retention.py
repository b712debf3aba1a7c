"""Deletes what is stored for a limited time: answers, recorded requests, uploaded files. Results and receipts stay."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from bpo.stored_files import delete_files
from intake.models.imports import Import
from intake.models.large_imports import ImportPart, LargeImport
from vendors import idempotency, key_requests
from vendors.models import IdempotentReply, KeyRequest

# A file that nobody decided on says nothing any more; one that was decided on answers questions for a while.
UNDECIDED_KEPT = timedelta(days=14)
FILES_KEPT = timedelta(days=90)
EMPTY = {"file": "", "content": b"", "sheet": None}
KEPT = ~Q(file="") | ~Q(content=b"")
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
    decided = Import.objects.filter(KEPT, decided_at__lt=now - FILES_KEPT)
    replies = IdempotentReply.objects.filter(created_at__lt=now - idempotency.KEPT)
    requests = KeyRequest.objects.filter(at__lt=now - key_requests.RETENTION)
    dropped = {"state": Import.State.DROPPED, "decided_at": now}
    return Tidied(
        replies=_in_chunks(replies, lambda rows: rows.delete()[0]),
        requests=_in_chunks(requests, lambda rows: rows.delete()[0]),
        undecided=_in_chunks(undecided, lambda rows: empty_files(rows, **dropped)),
        files=_in_chunks(decided, empty_files),
    )


@transaction.atomic
def empty_files(rows: QuerySet[Import], **changes: object) -> int:
    """Forget the files of some rows, whose receipts stay, and return how many; the files go once that is committed."""
    held = dict(rows.select_for_update().values_list("pk", "file"))
    transaction.on_commit(lambda: delete_files(filter(None, held.values())))
    ImportPart.objects.filter(large__imported__in=held).delete()
    LargeImport.objects.filter(imported__in=held).update(step=LargeImport.Step.DONE, survey=None, claim="")
    return Import.objects.filter(pk__in=held).update(**EMPTY, **changes)


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
