"""Measures of outages, and the arithmetic of intervals under them."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendars import BusinessCalendar
from sla.intervals import clipped, length, total_length, union, without
from sla.metrics.downtime import availability_of_totals, is_down
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.registry import measure
from sla.metrics.window import Window
from sla.tallies import Tally

START = datetime(2025, 6, 2, tzinfo=UTC)
END = START + timedelta(days=2)
OFFICE = BusinessCalendar(ZoneInfo("UTC"), {day: [("09:00", "17:00")] for day in range(5)})
WINDOW = Window(START, END, END + timedelta(days=1), OFFICE)


def hours(number):
    return START + timedelta(hours=number)


def outage(start, end, planned=False):
    return {"started_at": hours(start), "ended_at": None if end is None else hours(end), "planned": planned}


def tally_of(aggregation, rows, window=WINDOW, **params):
    return measure(FeedKind.DOWNTIME, aggregation, params).from_rows(rows, window)


def available(rows, window=WINDOW, **params):
    tally = tally_of(Aggregation.AVAILABILITY, rows, window, **params)
    return tally.numerator / 60, tally.denominator / 60


def test_overlapping_outages_count_once():
    assert available([outage(1, 4), outage(3, 6), outage(6, 7)]) == (42, 48)


def test_outages_of_all_services_are_those_of_one_unless_services_are_named():
    rows = [outage(1, 4) | {"service": "Mail"}, outage(3, 6) | {"service": "Pay"}, outage(8, 9) | {"service": "Web"}]

    assert available(rows) == (42, 48)
    assert available(rows, services="Mail, Pay") == (90, 96)


def test_an_outage_counts_only_inside_the_window():
    assert available([outage(-5, 2), outage(47, 60), outage(-9, -8)]) == (45, 48)


def test_an_outage_without_an_end_lasts_as_far_as_is_known():
    assert available([outage(40, None)]) == (40, 48)
    assert available([outage(40, None)], Window(START, END, hours(44))) == (40, 44)
    assert available([outage(46, None)], Window(START, END, hours(44))) == (44, 44)


@pytest.mark.parametrize(
    ("planned", "minutes"), [("out_of_both", (42, 44)), ("counted", (42, 48)), ("as_uptime", (46, 48))]
)
def test_planned_downtime_leaves_both_sides_or_counts_or_stays(planned, minutes):
    assert available([outage(0, 4, planned=True), outage(3, 6)], planned=planned) == minutes


def test_planned_downtime_is_never_subtracted_twice():
    tally = availability_of_totals(44_640, 240, 148, 60)

    assert tally == Tally.of(44_312, 44_400)


def test_availability_in_service_hours():
    assert available([outage(8, 10), outage(20, 30)], service_hours="calendar") == (15, 16)


def test_service_hours_need_a_calendar():
    with pytest.raises(ValueError, match="needs the calendar of the terms"):
        available([], Window(START, END, END), service_hours="calendar")


def test_before_the_window_begins_nothing_is_known():
    assert tally_of(Aggregation.AVAILABILITY, [], Window(START, END, START)) == Tally.empty()


def test_the_value_of_availability_is_a_percentage():
    level = measure(FeedKind.DOWNTIME, Aggregation.AVAILABILITY)

    assert level.value(level.from_rows([outage(0, 12)], WINDOW)) == 75
    assert level.formula_text(level.from_rows([outage(0, 12)], WINDOW)) == "2,160 ÷ 2,880 × 100"


def test_minutes_of_downtime():
    rows = [outage(1, 4), outage(3, 6), outage(10, 20, planned=True), outage(47, 60)]

    assert tally_of(Aggregation.SUM, rows).numerator == 6 * 60


def test_outages_are_counted_where_they_begin_if_they_last():
    rows = [outage(-1, 5), outage(0, 1), outage(1, 4), outage(47, 60), outage(48, 50), outage(5, 6, planned=True)]

    assert tally_of(Aggregation.COUNT, rows).numerator == 3
    assert tally_of(Aggregation.COUNT, rows, longer_than_minutes=60).numerator == 2
    assert tally_of(Aggregation.MEAN, rows) == Tally.of((1 + 3 + 13) * 60, 3)


def test_an_outage_must_say_when_it_began():
    with pytest.raises(TypeError, match="instant at which it started"):
        available([{"ended_at": END}])
    assert tally_of(Aggregation.COUNT, [{"ended_at": END}]).numerator == 0


INTERVALS = st.lists(
    st.builds(lambda start, more: (hours(start), hours(start + more)), st.integers(-9, 50), st.integers(0, 9))
)
OUTAGES = st.lists(
    st.builds(lambda s, m, p: outage(s, s + m, p), st.integers(-9, 50), st.integers(0, 9), st.booleans())
)


@given(OUTAGES, st.integers(1, 47), st.sampled_from(["out_of_both", "counted", "as_uptime"]))
def test_days_added_up_are_the_whole(rows, cut, planned):
    first = Window(START, hours(cut), WINDOW.as_of)
    second = Window(hours(cut), END, WINDOW.as_of)
    whole = tally_of(Aggregation.AVAILABILITY, rows, planned=planned)
    parts = [tally_of(Aggregation.AVAILABILITY, rows, part, planned=planned) for part in (first, second)]

    assert Tally.total(parts).numerator == whole.numerator
    assert Tally.total(parts).denominator == whole.denominator


@given(OUTAGES)
def test_more_outages_never_make_a_service_more_available(rows):
    level = measure(FeedKind.DOWNTIME, Aggregation.AVAILABILITY, {"planned": "counted"})
    values = [level.value(level.from_rows(rows[:number], WINDOW)) for number in range(len(rows) + 1)]

    assert values == sorted(values, reverse=True)


@given(INTERVALS, INTERVALS)
def test_what_is_taken_out_and_what_is_left_make_the_whole(intervals, removed):
    left = without(intervals, removed)
    shared = [piece for start, end in union(removed) for piece in clipped(intervals, start, end)]

    assert union([*left, *shared]) == union(intervals)
    assert total_length(left) + total_length(shared) == total_length(union(intervals))


@given(INTERVALS)
def test_joined_intervals_neither_touch_nor_repeat(intervals):
    joined = union(intervals)

    assert joined == union(reversed(joined))
    assert all(one[1] < other[0] for one, other in pairwise(joined))


def test_the_length_between_instants_is_real_time():
    zone = ZoneInfo("America/New_York")
    evening, morning = datetime(2025, 3, 8, 22, tzinfo=zone), datetime(2025, 3, 9, 6, 0, 0, 500_000, tzinfo=zone)

    assert length(evening, morning) == 7 * 3600 + Fraction(1, 2)
    assert length(morning, evening) == -7 * 3600 - Fraction(1, 2)


def test_what_was_down_was_down_outside_maintenance_unless_said_otherwise():
    assert availability_of_totals(1000, 100, 90).numerator == 810


@pytest.mark.parametrize(("planned", "down"), [("out_of_both", False), ("counted", True), ("as_uptime", False)])
def test_planned_downtime_counts_as_down_where_the_terms_say_so(planned, down):
    availability = measure(FeedKind.DOWNTIME, Aggregation.AVAILABILITY, {"planned": planned})

    assert is_down(outage(1, 2, planned=True), availability) is down
    assert is_down(outage(1, 2), availability)
