"""Control charts and error budgets."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.budgets import burn_alert, error_budget
from sla.control_charts import moving_ranges, process_limits, share_chart

MONTHS = [
    Decimal(text)
    for text in ["96.1", "95.4", "96.8", "95.9", "96.3", "95.2", "96.6", "95.8", "96.0", "96.4", "95.5", "96.2"]
]


def test_only_what_lies_beyond_the_natural_limits_is_a_signal():
    limits = process_limits(MONTHS)

    assert limits.signals([Decimal(value) for value in ("94.4", "93.0", "98.3")]) == [1, 2]
    assert limits.signals([*MONTHS, 93]) == [12]
    assert limits.signals(MONTHS) == []


def test_a_jump_is_a_signal_of_the_moving_range():
    limits = process_limits(MONTHS)

    assert limits.range_signals([96, 97, 93]) == [1]
    assert limits.range_signals([96]) == []


def test_eight_on_one_side_of_the_mean_are_a_shift():
    limits = process_limits([1, 3, 1, 3])

    assert limits.shifts([1, 3, 3, 3, 3, 3, 3, 3, 3, 3]) == [8, 9]
    assert limits.shifts([1] * 8) == [7]
    assert limits.shifts([3, 3, 3, 3, 2, 3, 3, 3, 3, 1]) == []


@given(st.lists(st.decimals(0, 100, places=2), min_size=2, max_size=30))
def test_limits_lie_around_the_mean(values):
    limits = process_limits(values)

    assert limits.lower <= limits.mean <= limits.upper
    assert min(values) <= limits.mean <= max(values)
    assert len(moving_ranges(values)) == len(values) - 1


def test_limits_need_two_values():
    with pytest.raises(ValueError, match="at least two values"):
        process_limits([1])


def test_laneys_limits_are_wider_where_days_differ_more_than_chance_does():
    chart = share_chart([210, 260, 190, 280], [5000, 5200, 4900, 5100])
    low, high = chart.limits(5000)
    plain_low, plain_high = chart.limits(5000, adjusted=False)

    assert chart.sigma_z > 1
    assert low < plain_low < chart.mean < plain_high < high


@pytest.mark.parametrize(
    ("part", "cases", "sentence"),
    [
        ([1], [2], "at least two periods"),
        ([1, 2], [2], "at least two periods"),
        ([1, 2], [2, 0], "at least two periods"),
        ([1], [2, 2], "at least two periods"),
        ([0, 0], [2, 2], "cases of both kinds"),
        ([2, 2], [2, 2], "cases of both kinds"),
    ],
)
def test_a_chart_of_shares_needs_shares(part, cases, sentence):
    with pytest.raises(ValueError, match=sentence):
        share_chart(part, cases)


def test_an_error_budget_is_used_up():
    budget = error_budget(95, 10_000, misses=250, counted=5_000, days=10)

    assert budget.misses == 500
    assert budget.consumed_percent == 50
    assert budget.burn_rate == 1
    assert budget.days_left == 10
    assert error_budget(95, 10_000, misses=600, days=10).days_left == 0


def test_there_is_no_pace_without_misses_and_no_share_of_no_budget():
    assert error_budget(95, 10_000, misses=0, days=10).days_left is None
    assert error_budget(95, 10_000, misses=10, days=0).days_left is None
    assert error_budget(95, 10_000, misses=10, counted=0).burn_rate is None
    assert error_budget(100, 10_000, misses=10, counted=100).burn_rate is None
    assert error_budget(100, 10_000, misses=1).consumed_percent is None


@pytest.mark.parametrize("fields", [(-1, 10), (101, 10), (95, -1)])
def test_a_senseless_budget_is_refused(fields):
    with pytest.raises(ValueError, match="from 0 to 100, and no negative volume"):
        error_budget(*fields)


def test_a_burn_alert_needs_both_windows_to_agree():
    alert = burn_alert(2, 1, 720)

    assert alert.threshold == Fraction("14.4")
    assert alert.exhausted_after_days == Fraction(720, 24) / Fraction("14.4")
    assert alert.fires(Fraction(15), Fraction(15))
    assert alert.fires(alert.threshold, alert.threshold)
    assert not alert.fires(Fraction(15), Fraction(14))
    assert not alert.fires(Fraction(14), Fraction(15))


@pytest.mark.parametrize("fields", [(0, 1, 720), (2, 0, 720), (2, 1, 0)])
def test_a_senseless_alert_is_refused(fields):
    with pytest.raises(ValueError, match="positive share, window and period"):
        burn_alert(*fields)
