"""From claimed work items to verdicts: gather inputs, compute findings, write revisions where something changed.

Inputs are read outside the transaction that writes, so that intake waits for nobody; what changed meanwhile is judged
again.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KT

from contracts.clocks import clocks_of
from contracts.models.service_levels import ServiceLevel
from metrics.as_of import held_at
from metrics.models.breaches import Excuse
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.findings import MOST_EARLIER_PERIODS, UNREADABLE, Errors, Finding, Inputs, judge_cells
from metrics.services.revisions import write_revisions
from metrics.services.work_queue import Claim, claim_items, finish, is_due, lock_claims, record_failure, rows_at
from metrics.tallies.readings import read_cells
from metrics.timelines import Cell, CellKey, Timeline, timelines_of
from sla.credits.repeat_rules import PeriodOutcome
from sla.periods import DAY
from sla.verdicts import Status

logger = logging.getLogger(__name__)
CHUNK = 480


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
    """Judge items that this worker has claimed; one that fails does not hold up the others."""
    if not claims:
        return Judged()
    findings, errors = find_all([claim.key for claim in claims], now=now)
    for claim in claims:
        if error := errors.get(claim.key):
            logger.error("a cell cannot be judged", extra={"cell": str(claim.key), "error": repr(error)})
            record_failure(claim, error, now=now)
    readable = [claim for claim in claims if claim.key not in errors]
    revisions, failures = write_all(readable, findings, now=now, run=run)
    return Judged(len(readable) - failures, revisions, len(errors) + failures)


def write_all(
    claims: Sequence[Claim], findings: Mapping[CellKey, Finding], *, now: datetime, run: Run | None
) -> tuple[int, int]:
    """Write a chunk in one transaction; where that fails, item by item, so that only the faulty one is left.

    Returns how many revisions were written, and how many items failed.
    """
    try:
        return write(claims, findings, now=now, run=run), 0
    except (DatabaseError, *UNREADABLE) as error:
        if len(claims) == 1:
            logger.exception("a verdict cannot be written", extra={"cell": str(claims[0].key)})
            record_failure(claims[0], error, now=now)
            return 0, 1
    counts = [write_all([claim], findings, now=now, run=run) for claim in claims]
    return sum(revisions for revisions, _ in counts), sum(failures for _, failures in counts)


@transaction.atomic
def write(claims: Sequence[Claim], findings: Mapping[CellKey, Finding], *, now: datetime, run: Run | None) -> int:
    """Write revisions, breaches and standings of the items still claimed, and remove them from the queue."""
    locked = lock_claims(claims, now=now)
    keys = [claim.key for claim in locked.claims]
    revisions = write_revisions([findings[key] for key in keys if key in findings], now=now, run=run)
    finish(locked)
    return revisions


def find_all(keys: Collection[CellKey], *, now: datetime) -> tuple[dict[CellKey, Finding], Errors]:
    """The finding of each cell that has or needs a verdict, and why others cannot be judged; writes nothing."""
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={pk for pk, _ in keys}))
    cells, errors = cells_as_cut(keys, timelines)
    findings, unreadable = judge_cells(cells, gather_inputs(cells, timelines, now=now), now=now)
    # A cell without results needs no verdict, unless it has one that is to be taken back.
    silent = {key for key, finding in findings.items() if not finding.needs_verdict}
    if silent:
        current = Verdict.objects.current().filter(service_level__in={pk for pk, _ in silent})
        silent -= set(current.values_list("service_level_id", "starts_on"))
    return {key: finding for key, finding in findings.items() if key not in silent}, errors | unreadable


def cells_as_cut(keys: Iterable[CellKey], timelines: Mapping[int, Timeline]) -> tuple[list[Cell], Errors]:
    """The cells as today's terms cut them, without those that no terms cut any more, and terms that make no sense."""
    cells: list[Cell] = []
    errors: Errors = {}
    for key in keys:
        try:
            cell = timelines[key[0]].cell_starting(key[1])
        except UNREADABLE as error:
            errors[key] = error
            continue
        if cell is not None:
            cells.append(cell)
    return cells, errors


def gather_inputs(cells: Sequence[Cell], timelines: Mapping[int, Timeline], *, now: datetime) -> Inputs:
    """What those cells are judged from as everything stands now."""
    earlier = {cell.key: earlier_periods(cell, timelines[cell.key[0]]) for cell in cells}
    read = {cell.key: cell for cell in [*cells, *(before for found in earlier.values() for before in found)]}
    clocks = clocks_of((timeline.service_level.contract for timeline in timelines.values()), at=now)
    # What came after an earlier period had closed is not counted: its final verdict decides.
    final = Verdict.objects.filter(is_current=True, is_final=True)
    verdicts = rows_at(final, {before.key for found in earlier.values() for before in found})
    return Inputs(
        timelines=timelines,
        earlier=earlier,
        readings=read_cells(list(read.values()), clocks),
        excused=excused_days(read.values()),
        verdicts={(verdict.service_level_id, verdict.starts_on): verdict for verdict in verdicts},
        outcomes=period_outcomes({cell.key[0] for cell in cells if has_repeats(cell)}),
        clocks=clocks,
    )


def has_repeats(cell: Cell) -> bool:
    """Whether the cell's terms have clauses on failing again; no, where they make no sense."""
    try:
        return bool(cell.agreed.repeats)
    except UNREADABLE:
        return False


def earlier_periods(cell: Cell, timeline: Timeline) -> list[Cell]:
    """The periods before, oldest first, as far as the low-volume rule may look."""
    try:
        looks_back = cell.agreed.limits.low_volume.looks_back()
    except ValueError:
        return []
    return timeline.earlier(cell, MOST_EARLIER_PERIODS) if looks_back else []


def excused_days(cells: Collection[Cell], *, at: datetime | None = None) -> dict[CellKey, dict[date, Excuse]]:
    """The days of each cell that a granted excuse takes out, with the excuse; with `at`, granted until that instant."""
    excused: dict[CellKey, dict[date, Excuse]] = {cell.key: {} for cell in cells}
    granted = Excuse.objects.filter(
        decision=Excuse.Decision.GRANTED, service_level__in={cell.service_level.pk for cell in cells}
    )
    if at is not None:
        granted = granted.filter(decided_at__lte=at)
    by_level: dict[int, list[Excuse]] = defaultdict(list)
    for excuse in granted.order_by("granted_from", "pk"):
        by_level[excuse.service_level_id].append(excuse)
    for cell in cells:
        for excuse in by_level[cell.service_level.pk]:
            day = max(excuse.granted_from, cell.period.start)
            while day < min(excuse.granted_until, cell.period.end):
                excused[cell.key].setdefault(day, excuse)
                day += DAY
    return excused


def period_outcomes(levels: Collection[int], *, at: datetime | None = None) -> dict[CellKey, PeriodOutcome]:
    """How every period of those service levels stands, final or not; with `at`, how it stood at that instant."""
    if not levels:
        return {}
    verdicts = Verdict.objects.filter(service_level__in=levels)
    rows = verdicts.current() if at is None else held_at(verdicts, at)
    rows = rows.annotate(exact=KT("working__facts__value")).order_by("revision")
    return {
        # A null inside of JSON is the text "null" for SQLite and none for PostgreSQL.
        (pk, start): PeriodOutcome(Status(status), None if exact in (None, "null") else Fraction(exact))
        for pk, start, status, exact in rows.values_list("service_level_id", "starts_on", "status", "exact")
    }
