"""When contracts and feeds run: renewal, notice, history before the opening day."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.obligations import (
    AutomaticRenewal,
    DaySpan,
    opening_day,
    renews_by_itself,
    time_of_contract,
    time_of_feed,
    time_taken,
)
from sla.periods import DAY

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
YEARLY = AutomaticRenewal(months=12, notice_months=3)


def test_terms_follow_each_other_on_the_same_day_of_the_month():
    ends = AutomaticRenewal(months=1).term_ends(date(2025, 1, 31))
    assert [next(ends) for _term in range(3)] == [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)]


@pytest.mark.parametrize(
    ("given_on", "end"),
    [
        (date(2025, 9, 30), date(2026, 1, 1)),
        (date(2025, 10, 1), date(2027, 1, 1)),
        (date(2024, 2, 1), date(2025, 1, 1)),
        (date(2024, 9, 30), date(2025, 1, 1)),
        (date(2027, 9, 30), date(2028, 1, 1)),
    ],
)
def test_notice_ends_the_first_term_for_which_it_is_in_time(given_on, end):
    assert YEARLY.end_by_notice(date(2026, 1, 1), given_on) == end


@given(st.integers(1, 36), st.integers(0, 200), DAYS, DAYS)
def test_notice_is_in_time_for_its_term_and_too_late_for_the_one_before(months, days, first_end, given_on):
    renewal = AutomaticRenewal(months=months, notice_days=days)
    end = renewal.end_by_notice(first_end, given_on)
    assert renewal.last_notice(end) >= given_on
    assert end - DAY - timedelta(days=days) == renewal.last_notice(end)


def contract(**facts):
    usual = {"starts_on": date(2025, 1, 1), "ends_on": date(2026, 1, 1), "notice_given_on": None}
    return SimpleNamespace(**usual, **{"status": "active", "renewal": "automatic"} | facts)


@pytest.mark.parametrize(
    ("facts", "renews"),
    [
        ({}, True),
        ({"status": "draft"}, True),
        ({"status": "terminated"}, False),
        ({"renewal": "option"}, False),
    ],
)
def test_only_an_automatic_renewal_of_a_contract_that_nobody_ended_goes_on(facts, renews):
    assert renews_by_itself(contract(**facts)) is renews
    assert time_of_contract(contract(**facts)).end == (None if renews else date(2026, 1, 1))


def test_notice_makes_the_end_of_a_renewal_certain():
    noticed = contract()
    noticed.notice_given_on = date(2025, 9, 1)
    assert time_of_contract(noticed) == DaySpan(date(2025, 1, 1), date(2026, 1, 1))


def test_a_contract_without_an_end_has_nothing_to_renew_from():
    open_ended = contract()
    open_ended.ends_on = None
    assert renews_by_itself(open_ended) is False


def test_results_are_taken_on_days_on_which_feed_and_contract_run():
    feed = SimpleNamespace(starts_on=date(2024, 6, 1), ends_on=date(2026, 3, 1), contract=contract(renewal="none"))
    assert time_of_feed(feed) == DaySpan(date(2025, 1, 1), date(2026, 1, 1))


def test_a_feed_that_ends_before_its_contract_takes_results_until_its_own_end():
    feed = SimpleNamespace(starts_on=date(2024, 6, 1), ends_on=date(2025, 10, 1), contract=contract(renewal="none"))
    assert time_of_feed(feed) == DaySpan(date(2025, 1, 1), date(2025, 10, 1))


@pytest.mark.parametrize(("judged_from", "opening"), [(None, date(2025, 1, 1)), (date(2025, 7, 1), date(2025, 7, 1))])
def test_a_contract_is_judged_from_its_start_unless_it_has_an_opening_day(judged_from, opening):
    assert opening_day(contract(judged_from=judged_from)) == opening


@pytest.mark.parametrize(("status", "end"), [("draft", date(2025, 7, 1)), ("active", date(2026, 1, 1))])
def test_a_draft_takes_its_history_alone(status, end):
    opened = contract(status=status, renewal="none", judged_from=date(2025, 7, 1))
    feed = SimpleNamespace(starts_on=date(2024, 6, 1), ends_on=None, contract=opened)
    assert time_taken(feed) == DaySpan(date(2025, 1, 1), end)


def test_a_draft_without_history_takes_nothing():
    feed = SimpleNamespace(
        starts_on=date(2025, 1, 1), ends_on=None, contract=contract(status="draft", judged_from=None)
    )
    assert date(2025, 1, 1) not in time_taken(feed)
