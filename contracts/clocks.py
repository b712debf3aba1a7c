"""The business calendars of contracts for the engine, as they were known at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from contracts.models.agreements import Contract
from contracts.models.calendars import ContractCalendar, HolidayYear
from contracts.models.parties import BusinessCalendar as CalendarRow
from contracts.models.parties import CalendarException
from contracts.models.service_levels import Feed
from sla.calendars import BusinessCalendar, Hours, holidays_for
from sla.limits import Limits, MissingRule
from sla.periods import DAY
from sla.verdicts import deemed_on

# Used where a contract names no calendar: Monday to Friday, 9 to 5.
PLAIN_WEEK: dict[int, tuple[Hours, ...]] = dict.fromkeys(range(5), (("09:00", "17:00"),))
FIRST_YEAR, YEARS_AHEAD = 2000, 3


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The local dates of one cell: the last day on which its report is in time, and the night that closes it.

    `deemed_on` is the day from which a missing report is a breach, where the terms say so.
    """

    due_on: date
    closes_on: date
    deemed_on: date | None

    def later_of(self, other: "Deadlines") -> "Deadlines":
        """The deadlines of what needs two reports: each date when the later of them comes."""
        deemed = [day for day in (self.deemed_on, other.deemed_on) if day]
        due_on, closes_on = max(self.due_on, other.due_on), max(self.closes_on, other.closes_on)
        return Deadlines(due_on, closes_on, max(deemed, default=None))

    def closing_day(self, *, is_reported: bool) -> date:
        """The night that closes the cell: where nothing was reported, a deemed breach waits for its date."""
        if is_reported or self.deemed_on is None:
            return self.closes_on
        return max(self.closes_on, self.deemed_on)


@dataclass(frozen=True, slots=True)
class Clock:
    """The calendars of one contract as they were known at an instant.

    `exceptions` (in the order of recording) and `years` (the recorded holidays) are those of each calendar.
    """

    contract: Contract
    at: datetime
    later: Sequence[ContractCalendar]
    exceptions: Mapping[int, Sequence[CalendarException]]
    years: Mapping[int, Mapping[int, Sequence[str]]]
    _made: dict[int | None, BusinessCalendar] = field(default_factory=dict)

    def as_known(self, at: datetime) -> "Clock":
        """The same clock as it was known at an earlier instant."""
        later = [change for change in self.later if change.recorded_at <= at]
        return Clock(self.contract, at, later, self.exceptions, self.years)

    def on(self, day: date) -> BusinessCalendar:
        """The calendar in force on a day: it times the periods that begin on it."""
        row = in_force(self.contract, self.later, day)
        key = row and row.pk
        if key not in self._made:
            self._made[key] = self._engine(row)
        return self._made[key]

    def due_on(self, feed: Feed, *, starts_on: date, last_day: date) -> date:
        """The last day on which a report up to `last_day` is in time, in a period that begins on `starts_on`."""
        if feed.due_unit == Feed.DueUnit.BUSINESS_DAYS:
            return self.on(starts_on).add_business_days(last_day, feed.due_length)
        return last_day + timedelta(days=feed.due_length)

    def deadlines(self, feed: Feed, limits: Limits, *, starts_on: date, last_day: date, read_until: date) -> Deadlines:
        """What follows from the feed's due rule, its grace, and the terms' rule on missing reports."""
        due_on = self.due_on(feed, starts_on=starts_on, last_day=last_day)
        read_on = self.due_on(feed, starts_on=starts_on, last_day=read_until)
        deemed = deemed_on(limits, due_on) if limits.missing is MissingRule.DEEMED else None
        return Deadlines(due_on, read_on + timedelta(days=feed.grace_days) + DAY, deemed)

    def owes_on(self, feed: Feed, day: date) -> bool:
        """Whether a feed owes anything of a day: not one that is due in business days, where the day has no hours."""
        return feed.due_unit != Feed.DueUnit.BUSINESS_DAYS or self.on(day).is_business_day(day)

    def _engine(self, row: CalendarRow | None) -> BusinessCalendar:
        """A calendar's windows, public holidays and known exceptions, or else plain weekdays in the contract's zone."""
        if row is None:
            return BusinessCalendar(ZoneInfo(self.contract.zone), PLAIN_WEEK)
        today = self.at.astimezone(ZoneInfo(self.contract.zone)).date()
        week = {int(weekday): [(start, end) for start, end in windows] for weekday, windows in row.week.items()}
        closed = holidays_of(row, self.years.get(row.pk, {}), today.year) if row.country else frozenset()
        known: dict[date, list[Hours]] = {}
        for exception in self.exceptions.get(row.pk, ()):
            was_recorded = exception.recorded_at is None or exception.recorded_at <= self.at
            if exception.known_from > today or not was_recorded:
                continue
            known[exception.on] = [(start, end) for start, end in exception.windows]
            if exception.is_withdrawn:
                del known[exception.on]
        return BusinessCalendar(ZoneInfo(row.zone), week, closed, exceptions=known)


def clocks_of(contracts: Iterable[Contract], *, at: datetime) -> dict[int, Clock]:
    """The clock of each contract as it was known at an instant, in a constant number of queries."""
    by_pk = {contract.pk: contract for contract in contracts}
    if not by_pk:
        return {}
    later: dict[int, list[ContractCalendar]] = defaultdict(list)
    changes = ContractCalendar.objects.filter(contract__in=by_pk, recorded_at__lte=at).select_related("calendar")
    for change in changes.order_by("effective_on", "recorded_at", "pk"):
        later[change.contract_id].append(change)
    rows = [contract.calendar for contract in by_pk.values()]
    rows += [change.calendar for changes in later.values() for change in changes]
    exceptions: dict[int, list[CalendarException]] = defaultdict(list)
    years: dict[int, dict[int, list[str]]] = defaultdict(dict)
    if calendars := {row.pk for row in rows if row}:
        for exception in CalendarException.objects.filter(calendar__in=calendars):
            exceptions[exception.calendar_id].append(exception)
        for recorded in HolidayYear.objects.filter(calendar__in=calendars):
            years[recorded.calendar_id][recorded.year] = recorded.days
    return {pk: Clock(contract, at, later[pk], exceptions, years) for pk, contract in by_pk.items()}


def calendar_of(contract: Contract, *, on: date, at: datetime) -> BusinessCalendar:
    """The contract's calendar in force on a day, as it was known at an instant."""
    return clocks_of([contract], at=at)[contract.pk].on(on)


def agreed_calendar(contract: Contract, on: date) -> CalendarRow | None:
    """The row of the calendar that times a contract from a day on, by all that has been recorded."""
    changes = contract.later_calendars.select_related("calendar").order_by("effective_on", "recorded_at", "pk")
    return in_force(contract, changes, on)


def in_force(contract: Contract, changes: Iterable[ContractCalendar], day: date) -> CalendarRow | None:
    """The row of the last of those changes up to a day, or else of the calendar that the contract began with."""
    row = contract.calendar
    for change in changes:
        row = change.calendar if change.effective_on <= day else row
    return row


def standing_exceptions(row: CalendarRow) -> list[CalendarException]:
    """Return the exception that holds for each date: the one recorded last, unless it withdraws the date."""
    last = {exception.on: exception for exception in row.exceptions.all()}
    return [exception for exception in last.values() if not exception.is_withdrawn]


def holidays_of(row: CalendarRow, recorded: Mapping[int, Sequence[str]], this_year: int) -> frozenset[date]:
    """Return a calendar's public holidays: as recorded, or else as the installed list has them."""
    days: set[date] = set()
    for year in range(FIRST_YEAR, this_year + YEARS_AHEAD):
        if year in recorded:
            days.update(map(date.fromisoformat, recorded[year]))
        else:
            days.update(holidays_in(row.country, row.subdivision, year))
    return frozenset(days)


@lru_cache(maxsize=4096)
def holidays_in(country: str, subdivision: str, year: int) -> tuple[date, ...]:
    """Return a year's public holidays in order, as the installed list has them."""
    return tuple(sorted(holidays_for(country, subdivision or None, [year])))


def record_holidays(*, at: datetime) -> int:
    """Record the holidays of years that a calendar has no record of, before verdicts depend on them."""
    wanted = range(FIRST_YEAR, at.year + 1 + YEARS_AHEAD)
    known = set(HolidayYear.objects.values_list("calendar", "year"))
    missing = []
    for row in CalendarRow.objects.exclude(country="").order_by("pk"):
        for year in wanted:
            if (row.pk, year) not in known:
                days = [day.isoformat() for day in holidays_in(row.country, row.subdivision, year)]
                missing.append(HolidayYear(calendar=row, year=year, days=days))
    HolidayYear.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
