"""What the rows of a period come to."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from tests.plain_model.calendars import day_of
from tests.plain_model.contract import World


@dataclass(frozen=True)
class Counted:
    """Sums and value of a period as far as its rows have come.

    `has_come` says that anything has, `is_reported` that all has, `is_settled` that all has that is owed; `waits` that
    an open case may still be in time, so that the period cannot close; `is_stated` that it was stated of some days that
    nothing happened; `has_rows` that some rows are read; `is_excused` that all of it is
    excused, `is_all_excused` that nothing else is left to count.
    """

    numerator: Fraction
    denominator: Fraction
    value: Fraction | None
    has_come: bool
    is_reported: bool
    waits: bool = False
    is_stated: bool = False
    is_excused: bool = False
    is_all_excused: bool = False
    is_settled: bool = False
    has_rows: bool = False


def feeds_of(world: World) -> list[World]:
    """The contract with each feed from which its levels are counted."""
    return [world, world.per] if world.per else [world]


def owes(world: World, days: list[date]) -> bool:
    """Whether the feed owes anything of those days: one that is due in business days needs one of them."""
    return not world.in_business_days or any(world.calendar.is_business_day(day) for day in days)


def is_settled(world: World, days: list[date], touched: list[date], now: datetime) -> bool | None:
    """Whether statements that nothing happened settle what is owed of a period; None where none is about its days.

    While the period runs one is enough; then of each owed day there must be a statement, or a row.
    """
    stated = {day for nil in world.nils if nil.came_on < day_of(now) for day in nil.days}
    if not stated & set(days):
        return None
    owed = [day for day in days if not world.in_business_days or world.calendar.is_business_day(day)]
    return day_of(now) <= days[-1] or set(owed) <= stated | set(touched)
