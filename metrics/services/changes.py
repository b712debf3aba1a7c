"""What a changed row means for a closed cell: whether its verdict would have counted the change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from metrics.tallies.tables import COLUMNS, day_column
from metrics.timelines import Cell
from sla.calendars import BusinessCalendar
from sla.metrics.components import Row
from sla.metrics.measure import Measure
from sla.metrics.window import Window
from sla.periods import span
from sla.tallies import Tally


@dataclass(frozen=True, slots=True)
class TouchedRow:
    """A row that is new or changed: its key, its local days before and after, and why it was corrected or late.

    With the row's columns `before` (None for a new row) and `after` (None for a voided one), a closed period is
    only held to have missed it where its numbers would have changed.
    """

    key: str
    days: frozenset[date]
    reason: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def is_late_for(cell: Cell, row: TouchedRow, calendar: BusinessCalendar, closed_at: datetime) -> bool:
    """Whether a closed cell would have counted the change; a row that is wholly new or gone always was its business."""
    if row.before is None and row.after is None:
        return True
    measure = cell.agreed.measure
    rows = [one for one in (row.before, row.after) if one is not None and belongs(cell, measure, one)]
    if row.before is None or row.after is None or len(rows) == 1:
        return bool(rows)
    if measure.look_ahead:
        return True
    tallies = [contribution(cell, measure, one, calendar, closed_at) for one in rows]
    return any(tally != tallies[0] for tally in tallies)


def contribution(cell: Cell, measure: Measure, row: Row, calendar: BusinessCalendar, closed_at: datetime) -> Tally:
    """What one row adds to a cell, looked at from the instant at which it was closed."""
    start, end = span(cell.period, ZoneInfo(cell.service_level.contract.zone))
    columns = {name: row.get(name) for name in COLUMNS[measure.kind]}
    return measure.from_rows([columns], Window(start, end, as_of=closed_at, clock=calendar))


def belongs(cell: Cell, measure: Measure, row: Row) -> bool:
    """Whether the measure reads the row in that period: by its narrowing, and by its local day."""
    for column, values in cell.agreed.terms.narrowing.items():
        if row.get(column) not in ([values] if isinstance(values, str) else values):
            return False
    if measure.overlaps:
        return True
    day = row.get(day_column(measure))
    return isinstance(day, date) and cell.period.start <= day < cell.seen_until
