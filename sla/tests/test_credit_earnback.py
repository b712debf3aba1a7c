"""What later periods win back, and what history proposes for a level."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.earnback import Allowance, Average, CleanRun, Form, YearAverage, weighted_average
from sla.credits.improvement import baseline, capped_increase, halfway, improvement_ceiling, reset_candidate

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
    earnback = CleanRun(2, 50).earned(600, [True] * 6)
    assert (earnback.amount, earnback.working) == (Decimal("300.00"), "2 clean periods: 50 % × 600")


def test_a_run_too_short_says_how_far_it_came():
    earnback = CleanRun(3, 50).earned(600, [True, False, True])
    assert (earnback.earned, earnback.amount, earnback.working) == (False, 0, "1 of 3 clean periods")


@pytest.mark.parametrize(
    ("reason", "working"),
    [("in_peak", "failed in a peak season"), ("deleted", "service level deleted")],
)
def test_some_credits_are_never_earned_back(reason, working):
    earnback = CleanRun(1, 100).earned(600, [True], **{reason: True})
    assert (earnback.earned, earnback.working) == (False, working)


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
    assert weighted_average([(0, 0)]) is None


def test_an_average_keeps_the_scale_of_its_measure():
    assert weighted_average([(90, 3), (30, 1)], scale=1) == 30


def test_the_years_average_wins_back_when_it_reaches_the_level():
    earnback = YearAverage(share=50).earned(1000, 95, 95)
    assert (earnback.amount, earnback.period, earnback.working) == (500, None, "average 95 against 95: 50 % × 1,000")


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
    earnback = rule.earned(1000, expected=95, **facts)
    assert (earnback.earned, earnback.amount, earnback.working) == (False, 0, working)


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


def test_a_level_always_exceeded_moves_half_way_to_the_average():
    proposal = halfway(95, [96, 98] * 6)
    assert (proposal.applies, proposal.proposed, proposal.working) == (True, 96, "(95 + 97) ÷ 2")


@pytest.mark.parametrize("values", [[96] * 11, [96] * 11 + [95], [96] * 6 + [94] + [96] * 6])
def test_a_level_not_always_exceeded_stays(values):
    assert not halfway(95, values).applies


def test_a_proposal_that_does_not_apply_says_how_near_it_came():
    assert halfway(95, [95, 96], periods=2).working == "1 of 2 periods exceed 95"


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
    assert (proposal.applies, proposal.proposed, proposal.working) == (False, 90, working)


def test_enough_volume_allows_a_reset():
    assert capped_increase(90, 99, 10, volume=20, least_volume=20).applies


def test_no_better_candidate_changes_nothing():
    assert capped_increase(90, 90, 10).working == "90 is no better than 90"


@pytest.mark.parametrize(("current", "rules"), [(101, {}), (-1, {"perfect": 0, "higher_is_better": False})])
def test_a_level_beyond_perfection_is_refused(current, rules):
    with pytest.raises(ValueError, match="lies beyond the perfect"):
        capped_increase(current, 99, 10, **rules)


def test_a_ceiling_is_a_share_of_the_gap():
    assert improvement_ceiling(90, 5) == Fraction(181, 2)


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
    assert baseline([1, 3, 100], periods=2).expected == 2


def test_a_baseline_too_short_is_refused():
    with pytest.raises(ValueError, match="1 of 2 periods measured"):
        baseline([1], periods=2)


@given(st.lists(percents, min_size=1, max_size=12), st.booleans())
def test_a_baselines_minimum_is_never_better_than_its_expected_level(values, higher):
    levels = baseline(values, higher_is_better=higher)
    assert levels.minimum <= levels.expected if higher else levels.minimum >= levels.expected
