"""What is owed in a period, and what of it counts."""

from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.obligations import (
    DaySpan,
    Obligation,
    Straddling,
    reports_of_feed,
)
from sla.periods import Period, PeriodKind, PeriodRule

WEEKS, MONTHS, QUARTERS = (PeriodRule(kind) for kind in (PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER))
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
SPANS = st.builds(DaySpan, DAYS, st.none() | DAYS)


def quarter(label: str) -> Period:
    return QUARTERS.parse(label)


@given(SPANS, SPANS, DAYS)
def test_a_day_lies_in_what_spans_share_if_it_lies_in_each(first, second, day):
    assert (day in first.shared_with(second)) == (day in first and day in second)


@given(SPANS, DAYS)
def test_the_part_of_a_period_has_the_days_that_lie_in_both(span, day):
    month = MONTHS.containing(day)
    part = span.part_of(month)
    assert ([] if part is None else list(part.days())) == [each for each in month.days() if each in span]


def test_a_part_keeps_the_label_of_its_period():
    part = DaySpan(date(2025, 6, 10)).part_of(MONTHS.parse("2025-06"))
    assert (part.label, part.start, part.end) == ("2025-06", date(2025, 6, 10), date(2025, 7, 1))


def test_a_quarter_owes_the_months_in_which_the_contract_runs():
    owed = Obligation(DaySpan(date(2025, 1, 1), date(2025, 5, 20)), MONTHS).owed(quarter("2025-Q2"))
    assert [(report.label, report.end) for report in owed] == [
        ("2025-04", date(2025, 5, 1)),
        ("2025-05", date(2025, 5, 20)),
    ]


def test_a_quarter_after_the_end_owes_nothing():
    assert Obligation(DaySpan(date(2025, 1, 1), date(2025, 4, 1)), MONTHS).owed(quarter("2025-Q2")) == []


def test_a_week_across_the_end_of_a_month_is_owed_by_the_month_of_its_monday():
    owed = Obligation(DaySpan(date(2025, 1, 1)), WEEKS).owed(MONTHS.parse("2025-06"))
    assert [report.start for report in owed] == [date(2025, 6, day) for day in (2, 9, 16, 23, 30)]


def test_the_first_week_is_owed_from_the_first_day_on():
    owed = Obligation(DaySpan(date(2025, 6, 12)), WEEKS).owed(MONTHS.parse("2025-06"))
    assert (owed[0].label, owed[0].start) == ("2025-W24", date(2025, 6, 12))


def test_feeds_without_totals_owe_no_reports():
    assert Obligation(DaySpan(date(2025, 1, 1))).owed(MONTHS.parse("2025-06")) == []


# 30 June to 6 July: one day in June, six in July.
ACROSS = date(2025, 6, 30)


@pytest.mark.parametrize(
    ("straddling", "june", "july"),
    [
        (Straddling.BY_START, (ACROSS, Fraction(1)), (date(2025, 7, 1), Fraction(0))),
        (Straddling.BY_END, (date(2025, 7, 6), Fraction(0)), (date(2025, 7, 6), Fraction(1))),
        (Straddling.BY_DAY, (ACROSS, Fraction(1, 7)), (date(2025, 7, 1), Fraction(6, 7))),
    ],
)
def test_a_week_across_two_months_counts_where_the_terms_say(straddling, june, july):
    obligation = Obligation(DaySpan(date(2025, 1, 1)), WEEKS, straddling)

    assert obligation.counted_part(MONTHS.parse("2025-06"), ACROSS) == june
    assert obligation.counted_part(MONTHS.parse("2025-07"), ACROSS) == july


@pytest.mark.parametrize(
    ("straddling", "owed_by_june", "owed_by_july"),
    [(Straddling.BY_START, True, False), (Straddling.BY_END, False, True), (Straddling.BY_DAY, True, True)],
)
def test_a_week_is_owed_where_it_counts(straddling, owed_by_june, owed_by_july):
    obligation = Obligation(DaySpan(date(2025, 1, 1)), WEEKS, straddling)

    owed = [ACROSS in {report.start for report in obligation.owed(MONTHS.parse(f"2025-0{month}"))} for month in (6, 7)]
    assert owed == [owed_by_june, owed_by_july]


def test_the_part_of_a_week_before_the_contract_takes_no_share():
    obligation = Obligation(DaySpan(date(2025, 6, 30), date(2025, 7, 2)), WEEKS, Straddling.BY_DAY)

    assert obligation.counted_part(MONTHS.parse("2025-06"), ACROSS) == (ACROSS, Fraction(1, 2))


@pytest.mark.parametrize("obligation", [Obligation(DaySpan(ACROSS)), Obligation(DaySpan(date(2026, 1, 1)), WEEKS)])
def test_nothing_counts_outside_of_the_time_or_without_reports(obligation):
    assert obligation.counted_part(MONTHS.parse("2025-06"), ACROSS) == (ACROSS, Fraction(0))


@pytest.mark.parametrize(
    ("straddling", "first_day"), [(Straddling.BY_START, date(2025, 7, 1)), (Straddling.BY_DAY, ACROSS)]
)
def test_reports_that_begin_before_a_period_are_read_where_they_may_count(straddling, first_day):
    obligation = Obligation(DaySpan(date(2025, 1, 1)), WEEKS, straddling)

    assert obligation.counts_from(MONTHS.parse("2025-07")) == first_day


@pytest.mark.parametrize(
    ("straddling", "days"),
    [
        (Straddling.BY_START, (ACROSS,)),
        (Straddling.BY_END, (date(2025, 7, 6),)),
        # Terms may split off a part that lies wholly inside of the week.
        (Straddling.BY_DAY, (ACROSS, *(date(2025, 7, day) for day in range(1, 7)))),
    ],
)
def test_a_report_concerns_the_periods_of_the_days_by_which_it_counts(straddling, days):
    assert Obligation(DaySpan(date(2025, 1, 1)), WEEKS, straddling).days_counting(ACROSS) == days


def test_a_report_that_begins_before_the_time_is_read_and_concerns_the_period_in_which_the_time_begins():
    obligation = Obligation(DaySpan(date(2025, 7, 2)), WEEKS, Straddling.BY_START)

    assert obligation.counts_from(MONTHS.parse("2025-07")) == ACROSS
    assert obligation.days_counting(ACROSS) == (date(2025, 7, 2),)


def test_single_days_concern_their_own_period():
    assert Obligation(DaySpan(date(2025, 1, 1)), None, Straddling.BY_DAY).days_counting(ACROSS) == (ACROSS,)


@given(SPANS, DAYS, st.sampled_from(Straddling))
def test_the_shares_of_a_report_add_up_to_one(span, day, straddling):
    obligation = Obligation(span, WEEKS, straddling)
    week = WEEKS.containing(day)
    shares = [obligation.counted_part(month, week.start)[1] for month in MONTHS.between(week.start, week.end)]
    assert sum(shares) == (1 if any(each in span for each in week.days()) else 0)


@pytest.mark.parametrize(("label", "last"), [("2025-06", date(2025, 7, 6)), ("2025-08", date(2025, 8, 31))])
def test_a_month_is_complete_with_its_last_week(label, last):
    assert Obligation(DaySpan(date(2025, 1, 1)), WEEKS).complete_on(MONTHS.parse(label)) == last


def test_a_month_that_is_owed_no_week_is_complete_with_its_own_last_day():
    ended = Obligation(DaySpan(date(2025, 1, 1), date(2025, 2, 1)), WEEKS)
    assert ended.complete_on(MONTHS.parse("2025-06")) == date(2025, 6, 30)


def test_a_week_counts_by_its_last_day_not_by_the_day_after():
    by_end = Obligation(DaySpan(date(2025, 1, 1)), WEEKS, Straddling.BY_END)
    assert by_end.counted_part(MONTHS.parse("2025-06"), date(2025, 6, 23))[1] == 1


@given(SPANS, st.sampled_from([WEEKS, MONTHS]))
def test_every_report_with_a_day_in_the_time_is_owed_by_exactly_one_quarter(span, rule):
    until = min(span.end or date(2028, 1, 1), span.start + timedelta(days=900))
    owed = [
        report.label
        for period in QUARTERS.between(span.start, until)
        for report in Obligation(DaySpan(span.start, until), rule).owed(period)
    ]
    assert owed == [report.label for report in rule.between(span.start, until)]


def test_spans_that_share_no_day_share_an_empty_span():
    june, july = DaySpan(date(2025, 6, 1), date(2025, 7, 1)), DaySpan(date(2025, 7, 1), date(2025, 8, 1))

    assert (june.has_days, june.shared_with(july).has_days, DaySpan(date(2025, 6, 1)).has_days) == (True, False, True)


@pytest.mark.parametrize(
    ("schedule", "anchor", "label"),
    [
        ("daily", None, None),
        ("event", None, None),
        ("weekly", None, "2025-W20"),
        ("monthly", None, "2025-05"),
        ("quarterly", None, "2025-Q2"),
        ("yearly", None, "Y2025-03-01"),
        ("yearly", date(2020, 1, 1), "Y2025-01-01"),
    ],
)
def test_a_feed_cuts_its_reports_by_its_schedule(schedule, anchor, label):
    contract = SimpleNamespace(starts_on=date(2024, 3, 1))

    reports = reports_of_feed(SimpleNamespace(schedule=schedule, anchor=anchor, contract=contract))

    assert (reports and reports.containing(date(2025, 5, 15)).label) == label


def test_days_of_reports_are_whole_reports_where_all_of_their_days_are_given():
    obligation, june = (
        Obligation(DaySpan(date(2025, 1, 1)), WEEKS),
        PeriodRule(PeriodKind.MONTH).containing(date(2025, 6, 1)),
    )
    week = [date(2025, 6, number) for number in range(9, 16)]

    assert obligation.whole_reports(june, [date(2025, 6, 2), *week]) == week
    assert obligation.whole_reports(june, [date(2025, 6, 30)]) == []
    across = [date(2025, 6, 30), *(date(2025, 7, number) for number in range(1, 7))]
    assert obligation.whole_reports(june, across) == across
    assert Obligation(DaySpan(date(2025, 1, 1))).whole_reports(june, week[:2]) == week[:2]


def test_a_report_shares_nothing_with_a_period_that_it_does_not_touch():
    june = PeriodRule(PeriodKind.MONTH).containing(date(2025, 6, 1))
    by_day = Obligation(DaySpan(date(2025, 1, 1)), WEEKS, Straddling.BY_DAY)

    assert by_day.counted_part(june, date(2025, 7, 7))[1] == 0
