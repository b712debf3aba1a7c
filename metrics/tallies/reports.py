"""Whether a vendor has reported for a period: missing is never met, and an empty table is not a good one."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from contracts.models.service_levels import Feed
from metrics.tallies.table_changes import TableChanges
from metrics.tallies.tables import rows_of
from metrics.timelines import Cell
from sla.periods import PeriodKind, PeriodRule

OWED_SPANS = {Feed.Schedule.WEEKLY: PeriodRule(PeriodKind.WEEK), Feed.Schedule.MONTHLY: PeriodRule(PeriodKind.MONTH)}


def is_reported(
    cell: Cell, days: Collection[date], column: str, *, rows: int = 0, changes: Collection[TableChanges] = ()
) -> bool:
    """Whether what is owed for the cell's period has come; `rows` are those counted in it.

    Counts: rows for every week or month that the feed owes inside the period, or any row of a daily feed. Other
    kinds: any row of the feed in the period, counted or not. Outages reported as they happen: silence means that
    none happened, once the feed has reported one.
    """
    feed = cell.service_level.feed
    if feed.kind == Feed.Kind.COUNTS:
        return bool(days) and not owed_without(cell, days)
    if rows or (days and feed.kind != Feed.Kind.DOWNTIME):
        return True
    results = rows_of([feed.pk], feed.kind, changes)
    if feed.kind == Feed.Kind.DOWNTIME:
        start = Q(started_on__gte=cell.period.start)
        begun = results.filter(started_on__lt=cell.period.end)
        return begun.exists() if feed.schedule == Feed.Schedule.EVENT else begun.filter(start).exists()
    return results.filter(in_period(cell, column)).exists()


def in_period(cell: Cell, column: str) -> Q:
    """Rows that belong to the period by the measure's column or, for cases, by the day of opening."""
    columns = {column, "opened_on"} if cell.service_level.feed.kind == Feed.Kind.CASES else {column}
    wanted = Q()
    for name in columns:
        wanted |= Q(**{f"{name}__gte": cell.period.start, f"{name}__lt": cell.period.end})
    return wanted


def owed_without(cell: Cell, days: Collection[date]) -> list[str]:
    """The labels of the weeks or months inside the period that the feed owes and has no row for.

    The first may be a part: of the week or month in which contract or feed begins.
    """
    feed = cell.service_level.feed
    rule = OWED_SPANS.get(Feed.Schedule(feed.schedule))
    if rule is None:
        return []
    begins = max(feed.starts_on, cell.service_level.contract.starts_on)
    return [
        owed.label
        for owed in rule.between(max(begins, cell.period.start), cell.period.end)
        if max(owed.start, begins) in cell.period
        and owed.end <= min(cell.period.end, feed.ends_on or cell.period.end)
        and not any(day in owed for day in days)
    ]
