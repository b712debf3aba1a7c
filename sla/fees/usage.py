"""Fees by use: per unit, per minute with the rounding of each call, and tiers of volume."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from sla.money import Number, exact, not_negative, positive, rounded

SECONDS_A_MINUTE = 60


def unit_fee(quantity: Number, rate: Number, *, places: int = 2) -> Decimal:
    """Accepted quantity (units, or people whatever they delivered) × rate; the sum is rounded, never the single unit.

    Rework is not part of the quantity.
    """
    return rounded(not_negative(quantity, "the quantity") * not_negative(rate, "the rate"), places)


@dataclass(frozen=True, slots=True)
class CallRounding:
    """How a call's seconds become billed seconds: up to a whole increment, and at least a minimum.

    `increment` None leaves the seconds as they are (so that only the month's total is priced), 60 bills every started
    minute, 6 every started tenth of one. `minimum` seconds are billed for each call, however short.
    """

    increment: Number | None = None
    minimum: Number = 0

    def __post_init__(self) -> None:
        if self.increment is not None:
            positive(self.increment, "the increment")
        not_negative(self.minimum, "the minimum")

    def billed_seconds(self, seconds: Number) -> Fraction:
        """What one call is billed for."""
        length = not_negative(seconds, "a call's seconds")
        if self.increment is not None:
            step = exact(self.increment)
            length = ceil(length / step) * step
        return max(length, exact(self.minimum))


AS_TIMED = CallRounding()
FULL_MINUTES = CallRounding(SECONDS_A_MINUTE)


def minutes_fee(
    calls: Iterable[Number], rate_per_minute: Number, rounding: CallRounding = AS_TIMED, *, places: int = 2
) -> Decimal:
    """The price of calls given by their seconds: each rounded by the rule, all added up, the sum rounded once."""
    billed = sum((rounding.billed_seconds(seconds) for seconds in calls), Fraction(0))
    return rounded(billed / SECONDS_A_MINUTE * not_negative(rate_per_minute, "the rate"), places)


@dataclass(frozen=True, slots=True)
class VolumeTiers:
    """Prices by volume: each tier reaches up to a volume, that volume included, and has a rate; the last is open.

    Refused with ValueError: limits that do not rise, a last tier with a limit, rates below zero.
    """

    tiers: tuple[tuple[Number | None, Number], ...]

    def __post_init__(self) -> None:
        if not self.tiers or self.tiers[-1][0] is not None:
            raise ValueError("the last tier of a price must be open")
        limits = [exact(limit) for limit, _ in self.tiers[:-1] if limit is not None]
        if len(limits) < len(self.tiers) - 1 or limits != sorted(set(limits)) or any(limit <= 0 for limit in limits):
            raise ValueError("the limits of tiers must be given, lie above zero, and rise")
        for _, rate in self.tiers:
            not_negative(rate, "a rate")

    def graduated(self, volume: Number, *, places: int = 2) -> Decimal:
        """Each unit at the rate of the tier in which it lies; the price has no jumps."""
        units, below, price = not_negative(volume, "the volume"), Fraction(0), Fraction(0)
        for limit, rate in self.tiers:
            top = units if limit is None else min(units, exact(limit))
            price += max(Fraction(0), top - below) * exact(rate)
            below = max(below, top)
        return rounded(price, places)

    def all_units(self, volume: Number, *, places: int = 2) -> Decimal:
        """All units at the rate of the tier that the volume reaches; one unit more can make the whole cheaper."""
        units = not_negative(volume, "the volume")
        rates = (rate for limit, rate in self.tiers if limit is None or units <= exact(limit))
        return rounded(units * exact(next(rates)), places)
