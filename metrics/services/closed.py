"""Closed periods judged once more, on exactly what counted at an instant: results, excuses, earlier verdicts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from contracts.clocks import Clock, clocks_of
from metrics.as_of import held_at
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.findings import Finding, Inputs, judge_cells
from metrics.services.judging import earlier_periods, excused_days, has_repeats, period_outcomes
from metrics.services.work_queue import rows_at
from metrics.tallies.readings import Reading, read_cells
from metrics.tallies.table_changes import without_arrivals
from metrics.timelines import Cell, CellKey, Deadlines, Timeline

# A period of which no verdict said anything yet.
SILENCE = Reading({}, 0, (), reported=False)


def find_at(
    cells: Sequence[Cell],
    timelines: Mapping[int, Timeline],
    *,
    at: datetime,
    counting: Collection[CellKey] = (),
    deadlines: Mapping[CellKey, Deadlines] | None = None,
) -> tuple[dict[CellKey, Finding], dict[CellKey, Exception]]:
    """The findings of cells as everything stood at an instant; those in `counting` count what came late for them.

    `deadlines` are those by which cells were judged then; the feeds' rules may have changed since.
    """
    before = {cell.key: earlier_periods(cell, timelines[cell.key[0]]) for cell in cells}
    every = {cell.key: cell for found in before.values() for cell in found} | {cell.key: cell for cell in cells}
    clocks = clocks_of((cell.service_level.contract for cell in cells), at=at)
    earlier = {cell.key for found in before.values() for cell in found}
    held = held_then(earlier, at)
    silent = dict.fromkeys(earlier - held.keys() - {cell.key for cell in cells}, SILENCE)
    inputs = Inputs(
        timelines=timelines,
        earlier=before,
        readings=readings_at(every, clocks, at=at, counting=counting) | silent,
        excused=excused_days(every.values(), at=at),
        verdicts=held,
        outcomes=period_outcomes({cell.key[0] for cell in cells if has_repeats(cell)}, at=at),
        clocks=clocks,
        deadlines=deadlines or {},
    )
    return judge_cells(cells, inputs, now=at)


def readings_at(
    cells: Mapping[CellKey, Cell], clocks: Mapping[int, Clock], *, at: datetime, counting: Collection[CellKey]
) -> dict[CellKey, Reading | Exception]:
    """The rows of each cell, without those that came too late for it and were not counted at that instant."""
    late: dict[CellKey, list[LateArrival]] = defaultdict(list)
    for arrival in uncounted_at(set(cells) - set(counting), at):
        late[arrival.service_level_id, arrival.starts_on].append(arrival)
    readings = read_cells([cell for key, cell in cells.items() if key not in late], clocks)
    for key, arrivals in late.items():
        changes = without_arrivals(cells[key].service_level.feed, arrivals)
        readings |= read_cells([cells[key]], clocks, [changes])
    for key, verdict in finals_at(set(cells) - set(counting), at).items():
        reading = readings[key]
        was_reported = verdict.working.get("facts", {}).get("is_reported", True)
        # What a feed owes may have changed since the period closed, and rows that the clause does not count can end a
        # silence later; but without any row nothing was reported, whatever the verdict says.
        if isinstance(reading, Reading) and (reading.rows or not was_reported):
            readings[key] = replace(reading, reported=was_reported)
    return readings


def uncounted_at(keys: Collection[CellKey], at: datetime) -> list[LateArrival]:
    """What came too late for those cells and had not been counted by a restatement at that instant."""
    uncounted = LateArrival.objects.filter(Q(counted_by__isnull=True) | Q(counted_by__closed_at__gt=at))
    return rows_at(uncounted, keys)


def held_then(keys: Collection[CellKey], at: datetime) -> dict[CellKey, Verdict]:
    """What the verdicts of those cells said at an instant, final or not."""
    held = rows_at(held_at(Verdict.objects.all(), at).defer("days"), keys)
    return {(verdict.service_level_id, verdict.starts_on): verdict for verdict in held}


def finals_at(keys: Collection[CellKey], at: datetime) -> dict[CellKey, Verdict]:
    """The final verdicts of those cells at an instant; of one closed later, the first."""
    found: dict[CellKey, Verdict] = {}
    final = Verdict.objects.filter(is_final=True).defer("days")
    for verdict in sorted(rows_at(final, keys), key=lambda verdict: verdict.revision):
        key = verdict.service_level_id, verdict.starts_on
        if key not in found or (verdict.closed_at is not None and verdict.closed_at <= at):
            found[key] = verdict
    return found
