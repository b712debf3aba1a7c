"""From claimed work items to verdicts: gather inputs, compute findings, write revisions where something changed.

Inputs are read outside the transaction that writes, so that intake waits for nobody; what changed meanwhile is judged
again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from bpo.database_errors import is_lock_error
from contracts.models.service_levels import ServiceLevel
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.findings import UNREADABLE, Finding
from metrics.services.inputs import find_all
from metrics.services.revisions import write_revisions
from metrics.services.work_queue import (
    Claim,
    claim_items,
    finish,
    is_due,
    lock_claims,
    postpone,
    record_failure,
)
from metrics.timelines import CellKey, timelines_of

log = structlog.get_logger("desk.judging")
CHUNK = 480
# A clock that was ahead by more than this was wrong, and what it judged is judged again by the right one.
LONGEST_SETBACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Judged:
    """How many cells were judged, how many new revisions that wrote, and how many cells failed."""

    cells: int = 0
    revisions: int = 0
    failures: int = 0

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(self.cells + other.cells, self.revisions + other.revisions, self.failures + other.failures)


def judge_due(*, now: datetime, limit: int = CHUNK) -> Judged:
    """Judge one chunk of the work items that are due, as the workers do."""
    return judge_claims(claim_items(DirtyCell.objects.filter(is_due(now)), limit=limit, now=now), now=now)


def judge_all(*, now: datetime, items: QuerySet[DirtyCell] | None = None, run: Run | None = None) -> Judged:
    """Judge all unclaimed work items, due or not, chunk by chunk, in this process."""
    total = Judged()
    while judged := judge_next(now=now, items=items, run=run):
        total += judged
    return total


def judge_next(*, now: datetime, items: QuerySet[DirtyCell] | None = None, run: Run | None = None) -> Judged | None:
    """Judge one chunk of unclaimed work items, due or not; None where there is none."""
    claims = claim_items(DirtyCell.objects.all() if items is None else items, limit=CHUNK, now=now)
    return judge_claims(claims, now=now, run=run) if claims else None


def judge_claims(claims: Sequence[Claim], *, now: datetime, run: Run | None = None) -> Judged:
    """Judge items that this worker has claimed; one that fails does not hold up the others.

    A clock that was set back undoes nothing: what a later one judged is judged again as of then.
    """
    if not claims:
        return Judged()
    if ahead := judged_after(claims, now):
        later = [claim for claim in claims if claim.cell_key in ahead]
        others = [claim for claim in claims if claim.cell_key not in ahead]
        return judge_claims(others, now=now, run=run) + judge_claims(later, now=max(ahead.values()), run=run)
    by_key = {claim.cell_key: claim for claim in claims}
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={pk for pk, _start in by_key}))
    findings, errors = find_all(by_key, timelines, now=now)
    for key, error in errors.items():
        log.error("cell not judged", **cell_facts(key), error=repr(error)[:500])
        record_failure(by_key[key], error, now=now)
    readable = [claim for key, claim in by_key.items() if key not in errors]
    revisions, failures = write_all(readable, findings, now=now, run=run)
    return Judged(len(readable) - failures, revisions, len(errors) + failures)


def judged_after(claims: Sequence[Claim], now: datetime) -> dict[CellKey, datetime]:
    """Return the cells that were judged after now, by a clock that was a little ahead, and when."""
    keys = {claim.cell_key for claim in claims}
    levels = {level for level, _start in keys}
    verdicts = Verdict.objects.filter(is_current=True, service_level__in=levels)
    verdicts = verdicts.filter(judged_at__gt=now, judged_at__lte=now + LONGEST_SETBACK).order_by()
    rows = verdicts.values_list("service_level_id", "starts_on", "judged_at")
    return {(level, start): at for level, start, at in rows if (level, start) in keys}


def write_all(
    claims: Sequence[Claim], findings: Mapping[CellKey, Finding], *, now: datetime, run: Run | None
) -> tuple[int, int]:
    """Write revisions, breaches and standings of the items still claimed, and remove these from the queue.

    A chunk is one transaction; where that fails, it goes item by item, so that only the faulty one is left, or the one
    that somebody else holds. Returns how many revisions were written, and how many items failed.
    """
    try:
        with transaction.atomic():
            locked, changed = lock_claims(claims, now=now)
            keys = [claim.cell_key for claim in locked]
            revisions = write_revisions([findings[key] for key in keys if key in findings], now=now, run=run)
            finish(locked, changed)
        return revisions, 0
    except (DatabaseError, *UNREADABLE) as error:
        if len(claims) == 1 and is_lock_error(error):
            postpone(claims[0])
            return 0, 1
        if len(claims) == 1:
            log.exception("verdict not written", **cell_facts(claims[0].cell_key))
            record_failure(claims[0], error, now=now)
            return 0, 1
    counts = [write_all([claim], findings, now=now, run=run) for claim in claims]
    return sum(revisions for revisions, _ in counts), sum(failures for _, failures in counts)


def cell_facts(key: CellKey) -> dict[str, str]:
    """Return what names a cell in the log."""
    level, starts_on = key
    public_id = ServiceLevel.objects.filter(pk=level).values_list("public_id", flat=True).first()
    return {"service_level": str(public_id), "starts_on": starts_on.isoformat()}
