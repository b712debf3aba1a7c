"""A desk whose processes are killed at named points and stand there again a moment later."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings

from bpo.embedded import die_with_parent
from tests.corpus.wire import Answer
from tests.support.waiting import eventually
from tests.support.web import WebServer


class FragileDesk(WebServer):
    """A web server and errands out of the nursery, and the file that says where they die."""

    def __init__(self, folder: Path, **environment: str):
        self.armed = folder / "armed"
        super().__init__(folder, KILL_FILE=str(self.armed), **environment)
        self.nursery: subprocess.Popen[str] | None = None
        self.server = 0

    def open(self) -> None:
        """Start the nursery."""
        with self.log.open("ab") as log:
            self.nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=die_with_parent,
            )

    def close(self) -> None:
        """End the server, if there is one, and the nursery."""
        if self.server:
            with suppress(ProcessLookupError):
                os.killpg(self.server, signal.SIGKILL)
        self.nursery.communicate()

    def start(self) -> None:
        self.server = self._tell(f"serve {self.port}")
        eventually(self._answers)

    def killed_at(self, place: str, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request that kills the server at a place (see `kills`); it is there again when this returns."""
        self.armed.write_text(place)
        answer = self.ask(method, path, body, **headers)
        self.armed.write_text("")
        assert answer.status == 0, f"the server did not die at {place}: {answer}"
        eventually(self._is_gone)
        self.start()
        return answer

    def run(self, errand: str, now: datetime, *, dies_at: str = "") -> int:
        """How a process ends that runs this errand; negative where a signal killed it."""
        self.armed.write_text(dies_at)
        code = self._tell(f"{errand} {now.isoformat()}")
        self.armed.write_text("")
        return code

    def _tell(self, line: str) -> int:
        self.nursery.stdin.write(line + "\n")
        self.nursery.stdin.flush()
        answer = self.nursery.stdout.readline()
        assert answer, self.output()
        return int(answer)

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz").status == 200
        except OSError:
            return False

    def _is_gone(self) -> bool:
        """Whether nobody listens any more: the main process follows its worker by itself."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0
