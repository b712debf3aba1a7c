"""Local wall-clock times as instants, where clocks skip and repeat hours."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """What a wall-clock time means in its zone: the instant, and whether clocks ever show it, or show it twice."""

    instant: datetime
    exists: bool
    ambiguous: bool


def resolve(wall: datetime, zone: ZoneInfo, fold: int = 0) -> LocalTime:
    """The instant, in UTC, of a wall-clock time without an offset.

    `fold` picks the first (0) or the second (1) of two occurrences. A time that clocks skip is read with the offset
    before the skip, and says that it does not exist, so that the caller can refuse it (PEP 495).
    """
    if wall.tzinfo is not None:
        raise ValueError(f"a wall-clock time has no offset of its own, got {wall.isoformat()}")
    first, second = (wall.replace(tzinfo=zone, fold=turn).astimezone(UTC) for turn in (0, 1))
    chosen = second if fold else first
    exists = chosen.astimezone(zone).replace(tzinfo=None) == wall
    return LocalTime(chosen, exists, exists and first != second)


def wall_intervals(start: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The instants, in UTC, at which clocks of the zone show a time from `start` up to `end`, both without offset.

    One interval as a rule; where clocks are moved in between, what they skip is left out, and what they repeat
    counts twice.
    """
    begin, finish = start.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
    readings = (wall.replace(tzinfo=zone, fold=fold) for wall in (start, end) for fold in (0, 1))
    offsets = {reading.utcoffset() or timedelta(0) for reading in readings}
    if len(offsets) == 1:
        shift = offsets.pop()
        return [(begin - shift, finish - shift)]
    moved = transition(begin - max(offsets), finish - min(offsets), zone)
    before, after = offset_at(moved - SECOND, zone), offset_at(moved, zone)
    parts = ((begin - before, min(finish - before, moved)), (max(begin - after, moved), finish - after))
    return [part for part in parts if part[0] < part[1]]


def offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    """The zone's offset at an instant."""
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def transition(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after which the zone's offset differs from what it was at `low`, to the second."""
    old = offset_at(low - SECOND, zone)
    low -= SECOND
    while high - low > SECOND:
        middle = low + (high - low) // 2 // SECOND * SECOND
        low, high = (middle, high) if offset_at(middle, zone) == old else (low, middle)
    return high
