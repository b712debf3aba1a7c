"""A real broker and real Celery workers, on the database of the running test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.conf import settings

from bpo.celery import app
from bpo.embedded import broker_socket, die_with_parent, running_broker
from tests.support.databases import url_of_test_database
from tests.support.waiting import eventually

STOP_SECONDS = 20


class WorkerProcess:
    """One Celery worker that a test starts, stops and kills as it likes."""

    def __init__(self, log: Path, environment: dict[str, str]):
        self.log = log
        self.environment = os.environ | environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the worker; it is listening when this returns."""
        assert self.process is None, "the worker is running already"
        name = f"{uuid4().hex}@test"
        options = [
            "--hostname",
            name,
            "--concurrency",
            "1",
            "--loglevel",
            "INFO",
            "--without-mingle",
            "--without-gossip",
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--quiet", "-A", "bpo", "worker", *options],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        eventually(lambda: self._answers(name), within=60)

    def stop(self) -> None:
        """Let it finish what it is doing, then end it."""
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
            self.kill()

    def kill(self) -> None:
        """End it and its children as a crash would, in the middle of anything."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def output(self) -> str:
        """Everything that it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _answers(self, name: str) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the worker stopped with code {self.process.returncode}:\n{self.output()}")
        return bool(app.control.ping(destination=[name], timeout=0.2, limit=1))


@pytest.fixture(scope="session")
def broker_server() -> Iterator[Path]:
    """A Valkey server for this test process, where the settings expect it; gives its socket."""
    with running_broker(settings.VAR_DIR):
        yield broker_socket(settings.VAR_DIR)


@pytest.fixture
def broker(broker_server: Path) -> Iterator[redis.Redis]:
    """The broker, empty, as a client that can look into it."""
    client = redis.Redis(unix_socket_path=str(broker_server))
    client.flushall()
    yield client
    # Connections of this test's publisher must not meet the next test's broker.
    app.close()
    client.flushall()
    client.close()


@pytest.fixture
def worker(
    request: pytest.FixtureRequest, broker: redis.Redis, transactional_db: None, tmp_path: Path
) -> Iterator[WorkerProcess]:
    """A running Celery worker on the test's database; with `smtp_sink` it sends its mail there."""
    environment = {"DATABASE_URL": url_of_test_database(), "REDIS_URL": settings.REDIS_URL}
    if "smtp_sink" in request.fixturenames:
        environment["EMAIL_URL"] = request.getfixturevalue("smtp_sink").url
    process = WorkerProcess(tmp_path / "worker.log", environment)
    process.start()
    yield process
    process.stop()
