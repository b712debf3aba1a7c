"""Money is exact: floats are refused, and halves are rounded up once."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.money import amount_text, exact, mean, not_negative, percentage, plain, positive, rounded, total

fractions = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


@pytest.mark.parametrize("number", [0.1, True, "1", None])
def test_only_exact_numbers_are_taken(number):
    with pytest.raises(TypeError, match=f"an exact number is needed .*, got {type(number).__name__}"):
        exact(number)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_refused(text):
    with pytest.raises(ValueError, match="finite"):
        exact(Decimal(text))


def test_a_decimal_keeps_every_digit():
    assert exact(Decimal("0.1")) == Fraction(1, 10)


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999", 2, "0.00"),
        ("2.5", 0, "3"),
        ("1.2345", 3, "1.235"),
        ("7", 2, "7.00"),
        ("-0.001", 2, "0.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(number, places, expected):
    assert str(rounded(Decimal(number), places)) == expected


def test_an_amount_has_cents_unless_told_otherwise():
    assert str(rounded(7)) == "7.00"


def test_a_negative_number_of_decimals_is_refused():
    with pytest.raises(ValueError, match="decimals must not be negative, got -1"):
        rounded(1, -1)


@given(fractions, st.integers(0, 6))
def test_rounding_moves_a_number_by_half_a_unit_at_most(number, places):
    assert abs(exact(rounded(number, places)) - number) <= Fraction(1, 2 * 10**places)


@given(fractions, fractions)
def test_rounding_keeps_the_order(one, other):
    lower, higher = sorted([one, other])
    assert rounded(lower) <= rounded(higher)


@given(fractions)
def test_rounding_treats_both_signs_alike(number):
    assert rounded(-number) == -rounded(number)


def test_zero_is_not_negative():
    assert not_negative(0, "a fee") == 0


def test_a_negative_number_is_refused_by_name():
    with pytest.raises(ValueError, match="a fee must not be negative, got -1"):
        not_negative(-1, "a fee")


@pytest.mark.parametrize("number", [0, -1])
def test_what_must_be_positive_is(number):
    with pytest.raises(ValueError, match=f"a volume must be above zero, got {number}"):
        positive(number, "a volume")


def test_a_positive_number_is_taken():
    assert positive(Decimal("0.01"), "a volume") == Fraction(1, 100)


@pytest.mark.parametrize(("number", "share"), [(0, 0), (25, Fraction(1, 4)), (100, 1)])
def test_a_percentage_becomes_a_share(number, share):
    assert percentage(number, "a share") == share


@pytest.mark.parametrize("number", [Decimal("-0.01"), Decimal("100.01")])
def test_a_percentage_outside_its_range_is_refused(number):
    with pytest.raises(ValueError, match="a share must lie between 0 and 100 percent"):
        percentage(number, "a share")


def test_numbers_of_different_kinds_add_up():
    assert total([1, Decimal("0.5"), Fraction(1, 4)]) == Fraction(7, 4)


def test_the_mean_is_exact():
    assert mean([1, 2, 2]) == Fraction(5, 3)


def test_nothing_has_no_mean():
    with pytest.raises(ValueError, match="the mean of no numbers does not exist"):
        mean([])


def test_numbers_are_written_without_needless_zeros():
    assert plain(Decimal("2796.500")) == "2,796.5"


def test_amounts_are_written_with_the_decimals_of_their_currency():
    assert [amount_text(61400), amount_text(Decimal("1234.5"), 0)] == ["61,400.00", "1,235"]
