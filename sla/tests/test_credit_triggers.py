"""Rights above credits: what raises them, and when they lapse."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from sla.credits.triggers import (
    Right,
    RightState,
    average_beyond,
    credits_reach,
    failures_in_a_row,
    failures_in_window,
    mostly_below_threshold,
    points_in_window,
)

AROSE = date(2025, 10, 31)


def test_periods_are_numbered_from_one():
    assert failures_in_window([True, False, True], window=1, count=1) == (1, 3)


def test_a_failure_that_completes_the_count_raises_it():
    assert failures_in_window([False, True, False, True, False, False, False, True], window=4, count=2) == (4,)


def test_failures_in_a_row_raise_it_again_and_again():
    assert failures_in_a_row([True, True, True, False, True], count=2) == (2, 3)


def test_a_silent_period_neither_breaks_the_row_nor_raises_anything():
    assert failures_in_a_row([True, None, True, None], count=2) == (3,)


def test_a_row_has_one_failure_at_least():
    with pytest.raises(ValueError, match="the count must be above zero"):
        failures_in_a_row([True], count=0)


def test_points_reach_a_threshold_with_equality():
    assert points_in_window([19, 12, 18, 20, 3], window=3, threshold=50) == (4,)


@pytest.mark.parametrize(("higher", "periods"), [(True, (2,)), (False, (4,))])
def test_an_average_must_be_worse_than_its_limit(higher, periods):
    assert average_beyond([96, 97, 97, 98], window=2, limit=97, higher_is_better=higher) == periods


def test_a_silent_window_has_no_average_to_be_worse():
    assert average_beyond([None, None], window=2, limit=97) == ()


def test_an_average_is_worse_below_its_limit_unless_lower_is_better():
    assert average_beyond([96, 97], window=1, limit=97) == (1,)


def test_credits_reach_a_share_of_the_charges_with_equality():
    assert credits_reach([20, 19, 0, 0], [100, 100, 100, 0], 20) == (True, False, False, False)


def test_the_smallest_charge_has_a_share():
    assert credits_reach([Fraction(1, 2)], [Fraction(1, 2)], 20) == (True,)


def test_credits_and_charges_must_be_of_the_same_periods():
    with pytest.raises(ValueError, match="longer than"):
        credits_reach([1], [1, 2], 20)


def test_without_charges_no_share_is_reached():
    assert credits_reach([0], [0], 0) == (False,)


@pytest.mark.parametrize(("missed", "most"), [(2, False), (3, True)])
def test_mostly_means_more_than_half(missed, most):
    assert mostly_below_threshold(missed, 4) is most


def test_just_more_than_half_is_mostly():
    assert mostly_below_threshold(101, 200)


def test_the_share_may_be_another():
    assert mostly_below_threshold(1, 4, percent=Fraction(24))


def test_more_missed_than_measured_is_refused():
    with pytest.raises(ValueError, match="5 missed exceed the 4 measured"):
        mostly_below_threshold(5, 4)


def test_nothing_measured_is_not_mostly_missed():
    assert not mostly_below_threshold(0, 0)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (0, RightState.OPEN),
        (45, RightState.OPEN),
        (46, RightState.LAPSING),
        (60, RightState.LAPSING),
        (61, RightState.LAPSED),
    ],
)
def test_a_right_warns_before_it_lapses(days, state):
    assert Right(AROSE, within_days=60, warn_days=14).state(AROSE + timedelta(days=days)) is state


@pytest.mark.parametrize(
    ("exercised", "state"),
    [
        (date(2025, 12, 30), RightState.EXERCISED),
        (date(2025, 12, 31), RightState.LAPSED),
        (date(2026, 1, 3), RightState.LAPSED),
    ],
)
def test_a_right_exercised_late_has_lapsed(exercised, state):
    assert Right(AROSE).state(date(2026, 1, 2), exercised) is state


def test_a_right_may_be_exercised_today():
    assert Right(AROSE).state(AROSE, AROSE) is RightState.EXERCISED


def test_a_right_to_be_exercised_tomorrow_is_still_open():
    assert Right(AROSE).state(AROSE, AROSE + timedelta(days=1)) is RightState.OPEN


def test_a_right_without_limit_stays_open():
    assert Right(AROSE, within_days=None).state(date(2035, 1, 1)) is RightState.OPEN


def test_a_right_without_limit_can_be_exercised():
    assert Right(AROSE, within_days=None).state(date(2035, 1, 1), date(2034, 1, 1)) is RightState.EXERCISED


def test_a_right_has_a_last_day():
    assert Right(AROSE, within_days=60).last_day == date(2025, 12, 30)


def test_a_right_without_limit_has_no_last_day():
    assert Right(AROSE, within_days=None).last_day is None


@pytest.mark.parametrize("spans", [{"within_days": -1}, {"warn_days": -1}])
def test_negative_spans_are_refused(spans):
    with pytest.raises(ValueError, match="must not be negative"):
        Right(AROSE, **spans)
