"""Anonymous clients press on a real web server while a healthy page is asked; noted in docs/proofs.md.

python -m tests.strangers
"""

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from tests.corpus.servers import free_port
from tests.corpus.wire import exchange, request_bytes
from tests.support.served import server_command
from tests.support.waiting import eventually

NOTES, PAGE, RESULTS = Path("docs/proofs.md"), "/accounts/login/", "/api/v1/results"
MOST_MB, MOST_TIMES, SECONDS = 500, 3, 15
BODY = 12 * 1024 * 1024
PIECE = b"x" * 65_536
Attack = Callable[[socket.socket], None]


def send_body(length: int, path: str = RESULTS) -> Attack:
    """Send all of a body but its last byte, unless the server answers first."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n".encode()

    def attack(line: socket.socket) -> None:
        line.sendall(head)
        left = length - 1
        while left and not select.select([line], [], [], 0)[0]:
            left -= line.send(PIECE[:left])

    return attack


def send(text: bytes) -> Attack:
    return lambda line: line.sendall(text)


ATTACKS: dict[str, tuple[int, Attack]] = {
    "110 bodies of 12 MiB": (110, send_body(BODY)),
    "110 bodies of 100 MiB": (110, send_body(100 * 1024 * 1024, "/imports/new")),
    "110 to no address": (110, send_body(BODY, "/api/v1/nothing")),
    "400 forms of 64 KiB": (400, send_body(65_536, PAGE)),
    "200 silent": (200, send(b"")),
    "200 half headers": (200, send(b"GET / HTTP/1.1\r\nX")),
    "200 half bodies": (200, send_body(9, PAGE)),
    "110 of endless chunks": (
        110, send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + PIECE),
    ),
}  # fmt: skip


def keep_up(port: int, attack: Attack, over: Event) -> None:
    """Attack, wait for an answer or the end of the connection, and begin anew after a second."""
    while not over.wait(1):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            attack(line)
            while not over.is_set() and not select.select([line], [], [], 1)[0]:
                pass


@contextmanager
def attacked(port: int, name: str) -> Iterator[None]:
    """Clients of one kind, in a process of their own that leaves the processors to the desk."""
    number, attack = ATTACKS.get(name, (0, send(b"")))
    child = os.fork()
    if not child:
        os.nice(19)
        for _ in range(number):
            Thread(target=keep_up, args=(port, attack, Event()), daemon=True).start()
        time.sleep(3600)
    try:
        yield
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def memory_of(server: int) -> int:
    """What the server and its process hold, in MB."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="utf-8").split()
    rolls = [Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8") for process in (str(server), *children)]
    return sum(int(roll.split("Pss:")[1].split()[0]) for roll in rolls) // 1024


def measure(port: int, server: int) -> tuple[float, int]:
    """The page's 95th percentile in seconds, and the most memory, over some seconds."""
    request = request_bytes("GET", PAGE, [], b"", host=f"127.0.0.1:{port}")
    times, most, ends_at = [], 0, time.monotonic() + SECONDS
    while time.monotonic() < ends_at:
        began = time.monotonic()
        answer = exchange(("127.0.0.1", port), request)
        times.append(time.monotonic() - began if answer.status == 200 else 3600)
        most = max(most, memory_of(server))
        time.sleep(0.05)
    return sorted(times)[len(times) * 95 // 100], most


@contextmanager
def desk(port: int) -> Iterator[int]:
    """A web server with one process on an empty database; the id of the server."""
    with TemporaryDirectory() as folder:
        environment = os.environ | {"VAR_DIR": folder, "LOG_LEVEL": "ERROR"}
        for command in (["migrate"], ["collectstatic", "--no-input"]):
            manage = [sys.executable, "manage.py", *command, "--verbosity", "0"]
            subprocess.run(manage, env=environment, check=True)
        server = subprocess.Popen(server_command(port, workers=1), env=environment)
        try:
            eventually(lambda: not socket.socket().connect_ex(("127.0.0.1", port)), within=60)
            yield server.pid
        finally:
            server.terminate()
            server.wait(60)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpo.settings")
    port, found = free_port(), {}
    with desk(port) as server:
        measure(port, server)
        quiet, _memory = measure(port, server)
        for name in ATTACKS:
            with attacked(port, name):
                time.sleep(3)
                found[name] = measure(port, server)
    is_held = all(p95 < MOST_TIMES * quiet and memory < MOST_MB for p95, memory in found.values())
    counts = "; ".join(f"{name} {1000 * p95:.0f} ms {memory} MB" for name, (p95, memory) in found.items())
    outcome = f"under {MOST_MB} MB and {MOST_TIMES} times quiet" if is_held else "too slow or too much memory"
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True)
    row = (f"{datetime.now(UTC):%Y-%m-%d}", commit.stdout.strip(), "anonymous clients press on the web server",
           f"{SECONDS} s each; p95 of the sign-in page, quiet {1000 * quiet:.0f} ms", counts, outcome)  # fmt: skip
    NOTES.write_text(f"{NOTES.read_text(encoding='utf-8')}| {' | '.join(row)} |\n", encoding="utf-8")
    return 0 if is_held else 1


if __name__ == "__main__":
    sys.exit(main())
