"""Fees by time: a flat amount with part months, and people by the month or by the hour they delivered."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sla.money import Number, not_negative, positive, rounded, share_of


class DayCount(StrEnum):
    """What a day of a part month costs: its share of the actual month, of thirty days, or of 365 ÷ 12 days."""

    ACTUAL = "actual"
    THIRTY = "thirty"
    YEAR = "year"


def month_share(month: date, starts_on: date | None, ends_before: date | None, day_count: DayCount) -> Fraction:
    """The share of a month in which a fee is in force; 0 to 1.

    `month` is any day of it; the fee is in force from `starts_on` until the day before `ends_before` (half-open,
    None: without end). A whole month is 1 by every day count, and no part month is more.
    """
    first = month.replace(day=1)
    length = monthrange(first.year, first.month)[1]
    following = first + timedelta(days=length)
    begin = max(first, starts_on or first)
    end = min(following, ends_before or following)
    days = max(0, (end - begin).days)
    if days == length:
        return Fraction(1)
    divisor = {DayCount.ACTUAL: Fraction(length), DayCount.THIRTY: Fraction(30), DayCount.YEAR: Fraction(365, 12)}
    return days / divisor[day_count]


def flat_fee(
    amount: Number,
    month: date,
    *,
    starts_on: date | None = None,
    ends_before: date | None = None,
    day_count: DayCount = DayCount.ACTUAL,
    places: int = 2,
) -> Decimal:
    """A monthly fee for the part of the month in which it is in force, in the contract's currency."""
    share = month_share(month, starts_on, ends_before, day_count)
    return rounded(not_negative(amount, "a monthly fee") * share, places)


def delivered_fee(
    people: Number,
    rate: Number,
    *,
    delivered_hours: Number,
    contracted_hours: Number,
    most_percent: Number | None = None,
    places: int = 2,
) -> Decimal:
    """The fee for people trued to the hours delivered: people × rate × delivered ÷ contracted.

    Hours above those contracted are paid too, up to `most_percent` of them where the contract limits it (100: a
    true-down only). Contracted hours must be above zero.
    """
    share = not_negative(delivered_hours, "delivered hours") / positive(contracted_hours, "contracted hours")
    if most_percent is not None:
        share = min(share, share_of(most_percent))
    return rounded(not_negative(people, "the people") * not_negative(rate, "the rate") * share, places)
