"""What the rows of each cell add up to, local day by local day: one grouped statement for neighbouring cells."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import chain, repeat
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from metrics.tallies.reports import is_reported
from metrics.tallies.sums import day_sums, day_values, multiplies, sums_of_rows
from metrics.tallies.tables import COLUMNS, day_column, narrowed, rows_of
from metrics.timelines import Cell, CellKey
from sla.calendars import BusinessCalendar
from sla.metrics.components import Row
from sla.metrics.measure import Measure
from sla.metrics.window import Window
from sla.periods import day_span, span
from sla.tallies import Tally


@dataclass(frozen=True, slots=True)
class Reading:
    """One cell's rows: the tally of each local day, or one for the whole where days cannot be added up.

    `rows` is how many rows stand behind it, `batches` are those that brought each day's latest rows, oldest first.
    """

    days: Mapping[date, Tally]
    rows: int
    batches: tuple[int, ...]
    reported: bool
    snapshot: Tally | None = None

    def total(self) -> Tally:
        """Everything that was reported."""
        return Tally.total(self.days.values()) if self.snapshot is None else self.snapshot

    def over(self, days: Iterable[date]) -> Tally:
        """The part that lies in those days; nothing of a snapshot lies in a day."""
        return Tally.total(self.days[day] for day in days if day in self.days)


@dataclass(frozen=True, slots=True)
class Lookout:
    """From where rows are looked at: the instant up to which facts are known, and the calendar of the contract."""

    as_of: datetime
    calendar: BusinessCalendar


def read_cells(cells: Sequence[Cell], lookouts: Mapping[int, Lookout]) -> dict[CellKey, Reading | Exception]:
    """The reading of each cell, or why it cannot be read; `lookouts` are by contract."""
    found: dict[CellKey, Reading | Exception] = {}
    for group in neighbours(cells):
        lookout = lookouts[group[0].service_level.contract_id]
        try:
            found |= read_group(group, lookout)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            found |= alone(group, lookout) if len(group) > 1 else {group[0].key: error}
    return found


def alone(group: Sequence[Cell], lookout: Lookout) -> dict[CellKey, Reading | Exception]:
    """The cells one by one, so that one that cannot be read does not hold up its neighbours."""
    found: dict[CellKey, Reading | Exception] = {}
    for cell in group:
        found |= read_cells([cell], {cell.service_level.contract_id: lookout})
    return found


def neighbours(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells of the same terms whose periods follow each other closely, so that one statement may read them."""
    groups: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda cell: (cell.service_level.pk, cell.agreed.terms.pk, cell.period.start)):
        last = groups[-1][-1] if groups else None
        if (
            last
            and last.agreed is cell.agreed
            and cell.period.start - last.period.end <= last.period.end - last.period.start
        ):
            groups[-1].append(cell)
        else:
            groups.append([cell])
    return groups


def read_group(group: Sequence[Cell], lookout: Lookout) -> dict[CellKey, Reading]:
    """The readings of neighbouring cells under the same terms."""
    agreed = group[0].agreed
    feed, measure = group[0].service_level.feed, agreed.measure
    rows = rows_of(feed.pk, feed.kind).filter(narrowed(agreed.terms.narrowing, feed.kind))
    if measure.needs_rows or multiplies(measure):
        return {cell.key: read_rows(cell, rows, measure, lookout) for cell in group}
    column = day_column(measure)
    rows = rows.filter(**{f"{column}__gte": group[0].period.start, f"{column}__lt": group[-1].period.end})
    sums = day_sums(rows, measure, column, lookout.as_of)
    values = day_values(rows, measure.values_of, column, lookout.as_of) if measure.values_of else {}
    by_cell: dict[CellKey, dict[date, Tally]] = {cell.key: {} for cell in group}
    for day, found in sums.items():
        for cell in group:
            if day in cell.period:
                by_cell[cell.key][day] = measure.tally(found.sums, spread(values.get(day, ())))
    readings = {}
    for cell in group:
        days = by_cell[cell.key]
        counted = sum(sums[day].rows for day in days)
        batches = tuple(sorted({sums[day].batch for day in days}))
        readings[cell.key] = Reading(days, counted, batches, is_reported(cell, days, column))
    return readings


def spread(values: Iterable[tuple[Fraction, int]]) -> list[Fraction]:
    """Every value as often as it occurs, in rising order."""
    return list(chain.from_iterable(repeat(value, times) for value, times in sorted(values)))


def read_rows(cell: Cell, rows: QuerySet[Any], measure: Measure, lookout: Lookout) -> Reading:
    """The reading of a cell whose rows the engine itself must see."""
    zone = ZoneInfo(cell.service_level.contract.zone)
    start, end = span(cell.period, zone)
    window = Window(start, end, lookout.as_of, lookout.calendar)
    column = day_column(measure)
    kept = rows.filter(touching(cell, measure, column))
    columns = COLUMNS[measure.kind]
    facts = list(kept.values(*dict.fromkeys((*columns, column)), "batch_id"))
    batches = tuple(sorted({fact["batch_id"] for fact in facts}))
    if measure.snapshot:
        tally = measure.from_rows(facts, window)
        return Reading({}, len(facts), batches, is_reported(cell, {}, column, rows=len(facts)), tally)
    days = (
        days_overlapped(cell, facts, measure, window, zone)
        if measure.overlaps
        else days_begun(cell, facts, measure, window, column)
    )
    return Reading(days, len(facts), batches, is_reported(cell, days, column, rows=len(facts)))


def touching(cell: Cell, measure: Measure, column: str) -> Q:
    """The rows that begin in the period, or, where the measure looks at intervals, all that touch it."""
    before_end = Q(**{f"{column}__lt": cell.period.end})
    if not measure.overlaps:
        return before_end & Q(**{f"{column}__gte": cell.period.start})
    stop = getattr(measure.reader, "stop", "ended_at").removesuffix("_at") + "_on"
    return before_end & (Q(**{f"{stop}__isnull": True}) | Q(**{f"{stop}__gte": cell.period.start}))


def days_begun(cell: Cell, facts: Sequence[Row], measure: Measure, window: Window, column: str) -> dict[date, Tally]:
    """The tally of each day on which rows begin."""
    by_day: dict[date, list[Row]] = defaultdict(list)
    for fact in facts:
        by_day[fact[column]].append(fact)  # type: ignore[index]
    if measure.needs_rows:
        return {day: measure.from_rows(by_day[day], window) for day in sorted(by_day)}
    return {day: measure.tally(sums_of_rows(by_day[day], measure, window.as_of)) for day in sorted(by_day)}


def days_overlapped(
    cell: Cell, facts: Sequence[Row], measure: Measure, window: Window, zone: ZoneInfo
) -> dict[date, Tally]:
    """The tally of each day up to the known end, of the part of every interval that lies in it."""
    days = {}
    for day in cell.period.days():
        start, end = day_span(day, zone)
        if start < window.as_of:
            days[day] = measure.from_rows(facts, Window(start, end, window.as_of, window.clock))
    return days
