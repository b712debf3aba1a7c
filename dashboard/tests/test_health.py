"""The desk is ready where database, broker and workers can do what waits, and says what is wrong otherwise."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from metrics.models.verdicts import DirtyCell
from metrics.tests.worlds import month, receive
from reports.models import Message
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db
LONG = timedelta(minutes=5)


@pytest.fixture
def answers(monkeypatch):
    """What answers, as the test says; nothing else does."""

    def set_answers(*parts: str):
        for part in ("broker", "worker"):
            monkeypatch.setattr(f"dashboard.health.{part}_answers", lambda answer=part in parts: answer)

    return set_answers


@pytest.fixture
def work(cast):
    """An item that has waited in the work queue for a while."""
    receive(cast.levels["A-1/ACCURACY"].feed, [month(date(2025, 1, 1), 80, 100)], at=timezone.now() - LONG)
    return DirtyCell.objects.get()


def ask(client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    assert (answer.status_code == 503) == ("Retry-After" in answer.headers)
    return answer.status_code, answer.json()["conditions"]


def test_it_is_ready_while_everything_answers(client, work, answers):
    answers("broker", "worker")

    assert ask(client) == (200, {"database": "ok", "broker": "ok", "workers": "ok"})


def test_it_is_not_ready_while_the_broker_does_not_answer(client, answers):
    answers("worker")

    status, conditions = ask(client)

    assert (status, conditions["broker"]) == (503, "The broker does not answer: results are taken in and not judged.")


def test_it_is_not_ready_while_work_waits_and_no_worker_answers(client, work, answers):
    answers("broker")

    assert ask(client) == (
        503,
        {"database": "ok", "broker": "ok", "workers": "No worker answers, and work has waited for 5 minutes."},
    )


def test_a_mail_that_waits_for_a_worker_is_work(client, cast, answers):
    due = timezone.now() - LONG
    Message.objects.create(
        recipient=cast.people["acme-manager"], kind=Message.Kind.DIGEST, cause="x", message_id="<x@desk>",
        queued_at=due, next_try_at=due,
    )  # fmt: skip
    answers("broker")

    assert ask(client)[0] == 503


def test_work_of_a_moment_ago_and_parked_work_wait_for_nobody(client, work, answers):
    answers("broker")
    DirtyCell.objects.update(dirty_since=timezone.now())
    assert ask(client)[0] == 200

    DirtyCell.objects.update(dirty_since=timezone.now() - LONG, parked_at=timezone.now())
    assert ask(client)[0] == 200


@pytest.mark.broker
@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_is_missed_once_it_is_killed(client, work, worker):
    DirtyCell.objects.update(claimed_at=timezone.now() + LONG)
    assert ask(client)[0] == 200

    worker.kill()

    assert eventually(lambda: ask(client)[0] == 503)
