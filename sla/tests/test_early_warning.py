"""Run rates, chances, control charts and error budgets."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sla.bands import Direction
from sla.limits import Limits, Range
from sla.outlook import Course, Prospect, budget_left, misses_left, prospect, required_mean, run_rate
from sla.probabilities import chance_of_at_least, chance_of_mean, chance_of_meeting, sample_size, wilson
from sla.tallies import Tally

COUNTS = st.integers(0, 300)


@pytest.mark.parametrize(
    ("forecast", "good", "counted", "need", "remaining", "rate", "state"),
    [
        (20_000, 9_300, 12_000, 6_700, 8_000, "83.75", "open"),
        (20_000, 14_000, 19_000, 2_000, 1_000, "200", "lost"),
        (20_000, 15_000, 19_000, 1_000, 1_000, "100", "open"),
        (20_000, 16_000, 19_000, 0, 1_000, "0", "secured"),
        (100, 70, 110, 10, 0, None, "lost"),
    ],
)
def test_the_run_rate_that_the_rest_needs(forecast, good, counted, need, remaining, rate, state):
    found = run_rate(forecast, good, counted, 80)

    assert (found.need_good, found.remaining, found.prospect) == (need, remaining, state)
    assert found.required_rate == (None if rate is None else Fraction(rate))


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.decimals(1, 100, places=1))
def test_a_run_rate_says_truly_what_is_still_possible(good, bad, more_good, more_bad, expected):
    total = good + bad + more_good + more_bad
    assume(total)
    state = run_rate(total, good, good + bad, expected).prospect
    meets = Fraction(100 * (good + more_good), total) >= expected

    assert state is not Prospect.LOST or not meets
    assert state is not Prospect.SECURED or meets


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_prospect_says_truly_what_is_still_possible(good, bad, more_good, more_bad):
    total = good + bad + more_good + more_bad
    assume(good + bad and total)
    limits = Limits(expected=90)
    tally = Tally.of(good, good + bad)
    state = prospect(limits, Fraction(0), tally, Fraction(100), Course(total))
    meets = Fraction(100 * (good + more_good), total) >= 90

    assert state is not Prospect.LOST or not meets
    assert state is not Prospect.SECURED or meets


def test_a_good_start_can_secure_a_period():
    tally = Tally.of(95, 95)

    assert prospect(Limits(expected=90), Fraction(100), tally, Fraction(100), Course(100)) is Prospect.SECURED


def test_a_count_above_what_was_expected_is_secured():
    grown = Course(grows=True)

    assert prospect(Limits(expected=10), Fraction(10), Tally.of(10, 0), None, grown) is Prospect.SECURED
    assert prospect(Limits(expected=10), Fraction(9), Tally.of(9, 0), None, grown) is Prospect.OPEN
    few = Limits(expected=10, direction=Direction.LOWER)
    assert prospect(few, Fraction(10), Tally.of(10, 0), None, grown) is Prospect.OPEN
    assert prospect(few, Fraction(11), Tally.of(11, 0), None, grown) is Prospect.LOST


def test_an_outlook_needs_no_more_than_it_says():
    assert Course(forecast=0).forecast == 0
    assert Course(elapsed=Fraction(1)).elapsed == 1
    assert not Course().grows
    assert run_rate(10, 8, 9, 80).prospect is Prospect.SECURED
    assert run_rate(10, 7, 9, 80).prospect is Prospect.OPEN
    assert required_mean(11, 10, 5, 6) == 16


@pytest.mark.parametrize(
    ("limits", "numerator", "forecast", "state"),
    [
        (Limits(expected=100), 10, 20, "open"),
        (Limits(expected=100), 9, 20, "lost"),
        (Limits(expected=100), 9, 10, "lost"),
        (Limits(expected=100), 10, 10, "open"),
        (Limits(expected=50), 10, 19, "secured"),
        (Limits(expected=50), 10, 20, "secured"),
        (Limits(expected=50), 10, 21, "open"),
        (Limits(expected=50, direction=Direction.LOWER), 0, 20, "secured"),
        (Limits(expected=50, direction=Direction.LOWER), 0, 21, "open"),
        (Limits(expected=50, direction=Direction.LOWER), 10, 19, "lost"),
        (Limits(expected=0, direction=Direction.LOWER), 0, 20, "open"),
        (Limits(expected=0, direction=Direction.LOWER), 1, 10, "lost"),
    ],
)
def test_a_prospect_at_its_edges(limits, numerator, forecast, state):
    tally = Tally.of(numerator, 10)

    assert prospect(limits, Fraction(0), tally, Fraction(100), Course(forecast)) == state


def test_perfection_leaves_no_miss_and_no_level_leaves_all():
    perfect = budget_left(Limits(expected=100), Tally.of(9, 10), Fraction(100), 20)
    anything = budget_left(Limits(expected=0), Tally.of(9, 10), Fraction(100), 20)

    assert (perfect.misses_left, anything.misses_left) == (-1, 19)


def test_misses_left_until_a_period_is_lost():
    assert misses_left(20_000, 2_700, 80) == 1_300
    assert misses_left(1_234, 7, Decimal("99.5")) == -1


def test_where_lower_is_better_the_level_is_what_may_miss():
    assert misses_left(1_000, 30, 5, Direction.LOWER) == 20


def test_the_budget_left_is_measured_to_the_minimum():
    left = budget_left(Limits(expected=95, minimum=90), Tally.of(93, 100), Fraction(100), 200)

    assert (left.level, left.misses_left) == (90, 13)
    assert (left.run_rate.need_good, left.run_rate.remaining, left.run_rate.required_rate) == (87, 100, 87)


def test_the_budget_left_without_a_minimum_is_measured_to_what_is_expected():
    limits = Limits(expected=5, direction=Direction.LOWER)
    left = budget_left(limits, Tally.of(4, 100), Fraction(100), 200)

    assert (left.level, left.misses_left, left.run_rate.need_good) == (5, 6, 94)


def test_a_forecast_that_was_passed_leaves_the_budget_of_what_was_counted():
    left = budget_left(Limits(expected=90), Tally.of(93, 100), Fraction(100), 50)

    assert (left.misses_left, left.run_rate.remaining, left.run_rate.prospect) == (3, 0, Prospect.SECURED)


@pytest.mark.parametrize(
    ("limits", "scale"),
    [
        (Limits(expected=90), None),
        (Limits(expected=9000), Fraction(100)),
        (Limits(expected=-1), Fraction(100)),
        (Limits(direction=Direction.RANGE, expected_range=Range(80, 90)), Fraction(100)),
    ],
)
def test_no_misses_are_counted_where_the_value_is_no_share_of_cases(limits, scale):
    assert budget_left(limits, Tally.of(93, 100), scale, 200) is None


@given(COUNTS, COUNTS, COUNTS, st.integers(0, 100), st.sampled_from([Direction.HIGHER, Direction.LOWER]))
def test_with_the_misses_left_used_up_the_level_is_kept_and_with_one_more_it_is_lost(good, bad, rest, level, direction):
    total = good + bad + rest
    assume(total)
    limits = Limits(expected=level, direction=direction)
    tally = Tally.of(bad if direction is Direction.LOWER else good, good + bad)
    left = budget_left(limits, tally, Fraction(100), total).misses_left

    for more, kept in ((left, True), (left + 1, False)):
        part = bad + more if direction is Direction.LOWER else total - bad - more
        assert limits.meets(Fraction(100 * part, total), level) is kept


def test_the_mean_that_the_rest_needs():
    assert required_mean(12_000, 8_000, 372, 365) == 351
    assert required_mean(8_000, 8_000, 372, 365) is None


@given(st.integers(0, 40), st.floats(0.5, 50), st.floats(0.5, 50))
def test_chances_of_all_numbers_add_up_to_one(trials, good, bad):
    chances = [chance_of_at_least(need, trials, good, bad) for need in range(trials + 2)]

    assert chances[0] == 1
    assert chances[-1] == 0
    assert all(one >= other - 1e-9 for one, other in pairwise(chances))


def test_one_even_case_is_a_coin():
    assert chance_of_at_least(1, 1, 0.5, 0.5) == pytest.approx(0.5)


@pytest.mark.parametrize(("need", "chance"), [(-1, 1), (0, 1), (3, 0)])
def test_a_need_beyond_all_cases_is_certain_or_impossible(need, chance):
    assert chance_of_at_least(need, 2, 0.5, 0.5) == chance


def test_dispersion_makes_a_good_chance_less_sure():
    sure = chance_of_meeting(70, 100, 800, 200)
    unsure = chance_of_meeting(70, 100, 800, 200, dispersion=20)

    assert 0.5 < unsure < sure < 1


def test_history_moves_a_chance():
    assert chance_of_meeting(130, 160, 270, 70) == pytest.approx(0.3484, abs=1e-4)
    assert chance_of_meeting(130, 160, 270, 70, prior=(90, 10)) > 0.3484


def test_senseless_chances_are_refused():
    with pytest.raises(ValueError, match="positive weights"):
        chance_of_meeting(1, 1, 1, 1, prior=(0, 1))
    with pytest.raises(ValueError, match="positive weights"):
        chance_of_meeting(1, 1, 1, 1, prior=(1, 0))
    with pytest.raises(ValueError, match=r"at least 1, got 0\.5"):
        chance_of_meeting(1, 1, 1, 1, dispersion=0.5)


def mean_chance(**more):
    usual = {"required": 351, "mean": 372, "deviation": 240, "counted": 8000, "remaining": 4000}
    return chance_of_mean(**{**usual, "lower_is_better": True, **more})


def test_the_chance_of_a_mean():
    assert mean_chance().z == pytest.approx(-4.5185, abs=1e-4)
    assert mean_chance().chance == pytest.approx(3.1e-6, abs=1e-7)
    assert mean_chance(lower_is_better=False).chance == pytest.approx(1 - 3.1e-6, abs=1e-7)
    assert mean_chance(required=372).chance == pytest.approx(0.5)


@pytest.mark.parametrize("nonsense", [{"deviation": 0}, {"counted": 0}, {"remaining": 0}])
def test_the_chance_of_a_mean_needs_values(nonsense):
    with pytest.raises(ValueError, match="positive deviation, values so far, and values to come"):
        mean_chance(**nonsense)


@given(st.integers(1, 500), st.data())
def test_a_wilson_interval_holds_its_share(cases, data):
    good = data.draw(st.integers(0, cases))
    low, high = wilson(good, cases)

    assert 0 <= low <= good / cases + 1e-12
    assert good / cases - 1e-12 <= high <= 1


@pytest.mark.parametrize(("good", "cases"), [(-1, 5), (6, 5), (0, 0)])
def test_a_share_needs_cases(good, cases):
    with pytest.raises(ValueError, match="good cases out of at least one"):
        wilson(good, cases)


def test_a_sample_is_large_enough_for_its_margin():
    assert sample_size(0.05) == 385
    assert sample_size(0.01, share=0.95) == 1825
    for margin in (0, 1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            sample_size(margin)
