"""Whether what is owed for a period has come, and which of its open cases are undecided."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Q

from contracts.clocks import Clock
from contracts.models.service_levels import Feed
from metrics.tallies.sums import COLUMNS, day_column, narrowed, rows_of
from metrics.tallies.table_changes import TableChanges
from metrics.timelines import Cell
from sla.metrics.window import Window
from sla.periods import local_day, span


def is_reported(
    cell: Cell, days: Collection[date], column: str, *, rows: int = 0, changes: Collection[TableChanges] = ()
) -> bool:
    """Whether what is owed for the cell's period has come; `rows` are those counted in it.

    Counts: rows for every week or month that the feed owes inside the period, or any row of a daily feed, of each
    split that the terms name. Other kinds: any row of the feed in the period, counted or not. Outages reported as they
    happen: silence means that none happened, once the feed has reported one.
    """
    feed = cell.service_level.feed
    if feed.kind == Feed.Kind.COUNTS:
        splits = cell.agreed.named_splits
        if len(splits) < 2:
            return has_all_reports(cell, days)
        by_split = days_of_splits(cell, column, changes)
        return all(has_all_reports(cell, by_split[split]) for split in splits)
    if rows or (days and feed.kind != Feed.Kind.DOWNTIME):
        return True
    results = rows_of([feed.pk], feed.kind, changes)
    start, end = cell.counted.start, cell.counted.end
    if feed.kind == Feed.Kind.DOWNTIME:
        begun = Q(started_on__lt=end)
        if feed.schedule != Feed.Schedule.EVENT:
            begun &= Q(started_on__gte=start)
        return results.filter(begun).exists()
    in_period = Q(**{f"{column}__gte": start, f"{column}__lt": end})
    if feed.kind == Feed.Kind.CASES:
        in_period |= Q(opened_on__gte=start, opened_on__lt=end)
    return results.filter(in_period).exists()


def has_all_reports(cell: Cell, days: Collection[date]) -> bool:
    """Whether each report that the cell needs has rows on one of those days; where it needs none, whether any has."""
    return bool(days) and all(any(day in report for day in days) for report in cell.owed)


def days_of_splits(cell: Cell, column: str, changes: Collection[TableChanges]) -> dict[str, set[date]]:
    """The days on which rows of each split that the terms name count in the cell."""
    rows = rows_of([cell.service_level.feed_id], Feed.Kind.COUNTS, changes)
    rows = rows.filter(narrowed(cell.agreed.terms.narrowing, Feed.Kind.COUNTS))
    first = cell.obligation.counts_from(cell.period)
    rows = rows.filter(**{f"{column}__gte": first, f"{column}__lt": cell.counted.end})
    days: dict[str, set[date]] = defaultdict(set)
    for split, day in rows.values_list("split", column).distinct().order_by():
        if cell.counts_rows_of(day):
            days[split].add(cell.obligation.counted_part(cell.period, day)[0] if cell.shares_reports else day)
    return days


def undecided_cases(cell: Cell, clock: Clock, changes: Collection[TableChanges]) -> int:
    """How many cases of an ended period are open and may still be in time; the period stays open for them."""
    measure, zone = cell.agreed.measure, ZoneInfo(cell.service_level.contract.zone)
    if not measure.awaits_open_cases or local_day(clock.at, zone) < cell.period.end:
        return 0
    column, terms = day_column(measure), cell.agreed.terms
    in_period = {f"{column}__gte": cell.counted.start, f"{column}__lt": cell.counted.end}
    rows = rows_of([cell.service_level.feed_id], measure.kind, changes).filter(narrowed(terms.narrowing, measure.kind))
    still_open = list(rows.filter(**in_period, **{f"{measure.stop}__isnull": True}).values(*COLUMNS[measure.kind]))
    if not still_open:
        return 0
    window = Window(*span(cell.counted, zone), clock.at, clock.on(cell.period.start))
    return len(still_open) - measure.from_rows(still_open, window).cases
