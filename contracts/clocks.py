"""Contracts' calendars in the engine's words: when a contract's clock runs."""

from datetime import date
from zoneinfo import ZoneInfo

from contracts.models.agreements import Contract
from contracts.models.parties import BusinessCalendar as CalendarRow
from sla.calendars import BusinessCalendar, Hours, holidays_for

# What holds where a contract names no calendar: Monday to Friday, closing at five.
PLAIN_WEEK: dict[int, tuple[Hours, ...]] = dict.fromkeys(range(5), (("09:00", "17:00"),))
YEARS_BACK, YEARS_AHEAD = 10, 3


def calendar_of(contract: Contract, *, today: date) -> BusinessCalendar:
    """The contract's calendar as it is known on that day, or else plain weekdays in the contract's zone."""
    if contract.calendar is None:
        return BusinessCalendar(ZoneInfo(contract.zone), PLAIN_WEEK)
    return engine_calendar(contract.calendar, today=today)


def engine_calendar(row: CalendarRow, *, today: date) -> BusinessCalendar:
    """A calendar's windows, public holidays and the exceptions that are known on that day."""
    closed: frozenset[date] = frozenset()
    if row.country:
        years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD)
        closed = frozenset(holidays_for(row.country, row.subdivision or None, years))
    week = {int(weekday): [(start, end) for start, end in windows] for weekday, windows in row.week.items()}
    known = (exception for exception in row.exceptions.all() if exception.known_from <= today)
    exceptions = {exception.on: [(start, end) for start, end in exception.windows] for exception in known}
    return BusinessCalendar(ZoneInfo(row.zone), week, closed, exceptions=exceptions)
