"""Nonsense is refused with a sentence that names it, and every amount keeps its currency's decimals."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from sla.credits.at_risk import amount_at_risk, margin_consumed, rolling_cap
from sla.credits.credit import single
from sla.credits.earnback import Allowance, CleanRun, YearAverage
from sla.credits.events import (
    affected_credit,
    failure_blocks,
    late_credit,
    part_month_credit,
    per_event_credit,
    persistent_credit,
    product_credit,
)
from sla.credits.improvement import baseline, capped_increase, halfway
from sla.credits.points import StepTable, points_credit
from sla.credits.repeats import (
    Multiplier,
    StandingDiscount,
    averages_in_window,
    defaults,
)
from sla.credits.scorecards import Entry, ScoreBand, Scorecard
from sla.credits.statement import Claim, statement
from sla.credits.steps import LinearCredit, StepCredit, TierCredit, uptime
from sla.credits.terms import CreditTerms, settle
from sla.credits.triggers import (
    Right,
    credits_reach,
    failures_in_a_row,
    failures_in_window,
    mostly_below_threshold,
    points_in_window,
)
from sla.credits.weights import Weight, weighted_credit
from sla.fees.adjustments import CurrencyBand, GainShare, Indexation, minimum_commitment
from sla.fees.flat import delivered_fee, flat_fee
from sla.fees.invoices import InvoiceLine, Tolerance, check_invoice, undisputed
from sla.fees.resources import ArcBand, BandedArc, Deadband
from sla.fees.usage import CallRounding, VolumeTiers, minutes_fee, unit_fee

DAY = date(2025, 10, 31)
TERMS = CreditTerms(10)
CARD = Scorecard((ScoreBand(None, -10),))
DEADBAND = Deadband(10, 10, 5, 1, 1)
GAIN = GainShare(10, 10, 50)
CURRENCY = CurrencyBand(10, 5)
ARC = BandedArc(10, 5, (ArcBand(100, 110, 3),))

NEGATIVE = [
    (partial(amount_at_risk, -1, 10), "charges"),
    (partial(amount_at_risk, 1, 10, (-1,)), "an excluded charge"),
    (partial(rolling_cap, -1, 10), "charges in the window"),
    (partial(rolling_cap, 1, 10, -1), "credits in the window"),
    (partial(margin_consumed, 1, -1, 20), "charges"),
    (partial(margin_consumed, -1, 1, 20), "credits"),
    (partial(single, "", 1, "", cap=-1), "a cap"),
    (partial(CleanRun(1, 50).earned, -1, []), "the credit"),
    (partial(CleanRun(1, 50).reserve, -1), "the credit"),
    (partial(YearAverage().earned, -1, 95, 95), "the credits"),
    (partial(Allowance, "voice", -1), "an allowance"),
    (partial(Allowance("voice", 1).set_off, "voice", -1), "the credit"),
    (partial(per_event_credit, -1), "the number of events"),
    (partial(per_event_credit, 1, charges=-1), "charges"),
    (partial(per_event_credit, 1, fixed=-1), "the amount per event"),
    (partial(late_credit, 1, -1), "the amount per day"),
    (partial(failure_blocks, -1, 1), "the number of failures"),
    (partial(persistent_credit, 1, per=1, percent=1, annual_charges=-1), "annual charges"),
    (partial(affected_credit, 1, -1, 1), "the number affected"),
    (partial(affected_credit, -1, 1, 1), "the credit"),
    (partial(part_month_credit, 1, 1, -1, 30), "days charged"),
    (partial(part_month_credit, 1, -1, 1, 30), "the monthly charge"),
    (partial(product_credit, [-1]), "a factor"),
    (partial(points_credit, -1, 1, 1), "points"),
    (partial(points_credit, 1, -1, 1), "percent per point"),
    (partial(points_credit, 1, 1, -1), "charges"),
    (partial(StepTable, ((1, -1),)), "a percentage"),
    (partial(StepTable(((1, 1),)).credit, 1, -1), "charges"),
    (partial(Multiplier().credits, -1, []), "the base credit"),
    (partial(StandingDiscount(1, 1).credit, [], -1), "charges"),
    (partial(Entry, "tat", -1, 1, 1), "a weight"),
    (Entry("tat", 1, -1, 1).attainment, "a value"),
    (partial(CARD.credit, [Entry("tat", 1, 1, 1)], -1), "fees"),
    (partial(Claim, "tat", -1), "a credit"),
    (partial(statement, [], TERMS, at_risk=1, allowance=-1), "the allowance"),
    (partial(LinearCredit, 98, -1), "the percentage per point"),
    (partial(LinearCredit(98, 1).credit, 97, -1), "charges"),
    (partial(StepCredit, 99, 99, -1), "the percentage per step"),
    (partial(TierCredit, ((99, 10),), -1), "the smallest credit"),
    (partial(uptime, 1, -1), "downtime"),
    (partial(CreditTerms, 10, free_misses=-1), "the number of free misses"),
    (partial(CreditTerms, 10, places=-1), "the number of decimals"),
    (partial(CreditTerms, 10, claim_days=-1), "the days to claim"),
    (partial(settle, -1, None), "the credit"),
    (partial(settle, 1, -1), "the invoice"),
    (partial(credits_reach, [-1], [1], 20), "a credit"),
    (partial(mostly_below_threshold, -1, 1), "the number missed"),
    (partial(mostly_below_threshold, 0, -1), "the number measured"),
    (partial(Right, DAY, -1), "the days to exercise a right"),
    (partial(Right, DAY, 1, -1), "the days of warning"),
    (partial(Weight, "tat", 1, -1), "a pool"),
    (partial(Weight, "tat", -1), "an allocation"),
    (partial(weighted_credit, [], -1), "the amount at risk"),
    (partial(Indexation().years, -1, []), "the rate"),
    (partial(CURRENCY.move, 1, -1), "the fees"),
    (partial(minimum_commitment, -1, 1), "the minimum"),
    (partial(minimum_commitment, 1, -1), "the charges counted"),
    (partial(GainShare, -1, 1, 1), "the baseline cost"),
    (partial(GainShare, 1, 1, 1, cap=-1), "the cap"),
    (partial(GAIN.gain, -1, 1), "the cost"),
    (partial(GAIN.gain, 1, -1), "the volume"),
    (partial(flat_fee, -1, DAY), "a monthly fee"),
    (partial(delivered_fee, -1, 1, delivered_hours=1, contracted_hours=1), "the people"),
    (partial(delivered_fee, 1, -1, delivered_hours=1, contracted_hours=1), "the rate"),
    (partial(delivered_fee, 1, 1, delivered_hours=-1, contracted_hours=1), "delivered hours"),
    (partial(Tolerance, -1), "a tolerance"),
    (partial(Tolerance, 0, -1), "a tolerance"),
    (partial(check_invoice, [], tolerance=Tolerance(), credits_due=-1), "credits due"),
    (partial(check_invoice, [], tolerance=Tolerance(), credits_billed=-1), "credits billed"),
    (partial(undisputed, -1, 0), "the invoice"),
    (partial(undisputed, 0, -1), "the disputed amount"),
    (partial(Deadband, 1, 1, -1, 1, 1), "the base fee"),
    (partial(Deadband, 1, 1, 1, -1, 1), "the ARC rate"),
    (partial(Deadband, 1, 1, 1, 1, -1), "the RRC rate"),
    (partial(DEADBAND.bill, -1), "the volume"),
    (partial(BandedArc, 1, -1, ()), "the base fee"),
    (partial(BandedArc, 1, 1, (ArcBand(100, 110, -1),)), "a band's rate"),
    (partial(ARC.bill, -1), "the volume"),
    (partial(unit_fee, -1, 1), "the quantity"),
    (partial(unit_fee, 1, -1), "the rate"),
    (partial(CallRounding, None, -1), "the minimum"),
    (partial(CallRounding().billed_seconds, -1), "a call's seconds"),
    (partial(minutes_fee, [], -1), "the rate"),
    (partial(VolumeTiers, ((None, -1),)), "a rate"),
    (partial(VolumeTiers(((None, 1),)).graduated, -1), "the volume"),
    (partial(VolumeTiers(((None, 1),)).all_units, -1), "the volume"),
]
ZERO = [
    (partial(CleanRun, 0, 50), "the number of clean periods"),
    (partial(failure_blocks, 1, 0), "the size of a block"),
    (partial(affected_credit, 1, 0, 0), "the number of users"),
    (partial(part_month_credit, 1, 1, 0, 0), "the month's days"),
    (partial(halfway, 95, [], periods=0), "the number of periods"),
    (partial(baseline, [1], periods=0), "the number of periods"),
    (partial(StandingDiscount, 0, 10), "the number of failures"),
    (partial(defaults, [], window=0, count=1), "the window"),
    (partial(defaults, [], window=1, count=0), "the count"),
    (partial(failures_in_window, [], window=0, count=1), "the window"),
    (partial(failures_in_window, [], window=1, count=0), "the count"),
    (partial(points_in_window, [], window=0, threshold=1), "the window"),
    (partial(averages_in_window, [], window=0), "the window"),
    (partial(failures_in_a_row, [], count=0), "the count"),
    (partial(Entry, "tat", 1, 1, 0), "a target"),
    (partial(StepCredit, 99, 99, 1, 0), "a step"),
    (partial(uptime, 0, 0), "the period's minutes"),
    (partial(Indexation().increase, 0, 1), "an index"),
    (partial(Indexation().increase, 1, 0), "an index"),
    (partial(CurrencyBand, 0, 5), "the base rate"),
    (partial(CURRENCY.move, 0, 1), "the actual rate"),
    (partial(GainShare, 1, 0, 1), "the baseline volume"),
    (partial(delivered_fee, 1, 1, delivered_hours=1, contracted_hours=0), "contracted hours"),
    (partial(Deadband, 0, 1, 1, 1, 1), "the baseline"),
    (partial(BandedArc, 0, 1, ()), "the baseline"),
    (partial(CallRounding, 0), "the increment"),
]
ABOVE_ALL = [
    (partial(amount_at_risk, 1, 101), "the share at risk"),
    (partial(rolling_cap, 1, 101), "the rolling cap"),
    (partial(margin_consumed, 1, 1, 101), "the margin"),
    (partial(CleanRun, 1, 101), "the share earned back"),
    (partial(YearAverage, share=101), "the share earned back"),
    (partial(per_event_credit, 1, percent=101), "the percentage per event"),
    (partial(persistent_credit, 1, per=1, percent=101, annual_charges=1), "the percentage per block"),
    (partial(part_month_credit, 101, 1, 1, 30), "the credit"),
    (partial(capped_increase, 95, 96, 101), "the share of the gap"),
    (partial(StandingDiscount, 1, 101), "the discount"),
    (partial(LinearCredit, 98, 1, 101), "the cap"),
    (partial(StepCredit, 99, 99, 1, 1, 101), "the cap"),
    (partial(TierCredit, ((99, 101),)), "a tier's credit"),
    (partial(CreditTerms, 101), "the share at risk"),
    (partial(CreditTerms, 10, 101), "the rolling cap"),
    (partial(credits_reach, [], [], 101), "the share of the charges"),
    (partial(Weight, "tat", 1, 100, 101), "a severity"),
    (partial(Indexation, 101), "the sensitivity"),
    (partial(CurrencyBand, 1, 101), "the band"),
    (partial(CurrencyBand, 1, 1, 101), "the share passed on"),
    (partial(CurrencyBand, 1, 1, 1, 101), "the exposed part"),
    (partial(minimum_commitment, 1, 0, 101), "the share to be paid"),
    (partial(GainShare, 1, 1, 101), "the vendor's share"),
    (partial(GainShare, 1, 1, 1, 101), "the threshold"),
    (partial(Deadband, 1, 101, 1, 1, 1), "the deadband"),
]
LINE = InvoiceLine("calls", 1, Decimal("1.26"), Decimal("1.26"))
AMOUNTS = [
    lambda **places: single("", Decimal("1.26"), "", **places).payable,
    lambda **places: single("", Decimal("1.26"), "", cap=2, **places).cap,
    lambda **places: single("", Decimal("1.26"), "", **places).uncapped,
    lambda **places: CleanRun(1, 100).earned(Decimal("1.26"), [True], **places).amount,
    lambda **places: CleanRun(1, 100).reserve(Decimal("1.26"), **places),
    lambda **places: YearAverage().earned(Decimal("1.26"), 95, 95, **places).amount,
    lambda **places: Allowance("voice", 9).set_off("voice", Decimal("1.26"), **places)[0],
    lambda **places: per_event_credit(1, fixed=Decimal("1.26"), **places).payable,
    lambda **places: late_credit(1, Decimal("1.26"), **places).payable,
    lambda **places: persistent_credit(1, per=1, percent=1, annual_charges=126, **places).payable,
    lambda **places: affected_credit(Decimal("1.26"), 1, 1, **places).payable,
    lambda **places: part_month_credit(1, 126, 1, 1, **places).payable,
    lambda **places: product_credit([Decimal("1.26")], **places).payable,
    lambda **places: points_credit(1, 1, 126, **places).payable,
    lambda **places: StepTable(((1, 1),)).credit(1, 126, **places).payable,
    lambda **places: Multiplier().credits(Decimal("1.26"), [True], **places)[0],
    lambda **places: StandingDiscount(1, 1).credit([True], 126, **places).payable,
    lambda **places: -CARD.credit([Entry("tat", 1, 1, 1)], Decimal("12.6"), **places).payable,
    lambda **places: LinearCredit(98, 1).credit(97, 126, **places).payable,
    lambda **places: StepCredit(99, 99, 1).credit(98, 126, **places).payable,
    lambda **places: TierCredit(((99, 1),)).credit(98, 126, **places).payable,
    lambda **places: weighted_credit([Weight("tat", 1)], 126, **places).payable,
    lambda **places: settle(Decimal("1.26"), 9, **places).deducted,
    lambda **places: settle(Decimal("1.26"), 9, **places).refunded,
    lambda **places: settle(Decimal("1.26"), None, **places).refunded,
    lambda **places: settle(Decimal("1.26"), None, **places).carried,
    lambda **places: CURRENCY.move(20, Decimal("1.26"), **places).adjustment,
    lambda **places: minimum_commitment(Decimal("1.26"), 0, **places).shortfall,
    lambda **places: minimum_commitment(Decimal("1.26"), 0, **places).payment,
    lambda **places: GAIN.gain(Decimal("1.26"), 9, **places).savings,
    lambda **places: flat_fee(Decimal("1.26"), DAY, **places),
    lambda **places: delivered_fee(1, Decimal("1.26"), delivered_hours=1, contracted_hours=1, **places),
    lambda **places: check_invoice([LINE], tolerance=Tolerance(), **places).lines[0].due,
    lambda **places: check_invoice([LINE], tolerance=Tolerance(), **places).lines[0].billed,
    lambda **places: check_invoice([], tolerance=Tolerance(), credits_due=Decimal("1.26"), **places).due,
    lambda **places: check_invoice([], tolerance=Tolerance(), credits_billed=Decimal("1.26"), **places).billed,
    lambda **places: undisputed(Decimal("1.26"), 0, **places).pay_now,
    lambda **places: undisputed(Decimal("1.26"), 0, **places).withhold,
    lambda **places: DEADBAND.bill(15, **places).adjustment,
    lambda **places: DEADBAND.bill(15, **places).fee,
    lambda **places: ARC.bill(15, **places).fee,
    lambda **places: unit_fee(1, Decimal("1.26"), **places),
    lambda **places: minutes_fee([60], Decimal("1.26"), **places),
    lambda **places: VolumeTiers(((None, Decimal("1.26")),)).graduated(1, **places),
    lambda **places: VolumeTiers(((None, Decimal("1.26")),)).all_units(1, **places),
]


def refusal(attempt):
    """The sentence with which an attempt is refused."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is what the caller looks at
        attempt()
    return str(refused.value)


@pytest.mark.parametrize(("attempt", "name"), NEGATIVE)
def test_what_is_below_zero_is_named(attempt, name):
    assert refusal(attempt) == f"{name} must not be negative, got -1"


@pytest.mark.parametrize(("attempt", "name"), ZERO)
def test_what_must_be_above_zero_is_named(attempt, name):
    assert refusal(attempt) == f"{name} must be above zero, got 0"


@pytest.mark.parametrize(("attempt", "name"), ABOVE_ALL)
def test_a_percentage_above_all_is_named(attempt, name):
    assert refusal(attempt) == f"{name} must lie between 0 and 100 percent, got 101"


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_has_cents_unless_its_currency_has_other_decimals(amount):
    decimals = [-amount(**places).as_tuple().exponent for places in ({}, {"places": 0}, {"places": 3})]
    assert decimals == [2, 0, 3]
