"""What new and changed rows touch: open cells go onto the work queue, closed ones list the row as late."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q

from bpo.row_cache import RowCache
from contracts.clocks import calendar_of
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.models.results import Batch
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.closing import closing_times, final_keys
from metrics.services.work_queue import dequeue, enqueue
from metrics.tallies.sums import COLUMNS, day_column
from metrics.timelines import Cell, CellKey, Timeline, timelines_of
from sla.calendars import BusinessCalendar
from sla.intervals import Interval
from sla.metrics.components import Row
from sla.metrics.downtime import moment
from sla.metrics.measure import DAY_COLUMNS, Measure
from sla.metrics.window import Window
from sla.obligations import Obligation
from sla.periods import DAY, local_day, span

# A late change of an interval reaches no further back, so that one odd date does not enqueue ten years of work.
LONGEST_REACH = timedelta(days=800)
# So few cells are looked up one by one.
FEW_CELLS = 20
ANY_FINAL = "SELECT 1 FROM {table} WHERE is_current AND is_final AND ({keys}) LIMIT 1"


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is new, corrected or voided: its key, its local days before and after, and the reason given.

    With the row's columns `before` (None for a new row) and `after` (None for a voided one), it is late for a closed
    period only where the period's numbers would have changed; a nil report is late for every one of its days.
    """

    key: str
    days: frozenset[date]
    reason: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    is_nil: bool = False


def late_rows(*, feed: Feed, rows: Collection[RowChange], now: datetime) -> dict[str, Cell]:
    """Of those rows, the keys of the ones whose change would move a final verdict, with its cell."""
    by_day, timelines = changes_by_day(rows), timelines_reading(feed)
    cells = cells_counting(timelines, by_day) | cells_reached(timelines, feed, by_day, now)
    closed_at = closing_times(cells.values())
    late: dict[str, Cell] = {}
    for key in sorted(closed_at):
        for row in changes_missed(cells[key], by_day, closed_at[key]):
            late.setdefault(row.key, cells[key])
    return late


@transaction.atomic
def touch_cells(*, feed: Feed, rows: Iterable[RowChange], batch: Batch, now: datetime) -> set[str]:
    """Enqueue every open cell that the rows touch, and list what came too late for closed ones; returns their keys."""
    by_day = changes_by_day(rows)
    timelines = timelines_reading(feed)
    cells = cells_counting(timelines, by_day) | cells_reached(timelines, feed, by_day, now)
    closed = final_keys(cells.values())
    enqueue([cell for key, cell in cells.items() if key not in closed], now=now)
    closed_meanwhile = final_keys(cell for key, cell in cells.items() if key not in closed)
    if closed_meanwhile:
        dequeue(closed_meanwhile)
    closed |= closed_meanwhile
    late_cells = [cells[key] for key in closed]
    closed_at = closing_times(late_cells)
    levels = ServiceLevel.objects.filter(pk__in={cell.service_level.pk for cell in late_cells})
    own_feeds = dict(levels.values_list("pk", "feed_id")) if late_cells else {}
    arrivals = [
        LateArrival(
            service_level=cell.service_level,
            starts_on=cell.period.start,
            is_per=cell.service_level.feed_id != own_feeds[cell.service_level.pk],
            key=row.key,
            batch=batch,
            arrived_at=now,
            reason=row.reason,
        )
        for cell in late_cells
        for row in changes_missed(cell, by_day, closed_at[cell.key])
    ]
    LateArrival.objects.bulk_create(arrivals, ignore_conflicts=True, batch_size=500)
    return {arrival.key for arrival in arrivals}


def touch_open_cells(*, feed: Feed, days: Collection[date], now: datetime) -> bool:
    """Enqueue every cell of those days; False if one is final, and the caller has to undo it all.

    This is the short way for new rows, which mostly lie in open periods. A cell's row in the queue is its lock: whoever
    closes a period has done so before, or has to wait until this is written.
    """
    cells = cells_touched(feed=feed, days=days, now=now)
    if cells:
        enqueue(cells.values(), now=now)
    return not is_any_final(cells.values())


def cells_touched(*, feed: Feed, days: Collection[date], now: datetime) -> dict[CellKey, Cell]:
    """Every cell that rows of a feed on those days may change."""
    timelines = TIMELINES.get(
        feed.pk,
        lambda: (
            ServiceLevelTerms.objects.filter(Q(service_level__feed=feed) | Q(service_level__per_feed=feed))
            .select_related("service_level__feed__contract", "service_level__contract")
            .select_related("service_level__per_feed__contract")
            .order_by("service_level", "effective_on")
        ),
    )
    timelines = [each for timeline in timelines for each in as_reading(timeline, feed)]
    return cells_counting(timelines, days) | cells_reached(timelines, feed, days, now)


def timelines_reading(feed: Feed) -> list[Timeline]:
    """The timelines of the service levels that read a feed, each as it reads it."""
    levels = ServiceLevel.objects.filter(Q(feed=feed) | Q(per_feed=feed))
    return [each for timeline in timelines_of(levels).values() for each in as_reading(timeline, feed)]


def as_reading(timeline: Timeline, feed: Feed) -> list[Timeline]:
    """The timeline as it reads a feed: itself, the one of its denominators, or both."""
    level = timeline.service_level
    found = [timeline] if level.feed_id == feed.pk else []
    if level.per_feed_id == feed.pk and timeline.agreed:
        agreed = tuple(agreed.per for agreed in timeline.agreed if agreed.per)
        found.append(Timeline(agreed[0].terms.service_level, agreed, timeline.time, timeline.apart))
    return found


def timelines_from(rows: Iterable[ServiceLevelTerms]) -> list[Timeline]:
    """The timelines that the terms make; they are good for finding cells."""
    levels: dict[int, ServiceLevel] = {}
    terms: dict[int, list[ServiceLevelTerms]] = {}
    for row in rows:
        level = levels.setdefault(row.service_level_id, row.service_level)
        terms.setdefault(level.pk, []).append(row)
    return [Timeline.of(level, terms[pk]) for pk, level in levels.items()]


TIMELINES: RowCache[list[Timeline]] = RowCache(timelines_from)


def is_any_final(cells: Collection[Cell]) -> bool:
    if not 0 < len(cells) <= FEW_CELLS:
        return bool(final_keys(cells))
    places = " OR ".join(["(service_level_id = %s AND starts_on = %s)"] * len(cells))
    values: list[Any] = []
    for cell in cells:
        values += [cell.service_level.pk, connection.ops.adapt_datefield_value(cell.period.start)]
    with connection.cursor() as cursor:
        cursor.execute(ANY_FINAL.format(table=Verdict._meta.db_table, keys=places), values)
        return cursor.fetchone() is not None


def cells_counting(timelines: Iterable[Timeline], days: Collection[date]) -> dict[CellKey, Cell]:
    """Every cell of those service levels that counts rows of one of those days: theirs, and those that look ahead."""
    cells: dict[CellKey, Cell] = {}
    for timeline in timelines:
        cells |= cells_containing([timeline], days_counting(timeline, days))
        for day in days:
            cells |= {cell.key: cell for cell in cells_looking_ahead(timeline, day)}
    return cells


def days_counting(timeline: Timeline, days: Iterable[date]) -> set[date]:
    """The days in whose periods rows may count that begin on one of those days."""
    found, reports = set(days), timeline.service_level.feed.reports
    for straddling in {agreed.straddling for agreed in timeline.agreed if reports is not None}:
        obligation = Obligation(timeline.time, reports, straddling)
        found.update(chain.from_iterable(obligation.days_counting(day) for day in days))
    return found


def cells_looking_ahead(timeline: Timeline, day: date) -> list[Cell]:
    """The earlier cells whose measures look ahead as far as that day."""
    reach = max((agreed.look_ahead for agreed in timeline.agreed), default=timedelta(0))
    if not reach:
        return []
    days = (day - DAY * number for number in range(reach.days + 1, 0, -1))
    cells = {cell.period.start: cell for before in days for cell in timeline.cells_on(before)}
    return [cell for cell in cells.values() if cell.period.end <= day < cell.seen_until]


def cells_containing(timelines: Iterable[Timeline], days: Iterable[date]) -> dict[CellKey, Cell]:
    """Every cell of those service levels in which one of those days lies."""
    ordered = sorted(set(days))
    cells: dict[CellKey, Cell] = {}
    for timeline in timelines:
        last: list[Cell] = []
        for day in ordered:
            if len(last) != 1 or day not in last[0].period:
                last = timeline.cells_on(day)
                cells |= {cell.key: cell for cell in last}
    return cells


def cells_reached(
    timelines: Iterable[Timeline], feed: Feed, days: Collection[date], now: datetime
) -> dict[CellKey, Cell]:
    """The later cells of measures that look at intervals: an outage or an open case may last up to now."""
    if not days or feed.kind not in (Feed.Kind.DOWNTIME, Feed.Kind.CASES):
        return {}
    today = local_day(now, ZoneInfo(feed.contract.zone))
    first = max(min(days), today - LONGEST_REACH)
    until_today = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    reading = [timeline for timeline in timelines if any(agreed.overlaps for agreed in timeline.agreed)]
    return cells_containing(reading, until_today)


def changes_missed(cell: Cell, by_day: dict[date, list[RowChange]], closed_at: datetime) -> list[RowChange]:
    """The rows, each once, whose change the cell would have counted, as of the instant at which it was closed."""
    rows: dict[str, RowChange] = {}
    # What lasts may have begun long before.
    day = min(by_day) if cell.agreed.overlaps and by_day else cell.obligation.counts_from(cell.period)
    while day < cell.seen_until:
        rows |= {row.key: row for row in by_day.get(day, ())}
        day += DAY
    if not rows:
        return []
    calendar = calendar_of(cell.service_level.contract, on=cell.period.start, at=closed_at)
    return [row for row in rows.values() if is_counted(row, cell, calendar, closed_at)]


def changes_by_day(rows: Iterable[RowChange]) -> dict[date, list[RowChange]]:
    by_day: dict[date, list[RowChange]] = defaultdict(list)
    for row in rows:
        for day in row.days:
            by_day[day].append(row)
    return by_day


def is_counted(change: RowChange, cell: Cell, calendar: BusinessCalendar, closed_at: datetime) -> bool:
    """Whether a closed cell would have counted the change, in its sums, by day or by target.

    Without the row's columns it counts as if it would.
    """
    if (change.before is None and change.after is None) or change.is_nil:
        return True
    measure = cell.agreed.measure
    window = Window(*span(cell.counted, ZoneInfo(cell.service_level.contract.zone)), closed_at, calendar)
    rows = [row for row in (change.before, change.after) if row is not None and is_read(row, cell, window)]
    if len(rows) < 2 or measure.look_ahead:
        return bool(rows)
    column, targets = day_column(measure), measure.targets
    before, after = (
        (
            lasting(row, measure, window) if measure.overlaps else row.get(column),
            targets and targets.value_of(row),
            measure.from_rows([{name: row.get(name) for name in COLUMNS[measure.kind]}], window),
        )
        for row in rows
    )
    return before != after


def is_read(row: Row, cell: Cell, window: Window) -> bool:
    """Whether the cell's terms read the row, by their narrowing and its days; whether it counts is another question."""
    for column, values in cell.agreed.terms.narrowing.items():
        if (row.get(column) or "") not in ([values] if isinstance(values, str) else values):
            return False
    measure = cell.agreed.measure
    if measure.overlaps:
        begins, ends = lasting(row, measure, window)
        return begins <= ends
    day = row.get(day_column(measure))
    return isinstance(day, date) and cell.counts_rows_of(day)


def lasting(row: Row, measure: Measure, window: Window) -> Interval:
    """The part of a window, as far as it is known, in which an outage or an open case lasts."""
    began, ended = moment(row, DAY_COLUMNS[measure.kind]), moment(row, measure.stop or "ended_at")
    return max(began or window.start, window.start), min(ended or window.known_end, window.known_end)
