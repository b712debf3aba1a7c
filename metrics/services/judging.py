"""From changed results to verdicts: claim, read, judge, write a revision where something changed.

Reading happens outside the transaction that writes, so that intake waits for nobody; what changed while it was read
is read again.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from bpo.faultpoints import faultpoint
from contracts.clocks import Clock, clocks_of
from contracts.models.service_levels import ServiceLevel
from metrics.deadlines import Deadlines, deadlines_of
from metrics.findings import Earlier, Finding, find, says_something, tally_from
from metrics.models.breaches import Excuse
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.looking_back import MOST_LOOKED_BACK, Past, past_of, repeated
from metrics.services.revisions import Revisions, write_revisions
from metrics.services.work_queue import Claim, claim_items, finish, is_due, lock_claims, record_failure
from metrics.tallies.readings import Reading, read_cells
from metrics.timelines import Cell, CellKey, Timeline, timelines_of
from sla.credits.repeat_rules import PeriodOutcome
from sla.excuses import ExcuseTreatment, after_excuses
from sla.periods import DAY, local_day

logger = logging.getLogger(__name__)
CHUNK = 480
UNREADABLE = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What cells are judged on: their rows and those of the periods before, excuses, and what verdicts said.

    `deadlines` are those of cells that keep theirs; others follow from the feed and the contract's clock.
    """

    timelines: Mapping[int, Timeline]
    before: Mapping[CellKey, Sequence[Cell]]
    readings: Mapping[CellKey, Reading | Exception]
    excused: Mapping[CellKey, Mapping[date, Excuse]]
    frozen: Mapping[CellKey, Verdict]
    past: Past
    clocks: Mapping[int, Clock]
    deadlines: Mapping[CellKey, Deadlines] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a round of judging did."""

    cells: int = 0
    revisions: int = 0
    failures: int = 0

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(self.cells + other.cells, self.revisions + other.revisions, self.failures + other.failures)


def judge_due(*, now: datetime, limit: int = CHUNK) -> Judged:
    """One chunk of what has been quiet for a moment, as the workers take it."""
    return judge_claimed(claim_items(DirtyCell.objects.filter(is_due(now)), limit=limit, now=now), now=now)


def judge_all(*, now: datetime, cells: QuerySet[DirtyCell] | None = None, run: Run | None = None) -> Judged:
    """Everything that is dirty and free, chunk by chunk, in this process."""
    total = Judged()
    while judged := judge_next(now=now, cells=cells, run=run):
        total += judged
    return total


def judge_next(*, now: datetime, cells: QuerySet[DirtyCell] | None = None, run: Run | None = None) -> Judged | None:
    """One chunk of what is dirty and free, quiet or not; None where nothing is."""
    claimed = claim_items(DirtyCell.objects.all() if cells is None else cells, limit=CHUNK, now=now)
    return judge_claimed(claimed, now=now, run=run) if claimed else None


def judge_claimed(claimed: Sequence[Claim], *, now: datetime, run: Run | None = None) -> Judged:
    """Judge cells that this worker holds; one that fails does not hold up the others."""
    if not claimed:
        return Judged()
    findings, errors = find_all(claimed, now=now)
    faultpoint("judging.after_reading")
    for one in claimed:
        if one.key in errors:
            logger.error("a cell cannot be judged", extra={"cell": str(one.key), "error": repr(errors[one.key])})
            record_failure(one, errors[one.key], now=now)
    sound = [one for one in claimed if one.key not in errors]
    done, failed = write_all(sound, findings, now=now, run=run)
    faultpoint("judging.after_commit")
    return Judged(len(sound) - failed, done.revisions, len(errors) + failed)


def write_all(
    claimed: Sequence[Claim], findings: Mapping[CellKey, Finding], *, now: datetime, run: Run | None
) -> tuple[Revisions, int]:
    """Write a chunk in one transaction; where that fails, cell by cell, so that only the bad one is left."""
    try:
        return write(claimed, findings, now=now, run=run), 0
    except (DatabaseError, *UNREADABLE) as error:
        if len(claimed) == 1:
            logger.exception("a verdict cannot be written", extra={"cell": str(claimed[0].key)})
            record_failure(claimed[0], error, now=now)
            return Revisions(), 1
    done, failed = Revisions(), 0
    for one in claimed:
        written, not_written = write_all([one], findings, now=now, run=run)
        done, failed = done + written, failed + not_written
    return done, failed


@transaction.atomic
def write(
    claimed: Sequence[Claim], findings: Mapping[CellKey, Finding], *, now: datetime, run: Run | None
) -> Revisions:
    """Revisions, breaches and standings of the cells that are still ours, and the list of work without them."""
    held = lock_claims(claimed, now=now)
    written = write_revisions([findings[one.key] for one in held.claims if one.key in findings], now=now, run=run)
    finish(held)
    faultpoint("judging.before_commit")
    return written


def find_all(claimed: Sequence[Claim], *, now: datetime) -> tuple[dict[CellKey, Finding], dict[CellKey, Exception]]:
    """The finding of each claimed cell that says something, and why others cannot be judged."""
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={one.service_level_id for one in claimed}))
    cells, errors = cells_of(claimed, timelines)
    before = {cell.key: looked_back(cell, timelines[cell.key[0]]) for cell in cells}
    every = {cell.key: cell for cell in [*cells, *(one for found in before.values() for one in found)]}
    clocks = clocks_of((timeline.service_level.contract for timeline in timelines.values()), at=now)
    grounds = Grounds(
        timelines=timelines,
        before=before,
        readings=read_cells(list(every.values()), clocks),
        excused=excused_days(every.values()),
        frozen=frozen_tallies(before),
        past=past_of({cell.key[0] for cell in cells if repeats_in(cell)}),
        clocks=clocks,
    )
    findings, unsound = findings_on(cells, grounds, now=now)
    errors |= unsound
    return spoken(findings), errors


def findings_on(
    cells: Iterable[Cell], grounds: Grounds, *, now: datetime
) -> tuple[dict[CellKey, Finding], dict[CellKey, Exception]]:
    """The finding of each cell on those grounds, and why others cannot be judged."""
    findings: dict[CellKey, Finding] = {}
    errors: dict[CellKey, Exception] = {}
    past = dict(grounds.past)
    for cell in sorted(cells, key=lambda cell: cell.key):
        timeline = grounds.timelines[cell.key[0]]
        try:
            earlier = [counted_before(one, grounds) for one in grounds.before[cell.key]]
            finding = finding_of(cell, grounds, earlier, now)
            if timeline.looks_back:
                finding = replace(
                    finding,
                    repeats=repeated(cell, finding.outcome, timeline, past),
                    followers=timeline.looking_back_at(cell, MOST_LOOKED_BACK, finding.today),
                )
        except UNREADABLE as error:
            errors[cell.key] = error
            continue
        findings[cell.key] = finding
        past[cell.key] = PeriodOutcome(finding.outcome.status, finding.outcome.value)
    return findings, errors


def repeats_in(cell: Cell) -> bool:
    """Whether the cell's terms speak of failing again; not known, so no, of terms without sense."""
    try:
        return bool(cell.agreed.repeats)
    except UNREADABLE:
        return False


def cells_of(
    claimed: Sequence[Claim], timelines: Mapping[int, Timeline]
) -> tuple[list[Cell], dict[CellKey, Exception]]:
    """The cells as today's terms cut them; one whose period no terms know any more has nothing to be judged."""
    cells: list[Cell] = []
    errors: dict[CellKey, Exception] = {}
    for one in claimed:
        try:
            cell = timelines[one.service_level_id].cell_starting(one.starts_on)
        except UNREADABLE as error:
            errors[one.key] = error
            continue
        if cell is not None:
            cells.append(cell)
    return cells, errors


def looked_back(cell: Cell, timeline: Timeline) -> list[Cell]:
    """The periods before, oldest first, as far as the low-volume rule may look."""
    try:
        low_volume = cell.agreed.limits.low_volume
    except ValueError:
        return []
    if not low_volume.looks_back():
        return []
    return timeline.earlier(cell, MOST_LOOKED_BACK)


def excused_days(cells: Collection[Cell], *, at: datetime | None = None) -> dict[CellKey, dict[date, Excuse]]:
    """The days of each cell that an excuse takes out which is granted, or was at an instant, with the excuse."""
    found: dict[CellKey, dict[date, Excuse]] = {cell.key: {} for cell in cells}
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
                found[cell.key].setdefault(day, excuse)
                day += DAY
    return found


def frozen_tallies(before: Mapping[CellKey, Sequence[Cell]]) -> dict[CellKey, Verdict]:
    """The final verdicts among the earlier cells: what came after them is not counted."""
    keys = {cell.key for cells in before.values() for cell in cells}
    if not keys:
        return {}
    final = Verdict.objects.current().filter(is_final=True, service_level__in={pk for pk, _ in keys})
    return {key: verdict for verdict in final if (key := (verdict.service_level_id, verdict.starts_on)) in keys}


def counted_before(cell: Cell, grounds: Grounds) -> Earlier:
    """What an earlier period counts with: as its final verdict kept it, or else as its rows say now."""
    final = grounds.frozen.get(cell.key)
    if final is not None and not cell.agreed.measure.values_of:
        return Earlier(cell.period.label, tally_from(final.working["facts"]["counted"]))
    reading = grounds.readings[cell.key]
    if isinstance(reading, Exception):
        raise reading
    limits = cell.agreed.limits
    taken = reading.over(grounds.excused[cell.key])
    return Earlier(cell.period.label, after_excuses(reading.total(), taken, limits.excuses, limits.direction))


def finding_of(cell: Cell, grounds: Grounds, earlier: Sequence[Earlier], now: datetime) -> Finding:
    reading, excused = grounds.readings[cell.key], grounds.excused[cell.key]
    if isinstance(reading, Exception):
        raise reading
    contract = cell.service_level.contract
    excuses = tuple({excuse.pk: excuse for excuse in excused.values()}.values())
    return find(
        eased(cell, excuses),
        reading,
        excused_days=sorted(excused),
        excuses=excuses,
        deadlines=grounds.deadlines.get(cell.key) or deadlines_of(cell, grounds.clocks[contract.pk]),
        earlier=earlier,
        today=day_in(contract.zone, now),
    )


@lru_cache(maxsize=256)
def day_in(zone: str, now: datetime) -> date:
    """The local day of an instant; a round of judging asks for that of the same instant again and again."""
    return local_day(now, ZoneInfo(zone))


def eased(cell: Cell, excuses: Iterable[Excuse]) -> Cell:
    """The cell with limits that its excuses made easier; as it is where they state no amount."""
    amounts = [excuse.lowers_by for excuse in excuses if excuse.lowers_by is not None]
    if not amounts or cell.agreed.limits.excuses is not ExcuseTreatment.REDUCE_LEVEL:
        return cell
    return replace(cell, agreed=cell.agreed.eased(sum(amounts, Decimal(0))))


def spoken(findings: Mapping[CellKey, Finding]) -> dict[CellKey, Finding]:
    """The findings that say something, or that take back what a verdict said."""
    silent = [key for key, finding in findings.items() if not says_something(finding)]
    if not silent:
        return dict(findings)
    current = Verdict.objects.current().filter(service_level__in={pk for pk, _ in silent})
    known = set(current.values_list("service_level_id", "starts_on"))
    return {key: finding for key, finding in findings.items() if key not in silent or key in known}
