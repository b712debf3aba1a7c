"""What few cases do to a verdict, and how many misses a level allows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.bands import Direction
from sla.limits import Limits
from sla.outlook import misses_left
from sla.tallies import Tally
from sla.tests.test_verdicts import outcome, status
from sla.verdicts import (
    Status,
)
from sla.volume import LowVolume, LowVolumeRule, least_volume


def relief(rule, **more):
    return Limits(expected=95, minimum=80, low_volume=LowVolume(rule, **more))


@pytest.mark.parametrize(
    ("limits", "good", "total", "expected", "reason"),
    [
        (relief(LowVolumeRule.NONE), 11, 12, "below_expected", "value"),
        (relief(LowVolumeRule.TOO_FEW), 11, 12, "too_few", "too_few_cases"),
        (relief(LowVolumeRule.TOO_FEW), 18, 20, "below_expected", "value"),
        (relief(LowVolumeRule.TOO_FEW, min_cases=10), 11, 12, "below_expected", "value"),
        (relief(LowVolumeRule.ALLOW_MISSES), 11, 12, "met", "misses_allowed"),
        (relief(LowVolumeRule.ALLOW_MISSES), 10, 12, "below_expected", "value"),
        (relief(LowVolumeRule.ALLOW_MISSES, allowed_misses=2), 10, 12, "met", "misses_allowed"),
        (relief(LowVolumeRule.COUNT), 11, 12, "met", "misses_counted"),
        (relief(LowVolumeRule.COUNT), 10, 12, "breach", "misses_counted"),
        (relief(LowVolumeRule.CARRY_OVER), 11, 12, "too_few", "carried_over"),
        (relief(LowVolumeRule.ROLLING), 11, 12, "below_expected", "value"),
    ],
)
def test_cures_for_low_volume(limits, good, total, expected, reason):
    found = outcome(limits, good, total)

    assert (found.status, found.reason) == (expected, reason)


def test_misses_cannot_be_counted_where_the_value_is_no_share():
    assert status(relief(LowVolumeRule.COUNT), 11, 12, scale=None) is Status.BELOW_EXPECTED


def test_the_fewest_misses_are_those_of_the_numerator_where_lower_is_better():
    limits = Limits(expected=5, direction=Direction.LOWER, low_volume=LowVolume(LowVolumeRule.ALLOW_MISSES))

    assert status(limits, 1, 12) is Status.MET
    assert status(limits, 2, 12) is Status.BREACH


def test_periods_that_look_back_are_judged_together():
    tallies = [Tally.of(9, 10), Tally.of(8, 8), Tally.of(11, 12), Tally.of(5, 6)]
    carry, roll = LowVolume(LowVolumeRule.CARRY_OVER), LowVolume(LowVolumeRule.ROLLING, periods=3)

    assert [rule.looks_back() for rule in (carry, roll, LowVolume())] == [True, True, False]
    assert roll.judged(tallies, 20) == Tally.of(24, 26)
    assert roll.judged(tallies, 6) == tallies[-1]
    assert carry.judged(tallies[:3], 20) == Tally.of(28, 30)
    assert carry.judged(tallies, 20) == Tally.of(5, 6)
    assert LowVolume().judged(tallies, 20) == tallies[-1]


def test_what_was_carried_over_is_carried_until_there_are_enough_cases():
    tallies = [Tally.of(1, 2), Tally.of(2, 2), Tally.of(3, 3)]
    carry = LowVolume(LowVolumeRule.CARRY_OVER)

    assert [carry.judged(tallies[:number], 4).cases for number in (1, 2, 3)] == [2, 4, 3]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"min_cases": 0}, "at least 1, got 0"),
        ({"allowed_misses": -1}, "cannot be fewer than none, got -1"),
        ({"periods": 1}, "joins at least 2 periods, got 1"),
    ],
)
def test_senseless_rules_for_low_volume_are_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        LowVolume(LowVolumeRule.TOO_FEW, **fields)


@pytest.mark.parametrize(
    ("expected", "direction", "least"),
    [("95", "higher", 20), ("98.5", "higher", 67), ("99.9", "higher", 1000), ("100", "higher", 1), ("5", "lower", 20)],
)
def test_the_least_volume_at_which_one_miss_can_be_met(expected, direction, least):
    assert least_volume(Decimal(expected), Direction(direction)) == least


@given(st.integers(1, 3000), st.decimals(50, 99, places=2))
def test_the_misses_allowed_are_the_most_that_still_meet(cases, expected):
    allowed = misses_left(cases, 0, expected)
    limits = Limits(expected=expected)

    assert status(limits, cases - allowed, cases) is Status.MET
    assert status(limits, cases - allowed - 1, cases) is Status.BREACH


def test_the_least_sensible_rules_for_low_volume_are_taken():
    strict = LowVolume(LowVolumeRule.ALLOW_MISSES, min_cases=1, allowed_misses=0, periods=2)

    assert status(Limits(expected=95, low_volume=strict), 11, 12) is Status.BREACH
    assert LowVolume().periods == 3


def test_no_number_of_cases_bears_a_miss_where_none_is_allowed():
    assert least_volume(100) == least_volume(0, Direction.LOWER) == 1
    assert least_volume(0) == 1


def test_a_rolling_measure_joins_no_more_periods_than_it_says():
    tallies = [Tally.of(1, 2), Tally.of(2, 3), Tally.of(3, 4)]

    assert LowVolume(LowVolumeRule.ROLLING, periods=2).judged(tallies, 20) == Tally.of(5, 7)
    assert LowVolume(LowVolumeRule.ROLLING, periods=2).judged([*tallies, Tally.of(30, 30)], 20) == Tally.of(30, 30)
    assert LowVolume(LowVolumeRule.ROLLING, periods=2).judged([Tally.of(90, 99), *tallies], 20) == Tally.of(5, 7)
