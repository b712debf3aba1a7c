"""What cells are judged from, read from the record as it stands, or as a preview assumes it to be."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import chain
from sys import maxsize
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.fields.json import KT

from contracts.clocks import Clock, Deadlines, clocks_of
from contracts.models.service_levels import Feed
from metrics.as_of import is_current_at
from metrics.looking_back import earlier_cells, later_cells
from metrics.models.breaches import Excuse
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.findings import UNREADABLE, Errors, Finding, Inputs, judge_cells
from metrics.services.work_queue import rows_at
from metrics.tallies.days import Reading
from metrics.tallies.excused import NOTHING, Excused
from metrics.tallies.readings import read_cells
from metrics.tallies.sums import undecided_cases
from metrics.tallies.table_changes import TableChanges
from metrics.timelines import Cell, CellKey, Timeline
from sla.credits.repeat_rules import PeriodOutcome
from sla.periods import DAY, local_day
from sla.verdicts import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What a preview assumes beside the record: rows, granted excuses, and verdicts that nobody has written.

    `verdicts` are the revisions that would be current; None is a verdict that would be withdrawn. `late` is what came
    late for parts of closed periods.
    """

    tables: Collection[TableChanges] = ()
    excuses: Collection[Excuse] = ()
    verdicts: Mapping[CellKey, Verdict | None] = field(default_factory=dict)
    late: Mapping[CellKey, Sequence[LateArrival]] = field(default_factory=dict)

    @property
    def withdrawn(self) -> set[CellKey]:
        return {key for key, verdict in self.verdicts.items() if verdict is None}

    def applied_to(self, verdicts: Iterable[Verdict], keys: Collection[CellKey]) -> dict[CellKey, Verdict]:
        """The verdicts of those cells as they would be, from rows of the record, of which the last one counts."""
        by_key: dict[CellKey, Verdict | None] = {(row.service_level_id, row.starts_on): row for row in verdicts}
        by_key |= {key: verdict for key, verdict in self.verdicts.items() if key in keys}
        return {key: verdict for key, verdict in by_key.items() if verdict is not None}


AS_RECORDED = Assumptions()


def find_all(
    keys: Iterable[CellKey], timelines: Mapping[int, Timeline], *, now: datetime, assumed: Assumptions = AS_RECORDED
) -> tuple[dict[CellKey, Finding], Errors]:
    """The finding of each cell that has or needs a verdict, and why others cannot be judged; writes nothing."""
    cells: list[Cell] = []
    errors: Errors = {}
    for key in keys:
        try:
            # None where today's terms cut no such period any more.
            cell = timelines[key[0]].cell_starting(key[1])
        except UNREADABLE as error:
            errors[key] = error
        else:
            cells += [cell] if cell else []
    findings, unreadable = judge_cells(cells, gather_inputs(cells, timelines, now=now, assumed=assumed), now=now)
    # A cell without results needs no verdict, unless it has one that is to be taken back.
    silent = {key for key, finding in findings.items() if not finding.needs_verdict}
    if silent:
        current = Verdict.objects.current().filter(service_level__in={pk for pk, _ in silent})
        silent -= set(current.values_list("service_level_id", "starts_on")) - assumed.withdrawn
    return {key: finding for key, finding in findings.items() if key not in silent}, errors | unreadable


def gather_inputs(
    cells: Sequence[Cell], timelines: Mapping[int, Timeline], *, now: datetime, assumed: Assumptions = AS_RECORDED
) -> Inputs:
    """What those cells are judged from as everything stands now, with what is assumed."""
    earlier = {cell.key: earlier_periods(cell, timelines[cell.key[0]]) for cell in cells}
    earlier_keys = {before.key for found in earlier.values() for before in found}
    read = {cell.key: cell for cell in [*cells, *(before for found in earlier.values() for before in found)]}
    clocks = clocks_of((timeline.service_level.contract for timeline in timelines.values()), at=now)
    excused = excused_by_cell(read.values(), assumed=assumed)
    readings = read_cells(list(read.values()), clocks, assumed.tables, excused)
    for cell in cells:
        reading = readings[cell.key]
        if isinstance(reading, Reading) and cell.service_level.feed.kind == Feed.Kind.CASES:
            # Those that excuses of hours or of single rows left out, and those of excused days.
            left_out, days = [key for part in reading.left_out for key in part.keys], excused[cell.key].days
            undecided = undecided_cases(cell, clocks[cell.service_level.contract_id], assumed.tables, left_out, days)
            readings[cell.key] = replace(reading, undecided=undecided)
    deadlines: dict[CellKey, Deadlines] = {}
    for cell in (cell for cell in cells if cell.service_level.contract.judged_from and cell.is_history):
        # A cell whose terms make no sense fails when it is judged.
        with suppress(*UNREADABLE):
            deadlines[cell.key] = deadlines_of(cell, timelines[cell.key[0]], clocks[cell.service_level.contract_id])
    # What came after an earlier period had closed is not counted: its final verdict decides.
    final = rows_at(Verdict.objects.filter(is_current=True, is_final=True), earlier_keys)
    return Inputs(
        timelines=timelines,
        earlier=earlier,
        readings=readings,
        excused=excused,
        verdicts=assumed.applied_to(final, earlier_keys),
        outcomes=period_outcomes(cells, assumed=assumed),
        clocks=clocks,
        deadlines=deadlines,
    )


def deadlines_of(cell: Cell, timeline: Timeline, clock: Clock) -> Deadlines:
    """When a cell's report is due and when it closes; history closes with what is judged first."""
    own = cell.deadlines(clock)
    return replace(own, closes_on=max(own.closes_on, history_closes_on(timeline, clock))) if cell.is_history else own


def history_closes_on(timeline: Timeline, clock: Clock) -> date:
    """The night that closes the first cell that is judged and had not ended when terms were last loaded.

    Where none is judged any more, the night after which a report of that day would be late.
    """
    contract, feed = timeline.service_level.contract, timeline.service_level.feed
    day = contract.opening_day
    if contract.terms_loaded_at is not None:
        day = max(day, local_day(contract.terms_loaded_at, ZoneInfo(contract.zone)))
    begun = timeline.cells_on(day)[:1]
    following = chain(begun, chain.from_iterable(later_cells(timeline, cell) for cell in begun))
    first = next((cell for cell in following if not cell.is_history), None)
    if first is not None:
        return first.deadlines(clock).closes_on
    return clock.due_on(feed, starts_on=day, last_day=day) + timedelta(days=feed.grace_days) + DAY


def earlier_periods(cell: Cell, timeline: Timeline) -> list[Cell]:
    """The periods before, oldest first, as far as the low-volume rule may look."""
    try:
        looks_back = cell.agreed.limits.low_volume.looks_back()
    except ValueError:
        return []
    return earlier_cells(timeline, cell) if looks_back else []


def excused_by_cell(
    cells: Collection[Cell], *, at: datetime | None = None, assumed: Assumptions = AS_RECORDED
) -> dict[CellKey, Excused]:
    """What granted excuses take out of each cell; with `at`, those granted until that instant."""
    granted = Excuse.objects.filter(
        decision=Excuse.Decision.GRANTED, service_level__in={cell.service_level.pk for cell in cells}
    )
    if at is not None:
        granted = granted.filter(decided_at__lte=at)
    by_level: dict[int, list[Excuse]] = defaultdict(list)
    for excuse in sorted([*granted, *assumed.excuses], key=lambda excuse: (excuse.granted_from, excuse.pk or maxsize)):
        by_level[excuse.service_level_id].append(excuse)
    levels = ((cell, by_level.get(cell.service_level.pk)) for cell in cells)
    return {cell.key: Excused.of(cell, several) if several else NOTHING for cell, several in levels}


def period_outcomes(
    cells: Iterable[Cell], *, at: datetime | None = None, assumed: Assumptions = AS_RECORDED
) -> dict[CellKey, PeriodOutcome]:
    """How every period stands, final or not, of the cells' service levels that have clauses on failing again.

    With `at`, how it stood at that instant.
    """
    levels: set[int] = set()
    for cell in cells:
        # A cell whose terms make no sense fails when it is judged.
        with suppress(*UNREADABLE):
            if cell.agreed.repeats:
                levels.add(cell.service_level.pk)
    if not levels:
        return {}
    rows = Verdict.objects.filter(Q(is_current=True) if at is None else is_current_at(at), service_level__in=levels)
    rows = rows.annotate(exact=KT("working__facts__value")).order_by("revision")
    outcomes = {
        (pk, start): (status, exact)
        for pk, start, status, exact in rows.values_list("service_level_id", "starts_on", "status", "exact")
    }
    for key, verdict in assumed.verdicts.items():
        if verdict is None:
            outcomes.pop(key, None)
        elif key[0] in levels:
            outcomes[key] = verdict.status, verdict.working["facts"]["value"]
    # A null inside of JSON is the text "null" for SQLite and none for PostgreSQL.
    return {
        key: PeriodOutcome(Status(status), None if exact in (None, "null") else Fraction(exact))
        for key, (status, exact) in outcomes.items()
    }
