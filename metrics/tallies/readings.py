"""What the rows of each cell add up to, local day by local day.

Neighbouring cells, and service levels that measure the same, are read in one grouped statement.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Model, Q, QuerySet

from contracts.clocks import Clock
from contracts.models.service_levels import TOTALS
from metrics.models.results import NilResult
from metrics.tallies.by_cell import cell_sums
from metrics.tallies.days import Reading, Scheme, add_up_days
from metrics.tallies.excused import Excused, left_out_of
from metrics.tallies.nil_reports import with_nil_days
from metrics.tallies.sums import COLUMNS, DaySums, day_column, day_sums, is_reported, narrowed, rows_of
from metrics.tallies.table_changes import TableChanges, results_of
from metrics.timelines import Cell, CellKey
from sla.metrics.components import Row
from sla.metrics.measure import Measure
from sla.metrics.window import Window
from sla.periods import DAY, day_span, span
from sla.tallies import Tally

NOTHING_EXCUSED: Mapping[CellKey, Excused] = {}


def read_cells(
    cells: Sequence[Cell],
    clocks: Mapping[int, Clock],
    changes: Collection[TableChanges] = (),
    excused: Mapping[CellKey, Excused] = NOTHING_EXCUSED,
) -> dict[CellKey, Reading | Exception]:
    """The reading of each cell, or why it cannot be read, as of the instants of the contracts' clocks.

    With `changes`, as if the tables held other rows; with `excused`, what hours and single rows take out of it.
    """
    readings: dict[CellKey, Reading | Exception] = {}
    for groups in groups_by_statement(neighbouring_cells(cells)):
        clock = clocks[groups[0][0].service_level.contract_id]
        try:
            own = read_groups(groups, clock, changes)
            for cell in chain.from_iterable(groups):
                if cell.key in excused and excused[cell.key].others:
                    own[cell.key] = with_left_out(cell, own[cell.key], excused[cell.key], clock, changes)
            readings |= own
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            # Each cell by itself, so that one that cannot be read does not hold up the others.
            together = list(chain.from_iterable(groups))
            if len(together) == 1:
                readings[together[0].key] = error
            else:
                for cell in together:
                    readings |= read_cells([cell], clocks, changes, excused)
    feeds = {cell.key: cell.service_level.feed for cell in cells}
    single = {key: feed for key, feed in feeds.items() if (feed.kind, feed.schedule) not in TOTALS}
    if single and (changes or NilResult.objects.filter(feed__in=set(single.values())).exists()):
        readings = with_nil_days([cell for cell in cells if cell.key in single], readings, clocks, changes)
    over = {cell.key: cell for cell in cells if cell.service_level.per_feed_id and cell.per}
    if not over:
        return readings
    hours = {key: excused[key].of_denominator(cell) for key, cell in over.items() if key in excused}
    denominators = read_cells([cell.per for cell in over.values() if cell.per], clocks, changes, hours)
    for key, cell in over.items():
        readings[key] = over_denominator(cell, readings[key], denominators[key], clocks[cell.service_level.contract_id])
    return readings


def over_denominator(
    cell: Cell, part: Reading | Exception, whole: Reading | Exception, clock: Clock
) -> Reading | Exception:
    """The cell's reading over that of its denominators; what cannot be read is the error of both.

    It is reported once all is that its feeds owe; where they owe nothing, once both are.
    """
    if isinstance(part, Exception) or isinstance(whole, Exception):
        return part if isinstance(part, Exception) else whole
    owed = [reading for reader, reading in ((cell, part), (cell.per, whole)) if reader and reader.owes(clock)]
    return part.per(whole, reported=all(reading.reported for reading in owed or (part, whole)))


def neighbouring_cells(cells: Sequence[Cell]) -> list[list[Cell]]:
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


def groups_by_statement(groups: Iterable[list[Cell]]) -> list[list[list[Cell]]]:
    """The groups of cells, of several service levels, that one statement reads: they add up the same columns."""
    batches: dict[Hashable, list[list[Cell]]] = defaultdict(list)
    for group in groups:
        terms, feed = group[0].agreed.terms, group[0].service_level.feed
        statement = json.dumps([terms.aggregation, terms.params, terms.narrowing], sort_keys=True, default=str)
        apart = (group[0].service_level.pk, terms.pk) if reads_rows(group[0]) else ()
        # PostgreSQL reads any days for each cell; elsewhere one statement can read only what spans the same days.
        days = () if connection.vendor == "postgresql" else (group[0].counted.start, group[-1].period.end)
        batches[feed.kind, statement, days, apart].append(group)
    return list(batches.values())


def reads_rows(cell: Cell) -> bool:
    """Whether the cell's rows are read one by one; also where the terms make no sense, so that the cell fails alone."""
    try:
        measure = cell.agreed.measure
        # A product of two columns overflows the integers of a database.
        multiplies = any(component.times for component in measure.components)
        return cell.shares_reports or measure.needs_rows or multiplies
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return True


def read_groups(
    groups: Sequence[Sequence[Cell]], clock: Clock, changes: Collection[TableChanges]
) -> dict[CellKey, Reading]:
    """The readings of groups of neighbouring cells that add up the same columns over the same days."""
    first, last = groups[0][0], groups[0][-1]
    kind, measure = first.service_level.feed.kind, first.agreed.measure
    feeds = {group[0].service_level.feed_id for group in groups}
    narrowing = narrowed(first.agreed.terms.narrowing, kind)
    if reads_rows(first):
        rows = rows_of(feeds, kind, changes).filter(narrowing)
        return {cell.key: read_rows(cell, rows, measure, clock, changes) for group in groups for cell in group}
    column = day_column(measure)
    if connection.vendor == "postgresql":
        return read_by_cell(list(chain.from_iterable(groups)), measure, column, clock, changes)
    where = narrowing & Q(**{f"{column}__gte": first.counted.start, f"{column}__lt": last.period.end})
    by_feed = day_sums(feeds, where, measure, column, clock.at, changes)
    scheme = Scheme(measure)
    readings = {}
    for group in groups:
        feed_sums = by_feed.get(group[0].service_level.feed_id, {})
        for cell, cell_days in zip(group, days_by_cell(group, feed_sums), strict=True):
            days = add_up_days(scheme, ((day, scheme.of(sums.sums), sums.values) for day, sums in cell_days.items()))
            batches = tuple(sorted({sums.batch for sums in cell_days.values()}))
            number = sum(sums.rows for sums in cell_days.values())
            reported = is_reported(cell, days, column, changes=changes)
            readings[cell.key] = Reading(days, number, batches, reported)
    return readings


def read_by_cell(
    cells: Sequence[Cell], measure: Measure, column: str, clock: Clock, changes: Collection[TableChanges]
) -> dict[CellKey, Reading]:
    """The readings of cells that add up the same columns, whatever their feeds and days."""
    kind, terms = cells[0].service_level.feed.kind, cells[0].agreed.terms
    rows = results_of(kind, changes).filter(narrowed(terms.narrowing, kind))
    spans = [(cell.service_level.feed_id, cell.counted.start, cell.counted.end) for cell in cells]
    sums = cell_sums(rows, measure, column, spans, clock.at)
    return {
        cell.key: Reading(days, number, batches, is_reported(cell, days, column, changes=changes))
        for cell, (days, number, batches) in zip(cells, sums, strict=True)
    }


def days_by_cell(group: Sequence[Cell], sums: Mapping[date, DaySums]) -> list[dict[date, DaySums]]:
    """The days of each cell, in order; neighbouring cells lie in the order of their periods and do not overlap."""
    days: list[dict[date, DaySums]] = [{} for _ in group]
    place = 0
    for day in sorted(sums):
        while place < len(group) and group[place].period.end <= day:
            place += 1
        if place < len(group) and day in group[place].period:
            days[place][day] = sums[day]
    return days


def read_rows(
    cell: Cell, rows: QuerySet[Model], measure: Measure, clock: Clock, changes: Collection[TableChanges]
) -> Reading:
    """The reading of a cell whose rows the engine itself reads."""
    zone = ZoneInfo(cell.service_level.contract.zone)
    start, end = span(cell.counted, zone)
    window = Window(start, end, clock.at, clock.on(cell.period.start))
    # What lasts into a period that has not begun is not counted there yet.
    is_ahead = measure.overlaps and clock.at <= start
    column, facts = day_column(measure), [] if is_ahead else facts_of(cell, rows)
    batches = tuple(sorted({fact["batch_id"] for fact in facts}))
    days: Mapping[date, Tally] = {}
    number, snapshot = len(facts), None
    if measure.look_ahead:
        inside = [fact[column] for fact in facts if fact[column] in cell.counted]
        days, number = days_ahead(facts, measure, window, zone, column, set(inside)), len(inside)
    elif measure.snapshot:
        snapshot = measure.from_rows(facts, window)
    elif measure.overlaps:
        days = days_overlapped(cell, facts, measure, window, zone)
    else:
        days = days_begun(facts, measure, window, column)
    if cell.shares_reports:
        # Under the first day of each report that counts in the cell, what the report brings to it.
        shared: dict[date, Tally] = {}
        for first_day, tally in days.items():
            day, share = cell.obligation.counted_part(cell.period, first_day)
            shared[day] = Tally.total((shared.get(day, Tally.empty()), tally.scaled(share)))
        days = shared
    reported = is_reported(cell, days, column, rows=number, changes=changes)
    by_target, without_target = read_targets(facts, measure, window)
    return Reading(days, number, batches, reported, snapshot, by_target=by_target, without_target=without_target)


def facts_of(cell: Cell, rows: QuerySet[Model]) -> list[dict[str, Any]]:
    """The rows that the engine reads one by one for a cell."""
    measure = cell.agreed.measure
    column = day_column(measure)
    in_reach = Q(**{f"{column}__lt": cell.seen_until})
    if measure.overlaps:
        # Of intervals all that touch the period, of others those that begin in it.
        stop = getattr(measure.reader, "stop", "ended_at").removesuffix("_at") + "_on"
        in_reach &= Q(**{f"{stop}__isnull": True}) | Q(**{f"{stop}__gte": cell.counted.start})
    else:
        in_reach &= Q(**{f"{column}__gte": cell.obligation.counts_from(cell.period)})
    facts = list(rows.filter(in_reach).values(*dict.fromkeys((*COLUMNS[measure.kind], column)), "key", "batch_id"))
    return [fact for fact in facts if cell.counts_rows_of(fact[column])] if cell.shares_reports else facts


def with_left_out(
    cell: Cell, reading: Reading, excused: Excused, clock: Clock, changes: Collection[TableChanges]
) -> Reading:
    """The reading with what excuses of hours and of single rows take out of it."""
    measure, kind = cell.agreed.measure, cell.service_level.feed.kind
    rows = rows_of([cell.service_level.feed_id], kind, changes).filter(narrowed(cell.agreed.terms.narrowing, kind))
    facts = facts_of(cell, rows) if measure.overlaps or measure.look_ahead else []
    return replace(reading, left_out=left_out_of(cell, excused, facts, clock, changes))


def read_targets(facts: Sequence[Row], measure: Measure, window: Window) -> tuple[dict[str, Tally], dict[str, int]]:
    """The tally of each value that has a target, and the number of rows of each that has none."""
    if measure.targets is None:
        return {}, {}
    groups = measure.targets.groups(facts)
    without = Counter(measure.targets.value_of(fact) for fact in facts if not measure.reads(fact))
    return {value: measure.from_rows(rows, window) for value, rows in groups.items()}, dict(without)


def days_begun(facts: Sequence[Row], measure: Measure, window: Window, column: str) -> dict[date, Tally]:
    """The tally of each day on which rows begin."""
    by_day: dict[date, list[Row]] = defaultdict(list)
    for fact in facts:
        by_day[fact[column]].append(fact)  # type: ignore[index]
    if measure.needs_rows:
        return {day: measure.from_rows(by_day[day], window) for day in sorted(by_day)}
    tallies = {}
    for day, rows in sorted(by_day.items()):
        sums = {component.name: component.over(rows, window.as_of) for component in measure.components}
        tallies[day] = measure.tally(sums)
    return tallies


def days_ahead(
    facts: Sequence[Row], measure: Measure, window: Window, zone: ZoneInfo, column: str, days: Collection[date]
) -> dict[date, Tally]:
    """The tally of each of those days, of rows that begin on it, with what followed as far as the measure looks."""
    by_day: dict[date, list[Row]] = defaultdict(list)
    for fact in facts:
        by_day[fact[column]].append(fact)  # type: ignore[index]
    tallies, reach = {}, range((measure.look_ahead + DAY).days + 1)
    for day in sorted(days):
        start, end = day_span(day, zone)
        following = chain.from_iterable(by_day[day + DAY * ahead] for ahead in reach)
        tallies[day] = measure.from_rows(following, Window(start, end, window.as_of, window.clock))
    return tallies


def days_overlapped(
    cell: Cell, facts: Sequence[Row], measure: Measure, window: Window, zone: ZoneInfo
) -> dict[date, Tally]:
    """The tally of each day up to the known end, of the part of every interval that lies in it."""
    days = {}
    for day in cell.counted.days():
        start, end = day_span(day, zone)
        if start < window.as_of:
            days[day] = measure.from_rows(facts, Window(start, end, window.as_of, window.clock))
    return days
