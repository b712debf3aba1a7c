"""What feeds of totals owe and bring to a period, day by day.

- A report counts in the period of its first day that runs, or of its last, or in each by its share of days.
- A period needs each report that counts in it, of each split that is named. Of days, one of each split is enough.
"""

from datetime import date, datetime
from fractions import Fraction

from tests.plain_model.calendars import days_of
from tests.plain_model.contract import Level, Row, World, runs
from tests.plain_model.counted import Counted


def counted_totals(world: World, level: Level, days: list[date], rows: list[Row], _now: datetime) -> Counted:
    shares = {first: share(level, report, days) for first, report in reports_of(world, days).items()}
    latest = {(row.begins, row.split): row for row in rows}.values()
    counted = [row for row in latest if shares.get(row.begins) and (not level.splits or row.split in level.splits)]
    numerator = sum((row.good * shares[row.begins] for row in counted), Fraction(0))
    denominator = sum((row.cases * shares[row.begins] for row in counted), Fraction(0))
    has_come = {(row.begins, row.split if level.splits else "") for row in counted}
    needed = [first for first, part in shares.items() if part]
    wanted = level.splits or ("",)
    if world.schedule == "daily":
        is_reported = all(any(split == one for _first, one in has_come) for split in wanted)
    else:
        is_reported = bool(needed) and all((first, split) in has_come for first in needed for split in wanted)
    if level.measure["aggregation"] == "sum":
        value = numerator if counted else None
        return Counted(numerator, Fraction(0), value, bool(counted), is_reported, has_rows=bool(counted))
    value = numerator / denominator * 100 if denominator else None
    return Counted(numerator, denominator, value, bool(counted), is_reported)


def reports_of(world: World, days: list[date]) -> dict[date, list[date]]:
    """The days that run of each report that has one of these days, by the report's first day."""
    return {first: report_days(world, first) for first in {world.reports.start(day) for day in days}}


def report_days(world: World, first: date) -> list[date]:
    return [day for day in days_of(first, world.reports.end(first)) if runs(world, day)]


def share(level: Level, report: list[date], days: list[date]) -> Fraction:
    """How much of a report counts in a period of those days."""
    if level.straddling == "by_day":
        return Fraction(len(set(report) & set(days)), len(report))
    return Fraction((report[0] if level.straddling == "by_start" else report[-1]) in days)
