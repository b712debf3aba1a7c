"""Linear and stepped credits, and tiers of uptime."""

from decimal import Decimal
from fractions import Fraction

import pytest

from sla.credits.credit import LineKind
from sla.credits.steps import LinearCredit, StepCredit, TierCredit, uptime
from sla.tests.test_credit_schemes import CLOUD


@pytest.mark.parametrize(("whole", "percent"), [(False, Fraction(16, 5)), (True, 2)])
def test_a_linear_credit_counts_parts_of_a_point_unless_told_not_to(whole, percent):
    assert LinearCredit(98, 2, whole_points=whole).percent(Decimal("96.4")) == percent


def test_where_lower_is_better_the_excess_is_the_shortfall():
    scheme = LinearCredit(5, 1, higher_is_better=False)
    assert [scheme.percent(value) for value in (4, 5, 8)] == [0, 0, 3]


def test_a_linear_credit_is_cut_to_its_cap_with_a_line():
    credit = LinearCredit(98, 2, cap_percent=10).credit(90, 1000)
    assert [(line.amount, line.working) for line in credit.lines] == [
        (Decimal("160.00"), "8 points × 2 % = 16 % × 1,000.00"),
        (Decimal("-60.00"), "not above 10 % of the charges"),
    ]


def test_a_linear_percentage_is_cut_to_its_cap():
    assert LinearCredit(98, 2, cap_percent=10).percent(90) == 10


@pytest.mark.parametrize(("rate", "cap"), [(-1, 100), (1, 101)])
def test_nonsense_in_a_linear_credit_is_refused(rate, cap):
    with pytest.raises(ValueError, match=r"negative|between 0 and 100"):
        LinearCredit(98, rate, cap_percent=cap)


@pytest.mark.parametrize(
    ("value", "reference", "steps"),
    [("97.4", 99, 1), ("97.4", 100, 2), ("99", 100, 0), ("98.999", 99, 0), ("98.999", 100, 1), ("98", 99, 1)],
)
def test_only_full_steps_below_the_reference_count(value, reference, steps):
    assert StepCredit(99, reference, 1).steps(Decimal(value)) == steps


def test_a_step_may_be_half_a_point():
    assert StepCredit(99, 99, 1, step=Decimal("0.5")).steps(98) == 2


def test_full_steps_show_their_number():
    credit = StepCredit(99, 99, 5, cap_percent=20).credit(90, 100)
    assert [(line.amount, line.working) for line in credit.lines] == [
        (Decimal("45.00"), "9 full steps × 5 % = 45 % × 100.00"),
        (Decimal("-25.00"), "not above 20 % of the charges"),
    ]


def test_a_stepped_percentage_is_cut_to_its_cap():
    assert StepCredit(99, 99, 5, cap_percent=20).percent(90) == 20


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((99, 98, 1), "from the threshold or from above it"),
        ((99, 99, -1), "the percentage per step must not be negative"),
        ((99, 99, 1, 0), "a step must be above zero"),
        ((99, 99, 1, 1, 101), "the cap must lie between"),
    ],
)
def test_nonsense_in_a_stepped_credit_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        StepCredit(*arguments)


@pytest.mark.parametrize(("value", "percent"), [("99.99", 0), ("99.989", 10), ("99", 10), ("98.9", 30), ("0", 100)])
def test_an_uptime_on_an_edge_has_the_better_tier(value, percent):
    assert CLOUD.percent(Decimal(value)) == percent


@pytest.mark.parametrize(("bill", "payable"), [(10, "0.00"), (Decimal("10.01"), "1.00"), (11, "1.10")])
def test_a_credit_that_does_not_exceed_the_smallest_is_not_issued(bill, payable):
    scheme = TierCredit(((100, 10),), issued_above=1)
    assert str(scheme.credit(99, bill).payable) == payable


def test_a_credit_too_small_to_be_issued_is_shown():
    credit = TierCredit(((100, 10),), issued_above=1).credit(99, 8)
    assert [(line.kind, line.amount, line.working) for line in credit.lines] == [
        (LineKind.CREDIT, Decimal("0.80"), "uptime 99 % = 10 % × 8.00"),
        (LineKind.MINIMUM, Decimal("-0.80"), "issued only above 1.00"),
    ]


def test_no_credit_needs_no_smallest_one():
    assert len(CLOUD.credit(100, 8).lines) == 1


@pytest.mark.parametrize("tiers", [((99, 10), (99, 30)), ((95, 10), (99, 30)), ((99, 30), (95, 10))])
def test_disorderly_tiers_are_refused(tiers):
    with pytest.raises(ValueError, match="edges of tiers must fall"):
        TierCredit(tiers)


def test_a_negative_smallest_credit_is_refused():
    with pytest.raises(ValueError, match="the smallest credit must not be negative"):
        TierCredit(((99, 10),), issued_above=-1)


def test_uptime_is_what_downtime_leaves():
    assert uptime(43200, 432) == 99


def test_agreed_maintenance_is_no_part_of_the_service():
    assert uptime(43200, 420, 1200) == 99


def test_all_of_a_period_may_be_down():
    assert uptime(10, 10) == uptime(11, 10, 1) == 0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((10, -1), "^downtime must not be negative, got -1"),
        ((10, 1, -1), "^maintenance must not be negative, got -1"),
        ((10, 1, 10), "^the period's minutes must be above zero, got 0"),
        ((10, 6, 5), "^downtime of 6 minutes exceeds the period's 5"),
    ],
)
def test_minutes_that_cannot_be_are_refused(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        uptime(*given)


def test_downtime_beyond_the_period_is_refused():
    with pytest.raises(ValueError, match="downtime of 11 minutes exceeds the period's 10"):
        uptime(10, 11)
