"""Clocks that are followed over the turn of years, and what calendars and limits refuse."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.bands import Band, Direction
from sla.calendars import BusinessCalendar
from sla.limits import Limits, Range

ALWAYS = BusinessCalendar(ZoneInfo("Asia/Tokyo"), {day: [("00:00", "24:00")] for day in range(7)})
NEVER = BusinessCalendar(ZoneInfo("Asia/Tokyo"), {})
WARN = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("days", [0, 1, 9, 10, 11, 375, 376, 800])
def test_a_clock_that_never_stops_walks_back_as_far_as_time_does(days):
    assert ALWAYS.walk_back(WARN, days * 86_400) == WARN - timedelta(days=days)
    assert ALWAYS.deadline(WARN - timedelta(days=days), days * 86_400) == WARN


def test_walking_back_by_nothing_gives_the_instant_in_utc():
    local = WARN.astimezone(ZoneInfo("Asia/Tokyo"))

    assert ALWAYS.walk_back(local, 0) == WARN
    assert ALWAYS.walk_back(local, 0).tzinfo is UTC


def test_walking_back_to_the_first_instant_of_a_local_year_stays_in_it():
    new_year = datetime(2025, 12, 31, 15, tzinfo=UTC)

    assert ALWAYS.walk_back(new_year + timedelta(hours=5), 5 * 3600) == new_year


INNER = Range(80, 85)
SENTENCES = [
    (lambda: NEVER.walk_back(WARN, 1), "The calendar has no open time for that long before."),
    (lambda: NEVER.deadline(WARN, 1), "The calendar has no open time for that long ahead."),
    (lambda: NEVER.add_business_days(date(2026, 1, 1), 1), "The calendar has no business days."),
    (lambda: Limits(expected=95, bands=(Band("a", 1), Band("a", None, 1))), "Two bands have the same name."),
    (lambda: Limits(expected=95, restatement_days=-1), "Numbers of days cannot be negative."),
    (lambda: Limits(expected=95, expected_range=INNER), "Only a level of direction 'range' takes ranges."),
    (
        lambda: Limits(expected=95, direction=Direction.RANGE, expected_range=INNER),
        "A level of direction 'range' takes ranges, no single values.",
    ),
    (
        lambda: Limits(direction=Direction.RANGE, expected_range=INNER, minimum_range=Range(81, 90)),
        "The minimum range must hold the whole expected range.",
    ),
]


@pytest.mark.parametrize(("attempt", "sentence"), SENTENCES)
def test_what_cannot_be_is_refused_in_this_sentence(attempt, sentence):
    with pytest.raises(ValueError) as said:  # noqa: PT011 - the whole sentence is compared
        attempt()
    assert str(said.value) == sentence


def test_ranges_may_touch_be_single_values_and_corrections_end_at_once():
    point = Limits(direction=Direction.RANGE, expected_range=Range(80, 80), minimum_range=Range(80, 80))

    assert point.goal == point.floor
    assert Limits(expected=95, restatement_days=0).restatement_days == 0
