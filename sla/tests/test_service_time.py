"""Receipt, close of business and deadlines where the contract's day is not Greenwich's."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sla.calendars import BusinessCalendar

MANILA = ZoneInfo("Asia/Manila")
NIGHT = BusinessCalendar(MANILA, {day: [("00:00", "06:00")] for day in range(5)})
OFFICE = BusinessCalendar(MANILA, {day: [("09:00", "17:00")] for day in range(5)})
MONDAY = date(2025, 6, 2)


def manila(day, hour, minute=0):
    return datetime(2025, 6, day, hour, minute, tzinfo=MANILA)


@pytest.mark.parametrize(
    ("instant", "received"),
    [
        (datetime(2025, 6, 1, 17, tzinfo=UTC), MONDAY),
        (datetime(2025, 6, 2, 8, 59, tzinfo=UTC), MONDAY),
        (datetime(2025, 6, 2, 9, tzinfo=UTC), date(2025, 6, 3)),
        (datetime(2025, 6, 2, 17, tzinfo=UTC), date(2025, 6, 3)),
    ],
)
def test_the_day_of_receipt_is_that_of_the_contract_s_zone(instant, received):
    assert OFFICE.receipt_day(instant) == received


@pytest.mark.parametrize(("hour", "received"), [(12, MONDAY), (13, date(2025, 6, 3))])
def test_a_cut_off_is_a_time_of_the_contract_s_zone(hour, received):
    assert OFFICE.receipt_day(manila(2, hour), time(12)) == received


def test_a_cut_off_is_held_against_the_contract_s_own_day():
    # One in the morning in Manila is still the day before in Greenwich.
    assert OFFICE.receipt_day(datetime(2025, 6, 2, 17, tzinfo=UTC), time(12)) == date(2025, 6, 3)


def test_business_may_close_before_the_day_begins_in_greenwich():
    assert NIGHT.close_of(MONDAY) == manila(2, 6)


def test_a_closed_day_ends_at_its_own_midnight():
    assert NIGHT.close_of(date(2025, 6, 7)) == manila(8, 0)


@pytest.mark.parametrize(
    ("hours", "due"),
    [(1, (10, 0)), (2, (11, 0)), (3, (13, 0))],
)
def test_a_deadline_at_the_very_start_of_a_pause_is_not_put_off(hours, due):
    pauses = [(manila(2, 11), manila(2, 12))]

    assert OFFICE.deadline(manila(2, 9), hours * 3600, pauses) == manila(2, *due)


ALL_DAY = BusinessCalendar(ZoneInfo("America/New_York"), {day: [("00:00", "24:00")] for day in range(7)})


def new_york(year, month, day, hour):
    return datetime(year, month, day, hour, tzinfo=ZoneInfo("America/New_York"))


EVE, NEW_YEAR = new_york(2025, 12, 31, 20), new_york(2026, 1, 1, 2)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [(EVE, NEW_YEAR, 6), (new_york(2025, 12, 31, 10), EVE, 10), (EVE, EVE, 0), (EVE, new_york(2025, 12, 31, 23), 3)],
)
def test_a_year_turns_when_it_turns_in_the_contract_s_zone(start, end, hours):
    # Eight in the evening in New York is the next year in Greenwich.
    assert ALL_DAY.elapsed_seconds(start, end) == hours * 3600


@pytest.mark.parametrize(
    ("hours", "due"), [(1, new_york(2025, 12, 31, 21)), (4, new_york(2026, 1, 1, 0)), (5, new_york(2026, 1, 1, 1))]
)
def test_a_deadline_may_fall_on_the_turn_of_the_year(hours, due):
    assert ALL_DAY.deadline(EVE, hours * 3600) == due


def test_a_deadline_of_no_time_is_the_start_in_utc():
    assert ALL_DAY.deadline(EVE, 0).tzinfo is UTC
    assert ALL_DAY.deadline(EVE, 0) == EVE


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        (NIGHT, datetime(2026, 1, 1, 0, tzinfo=MANILA), datetime(2026, 1, 1, 6, tzinfo=MANILA), 6),
        (NIGHT, datetime(2025, 12, 31, 0, tzinfo=MANILA), datetime(2026, 1, 2, 0, tzinfo=MANILA), 12),
        (OFFICE, datetime(2026, 1, 1, 0, tzinfo=MANILA), datetime(2026, 1, 1, 10, tzinfo=MANILA), 1),
        (OFFICE, datetime(2025, 12, 31, 16, tzinfo=MANILA), datetime(2026, 1, 1, 8, tzinfo=MANILA), 1),
    ],
)
def test_a_year_has_all_its_hours_once(calendar, start, end, hours):
    # Eight in the morning in Manila is midnight in Greenwich. The copy has no year in memory yet.
    assert replace(calendar).elapsed_seconds(start, end) == hours * 3600


def test_a_night_is_found_though_greenwich_is_still_at_the_day_before():
    assert NIGHT.intervals(manila(3, 0), manila(3, 6)) == [(manila(3, 0), manila(3, 6))]


def test_a_window_of_the_evening_before_is_found_though_greenwich_is_a_day_ahead():
    long_hours = BusinessCalendar(ALL_DAY.zone, {day: [("21:00", "20:30")] for day in range(7)})
    found = long_hours.intervals(EVE, new_york(2025, 12, 31, 21))

    assert found == [(EVE, datetime(2025, 12, 31, 20, 30, tzinfo=ALL_DAY.zone))]


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ({0: [("24:00", "08:00")]}, "A window cannot begin at 24:00; it begins at 00:00 of the next day."),
        ({0: [("08:00", "8:00")]}, "The window 08:00 to 8:00 is empty; a whole day is 00:00 to 24:00."),
        ({7: [("08:00", "09:00")]}, "Weekdays are numbered 0 for Monday to 6 for Sunday."),
        ({0: [("08:60", "09:00")]}, "A time of day lies between 00:00 and 24:00, got '08:60'."),
    ],
)
def test_a_week_that_cannot_be_is_refused_in_a_sentence(week, sentence):
    with pytest.raises(ValueError) as said:  # noqa: PT011 - the whole sentence is compared
        BusinessCalendar(MANILA, week)
    assert str(said.value) == sentence


def test_a_window_may_end_in_the_last_minute_of_an_hour():
    late = BusinessCalendar(MANILA, {0: [("08:59", "23:59")]})

    assert late.elapsed_seconds(manila(2, 0), manila(3, 0)) == 15 * 3600
