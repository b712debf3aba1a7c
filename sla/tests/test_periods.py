"""Spans of local days, and the instants at which they begin and end."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sla.periods import (
    Period,
    PeriodKind,
    PeriodRule,
    add_months,
    day_span,
    fiscal_year,
    local_day,
    plain_label,
    span,
)

DAYS = st.dates(date(1971, 1, 1), date(2099, 12, 31))
ZONES = st.sampled_from(["Europe/London", "America/New_York", "Asia/Manila", "America/Sao_Paulo", "Pacific/Apia"])
RULES = st.builds(PeriodRule, st.sampled_from(PeriodKind), st.dates(date(2000, 1, 1), date(2030, 12, 31)))
LONDON = ZoneInfo("Europe/London")


@given(RULES, DAYS)
def test_a_day_lies_in_the_period_that_contains_it(rule, day):
    assert day in rule.containing(day)


@given(RULES, DAYS)
def test_every_day_of_a_period_names_the_same_period(rule, day):
    period = rule.containing(day)

    assert rule.containing(period.start) == rule.containing(period.end - timedelta(days=1)) == period


@given(RULES, DAYS)
def test_the_next_period_begins_where_this_one_ends(rule, day):
    period = rule.containing(day)

    assert rule.next(period).start == period.end
    assert rule.containing(rule.next(period).start - timedelta(days=1)) == period


@given(RULES, DAYS)
def test_a_label_names_one_period(rule, day):
    period = rule.containing(day)

    assert rule.parse(period.label) == period
    assert rule.next(period).label != period.label


@pytest.mark.parametrize(
    ("kind", "label", "start", "end"),
    [
        (PeriodKind.DAY, "2025-10-05", date(2025, 10, 5), date(2025, 10, 6)),
        (PeriodKind.WEEK, "2025-W40", date(2025, 9, 29), date(2025, 10, 6)),
        (PeriodKind.WEEK, "2020-W53", date(2020, 12, 28), date(2021, 1, 4)),
        (PeriodKind.WEEK_SUNDAY, "S2025-10-05", date(2025, 10, 5), date(2025, 10, 12)),
        (PeriodKind.MONTH, "2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        (PeriodKind.MONTH, "2025-12", date(2025, 12, 1), date(2026, 1, 1)),
        (PeriodKind.QUARTER, "2025-Q4", date(2025, 10, 1), date(2026, 1, 1)),
        (PeriodKind.CONTRACT_YEAR, "Y2025-07-01", date(2025, 7, 1), date(2026, 7, 1)),
    ],
)
def test_a_period_of_each_kind(kind, label, start, end):
    period = PeriodRule(kind, date(2020, 7, 1)).parse(label)

    assert (period.start, period.end, period.label) == (start, end, label)


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (PeriodKind.DAY, "2025-02-30"),
        (PeriodKind.DAY, "2025-10"),
        (PeriodKind.WEEK, "2025-W53"),
        (PeriodKind.WEEK, "2025-W00"),
        (PeriodKind.WEEK_SUNDAY, "S2025-10-06"),
        (PeriodKind.MONTH, "2025-13"),
        (PeriodKind.MONTH, "0000-01"),
        (PeriodKind.MONTH, "９９９９-０１"),
        (PeriodKind.QUARTER, "2025-Q5"),
        (PeriodKind.CONTRACT_YEAR, "Y2025-07-02"),
        (PeriodKind.P445, "F2025-P13"),
        (PeriodKind.P445, "F2025-P00"),
        (PeriodKind.P445, "F0001-P01"),
    ],
)
def test_a_label_that_names_no_period_is_refused(kind, label):
    with pytest.raises(ValueError, match=f"'{label}' does not name a period of kind {kind}"):
        PeriodRule(kind, date(2020, 7, 1)).parse(label)


def test_a_contract_year_of_29_february_begins_on_the_28th_in_other_years():
    rule = PeriodRule(PeriodKind.CONTRACT_YEAR, date(2024, 2, 29))

    assert rule.containing(date(2025, 2, 28)).start == date(2025, 2, 28)
    assert rule.containing(date(2028, 2, 29)).start == date(2028, 2, 29)


def test_a_contract_year_begins_before_the_anniversary():
    assert PeriodRule(PeriodKind.CONTRACT_YEAR, date(2024, 7, 1)).containing(date(2025, 6, 30)).start == date(
        2024, 7, 1
    )


@pytest.mark.parametrize(
    ("kind", "weeks"), [(PeriodKind.P445, [4, 4, 5]), (PeriodKind.P454, [4, 5, 4]), (PeriodKind.P544, [5, 4, 4])]
)
def test_a_fiscal_quarter_has_thirteen_weeks_in_its_pattern(kind, weeks):
    rule = PeriodRule(kind, date(2024, 12, 30))
    first_three = rule.between(date(2024, 12, 30), date(2025, 3, 31))

    assert [(p.end - p.start).days // 7 for p in first_three] == weeks


def test_the_53rd_week_belongs_to_the_last_period_of_its_year():
    rule = PeriodRule(PeriodKind.P445, date(2024, 12, 30))
    last = rule.parse("F2026-P12")

    assert (last.start, last.end) == (date(2026, 11, 23), date(2027, 1, 4))
    year = fiscal_year(PeriodKind.P445, date(2028, 1, 3), 53, 2028)
    assert [(period.end - period.start).days // 7 for period in year] == [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6]


def test_a_fiscal_year_that_starts_late_is_named_after_the_next_year():
    assert PeriodRule(PeriodKind.P454, date(2025, 2, 2)).containing(date(2025, 2, 2)).label == "F2025-P01"
    assert PeriodRule(PeriodKind.P454, date(2025, 7, 6)).containing(date(2025, 7, 6)).label == "F2026-P01"


def test_a_fiscal_year_has_52_or_53_weeks():
    with pytest.raises(ValueError, match="52 or 53 weeks, got 51"):
        fiscal_year(PeriodKind.P445, date(2028, 1, 3), 51, 2028)


def test_a_fiscal_label_needs_its_rule():
    with pytest.raises(ValueError, match="named by its rule"):
        plain_label(PeriodKind.P445, date(2025, 1, 1))


@pytest.mark.parametrize("kind", [PeriodKind.CONTRACT_YEAR, PeriodKind.P445, PeriodKind.P454, PeriodKind.P544])
def test_anchored_periods_need_their_first_day(kind):
    with pytest.raises(ValueError, match=f"periods of kind {kind} need the date"):
        PeriodRule(kind)


def test_a_period_must_not_be_empty():
    with pytest.raises(ValueError, match="must end after it starts"):
        Period(PeriodKind.DAY, date(2025, 1, 1), date(2025, 1, 1))


def test_periods_are_ordered_by_their_start():
    rule = PeriodRule(PeriodKind.MONTH)
    june, july = rule.parse("2025-06"), rule.parse("2025-07")

    assert sorted([july, june]) == [june, july]


def test_the_days_of_a_period_are_all_its_local_days():
    days = list(PeriodRule(PeriodKind.MONTH).parse("2024-02").days())

    assert (days[0], days[-1], len(days)) == (date(2024, 2, 1), date(2024, 2, 29), 29)


@given(RULES, DAYS, st.integers(0, 800))
def test_periods_between_two_days_cover_them_without_gaps(rule, first, length):
    last = first + timedelta(days=length)
    periods = rule.between(first, last)

    assert bool(periods) is (length > 0)
    assume(periods)
    assert periods[0].start <= first
    assert periods[-1].end >= last > periods[-1].start
    assert all(one.end == other.start for one, other in pairwise(periods))


@pytest.mark.parametrize(
    ("zone", "label", "hours"),
    [
        ("Europe/London", "2025-03-30", 23),
        ("Europe/London", "2025-10-26", 25),
        ("Asia/Manila", "2025-03-30", 24),
        ("America/Sao_Paulo", "2015-10-18", 23),
    ],
)
def test_a_local_day_has_23_24_or_25_hours(zone, label, hours):
    start, end = span(PeriodRule(PeriodKind.DAY).parse(label), ZoneInfo(zone))

    assert end - start == timedelta(hours=hours)
    assert start.tzinfo is UTC


def test_a_day_that_a_country_skipped_is_empty():
    start, end = day_span(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))

    assert start == end


@given(DAYS, ZONES)
def test_days_of_a_zone_follow_each_other(day, name):
    zone = ZoneInfo(name)

    assert day_span(day, zone)[1] == day_span(day + timedelta(days=1), zone)[0]


@given(st.integers(160_000_000, 2_000_000_000), ZONES)
def test_an_instant_lies_in_its_local_day(seconds, name):
    instant, zone = datetime.fromtimestamp(seconds, UTC), ZoneInfo(name)
    start, end = day_span(local_day(instant, zone), zone)

    assert start <= instant < end


def test_an_instant_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="needs its offset"):
        local_day(datetime.fromisoformat("2025-01-01T00:00"), LONDON)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 1, 15), -1, date(2024, 12, 15)),
        (date(2025, 3, 31), -13, date(2024, 2, 29)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
    ],
)
def test_months_are_clipped_at_their_end(day, months, result):
    assert add_months(day, months) == result


@given(DAYS, st.integers(-500, 500))
def test_a_month_more_is_the_following_month(day, months):
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months


@pytest.mark.parametrize(
    ("day", "label"),
    [(date(2025, 12, 30), "F2025-P12"), (date(2025, 12, 31), "F2026-P01"), (date(2026, 1, 1), "F2026-P01")],
)
def test_a_fiscal_year_may_begin_in_the_old_calendar_year(day, label):
    # The Wednesday nearest to the first of January 2026, a Thursday, is the day before it.
    assert PeriodRule(PeriodKind.P445, date(2025, 1, 1)).containing(day).label == label
