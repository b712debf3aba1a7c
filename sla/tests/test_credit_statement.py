"""A period's credits come together in the order of the contract, and settle in full."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.credits.at_risk import rolling_cap
from sla.credits.credit import LineKind
from sla.credits.repeats import Multiplier
from sla.credits.statement import Claim, statement
from sla.credits.terms import CreditTerms, FreeMisses, SameIncident, Silence, settle
from sla.verdicts import Status

PLAIN = CreditTerms(at_risk_percent=10)
money = st.decimals(0, 10**6, places=3)
claims = st.lists(
    st.builds(
        Claim,
        code=st.sampled_from(["tat", "aht", "asa", "fcr"]),
        amount=money,
        run=st.integers(1, 5),
        incident=st.sampled_from([None, "outage", "storm"]),
    ),
    max_size=8,
)
terms = st.builds(
    CreditTerms,
    at_risk_percent=st.just(10),
    same_incident=st.sampled_from([SameIncident.SUM, SameIncident.HIGHEST]),
    free_misses=st.integers(0, 3),
    free_misses_forgive=st.sampled_from(FreeMisses),
    multiplier=st.sampled_from([Multiplier((1,)), Multiplier((1, 2)), Multiplier((1, 2), compounding=True)]),
    places=st.integers(0, 3),
)


@given(claims, terms, money, money)
def test_no_statement_exceeds_its_caps(failed, rules, at_risk, left):
    credit = statement(failed, rules, at_risk=at_risk, rolling=rolling_cap(left, 100))
    assert Decimal(0) <= credit.payable == min(credit.uncapped, credit.cap)


@given(claims, terms, money, money)
def test_the_lines_of_a_statement_add_up(failed, rules, at_risk, allowance):
    credit = statement(failed, rules, at_risk=at_risk, allowance=allowance)
    assert sum((line.amount for line in credit.lines), Decimal(0)) == credit.payable


@given(claims, terms, money, st.randoms(use_true_random=False))
def test_the_order_of_failures_does_not_change_what_is_owed(failed, rules, at_risk, random):
    shuffled = random.sample(failed, len(failed))
    one, other = (statement(order, rules, at_risk=at_risk) for order in (failed, shuffled))
    assert (one.uncapped, one.payable) == (other.uncapped, other.payable)


@given(claims.filter(bool), terms, money)
def test_failing_in_one_level_less_never_costs_more(failed, rules, at_risk):
    assert statement(failed[1:], rules, at_risk=at_risk).payable <= statement(failed, rules, at_risk=at_risk).payable


@given(claims, terms, money, money)
def test_a_larger_allowance_never_costs_more(failed, rules, one, other):
    smaller, larger = sorted([one, other])
    owed = [statement(failed, rules, at_risk=10**6, allowance=amount).payable for amount in (smaller, larger)]
    assert owed[1] <= owed[0]


def test_each_rule_is_applied_in_its_turn():
    rules = CreditTerms(
        at_risk_percent=10, multiplier=Multiplier((1, 2)), same_incident=SameIncident.HIGHEST, free_misses=1
    )
    failed = [
        Claim("tat", 100, "weight", run=2),
        Claim("aht", 150, "weight", incident="outage"),
        Claim("asa", 90, "weight", incident="outage"),
        Claim("fcr", 30, "weight"),
    ]
    credit = statement(failed, rules, at_risk=300, rolling=rolling_cap(250, 100), allowance=40)
    assert [(line.kind, line.subject, int(line.amount)) for line in credit.lines] == [
        (LineKind.CREDIT, "tat", 100),
        (LineKind.MULTIPLIER, "tat", 100),
        (LineKind.CREDIT, "aht", 150),
        (LineKind.CREDIT, "asa", 90),
        (LineKind.CREDIT, "fcr", 30),
        (LineKind.SAME_INCIDENT, "asa", -90),
        (LineKind.FREE_MISS, "fcr", -30),
        (LineKind.CAP, "", -50),
        (LineKind.ROLLING_CAP, "", -50),
        (LineKind.ALLOWANCE, "", -40),
    ]


def test_every_line_says_why():
    rules = CreditTerms(at_risk_percent=10, same_incident=SameIncident.HIGHEST, free_misses=1)
    failed = [Claim("aht", 150, incident="outage"), Claim("asa", 90, incident="outage"), Claim("fcr", 30, "30")]
    credit = statement(failed, rules, at_risk=100, allowance=40)
    assert [line.working for line in credit.lines] == [
        "",
        "",
        "30",
        "outage: aht counts",
        "free miss 1 of 1",
        "not above the 100.00 at risk",
        "set off against an allowance of 40",
    ]


def test_the_dearest_of_an_incident_is_found_after_the_multiplier():
    rules = CreditTerms(at_risk_percent=10, multiplier=Multiplier((1, 3)), same_incident=SameIncident.HIGHEST)
    failed = [Claim("tat", 50, run=2, incident="outage"), Claim("aht", 100, incident="outage")]
    assert statement(failed, rules, at_risk=300).payable == 150


def test_the_cap_that_held_is_the_lower_of_the_two():
    assert statement([], PLAIN, at_risk=300, rolling=rolling_cap(250, 100)).cap == 250


def test_an_allowance_takes_no_more_than_is_owed():
    credit = statement([Claim("tat", 10)], PLAIN, at_risk=300, allowance=40)
    assert (credit.uncapped, credit.payable) == (10, 0)


def test_one_incident_costs_what_the_client_chose():
    rules = CreditTerms(at_risk_percent=10, same_incident=SameIncident.CHOSEN)
    failed = [Claim("tat", 100, incident="outage", chosen=True), Claim("aht", 150, incident="outage")]
    assert statement(failed, rules, at_risk=300).payable == 100


def test_an_incident_of_one_level_needs_no_choice():
    rules = CreditTerms(at_risk_percent=10, same_incident=SameIncident.CHOSEN)
    assert statement([Claim("tat", 100, incident="outage")], rules, at_risk=300).payable == 100


@pytest.mark.parametrize("chosen", [False, True])
def test_the_client_must_choose_exactly_one(chosen):
    rules = CreditTerms(at_risk_percent=10, same_incident=SameIncident.CHOSEN)
    failed = [Claim(code, 100, incident="outage", chosen=chosen) for code in ("tat", "aht")]
    with pytest.raises(ValueError, match="of the service levels that outage failed, exactly one must be chosen"):
        statement(failed, rules, at_risk=300)


def test_different_incidents_each_count_once():
    rules = CreditTerms(at_risk_percent=10, same_incident=SameIncident.HIGHEST)
    failed = [
        Claim("tat", 5, incident="storm"),
        Claim("aht", 7, incident="outage"),
        Claim("asa", 6, incident="storm"),
        Claim("fcr", 2),
    ]
    assert statement(failed, rules, at_risk=300).payable == 15


def test_an_incident_is_of_no_matter_where_all_is_summed():
    failed = [Claim("tat", 5, incident="storm"), Claim("asa", 6, incident="storm")]
    assert statement(failed, PLAIN, at_risk=300).payable == 11


@pytest.mark.parametrize(("forgive", "payable"), [(FreeMisses.LOWEST, 9), (FreeMisses.HIGHEST, 2)])
def test_free_misses_forgive_from_one_end(forgive, payable):
    rules = CreditTerms(at_risk_percent=10, free_misses=1, free_misses_forgive=forgive)
    assert statement([Claim("tat", 9), Claim("asa", 2)], rules, at_risk=300).payable == payable


@pytest.mark.parametrize(("amount", "run"), [(-1, 1), (1, 0)])
def test_nonsense_in_a_claim_is_refused(amount, run):
    with pytest.raises(ValueError, match=r"negative|at least the first"):
        Claim("tat", amount, run=run)


@pytest.mark.parametrize(
    "rules",
    [
        {"at_risk_percent": 101},
        {"rolling_cap_percent": 101},
        {"rolling_periods": 0},
        {"free_misses": -1},
        {"places": -1},
        {"claim_days": -1},
    ],
)
def test_nonsense_in_the_terms_is_refused(rules):
    with pytest.raises(ValueError, match=r"between 0 and 100|one period at least|negative"):
        CreditTerms(**{"at_risk_percent": 10, **rules})


@pytest.mark.parametrize(
    "rules", [{"rolling_cap_percent": 100}, {"rolling_periods": 1}, {"claim_days": 0}, {"places": 0}]
)
def test_the_edges_of_the_terms_are_taken(rules):
    assert CreditTerms(at_risk_percent=100, **rules).at_risk_percent == 100


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        (Status.MET, False),
        (Status.BREACH, True),
        (Status.BELOW_EXPECTED, False),
        (Status.NO_VOLUME, None),
        (Status.EXCUSED, None),
        (Status.NOT_REPORTED, None),
        (Status.TOO_FEW, None),
        (Status.NOT_IN_FORCE, None),
    ],
)
def test_a_status_is_a_failure_or_not_or_silent(status, failed):
    assert PLAIN.failed([status]) == (failed,)


def test_a_value_below_expected_fails_where_the_terms_say_so():
    assert CreditTerms(10, below_expected_fails=True).failed([Status.BELOW_EXPECTED]) == (True,)


def test_silence_breaks_a_run_only_where_the_terms_say_so():
    rules = CreditTerms(10, no_volume=Silence.BREAKS, excused=Silence.BREAKS)
    assert rules.failed([Status.NO_VOLUME, Status.EXCUSED, Status.NOT_REPORTED]) == (False, False, None)


@pytest.mark.parametrize("status", [Status.ON_TRACK, Status.AT_RISK, Status.ALREADY_LOST])
def test_an_open_period_has_no_failure_yet(status):
    with pytest.raises(ValueError, match="still open"):
        PLAIN.failed([status])


def test_a_credit_is_automatic_unless_it_must_be_claimed():
    assert PLAIN.last_claim_day(date(2025, 10, 31)) is None


def test_a_claim_has_a_last_day():
    assert CreditTerms(10, claim_days=30).last_claim_day(date(2025, 10, 31)) == date(2025, 11, 30)


@given(money, st.one_of(st.none(), money), st.integers(0, 3))
def test_a_settlement_moves_the_whole_credit(payable, invoice, places):
    settled = settle(payable, invoice, places=places)
    assert settled.deducted + settled.refunded + settled.carried == settle(payable, None, places=places).refunded


def test_a_credit_comes_off_the_next_invoice():
    settled = settle(100, 250)
    assert (settled.deducted, settled.refunded, settled.carried) == (100, 0, 0)


def test_what_an_invoice_cannot_take_is_carried():
    settled = settle(100, 30)
    assert (settled.deducted, settled.refunded, settled.carried) == (30, 0, 70)


def test_after_the_last_invoice_a_credit_is_paid_out():
    settled = settle(100, None)
    assert (settled.deducted, settled.refunded, settled.carried) == (0, 100, 0)
