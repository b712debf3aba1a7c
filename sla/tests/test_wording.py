"""Numbers as people read them."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from sla.wording import as_decimal, plain


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (Fraction(1, 3), 6, "0.333333"),
        (Fraction(1, 3), 2, "0.33"),
        (Fraction(2, 3), 0, "1"),
        (Fraction(100), 0, "100"),
        (Fraction(99, 10), 0, "10"),
        (Fraction(29_999_999, 10_000_000), 6, "3"),
        (Fraction(100), 6, "100"),
        (Fraction(1_000_000), 0, "1,000,000"),
        (Fraction(12_345_600, 1000), 6, "12,345.6"),
    ],
)
def test_a_number_has_no_more_digits_than_are_asked_for_and_no_idle_noughts(number, digits, text):
    assert plain(number, digits) == text


@pytest.mark.parametrize(
    ("rounding", "number"), [(ROUND_HALF_UP, "0.3"), (ROUND_HALF_EVEN, "0.2"), (ROUND_DOWN, "0.2")]
)
def test_what_cannot_be_written_exactly_is_rounded_as_asked(rounding, number):
    assert as_decimal(Fraction(1, 4), 1, rounding) == Decimal(number)


def test_unless_told_otherwise_halves_go_up():
    assert as_decimal(Fraction(25, 100_000_000)) == Decimal("0.000000")
    assert as_decimal(Fraction(5, 10_000_000)) == Decimal("0.000001")
