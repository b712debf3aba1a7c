"""Times on the wall as instants: which of two a repeated hour means, and the zone of the answer."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sla.instants import resolve, wall_intervals
from sla.intervals import union, without

BERLIN, MANILA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Manila")
REPEATED = datetime(2025, 10, 26, 2, 30)  # noqa: DTZ001 - a time on the wall has no zone


@pytest.mark.parametrize(("turn", "hour"), [({}, 0), ({"fold": 0}, 0), ({"fold": 1}, 1)])
def test_a_repeated_hour_is_its_first_unless_the_second_is_asked_for(turn, hour):
    assert resolve(REPEATED, BERLIN, **turn).instant == datetime(2025, 10, 26, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", [BERLIN, MANILA])
def test_an_instant_is_given_in_utc_whatever_the_zone_of_the_machine(zone):
    assert resolve(REPEATED, zone).instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ((3, 30, 0, 0), (3, 30, 4, 0), [((30, 0), (30, 3))]),
        ((3, 30, 0, 30), (3, 30, 1, 30), [((30, 0.5), (30, 1))]),
        ((3, 29, 22, 0), (3, 29, 23, 0), [((29, 22), (29, 23))]),
    ],
)
def test_an_hour_that_london_skips_is_left_out(start, end, found):
    walls = (datetime(2025, *at) for at in (start, end))  # noqa: DTZ001 - times on the wall have no zone

    instants = [
        tuple(datetime(2025, 3, day, int(hour), int(hour % 1 * 60), tzinfo=UTC) for day, hour in part) for part in found
    ]
    assert joined(wall_intervals(*walls, ZoneInfo("Europe/London"))) == instants


def joined(parts):
    """Parts that touch as one: where clocks are moved, time goes on."""
    return union(parts)


def test_a_window_that_ends_where_the_skipped_hour_ends_has_one_part():
    walls = datetime(2025, 3, 30, 0, 30), datetime(2025, 3, 30, 2)  # noqa: DTZ001 - times on the wall have no zone
    found = wall_intervals(*walls, ZoneInfo("Europe/London"))

    assert found == [(datetime(2025, 3, 30, 0, 30, tzinfo=UTC), datetime(2025, 3, 30, 1, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("removed", "left"),
    [
        ([(6, 7)], [(8, 12)]),
        ([(13, 14)], [(8, 12)]),
        ([(7, 9)], [(9, 12)]),
        ([(9, 10), (11, 13)], [(8, 9), (10, 11)]),
        ([(7, 13), (14, 15)], []),
        ([(8, 12)], []),
    ],
)
def test_the_hours_that_are_left_when_others_are_taken_out(removed, left):
    def instants(spans):
        return [tuple(datetime(2025, 3, 3, hour, tzinfo=UTC) for hour in span) for span in spans]

    assert without(instants([(8, 12)]), instants(removed)) == instants(left)
