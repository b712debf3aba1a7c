"""The questions that a clause leaves open, and how the answer to each changes what is paid: sums done by hand.

Whose charges a credit is a share of, its currency and its tax stand in test_credit_settling.py.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from sla.credits.at_risk import allocation_faults, amount_at_risk, rolling_cap
from sla.credits.earnback import Average, YearAverage
from sla.credits.repeats import Multiplier
from sla.credits.statement import Claim, statement
from sla.credits.steps import LinearCredit, StepCredit
from sla.credits.terms import CreditTerms, SameIncident, Settlement, Silence, settle
from sla.credits.triggers import failures_in_a_row
from sla.credits.weights import Weight, weighted_credit
from sla.verdicts import Status

TWICE = Multiplier((1, 2))


def terms(**answers):
    return CreditTerms(at_risk_percent=10, **answers)


@pytest.mark.parametrize("between", [Status.NO_VOLUME, Status.EXCUSED])
@pytest.mark.parametrize(("silence", "owed"), [(Silence.TRANSPARENT, 8000), (Silence.BREAKS, 4000)])
def test_12_whether_a_silent_month_breaks_the_chain(between, silence, owed):
    answers = terms(no_volume=silence, excused=silence)
    series = answers.failed([Status.BREACH, between, Status.BREACH])

    assert TWICE.credits(4000, series)[-1] == owed


@pytest.mark.parametrize(("silent", "other"), [("no_volume", Status.EXCUSED), ("excused", Status.NO_VOLUME)])
def test_12_the_two_silences_are_answered_apart(silent, other):
    answers = terms(**{silent: Silence.BREAKS})

    assert failures_in_a_row(answers.failed([Status.BREACH, other, Status.BREACH]), count=2) == (3,)


def test_12_a_month_that_nobody_reported_never_ends_a_chain():
    series = terms().failed([Status.BREACH, Status.NOT_REPORTED, Status.TOO_FEW, Status.BREACH])

    assert failures_in_a_row(series, count=2) == (4,)


@pytest.mark.parametrize("status", [Status.MET, Status.BELOW_EXPECTED])
def test_12_a_month_between_the_levels_ends_a_chain_like_one_that_is_met(status):
    series = terms().failed([Status.BREACH, status, Status.BREACH])

    assert failures_in_a_row(series, count=2) == ()


def test_12_unless_being_below_the_expected_level_fails_too():
    series = terms(below_expected_fails=True).failed([Status.BREACH, Status.BELOW_EXPECTED, Status.BREACH])

    assert failures_in_a_row(series, count=2) == (2, 3)


@pytest.mark.parametrize(
    ("compounding", "credits"), [(False, [1500, 3000, 3000, 3000]), (True, [1500, 3000, 6000, 12000])]
)
def test_13_whether_a_multiplier_compounds(compounding, credits):
    assert list(Multiplier((1, 2), compounding).credits(1500, [True] * 4)) == credits


@pytest.mark.parametrize(("excluded", "amount"), [((), 24_000), ((30_000, 10_000), 19_200)])
def test_14_what_does_not_count_lowers_the_amount_at_risk(excluded, amount):
    assert amount_at_risk(200_000, 12, excluded).amount == amount


def test_15_weights_may_exceed_all_that_is_at_risk_but_the_credit_may_not():
    credit = weighted_credit([Weight("A", 70), Weight("B", 55)], 24_000)

    assert (credit.uncapped, credit.payable) == (30_000, 24_000)


@pytest.mark.parametrize(("pool", "faults"), [(250, 0), (200, 1)])
def test_15_the_pool_says_what_all_weights_may_sum_to(pool, faults):
    assert len(allocation_faults([90, 80, 55], pool_percent=pool)) == faults


@pytest.mark.parametrize(
    ("rule", "owed"), [(SameIncident.SUM, 10_500), (SameIncident.HIGHEST, 7_000), (SameIncident.CHOSEN, 4_000)]
)
def test_16_what_one_incident_costs_that_fails_three_levels(rule, owed):
    claims = [
        Claim("A", 2_000, incident="outage"),
        Claim("B", 4_500, incident="outage"),
        Claim("C", 1_500, incident="outage", chosen=True),
        Claim("D", 2_500),
    ]

    assert statement(claims, terms(same_incident=rule), at_risk=20_000).payable == owed


@pytest.mark.parametrize(
    ("at_risk", "given", "payable", "cap"),
    [(6_000, 0, 6_000, 6_000), (6_000, 21_000, 3_000, 3_000), (6_000, 24_000, 0, 0), (9_000, 10_000, 8_500, 9_000)],
)
def test_17_the_month_is_capped_before_the_year(at_risk, given, payable, cap):
    # 2 % of 1,200,000 in twelve months are 24,000.
    rolling = rolling_cap(1_200_000, 2, given)
    credit = statement([Claim("A", 8_500)], terms(), at_risk=at_risk, rolling=rolling)

    assert (credit.uncapped, credit.cap, credit.payable) == (8_500, cap, payable)


@pytest.mark.parametrize(("whole", "credit"), [(False, "5100.00"), (True, "4500.00")])
def test_18_whether_only_whole_points_count(whole, credit):
    # 98 − 94.6 are 3.4 points; at 1.5 % each of 100,000.
    scheme = LinearCredit(98, Fraction("1.5"), whole_points=whole)

    assert str(scheme.credit(Decimal("94.6"), 100_000).payable) == credit


@pytest.mark.parametrize(("reference", "steps"), [(98, 3), (100, 5)])
def test_18_from_where_full_steps_are_counted(reference, steps):
    assert StepCredit(98, reference, 1).steps(Decimal("94.6")) == steps


@pytest.mark.parametrize(
    ("average", "mean", "earned"), [(Average.SIMPLE, "95", True), (Average.WEIGHTED, "93.5", False)]
)
def test_19_how_a_year_is_averaged(average, mean, earned):
    # Two months with 98 of 100 and one with 178 of 200: (98 + 98 + 89) ÷ 3, or 374 ÷ 400.
    rule = YearAverage(average)
    year = rule.of([98, 98, 89], [(98, 100), (98, 100), (178, 200)])

    assert (year, rule.earned(6_000, year, 95).earned) == (Fraction(mean), earned)


@pytest.mark.parametrize(("days", "last"), [(None, None), (30, date(2025, 4, 30)), (0, date(2025, 3, 31))])
def test_21_until_when_a_credit_must_be_claimed(days, last):
    assert terms(claim_days=days).last_claim_day(date(2025, 3, 31)) == last


@pytest.mark.parametrize(
    ("next_invoice", "settled"),
    [
        (9_000, ("5000.00", "0.00", "0.00")),
        (3_200, ("3200.00", "0.00", "1800.00")),
        (0, ("0.00", "0.00", "5000.00")),
        (None, ("0.00", "5000.00", "0.00")),
    ],
)
def test_24_a_credit_comes_off_the_next_invoice_and_is_paid_out_where_none_follows(next_invoice, settled):
    assert settle(5_000, next_invoice) == Settlement(*map(Decimal, settled))
