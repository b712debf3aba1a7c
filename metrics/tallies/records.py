"""What a closed cell counted: the rows as they stand, without what came too late for it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from contracts.models.service_levels import Feed
from metrics.models.results import RESULT_TABLES, Result, SupersededResult
from metrics.models.verdicts import LateArrival
from metrics.tallies.readings import Lookout, Reading, read_cells
from metrics.timelines import Cell

KEYS_AT_ONCE = 500


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is seen inside, and taken back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def read_without(cell: Cell, lookout: Lookout, arrivals: Collection[LateArrival]) -> Reading | Exception:
    """The reading of a cell from its feed's rows as they were before those arrivals."""
    with undone():
        take_out(cell.service_level.feed, arrivals)
        return read_cells([cell], {cell.service_level.contract_id: lookout})[cell.key]


def take_out(feed: Feed, arrivals: Collection[LateArrival]) -> None:
    """Put the rows that late arrivals brought or changed back to what they were before the first of those."""
    first: dict[str, int] = {}
    for arrival in sorted(arrivals, key=lambda arrival: arrival.pk):
        first.setdefault(arrival.key, arrival.batch_id)
    keys, table = sorted(first), RESULT_TABLES[feed.kind]
    for place in range(0, len(keys), KEYS_AT_ONCE):
        chunk = keys[place : place + KEYS_AT_ONCE]
        table.objects.filter(feed=feed, key__in=chunk).delete()
        past = SupersededResult.objects.filter(feed=feed, key__in=chunk)
        rows = [row_from(table, one) for one in past if one.superseded_by_id == first[one.key]]
        table.objects.bulk_create(rows)


def row_from(table: type[Result], past: SupersededResult) -> Any:
    """A row as it was before a correction, out of the text in which it is kept."""
    content = {name: table._meta.get_field(name).to_python(value) for name, value in past.content.items()}
    return table(feed_id=past.feed_id, key=past.key, revision=past.revision, batch_id=past.batch_id, **content)


def by_cell(arrivals: Sequence[LateArrival]) -> dict[tuple[int, Any], list[LateArrival]]:
    """Late arrivals of each cell."""
    found: dict[tuple[int, Any], list[LateArrival]] = {}
    for arrival in arrivals:
        found.setdefault((arrival.service_level_id, arrival.starts_on), []).append(arrival)
    return found
