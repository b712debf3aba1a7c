"""What monitoring and operators see of the state of the installation."""

import re
from datetime import timedelta

import pytest
import time_machine

from bpo.heartbeats import record_heartbeat
from bpo.models import Heartbeat
from metrics.tasks import judge_work_items
from tests.builders import NOW
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def broker_is_up(monkeypatch):
    monkeypatch.setattr("bpo.probes.broker_answers", lambda: True)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


def test_a_desk_that_is_ready_says_so_and_no_more(client, db):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "conditions": {"database": "ok", "migrations": "ok", "broker": "ok", "workers": "ok", "files": "ok"},
    }


def test_a_desk_that_cannot_store_files_says_so_and_is_ready_for_all_else(client, db, monkeypatch):
    monkeypatch.setattr("bpo.probes.can_store_files", lambda: False)
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["conditions"]["files"] == "Files cannot be stored: uploads are refused, all else goes on."


def test_a_desk_that_is_not_ready_says_why_and_when_to_ask_again(client, monkeypatch):
    monkeypatch.setattr("bpo.probes.broker_answers", lambda: False)
    answer = client.get("/readyz")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["conditions"]["broker"] == ("The broker does not answer: results are taken in and not judged.")


def test_the_installation_is_examined_once_in_three_seconds(client, clock, monkeypatch):
    asked = []
    monkeypatch.setattr("bpo.probes.broker_answers", lambda: asked.append(1) or True)

    for _ in range(5):
        client.get("/readyz")
    assert len(asked) == 1

    clock.shift(timedelta(seconds=3))
    client.get("/readyz")
    assert len(asked) == 2


def test_the_page_and_the_api_name_the_same_problems(signed_in):
    operator = signed_in("operator")
    page = operator.get("/system-health").content.decode()
    rows = operator.get("/api/v1/system-health").json()["conditions"]

    problems = [row["problem"] for row in rows if not row["is_ok"]]
    assert "Beat has never run." in problems
    assert all(problem in page for problem in problems)


def test_the_operators_navigation_leads_to_the_page(signed_in):
    assert 'href="/system-health"' in signed_in("operator").get("/").content.decode()
    assert 'href="/system-health"' not in signed_in("acme-admin").get("/").content.decode()


def test_the_api_names_the_workers_with_their_last_task(signed_in):
    operator = signed_in("operator")
    record_heartbeat("worker celery@one", at=NOW, detail="metrics.tasks.judge_work_items")

    workers = operator.get("/api/v1/system-health").json()["workers"]
    assert [(row["name"], row["last_task"]) for row in workers] == [
        ("worker celery@one", "metrics.tasks.judge_work_items")
    ]


LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+')


def test_metrics_are_gauges_of_the_same_conditions(signed_in):
    operator = signed_in("operator")
    record_heartbeat("beat", at=NOW - timedelta(seconds=10))
    record_heartbeat('worker celery@"one"', at=NOW - timedelta(seconds=7))
    rows = operator.get("/api/v1/system-health").json()["conditions"]
    answer = operator.get("/metrics")
    lines = answer.content.decode().splitlines()

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert {f'desk_condition_ok{{condition="{row["condition"]}"}} {int(row["is_ok"])}' for row in rows} <= {*lines}
    assert {"desk_ready 1", "desk_beat_age_seconds 10"} <= {*lines}
    assert r'desk_worker_age_seconds{worker="celery@\"one\""} 7' in lines


def test_each_line_of_metrics_is_in_the_text_format(signed_in):
    lines = signed_in("operator").get("/metrics").content.decode().splitlines()

    assert [line for line in lines if not line.startswith("# ") and not LINE.fullmatch(line)] == []


def test_metrics_are_read_with_the_token_of_the_settings_alone(client, settings):
    def read(token: str) -> int:
        return client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code

    assert read("") == 401

    settings.METRICS_TOKEN = "t" * 32
    assert (read("t" * 32), read("t" * 31), read("")) == (200, 401, 401)


@pytest.mark.broker
@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_shows_its_life_with_its_first_task(worker):
    judge_work_items.delay()

    assert eventually(lambda: Heartbeat.objects.filter(name__startswith="worker ").exists())
