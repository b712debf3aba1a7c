"""Where what is unlikely begins: the exact limits of each rule of `sla.unlikely`."""

from fractions import Fraction

import pytest

from sla.unlikely import (
    KEPT_DIGITS,
    NAMES_COMPARED,
    UnreadName,
    all_below,
    off_scale,
    rounded_ids,
    unread_names,
    unusual_scale,
)

DAYS = [85, 88, 90, 91, 87]
HUNDREDTH = Fraction(1, 100)
ROUNDED = "3" * KEPT_DIGITS + "0000"


@pytest.mark.parametrize(
    ("value", "low", "middle", "high", "factor"),
    [
        (1, 100, 100, 100, HUNDREDTH),
        (30, 60, 3_000, 3_000, None),
        (25, 60, 3_000, 3_000, HUNDREDTH),
        (1_000, 1, 10, 500, None),
        (1_100, 1, 10, 500, 100),
        (2_000, 10, 10, 10, 100),
        (2_400, 10, 10, 10, None),
    ],
)
def test_half_the_lowest_and_twice_the_highest_value_are_usual(value, low, middle, high, factor):
    assert off_scale(value, low, middle, high) == factor


@pytest.mark.parametrize(
    ("values", "history", "found"),
    [
        ([1, 0], [], [0]),
        ([10], [], []),
        ([1], [None, None, None], [0]),
        ([1], [0, 0, 0], [0]),
        ([1], [1, 1, 1], []),
    ],
)
def test_values_are_all_below_ten_where_fewer_than_three_earlier_ones_are_above_zero(values, history, found):
    assert all_below(values, history, 10) == found


@pytest.mark.parametrize(
    ("values", "history", "found"),
    [
        ([1], [None, 0, *DAYS], (HUNDREDTH, [0])),
        ([100], [1, 1, 1], (Fraction(100), [0])),
        ([1], [1, *[100] * 19], (HUNDREDTH, [0])),
        ([1], [2, 100, 100], None),
        ([100_000], [10, 10, 1_000, 1_000], (Fraction(100), [0])),
    ],
)
def test_a_history_is_its_values_above_zero_without_the_lowest_of_twenty(values, history, found):
    assert unusual_scale(values, history) == found


@pytest.mark.parametrize(("values", "found"), [([9_000, 0], (Fraction(100), [0])), ([9_000, 88], None)])
def test_more_than_a_share_of_the_values_above_zero_has_to_be_off(values, found):
    assert unusual_scale(values, DAYS, least_share=Fraction(1, 2)) == found


def test_the_factor_is_that_of_most_values():
    assert unusual_scale([9_000, 9_100, 88 * 3_600], DAYS) == (Fraction(100), [0, 1, 2])


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ([ROUNDED, "17", "c2b6d0f0-0000-0000-0000", "1" * KEPT_DIGITS], [0]),
        (["3" * KEPT_DIGITS + "000"], [0]),
        (["3" * KEPT_DIGITS + "00"], []),
    ],
)
def test_ids_of_digits_alone_are_rounded_where_three_zeros_stand_beyond_the_fifteenth(ids, found):
    assert rounded_ids(ids) == found


def test_of_names_that_differ_in_case_the_first_in_order_is_proposed():
    known = [{"queue": {"Billing", "billing"}}]
    assert unread_names([("BILLING",)], ["queue"], known) == [UnreadName(("BILLING",), ("Billing",), False)]


def test_a_column_without_a_proposal_has_an_empty_one_beside_another_that_has_one():
    known = [{"queue": {"Billing"}, "site": {"Lyon"}}]
    found = unread_names([("billing", "Manila")], ["queue", "site"], known)
    assert found == [UnreadName(("billing", "Manila"), ("Billing", ""), False)]


@pytest.mark.parametrize(("others", "proposal"), [(NAMES_COMPARED - 1, "Billing"), (NAMES_COMPARED, "")])
def test_the_closest_of_at_most_five_hundred_names_is_looked_for(others, proposal):
    known = [{"queue": {"Billing", *(f"{number:05}" for number in range(others))}}]
    assert unread_names([("Billling",)], ["queue"], known) == [UnreadName(("Billling",), (proposal,), False)]
