"""Exact numbers as people read them in a working: thousands with commas, no more digits than are needed."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

DIGITS = 6


def as_decimal(number: Fraction) -> Decimal:
    """The number with six decimals, half up; only what cannot be written exactly is rounded."""
    with localcontext() as context:
        context.prec = 60
        quotient = Decimal(number.numerator) / Decimal(number.denominator)
        return quotient.quantize(Decimal(1).scaleb(-DIGITS), rounding=ROUND_HALF_UP)


def plain(number: Fraction) -> str:
    """The number in digits, such as 2,796 or 93.2."""
    if number.denominator == 1:
        return f"{number.numerator:,}"
    return f"{as_decimal(number):,f}".rstrip("0").rstrip(".")
