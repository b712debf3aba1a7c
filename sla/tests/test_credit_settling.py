"""From a percentage to money: the month, the base, the tax and the currency, with sums worked out by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from sla.credits.at_risk import amount_at_risk
from sla.credits.settling import BaseMonth, Charges, Deduction, MoneyTerms, RateDay, TaxSide, converted

MARCH = Charges(recurring=80_000, pass_through=12_000, one_time=5_000, tax=16_000, credits=4_000)
APRIL = Charges(recurring=90_000, pass_through=1_000, one_time=200, tax=18_000, credits=300)


def based(**answers):
    return MoneyTerms(**answers).base(failed=MARCH, invoiced=APRIL)


@pytest.mark.parametrize(
    ("answers", "base"),
    [
        ({}, 80_000),
        ({"net_of_credits": True}, 76_000),
        ({"with_pass_through": True}, 92_000),
        ({"with_one_time": True}, 85_000),
        ({"with_tax": True}, 96_000),
        ({"with_pass_through": True, "with_one_time": True, "with_tax": True}, 113_000),
        ({"base_month": BaseMonth.INVOICE}, 90_000),
        ({"base_month": BaseMonth.INVOICE, "net_of_credits": True, "with_tax": True}, 107_700),
    ],
)
def test_each_answer_changes_the_charges_that_a_credit_is_a_share_of(answers, base):
    assert based(**answers) == base


def test_the_amount_at_risk_is_a_share_of_that_base():
    assert amount_at_risk(based(net_of_credits=True), 10).amount == 7_600


def test_parts_of_an_invoice_that_are_not_named_are_nothing():
    bare = Charges(recurring=Decimal("0.10"))
    everything = MoneyTerms(net_of_credits=True, with_pass_through=True, with_one_time=True, with_tax=True)

    assert everything.base(failed=bare, invoiced=MARCH) == Fraction(1, 10)


def test_credits_may_use_up_all_charges():
    assert MoneyTerms(net_of_credits=True).base(failed=Charges(recurring=5, credits=5), invoiced=APRIL) == 0


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ({"recurring": -1}, "recurring charges must not be negative, got -1"),
        ({"recurring": 1, "pass_through": -1}, "pass-through costs must not be negative, got -1"),
        ({"recurring": 1, "one_time": -1}, "one-time fees must not be negative, got -1"),
        ({"recurring": 1, "tax": -1}, "tax must not be negative, got -1"),
        ({"recurring": 1, "credits": -1}, "credits given must not be negative, got -1"),
        ({"recurring": 1, "credits": 2}, "credits of 2 exceed the recurring charges of 1"),
    ],
)
def test_charges_that_cannot_be_are_refused(amounts, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        Charges(**amounts)


def test_a_credit_before_tax_takes_its_tax_with_it():
    assert MoneyTerms().deduction(1_000, 19) == Deduction(Decimal("1000.00"), Decimal("190.00"), Decimal("1190.00"))


def test_a_credit_after_tax_leaves_the_tax_alone():
    after = MoneyTerms(tax=TaxSide.AFTER)

    assert after.deduction(1_000, 19) == Deduction(Decimal("1000.00"), Decimal("0.00"), Decimal("1000.00"))


def test_tax_is_taken_on_the_credit_as_it_is_printed():
    # 10.005 is printed as 10.01; 50 % of that is 5.005, printed as 5.01.
    assert MoneyTerms().deduction(Decimal("10.005"), 50).tax == Decimal("5.01")


def test_money_without_cents_has_no_cents_here_either():
    assert MoneyTerms().deduction(Decimal("1998.5"), 10, places=0) == Deduction(*map(Decimal, (1999, 200, 2199)))


def test_nothing_bears_a_negative_tax():
    with pytest.raises(ValueError, match=r"^the rate of tax must not be negative, got -1$"):
        MoneyTerms().deduction(1, -1)


def test_nothing_deducts_a_negative_credit():
    with pytest.raises(ValueError, match=r"^a credit must not be negative, got -1$"):
        MoneyTerms().deduction(-1, 0)


DAYS = {"period_end": date(2025, 3, 31), "invoiced_on": date(2025, 4, 5), "paid_on": date(2025, 5, 5)}


@pytest.mark.parametrize(
    ("rate_day", "day"),
    [
        (RateDay.PERIOD_END, date(2025, 3, 31)),
        (RateDay.INVOICE, date(2025, 4, 5)),
        (RateDay.PAYMENT, date(2025, 5, 5)),
    ],
)
def test_the_terms_name_the_day_whose_rate_counts(rate_day, day):
    assert MoneyTerms(currency="PHP", rate_day=rate_day).rate_on(**DAYS) == day


def test_unless_they_do_it_is_the_last_day_of_the_period():
    assert MoneyTerms().rate_on(**DAYS) == date(2025, 3, 31)


def test_a_credit_stays_in_the_contract_s_currency_unless_another_is_named():
    assert MoneyTerms().currency is None


def test_a_credit_in_another_currency_is_rounded_once():
    # 1,234.56 at 56.789 is 70,109.42784.
    assert converted(Decimal("1234.56"), Decimal("56.789")) == Decimal("70109.43")
    assert str(converted(100, Decimal("147.255"), places=0)) == "14726"


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match=f"^an exchange rate must be above zero, got {rate}$"):
        converted(1, rate)


def test_no_negative_credit_is_converted():
    with pytest.raises(ValueError, match=r"^a credit must not be negative, got -1$"):
        converted(-1, 1)
