"""When reports are due, when periods close, and when a vendor owes its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contracts.clocks import Clock
from contracts.models.service_levels import Feed
from metrics.timelines import Cell
from sla.calendars import BusinessCalendar
from sla.limits import MissingRule
from sla.periods import DAY
from sla.verdicts import deemed_on

ANSWER_BUSINESS_DAYS = 5
CLOSE_OF_BUSINESS = time(17)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The local dates of one cell: the last day on which its report is in time, and the night that closes it.

    `deemed_on` is the day from which a missing report is a breach, where the terms say so.
    """

    due_on: date
    closes_on: date
    deemed_on: date | None

    @property
    def closes_unreported_on(self) -> date:
        """The night that closes the cell when nothing was reported: a deemed breach waits for its date."""
        return max(self.closes_on, self.deemed_on or self.closes_on)


def deadlines_of(cell: Cell, clock: Clock) -> Deadlines:
    """What follows from the feed's due rule, its grace, and the terms' rule on missing reports."""
    feed = cell.service_level.feed
    due_on = due_after(cell.period.end - DAY, cell, clock)
    # What looks beyond the period stays provisional until the reports of those days are due, too.
    known_on = due_after(cell.seen_until - DAY, cell, clock)
    limits = cell.agreed.limits
    deemed = deemed_on(limits, due_on) if limits.missing is MissingRule.DEEMED else None
    return Deadlines(due_on, known_on + timedelta(days=feed.grace_days) + DAY, deemed)


def due_after(last_day: date, cell: Cell, clock: Clock) -> date:
    """The last day on which the report of what ended on a day is in time."""
    feed = cell.service_level.feed
    if feed.due_unit == Feed.DueUnit.BUSINESS_DAYS:
        return clock.on(cell.period.start).add_business_days(last_day, feed.due_length)
    return last_day + timedelta(days=feed.due_length)


def deadlines_kept(facts: Mapping[str, Any]) -> Deadlines | None:
    """The deadlines that a verdict was judged by, out of its working; a feed's rules may have changed since."""
    if "due_on" not in facts:
        return None
    due_on, closes_on = (date.fromisoformat(facts[name]) for name in ("due_on", "closes_on"))
    return Deadlines(due_on, closes_on, date.fromisoformat(facts["deemed_on"]) if facts["deemed_on"] else None)


def answer_due_at(opened_at: datetime, calendar: BusinessCalendar, zone: str) -> datetime:
    """When the cause of a breach is owed: five business days later, at five o'clock in the contract's zone."""
    local = opened_at.astimezone(ZoneInfo(zone))
    day = calendar.add_business_days(local.date(), ANSWER_BUSINESS_DAYS)
    return datetime.combine(day, CLOSE_OF_BUSINESS, tzinfo=ZoneInfo(zone)).astimezone(opened_at.tzinfo)
