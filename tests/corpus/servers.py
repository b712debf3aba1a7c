"""The desk behind its real server, for the length of a replay."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bpo.embedded import die_with_parent
from tests.support.served import server_command

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
APPLICATION = "tests.corpus.frozen_desk:application"
STARTING_SECONDS = 60


@contextmanager
def server(port: int, *, writes_per_minute: int, log: Path, workers: int = WORKERS) -> Iterator[tuple[str, int]]:
    """The desk behind its real server, in processes of its own, which do not outlive a replay that is killed."""
    command = server_command(port, workers=workers, application=APPLICATION)
    limits = {"API_WRITES_PER_MINUTE": str(writes_per_minute), "API_REFUSED_KEYS_PER_MINUTE": "1000000"}
    environment = os.environ | limits | {"PYTHONPATH": str(ROOT)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, preexec_fn=die_with_parent
        )
    try:
        _wait_for(port, process, log)
        yield ("127.0.0.1", port)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if connection.recv(12):
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
