"""Counts within a minute: the same law in the file and on the server, and nobody is stopped where neither is there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
import redis

from bpo.counters import INTERVAL, Count, Counters, FileCounters, SharedCounters, whole_seconds

NOW = datetime(2025, 7, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def file(tmp_path: Path) -> FileCounters:
    return FileCounters(tmp_path / "counters.sqlite3")


@pytest.fixture
def server(broker: redis.Redis, broker_server: Path) -> SharedCounters:
    return SharedCounters(f"unix://{broker_server}")


def test_a_window_begins_with_its_first_count(file: FileCounters):
    file.count({"a": 1}, now=NOW)

    assert file.count({"a": 1}, now=NOW + 59 * SECOND) == {"a": Count(2, SECOND)}
    assert file.count({"a": 1}, now=NOW + INTERVAL) == {"a": Count(1, INTERVAL)}


def test_looking_adds_nothing(file: FileCounters):
    assert file.count({"a": 0}, now=NOW)["a"].hits == 0
    file.count({"a": 3}, now=NOW)

    assert file.count({"a": 0}, now=NOW + SECOND) == {"a": Count(3, 59 * SECOND)}


def test_what_was_counted_can_be_taken_back(file: FileCounters):
    file.count({"a": 3}, now=NOW)

    assert file.count({"a": -2}, now=NOW + SECOND) == {"a": Count(1, 59 * SECOND)}


def test_an_interval_may_be_longer_than_a_minute(file: FileCounters):
    file.count({"a": 1}, now=NOW, interval=5 * INTERVAL)

    assert file.count({"a": 0}, now=NOW + 2 * INTERVAL) == {"a": Count(1, 3 * INTERVAL)}


def test_names_do_not_touch_each_other(file: FileCounters):
    file.count({"a": 5, "b": 1}, now=NOW)

    assert file.count({"a": 1, "b": 0}, now=NOW)["b"].hits == 1


def test_two_processes_share_a_file(file: FileCounters):
    other = FileCounters(file.path)
    file.count({"a": 1}, now=NOW)

    assert other.count({"a": 1}, now=NOW)["a"].hits == 2


def test_what_is_over_leaves_the_file(file: FileCounters, monkeypatch):
    monkeypatch.setattr("bpo.counters.DELETE_EVERY", 2)
    file.count({"a": 1}, now=NOW)
    file.count({"b": 1}, now=NOW + 2 * INTERVAL)

    assert [name for (name,) in file.connection.execute("SELECT name FROM counters")] == ["b"]


@pytest.mark.broker
def test_the_server_counts_as_the_file_does(server: SharedCounters):
    assert server.count({"a": 0})["a"].hits == 0
    server.count({"a": 2, "b": 1})
    counts = server.count({"a": 1, "b": 0})

    assert {name: count.hits for name, count in counts.items()} == {"a": 3, "b": 1}
    assert all(timedelta() < count.left <= INTERVAL for count in counts.values())


@pytest.mark.broker
def test_the_server_takes_back_and_keeps_other_intervals(server: SharedCounters):
    server.count({"a": 3}, interval=5 * INTERVAL)

    count = server.count({"a": -2})["a"]

    assert count.hits == 1
    assert count.left > 4 * INTERVAL


@pytest.mark.broker
def test_a_window_on_the_server_is_not_made_longer_by_counting(server: SharedCounters, broker: redis.Redis):
    server.count({"a": 1})
    broker.pexpire("desk:counter:a", 5_000)

    assert server.count({"a": 1})["a"].left <= 5 * SECOND


@pytest.mark.broker
def test_the_server_is_exact_among_threads(server: SharedCounters):
    seen: list[int] = []
    threads = [Thread(target=lambda: seen.append(server.count({"a": 1})["a"].hits)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == list(range(1, 21))


class Away:
    """A server that is not there, and remembers how often it was asked."""

    asked = 0

    def count(self, more: object, *, interval: timedelta) -> dict[str, Count]:
        self.asked += 1
        raise redis.ConnectionError("away")


def test_without_the_server_this_machine_counts_by_itself(file: FileCounters):
    away = Away()
    counters = Counters(away, file)

    assert [counters.count({"a": 1}, now=NOW)["a"].hits for _ in range(3)] == [1, 2, 3]
    assert away.asked == 1


def test_the_server_is_tried_again_after_a_while(file: FileCounters):
    away = Away()
    counters = Counters(away, file)
    counters.count({"a": 1}, now=NOW)
    counters.silent_until = 0

    counters.count({"a": 1}, now=NOW)

    assert away.asked == 2


def test_where_nothing_can_be_counted_nothing_is_refused(tmp_path: Path):
    counters = Counters(None, FileCounters(tmp_path / "no-such-folder" / "counters.sqlite3"))

    assert counters.count({"a": 1}, now=NOW)["a"].hits == 0


@pytest.mark.parametrize(
    ("left", "seconds"),
    [(timedelta(), 1), (timedelta(seconds=1), 1), (timedelta(milliseconds=1001), 2), (INTERVAL, 60)],
)
def test_seconds_to_wait_are_never_too_few(left, seconds):
    assert whole_seconds(left) == seconds
