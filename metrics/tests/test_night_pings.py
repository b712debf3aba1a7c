"""A dead man's switch elsewhere is told of each good night, and of no other."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from metrics.models.runs import Run
from metrics.tasks import run_due_nights

pytestmark = pytest.mark.django_db
ZONE = "Europe/Berlin"
AFTER = datetime(2025, 4, 4, 0, 5, tzinfo=UTC)


@pytest.fixture
def pings(cast, monkeypatch, settings) -> list[str]:
    """The addresses that were called; each call fails, as far as the night can tell."""
    called: list[str] = []
    settings.NIGHT_PING_URL = "https://ping.example.com/key/{zone}"
    monkeypatch.setattr("metrics.tasks.call", lambda url: called.append(url))
    return called


def run_night() -> Run:
    with time_machine.travel(AFTER, tick=False):
        run_due_nights(ZONE)
    return Run.objects.get(zone=ZONE)


def test_a_good_night_is_told_though_nobody_takes_the_call(pings):
    assert run_night().state == Run.State.FINISHED
    assert pings == ["https://ping.example.com/key/europe-berlin"]


def test_a_night_with_failures_is_not_told(pings):
    failures = [{"service_level": "SL-00000", "period": "2025-03-01", "error": "broken"}]
    Run.objects.create(zone=ZONE, local_date=date(2025, 4, 4), started_at=AFTER, failures=failures)

    assert run_night().state == Run.State.FAILED
    assert pings == []


def test_a_night_that_another_worker_runs_is_told_by_that_one(pings, monkeypatch):
    monkeypatch.setattr("metrics.tasks.run_due_nights.apply_async", lambda **options: None)
    Run.objects.create(zone=ZONE, local_date=date(2025, 4, 4), started_at=AFTER, claim="other", claimed_at=AFTER)
    run_night()

    assert pings == []


def test_without_an_address_nobody_is_called(pings, settings):
    settings.NIGHT_PING_URL = ""
    run_night()

    assert pings == []
