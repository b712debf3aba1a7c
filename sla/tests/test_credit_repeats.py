"""What follows from failing again, in runs and in moving windows."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.repeats import (
    Default,
    Miss,
    Multiplier,
    StandingDiscount,
    averages_in_window,
    defaults,
    runs,
)
from sla.credits.triggers import failures_in_window, points_in_window

series = st.lists(st.sampled_from([True, False, None]), max_size=24)
LETTERS = {"M": Miss.MET, "E": Miss.BELOW_EXPECTED, "X": Miss.BELOW_MINIMUM, "-": Miss.SILENT}


def misses(letters):
    """A series of periods, one letter each."""
    return [LETTERS[letter] for letter in letters]


@pytest.mark.parametrize(
    ("failed", "lengths"),
    [
        ([True, True, False, True], (1, 2, 0, 1)),
        ([True, None, True], (1, 1, 2)),
        ([None, False, None], (0, 0, 0)),
        ([], ()),
    ],
)
def test_a_run_is_broken_only_by_a_met_period(failed, lengths):
    assert runs(failed) == lengths


@given(series, st.integers(0, 24))
def test_a_silent_period_changes_no_run(failed, place):
    place = min(place, len(failed))
    lengths = runs([*failed[:place], None, *failed[place:]])
    assert lengths[:place] + lengths[place + 1 :] == runs(failed)


def test_the_last_factor_of_a_ladder_holds():
    ladder = Multiplier((1, Decimal("1.5"), 2))
    assert [ladder.factor(run) for run in range(6)] == [0, 1, Fraction(3, 2), 2, 2, 2]


def test_a_compounding_ladder_goes_on_growing():
    assert [Multiplier((1, 2), compounding=True).factor(run) for run in (1, 2, 3, 4)] == [1, 2, 4, 8]


def test_a_compounding_ladder_grows_by_its_last_step():
    ladder = Multiplier((1, 2, 3), compounding=True)
    assert [ladder.factor(run) for run in (3, 4, 5)] == [3, Fraction(9, 2), Fraction(27, 4)]


@pytest.mark.parametrize("ladder", [(), (Decimal("0.5"),), (1, 3, 2)])
def test_a_ladder_that_goes_down_is_refused(ladder):
    with pytest.raises(ValueError, match="starts at 1 or more and never falls"):
        Multiplier(ladder)


def test_a_single_factor_cannot_compound():
    with pytest.raises(ValueError, match="needs two factors"):
        Multiplier((2,), compounding=True)


def test_credits_grow_with_the_run_and_start_anew():
    credits = Multiplier((1, 2)).credits(Decimal("10.005"), [True, None, True, False, True])
    assert [str(credit) for credit in credits] == ["10.01", "0.00", "20.01", "0.00", "10.01"]


@given(series)
def test_a_period_that_did_not_fail_costs_nothing(failed):
    credits = Multiplier((1, 3)).credits(100, failed)
    assert all((credit > 0) is (outcome is True) for credit, outcome in zip(credits, failed, strict=True))


@pytest.mark.parametrize(
    ("failed", "percents"),
    [
        ([True, True, True, False, True], (0, 10, 10, 0, 0)),
        ([True, True, None, True, False], (0, 10, 10, 10, 0)),
    ],
)
def test_a_standing_discount_lasts_until_a_period_is_met(failed, percents):
    assert StandingDiscount(2, 10).percents(failed) == percents


def test_a_standing_discount_comes_off_the_charges():
    credit = StandingDiscount(2, 10).credit([True, True], 5000)
    assert (credit.payable, credit.lines[0].working) == (
        Decimal("500.00"),
        "10 % × 5,000.00 until a period is met",
    )


def test_without_periods_there_is_no_discount():
    assert StandingDiscount(2, 10).credit([], 5000).payable == 0


@pytest.mark.parametrize(("after", "percent"), [(0, 10), (1, 101)])
def test_nonsense_in_a_standing_discount_is_refused(after, percent):
    with pytest.raises(ValueError, match=r"above zero|between 0 and 100"):
        StandingDiscount(after, percent)


def test_a_miss_of_the_minimum_is_a_default_at_once():
    assert defaults(misses("MX"), window=12, count=4) == (Default.NONE, Default.MINIMUM)


def test_a_miss_of_the_expected_level_is_a_default_from_the_fourth_time():
    found = defaults(misses("EEMEE-E"), window=12, count=4)
    assert [place for place, default in enumerate(found) if default is Default.EXPECTED] == [4, 6]


def test_old_misses_leave_the_window():
    assert Default.EXPECTED not in defaults(misses("EMME"), window=3, count=2)


def test_the_window_includes_its_first_period():
    assert defaults(misses("EME"), window=3, count=2)[2] is Default.EXPECTED


def test_counting_may_restart_after_a_default():
    found = defaults(misses("EEEE"), window=12, count=2, restarts=True)
    assert [default is Default.EXPECTED for default in found] == [False, True, False, True]


@pytest.mark.parametrize(("window", "count"), [(0, 1), (1, 0)])
@pytest.mark.parametrize("rule", [defaults, failures_in_window])
def test_an_empty_window_or_count_is_refused(rule, window, count):
    with pytest.raises(ValueError, match="must be above zero"):
        rule([], window=window, count=count)


def test_only_a_failing_period_completes_a_count():
    assert failures_in_window([True, True, False, True, None, True], window=2, count=2) == (2,)


@given(series, st.integers(1, 12), st.integers(1, 6))
def test_a_wider_window_never_finds_less(failed, window, count):
    narrow = failures_in_window(failed, window=window, count=count)
    wide = failures_in_window(failed, window=window + 1, count=count)
    assert {*narrow} <= {*wide}


def test_points_of_a_window_are_added_up_and_equality_reaches():
    assert points_in_window([19, 12, 18, 20, None], window=3, threshold=50) == (4,)


def test_points_count_before_the_window_is_full():
    assert points_in_window([50], window=3, threshold=50) == (1,)


def test_an_average_needs_a_full_window():
    assert averages_in_window([1, 2, 4, 6], window=3) == (Fraction(7, 3), 4)


def test_silent_periods_are_left_out_of_an_average():
    assert averages_in_window([1, None, 3, None, None], window=2) == (1, 3, 3, None)


@pytest.mark.parametrize(
    "rule", [lambda: points_in_window([], window=0, threshold=1), lambda: averages_in_window([], window=0)]
)
def test_a_window_has_one_period_at_least(rule):
    with pytest.raises(ValueError, match="the window must be above zero"):
        rule()
