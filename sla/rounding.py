"""Rounding that a contract prescribes before values are compared."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class RoundingMode(StrEnum):
    """What happens to the digits that are cut off."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Round to so many decimals; half up and down go by the size of the number, as on paper.

    `before_bands` says whether a value is rounded before its band is looked up, too.
    """

    decimals: int
    mode: RoundingMode = RoundingMode.HALF_UP
    before_bands: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.decimals <= 9:
            raise ValueError(f"Values are rounded to 0 to 9 decimals, not {self.decimals}.")

    def apply(self, value: Fraction) -> Fraction:
        """The rounded value, exactly."""
        unit = 10**self.decimals
        scaled = abs(value) * unit
        whole, rest = scaled.__floor__(), scaled - scaled.__floor__()
        if self.mode is RoundingMode.HALF_UP:
            whole += rest >= Fraction(1, 2)
        elif self.mode is RoundingMode.HALF_EVEN:
            whole += rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)
        return Fraction(whole if value >= 0 else -whole, unit)
