"""Business days, days of receipt, and two calendars together."""

from datetime import date, time

import pytest
from hypothesis import given

from sla.calendars import BusinessCalendar, JoinedCalendar
from sla.tests.test_calendars import INSTANTS, LENGTHS, LONDON, NEW_YORK, NIGHTS, OFFICE, SPLIT, at, office

DAYTIME, NIGHT_SHIFT = BusinessCalendar(LONDON, SPLIT), BusinessCalendar(NEW_YORK, NIGHTS)
BOTH, EITHER = JoinedCalendar(DAYTIME, NIGHT_SHIFT, both=True), JoinedCalendar(DAYTIME, NIGHT_SHIFT, both=False)


def test_the_day_of_receipt_is_day_0():
    assert office().add_business_days(date(2025, 4, 10), 5) == date(2025, 4, 17)
    assert office().add_business_days(date(2025, 4, 12), 1) == date(2025, 4, 14)
    assert office().add_business_days(date(2025, 4, 12), 0) == date(2025, 4, 14)
    assert office().add_business_days(date(2025, 4, 14), -1) == date(2025, 4, 11)


@pytest.mark.parametrize(
    ("received", "cut_off", "day"),
    [
        ("2025-06-06T14:00", time(15), 6),
        ("2025-06-06T15:00", time(15), 6),
        ("2025-06-06T15:01", time(15), 9),
        ("2025-06-06T16:59", None, 6),
        ("2025-06-06T17:00", None, 9),
        ("2025-06-06T23:00", None, 9),
        ("2025-06-06T07:00", None, 6),
        ("2025-06-07T10:00", None, 9),
    ],
)
def test_after_the_cut_off_receipt_is_on_the_next_business_day(received, cut_off, day):
    assert office().receipt_day(at(received, LONDON), cut_off) == date(2025, 6, day)


def test_business_days_end_at_close_of_business():
    received = office().receipt_day(at("2025-06-06T16:00", LONDON), cut_off=time(15))
    due = office().close_of(office().add_business_days(received, 2))

    assert due == at("2025-06-11T17:00", LONDON)


def test_a_closed_day_closes_at_its_midnight():
    assert office().close_of(date(2025, 6, 7)) == at("2025-06-08T00:00", LONDON)


def test_a_holiday_of_either_calendar_closes_both():
    one = office(holidays=frozenset({date(2025, 6, 9)}))
    other = BusinessCalendar(NEW_YORK, OFFICE, holidays=frozenset({date(2025, 6, 10)}))
    joined, either = JoinedCalendar(one, other, both=True), JoinedCalendar(one, other, both=False)

    assert [joined.is_business_day(date(2025, 6, day)) for day in (9, 10, 11)] == [False, False, True]
    assert [either.is_business_day(date(2025, 6, day)) for day in (9, 10, 14)] == [True, True, False]
    assert joined.zone is LONDON
    assert joined.elapsed_seconds(at("2025-06-11T00:00"), at("2025-06-12T00:00")) == 3 * 3600
    assert either.elapsed_seconds(at("2025-06-11T00:00"), at("2025-06-12T00:00")) == 13 * 3600


LATE = BusinessCalendar(LONDON, {day: [("20:00", "06:00")] for day in range(4)})
LATER = BusinessCalendar(LONDON, {day: [("21:00", "04:00")] for day in range(5)})


@pytest.mark.parametrize(
    ("both", "day", "closes"),
    [
        (True, "2025-06-05", "2025-06-06T04:00"),
        (False, "2025-06-05", "2025-06-06T06:00"),
        (True, "2025-06-06", "2025-06-07T00:00"),
        (False, "2025-06-06", "2025-06-07T04:00"),
        (False, "2025-06-07", "2025-06-08T00:00"),
    ],
)
def test_two_calendars_close_together_or_with_the_later_one_also_after_midnight(both, day, closes):
    assert JoinedCalendar(LATE, LATER, both=both).close_of(date.fromisoformat(day)) == at(closes, LONDON)


@given(INSTANTS, LENGTHS)
def test_both_and_either_divide_the_time_of_two_calendars(start, more):
    end = start + more
    apart = DAYTIME.elapsed_seconds(start, end) + NIGHT_SHIFT.elapsed_seconds(start, end)

    assert BOTH.elapsed_seconds(start, end) + EITHER.elapsed_seconds(start, end) == apart
