"""Closing periods: what a verdict says becomes final once its date has come and nothing is left to judge."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Greatest

from bpo.faultpoints import faultpoint
from contracts.clocks import Clock
from metrics.deadlines import deadlines_of
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.breaches import made_final
from metrics.services.standings import restate_standings
from metrics.services.work_queue import dequeue, enqueue, rows_at
from metrics.timelines import Cell, CellKey, Timeline
from sla.verdicts import OPEN


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


def closable(verdicts: QuerySet[Verdict], day: date) -> QuerySet[Verdict]:
    """Provisional verdicts of periods that ended before that night."""
    return verdicts.current().filter(is_final=False, ends_on__lte=day).exclude(status__in=OPEN)


def due_cells(
    verdicts: Sequence[Verdict], timelines: Mapping[int, Timeline], clocks: Mapping[int, Clock], day: date
) -> list[Cell]:
    """The cells of those verdicts that the night of that local date closes."""
    due = []
    for verdict in verdicts:
        cell = timelines[verdict.service_level_id].cell_starting(verdict.starts_on)
        if cell is None:
            continue
        deadlines = deadlines_of(cell, clocks[cell.service_level.contract_id])
        is_reported = verdict.working.get("facts", {}).get("is_reported", True)
        if (deadlines.closes_on if is_reported else deadlines.closes_unreported_on) <= day:
            due.append(cell)
    return due


@transaction.atomic
def close_cells(cells: Sequence[Cell], *, run: Run, now: datetime) -> int:
    """Make the verdicts of those cells final, except where results wait to be judged; how many were closed.

    Taking the cells' rows on the list of work first keeps intake out until the periods are closed.
    """
    enqueue(cells, now=now)
    by_key = {cell.key: cell for cell in cells}
    untouched = {
        (row.service_level_id, row.starts_on)
        for row in rows_at(DirtyCell.objects.select_for_update(), by_key)
        if row.generation == 1
    }
    dequeue(untouched)
    closed = seal([by_key[key] for key in sorted(untouched)], run=run, now=now)
    faultpoint("night.before_closing_commit")
    return closed


def seal(cells: Sequence[Cell], *, run: Run, now: datetime) -> int:
    """Write finality onto the current verdicts; what they say does not change."""
    keys: list[CellKey] = [cell.key for cell in cells]
    provisional = Verdict.objects.current().filter(is_final=False).exclude(status__in=OPEN)
    verdicts = rows_at(provisional.defer("days", "working"), keys)
    # A worker may have judged after the night read its clock: a verdict does not close before it was found.
    closed_at = Greatest(Value(now, output_field=DateTimeField()), F("judged_at"))
    sealing = Verdict.objects.filter(pk__in=[verdict.pk for verdict in verdicts])
    sealing.update(is_final=True, closed_at=closed_at, run=run)
    made_final(verdicts, now=now)
    sealed = {verdict.service_level_id for verdict in verdicts}
    restate_standings([cell.service_level for cell in cells if cell.service_level.pk in sealed], now=now)
    return len(verdicts)
