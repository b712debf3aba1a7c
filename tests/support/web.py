"""The desk's real web server, on the database of the running test, for tests that kill it or press hard on it."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from bpo.embedded import die_with_parent
from tests.corpus.wire import Answer, exchange, request_bytes
from tests.support.databases import url_of_test_database
from tests.support.served import server_command
from tests.support.waiting import eventually

STOP_SECONDS = 20
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class WebServer:
    """One server with its processes; what it says goes into `log`."""

    def __init__(
        self, folder: Path, *, workers: int = 1, application: str = "bpo.asgi:application", **environment: str
    ):
        self.log = folder / "web.log"
        self.port = free_port()
        self.workers = workers
        self.application = application
        own = {"DATABASE_URL": url_of_test_database(), "REDIS_URL": settings.REDIS_URL, "LOG_LEVEL": "ERROR"}
        self.environment = os.environ | own | {"API_WRITES_PER_MINUTE": "1000000"} | environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it answers when this returns."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                server_command(self.port, workers=self.workers, application=self.application),
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        eventually(self._answers, within=START_SECONDS)

    def stop(self) -> None:
        """Let it finish what it is doing, then end it and all its processes."""
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def died(self) -> bool:
        """Whether it ended by itself; waits for it a moment."""
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        self.process = None
        return True

    def output(self) -> str:
        """Everything that it has said."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request on a connection of its own; status 0 where the connection ended without an answer."""
        lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return exchange(("127.0.0.1", self.port), request_bytes(method, path, lines, body, host=self.host))

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the server stopped with code {self.process.returncode}:\n{self.output()}")
        try:
            return self.ask("GET", "/healthz").status == 200
        except OSError:
            return False
