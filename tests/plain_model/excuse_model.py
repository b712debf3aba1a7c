"""What excused days do to a period.

- What belongs to them leaves both sides, or counts as met, or makes the whole period excused. A report of several days
  is taken out only where all of its days are excused. A backlog has no days.
- A period of which all days are excused is excused, and so is one of which nothing else is left to count.
- An excused case does not keep its period open.
"""

from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from tests.plain_model.calendars import day_of
from tests.plain_model.case_model import day_of_case
from tests.plain_model.count_model import report_days
from tests.plain_model.counted import Counted, feeds_of
from tests.plain_model.per_model import count, count_feed
from tests.plain_model.worlds import Level, World


def counted_of(world: World, level: Level, days: list[date], rows: list[Any], now: datetime) -> Counted:
    """What counts in a period, less what is excused."""
    whole = count(world, level, days, rows, now)
    excused = {day for excuse in world.excuses if excuse.level == level.code for day in excuse.days}
    if not excused & set(days):
        return whole
    is_excused = level.excuses == "void_period" or set(days) <= excused
    whole = replace(whole, has_come=True, is_excused=is_excused)
    if level.excuses == "void_period" or level.measure.get("of") == "backlog":
        return whole
    rest = count(world, level, days, rows, now, partial(count_rest, excused=whole_reports(world, excused)))
    return rest_of(level, whole, rest)


def whole_reports(world: World, excused: set[date]) -> set[date]:
    """Those of the days of which no report of a feed counts others, too."""
    for feed in feeds_of(world):
        if feed.kind == "counts":
            reports = {day: set(report_days(feed, feed.reports.start(day))) for day in excused}
            kept = {day for day in excused if reports[day] <= excused}
            if kept < excused:
                return whole_reports(world, kept)
    return excused


def count_rest(
    world: World, level: Level, days: list[date], rows: list[Any], now: datetime, excused: set[date]
) -> Counted:
    """What one feed counts in a period without the excused days."""
    whole = count_feed(world, level, days, rows, now)
    if world.kind == "downtime" and level.measure["aggregation"] in ("availability", "sum"):
        parts = [count_feed(world, level, [day], rows, now) for day in days if day in excused]
        numerator = whole.numerator - sum(part.numerator for part in parts)
        denominator = whole.denominator - sum(part.denominator for part in parts)
        return replace(whole, numerator=numerator, denominator=denominator)
    kept = [row for row in rows if not is_left_out(world, level, row, rows, excused)]
    return count_feed(world, level, days, kept, now)


def rest_of(level: Level, whole: Counted, rest: Counted) -> Counted:
    """The period with its value anew."""
    numerator, denominator, value = rest.numerator, rest.denominator, rest.value
    if level.excuses == "count_as_met":
        numerator, denominator = numerator + whole.denominator - rest.denominator, whole.denominator
    if level.per is None:
        if level.measure["aggregation"] in ("availability", "ratio", "share_within"):
            value = numerator / denominator * 100 if denominator else None
        elif level.measure["aggregation"] in ("sum", "count") and whole.value is not None:
            value = numerator
    is_all = value is None and whole.value is not None
    return replace(
        whole, numerator=numerator, denominator=denominator, value=value, waits=rest.waits, is_all_excused=is_all
    )


def is_left_out(world: World, level: Level, row: Any, rows: list[Any], excused: set[date]) -> bool:
    if world.kind == "counts":
        return set(report_days(world, row.begins)) <= excused
    if world.kind == "downtime":
        return day_of(row.started_at) in excused
    latest = [other for other in rows if other.name == row.name][-1]
    return day_of_case(latest, level) in excused
