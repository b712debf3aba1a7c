"""Each problem that is known by name is caused here, and within two minutes metrics, page and alarm tell of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client

from bpo.heartbeats import DROP_FOLDER, Pulse, record_heartbeat
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell
from metrics.tests.worlds import month, receive
from record.models import Chain, Unlinked
from reports.models import Alarm, Message, SendingStop
from reports.services.alarms import LOOK_EVERY, Watch
from reports.system_health.conditions import KINDS
from reports.system_health.recent import RECENT
from tests.support.tables import page_rows

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 11, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PARTS = {"beat": "beat", "watch": "watch", "workers": "worker celery@one"}
TOKEN = "t" * 32


class Bench:
    """An installation on a clock, of which a test breaks one thing."""

    def __init__(self, cast, monkeypatch: pytest.MonkeyPatch, settings) -> None:
        self.cast, self.monkeypatch, self.settings = cast, monkeypatch, settings
        self.dead: set[str] = set()
        self.posted: list[dict] = []
        settings.METRICS_TOKEN, settings.ALARM_WEBHOOK_URL = TOKEN, "https://chat.example.com/hook"
        self.answer("broker_answers", True)
        self.answer("free_bytes", 10**12)
        self.answer("can_store_files", True)
        self.answer("seconds_apart", 0)
        monkeypatch.setattr("reports.services.alarms.call", lambda url, body: self.posted.append(body) or True)

    def answer(self, probe: str, value: object) -> None:
        self.monkeypatch.setattr(f"bpo.probes.{probe}", lambda: value)

    def lose_database(self) -> None:
        def refuse() -> str:
            raise DatabaseError("gone")

        self.monkeypatch.setattr("bpo.probes.database_version", refuse)

    def work(self, *, since: datetime, **columns: object) -> None:
        receive(self.cast.levels["A-1/ACCURACY"].feed, [month(date(2025, 1, 1), 80, 100)], at=since)
        DirtyCell.objects.update(**columns)

    def night(self, **columns: object) -> None:
        Run.objects.create(zone="Europe/Berlin", local_date=date(2025, 11, 5), **columns)

    def mail(self, state: str, at: datetime) -> None:
        Message.objects.create(
            recipient=self.cast.operator, kind=Message.Kind.DIGEST, cause="x", message_id="<x@desk>", state=state,
            queued_at=at, next_try_at=at, claimed_at=at,
        )  # fmt: skip

    def drop(self, *, since: datetime) -> None:
        self.settings.DROP_FOLDER = "/drop"
        record_heartbeat(DROP_FOLDER, at=since)

    def run_for_two_minutes(self) -> None:
        """The parts that live show it, and the watch looks, unless it is what is dead."""
        watch = Watch(Pulse())
        for number in range(5):
            now = NOW + number * LOOK_EVERY
            for part, name in PARTS.items():
                if part not in self.dead:
                    record_heartbeat(name, at=now)
            if "watch" not in self.dead:
                watch.look(now)


def die(part: str) -> Callable[[Bench], None]:
    def cause(bench: Bench) -> None:
        bench.dead.add(part)
        record_heartbeat(PARTS[part], at=NOW - 2 * MINUTE)

    return cause


CAUSES: dict[str, Callable[[Bench], None]] = {
    "database": Bench.lose_database,
    "migrations": lambda bench: bench.monkeypatch.setattr(
        "reports.system_health.examining.find_missing_migrations", lambda: ["bpo 0099_later"]
    ),
    "broker": lambda bench: bench.answer("broker_answers", False),
    "beat": die("beat"),
    "watch": die("watch"),
    "workers": die("workers"),
    "queue_waiting": lambda bench: bench.work(since=NOW - 15 * MINUTE),
    "queue_parked": lambda bench: bench.work(since=NOW, parked_at=NOW),
    "nights_late": lambda bench: bench.night(state=Run.State.STARTED, started_at=NOW - 60 * MINUTE),
    "nights_failed": lambda bench: bench.night(state=Run.State.FAILED, started_at=NOW, finished_at=NOW),
    "mails_stopped": lambda bench: SendingStop.objects.create(stopped_at=NOW, reason="530", next_try_at=NOW),
    "mails_pending": lambda bench: bench.mail("queued", NOW - 15 * MINUTE),
    "mails_failed": lambda bench: bench.mail("failed", NOW),
    "mails_in_doubt": lambda bench: bench.mail("in_doubt", NOW),
    "record_waiting": lambda bench: Unlinked.objects.create(kind="batch", row_id=0, since=NOW - 15 * MINUTE),
    "record_broken": lambda bench: Chain.objects.update(finding="Chain CT-7K2M9, position 3: the link is missing."),
    "disk": lambda bench: bench.answer("free_bytes", 10**6),
    "files": lambda bench: bench.answer("can_store_files", False),
    "drop_folder": lambda bench: bench.drop(since=NOW - 60 * MINUTE),
    "backup": lambda bench: setattr(bench.settings, "BACKUP_MAX_AGE_HOURS", 26),
    "clock": lambda bench: bench.answer("seconds_apart", 60),
}


@pytest.fixture
def ill(request, cast, monkeypatch, settings) -> tuple[str, Bench]:
    """The name of the problem that was caused, two minutes later."""
    bench = Bench(cast, monkeypatch, settings)
    CAUSES[request.param](bench)
    bench.run_for_two_minutes()
    return request.param, bench


def test_every_condition_has_its_cause_here():
    assert CAUSES.keys() == KINDS.keys()


@pytest.mark.any_database
@pytest.mark.parametrize("ill", CAUSES, indirect=True)
def test_metrics_tell_of_it(ill):
    name, _bench = ill
    with time_machine.travel(NOW + 2 * MINUTE, tick=False):
        lines = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode().splitlines()

    assert [line for line in lines if line.startswith("desk_condition_ok") and line.endswith(" 0")] == [
        f'desk_condition_ok{{condition="{name}"}} 0'
    ]


@pytest.mark.any_database
@pytest.mark.parametrize("ill", [name for name in CAUSES if name != "watch"], indirect=True)
def test_the_webhook_tells_of_it(ill):
    name, bench = ill

    assert [(body["condition"], body["state"]) for body in bench.posted] == [(name, "problem")]


@pytest.mark.parametrize("ill", [name for name in CAUSES if name not in {"watch", "database"}], indirect=True)
def test_a_mail_and_the_page_tell_of_it(ill):
    name, bench = ill
    client = Client()
    client.force_login(bench.cast.operator)
    with time_machine.travel(NOW + 2 * MINUTE, tick=False):
        RECENT.last = None
        rows = page_rows(client.get("/system-health"))

    assert Alarm.objects.get().condition == name
    assert Message.objects.get(kind="alarm").recipient == bench.cast.operator
    assert [row["Condition"] for row in rows if row["State"] == "Problem"] == [KINDS[name].label]
