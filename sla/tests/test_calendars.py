"""Business time: windows, nights, holidays, pauses, deadlines, and the days on which clocks move."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendars import BusinessCalendar, JoinedCalendar, clock_time, holidays_for, parse_hours
from sla.instants import resolve, wall_intervals
from sla.intervals import length
from sla.service_time import microseconds

NEW_YORK, LONDON, UTC_ZONE = ZoneInfo("America/New_York"), ZoneInfo("Europe/London"), ZoneInfo("UTC")
OFFICE = {day: [("09:00", "17:00")] for day in range(5)}
ALWAYS = {day: [("00:00", "24:00")] for day in range(7)}
NIGHTS = {day: [("22:00", "06:00")] for day in range(7)}
SPLIT = {day: [("08:00", "12:30"), ("13:15", "18:00")] for day in range(5)}
CALENDARS = st.sampled_from(
    [
        BusinessCalendar(LONDON, OFFICE, yearly=frozenset({(12, 25), (1, 1)})),
        BusinessCalendar(NEW_YORK, ALWAYS),
        BusinessCalendar(NEW_YORK, NIGHTS),
        BusinessCalendar(ZoneInfo("America/Sao_Paulo"), SPLIT, holidays=frozenset({date(2015, 10, 19)})),
        JoinedCalendar(BusinessCalendar(LONDON, OFFICE), BusinessCalendar(NEW_YORK, SPLIT), both=True),
        JoinedCalendar(BusinessCalendar(LONDON, NIGHTS), BusinessCalendar(NEW_YORK, SPLIT), both=False),
    ]
)
FIRST, LAST = 1_380_000_000, 1_480_000_000
INSTANTS = st.integers(FIRST, LAST).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SECONDS = st.integers(0, 3_000_000)
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=30))


def at(text, zone=UTC_ZONE):
    return resolve(datetime.fromisoformat(text), zone).instant


def office(**more):
    return BusinessCalendar(LONDON, OFFICE, **more)


@given(CALENDARS, INSTANTS, LENGTHS, LENGTHS)
def test_elapsed_time_adds_up(calendar, start, first, second):
    middle, end = start + first, start + first + second

    parts = calendar.elapsed_seconds(start, middle) + calendar.elapsed_seconds(middle, end)
    assert parts == calendar.elapsed_seconds(start, end) <= length(start, end)


@given(CALENDARS, INSTANTS, LENGTHS)
def test_elapsed_time_is_the_length_of_the_open_intervals(calendar, start, more):
    opened = calendar.intervals(start, start + more)

    assert calendar.elapsed_seconds(start, start + more) == sum(length(*interval) for interval in opened)


@given(CALENDARS, INSTANTS, SECONDS)
def test_a_deadline_inverts_elapsed_time(calendar, start, seconds):
    due = calendar.deadline(start, seconds)

    assert calendar.elapsed_seconds(start, due) == seconds
    assert calendar.elapsed_seconds(start, due - timedelta(seconds=1)) == max(0, seconds - 1)


@given(CALENDARS, INSTANTS, SECONDS)
def test_walking_back_inverts_elapsed_time(calendar, end, seconds):
    begin = calendar.walk_back(end, seconds)

    assert calendar.elapsed_seconds(begin, end) == seconds
    assert calendar.elapsed_seconds(begin + timedelta(seconds=1), end) == max(0, seconds - 1)


@given(CALENDARS, INSTANTS, st.integers(0, 500_000), st.lists(st.tuples(INSTANTS, LENGTHS), max_size=3), LENGTHS)
def test_pauses_put_a_deadline_off_by_their_open_time(calendar, start, seconds, drawn, near):
    pauses = [(begin, begin + more) for begin, more in drawn] + [(start + near / 60, start + near)]
    due = calendar.deadline(start, seconds, pauses)

    assert calendar.elapsed_seconds(start, due, pauses) == seconds
    assert due >= calendar.deadline(start, seconds)


@given(CALENDARS, INSTANTS, LENGTHS, st.lists(st.tuples(INSTANTS, LENGTHS), max_size=4))
def test_pauses_never_add_time(calendar, start, more, drawn):
    pauses = [(begin, begin + length) for begin, length in drawn]
    paused = calendar.elapsed_seconds(start, start + more, pauses)

    assert 0 <= paused <= calendar.elapsed_seconds(start, start + more)
    assert calendar.elapsed_seconds(start, start + more, [*pauses, *pauses]) == paused


@given(CALENDARS, INSTANTS)
def test_the_next_opening_is_open_and_nothing_opens_before_it(calendar, instant):
    microsecond = timedelta(microseconds=1)
    opening = calendar.deadline(instant, Fraction(1, 1_000_000)) - microsecond

    assert calendar.elapsed_seconds(instant, opening) == 0
    assert calendar.elapsed_seconds(opening, opening + microsecond) == Fraction(1, 1_000_000)


@given(CALENDARS, INSTANTS, st.integers(-40, 40))
def test_business_days_are_counted_one_by_one(calendar, instant, n):
    day = calendar.add_business_days(instant.date(), 0)
    moved = calendar.add_business_days(day, n)
    between = sorted([day, moved])
    passed = sum(
        calendar.is_business_day(between[0] + timedelta(days=number))
        for number in range((between[1] - between[0]).days)
    )

    assert calendar.is_business_day(moved)
    assert passed == abs(n)


def test_a_weekend_costs_nothing():
    assert office().elapsed_seconds(at("2025-06-06T16:00", LONDON), at("2025-06-09T10:00", LONDON)) == 7200


def test_time_that_runs_backwards_is_no_time():
    assert office().elapsed_seconds(at("2025-06-09T10:00"), at("2025-06-06T10:00")) == 0


@pytest.mark.parametrize(("day", "hours"), [("2025-03-09", 1), ("2025-03-10", 2), ("2025-11-02", 3)])
def test_a_window_over_a_change_of_clocks_lasts_as_long_as_it_really_does(day, hours):
    calendar = BusinessCalendar(NEW_YORK, {day: [("01:00", "03:00")] for day in range(7)})

    assert calendar.elapsed_seconds(at(f"{day}T00:00", NEW_YORK), at(f"{day}T12:00", NEW_YORK)) == hours * 3600


@pytest.mark.parametrize(
    ("hours", "day", "open_hours"),
    [
        (("01:00", "02:30"), "2025-03-09", 1),
        (("02:30", "05:00"), "2025-03-09", 2),
        (("02:10", "02:50"), "2025-03-09", 0),
        (("00:00", "01:30"), "2025-11-02", 2),
        (("01:30", "04:00"), "2025-11-02", 3),
    ],
)
def test_a_window_that_begins_or_ends_where_clocks_move(hours, day, open_hours):
    calendar = BusinessCalendar(NEW_YORK, {day: [hours] for day in range(7)})

    assert calendar.elapsed_seconds(at(f"{day}T00:00", NEW_YORK), at(f"{day}T12:00", NEW_YORK)) == open_hours * 3600


def test_a_night_window_belongs_to_the_day_on_which_it_begins():
    friday = BusinessCalendar(UTC_ZONE, {4: [("22:00", "06:00")]})

    assert friday.elapsed_seconds(at("2025-06-06T00:00"), at("2025-06-08T00:00")) == 8 * 3600
    assert friday.is_business_day(date(2025, 6, 6))
    assert not friday.is_business_day(date(2025, 6, 7))


def test_a_night_over_new_year_counts_once():
    calendar = BusinessCalendar(UTC_ZONE, NIGHTS)

    assert calendar.elapsed_seconds(at("2024-12-31T12:00"), at("2025-01-01T12:00")) == 8 * 3600


def test_overlapping_windows_count_once():
    calendar = BusinessCalendar(UTC_ZONE, {0: [("08:00", "12:00"), ("10:00", "14:00")]})

    assert calendar.elapsed_seconds(at("2025-06-09T00:00"), at("2025-06-10T00:00")) == 6 * 3600


def test_holidays_and_exceptions_replace_the_week():
    calendar = office(
        holidays=frozenset({date(2025, 6, 9), date(2025, 6, 10)}),
        yearly=frozenset({(6, 11)}),
        exceptions={date(2025, 6, 10): [("10:00", "12:00")], date(2025, 6, 12): []},
    )

    opened = [day for day in range(9, 14) if calendar.is_business_day(date(2025, 6, day))]
    assert opened == [10, 13]
    assert calendar.elapsed_seconds(at("2025-06-09T00:00"), at("2025-06-13T00:00")) == 2 * 3600


def test_a_deadline_ends_at_closing_and_not_at_the_next_opening():
    assert office().deadline(at("2025-06-09T09:00", LONDON), 8 * 3600) == at("2025-06-09T17:00", LONDON)


def test_no_time_at_all_is_due_at_once():
    saturday = at("2025-06-07T09:00")

    assert office().deadline(saturday, 0) == office().walk_back(saturday, 0) == saturday


def test_a_warning_two_business_hours_before_a_monday_deadline_comes_on_friday():
    assert office().walk_back(at("2025-06-09T10:00", LONDON), 7200) == at("2025-06-06T16:00", LONDON)


def test_walking_back_stops_at_the_opening_of_the_same_day():
    assert office().walk_back(at("2025-06-09T10:00", LONDON), 3600) == at("2025-06-09T09:00", LONDON)


@pytest.mark.parametrize("ask", ["deadline", "walk_back"])
def test_a_negative_length_is_refused(ask):
    with pytest.raises(ValueError, match="cannot be negative, got -1"):
        getattr(office(), ask)(at("2025-06-09T10:00"), -1)


def test_a_calendar_that_never_opens_has_no_deadlines():
    closed = BusinessCalendar(UTC_ZONE, {})

    with pytest.raises(ValueError, match="no open time for that long ahead"):
        closed.deadline(at("2025-06-09T10:00"), 1)
    with pytest.raises(ValueError, match="no open time for that long before"):
        closed.walk_back(at("2075-06-09T10:00"), 1)
    with pytest.raises(ValueError, match="no business days"):
        closed.add_business_days(date(2025, 6, 9), 1)


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (("08:00", "08:00"), "is empty; a whole day is 00:00 to 24:00"),
        (("24:00", "08:00"), "cannot begin at 24:00"),
        (("8", "17:00"), "written like 08:30, got '8'"),
        (("08:0", "17:00"), "written like 08:30, got '08:0'"),
        (("-1:00", "17:00"), "written like 08:30"),
        (("08:60", "17:00"), "between 00:00 and 24:00, got '08:60'"),
        (("08:00", "24:01"), "between 00:00 and 24:00, got '24:01'"),
    ],
)
def test_senseless_windows_are_refused(hours, sentence):
    with pytest.raises(ValueError, match=sentence):
        BusinessCalendar(LONDON, {0: [hours]})
    with pytest.raises(ValueError, match=sentence):
        BusinessCalendar(LONDON, {}, exceptions={date(2025, 1, 1): [hours]})


def test_there_are_seven_weekdays():
    with pytest.raises(ValueError, match="0 for Monday to 6 for Sunday"):
        BusinessCalendar(LONDON, {7: [("09:00", "17:00")]})


def test_windows_are_read_as_lengths_from_midnight():
    assert parse_hours(("22:00", "06:00")) == (timedelta(hours=22), timedelta(hours=30))
    assert parse_hours(("00:00", "24:00")) == (timedelta(0), timedelta(days=1))
    assert clock_time("08:30") == timedelta(minutes=510)


def test_holidays_come_with_their_names():
    found = holidays_for("GB", "SCT", [2025])

    assert found[date(2025, 12, 25)] == "Christmas Day"
    assert date(2025, 1, 2) in found
    assert date(2025, 1, 2) not in holidays_for("GB", "ENG", [2025])


@pytest.mark.parametrize(("country", "part", "place"), [("XX", None, "'XX'"), ("GB", "XX", "'GB, XX'")])
def test_an_unknown_country_or_subdivision_is_refused(country, part, place):
    with pytest.raises(ValueError, match=f"No holidays are known for {place}"):
        holidays_for(country, part, [2025])


def test_an_instant_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="needs its offset"):
        microseconds(datetime.fromisoformat("2025-06-09T10:00"))


@pytest.mark.parametrize(
    ("wall", "fold", "utc", "exists", "ambiguous"),
    [
        ("2025-03-09T02:30", 0, "2025-03-09T07:30", False, False),
        ("2025-11-02T01:30", 0, "2025-11-02T05:30", True, True),
        ("2025-11-02T01:30", 1, "2025-11-02T06:30", True, True),
        ("2025-06-02T01:30", 1, "2025-06-02T05:30", True, False),
    ],
)
def test_wall_clock_times_that_are_skipped_or_repeated_say_so(wall, fold, utc, exists, ambiguous):
    found = resolve(datetime.fromisoformat(wall), NEW_YORK, fold)

    assert (found.instant, found.exists, found.ambiguous) == (at(utc), exists, ambiguous)


def test_a_wall_clock_time_has_no_offset():
    with pytest.raises(ValueError, match="no offset of its own"):
        resolve(datetime(2025, 1, 1, tzinfo=UTC), NEW_YORK)


@given(
    st.integers(1_700_000_000, 1_800_000_000),
    st.integers(60, 200_000),
    st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"]),
    st.integers(-100_000, 300_000),
)
def test_an_instant_is_in_a_wall_interval_exactly_when_clocks_say_so(begin, more, name, offset):
    zone = ZoneInfo(name)
    start = datetime.fromtimestamp(begin, UTC).replace(tzinfo=None)
    end = start + timedelta(seconds=more)
    instant = datetime.fromtimestamp(begin + offset, UTC)
    shown = instant.astimezone(zone).replace(tzinfo=None)

    inside = any(first <= instant < last for first, last in wall_intervals(start, end, zone))
    assert inside is (start <= shown < end)
