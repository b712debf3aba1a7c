"""What granted excuses leave out of a cell: whole days, hours of days, and single rows by their ids."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from contracts.clocks import Clock
from contracts.models.service_levels import Feed
from metrics.models.breaches import Excuse
from metrics.tallies.sums import COLUMNS, day_column, narrowed, rows_of
from metrics.tallies.table_changes import TableChanges
from metrics.timelines import Cell
from sla.excuses import covers_day, difference, restored
from sla.intervals import Interval, without
from sla.metrics.components import Row
from sla.metrics.downtime import is_down
from sla.metrics.window import Window
from sla.periods import DAY, day_span, span
from sla.tallies import Tally


@dataclass(frozen=True, slots=True)
class Excused:
    """What excuses leave out of one cell: days with the excuse of each; and excuses of hours and of rows.

    `beyond` are the whole days outside of it, on which a week may lie that counts in it.
    """

    days: Mapping[date, Excuse]
    others: Sequence[Excuse]
    beyond: Collection[date] = ()

    @classmethod
    def of(cls, cell: Cell, granted: Iterable[Excuse]) -> "Excused":
        """What granted excuses of the cell's service level leave out; a day that hours cover is left out as a day."""
        zone, days, others = ZoneInfo(cell.service_level.contract.zone), dict[date, Excuse](), list[Excuse]()
        beyond: set[date] = set()
        for excuse in granted:
            if excuse.granted_cases:
                others.append(excuse)
                continue
            touched = [day for day in excuse.granted_days if day in cell.counted]
            given = [day for day in excuse.granted_days if covers_day(excuse.granted_hours, day, zone)]
            whole = [day for day in given if day in cell.counted]
            beyond.update(set(given) - set(whole))
            for day in whole:
                days.setdefault(day, excuse)
            if len(whole) < len(touched):
                others.append(excuse)
        return cls(days, others, beyond)

    def of_denominator(self, cell: Cell) -> "Excused":
        """What of it the feed that gives the denominator loses: the hours, where both feeds have moments."""
        others = [each for each in self.others if not each.granted_cases and has_moments(cell)]
        return replace(self, others=others)


NOTHING = Excused({}, ())


def has_moments(cell: Cell) -> bool:
    """Whether hours can be told apart in what the cell counts: not in totals of days or longer, of either feed."""
    feed = cell.service_level.feed
    is_total = feed.kind == Feed.Kind.COUNTS and feed.schedule != Feed.Schedule.EVENT
    return not is_total and (cell.per is None or has_moments(cell.per))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the hours or the rows of one excuse take out of a cell: the keys of the rows, and what they add up to."""

    excuse: Excuse
    keys: tuple[str, ...]
    tally: Tally


def left_out_of(
    cell: Cell, excused: Excused, facts: Sequence[Row], clock: Clock, changes: Collection[TableChanges]
) -> tuple[LeftOut, ...]:
    """What hours and named rows take out of the cell, each row and minute once; what days take out stays with them.

    `facts` are the cell's rows where its measure looks at spans of time. Named rows that the cell does not count name
    nothing in it, and a figure of how things stand at a period's end has no hours.
    """
    measure = cell.agreed.measure
    if measure.snapshot or (measure.look_ahead and not has_moments(cell)):
        return tuple(LeftOut(excuse, (), Tally.empty()) for excuse in excused.others if excuse.granted_hours)
    if measure.overlaps or measure.look_ahead:
        return tuple(spans_left_out(cell, excused, facts, clock))
    parts, taken = [], set()
    window = Window(*span(cell.counted, ZoneInfo(clock.contract.zone)), clock.at, clock.on(cell.period.start))
    for excuse in excused.others:
        rows = [row for row in rows_named(cell, excuse, changes) if row["key"] not in taken]
        rows = [row for row in rows if row[day_column(measure)] not in excused.days]
        taken |= {row["key"] for row in rows}
        if rows or excuse.granted_hours:
            tally = measure.from_rows(rows, window) if rows else Tally.empty()
            parts.append(LeftOut(excuse, tuple(sorted(row["key"] for row in rows)), tally))
    return tuple(parts)


def rows_named(cell: Cell, excuse: Excuse, changes: Collection[TableChanges]) -> list[dict[str, Any]]:
    """The cell's rows that an excuse names by their ids, or by hours of the moment that attributes them."""
    measure, kind = cell.agreed.measure, cell.service_level.feed.kind
    column = day_column(measure)
    moment = "occurred_at" if kind == Feed.Kind.COUNTS else f"{column.removesuffix('_on')}_at"
    first, end = cell.counted.start, cell.counted.end
    wanted = Q(key__in=excuse.granted_cases)
    if excuse.granted_hours:
        days, wanted = excuse.granted_days, Q()
        first, end = max(first, days[0]), min(end, days[-1] + DAY)
        if not has_moments(cell):
            return []
    rows = rows_of([cell.service_level.feed_id], kind, changes).filter(
        wanted, narrowed(cell.agreed.terms.narrowing, kind), **{f"{column}__gte": first, f"{column}__lt": end}
    )
    found = [
        row
        for row in rows.values(*dict.fromkeys((*COLUMNS[measure.kind], column, moment, "key")))
        if measure.reads(row)
    ]
    if hours := excuse.granted_hours:
        found = [row for row in found if row[moment] and hours[0] <= row[moment] < hours[1]]
    return found


def spans_left_out(cell: Cell, excused: Excused, facts: Sequence[Row], clock: Clock) -> Iterator[LeftOut]:
    """What hours and named outages take out of a measure that looks at spans of time.

    First the hours: each day with them less the day without. Then the outages: what is left of the days with them less
    the same without, so that each minute is taken out once, and one in which something else is down as well stays.
    """
    measure, zone, calendar = cell.agreed.measure, ZoneInfo(clock.contract.zone), clock.on(cell.period.start)

    def over(spans: Iterable[Interval], rows: Sequence[Row]) -> Tally:
        windows = [Window(start, end, clock.at, calendar) for start, end in spans if start < clock.at]
        return Tally.total(measure.from_rows(rows, window) for window in windows)

    left = {day: [day_span(day, zone)] for day in cell.counted.days() if day not in excused.days}
    for excuse, hours in ((each, each.granted_hours) for each in excused.others):
        if hours is None:
            continue
        parts = []
        for day in left.keys() & set(excuse.granted_days) if has_moments(cell) else ():
            before, left[day] = left[day], without(left[day], [hours])
            parts.append(difference(over(before, facts), over(left[day], facts)))
        yield LeftOut(excuse, (), Tally.total(parts))
    for excuse in (excuse for excuse in excused.others if excuse.granted_cases and measure.overlaps):
        keys = {str(row["key"]) for row in facts if row["key"] in excuse.granted_cases and is_down(row, measure)}
        rest = [row for row in facts if row["key"] not in keys]
        if keys:
            parts = [restored(over(spans, facts), over(spans, rest)) for spans in left.values()]
            yield LeftOut(excuse, tuple(sorted(keys)), Tally.total(parts))
        facts = rest
