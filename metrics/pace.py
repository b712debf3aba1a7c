"""How far an open period has come, and the volume that it ends with at this pace."""

from datetime import date
from fractions import Fraction
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.clocks import Clock
from contracts.models.service_levels import Feed
from metrics.tallies.readings import Reading
from metrics.timelines import Cell
from sla.metrics.measure import ADDED_UP, Measure
from sla.metrics.window import Window
from sla.obligations import Straddling
from sla.outlook import Course
from sla.periods import DAY, local_day, span
from sla.tallies import Tally


class Pace(NamedTuple):
    """`passed` of `whole` days are reported, up to and including `until`; of an availability, `rest` are minutes."""

    passed: int
    whole: int
    until: date
    basis: str
    rest: Fraction | None = None

    def volume(self, measure: Measure, judged: Tally) -> Fraction:
        """What the period ends with: cases, minutes, or the sum where values are added up."""
        so_far = judged.numerator if measure.aggregation in ADDED_UP else judged.denominator
        return so_far * self.whole / self.passed if self.rest is None else so_far + self.rest

    def course(self, measure: Measure, judged: Tally) -> Course:
        forecast = None if self.rest is None else self.volume(measure, judged)
        return Course(forecast, measure.grows, Fraction(self.passed, self.whole))


def pace_of(cell: Cell, reading: Reading, clock: Clock) -> Pace | None:
    """The pace of a period that still runs; None before anything of it was reported, and where it is a snapshot."""
    part, zone = cell.counted, ZoneInfo(clock.contract.zone)
    today = local_day(clock.at, zone)
    if today not in part or not reading.days or cell.agreed.measure.snapshot:
        return None
    feed, measure, days, owed = cell.service_level.feed, cell.agreed.measure, set(reading.days), list(part.days())
    calendar, until = clock.on(part.start), max(days)
    if cell.owed:
        until = max(report.end for report in cell.owed if any(day in report for day in days)) - DAY
        if cell.agreed.straddling is not Straddling.BY_DAY:
            owed = list(chain.from_iterable(report.days() for report in cell.owed))
    elif feed.schedule == Feed.Schedule.EVENT:
        # Silence is a report, too; today is not over.
        until = today - DAY if measure.grows else max(until, today - DAY)
    basis, rest, closed = "days", None, {day for day in owed if not calendar.is_business_day(day)}
    # An office whose contract names its calendar is closed as long as nothing comes of a day off.
    is_office = (clock.contract.calendar_id or clock.later) and not closed & days
    if feed.due_unit == Feed.DueUnit.BUSINESS_DAYS or is_office:
        basis, owed = "business_days", [day for day in owed if day not in closed]
    if measure.overlaps and measure.is_share:
        end = span(part, zone)[1]
        basis, rest = "minutes", measure.from_rows((), Window(clock.at, end, end, calendar)).denominator
    passed = sum(day <= until for day in owed)
    return Pace(passed, len(owed), until, basis, rest) if passed else None
