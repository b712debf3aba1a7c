"""A credit explains itself: its lines add up to what is payable, and its cap holds."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.at_risk import allocation_faults, amount_at_risk, margin_consumed, rolling_cap
from sla.credits.credit import Account, Credit, Line, LineKind, single
from sla.money import exact

amounts = st.fractions(min_value=0, max_value=10**7, max_denominator=10**4)
places = st.integers(0, 3)


def filled(parts, decimals):
    """An account with these parts in it."""
    account = Account(decimals)
    for part in parts:
        account.add(LineKind.CREDIT, "tat", part, "as agreed")
    return account


def test_a_credit_whose_lines_tell_another_story_is_refused():
    line = Line(LineKind.CREDIT, "tat", Decimal("1.00"), "1")
    with pytest.raises(ValueError, match=r"the lines add up to 1\.00, not to the 2\.00 payable"):
        Credit(Decimal("2.00"), None, Decimal("2.00"), (line,))


@given(st.lists(amounts, max_size=8), amounts, places)
def test_lines_add_up_to_the_cent(parts, ceiling, decimals):
    account = filled(parts, decimals)
    account.limit(LineKind.CAP, ceiling, "cap")
    credit = account.close()
    assert sum((line.amount for line in credit.lines), Decimal(0)) == credit.payable


@given(st.lists(amounts, min_size=1, max_size=8), places)
def test_no_line_is_further_than_a_unit_from_its_exact_amount(parts, decimals):
    lines = filled(parts, decimals).close().lines
    distances = [abs(exact(line.amount) - part) for line, part in zip(lines, parts, strict=True)]
    assert max(distances) <= Fraction(1, 10**decimals)


@given(st.lists(amounts, max_size=8), amounts)
def test_a_cap_is_never_exceeded(parts, ceiling):
    account = filled(parts, 2)
    account.limit(LineKind.CAP, ceiling, "cap")
    credit = account.close()
    assert credit.payable == min(credit.uncapped, credit.cap)


@given(amounts, amounts, amounts)
def test_two_caps_work_like_the_lower_of_them_in_either_order(amount, one, other):
    credits = []
    for first, second in ((one, other), (other, one)):
        account = filled([amount], 2)
        account.limit(LineKind.CAP, first, "")
        account.limit(LineKind.ROLLING_CAP, second, "")
        credits.append((account.close().cap, account.close().payable))
    assert credits[0] == credits[1]


def test_a_total_is_rounded_once_and_not_part_by_part():
    credit = filled([Decimal("0.333"), Decimal("0.333"), Decimal("0.334")], 2).close()
    assert [str(line.amount) for line in credit.lines] == ["0.33", "0.34", "0.33"]


def test_a_credit_without_a_limit_has_no_cap():
    credit = single("tat", 10, "10")
    assert (credit.cap, credit.cap_reached, credit.uncapped) == (None, False, Decimal("10.00"))


@pytest.mark.parametrize(("amount", "reached"), [(99, False), (100, True), (101, True)])
def test_a_cap_is_reached_when_it_is_met(amount, reached):
    assert single("tat", amount, "", cap=100).cap_reached is reached


def test_a_cap_cuts_with_a_line_of_its_own():
    cut = single("tat", 150, "150", cap=100).lines[-1]
    assert cut == Line(LineKind.CAP, "", Decimal("-50.00"), "not above 100.00")


@pytest.mark.parametrize("amount", [50, 100])
def test_a_cap_that_does_not_cut_leaves_no_line(amount):
    assert len(single("tat", amount, "as agreed", cap=100).lines) == 1


def test_a_negative_cap_is_refused():
    with pytest.raises(ValueError, match="a cap must not be negative"):
        single("tat", 1, "", cap=-1)


def test_what_is_waived_stays_in_the_uncapped_amount():
    account = filled([5], 2)
    account.waive(LineKind.MINIMUM, "", 5, "too small")
    credit = account.close()
    assert (credit.uncapped, credit.payable) == (Decimal("5.00"), Decimal("0.00"))


def test_what_is_at_risk_leaves_out_what_does_not_count():
    at_risk = amount_at_risk(1000, 10, (Decimal("150.5"), 49))
    assert (at_risk.base, at_risk.amount) == (Fraction(1601, 2), Fraction(1601, 20))


def test_what_is_at_risk_shows_its_formula():
    assert amount_at_risk(100000, 10).working == "10 % × 100,000.00 = 10,000.00"


def test_more_excluded_than_charged_is_refused():
    with pytest.raises(ValueError, match="excluded charges of 101 exceed the charges of 100"):
        amount_at_risk(100, 10, (101,))


def test_all_charges_may_be_excluded():
    assert amount_at_risk(100, 10, (100,)).amount == 0


@pytest.mark.parametrize(
    ("charges", "percent", "excluded"), [(-1, 10, ()), (100, 101, ()), (100, -1, ()), (100, 10, (-1,))]
)
def test_nonsense_at_risk_is_refused(charges, percent, excluded):
    with pytest.raises(ValueError, match=r"negative|between 0 and 100"):
        amount_at_risk(charges, percent, excluded)


def test_a_rolling_cap_has_left_what_was_not_given_before():
    cap = rolling_cap(4800000, 5, 230000)
    assert (cap.amount, cap.left) == (240000, 10000)


def test_a_rolling_cap_overdrawn_has_nothing_left():
    assert rolling_cap(1000, 5, 60).left == 0


def test_a_rolling_cap_shows_what_is_used():
    assert rolling_cap(1000, 5, 20).working == "5 % × 1,000.00 = 50.00, less 20.00 given before"


@pytest.mark.parametrize(("charges", "percent", "given_before"), [(-1, 5, 0), (1, 5, -1), (1, 101, 0)])
def test_nonsense_in_a_rolling_cap_is_refused(charges, percent, given_before):
    with pytest.raises(ValueError, match=r"negative|between 0 and 100"):
        rolling_cap(charges, percent, given_before)


def test_weights_within_their_limits_have_no_faults():
    assert allocation_faults([25, 10, 0], pool_percent=35, largest_percent=25, most_levels=2) == ()


def test_weights_without_limits_have_no_faults():
    assert allocation_faults([75, 50, 125]) == ()


@pytest.mark.parametrize(
    ("weights", "limits", "fault"),
    [
        ([-1], {}, "A weight must not be negative."),
        ([60, 41], {"pool_percent": 100}, "The weights sum to 101 %, above the pool of 100 %."),
        ([10, 26], {"largest_percent": 25}, "One weight is 26 %, above the 25 % allowed for one."),
        ([1, 1, 1], {"most_levels": 2}, "3 service levels carry weight, above the 2 allowed."),
    ],
)
def test_weights_beyond_a_limit_are_named(weights, limits, fault):
    assert allocation_faults(weights, **limits) == (fault,)


def test_credits_of_a_twentieth_eat_a_quarter_of_a_margin_of_a_fifth():
    assert margin_consumed(5, 100, 20) == Decimal("25.00")


def test_without_a_margin_no_share_of_it_is_stated():
    with pytest.raises(ValueError, match="without a margin"):
        margin_consumed(5, 100, 0)
