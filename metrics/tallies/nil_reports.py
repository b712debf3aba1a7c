"""Days of which a vendor stated that nothing happened, beside the days on which results lie after all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.clocks import Clock
from contracts.models.service_levels import TOTALS, Feed
from metrics.models.results import DAY_COLUMN, NIL
from metrics.tallies.days import Reading
from metrics.tallies.sums import rows_of
from metrics.tallies.table_changes import TableChanges
from metrics.timelines import Cell, CellKey
from sla.obligations import DaySpan
from sla.periods import DAY, local_day

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class NilDays:
    """What was stated of one feed, with the batch of each statement, and the days that its results touch."""

    stated: list[tuple[DaySpan, int]] = field(default_factory=list)
    touched: list[DaySpan] = field(default_factory=list)

    def stated_on(self, days: Iterable[date]) -> tuple[date, ...]:
        return tuple(day for day in days if any(day in span for span, _batch in self.stated))

    def nil_on(self, days: Iterable[date]) -> tuple[date, ...]:
        """Those of the days on which nothing happened: it was stated, and no result touches them."""
        return tuple(day for day in self.stated_on(days) if not any(day in span for span in self.touched))

    def covers(self, days: Collection[date]) -> bool:
        """Whether of each of the days it is known what happened."""
        known = [*(span for span, _batch in self.stated), *self.touched]
        return all(any(day in span for span in known) for day in days)


def nil_days(
    feeds: Collection[Feed], first: date, end: date, changes: Collection[TableChanges] = ()
) -> dict[int, NilDays]:
    """What was stated of days from the first up to the end, by feed, where anything was; a query a kind of feed."""
    found: dict[int, NilDays] = defaultdict(NilDays)
    single = {feed.pk: feed for feed in feeds if (feed.kind, feed.schedule) not in TOTALS}
    if not single:
        return {}
    rows = rows_of(single, NIL, changes).filter(**{"starts_on__lt": end, "ends_on__gt": first})
    columns = ("feed_id", "starts_on", "ends_on", "batch_id")
    for pk, starts_on, ends_on, batch in rows.values_list(*columns):
        found[pk].stated.append((DaySpan(starts_on, ends_on), batch))
    by_kind: dict[str, list[Feed]] = defaultdict(list)
    for pk in found:
        by_kind[single[pk].kind].append(single[pk])
    for kind, its in by_kind.items():
        for pk, span in touched_spans(kind, its, first, end, changes):
            found[pk].touched.append(span)
    return dict(found)


def touched_spans(
    kind: str, feeds: Collection[Feed], first: date, end: date, changes: Collection[TableChanges] = ()
) -> list[tuple[int, DaySpan]]:
    """The days from the first up to the end that results touch, each span with its feed's key."""
    zones = {feed.pk: ZoneInfo(feed.contract.zone) for feed in feeds}
    column = DAY_COLUMN[kind]
    rows = rows_of(zones, kind, changes).filter(**{f"{column}__lt": end})
    names = ["feed_id", column]
    if kind == Feed.Kind.DOWNTIME:
        names += ["started_at", "ended_at"]
        rows = rows.exclude(**{"ended_on__lt": first})
    else:
        rows = rows.filter(**{f"{column}__gte": first})
    return [
        (row["feed_id"], days_touched(kind, row, zones[row["feed_id"]], end)) for row in rows.values(*names).distinct()
    ]


def days_touched(kind: str, row: Mapping[str, Any], zone: ZoneInfo, until: date) -> DaySpan:
    """The local days that a row touches: an outage all of its days, before `until` while it lasts."""
    first = last = row[DAY_COLUMN[kind]]
    if kind == Feed.Kind.DOWNTIME:
        ended_at = row["ended_at"]
        last = until - DAY if ended_at is None else local_day(max(ended_at - MOMENT, row["started_at"]), zone)
    return DaySpan(first, max(first, last) + DAY)


def with_nil_days(
    cells: Collection[Cell],
    readings: Mapping[CellKey, Reading | Exception],
    clocks: Mapping[int, Clock],
    changes: Collection[TableChanges],
) -> dict[CellKey, Reading | Exception]:
    """The readings with what was stated of their days: an ended period is reported where all that it owes is known."""
    added = dict(readings)
    feeds = {cell.service_level.feed_id: cell.service_level.feed for cell in cells}
    first, end = min(cell.counted.start for cell in cells), max(cell.counted.end for cell in cells)
    nil = nil_days(feeds.values(), first, end, changes)
    for cell in cells:
        reading, known = readings[cell.key], nil.get(cell.service_level.feed_id)
        days = list(cell.counted.days())
        if known is None or isinstance(reading, Exception) or not (stated := known.stated_on(days)):
            continue
        clock, feed = clocks[cell.service_level.contract_id], cell.service_level.feed
        is_running = local_day(clock.at, ZoneInfo(clock.contract.zone)) < cell.counted.end
        is_known = is_running or known.covers([day for day in days if clock.owes_on(feed, day)])
        batches = {batch for span, batch in known.stated if span.part_of(cell.counted)}
        added[cell.key] = replace(
            reading,
            reported=reading.reported or is_known,
            batches=tuple(sorted({*reading.batches, *batches})),
            stated=stated,
            nil=known.nil_on(days),
        )
    return added
