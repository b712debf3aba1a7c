"""Sums that can be added up in any order."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.tallies import Tally, exact

NUMBERS = st.fractions(-1000, 1000, max_denominator=50)
TALLIES = st.builds(Tally.of, NUMBERS, NUMBERS, st.integers(0, 100), st.lists(NUMBERS, max_size=5))


@given(st.lists(TALLIES, max_size=6), st.randoms())
def test_order_does_not_matter(tallies, random):
    shuffled = list(tallies)
    random.shuffle(shuffled)

    assert Tally.total(shuffled) == Tally.total(tallies)


@given(TALLIES, TALLIES, TALLIES)
def test_split_and_merge_agree(one, two, three):
    begun, rest = Tally.total([one, two]), Tally.total([two, three])

    assert Tally.total([begun, three]) == Tally.total([one, rest]) == Tally.total([one, two, three])


@given(TALLIES)
def test_nothing_added_changes_nothing(tally):
    assert Tally.total([tally, Tally.empty()]) == tally


def test_the_same_values_in_another_order_are_the_same_tally():
    assert Tally.of(6, 3, values=[3, 1, 2]) == Tally.of(6, 3, values=[2, 3, 1])


def test_cases_are_the_whole_part_of_the_denominator_unless_given():
    assert Tally.of(1, Decimal("7.5")).cases == 7
    assert Tally.of(1, Decimal("-7.5")).cases == 0
    assert Tally.of(1, 7, cases=2).cases == 2


def test_cases_cannot_be_negative():
    with pytest.raises(ValueError, match="cannot be negative, got -1"):
        Tally.of(1, 1, cases=-1)


def test_a_float_is_refused():
    with pytest.raises(TypeError, match=r"the float 0\.1"):
        exact(0.1)


def test_decimals_and_integers_become_the_fractions_they_are():
    assert exact(Decimal("0.1")) == Fraction(1, 10)
    assert exact(3) == 3


@pytest.mark.parametrize("part", [2, 3, 7])
def test_parts_of_cases_are_added_up_exactly(part):
    one = Tally.of(Fraction(1, part), Fraction(3, part))

    assert Tally.total([one, one]).numerator == Fraction(2, part)
    assert Tally.total([one, Tally.of(1, 2), one]).denominator == 2 + Fraction(6, part)


def test_values_that_differ_in_their_last_digit_only_are_kept_in_order():
    greater, lesser = 10**20 + 1, Fraction(10**20 * 3 + 1, 3)

    assert Tally.of(0, 2, values=[greater, lesser]).values == (lesser, greater)


def test_a_share_of_a_tally_has_the_whole_cases_in_it():
    assert Tally.of(20, 100).scaled(Fraction(1, 7)) == Tally(Fraction(20, 7), Fraction(100, 7), 14)
