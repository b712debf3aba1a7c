"""What the feed of a period counts, or both of its feeds, where one gives the numerator and one the denominator.

- A sum of one feed is taken per so many of what another one counts, on the days on which both run.
- It is reported once both are. A feed that is due in business days owes nothing for a period without one, and then the
  other one is enough.
- That nothing happened is stated of the period by the feed of the numerator.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tests.plain_model.calendars import day_of
from tests.plain_model.case_model import counted_cases
from tests.plain_model.contract import Level, World
from tests.plain_model.count_model import counted_totals
from tests.plain_model.counted import Counted, owes
from tests.plain_model.outage_model import counted_outages

# What a period's rows come to, by the kind of the feed.
COUNTED = {"counts": counted_totals, "cases": counted_cases, "downtime": counted_outages}
Count = Callable[[World, Level, list[date], list[Any], datetime], Counted]


def count_feed(world: World, level: Level, days: list[date], rows: list[Any], now: datetime) -> Counted:
    return COUNTED[world.kind](world, level, days, rows, now)


def count(
    world: World, level: Level, days: list[date], rows: list[Any], now: datetime, count_feed: Count = count_feed
) -> Counted:
    """What the rows come to, over what the other feed counts where there is one."""
    own = count_feed(world, level, days, rows, now)
    if level.per is None or world.per is None:
        return replace(own, is_settled=own.is_reported or not owes(world, days))
    others = [row for row in world.per.rows if row.came_on < day_of(now)]
    whole = count_feed(world.per, level_of_denominator(level), days, others, now)
    owed = [each for feed, each in ((world, own), (world.per, whole)) if owes(feed, days)]
    is_reported = all(each.is_reported for each in owed or [own, whole])
    return Counted(
        numerator=own.numerator,
        denominator=whole.numerator,
        value=own.numerator / whole.numerator * level.per.scale if whole.numerator else None,
        has_come=is_reported or own.has_rows or whole.has_rows,
        is_reported=is_reported,
        is_stated=own.is_stated,
        is_settled=is_reported or not owed,
    )


def level_of_denominator(level: Level) -> Level:
    """The level as it reads the feed that gives the denominator."""
    assert level.per is not None
    per = level.per
    return replace(level, measure=per.measure, splits=per.splits, priorities=per.priorities, services=())
