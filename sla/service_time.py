"""Business time: how long a contract's clock ran, and when it will have run out."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import accumulate
from zoneinfo import ZoneInfo

from sla.intervals import Interval, clipped, union
from sla.periods import DAY, day_start, local_day

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SEARCHED_YEARS = 50
MILLION = 1_000_000


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970; ValueError where the instant has no offset."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs its offset, got {instant.isoformat()} without one")
    return (instant.astimezone(UTC) - EPOCH) // MICROSECOND


@dataclass(frozen=True, slots=True)
class OpenYear:
    """The open intervals of one local year as microseconds, with the time that was open before each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.before[-1]

    def open_before(self, at: int) -> int:
        """Open microseconds of the year that lie before that moment."""
        place = bisect_right(self.starts, at)
        if place == 0:
            return 0
        return self.before[place - 1] + min(at, self.ends[place - 1]) - self.starts[place - 1]

    def earliest(self, amount: int) -> int:
        """The first moment by which so many microseconds of the year, at least one, were open."""
        place = bisect_right(self.before, amount - 1) - 1
        return self.starts[place] + amount - self.before[place]

    def latest(self, amount: int) -> int:
        """The last moment by which no more than so many microseconds of the year, fewer than all, were open."""
        place = bisect_right(self.before, amount) - 1
        return self.starts[place] + amount - self.before[place]


class ServiceTime(ABC):
    """What every calendar can tell, once it says which days are open and when."""

    zone: ZoneInfo
    _years: dict[int, OpenYear]

    @abstractmethod
    def is_business_day(self, day: date) -> bool:
        """Whether work is owed at any time of that local day."""

    @abstractmethod
    def close_of(self, day: date) -> datetime:
        """The close of business of a local day, which may come after midnight; its midnight where it is not open."""

    @abstractmethod
    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """The open time between two instants."""

    def elapsed_seconds(self, start: datetime, end: datetime, pauses: Sequence[Interval] = ()) -> Fraction:
        """Open seconds from `start` up to `end`, less those of the pauses, overlaps counted once.

        Zero where the end is not after the start.
        """
        paused = sum(self._elapsed(begin, finish) for begin, finish in clipped(pauses, start, end)) if pauses else 0
        return Fraction(self._elapsed(start, end) - paused, MILLION)

    def deadline(self, start: datetime, seconds: Fraction | int, pauses: Sequence[Interval] = ()) -> datetime:
        """The first instant by which so many open seconds have passed since `start`, the pauses not counted.

        `start` itself for no seconds. ValueError for negative ones, and where the calendar does not open again.
        """
        amount = micros_of(seconds)
        due = self._forward(start, amount)
        for begin, end in union((max(begin, start), finish) for begin, finish in pauses):
            if due <= begin:
                return due
            amount -= self._elapsed(start, begin)
            start = end
            due = self._forward(start, amount)
        return due

    def walk_back(self, end: datetime, seconds: Fraction | int) -> datetime:
        """The last instant from which so many open seconds pass until `end`: when to warn before a deadline."""
        amount = micros_of(seconds)
        if amount == 0:
            return end.astimezone(UTC)
        year = local_day(end, self.zone).year
        open_until = self._year(year).open_before(microseconds(end))
        for _ in range(SEARCHED_YEARS):
            if amount <= open_until:
                return EPOCH + self._year(year).latest(open_until - amount) * MICROSECOND
            amount -= open_until
            year -= 1
            open_until = self._year(year).total
        raise ValueError("The calendar has no open time for that long before.")

    def add_business_days(self, day: date, n: int) -> date:
        """The n-th business day after that day, which is day 0; a negative `n` counts back.

        For no days the day itself, or the next business day where it is none.
        """
        step = DAY if n >= 0 else -DAY
        left = abs(n)
        searched = 0
        while left or not self.is_business_day(day):
            day += step
            left -= self.is_business_day(day) and left > 0
            searched += 1
            if searched > 366 * SEARCHED_YEARS:
                raise ValueError("The calendar has no business days.")
        return day

    def receipt_day(self, instant: datetime, cut_off: time | None = None) -> date:
        """The business day on which something counts as received.

        Its own local day, or the next business day where that is none or the instant is later than the cut-off;
        without a cut-off, where the calendar does not open again on that day.
        """
        day = local_day(instant, self.zone)
        if not self.is_business_day(day):
            return self.add_business_days(day, 0)
        if cut_off is not None:
            late = instant.astimezone(self.zone).time() > cut_off
        else:
            late = not self.intervals(instant, max(instant, self.close_of(day)))
        return self.add_business_days(day, 1) if late else day

    def _elapsed(self, start: datetime, end: datetime) -> int:
        if end <= start:
            return 0
        first, last = local_day(start, self.zone).year, local_day(end, self.zone).year
        until = self._year(last).open_before(microseconds(end)) - self._year(first).open_before(microseconds(start))
        return until + sum(self._year(year).total for year in range(first, last))

    def _forward(self, start: datetime, amount: int) -> datetime:
        if amount == 0:
            return start.astimezone(UTC)
        year = local_day(start, self.zone).year
        amount += self._year(year).open_before(microseconds(start))
        for _ in range(SEARCHED_YEARS):
            opened = self._year(year)
            if amount <= opened.total:
                return EPOCH + opened.earliest(amount) * MICROSECOND
            amount -= opened.total
            year += 1
        raise ValueError("The calendar has no open time for that long ahead.")

    def _year(self, year: int) -> OpenYear:
        """The open time of one local year, computed once."""
        if year not in self._years:
            start, end = day_start(date(year, 1, 1), self.zone), day_start(date(year + 1, 1, 1), self.zone)
            opened = [(microseconds(begin), microseconds(finish)) for begin, finish in self.intervals(start, end)]
            before = (0, *accumulate(finish - begin for begin, finish in opened))
            self._years[year] = OpenYear(tuple(b for b, _ in opened), tuple(f for _, f in opened), before)
        return self._years[year]


def micros_of(seconds: Fraction | int) -> int:
    """Whole microseconds of a length in seconds; ValueError for a negative one."""
    if seconds < 0:
        raise ValueError(f"A length of time cannot be negative, got {seconds} seconds.")
    return (Fraction(seconds) * MILLION).__floor__()
