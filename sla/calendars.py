"""Calendars: on which days and at which hours a contract's clock runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from sla.instants import wall_intervals
from sla.intervals import Interval, clipped, union
from sla.periods import DAY, day_start, local_day
from sla.service_time import OpenYear, ServiceTime

Hours = tuple[str, str]
SATURDAY_AND_SUNDAY = frozenset({5, 6})


def parse_hours(hours: Hours) -> tuple[timedelta, timedelta]:
    """A window such as ("08:00", "17:00") as lengths from midnight; one that ends before its start ends next day."""
    start, end = (clock_time(text) for text in hours)
    if start == timedelta(days=1):
        raise ValueError("A window cannot begin at 24:00; it begins at 00:00 of the next day.")
    if start == end:
        raise ValueError(f"The window {hours[0]} to {hours[1]} is empty; a whole day is 00:00 to 24:00.")
    return start, end if end > start else end + DAY


def clock_time(text: str) -> timedelta:
    """A time of day such as 17:30 or 24:00 as a length from midnight."""
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError(f"A time of day is written like 08:30, got '{text}'.")
    length = timedelta(hours=int(hours), minutes=int(minutes))
    if length > DAY or int(minutes) > 59:
        raise ValueError(f"A time of day lies between 00:00 and 24:00, got '{text}'.")
    return length


@dataclass(frozen=True, slots=True)
class BusinessCalendar(ServiceTime):
    """Weekly windows in a zone, less holidays, with dated exceptions that replace a day's windows.

    `week` gives the windows of each weekday, 0 for Monday to 6 for Sunday. A window that passes midnight belongs to
    the day on which it begins. `yearly` holidays recur as (month, day). An exception without windows closes its day,
    and one with windows opens even a holiday.
    """

    zone: ZoneInfo
    week: Mapping[int, Sequence[Hours]]
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    exceptions: Mapping[date, Sequence[Hours]] = field(default_factory=dict)
    _years: dict[int, OpenYear] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if set(self.week) - set(range(7)):
            raise ValueError("Weekdays are numbered 0 for Monday to 6 for Sunday.")
        for windows in (*self.week.values(), *self.exceptions.values()):
            for hours in windows:
                parse_hours(hours)

    def hours_of(self, day: date) -> Sequence[Hours]:
        """The windows that begin on that local day."""
        if day in self.exceptions:
            return self.exceptions[day]
        if day in self.holidays or (day.month, day.day) in self.yearly:
            return ()
        return self.week.get(day.weekday(), ())

    def is_business_day(self, day: date) -> bool:
        return bool(self.hours_of(day))

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        opened: list[Interval] = []
        day, last = local_day(start, self.zone) - DAY, local_day(end, self.zone)
        while day <= last:
            opened += self._begun_on(day)
            day += DAY
        return clipped(opened, start, end)

    def close_of(self, day: date) -> datetime:
        closes = (finish for _begin, finish in self._begun_on(day))
        return max(closes, default=day_start(day + DAY, self.zone))

    def _begun_on(self, day: date) -> list[Interval]:
        """The open time of the windows that begin on a local day."""
        midnight, opened = datetime.combine(day, time.min), []
        for begin, finish in map(parse_hours, self.hours_of(day)):
            opened += wall_intervals(midnight + begin, midnight + finish, self.zone)
        return opened


@dataclass(frozen=True, slots=True)
class JoinedCalendar(ServiceTime):
    """Two calendars as one: open while both are (`both`), or while either is. The zone is the first one's.

    A clause whose holidays are the union of two lists wants both calendars open.
    """

    one: ServiceTime
    other: ServiceTime
    both: bool
    zone: ZoneInfo = field(init=False)
    _years: dict[int, OpenYear] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", self.one.zone)

    def is_business_day(self, day: date) -> bool:
        days = self.one.is_business_day(day), self.other.is_business_day(day)
        return all(days) if self.both else any(days)

    def close_of(self, day: date) -> datetime:
        last = max(self.one.close_of(day), self.other.close_of(day))
        opened = self.intervals(day_start(day, self.zone), last) if self.is_business_day(day) else []
        return opened[-1][1] if opened else day_start(day + DAY, self.zone)

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        first, second = self.one.intervals(start, end), self.other.intervals(start, end)
        if not self.both:
            return union([*first, *second])
        return union(piece for begin, finish in first for piece in clipped(second, begin, finish))


def holidays_for(country: str, subdivision: str | None, years: Iterable[int]) -> dict[date, str]:
    """Public holidays of a country, by ISO code, and perhaps of one of its subdivisions, with their names.

    ValueError says in a sentence that the country or the subdivision is not known.
    """
    try:
        names = holidays.country_holidays(country, subdiv=subdivision, years=list(years))
    except NotImplementedError:
        place = f"{country}, {subdivision}" if subdivision else country
        raise ValueError(f"No holidays are known for '{place}'.") from None
    return {day: str(name) for day, name in sorted(names.items())}


@lru_cache(maxsize=256)
def weekend_of(country: str) -> frozenset[int]:
    """The weekdays, 0 for Monday, that are a country's weekend; Saturday and Sunday where it is not known."""
    try:
        return frozenset(holidays.country_holidays(country).weekend)
    except NotImplementedError:
        return SATURDAY_AND_SUNDAY
