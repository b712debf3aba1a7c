"""Credits by the event, the day, the block of failures and the users affected; scorecards with their premiums."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.credit import LineKind
from sla.credits.events import (
    affected_credit,
    failure_blocks,
    late_credit,
    part_month_credit,
    per_event_credit,
    persistent_credit,
    product_credit,
    product_of,
)
from sla.credits.scorecards import Entry, ScoreBand, Scorecard

CARD = Scorecard((ScoreBand(102, 2), ScoreBand(98, 0), ScoreBand(95, -2), ScoreBand(None, -5)), attainment_cap=110)
values = st.decimals("0.1", 200, places=1)


def test_each_event_costs_its_amount_and_its_share():
    credit = per_event_credit(3, fixed=50, percent=3, charges=25000)
    assert (credit.payable, credit.lines[0].working) == (Decimal("2400.00"), "3 events × 800")


def test_a_share_per_event_alone_has_no_fixed_part():
    assert per_event_credit(1, percent=3, charges=100).payable == 3


def test_a_fixed_amount_alone_has_no_share():
    assert per_event_credit(1, fixed=50, charges=100).payable == 50


def test_a_share_of_no_charges_is_nothing():
    assert per_event_credit(1, percent=3).payable == 0


def test_events_have_a_cap_where_the_clause_has_one():
    assert per_event_credit(3, fixed=500, cap=1000).payable == 1000


def test_a_negative_number_of_events_is_refused():
    with pytest.raises(ValueError, match="the number of events must not be negative"):
        per_event_credit(-1, fixed=5)


@pytest.mark.parametrize(("days", "payable"), [(-2, 0), (0, 0), (2, 1000), (7, 3000)])
def test_a_late_deliverable_costs_by_the_day_up_to_its_cap(days, payable):
    assert late_credit(days, 500, cap=3000).payable == payable


def test_without_a_cap_lateness_goes_on_costing():
    assert late_credit(100, 500).lines[0].working == "100 days × 500"


@pytest.mark.parametrize(("failures", "blocks"), [(0, 0), (9, 0), (10, 1), (29, 2)])
def test_only_complete_blocks_of_failures_count(failures, blocks):
    assert failure_blocks(failures, 10) == blocks


def test_a_block_of_failures_costs_a_share_of_the_year():
    credit = persistent_credit(21, per=10, percent=5, annual_charges=126000)
    assert (credit.payable, credit.lines[0].working) == (Decimal("12600.00"), "2 × 5 % × 126,000.00")


def test_a_block_holds_one_failure_at_least():
    with pytest.raises(ValueError, match="the size of a block must be above zero"):
        failure_blocks(3, 0)


def test_a_credit_is_cut_to_the_users_affected():
    credit = affected_credit(200, 2, 200)
    assert (credit.payable, credit.lines[0].working) == (Decimal("2.00"), "200 × 2 ÷ 200")


def test_everybody_may_be_affected():
    assert affected_credit(200, 7, 7).payable == 200


def test_more_affected_than_there_are_is_refused():
    with pytest.raises(ValueError, match="8 affected users exceed the 7 there are"):
        affected_credit(200, 8, 7)


def test_a_part_month_is_credited_on_its_part_of_the_charge():
    credit = part_month_credit(10, 3000, 15, 30)
    assert (credit.payable, credit.lines[0].working) == (Decimal("150.00"), "10 % × 3,000.00 × 15 ÷ 30")


def test_a_whole_month_is_credited_whole():
    assert part_month_credit(10, 3000, 31, 31).payable == 300


def test_more_days_than_the_month_has_are_refused():
    with pytest.raises(ValueError, match="32 days charged exceed the month's 31"):
        part_month_credit(10, 3000, 32, 31)


def test_a_product_is_exact():
    assert product_of([Decimal("0.1"), 3, Fraction(1, 3)]) == Fraction(1, 10)


def test_a_product_of_nothing_is_refused():
    with pytest.raises(ValueError, match="a product needs a factor"):
        product_of([])


def test_a_product_becomes_a_credit_with_its_factors():
    credit = product_credit([Decimal("0.15"), 60000])
    assert (credit.payable, credit.lines[0].working) == (Decimal("9000.00"), "0.15 × 60,000")


@given(values, values)
def test_a_better_value_never_scores_less(one, other):
    worse, better = sorted([one, other])
    scores = [CARD.score([Entry("tat", 1, value, 100), Entry("aht", 2, 90, 100)]) for value in (worse, better)]
    assert scores[0] <= scores[1]


@given(values, values)
def test_where_lower_is_better_a_lower_value_never_scores_less(one, other):
    better, worse = sorted([one, other])
    scores = [CARD.score([Entry("aht", 1, value, 100, higher_is_better=False)]) for value in (worse, better)]
    assert scores[0] <= scores[1]


@given(values, values, st.decimals(0, 10**6, places=2))
def test_a_better_scorecard_never_costs_more(one, other, fees):
    worse, better = sorted([one, other])
    credits = [CARD.credit([Entry("tat", 1, value, 100)], fees).payable for value in (worse, better)]
    assert credits[1] <= credits[0]


def test_where_lower_is_better_attainment_is_target_over_value():
    assert Entry("aht", 1, 400, 380, higher_is_better=False).attainment() == 95


def test_attainment_is_capped_for_each_service_level():
    assert CARD.score([Entry("tat", 50, 300, 100), Entry("aht", 50, 90, 100)]) == 100


def test_without_a_cap_attainment_may_be_anything():
    assert Scorecard((ScoreBand(None, 0),)).score([Entry("tat", 1, 300, 100)]) == 300


def test_a_level_without_volume_leaves_its_weight_to_the_others():
    assert CARD.score([Entry("tat", 40, None, 100), Entry("aht", 60, 90, 100)]) == 90


def test_nothing_measured_has_no_score():
    assert CARD.score([Entry("tat", 40, None, 100)]) is None


def test_nothing_measured_brings_nothing():
    credit = CARD.credit([Entry("tat", 40, None, 100)], 1000)
    assert (credit.payable, credit.lines) == (0, ())


@pytest.mark.parametrize(("score", "percent"), [(110, 2), (102, 2), ("101.9", 0), (95, -2), ("94.9", -5)])
def test_a_score_belongs_to_the_first_band_it_reaches(score, percent):
    assert CARD.percent(Decimal(score)) == percent


def test_a_premium_is_owed_to_the_vendor():
    credit = CARD.credit([Entry("tat", 1, 105, 100)], 1000)
    assert [(line.kind, line.amount, line.working) for line in credit.lines] == [
        (LineKind.PREMIUM, Decimal("-20.00"), "score 105 %: 2 % × 1,000.00")
    ]


def test_a_discount_is_owed_to_the_client():
    credit = CARD.credit([Entry("tat", 1, 90, 100)], 1000)
    assert [(line.kind, line.amount) for line in credit.lines] == [(LineKind.CREDIT, Decimal("50.00"))]


def test_neither_premium_nor_discount_is_a_line_of_zero():
    assert CARD.credit([Entry("tat", 1, 99, 100)], 1000).lines[0].kind is LineKind.CREDIT


def test_zero_where_lower_is_better_attains_the_most_there_is():
    assert Entry("errors", 1, 0, 5, higher_is_better=False).attainment(110) == 110


def test_zero_where_lower_is_better_needs_a_limit():
    with pytest.raises(ValueError, match="has no attainment unless"):
        Entry("errors", 1, 0, 5, higher_is_better=False).attainment()


def test_zero_where_higher_is_better_attains_nothing():
    assert Entry("tat", 1, 0, 5).attainment() == 0


@pytest.mark.parametrize(("weight", "target"), [(-1, 5), (1, 0)])
def test_nonsense_on_a_scorecard_is_refused(weight, target):
    with pytest.raises(ValueError, match=r"negative|above zero"):
        Entry("tat", weight, 1, target)


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        ((), "has no floor"),
        ((ScoreBand(98, 0),), "has no floor"),
        ((ScoreBand(None, 1), ScoreBand(None, 0)), "must be given"),
        ((ScoreBand(95, 1), ScoreBand(98, 0), ScoreBand(None, -1)), "fall from band to band"),
        ((ScoreBand(98, 0), ScoreBand(None, 1)), "must not bring a better percentage"),
    ],
)
def test_disorderly_score_bands_are_refused(bands, sentence):
    with pytest.raises(ValueError, match=sentence):
        Scorecard(bands)
