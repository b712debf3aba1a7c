"""Levels proposed from history: they only tighten, and never by more than the clause allows."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.improvement import (
    Proposal,
    baseline,
    capped_increase,
    halfway,
    reset_candidate,
)

percents = st.decimals(0, 100, places=2)


def test_a_level_always_exceeded_moves_half_way_to_the_average():
    proposal = halfway(95, [96, 98] * 6)
    assert (proposal.applies, proposal.proposed, proposal.working) == (True, 96, "(95 + 97) ÷ 2")


@pytest.mark.parametrize("values", [[96] * 11, [96] * 11 + [95], [96] * 6 + [94] + [96] * 6])
def test_a_level_not_always_exceeded_stays(values):
    assert not halfway(95, values).applies


def test_a_proposal_that_does_not_apply_says_how_near_it_came():
    assert halfway(95, [95, 96], periods=2) == Proposal(
        False, Fraction(95), Fraction(95), None, "1 of 2 periods exceed 95"
    )


def test_only_the_latest_periods_count():
    assert halfway(95, [10] + [97] * 12).proposed == 96


def test_where_lower_is_better_half_way_is_down():
    assert halfway(300, [280] * 12, higher_is_better=False).proposed == 290


@given(percents, st.lists(percents, min_size=12, max_size=12), st.booleans())
def test_half_way_only_tightens(current, values, higher):
    proposal = halfway(current, values, higher_is_better=higher)
    assert proposal.proposed >= proposal.current if higher else proposal.proposed <= proposal.current


@given(percents, percents, percents)
def test_a_capped_increase_only_tightens_and_keeps_its_ceiling(current, candidate, share):
    proposal = capped_increase(current, candidate, share)
    assert proposal.current <= proposal.proposed <= proposal.ceiling


@given(percents, percents, percents)
def test_where_lower_is_better_a_reset_only_lowers(current, candidate, share):
    proposal = capped_increase(current, candidate, share, perfect=0, higher_is_better=False)
    assert proposal.ceiling <= proposal.proposed <= proposal.current


@pytest.mark.parametrize(
    ("candidate", "proposed"), [("99.75", "99.64"), ("99.62", "99.62"), ("99.6", "99.6"), ("99", "99.6")]
)
def test_a_reset_goes_no_further_than_its_share_of_the_gap(candidate, proposed):
    assert capped_increase(Decimal("99.6"), Decimal(candidate), 10).proposed == Fraction(proposed)


def test_a_reset_shows_its_ceiling():
    assert capped_increase(90, 99, 10).working == "90 + 10 % × (100 − 90) = 91 at most"


@pytest.mark.parametrize(
    ("facts", "working"),
    [
        ({"analysis_open": True}, "an analysis is open"),
        ({"volume": 19, "least_volume": 20}, "19 cases, fewer than 20"),
    ],
)
def test_a_level_is_not_reset_on_thin_or_open_evidence(facts, working):
    proposal = capped_increase(90, 99, 10, **facts)
    assert proposal == Proposal(False, Fraction(90), Fraction(90), Fraction(91), working)


def test_enough_volume_allows_a_reset():
    assert capped_increase(90, 99, 10, volume=20, least_volume=20).applies


def test_without_a_least_volume_any_volume_will_do():
    assert capped_increase(90, 99, 10, volume=0).applies


def test_no_better_candidate_changes_nothing():
    assert capped_increase(90, 90, 10) == Proposal(
        False, Fraction(90), Fraction(90), Fraction(91), "90 is no better than 90"
    )


@pytest.mark.parametrize(("current", "rules"), [(101, {}), (-1, {"perfect": 0, "higher_is_better": False})])
def test_a_level_beyond_perfection_is_refused(current, rules):
    with pytest.raises(ValueError, match="lies beyond the perfect"):
        capped_increase(current, 99, 10, **rules)


def test_a_ceiling_is_a_share_of_the_gap():
    assert capped_increase(90, 99, 5).ceiling == Fraction(181, 2)


@pytest.mark.parametrize(
    ("best", "higher", "mean"), [(2, True, Fraction(7, 2)), (2, False, Fraction(3, 2)), (None, True, Fraction(5, 2))]
)
def test_a_candidate_is_the_mean_of_the_best_or_of_all(best, higher, mean):
    assert reset_candidate([1, 4, 2, 3], best=best, higher_is_better=higher) == mean


def test_a_candidate_is_the_mean_of_four_unless_told_otherwise():
    assert reset_candidate([1, 2, 3, 4, 5]) == Fraction(7, 2)


@pytest.mark.parametrize(("higher", "worst"), [(True, 1), (False, 4)])
def test_a_baseline_is_the_average_and_the_worst(higher, worst):
    levels = baseline([1, 4, 2], higher_is_better=higher)
    assert (levels.expected, levels.minimum, levels.periods) == (Fraction(7, 3), worst, 3)


def test_a_baseline_takes_its_first_periods():
    levels = baseline([1, 3, 100], periods=2)
    assert (levels.expected, levels.minimum) == (2, 1)


def test_a_baseline_is_complete_with_its_last_period():
    assert baseline([1, 3], periods=2).periods == 2


def test_a_baseline_of_nothing_is_refused():
    with pytest.raises(ValueError, match="the mean of no numbers does not exist"):
        baseline([])


def test_a_baseline_too_short_is_refused():
    with pytest.raises(ValueError, match="1 of 2 periods measured"):
        baseline([1], periods=2)


@given(st.lists(percents, min_size=1, max_size=12), st.booleans())
def test_a_baselines_minimum_is_never_better_than_its_expected_level(values, higher):
    levels = baseline(values, higher_is_better=higher)
    assert levels.minimum <= levels.expected if higher else levels.minimum >= levels.expected
