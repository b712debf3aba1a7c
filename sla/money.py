"""Exact numbers for money: no float comes in, and an amount is rounded once, half up."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from sla import wording

Number = int | Decimal | Fraction

ZERO = Fraction(0)
HUNDRED = Fraction(100)


def exact(number: Number) -> Fraction:
    """The number as a fraction; a float, a truth value, NaN or infinity is refused with TypeError or ValueError."""
    if isinstance(number, bool) or not isinstance(number, int | Decimal | Fraction):
        raise TypeError(f"an exact number is needed (int, Decimal or Fraction), got {type(number).__name__}")
    if isinstance(number, Decimal) and not number.is_finite():
        raise ValueError(f"a finite number is needed, got {number}")
    return Fraction(number)


def not_negative(number: Number, name: str) -> Fraction:
    """The number as a fraction; below zero it is refused with ValueError naming what it was."""
    value = exact(number)
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {number}")
    return value


def positive(number: Number, name: str) -> Fraction:
    """The number as a fraction; zero and less are refused with ValueError naming what it was."""
    value = exact(number)
    if value <= 0:
        raise ValueError(f"{name} must be above zero, got {number}")
    return value


def share_of(percent: Number) -> Fraction:
    """A percentage as a part of one."""
    return exact(percent) / HUNDRED


def percentage(number: Number, name: str) -> Fraction:
    """A percentage between 0 and 100, as a fraction between 0 and 1; others are refused with ValueError."""
    value = exact(number)
    if not 0 <= value <= HUNDRED:
        raise ValueError(f"{name} must lie between 0 and 100 percent, got {number}")
    return value / HUNDRED


def rounded(number: Number, places: int = 2) -> Decimal:
    """The number at so many decimals, halves away from zero; the only rounding that money here knows."""
    if places < 0:
        raise ValueError(f"decimals must not be negative, got {places}")
    scaled = exact(number) * 10**places
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    units = whole + (2 * rest >= scaled.denominator)
    return Decimal((int(scaled < 0 < units), tuple(int(digit) for digit in str(units)), -places))


def total(numbers: Iterable[Number]) -> Fraction:
    """All numbers added up exactly."""
    return sum((exact(number) for number in numbers), ZERO)


def mean(numbers: Iterable[Number]) -> Fraction:
    """The unweighted mean; of no numbers at all it is refused with ValueError."""
    values = [exact(number) for number in numbers]
    if not values:
        raise ValueError("the mean of no numbers does not exist")
    return sum(values, ZERO) / len(values)


def plain(number: Number) -> str:
    """The number as a reader writes it, such as 2,796 or 93.2."""
    return wording.plain(exact(number))


def amount_text(number: Number, places: int = 2) -> str:
    """An amount as a reader writes it, rounded to the currency's decimals, such as 61,400.00."""
    return f"{rounded(number, places):,f}"
