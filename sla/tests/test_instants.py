"""Times on the wall as instants: which of two a repeated hour means, and the zone of the answer."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sla.instants import resolve

BERLIN, MANILA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Manila")
REPEATED = datetime(2025, 10, 26, 2, 30)  # noqa: DTZ001 - a time on the wall has no zone


@pytest.mark.parametrize(("turn", "hour"), [({}, 0), ({"fold": 0}, 0), ({"fold": 1}, 1)])
def test_a_repeated_hour_is_its_first_unless_the_second_is_asked_for(turn, hour):
    assert resolve(REPEATED, BERLIN, **turn).instant == datetime(2025, 10, 26, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", [BERLIN, MANILA])
def test_an_instant_is_given_in_utc_whatever_the_zone_of_the_machine(zone):
    assert resolve(REPEATED, zone).instant.tzinfo is UTC
