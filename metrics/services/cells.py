"""The list of work: which cells changed results touch, and the bell that tells the workers.

A cell's row in the table of dirty cells is also its lock: whoever adds results and whoever closes a period take it
first, so that a result is either counted before its period closes or listed as late.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from bpo.celery import app
from bpo.faultpoints import faultpoint
from bpo.sandbox import is_in_shadow
from contracts.clocks import calendar_of
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.results import Batch
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.changes import TouchedRow, is_late_for
from metrics.services.looking import is_looking
from metrics.timelines import Cell, CellKey, Timeline, timelines_of
from sla.periods import DAY, local_day

logger = logging.getLogger(__name__)
# A first change is judged after a moment. What changes again, or was judged within the quiet time, is judged when
# nothing has changed in it for so long, or when it has waited for as long as patience goes.
FIRST_SECONDS = 0.03
QUIET_SECONDS = 1
A_MOMENT = 0.03
# A bell is heard so much later that it stands for all that this process writes meanwhile.
BELL_HOLDS = 0.05
PATIENCE_SECONDS = 30
CHUNK = 400
# A late change of an interval reaches no further back, so that one odd date does not list ten years of work.
LONGEST_REACH = timedelta(days=800)
BELL = "metrics.tasks.judge_dirty_cells"
_rung = [-BELL_HOLDS]
_held: ContextVar[bool] = ContextVar("held", default=False)
UPSERT = """
    INSERT INTO {table} (service_level_id, starts_on, ends_on, dirty_since, changed_at, generation, claim, attempts,
        last_error)
    VALUES {rows}
    ON CONFLICT (service_level_id, starts_on) DO UPDATE SET
        generation = {table}.generation + 1, changed_at = excluded.changed_at, ends_on = excluded.ends_on,
        attempts = 0, parked_at = NULL
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """How many open cells went onto the list of work, and the keys of rows that came after a period had closed."""

    dirty_cells: int
    late_keys: set[str]


def closed_periods(*, feed: Feed, days: Collection[date]) -> dict[date, str]:
    """Of those local days, the ones that lie in a period which is final for a service level: "SL-7K2M9 2026-03"."""
    cells = cells_on(feed, days)
    closed = [cells[key] for key in sorted(final_keys(cells.values()))]
    return {day: label_of(cell) for cell in reversed(closed) for day in set(days) if day in cell.period}


def late_rows(*, feed: Feed, rows: Collection[TouchedRow]) -> dict[str, str]:
    """Of those rows, the ones whose change would move a final verdict: key → "SL-7K2M9 2026-03"."""
    by_day = rows_by_day(rows)
    cells = cells_on(feed, by_day)
    closings = closings_of(cells.values())
    labels: dict[str, str] = {}
    for key in sorted(closings):
        for row in late_in(cells[key], by_day, closings[key]):
            labels.setdefault(row.key, label_of(cells[key]))
    return labels


@transaction.atomic
def touch_cells(*, feed: Feed, rows: Iterable[TouchedRow], batch: Batch, now: datetime) -> Touched:
    """Put every open cell that the rows touch onto the list of work, and list what came too late for closed ones."""
    by_day = rows_by_day(rows)
    timelines = timelines_of(ServiceLevel.objects.filter(feed=feed)).values()
    direct = counting(timelines, by_day)
    cells = direct | reached(timelines, feed, by_day, now)
    closed = final_keys(cells.values())
    mark_dirty([cell for key, cell in cells.items() if key not in closed], now=now)
    faultpoint("intake.after_dirty_cells")
    closed_meanwhile = final_keys(cell for key, cell in cells.items() if key not in closed)
    if closed_meanwhile:
        drop_dirty(closed_meanwhile)
    late_keys = note_late([cells[key] for key in (closed | closed_meanwhile) & direct.keys()], by_day, batch, now)
    return Touched(len(cells) - len(closed) - len(closed_meanwhile), late_keys)


def cells_on(feed: Feed, days: Iterable[date]) -> dict[CellKey, Cell]:
    """Every cell of the feed's service levels that counts rows of one of those days."""
    return counting(timelines_of(ServiceLevel.objects.filter(feed=feed)).values(), set(days))


def counting(timelines: Iterable[Timeline], days: Collection[date]) -> dict[CellKey, Cell]:
    """Every cell of those service levels that counts rows of one of those days: theirs, and those that look ahead."""
    several = list(timelines)
    found = cells_of(several, days)
    for timeline in several:
        for day in days:
            found |= {cell.key: cell for cell in timeline.looking_ahead_to(day)}
    return found


def cells_of(timelines: Iterable[Timeline], days: Iterable[date]) -> dict[CellKey, Cell]:
    """Every cell of those service levels in which one of those days lies."""
    wanted = sorted(set(days))
    found: dict[CellKey, Cell] = {}
    for timeline in timelines:
        last: list[Cell] = []
        for day in wanted:
            if len(last) != 1 or day not in last[0].period:
                last = timeline.cells_on(day)
                found |= {cell.key: cell for cell in last}
    return found


def reached(timelines: Iterable[Timeline], feed: Feed, days: Collection[date], now: datetime) -> dict[CellKey, Cell]:
    """The later cells of measures that look at intervals: an outage or an open case may last up to now."""
    if not days or feed.kind not in (Feed.Kind.DOWNTIME, Feed.Kind.CASES):
        return {}
    today = local_day(now, ZoneInfo(feed.contract.zone))
    first = max(min(days), today - LONGEST_REACH)
    every = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    return cells_of([timeline for timeline in timelines if timeline.looks_at_intervals], every)


def final_keys(cells: Iterable[Cell]) -> set[CellKey]:
    """Of those cells, the ones whose verdict is final."""
    return set(closings_of(cells))


def closings_of(cells: Iterable[Cell]) -> dict[CellKey, datetime]:
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


def mark_dirty(cells: Collection[Cell], *, now: datetime) -> None:
    """Put cells onto the list of work, or say on their rows that they changed once more."""
    if is_looking():
        return
    ordered = sorted(cells, key=lambda cell: cell.key)
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        for first in range(0, len(ordered), CHUNK):
            chunk = ordered[first : first + CHUNK]
            values: list[object] = []
            for cell in chunk:
                days = [connection.ops.adapt_datefield_value(day) for day in (cell.period.start, cell.period.end)]
                values += [cell.service_level.pk, *days, at, at]
            rows = ", ".join(["(%s, %s, %s, %s, %s, 1, '', 0, '')"] * len(chunk))
            cursor.execute(UPSERT.format(table=DirtyCell._meta.db_table, rows=rows), values)


def drop_dirty(keys: Iterable[CellKey]) -> None:
    """Take cells off the list of work."""
    if is_looking():
        return
    DirtyCell.objects.filter(pk__in=[row.pk for row in rows_at(DirtyCell.objects.all(), keys)]).delete()


def rows_at(rows: QuerySet, keys: Iterable[CellKey]) -> list[Any]:
    """Those of the rows that lie in the cells, in the order in which cells are locked."""
    wanted = set(keys)
    if not wanted:
        return []
    levels, starts = ({key[place] for key in wanted} for place in (0, 1))
    found = rows.filter(service_level__in=levels, starts_on__in=starts).order_by("service_level_id", "starts_on")
    return [row for row in found if (row.service_level_id, row.starts_on) in wanted]


def note_late(cells: Collection[Cell], by_day: dict[date, list[TouchedRow]], batch: Batch, now: datetime) -> set[str]:
    """List the rows that came too late for those closed cells; their keys."""
    closings = closings_of(cells)
    arrivals = [
        LateArrival(
            service_level=cell.service_level,
            starts_on=cell.period.start,
            key=row.key,
            batch=batch,
            arrived_at=now,
            reason=row.reason,
        )
        for cell in cells
        for row in late_in(cell, by_day, closings[cell.key])
    ]
    LateArrival.objects.bulk_create(arrivals, ignore_conflicts=True, batch_size=500)
    return {arrival.key for arrival in arrivals}


def late_in(cell: Cell, by_day: dict[date, list[TouchedRow]], closed_at: datetime) -> list[TouchedRow]:
    """The rows, each once, whose change the cell would have counted, seen from the instant at which it was closed."""
    found: dict[str, TouchedRow] = {}
    day = cell.period.start
    while day < cell.seen_until:
        found |= {row.key: row for row in by_day.get(day, ())}
        day += DAY
    if not found:
        return []
    calendar = calendar_of(cell.service_level.contract, on=cell.period.start, at=closed_at)
    return [row for row in found.values() if is_late_for(cell, row, calendar, closed_at)]


def rows_by_day(rows: Iterable[TouchedRow]) -> dict[date, list[TouchedRow]]:
    by_day: dict[date, list[TouchedRow]] = defaultdict(list)
    for row in rows:
        for day in row.days:
            by_day[day].append(row)
    return by_day


def label_of(cell: Cell) -> str:
    return f"{cell.service_level.public_id} {cell.period.label}"


def ring() -> None:
    """Tell the workers, once the transaction is written, that there is work; a bell that fails harms nothing."""
    # The shadow's cells are judged by the request that touched them.
    if not _held.get() and not is_in_shadow():
        transaction.on_commit(send_bell)


@contextmanager
def one_bell() -> Iterator[None]:
    """Ring once for all that is sent inside, as a load of many batches does."""
    token = _held.set(True)
    try:
        yield
    finally:
        _held.reset(token)
    ring()


def send_bell() -> None:
    """Ring at once, for the moment at which first changes may be judged; the sweeper finds what nobody heard."""
    faultpoint("intake.after_commit_before_bell")
    moment = monotonic()
    if moment - _rung[0] < BELL_HOLDS:
        return
    try:
        app.send_task(BELL, countdown=FIRST_SECONDS + A_MOMENT + BELL_HOLDS, retry=False, ignore_result=True)
        _rung[0] = moment
    except (KombuError, RedisError, OSError) as error:
        logger.warning("the bell did not ring, the sweeper will find the work", extra={"error": str(error)})
    faultpoint("intake.after_bell")
