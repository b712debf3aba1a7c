"""Who works on a large file: one worker at a time, which another one follows when it was killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Q

from bpo.celery import send_or_leave
from intake.models.large_imports import WORKING, LargeImport

TASK = "intake.tasks.work_on_large_files"
LEASE = timedelta(seconds=40)
MOST_STARTS = 3
PROGRESS = ("step", "lines", "lines_read", "rows_read", "summary", "claimed_at", "attempts")


class ClaimLost(Exception):
    """Somebody has cancelled the work, or another worker has taken it over."""


def claim_next(*, now: datetime) -> LargeImport | None:
    """Claim the large file that has waited longest; none while another one is being worked on.

    One at a time keeps the other processes of the workers free for what people wait for.
    """
    working = LargeImport.objects.filter(step__in=WORKING)
    ended = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - LEASE)
    if working.exclude(ended).exists():
        return None
    for exhausted in working.filter(ended, attempts__gte=MOST_STARTS):
        stop(exhausted, code="import_stopped", detail=f"started {MOST_STARTS} times and never finished")
    with transaction.atomic():
        free = working.filter(ended).select_for_update(skip_locked=True, of=("self",)).order_by("worked_at", "pk")
        free = free.select_related("imported__vendor__organisation", "imported__feed__contract")
        large: LargeImport | None = free.first()
        if large is None:
            return None
        large.claim, large.claimed_at, large.worked_at = str(uuid4()), now, now
        large.attempts += 1
        large.save(update_fields=["claim", "claimed_at", "worked_at", "attempts"])
    return large


@contextmanager
def held(large: LargeImport, *more: str, now: datetime, is_progress: bool = True) -> Iterator[None]:
    """Change what belongs to a claimed large file in one transaction, which renews the claim. Raises ClaimLost.

    The block sets columns of the row, of which those of its progress, and `more`, are saved. Without progress the
    start counts among those after which the work is given up.
    """
    with transaction.atomic():
        row = LargeImport.objects.select_for_update().only("claim").get(pk=large.pk)
        if row.claim != large.claim:
            raise ClaimLost
        yield
        large.claimed_at, large.attempts = now, 0 if is_progress else large.attempts
        large.save(update_fields=[*PROGRESS, *more])


def renew(large: LargeImport, *, now: datetime, **columns: object) -> None:
    """Keep a claim, and say how far the work is. Raises ClaimLost."""
    mine = LargeImport.objects.filter(pk=large.pk, claim=large.claim)
    if not mine.update(claimed_at=now, **columns):
        raise ClaimLost


def release(large: LargeImport) -> None:
    """Give a large file back, so that its next step or another file can be taken."""
    LargeImport.objects.filter(pk=large.pk, claim=large.claim).update(claim="", claimed_at=None)


def release_unharmed(large: LargeImport) -> None:
    """Give a large file back; the start does not count."""
    mine = LargeImport.objects.filter(pk=large.pk, claim=large.claim)
    mine.update(claim="", claimed_at=None, attempts=F("attempts") - 1)


def stop(large: LargeImport, *, code: str, detail: str, hint: str = "") -> None:
    """Leave a large file until a person has decided; where it stopped is remembered."""
    summary = large.summary | {"stopped_at": large.step}
    problem = {"code": code, "detail": detail, "hint": hint}
    mine = LargeImport.objects.filter(pk=large.pk, claim=large.claim)
    mine.update(step=LargeImport.Step.STOPPED, problem=problem, summary=summary, claim="", claimed_at=None, attempts=0)


def notify_worker() -> None:
    """Tell a worker that there is a large file, once the transaction is committed; a sweeper finds it else."""
    transaction.on_commit(partial(send_or_leave, TASK))
