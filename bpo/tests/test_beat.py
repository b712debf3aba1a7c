"""Beat sends every task when it starts and after each interval, whatever happens to the clock or the broker."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from bpo.beat import Scheduler

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
SCHEDULE = {
    "sweep": {"task": "sweep", "schedule": 20.0, "options": {"expires": 20}},
    "tidy": {"task": "tidy", "schedule": 3600.0, "options": {"expires": 3600}},
}
pytestmark = pytest.mark.any_database


class Bench:
    """A scheduler on a clock that the test sets, and what it sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.now, self.sent, self.is_away = START, [], False
        app = Celery("bench", broker="memory://", set_as_current=False)
        app.conf.update(beat_schedule=SCHEDULE, timezone="UTC")
        monkeypatch.setattr(app, "now", lambda: self.now)
        monkeypatch.setattr(app, "send_task", self.send)
        self.scheduler = Scheduler(app=app)
        self.signs: list[datetime] = []
        monkeypatch.setattr("bpo.heartbeats.record_heartbeat", self.record)
        monkeypatch.setattr("bpo.beat.close_old_connections", lambda: None)

    def record(self, name: str, *, at: datetime, detail: str) -> None:
        if self.is_away:
            raise DatabaseError("database away")
        self.signs.append(at)

    def send(self, task: str, *args: object, **options: object) -> None:
        if self.is_away:
            raise OperationalError("broker away")
        self.sent.append(task)

    def pass_time(self, **length: float) -> list[str]:
        """Move the clock and let beat do what is due; returns the tasks sent."""
        self.now += timedelta(**length)
        self.sent = []
        for _ in range(10):
            self.scheduler.tick()
        return sorted(self.sent)


@pytest.fixture
def bench(monkeypatch):
    return Bench(monkeypatch)


def test_everything_is_due_when_beat_starts(bench):
    assert bench.pass_time() == ["sweep", "tidy"]


def test_a_task_is_sent_again_after_its_interval(bench):
    bench.pass_time()

    assert (bench.pass_time(seconds=19), bench.pass_time(seconds=2)) == ([], ["sweep"])


def test_a_clock_set_back_by_a_day_silences_nothing(bench):
    bench.pass_time()

    assert bench.pass_time(days=-1) == ["sweep", "tidy"]
    assert bench.pass_time(seconds=21) == ["sweep"]


def test_a_clock_set_forward_and_back_silences_nothing(bench):
    bench.pass_time()
    bench.pass_time(days=300)

    assert bench.pass_time(days=-300) == ["sweep", "tidy"]


def test_a_clock_set_back_by_less_than_an_interval_delays_by_no_more_than_that(bench):
    bench.pass_time()
    bench.pass_time(seconds=10)

    assert bench.pass_time(seconds=-5) == []
    assert bench.pass_time(seconds=16) == ["sweep"]


def test_a_task_that_cannot_be_sent_is_sent_after_its_next_interval(bench):
    bench.is_away = True
    assert bench.pass_time() == []

    bench.is_away = False
    assert bench.pass_time(seconds=21) == ["sweep"]


def test_beat_shows_that_it_is_alive_once_in_twenty_seconds(bench):
    for _ in range(4):
        bench.pass_time(seconds=10)

    assert bench.signs == [START + timedelta(seconds=10), START + timedelta(seconds=30)]


def test_a_clock_set_back_does_not_silence_the_signs_of_life(bench):
    bench.pass_time()
    bench.pass_time(days=-1)

    assert bench.signs == [START, START - timedelta(days=1)]


def test_a_database_that_is_away_does_not_stop_beat(bench):
    bench.is_away = True
    bench.pass_time()

    bench.is_away = False
    assert bench.pass_time(seconds=21) == ["sweep"]
    assert bench.signs == [START + timedelta(seconds=21)]
