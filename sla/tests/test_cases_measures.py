"""Measures of tickets, invoices, orders and hires."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendars import BusinessCalendar
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.registry import measure
from sla.metrics.window import Window

START = datetime(2025, 6, 2, tzinfo=UTC)
END = START + timedelta(days=7)
OFFICE = BusinessCalendar(ZoneInfo("UTC"), {day: [("09:00", "17:00")] for day in range(5)})
WINDOW = Window(START, END, START + timedelta(days=10), OFFICE)
SHARE, RATIO = Aggregation.SHARE_WITHIN, Aggregation.RATIO


def hours(number):
    return START + timedelta(hours=number)


def case(opened=9, resolved=None, due=None, **more):
    moments = {"opened_at": opened, "resolved_at": resolved, "due_at": due}
    return {name: None if at is None else hours(at) for name, at in moments.items()} | {"closed_at": None, **more}


def value_of(aggregation, rows, window=WINDOW, **params):
    level = measure(FeedKind.CASES, aggregation, params)
    return level.value(level.from_rows(rows, window))


def test_an_open_overdue_case_is_a_miss_and_one_not_yet_due_waits():
    rows = [case(resolved=10, due=10), case(resolved=11, due=10), case(due=20), case(due=500), case(resolved=12)]

    assert value_of(SHARE, rows, of="resolved_by_due") == Fraction(100, 3)
    assert value_of(SHARE, rows, of="resolved_by_due", inclusive=False) == 0


def test_a_case_without_a_due_time_is_held_to_none():
    level = measure(FeedKind.CASES, SHARE, {"of": "resolved_by_due"})

    assert [level.reads(row) for row in (case(due=10), case())] == [True, False]


def test_the_clock_may_stop_at_closing():
    rows = [case(resolved=10, due=20, closed_at=hours(30))]

    assert value_of(SHARE, rows, of="resolved_by_due") == 100
    assert value_of(SHARE, rows, of="resolved_by_due", stop="closed") == 0


@pytest.mark.parametrize(
    ("attribution", "column"),
    [("due", "due_at"), ("received", "opened_at"), ("resolved", "resolved_at"), ("closed", "closed_at")],
)
def test_terms_say_by_which_date_a_case_belongs_to_a_period(attribution, column):
    params = {"of": "resolved_by_due", "attribution": attribution}

    assert measure(FeedKind.CASES, SHARE, params).day_of == column


def test_resolved_within_elapsed_time():
    rows = [case(9, 10), case(9, 10.5), case(9), case(239)]
    params = {"of": "resolved_within", "threshold_seconds": 3600}

    assert not measure(FeedKind.CASES, SHARE, params).needs_rows
    assert value_of(SHARE, rows, **params) == Fraction(100, 3)
    assert value_of(SHARE, rows, **params, inclusive=False) == 0


def test_resolved_within_business_time():
    rows = [case(16, 34), case(16, 35), case(16), case(233)]
    params = {"of": "resolved_within", "threshold_seconds": 7200, "clock": "business"}

    assert measure(FeedKind.CASES, SHARE, params).needs_rows
    assert value_of(SHARE, rows, **params) == Fraction(100, 3)
    assert value_of(SHARE, rows, **params, inclusive=False) == 0


def test_an_open_case_is_a_miss_once_its_time_has_run_out():
    params = {"of": "resolved_within", "threshold_seconds": 3600, "pause_reasons": "customer"}
    early = Window(START, END, hours(10))

    assert value_of(SHARE, [case(9)], window=early, **params) is None
    assert value_of(SHARE, [case(9)], window=Window(START, END, hours(10) + timedelta(microseconds=1)), **params) == 0


@pytest.mark.parametrize("clock", ["elapsed", "business"])
def test_terms_may_leave_out_cases_that_were_never_finished(clock):
    rows = [case(9, 10), case(9, 10.5), case(9)]
    params = {"of": "resolved_within", "threshold_seconds": 3600, "unfinished": "leave_out", "clock": clock}

    assert value_of(SHARE, rows, **params) == 50


@pytest.mark.parametrize("clock", ["elapsed", "business"])
def test_terms_may_count_every_open_case_as_a_miss(clock):
    params = {"of": "resolved_within", "threshold_seconds": 3600, "unfinished": "miss_when_open", "clock": clock}

    early = Window(START, END, hours(9.5), OFFICE)
    assert value_of(SHARE, [case(8, 8.5), case(9)], window=early, **params) == 50


@pytest.mark.parametrize(
    ("params", "awaits"),
    [
        ({"of": "resolved_by_due"}, True),
        ({"of": "resolved_within", "threshold_seconds": 60}, True),
        ({"of": "resolved_within", "threshold_seconds": 60, "unfinished": "leave_out"}, False),
        ({"of": "resolved_within", "threshold_seconds": 60, "unfinished": "miss_when_open"}, False),
    ],
)
def test_measures_in_which_an_open_case_may_yet_be_in_time_await_it(params, awaits):
    assert measure(FeedKind.CASES, SHARE, params).awaits_open_cases is awaits


def test_a_measure_names_the_column_that_finishes_a_case():
    assert measure(FeedKind.CASES, SHARE, {"of": "resolved_by_due", "stop": "closed"}).stop == "closed_at"
    assert measure(FeedKind.CASES, Aggregation.COUNT, {"of": "cases"}).stop is None


PAUSES = [
    [hours(10).isoformat(), hours(12).isoformat(), "customer"],
    [hours(11), hours(13), "customer"],
    [hours(14), hours(15), "vendor"],
    [hours(15), hours(16)],
]


@pytest.mark.parametrize(
    ("reasons", "left"), [("", 8), ("customer", 5), ("customer, vendor", 4), ("*", 3), ("else", 8)]
)
def test_only_pauses_for_the_named_reasons_stop_the_clock(reasons, left):
    rows = [case(9, 17, pauses=PAUSES)]

    assert value_of(Aggregation.MEAN, rows, pause_reasons=reasons) == left


def test_a_pause_without_an_end_lasts_until_the_clock_stops():
    assert value_of(Aggregation.MEAN, [case(9, 17, pauses=[[hours(12), None, "x"]])], pause_reasons="x") == 3


def test_pauses_outside_business_time_cost_nothing():
    rows = [case(9, 33, pauses=[[hours(18), hours(30), "x"], [hours(10), hours(11), "x"]])]

    assert value_of(Aggregation.MEAN, rows, clock="business", pause_reasons="x") == 7


@pytest.mark.parametrize(("unit", "value"), [("hours", 48), ("minutes", 2880), ("seconds", 172_800), ("days", 2)])
def test_times_to_resolve_have_a_unit(unit, value):
    assert value_of(Aggregation.MEAN, [case(9, 57), case(9)], unit=unit) == value


def test_a_percentile_of_the_time_to_resolve():
    rows = [case(9, 9 + taken) for taken in (1, 2, 3, 4)]

    assert value_of(Aggregation.PERCENTILE, rows, percentile=50) == 2
    assert value_of(Aggregation.PERCENTILE, rows, percentile=50, method="linear") == Fraction(5, 2)


def test_a_case_resolved_before_it_was_opened_took_no_time():
    assert value_of(Aggregation.MEAN, [case(9, 8)]) == 0


@pytest.mark.parametrize("of", ["met", "correct", "reopened"])
def test_flags_count_out_of_the_cases_that_have_them(of):
    rows = [case(**{of: flag}) for flag in (True, True, False, None)]

    assert value_of(RATIO, rows, of=of) == Fraction(200, 3)


def test_first_touch_is_neither_paused_nor_reopened():
    rows = [case(9, 10), case(9, 10, reopened=True), case(9, 10, pauses=PAUSES), case(9), case(9, 10, reopened=False)]

    assert value_of(RATIO, rows, of="first_touch") == 50


def test_cases_are_counted():
    assert value_of(Aggregation.COUNT, [case(), case()]) == 2


def test_the_backlog_is_what_is_open_at_the_end():
    rows = [case(1), case(1, 24 * 7 - 1), case(1, 24 * 7 + 1), case(24 * 7), case(24 * 7 - 2)]
    level = measure(FeedKind.CASES, Aggregation.COUNT, {"of": "backlog"})

    assert (level.overlaps, level.snapshot) == (True, True)
    assert value_of(Aggregation.COUNT, rows, of="backlog") == 3
    assert value_of(Aggregation.COUNT, rows, of="backlog", older_than_seconds=7200) == 2
    assert value_of(Aggregation.COUNT, rows, window=Window(START, END, hours(0.5)), of="backlog") == 0


def test_business_time_needs_a_calendar():
    with pytest.raises(ValueError, match="needs the calendar of the terms"):
        value_of(Aggregation.MEAN, [case(9, 10)], window=Window(START, END, END), clock="business")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"resolved_at": START}, "must hold the instant at which it was opened"),
        (case(9, 10, pauses=7), "pauses must be a list, got 7"),
        (case(9, 10, pauses=[["2025-06-02T09:10", "2025-06-02T09:20", "x"]]), "instants with offsets"),
        (case(9, 10, pauses=[[1, 2, "x"]]), "instants with offsets, got 1"),
        ({"opened_at": "today", "resolved_at": START}, "'opened_at' must hold an instant, got 'today'"),
    ],
)
def test_rows_that_hold_something_else_are_refused(row, sentence):
    with pytest.raises(TypeError, match=sentence):
        value_of(Aggregation.MEAN, [row], pause_reasons="x")


MOMENTS = st.integers(0, 24 * 9).map(hours)
ROWS = st.builds(
    lambda opened, taken, due, pause: {
        "opened_at": opened,
        "resolved_at": None if taken is None else opened + timedelta(minutes=taken),
        "closed_at": None,
        "due_at": due,
        "pauses": [[opened, opened + timedelta(minutes=pause), "x"]],
    },
    MOMENTS,
    st.none() | st.integers(0, 5000),
    st.none() | MOMENTS,
    st.integers(0, 3000),
)


@given(st.lists(ROWS, max_size=12), st.integers(0, 300_000), st.booleans())
def test_without_pauses_python_and_sums_agree(rows, seconds, inclusive):
    params = {"of": "resolved_within", "threshold_seconds": Decimal(seconds), "inclusive": inclusive}
    sums = measure(FeedKind.CASES, SHARE, params)
    rows_read = measure(FeedKind.CASES, SHARE, {**params, "pause_reasons": "none such"})

    assert sums.from_rows(rows, WINDOW).numerator == rows_read.from_rows(rows, WINDOW).numerator


@given(st.lists(ROWS, max_size=12), st.integers(1, 300_000))
def test_pauses_and_closed_hours_never_make_a_case_late(rows, seconds):
    params = {"of": "resolved_within", "threshold_seconds": seconds}
    plain, paused, business = (
        measure(FeedKind.CASES, SHARE, {**params, **more}).from_rows(rows, WINDOW).numerator
        for more in ({}, {"pause_reasons": "x"}, {"clock": "business"})
    )

    assert plain <= paused
    assert plain <= business


@given(st.lists(ROWS, max_size=12))
def test_a_case_left_open_never_helps(rows):
    level = measure(FeedKind.CASES, SHARE, {"of": "resolved_by_due"})
    whole = level.from_rows(rows, WINDOW)
    left_open = level.from_rows([{**row, "resolved_at": None} for row in rows], WINDOW)

    assert left_open.numerator == 0 <= whole.numerator
