"""Numbers as people read them."""

from decimal import Decimal
from fractions import Fraction

import pytest

from sla.wording import as_decimal, plain


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(1, 3), "0.333333"),
        (Fraction(2, 3), "0.666667"),
        (Fraction(99, 10), "9.9"),
        (Fraction(29_999_999, 10_000_000), "3"),
        (Fraction(100), "100"),
        (Fraction(1_000_000), "1,000,000"),
        (Fraction(12_345_600, 1000), "12,345.6"),
    ],
)
def test_a_number_has_six_decimals_at_most_and_no_idle_noughts(number, text):
    assert plain(number) == text


def test_what_cannot_be_written_exactly_is_rounded_half_up():
    assert as_decimal(Fraction(25, 100_000_000)) == Decimal("0.000000")
    assert as_decimal(Fraction(5, 10_000_000)) == Decimal("0.000001")
