"""The reports that a vendor owes: ended periods of which nothing has been accepted yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from bpo.formatting import show_period
from contracts.clocks import calendar_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from dashboard.selectors.levels import local_day, standing_of
from dashboard.statuses import Status
from metrics.deadlines import deadlines_of
from metrics.timelines import Cell, timelines_of
from sla.calendars import BusinessCalendar


@dataclass(frozen=True)
class OwedReport:
    """One feed's report for one period, and the last day on which it is in time."""

    feed: Feed
    contract: Contract
    period: str
    due_on: date
    is_overdue: bool
    levels: tuple[ServiceLevel, ...]


class Calendars:
    """Contracts' calendars, worked out once each, and only for feeds that count business days."""

    def __init__(self) -> None:
        self.known: dict[Any, BusinessCalendar] = {}

    def of(self, feed: Feed, contract: Contract, today: date) -> BusinessCalendar:
        counts = feed.due_unit == Feed.DueUnit.BUSINESS_DAYS
        key = (contract.calendar_id, contract.zone) if counts else None
        if key not in self.known:
            plain = Contract(zone=contract.zone, calendar=None)
            self.known[key] = calendar_of(contract if counts else plain, today=today)
        return self.known[key]


def reports_owed(levels: QuerySet[ServiceLevel], *, now: datetime) -> list[OwedReport]:
    """What is owed for the last ended period of each feed, the earliest due first."""
    calendars = Calendars()
    owed: dict[tuple[int, date], OwedReport] = {}
    for level, cell in missing_cells(levels, now):
        today = local_day(level, now)
        due_on = deadlines_of(cell, calendars.of(level.feed, level.contract, today)).due_on
        known = owed.get((level.feed_id, cell.period.start))
        owed[level.feed_id, cell.period.start] = OwedReport(
            feed=level.feed,
            contract=level.contract,
            period=show_period(cell.agreed.terms.period, cell.period.start, cell.period.end, cell.period.label),
            due_on=due_on,
            is_overdue=due_on < today,
            levels=(*(known.levels if known else ()), level),
        )
    return sorted(owed.values(), key=lambda report: (report.due_on, report.feed.code, report.feed.pk))


def missing_cells(levels: QuerySet[ServiceLevel], now: datetime) -> Iterator[tuple[ServiceLevel, Cell]]:
    """The last ended period of each level for which nothing was accepted."""
    rows = levels.select_related("standing", "contract__client__organisation", "contract__vendor__organisation")
    for timeline in timelines_of(rows).values():
        level = timeline.service_level
        open_cells = timeline.cells_on(local_day(level, now))
        ended = timeline.preceding(open_cells[0]) if open_cells else None
        if ended and level.contract.status == Contract.Status.ACTIVE and not is_reported(level, ended):
            yield level, ended


def is_reported(level: ServiceLevel, cell: Cell) -> bool:
    """Whether a period has a verdict that rests on something."""
    standing = standing_of(level)
    start = cell.period.start.isoformat()
    known = next((item for item in standing.history if item["starts_on"] == start), None) if standing else None
    return known is not None and known["status"] != Status.NOT_REPORTED
