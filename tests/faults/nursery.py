"""`python -m tests.faults.nursery`: a process that has read all of the desk once, and forks a child for every line.

`serve PORT` answers with the id of a web server that lives until it is killed; `judge`, `night`, `write`, `send` and
`import`, each with an instant, answer with how that errand's process ended. A server that is killed has a successor
within a moment this way, where each would otherwise spend a second on importing.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from importlib import import_module

from django.conf import settings
from granian.constants import Interfaces
from granian.server import Server

from bpo.embedded import die_with_parent
from tests.faults import kills

import_module(settings.ROOT_URLCONF)

# The desk's own modules can be read once Django is set up.
from intake.files.parts.working import work_on_next  # noqa: E402
from metrics.services.judging import judge_all  # noqa: E402
from metrics.services.nights import latest_night, run_night, zones  # noqa: E402
from reports.readers import readers_due  # noqa: E402
from reports.selecting.digest import UpcomingDates  # noqa: E402
from reports.services.queueing import queue_digest  # noqa: E402
from reports.services.sending import send_due  # noqa: E402


def serve(port: str) -> None:
    """Be a web server with one worker process."""
    Server(
        f"{kills.__name__}:application",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    ).serve()


def judge(now: datetime) -> None:
    judge_all(now=now)


def night(now: datetime) -> None:
    for zone in zones():
        run_night(zone=zone, local_date=latest_night(zone, now), now=now)


def write(now: datetime) -> None:
    upcoming = UpcomingDates()
    for reader in readers_due(now):
        queue_digest(reader=reader, upcoming=upcoming, now=now)


def send(now: datetime) -> None:
    send_due(clock=lambda: now)


def take_in(now: datetime) -> None:
    while work_on_next(clock=lambda: now):
        pass


ERRANDS: dict[str, Callable[[datetime], None]] = {
    "judge": judge, "night": night, "write": write, "send": send, "import": take_in,
}  # fmt: skip


def forked(work: Callable[[], None]) -> int:
    """A child that does the work and nothing else; its process id."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    die_with_parent()
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    multiprocessing.set_start_method("fork")
    kills.install()
    for line in sys.stdin:
        task, told = line.split()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        if task == "serve":
            answer = forked(lambda port=told: serve(port))
        else:
            child = forked(lambda task=task, told=told: ERRANDS[task](datetime.fromisoformat(told)))
            answer = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
