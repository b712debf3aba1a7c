"""What later periods win back of a credit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.earnback import Allowance, Average, CleanRun, Earnback, Form, YearAverage

money = st.decimals(0, 10**6, places=2)
percents = st.decimals(0, 100, places=2)
marks = st.lists(st.sampled_from([True, False, None]), max_size=20)


@pytest.mark.parametrize(
    ("clean", "period"),
    [
        ([True, True, True], 3),
        ([True, False, True, True, True], 5),
        ([True, None, True, True], 4),
        ([True, True], None),
        ([], None),
    ],
)
def test_a_clean_run_wins_back_when_it_is_long_enough(clean, period):
    assert CleanRun(3, 100).earned(600, clean).period == period


def test_a_clean_run_wins_its_share_once():
    assert CleanRun(2, 50).earned(600, [True] * 6) == Earnback(
        Form.CASH, "2 clean periods: 50 % × 600", True, 2, Decimal("300.00")
    )


def test_a_run_too_short_says_how_far_it_came():
    assert CleanRun(3, 50).earned(600, [True, False, True]) == Earnback(
        Form.CASH, "1 of 3 clean periods", False, None, Decimal(0)
    )


@pytest.mark.parametrize(
    ("reason", "working"),
    [("in_peak", "failed in a peak season"), ("deleted", "service level deleted")],
)
def test_some_credits_are_never_earned_back(reason, working):
    earnback = CleanRun(1, 100).earned(600, [True], **{reason: True})
    assert earnback == Earnback(Form.CASH, working, False, None, Decimal(0))


def test_what_is_earned_back_may_be_an_allowance_only():
    assert CleanRun(1, 100, form=Form.ALLOWANCE).earned(600, [True]).form is Form.ALLOWANCE


@given(money, percents, marks, st.integers(1, 6))
def test_no_more_is_earned_back_than_was_credited(credit, share, clean, periods):
    assert 0 <= CleanRun(periods, share).earned(credit, clean).amount <= credit


@given(marks, st.integers(1, 6))
def test_a_further_clean_period_never_loses_an_earnback(clean, periods):
    rule = CleanRun(periods, 100)
    assert rule.earned(1, [*clean, True]).earned >= rule.earned(1, clean).earned


@pytest.mark.parametrize(
    ("strict", "higher", "clean"),
    [
        (False, True, (False, True, True, None)),
        (True, True, (False, False, True, None)),
        (False, False, (True, True, False, None)),
        (True, False, (True, False, False, None)),
    ],
)
def test_clean_means_at_the_level_or_strictly_beyond_it(strict, higher, clean):
    rule = CleanRun(1, 100, strict=strict)
    assert rule.clean([94, 95, 96, None], 95, higher_is_better=higher) == clean


def test_higher_is_better_unless_another_scale_is_given():
    assert CleanRun(1, 100).clean([96], 95) == (True,)


def test_what_may_flow_back_is_held_in_reserve():
    assert CleanRun(6, 50).reserve(Decimal("0.01")) == Decimal("0.01")


@pytest.mark.parametrize(("periods", "share"), [(0, 50), (1, 101)])
def test_nonsense_in_a_clean_run_is_refused(periods, share):
    with pytest.raises(ValueError, match=r"above zero|between 0 and 100"):
        CleanRun(periods, share)


def test_simple_and_weighted_averages_differ():
    tallies = [(97, 100), (80, 300)]
    simple = YearAverage(Average.SIMPLE).of([97, Fraction(80, 3)], tallies)
    assert (simple, YearAverage().of([], tallies)) == (Fraction(371, 6), Fraction(177, 4))


def test_a_year_without_volume_has_no_average():
    assert YearAverage().of([], [(0, 0)]) is None


def test_an_average_is_a_percentage_unless_another_scale_is_given():
    assert YearAverage().of([], [(1, 2)]) == 50


def test_an_average_keeps_the_scale_of_its_measure():
    assert YearAverage().of([], [(90, 3), (30, 1)], scale=1) == 30


def test_the_years_average_wins_back_when_it_reaches_the_level():
    assert YearAverage(share=50).earned(1000, 95, 95) == Earnback(
        Form.CASH, "average 95 against 95: 50 % × 1,000", True, None, Decimal(500)
    )


@pytest.mark.parametrize(
    ("rule", "facts", "working"),
    [
        (YearAverage(), {"average": None}, "no volume in the year"),
        (YearAverage(), {"average": 94}, "average 94 against 95"),
        (YearAverage(strict=True), {"average": 95}, "average 95 against 95"),
        (YearAverage(), {"average": 96, "higher_is_better": False}, "average 96 against 95"),
        (
            YearAverage(minimum_never_missed=True),
            {"average": 96, "minimum_missed": True},
            "the minimum was missed in the year",
        ),
    ],
)
def test_a_year_that_wins_nothing_says_why(rule, facts, working):
    assert rule.earned(1000, expected=95, **facts) == Earnback(Form.CASH, working, False, None, Decimal(0))


def test_a_minimum_is_held_unless_said_to_be_missed():
    assert YearAverage(minimum_never_missed=True).earned(1000, 96, 95).earned


def test_a_missed_minimum_forfeits_only_where_the_clause_says_so():
    assert YearAverage().earned(1000, 96, 95, minimum_missed=True).earned


def test_a_share_of_a_year_above_everything_is_refused():
    with pytest.raises(ValueError, match="the share earned back must lie between"):
        YearAverage(share=101)


def test_an_allowance_is_used_up_by_credits_of_its_category():
    used, left = Allowance("voice", 100).set_off("voice", 70)
    assert (used, left) == (70, Allowance("voice", Fraction(30)))


def test_an_allowance_takes_off_no_more_than_it_has():
    used, left = Allowance("voice", 100).set_off("voice", 170)
    assert (used, left.amount) == (100, 0)


def test_an_allowance_is_of_no_use_to_another_category():
    used, left = Allowance("voice", 100).set_off("chat", 70)
    assert (used, left.amount) == (0, 100)


def test_a_negative_allowance_is_refused():
    with pytest.raises(ValueError, match="an allowance must not be negative"):
        Allowance("voice", -1)
