"""Real Celery workers behind a real broker, and how much memory they took."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
from django.conf import settings

from bpo.celery import app
from bpo.embedded import die_with_parent
from metrics.models.verdicts import DirtyCell
from metrics.services.work_queue import JUDGING_TASK

POLL_SECONDS = 0.01
READY_SECONDS = 60


@contextmanager
def celery_worker(processes: int) -> Iterator[psutil.Process]:
    """A worker with so many processes, listening."""
    name = f"{uuid4().hex}@bench"
    options = ["--hostname", name, "--concurrency", str(processes), "--without-mingle", "--without-gossip"]
    with Path(settings.VAR_DIR, "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--quiet", "-A", "bpo", "worker", *options],
            cwd=settings.BASE_DIR,
            env=os.environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not app.control.ping(destination=[name], timeout=0.3, limit=1):
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError("the worker did not start")
            yield psutil.Process(process.pid)
        finally:
            # Nothing is left to do, and a warm shutdown takes its time.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def drain() -> None:
    """Ring, and wait until nothing is left to judge."""
    app.send_task(JUDGING_TASK, ignore_result=True)
    wait_until_judged()


def wait_until_judged() -> None:
    while DirtyCell.objects.exists():
        time.sleep(POLL_SECONDS)


def peak_megabytes(worker: psutil.Process) -> float:
    """The most memory that one process of the worker has held so far."""
    peaks = []
    for process in [worker, *worker.children(recursive=True)]:
        for line in Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                peaks.append(int(line.split()[1]) / 1024)
    return max(peaks)
