"""The work gets done by real workers, whatever happens to them and to the broker."""

from datetime import date, timedelta
from unittest.mock import Mock

import pytest
from celery.bootsteps import CLOSE
from celery.worker.consumer import Consumer
from django.utils import timezone
from kombu.exceptions import OperationalError as KombuOperationalError
from redis.exceptions import ResponseError

from bpo.celery import app
from contracts.models.agreements import Contract
from metrics.models.breaches import Breach
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.work_queue import LEASE, notify_workers
from metrics.tests.worlds import count, month, receive
from tests.support.databases import end_sessions_of_others
from tests.support.waiting import eventually

pytestmark = [pytest.mark.worker, pytest.mark.broker, pytest.mark.django_db(transaction=True)]
JANUARY = date(2025, 1, 1)
WORK = 60


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


@pytest.fixture
def much_work(cast, level):
    """Sixty items in the work queue, and no worker notified."""
    daily = cast.feed(level.contract, "DAILY", "counts", schedule="daily")
    cast.level(daily, "DAY", period="day")
    days = [JANUARY + timedelta(days=number) for number in range(WORK)]
    receive(daily, [count(day, 80, 100) for day in days], at=timezone.now() - timedelta(minutes=1))
    return daily


def sweep():
    """What beat does every twenty seconds."""
    app.send_task("metrics.tasks.judge_work_items")


def all_done():
    return not DirtyCell.objects.exists() and Verdict.objects.current().count() == WORK


def let_leases_end():
    DirtyCell.objects.update(claimed_at=timezone.now() - LEASE - timedelta(seconds=1))


def test_a_result_changes_the_verdict_within_seconds(level, worker):
    receive(level.feed, [month(JANUARY, 80, 100)], at=timezone.now())
    notify_workers()

    verdict = eventually(lambda: Verdict.objects.filter(service_level=level).first(), within=15)

    assert (verdict.status, Breach.objects.get().verdict) == ("breach", verdict)


def test_a_killed_worker_loses_nothing_and_doubles_nothing(much_work, worker):
    sweep()
    eventually(lambda: DirtyCell.objects.exclude(claim="").exists() or Verdict.objects.exists())
    worker.kill()
    let_leases_end()

    worker.start()
    sweep()

    assert eventually(all_done)
    assert not Verdict.objects.filter(revision__gt=1).exists()
    assert Breach.objects.count() == WORK


@pytest.mark.postgresql
def test_a_worker_goes_on_after_the_database_has_ended_its_sessions(level, worker):
    receive(level.feed, [month(JANUARY, 80, 100)], at=timezone.now())
    notify_workers()
    eventually(lambda: not DirtyCell.objects.exists(), within=15)

    end_sessions_of_others()
    receive(level.feed, [month(date(2025, 2, 1), 80, 100)], at=timezone.now())
    notify_workers()

    assert eventually(lambda: Verdict.objects.filter(period_label="2025-02").exists(), within=15)


def test_an_emptied_broker_loses_nothing(much_work, worker, broker):
    worker.stop()
    notify_workers()
    broker.flushall()

    worker.start()
    sweep()

    assert eventually(all_done)


def test_a_notification_that_cannot_be_sent_harms_nobody(level):
    # Whether a broker listens here or not: the result is in the work queue.
    notify_workers()

    receive(level.feed, [month(JANUARY, 80, 100)])

    assert DirtyCell.objects.count() == 1


def test_due_nights_are_run_by_the_workers_and_two_beats_make_one_night_of_each(level, worker):
    for _ in range(2):
        app.send_task("metrics.tasks.start_due_nights")

    zones = set(Contract.objects.values_list("zone", flat=True))
    eventually(lambda: set(Run.objects.filter(state="finished").values_list("zone", flat=True)) == zones)

    assert Run.objects.count() == len(zones)
    assert not Verdict.objects.filter(revision__gt=1).exists()


@pytest.mark.parametrize("error", [KombuOperationalError("lost"), ResponseError("MISCONF")])
def test_a_worker_connects_again_whatever_its_broker_answers(error, monkeypatch):
    consumer = Consumer(None, app=app, pool=Mock(), timer=Mock(), controller=Mock(), hostname="one@test")
    starts = Mock(side_effect=[error, None])

    def start(_blueprint, consumer):
        starts()
        consumer.blueprint.state = CLOSE

    monkeypatch.setattr(Consumer.Blueprint, "start", start)
    monkeypatch.setattr(Consumer.Blueprint, "restart", Mock())

    consumer.start()

    assert starts.call_count == 2
