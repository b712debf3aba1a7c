"""Cases that are open when their period has ended and may still be in time: the period closes when all are decided."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from contracts.clocks import Clock
from metrics.tallies.sums import COLUMNS, day_column, narrowed, rows_of
from metrics.tallies.table_changes import TableChanges
from metrics.timelines import Cell
from sla.metrics.window import Window
from sla.periods import local_day, span


def undecided_cases(cell: Cell, clock: Clock, changes: Collection[TableChanges]) -> int:
    """How many cases of an ended period are open and count neither as met nor as missed yet; 0 for other measures."""
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
