"""The log finds a night: its start, its end or failure, and each cell that could not be judged."""

from datetime import UTC, date, datetime

import pytest
import structlog
from structlog.testing import capture_logs

from contracts.models.service_levels import Feed
from metrics.services.nights import run_night
from metrics.tests.worlds import month, receive

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
AFTER = datetime(2025, 4, 4, 0, 5, tzinfo=UTC)
NIGHT = {"zone": "Europe/Berlin", "night": "2025-04-04"}


def lines_of_night() -> list[dict]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=AFTER)
    return lines


@pytest.fixture
def broken(cast):
    """A level whose terms cannot be computed, with a result."""
    feed = cast.feed(cast.contracts["A-1"], "BROKEN", Feed.Kind.COUNTS)
    level = cast.level(feed, "BROKEN", params={"scale": "0"})
    receive(feed, [month(date(2025, 3, 1), 80, 100)], at=AFTER)
    return level


def test_a_good_night_has_a_line_for_its_start_and_one_for_its_end(cast):
    start, end = lines_of_night()

    assert (start["event"], start["is_late"], end["event"]) == ("night started", False, "night ended")
    assert NIGHT.items() <= start.items()
    assert NIGHT.items() <= end.items()
    assert {"judged", "closed", "verified"} <= end.keys()


def test_a_cell_that_cannot_be_judged_is_named_with_its_error_and_its_night(broken):
    lines = [line for line in lines_of_night() if line["event"] == "cell not judged"]
    line = next(line for line in lines if line["starts_on"] == "2025-03-01")

    assert {line["service_level"] for line in lines} == {broken.public_id}
    assert "Error" in line["error"]
    assert NIGHT.items() <= line.items()


def test_a_night_with_failures_ends_with_an_error_that_names_them(broken):
    line = lines_of_night()[-1]

    assert (line["event"], line["log_level"]) == ("night ended with failures", "error")
    assert line["first_failures"][0]["service_level"] == broken.public_id


def test_a_night_that_is_interrupted_says_so_with_the_error(cast, monkeypatch):
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr("metrics.services.nights.take_step", fail)
    with capture_logs() as lines, pytest.raises(RuntimeError):
        run_night(zone="Europe/Berlin", local_date=date(2025, 4, 4), now=AFTER)

    assert lines[-1] == NIGHT | {
        "event": "night interrupted", "log_level": "error", "error": "RuntimeError('out of memory')",
    }  # fmt: skip


def test_a_night_that_goes_on_over_several_steps_has_one_start(cast):
    lines = lines_of_night() + lines_of_night()

    assert [line["event"] for line in lines].count("night started") == 1
