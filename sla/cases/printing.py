"""Answers in the form in which case files give them: rounded numbers, and words or places in one of several forms."""

from dataclasses import dataclass
from fractions import Fraction

DECIMALS = 4
MONEY_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Printed:
    """An exact number, and to how many decimals the files print it, unless a file shows more."""

    value: Fraction
    decimals: int


@dataclass(frozen=True, slots=True, init=False)
class AnyOf:
    """One answer in the forms that files may choose between, such as places counted from 0 or from 1."""

    readings: tuple[object, ...]

    def __init__(self, *readings: object) -> None:
        object.__setattr__(self, "readings", readings)


def printed(value: Fraction | float | None, decimals: int = DECIMALS) -> Printed | None:
    """The number as the files print it, to four decimals unless told otherwise; None stays None."""
    return None if value is None else Printed(Fraction(value), decimals)


def money(value: Fraction) -> Printed:
    """An amount as the files print it."""
    return Printed(value, MONEY_DECIMALS)
