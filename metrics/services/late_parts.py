"""Late arrivals of closed periods that are cut into parts: each belongs to the part in which its day lies."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date

from contracts.models.service_levels import Feed
from metrics.models.results import NIL, RESULT_TABLES, SupersededResult, kind_of_key
from metrics.models.verdicts import LateArrival
from metrics.services.work_queue import rows_at
from metrics.tallies.sums import day_column
from metrics.timelines import Cell, CellKey


def late_by_part(parts: Mapping[CellKey, Sequence[Cell]]) -> dict[CellKey, list[LateArrival]]:
    """What came late and is not counted, by part; `parts` are those of each closed period."""
    found: dict[CellKey, list[LateArrival]] = defaultdict(list)
    for arrival in rows_at(LateArrival.objects.filter(counted_by__isnull=True), parts):
        cells = parts[arrival.service_level_id, arrival.starts_on]
        for cell in [cell for cell in cells if counts(cell, arrival)] or cells[:1]:
            found[cell.key].append(arrival)
    return {cell.key: found[cell.key] for cells in parts.values() for cell in cells}


def counts(cell: Cell, arrival: LateArrival) -> bool:
    """Whether a part may count a row, as it is or as it was; what lasts, and silence, may lie in any."""
    reading = cell.per if arrival.is_per and cell.per else cell
    feed, measure = reading.service_level.feed, reading.agreed.measure
    if measure.overlaps or kind_of_key(feed, arrival.key) == NIL:
        return True
    return any(map(reading.counts_rows_of, days_of_row(feed, arrival.key, day_column(measure))))


def days_of_row(feed: Feed, key: str, column: str) -> set[date]:
    """The days of a row by one of its columns, in all of its versions."""
    rows = RESULT_TABLES[feed.kind].objects.filter(feed=feed, key=key)
    days = set(rows.exclude(**{column: None}).values_list(column, flat=True))
    earlier = SupersededResult.objects.filter(feed=feed, key=key).values_list("content", flat=True)
    return days | {date.fromisoformat(content[column]) for content in earlier if content.get(column)}


def move_arrivals(late: Mapping[CellKey, Sequence[LateArrival]]) -> None:
    """List late arrivals under their parts; one that counts in several is listed under each."""
    starts: dict[int, list[date]] = defaultdict(list)
    arrivals = {arrival.pk: arrival for several in late.values() for arrival in several}
    for (_level, start), several in late.items():
        for arrival in several:
            starts[arrival.pk].append(start)
    copies = []
    for pk, days in starts.items():
        arrivals[pk].starts_on, *others = sorted(days)
        for day in others:
            copied = copy(arrivals[pk])
            copied.pk, copied.starts_on = None, day
            copied._state.adding = True
            copies.append(copied)
    LateArrival.objects.bulk_update(arrivals.values(), ["starts_on"], batch_size=500)
    LateArrival.objects.bulk_create(copies, ignore_conflicts=True, batch_size=500)
