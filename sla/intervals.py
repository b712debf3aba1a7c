"""Half-open intervals of instants: cut, joined and taken from each other."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

Interval = tuple[datetime, datetime]
MICROSECOND = timedelta(microseconds=1)


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as intervals in order that neither overlap nor touch; empty ones vanish."""
    joined: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[0] < interval[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def clipped(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """What of the intervals lies between the two instants, joined."""
    return union((max(start, begin), min(end, finish)) for begin, finish in intervals)


def without(intervals: Iterable[Interval], removed: Iterable[Interval]) -> list[Interval]:
    """The instants of the first that do not lie in the second."""
    left: list[Interval] = []
    holes = union(removed)
    for start, end in union(intervals):
        for hole_start, hole_end in holes:
            if hole_end <= start or hole_start >= end:
                continue
            if start < hole_start:
                left.append((start, hole_start))
            start = hole_end
            if start >= end:
                break
        if start < end:
            left.append((start, end))
    return left


def length(start: datetime, end: datetime) -> Fraction:
    """Seconds that really pass between two aware instants, whatever their zones; negative where they are reversed."""
    return Fraction((end.astimezone(UTC) - start.astimezone(UTC)) // MICROSECOND, 1_000_000)


def total_length(intervals: Sequence[Interval]) -> Fraction:
    """Seconds of intervals that do not overlap."""
    return sum((length(start, end) for start, end in intervals), Fraction(0))
