"""Closing periods: a verdict becomes final once its date has come and nothing is left to judge."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Greatest

from contracts.clocks import clocks_of
from contracts.models.service_levels import ServiceLevel
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.breaches import note_final
from metrics.services.inputs import deadlines_of
from metrics.services.standings import update_standings
from metrics.services.work_queue import dequeue, enqueue, rows_at
from metrics.timelines import Cell, CellKey, timelines_of
from sla.verdicts import OPEN

CHUNK = 480


def final_keys(cells: Iterable[Cell]) -> set[CellKey]:
    """Of those cells, the ones whose verdict is final."""
    return set(closing_times(cells))


def closing_times(cells: Iterable[Cell]) -> dict[CellKey, datetime]:
    """Of those cells, the ones whose verdict is final, and when it became so."""
    keys = {cell.key for cell in cells}
    if not keys:
        return {}
    starts = [start for _, start in keys]
    final = Verdict.objects.current().filter(
        is_final=True, service_level__in={pk for pk, _ in keys}, starts_on__range=(min(starts), max(starts))
    )
    rows = final.values_list("service_level_id", "starts_on", "closed_at", "judged_at")
    return {(pk, start): closed_at or judged_at for pk, start, closed_at, judged_at in rows if (pk, start) in keys}


def close_next(verdicts: QuerySet[Verdict], day: date, *, run: Run, now: datetime) -> int:
    """Close the next chunk of those verdicts' periods that the night of a local date closes; returns how many."""
    provisional = verdicts.current().filter(is_final=False, ends_on__lte=day).exclude(status__in=OPEN)
    closed = last = 0
    while not closed:
        chunk = list(provisional.filter(pk__gt=last).order_by("pk").defer("days")[:CHUNK])
        if not chunk:
            break
        last = chunk[-1].pk
        closed = close_cells(due_cells(chunk, day, now=now), run=run, now=now)
    return closed


def due_cells(verdicts: Sequence[Verdict], day: date, *, now: datetime) -> list[Cell]:
    """The cells of those verdicts that the night of that local date closes: what is due, with all cases decided."""
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={verdict.service_level_id for verdict in verdicts}))
    clocks = clocks_of((timeline.service_level.contract for timeline in timelines.values()), at=now)
    due = []
    for verdict in verdicts:
        timeline = timelines[verdict.service_level_id]
        cell = timeline.cell_starting(verdict.starts_on)
        if cell is None:
            continue
        deadlines = deadlines_of(cell, timeline, clocks[cell.service_level.contract_id])
        facts = verdict.working.get("facts", {})
        is_reported, is_decided = facts.get("is_reported", True), not facts.get("undecided")
        if is_decided and deadlines.closing_day(is_reported=is_reported) <= day:
            due.append(cell)
    return due


@transaction.atomic
def close_cells(cells: Sequence[Cell], *, run: Run, now: datetime) -> int:
    """Make the verdicts of those cells final, except where results wait to be judged; returns how many were closed.

    Taking the cells' rows in the work queue first keeps intake out until the periods are closed.
    """
    enqueue(cells, now=now)
    by_key = {cell.key: cell for cell in cells}
    items = rows_at(DirtyCell.objects.select_for_update(), by_key)
    unchanged = [(item.service_level_id, item.starts_on) for item in items if item.generation == 1]
    dequeue(unchanged)
    provisional = Verdict.objects.current().filter(is_final=False).exclude(status__in=OPEN)
    verdicts = rows_at(provisional.defer("days", "working"), unchanged)
    # A worker may have judged after the night read its clock: a verdict does not close before it was found.
    closed_at = Greatest(Value(now, output_field=DateTimeField()), F("judged_at"))
    rows = Verdict.objects.filter(pk__in=[verdict.pk for verdict in verdicts])
    rows.update(is_final=True, closed_at=closed_at, run=run)
    count_arrivals(verdicts)
    note_final(verdicts, now=now)
    levels = {cell.service_level.pk: cell.service_level for cell in cells}
    update_standings([levels[verdict.service_level_id] for verdict in verdicts], now=now)
    return len(verdicts)


def count_arrivals(verdicts: Collection[Verdict]) -> None:
    """Note that closed verdicts count what came late for their periods, which were restated or open again."""
    by_cell = {(verdict.service_level_id, verdict.starts_on): verdict for verdict in verdicts}
    arrivals = rows_at(LateArrival.objects.filter(counted_by__isnull=True), by_cell)
    for arrival in arrivals:
        arrival.counted_by = by_cell[arrival.service_level_id, arrival.starts_on]
    LateArrival.objects.bulk_update(arrivals, ["counted_by"], batch_size=500)
