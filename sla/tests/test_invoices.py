"""An invoice is held line by line against the contract."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.fees.invoices import BillingTerm, Flag, InvoiceLine, Tolerance, check_invoice, undisputed

EXACT = Tolerance()
TERM = BillingTerm(date(2025, 1, 1), date(2026, 1, 1), latest_days=180)
money = st.decimals(0, 10**6, places=3)
lines = st.lists(
    st.builds(
        InvoiceLine,
        key=st.sampled_from(["calls", "chat", "e-mail"]),
        contract_rate=st.one_of(st.none(), st.decimals(0, 100, places=4)),
        accepted_quantity=st.decimals(0, 1000, places=2),
        billed=money,
    ),
    max_size=6,
)


def flags_of(line, **facts):
    """What a check says of a single line."""
    return check_invoice([line], tolerance=EXACT, **facts).lines[0].flags


@given(lines, money, money)
def test_the_dispute_is_what_the_lines_and_the_credits_differ_by(billed, credits_due, credits_billed):
    checked = check_invoice(billed, tolerance=EXACT, credits_due=credits_due, credits_billed=credits_billed)
    differences = sum((line.difference for line in checked.lines), Decimal(0))
    missing = check_invoice([], tolerance=EXACT, credits_due=credits_due, credits_billed=credits_billed).dispute
    assert checked.dispute == checked.billed - checked.due == differences + missing


@given(lines, money)
def test_a_tolerance_changes_no_total(billed, tolerance):
    strict, lenient = (check_invoice(billed, tolerance=rule) for rule in (EXACT, Tolerance(tolerance)))
    assert (strict.due, strict.dispute) == (lenient.due, lenient.dispute)


@pytest.mark.parametrize(("billed", "flags"), [(950, ()), (949, ("variance",)), (1050, ()), (1051, ("variance",))])
def test_a_line_is_flagged_beyond_the_larger_tolerance(billed, flags):
    line = InvoiceLine("calls", 2, 500, billed)
    assert check_invoice([line], tolerance=Tolerance(10, 5)).lines[0].flags == flags


def test_an_amount_can_be_the_larger_tolerance():
    line = InvoiceLine("calls", 2, 5, 20)
    assert check_invoice([line], tolerance=Tolerance(10, 5)).lines[0].flags == ()


def test_a_lines_due_amount_is_rounded_once():
    assert check_invoice([InvoiceLine("calls", Decimal("0.335"), 3, 1)], tolerance=EXACT).lines[0].due == Decimal(
        "1.01"
    )


def test_the_same_key_again_is_a_duplicate_and_not_due():
    line = InvoiceLine("calls", 2, 5, 10)
    second = check_invoice([line, line], tolerance=EXACT).lines[1]
    assert (second.flags, second.due, second.difference) == ((Flag.DUPLICATE,), 0, 10)


def test_what_the_contract_does_not_know_is_not_due():
    line = check_invoice([InvoiceLine("parking", None, 5, 10)], tolerance=EXACT).lines[0]
    assert (line.flags, line.due) == ((Flag.OUT_OF_SCOPE,), 0)


@pytest.mark.parametrize(
    ("served_on", "invoiced_on", "flags"),
    [
        (date(2024, 12, 31), date(2025, 1, 31), (Flag.OUT_OF_TERM,)),
        (date(2025, 1, 1), date(2025, 1, 31), ()),
        (date(2025, 12, 31), date(2026, 1, 31), ()),
        (date(2026, 1, 1), date(2026, 1, 31), (Flag.OUT_OF_TERM,)),
        (date(2025, 1, 1), date(2025, 6, 30), ()),
        (date(2025, 1, 1), date(2025, 7, 1), (Flag.BILLED_TOO_LATE,)),
        (None, date(2025, 7, 1), ()),
    ],
)
def test_a_line_belongs_into_the_term_and_comes_in_time(served_on, invoiced_on, flags):
    line = InvoiceLine("calls", 2, 5, 10, served_on)
    assert flags_of(line, term=TERM, invoiced_on=invoiced_on) == flags


def test_a_term_without_end_goes_on():
    line = InvoiceLine("calls", 2, 5, 10, date(2035, 1, 1))
    assert flags_of(line, term=BillingTerm(date(2025, 1, 1)), invoiced_on=date(2036, 1, 1)) == ()


@pytest.mark.parametrize("facts", [{"term": TERM}, {"invoiced_on": date(2025, 7, 1)}])
def test_a_term_is_checked_only_with_the_invoices_date(facts):
    assert flags_of(InvoiceLine("calls", 2, 5, 10, date(2024, 1, 1)), **facts) == ()


@pytest.mark.parametrize(
    ("due", "billed", "flags"),
    [(20, 0, (Flag.MISSING_CREDIT,)), (20, 20, ()), (20, 21, (Flag.EXCESS_CREDIT,))],
)
def test_credits_must_be_on_the_invoice_in_full(due, billed, flags):
    assert check_invoice([], tolerance=EXACT, credits_due=due, credits_billed=billed).flags == flags


def test_without_credits_the_totals_are_those_of_the_lines():
    checked = check_invoice([InvoiceLine("calls", 2, 5, 11)], tolerance=EXACT)
    assert (checked.lines[0].key, checked.due, checked.billed, checked.flags) == ("calls", 10, 11, ())


def test_credits_lower_both_totals():
    line = InvoiceLine("calls", 2, 50, 100)
    checked = check_invoice([line], tolerance=EXACT, credits_due=30, credits_billed=10)
    assert (checked.due, checked.billed, checked.dispute) == (70, 90, 20)


@pytest.mark.parametrize("tolerance", [{"amount": -1}, {"percent": -1}])
def test_a_negative_tolerance_is_refused(tolerance):
    with pytest.raises(ValueError, match="a tolerance must not be negative"):
        Tolerance(**tolerance)


@given(money, money)
def test_what_is_not_withheld_is_paid(one, other):
    disputed, invoice = sorted([one, other])
    payment = undisputed(invoice, disputed)
    assert payment.pay_now + payment.withhold == undisputed(invoice, 0).pay_now


def test_a_whole_invoice_may_be_disputed():
    assert undisputed(10, 10).pay_now == 0


def test_no_more_is_disputed_than_was_billed():
    with pytest.raises(ValueError, match="more is disputed than was billed"):
        undisputed(10, 11)
