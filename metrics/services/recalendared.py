"""Closed periods whose calendar is known otherwise since: they stand as they were closed until they are restated."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.clocks import clocks_of
from contracts.models.service_levels import Feed, ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.timelines import Cell, CellKey, Timeline, timelines_of
from sla.calendars import BusinessCalendar
from sla.metrics.measure import Measure
from sla.periods import DAY, local_day

# A clock that started before the period is looked at so far back.
LONGEST_REACH = timedelta(days=400)


def reads_calendar(measure: Measure) -> bool:
    """Whether the measure counts business time."""
    settings = measure.settings.values
    return settings.get("clock") == "business" or settings.get("service_hours") == "calendar"


def timed_otherwise(
    verdicts: Iterable[Verdict], timelines: Mapping[int, Timeline], *, now: datetime, since: datetime | None = None
) -> dict[CellKey, tuple[Cell, list[date]]]:
    """Of those closed verdicts, the ones whose calendar has other hours by now than when they closed, and on what days.

    Days after the closing do not matter: no clock of the verdict ran on them. With `since`, what was known otherwise
    before that instant already is left aside.
    """
    clocks = clocks_of((timeline.service_level.contract for timeline in timelines.values()), at=now)
    found = {}
    for verdict in verdicts:
        cell = timelines[verdict.service_level_id].cell_starting(verdict.starts_on)
        if cell is None or verdict.closed_at is None or not hangs_on_calendar(verdict, cell):
            continue
        clock = clocks[cell.service_level.contract_id]
        known_at = verdict.closed_at if since is None else max(verdict.closed_at, since)
        then, today = clock.as_known(known_at).on(cell.period.start), clock.on(cell.period.start)
        closed_on = local_day(verdict.closed_at, ZoneInfo(cell.service_level.contract.zone))
        days = days_apart(then, today, cell.period.start - LONGEST_REACH, closed_on) if then != today else []
        if days:
            found[cell.key] = cell, days
    return found


def other_days(verdict: Verdict, *, now: datetime) -> list[date]:
    """The days on which the calendar of a closed verdict has other hours by now than when it closed."""
    if not verdict.is_final:
        return []
    timelines = timelines_of(ServiceLevel.objects.filter(pk=verdict.service_level_id))
    _cell, days = timed_otherwise([verdict], timelines, now=now).get(
        (verdict.service_level_id, verdict.starts_on), (None, [])
    )
    return days


def hangs_on_calendar(verdict: Verdict, cell: Cell) -> bool:
    """Whether another calendar could make another verdict: by business time, or by a report deemed to be missing."""
    by_days = cell.service_level.feed.due_unit == Feed.DueUnit.BUSINESS_DAYS
    return reads_calendar(cell.agreed.measure) or (verdict.is_deemed and by_days)


def days_apart(one: BusinessCalendar, other: BusinessCalendar, first: date, last: date) -> list[date]:
    """The days on which two calendars are open at other hours."""
    days = (first + DAY * number for number in range((last - first).days + 1))
    return [day for day in days if one.zone != other.zone or list(one.hours_of(day)) != list(other.hours_of(day))]
